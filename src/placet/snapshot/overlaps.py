"""Which new works are, or nearly are, what was registered before: pictures by luma hash, texts by their normal form.

Rows are kept in flat files that only grow, so that a home with 100,000 works reads none of their sheets again: `works`
has a row a work, `hashes` one a reading of a picture and `texts` one a text, each with the number of its work.  What
was written beyond the counts in `counts.json` is cut off: an append that died leaves nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from placet.fingerprints.image_plh import hash_words
from placet.fingerprints.sheet import Sheet
from placet.snapshot import hamming
from placet.snapshot.match import MatchKind, judge_distance

__all__ = ["FEW", "Known", "Near", "New"]

FEW: Final = 64  # queries that are compared with everything; more are worth an index
_WORK: Final = np.dtype([("id", "S64"), ("by", "S64"), ("quality", "u1")])
_HASH: Final = np.dtype([("words", "<u8", 4), ("work", "<u4")])
_CHUNK: Final = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """A work to be compared: its id, the key that registered it, and its sheet."""

    id: str
    by: str
    sheet: Sheet


@dataclass(frozen=True, slots=True, order=True)
class Near:
    """The work `older`, registered by the key `by`, is nearly the same: so many of 256 bits differ, of a text none."""

    method: str
    distance: int
    older: str
    by: str


class Known:
    """What was compared before, up to the log index `size`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        counts = folder / "counts.json"
        self._kept: dict[str, int] = json.loads(counts.read_bytes()) if counts.exists() else {}
        self.size = self._kept.get("size", 0)
        self._works = self._read("works", _WORK)
        self._hashes = self._read("hashes", _HASH)
        self._texts = self._read("texts", _HASH)

    def __len__(self) -> int:
        return len(self._works)

    def _read(self, name: str, kind: np.dtype[Any]) -> NDArray[Any]:
        count = self._kept.get(name, 0)
        return np.fromfile(self._folder / name, kind, count) if count else np.zeros(0, kind)

    def near(self, new: Sequence[New]) -> Iterator[tuple[int, Near]]:
        """For each new work by its number, what is older and nearly the same: certain by `match.judge_distance`.

        The new one is looked at as it stands; the older one in each of its readings.
        """
        yield from self._same_texts(new)
        asked = [(at, words) for at, work in enumerate(new) for words in _upright(work.sheet)]
        if not asked or not len(self._hashes):
            return
        queries = np.stack([words for _, words in asked])
        best: dict[tuple[int, int], int] = {}
        for query, row, distance in self._search(queries):
            pair = asked[query][0], int(self._hashes["work"][row])
            best[pair] = min(distance, best.get(pair, distance))
        for (at, place), distance in sorted(best.items()):
            quality = min(int(self._works["quality"][place]), new[at].sheet.quality or 0)
            if judge_distance(distance, quality) is MatchKind.STRONG:
                yield at, self._near("image-plh/1", distance, place)

    def _same_texts(self, new: Sequence[New]) -> Iterator[tuple[int, Near]]:
        for at, work in enumerate(new):
            if work.sheet.text_sha256 and len(self._texts):
                words = hash_words(work.sheet.text_sha256)
                first = np.flatnonzero(self._texts["words"][:, 0] == words[0])
                for row in first[(self._texts["words"][first] == words).all(axis=1)].tolist():
                    yield at, self._near("text-sha256", 0, int(self._texts["work"][row]))

    def _near(self, method: str, distance: int, place: int) -> Near:
        work = self._works[place]
        return Near(method, distance, work["id"].decode(), work["by"].decode())

    def _search(self, queries: NDArray[np.uint64]) -> Iterator[tuple[int, int, int]]:
        if len(queries) > FEW:
            hits = hamming.search(hamming.build(np.ascontiguousarray(self._hashes["words"])), queries)
            yield from zip(hits.query.tolist(), hits.row.tolist(), hits.distance.tolist(), strict=True)
            return
        for start in range(0, len(self._hashes), _CHUNK):
            words = self._hashes["words"][start : start + _CHUNK]
            for at, query in enumerate(queries):
                distances = np.bitwise_count(words ^ query).sum(axis=1)
                for row in np.flatnonzero(distances <= hamming.LIMIT).tolist():
                    yield at, start + row, int(distances[row])

    def add(self, new: Iterable[New]) -> None:
        """Know these too; on disk they are by `keep`."""
        works, hashes, texts = list[Any](), list[Any](), list[Any]()
        for work in new:
            place = len(self._works) + len(works)
            works.append((work.id.encode(), work.by.encode(), min(work.sheet.quality or 0, 255)))
            hashes += [(hash_words(value), place) for value in work.sheet.plh.values()]
            texts += [(hash_words(work.sheet.text_sha256), place)] if work.sheet.text_sha256 else []
        self._works = np.concatenate([self._works, np.array(works, _WORK)])
        self._hashes = np.concatenate([self._hashes, np.array(hashes, _HASH)])
        self._texts = np.concatenate([self._texts, np.array(texts, _HASH)])

    def keep(self, size: int) -> None:
        """Write what was added, which is all that stands before the log index `size`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        counts = {"size": size}
        for name, rows in (("works", self._works), ("hashes", self._hashes), ("texts", self._texts)):
            self._append(name, rows, self._kept.get(name, 0))
            counts[name] = len(rows)
        self.size, self._kept = size, counts
        waiting = self._folder / "counts.json.new"
        waiting.write_text(json.dumps(counts), encoding="ascii")
        waiting.replace(self._folder / "counts.json")

    def _append(self, name: str, rows: NDArray[Any], kept: int) -> None:
        with (self._folder / name).open("ab") as file:
            file.truncate(kept * rows.dtype.itemsize)
            file.write(rows[kept:].tobytes())


def _upright(sheet: Sheet) -> list[NDArray[np.uint64]]:
    return [hash_words(value) for name, value in sheet.plh.items() if name.split(".")[-1] == "identity"]
