"""Judging rows again by the fingerprints that an earlier run left of them: a newer snapshot is joined, nothing decoded.

Rows that meet nothing in the snapshot, and of which the same is said, are one class, and one of them is judged for all;
every other row is judged by itself, as it was when its media were read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from placet.clearance.columnar import Sweeper
from placet.clearance.judge import Judge, Judged
from placet.clearance.ledger import Sweep
from placet.clearance.prints import PrintTable
from placet.clearance.rows import PartKind
from placet.core.subject import Kind, Subject
from placet.snapshot.match import Matcher

__all__ = ["Rejoiner", "rejoiner_of"]

Rows = NDArray[np.bool_]
_KEYS: Final = (("sha256", "sha256"), ("blake3", "blake3"), ("text_sha256", "text-sha256"))


@lru_cache(maxsize=4)
def rejoiner_of(judge: Judge, drop_generated: bool) -> Rejoiner:
    """The rejoiner that belongs to a judge, with all that it has learnt."""
    return Rejoiner(judge, drop_generated)


class Rejoiner:
    """Judges whole units; what it learns of sites and answers is kept from one to the next."""

    def __init__(self, judge: Judge, drop_generated: bool = False) -> None:
        listed = judge.voices.listed if judge.voices else ()
        ids = (subject.id.removeprefix("sha256:") for subject in listed if subject.kind is Kind.FINGERPRINT)
        self._listed = np.array(sorted(int(digest[:16], 16) for digest in ids), np.uint64)
        self._sweeper = Sweeper(judge, drop_generated)
        self._judge, self._matcher = judge, judge.matcher

    def rejoin(self, prints: PrintTable) -> Sweep:
        """The answers of all rows of a unit; those that meet anything are judged one by one."""
        table = _Table(prints, by_sha256=len(self._listed) > 0)
        return self._sweeper.together(table, self._odd(prints))

    def _odd(self, prints: PrintTable) -> Rows:
        odd: Rows = prints.first("problems").is_valid().to_numpy(zero_copy_only=False).copy()
        odd |= prints.first("lacking").is_valid().to_numpy(zero_copy_only=False)
        odd |= _counts(prints.first("urls")) > 1
        for hits in self._hits(prints):
            odd[prints.rows[hits]] = True
        odd[self._claims(prints)] = True
        odd[self._named(prints)] = True
        return odd

    def _hits(self, prints: PrintTable) -> list[NDArray[np.int64]]:
        """Lines that meet something in the snapshot, or may."""
        found = [_met(self._matcher, prints, column, algorithm) for column, algorithm in _KEYS]
        lines, words = prints.words("plh")
        if len(lines):
            qualities = prints.column("quality").take(pa.array(lines)).to_numpy()
            found.append(lines[self._matcher.resembles(words, qualities)])
        texts = prints.column("text_hashes")
        found.append(np.flatnonzero(self._matcher.shares(texts.flatten().to_numpy(), _counts(texts))))
        if len(self._listed):
            found.append(self._listed_lines(prints))
        return found

    def _listed_lines(self, prints: PrintTable) -> NDArray[np.int64]:
        """Files that a list names by their SHA-256, and those whose SHA-256 nobody computed."""
        there, values = prints.keys32("sha256")
        is_part = prints.column("part").to_numpy() >= 0
        return np.flatnonzero(np.where(there, np.isin(_prefixes(values), self._listed), is_part))

    def _claims(self, prints: PrintTable) -> NDArray[np.int64]:
        """Rows that claim a digest of which somebody speaks."""
        claimed = prints.first("claimed")
        parents = pc.list_parent_indices(claimed).to_numpy()
        if not len(parents):
            return np.empty(0, np.int64)
        prefixes = np.array([int.from_bytes(d[:8], "big") for d in claimed.flatten().to_pylist()], np.uint64)
        hits = self._matcher.may_hold("sha256", prefixes) | np.isin(prefixes, self._listed)
        return np.asarray(parents[hits], np.int64)

    def _named(self, prints: PrintTable) -> NDArray[np.int64]:
        """Rows with a number of which somebody speaks, or that a sheet lists."""
        numbers = prints.first("numbers")
        parents = pc.list_parent_indices(numbers).to_numpy()
        subjects = (Subject(Kind.IDENTIFIER, number) for number in numbers.flatten().to_pylist())
        hits = np.fromiter(map(self._judge.is_spoken_of, subjects), np.bool_, len(parents))
        return np.asarray(parents[hits], np.int64)


@dataclass(frozen=True)
class _Table:
    """A unit's rows, as `columnar.Together` asks for them."""

    prints: PrintTable
    by_sha256: bool

    @cached_property
    def urls(self) -> pa.Array:
        urls = self.prints.first("urls")
        return pc.list_element(pc.if_else(_counts(urls) > 0, urls, pa.scalar([None], urls.type)), 0)

    @cached_property
    def keys(self) -> pa.Array:
        return self.prints.first("row")

    @cached_property
    def signs(self) -> list[pa.Array]:
        """What the rows say of themselves, and whether they are more than texts."""
        mute = np.ones(len(self.prints), np.bool_)
        kinds = self.prints.column("kind")
        more = pc.fill_null(pc.not_equal(kinds.cast(pa.string()), PartKind.TEXT.value), False)
        mute[self.prints.rows[more.to_numpy(zero_copy_only=False)]] = False
        said = [self.prints.first(name).cast(pa.string()) for name in ("own", "origin")]
        return [*said, pa.array(mute)]

    def judge(self, judge: Judge, rows: NDArray[np.int64]) -> list[Judged]:
        return list(judge.judge_seen(self.prints.seen(rows, by_sha256=self.by_sha256)))


def _met(matcher: Matcher, prints: PrintTable, column: str, algorithm: str) -> NDArray[np.int64]:
    there, values = prints.keys32(column)
    lines = np.flatnonzero(there)
    return lines[matcher.may_hold(algorithm, _prefixes(values[lines]))]


def _prefixes(values: NDArray[np.uint8]) -> NDArray[np.uint64]:
    return np.ascontiguousarray(values[:, :8]).view(">u8")[:, 0].astype(np.uint64)


def _counts(lists: pa.Array) -> NDArray[np.int64]:
    """How many values each list has; none where there is no list."""
    return np.asarray(pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False), np.int64)
