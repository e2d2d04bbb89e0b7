"""A crawler's loot: the makers' pieces among strangers', treated as dataset tools treat what they find.

`border` and `center_crop` are the resize modes of img2dataset 1.47 (resizer.py); white borders are its default.
"""

from __future__ import annotations

import io
import json
import random
import re
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from examples.story.cast import strangers_texts

__all__ = ["RECIPES", "TEXT_RECIPES", "Truth", "make_crawl"]

_SIDE = 256
_SHARD = "images/00000.tar"
_DOCS = "docs.jsonl"
_TOO_SHORT = 36


@dataclass(frozen=True, slots=True)
class Truth:
    """What a row really is: `piece` is the maker's file as `ana/paper-forest.jpg`, or None for a stranger's.

    `row` is the relative path in a folder, the key in a shard, the row number from 0 in `docs.jsonl`.
    """

    unit: str
    row: str
    piece: str | None
    transform: str


def _border(picture: Image.Image) -> Image.Image:
    return ImageOps.pad(picture, (_SIDE, _SIDE), Image.Resampling.LANCZOS, color="white")


def _center_crop(picture: Image.Image) -> Image.Image:
    return ImageOps.fit(picture, (_SIDE, _SIDE), Image.Resampling.LANCZOS)


def _grey(picture: Image.Image) -> Image.Image:
    return picture.convert("L").convert("RGB")


def _half(picture: Image.Image) -> Image.Image:
    return picture.reduce(2)


def _squash(picture: Image.Image) -> Image.Image:
    return picture.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)


_Step = Callable[[Image.Image], Image.Image]

RECIPES: tuple[tuple[str, tuple[_Step, ...], int], ...] = (
    ("white borders, JPEG q95", (_border,), 95),
    ("white borders, mirrored, JPEG q85", (_border, ImageOps.mirror), 85),
    ("centre square, JPEG q90", (_center_crop,), 90),
    ("white borders, grey, JPEG q75", (_border, _grey), 75),
    ("squashed to a square, JPEG q80", (_squash,), 80),
    ("centre square, mirrored, JPEG q75", (_center_crop, ImageOps.mirror), 75),
    ("half size, JPEG q60", (_half,), 60),
)


def _shout(words: str, _rng: random.Random) -> str:
    return words.upper()


def _whisper(words: str, _rng: random.Random) -> str:
    return " ".join(re.sub(r"[^\w\s']", " ", words.lower()).split())


def _rewrap(words: str, rng: random.Random) -> str:
    return re.sub(r"\s+", lambda _: rng.choice((" ", " ", "  ", "   ", "\t", "\n")), words)


def _typeset(words: str, _rng: random.Random) -> str:
    return words.replace('"', "”").replace("'", "’").replace(", ", " — ").replace(". ", "... ")


TEXT_RECIPES = (
    ("quoted in capitals", _shout),
    ("quoted without punctuation", _whisper),
    ("quoted with broken lines", _rewrap),
    ("quoted with other punctuation", _typeset),
)


def make_crawl(makers_folder: Path, strangers: Mapping[str, bytes], out: Path) -> list[Truth]:
    """Writes the loot into `out` and returns what every row really is; the same bytes every time."""
    rng = random.Random(20)
    pieces = {path.relative_to(makers_folder).as_posix(): path for path in sorted(makers_folder.glob("*/*"))}
    pictures = {name: path.read_bytes() for name, path in pieces.items() if path.suffix != ".txt"}
    texts = {name: path.read_text(encoding="utf-8") for name, path in pieces.items() if path.suffix == ".txt"}
    truth = _shard(rng, pictures, strangers, out / _SHARD)
    truth += _folder(rng, pictures, strangers, out)
    return truth + _documents(rng, texts, out / _DOCS)


def _treat(data: bytes, steps: Sequence[_Step], quality: int) -> bytes:
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    for step in steps:
        picture = step(picture)
    saved = io.BytesIO()
    picture.save(saved, "JPEG", quality=quality)
    return saved.getvalue()


def _shard(rng: random.Random, pictures: Mapping[str, bytes], others: Mapping[str, bytes], path: Path) -> list[Truth]:
    """A WebDataset shard as img2dataset writes one: key.jpg, key.txt, key.json."""
    takes = [
        (data, name, RECIPES[(number * 2 + turn) % 6])
        for number, (name, data) in enumerate(pictures.items())
        for turn in range(2)
    ]
    takes += [(data, None, rng.choice(RECIPES[:6])) for data in others.values()]
    rng.shuffle(takes)
    path.parent.mkdir(parents=True, exist_ok=True)
    truth = []
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as shard:
        for number, (data, piece, (transform, steps, quality)) in enumerate(takes):
            key = f"{number:09d}"
            url = f"https://pictures.example/{rng.randrange(16**8):08x}.jpg"
            caption = rng.choice(_CAPTIONS)
            _add(shard, f"{key}.jpg", _treat(data, steps, quality))
            _add(shard, f"{key}.txt", caption.encode())
            _add(shard, f"{key}.json", json.dumps({"key": key, "url": url, "caption": caption}).encode())
            truth.append(Truth(_SHARD, key, piece, transform))
    return truth


def _add(shard: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    shard.addfile(member, io.BytesIO(data))


def _folder(rng: random.Random, pictures: Mapping[str, bytes], others: Mapping[str, bytes], out: Path) -> list[Truth]:
    """Loose files: every second piece at half its size, one untouched, and a few strangers."""
    half = RECIPES[6]
    takes = [(data, name, half) for name, data in list(pictures.items())[::2]]
    takes += [(data, None, half) for data in list(others.values())[::3]]
    takes += [(data, name, ("untouched", (), 0)) for name, data in list(pictures.items())[:1]]
    rng.shuffle(takes)
    (out / "loose").mkdir(parents=True, exist_ok=True)
    truth = []
    for number, (data, piece, (transform, steps, quality)) in enumerate(takes):
        row = f"loose/IMG_{4100 + 7 * number}.jpg"
        (out / row).write_bytes(_treat(data, steps, quality) if steps else data)
        truth.append(Truth(row, row, piece, transform))
    return truth


def _documents(rng: random.Random, texts: Mapping[str, str], path: Path) -> list[Truth]:
    """Posts that quote the makers' texts, posts that do not, and one that quotes too little to be found."""
    others = strangers_texts()
    posts = [(text, None, "a stranger's") for text in others]
    turn = 0
    for name, text in texts.items():
        for _ in range(1 + len(text) // 1200):
            how, change = TEXT_RECIPES[turn % len(TEXT_RECIPES)]
            quote = _excerpt(rng, text, rng.randrange(460, 760))
            post = f"{rng.choice(others)}\n\n{rng.choice(_OPENINGS)}\n\n{change(quote, rng)}\n\n{rng.choice(others)}"
            posts.append((post, name, how))
            turn += 1
    for text in list(texts.values())[:1]:
        post = f"{others[0]}\n\n{_excerpt(rng, text, _TOO_SHORT)}\n\n{others[1]}"
        posts.append((post, None, f"{_TOO_SHORT} characters quoted, too few to be found"))
    rng.shuffle(posts)
    lines = [
        json.dumps({"id": number, "url": f"https://posts.example/{number}", "text": post}, ensure_ascii=False)
        for number, (post, _, _) in enumerate(posts)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return [Truth(_DOCS, str(number), piece, how) for number, (_, piece, how) in enumerate(posts)]


def _excerpt(rng: random.Random, text: str, length: int) -> str:
    start = rng.randrange(max(1, len(text) - length))
    return text[start : start + length]


_CAPTIONS = (
    "beautiful artwork, trending",
    "stock image, no watermark",
    "wallpaper 4k free download",
    "IMG_final_final2",
    "vintage print poster home decor",
    "photo by unknown",
    "best of the week",
)
_OPENINGS = (
    "Somebody read this aloud at the party and I wrote down what I could:",
    "Found this on an old page and it is too good to lose:",
    "For the reading group, part of what we discussed:",
    "Copying this here before the site goes away:",
)
