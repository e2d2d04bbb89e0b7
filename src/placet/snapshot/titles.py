"""The titles of a snapshot's sheets, found by any of their names, and what is said through them.

Two million claims become a few thousand patterns: who is known by nothing but sheets is no one in particular, so that
titles claimed by the same parties on the same days are alike.  For each likeness `decide()` is called once a use, place
and span of time in which nothing changes (law 8); titles that anybody named in a word of its own are decided alone.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from placet.core.authority import Authority
from placet.core.decide import decide
from placet.core.decision import Decision, Question
from placet.core.declaration import Declaration, Problem
from placet.core.profile import Profile
from placet.core.repertoire import Holding, Listing, Resolved, Words, join, reaches_whole, resolve
from placet.core.sheets import Sheets, Signer
from placet.core.stance import Stance, Voice
from placet.core.subject import Kind, Subject
from placet.core.territory import members
from placet.core.title import parse_title
from placet.errors import BadRecord
from placet.snapshot.acts import LINES
from placet.snapshot.likeness import Likeness, Matter, told_of

__all__ = ["MOST_LISTINGS", "Heard", "Titles"]

MOST_LISTINGS: Final = 50  # of one thing: what more parties list cannot be judged
GONE, LIVING, PAST = 0, 1, 2
_KIND: Final = "claim.add"
_STAND_IN: Final = Subject(Kind.IDENTIFIER, "any title")
_MOST_KEPT: Final = 50_000  # answers, of about a thousand bytes
_Claim = tuple[int, frozenset[str] | None, int, int]  # number of the holding, countries, from, until


@dataclass(frozen=True, slots=True)
class Heard:
    """What is said about one thing through the titles that list it, and why that may be too little to decide."""

    resolved: Resolved
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class Titles:
    """Rows are lines of sheets of titles, in the order of the log.

    A row that a newer one replaced, or whose party took it back, is not `living`.  Where it named somebody else it is
    PAST: whoever was listed by name still refuses, until she takes back her word or the work (`core.repertoire`).
    `words` gives what was said about any subject, weighed; `named` are the subjects of which anything was said.
    """

    folder: Path
    sheets: Sheets
    words: Words
    named: Collection[Subject]
    rows: dict[str, int | list[int]] = field(default_factory=dict)
    living: bytearray = field(default_factory=bytearray)
    _speaking: dict[str, bool] = field(default_factory=dict)
    _left: dict[str, list[int]] = field(default_factory=dict)
    _place: array[int] = field(default_factory=lambda: array("I"))
    _pattern: array[int] = field(default_factory=lambda: array("I"))
    _patterns: list[tuple[_Claim, ...]] = field(default_factory=list)
    _pattern_ids: dict[tuple[tuple[Any, ...], ...], int] = field(default_factory=dict)
    _holdings: list[Holding] = field(default_factory=list)
    _holding_ids: dict[tuple[object, ...], int] = field(default_factory=dict)
    _told: dict[int, tuple[str, ...]] = field(default_factory=dict)
    _wide: dict[str, list[Subject]] = field(default_factory=dict)
    _wide_words: dict[Subject, tuple[Declaration, ...]] = field(default_factory=dict)
    _turns: dict[str, list[int]] = field(default_factory=dict)
    _alone: dict[tuple[int, int], Resolved] = field(default_factory=dict)
    _same: dict[Declaration, Declaration] = field(default_factory=dict)
    _matters: dict[tuple[object, ...], Matter] = field(default_factory=dict)
    _likenesses: dict[tuple[tuple[int, int], ...], Likeness] = field(default_factory=dict)
    _answers: dict[tuple[object, ...], Decision] = field(default_factory=dict)
    _table: pa.Table | None = None

    @classmethod
    def open(
        cls, folder: Path, authority: Authority, words: Words, named: Collection[Subject], until: int = 0
    ) -> Titles:
        """Read the sheets of a snapshot once; BadRecord where a line is no title, or nobody signed its sheet.

        With `until`, the `authority` knows acts up to that moment only, and sheets that were signed later are left out.
        """
        if not (folder / LINES).exists():
            return cls(folder, Sheets(authority), words, named)
        wide = _owners(named, authority)
        sheets = Sheets.of(authority, wide)
        titles = cls(folder, sheets, words, named, _wide=wide, _turns=sheets.turns())
        spoken = {str(subject) for subject in named} | _scoped(authority)
        newest: dict[tuple[str, str], int] = {}
        for place, (entry, record) in enumerate(titles._records()):
            if not until or sheets.signer(entry) is not None:
                titles._place.append(place)
                titles._add(entry, record, spoken, newest)
        return titles

    def __bool__(self) -> bool:
        return bool(self.rows)

    def __contains__(self, subject: Subject) -> bool:
        return str(subject) in self.rows

    @property
    def addresses(self) -> frozenset[Subject]:
        """The addresses by which titles are listed."""
        start = f"{Kind.URL}:"
        return frozenset(_subject(name) for name in self.rows if name.startswith(start))

    # ---- reading ---------------------------------------------------------------------------------------

    def _records(self) -> Iterator[tuple[int, str]]:
        path = self.folder / LINES
        if not path.exists():
            return
        try:
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(columns=["entry", "kind", "record"]):
                    told = batch.filter(pc.equal(batch.column("kind"), _KIND))
                    records = told.column("record").cast(pa.string())
                    yield from zip(told.column("entry").to_pylist(), records.to_pylist(), strict=True)
        except (pa.ArrowException, OSError) as error:
            raise BadRecord(f"{path} cannot be read: {error}") from error

    def _add(self, entry: int, record: str, spoken: Collection[str], newest: dict[tuple[str, str], int]) -> None:
        signer = self.sheets.signer(entry)
        try:
            value = json.loads(record)
            names = [value["subject"], *value["also"]]
            pattern = self._pattern_of(value["claims"], signer) if signer else 0
        except (ValueError, KeyError, TypeError) as error:
            raise BadRecord(f"{self.folder / LINES}: a line of entry {entry} is no title: {error}") from error
        if signer is None:
            raise BadRecord(f"{self.folder / LINES} has a line of entry {entry}, where nobody signed a sheet of titles")
        row, party = len(self._pattern), signer.party
        self._pattern.append(pattern)
        is_spoken_of = any(name in spoken or name.startswith("work:") for name in names)
        ended = self._ended(pattern, party, names[0], is_spoken_of=is_spoken_of)
        self.living.append(ended if self.sheets.is_gone(party, names[0], entry) else LIVING)
        place = (party if signer.surety >= Voice.CLAIMED else f"{party} lost", names[0])
        if (older := newest.get(place)) is not None:
            self.living[older] = self._ended(self._pattern[older], party, names[0], is_spoken_of=older in self._told)
        newest[place] = row
        kept = [name for name in names if not self.sheets.is_gone(party, name, entry)]
        for name in kept if self.living[row] == LIVING else names if ended else ():
            self._file(name, row)
        for name in set(names).difference(kept) if self.living[row] == LIVING and ended else ():
            if not self.sheets.has_lost(party, name):
                self._left.setdefault(name, []).append(row)
        if is_spoken_of:
            self._told[row] = tuple(kept if self.living[row] == LIVING else names)

    def _ended(self, pattern: int, party: str, name: str, *, is_spoken_of: bool) -> int:
        """What becomes of a row that its party replaces or takes back; one that was upheld for others is gone."""
        if self.sheets.has_lost(party, name):
            return GONE
        others = {self._holdings[id_].who for id_, *_ in self._patterns[pattern]} - {"", party}
        return PAST if others and (is_spoken_of or any(map(self._may_speak, others))) else GONE

    def _may_speak(self, who: str) -> bool:
        """Whether anybody who ever bore this name, or speaks for her, said a word about a repertoire."""
        if who not in self._speaking:
            authority = self.sheets.authority
            parties = {who, *authority.bore(who)}
            parties |= {agent for party in set(parties) for agent, _ in authority.delegates(party)}
            self._speaking[who] = any(party in self._wide for party in parties)
        return self._speaking[who]

    def _file(self, name: str, row: int) -> None:
        before = self.rows.get(name)
        if isinstance(before, list):
            before.append(row)
        elif before is None or not self.living[before]:
            self.rows[name] = row
        else:
            self.rows[name] = [before, row]

    def _pattern_of(self, claims: Sequence[Mapping[str, Any]], signer: Signer) -> int:
        key = tuple(sorted({(self._holding_id(c, signer), c["from"], c["until"], *c["territory"]) for c in claims}))
        found = self._pattern_ids.get(key)
        if found is None:
            found = self._pattern_ids[key] = len(self._patterns)
            self._patterns.append(
                tuple((id_, members(tuple(where)), start, until) for id_, start, until, *where in key)
            )
        return found

    def _holding_id(self, claim: Mapping[str, Any], signer: Signer) -> int:
        """The number of the holding that reaches the whole; the next number is that which reaches a part."""
        who = self.sheets.known_as(claim["who"])
        key = (who, claim["right"], signer)
        found = self._holding_ids.get(key)
        if found is None:
            found = self._holding_ids[key] = len(self._holdings)
            whole = Holding(who=who, right=claim["right"], by=signer.party, voice=signer.voice, surety=signer.surety)
            self._holdings += [whole, replace(whole, whole=False)]
        return found

    # ---- asking ----------------------------------------------------------------------------------------

    def _rows(self, subject: Subject) -> tuple[int, ...]:
        found = self.rows.get(str(subject), ())
        rows = (found,) if isinstance(found, int) else found
        return tuple(row for row in rows if self.living[row] == LIVING)

    def _past(self, subject: Subject) -> list[int]:
        """The rows that listed it once, and name others than who took them back or wrote them anew."""
        found = self.rows.get(str(subject), ())
        rows = (found,) if isinstance(found, int) else found
        past = [row for row in rows if self.living[row] == PAST]
        return past + self._left.get(str(subject), []) if self._left else past

    def _held(self, rows: Iterable[int], at: int, territory: str | None, least: Voice) -> tuple[int, ...]:
        """The holdings of these rows that hold then and there, listed by whom the asker believes."""
        asked = members((territory,)) if territory else None
        patterns, holdings = self._patterns, self._holdings
        return tuple(
            sorted(
                {
                    id_ if reaches_whole(where, asked) else id_ + 1
                    for row in rows
                    for id_, where, start, until in patterns[self._pattern[row]]
                    if start <= at and (not until or at < until) and (where is None or not asked or asked & where)
                    if max(holdings[id_].voice, Voice.CLAIMED) >= least
                }
            )
        )

    def hear(
        self, subject: Subject, direct: Sequence[Declaration], at: int, territory: str | None, least: Voice
    ) -> Heard:
        """What is said about `subject`, of which `direct` are the words about it by this very name."""
        rows, past = self._believed(self._rows(subject), least), self._believed(self._past(subject), least)
        if not rows and not past:
            return Heard(Resolved(tuple(direct)))
        if len(rows) + len(past) > MOST_LISTINGS:
            many = f"{len(rows) + len(past)} sheets list {subject.id}, more than {MOST_LISTINGS}"
            why = f"{many}: whose it is cannot be judged"
            return Heard(Resolved(tuple(direct)), (Problem(str(subject), "title.crowded", why),))
        names, shared = self._names(subject, rows)
        named = [*direct, *(word for name in names - {subject} for word in self.words(name))]
        held = [self._holdings[id_] for id_ in self._held(rows, at, territory, least)]
        left = [self._holdings[id_] for id_ in self._held(past, at, territory, least)]
        other = self._names(subject, past)[0] - names
        named_left = [word for name in other for word in self.words(name) if word.stance is not Stance.ALLOW]
        found = resolve(
            subject,
            named,
            held,
            self.sheets,
            self._of_repertoire,
            at,
            names=names,
            shared=shared,
            left=left,
            named_left=named_left,
        )
        return Heard(found)

    def _believed(self, rows: Iterable[int], least: Voice) -> list[int]:
        return [row for row in rows if max(self._voice(row), Voice.CLAIMED) >= least]

    def _voice(self, row: int) -> Voice:
        return self._holdings[self._patterns[self._pattern[row]][0][0]].voice

    def _names(self, subject: Subject, rows: Sequence[int]) -> tuple[frozenset[Subject], frozenset[Subject]]:
        """The names of these rows that matter, and those that all of them have."""
        told = [frozenset(map(_subject, self._told[row])) for row in rows if row in self._told]
        names = frozenset({subject}).union(*told)
        return names, names.intersection(*told) if len(told) == len(rows) else frozenset({subject})

    def _of_repertoire(self, subject: Subject) -> Sequence[Declaration]:
        if subject not in self._wide_words:
            spelt = self._wide.get(subject.id, ())
            found = (replace(word, subject=subject) for each in spelt for word in self.words(each))
            self._wide_words[subject] = tuple(found)
        return self._wide_words[subject]

    def answer(self, question: Question, profile: Profile) -> Decision:
        """The decision about one subject; the same as `decide` gives of all that `hear` tells."""
        (subject,) = question.subjects
        rows = self._rows(subject)
        is_alone = (
            len(rows) > MOST_LISTINGS or self._past(subject) or subject.kind is Kind.WORK or subject in self.named
        )
        if is_alone or not rows or any(row in self._told for row in rows):
            return self._answer_alone(subject, question, profile)
        if max(len(self._answers), len(self._likenesses)) >= _MOST_KEPT:
            self._forget()
        held = self._held(rows, question.at, question.territory, question.min_voice)
        likeness = self._likeness(held, question.at)
        matter = likeness.matter(question.use, self._matters)
        key = (id(matter), profile.name, *matter.key(question))
        found = self._answers.get(key)
        if found is None:
            stand_in = replace(question, subjects=(_STAND_IN,), must_allow=likeness.resolved.must_allow)
            found = self._answers[key] = decide(stand_in, matter.heard, profile=profile)
        return told_of(found, subject, question)

    def _forget(self) -> None:
        """All at once: answers are known by the identity of what they answer."""
        for known in (self._answers, self._likenesses, self._matters, self._alone, self._same):
            known.clear()

    def _answer_alone(self, subject: Subject, question: Question, profile: Profile) -> Decision:
        heard = self.hear(subject, self.words(subject), question.at, question.territory, question.min_voice)
        asked = replace(question, must_allow=heard.resolved.must_allow)
        return decide(asked, heard.resolved.heard, heard.problems, profile=profile)

    def _likeness(self, held: tuple[int, ...], at: int) -> Likeness:
        """Each holding is heard by itself, for as long as nothing about its principal changes."""
        key = tuple([(id_, bisect_right(self._turns.get(self._holdings[id_].who, ()), at)) for id_ in held])
        found = self._likenesses.get(key)
        if found is None:
            found = self._likenesses[key] = Likeness(join(self._of_one(place, at) for place in key))
        return found

    def _of_one(self, place: tuple[int, int], at: int) -> Resolved:
        if place not in self._alone:
            holding = self._holdings[place[0]]
            found = resolve(_STAND_IN, (), [holding], self.sheets, self._of_repertoire, at)
            heard = tuple([self._same.setdefault(word, word) for word in found.heard])
            self._alone[place] = replace(found, heard=heard)
        return self._alone[place]

    # ---- showing ---------------------------------------------------------------------------------------

    def listings(self, subject: Subject) -> list[Listing]:
        """The titles that list it, in the order of the log."""
        rows = self._rows(subject)
        found = []
        for row in rows:
            entry, record = self._record(row)
            signer = self.sheets.signer(entry)
            if signer is not None:
                found.append(Listing(title=parse_title(record), signer=signer))
        return found

    def all_listings(self) -> Iterator[Listing]:
        """Every living title, in the order of the log."""
        living = {place for place, lives in zip(self._place, self.living, strict=True) if lives == LIVING}
        for place, (entry, record) in enumerate(self._records()):
            signer = self.sheets.signer(entry)
            if place in living and signer is not None:
                yield Listing(title=parse_title(record.encode()), signer=signer)

    def _record(self, row: int) -> tuple[int, bytes]:
        if self._table is None:
            table = pq.read_table(self.folder / LINES, columns=["entry", "kind", "record"])
            self._table = table.filter(pc.equal(table.column("kind"), _KIND))
        found = self._table.slice(self._place[row], 1).to_pylist()[0]
        return found["entry"], found["record"]


def _subject(text: str) -> Subject:
    kind, _, id_ = text.partition(":")
    return Subject(Kind(kind), id_)


def _owners(named: Iterable[Subject], authority: Authority) -> dict[str, list[Subject]]:
    """The subjects under which each principal's repertoire is spoken of; a party's, under any of its keys."""
    found: dict[str, list[Subject]] = {}
    for subject in sorted(each for each in named if each.kind is Kind.REPERTOIRE):
        found.setdefault(authority.party_of(subject.id), []).append(subject)
    return found


def _scoped(authority: Authority) -> frozenset[str]:
    scopes = (act.body["scope"] for act in authority.acts if act.type == "mandate.grant")
    return frozenset(subject for scope in scopes for subject in scope)
