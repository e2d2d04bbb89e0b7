"""Four plates: tiles, a botanical sheet, a map, a concert poster."""

from __future__ import annotations

import math
import random
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFont

from examples.story.brush import Point, Sheet, blob, leaf, mix, rgb, star

__all__ = ["botanical", "island", "poster", "tiles"]


def _letter(sheet: Sheet, words: str, at: Point, size: float, colour: str) -> None:
    """Pillow's own bundled letters: no font is looked for on the machine."""
    pen = ImageDraw.Draw(sheet.image)
    pen.text((at[0] * 2, at[1] * 2), words, font=ImageFont.load_default(size * 2), fill=rgb(colour), anchor="mm")


def tiles(rng: random.Random) -> Image.Image:
    """A garden wall of painted tiles, no two neighbours quite alike, three of them replaced."""
    sheet = Sheet(1200, 1000, "e9e4d6")
    blues = ("1f4e8c", "2f6fb5", "16355f", "4c8fce")
    for row in range(5):
        for column in range(6):
            corner = (column * 200.0, row * 200.0)
            odd = rng.random() < 0.12
            ink = rng.choice(("b5532b", "2f7d5b")) if odd else rng.choice(blues)
            _tile(sheet, corner, ink, rng)
    for place in range(1, 6):
        sheet.line([(place * 200, 0), (place * 200, 1000)], "a79f8c", 4)
        sheet.line([(0, place * 200), (1200, place * 200)], "a79f8c", 4)
    for _ in range(9):
        _crack(sheet, (rng.uniform(0, 1200), rng.uniform(0, 1000)), rng)
    return sheet.finish(6, rng)


def _tile(sheet: Sheet, corner: Point, ink: str, rng: random.Random) -> None:
    x, y = corner[0] + 100, corner[1] + 100
    paper = mix("f6f3ea", "dfe6ea", rng.random())
    sheet.box(corner[0] + 2, corner[1] + 2, corner[0] + 198, corner[1] + 198, paper)
    pale = mix(ink, paper, 0.55)
    kind = rng.randrange(5)
    for dx, dy in ((-98, -98), (98, -98), (98, 98), (-98, 98)):
        start = {(-98, -98): 0, (98, -98): 90, (98, 98): 180, (-98, 98): 270}[(dx, dy)]
        sheet.slice((x + dx, y + dy), 62, start, start + 90, ink)
        sheet.slice((x + dx, y + dy), 44, start, start + 90, paper)
        sheet.slice((x + dx, y + dy), 32, start, start + 90, "d9a441")
    if kind in (0, 3):
        for turn in range(8):
            angle = turn * math.tau / 8 + (math.pi / 8 if kind else 0)
            sheet.area(leaf((x, y), (x + 84 * math.cos(angle), y + 84 * math.sin(angle)), 0.2), (ink, pale)[turn % 2])
    elif kind == 1:
        sheet.area(star((x, y), 90, 42, 8), ink)
        sheet.area(star((x, y), 62, 30, 8, 0.39), paper)
        sheet.disc((x, y), 26, pale)
    elif kind == 2:
        for reach in (88, 70, 52):
            sheet.ring((x, y), reach, ink, 7)
        sheet.area(star((x, y), 48, 16, 4), ink)
    else:
        _songbird(sheet, (x, y), ink, pale)
    sheet.disc((x, y), 9, "d9a441")


def _songbird(sheet: Sheet, at: Point, ink: str, pale: str) -> None:
    x, y = at
    sheet.area(leaf((x - 62, y + 34), (x + 44, y - 34), 0.3), ink)
    sheet.disc((x + 40, y - 34), 22, ink)
    sheet.area([(x + 58, y - 40), (x + 84, y - 32), (x + 58, y - 26)], "d9a441")
    sheet.area(leaf((x + 14, y - 16), (x - 56, y + 4), 0.24), pale)
    sheet.disc((x + 46, y - 38), 4, "ffffff")
    for step in (-1, 1):
        sheet.line([(x + step * 8, y + 26), (x + step * 12, y + 62)], ink, 3)


def _crack(sheet: Sheet, at: Point, rng: random.Random) -> None:
    points, angle = [at], rng.uniform(0, math.tau)
    for _ in range(14):
        angle += rng.uniform(-0.6, 0.6)
        x, y = points[-1]
        points.append((x + 13 * math.cos(angle), y + 13 * math.sin(angle)))
    sheet.line(points, "8f8776", 1.5)


def botanical(rng: random.Random) -> Image.Image:
    """A plate from a flora that nobody printed: one briar, its flower, its fruit, its seed."""
    sheet = Sheet(950, 1300, "f4ecd8")
    for _ in range(420):
        sheet.disc(
            (rng.uniform(0, 950), rng.uniform(0, 1300)),
            rng.uniform(0.6, 2.4),
            mix("f4ecd8", "b89b6a", rng.random() * 0.6),
        )
    stem = [(470 + 46 * math.sin(step / 7), 1120 - step * 24) for step in range(36)]
    for at in ((660, 430), (250, 590)):
        sheet.line([stem[24], ((stem[24][0] + at[0]) / 2, at[1] + 90), at], "5d6a34", 5)
    for number in range(2, 34):
        _spray(sheet, rng, stem[number], 1 if number % 2 else -1, number)
    sheet.line(stem, "5a4a2c", 11)
    sheet.line(stem, "7f7a3e", 6)
    for number in range(3, 35, 2):
        x, y = stem[number]
        side = rng.choice((-1, 1))
        sheet.area([(x, y - 6), (x + side * 17, y - 12), (x, y + 5)], "6a3b2c")
    for at, size in (((stem[-1][0], 262), 128), ((660, 430), 88), ((250, 590), 96)):
        _rose(sheet, rng, at, size)
    for number, at in enumerate(((150, 1010), (240, 1060), (180, 1100), (760, 1000), (820, 1050))):
        _hip(sheet, at, 26 + 4 * (number % 3))
    _roots(sheet, rng, stem[0], math.pi / 2, 66, 6)
    for corners in (((24, 24), (926, 24), (926, 1276), (24, 1276), (24, 24)),):
        sheet.line(corners, "6b5a3a", 3)
    _letter(sheet, "PLATE XII", (475, 60), 24, "5a4a2c")
    _letter(sheet, "Rosa imaginaria: wild briar, with its hips", (475, 1240), 22, "5a4a2c")
    for words, at in (("fig. 1", (640, 190)), ("fig. 2", (800, 430)), ("fig. 3", (120, 510)), ("fig. 4", (220, 1170))):
        _letter(sheet, words, at, 17, "7a6a4a")
    return sheet.finish(6, rng)


def _spray(sheet: Sheet, rng: random.Random, root: Point, side: int, number: int) -> None:
    long = rng.uniform(130, 250) * (1 - number / 70)
    angle = -math.pi / 2 + side * rng.uniform(0.7, 1.25)
    green = mix("3f6b3a", "8da352", rng.random())
    tip = (root[0] + long * math.cos(angle), root[1] + long * math.sin(angle))
    sheet.line([root, tip], "5d6a34", 4)
    for pair in range(1, 5):
        along = pair / 4.4
        at = (root[0] + (tip[0] - root[0]) * along, root[1] + (tip[1] - root[1]) * along)
        for turn in (-0.85, 0.85) if pair < 4 else (0.0, -0.8, 0.8):
            lean = angle + turn
            end = (at[0] + long * 0.36 * math.cos(lean), at[1] + long * 0.36 * math.sin(lean))
            _veined(sheet, at, end, green)


def _veined(sheet: Sheet, root: Point, tip: Point, green: str) -> None:
    outline = leaf(root, tip, 0.27)
    sheet.area(outline, green)
    sheet.line([*outline, outline[0]], mix(green, "1c2a14", 0.6), 1.5)
    vein = mix(green, "f4ecd8", 0.45)
    sheet.line([root, tip], vein, 1.6)
    for step in (3, 6, 9, 12):
        along = step / 18
        middle = (root[0] + (tip[0] - root[0]) * along, root[1] + (tip[1] - root[1]) * along)
        sheet.line([middle, outline[step + 3]], vein, 1)
        sheet.line([middle, outline[34 - step - 4]], vein, 1)


def _rose(sheet: Sheet, rng: random.Random, at: Point, size: float) -> None:
    x, y = at
    for petal in range(5):
        angle = petal * math.tau / 5 - 0.4
        middle = (x + size * 0.52 * math.cos(angle), y + size * 0.52 * math.sin(angle))
        outline = blob(rng, middle, size * 0.52, 0.09)
        sheet.area(outline, mix("f3c3c6", "e58fa0", rng.random()))
        sheet.line([*outline, outline[0]], "9c4a5c", 1.8)
        for ray in range(-4, 5):
            lean = angle + ray * 0.1
            near = (x + size * 0.2 * math.cos(lean), y + size * 0.2 * math.sin(lean))
            far = (
                x + size * rng.uniform(0.6, 0.92) * math.cos(lean),
                y + size * rng.uniform(0.6, 0.92) * math.sin(lean),
            )
            sheet.line([near, far], "cf7488", 1.2)
    for _ in range(46):
        turn, reach = rng.uniform(0, math.tau), size * rng.uniform(0.1, 0.3)
        tip = (x + reach * math.cos(turn), y + reach * math.sin(turn))
        sheet.line([at, tip], "b98a2e", 1.3)
        sheet.disc(tip, 3.4, "e8b93c")
    sheet.disc(at, size * 0.1, "8a8a3a")


def _hip(sheet: Sheet, at: Point, size: float) -> None:
    x, y = at
    sheet.line([(x, y - size), (x + 6, y - size * 1.8), (x + 22, y - size * 2.8)], "5d6a34", 4)
    sheet.disc(at, size, "b3322c", squash=1.28)
    sheet.disc((x - size * 0.3, y - size * 0.4), size * 0.26, "e98a72", squash=1.5)
    sheet.area(star((x, y + size * 1.3), size * 0.7, size * 0.2, 5, math.pi), "4d3a22")


def _roots(sheet: Sheet, rng: random.Random, root: Point, angle: float, long: float, left: int) -> None:
    if not left:
        return
    tip = (root[0] + long * math.cos(angle), root[1] + long * math.sin(angle) * 0.45)
    sheet.line([root, tip], "6a5233", 1 + left)
    for turn in (-rng.uniform(0.2, 0.9), rng.uniform(0.2, 0.9)):
        _roots(sheet, rng, tip, angle + turn, long * 0.74, left - 1)


def island(rng: random.Random) -> Image.Image:
    """A map of an island that is not there: depths, heights, woods, a road, a river, a rose of winds."""
    sheet = Sheet(1350, 1000, "bcd3d0")
    middle = (590.0, 530.0)
    seed = rng.randrange(10**6)
    for reach in range(11, 0, -1):
        shore = blob(random.Random(seed), middle, 370 + reach * 26, 0.3 * (1 - reach / 24), 200)
        sheet.line([*shore, shore[0]], mix("bcd3d0", "5f8f96", 0.2 + 0.06 * (11 - reach)), 2)
    heights = ("efe3bd", "e3d9a0", "c9cf8c", "a9bd79", "8aa768", "a59a64", "b98d62", "d9c3a4", "fbf8f0")
    for level, colour in enumerate(heights):
        at = (middle[0] - level * 9, middle[1] - level * 12)
        land = blob(random.Random(seed), at, 370 - level * 41, 0.3 + level * 0.012, 200)
        sheet.area(land, colour)
        sheet.line([*land, land[0]], "7a6a45" if level else "3d4a46", 1.4 if level else 3.5)
    _woods(sheet, rng, middle)
    _river(sheet, rng, (560, 400), 0.5)
    _river(sheet, rng, (520, 440), 2.4)
    for at, name in (((430, 740), "Vesper"), ((850, 520), "Low Anchor"), ((640, 745), "Saltmarket")):
        sheet.box(at[0] - 8, at[1] - 8, at[0] + 8, at[1] + 8, "a33b2e")
        sheet.ring(at, 16, "a33b2e", 2)
        _letter(sheet, name, (at[0] + 4, at[1] + 30), 20, "3b2f22")
    road = [(430, 740), (530, 690), (640, 745), (740, 700), (790, 610), (850, 520)]
    for (x, y), (to_x, to_y) in pairwise(road):
        for dash in range(6):
            a, b = dash / 6, dash / 6 + 0.09
            sheet.line(
                [(x + (to_x - x) * a, y + (to_y - y) * a), (x + (to_x - x) * b, y + (to_y - y) * b)], "7a2f22", 4
            )
    for _ in range(70):
        at = (rng.uniform(30, 1320), rng.uniform(30, 970))
        if math.dist(at, middle) > 580:
            sheet.line(
                [(at[0] - 14, at[1]), (at[0] - 7, at[1] - 6), at, (at[0] + 7, at[1] - 6), (at[0] + 14, at[1])],
                "6d9aa0",
                2,
            )
    _rose_of_winds(sheet, (1170, 790))
    _ship(sheet, (1160, 310))
    _frame(sheet)
    _letter(sheet, "THE ISLE OF MAYBE", (1090, 100), 34, "3b2f22")
    _letter(sheet, "soundings in fathoms, heights in doubt", (1090, 136), 16, "5a4a35")
    return sheet.finish(6, rng)


def _woods(sheet: Sheet, rng: random.Random, middle: Point) -> None:
    trees = []
    for _ in range(260):
        turn, reach = rng.uniform(2.3, 5.0), rng.uniform(170, 300)
        trees.append((middle[0] + reach * math.cos(turn), middle[1] + reach * math.sin(turn) * 0.9))
    for x, y in sorted(trees, key=lambda tree: tree[1]):
        sheet.area([(x - 9, y + 8), (x, y - 16), (x + 9, y + 8)], mix("2f5a3a", "4f7a44", rng.random()))
        sheet.line([(x, y + 8), (x, y + 13)], "4a3520", 2.4)


def _river(sheet: Sheet, rng: random.Random, source: Point, angle: float) -> None:
    points = [source]
    for _ in range(22):
        angle += rng.uniform(-0.34, 0.34)
        x, y = points[-1]
        points.append((x + 14 * math.cos(angle), y + 14 * math.sin(angle)))
    sheet.line(points, "3f7f95", 5)


def _rose_of_winds(sheet: Sheet, at: Point) -> None:
    for reach in (118, 108, 62):
        sheet.ring(at, reach, "5a4a35", 3)
    sheet.area(star(at, 84, 18, 4, math.pi / 4), "a59a7a")
    sheet.area(star(at, 128, 22, 4), "a33b2e")
    for quarter in range(4):
        angle = quarter * math.pi / 2 - math.pi / 2
        tip = (at[0] + 128 * math.cos(angle), at[1] + 128 * math.sin(angle))
        side = (at[0] + 22 * math.cos(angle + math.pi / 4), at[1] + 22 * math.sin(angle + math.pi / 4))
        sheet.area([at, tip, side], "f4ecd8")
    _letter(sheet, "N", (at[0], at[1] - 146), 26, "3b2f22")


def _ship(sheet: Sheet, at: Point) -> None:
    x, y = at
    sheet.area([(x - 80, y), (x + 90, y - 8), (x + 62, y + 36), (x - 56, y + 36)], "5a3a28")
    for mast, high in ((-38, 96), (10, 124), (54, 90)):
        sheet.line([(x + mast, y), (x + mast, y - high)], "3b2f22", 4)
        for sail in range(2):
            low = y - 14 - sail * high * 0.42
            top = low - high * 0.34
            sheet.area(
                [(x + mast - 22, low), (x + mast + 24, low), (x + mast + 17, top), (x + mast - 16, top)], "f7f0de"
            )
            sheet.line([(x + mast - 22, low), (x + mast + 24, low)], "7a6a4a", 2)
        sheet.area([(x + mast, y - high), (x + mast + 20, y - high + 6), (x + mast, y - high + 12)], "a33b2e")


def _frame(sheet: Sheet) -> None:
    for number in range(27):
        for y in (8, 980):
            sheet.box(8 + number * 50, y, 33 + number * 50, y + 12, "3b2f22")
    for number in range(20):
        for x in (8, 1330):
            sheet.box(x, 8 + number * 50, x + 12, 33 + number * 50, "3b2f22")


def poster(rng: random.Random) -> Image.Image:
    """A concert poster of quarter circles and stripes, on a grid, with one red note out of place."""
    sheet = Sheet(940, 1300, "efe6d2")
    inks = ("1b1b2f", "d1495b", "edae49", "00798c", "30638e")
    for row in range(5):
        for column in range(4):
            corner = (50 + column * 210.0, 50 + row * 210.0)
            _cell(sheet, corner, rng, rng.sample(inks, 3))
    sheet.disc((785, 995), 116, "d1495b")
    sheet.ring((785, 995), 140, "1b1b2f", 7)
    for number in range(5):
        sheet.box(50, 1122 + number * 11, 890, 1126 + number * 11, "1b1b2f")
    for number in range(18):
        at = (80 + number * 45, 1122 + 11 * rng.randrange(5))
        sheet.disc(at, 9, "1b1b2f", squash=0.8)
        sheet.line([(at[0] + 8, at[1]), (at[0] + 8, at[1] - 42)], "1b1b2f", 3)
    _letter(sheet, "NINE QUIET PIECES", (300, 1222), 48, "1b1b2f")
    _letter(sheet, "for piano, rain and an open window", (256, 1262), 24, "d1495b")
    return sheet.finish(7, rng)


def _cell(sheet: Sheet, corner: Point, rng: random.Random, inks: list[str]) -> None:
    x, y = corner
    first, second, third = inks
    sheet.box(x, y, x + 204, y + 204, first)
    kind = rng.randrange(6)
    if kind == 0:
        at, start = rng.choice((((x, y), 0), ((x + 204, y), 90), ((x + 204, y + 204), 180), ((x, y + 204), 270)))
        for reach, ink in ((204, second), (140, third), (76, "efe6d2")):
            sheet.slice(at, reach, start, start + 90, ink)
    elif kind == 1:
        for stripe in range(6):
            sheet.box(x, y + stripe * 34, x + 204, y + stripe * 34 + 17, second)
    elif kind == 2:
        for stripe in range(6):
            sheet.box(x + stripe * 34, y, x + stripe * 34 + 17, y + 204, "efe6d2")
        sheet.slice((x + 102, y + 204), 102, 180, 360, second)
    elif kind == 3:
        sheet.disc((x + 102, y + 102), 92, second)
        sheet.disc((x + 102, y + 102), 54, "efe6d2")
        sheet.disc((x + 102, y + 102), 22, third)
    elif kind == 4:
        sheet.area([(x, y), (x + 204, y), (x, y + 204)], second)
        sheet.dots((x + 118, y + 118, x + 192, y + 192), 28, 7, "efe6d2")
    else:
        for place in ((51, 51), (153, 51), (51, 153), (153, 153)):
            start = rng.choice((0, 90, 180, 270))
            sheet.slice((x + place[0], y + place[1]), 48, start, start + 180, rng.choice((second, third, "efe6d2")))
