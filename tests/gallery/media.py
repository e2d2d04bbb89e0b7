"""Hostile and odd pictures, made in memory: `GALLERY` maps a name that says what is wrong to the bytes.

`python -m tests.gallery.media FOLDER` writes them to disk, for trying other tools on them.
"""

from __future__ import annotations

import io
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

__all__ = ["BROKEN", "GALLERY", "ODD", "encode", "exif_turned", "scene"]


def scene(width: int = 240, height: int = 160) -> Image.Image:
    """A small picture without symmetry, whose detail falls off with scale as a photograph's does."""
    random = np.random.default_rng(7)
    total = np.full((height, width, 3), 128.0)
    for octave, strength in enumerate((60, 45, 34, 25, 19, 14)):
        side = 3 << octave
        coarse = random.integers(0, 256, (side, side, 3), dtype=np.uint8)
        layer = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
        total += (np.asarray(layer) - 128.0) * strength / 128
    return Image.fromarray(total.clip(0, 255).astype(np.uint8))


def encode(image: Image.Image, kind: str, **options: object) -> bytes:
    """The file as bytes."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif_turned(orientation: int, kind: str = "JPEG", **options: object) -> bytes:
    """`scene()` stored so that a reader which obeys the orientation sees it upright."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = scene().transpose(undo[orientation]) if orientation in undo else scene()
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encode(stored, kind, exif=exif, **options)


def _jpeg(**options: object) -> bytes:
    return encode(scene(), "JPEG", quality=92, **options)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _png(width: int, height: int, depth: int, colour: int, rows: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _deep_rgb() -> bytes:
    """Pillow cannot write 16-bit RGB, so the rows are laid out by hand (PNG, third edition, 7.2)."""
    deep = np.asarray(scene()).astype(">u2") * 257
    return _png(240, 160, 16, 2, b"".join(b"\0" + row.tobytes() for row in deep))


def _deep_grey() -> bytes:
    grey = np.asarray(scene().convert("L")).astype(np.uint16) * 257
    return encode(Image.fromarray(grey), "PNG")


def _see_through() -> Image.Image:
    image = scene().convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return image


def _palette_alpha() -> bytes:
    indexed = scene().quantize(64)
    return encode(indexed, "PNG", transparency=bytes(range(0, 256, 4)))


def _keyed() -> bytes:
    return encode(scene().convert("L"), "PNG", transparency=128)


def _film(kind: str, **options: object) -> bytes:
    frames = [scene().rotate(turn) for turn in (0, 60, 120, 180, 240)]
    return encode(frames[0], kind, save_all=True, append_images=frames[1:], duration=50, **options)


def _many_scans() -> bytes:
    whole = _jpeg(progressive=True)
    at = whole.rindex(b"\xff\xda")
    return whole[:at] + whole[at:-2] * 200 + whole[-2:]


def _tiff_bomb() -> bytes:
    """A directory of 60000 x 60000 pixels (TIFF 6.0, section 2) and no pixels."""
    entries = [(256, 4, 1, 60000), (257, 4, 1, 60000), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)]
    entries += [(273, 4, 1, 8), (278, 4, 1, 60000), (279, 4, 1, 100)]
    body = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<I", 8) + body + bytes(4)


ODD: dict[str, Callable[[], bytes]] = {
    "plain.jpg": _jpeg,
    "progressive.jpg": lambda: _jpeg(progressive=True),
    "greyscale.jpg": lambda: encode(scene().convert("L"), "JPEG"),
    "cmyk.jpg": lambda: encode(scene().convert("CMYK"), "JPEG", quality=95),
    "rgb-not-ycc.jpg": lambda: _jpeg(keep_rgb=True),
    "garbage-tail.jpg": lambda: _jpeg() + b"\0garbage\xff\xd8\xff" * 50,
    "plain.png": lambda: encode(scene(), "PNG"),
    "deep-grey.png": _deep_grey,
    "deep-rgb.png": _deep_rgb,
    "palette-alpha.png": _palette_alpha,
    "palette.png": lambda: encode(scene().quantize(64), "PNG"),
    "keyed-transparency.png": _keyed,
    "see-through.png": lambda: encode(_see_through(), "PNG"),
    "grey-alpha.png": lambda: encode(_see_through().convert("LA"), "PNG"),
    "one-bit.png": lambda: encode(scene().convert("1"), "PNG"),
    "animated.png": lambda: _film("PNG"),
    "animated.gif": lambda: _film("GIF"),
    "animated.webp": lambda: _film("WEBP", lossless=True),
    "still.webp": lambda: encode(scene(), "WEBP", quality=90),
    "plain.tiff": lambda: encode(scene(), "TIFF"),
    "lzw.tiff": lambda: encode(scene(), "TIFF", compression="tiff_lzw"),
    "plain.bmp": lambda: encode(scene(), "BMP"),
    "one-pixel.png": lambda: encode(scene(1, 1), "PNG"),
    "one-pixel.jpg": lambda: encode(scene(1, 1), "JPEG"),
    "sliver.png": lambda: encode(scene(1, 10_000), "PNG"),
    "sliver.jpg": lambda: encode(scene(10_000, 1), "JPEG"),
}

BROKEN: dict[str, Callable[[], bytes]] = {
    "empty.jpg": lambda: b"",
    "three-bytes.jpg": lambda: b"\xff\xd8\xff",
    "html.jpg": lambda: b"<!doctype html><title>403 Forbidden</title>",
    "truncated.jpg": lambda: _jpeg()[:-500],
    "truncated-progressive.jpg": lambda: _jpeg(progressive=True)[:-500],
    "truncated-cmyk.jpg": lambda: ODD["cmyk.jpg"]()[:-500],
    "header-only.jpg": lambda: _jpeg()[:400],
    "many-scans.jpg": _many_scans,
    "truncated.png": lambda: encode(scene(), "PNG")[:-500],
    "bomb.png": lambda: _png(60_000, 60_000, 8, 2, b""),
    "bomb-sides.png": lambda: _png(100_000, 1, 8, 0, b""),
    "nothing.png": lambda: _png(0, 5, 8, 2, b""),
    "truncated.gif": lambda: encode(scene(), "GIF")[:-500],
    "truncated.webp": lambda: encode(scene(), "WEBP")[:-500],
    "truncated.tiff": lambda: encode(scene(), "TIFF")[:-5000],
    "bomb.tiff": _tiff_bomb,
    "truncated.bmp": lambda: encode(scene(), "BMP")[:-5000],
    "float.tiff": lambda: encode(scene().convert("F"), "TIFF"),
}

GALLERY = ODD | BROKEN


if __name__ == "__main__":
    for name, make in GALLERY.items():
        Path(sys.argv[1], name).write_bytes(make())
