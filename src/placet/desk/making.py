"""Saying how works were made, and who made them; and reading what was said of a thousand in one table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from placet.app import Home
from placet.core.authority import Authority
from placet.core.declaration import Problem
from placet.core.ids import parse_subject
from placet.core.line import Line
from placet.core.making import Credit, Making, parse_making
from placet.core.subject import Kind, Subject
from placet.core.title import MOST_LINES
from placet.desk.believing import believe
from placet.desk.identifying import speaker_of
from placet.desk.saying import say
from placet.errors import BadInput, NotFound, Refused, WrongUsage
from placet.fingerprints.digests import digest_file
from placet.registry.compose import Composer
from placet.registry.gather import gather
from placet.registry.made_sheet import WORDS, Told
from placet.registry.openings import Opening, parse_opening
from placet.registry.speaker import Speaker
from placet.registry.withdraw import LEAST
from placet.signing.keys import Key, fingerprint

__all__ = ["COLUMNS", "Given", "Shown", "list_makings", "state", "subject_of"]

COLUMNS = ("subject", "title", "made", "ai", "production", "role", "name", "who", "by", "voice", "said", "entry")


@dataclass(slots=True, kw_only=True)
class Given:
    """What was stated: `again` subjects had this very statement already; `problems` were left out."""

    stated: int = 0
    again: int = 0
    indexes: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    receipts: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One statement as people read it; `credits` are (role, name, who), names only where they may be shown."""

    subject: str
    title: str
    made: str
    ai: tuple[str, ...]
    production: str
    credits: tuple[tuple[str, str, str], ...]
    by: str
    voice: str
    said: str
    entry: int

    def rows(self) -> Iterator[tuple[object, ...]]:
        """One row a credit, in the order of COLUMNS; one row where nobody is credited."""
        for role, name, who in self.credits or (("", "", ""),):
            head = (self.subject, self.title, self.made, "; ".join(self.ai), self.production)
            yield (*head, role, name, who, self.by, self.voice, self.said, self.entry)


def subject_of(home: Home, word: str, by: Speaker) -> list[Subject]:
    """The subjects that a word means: a number or address, a work's id, or files of hers by their bytes.

    NotFound where it means nothing, or a file among them is no work of hers.
    """
    found, whys = _subjects_of(home, word, by)
    if whys:
        raise NotFound(whys[0])
    return found


def _subjects_of(home: Home, word: str, by: Speaker) -> tuple[list[Subject], list[str]]:
    """The same, and a sentence for each file that is no work of hers."""
    if not word.strip():
        raise NotFound("an empty word names no work (made.unknown)")
    if subject := parse_subject(word):
        return [subject], []
    try:
        is_there = Path(word).exists()
    except (OSError, ValueError):
        is_there = False
    if is_there:
        return _works_at(home, Path(word), by)
    id_ = word.removeprefix("work:").lower()
    if len(id_) >= LEAST and set(id_) <= set("0123456789abcdef"):
        found = home.registry.works_like("id", id_)
        if len(found) == 1:
            return [found[0].subject], []
    raise NotFound(f"{word[:200]} is no file, no work in the registry and no number such as isbn:... (made.unknown)")


def _works_at(home: Home, path: Path, by: Speaker) -> tuple[list[Subject], list[str]]:
    files, problems = gather(path)
    found, whys = list[Subject](), [problem.why for problem in problems]
    for file in files:
        same = home.registry.works_like("sha256", digest_file(file).sha256.hex()) if home.begun else []
        mine = [work for work in same if by.owns(work.by)]
        found += [work.subject for work in mine[:1]]
        if not mine:
            whys.append(f"{file} is no work of yours in the registry: `placet reserve` registers it (made.unknown)")
    if not files and not whys:
        whys.append(f"there are no files in {path} (made.unknown)")
    return found, whys


def state(home: Home, key: Key, told: Iterable[Told], *, show: bool, dry_run: bool) -> Given:
    """Sign one sheet for each thousand statements; what she stated before, word for word, is not said again."""
    given, wanted = Given(), dict[Subject, tuple[Told, Making, list[Opening]]]()
    by = speaker_of(home, key)
    for each in told:
        try:
            whys = _want(home, each, by, wanted, show=show)
        except (BadInput, NotFound, Refused, ValueError) as error:
            whys = [str(error)]
        place = each.place or each.subject
        given.problems += [Problem(place, "made.unread", f"{each.place}: {why}" if each.place else why) for why in whys]
    meant = [(making, names) for _, making, names in wanted.values()]
    fresh = _without_known(home, meant, by)
    given.stated, given.again = len(fresh), len(meant) - len(fresh)
    if dry_run:
        return given
    sheets = [fresh[at : at + MOST_LINES] for at in range(0, len(fresh), MOST_LINES)]
    said = say(home, key, [partial(_make, some=some) for some in sheets])
    given.indexes = [each.index for each in said.entries if each.entry.type == "made.add"]
    given.receipts = said.receipts
    return given


def _make(composer: Composer, some: Sequence[tuple[Making, list[Opening]]]) -> None:
    composer.make([making for making, _ in some], [name for _, names in some for name in names])


def _want(
    home: Home, told: Told, by: Speaker, wanted: dict[Subject, tuple[Told, Making, list[Opening]]], *, show: bool
) -> list[str]:
    """Take in what is stated of each subject, once; a sentence for each that is left out."""
    subjects, whys = _subjects_of(home, told.subject, by)
    production = _one(subject_of(home, told.production, by), told) if told.production else None
    for subject in subjects:
        if subject not in wanted:
            wanted[subject] = (told, *_making(home, subject, production, told, show=show))
        elif (before := wanted[subject][0]).content != told.content:
            other = before.place or before.subject
            whys.append(f"{told.subject[:80]} is what {other} is about, and says something else (made.unread)")
    return whys


def _one(subjects: Sequence[Subject], told: Told) -> Subject:
    if len(subjects) != 1:
        raise WrongUsage(f"a production is one thing, and {told.production} is {len(subjects)}")
    return subjects[0]


def _making(
    home: Home, subject: Subject, production: Subject | None, told: Told, *, show: bool
) -> tuple[Making, list[Opening]]:
    names, credits = list[Opening](), list[Credit]()
    for role, name, who in told.credits:
        opening = Opening(salt=home.random(32), value=name, show=show) if name else None
        names += [opening] if opening else []
        credits.append(Credit(role=role, who=who, name=opening.commitment if opening else ""))
    made = Making(subject=subject, source=told.source, ai=told.ai, production=production, credits=tuple(credits))
    parse_making(made.data())
    return made, names


def _without_known(
    home: Home, wanted: Sequence[tuple[Making, list[Opening]]], by: Speaker
) -> list[tuple[Making, list[Opening]]]:
    """Those whose subject she has not said the same of last; names are compared where they can be opened."""
    lines = home.registry.lines_about({making.subject for making, _ in wanted}, "made.add") if home.begun else []
    newest = {(made := parse_making(line.record)).subject: made for line in lines if by.owns(line.by)}
    return [
        (making, names)
        for making, names in wanted
        if making.subject not in newest or not _is_same(making, names, newest[making.subject], home)
    ]


def _is_same(making: Making, names: Sequence[Opening], before: Making, home: Home) -> bool:
    ours = (making.source, making.ai, making.production, [(c.role, c.who) for c in making.credits])
    theirs = (before.source, before.ai, before.production, [(c.role, c.who) for c in before.credits])
    if ours != theirs:
        return False
    opened = [_opened(home, credit.name) for credit in before.credits if credit.name]
    return [name.value for name in names] == opened


def _opened(home: Home, name: str) -> str | None:
    data = home.log_files.opening(name)
    return parse_opening(data, name).value if data is not None else None


# ---- reading --------------------------------------------------------------------------------------------


def list_makings(home: Home, production: str, snapshot: Path | None, trust: Path | None) -> list[Shown]:
    """The newest statement of each speaker about each subject, in the order of subjects; of one production, or all."""
    if snapshot:
        from placet.snapshot.acts import read_lines

        library = believe(home, snapshot, trust, 36_500)[0]
        lines, authority, names = (
            read_lines(snapshot),
            library.authority,
            {k: p.name for k, p in library.parties.items()},
        )
    else:
        lines = list(home.registry.lines()) if home.begun else []
        authority = Authority.of(home.registry.acts() if home.begun else ())
        names = {party.key: party.name for party in home.registry.parties()} if home.begun else {}
    wanted = _production(production)
    newest: dict[tuple[str, str], tuple[Line, Making]] = {}
    for line in lines:
        if line.kind == "made.add":
            making = parse_making(line.record)
            newest[str(making.subject), authority.party_of(line.by)] = (line, making)
    found = [newest[place] for place in sorted(newest)]
    at = {act.index: act for act in authority.acts}
    return [
        _shown(home, line, making, at[line.index].at, authority, names)
        for line, making in found
        if wanted is None or any(map(partial(_is_meant, wanted), making.subjects))
    ]


def _is_meant(wanted: Subject, subject: Subject) -> bool:
    """A work is named by its id or the beginning of it."""
    if wanted.kind is not Kind.WORK:
        return wanted == subject
    return subject.kind is Kind.WORK and subject.id.startswith(wanted.id)


def _production(word: str) -> Subject | None:
    if not word:
        return None
    if subject := parse_subject(word):
        return subject
    id_ = word.removeprefix("work:").lower()
    if len(id_) < LEAST or not set(id_) <= set("0123456789abcdef"):
        raise WrongUsage(f"{word[:80]!r} is no number such as isbn:... and not the id of a work (made.unknown)")
    return Subject(Kind.WORK, id_)


def _shown(home: Home, line: Line, making: Making, at: int, authority: Authority, names: dict[str, str]) -> Shown:
    credits = tuple((c.role, (_opened(home, c.name) or "") if c.name else "", c.who) for c in making.credits)
    party = authority.party_of(line.by)
    plain = {term: word for word, term in WORDS.items()}
    return Shown(
        subject=making.subject.id if making.subject.kind is not Kind.WORK else str(making.subject),
        title=_title(home, making.subject),
        made=plain.get(making.source, making.source),
        ai=making.ai,
        production=making.production.id if making.production else "",
        credits=credits,
        by=names.get(line.by) or names.get(party) or f"key {fingerprint(bytes.fromhex(party))}",
        voice=authority.step(party, at).words,
        said=datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d"),
        entry=line.index,
    )


def _title(home: Home, subject: Subject) -> str:
    if subject.kind is not Kind.WORK or not home.begun:
        return ""
    works = home.registry.works_like("id", subject.id)
    name = works[0].record.title if works else ""
    data = home.log_files.opening(name) if name else None
    opening = parse_opening(data, name) if data is not None else None
    return opening.value if opening and opening.show else ""
