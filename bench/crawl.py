"""What the benches clear: a crawl of pictures in one tar, and a snapshot of many works that knows some of them.

Pictures are crops of the photographs in ../shared/data/images with a piece of another laid over them, or, where
those are not here, noise of several grains. Everything is seeded, so two runs clear the same bytes.
"""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from placet.core.act import Act
from placet.core.line import Line
from placet.core.spoken import Spoken
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.core.work import Medium, Party, Work, WorkRecord
from placet.fingerprints.decode import read_luma
from placet.fingerprints.image_plh import VARIANTS, quality64, reduce64, variants
from placet.fingerprints.sheet import Sheet, format_sheet
from placet.record.checkpoint import Checkpoint
from placet.snapshot.build import build_snapshot
from placet.snapshot.library import Library, open_library

__all__ = ["SHARED", "draw_crawl", "make_library", "read_members", "write_tar"]

SHARED = Path(os.environ.get("PLACET_SHARED", Path(__file__).parents[2] / "shared"))
SIZE = (683, 512)
SEED = 20261122

Pixels = NDArray[np.uint8]


def draw_crawl(count: int) -> tuple[str, list[bytes]]:
    """Where the pictures come from, and `count` different JPEGs of 683x512, 4:2:0, about 85 kB each on average."""
    rng = np.random.default_rng(SEED)
    photos = [path for path in sorted((SHARED / "data" / "images").glob("*.jpg")) if _is_large(path)]
    if photos:
        opened = [Image.open(path).convert("RGB") for path in photos]
        pictures, qualities = _collages(rng, opened, count), (82, 96)
    else:
        pictures, qualities = (_noise(rng) for _ in range(count)), (80, 92)
    jpegs = [_jpeg(pixels, int(rng.integers(*qualities))) for pixels in pictures]
    return (f"crops of {len(photos)} photographs" if photos else "noise (../shared is not here)"), jpegs


def _jpeg(pixels: Pixels, quality: int) -> bytes:
    return simplejpeg.encode_jpeg(pixels, quality, "RGB", "420")


def _is_large(path: Path) -> bool:
    with Image.open(path) as image:
        return image.size[0] >= SIZE[0] and image.size[1] >= SIZE[1]


def _collages(rng: np.random.Generator, photos: Sequence[Image.Image], count: int) -> Iterator[Pixels]:
    for at in range(count):
        ground = _crop(rng, photos[at % len(photos)], SIZE)
        across, down = int(rng.integers(200, 400)), int(rng.integers(150, 300))
        piece = _crop(rng, photos[int(rng.integers(len(photos)))], (across, down))
        ground.paste(piece, (int(rng.integers(SIZE[0] - across)), int(rng.integers(SIZE[1] - down))))
        yield np.asarray(ground)


def _crop(rng: np.random.Generator, photo: Image.Image, size: tuple[int, int]) -> Image.Image:
    most = min(photo.size[0] / size[0], photo.size[1] / size[1], 3.0)
    scale = rng.uniform(min(1.0, most), most)
    across, down = int(size[0] * scale), int(size[1] * scale)
    left, top = int(rng.integers(photo.size[0] - across + 1)), int(rng.integers(photo.size[1] - down + 1))
    return photo.resize(size, Image.Resampling.BILINEAR, (left, top, left + across, top + down), reducing_gap=2.0)


def _noise(rng: np.random.Generator) -> Pixels:
    total = np.zeros((SIZE[1], SIZE[0], 3))
    for grain, weight in ((4, 60), (16, 40), (64, 30), (256, 22)):
        small = Image.fromarray(rng.integers(0, 256, (grain, grain, 3), np.uint8))
        total += weight / 127.5 * (np.asarray(small.resize(SIZE, Image.Resampling.BICUBIC)) - 127.5)
    return np.clip(total + 127.5, 0, 255).astype(np.uint8)


def write_tar(path: Path, jpegs: Sequence[bytes]) -> None:
    """A shard as img2dataset names it, pictures only."""
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tape:
        for at, jpeg in enumerate(jpegs):
            member = tarfile.TarInfo(f"{at:09d}.jpg")
            member.size = len(jpeg)
            tape.addfile(member, io.BytesIO(jpeg))


def read_members(path: Path) -> list[tuple[int, int]]:
    """Where each picture of the tar lies: (offset, size)."""
    with tarfile.open(path) as tape:
        return [(member.offset_data, member.size) for member in tape]


def make_library(folder: Path, works: int, known: Sequence[bytes]) -> Library:
    """A snapshot of `works` works of eight hashes each: the pictures in `known`, and strangers; all of them refuse."""
    source = _Crowd(works, known)
    build_snapshot(source, Checkpoint("placet.example/bench", works, bytes(32)), 0, folder)
    return open_library(folder)


@dataclass(slots=True)
class _Crowd:
    """A registry that was never there: each work has one word, each word is about a thousand works."""

    size: int
    known: Sequence[bytes]
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(SEED + 1))
    _sheets: dict[str, bytes] = field(default_factory=dict)
    _ids: list[str] = field(default_factory=list)

    def works(self, size: int) -> Iterator[Work]:
        for at in range(size):
            sheet = _sheet_of(self.known[at]) if at < len(self.known) else self._stranger()
            self._sheets = {f"{at:064x}": format_sheet(sheet)}
            digest = self.rng.bytes(32).hex()
            record = WorkRecord(medium=Medium.IMAGE, sha256=digest, blake3=digest, size=1, iscc="", prints=f"{at:064x}")
            self._ids.append(digest[:32])
            yield Work(id=digest[:32], by="00" * 32, index=at, record=record)

    def _stranger(self) -> Sheet:
        hashes = self.rng.bytes(32 * len(VARIANTS))
        plh = {name: hashes[32 * at : 32 * at + 32] for at, name in enumerate(VARIANTS)}
        return Sheet(plh=plh, pdq=bytes(32), quality=90)

    def blob(self, digest: str) -> bytes | None:
        return self._sheets.get(digest)

    def spoken(self, size: int) -> Iterator[Spoken]:
        for start in range(0, size, 1_000):
            yield Spoken(
                index=size + start,
                id=f"{start:064x}",
                by="00" * 32,
                stance=Stance.RESERVE,
                subjects=tuple(Subject(Kind.WORK, name) for name in self._ids[start : start + 1_000]),
                uses=(Use.ANY,),
                start=0,
                until=0,
            )

    def acts(self, size: int) -> Sequence[Act]:
        return ()

    def lines(self, size: int) -> Iterator[Line]:
        return iter(())

    def parties(self, size: int) -> Sequence[Party]:
        return [Party(key="00" * 32, index=0, role="maker")]

    def title(self, commitment: str) -> str:
        return ""


def _sheet_of(jpeg: bytes) -> Sheet:
    luma = read_luma(jpeg).upright
    plh = {one.variant: one.value for one in variants(luma)}
    return Sheet(plh=plh, pdq=bytes(32), quality=quality64(reduce64(luma)))
