"""Five scenes: a harbour, a paper-cut forest, a portrait, a whale, a comic strip."""

from __future__ import annotations

import math
import random

from PIL import Image

from examples.story.brush import Point, Sheet, blob, leaf, mix, ridge, star

__all__ = ["comic", "forest", "harbour", "portrait", "whale"]


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
    sheet.area([(x - 62 * size, y), (x + 66 * size, y), (x + 44 * size, y + 26 * size), (x - 46 * size, y + 26 * size)], dark)
    sheet.line([(x - 62 * size, y + 4 * size), (x + 64 * size, y + 4 * size)], "b65a50", 3 * size)
    sheet.line([(x, y), (x + 3 * size, y - 138 * size)], dark, 3.4 * size)
    sheet.area([(x + 5 * size, y - 132 * size), (x + 58 * size, y - 16 * size), (x + 5 * size, y - 12 * size)], sail)
    sheet.area([(x - 3 * size, y - 112 * size), (x - 46 * size, y - 14 * size), (x - 3 * size, y - 12 * size)], mix(sail, "6a4a7c", 0.35))
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
        for shape in shapes:
            sheet.shadow(shape, 5 + depth, 0.42, (5, 7))
        for shape in shapes:
            sheet.area(shape, colour)
        _ferns(sheet, rng, floor, mix(colour, "ffffff", 0.13))
        if depth == 4:
            _fox(sheet, (640, floor[54][1] + 4))
    return sheet.finish(6, rng)


def _bird(sheet: Sheet, at: Point, size: float) -> None:
    x, y = at
    wing = [(x - size, y - size * 0.3), (x - size * 0.4, y - size * 0.5), (x, y), (x + size * 0.4, y - size * 0.5), (x + size, y - size * 0.3)]
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
    body = [(x - 60, y - 64), (x - 10, y - 74), (x + 50, y - 66), (x + 72, y - 34), (x + 64, y), (x + 52, y), (x + 44, y - 30), (x - 28, y - 28), (x - 34, y), (x - 46, y), (x - 52, y - 30)]
    sheet.area(body, coat)
    head = [(x - 48, y - 56), (x - 58, y - 96), (x - 70, y - 128), (x - 86, y - 104), (x - 100, y - 106), (x - 118, y - 124), (x - 118, y - 92), (x - 138, y - 62), (x - 96, y - 50)]
    sheet.area(head, coat)
    sheet.area([(x - 138, y - 62), (x - 108, y - 76), (x - 84, y - 52), (x - 96, y - 50)], pale)
    sheet.disc((x - 138, y - 62), 5, "1c1a22")
    sheet.disc((x - 98, y - 86), 4, "1c1a22")


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
    back = [(150, 640), (200, 560), (330, 508), (520, 500), (720, 530), (900, 590), (1030, 610), (1110, 560), (1190, 470), (1206, 560), (1262, 590), (1180, 640), (1090, 700), (940, 742), (760, 800), (520, 830), (330, 812), (200, 750)]
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
        for corners in (((left, top), (right, top), (right, bottom), (left, bottom), (left, top)),):
            sheet.line(corners, "17131c", 8)
    sheet.box(0, 0, 1400, 25, "fbf7ee")
    sheet.box(693, 30, 707, 970, "fbf7ee")
    sheet.box(30, 493, 1370, 507, "fbf7ee")
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
    roof = ((x + 4, y + 455), (x + 4, y + 400), (x + 330, y + 300 + 30 * number), (x + 655, y + 410), (x + 655, y + 455))
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
