"""Files with and without metadata, made in memory, and hostile ones: `WHOLE` and `HOSTILE` map names to makers."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable

from tests.gallery.media import encode, scene

__all__ = [
    "HOSTILE",
    "IIM",
    "PACKET",
    "WHOLE",
    "jpeg_with",
    "packet",
    "png_chunk",
    "png_with",
]


def packet(says: str = "DMI-PROHIBITED", padding: int = 0) -> bytes:
    """An XMP packet with one IPTC/PLUS statement (XMP Part 1, 7.3)."""
    return (
        b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/"'
        b' plus:DataMining="http://ns.useplus.org/ldf/vocab/'
        + says.encode()
        + b'"/></rdf:RDF></x:xmpmeta>'
        + b" " * padding
        + b'<?xpacket end="w"?>'
    )


PACKET = packet()
IIM = b"\x1c\x02\x74\0\xc8" + b"mine" * 50


# ---- JPEG ---------------------------------------------------------------------------------------


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def jpeg_with(*segments: bytes) -> bytes:
    """A small JPEG with these segments behind its JFIF header."""
    whole = encode(scene(48, 32), "JPEG")
    end = 4 + int.from_bytes(whole[4:6], "big")
    return whole[:end] + b"".join(segments) + whole[end:]


def extended(text: bytes, *, step: int = 1000, guid: str = "", order: int = 1) -> list[bytes]:
    """ExtendedXMP in pieces of `step` bytes (XMP Part 3, 1.1.3.1)."""
    name = guid or hashlib.md5(text, usedforsecurity=False).hexdigest().upper()
    head = b"http://ns.adobe.com/xmp/extension/\0" + name.encode()
    starts = range(0, len(text), step)
    parts = [segment(0xE1, head + struct.pack(">II", len(text), at) + text[at : at + step]) for at in starts]
    return parts[::order]


def jumbf(payload: bytes, *, label: bytes = b"c2pa") -> bytes:
    """A JUMBF superbox whose description box has C2PA's type (C2PA 2.4, 11.1.4.1)."""
    kind = label + bytes.fromhex("00110010800000aa00389b71")
    description = struct.pack(">I", 8 + 17 + 5) + b"jumd" + kind + b"\3" + b"c2pa\0"
    inside = description + payload
    return struct.pack(">I", 8 + len(inside)) + b"jumb" + inside


def app11(box: bytes, *, step: int = 400, instance: int = 1) -> list[bytes]:
    """A box over several APP11 segments, each repeating its header (ISO 19566-5, annex D.2)."""
    pieces = [box[:8] + box[at : at + step] for at in range(8, len(box), step)]
    return [segment(0xEB, b"JP" + struct.pack(">HI", instance, 1 + i) + piece) for i, piece in enumerate(pieces)]


def photoshop(iim: bytes) -> bytes:
    """One APP13 with a resolution resource, then IPTC-IIM."""
    other = b"8BIM" + struct.pack(">H", 0x03ED) + b"\0\0" + struct.pack(">I", 3) + b"abc\0"
    return segment(0xED, b"Photoshop 3.0\0" + other + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(iim)) + iim)


def _xmp_segment(text: bytes) -> bytes:
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + text)


# ---- PNG ----------------------------------------------------------------------------------------


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_with(*chunks: bytes, last: bool = False) -> bytes:
    """A small PNG with these chunks behind IHDR, or before IEND."""
    whole = encode(scene(48, 32), "PNG")
    at = len(whole) - 12 if last else 33
    return whole[:at] + b"".join(chunks) + whole[at:]


def itxt(text: bytes, *, keyword: bytes = b"XML:com.adobe.xmp", packed: bool = False) -> bytes:
    body = zlib.compress(text) if packed else text
    return png_chunk(b"iTXt", keyword + b"\0" + bytes([packed, 0]) + b"en\0\0" + body)


def raw_profile(kind: str, data: bytes) -> bytes:
    """As ImageMagick writes it."""
    body = f"\n{kind}\n{len(data):8d}\n{data.hex()}\n".encode()
    return png_chunk(b"zTXt", f"Raw profile type {kind}".encode() + b"\0\0" + zlib.compress(body))


# ---- the gallery --------------------------------------------------------------------------------

WHOLE: dict[str, Callable[[], bytes]] = {
    "plain.jpg": jpeg_with,
    "xmp.jpg": lambda: jpeg_with(_xmp_segment(PACKET)),
    "extended.jpg": lambda: jpeg_with(_xmp_segment(PACKET), *extended(packet(padding=3000), order=-1)),
    "c2pa.jpg": lambda: jpeg_with(*app11(jumbf(bytes(range(256)) * 8))),
    "iptc.jpg": lambda: jpeg_with(photoshop(IIM)),
    "plain.png": png_with,
    "xmp.png": lambda: png_with(itxt(PACKET)),
    "xmp-packed.png": lambda: png_with(itxt(PACKET, packed=True)),
    "xmp-last.png": lambda: png_with(itxt(PACKET), last=True),
    "xmp-magick.png": lambda: png_with(raw_profile("xmp", PACKET)),
    "c2pa.png": lambda: png_with(png_chunk(b"caBX", jumbf(b"manifest" * 20))),
}

HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "fill-forever.jpg": (lambda: b"\xff\xd8" + b"\xff" * 5_000_000, "before its first scan"),
    "restarts-forever.jpg": (lambda: b"\xff\xd8" + b"\xff\xd0" * 1_000_000, "segments before"),
    "segment-past-the-end.jpg": (lambda: jpeg_with()[:20] + b"\xff\xe1\xff\xff", "which is not so"),
    "segment-of-nothing.jpg": (lambda: jpeg_with(b"\xff\xe1\0\0"), "which is not so"),
    "junk-between.jpg": (lambda: jpeg_with(b"junk"), "no marker"),
    "extended-with-a-hole.jpg": (lambda: jpeg_with(*extended(packet(padding=3000))[1:]), "not whole"),
    "extended-doubled.jpg": (lambda: jpeg_with(*extended(packet(padding=3000)) * 2), "not whole"),
    "extended-misnamed.jpg": (lambda: jpeg_with(*extended(PACKET, guid="0" * 32)), "digest names"),
    "extended-short.jpg": (lambda: jpeg_with(segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0")), "too short"),
    "box-piece-lost.jpg": (lambda: jpeg_with(*app11(jumbf(bytes(2000)))[:-1]), "declares"),
    "box-short.jpg": (lambda: jpeg_with(segment(0xEB, b"JP\0\1")), "too short"),
    "resource-lies.jpg": (lambda: jpeg_with(segment(0xED, b"Photoshop 3.0\x008BIM\4\4\0\0\xff\xff\xff\xff")), "APP13"),
    "chunk-of-4-GiB.png": (lambda: png_with(b"\xff\xff\xff\xffiTXt"), "which is not so"),
    "chunks-forever.png": (lambda: png_with(png_chunk(b"tIME", b"") * 210_000), "more than 200,000 chunks"),
    "wrong-checksum.png": (lambda: png_with(itxt(PACKET)[:-1] + b"!"), "checksum"),
    "text-bomb.png": (lambda: png_with(itxt(bytes(200_000_000), packed=True)), "made to cost"),
    "text-cut.png": (lambda: png_with(png_chunk(b"zTXt", b"Raw profile type xmp\0\0" + b"x\x9c")), "ends before"),
    "text-not-zlib.png": (lambda: png_with(png_chunk(b"zTXt", b"Comment\0\0nonsense")), "not the zlib data"),
    "text-without-ends.png": (lambda: png_with(png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0")), "does not end"),
    "profile-lies.png": (lambda: png_with(png_chunk(b"tEXt", b"Raw profile type xmp\0\nxmp\n 9\n00\n")), "declares"),
    "profile-not-hex.png": (lambda: png_with(png_chunk(b"tEXt", b"Raw profile type xmp\0zzz")), "not the profile"),
}
