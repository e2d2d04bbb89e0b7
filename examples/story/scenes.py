"""Three scenes: a harbour at dusk, a paper-cut forest, a whale under a boat."""

from __future__ import annotations

import math
import random

from PIL import Image

from examples.story.brush import Point, Sheet, leaf, mix, ridge

__all__ = ["forest", "harbour", "whale"]


def harbour(rng: random.Random) -> Image.Image:
    """A harbour at dusk: hills, houses with lit windows, boats, and the sun's road on the water."""
    sheet = Sheet(1280, 900, "1d2440")
    sheet.gradient(0, 520, ("27305a", "6a4a7c", "c9635f", "f2a65a", "ffd98a"))
    for _ in range(16):
        _cloud(sheet, rng)
    sheet.disc((830, 430), 74, "ffe9b0")
    for number, colour in enumerate(("a0566c", "7a4668", "533a62")):
        far = ridge(rng, 1280, 430 + 38 * number, 46 - 8 * number)
        sheet.area([*far, (1300, 560), (-20, 560)], colour)
    sheet.gradient(520, 900, ("e39a62", "8e5a76", "3a3a66", "1d2244"))
    _glitter(sheet, rng)
    _town(sheet, rng)
    _lighthouse(sheet)
    for at, size, hull in ((330, 690, 1.5), (620, 610, 0.9), (950, 760, 1.9), (1120, 640, 1.0)):
        _boat(sheet, (at, size), hull, rng)
    return sheet.finish(5, rng)


def _cloud(sheet: Sheet, rng: random.Random) -> None:
    y, x = rng.uniform(30, 330), rng.uniform(-100, 1200)
    tint = mix("8b5a86", "ffc98a", y / 330)
    for _ in range(9):
        length = rng.uniform(60, 240)
        sheet.disc((x + rng.uniform(-160, 160), y + rng.uniform(-9, 9)), length, tint, squash=0.035)


def _glitter(sheet: Sheet, rng: random.Random) -> None:
    for _ in range(900):
        y = 522 + 378 * rng.random() ** 1.3
        near = (y - 520) / 380
        x = rng.gauss(830, 60 + 120 * near) if rng.random() < 0.45 else rng.uniform(0, 1280)
        bright = max(0.0, 1 - abs(x - 830) / (150 + 190 * near))
        tint = mix("51406e", "ffdf9c", bright) if bright else mix("b0707a", "1a2040", near * rng.random())
        long = 8 + 46 * near * rng.random()
        sheet.line([(x - long, y), (x + long, y)], tint, 1.4 + 3 * near)


def _town(sheet: Sheet, rng: random.Random) -> None:
    sheet.area([(-5, 505), (520, 512), (560, 548), (-5, 552)], "2a2038")
    x = -10.0
    while x < 470:
        wide, high = rng.uniform(38, 74), rng.uniform(58, 150)
        wall = mix("3b2b4c", "94545c", rng.random())
        top = 512 - high
        sheet.box(x, top, x + wide, 520, wall)
        sheet.area([(x - 4, top), (x + wide / 2, top - wide * 0.45), (x + wide + 4, top)], mix(wall, "18142a", 0.5))
        for row in range(int(high // 26)):
            for column in range(int(wide // 18)):
                lit = "ffd67c" if rng.random() < 0.6 else "241a34"
                left = x + 6 + column * 18
                sheet.box(left, top + 9 + row * 26, left + 8, top + 22 + row * 26, lit)
        x += wide + rng.uniform(0, 5)


def _lighthouse(sheet: Sheet) -> None:
    for turn in (-0.16, 0.04):
        sheet.area([(1180, 318), (-60, 318 + 1240 * turn), (-60, 318 + 1240 * (turn - 0.045))], "d9a07c")
    sheet.area([(1090, 540), (1120, 500), (1240, 496), (1290, 545)], "221a30")
    sheet.area([(1158, 500), (1168, 334), (1192, 334), (1202, 500)], "efe2cf")
    for y in (366, 418, 470):
        sheet.box(1161, y, 1199, y + 22, "b23a48")
    sheet.box(1162, 304, 1198, 334, "2b2036")
    sheet.disc((1180, 318), 11, "fff3c4")
    sheet.area([(1158, 304), (1180, 282), (1202, 304)], "b23a48")


def _boat(sheet: Sheet, at: Point, size: float, rng: random.Random) -> None:
    x, y = at
    dark, sail = "17152a", mix("f4e3c8", "d98b6a", rng.random())
    sheet.area(
        [(x - 62 * size, y), (x + 66 * size, y), (x + 44 * size, y + 26 * size), (x - 46 * size, y + 26 * size)], dark
    )
    sheet.line([(x - 62 * size, y + 4 * size), (x + 64 * size, y + 4 * size)], "b65a50", 3 * size)
    sheet.line([(x, y), (x + 3 * size, y - 138 * size)], dark, 3.4 * size)
    sheet.area([(x + 5 * size, y - 132 * size), (x + 58 * size, y - 16 * size), (x + 5 * size, y - 12 * size)], sail)
    sheet.area(
        [(x - 3 * size, y - 112 * size), (x - 46 * size, y - 14 * size), (x - 3 * size, y - 12 * size)],
        mix(sail, "6a4a7c", 0.35),
    )
    for number in range(9):
        low = y + (30 + 7 * number) * size
        wide = (50 - 4 * number) * size
        lean = rng.uniform(-9, 9) * size
        sheet.line([(x - wide + lean, low), (x + wide + lean, low)], mix(dark, "5a4a72", number / 12), 2.6 * size)


def forest(rng: random.Random) -> Image.Image:
    """Seven sheets of paper, each cut into trees, a fox on the fifth, a moon behind them all."""
    sheet = Sheet(1000, 1250, "f6e3b8")
    sheet.gradient(0, 1250, ("f3d9a4", "f9eccb", "e9c58e"))
    for reach in (330, 260, 196):
        sheet.disc((610, 400), reach, mix("f6e3b8", "fff9e6", (340 - reach) / 150))
    for _ in range(9):
        _bird(sheet, (rng.uniform(120, 880), rng.uniform(90, 330)), rng.uniform(9, 22))
    layers = ("cfd8a8", "a9c08f", "7fa382", "55837a", "34616b", "1f4356", "122a40")
    for depth, colour in enumerate(layers):
        floor = ridge(rng, 1000, 620 + 88 * depth, 34)
        ground = [*floor, (1030, 1290), (-30, 1290)]
        shapes = [ground, *_trunks(rng, depth, floor)]
        sheet.shadow(shapes, 6 + 2 * depth, 0.42, (5, 7))
        for shape in shapes:
            sheet.area(shape, colour)
        _ferns(sheet, rng, floor, mix(colour, "ffffff", 0.13))
        if depth == 4:
            _fox(sheet, (640, floor[54][1] + 4))
    return sheet.finish(6, rng)


def _bird(sheet: Sheet, at: Point, size: float) -> None:
    x, y = at
    wing = [
        (x - size, y - size * 0.3),
        (x - size * 0.4, y - size * 0.5),
        (x, y),
        (x + size * 0.4, y - size * 0.5),
        (x + size, y - size * 0.3),
    ]
    sheet.line(wing, "7c6a58", 2.4)


def _trunks(rng: random.Random, depth: int, floor: list[Point]) -> list[list[Point]]:
    shapes = []
    for _ in range(8 - depth):
        x, base = floor[rng.randrange(3, len(floor) - 3)]
        if depth > 2 and 380 < x < 760:
            continue
        high = rng.uniform(270, 430) + 62 * depth
        if rng.random() < 0.55:
            shapes += _fir(rng, x, base + 20, high)
        else:
            shapes += _bare(rng, (x, base + 20), -math.pi / 2, high * 0.34, 7 + 3 * depth, 5)
    return shapes


def _fir(rng: random.Random, x: float, base: float, high: float) -> list[list[Point]]:
    tiers, outline = 8, [(x, base - high)]
    for side in (1, -1):
        edge = []
        for tier in range(1, tiers + 1):
            y = base - high + high * 0.88 * tier / tiers
            reach = high * 0.25 * tier / tiers * rng.uniform(0.85, 1.1)
            edge += [(x + side * reach, y), (x + side * reach * 0.5, y - high * 0.02)]
        outline = outline + edge if side == 1 else outline + edge[::-1]
    wide = high * 0.022
    return [outline, [(x - wide, base), (x - wide, base - high / 2), (x + wide, base - high / 2), (x + wide, base)]]


def _bare(rng: random.Random, root: Point, angle: float, long: float, thick: float, left: int) -> list[list[Point]]:
    tip = (root[0] + long * math.cos(angle), root[1] + long * math.sin(angle))
    aside = (-math.sin(angle) * thick, math.cos(angle) * thick)
    thin = (aside[0] * 0.62, aside[1] * 0.62)
    limb = [(root[0] - aside[0], root[1] - aside[1]), (tip[0] - thin[0], tip[1] - thin[1])]
    limb += [(tip[0] + thin[0], tip[1] + thin[1]), (root[0] + aside[0], root[1] + aside[1])]
    shapes = [limb]
    if left:
        for turn in (-rng.uniform(0.2, 0.62), rng.uniform(0.2, 0.62)):
            shapes += _bare(rng, tip, angle + turn, long * rng.uniform(0.62, 0.84), thick * 0.62, left - 1)
    return shapes


def _ferns(sheet: Sheet, rng: random.Random, floor: list[Point], colour: str) -> None:
    for _ in range(46):
        x, y = floor[rng.randrange(len(floor))]
        x, y = x + rng.uniform(-8, 8), y + rng.uniform(4, 70)
        for blade in range(5):
            angle = -math.pi / 2 + (blade - 2) * 0.38 + rng.uniform(-0.1, 0.1)
            tip = (x + 26 * math.cos(angle), y + 26 * math.sin(angle))
            sheet.area(leaf((x, y), tip, 0.09), colour)


def _fox(sheet: Sheet, at: Point) -> None:
    x, y = at
    coat, pale = "d9672f", "fbe6cc"
    sheet.area(leaf((x + 52, y - 36), (x + 156, y - 96), 0.24), coat)
    sheet.area(leaf((x + 118, y - 75), (x + 158, y - 98), 0.26), pale)
    body = [
        (x - 60, y - 64),
        (x - 10, y - 74),
        (x + 50, y - 66),
        (x + 72, y - 34),
        (x + 64, y),
        (x + 52, y),
        (x + 44, y - 30),
        (x - 28, y - 28),
        (x - 34, y),
        (x - 46, y),
        (x - 52, y - 30),
    ]
    sheet.area(body, coat)
    head = [
        (x - 48, y - 56),
        (x - 58, y - 96),
        (x - 70, y - 128),
        (x - 86, y - 104),
        (x - 100, y - 106),
        (x - 118, y - 124),
        (x - 118, y - 92),
        (x - 138, y - 62),
        (x - 96, y - 50),
    ]
    sheet.area(head, coat)
    sheet.area([(x - 138, y - 62), (x - 108, y - 76), (x - 84, y - 52), (x - 96, y - 50)], pale)
    sheet.disc((x - 138, y - 62), 5, "1c1a22")
    sheet.disc((x - 98, y - 86), 4, "1c1a22")


def whale(rng: random.Random) -> Image.Image:
    """A woodcut in two inks: a small boat, a great whale, and the sea cut in lines between them."""
    sheet = Sheet(1300, 950, "f1e9d8")
    ink, red = "16263d", "c8452f"
    sheet.disc((1010, 190), 96, red)
    for number in range(26):
        sky = ridge(rng, 1300, 24 + number * 12, 5 + number * 0.4)
        gap = rng.randrange(5, 70)
        sheet.line(sky[:gap], ink, 1.6)
        sheet.line(sky[gap + 12 :], ink, 1.6)
    top = ridge(rng, 1300, 372, 16)
    sheet.area([*top, (1330, 960), (-30, 960)], ink)
    for number in range(44):
        deep = ridge(rng, 1300, 392 + number * 13, 17 - number * 0.3)
        sheet.line(deep, "f1e9d8", 3.4 - number * 0.045)
    _whale_body(sheet, rng, ink)
    _rowers(sheet, ink, red)
    for _ in range(60):
        at = (rng.uniform(40, 1260), rng.uniform(420, 930))
        sheet.ring(at, rng.uniform(3, 10), "f1e9d8", 2)
    sheet.line([(14, 14), (1286, 14), (1286, 936), (14, 936), (14, 14)], ink, 10)
    return sheet.finish(8, rng)


def _whale_body(sheet: Sheet, rng: random.Random, ink: str) -> None:
    back = [
        (150, 640),
        (200, 560),
        (330, 508),
        (520, 500),
        (720, 530),
        (900, 590),
        (1030, 610),
        (1110, 560),
        (1190, 470),
        (1206, 560),
        (1262, 590),
        (1180, 640),
        (1090, 700),
        (940, 742),
        (760, 800),
        (520, 830),
        (330, 812),
        (200, 750),
    ]
    for grow, colour in ((1.045, "f1e9d8"), (1.0, ink)):
        sheet.area([(640 + (x - 640) * grow, 660 + (y - 660) * grow) for x, y in back], colour)
    for number in range(19):
        y = 730 + number * 5
        sheet.line([(190 + number * 9, y), (520, y + 14), (800 - number * 6, y - 6)], "f1e9d8", 2.4)
    for _ in range(230):
        x, y = rng.uniform(240, 1020), rng.uniform(530, 700)
        if 520 + abs(x - 480) * 0.17 < y < 720:
            sheet.line([(x, y), (x + rng.uniform(12, 34), y + rng.uniform(-2, 6))], "9fb0b8", 1.8)
    sheet.area([(430, 770), (520, 900), (600, 912), (560, 800)], "f1e9d8")
    sheet.area([(440, 768), (524, 888), (588, 900), (548, 792)], ink)
    sheet.ring((262, 668), 15, "f1e9d8", 5)
    sheet.disc((262, 668), 6, "f1e9d8")
    sheet.line([(158, 700), (240, 716), (330, 702)], "f1e9d8", 4)


def _rowers(sheet: Sheet, ink: str, red: str) -> None:
    paper = "f1e9d8"
    hull = [(480, 338), (830, 338), (780, 398), (540, 398)]
    sheet.area([(468, 330), (842, 330), (786, 408), (530, 408)], paper)
    sheet.area(hull, red)
    for y in (352, 366, 380):
        sheet.line([(496, y), (814, y)], ink, 3)
    for x in (570, 655, 740):
        sheet.area([(x - 22, 338), (x - 15, 282), (x + 15, 282), (x + 22, 338)], ink)
        sheet.disc((x, 264), 16, ink)
        sheet.area([(x - 24, 258), (x, 236), (x + 24, 258)], red)
        sheet.line([(x + 8, 300), (x - 62, 440)], paper, 9)
        sheet.line([(x + 8, 300), (x - 62, 440)], ink, 5)
