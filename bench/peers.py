"""Finding edited pictures again: Placet beside other people's matchers, the same pictures and edits, in one run.

    python bench/peers.py [--quick]

Every system is given the same works, a hundred thousand strangers beside them, and the same JPEGs: each work after
each edit that dataset tools make, each of some that people make, and pictures that are nobody's. It decodes, hashes
and looks up by its own defaults: Placet by its luma hashes, fast and exact; threatexchange by PDQ of the whole picture
and its MultiHash index (31 of 256 bits, quality 50), as the hash-sharing programmes do; imagehash by its 64-bit pHash,
at 8 bits, among all. A query that names its work found it; one that names another, or is a
stranger that names any, is false.
Rates are queries a second of processor time, decoding included. Needs the extra `bench`.
"""

from __future__ import annotations

import argparse
import io
import random
import time
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from crawl import draw_crawl
from edits_image import EDITS, Edit, encode
from numpy.typing import NDArray
from PIL import Image, ImageOps

from placet.fingerprints.decode import read_luma
from placet.fingerprints.image_plh import compute_fast, quality64, reduce64, variants
from placet.snapshot import hamming
from placet.snapshot.match import judge_distance

SIDE = 256
DISTRACTORS = 100_000
TOOLS = "by dataset tools"
PEOPLE = "by people"
STRANGERS = "strangers"


def _same(picture: Image.Image, _: random.Random) -> Image.Image:
    return picture


def _by(change: Callable[[Image.Image], Image.Image]) -> Edit:
    return lambda picture, _: change(picture)


def _fit(picture: Image.Image) -> Image.Image:
    return ImageOps.fit(picture, (SIDE, SIDE))


AS_TOOLS: Mapping[str, tuple[Edit, int]] = {
    "JPEG q50": (_same, 50),
    "resized to 256": (_by(partial(ImageOps.contain, size=(SIDE, SIDE))), 85),
    "squashed to a square": (_by(lambda picture: picture.resize((SIDE, SIDE))), 85),
    "white borders": (_by(partial(ImageOps.pad, size=(SIDE, SIDE), color="white")), 85),
    "centre square": (_by(_fit), 85),
    "mirrored": (_by(ImageOps.mirror), 85),
    "grey": (_by(lambda picture: picture.convert("L").convert("RGB")), 85),
}
AS_PEOPLE = ("crop to 80 %", "crop to 50 %", "collage of two", "caption bar", "turned by 15 degrees", "words over it")


@dataclass(frozen=True, slots=True)
class Query:
    """A JPEG, and the number of the work that it is; None for a stranger's."""

    jpeg: bytes
    of: int | None
    edit: str
    kind: str


@dataclass(slots=True)
class Score:
    asked: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def add(self, query: Query, named: set[int]) -> None:
        for key in (query.kind, query.edit):
            self.asked[key] += 1
            self.found[key] += query.of in named
            self.false[key] += bool(named - {query.of})

    def recall(self, key: str) -> float:
        return self.found[key] / self.asked[key]


Ask = Callable[[bytes], set[int]]
System = Callable[[Sequence[bytes]], Ask]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the works")
    count = 20 if parser.parse_args().quick else 200
    source, drawn = draw_crawl(2 * count)
    works, strangers = drawn[:count], drawn[count:]
    queries = make_queries(works, strangers)
    print(f"{count} works ({source}) among {DISTRACTORS:,} strangers, {len(queries):,} queries, one thread\n")
    scores = {name: measure(system(works), queries) for name, system in SYSTEMS.items()}
    tell(scores, len(queries))
    return 0


def make_queries(works: Sequence[bytes], strangers: Sequence[bytes]) -> list[Query]:
    rng = random.Random(5)
    queries = []
    for number, work in enumerate(works):
        picture = Image.open(io.BytesIO(work)).convert("RGB")
        for edit, (change, quality) in AS_TOOLS.items():
            queries.append(Query(encode(change(picture, rng), quality), number, edit, TOOLS))
        for edit in AS_PEOPLE:
            queries.append(Query(encode(EDITS[edit](picture, rng)), number, edit, PEOPLE))
    queries += [Query(jpeg, None, STRANGERS, STRANGERS) for jpeg in strangers]
    return queries


def measure(ask: Ask, queries: Sequence[Query]) -> Score:
    score = Score()
    ask(queries[0].jpeg)
    for query in queries:
        begun = time.process_time()
        named = ask(query.jpeg)
        score.seconds += time.process_time() - begun
        score.add(query, named)
    return score


# ---- the systems --------------------------------------------------------------------------------


def placet(works: Sequence[bytes], *, radius: int) -> Ask:
    """The path of a picture in clearance, one at a time, less its bookkeeping."""
    lumas = [read_luma(work).upright for work in works]
    made = [[each.value for each in variants(luma)] for luma in lumas]
    owners = np.repeat(np.arange(len(works)), [len(each) for each in made])
    known = np.frombuffer(b"".join(value for each in made for value in each), "<u8").reshape(-1, 4)
    index = hamming.build(np.concatenate([known, _random_words(DISTRACTORS * 8)]))
    qualities = [quality64(reduce64(luma)) for luma in lumas]

    def ask(jpeg: bytes) -> set[int]:
        words, quality = compute_fast(read_luma(jpeg, scale="fast").upright)
        hits = hamming.search(index, words[None], radius=1 if radius else 0)
        pairs = zip(hits.row.tolist(), hits.distance.tolist(), strict=True)
        return {
            int(owners[row]) if row < len(owners) else -1
            for row, distance in pairs
            if row >= len(owners) or judge_distance(distance, min(quality, qualities[owners[row]])).certain
        }

    return ask


def threatexchange(works: Sequence[bytes]) -> Ask:
    from threatexchange.signal_type.pdq.signal import PdqSignal

    entries = [(PdqSignal.hash_from_bytes(work), number) for number, work in enumerate(works)]
    strangers = [(bytes(row).hex(), -1) for row in _random_words(DISTRACTORS).view(np.uint8)]
    index = PdqSignal.get_index_cls()([*(each for each in entries if each[0]), *strangers])

    def ask(jpeg: bytes) -> set[int]:
        text = PdqSignal.hash_from_bytes(jpeg)
        return {match.metadata for match in index.query(text)} if text else set()

    return ask


def imagehash(works: Sequence[bytes]) -> Ask:
    import imagehash as peer

    def hash_of(jpeg: bytes) -> np.uint64:
        bits = peer.phash(Image.open(io.BytesIO(jpeg))).hash
        return np.packbits(bits).view(np.uint64)[0]

    known = np.concatenate([[hash_of(work) for work in works], _random_words(DISTRACTORS)[:, 0]]).astype(np.uint64)

    def ask(jpeg: bytes) -> set[int]:
        near = np.flatnonzero(np.bitwise_count(known ^ hash_of(jpeg)) <= 8)
        return {row if row < len(works) else -1 for row in near.tolist()}

    return ask


def _random_words(count: int) -> NDArray[np.uint64]:
    return np.random.default_rng(7).integers(0, 2**64, (count, 4), np.uint64)


SYSTEMS: Mapping[str, System] = {
    "placet, fast": partial(placet, radius=0),
    "placet, exact": partial(placet, radius=1),
    "threatexchange PDQ": threatexchange,
    "imagehash pHash": imagehash,
}


# ---- the table ----------------------------------------------------------------------------------


def tell(scores: Mapping[str, Score], queries: int) -> None:
    first = next(iter(scores.values()))
    print(f"{'':22}{'queries/s':>10}{'placet is':>11}{TOOLS:>18}{PEOPLE:>11}{'false':>7}{'of strangers':>14}")
    for name, score in scores.items():
        rate, false = queries / score.seconds, sum(score.false[kind] for kind in (TOOLS, PEOPLE, STRANGERS))
        print(
            f"{name:22}{rate:10,.0f}{score.seconds / first.seconds:10.1f}x{score.recall(TOOLS):18.3f}"
            f"{score.recall(PEOPLE):11.3f}{false:7}{score.false[STRANGERS]:14}"
        )
    print(f"\n{'recall by edit':24}" + "".join(f"{name:>20}" for name in scores))
    for edit in (*AS_TOOLS, *AS_PEOPLE):
        print(f"{edit:24}" + "".join(f"{score.recall(edit):20.3f}" for score in scores.values()))
    print("\nwhat people do to pictures is found by `--effort thorough`: bench/thorough.py")


if __name__ == "__main__":
    warnings.simplefilter("ignore", DeprecationWarning)
    raise SystemExit(main())
