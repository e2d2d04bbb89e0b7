"""What kind of thing some bytes are: by their first bytes, then by the name, then by being text.

Signatures: JPEG (T.81 B.1.1.3), PNG (ISO 15948 5.2), GIF89a, WebP (RFC 9649 2.4), BMP, TIFF 6.0, ISO-BMFF brands
of AVIF and HEIF, JPEG XL (ISO 18181-2), JPEG 2000.
"""

from __future__ import annotations

from placet.clearance.rows import Part, PartKind
from placet.core.declaration import Problem

__all__ = ["IMAGE_SUFFIXES", "MAX_BYTES", "TEXT_SUFFIXES", "file_part", "text_part", "too_large"]

MAX_BYTES = 1 << 30
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


def file_part(name: str, data: bytes | memoryview, where: str) -> tuple[tuple[Part, ...], tuple[Problem, ...]]:
    """The part that a file or member is, with what is wrong with it."""
    if not data:
        return (), (Problem(where, "row.incomplete", f"{where} is empty."),)
    suffix = name.rpartition(".")[2].lower()
    if _is_image(bytes(data[:16])) or suffix in IMAGE_SUFFIXES:
        return (Part(name, PartKind.IMAGE, data),), ()
    if suffix in TEXT_SUFFIXES:
        return text_part(name, data, where)
    kind = PartKind.TEXT if _is_text(data) else PartKind.OTHER
    return (Part(name, kind, data),), ()


def text_part(name: str, data: bytes | memoryview, where: str) -> tuple[tuple[Part, ...], tuple[Problem, ...]]:
    """A text; when it is not UTF-8, its exact bytes can still be compared, and the row is told so."""
    try:
        str(data, "utf-8")
    except UnicodeDecodeError as error:
        why = f"{where} is not UTF-8 at byte {error.start}."
        return (Part(name, PartKind.OTHER, data),), (Problem(where, "media.unreadable", why),)
    return (Part(name, PartKind.TEXT, data),), ()


def too_large(where: str, size: int) -> Problem:
    why = f"{where} has {size:,} bytes, more than the limit of {MAX_BYTES:,}."
    return Problem(where, "media.too-large", why)


def _is_image(head: bytes) -> bool:
    if head.startswith(_MAGIC) or head.startswith(_BOXES):
        return True
    if head[:4] == b"RIFF":
        return head[8:12] == b"WEBP"
    if head[:2] == b"BM":  # the reserved zeros tell a bitmap from a text that begins so
        return len(head) >= 10 and head[6:10] == b"\0\0\0\0"
    return head[4:8] == b"ftyp" and head[8:12] in _BRANDS


def _is_text(data: bytes | memoryview) -> bool:
    """The first 4 kB decide at once against what is plainly binary."""
    if b"\0" in bytes(data[:4096]):
        return False
    try:
        return "\0" not in str(data, "utf-8")
    except UnicodeDecodeError:
        return False
