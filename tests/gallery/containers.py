"""Files with and without metadata, made in memory, and hostile ones: `WHOLE` and `HOSTILE` map names to makers."""

from __future__ import annotations

import hashlib
import io
import struct
import wave
import zipfile
import zlib
from collections.abc import Callable

from tests.gallery.media import encode, scene

__all__ = [
    "HOSTILE",
    "IIM",
    "INFO",
    "OPF",
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
INFO = b"<< /Title (Leaves" + b" of grass" * 20 + b") >>"
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


# ---- TIFF, GIF, WebP ----------------------------------------------------------------------------


def tiff(*entries: tuple[int, int, int, int], order: str = "<", wide: bool = False, tail: bytes = b"") -> bytes:
    """One page of 2 x 2 grey pixels, and these (tag, type, count, value) entries; `tail` lies at byte 1000."""
    plain = [(256, 3, 1, 2), (257, 3, 1, 2), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 990)]
    plain += [(277, 3, 1, 1), (278, 3, 1, 2), (279, 4, 1, 4)]
    magic = b"II" if order == "<" else b"MM"
    if wide:
        head = magic + struct.pack(order + "HHHQ", 43, 8, 0, 16)
        count, form, following = struct.pack(order + "Q", len(plain) + len(entries)), "HHQ", bytes(8)
    else:
        head = magic + struct.pack(order + "HI", 42, 8)
        count, form, following = struct.pack(order + "H", len(plain) + len(entries)), "HHI", bytes(4)
    value = {True: {3: "H6x", 4: "I4x"}, False: {3: "H2x", 4: "I"}}[wide]
    rows = [
        struct.pack(order + form + (value.get(e[1], "Q" if wide else "I") if e[2] == 1 else "Q" if wide else "I"), *e)
        for e in sorted([*plain, *entries])
    ]
    body = head + count + b"".join(rows) + following
    return body.ljust(990, b"\0") + b"\1\2\3\4" + bytes(6) + tail


def gif_with(*extensions: bytes, trailer: bytes = b"\x3b") -> bytes:
    return encode(scene(48, 32), "GIF")[:-1] + b"".join(extensions) + trailer


def gif_xmp(text: bytes) -> bytes:
    return b"\x21\xff\x0bXMP DataXMP" + text + b"\1" + bytes(range(255, -1, -1)) + b"\0"


def sub_blocks(data: bytes) -> bytes:
    return b"".join(bytes([len(data[i : i + 255])]) + data[i : i + 255] for i in range(0, len(data), 255)) + b"\0"


def riff_chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def riff_with(whole: bytes, *chunks: bytes) -> bytes:
    """A RIFF file with these chunks at its end."""
    body = whole[8:] + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def webp(**options: object) -> bytes:
    return encode(scene(48, 32), "WEBP", **options)


# ---- audio --------------------------------------------------------------------------------------

MPEG = (b"\xff\xfb\x90\x00" + bytes(413)) * 4
FLAC_FRAMES = b"\xff\xf8 frames of audio"


def wav() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(range(256)) * 4)
    return out.getvalue()


def syncsafe(size: int) -> bytes:
    return bytes([size >> 21 & 0x7F, size >> 14 & 0x7F, size >> 7 & 0x7F, size & 0x7F])


def id3_frame(name: bytes, body: bytes, *, major: int = 4, flags: int = 0) -> bytes:
    if major == 2:
        return name + len(body).to_bytes(3, "big") + body
    size = syncsafe(len(body)) if major == 4 else struct.pack(">I", len(body))
    return name + size + struct.pack(">H", flags) + body


def id3_tag(*frames: bytes, major: int = 4, flags: int = 0, padding: int = 0) -> bytes:
    body = b"".join(frames) + bytes(padding)
    return b"ID3" + bytes([major, 0, flags]) + syncsafe(len(body)) + body


def comments(*texts: str) -> bytes:
    sized = [struct.pack("<I", len(text.encode())) + text.encode() for text in texts]
    return struct.pack("<I", 4) + b"test" + struct.pack("<I", len(texts)) + b"".join(sized)


def flac(*texts: str) -> bytes:
    body = comments(*texts)
    blocks = [(0, bytes(34))] + ([(4, body)] if texts else []) + [(1, bytes(20))]
    heads = [bytes([kind | 0x80 * (kind == 1)]) + len(data).to_bytes(3, "big") + data for kind, data in blocks]
    return b"fLaC" + b"".join(heads) + FLAC_FRAMES


def ogg_page(body: bytes, *, flags: int = 0, serial: int = 7, ends: bool = True) -> bytes:
    lacing = [255] * (len(body) // 255) + ([len(body) % 255] if ends else [])
    return b"OggS\0" + struct.pack("<BqIIIB", flags, 0, serial, 0, 0, len(lacing)) + bytes(lacing) + body


def ogg(first: bytes, second: bytes) -> bytes:
    """A stream whose second packet is cut over two pages, and a page of sound."""
    cut = len(second) // 2 // 255 * 255
    pages = [ogg_page(second[:cut], ends=False), ogg_page(second[cut:], flags=1)] if cut else [ogg_page(second)]
    return ogg_page(first, flags=2) + b"".join(pages) + ogg_page(b"sound")


# ---- EPUB ---------------------------------------------------------------------------------------

OPF = (
    b'<package xmlns="http://www.idpf.org/2007/opf" version="3.0" prefix="tdm: http://www.w3.org/ns/tdmrep#">'
    b'<metadata><meta property="tdm:reservation">1</meta></metadata></package>'
)
CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
    '<rootfile full-path="{}" media-type="application/oebps-package+xml"/></rootfiles></container>'
)


def epub(*, opf: bytes = OPF, path: str = "OEBPS/content.opf", container: str = "", **more: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr(zipfile.ZipInfo("mimetype"), b"application/epub+zip", zipfile.ZIP_STORED)
        book.writestr("META-INF/container.xml", container or CONTAINER.format(path))
        book.writestr("OEBPS/content.opf", opf)
        for name, data in more.items():
            book.writestr(name.replace("_SLASH_", "/"), data)
    return out.getvalue()


# ---- PDF ----------------------------------------------------------------------------------------


def pdf(*extra: bytes, catalog: bytes = b"", trailer: bytes = b"") -> bytes:
    """A page without content, with a table; `extra` are objects from number 4 on, dictionaries and streams."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (en (nested \\) ) ) " + catalog + b" >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 10 10] >>",
        *extra,
    ]
    out, rows = b"%PDF-1.7\n", b"0000000000 65535 f \n"
    for number, body in enumerate(objects, 1):
        rows += b"%010d 00000 n \n" % len(out)
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"xref\n0 %d\n" % (len(objects) + 1) + rows
    ending = b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        trailer,
        len(out),
    )
    return out + table + ending


def pdf_stream(data: bytes, entries: bytes = b"/Type /Metadata /Subtype /XML", length: bytes = b"") -> bytes:
    return b"<< %s /Length %s >>\nstream\n%s\nendstream" % (entries, length or b"%d" % len(data), data)


def pdf_packed(packet_ref: bytes = b"") -> bytes:
    """A document of PDF 1.5: catalog, pages and information in an object stream, and a cross-reference stream."""
    inside = [
        (1, b"<< /Type /Catalog /Pages 2 0 R " + packet_ref + b" >>"),
        (2, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"),
        (3, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 10 10] >>"),
        (6, INFO),
    ]
    index, body = b"", b""
    for number, text in inside:
        index += b"%d %d " % (number, len(body))
        body += text + b" "
    packed = zlib.compress(index + body)
    entries = b"/Type /ObjStm /N 4 /First %d /Filter /FlateDecode" % len(index)
    out = b"%PDF-1.5\n"
    places = {4: len(out)}
    out += b"4 0 obj\n" + pdf_stream(packed, entries) + b"\nendobj\n"
    if packet_ref:
        places[7] = len(out)
        out += b"7 0 obj\n" + pdf_stream(PACKET) + b"\nendobj\n"
    places[5] = len(out)
    kinds = {number: (2, 4, index) for index, (number, _) in enumerate(inside)}
    kinds |= {number: (1, place, 0) for number, place in places.items()}
    rows = b"".join(struct.pack(">BIB", *kinds.get(number, (0, 0, 0))) for number in range(8))
    entries = b"/Type /XRef /Size 8 /W [1 4 1] /Root 1 0 R /Info 6 0 R /Filter [/FlateDecode]"
    return (
        out
        + b"5 0 obj\n"
        + pdf_stream(zlib.compress(rows), entries)
        + (b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % places[5])
    )


def _lying_epub() -> bytes:
    """The directory says that the package document is small."""
    whole = epub(opf=bytes(60_000_000))
    return whole.replace(struct.pack("<I", 60_000_000), struct.pack("<I", 100))


def _doubled_epub() -> bytes:
    whole = epub(**{"OEBPS_SLASH_Content.opf": OPF})
    return whole.replace(b"OEBPS/Content.opf", b"OEBPS/content.opf")


def _flagged_epub() -> bytes:
    """Bit 0 of the flags, in the directory entry of the package document."""
    whole = bytearray(epub())
    at = whole.rindex(b"OEBPS/content.opf") - 46 + 8
    whole[at] |= 1
    return bytes(whole)


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
    "plain.webp": webp,
    "lossless.webp": lambda: webp(lossless=True),
    "xmp.webp": lambda: webp(xmp=PACKET),
    "c2pa.webp": lambda: riff_with(webp(xmp=PACKET), riff_chunk(b"C2PA", jumbf(b"manifest" * 20))),
    "plain.tiff": tiff,
    "xmp.tiff": lambda: tiff((700, 1, len(PACKET), 1000), tail=PACKET),
    "big-endian.tiff": lambda: tiff((700, 7, len(PACKET), 1000), order=">", tail=PACKET),
    "wide.tiff": lambda: tiff((700, 1, len(PACKET), 1000), wide=True, tail=PACKET),
    "iptc.tiff": lambda: tiff((33723, 7, len(IIM), 1000), tail=IIM),
    "photoshop.tiff": lambda: tiff((34377, 7, len(photoshop(IIM)) - 18, 1000), tail=photoshop(IIM)[18:]),
    "plain.gif": gif_with,
    "xmp.gif": lambda: gif_with(gif_xmp(PACKET)),
    "xmp-in-sub-blocks.gif": lambda: gif_with(b"\x21\xff\x0bXMP DataXMP" + sub_blocks(PACKET)),
    "c2pa.gif": lambda: gif_with(b"\x21\xff\x0bC2PA_GIF\1\0\0" + sub_blocks(jumbf(bytes(600)))),
    "plain.wav": wav,
    "xmp.wav": lambda: riff_with(wav(), riff_chunk(b"_PMX", PACKET)),
    "info.wav": lambda: riff_with(wav(), riff_chunk(b"LIST", b"INFO" + riff_chunk(b"ICOP", b"(c) Her" * 20 + b"\0"))),
    "id3.wav": lambda: riff_with(wav(), riff_chunk(b"id3 ", id3_tag(id3_frame(b"TCOP", b"\3" + b"Her " * 40)))),
    "plain.mp3": lambda: MPEG,
    "xmp.mp3": lambda: id3_tag(id3_frame(b"PRIV", b"XMP\0" + PACKET), padding=100) + MPEG,
    "said.mp3": lambda: (
        id3_tag(
            id3_frame(b"TIT2", b"\3Song"),
            id3_frame(b"TXXX", b"\3TDM\0" + b"no " * 40),
            id3_frame(b"COMM", b"\1eng\xff\xfea\0\0\0" + ("no " * 40).encode("utf-16")),
            id3_frame(b"WCOP", b"https://example.org/" + b"r" * 90),
        )
        + MPEG
    ),
    "unsynced.mp3": lambda: (
        id3_tag(id3_frame(b"TCOP", b"\0\xff" + b"h" * 200, major=3).replace(b"\xff", b"\xff\0"), major=3, flags=0x80)
        + MPEG
    ),
    "old.mp3": lambda: id3_tag(id3_frame(b"TXX", b"\0TDM\0" + b"no " * 40, major=2), major=2) + MPEG,
    "c2pa.mp3": lambda: (
        id3_tag(id3_frame(b"GEOB", b"\0application/x-c2pa-manifest-store\0c2pa\0\0" + jumbf(bytes(200)))) + MPEG
    ),
    "plain.flac": flac,
    "said.flac": lambda: flac("TITLE=Song", "copyright=" + "Her " * 40),
    "behind-id3.flac": lambda: id3_tag(id3_frame(b"TCOP", b"\3" + b"Her " * 40)) + flac("COPYRIGHT=" + "Her " * 40),
    "said.ogg": lambda: ogg(b"\x01vorbis", b"\x03vorbis" + comments("copyright=" + "Her " * 400) + b"\1"),
    "said.opus": lambda: ogg(b"OpusHead", b"OpusTags" + comments("copyright=" + "Her " * 40)),
    "said.oga": lambda: ogg(b"\x7fFLAC", b"\x84\0\0\0" + comments("copyright=" + "Her " * 40)),
    "plain.epub": epub,
    "c2pa.epub": lambda: epub(**{"META-INF_SLASH_content_credential.c2pa": jumbf(b"manifest" * 20)}),
    "plain.pdf": pdf,
    "xmp.pdf": lambda: pdf(pdf_stream(PACKET), catalog=b"/Metadata 4 0 R"),
    "xmp-packed.pdf": lambda: pdf(
        pdf_stream(zlib.compress(PACKET), b"/Type/Metadata/Subtype/XML/Filter/FlateDecode"), catalog=b"/Metadata 4 0 R"
    ),
    "xmp-measured-elsewhere.pdf": lambda: pdf(
        pdf_stream(PACKET, length=b"5 0 R"), b"%d" % len(PACKET), catalog=b"/Metadata 4 0 R"
    ),
    "info.pdf": lambda: pdf(INFO, trailer=b"/Info 4 0 R"),
    "packed.pdf": pdf_packed,
    "xmp-in-packed.pdf": lambda: pdf_packed(b"/Metadata 7 0 R"),
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
    "chunk-of-4-GiB.webp": (lambda: riff_with(webp(), b"XMP \xff\xff\xff\xff"), "which is not so"),
    "longer-than-itself.wav": (lambda: b"RIFF\xff\xff\xff\xffWAVE", "it has 12"),
    "chunks-forever.wav": (lambda: riff_with(wav(), b"abcd\0\0\0\0" * 210_000), "more than 200,000 chunks"),
    "round-in-a-circle.tiff": (lambda: b"II*\0\x08\0\0\0\0\0\x08\0\0\0", "circle"),
    "directory-outside.tiff": (lambda: b"II*\0\xff\xff\xff\xff", "TIFF directory at byte 4,294,967,295"),
    "packet-outside.tiff": (lambda: tiff((700, 1, 0xFFFFFFFF, 1000)), "needs 4,294,967,295 bytes"),
    "packet-of-no-type.tiff": (lambda: tiff((700, 99, 10, 1000)), "unknown type 99"),
    "narrow.tiff": (lambda: b"II+\0\x04\0\0\0" + bytes(20), "offsets of eight bytes"),
    "without-end.gif": (lambda: gif_with(trailer=b""), "A GIF block"),
    "junk-between.gif": (lambda: gif_with(b"junk"), "no block at byte"),
    "sub-blocks-forever.gif": (lambda: gif_with(b"\x21\xfe" + b"\1a" * 2_100_000), "sub-blocks"),
    "tag-longer-than-file.mp3": (lambda: b"ID3\4\0\0\x7f\x7f\x7f\x7f" + MPEG, "ID3 tag says"),
    "size-with-high-bit.mp3": (lambda: b"ID3\4\0\0\xff\0\0\0" + MPEG, "high bit"),
    "frame-past-the-tag.mp3": (lambda: id3_tag(b"TXXX\x7f\x7f\x7f\x7f\0\0ab") + MPEG, "ID3 frame TXXX"),
    "frame-bomb.mp3": (
        lambda: id3_tag(id3_frame(b"TXXX", bytes(4) + zlib.compress(bytes(200_000_000)), flags=0x09)) + MPEG,
        "made to cost",
    ),
    "frame-encrypted.mp3": (lambda: id3_tag(id3_frame(b"TCOP", b"\3Her", flags=4)) + MPEG, "is encrypted"),
    "frame-in-no-encoding.mp3": (lambda: id3_tag(id3_frame(b"TCOP", b"\x09Her")) + MPEG, "unknown encoding 9"),
    "frame-not-utf-8.mp3": (lambda: id3_tag(id3_frame(b"TCOP", b"\3\xff")) + MPEG, "is not the utf-8"),
    "frame-without-description.mp3": (lambda: id3_tag(id3_frame(b"TXXX", b"\3TDM")) + MPEG, "does not end"),
    "tags-forever.mp3": (lambda: id3_tag() * 100, "more than 16 ID3 tags"),
    "of-the-future.mp3": (lambda: id3_tag(major=5) + MPEG, "version 2.5"),
    "blocks-forever.flac": (lambda: b"fLaC" + b"\1\0\0\0" * 5_000, "more than 4,096"),
    "a-billion-comments.flac": (lambda: b"fLaC\x84\0\0\x08" + bytes(4) + b"\xff\xff\xff\x3f", "comments, more"),
    "comment-outside.flac": (lambda: b"fLaC\x84\0\0\x0c" + bytes(4) + b"\1\0\0\0\xff\xff\xff\xff", "needs"),
    "cut-in-comments.ogg": (lambda: WHOLE["said.ogg"]()[:900], "An Ogg page"),
    "packet-forever.ogg": (
        lambda: ogg_page(b"OpusHead", flags=2) + ogg_page(bytes(255 * 255), ends=False) * 300,
        "first packets",
    ),
    "bomb.epub": (lambda: epub(opf=bytes(200_000_000)), "at most 16,777,216"),
    "bomb-that-lies.epub": (_lying_epub, "made to cost"),
    "entities.epub": (
        lambda: epub(container='<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + CONTAINER.format("&b;")),
        "declares a document type",
    ),
    "outside-entity.epub": (
        lambda: epub(container='<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><a>&a;</a>'),
        "declares a document type",
    ),
    "deep.epub": (lambda: epub(container="<a>" * 10_000), "deeper"),
    "not-xml.epub": (lambda: epub(container="no"), "not well-formed"),
    "climbs-out.epub": (lambda: epub(path="../../etc/passwd"), "outside of the book"),
    "names-nothing.epub": (lambda: epub(container="<a/>"), "names no package document"),
    "names-a-ghost.epub": (lambda: epub(path="gone.opf"), "is not in the book"),
    "twice.epub": (_doubled_epub, "is there twice"),
    "cut.epub": (lambda: epub()[:-30], "cut short"),
    "encrypted.epub": (_flagged_epub, "is encrypted"),
    "bomb.pdf": (
        lambda: pdf(pdf_stream(zlib.compress(bytes(200_000_000)), b"/Type /Metadata /Filter /FlateDecode")),
        "made to cost",
    ),
    "other-filter.pdf": (lambda: pdf(pdf_stream(b"x", b"/Type /Metadata /Filter /LZWDecode")), "LZWDecode"),
    "encrypted.pdf": (lambda: pdf(pdf_stream(bytes(range(200)))), "is not XML"),
    "open-dictionaries.pdf": (lambda: b"%PDF-1.7\n" + b"1 0 obj<<" * 100_000 + b"%%EOF", "does not end"),
    "open-string.pdf": (lambda: b"%PDF-1.7\n1 0 obj<< /A " + b"(" * 3_000_000 + b"\n%%EOF", "does not end"),
    "lengths-lie.pdf": (lambda: b"%PDF-1.7\n" + b"1 0 obj<< /Length 900000>>stream\n" * 40_000, "cut short"),
    "cut.pdf": (lambda: pdf(pdf_stream(PACKET))[:-200], "cut short"),
}
