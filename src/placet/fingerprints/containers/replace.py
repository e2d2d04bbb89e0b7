"""Put metadata into a file or take it out; pixels and samples are copied, never decoded."""

from __future__ import annotations

from placet.errors import BadMedia
from placet.fingerprints.containers import jpeg, png
from placet.fingerprints.containers.block import USUAL, Limits

__all__ = ["replace_xmp"]


def replace_xmp(data: bytes, packet: bytes | None, *, limits: Limits = USUAL) -> bytes:
    """The same file with this XMP packet and no other, or with none; replacing twice is replacing once.

    A C2PA manifest in the file stays where it is, and no longer holds: its hash covers the metadata too.
    """
    if data.startswith(jpeg.MAGIC):
        return jpeg.replace(data, packet)
    if data.startswith(png.MAGIC):
        return png.replace(data, packet, limits)
    raise BadMedia("No place for an XMP packet is known in this kind of file (JPEG, PNG).")
