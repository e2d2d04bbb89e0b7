"""Bringing in a list of works: read, compared with the record, told, and claimed under one signature a thousand.

A list brought in again adds only what is missing: a line is the same bytes each time, and what is in the record is
passed over, whatever interrupted the first run.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from placet.app import Home
from placet.core.authority import Authority
from placet.core.line import Line
from placet.core.sheets import Sheets
from placet.core.subject import Subject
from placet.core.title import MOST_LINES, Title, parse_title
from placet.desk.bringing_files import Files, no_files
from placet.desk.bringing_members import members_in
from placet.desk.identifying import speaker_of
from placet.errors import BadInput, BadRecord, NotFound, Refused
from placet.registry.bulk.formats import format_of
from placet.registry.bulk.gathering import Finding, Salts, Work, gather_rows, title_of
from placet.registry.bulk.raw import Source
from placet.registry.compose import Composer, NewWork
from placet.registry.gather import is_output
from placet.registry.openings import Opening
from placet.registry.phrases import count
from placet.registry.projection import work_id
from placet.registry.receipts import Row, refuse_full
from placet.signing.keys import Key

__all__ = ["STATUSES", "Order", "Report", "bring", "table_in"]

STATUSES: Final = ("new", "changed", "matched", "conflicting", "ambiguous", "missing", "malformed", "excluded")
_PART: Final = 20 * MOST_LINES  # lines in one submission
_FILES: Final = 1_000  # works with files in one submission
_SECRET: Final = b"placet/titles/v1\n"
_MOST_EXCLUDED: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked: a list, or a folder with a table in it; empty words where the list itself shows it.

    Receipts go into the folder `receipts`, or into a dated one of the home.
    """

    path: Path
    format: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""
    table: Path | None = None
    exclude: Path | None = None
    show_titles: bool = False
    receipts: Path | None = None
    dry_run: bool = False


@dataclass(slots=True, kw_only=True)
class Report:
    """What became of each work, in the order of the list; `notes` tell what was adjusted or passed over."""

    name: str
    words: str
    columns: dict[str, str] = field(default_factory=dict)
    rows: int = 0
    twice: int = 0
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)
    indexes: list[int] = field(default_factory=list)
    sheets: int = 0
    registered: int = 0
    receipts: Path | None = None

    @property
    def counts(self) -> Counter[str]:
        return Counter(finding.status for finding in self.findings)

    @property
    def left_out(self) -> list[Finding]:
        """What could not be taken, though nobody disagrees."""
        return [each for each in self.findings if not each.is_taken and each.status not in ("matched", "excluded")]


@dataclass(slots=True, kw_only=True)
class _Ready:
    """A work that can be claimed; `file` is registered with it where it is new."""

    work: Work
    title: Title
    openings: list[Opening]
    file: NewWork | None = None


Watch = Callable[[int], None]


def table_in(folder: Path) -> Path | None:
    """The table beside the files of a folder: the only one there; Refused where there are several."""
    tables = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".csv", ".tsv") and path.is_file())
    if len(tables) > 1:
        raise Refused(f"{folder} holds {len(tables)} tables; say which tells of the files, with --table")
    return tables[0] if tables else None


def bring(home: Home, order: Order, key: Key | None, watch: Watch = lambda done: None) -> Report:
    """Do it; with `dry_run` only look.  A key of None is one that is yet to be made."""
    folder = order.path if order.path.is_dir() else None
    if folder and is_output(folder):
        raise Refused(f"{folder} was written by placet itself; bring in the list that you keep")
    path = (order.table or table_in(folder)) if folder else order.path
    if path is None or not path.is_file():
        raise NotFound(f"there is no list {path or order.path}")
    if order.receipts:
        refuse_full(order.receipts)
    source = Source(path=path, mapping=order.mapping, encoding=order.encoding)
    known = format_of(source, order.format)
    excluded = members_in(order.exclude) if order.exclude else []
    speaker = speaker_of(home, key)
    by = speaker.party if key else "0" * 64
    salts = Salts(hashlib.sha256(key.sign(_SECRET)).digest() if key else bytes(32))
    gathered = gather_rows(known.read(source) if folder else no_files(known.read(source)), by, salts)
    report = Report(name=source.name, words=known.words, columns=source.told)
    report.rows, report.twice, report.findings = gathered.rows, gathered.twice, gathered.findings
    run = _Run(home, order, key, by, salts, frozenset(excluded), report)
    try:
        run.exclude(excluded)
        run.claim(gathered.works, Files(home, folder, speaker, order.dry_run) if folder else None, watch)
    finally:
        run.close()
    return report


class _Run:
    """One list on its way into the record."""

    def __init__(
        self, home: Home, order: Order, key: Key | None, by: str, salts: Salts, excluded: frozenset[str], report: Report
    ) -> None:
        self._home, self._order, self._key, self._by = home, order, key, by
        self._salts, self._excluded, self._report = salts, excluded, report
        authority = Authority.of(home.registry.acts() if home.begun else ())
        self._authority, self._sheets = authority, Sheets.of(authority)
        self._party = authority.party_of(by)
        self._receipts, self._rows, self._opened = home.receipts(order.receipts), list[Row](), dict[str, bytes]()

    def exclude(self, members: Sequence[str]) -> None:
        """Put on record for whom this party does not speak, before anything is said."""
        now = self._home.now()
        new = [who for who in members if not self._sheets.excludes(self._party, who, now)]
        self._report.excluded = new
        if new and not self._order.dry_run and self._key:

            def write(composer: Composer) -> None:
                for at in range(0, len(new), _MOST_EXCLUDED):
                    composer.exclude(new[at : at + _MOST_EXCLUDED], composer.at)

            self._submit(self._key, write)

    def _submit(self, key: Key, write: Callable[[Composer], None], ready: Sequence[_Ready] = ()) -> None:
        submission, indexes = self._home.submit(key, write)
        written = self._home.written(submission, indexes)
        self._report.indexes += (each.index for each in written if each.entry.type != "key.add")
        self._receipts.add(written, submission.blobs)
        entry = next((each.index for each in written if each.entry.type == "work.add"), None)
        opened = {**submission.openings, **submission.private}
        for name, new in ((each.work.file, each.file.complete()) for each in ready if each.file):
            self._opened[new.title] = opened[new.title]
            self._rows.append(Row(file=name, work=work_id(new.data()), sha256=new.sha256, entry=entry))

    def close(self) -> None:
        """The receipts of what was taken, also where it was interrupted.

        Titles of a list are not opened there: the list itself and the key open them again.
        """
        if self._receipts.folder and self._key:
            self._receipts.close(self._rows, self._opened, self._key.name)
            self._report.receipts = self._receipts.folder

    def claim(self, works: Sequence[Work], files: Files | None, watch: Watch) -> None:
        size = _FILES if files else _PART
        for at in range(0, len(works), size):
            some = works[at : at + size]
            ready = [each for each in (self._ready(work, files) for work in some) if each]
            self._take(list(self._compared(ready)))
            watch(at + len(some))

    def _tell(self, work: Work, status: str, why: str = "", *, taken: bool = False) -> None:
        name = next(iter(work.names)).id if work.names else work.file
        told = Finding(status=status, where=work.where, name=name, title=work.title, why=why, is_taken=taken)
        self._report.findings.append(told)
        self._report.notes += (f"{work.where}: {note}" for note in work.notes)

    def _ready(self, work: Work, files: Files | None) -> _Ready | None:
        """The work as a title, unless it has a flaw or all whom it names disagree."""
        if work.flaw[0]:
            self._tell(work, *work.flaw)
            return None
        people = {who for who, *_ in work.claims} - {self._by}
        against = {who for who in people if self._disagrees(who)}
        if against and against == people:
            self._tell(work, "excluded", f"{work.where}: who holds it disagrees, and is not spoken for")
            return None
        if against:
            work.notes.append(f"{_staying(len(against))} named, so that they must be asked")
        try:
            file = files.work_of(work) if files and work.file else None
            title, openings = title_of(work, self._salts, show=self._order.show_titles)
        except (BadRecord, BadInput) as error:
            status = "conflicting" if "(shares.over)" in str(error) else "malformed"
            self._tell(work, status, f"{work.where}: {error}")
            return None
        return _Ready(work=work, title=title, openings=openings, file=file)

    def _disagrees(self, who: str) -> bool:
        return who in self._excluded or self._sheets.excludes(self._party, who, self._home.now())

    def _compared(self, ready: Sequence[_Ready]) -> Iterator[_Ready]:
        """Those that are not in the record yet as they are here; each is told."""
        names = {subject for each in ready for subject in each.title.subjects}
        lines = self._home.registry.lines_about(names, "claim.add") if self._home.begun and names else []
        ours: dict[Subject, Line] = {}
        theirs: dict[Subject, list[tuple[str, Title]]] = defaultdict(list)
        for line in lines:
            party, title = self._authority.party_of(line.by), parse_title(line.record)
            for subject in title.subjects:
                if self._sheets.is_gone(party, str(subject), line.index):
                    continue
                if party == self._party:
                    ours[subject] = line
                else:
                    theirs[subject].append((party, title))
        for each in ready:
            if self._is_wanted(each, ours, theirs):
                yield each

    def _is_wanted(
        self, each: _Ready, ours: Mapping[Subject, Line], theirs: Mapping[Subject, list[tuple[str, Title]]]
    ) -> bool:
        before = ours.get(each.title.subject)
        if before and before.record == each.title.data():
            self._tell(each.work, "matched", f"as you said at entry {before.index}")
            return False
        where = each.work.where
        others = [(who, told) for subject in each.title.subjects for who, told in theirs.get(subject, ())]
        unlike = sorted({who for who, told in others if set(told.claims) != set(each.title.claims)})
        if unlike:
            why = f"{where}: {_keys(unlike)} claims it otherwise; yours stands beside it (bulk.conflict)"
            self._tell(each.work, "conflicting", why, taken=True)
        elif before:
            self._tell(each.work, "changed", f"{where}: it replaces what you said at entry {before.index}", taken=True)
        else:
            self._tell(each.work, "new", taken=True)
        return True

    def _take(self, ready: Sequence[_Ready]) -> None:
        report = self._report
        sheets = [ready[at : at + MOST_LINES] for at in range(0, len(ready), MOST_LINES)]
        files = [each.file for each in ready if each.file]
        report.sheets += len(sheets)
        report.registered += len(files)
        if self._order.dry_run or not sheets or not self._key:
            return

        def write(composer: Composer) -> None:
            if files:
                composer.register(files)
            for sheet in sheets:
                composer.claim([each.title for each in sheet], [name for each in sheet for name in each.openings])

        self._submit(self._key, write, ready)


def _staying(many: int) -> str:
    return count(many, "member who disagrees stays", "members who disagree stay")


def _keys(parties: Sequence[str]) -> str:
    return f"{', '.join(party[:12] for party in parties[:3])}{' and others' if len(parties) > 3 else ''}"
