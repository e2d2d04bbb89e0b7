"""Put metadata into a file or take it out; pixels and samples are copied, never decoded.

XMP goes into JPEG, PNG, GIF, TIFF, WebP, PDF, WAV and AVI, and MP3; a text under a key into MP3 (TXXX) and FLAC
(Vorbis comment).  A C2PA manifest in the file stays where it is, and no longer holds: its hash covers metadata too.
"""

from __future__ import annotations

from placet.errors import BadMedia
from placet.fingerprints.containers import gif, id3, jpeg, pdf, pdf_update, png, riff, tiff, vorbis
from placet.fingerprints.containers.block import USUAL, Kind, Limits
from placet.fingerprints.containers.find import blocks

__all__ = ["replace_text", "replace_xmp"]

_FORMS = (b"WEBP", b"WAVE", b"AVI ")


def replace_xmp(data: bytes, packet: bytes | None, *, limits: Limits = USUAL) -> bytes:
    """The same file with this XMP packet and no other, or with none; replacing twice is replacing once.

    Of a PDF it is the document's own packet; packets of the pictures inside stay with them.

    BadMedia when the file is damaged, has no place for a packet, or would not be read back as asked.
    """
    if packet == b"":
        raise BadMedia("An empty XMP packet says nothing; None takes the packet out.")
    after = _replaced(data, packet, limits)
    found = blocks(after, limits=limits)
    held = [block.data for block in found if block.kind in (Kind.XMP, Kind.PDF_XMP)]
    alone = held == ([] if packet is None else [packet])
    if not alone and not (data.startswith(pdf.MAGIC) and (packet is None or packet in held)):
        raise BadMedia(
            "The parts of this file overlap or contradict each other: an XMP packet in it would not be read."
        )
    return after


def replace_text(data: bytes, key: str, value: str | None, *, limits: Limits = USUAL) -> bytes:
    """The same audio with this value under this key and no other of that key, or with none (MP3 and FLAC)."""
    if "\0" in key or (value is not None and "\0" in value):
        raise BadMedia("A key or value in a tag cannot hold a zero.")
    after = _texted(data, key, value, limits)
    is_flac = any(block.kind == Kind.VORBIS for block in blocks(after, limits=limits))
    name = key.upper() if is_flac else f"TXXX:{key}"
    held = [block.data for block in blocks(after, limits=limits) if block.name == name]
    if held != ([] if value is None else [value.encode()]):
        raise BadMedia("The tags of this file contradict each other: a text put into them would not be read.")
    return after


def _replaced(data: bytes, packet: bytes | None, limits: Limits) -> bytes:
    head = data[:16]
    if head.startswith(jpeg.MAGIC):
        return jpeg.replace(data, packet)
    if head.startswith(png.MAGIC):
        return png.replace(data, packet, limits)
    if head.startswith(gif.MAGICS):
        return gif.replace(data, packet, limits)
    if head.startswith(tiff.MAGICS):
        return tiff.replace(data, packet, limits)
    if head.startswith(riff.MAGIC) and head[8:12] in _FORMS:
        return riff.replace(data, packet, limits)
    if head.startswith(pdf.MAGIC):
        return pdf_update.replace(data, packet, limits)
    return _audio(data, packet, limits)


def _texted(data: bytes, key: str, value: str | None, limits: Limits) -> bytes:
    at = id3.after_tags(memoryview(data))
    if data[at : at + 4] == vorbis.FLAC:
        return vorbis.replace_text(data, at, key, value)
    if at or id3.is_mpeg(data[:4]):
        return id3.replace_text(data, key, value, limits)
    raise BadMedia("No place for a text under a key is known in this kind of file (MP3, FLAC).")


def _audio(data: bytes, packet: bytes | None, limits: Limits) -> bytes:
    at = id3.after_tags(memoryview(data))
    if (at and data[at : at + 4] != vorbis.FLAC) or id3.is_mpeg(data[:4]):
        return id3.replace_xmp(data, packet, limits)
    raise BadMedia(
        "No place for an XMP packet is known in this kind of file (JPEG, PNG, GIF, TIFF, WebP, PDF, WAV, MP3)."
    )
