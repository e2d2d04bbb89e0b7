"""Edits of pictures, as people and platforms make them: each a function from a picture to a picture.

`EDITS` lists them by name; each takes an RGB picture and a random generator, and gives an RGB picture. What is put
beside or around the picture comes from the generator, or from `beside`, so that an edit is the same on every run.
"""

from __future__ import annotations

import io
import math
import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

__all__ = ["EDITS", "Edit", "collage", "crop", "encode", "half_collage"]

Edit = Callable[[Image.Image, random.Random], Image.Image]

_WORDS = ("WHEN", "YOU", "SAID", "NO", "AND", "THEY", "TOOK", "IT", "ANYWAY", "NOBODY", "ASKED", "THE", "PAINTER")


def encode(picture: Image.Image, quality: int = 85) -> bytes:
    """The picture as a JPEG."""
    saved = io.BytesIO()
    picture.save(saved, "JPEG", quality=quality)
    return saved.getvalue()


def crop(picture: Image.Image, rng: random.Random, *, share: float) -> Image.Image:
    """A window of this share of the area, with the picture's own shape, anywhere inside."""
    width, height = (round(side * math.sqrt(share)) for side in picture.size)
    left, top = rng.randint(0, picture.width - width), rng.randint(0, picture.height - height)
    return picture.crop((left, top, left + width, top + height))


def half_collage(picture: Image.Image, rng: random.Random, *, beside: Sequence[Image.Image] = ()) -> Image.Image:
    """Side by side with another picture."""
    width, height = picture.size
    other = ImageOps.fit(_other(beside, rng, picture.size), (width, height))
    sheet = Image.new("RGB", (2 * width, height))
    first = rng.randrange(2)
    sheet.paste(picture, (width * first, 0))
    sheet.paste(other, (width * (1 - first), 0))
    return sheet


def collage(picture: Image.Image, rng: random.Random, *, beside: Sequence[Image.Image] = ()) -> Image.Image:
    """One of four, cut to the sheet's shape: two above, two below."""
    width, height = picture.size
    sheet = Image.new("RGB", (2 * width, 2 * height))
    place = rng.randrange(4)
    for number in range(4):
        shown = picture if number == place else ImageOps.fit(_other(beside, rng, picture.size), picture.size)
        sheet.paste(shown, (width * (number % 2), height * (number // 2)))
    return sheet.resize(picture.size, Image.Resampling.LANCZOS)


def _other(beside: Sequence[Image.Image], rng: random.Random, size: tuple[int, int]) -> Image.Image:
    if beside:
        return rng.choice(beside)
    coarse = Image.frombytes("RGB", (12, 9), rng.randbytes(12 * 9 * 3))
    return coarse.resize(size, Image.Resampling.BICUBIC)


def _caption(picture: Image.Image, rng: random.Random) -> Image.Image:
    """A white bar of a fifth of the height with words, above or below."""
    bar = picture.height // 5
    above = rng.randrange(2)
    sheet = Image.new("RGB", (picture.width, picture.height + bar), "white")
    sheet.paste(picture, (0, bar * above))
    _write(sheet, rng, (0, 0 if above else picture.height), bar, "black")
    return sheet


def _overlay(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Words over the picture, above and below, as in a meme."""
    sheet = picture.copy()
    for top in (picture.height // 40, picture.height - picture.height // 6):
        _write(sheet, rng, (picture.width // 12, top), picture.height // 7, "white")
    return sheet


def _write(sheet: Image.Image, rng: random.Random, at: tuple[int, int], high: int, ink: str) -> None:
    font = ImageFont.load_default(size=max(8, high * 2 // 5))
    words = " ".join(rng.sample(_WORDS, 5))
    ImageDraw.Draw(sheet).text((at[0] + high // 3, at[1] + high // 4), words, ink, font=font, stroke_width=1)


def _rotate(picture: Image.Image, rng: random.Random, *, degrees: float) -> Image.Image:
    """Turned about its middle, the corners black, the sheet as large as before."""
    return picture.rotate(degrees * rng.choice((-1, 1)), Image.Resampling.BICUBIC, expand=False)


def _quarter(picture: Image.Image, rng: random.Random) -> Image.Image:
    return picture.transpose(rng.choice((Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270)))


def _screenshot(picture: Image.Image, rng: random.Random) -> Image.Image:
    """In a window on a grey desk: a bar with buttons, a margin, the picture at some size."""
    scale = rng.uniform(0.5, 0.8)
    small = picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.BICUBIC)
    sheet = Image.new("RGB", picture.size, (58, 60, 66))
    left, top = rng.randint(0, picture.width - small.width), rng.randint(0, picture.height - small.height)
    ImageDraw.Draw(sheet).rectangle((0, 0, picture.width, picture.height // 18), fill=(224, 226, 230))
    sheet.paste(small, (left, top))
    return sheet


def _perspective(picture: Image.Image, rng: random.Random) -> Image.Image:
    """As if photographed from the side: each corner moved inwards by up to a tenth."""
    width, height = picture.size
    corners = ((0, 0), (0, height), (width, height), (width, 0))
    quad: list[float] = []
    for x, y in corners:
        quad.append(x + rng.uniform(0, 0.1) * width * (1 if x == 0 else -1))
        quad.append(y + rng.uniform(0, 0.1) * height * (1 if y == 0 else -1))
    return picture.transform(picture.size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC)


def _colours(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Saturation, contrast and brightness off, red and blue pulled apart."""
    shifted = ImageEnhance.Color(picture).enhance(rng.uniform(0.4, 1.8))
    shifted = ImageEnhance.Contrast(shifted).enhance(rng.uniform(0.75, 1.3))
    shifted = ImageEnhance.Brightness(shifted).enhance(rng.uniform(0.8, 1.2))
    red, green, blue = shifted.split()
    lift, drop = rng.uniform(1.0, 1.2), rng.uniform(0.8, 1.0)
    return Image.merge(
        "RGB", (red.point(lambda v: min(255, int(v * lift))), green, blue.point(lambda v: int(v * drop)))
    )


def _heavy(picture: Image.Image, rng: random.Random) -> Image.Image:
    """JPEG at quality 15."""
    with Image.open(io.BytesIO(encode(picture, 15))) as opened:
        return opened.convert("RGB")


def _mirrored_crop(picture: Image.Image, rng: random.Random) -> Image.Image:
    return ImageOps.mirror(crop(picture, rng, share=0.7))


EDITS: Mapping[str, Edit] = {
    "crop to 90 %": partial(crop, share=0.9),
    "crop to 80 %": partial(crop, share=0.8),
    "crop to 50 %": partial(crop, share=0.5),
    "crop to 30 %": partial(crop, share=0.3),
    "collage of two": half_collage,
    "collage of four": collage,
    "caption bar": _caption,
    "words over it": _overlay,
    "turned by 3 degrees": partial(_rotate, degrees=3),
    "turned by 15 degrees": partial(_rotate, degrees=15),
    "turned by 90 degrees": _quarter,
    "screenshot": _screenshot,
    "perspective": _perspective,
    "JPEG q15": _heavy,
    "colours shifted": _colours,
    "crop to 70 %, mirrored": _mirrored_crop,
}
