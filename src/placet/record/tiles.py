"""Tiles: a log as immutable files of 256 hashes, and bundles of 256 entries.

Source: C2SP tlog-tiles (state of 2026-07-22). Hash i of tile n at level l is the root of the complete subtree
of 256**l entries numbered n * 256 + i; only full tiles are hashed into the next level.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from placet.errors import BadTile, NotFound

__all__ = [
    "MAX_ENTRY",
    "WIDTH",
    "Tile",
    "bundle_path",
    "bundles_of",
    "decode_bundle",
    "encode_bundle",
    "locate",
    "parse_bundle_path",
    "parse_tile_path",
    "tiles_of",
]

WIDTH = 256
MAX_ENTRY = 65_535
_MAX_LEVEL = 63
_MAX_INDEX = 1 << 63
_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


@dataclass(frozen=True, slots=True)
class Tile:
    """One file of up to 256 hashes; it is partial when `width` is smaller."""

    level: int
    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        if not 0 <= self.level <= _MAX_LEVEL:
            raise BadTile(f"there is no tile level {self.level}: levels go from 0 to {_MAX_LEVEL}")
        _refuse_place(self.index, self.width)

    @property
    def path(self) -> str:
        """Where it lies below the log's prefix, such as `tile/0/x001/x234/067`."""
        return f"tile/{self.level}/{_spread(self.index, self.width)}"


def parse_tile_path(path: str) -> Tile:
    """The tile at a path; any other spelling of a path than the canonical one is refused."""
    level, index, width = _read_path(path)
    if level == "entries":
        raise BadTile(f"{path!r} is an entry bundle, not a tile of hashes")
    tile = Tile(int(level), index, width)
    if tile.path != path:
        raise BadTile(f"{path!r} is not how a tile's path is written: that would be {tile.path!r}")
    return tile


def bundle_path(index: int, width: int = WIDTH) -> str:
    """Where an entry bundle lies below the log's prefix."""
    _refuse_place(index, width)
    return f"tile/entries/{_spread(index, width)}"


def parse_bundle_path(path: str) -> tuple[int, int]:
    """The index and the width of the entry bundle at a path; only the canonical spelling is read."""
    level, index, width = _read_path(path)
    if level != "entries":
        raise BadTile(f"{path!r} is a tile of hashes, not an entry bundle")
    if bundle_path(index, width) != path:
        raise BadTile(f"{path!r} is not how a bundle's path is written: that is {bundle_path(index, width)!r}")
    return index, width


def tiles_of(old_size: int, new_size: int) -> Iterator[Tile]:
    """Every tile to write when a tree grows: those just filled, and the partial ones at its edge."""
    _refuse_shrinking(old_size, new_size)
    return _tiles(old_size, new_size)


def bundles_of(old_size: int, new_size: int) -> Iterator[tuple[int, int]]:
    """The (index, width) of every entry bundle to write when a log grows."""
    _refuse_shrinking(old_size, new_size)
    return _grown(old_size, new_size)


def locate(level: int, index: int, size: int) -> tuple[Tile, int, int]:
    """The tile of a tree of `size`, and the slice of its hashes, whose root is the node (level, index)."""
    if level < 0 or index < 0 or (index + 1) << level > size:
        raise NotFound(f"a tree of {size} entries has no complete subtree {index} at level {level}")
    tile_level, height = divmod(level, 8)
    number, start = divmod(index << height, WIDTH)
    width = min(WIDTH, (size >> 8 * tile_level) - number * WIDTH)
    return Tile(tile_level, number, width), start, start + (1 << height)


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Entries one after the other, each behind its length in two bytes."""
    if not 1 <= len(entries) <= WIDTH:
        raise BadTile(f"a bundle holds 1 to {WIDTH} entries, not {len(entries)}")
    for place, entry in enumerate(entries):
        if len(entry) > MAX_ENTRY:
            raise BadTile(f"entry {place} of the bundle has {len(entry)} bytes; {MAX_ENTRY} is the limit")
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def decode_bundle(data: bytes, width: int) -> tuple[bytes, ...]:
    """The entries of a bundle of `width`; nothing may be missing and nothing may follow."""
    entries, at = [], 0
    for place in range(width):
        end = at + 2 + int.from_bytes(data[at : at + 2])
        if at + 2 > len(data) or end > len(data):
            raise BadTile(f"the bundle ends inside entry {place} of {width}")
        entries.append(data[at + 2 : end])
        at = end
    if at != len(data):
        raise BadTile(f"{len(data) - at} bytes follow the {width} entries of the bundle")
    return tuple(entries)


def _tiles(old_size: int, new_size: int) -> Iterator[Tile]:
    level = 0
    while old_size != new_size:
        for index, width in _grown(old_size, new_size):
            yield Tile(level, index, width)
        old_size, new_size, level = old_size // WIDTH, new_size // WIDTH, level + 1


def _grown(old: int, new: int) -> Iterator[tuple[int, int]]:
    yield from ((index, WIDTH) for index in range(old // WIDTH, new // WIDTH))
    if new != old and new % WIDTH:
        yield new // WIDTH, new % WIDTH


def _spread(index: int, width: int) -> str:
    text = f"{index % 1000:03d}"
    while index := index // 1000:
        text = f"x{index % 1000:03d}/{text}"
    return text if width == WIDTH else f"{text}.p/{width}"


def _read_path(path: str) -> tuple[str, int, int]:
    found = _PATH.fullmatch(path)
    if found is None:
        raise BadTile(f"{path[:80]!r} is not the path of a tile")
    index = int(found["index"].replace("x", "").replace("/", ""))
    width = int(found["width"] or WIDTH)
    _refuse_place(index, width)
    return found["level"], index, width


def _refuse_place(index: int, width: int) -> None:
    if not 0 <= index < _MAX_INDEX:
        raise BadTile(f"there is no tile number {index}")
    if not 1 <= width <= WIDTH:
        raise BadTile(f"a tile is 1 to {WIDTH} wide, not {width}")


def _refuse_shrinking(old_size: int, new_size: int) -> None:
    if not 0 <= old_size <= new_size:
        raise BadTile(f"a log of {old_size} entries cannot become one of {new_size}: it only grows")
