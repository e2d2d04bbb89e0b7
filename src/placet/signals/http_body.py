"""The body of an HTTP message as it was meant, out of the bytes that came: unchunked and unpacked, within a bound.

RFC 9112 section 7.1 (chunks), RFC 9110 section 8.4 (gzip, deflate), RFC 8878 and 9659 (zstd).  What cannot be
unpacked is told, not guessed.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

import zstandard

__all__ = ["codings_of", "fault_of", "unchunk", "unpack"]

_PIECE = 1 << 16
_KNOWN: tuple[list[str], ...] = ([], ["gzip"], ["x-gzip"], ["deflate"], ["zstd"])
_BITE = 1 << 10  # of zstd, which may become 32 MB at most: a block of four bytes holds up to 128 kB
_WINDOW = 8 << 20  # RFC 9659: more may not be asked of who reads


def codings_of(headers: Iterable[tuple[str, str]]) -> list[str]:
    """What the body is packed as, in the order in which it was packed; `identity` is nothing."""
    said = ",".join(value for name, value in headers if name.lower() == "content-encoding").lower()
    return [coding for part in said.split(",") if (coding := part.strip()) not in ("", "identity")]


def fault_of(codings: list[str]) -> str:
    """Why this packing is not read, as a clause; empty for one that is."""
    if codings in _KNOWN:
        return ""
    return f"is packed as {', '.join(codings)[:40]}, which is not read"


def unpack(stream: Iterable[bytes], codings: list[str]) -> Iterator[bytes]:
    """The body in pieces that cannot grow, so that who counts them stops a bomb; zlib.error when it is broken.

    gzip may have several members (RFC 1952 section 2.2).
    """
    if not codings:
        yield from stream
        return
    if codings == ["zstd"]:
        yield from _unpack_zstd(stream)
        return
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 32)
    for chunk in stream:
        data = chunk
        while data:
            if inflate.eof:
                inflate = zlib.decompressobj(zlib.MAX_WBITS | 32)
            yield inflate.decompress(data, _PIECE)
            data = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
    while not inflate.eof:
        rest = inflate.decompress(b"", _PIECE)
        if not rest:
            raise zlib.error("cut off")
        yield rest


def _unpack_zstd(stream: Iterable[bytes]) -> Iterator[bytes]:
    """One frame after the other (RFC 8878 section 3.1)."""
    unpack = None
    try:
        for chunk in stream:
            for start in range(0, len(chunk), _BITE):
                data = chunk[start : start + _BITE]
                while data:
                    unpack = unpack or zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()
                    yield unpack.decompress(data)
                    data = unpack.unused_data if unpack.eof else b""
                    unpack = None if unpack.eof else unpack
    except zstandard.ZstdError as error:
        raise zlib.error(str(error)) from None
    if unpack is not None:
        raise zlib.error("cut off")


def unchunk(body: bytes) -> tuple[bytes, str]:
    """The chunks put together, and why they are not whole; a body that is no chunks any more stays as it is."""
    pieces: list[bytes] = []
    at = 0
    while at < len(body):
        end = body.find(b"\n", at, at + 1024)
        size = _size(body[at : end if end >= 0 else at])
        if size is None:
            return (body, "") if not pieces else (b"".join(pieces), "has a broken chunk")
        if size == 0:
            return b"".join(pieces), ""
        start = end + 1
        pieces.append(body[start : start + size])
        if start + size > len(body):
            break
        at = start + size
        at += 2 if body[at : at + 2] == b"\r\n" else 1
    return b"".join(pieces), "broke off within its chunks"


def _size(line: bytes) -> int | None:
    digits = line.partition(b";")[0].strip()
    if not 1 <= len(digits) <= 8 or any(digit not in b"0123456789abcdefABCDEF" for digit in digits):
        return None
    return int(digits, 16)
