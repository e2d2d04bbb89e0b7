"""A small world: parties who register real pictures and texts, a log, its snapshots, and datasets to clear."""

from __future__ import annotations

import hashlib
import io
import itertools
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from placet.app import Home
from placet.core.profile import PROFILES
from placet.core.stance import Stance
from placet.core.subject import Subject
from placet.core.use import Use
from placet.desk.clearing import Cleared, Request, clear
from placet.desk.snapshots import publish_snapshot
from placet.fingerprints.describe import describe
from placet.registry.compose import NewWork, Wish
from placet.registry.openings import Opening
from placet.snapshot.library import Library, open_library
from tests.factories import NOW, a_key, check_identity, works_of

__all__ = ["World", "a_world", "jpeg", "picture", "prose"]

_WORDS = (
    "lamp",
    "river",
    "evening",
    "paper",
    "house",
    "winter",
    "hand",
    "letter",
    "window",
    "salt",
    "road",
    "bread",
    "garden",
    "voice",
    "stone",
    "ferry",
    "glass",
    "morning",
    "thread",
    "mirror",
    "orchard",
    "cellar",
    "bell",
    "harbour",
    "ladder",
    "copper",
    "feather",
    "candle",
    "meadow",
    "engine",
)


@dataclass
class World:
    home: Home

    def register(
        self,
        by: int,
        files: Mapping[str, bytes],
        stance: Stance | None = Stance.RESERVE,
        *,
        uses: tuple[Use, ...] = (Use.TRAIN,),
        titles: bool = False,
        thumbs: bool = False,
        **reach: Any,
    ) -> dict[str, str]:
        """Register files for the numbered party, and say something about them; returns their ids by name.

        Who says yes is checked first: no other yes counts.
        """
        composer = self.home.composer(a_key(by, name=f"maker {by}"))
        ids = composer.register([_new_work(data, name, titles, thumbs) for name, data in files.items()])
        if stance:
            composer.declare(works_of(ids), Wish(uses=uses, stance=stance, start=NOW - 100, **reach))
        self.home.log.append(composer.submission())
        if stance is Stance.ALLOW:
            self._check(by)
        return dict(zip(files, ids, strict=True))

    def say(self, by: int, subjects: list[Subject], stance: Stance, *uses: Use, **reach: Any) -> None:
        composer = self.home.composer(a_key(by))
        composer.declare(subjects, Wish(uses=uses or (Use.TRAIN,), stance=stance, start=NOW - 100, **reach))
        self.home.log.append(composer.submission())

    def _check(self, by: int) -> None:
        if not any(act.body.get("party") == a_key(by).public.hex() for act in self.home.registry.acts()):
            check_identity(self.home, by)

    def snapshot(self, name: str = "snapshot") -> Path:
        folder = self.home.path.parent / name
        publish_snapshot(self.home, folder)
        return folder

    def library(self, name: str = "snapshot") -> Library:
        return open_library(self.snapshot(name))

    def clear(self, dataset: Path, snapshot: Path, out: Path, **asked: Any) -> Cleared:
        return clear(self.home, a_request(dataset, snapshot, out, **asked))


def a_request(dataset: Path, snapshot: Path, out: Path, **asked: Any) -> Request:
    profile = asked.pop("profile", "eu-art4")
    usual: dict[str, Any] = {"use": Use.TRAIN_GENERATIVE, "profiles": (PROFILES[profile],), "workers": 1}
    return Request(dataset=dataset, snapshot=snapshot, out=out, **usual | asked)


def a_world(folder: Path, seed: int = 0) -> World:
    """A home whose clock stands still; another seed is another log key."""
    counter = itertools.count(seed * 1_000_000)
    home = Home(
        folder / "home", now=lambda: NOW, random=lambda size: hashlib.shake_128(b"%d" % next(counter)).digest(size)
    )
    return World(home)


def _new_work(data: bytes, name: str, titles: bool, thumbs: bool) -> NewWork:
    from placet.fingerprints.thumbnail import thumbnail

    described = describe(data, name)
    salt = hashlib.sha256(data + name.encode()).digest()
    return NewWork(
        record=described.record,
        sheet=described.sheet,
        title=Opening(salt=salt, value=name, show=True) if titles else None,
        thumb=thumbnail(data) if thumbs else b"",
    )


def picture(seed: int, width: int = 240, height: int = 160) -> Image.Image:
    """A picture of nothing, with detail at every scale; another seed is another picture."""
    rng = np.random.default_rng(seed)
    total = np.full((height, width, 3), 128.0)
    for octave, strength in enumerate((60, 45, 34, 25, 19, 14)):
        side = 3 << octave
        coarse = Image.fromarray(rng.integers(0, 256, (side, side, 3), dtype=np.uint8))
        total += (np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC)) - 128.0) * strength / 128
    return Image.fromarray(total.clip(0, 255).astype(np.uint8))


def jpeg(image: Image.Image | int, quality: int = 90) -> bytes:
    out = io.BytesIO()
    (picture(image) if isinstance(image, int) else image).convert("RGB").save(out, "JPEG", quality=quality)
    return out.getvalue()


def prose(seed: int, words: int = 300) -> str:
    rng = random.Random(seed)
    return " ".join(
        f"{rng.choice(_WORDS)}{rng.choice(('', '', 's', ','))} {rng.randrange(10_000)}"
        if n % 7 == 3
        else rng.choice(_WORDS)
        for n in range(words)
    )
