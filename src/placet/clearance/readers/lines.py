"""The lines of a file, plain or compressed, with bounded memory.

Decompression is Arrow's: it follows concatenated gzip members and zstd frames, and says when one is cut off.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

__all__ = ["CODECS", "MAX_LINE", "codec_of", "count_lines", "lines"]

CODECS = {".gz": "gzip", ".zst": "zstd"}
MAX_LINE = 256 << 20
_CHUNK = 1 << 17


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
    with closing(pa.CompressedInputStream(pa.OSFile(str(path)), codec)) as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def count_lines(file: BinaryIO, size: int, step: int) -> list[tuple[int, int, int]]:
    """Cut a file after line ends, about every `step` bytes: (start, stop, lines before start)."""
    pieces = []
    start = before = at = count = 0
    while chunk := file.read(1 << 20):
        while at + len(chunk) - start > step and at + len(chunk) < size:
            end = chunk.find(b"\n", max(0, start + step - at)) + 1
            if not end:
                break
            pieces.append((start, at + end, before))
            before += count + chunk.count(b"\n", 0, end)
            count = -chunk.count(b"\n", 0, end)
            start = at + end
        count += chunk.count(b"\n")
        at += len(chunk)
    if at > start or not pieces:
        pieces.append((start, at, before))
    return pieces
