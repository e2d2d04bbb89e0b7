"""A clearance inside somebody else's pipeline: believed once, carried to every worker, opened there when first asked.

What travels is small and says exactly what decides: the snapshot by its digest, the words beside it by theirs, the
question, and the moment that is judged.  So an equal clearance is pickled to equal bytes, which is what caches go by.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from placet.app import Home, open_home
from placet.clearance.batches import Batch
from placet.clearance.judge import Judge
from placet.clearance.nobody import is_nobody, nobody
from placet.clearance.plan import Ask
from placet.clearance.thorough import effort_named
from placet.clearance.verdicts import Bench, Verdict, kept_outcomes
from placet.clearance.voices import Voices
from placet.core.licence import Licence
from placet.core.profile import PROFILES, Profile
from placet.core.reasons import LANGUAGES
from placet.core.stance import Voice
from placet.core.use import Use
from placet.desk.believing import believe
from placet.desk.hearing import Speakers, hear_all
from placet.desk.holding import hold
from placet.errors import Refused, WrongUsage
from placet.snapshot.believed import heeded
from placet.snapshot.library import Library
from placet.snapshot.match import EFFORTS, Matcher
from placet.snapshot.pin import Pin, pin

__all__ = ["Clearance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What is heard beside the registry, and relied on."""

    observations: tuple[Path, ...] = ()
    observers: tuple[bytes, ...] = ()
    registry_only: bool = False
    licences: tuple[Path, ...] = ()
    holder: Path | None = None
    dataset: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sealed:
    """All that decides, and all that travels; `told` pins what speaks beside the registry by its digests."""

    pin: Pin | None
    home: str
    use: str
    profile: str
    at: int
    territory: str | None
    effort: str
    agent: str | None
    holder: str | None
    model: str | None
    licences: tuple[Licence, ...]
    min_voice: Voice
    observations: tuple[str, ...]
    told: tuple[tuple[str, str], ...]
    rows: bool
    keep: tuple[str, ...]
    drop_generated: bool
    language: str

    @property
    def ask(self) -> Ask:
        return Ask(
            use=Use(self.use),
            profiles=(PROFILES[self.profile],),
            at=self.at,
            territory=self.territory,
            effort=self.effort,
            agent=self.agent,
            holder=self.holder,
            model=self.model,
            licences=self.licences,
            min_voice=self.min_voice,
        )


class Clearance:
    """The question of `placet clear`, asked of batches: `Clearance(DIR, use="train", profile="consent").decide(rows)`.

    The snapshot is believed when this is made, as `clear` believes it; None asks no registry.  `at` is a time in UTC
    seconds, the present if left out: say one, and the same rows have the same answers and cache keys tomorrow.  `keep`
    are the outcomes whose verdicts say keep; what is reserved or unclear is never kept.  `min_voice` is the least voice
    in the registry that decides.  `home` is a folder, or an open home; by default the usual one.  Whatever cannot be
    believed, read or found again raises, and no row is kept.
    """

    def __init__(
        self,
        snapshot: Path | str | None,
        *,
        use: Use | str,
        profile: Profile | str,
        effort: str = "fast",
        at: int | None = None,
        territory: str | None = None,
        agent: str | None = None,
        observations: Sequence[Path | str] = (),
        observers: Sequence[bytes] = (),
        registry_only: bool = False,
        licences: Sequence[Path | str] = (),
        holder: Path | str | None = None,
        model: str | None = None,
        min_voice: Voice = Voice.CLAIMED,
        keep: Collection[str] = ("cleared",),
        drop_generated: bool = False,
        trust: Path | str | None = None,
        max_age: int = 30,
        language: str = "en",
        home: Home | Path | str | None = None,
    ) -> None:
        kept, name = kept_outcomes(keep), _profile(profile)
        _check_words(effort, language)
        if min_voice < Voice.CLAIMED:
            raise WrongUsage(f"min_voice={min_voice.name.lower()}: in the registry nobody speaks below claimed")
        place = home if isinstance(home, Home) else open_home(Path(home) if home else None)
        asked = _Asked(
            observations=tuple(Path(path).absolute() for path in observations),
            observers=tuple(observers),
            registry_only=registry_only,
            licences=tuple(map(Path, licences)),
            holder=Path(holder) if holder else None,
        )
        library = _believed(place, snapshot, trust, max_age, registry_only=registry_only)
        when = max(place.now(), library.manifest.made_at) if at is None else at
        held, speakers = hold(place, asked, library, when), hear_all(place, asked)
        self._sealed = _Sealed(
            pin=None if is_nobody(library) else pin(library),
            home=str(place.path),
            use=_use(use),
            profile=name,
            at=when,
            territory=territory,
            effort=effort,
            agent=agent,
            holder=held.holder or None,
            model=model,
            licences=held.licences,
            min_voice=min_voice,
            observations=tuple(map(str, asked.observations)),
            told=tuple(sorted(speakers.told.items())),
            rows=speakers.rows,
            keep=tuple(sorted(kept)),
            drop_generated=drop_generated,
            language=language,
        )
        self._bench: Bench | None = _bench(self._sealed, library, speakers)

    def decide(self, batch: Batch) -> list[Verdict]:
        """One verdict a row, in order; rows are mappings, a mapping of columns, or an Arrow table."""
        if self._bench is None:
            self._bench = _opened(self._sealed)
        return self._bench.decide(batch)

    @property
    def snapshot(self) -> str:
        """The digest of the snapshot's manifest; empty where no registry is asked."""
        return self._sealed.pin.digest if self._sealed.pin else ""

    @property
    def at(self) -> int:
        """The moment that is judged, in UTC seconds."""
        return self._sealed.at

    def __repr__(self) -> str:
        sealed = self._sealed
        registry = f"snapshot {self.snapshot[:12]}" if sealed.pin else "no registry"
        return f"<Clearance for {sealed.use} under {sealed.profile}, {registry}, at {sealed.at}>"

    def __getstate__(self) -> _Sealed:
        return self._sealed

    def __setstate__(self, sealed: _Sealed) -> None:
        self._sealed, self._bench = sealed, None


def _believed(
    home: Home, snapshot: Path | str | None, trust: Path | str | None, max_age: int, *, registry_only: bool
) -> Library:
    if snapshot is not None:
        return believe(home, Path(snapshot), Path(trust) if trust else None, max_age)[0]
    if registry_only:
        raise WrongUsage("registry_only hears nothing but a registry: give a snapshot")
    return nobody()


@lru_cache(maxsize=4)
def _opened(sealed: _Sealed) -> Bench:
    """In a worker, once: the very snapshot and the very words that were believed where this was made."""
    library = sealed.pin.open() if sealed.pin else nobody()
    told = dict(sealed.told)
    asked = _Asked(
        observations=tuple(map(Path, sealed.observations)),
        observers=tuple(bytes.fromhex(key) for key in told["observers"].split()),
        registry_only=not sealed.rows,
    )
    speakers = hear_all(open_home(Path(sealed.home)), asked)
    if speakers.told != told:
        raise Refused("what speaks beside the registry is not what it was when this clearance was made: make a new one")
    return _bench(sealed, library, speakers)


def _bench(sealed: _Sealed, library: Library, speakers: Speakers) -> Bench:
    voices = None
    if sealed.rows:
        voices = Voices(
            speakers.observed.observations,
            speakers.listed.said,
            agent=sealed.agent,
            at=sealed.at,
            is_alone=sealed.pin is None,
        )
    matcher = Matcher(
        heeded(library, sealed.ask.min_voice), effort_named(sealed.effort), open_home(Path(sealed.home)).hot
    )
    judge = Judge(matcher, sealed.ask, voices)
    return Bench(judge, frozenset(sealed.keep), drop_generated=sealed.drop_generated, language=sealed.language)


def _use(use: Use | str) -> str:
    try:
        return Use(use).value
    except ValueError:
        raise WrongUsage(f"use={use}: name one use, such as {Use.TRAIN_GENERATIVE}") from None


def _profile(profile: Profile | str) -> str:
    name = profile if isinstance(profile, str) else profile.name
    if name not in PROFILES:
        raise WrongUsage(f"profile={name}: choose what silence means, one of {', '.join(PROFILES)}")
    return name


def _check_words(effort: str, language: str) -> None:
    for option, value, known in (("effort", effort, EFFORTS), ("language", language, LANGUAGES)):
        if value not in known:
            raise WrongUsage(f"{option}={value}: choose one of {', '.join(known)}")
