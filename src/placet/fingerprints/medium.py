"""What kind of thing some bytes are: by their first bytes, then by the name, then by being text.

Signatures: JPEG (T.81 B.1.1.3), PNG (ISO 15948 5.2), GIF89a, WebP (RFC 9649 2.4), BMP, TIFF 6.0, ISO-BMFF brands
of AVIF and HEIF, JPEG XL (ISO 18181-2), JPEG 2000; FLAC (RFC 9639), Ogg (RFC 3533), RIFF WAVE, AIFF, MP3.
"""

from __future__ import annotations

from placet.core.work import Medium

__all__ = ["IMAGE_SUFFIXES", "TEXT_SUFFIXES", "medium_of"]

IMAGE_SUFFIXES = frozenset(
    {
        "jpg",
        "jpeg",
        "jpe",
        "jfif",
        "png",
        "webp",
        "gif",
        "bmp",
        "tif",
        "tiff",
        "avif",
        "heic",
        "heif",
        "jxl",
        "jp2",
        "ppm",
        "pgm",
        "pbm",
        "tga",
        "ico",
    }
)
TEXT_SUFFIXES = frozenset(
    {
        "txt",
        "text",
        "caption",
        "md",
        "markdown",
        "rst",
        "tex",
        "html",
        "htm",
        "xhtml",
        "xml",
        "json",
        "csv",
        "tsv",
        "srt",
        "vtt",
    }
)

_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*", b"\xff\x0a\xff")
_BOXES = (b"\0\0\0\x0cJXL \r\n\x87\n", b"\0\0\0\x0cjP  \r\n\x87\n")
_BRANDS = frozenset({b"avif", b"avis", b"heic", b"heix", b"hevc", b"mif1", b"msf1"})


def medium_of(data: bytes | memoryview, name: str) -> Medium:
    """The medium of a file; whether it can be decoded is seen when it is."""
    suffix, head = name.rpartition(".")[2].lower(), bytes(data[:16])
    if _is_sound(head):
        return Medium.AUDIO
    if _is_film(head):
        return Medium.VIDEO
    if _is_image(head) or suffix in IMAGE_SUFFIXES:
        return Medium.IMAGE
    if suffix in TEXT_SUFFIXES or (len(data) and _is_text(data)):
        return Medium.TEXT
    return Medium.OTHER


def _is_image(head: bytes) -> bool:
    if head.startswith(_MAGIC) or head.startswith(_BOXES):
        return True
    if head[:4] == b"RIFF":
        return head[8:12] == b"WEBP"
    if head[:2] == b"BM":  # the reserved zeros tell a bitmap from a text that begins so
        return len(head) >= 10 and head[6:10] == b"\0\0\0\0"
    return head[4:8] == b"ftyp" and head[8:12] in _BRANDS


def _is_sound(head: bytes) -> bool:
    """WAV, AIFF, FLAC, Ogg, and MP3 with an ID3 tag or from its first frame (ISO 11172-3: Layer III)."""
    if head[:4] in (b"RIFF", b"RF64"):
        return head[8:12] == b"WAVE"
    if head[:4] == b"FORM":
        return head[8:12] in (b"AIFF", b"AIFC")
    return head[:4] in (b"fLaC", b"OggS") or head[:3] == b"ID3" or head[:2] in _LAYER_3


_LAYER_3 = frozenset(b"\xff" + bytes([second]) for second in (0xFB, 0xFA, 0xF3, 0xF2, 0xE3, 0xE2))


def _is_film(head: bytes) -> bool:
    """MP4 and QuickTime by their brands (ISO 14496-12), Matroska and WebM (RFC 8794), AVI."""
    if head[:4] == b"RIFF":
        return head[8:12] == b"AVI "
    return head[:4] == b"\x1a\x45\xdf\xa3" or (head[4:8] == b"ftyp" and head[8:12] in _FILMS)


_FILMS = frozenset({b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"qt  ", b"dash"})


def _is_text(data: bytes | memoryview) -> bool:
    """The first 4 kB decide at once against what is plainly binary."""
    if b"\0" in bytes(data[:4096]):
        return False
    try:
        return "\0" not in str(data, "utf-8")
    except UnicodeDecodeError:
        return False
