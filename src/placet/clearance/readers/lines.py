"""The lines of a file, plain or compressed, with bounded memory.

Source: RFC 1952 (gzip, members may follow one another), RFC 8878 (zstd, so may frames, some of them skipped).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

import zstandard

__all__ = ["CODECS", "MAX_LINE", "codec_of", "count_lines", "lines"]

CODECS = {".gz": "gzip", ".zst": "zstd"}
MAX_LINE = 256 << 20
_CHUNK = 1 << 17
_BITE = 1 << 12


class _Stream(Protocol):
    """One gzip member or zstd frame: `eof` is true at its end, and the rest of the bite is unused."""

    def decompress(self, data: bytes, /) -> bytes: ...
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...


_STREAMS: dict[str, Callable[[], _Stream]] = {
    "gzip": lambda: zlib.decompressobj(wbits=31),
    "zstd": lambda: zstandard.ZstdDecompressor().decompressobj(),
}


def codec_of(path: str) -> str | None:
    return CODECS.get(path.lower()[path.rfind(".") :]) if "." in path else None


def lines(path: Path, start: int, stop: int, codec: str | None, limit: int = MAX_LINE) -> Iterator[bytes | None]:
    """Each line with its newline; None for one longer than `limit`. OSError when the stream is cut off."""
    chunks = _unpacked(path, codec) if codec else _plain(path, start, stop)
    kept: list[bytes] = []
    size = 0
    for chunk in chunks:
        *whole, rest = chunk.split(b"\n")
        for line in whole:
            size += len(line) + 1
            yield b"".join([*kept, line, b"\n"]) if size <= limit else None
            kept, size = [], 0
        size += len(rest)
        kept = [*kept, rest] if size <= limit and len(kept) < 64 else _fold(kept, rest, size <= limit)
    if size:
        yield b"".join(kept) if size <= limit else None


def _fold(kept: list[bytes], rest: bytes, wanted: bool) -> list[bytes]:
    return [b"".join([*kept, rest])] if wanted else []


def _plain(path: Path, start: int, stop: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while chunk := file.read(min(_CHUNK, stop - file.tell())):
            yield chunk
        if file.tell() < stop:
            raise OSError(f"it was {stop:,} bytes long when planned, and now has {file.tell():,}")


def _unpacked(path: Path, codec: str) -> Iterator[bytes]:
    """Frame after frame. Small bites bound what a bomb makes of one: 134 MB of zstd, 4 MB of gzip."""
    with path.open("rb") as file:
        stream: _Stream | None = None
        while bite := file.read(_BITE):
            while bite:
                stream = stream or _STREAMS[codec]()
                try:
                    chunk = stream.decompress(bite)
                except (zlib.error, zstandard.ZstdError) as error:
                    raise OSError(f"its {codec} data are damaged ({error})") from None
                for start in range(0, len(chunk), _CHUNK):
                    yield chunk[start : start + _CHUNK]
                bite = stream.unused_data if stream.eof else b""
                if stream.eof:
                    stream = None
                    bite = bite.lstrip(b"\0") if codec == "gzip" else bite  # gzip pads with zeros
        if stream is not None:
            raise OSError(f"its {codec} data are cut off")


def count_lines(file: BinaryIO, size: int, step: int) -> list[tuple[int, int, int]]:
    """Cut a file after line ends, about every `step` bytes: (start, stop, lines before start)."""
    pieces = []
    start = before = at = count = 0  # `count` lines end between the last cut and here
    while chunk := file.read(1 << 20):
        done = 0
        while (end := chunk.find(b"\n", max(done, start + step - at)) + 1) and at + end < size:
            count += chunk.count(b"\n", done, end)
            pieces.append((start, at + end, before))
            start, done = at + end, end
            before, count = before + count, 0
        count += chunk.count(b"\n", done)
        at += len(chunk)
    return [*pieces, (start, at, before)]
