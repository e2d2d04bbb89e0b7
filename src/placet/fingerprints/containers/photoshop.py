"""Photoshop image resources, of which 0x0404 is IPTC-IIM (Adobe Photoshop File Formats, "Image Resource Blocks")."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from placet.errors import BadMedia, TooLarge
from placet.fingerprints.containers.block import Block, Kind, Limits

__all__ = ["iptc"]

_IIM: Final = 0x0404
_MOST: Final = 5_000


def iptc(pieces: Sequence[memoryview], where: str, limits: Limits) -> Iterator[Block]:
    """IPTC-IIM in resources that may be cut into several pieces."""
    if sum(map(len, pieces)) > limits.max_block:
        raise TooLarge(f"The Photoshop resources in {where} pass {limits.max_block:,} bytes.")
    joined = b"".join(pieces)
    at = 0
    for _ in range(_MOST):
        if joined[at : at + 4] != b"8BIM" or at + 12 > len(joined):
            return
        body = at + 6 + (joined[at + 6] + 2 & ~1) + 4
        size = int.from_bytes(joined[body - 4 : body], "big")
        if body + size > len(joined):
            raise BadMedia(f"A Photoshop resource in {where} says it has {size:,} bytes, which is not so.")
        if int.from_bytes(joined[at + 4 : at + 6], "big") == _IIM:
            yield Block(kind=Kind.IPTC_IIM, where=where, data=joined[body : body + size])
        at = body + (size + 1 & ~1)
    raise TooLarge(f"The Photoshop resources in {where} are more than {_MOST:,}.")
