"""What `--effort thorough` finds of pictures that were cut, turned, framed and set among others.

    python bench/thorough.py [--works 100000] [--copies 2] [--registered 60] [--pictures DIR ...] [--crowd DIR ...]

Real pictures: `../shared/data/images` (`$PLACET_SHARED`), those in scikit-image's wheel if it is installed, without its
test charts, plain textures and second views (`CHARTS`), and those below each `--pictures DIR`; of two that are nearly
the same, one. Every other one is registered (at most `--registered`); the rest are strangers, which are asked about and
stand beside others in collages. The crowd is made of the pictures below each `--crowd DIR`, or of every other stranger
instead. Each of its works, up to `--works` in all, has 64 corners of one neighbourhood of one picture, seen upright or
turned, with 4 % of the bits flipped and its places a little off, and eight random luma hashes. What is asked: each
registered picture in each edit, as JPEG of quality 80; each stranger; and the scan of The Starry Night that is not
registered. Every certain answer that names another work than the right one is a false one, whatever the reason.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.edits_image import EDITS, encode
from placet.clearance.thorough import Thorough
from placet.fingerprints import image_local
from placet.fingerprints.decode import read_luma
from placet.fingerprints.image_local import Features
from placet.fingerprints.image_plh import compute, compute_fast, distance, quality64, reduce64, variants
from placet.snapshot.arrays import ARRAYS, no_array
from placet.snapshot.library import Library
from placet.snapshot.manifest import Manifest
from placet.snapshot.match import Match, Matcher, best

__all__ = ["Picture", "Trial", "gather", "run"]

SHARED = Path(os.environ.get("PLACET_SHARED", Path(__file__).parents[2] / "shared"))
SIDE, SAME_AT, LEAST_QUALITY = 1024, 60, 50
CHARTS = ("brick", "cell", "chess", "clock", "color", "grass", "gravel", "horse", "lfw", "logo", "micro", "multi")
CHARTS += ("motorcycle_left", "no_time", "page", "phantom", "text")
SCANS = ("starry_night.jpg", "starry_night_google.jpg")
FLIPPED = 0.04
GOALS = {"crop to 50 %": 0.90, "collage of four": 0.80, "caption bar": 0.80, "turned by 15 degrees": 0.85}
STATES = ("STRONG", "CONFIRMED", "VERIFY", "POSSIBLE")


@dataclass(frozen=True, slots=True)
class Picture:
    name: str
    image: Image.Image
    luma: NDArray[np.uint8]


@dataclass(slots=True)
class Trial:
    """`states` are of the right work by edit; `wrong` names certain matches with another one."""

    states: dict[str, Counter[str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    unclear: Counter[str] = field(default_factory=Counter)
    pairs: int = 0
    rows: int = 0
    seconds: float = 0.0
    scans: list[str] = field(default_factory=list)
    told: str = ""


def gather(folders: Sequence[Path] = ()) -> list[Picture]:
    """Every picture of some detail, one of each."""
    paths = sorted((SHARED / "data/images").glob("*.jpg")) if SHARED.is_dir() else []
    if found := importlib.util.find_spec("skimage"):
        data = Path(str(found.origin)).parent / "data"
        real = [*data.glob("*.png"), *data.glob("*.jpg")]
        paths += sorted(path for path in real if not path.name.startswith(CHARTS))
    return _distinct([*paths, *_below(folders)])


def _below(folders: Sequence[Path]) -> list[Path]:
    paths = [path for folder in folders for path in sorted(folder.rglob("*"))]
    return [path for path in paths if path.suffix in (".jpg", ".png") and path.is_file()]


def _distinct(paths: Sequence[Path], beside: Sequence[Picture] = ()) -> list[Picture]:
    kept, hashes = list[Picture](), [compute(each.luma) for each in beside]
    for path in paths:
        picture = _opened(path)
        if picture is None or quality64(reduce64(picture.luma)) < LEAST_QUALITY:
            continue
        hash_ = compute(picture.luma)
        if all(distance(hash_, other) >= SAME_AT for other in hashes):
            hashes.append(hash_)
            kept.append(picture)
    return kept


def _opened(path: Path) -> Picture | None:
    try:
        with Image.open(path) as opened:
            if min(opened.size) < 200 or max(opened.size) > 8_000:
                return None
            opened.draft("RGB", (SIDE, SIDE))
            image = _flat(opened)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    if max(image.size) > SIDE:
        image = ImageOps.contain(image, (SIDE, SIDE), Image.Resampling.LANCZOS)
    return Picture(path.name, image, np.asarray(image.convert("L")))


def _flat(opened: Image.Image) -> Image.Image:
    if opened.mode in ("RGBA", "LA", "P"):
        seen = opened.convert("RGBA")
        ground = Image.new("RGBA", seen.size, "white")
        ground.alpha_composite(seen)
        return ground.convert("RGB")
    return opened.convert("RGB")


def run(
    pictures: Sequence[Picture], works: int, copies: int, crowd: Sequence[Picture] = (), registered: int = 60
) -> Trial:
    """Register, edit, look, count."""
    asked = [each for each in pictures if each.name == SCANS[1]]
    rest = sorted((each for each in pictures if each not in asked), key=lambda each: each.name != SCANS[0])
    known, strangers = rest[::2][:registered], rest[1::2]
    if not crowd:
        crowd, strangers = strangers[::2], strangers[1::2]
    library, own = _library(known, crowd, works)
    trial = Trial()
    looker = _Looker(library)
    trial.told = f"{len(known)} pictures among {len(library):,} works of {len(looker.matcher.corners):,} corners"
    trial.told += f"; {len(crowd)} pictures make the crowd, {len(strangers)} are strangers"
    began = time.process_time()
    for edit, change in EDITS.items():
        trial.states[edit] = Counter()
        for number, picture in enumerate(known):
            for copy in range(copies):
                rng = random.Random(f"{edit} {number} {copy}")
                beside: dict[str, Any] = {"beside": [each.image for each in strangers]} if "collage" in edit else {}
                _note(trial, looker, edit, picture.name, encode(change(picture.image, rng, **beside), 80), own[number])
    trial.seconds, trial.rows = time.process_time() - began, trial.rows
    for each in strangers:
        _note(trial, looker, "strangers", each.name, encode(each.image, 80), -1)
    for each in asked:
        matches, _ = looker.look(encode(each.image, 90))
        trial.scans += [f"{m.kind}: {m.detail}" for m in matches if m.work == own[0]]
    return trial


class _Looker:
    """As `Judge` looks at a picture: as a whole first, into it where it is no copy."""

    def __init__(self, library: Library) -> None:
        self.matcher = Matcher(library, "thorough")
        self._deep = Thorough(self.matcher)
        _ = self.matcher.corners.index

    def look(self, data: bytes) -> tuple[list[Match], bool]:
        words, quality = compute_fast(read_luma(data, scale="fast").upright)
        (hit,) = self.matcher.pictures(words[None], [quality])
        if any(match.kind.certain for match in hit.matches):
            return list(hit.matches), hit.capped
        matches, capped = self._deep.find(read_luma(data).upright)
        return [*hit.matches, *matches], capped or hit.capped


def _note(trial: Trial, looker: _Looker, edit: str, name: str, data: bytes, work: int) -> None:
    matches, capped = looker.look(data)
    right = best(match for match in matches if match.work == work)
    trial.states.setdefault(edit, Counter())[right.kind if right else "missed"] += 1
    trial.unclear[edit] += capped or any(match.kind == "VERIFY" for match in matches)
    others = [match for match in matches if match.kind.certain and match.work != work]
    trial.wrong += [f"{edit}, {name}: work {match.work}, {match.method}, {match.detail}" for match in others]
    trial.rows += 1
    trial.pairs += len(looker.matcher.library) - (work >= 0)


# --- the registry ----------------------------------------------------------------------------------------


def _library(known: Sequence[Picture], crowd: Sequence[Picture], works: int) -> tuple[Library, list[int]]:
    """A snapshot in memory, and the rows of the known pictures in it."""
    rng = np.random.default_rng(5)
    own = sorted(rng.choice(works, len(known), replace=False).tolist())
    features = dict(zip(own, (image_local.find_corners(each.luma) for each in known), strict=True))
    hashes = rng.integers(0, 1 << 63, (works * 8, 4), np.uint64) << np.uint64(1)
    for row, picture in zip(own, known, strict=True):
        ours = b"".join(print_.value for print_ in variants(picture.luma))
        hashes[8 * row : 8 * row + 8] = np.frombuffer(ours, "<u8").reshape(8, 4)
    others = _crowd(crowd, works - len(own), rng)
    sheets = [features[row] if row in features else next(others) for row in range(works)]
    sizes = [len(each) for each in sheets]
    arrays = {name: no_array(name) for name in ARRAYS} | {
        "works.id": rng.integers(0, 256, (works, 16), np.uint8),
        "works.quality": np.full(works, 100, np.uint8),
        "image-plh.hash": hashes,
        "image-plh.work": np.repeat(np.arange(works, dtype=np.uint32), 8),
        "image-plh.reading": np.tile(np.arange(8, dtype=np.uint8), works),
        "image-orb.hash": np.concatenate([each.words for each in sheets]),
        "image-orb.place": np.concatenate([each.places for each in sheets]),
        "image-orb.work": np.repeat(np.arange(works, dtype=np.uint32), sizes),
    }
    readings = tuple(print_.variant for print_ in variants(known[0].luma))
    manifest = Manifest(
        origin="bench", size=0, root="", made_at=0, files={}, counts={}, readings=readings, algorithms=()
    )
    return Library(Path(), manifest, arrays), own


def _crowd(pictures: Sequence[Picture], works: int, rng: np.random.Generator) -> Iterator[Features]:
    """Neighbourhoods of corners of real pictures, each picture as often as any other."""
    each = -(-works // len(pictures))
    for picture in pictures:
        turned = np.ascontiguousarray(np.rot90(picture.luma, rng.integers(4)))
        found = image_local.describe_corners(turned)
        for _ in range(each):
            yield _neighbourhood(found, rng) if len(found) >= 64 else image_local.none()


def _neighbourhood(features: Features, rng: np.random.Generator) -> Features:
    some = rng.choice(len(features), max(64, len(features) // 3), replace=False)
    middle = rng.choice(some)
    away = np.hypot(*(features.places[some, :2].astype(float) - features.places[middle, :2]).T)
    kept = np.sort(some[np.argsort(away, kind="stable")[:64]])
    flips = np.packbits(rng.random((64, 256)) < FLIPPED, axis=1).view("<u8").astype(np.uint64)
    places = features.places[kept].astype(np.int64)
    places[:, :2] = np.clip(places[:, :2] + rng.integers(-200, 201, (64, 2)), 0, image_local.UNIT)
    return Features(features.words[kept] ^ flips, places.astype(np.uint16))


# --- what is printed -------------------------------------------------------------------------------------


def report(trial: Trial) -> None:
    print(f"{trial.told}\n")
    print(f"{'edit':26}{'n':>5}{'found':>8}" + "".join(f"{state:>11}" for state in STATES) + f"{'missed':>8}")
    for edit, states in trial.states.items():
        if edit == "strangers":
            continue
        rows = states.total()
        found = (states["STRONG"] + states["CONFIRMED"]) / rows
        goal = f"  goal {GOALS[edit]:.2f}" if edit in GOALS else ""
        told = "".join(f"{states[state]:>11}" for state in STATES)
        print(f"{edit:26}{rows:>5}{found:>8.3f}{told}{states['missed']:>8}{goal}")
    print(f"\n{'strangers':26}{trial.states['strangers'].total():>5}, {trial.unclear['strangers']} left unclear")
    print(f"certain matches with another work: {len(trial.wrong)} in {trial.pairs:,} pairs of a picture and a work")
    print(*(f"  {each}" for each in trial.wrong[:12]), sep="\n")
    print(f"the other scan of The Starry Night: {'; '.join(trial.scans) or 'not joined'}")
    asked = trial.rows - trial.states["strangers"].total()
    print(f"{asked / trial.seconds:.1f} rows/s of processor time, making the edits included")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--works", type=int, default=100_000)
    options.add_argument("--copies", type=int, default=2, help="how often each edit is made of each picture")
    options.add_argument("--registered", type=int, default=60, help="how many pictures are registered at most")
    options.add_argument("--pictures", type=Path, nargs="*", default=[], help="folders with more pictures")
    options.add_argument("--crowd", type=Path, nargs="*", default=[], help="folders of the pictures of the crowd")
    options.add_argument("--quick", action="store_true", help="a few pictures among two thousand works")
    given = options.parse_args()
    if given.quick:
        given.works, given.copies, given.registered = 2_000, 1, 3
    pictures = gather(given.pictures)
    crowd = _distinct(_below(given.crowd), pictures)
    if len(pictures) < 8:
        sys.exit("too few pictures: point PLACET_SHARED at the folder that holds data/, or name --pictures DIR")
    report(run(pictures, given.works, given.copies, crowd, given.registered))


if __name__ == "__main__":
    main()
