"""`placet reserve`: what AI may do with these works, addresses and numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from placet.app import Home, today
from placet.cli.options import DryRun, HomeDir, Json, KeyFile, PassphraseFile, home_at, party_key, usage
from placet.cli.talk import emit, note, notes, result, watched
from placet.core.ids import parse_subject
from placet.core.spoken import Spoken
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.territory import parse_territory
from placet.core.use import parse_uses
from placet.core.work import Work
from placet.errors import NotFound, Refused, WrongUsage
from placet.registry.compose import Wish
from placet.registry.gather import gather
from placet.registry.phrases import count, entries_phrase, subjects_phrase, uses_phrase
from placet.registry.receipts import Row, Written, new_folder, refuse_full, write_proofs, write_table
from placet.registry.reserve import Batch, Choice, Found, look, plan, submit
from placet.signing.keys import Role

__all__ = ["reserve"]


class StanceWord(StrEnum):
    ALLOW = "allow"
    LICENSE = "license"
    RESERVE = "reserve"


def reserve(
    what: Annotated[
        list[str], typer.Argument(metavar="WHAT...", help="Files, folders, https://..., isbn:..., isrc:...")
    ],
    use: Annotated[str, typer.Option(help="Which uses, by comma; `ai` is every use by AI.")] = "ai",
    stance: Annotated[StanceWord, typer.Option(help="No, only with a licence, or yes.")] = StanceWord.RESERVE,
    until: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The last day it holds (UTC).")] = "",
    since: Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD", help="The first day it holds (UTC).")] = "",
    territory: Annotated[str, typer.Option(metavar="FR,EU", help="Only there.")] = "",
    agent: Annotated[str, typer.Option(help="Only to this user agent.")] = "",
    terms: Annotated[str, typer.Option(metavar="TEXT|@FILE", help="Your terms, published with it.")] = "",
    show_titles: Annotated[bool, typer.Option("--show-titles", help="Publish the names of the files.")] = False,
    thumbnail: Annotated[bool, typer.Option("--thumbnail", help="Publish a picture of 256 pixels.")] = False,
    receipts: Annotated[Path | None, typer.Option(metavar="DIR", help="Put the receipts here.")] = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Say what AI may do with your works. Without options: nothing.

    Only digests and fingerprints of a work are registered; the files stay where they are.
    """
    place = home_at(home, passphrase_file)
    now = place.now()
    wish = Wish(
        uses=_uses(use),
        stance=Stance[stance.name],
        start=_day(since, "--from") or now,
        until=_day(until, "--until", after=True),
        territory=_territory(territory),
        agent=agent,
        terms=_terms(terms),
    )
    if receipts:
        refuse_full(receipts)
    asked = _gather(what)
    job = _Job(place, wish, asked, Choice(show_titles=show_titles, thumbnails=thumbnail), key, dry_run, receipts)
    return job.run(as_json=json)


@dataclass(slots=True)
class _Asked:
    subjects: list[Subject] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def _gather(words: Iterable[str]) -> _Asked:
    asked = _Asked()
    for word in words:
        try:
            subject = parse_subject(word)
        except ValueError as error:
            raise WrongUsage(str(error)) from error
        if subject:
            asked.subjects.append(subject)
            continue
        try:
            files, problems = gather(Path(word))
        except NotFound as error:
            raise NotFound(f"{error}; an address begins with https://") from None
        asked.files += files
        asked.left_out += [problem.why for problem in problems]
    asked.files = list(dict.fromkeys(asked.files))
    return asked


class _Nothing:
    """The record of a home in which nothing was registered yet."""

    def works_like(self, column: str, value: str) -> list[Work]:
        return []

    def spoken_about(self, subject: Subject) -> list[Spoken]:
        return []


@dataclass(slots=True)
class _Job:
    home: Home
    wish: Wish
    asked: _Asked
    choice: Choice
    key_file: Path | None
    dry_run: bool
    receipts: Path | None
    folder: Path | None = None
    unread: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    indexes: list[int] = field(default_factory=list)
    openings: dict[str, bytes] = field(default_factory=dict)
    subjects: list[Subject] = field(default_factory=list)
    new: int = 0
    said: int = 0

    def run(self, *, as_json: bool) -> int:
        self._refuse_nothing()
        before = party_key(self.home, self.key_file)
        register = self.home.registry if self.home.begun else _Nothing()
        by = before.public.hex() if before else ""
        found = self._look(register, by)
        for batch in plan(found, self.asked.subjects, register, by, self.wish):
            self._take(batch)
        if self.folder:
            self._close(self.folder)
        if as_json:
            self._emit()
        else:
            result(self._sentence())
        self._talk(made_key=before is None)
        return 2 if self.unread else 0

    def _refuse_nothing(self) -> None:
        if self.asked.files or self.asked.subjects:
            return
        why = f": {self.asked.left_out[0]}" if self.asked.left_out else ""
        raise Refused(f"there is nothing to register{why}")

    def _look(self, register: object, by: str) -> Iterator[Found]:
        for path in watched(self.asked.files, "Describing"):
            try:
                yield look(path, register, by, self.choice, self.home.random)  # type: ignore[arg-type]
            except OSError as error:
                self.unread.append(f"{path} could not be read: {error.strerror or error}")

    def _take(self, batch: Batch) -> None:
        self.said += batch.said
        self.new += len(batch.new)
        self.subjects += batch.subjects
        if self.dry_run:
            self._keep(batch, batch.found)
            return
        key = self.home.key(Role.PARTY, self.key_file)
        submission, indexes, found = submit(batch, partial(self.home.submit, key), self.wish)
        self._keep(batch, found)
        if not indexes:
            return
        self.indexes += indexes
        self.openings |= submission.openings
        self.folder = self.folder or new_folder(self.home.path / "receipts", today(self.home.now()), self.receipts)
        proofs = self.home.log.receipts(indexes)
        written = [
            Written(index=i, entry=e, proof=p) for i, e, p in zip(indexes, submission.entries, proofs, strict=True)
        ]
        write_proofs(self.folder, written, submission.blobs)

    def _keep(self, batch: Batch, found: list[Found]) -> None:
        for each in found:
            self.ids[each.sha256] = each.id
        for each in [*found, *batch.twins]:
            row = Row(file=str(each.path), work=self.ids[each.sha256], sha256=each.sha256, notice=each.notice)
            self.rows.append(row)
            if each.notice:
                self.notices.append(f"{each.path}: {each.notice}")
            if each.others:
                self.others.append(f"{each.path} was registered by {count(each.others, 'other key')} too")

    def _close(self, folder: Path) -> None:
        write_table(folder, self.rows, self.openings, self.home.policy_text, today(self.home.now()), self.indexes[0])

    def _sentence(self) -> str:
        works = self.new + sum(s.kind is Kind.WORK for s in self.subjects)
        things = " and ".join(filter(None, [count(works, "work") if works else "", _not_works(self.subjects)]))
        uses = uses_phrase(self.wish.uses)
        if not things:
            return f"Nothing new to say: {count(self.said, 'thing')} had this very wish already. Nothing was written."
        what = {
            Stance.RESERVE: ("Reserved", "Would reserve", f"{things} from {uses}"),
            Stance.LICENSE: ("Asked", "Would ask", f"for a licence before {uses} of {things}"),
            Stance.ALLOW: ("Allowed", "Would allow", f"{uses} of {things}"),
        }[self.wish.stance]
        if self.dry_run:
            return f"{what[1]} {what[2]}. Nothing was written."
        where = f"{entries_phrase(self.indexes)} of log {self.home.log.origin}"
        return f"{what[0]} {what[2]}: {where}. Receipts: {self.folder}"

    def _talk(self, *, made_key: bool) -> None:
        if made_key and not self.dry_run and self.indexes:
            note(f"Your key was made: {self.home.key_path(Role.PARTY)}")
            note(
                "Keep a copy in a safe place: whoever has it speaks for you, and without it you cannot take words back."
            )
        again = len(self.ids) - self.new
        if again:
            note(f"{count(again, 'file was', 'files were')} registered by you before; no new work was made of them.")
        if self.said and (self.new or self.subjects):
            note(f"{count(self.said, 'thing')} had this very wish already.")
        _list("Also registered by somebody else, which changes nothing for you:", self.others, "")
        _list("Hard to recognise when changed:", self.notices, "; see works.csv in the receipts" if self.folder else "")
        _list("Left out:", self.asked.left_out, "")
        _list("NOT registered:", self.unread, "")
        if any(subject.kind is Kind.PATTERN for subject in self.subjects):
            note("Address patterns are recorded, but count only once your identity is verified; not possible yet.")

    def _emit(self) -> None:
        for row in self.rows:
            emit(
                {
                    "schema": "placet.work/1",
                    **{name: getattr(row, name) for name in ("file", "work", "sha256", "notice")},
                }
            )
        emit(
            {
                "schema": "placet.reserve/1",
                "stance": self.wish.stance.word,
                "uses": [use.value for use in self.wish.uses],
                "new": self.new,
                "said_before": self.said,
                "subjects": [str(subject) for subject in self.subjects],
                "entries": self.indexes,
                "log": self.home.log.origin if self.indexes else "",
                "receipts": str(self.folder or ""),
                "not_registered": self.unread,
                "dry_run": self.dry_run,
            }
        )


def _list(title: str, lines: list[str], more: str) -> None:
    if lines:
        note(title)
        notes(lines, more)


def _not_works(subjects: list[Subject]) -> str:
    return subjects_phrase([subject for subject in subjects if subject.kind is not Kind.WORK])


def _uses(words: str) -> tuple:  # type: ignore[type-arg]
    try:
        return parse_uses(words) or parse_uses("ai")
    except ValueError as error:
        raise usage(error, "--use") from error


def _territory(words: str) -> tuple[str, ...]:
    try:
        return parse_territory(words)
    except ValueError as error:
        raise usage(error, "--territory") from error


def _day(words: str, option: str, *, after: bool = False) -> int:
    """Midnight UTC at the start of a day, or at its end."""
    if not words:
        return 0
    try:
        day = date.fromisoformat(words)
    except ValueError:
        raise WrongUsage(f"{option}: {words!r} is not a day such as 2031-12-31") from None
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=int(after))
    return int(start.timestamp())


def _terms(words: str) -> str:
    if not words.startswith("@"):
        return words
    try:
        return Path(words[1:]).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFound(f"there is no file {words[1:]} with terms") from None
    except UnicodeDecodeError:
        raise Refused(f"{words[1:]} is not a text in UTF-8") from None
