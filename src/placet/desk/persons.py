"""What may be done with a person's voice or likeness: on a day, under each profile, by the licences that are held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from placet.app import Home
from placet.core.decide import decide
from placet.core.decision import Decision, Question
from placet.core.declaration import Declaration
from placet.core.licence import Licence
from placet.core.person import ASPECTS, likeness, person_named
from placet.core.profile import PROFILES
from placet.core.repertoire import Holding, Listing, Need, holdings, resolve
from placet.core.sheets import Sheets
from placet.core.stance import Voice
from placet.core.subject import Subject
from placet.core.title import parse_title
from placet.core.use import Use
from placet.desk.asof import by_then
from placet.desk.granting import read_licence
from placet.desk.licensed import given_at, weigh_licence
from placet.desk.listed import voices_of
from placet.desk.lookups import library_of
from placet.desk.status_lists import statuses_in
from placet.errors import WrongUsage
from placet.licensing.check import standing
from placet.snapshot.acts import read_lines
from placet.snapshot.library import Library

__all__ = ["Answer", "Asked", "Person", "ask_person"]

_KEY = 64
_WHOLE = ASPECTS[-1]  # a word about all of a person reaches each part of her
_RIGHT = "likeness"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`aspects` empty for those that somebody spoke of; `holder` is the asker's public key, `project` her project."""

    person: str
    aspects: tuple[str, ...] = ()
    uses: tuple[Use, ...] = (Use.ANY,)
    at: int = 0
    territory: str | None = None
    holder: str = ""
    project: str = ""
    licences: tuple[Path, ...] = ()
    profiles: tuple[str, ...] = tuple(PROFILES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One aspect: the decisions by profile and leaf use, in this order, all that was heard, and who spoke for whom."""

    subject: Subject
    decisions: tuple[Decision, ...]
    heard: tuple[Declaration, ...]
    voices: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`name` is shown by consent, `known` says how well she is known; `idle` are licences that lift nothing."""

    person: str
    name: str
    known: str
    at: int
    answers: tuple[Answer, ...]
    idle: tuple[str, ...] = ()

    @property
    def clear(self) -> bool:
        return all(decision.may_use for answer in self.answers for decision in answer.decisions)


def ask_person(home: Home, asked: Asked, snapshot: Path | None, trust: Path | None) -> Person:
    """What is known of her voice and likeness, here or in a snapshot."""
    try:
        person = person_named(asked.person)
    except ValueError as error:
        raise WrongUsage(f"--person: {error} (likeness.form)") from error
    library = library_of(home, snapshot, trust)
    at = asked.at or home.now()
    parts = _Parts(library, person, at, is_past=at < home.now())
    wanted = asked.aspects or parts.spoken_of or (ASPECTS[0],)
    licences, idle = _held(home, asked, parts, at, snapshot)
    answers = tuple(_answer(parts, likeness(person, aspect), asked, licences, at) for aspect in wanted)
    shown = library.parties.get(person)
    known = parts.known
    return Person(person=person, name=shown.name if shown else "", known=known, at=at, answers=answers, idle=idle)


def _answer(parts: _Parts, subject: Subject, asked: Asked, licences: Sequence[Licence], at: int) -> Answer:
    heard, must_allow = parts.about(subject, asked.territory)
    decisions = [
        decide(
            Question(
                subjects=(subject,),
                use=leaf,
                at=at,
                territory=asked.territory,
                holder=asked.holder or None,
                model=asked.project or None,
                must_allow=must_allow,
            ),
            heard,
            (),
            licences,
            PROFILES[name],
        )
        for name in asked.profiles
        for leaf in dict.fromkeys(leaf for use in asked.uses for leaf in use.leaves)
    ]
    voices = voices_of([(decision.question.use, decision) for decision in decisions], parts.library)
    return Answer(subject=subject, decisions=tuple(decisions), heard=tuple(heard), voices=voices)


class _Parts:
    """Who may speak of each part of one person, and what they said by then."""

    def __init__(self, library: Library, person: str, at: int, *, is_past: bool) -> None:
        self.library, self._person, self._at, self._is_past = library, person, at, is_past
        self.authority = library.authority
        self._sheets = Sheets.of(self.authority)

    @property
    def spoken_of(self) -> tuple[str, ...]:
        """The parts that somebody spoke of or listed."""
        named = self.library.named
        return tuple(
            aspect
            for aspect in ASPECTS
            if (subject := likeness(self._person, aspect)) in named or any(True for _ in self._listed(subject))
        )

    @property
    def known(self) -> str:
        parties = [self._person] if len(self._person) == _KEY else self.authority.bearers(self._person, self._at)
        steps = [self.authority.step(self.authority.party_of(party), self._at) for party in parties]
        return max(steps).words if steps else "nobody was checked to be this person"

    def about(self, subject: Subject, territory: str | None) -> tuple[list[Declaration], tuple[Need, ...]]:
        """What is heard of this part of her, by whom for whom, and everybody whose yes is needed."""
        whole = likeness(self._person, _WHOLE)
        named = self._heard(subject)
        if whole != subject:
            named += [replace(word, subject=subject, said_of=whole) for word in self._heard(whole)]
        held = self._holdings(subject, territory)
        found = resolve(subject, named, held, self._sheets, self._heard, self._at)
        return list(found.heard), found.must_allow

    def _heard(self, subject: Subject) -> list[Declaration]:
        said = self.library.heard_of(subject)
        return by_then(said, self._at)[0] if self._is_past else said

    def _holdings(self, subject: Subject, territory: str | None) -> list[Holding]:
        """Herself; for who is named by a number, also those that a checked party lists as holding it.

        Where nobody is known to be her, a yes would be a stranger's: her own is needed, and there is none.
        """
        person, at = self._person, self._at
        if len(person) == _KEY:
            party = self.authority.party_of(person)
            return [Holding(who=person, right=_RIGHT, by=party, voice=self.authority.voice(person, at))]
        own = [
            Holding(who=person, right=_RIGHT, by=bearer, voice=Voice.VERIFIED)
            for bearer in self.authority.bearers(person, at)
        ]
        listed = [each for each in self._listed(subject) if each.signer.voice >= Voice.VERIFIED]
        found = [*own, *holdings(listed, self._sheets, at, territory)]
        return found or [Holding(who=person, right=_RIGHT, by="", voice=Voice.CLAIMED)]

    def _listed(self, subject: Subject) -> Iterator[Listing]:
        """The newest listing of each party that lists this part of her in a sheet."""
        newest: dict[str, Listing] = {}
        name = f'"{subject}"'.encode()
        for line in read_lines(self.library.folder):
            signer = self._sheets.signer(line.index) if line.kind == "claim.add" and name in line.record else None
            if signer is None or self._sheets.is_gone(signer.party, str(subject), line.index):
                continue
            title = parse_title(line.record)
            if subject in title.subjects:
                newest[signer.party] = Listing(title=title, signer=signer)
        yield from newest.values()


# ---- licences -------------------------------------------------------------------------------------------


def _held(
    home: Home, asked: Asked, parts: _Parts, at: int, snapshot: Path | None
) -> tuple[list[Licence], tuple[str, ...]]:
    """The licences that stand at `at`, each for whom its licensor may give it; a sentence for each that does not."""
    if not asked.licences:
        return [], ()
    files = [(path, read_licence(path)) for path in asked.licences]
    log = snapshot / "log" if snapshot else home.log_files.folder
    lists = statuses_in(log, {file.agreement.licensor for _, file in files})
    found, idle = list[Licence](), list[str]()
    places = given_at(log, [file for _, file in files])
    for path, file in files:
        stood = standing(file, at, lists, home.now())
        if stood.why:
            idle.append(f"{path} lifts nothing then: {stood.why} ({stood.rule})")
        elif file.agreement.id not in places:
            idle.append(f"{path} lifts nothing: the log does not hold that it was given (licence.unlogged)")
        else:
            found.append(weigh_licence(file, places[file.agreement.id], parts.authority))
    return found, tuple(idle)
