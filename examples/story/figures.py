"""Two with faces: a portrait in flat shapes, and a comic strip of a cat and the moon."""

from __future__ import annotations

import math
import random

from PIL import Image

from examples.story.brush import Point, Sheet, leaf, mix, star

__all__ = ["comic", "portrait"]


def portrait(rng: random.Random) -> Image.Image:
    """A woman with a green hat, in flat shapes, before a patterned wall."""
    sheet = Sheet(960, 1200, "d98c6a")
    for row in range(13):
        for column in range(11):
            at = (column * 96 + (48 if row % 2 else 0), row * 96)
            _motif(sheet, at, rng)
    sheet.area([(120, 1210), (190, 930), (360, 850), (620, 850), (790, 930), (860, 1210)], "274060")
    for number in range(15):
        x = 150 + number * 48
        sheet.line([(x, 1200), (380 + number * 15, 865)], "3f6a8a", 5)
    sheet.area([(400, 900), (410, 700), (570, 700), (585, 900), (490, 985)], "c27c58")
    sheet.area([(290, 430), (250, 700), (300, 890), (380, 850), (380, 450)], "2b1d22")
    sheet.area([(690, 430), (730, 690), (690, 880), (600, 850), (600, 450)], "2b1d22")
    face = [(330, 420), (322, 560), (350, 680), (420, 770), (490, 800), (560, 770), (632, 680), (660, 560), (650, 420)]
    sheet.area(face, "e8b088")
    sheet.area([(490, 420), (490, 800), (560, 770), (632, 680), (660, 560), (650, 420)], "d4926c")
    sheet.area([(490, 480), (455, 650), (490, 672), (520, 655)], "b9714e")
    _eyes(sheet)
    sheet.area([(428, 716), (462, 700), (490, 710), (520, 700), (556, 716), (490, 752)], "a4303f")
    sheet.line([(428, 716), (490, 722), (556, 716)], "6a1626", 4)
    for x, y in ((372, 650), (612, 650)):
        sheet.disc((x, y), 34, "df7f66")
    _hat(sheet, rng)
    for x in (322, 660):
        sheet.ring((x, 690), 26, "f2c14e", 8)
        sheet.disc((x, 734), 13, "f2c14e")
    for number in range(13):
        turn = math.pi * (0.16 + 0.68 * number / 12)
        sheet.disc((490 + 165 * math.cos(turn), 850 + 92 * math.sin(turn)), 15, ("f4efe2", "f2c14e")[number % 2])
    return sheet.finish(7, rng)


def _motif(sheet: Sheet, at: Point, rng: random.Random) -> None:
    x, y = at
    tint = rng.choice(("f2d0a4", "b85c4a", "f7e7c6", "7d3c42"))
    for turn in range(6):
        angle = turn * math.tau / 6
        sheet.area(leaf(at, (x + 40 * math.cos(angle), y + 40 * math.sin(angle)), 0.24), tint)
    sheet.disc(at, 9, "e9b949")


def _eyes(sheet: Sheet) -> None:
    for x, iris in ((415, "3c7a6a"), (568, "3c7a6a")):
        sheet.area(leaf((x - 48, 566), (x + 48, 562), 0.27), "fbf4e8")
        sheet.disc((x, 563), 20, iris)
        sheet.disc((x, 563), 9, "15121a")
        sheet.disc((x + 6, 557), 4, "ffffff")
        sheet.line([(x - 50, 564), (x - 22, 542), (x + 18, 540), (x + 50, 560)], "2b1d22", 6)
        sheet.line([(x - 54, 516), (x - 10, 498), (x + 50, 512)], "2b1d22", 10)


def _hat(sheet: Sheet, rng: random.Random) -> None:
    sheet.area([(300, 420), (330, 220), (420, 150), (560, 146), (650, 220), (690, 420)], "2f7d5b")
    sheet.area([(490, 148), (560, 146), (650, 220), (690, 420), (490, 420)], "25664b")
    sheet.area(leaf((150, 452), (840, 430), 0.11), "3a9a70")
    sheet.area([(300, 392), (314, 330), (676, 330), (688, 392)], "e9b949")
    for number in range(7):
        root = (610, 372)
        angle = -2.5 + number * 0.32
        long = rng.uniform(150, 230)
        tip = (root[0] + long * math.cos(angle), root[1] + long * math.sin(angle))
        sheet.area(leaf(root, tip, 0.12), ("c8553d", "f28f3b", "f7e7c6")[number % 3])
        sheet.line([root, tip], "7d2f22", 2.5)
    sheet.disc((610, 372), 26, "7d3c42")


def comic(rng: random.Random) -> Image.Image:
    """Four panels: a cat sees the moon, wants it, fetches it, and is kept awake by it."""
    sheet = Sheet(1400, 1000, "fbf7ee")
    boxes = ((30, 30, 690, 490), (710, 30, 1370, 490), (30, 510, 690, 970), (710, 510, 1370, 970))
    skies = ("284b7a", "5a3d7a", "1f6f78", "e0a43a")
    for number, (box, sky) in enumerate(zip(boxes, skies, strict=True)):
        left, top, right, bottom = box
        sheet.box(*box, sky)
        sheet.dots((left + 10, top + 10, right - 10, bottom - 10), 22, 4.5, mix(sky, "ffffff", 0.2))
        _panel(sheet, rng, number, left, top)
    for gutter in (
        (0, 0, 1400, 30),
        (0, 490, 1400, 510),
        (0, 970, 1400, 1000),
        (0, 0, 30, 1000),
        (690, 0, 710, 1000),
        (1370, 0, 1400, 1000),
    ):
        sheet.box(*gutter, "fbf7ee")
    for left, top, right, bottom in boxes:
        sheet.line(((left, top), (right, top), (right, bottom), (left, bottom), (left, top)), "17131c", 8)
    return sheet.finish(5, rng)


def _panel(sheet: Sheet, rng: random.Random, number: int, x: float, y: float) -> None:
    if number == 3:
        _bedroom(sheet, x, y)
        return
    for _ in range(18):
        sheet.area(star((x + rng.uniform(20, 640), y + rng.uniform(20, 240)), rng.uniform(5, 13), 3, 5), "ffe9a8")
    moon = ((x + 500, y + 130), (x + 470, y + 150), (x + 360, y + 150))[number]
    size = (62, 84, 112)[number]
    sheet.disc(moon, size, "fff1c1")
    for dx, dy, part in ((-0.3, -0.2, 0.2), (0.35, 0.1, 0.15), (-0.05, 0.45, 0.12)):
        sheet.disc((moon[0] + dx * size, moon[1] + dy * size), part * size, "e6cf93")
    roof = (
        (x + 4, y + 455),
        (x + 4, y + 400),
        (x + 330, y + 300 + 30 * number),
        (x + 655, y + 410),
        (x + 655, y + 455),
    )
    sheet.area(roof, "7a2e2e")
    for row in range(5):
        for tile in range(22):
            at = (x + 14 + tile * 30 + (15 if row % 2 else 0), y + 462 - row * 19)
            if at[1] > y + 318 + 30 * number + abs(at[0] - x - 330) * 0.31 and at[0] < x + 650:
                sheet.arc(at, 15, (0, 180), "4d1a1c", 3)
    _cat(sheet, (x + (150, 240, 330)[number], y + (372, 352, 362)[number]), 1.25, reach=number == 2)
    if number < 2:
        _bubble(sheet, (x + (250, 190)[number], y + (150, 110)[number]), number)


def _cat(sheet: Sheet, at: Point, size: float, *, reach: bool) -> None:
    x, y = at
    ink = "17131c"

    def put(points: list[Point]) -> list[Point]:
        return [(x + a * size, y + b * size) for a, b in points]

    sheet.line(put([(34, -6), (70, -20), (76, -60), (58, -84)]), ink, 11 * size)
    sheet.area(put([(-38, 0), (-30, -62), (0, -84), (30, -62), (42, 0)]), ink)
    sheet.disc((x, y - 98 * size), 34 * size, ink)
    sheet.area(put([(-33, -104), (-32, -148), (-6, -126)]), ink)
    sheet.area(put([(33, -104), (32, -148), (6, -126)]), ink)
    for side in (-1, 1):
        sheet.disc((x + side * 13 * size, y - 100 * size), 9 * size, "f5d547")
        sheet.disc((x + side * 13 * size, y - 102 * size), 4 * size, ink)
        for drop in (-3, 4):
            sheet.line(put([(side * 12, -86), (side * 50, -88 + drop * 2.4)]), "f4efe2", 2)
        if reach:
            sheet.line(put([(side * 24, -50), (side * 52, -110), (side * 44, -150)]), ink, 13 * size)
    sheet.area(put([(-5, -91), (5, -91), (0, -85)]), "e88d8d")


def _bubble(sheet: Sheet, at: Point, number: int) -> None:
    x, y = at
    for grow, colour in ((5, "17131c"), (0, "ffffff")):
        sheet.disc(at, 88 + grow, colour, squash=0.62)
        for step in range(2 + number):
            sheet.disc((x - 40 - 18 * step, y + 66 + 24 * step), 13 - 3 * step + grow * 0.8, colour)
    if number:
        sheet.disc((x, y), 30, "f5d547")
        sheet.disc((x + 15, y - 6), 26, "ffffff")
    else:
        for step in (-34, 0, 34):
            sheet.disc((x + step, y), 10, "17131c")


def _bedroom(sheet: Sheet, x: float, y: float) -> None:
    ink = "17131c"
    for turn in range(24):
        angle = turn * math.tau / 24
        far = (x + 330 + 300 * math.cos(angle), y + 190 + 190 * math.sin(angle))
        sheet.area([(x + 330, y + 190), far, (far[0] + 30, far[1] + 16)], "f8d36b")
    sheet.disc((x + 330, y + 180), 116, "fff6d5")
    for dx, dy, part in ((-40, -20, 24), (44, 14, 17), (-6, 56, 13)):
        sheet.disc((x + 330 + dx, y + 180 + dy), part, "e6cf93")
    sheet.area([(x + 60, y + 452), (x + 60, y + 330), (x + 600, y + 330), (x + 600, y + 452)], "b23a48")
    for column in range(9):
        for row in range(2):
            tint = ("f4efe2", "284b7a", "e0a43a")[(column + row) % 3]
            sheet.box(x + 64 + column * 60, y + 334 + row * 58, x + 118 + column * 60, y + 386 + row * 58, tint)
    _cat(sheet, (x + 520, y + 344), 0.95, reach=False)
    sheet.line([(x + 470, y + 140), (x + 490, y + 110), (x + 470, y + 110), (x + 492, y + 78)], ink, 5)
