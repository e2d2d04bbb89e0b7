"""Which registered works share a passage with a text: exact 64-bit fingerprints to postings, arrays in and out.

Sources: S. Schleimer, D. Wilkerson, A. Aiken, SIGMOD 2003 (fingerprints); F. Putze, P. Sanders, J. Singler,
"Cache-, Hash- and Space-Efficient Bloom Filters", WEA 2007 (one word a key); A. Broder, "On the resemblance and
containment of documents", SEQUENCES 1997 (containment); `reference/matching.md` 9.3.

`Postings` are sorted keys, and for each its works and positions. `Table` is what look-ups need: a blocked Bloom filter,
12 bits a key and one word of one cache line to read, which turns away nearly every stranger; then a directory over
the leading bits of the sorted keys. Both are built here from the arrays of a snapshot, and never travel. A chosen key
can only lengthen a binary search, never a probe sequence, so nobody slows a look-up down by registering.

A key carried by more than `cap` works is quarantined: it keeps its place and loses its postings, and a text that
holds it is flagged. A work that repeats a key keeps the first `REPEATS` of its places. A text that meets more than
`MOST_PAIRS` postings is read that far, and flagged.

**Common passages.** A fingerprint in the works of up to `FEW` parties counts whole, of n parties `FEW / n`, of more
than `COMMON` nothing: a licence or a quotation is in everybody's works, and is evidence of none. The weight of a
fingerprint falls as works are added, and never rises, so that nobody makes a match certain by registering; and it
is asked only whether a match is certain, so that nobody makes one disappear.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from placet.errors import BadRecord, WrongUsage
from placet.snapshot.postings_kernels import (
    COMMON,
    GAP,
    QUARANTINED,
    REPEATS,
    WHOLE,
    admit,
    are_sorted,
    find_keys,
    index_keys,
    link_runs,
    meets_any,
    spread,
)

__all__ = [
    "CAP",
    "COMMON",
    "FEW",
    "GAP",
    "MAYBE_LINKS",
    "MAYBE_PAGE_LINKS",
    "MAYBE_RUN",
    "MOST_PAIRS",
    "PAGE",
    "PAGE_LINKS",
    "PASSAGE_LINKS",
    "PASSAGE_RUN",
    "REPEATS",
    "SUBSTANTIAL_LINKS",
    "SUBSTANTIAL_TEXT",
    "SUBSTANTIAL_WORK",
    "Grade",
    "Matches",
    "Pairs",
    "Postings",
    "Table",
    "TextHit",
    "build",
    "check",
    "grade",
    "is_common",
    "lookup",
    "meets",
    "score",
    "warm",
]

CAP: Final = 64  # works that may share a fingerprint before it counts as common property
GRAM: Final = 32  # characters that one fingerprint of `text-winnow/1` covers; 12 where the text is CJK

# A single fingerprint is never evidence: 32 letters are a stock phrase. A run is measured from the first to the
# last shared gram, and winnowing may leave 31 letters uncovered at either end, 16 as a rule: 120 measured is certain
# for 182 shared letters, and usual for 152, which is what 195 characters of English hold.
PASSAGE_RUN: Final = 120
PASSAGE_LINKS: Final = 3
MAYBE_RUN: Final = 64  # a line and a half of verse: authors quote each other, and themselves
MAYBE_LINKS: Final = 3
SUBSTANTIAL_WORK: Final = 20  # per cent of a work's fingerprints, wherever in the text they stand
SUBSTANTIAL_TEXT: Final = 50  # per cent of the text's own
SUBSTANTIAL_LINKS: Final = 6
# Where sentences stand in another order, or were misread, no run is long; but texts that share no passage have hardly
# two of the 60 fingerprints of a thousand letters in common (`bench/edits_text.py`).
PAGE: Final = 1_000  # letters of a text
PAGE_LINKS: Final = 12  # fingerprints in common within them: a fifth
MAYBE_PAGE_LINKS: Final = 6
FEW: Final = 4  # parties that may have a fingerprint in common before it weighs less: a poem and its editions
MOST_PAIRS: Final = 1 << 24  # postings met in one text; what comes after is not read, and flagged
_DENSE: Final = 0.375  # a CJK character says as much as 2.67 letters: 3 / 8, as in `text-winnow/1`

_BLOOM_BITS = 12
_CHUNK = 1 << 20  # postings weighed at once

Keys = NDArray[np.uint64]
Rows = NDArray[np.uint32]
Longs = NDArray[np.int64]
Small = NDArray[np.uint8]
T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Postings:
    """`works[offsets[i]:offsets[i + 1]]` carry `keys[i]`, each at its position; none there means quarantined.

    `parties[i]` are those who registered them, at most `COMMON + 1`; `sizes[w]` are the distinct keys of work w.
    """

    keys: Keys
    offsets: Rows
    works: Rows
    positions: Rows
    parties: Small
    sizes: Rows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """Postings made quick: the keys whose leading bits are d lie in `directory[d]` to `directory[d + 1]`.

    `bloom` has a word for each 64 / 12 keys; without any, every key is looked up.
    """

    postings: Postings
    bloom: Keys
    directory: Rows
    shift: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """One row for each posting met, in order of query, work and position; `capped` marks quarantined keys."""

    query: Longs
    work: Rows
    position: Rows
    capped: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextHit:
    """A work that shares fingerprints with a text; spans count normalised characters, as in `TextPrints`."""

    work: int
    shared: int  # distinct fingerprints in common
    links: int  # how many of them lie in the longest run
    run: int  # normalised characters that the longest run covers
    rare: int  # the same of the run that covers most, when each fingerprint counts by its weight
    weighed: int  # `shared` by weight, in 256ths
    near: int  # most distinct fingerprints in common within `PAGE` letters of the text
    near_weighed: int  # the same by weight, in 256ths
    of_work: int  # per cent of the work's fingerprints that are in common
    of_text: int  # per cent of the text's
    doc_span: tuple[int, int]
    work_span: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """What a text shares with the works, the longest run first; `capped` counts its fingerprints that are quarantined,
    or come after `MOST_PAIRS`."""

    hits: tuple[TextHit, ...]
    capped: int


class Grade(StrEnum):
    """What is shared, and what it is evidence of."""

    PASSAGE = "passage"  # a passage was copied
    SUBSTANTIAL = "substantial"  # much of the work, or of the text, was, perhaps in another order
    VERIFY = "verify"  # compare the texts before saying so
    NONE = "none"

    @property
    def certain(self) -> bool:
        return self in (Grade.PASSAGE, Grade.SUBSTANTIAL)


def grade(hit: TextHit, *, dense: bool = False) -> Grade:
    """Return what a text proves; `dense` says that it is mostly CJK (`TextPrints.dense`).

    What would be certain but for the weight of its fingerprints is to be verified, and never nothing.
    """
    scale = _DENSE if dense else 1.0
    found = _proves(hit, hit.run, hit.shared * WHOLE, hit.near * WHOLE, scale)
    if found.certain:
        weighed = _proves(hit, hit.rare, hit.weighed, hit.near_weighed, scale)
        return weighed if weighed.certain else Grade.VERIFY
    return found


def is_common(hit: TextHit, *, dense: bool = False) -> bool:
    """Whether only the weight of its fingerprints keeps a match from being certain."""
    scale = _DENSE if dense else 1.0
    certain = _proves(hit, hit.run, hit.shared * WHOLE, hit.near * WHOLE, scale).certain
    return certain and not grade(hit, dense=dense).certain


def _proves(hit: TextHit, run: int, weighed: int, near: int, scale: float) -> Grade:
    whole = WHOLE * hit.shared
    is_large = weighed * hit.of_work >= whole * SUBSTANTIAL_WORK or weighed * hit.of_text >= whole * SUBSTANTIAL_TEXT
    if (is_large and weighed >= SUBSTANTIAL_LINKS * WHOLE) or near >= PAGE_LINKS * WHOLE:
        return Grade.SUBSTANTIAL
    if run >= PASSAGE_RUN * scale and hit.links >= PASSAGE_LINKS:
        return Grade.PASSAGE
    if (hit.run >= MAYBE_RUN * scale and hit.links >= MAYBE_LINKS) or hit.near >= MAYBE_PAGE_LINKS:
        return Grade.VERIFY
    return Grade.NONE


def build(hashes: Keys, works: Rows, positions: Rows, *, cap: int = CAP, parties: Rows | None = None) -> Postings:
    """Return the postings of fingerprints, each found in a work at a position; their order does not matter.

    `parties[w]` is the number of the party that registered work w; without them each work is another party's.
    """
    if not len(hashes) == len(works) == len(positions) < 1 << 32:
        raise WrongUsage("Every fingerprint has one work and one position, and a segment holds fewer than 2**32.")
    count = int(works.max()) + 1 if len(works) else 0
    holders = np.arange(count, dtype=np.uint32) if parties is None else parties.astype(np.uint32)
    if len(holders) < count:
        raise WrongUsage(f"A fingerprint is of work {count - 1}, and {len(holders)} works have a party.")
    if not are_sorted(hashes, works, positions):
        order = np.lexsort((positions, works, hashes))
        hashes, works, positions = hashes[order], works[order], positions[order]
    keys, offsets, works, positions, carriers, sizes = index_keys(
        _frozen(hashes.astype(np.uint64)),
        _frozen(works.astype(np.uint32)),
        _frozen(positions.astype(np.uint32)),
        _frozen(holders),
        cap,
    )
    return Postings(keys=keys, offsets=offsets, works=works, positions=positions, parties=carriers, sizes=sizes)


def check(postings: Postings, *, works: int | None = None) -> Postings:
    """Return the postings if no kernel can read outside them and no work is beyond `works`; call it once."""
    arrays: dict[str, tuple[NDArray[np.generic], type]] = {
        "keys": (postings.keys, np.uint64),
        "offsets": (postings.offsets, np.uint32),
        "works": (postings.works, np.uint32),
        "positions": (postings.positions, np.uint32),
        "parties": (postings.parties, np.uint8),
        "sizes": (postings.sizes, np.uint32),
    }
    for name, (array, kind) in arrays.items():
        if array.dtype != kind or array.ndim != 1 or not array.flags.c_contiguous:
            raise BadRecord(f"The array {name} is {array.dtype}{list(array.shape)}, not a plain {np.dtype(kind)}[n].")
    offsets, held = postings.offsets, len(postings.works)
    if not len(offsets) - 1 == len(postings.keys) == len(postings.parties) or len(postings.positions) != held:
        raise BadRecord("The arrays of postings do not belong together: their lengths differ.")
    if offsets[0] != 0 or offsets[-1] != held or np.any(offsets[1:] < offsets[:-1]):
        raise BadRecord(f"The offsets do not climb from 0 to {held}.")
    if np.any(postings.keys[1:] <= postings.keys[:-1]):
        raise BadRecord("The keys are not sorted, or one stands twice.")
    if works is not None and held and int(postings.works.max()) >= works:
        raise BadRecord(f"A posting names work {int(postings.works.max())}, but there are {works}.")
    if held and int(postings.works.max()) >= len(postings.sizes):
        raise BadRecord(f"A posting names work {int(postings.works.max())}, which has no size.")
    return postings


def warm(postings: Postings, *, bloom: bool = True) -> Table:
    """Return the table that look-ups need, with its Bloom filter or without; a second for some ten million keys."""
    keys = postings.keys
    bits = max(1, len(keys).bit_length() - 2)
    edges = np.arange(1 << bits, dtype=np.uint64) << np.uint64(64 - bits)
    directory = np.append(np.searchsorted(keys, edges), len(keys)).astype(np.uint32)
    words = max(1, len(keys) * _BLOOM_BITS // 64)
    frozen = Postings(
        keys=_frozen(keys),
        offsets=_frozen(postings.offsets),
        works=_frozen(postings.works),
        positions=_frozen(postings.positions),
        parties=_frozen(postings.parties),
        sizes=_frozen(postings.sizes),
    )
    filter_ = np.empty(words if bloom else 0, np.uint64)  # numpy asks for large pages, which random reads want
    filter_.fill(0)
    if bloom:
        admit(frozen.keys, filter_)
    return Table(postings=frozen, bloom=_frozen(filter_), directory=_frozen(directory), shift=64 - bits)


def lookup(table: Table, keys: Keys) -> Pairs:
    """Return the works and positions of each key."""
    postings = table.postings
    found, total, _ = find_keys(keys, table.bloom, table.directory, table.shift, postings.keys, postings.offsets)
    query, posting = spread(found, total, postings.offsets)
    return Pairs(
        query=query,
        work=postings.works[posting],
        position=postings.positions[posting],
        capped=found == QUARANTINED,
    )


def meets(table: Table, hashes: Keys, starts: Longs) -> NDArray[np.bool_]:
    """Whether `score` might find anything for texts whose fingerprints begin at `starts`, int64[n + 1]."""
    postings = table.postings
    return meets_any(hashes, starts, table.bloom, table.directory, table.shift, postings.keys, postings.offsets)


def score(hashes: Keys, positions: Rows, table: Table, *, gram: int = GRAM) -> Matches:
    """Return the works that share two fingerprints or more, each with its longest run in order on both sides."""
    postings = table.postings
    found, total, capped = find_keys(hashes, table.bloom, table.directory, table.shift, postings.keys, postings.offsets)
    if total < 2:
        return Matches(hits=(), capped=capped)
    edges = np.arange(_CHUNK, MOST_PAIRS + 1, _CHUNK)
    ends = np.unique(np.searchsorted(_reach(found, postings.offsets), edges, "right")).tolist()
    works, shared, weighed = _shared(found[: ends[-1]], postings)
    runs: dict[int, list[int]] = {}
    for start, stop in pairwise([0, *ends]):
        for run in _runs_of(found[start:stop], positions[start:stop], works, postings, gram):
            runs[run[0]] = _longer(runs.get(run[0], run), run)
    own = len(np.unique(hashes))
    counts = zip(works.tolist(), shared.tolist(), weighed.tolist(), strict=True)
    hits = [_hit(runs[work], many, weight, int(postings.sizes[work]), own) for work, many, weight in counts]
    unread = int(np.count_nonzero(found[ends[-1] :] >= 0))
    hits.sort(key=lambda hit: (-hit.run, -hit.links, hit.work))
    return Matches(hits=tuple(hits), capped=capped + unread)


def _longer(one: list[int], other: list[int]) -> list[int]:
    """Of two rows of `link_runs` about one work the longer run, with the best of what else both say."""
    longer = other if other[2] > one[2] else one
    return [*longer[:3], *(max(pair) for pair in zip(one[3:6], other[3:6], strict=True)), *longer[6:]]


def _hit(row: list[int], shared: int, weighed: int, of_work: int, of_text: int) -> TextHit:
    work, links, run, rare, near, near_weighed, doc_start, doc_stop, work_start, work_stop = row
    return TextHit(
        work=work,
        shared=shared,
        links=links,
        run=run,
        rare=rare,
        weighed=weighed,
        near=near,
        near_weighed=near_weighed,
        of_work=100 * shared // of_work,
        of_text=100 * shared // of_text,
        doc_span=(doc_start, doc_stop),
        work_span=(work_start, work_stop),
    )


def _reach(found: Longs, offsets: Rows) -> Longs:
    """How many postings the fingerprints up to each one meet."""
    places = np.maximum(found, 0)
    sizes = offsets[places + 1].astype(np.int64) - offsets[places]
    return np.cumsum(np.where(found < 0, 0, sizes))


def _shared(found: Longs, postings: Postings) -> tuple[Longs, Longs, Longs]:
    """The works that have two of these keys or more, how many they have, and how much those weigh."""
    places = np.unique(found[found >= 0])
    key, posting = spread(places, _reach(places, postings.offsets)[-1], postings.offsets)
    owners = postings.works[posting].astype(np.int64)
    is_first = _differs(owners) | _differs(key)
    works, number = np.unique(owners[is_first], return_inverse=True)
    weights = _weights(postings.parties[places])[key[is_first]]
    shared, weighed = np.bincount(number), np.bincount(number, weights).astype(np.int64)
    return works[shared > 1], shared[shared > 1], weighed[shared > 1]


def _weights(parties: Small) -> Longs:
    """What fingerprints of so many parties weigh, in 256ths."""
    shares = WHOLE * FEW // np.maximum(parties, FEW).astype(np.int64)
    return np.where(parties > COMMON, 0, shares)


def _runs_of(found: Longs, positions: Rows, works: Longs, postings: Postings, gram: int) -> list[list[int]]:
    """A row for each of `works` that these fingerprints meet: see `link_runs`."""
    query, posting = spread(found, _reach(found, postings.offsets)[-1], postings.offsets)
    wanted = np.isin(postings.works[posting], works)
    query, posting = query[wanted], posting[wanted]
    owners, here, there = postings.works[posting], positions[query], postings.positions[posting]
    order = np.lexsort((there, here, owners))
    places = found[query][order]
    owners, sites, others = owners[order], here[order].astype(np.int64), there[order].astype(np.int64)
    weights, page = _weights(postings.parties[places]), PAGE * gram // GRAM
    fresh = _are_fresh(owners, sites, places, page)
    return list(link_runs(owners, sites, others, places, weights, fresh, gram, page).tolist())


def _are_fresh(owners: Rows, here: Longs, places: Longs, page: int) -> NDArray[np.bool_]:
    """Which pairs are of a fingerprint that was not met within a page before: a refrain counts once."""
    order = np.lexsort((here, places, owners))
    is_same = ~(_differs(owners[order]) | _differs(places[order]))
    fresh = np.ones(len(order), np.bool_)
    fresh[order] = ~(is_same & (np.diff(here[order], prepend=-page - 1) <= page))
    return fresh


def _differs(values: NDArray[np.generic]) -> NDArray[np.bool_]:
    first = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=first[1:])
    return first


def _frozen(array: NDArray[T]) -> NDArray[T]:
    """Return a read-only view, so that mapped files and fresh arrays meet one compiled kernel."""
    view = np.ascontiguousarray(array).view(np.ndarray)
    view.flags.writeable = False
    return view
