"""Asking the registry about one thing: a file, a text, an identifier, a work, an address."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from placet.app import Home
from placet.clearance import films, sounds
from placet.clearance.judge import Judge
from placet.clearance.plan import Ask
from placet.clearance.rows import Part, PartKind, Row
from placet.core.decide import decide
from placet.core.decision import Decision, Question
from placet.core.declaration import Declaration, Problem
from placet.core.ids import parse_subject, short
from placet.core.profile import PROFILES
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.desk.believing import believe
from placet.desk.listed import ClaimShown, through_sheets, voices_of
from placet.desk.unheeded import remedies, unheeded
from placet.errors import NotFound, Refused, StoreDamaged, WrongUsage
from placet.fingerprints.medium import medium_of
from placet.registry.gather import MOST_BYTES
from placet.registry.ladder import clause
from placet.registry.openings import shown_value
from placet.registry.phrases import terms_phrase
from placet.signals.spoken_addresses import SpokenAddresses
from placet.snapshot.build import build_snapshot
from placet.snapshot.library import Library, open_library
from placet.snapshot.match import Match, Matcher
from placet.store.source import Closed

__all__ = ["Found", "FoundWork", "library_of", "look_up", "terms_of"]

_LEAST_ID = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundWork:
    id: str
    by: str
    maker: str
    identity: str
    title: str
    match: str
    how: str
    entry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`understood` says what the words were taken for; decisions are per use, with silence as no.

    `terms` are, by log entry, an offer in one clause or the words that go with an answer. `claims` is who says in a
    sheet that a share of it is theirs, `voices` by log entry who spoke for whom.
    """

    understood: str
    works: tuple[FoundWork, ...]
    heard: tuple[Declaration, ...]
    decisions: tuple[tuple[Use, Decision], ...]
    terms: tuple[tuple[int, str], ...] = ()
    claims: tuple[ClaimShown, ...] = ()
    voices: tuple[tuple[int, str], ...] = ()

    @property
    def clear(self) -> bool:
        """Every use that was asked about is cleared: silence is no yes."""
        return all(decision.may_use for _, decision in self.decisions)

    @property
    def unheeded(self) -> tuple[tuple[int, str], ...]:
        """By log entry, what was said and decides nothing, and why."""
        return unheeded(decision for _, decision in self.decisions)

    @property
    def remedies(self) -> tuple[str, ...]:
        """What would make a word count that opens nothing yet."""
        return remedies(decision for _, decision in self.decisions)


def look_up(
    home: Home,
    what: str,
    snapshot: Path | None,
    trust: Path | None,
    at: int = 0,
    territory: str | None = None,
    uses: tuple[Use, ...] = (Use.ANY,),
    library: Library | None = None,
) -> Found:
    """What is known of `what`, here or in a snapshot; with `at`, claimed in sheets by then, for that moment.

    `library` is that of `library_of`, where the caller has it open already.
    """
    library = library or library_of(home, snapshot, trust)
    found = through_sheets(_find(home, library, what), library, at or home.now(), territory, by_then=bool(at))
    found = _narrowed(found, territory, uses)
    found = replace(found, voices=voices_of(found.decisions, library))
    return replace(found, terms=terms_of(found, library.terms if snapshot else home.log_files.blob))


def _narrowed(found: Found, territory: str | None, uses: tuple[Use, ...]) -> Found:
    """The same, for this territory and these uses only."""
    if territory is None and uses == (Use.ANY,):
        return found
    before = dict(found.decisions)
    asked = [before[leaf] for leaf in dict.fromkeys(leaf for use in uses for leaf in use.leaves)]
    questions = [replace(each.question, territory=territory) for each in asked]
    decisions = tuple(
        (question.use, decide(question, found.heard, each.unclear, (), each.profile))
        for question, each in zip(questions, asked, strict=True)
    )
    return replace(found, decisions=decisions)


def library_of(home: Home, snapshot: Path | None, trust: Path | None) -> Library:
    """A snapshot that is believed, however old; else the registry of this home as it is now."""
    return believe(home, snapshot, trust, 36_500)[0] if snapshot else _present(home)


def terms_of(found: Found, read: Callable[[str], bytes | None]) -> tuple[tuple[int, str], ...]:
    """What goes with the answers, by log entry."""
    deciding = {said for _, decision in found.decisions for said in decision.because if said.terms}
    named = {said.index or 0: said.terms or "" for said in deciding}
    return tuple((index, terms_phrase(read(digest))) for index, digest in sorted(named.items()))


def _find(home: Home, library: Library, what: str) -> Found:
    path = Path(what)
    if not what.strip():
        raise WrongUsage("there is nothing to look up in an empty word")
    if _exists(path.is_file):
        return _of_content(home, library, what, _part(path.name, _bytes(path)))
    if _exists(path.is_dir):
        raise WrongUsage(f"{what} is a folder: look up one file, or use `placet clear`")
    if subject := _subject(what):
        return _of_subject(home, library, subject)
    rows = _works_like(library, what)
    if rows:
        return _of_works(home, library, rows, f"Work {what}")
    if len(what.split()) < 2:
        raise NotFound(f"{what!r} is no file here, no work or identifier in the registry, no address and no text")
    return _of_content(home, library, "This text", _part("text.txt", what.encode()))


def _bytes(path: Path) -> bytes:
    if (size := path.stat().st_size) > MOST_BYTES:
        raise Refused(f"{path} has {size:,} bytes, more than {MOST_BYTES:,}")
    return path.read_bytes()


def _exists(ask: Callable[[], bool]) -> bool:
    """A text may be longer than any file's name, or hold what no name can."""
    try:
        return ask()
    except (OSError, ValueError):
        return False


def _present(home: Home) -> Library:
    """The registry of this home at its newest checkpoint, as a library kept in its cache, without names or titles.

    What is kept holds their commitments, which are opened when they are asked for, so that an erasure reaches it.
    """
    checkpoint = home.newest
    if checkpoint is None or not checkpoint.size:
        if home.log_files.read("checkpoint"):
            raise StoreDamaged("the database is gone, and the log is not: `placet fsck --rebuild` makes it again")
        raise NotFound("nothing is registered here yet; ask a snapshot with --snapshot DIR")
    cache = home.path / "cache" / "asked"
    folder = cache / f"{checkpoint.size}-{checkpoint.root.hex()[:16]}"
    if not (folder / "manifest.json").exists():
        shutil.rmtree(cache, ignore_errors=True)
        build_snapshot(Closed(home.engine, home.log_files), checkpoint, home.now(), folder)
    return replace(open_library(folder), shown=partial(shown_value, opening=home.log_files.opening))


def _part(name: str, data: bytes) -> Part:
    return Part(name, medium_of(data, name), data)


def _subject(words: str) -> Subject | None:
    try:
        return parse_subject(words)
    except ValueError as error:
        raise WrongUsage(str(error)) from error


def _works_like(library: Library, words: str) -> list[int]:
    if len(words) < _LEAST_ID or not set(words) <= set("0123456789abcdef"):
        return []
    return [row for row in range(len(library)) if library.work_id(row).startswith(words)]


def _of_content(home: Home, library: Library, name: str, part: Part) -> Found:
    ask = Ask(use=Use.ANY, profiles=(PROFILES["consent"],), at=home.now(), effort="exact")
    (judged,) = Judge(Matcher(library, "exact", home.hot), ask).judge([Row(key=name, parts=(part,))])
    works = tuple(_work(library, match.work, match.kind.value, _how(match), home.now()) for match in judged.matches)
    certain = [m.work for m in judged.matches if m.kind.certain and library.is_claimed(m.work)]
    subjects = tuple(library.subject(row) for row in certain)
    heard = [said for row in certain for said in library.heard_of_work(row)]
    return _found(home, f"{name}, {_ARTICLE[part.kind]}", works, subjects, heard, judged.problems)


_ARTICLE = {
    PartKind.IMAGE: "a picture",
    PartKind.TEXT: "a text",
    PartKind.AUDIO: "a sound",
    PartKind.VIDEO: "a film",
    PartKind.OTHER: "a file of another kind",
}


def _how(match: Match) -> str:
    method, score = match.method, match.score
    if method in (*sounds.METHODS, films.METHOD):
        heard, known = sounds.places(match.detail)
        return f"{heard[0]} to {heard[1]} is {known[0]} to {known[1]} of the work"
    if method.startswith("image"):
        return f"{score} of 256 bits differ"
    if match.passage:
        return str(match.passage)
    return "the same text" if method == "text-sha256" else "the same bytes"


def _of_subject(home: Home, library: Library, subject: Subject) -> Found:
    subjects: tuple[Subject, ...] = (subject,)
    if subject.kind is Kind.URL:
        spoken = SpokenAddresses(library.named).of(subject.id)
        subjects = (subject, *sorted(spoken - {subject}))
    heard = [said for each in subjects for said in library.heard_of(each)]
    return _found(home, f"{subject.id}, {_SUBJECT.get(subject.kind, 'an identifier')}", (), subjects, heard, ())


_SUBJECT = {Kind.URL: "an address", Kind.PATTERN: "a pattern of addresses", Kind.LIKENESS: "of a person"}


def _of_works(home: Home, library: Library, rows: list[int], understood: str) -> Found:
    works = tuple(_work(library, row, "EXACT", "by its id", home.now()) for row in rows)
    heard = [said for row in rows for said in library.heard_of_work(row)]
    return _found(home, understood, works, tuple(library.subject(row) for row in rows), heard, ())


def _work(library: Library, row: int, match: str, how: str, at: int) -> FoundWork:
    work = library.work(row)
    party = library.authority.party_of(work.by)
    return FoundWork(
        id=work.id,
        by=work.by,
        maker=_name(library, work.by),
        identity=clause(library.authority, party, at, lambda by: _name(library, by) or f"key {short(by)}"),
        title=work.title,
        match=match,
        how=how,
        entry=work.entry,
    )


def _name(library: Library, key: str) -> str:
    party = library.parties.get(key)
    return party.name if party else ""


def _found(
    home: Home,
    understood: str,
    works: tuple[FoundWork, ...],
    subjects: tuple[Subject, ...],
    heard: list[Declaration],
    problems: tuple[Problem, ...],
) -> Found:
    decisions = []
    for use in Use.ANY.leaves:
        question = Question(subjects=subjects, use=use, at=home.now())
        decisions.append((use, decide(question, heard, problems, (), PROFILES["consent"])))
    return Found(understood=understood, works=works, heard=tuple(heard), decisions=tuple(decisions))
