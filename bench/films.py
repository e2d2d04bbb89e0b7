"""Films: what is found of seeded films after each edit, and how fast they are cleared beside decoding them.

    python bench/films.py [--films 6] [--quick]

A film is twenty scenes of two seconds that move, 320x240 at 12 frames a second, by OpenCV's MPEG-4; its sound is not
part of this bench (bench/audio.py). Strangers are as many films that are not registered; half of them begin with the
title card of a work. Processor time, in turns.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from placet.app import Home
from placet.clearance import films
from placet.desk.snapshots import publish_snapshot
from placet.fingerprints import video_frames
from placet.fingerprints.describe import describe
from placet.registry.compose import NewWork
from placet.signing.keys import Role
from placet.snapshot.library import open_library
from placet.snapshot.match import Match, Matcher

Picture = npt.NDArray[np.uint8]
Film = list[Picture]
Change = Callable[[Film], Film]

RATE, SCENE, SCENES, ROUNDS = 12, 24, 20, 3
WIDTH, HEIGHT = 320, 240


def make(seed: int) -> Film:
    """Scenes that slide slowly across a picture of nothing."""
    shown = []
    for number in range(SCENES):
        wide = scene(1000 * seed + number, WIDTH + SCENE * 2, HEIGHT)
        shown += [wide[:, 2 * step : 2 * step + WIDTH] for step in range(SCENE)]
    return shown


def scene(seed: int, width: int, height: int) -> Picture:
    rng = np.random.default_rng(seed)
    total = np.full((height, width, 3), 128.0, np.float32)
    for side, strength in ((3, 0.6), (6, 0.45), (12, 0.34), (24, 0.25), (48, 0.18)):
        coarse = rng.integers(-128, 128, (side, side, 3)).astype(np.float32)
        total += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) * strength
    return total.clip(0, 255).astype(np.uint8)


def write(film: Film, codec: str = "mp4v", suffix: str = "mp4") -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"film.{suffix}")
        height, width = film[0].shape[:2]
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), RATE, (width, height))
        for picture in film:
            writer.write(picture)
        writer.release()
        return path.read_bytes()


def each(change: Callable[[Picture], Picture]) -> Change:
    return lambda film: [change(picture) for picture in film]


def crop(share: float) -> Change:
    """That share of both sides cut away, all around, and shown at the old size."""
    dx, dy = int(WIDTH * share / 2), int(HEIGHT * share / 2)
    return each(lambda picture: cv2.resize(picture[dy : HEIGHT - dy, dx : WIDTH - dx], (WIDTH, HEIGHT)))


def caption(picture: Picture) -> Picture:
    out = picture.copy()
    out[-30:] = 0
    return cv2.putText(out, "some words below", (20, HEIGHT - 10), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 255, 255))


EDITS: dict[str, Change] = {
    "MPEG-4 again": lambda film: film,
    "half the size": each(lambda picture: cv2.resize(picture, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA)),
    "on black, square": each(lambda picture: np.pad(picture, ((40, 40), (0, 0), (0, 0)))),
    "2 % cropped": crop(0.02),
    "5 % cropped": crop(0.05),
    "10 % cropped": crop(0.10),
    "words below": each(caption),
    "brighter": each(lambda picture: np.clip(picture.astype(np.int16) + 30, 0, 255).astype(np.uint8)),
    "mirrored": each(lambda picture: np.ascontiguousarray(picture[:, ::-1])),
    "10 s excerpt": lambda film: film[7 * RATE + 5 : 17 * RATE + 5],
    "10 s inside 20 s": lambda film: [
        *make(900)[: 5 * RATE],
        *film[7 * RATE + 5 : 17 * RATE + 5],
        *make(901)[: 5 * RATE],
    ],
    "every second frame": lambda film: film[::2],
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=6)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    works = [make(seed) for seed in range(2 if asked.quick else asked.films)]
    with tempfile.TemporaryDirectory() as folder:
        matcher = register(Path(folder), works)
        print_recall(matcher, works)
        print_speed(matcher, write(works[0]))
    return 0


def register(folder: Path, works: list[Film]) -> Matcher:
    counter = itertools.count()
    home = Home(folder / "home", random=lambda size: hashlib.shake_128(b"%d" % next(counter)).digest(size))
    composer = home.composer(home.key(Role.PARTY))
    told = [describe(write(film), "film.mp4") for film in works]
    ids = composer.register([NewWork(record=one.record, sheet=one.sheet) for one in told])
    home.log.append(composer.submission())
    publish_snapshot(home, folder / "snapshot")
    library = open_library(folder / "snapshot")
    ORDER.extend(ids.index(library.work_id(row)) for row in range(len(library)))
    return Matcher(library)


ORDER: list[int] = []  # which film each row of the library is


def found(matcher: Matcher, data: bytes) -> list[Match]:
    prints = films.see(data, "row")
    assert isinstance(prints, video_frames.FilmPrints), prints
    return films.sought(prints, matcher, 0, "row")[0]


def print_recall(matcher: Matcher, works: list[Film]) -> None:
    print(f"{len(works)} films of {SCENES * SCENE // RATE} s")
    print(f"{'edit':24}{'recall':>8}{'unclear':>9}{'missed':>8}{'wrong':>7}")
    for name, change in EDITS.items():
        print_edit(name, [found(matcher, write(change(film))) for film in works])
    print_edit("re-encoded as MJPEG", [found(matcher, write(film, "MJPG", "avi")) for film in works])
    strangers = [make(500 + seed) for seed in range(len(works))]
    cards = [[*film[: 2 * RATE], *stranger] for film, stranger in zip(works, strangers, strict=True)]
    met = [found(matcher, write(film)) for film in (*strangers[::2], *cards[1::2])]
    sure = sum(any(match.kind.certain for match in matches) for matches in met)
    print(f"{len(met)} strangers, half with a work's title card: {sure} found, {sum(map(bool, met)) - sure} unclear")


def print_edit(name: str, met: list[list[Match]]) -> None:
    sure = [{ORDER[match.work] for match in matches if match.kind.certain} for matches in met]
    hit = sum(number in works for number, works in enumerate(sure))
    unsure = sum(bool(matches) and not works for matches, works in zip(met, sure, strict=True))
    wrong = sum(bool(works - {number}) for number, works in enumerate(sure))
    print(f"{name:24}{hit / len(met):8.2f}{unsure:9}{len(met) - hit - unsure:8}{wrong:7}", flush=True)


def print_speed(matcher: Matcher, data: bytes) -> None:
    steps: dict[str, Callable[[], object]] = {
        "decode (OpenCV), and nothing else": lambda: decode(data),
        "frames, hashes, look-up": lambda: found(matcher, data),
    }
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _, (name, step) in itertools.product(range(ROUNDS + 1), steps.items()):
        before = time.process_time()
        step()
        times[name].append(time.process_time() - before)
    (_, base), (name, spans) = ((name, statistics.median(spans[1:])) for name, spans in times.items())
    print(f"\n{name}: {base / spans:.2f} of decoding the same film and nothing else (cpu, median of {ROUNDS})")


def decode(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "film")
        path.write_bytes(data)
        film = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        while film.grab():
            pass
        film.release()


if __name__ == "__main__":
    sys.exit(main())
