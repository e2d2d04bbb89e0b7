"""Small pictures for people: re-encoded, without metadata, upright."""

from __future__ import annotations

import io

from PIL import Image

from placet.fingerprints.decode import read_rgb

__all__ = ["thumbnail"]


def thumbnail(data: bytes | memoryview, side: int = 256) -> bytes:
    """A JPEG of at most `side` pixels a side; BadMedia when the picture cannot be decoded."""
    image = Image.fromarray(read_rgb(bytes(data), least=side))
    image.thumbnail((side, side))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=82)
    return out.getvalue()
