"""Three makers with three different wishes, what each of them made, and the strangers beside them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from examples.story.draw import draw
from placet.core import Stance

__all__ = ["CAST", "Maker", "lay_out", "strangers", "strangers_texts"]

_TEXTS = Path(__file__).parent / "texts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """`wish` is what she would say; `stance` is how `placet reserve` is told."""

    name: str
    trade: str
    wish: str
    stance: Stance
    drawings: tuple[str, ...] = ()
    photographs: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


CAST = (
    Maker(
        name="Ana",
        trade="illustrator",
        wish="no AI",
        stance=Stance.RESERVE,
        drawings=("harbour-at-dusk", "paper-forest", "woman-with-a-green-hat", "plate-xii-wild-briar"),
        texts=("the-drawer-of-hands",),
    ),
    Maker(
        name="Ben",
        trade="photographer",
        wish="at a price",
        stance=Stance.LICENSE,
        drawings=("concert-poster",),
        # Other people's CC0 photographs (R. Michetti, SpaceX, S. van der Walt), standing in for Ben's own.
        photographs=("coffee.png", "rocket.jpg", "chelsea.png"),
        texts=("waiting-for-the-light",),
    ),
    Maker(
        name="Cleo",
        trade="writer and draughtswoman",
        wish="yes, with credit",
        stance=Stance.ALLOW,
        drawings=("whale-under-the-boat", "the-cat-and-the-moon", "map-of-an-island"),
        texts=("the-lamp-that-was-owed", "ferry-song"),
    ),
)


def lay_out(folder: Path, photographs: Mapping[str, bytes]) -> dict[str, Path]:
    """Each maker's pieces in a folder of her own: her name to its path."""
    folders = {}
    for maker in CAST:
        own = folders[maker.name] = folder / maker.name.lower()
        own.mkdir(parents=True, exist_ok=True)
        for name in maker.drawings:
            (own / f"{name}.jpg").write_bytes(_jpeg(name))
        for name in maker.photographs:
            if name in photographs:
                (own / name).write_bytes(photographs[name])
        for name in maker.texts:
            (own / f"{name}.txt").write_bytes((_TEXTS / f"{name}.txt").read_bytes())
    return folders


def strangers(photographs: Mapping[str, bytes]) -> dict[str, bytes]:
    """Pictures that nobody registered: the other photographs, and tiles and posters drawn from other seeds."""
    taken = {name for maker in CAST for name in maker.photographs}
    found = {name: data for name, data in photographs.items() if name not in taken}
    for seed in (13, 101, 102):
        found[f"garden-tiles-{seed}.jpg"] = _jpeg("garden-tiles", seed)
        found[f"concert-poster-{seed + 200}.jpg"] = _jpeg("concert-poster", seed + 200)
    return found


def strangers_texts() -> list[str]:
    """Short texts that nobody registered."""
    return (_TEXTS / "strangers.txt").read_text(encoding="utf-8").strip().split("\n\n")


def _jpeg(name: str, seed: int | None = None) -> bytes:
    out = io.BytesIO()
    draw(name, seed).save(out, "JPEG", quality=92)
    return out.getvalue()
