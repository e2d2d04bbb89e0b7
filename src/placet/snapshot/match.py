"""Finding registered works: by exact bytes, by luma hash, by winnowed text.

Thresholds: design sheet "matching", sections 6.2 and 9.3; the text grades are those of `postings`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from placet.fingerprints import text_winnow
from placet.fingerprints.image_embedding import Model
from placet.fingerprints.image_plh import compute_fast
from placet.fingerprints.text_winnow import TextPrints
from placet.snapshot import hamming, hot, match_text, postings
from placet.snapshot.library import Library
from placet.snapshot.local import Corners
from placet.snapshot.match_audio import Sounds, index_sounds
from placet.snapshot.match_text import Passage
from placet.snapshot.touch import touches
from placet.snapshot.vectors import Vectors

__all__ = ["EFFORTS", "LEAST_QUALITY", "STRONG_DISTANCE", "Effort", "Match", "MatchKind", "Matcher", "PictureHit"]

Effort = Literal["fast", "exact", "thorough"]
EFFORTS: tuple[Effort, ...] = ("fast", "exact", "thorough")

STRONG_DISTANCE = 16  # certain even for a picture of little detail
LEAST_QUALITY = 50  # PDQ's threshold: below it, distances up to LIMIT are a resemblance
POOR_QUALITY = 20  # below it, a picture is so flat that no distance is certain

_SAMPLE = "The quick brown fox jumps over the lazy dog; " * 4  # long enough to have fingerprints


class MatchKind(StrEnum):
    """Surest first.  EXACT: the same bytes or the same text.  STRONG: a copy.  PASSAGE: part of a text is there.
    CONFIRMED: part of a picture is.

    VERIFY: a resemblance, to be looked at.  POSSIBLE: a weaker one, told and no more.
    """

    EXACT = "EXACT"
    STRONG = "STRONG"
    PASSAGE = "PASSAGE"
    CONFIRMED = "CONFIRMED"
    VERIFY = "VERIFY"
    POSSIBLE = "POSSIBLE"

    @property
    def certain(self) -> bool:
        return self not in (MatchKind.VERIFY, MatchKind.POSSIBLE)


@dataclass(frozen=True, slots=True)
class Match:
    """`work` is a row of the library; `score` is a distance (0 to 31) for pictures, characters for passages.

    For parts of pictures it is how many corners were found, for embeddings a cosine in thousandths. `part` is the
    number of the row's part that matched, and -1 where only the dataset's own words did. Not `whole`: the work is in
    there, and there may be others beside it.
    """

    work: int
    kind: MatchKind
    method: str
    score: int
    detail: str = ""
    part: int = -1
    whole: bool = True
    passage: Passage | None = None

    @property
    def doubt(self) -> str:
        """The id of the reason why a match is not certain."""
        return "match.common" if self.passage and self.passage.is_common else "match.verify"

    def __str__(self) -> str:
        return str(self.passage) if self.passage else f"{self.method}, {self.score}"


@dataclass(frozen=True, slots=True)
class PictureHit:
    """The matches of one picture, the nearest first; `capped` when some may be missing."""

    matches: tuple[Match, ...]
    capped: bool


class Matcher:
    """Look-ups over one library; the search structures are built on first use, and remembered in `cache` if given."""

    def __init__(
        self, library: Library, effort: Effort = "fast", cache: Path | None = None, model: Model | None = None
    ) -> None:
        self.library, self.model = library, model
        self.cache = cache if library.is_whole else None
        self._radius: Literal[0, 1] = 0 if effort == "fast" else 1
        self._looks_into = effort == "thorough"

    def warm(self) -> None:
        """Build what look-ups need and load what is compiled, so that worker processes share both."""
        _ = self._texts, self._prefixes, self.library.titles, self.vectors
        words, quality = compute_fast(np.zeros((64, 64), np.uint8))
        self.pictures(words[None], [quality])
        self.text(text_winnow.compute(_SAMPLE))
        if self._looks_into and len(self.corners):
            _ = self.corners.index
        if len(self.library.arrays["audio-landmark.hash"]):
            _ = self.sounds
        if len(self.library.arrays["video-plh.hash"]):
            _ = self.films

    @cached_property
    def _pictures(self) -> hamming.Index:
        return hot.pictures(self.library, self.cache)

    @cached_property
    def corners(self) -> Corners:
        """The registered corners of pictures, of which `thorough` clearing finds parts."""
        return Corners(self.library)

    @cached_property
    def vectors(self) -> Vectors | None:
        """The registered vectors of the embedding model, where one was named."""
        return Vectors(self.library, self.model) if self.model else None

    @cached_property
    def sounds(self) -> Sounds:
        """The registered sounds."""
        return index_sounds(self.library.arrays)

    @cached_property
    def films(self) -> tuple[hamming.Index, NDArray[np.uint32], NDArray[np.uint32]]:
        """The frames of registered films, with the work and the time of each."""
        arrays = self.library.arrays
        works, times = (arrays[f"video-plh.{name}"].astype(np.uint32) for name in ("work", "time"))
        return hamming.build(np.ascontiguousarray(arrays["video-plh.hash"])), works, times

    @cached_property
    def _texts(self) -> postings.Table:
        return hot.texts(self.library, self.cache, self._build_texts)

    def _build_texts(self) -> postings.Table:
        has_texts = len(self.library.arrays["text-winnow.hash"]) > 0
        return match_text.build(self.library.arrays, match_text.parties_of(self.library) if has_texts else None)

    @cached_property
    def _prefixes(self) -> dict[str, NDArray[np.uint64]]:
        names = ("sha256", "blake3", "text-sha256")
        return {name: self.library.arrays[f"{name}.key"][:, 0].astype(np.uint64) for name in names}

    def exact(self, algorithm: str, digests: Sequence[bytes]) -> list[tuple[int, ...]]:
        """The works that have each 32-byte digest, by "sha256", "blake3" or "text-sha256"."""
        prefixes = self._prefixes[algorithm]
        wanted = np.frombuffer(b"".join(digests), ">u8").reshape(-1, 4)[:, 0].astype(np.uint64)
        starts = np.searchsorted(prefixes, wanted, "left")
        stops = np.searchsorted(prefixes, wanted, "right")
        found: list[tuple[int, ...]] = [()] * len(digests)
        for at in np.flatnonzero(stops > starts).tolist():
            found[at] = self._same(algorithm, digests[at], int(starts[at]), int(stops[at]))
        return found

    def may_hold(self, algorithm: str, prefixes: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Whether any work has a digest that begins with these 8 bytes, big-endian."""
        held = self._prefixes[algorithm]
        if not len(held):
            return np.zeros(len(prefixes), np.bool_)
        places = np.minimum(np.searchsorted(held, prefixes), len(held) - 1)
        return np.asarray(held[places] == prefixes)

    def resembles(self, words: NDArray[np.uint64], qualities: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Whether `pictures` would find, or pass over, anything for these hashes (uint64[n, 4])."""
        return touches(self._pictures, words, radius=self._radius) & (qualities > 0)

    def shares(self, hashes: NDArray[np.uint64], counts: NDArray[np.int64]) -> NDArray[np.bool_]:
        """`meets`, for texts whose fingerprints lie one behind the other, so many of each."""
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return postings.meets(self._texts, np.ascontiguousarray(hashes), starts)

    def _same(self, algorithm: str, digest: bytes, start: int, stop: int) -> tuple[int, ...]:
        keys, works = (self.library.arrays[f"{algorithm}.{part}"] for part in ("key", "work"))
        return tuple(int(works[row]) for row in range(start, stop) if keys[row].tobytes() == digest)

    def pictures(self, words: NDArray[np.uint64], qualities: Sequence[int]) -> list[PictureHit]:
        """The works that pictures with these hashes (uint64[n, 4]) resemble."""
        hits = hamming.search(self._pictures, words, radius=self._radius)
        owners = self.library.arrays["image-plh.work"]
        nearest: list[dict[int, tuple[int, int]]] = [{} for _ in qualities]
        for query, row, distance in zip(hits.query.tolist(), hits.row.tolist(), hits.distance.tolist(), strict=True):
            work = int(owners[row])
            if qualities[query] and (work not in nearest[query] or distance < nearest[query][work][0]):
                nearest[query][work] = (distance, row)
        return [
            PictureHit(tuple(self._matches(nearest[at], quality)), bool(hits.capped[at]) and quality > 0)
            for at, quality in enumerate(qualities)
        ]

    def _matches(self, nearest: dict[int, tuple[int, int]], quality: int) -> Iterable[Match]:
        readings = self.library.arrays["image-plh.reading"]
        for work, (distance, row) in sorted(nearest.items(), key=lambda item: (item[1][0], item[0])):
            kind = judge_distance(distance, min(quality, self.library.quality(work)))
            reading = self.library.manifest.readings[int(readings[row])]
            yield Match(work, kind, "image-plh/1", distance, reading)

    def text(self, prints: TextPrints) -> tuple[tuple[Match, ...], int]:
        """The works that share a passage with a text, and how many of its fingerprints are quarantined."""
        passages, capped = match_text.find(prints, self._texts)
        return tuple(_of_passage(passage) for passage in passages), capped

    def meets(self, texts: Sequence[TextPrints]) -> list[bool]:
        """Whether `text` might find anything in each of these."""
        return match_text.meets(texts, self._texts)


def _of_passage(passage: Passage) -> Match:
    kind = MatchKind.PASSAGE if passage.grade.certain else MatchKind.VERIFY
    span = f"{passage.start}:{passage.stop}"
    whole = passage.is_whole
    return Match(passage.work, kind, "text-winnow/1", passage.letters, span, whole=whole, passage=passage)


def judge_distance(distance: int, quality: int) -> MatchKind:
    """What a distance proves, given the poorer quality of the two pictures."""
    if quality < POOR_QUALITY:
        return MatchKind.VERIFY
    if distance <= STRONG_DISTANCE or quality >= LEAST_QUALITY:
        return MatchKind.STRONG
    return MatchKind.VERIFY


def best(matches: Iterable[Match]) -> Match | None:
    """The match to report for a row: the surest kind, then the nearest, then the lowest work."""
    order = {kind: rank for rank, kind in enumerate(MatchKind)}
    return min(matches, key=lambda match: (order[match.kind], _remoteness(match), match.work), default=None)


def _remoteness(match: Match) -> Any:
    return match.score if match.method == "image-plh/1" else -match.score
