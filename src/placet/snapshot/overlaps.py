"""Which new works are, or nearly are, what was registered before: pictures by luma hash, texts by what they share.

Rows are kept in flat files that only grow, so that a home with 100,000 works reads none of their sheets again: `works`
has a row a work, `hashes` one a reading of a picture and `texts` one a text, each with the number of its work.  `grams`
holds a sketch of each text, `ends` where that of each work ends.  What was written beyond the counts in `counts.json`
is cut off: an append that died leaves nothing.

A sketch is the least of a text's winnowed fingerprints, mixed: below the greater end of two sketches both are whole, so
that what they share there is an estimate of what the texts share (A. Broder, "On the resemblance and containment of
documents", SEQUENCES 1997).
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
from placet.fingerprints.text_winnow import ALGORITHM as WINNOW
from placet.snapshot import hamming
from placet.snapshot.match import MatchKind, judge_distance
from placet.snapshot.match_text import WHOLE_TEXT

__all__ = ["FEW", "SKETCH", "Known", "Near", "New"]

FEW: Final = 64  # queries that are compared with everything; more are worth an index
_WORK: Final = np.dtype([("id", "S64"), ("by", "S64"), ("quality", "u1")])
_HASH: Final = np.dtype([("words", "<u8", 4), ("work", "<u4")])
_CHUNK: Final = 1 << 16
Grams = NDArray[np.uint64]
SKETCH: Final = 512  # fingerprints of a text that are kept; a text of 8,000 letters has them all
_LEAST: Final = 8  # fingerprints by which two texts are compared, about 130 letters
_MOST: Final = 50  # older texts that one new text is compared with, those that share most
_ODD: Final = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """A work to be compared: its id, the key that registered it, and its sheet."""

    id: str
    by: str
    sheet: Sheet


@dataclass(frozen=True, slots=True, order=True)
class Near:
    """The work `older`, registered by the key `by`, is nearly the same.

    `distance` is in bits of 256 for a picture, and for a text in per cent of the new one that the older lacks.
    """

    method: str
    distance: int
    older: str
    by: str


class Known:
    """What was compared before, up to the log index `size`; `sketch` is how many fingerprints of a text are kept."""

    def __init__(self, folder: Path, sketch: int = SKETCH) -> None:
        self._folder, self._sketch = folder, sketch
        counts = folder / "counts.json"
        self._kept: dict[str, int] = json.loads(counts.read_bytes()) if counts.exists() else {}
        self.size = self._kept.get("size", 0)
        self._works = self._read("works", _WORK)
        self._hashes = self._read("hashes", _HASH)
        self._texts = self._read("texts", _HASH)
        self._grams = self._read("grams", np.dtype("<u8"))
        self._ends = self._read("ends", np.dtype("<u8"))
        if len(self._ends) < len(self._works):
            self._ends = np.zeros(len(self._works), "<u8")

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
        yield from self._like_texts(new)
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

    def _like_texts(self, new: Sequence[New]) -> Iterator[tuple[int, Near]]:
        """Nearly all of the new text is in the older one; or nearly all of the older is, and makes half of the new."""
        for at, sketch, _, places in self._met(new):
            found, counts = np.unique(places, return_counts=True)
            for place in found[np.argsort(-counts, kind="stable")[:_MOST]].tolist():
                of_new, of_old = _shared(sketch, self._sketch_of(place), self._sketch)
                if of_new >= WHOLE_TEXT or (of_old >= WHOLE_TEXT and 2 * of_new >= 100):
                    yield at, self._near(WINNOW, 100 - of_new, place)

    def covered(self, new: Sequence[New]) -> Iterator[tuple[int, Near]]:
        """Each new text that is nearly all out of older ones together, with the one that it has most of."""
        for at, sketch, values, places in self._met(new):
            of_new = 100 * len(np.unique(values)) // len(sketch)
            if of_new >= WHOLE_TEXT:
                found, counts = np.unique(places, return_counts=True)
                yield at, self._near(WINNOW, 100 - of_new, int(found[counts.argmax()]))

    def _met(self, new: Sequence[New]) -> Iterator[tuple[int, Grams, Grams, NDArray[np.int64]]]:
        """Each new text that is long enough: its sketch, and the values of it in older works, with these works."""
        sketches = [(at, _sketch(work.sheet, self._sketch)) for at, work in enumerate(new)]
        asked = [(at, sketch) for at, sketch in sketches if len(sketch) >= _LEAST]
        if not asked or not len(self._grams):
            return
        wanted = np.unique(np.concatenate([sketch for _, sketch in asked]))
        starts = range(0, len(self._grams), _CHUNK * 16)
        parts = [start + np.flatnonzero(_among(self._grams[start : start + _CHUNK * 16], wanted)) for start in starts]
        rows = np.concatenate(parts)
        rows = rows[np.argsort(self._grams[rows], kind="stable")]
        values, places = self._grams[rows], np.searchsorted(self._ends, rows, side="right")
        for at, sketch in asked:
            start, stop = np.searchsorted(values, sketch), np.searchsorted(values, sketch, side="right")
            met = np.repeat(stop - np.cumsum(stop - start), stop - start) + np.arange(int((stop - start).sum()))
            yield at, sketch, values[met], places[met]

    def _sketch_of(self, place: int) -> Grams:
        start = int(self._ends[place - 1]) if place else 0
        return self._grams[start : int(self._ends[place])]

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
        works, hashes, texts, grams = list[Any](), list[Any](), list[Any](), list[Grams]()
        for work in new:
            place = len(self._works) + len(works)
            works.append((work.id.encode(), work.by.encode(), min(work.sheet.quality or 0, 255)))
            hashes += [(hash_words(value), place) for value in work.sheet.plh.values()]
            texts += [(hash_words(work.sheet.text_sha256), place)] if work.sheet.text_sha256 else []
            grams.append(_sketch(work.sheet, self._sketch))
        ends = len(self._grams) + np.cumsum([len(each) for each in grams], dtype="<u8")
        self._ends = np.concatenate([self._ends, ends]).astype("<u8")
        self._grams = np.concatenate([self._grams, *grams])
        self._works = np.concatenate([self._works, np.array(works, _WORK)])
        self._hashes = np.concatenate([self._hashes, np.array(hashes, _HASH)])
        self._texts = np.concatenate([self._texts, np.array(texts, _HASH)])

    def keep(self, size: int) -> None:
        """Write what was added, which is all that stands before the log index `size`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        counts = {"size": size}
        tables = {"works": self._works, "hashes": self._hashes, "texts": self._texts}
        for name, rows in (tables | {"grams": self._grams, "ends": self._ends}).items():
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


def _sketch(sheet: Sheet, most: int) -> Grams:
    """The least of a text's fingerprints, mixed, each once and in order."""
    if sheet.text is None:
        return np.zeros(0, "<u8")
    return np.unique(sheet.text.hashes.astype("<u8") * _ODD)[:most]


def _shared(new: Grams, old: Grams, most: int) -> tuple[int, int]:
    """Per cent of the new text that is in the old, and of the old that is in the new; none of too little."""
    end = min([int(each[-1]) for each in (new, old) if len(each) == most], default=(1 << 64) - 1)
    seen, kept = new[new <= end], old[old <= end]
    if len(seen) < _LEAST or not len(kept):
        return 0, 0
    both = len(np.intersect1d(seen, kept, assume_unique=True))
    return 100 * both // len(seen), 100 * both // len(kept)


def _among(values: Grams, wanted: Grams) -> NDArray[np.bool_]:
    """Which of the values are among the wanted, which are in order."""
    found: NDArray[np.bool_] = wanted[np.searchsorted(wanted[:-1], values)] == values
    return found
