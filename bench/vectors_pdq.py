"""Write the published picture vectors: `python bench/vectors_pdq.py` (needs the extra `bench`).

The PDQ values come from the `pdqhash` package, never from us; the plh values come from the plain numpy
reference. With the real pictures beside the repository (see tests/fingerprints/pictures.py) their values
are written too.
"""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pdqhash

from placet.fingerprints import decode, image_pdq, image_plh
from placet.fingerprints.synthetic import draw
from tests.fingerprints.pictures import real_pictures

VECTORS = Path(__file__).parents[1] / "src/placet/vectors/fingerprints"


def specs() -> dict[str, dict[str, int | str]]:
    """The synthetic pictures, by name."""
    made: dict[str, dict[str, int | str]] = {}

    def add(formula: str, height: int, width: int, **rest: int) -> None:
        name = "-".join([formula, f"{width}x{height}", *(f"{key}{value}" for key, value in rest.items())])
        made[name] = {"formula": formula, "height": height, "width": width, **rest}

    for height, width in ((1, 1), (200, 3), (64, 64), (128, 171), (4, 300), (5, 5)):
        add("flat", height, width, value=77)
        add("gradient", height, width, across=3, down=5, over=2)
        add("noise", height, width, seed=height * 1000 + width)
    for height, width in ((64, 64), (128, 171), (341, 512), (512, 341), (512, 512), (63, 129)):
        add("disc", height, width, diameter=min(height, width))
        add("gradient", height, width, across=2, down=1, over=3)
        add("blocks", height, width, edge=17, seed=height + width)
        add("blocks", height, width, edge=61, seed=height * width)
    return made


def pdq_of(picture: np.ndarray) -> dict[str, str | int]:
    """What `pdqhash` says; it takes three channels, and its vector is the hexadecimal's bits in order."""
    rgb = picture if picture.ndim == 3 else np.stack([picture] * 3, axis=-1)
    vector, quality = pdqhash.compute(np.ascontiguousarray(rgb))
    return {"hash": np.packbits(vector.astype(np.uint8)).tobytes().hex(), "quality": quality}


def plh_of(luma: np.ndarray) -> dict[str, str | int]:
    reduced = image_plh.reference64(luma)
    return {"hash": image_plh.hash64(reduced).hex(), "quality": image_plh.quality64(reduced)}


def coloured() -> dict[str, list[dict[str, int | str]]]:
    """Three synthetic pictures as red, green and blue."""
    planes = [{"formula": "blocks", "height": 150, "width": 220, "edge": edge, "seed": edge} for edge in (9, 23, 40)]
    return {"blocks-rgb-220x150": planes}


def write(name: str, document: dict[str, object]) -> None:
    (VECTORS / name).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Write both files and say how many vectors each holds."""
    pictures = {name: draw(spec) for name, spec in specs().items()}
    files = []
    for path in real_pictures():
        data = path.read_bytes()
        value = pdq_of(image_pdq.reduce_512(decode.read_rgb(data)))
        files.append({"file": path.name, "sha256": hashlib.sha256(data).hexdigest(), **value})
    pdq = [{"name": name, "picture": specs()[name], **pdq_of(luma)} for name, luma in pictures.items()]
    for name, planes in coloured().items():
        rgb = np.stack([draw(plane) for plane in planes], axis=-1)
        pdq.append({"name": name, "planes": planes, **pdq_of(rgb)})
    source = f"pdqhash {version('pdqhash')}, on pictures of at most 512 pixels a side"
    write("image-pdq.json", {"algorithm": "image-pdq/1", "from": source, "vectors": pdq, "files": files})
    plh = [{"name": name, "picture": specs()[name], **plh_of(luma)} for name, luma in pictures.items()]
    rules = "src/placet/fingerprints/image_plh.py, by its plain numpy reference"
    write("image-plh.json", {"algorithm": "image-plh/1", "from": rules, "vectors": plh})
    print(f"image-pdq.json: {len(pdq)} vectors, {len(files)} files; image-plh.json: {len(plh)} vectors")


if __name__ == "__main__":
    main()
