"""Pictures, sounds and films that a field holds as text: base64 (RFC 4648, section 4), alone or in a `data:` URL."""

from __future__ import annotations

import base64
import binascii
import re

from placet.clearance.readers.sniff import is_media

__all__ = ["media_in"]

_HEAD = 24  # characters: 18 bytes, enough to know any kind by
_DATA = re.compile(r"data:[^,]{0,200};base64,", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z0-9+/_-]{24}")
_URL_SAFE = str.maketrans("-_", "+/")
_SPACES = str.maketrans("", "", " \t\r\n")


def media_in(text: str) -> bytes | None:
    """The bytes that a text stands for, where they begin as a picture, sound or film; None for any other text.

    ValueError where they begin so and cannot be decoded to their end.
    """
    head = text[:400].lstrip()
    found = _DATA.match(head)
    start = len(text) - len(text.lstrip()) + (found.end() if found else 0)
    if not _WORD.match(text, start) or not _begins_as_media(text[start : start + _HEAD]):
        if found:
            raise ValueError("is a data: address of something that is not read here")
        return None
    packed = text[start:].translate(_SPACES).translate(_URL_SAFE).rstrip("=")
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("begins as a picture, a sound or a film in base64, and does not end as one") from None


def _begins_as_media(word: str) -> bool:
    try:
        return is_media(base64.b64decode(word.translate(_URL_SAFE)))
    except binascii.Error:
        return False
