"""How often what is unrelated matches all the same: measured in every run, on its own rows, by its own judge.

Nothing outside is needed.  A picture that matched nothing is turned by 90, 180 and 270 degrees: no reading of it is
registered, and its light, edges and frequencies are still those of this dataset.  A text that matched nothing is read
backwards, letter by letter: that tells how often fingerprints agree by chance, and not how often people quote each
other, since a quotation is a match.  Both go through the very path by which rows are judged.  Who has a folder of what
is certainly nobody's gives that instead (`--background`), and quotations are measured too.

One item against one work is a pair; pairs share items and works, so that a bound over pairs is closer than one over
items only as far as they are independent.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from PIL import Image

from placet.clearance.judge import Judge, Judged
from placet.clearance.plan import Ask, Plan
from placet.clearance.rows import Part, PartKind, Row
from placet.core.stance import Voice
from placet.errors import BadMedia
from placet.fingerprints.decode import read_rgb
from placet.snapshot.library import Library
from placet.snapshot.match import Matcher, MatchKind

__all__ = ["BACKWARDS", "GIVEN", "MEDIA", "TURNED", "Background", "Watch", "measure", "measured", "quota", "works_in"]

TURNED, BACKWARDS, GIVEN = "turned", "backwards", "given"  # what the dataset's own was made into; what the user gave
MEDIA: Final[
    Mapping[PartKind, tuple[str, str]]
] = {  # the array that says which works can be met, and how rows are made
    PartKind.IMAGE: ("image-plh.work", TURNED),
    PartKind.TEXT: ("text-winnow.work", BACKWARDS),
}
_TURNS = (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)
_SIDE: Final = 256  # what a picture is reduced to before it is turned, as datasets do
_LEAST_TEXT: Final = 400  # characters: a shorter one can hold no passage
_MOST_TEXT: Final = 1 << 16
_MOST_BYTES: Final = 32 << 20
_COUNTS = ("items", "strong", "verify", "pairs-strong", "pairs-verify")


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """`items` unrelated to any of `works`; how many matched (STRONG or surer) or resembled (VERIFY) one, and pairs."""

    medium: str
    compared: str
    items: int
    works: int
    strong: int
    verify: int
    pairs_strong: int
    pairs_verify: int

    @property
    def pairs(self) -> int:
        return self.items * self.works


@dataclass(slots=True)
class Watch:
    """The first rows of a unit that matched nothing, up to `quota` of each medium; bytes are copied."""

    quota: int
    rows: dict[PartKind, list[bytes]] = field(default_factory=lambda: {kind: [] for kind in MEDIA})

    def see(self, judged: Judged) -> None:
        if not self.quota or judged.matches or judged.problems:
            return
        for part in judged.row.parts:
            kept = self.rows.get(part.kind)
            if kept is not None and len(kept) < self.quota and len(part.data) <= _MOST_BYTES:
                kept.append(bytes(part.data))

    def measure(self, matcher: Matcher, ask: Ask) -> Counter[str]:
        """What becomes of them, turned and backwards, as tallies of the unit."""
        makers = {PartKind.IMAGE: _turned, PartKind.TEXT: _backwards}
        tallies: Counter[str] = Counter()
        for kind, kept in self.rows.items():
            made = [row for data in kept for row in makers[kind](data)]
            if made and works_in(matcher.library, kind):
                tallies.update({f"background:{kind}.{what}": n for what, n in measure(matcher, ask, made).items()})
        return tallies


def quota(plan: Plan, number: int) -> int:
    """How many rows of each medium unit `number` turns: those of the run, spread over its units."""
    whole, units = int(plan.control.get("background", "0")), len(plan.units)
    return whole * (number + 1) // units - whole * number // units


def measure(matcher: Matcher, ask: Ask, rows: Iterable[Row]) -> Counter[str]:
    """How many rows there are, and how many matched what they have nothing to do with."""
    counts: Counter[str] = Counter(dict.fromkeys(_COUNTS, 0))
    for judged in Judge(matcher, replace(ask, min_voice=Voice.CLAIMED)).judge(rows):
        strong = sum(match.kind.certain for match in judged.matches)
        verify = sum(match.kind is MatchKind.VERIFY for match in judged.matches)
        found = {"items": 1, "strong": strong > 0, "verify": verify > 0}
        counts.update(found | {"pairs-strong": strong, "pairs-verify": verify})
    return counts


def measured(tallies: Mapping[str, int], library: Library) -> tuple[Background, ...]:
    """What the units of a run measured, added up."""
    found = []
    for kind, (_, compared) in MEDIA.items():
        counts = {what: tallies.get(f"background:{kind}.{what}", 0) for what in _COUNTS}
        if counts["items"]:
            found.append(background(kind, compared, counts, works_in(library, kind)))
    return tuple(found)


def background(kind: PartKind, compared: str, counts: Mapping[str, int], works: int) -> Background:
    return Background(
        medium=str(kind),
        compared=compared,
        items=counts["items"],
        works=works,
        strong=counts["strong"],
        verify=counts["verify"],
        pairs_strong=counts["pairs-strong"],
        pairs_verify=counts["pairs-verify"],
    )


def works_in(library: Library, kind: PartKind) -> int:
    """How many works of a library a row of this medium can match by its fingerprints."""
    works = library.arrays[MEDIA[kind][0]]
    return int(np.count_nonzero(np.bincount(works, minlength=1))) if len(works) else 0


def _turned(data: bytes) -> Iterator[Row]:
    try:
        image = Image.fromarray(read_rgb(data, least=_SIDE))
    except BadMedia:
        return
    image.thumbnail((_SIDE, _SIDE))
    for turn in _TURNS:
        out = io.BytesIO()
        image.transpose(turn).save(out, "BMP")
        yield Row(key=turn.name, parts=(Part("turned.bmp", PartKind.IMAGE, out.getvalue()),))


def _backwards(data: bytes) -> Iterator[Row]:
    text = data[:_MOST_TEXT].decode("utf-8-sig", "ignore")
    if len(text) >= _LEAST_TEXT:
        yield Row(key="backwards", parts=(Part("backwards.txt", PartKind.TEXT, text[::-1].encode()),))
