"""What clearing finds again: real works, changed as datasets change them, among strangers, in every format.

    python bench/recall.py [--side 1280]

Registers `../shared/data` (`$PLACET_SHARED`), each work by a party of its own; makes a crawl of copies, in a folder, a
tar shard, Parquet with an image column and JSON lines; clears it; and prints by transform how many were found,
how many under another work's name, and how many were left unclear. Last, the two registered pictures that are
nearest to each other and yet not joined. `border` and `center_crop` are img2dataset 1.47's resize modes.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import itertools
import json
import os
import random
import re
import sys
import sysconfig
import tarfile
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image, ImageOps

from placet.app import Home
from placet.clearance.report import LimitPair
from placet.core.profile import PROFILES
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.desk.clearing import Request, clear
from placet.desk.limits import nearest_unjoined
from placet.desk.snapshots import publish_snapshot
from placet.fingerprints.describe import LEAST_QUALITY, describe
from placet.registry.compose import NewWork, Wish
from placet.registry.openings import Opening
from placet.signing.keys import Key, Role
from placet.snapshot.library import open_library

__all__ = ["SHARED", "Score", "Trial", "run"]

SHARED = Path(os.environ.get("PLACET_SHARED", Path(__file__).parents[2] / "shared"))
GOAL, GOAL_DETAILED, MOST_UNCLEAR = 0.97, 0.995, 0.01
_SIDE = 256
_LONG, _SHORT = "excerpt of 300 or more", "excerpt of 200 to 299"

_Step = Callable[[Image.Image], Image.Image]


def _squash(picture: Image.Image) -> Image.Image:
    return picture.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)


def _border(picture: Image.Image) -> Image.Image:
    return ImageOps.pad(picture, (_SIDE, _SIDE), Image.Resampling.LANCZOS, color="white")


def _crop(picture: Image.Image) -> Image.Image:
    return ImageOps.fit(picture, (_SIDE, _SIDE), Image.Resampling.LANCZOS)


def _grey(picture: Image.Image) -> Image.Image:
    return picture.convert("L").convert("RGB")


def _half(picture: Image.Image) -> Image.Image:
    return picture.resize((max(1, picture.width // 2), max(1, picture.height // 2)), Image.Resampling.BICUBIC)


def _small(picture: Image.Image) -> Image.Image:
    return ImageOps.contain(picture, (_SIDE, _SIDE), Image.Resampling.LANCZOS)


_MIRROR: _Step = ImageOps.mirror
_PICTURES: Mapping[str, tuple[tuple[_Step, ...], int]] = {
    **{f"JPEG q{quality}": ((), quality) for quality in (50, 60, 75, 85, 95)},
    "half size": ((_half,), 85),
    "resized to 256": ((_small,), 85),
    "squashed to a square": ((_squash,), 85),
    "border": ((_border,), 95),
    "center_crop": ((_crop,), 95),
    "mirrored": ((_MIRROR,), 85),
    "grey": ((_grey,), 85),
    "border, mirrored, q60": ((_border, _MIRROR), 60),
    "border, grey, q50": ((_border, _grey), 50),
    "center_crop, mirrored, q60": ((_crop, _MIRROR), 60),
    "center_crop, grey, mirrored, q50": ((_crop, _grey, _MIRROR), 50),
    "squashed, mirrored, grey, q50": ((_squash, _MIRROR, _grey), 50),
}

_Edit = Callable[[str, random.Random], str]
_TEXTS: Mapping[str, _Edit] = {
    "as it is": lambda text, _: text,
    "capitals": lambda text, _: text.upper(),
    "no punctuation": lambda text, _: re.sub(r"[^\w\s]", "", text.lower()),
    "other punctuation": lambda text, _: text.replace("“", '"').replace("’", "'").replace("—", " - "),
    "other white space": lambda text, rng: re.sub(r"\s+", lambda _: rng.choice((" ", "\n", "\t", "  ")), text),
}


@dataclass(slots=True)
class Score:
    """Of `rows` copies, how many were found, found as another's, and left unclear; `detailed` have quality."""

    rows: int = 0
    found: int = 0
    wrong: int = 0
    unclear: int = 0
    detailed: int = 0
    detailed_found: int = 0

    def add(self, other: Score) -> None:
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def recall(self) -> float:
        return self.found / self.rows if self.rows else 1.0

    @property
    def detailed_recall(self) -> float:
        return self.detailed_found / self.detailed if self.detailed else 1.0


@dataclass(frozen=True, slots=True)
class _Copy:
    """A row of the crawl and what it is: a work's name, or None for a stranger's; texts as strings."""

    of: str | None
    transform: str
    data: bytes | str


@dataclass(slots=True)
class Trial:
    """What came of it: by transform, and the pair that was not joined."""

    scores: dict[str, Score] = field(default_factory=dict)
    strangers: Score = field(default_factory=Score)
    pair: LimitPair | None = None

    def total(self, *, short: bool = False) -> Score:
        """All copies; excerpts of fewer than 300 characters are told apart."""
        total = Score()
        for transform, score in self.scores.items():
            if (transform == _SHORT) is short:
                total.add(score)
        return total


def run(folder: Path, side: int = 1280) -> Trial:
    """Register, copy, clear and count, all below the new folder `folder`."""
    pictures = {path.name: _reduced(path, side) for path in sorted((SHARED / "data/images").iterdir())}
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted((SHARED / "data/texts").glob("*/*.txt"))}
    counter = itertools.count()
    home = Home(folder / "home", random=lambda size: hashlib.shake_128(b"%d" % next(counter)).digest(size))
    works = {name: _encode(picture, 95) for name, picture in pictures.items()}
    ids, qualities = _register(home, works | {name: text.encode() for name, text in texts.items()})
    publish_snapshot(home, folder / "snapshot")
    copies = [*_picture_copies(pictures), *_picture_strangers(), *_text_copies(texts), *_text_strangers()]
    rows = _lay_out(copies, folder / "crawl")
    originals = folder / "originals"
    originals.mkdir()
    for name, data in works.items():
        (originals / name).write_bytes(data)
    request = Request(
        dataset=folder / "crawl",
        snapshot=folder / "snapshot",
        out=folder / "out",
        use=Use.TRAIN_GENERATIVE,
        profiles=(PROFILES["eu-art4"],),
        originals=originals,
    )
    clear(home, request)
    trial = _count(rows, folder / "out", ids, qualities)
    shown = {ids[name]: data for name, data in works.items()}
    trial.pair = nearest_unjoined(open_library(folder / "snapshot"), shown.get)
    return trial


def _reduced(path: Path, side: int) -> Image.Image:
    with Image.open(path) as opened:
        opened.draft("RGB", (side, side))
        picture = opened.convert("RGB")
    return ImageOps.contain(picture, (side, side), Image.Resampling.LANCZOS) if max(picture.size) > side else picture


def _encode(picture: Image.Image, quality: int) -> bytes:
    saved = io.BytesIO()
    picture.save(saved, "JPEG", quality=quality)
    return saved.getvalue()


def _register(home: Home, files: Mapping[str, bytes]) -> tuple[dict[str, str], dict[str, int]]:
    """Every file by a party of its own, who says no; their ids by name, and the pictures' qualities."""
    names, qualities = dict[str, str](), dict[str, int]()
    for name, data in files.items():
        composer = home.composer(Key(Role.PARTY, hashlib.sha256(name.encode()).digest()))
        described = describe(data, name)
        title = Opening(salt=hashlib.sha256(data).digest(), value=name, show=True)
        (names[name],) = composer.register(
            [NewWork(record=described.record, sheet=described.sheet, title=title, thumb=b"")]
        )
        composer.declare([Subject(Kind.WORK, names[name])], Wish(uses=(Use.TRAIN,), stance=Stance.RESERVE, start=0))
        home.log.append(composer.submission())
        if described.sheet_value.quality is not None:
            qualities[name] = described.sheet_value.quality
    return names, qualities


def _picture_copies(pictures: Mapping[str, Image.Image]) -> Iterator[_Copy]:
    for name, picture in pictures.items():
        for transform, (steps, quality) in _PICTURES.items():
            changed = picture
            for step in steps:
                changed = step(changed)
            yield _Copy(name, transform, _encode(changed, quality))


def _picture_strangers() -> Iterator[_Copy]:
    """Drawings by code, each with sisters, and textures of noise; none is registered."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from examples.story.draw import DRAWINGS, draw

    for name in DRAWINGS:
        yield _Copy(None, "", _encode(_border(draw(name)), 85))
        yield _Copy(None, "", _encode(_crop(draw(name, 99)), 85))
    rng = np.random.default_rng(20)
    for side in (2, 3, 5, 8, 13) * 12:
        coarse = Image.fromarray(rng.integers(0, 256, (side, side, 3), dtype=np.uint8))
        yield _Copy(None, "", _encode(coarse.resize((_SIDE, 192), Image.Resampling.BICUBIC), 85))


def _text_copies(texts: Mapping[str, str]) -> Iterator[_Copy]:
    """Each text whole, and in excerpts inside other prose, in every edit."""
    rng = random.Random(20)
    other = _others()
    for name, text in texts.items():
        for edit, change in _TEXTS.items():
            yield _Copy(name, f"whole text, {edit}", change(text, rng))
            for transform, least, most in ((_LONG, 300, 600), (_SHORT, 200, 299)):
                size = rng.randint(least, most)
                start = rng.randrange(len(text) - size)
                beside = rng.choice(other)
                yield _Copy(name, transform, f"{beside[:700]} {change(text[start : start + size], rng)} {beside[700:]}")


def _text_strangers() -> Iterator[_Copy]:
    yield from (_Copy(None, "", text) for text in _others())


def _others() -> list[str]:
    """Pages of Python's own licence and manual."""
    lib = Path(sysconfig.get_path("stdlib"))
    text = "".join((lib / name).read_text(encoding="utf-8") for name in ("LICENSE.txt", "pydoc_data/topics.py"))
    return [text[start : start + 1500] for start in range(0, 120_000, 1500)]


def _lay_out(copies: list[_Copy], root: Path) -> dict[tuple[str, str], _Copy]:
    """Pictures turn by turn into a folder, a tar and Parquet, texts into a folder and JSON lines; by (place, row)."""
    pictures = [copy for copy in copies if isinstance(copy.data, bytes)]
    texts = [copy for copy in copies if isinstance(copy.data, str)]
    for name in ("pictures", "texts"):
        (root / name).mkdir(parents=True)
    rows = _in_folder(root, "pictures", "jpg", pictures[0::3]) | _in_folder(root, "texts", "txt", texts[0::2])
    with tarfile.open(root / "shard.tar", "w") as shard:
        for number, copy in enumerate(pictures[1::3]):
            _add(shard, f"{number:06d}.jpg", copy)
            rows["shard.tar", f"{number:06d}"] = copy
    table = [{"image": {"bytes": copy.data, "path": f"{n}.jpg"}} for n, copy in enumerate(pictures[2::3])]
    pq.write_table(pa.Table.from_pylist(table), root / "rows.parquet", row_group_size=50)
    rows |= {("rows.parquet", str(number)): copy for number, copy in enumerate(pictures[2::3])}
    with (root / "texts.jsonl").open("w", encoding="utf-8") as lines:
        for number, copy in enumerate(texts[1::2], start=1):
            lines.write(json.dumps({"text": copy.data}) + "\n")
            rows["texts.jsonl", str(number)] = copy
    return rows


def _in_folder(root: Path, name: str, suffix: str, copies: list[_Copy]) -> dict[tuple[str, str], _Copy]:
    rows = {}
    for number, copy in enumerate(copies):
        path = f"{name}/{number:05d}.{suffix}"
        (root / path).write_bytes(copy.data if isinstance(copy.data, bytes) else copy.data.encode())
        rows["files", path] = copy
    return rows


def _add(shard: tarfile.TarFile, name: str, copy: _Copy) -> None:
    assert isinstance(copy.data, bytes)
    member = tarfile.TarInfo(name)
    member.size = len(copy.data)
    shard.addfile(member, io.BytesIO(copy.data))


def _count(
    rows: Mapping[tuple[str, str], _Copy], out: Path, ids: Mapping[str, str], qualities: Mapping[str, int]
) -> Trial:
    trial, met = Trial(), Counter[tuple[str, str]]()
    for line in pq.read_table(out / "decisions.parquet").to_pylist():
        place = re.split("[:#@]", line["unit"])[0], line["row"]
        met[place] += 1
        copy = rows[place]
        score = _judge(copy, line, ids)
        if copy.of is not None and qualities.get(copy.of, 0) >= LEAST_QUALITY:
            score.detailed, score.detailed_found = 1, score.found
        into = trial.strangers if copy.of is None else trial.scores.setdefault(copy.transform, Score())
        into.add(score)
    assert set(met) == set(rows)
    assert set(met.values()) == {1}
    return trial


def _judge(copy: _Copy, line: Mapping[str, object], ids: Mapping[str, str]) -> Score:
    """Found means certainly matched to the right work; a refusal that names another work is wrong."""
    certain = line["match"] in ("EXACT", "STRONG", "PASSAGE")
    right = copy.of is not None and line["work"] == ids[copy.of]
    return Score(
        rows=1,
        found=int(certain and right and line["outcome"] == "reserved"),
        wrong=int(certain and not right),
        unclear=int(line["outcome"] == "unclear"),
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--side", type=int, default=1280, help="the longer side that originals are reduced to")
    side = options.parse_args().side
    if not (SHARED / "data").is_dir():
        sys.exit("the real works are not here: point PLACET_SHARED at the folder that holds data/")
    with tempfile.TemporaryDirectory() as folder:
        trial = run(Path(folder), side)
    print(f"{'transform':36}{'n':>6}{'recall':>9}{'wrong':>7}{'unclear':>9}")
    rows = [*trial.scores.items(), ("all but the short excerpts", trial.total()), ("strangers", trial.strangers)]
    for name, score in rows:
        recall = "" if score is trial.strangers else f"{score.recall:.3f}"
        print(f"{name:36}{score.rows:>6}{recall:>9}{score.wrong:>7}{score.unclear:>9}")
    total = trial.total()
    print(
        f"goal {GOAL}: {total.recall:.4f}; pictures of quality {LEAST_QUALITY} or more, goal {GOAL_DETAILED}: "
        f"{total.detailed_recall:.4f} of {total.detailed}"
    )
    if trial.pair:
        print(
            f"not joined: {trial.pair.left_name} and {trial.pair.right_name}, {trial.pair.distance} of 256 bits apart"
        )


if __name__ == "__main__":
    main()
