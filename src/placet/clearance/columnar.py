"""Judging a table of addresses without making a row of each: equal answers are found first, and given once.

What is said of a row that holds no bytes depends on its site, on which of the site's patterns match it, on its signal
columns, and on little else.  Rows that agree in these are one class, and one of them is judged for all (law 8: ten
thousand rows equal direct calls).  Whatever is not plain is judged by itself: an odd address, a digest or a caption
that somebody may have registered, an address that was observed by itself.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import compress
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from placet.clearance import addresses
from placet.clearance.addresses import Patterns, States
from placet.clearance.judge import Judge, Judged
from placet.clearance.ledger import Brief, Sweep, brief_of
from placet.clearance.readers import arrow, parquet
from placet.clearance.readers.fields import DIGESTS, NUMBERS, TEXTS, URLS
from placet.clearance.readers.signs import ROBOTS_TXT, sign_of
from placet.clearance.rows import Unit, locate, title
from placet.clearance.sieve import Sieve
from placet.clearance.voices import NOTHING, is_suffix, small_parts
from placet.core.ids import canonical_url
from placet.core.subject import Kind
from placet.fingerprints import text_winnow
from placet.signals.paths import Pattern, target_of
from placet.signals.spoken_addresses import SpokenAddresses
from placet.snapshot.postings import MAYBE_RUN

__all__ = ["Sweeper", "Together", "sweeper_of"]

Rows = NDArray[np.bool_]

_MOST_BYTES: Final = 1 << 30  # of a row group that is read whole
_FEW_LETTERS: Final = MAYBE_RUN  # bytes of a caption too short for any passage
_TEXT = (pa.types.is_string, pa.types.is_large_string)


@lru_cache(maxsize=4)
def sweeper_of(judge: Judge, drop_generated: bool) -> Sweeper:
    """The sweeper that belongs to a judge, with all that it has learnt."""
    return Sweeper(judge, drop_generated)


class Together(Protocol):
    """Rows to be judged at once: `urls` has the one address of each, null where it has none.

    Rows that agree in their state and in all `signs` have one answer; `judge` gives those of single rows, in order.
    """

    @property
    def urls(self) -> pa.Array: ...
    @property
    def signs(self) -> list[pa.Array]: ...
    @property
    def keys(self) -> pa.Array: ...
    def judge(self, judge: Judge, rows: NDArray[np.int64]) -> list[Judged]: ...


@dataclass(frozen=True)
class _Table:
    """A row group: its column of addresses, and what else can be judged."""

    name: str
    first: int
    batch: pa.RecordBatch
    columns: parquet.Columns
    url: str

    @cached_property
    def urls(self) -> pa.Array:
        return self.batch.column(self.url).fill_null("")  # a table of addresses has one in every row

    @cached_property
    def keys(self) -> pa.Array:
        return pa.array(np.arange(self.first, self.first + self.batch.num_rows)).cast(pa.string())

    def judge(self, judge: Judge, rows: NDArray[np.int64]) -> list[Judged]:
        some = self.batch.take(pa.array(rows, pa.int64()))
        read = parquet.rows_of(self.name, some, self.columns, (rows + self.first).tolist())
        return list(judge.judge(read, self.name))

    def named(self, names: Any) -> list[pa.Array]:
        return [self.batch.column(column) for column in self.columns.fields if column.lower() in names]

    @cached_property
    def signs(self) -> list[pa.Array]:
        return [self.batch.column(column) for column in self.columns.fields if sign_of(column)]


class Sweeper:
    """Judges whole row groups; what it learns of sites and answers is kept from one to the next."""

    def __init__(self, judge: Judge, drop_generated: bool = False) -> None:
        self._judge, self._drop = judge, drop_generated
        self._states = States()
        self._symbols: dict[str, tuple[int, int]] = {}
        self._sites: list[list[tuple[Pattern, bool]]] = []
        self._flat = Patterns.flatten([])
        self._spoken: set[int] = set()  # symbols of hosts of which a registry or list speaks
        self._numbers: dict[tuple[Any, ...], int] = {}  # of answers, by the state and signs, or by what is said
        self._briefs: list[Brief] = []

    # --- what can be swept --------------------------------------------------------------------------------

    def sweep(self, root: Path, unit: Unit) -> Sweep | None:
        """All rows of a unit; None for one that holds bytes, cannot be read in full, or is no table of addresses."""
        if unit.format not in _OPENED or unit.why or unit.start == unit.stop:
            return None
        table = _open(root, unit)
        return self._judged(table) if table is not None else None

    def sweep_batch(self, batch: pa.RecordBatch, name: str) -> Sweep | None:
        """All rows of a batch, keyed by their places in it; None for one that must be judged row by row."""
        columns = parquet.columns_of(batch.schema)
        urls = [column for column in columns.fields if column.lower() in URLS]
        if columns.pictures or _has_numbers(columns) or len(urls) != 1 or not batch.num_rows:
            return None
        table = _Table(name, 0, batch.select(list(columns.fields)), columns, urls[0])
        return self._judged(table) if _is_regular(table) else None

    def _judged(self, table: _Table) -> Sweep:
        odd = np.zeros(table.batch.num_rows, np.bool_)
        for hits in self._hits(table):
            odd |= hits
        return self.together(table, odd)

    def together(self, table: Together, odd: Rows) -> Sweep:
        """The answers of all rows; those that are `odd`, or whose address is, are judged one by one."""
        urls = table.urls
        at = _scanned(urls)
        sites, symbols = self._places(at)
        states = addresses.walk(self._states, symbols, sites, at.paths, at.stops, at.data, self._flat)
        nowhere = urls.is_null().to_numpy(zero_copy_only=False)
        states[nowhere] = 0
        odd = odd | ((at.hosts < 0) & ~nowhere)
        if len(self._single):
            odd |= self._single.among(addresses.hashes(at.hosts, at.stops, at.data))
        states[odd] = -1
        signs = [*table.signs, pa.array(nowhere)] if nowhere.any() else table.signs
        first, classes = _distinct(states, _combined(signs, len(states)))
        numbers = [self._number(table, row, int(states[row]), int(symbols[row])) for row in first]
        return self._swept(table, np.flatnonzero(odd), first, classes, numbers)

    def _swept(
        self,
        table: Together,
        singles: NDArray[np.int64],
        first: list[int],
        classes: NDArray[np.int32],
        numbers: list[int],
    ) -> Sweep:
        """The answers by number and those of single rows, each once, in the order of the rows that have them first."""
        firsts: dict[int, int] = {}
        for number, row in zip(numbers, first, strict=True):
            firsts.setdefault(number, row)
        places = {number: place for place, number in enumerate(firsts)}
        table_of = np.array([*(places[number] for number in numbers), 0], np.int32)
        spread = table_of[classes]
        spread[singles] = np.arange(len(firsts), len(firsts) + len(singles))
        judged = table.judge(self._judge, singles) if len(singles) else []
        briefs = (*(self._briefs[number] for number in firsts), *map(self._brief, judged))
        rows, keys = np.array([*firsts.values(), *singles.tolist()], np.int64), table.keys
        order = np.argsort(rows, kind="stable")
        ranks = np.empty(len(order), np.int32)
        ranks[order] = np.arange(len(order), dtype=np.int32)
        told = keys.take(pa.array(rows[order])).to_pylist()
        return Sweep(keys, ranks[spread], tuple(briefs[place] for place in order), tuple(told), tuple(judged))

    def _number(self, table: Together, row: int, state: int, symbol: int) -> int:
        """The answer for a row and all of its class; where nobody says a word, one for many sites."""
        signs, url = tuple(_value(column, row) for column in table.signs), _value(table.urls, row)
        name: tuple[Any, ...] = (state, url is None, *signs)
        if (known := self._numbers.get(name)) is not None:
            return known
        if any(sign is not None for sign in signs):
            (judged,) = table.judge(self._judge, np.array([row]))
            return self._keep(name, judged)
        url = url.strip()
        said = self._judge.voices.hear((url,)) if self._judge.voices else NOTHING
        shared = ("silence", said.problems)
        is_shared = not (said.speaking or said.lost or symbol in self._spoken)
        if is_shared and shared in self._numbers:
            self._numbers[name] = self._numbers[shared]
            return self._numbers[name]
        number = self._keep(name, self._judge.judge_address(url, _value(table.keys, row), said))
        if is_shared:
            self._numbers[shared] = number
        return number

    def _keep(self, name: tuple[Any, ...], judged: Judged) -> int:
        self._briefs.append(self._brief(judged))
        self._numbers[name] = len(self._briefs) - 1
        return self._numbers[name]

    def _brief(self, judged: Judged) -> Brief:
        return brief_of(judged, self._judge.library, drop_generated=self._drop)

    # --- addresses ----------------------------------------------------------------------------------------

    def _places(self, at: _Scanned) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """For each address the number of its site, -1 for none, and a symbol for all that depends on its host."""
        packed, bytes_ = addresses.pack(at.data, at.hosts, at.paths)
        names = pa.LargeStringArray.from_buffers(len(at.hosts), pa.py_buffer(packed), pa.py_buffer(bytes_))
        encoded = names.dictionary_encode()
        known = [self._symbol(name) for name in encoded.dictionary.to_pylist()] or [(0, -1)]
        self._flatten()
        table = np.array(known, np.int32)
        rows = table[encoded.indices.to_numpy(zero_copy_only=False)]
        return np.ascontiguousarray(rows[:, 1]), np.ascontiguousarray(rows[:, 0])

    def _symbol(self, netloc: str) -> tuple[int, int]:
        """0 for a host of which nobody speaks; all others have one of their own, and perhaps a site."""
        if (found := self._symbols.get(netloc)) is not None:
            return found
        voices = self._judge.voices
        origin = f"https://{netloc}"
        is_site = voices is not None and netloc != "" and voices.is_asked(origin)
        is_listed = bool(voices and voices.listed and voices.listed_of([f"{origin}/"]))
        is_spoken = is_listed or self._spoken_hosts.is_spoken(netloc)
        if not (is_site or is_spoken):
            return 0, -1
        site = -1
        if voices is not None and is_site:
            site = len(self._sites)
            patterns = voices.patterns(origin)
            small = [(small_parts(pattern), True) for pattern in patterns if is_suffix(pattern)]
            self._sites.append([*((pattern, False) for pattern in patterns), *small])
        self._symbols[netloc] = len(self._symbols) + 1, site
        if is_spoken:
            self._spoken.add(len(self._symbols))
        return self._symbols[netloc]

    def _flatten(self) -> None:
        if len(self._flat.bounds) != len(self._sites) + 1:
            self._flat = Patterns.flatten(self._sites)

    @cached_property
    def _spoken_hosts(self) -> SpokenAddresses:
        """Domains and patterns of addresses of which the registry speaks."""
        return SpokenAddresses(self._judge.library.known)

    @cached_property
    def _single(self) -> Sieve:
        """The hashes of single addresses of which somebody speaks."""
        voices = self._judge.voices
        named = {subject.id for subject in self._judge.library.known if subject.kind is Kind.URL}
        if voices:
            named |= {subject.id for subject in voices.listed if subject.kind is Kind.URL} | set(voices.pages)
        return Sieve(np.array([addresses.hash_of(url) for url in named], np.uint64))

    # --- digests and captions -----------------------------------------------------------------------------

    def _hits(self, table: _Table) -> list[Rows]:
        """Rows that say something of a digest or text that may be somebody's, or that cannot be read."""
        found = [self._digest_hits(column, name) for name in DIGESTS for column in table.named({name})]
        return found + [self._text_hits(column) for column in table.named(TEXTS)]

    def _digest_hits(self, column: pa.Array, name: str) -> Rows:
        offsets, data = _buffers(column)
        kinds, firsts = addresses.hex_digits(offsets, data, 2 * DIGESTS[name])
        hits: Rows = kinds < 0
        if name == "sha256" and len(self._prefixes):
            hits |= (kinds > 0) & self._prefixes.among(firsts)
        return hits

    @cached_property
    def _listed_digests(self) -> frozenset[bytes]:
        voices = self._judge.voices
        listed = [s.id.removeprefix("sha256:") for s in (voices.listed if voices else ()) if s.kind is Kind.FINGERPRINT]
        return frozenset(bytes.fromhex(digest) for digest in listed)

    @cached_property
    def _prefixes(self) -> Sieve:
        """The first 8 bytes of every SHA-256 of which somebody speaks."""
        listed = [int.from_bytes(digest[:8], "big") for digest in self._listed_digests]
        held = self._judge.library.arrays["sha256.key"][:, 0].astype(np.uint64)
        return Sieve(np.concatenate([held, np.array(listed, np.uint64)]))

    @cached_property
    def _sizes(self) -> NDArray[np.int64]:
        """The sizes in bytes of all registered files: no text of another size is one of them."""
        if not len(self._judge.library):
            return np.empty(0, np.int64)
        works = self._judge.library.table(["size"])
        return np.unique(works.column("size").to_numpy().astype(np.int64))

    def _text_hits(self, column: pa.Array) -> Rows:
        """Captions that may be, or hold, a registered text; one that is too short for that costs a comparison."""
        offsets, _ = _buffers(column)
        sizes = np.diff(offsets)
        hits: Rows = np.isin(sizes, self._sizes) & (sizes > 0) if len(self._sizes) else np.zeros(len(sizes), np.bool_)
        if self._listed_digests:
            listed = (hashlib.sha256(text.encode()).digest() in self._listed_digests for text in _texts(column))
            hits |= np.fromiter(listed, np.bool_, len(sizes))
        arrays = self._judge.library.arrays
        if len(arrays["text-winnow.hash"]) or len(arrays["text-sha256.key"]):
            hits |= (sizes >= _FEW_LETTERS) | (
                pc.string_is_ascii(column).fill_null(True).to_numpy(zero_copy_only=False) == 0
            )
            hits |= self._same_texts(column, ~hits & (sizes > 0))
        return hits

    def _same_texts(self, column: pa.Array, asked: Rows) -> Rows:
        """Which of the asked captions are, letter by letter, a registered text."""
        hits = np.zeros(len(asked), np.bool_)
        places = np.flatnonzero(asked)
        digests = [text_winnow.text_sha256(text) for text in compress(_texts(column), asked.tolist())]
        found = self._judge.matcher.exact("text-sha256", digests) if digests else []
        hits[[place for place, works in zip(places.tolist(), found, strict=True) if works]] = True
        return hits


def _open(root: Path, unit: Unit) -> _Table | None:
    """The unit's rows, whole; None where rows must be read one by one to say what is wrong with them."""
    try:
        opened = _OPENED[unit.format](locate(root, unit.path), unit)
    except Exception:  # the reader of rows says what and where
        return None
    if opened is None:
        return None
    read, columns = opened
    (url,) = (column for column in columns.fields if column.lower() in URLS)
    batches = read.combine_chunks().to_batches()
    if len(batches) != 1:
        return None
    table = _Table(title(root, unit.path), unit.first_row, batches[0], columns, url)
    return table if _is_regular(table) else None


def _row_group(path: Path, unit: Unit) -> tuple[pa.Table, parquet.Columns] | None:
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        columns, group = parquet.columns_of(file.schema_arrow), file.metadata.row_group(unit.start)
        if not _is_of_addresses(columns, group.total_byte_size):
            return None
        read = file.read_row_group(unit.start, columns=list(columns.fields))
    return (read, columns) if read.num_rows == group.num_rows else None


def _record_batches(path: Path, unit: Unit) -> tuple[pa.Table, parquet.Columns] | None:
    with path.open("rb") as file:
        columns = parquet.columns_of(arrow.schema_of(file))
        if not _is_of_addresses(columns, unit.size):
            return None
        batches = [batch for _, _, batch in arrow.batches_of(file, unit)]
    if any(isinstance(batch, str) for batch in batches):
        return None
    return pa.Table.from_batches(batches).select(list(columns.fields)), columns


def _is_of_addresses(columns: parquet.Columns, size: int) -> bool:
    urls = [column for column in columns.fields if column.lower() in URLS]
    return not columns.pictures and not _has_numbers(columns) and len(urls) == 1 and size <= _MOST_BYTES


def _has_numbers(columns: parquet.Columns) -> bool:
    """Whether rows are known by ISBN or the like, each of which is asked for by itself."""
    return any(column.lower() in NUMBERS for column in columns.fields)


_OPENED = {parquet.FORMAT: _row_group, arrow.FORMAT: _record_batches}


def _is_regular(table: _Table) -> bool:
    """Texts that are UTF-8, digests as text, and signals that can be told apart; dictionaries are not looked into."""
    try:
        for column in table.named(URLS | TEXTS | DIGESTS.keys()):
            if not any(test(column.type) for test in _TEXT):
                return False
            column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    has_paths = any(sign_of(column) == ROBOTS_TXT for column in table.columns.fields)
    return not has_paths and not any(pa.types.is_nested(column.type) for column in table.signs)


def _buffers(column: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Offsets and bytes of a column of texts; a text that is missing is empty."""
    whole = column.fill_null("").cast(pa.large_string())
    _, offsets, data = whole.buffers()
    bounds = np.frombuffer(offsets, np.int64)[whole.offset : whole.offset + len(whole) + 1]
    return bounds, np.frombuffer(data, np.uint8) if data and data.size else np.zeros(1, np.uint8)


@dataclass(frozen=True, slots=True)
class _Scanned:
    """Addresses in `data`: where each ends, where its host and its path begin, -1 where it is not plain."""

    data: NDArray[np.uint8]
    stops: NDArray[np.int64]
    hosts: NDArray[np.int64]
    paths: NDArray[np.int64]


def _scanned(column: pa.Array) -> _Scanned:
    """An odd address stands in the spelling that all compare by, where that changes nothing for its site."""
    offsets, data = _buffers(column)
    starts, stops = offsets[:-1].copy(), offsets[1:].copy()
    hosts, paths = addresses.scan(starts, stops, data)
    for respell in (_by_kernel, _one_by_one):
        odd = np.flatnonzero((hosts < 0) & (stops > starts))
        if len(odd):
            bounds, spelled = respell(column, odd, starts, stops, data)
            begin, data = len(data), np.concatenate([data, spelled])
            found = bounds[1:] > bounds[:-1]
            odd, first, last = odd[found], begin + bounds[:-1][found], begin + bounds[1:][found]
            starts[odd], stops[odd] = first, last
            hosts[odd], paths[odd] = addresses.scan(first, last, data)
    return _Scanned(data, stops, hosts, paths)


def _by_kernel(
    _: pa.Array, odd: NDArray[np.int64], starts: NDArray[np.int64], stops: NDArray[np.int64], data: NDArray[np.uint8]
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    return addresses.respell(starts[odd], stops[odd], data)


def _one_by_one(column: pa.Array, odd: NDArray[np.int64], *_: object) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    return _buffers(pa.array([_spelled(url) for url in column.take(pa.array(odd)).to_pylist()], pa.large_string()))


def _spelled(url: str) -> str:
    """The canonical form, or what was given where a rule for paths may see a difference between the two."""
    try:
        canonical = canonical_url(url)
    except ValueError:
        return url
    return canonical if target_of(canonical) == target_of(url.strip()) else url


def _texts(column: pa.Array) -> list[str]:
    return [text or "" for text in column.to_pylist()]


def _value(column: pa.Array, row: int) -> Any:
    return column[int(row)].as_py()


def _combined(columns: list[pa.Array], count: int) -> NDArray[np.int64]:
    """One number for each combination of values."""
    total = np.zeros(count, np.int64)
    for column in columns:
        codes = column.dictionary_encode(null_encoding="encode").indices.to_numpy(zero_copy_only=False).astype(np.int64)
        _, total = np.unique(total * (int(codes.max(initial=0)) + 1) + codes, return_inverse=True)
    return total


def _distinct(states: NDArray[np.int32], signs: NDArray[np.int64]) -> tuple[list[int], NDArray[np.int32]]:
    """The first row of each class among rows with a state, and the class of every row; without one, one too many."""
    keys = states.astype(np.int64)
    if signs.any():
        _, keys = np.unique(keys * (int(signs.max()) + 1) + signs, return_inverse=True)
    keys[states < 0] = -1
    first = addresses.first_places(keys, int(keys.max(initial=-1)) + 1)
    used = np.flatnonzero(first >= 0)
    order = used[np.argsort(first[used])]
    numbers = np.full(len(first) + 1, len(order), np.int32)
    numbers[order] = np.arange(len(order), dtype=np.int32)
    return first[order].tolist(), numbers[keys]
