"""Clearing a dataset: believe what speaks, freeze the plan, judge every row, certify, report."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from placet.app import Home, engine_of
from placet.clearance import disputes, thorough
from placet.clearance.certificate import Totals, make_certificate, total
from placet.clearance.control import USUAL, Asked, Control, ask_for, control_of
from placet.clearance.disk import write_file
from placet.clearance.emit import check_apart
from placet.clearance.engine import Progress, begin, gather_outputs, run_units
from placet.clearance.films import rule as film_rule
from placet.clearance.nobody import NOBODY, is_nobody, nobody
from placet.clearance.plan import Ask, Plan, parse_plan
from placet.clearance.readers import plan_dataset
from placet.clearance.readers.fields import NUMBERS
from placet.clearance.report import LimitPair, render
from placet.clearance.sounds import rule as sound_rule
from placet.clearance.steady import watch
from placet.clearance.summary import Circumstances, summarise
from placet.clearance.unit import UnitRecord
from placet.clearance.versions import deciding_versions
from placet.core.decision import Outcome
from placet.core.profile import Profile
from placet.core.stance import Voice
from placet.core.use import Use
from placet.desk.believing import believe
from placet.desk.elsewhere import Elsewhere
from placet.desk.hearing import Speakers, hear_all
from placet.desk.holding import Held, hold, write_credits
from placet.desk.limits import nearest_unjoined
from placet.errors import BadDataset, BadInput, BadMedia, WrongUsage
from placet.fetch.remote import open_place
from placet.fingerprints.digests import digest_file
from placet.fingerprints.image_embedding import Model, open_model
from placet.fingerprints.thumbnail import thumbnail
from placet.signals import agents
from placet.signals.codecs import CODECS
from placet.signing.keys import Role, fingerprint
from placet.snapshot import hamming, match, match_text, postings
from placet.snapshot.believed import heeded
from placet.snapshot.library import Library

__all__ = ["EMITS", "Cleared", "Concluded", "Request", "begun_by", "clear", "conclude", "look_ahead", "rules"]

EMITS = ("decisions", "list", "skip-index", "dataset")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What `placet clear` was asked; `at` None is the present.

    Without a `snapshot` no registry is consulted; with `registry_only` nothing else is. `observers` are public keys
    whose observations are believed beside those of this home. `holder` is the key file that the `licences` were given
    to, `model` the model version that is to be trained. `min_voice` is the least voice in the registry that decides.
    `control` is how much is measured (`clearance.control`), by files of the user's where `background` (of what is
    certainly nobody's) or `known` (registered originals) are folders.
    `embedding` is the file of an embedding model, by which thorough clearing looks for resemblances.
    `place` is where a dataset lies that is not on this disk, such as s3://bucket/crawl; `dataset` is then its name.
    """

    dataset: Path
    snapshot: Path | None
    out: Path
    place: str = ""
    use: Use
    profiles: tuple[Profile, ...]
    at: int | None = None
    territory: str | None = None
    effort: str = "fast"
    embedding: Path | None = None
    emit: str = "decisions"
    trust: Path | None = None
    max_age: int = 30
    originals: Path | None = None
    observations: tuple[Path, ...] = ()
    observers: tuple[bytes, ...] = ()
    agent: str | None = None
    registry_only: bool = False
    drop_generated: bool = False
    licences: tuple[Path, ...] = ()
    holder: Path | None = None
    model: str | None = None
    min_voice: Voice = Voice.CLAIMED
    control: int = USUAL
    background: Path | None = None
    known: Path | None = None
    language: str = "en"
    workers: int = 0
    prints: bool = True
    engine: str = "pool"
    address: str = ""


class Concluded(Protocol):
    """What a certificate and a report are asked for with."""

    @property
    def out(self) -> Path: ...
    @property
    def originals(self) -> Path | None: ...
    @property
    def language(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """What came of it; `unclear` rows are why a run ends with exit code 2, `idle` licences lifted nothing."""

    plan: Plan
    totals: Totals
    library: Library
    seconds: float
    signer: str
    trust: str
    measured: Control
    idle: tuple[str, ...] = ()

    def count(self, outcome: Outcome) -> int:
        return self.totals.counts[self.plan.ask.profiles[0].name].get(outcome.value, 0)


def clear(home: Home, request: Request, progress: Progress = lambda _, __: None) -> Cleared:
    """Run a clearance to its end, or take up one that was interrupted; nothing leaves this machine."""
    began = time.monotonic()
    away = _elsewhere(request)
    engine = engine_of(request.engine, request.address, request.workers)
    library, trust = _registry(home, request, begun=begun_by(request.out))
    still = watch(library)
    speakers = _hear(home, request, away)
    held = hold(home, request, library, _moment(home, request, library))
    measures = ask_for(request.control, request.background, request.known)
    model = _model(request)
    plan = begin(_plan(home, request, library, speakers, held, away, measures, model), request.out)
    matcher = match.Matcher(
        heeded(library, plan.ask.min_voice), thorough.effort_named(plan.ask.effort), home.hot, model
    )
    workers = request.workers or os.cpu_count() or 1
    voices = speakers.voices(plan)
    lying = away.beside(request.out, plan.units) if away else nullcontext(request.dataset)
    with still.during(request.out), lying as root:
        records = run_units(root, plan, request.out, matcher, workers, progress, voices, engine=engine)
    return conclude(home, request, plan, library, trust, held, records, began, measures.measure(plan, matcher))


def conclude(
    home: Home,
    request: Concluded,
    plan: Plan,
    library: Library,
    trust: str,
    held: Held,
    records: Mapping[int, UnitRecord],
    began: float,
    once: Control,
) -> Cleared:
    """Certify and report a run whose units are all done; `began` is when, by the clock that only counts.

    `once` is what was measured beside the units.
    """
    totals, key = total(plan, records), home.key(Role.CLEAR)
    if not totals.rows:
        raise BadDataset(f"there is not one row in {plan.dataset}: nothing was cleared")
    outputs = gather_outputs(plan, request.out, records)
    outputs |= write_credits(plan, request.out, held, library)
    measured = control_of(totals.tallies, library, once)
    certificate = make_certificate(plan, library.manifest, totals, outputs, home.now(), key, measured)
    write_file(request.out / "clearance.json", certificate)
    original = _originals(request.originals, library)
    seconds = time.monotonic() - began
    around = Circumstances(
        trust=trust,
        seconds=seconds,
        original=original,
        limit_pair=None if plan.ask.effort == "thorough" else _limit_pair(request, library, original),
        measured=measured,
        versions=tuple(sorted(plan.rules.items())),
        files=(*sorted((n, d) for n, d in outputs.items() if "/" not in n), _named(certificate)),
    )
    page = render(summarise(plan, totals, library, request.out, around), request.language)
    write_file(request.out / "report.html", page.encode())
    signer = fingerprint(key.public)
    return Cleared(
        plan=plan,
        totals=totals,
        library=library,
        seconds=seconds,
        signer=signer,
        trust=trust,
        measured=measured,
        idle=held.idle,
    )


def look_ahead(home: Home, request: Request) -> int:
    """What `clear` would check before it writes anything; returns the number of units it would read."""
    away = _elsewhere(request)
    library, _ = _registry(home, request, keep=False)
    thorough.rules(request.effort, library, _model(request))
    _hear(home, request, away)
    hold(home, request, library, _moment(home, request, library))
    return len(away.units if away else plan_dataset(request.dataset, request.out)[0])


def _elsewhere(request: Request) -> Elsewhere | None:
    """Where the dataset lies, listed; None when it lies on this disk, apart from OUT."""
    if request.place:
        return Elsewhere(open_place(request.place))
    check_apart(request.dataset, request.out)
    return None


def _model(request: Request) -> Model | None:
    if request.embedding is None:
        return None
    if request.effort != "thorough":
        raise WrongUsage("--embedding-model is a part of thorough clearing: add --effort thorough")
    return open_model(request.embedding.absolute())


def _hear(home: Home, request: Request, away: Elsewhere | None) -> Speakers:
    with away.for_a_while() if away else nullcontext() as spool:
        return hear_all(home, request, spool)


def _registry(home: Home, request: Request, *, begun: str = "", keep: bool = True) -> tuple[Library, str]:
    """The snapshot, believed, and whose word that is; nobody where none was given."""
    if request.snapshot is not None:
        return believe(home, request.snapshot, request.trust, request.max_age, begun=begun, keep=keep)
    if request.registry_only:
        raise WrongUsage("--registry-only hears nothing but a registry: name one with --snapshot DIR")
    return nobody(), "No registry was consulted."


def _limit_pair(request: Concluded, library: Library, original: Callable[[str], bytes | None]) -> LimitPair | None:
    """Only where a picture can be shown."""
    if not library.thumbnails and not request.originals:
        return None
    return nearest_unjoined(library, lambda work: library.thumbnail(work) or original(work))


def begun_by(out: Path) -> str:
    """The snapshot of the run that OUT holds, by its manifest's digest."""
    try:
        return parse_plan((out / "plan.json").read_bytes()).snapshot
    except (OSError, BadInput):
        return ""


def _moment(home: Home, request: Request, library: Library) -> int:
    """The time that is judged: the one asked, that of the run that OUT holds, or now.

    What was published is not in the future: a clock that is slow must not leave the newest words unheard.
    """
    if request.at is not None:
        return request.at
    try:
        return parse_plan((request.out / "plan.json").read_bytes()).ask.at
    except (OSError, BadInput):
        return max(home.now(), library.manifest.made_at)


def _plan(
    home: Home,
    request: Request,
    library: Library,
    speakers: Speakers,
    held: Held,
    away: Elsewhere | None,
    measures: Asked,
    model: Model | None,
) -> Plan:
    resuming = request.at is None and (request.out / "plan.json").exists()
    units = away.units if away else plan_dataset(request.dataset, request.out)[0]
    ask = Ask(
        use=request.use,
        profiles=request.profiles,
        at=-1 if resuming else _moment(home, request, library),
        territory=request.territory,
        effort=request.effort,
        agent=request.agent,
        holder=held.holder or None,
        model=request.model,
        licences=held.licences,
        min_voice=request.min_voice,
    )
    return Plan(
        snapshot=NOBODY if is_nobody(library) else library.manifest.digest,
        dataset=away.place.name if away else request.dataset.resolve().name,
        ask=ask,
        emit=request.emit,
        rules=rules() | thorough.rules(request.effort, library, model),
        units=units,
        signals=speakers.told,
        drop_generated=request.drop_generated,
        licences=held.digests,
        prints=request.prints,
        control=measures.told,
        place=away.told if away else {},
    )


def rules() -> dict[str, str]:
    """The versions and thresholds that decide what is a match."""
    return {
        "image": f"image-plh/1 within {hamming.LIMIT} of 256 bits; certain at {match.STRONG_DISTANCE}, or at quality"
        f" {match.LEAST_QUALITY}; never below quality {match.POOR_QUALITY}",
        "sound": sound_rule(),
        "film": film_rule(),
        "text": match_text.rules(),
        "caps": f"{hamming.CAP} hashes a bucket, {postings.CAP} works a fingerprint, {disputes.CROWD} parties a part",
        "exact": "sha256, blake3, sha256 of the normalised text",
        "numbers": ", ".join(sorted(NUMBERS)),
        "decision": "house 2026-11",
        "signals": ", ".join(sorted(f"{codec.name} {codec.dated}" for codec in CODECS.values())),
        "agents": f"table of {agents.dated()}",
        "versions": deciding_versions(),
    }


def _named(certificate: bytes) -> tuple[str, str]:
    return "clearance.json", hashlib.sha256(certificate).hexdigest()


def _originals(folder: Path | None, library: Library) -> Callable[[str], bytes | None]:
    """Thumbnails of local originals, found by their exact bytes."""
    found: dict[str, Path] = {}
    if folder is not None:
        if not folder.is_dir():
            raise WrongUsage(f"--originals {folder}: there is no such folder")
        matcher = match.Matcher(library)
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
        works = matcher.exact("sha256", [digest_file(path).sha256 for path in paths])
        found = {library.work_id(row): path for path, rows in zip(paths, works, strict=True) for row in rows}

    def original(work: str) -> bytes | None:
        try:
            return thumbnail(found[work].read_bytes()) if work in found else None
        except (BadMedia, OSError):
            return None

    return original
