"""A sheet of paper twice too large, and the few strokes that the drawings are made of."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

__all__ = ["Point", "Sheet", "blob", "leaf", "mix", "rgb", "ridge", "star"]

Point = tuple[float, float]
_FINE = 2  # drawn at twice the size, then reduced: smooth edges without a drawing library


def rgb(colour: str) -> tuple[int, int, int]:
    """`"e07a5f"` as three numbers."""
    return int(colour[0:2], 16), int(colour[2:4], 16), int(colour[4:6], 16)


def mix(first: str, second: str, share: float) -> str:
    """`share` of the way from one colour to another."""
    pairs = zip(rgb(first), rgb(second), strict=True)
    return "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


class Sheet:
    """Coordinates are those of the finished picture."""

    def __init__(self, width: int, height: int, paper: str) -> None:
        self.width, self.height = width, height
        self.image = Image.new("RGB", (width * _FINE, height * _FINE), rgb(paper))
        self._pen = ImageDraw.Draw(self.image)

    def gradient(self, top: float, bottom: float, colours: Sequence[str]) -> None:
        """Bands of colour that run into each other from `top` down to `bottom`."""
        rows = np.linspace(0, len(colours) - 1, round((bottom - top) * _FINE))
        known = np.array([rgb(colour) for colour in colours], dtype=float)
        places = np.arange(len(colours))
        column = np.stack([np.interp(rows, places, known[:, part]) for part in range(3)], axis=1)
        band = np.repeat(column[:, None, :], self.image.width, axis=1)
        self.image.paste(Image.fromarray(band.astype(np.uint8)), (0, round(top * _FINE)))

    def area(self, points: Iterable[Point], colour: str) -> None:
        self._pen.polygon([_up(point) for point in points], fill=rgb(colour))

    def line(self, points: Iterable[Point], colour: str, width: float = 2) -> None:
        pen = max(1, round(width * _FINE))
        self._pen.line([_up(point) for point in points], fill=rgb(colour), width=pen, joint="curve")

    def disc(self, at: Point, radius: float, colour: str, *, squash: float = 1.0) -> None:
        self._pen.ellipse(_box(at, radius, radius * squash), fill=rgb(colour))

    def ring(self, at: Point, radius: float, colour: str, width: float = 2, *, squash: float = 1.0) -> None:
        pen = max(1, round(width * _FINE))
        self._pen.ellipse(_box(at, radius, radius * squash), outline=rgb(colour), width=pen)

    def slice(self, at: Point, radius: float, start: float, end: float, colour: str) -> None:
        self._pen.pieslice(_box(at, radius, radius), start, end, fill=rgb(colour))

    def arc(self, at: Point, radius: float, span: tuple[float, float], colour: str, width: float = 2) -> None:
        pen = max(1, round(width * _FINE))
        self._pen.arc(_box(at, radius, radius), *span, fill=rgb(colour), width=pen)

    def box(self, left: float, top: float, right: float, bottom: float, colour: str) -> None:
        self._pen.rectangle([_up((left, top)), _up((right, bottom))], fill=rgb(colour))

    def dots(self, box: tuple[float, float, float, float], step: float, radius: float, colour: str) -> None:
        """A halftone: staggered rows of dots."""
        left, top, right, bottom = box
        for number in range(int((bottom - top) / step) + 1):
            x = left + (step / 2 if number % 2 else 0)
            while x <= right:
                self.disc((x, top + number * step), radius, colour)
                x += step

    def shadow(self, shapes: Iterable[Sequence[Point]], blur: float, dark: float, shift: Point) -> None:
        """What cut-out shapes throw on the sheets below them; blurred small, since a shadow has no detail."""
        small = Image.new("L", (self.width // 2, self.height // 2), 0)
        pen = ImageDraw.Draw(small)
        for points in shapes:
            pen.polygon([((x + shift[0]) / 2, (y + shift[1]) / 2) for x, y in points], fill=round(255 * dark))
        soft = small.filter(ImageFilter.BoxBlur(blur / 2)).resize(self.image.size, Image.Resampling.BILINEAR)
        self.image.paste((12, 14, 24), (0, 0, *self.image.size), soft)

    def finish(self, grain: float, rng: random.Random) -> Image.Image:
        """At its true size, with the grain of paper."""
        picture = self.image.resize((self.width, self.height), Image.Resampling.LANCZOS)
        noise = np.random.default_rng(rng.randrange(2**32)).normal(0, grain, (self.height, self.width, 1))
        grained = np.asarray(picture, dtype=float) + noise
        return Image.fromarray(np.clip(grained, 0, 255).astype(np.uint8))


def _up(point: Point) -> tuple[int, int]:
    return round(point[0] * _FINE), round(point[1] * _FINE)


def _box(at: Point, across: float, down: float) -> list[tuple[int, int]]:
    return [_up((at[0] - across, at[1] - down)), _up((at[0] + across, at[1] + down))]


def ridge(rng: random.Random, width: int, level: float, rough: float, step: int = 12) -> list[Point]:
    """A skyline from left to right: a few waves of random phase."""
    waves = [(rng.uniform(0.6, 1.4) * n, rng.uniform(0, math.tau), rough / n**1.1) for n in (1, 2, 3, 5, 9, 17)]
    return [
        (x, level + sum(high * math.sin(math.tau * turns * x / width + phase) for turns, phase, high in waves))
        for x in range(-step, width + 2 * step, step)
    ]


def blob(rng: random.Random, at: Point, radius: float, wobble: float, corners: int = 90) -> list[Point]:
    """A closed, uneven round."""
    waves = [(n, rng.uniform(0, math.tau), wobble / n) for n in (2, 3, 4, 7, 11)]
    outline = []
    for corner in range(corners):
        turn = math.tau * corner / corners
        reach = radius * (1 + sum(high * math.sin(n * turn + phase) for n, phase, high in waves))
        outline.append((at[0] + reach * math.cos(turn), at[1] + reach * math.sin(turn)))
    return outline


def leaf(root: Point, tip: Point, belly: float) -> list[Point]:
    """The outline of a leaf from its root to its tip."""
    (x, y), (across, down) = root, (tip[0] - root[0], tip[1] - root[1])
    side = []
    for step in range(17):
        along = step / 16
        out = belly * math.sin(math.pi * along**0.8)
        side.append((along, out))
    left = [(x + across * a - down * o, y + down * a + across * o) for a, o in side]
    right = [(x + across * a + down * o, y + down * a - across * o) for a, o in reversed(side)]
    return left + right


def star(at: Point, outer: float, inner: float, points: int, turn: float = 0.0) -> list[Point]:
    """A star with `points` points, the first one upwards when `turn` is 0."""
    outline = []
    for corner in range(2 * points):
        reach = inner if corner % 2 else outer
        angle = turn - math.pi / 2 + math.pi * corner / points
        outline.append((at[0] + reach * math.cos(angle), at[1] + reach * math.sin(angle)))
    return outline
