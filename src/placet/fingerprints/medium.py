"""What kind of thing some bytes are: by content first, by name only where content is silent."""

from __future__ import annotations

from placet.core.work import Medium

__all__ = ["PICTURE_SUFFIXES", "TEXT_SUFFIXES", "medium_of"]

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"})
TEXT_SUFFIXES = frozenset({".txt", ".md", ".text", ".rst", ".caption"})

_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*")
_SAMPLE = 4096


def medium_of(data: bytes | memoryview, name: str) -> Medium:
    """A picture by its first bytes; a text by its name, or when it is UTF-8 without control characters."""
    head = bytes(data[:_SAMPLE])
    suffix = "." + name.rpartition(".")[2].lower() if "." in name else ""
    if head.startswith(_PICTURES) or _is_webp(head) or _is_bmp(head):
        return Medium.IMAGE
    if suffix in PICTURE_SUFFIXES:
        return Medium.IMAGE
    if suffix in TEXT_SUFFIXES or _is_text(head):
        return Medium.TEXT
    return Medium.OTHER


def _is_webp(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def _is_bmp(head: bytes) -> bool:
    return head[:2] == b"BM" and head[6:10] == b"\x00\x00\x00\x00"


def _is_text(head: bytes) -> bool:
    if not head.strip():
        return False
    try:
        head[: len(head) - _cut(head)].decode()
    except UnicodeDecodeError:
        return False
    return not any(byte < 9 or 13 < byte < 32 for byte in head)


def _cut(head: bytes) -> int:
    """How many bytes at the end belong to a character that the sample cut in two."""
    if len(head) < _SAMPLE:
        return 0
    for back in range(1, 4):
        if head[-back] >= 0xC0:
            return back
        if head[-back] < 0x80:
            return 0
    return 0
