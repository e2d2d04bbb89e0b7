"""Known answers: registered works are planted, changed as datasets change them, and must be found again.

Three sources, the first that there is, for each medium.  *Files* of registered originals that the user gives
(`--known`), found by their exact bytes; *thumbnails* that holders published in the snapshot; both are really edited and
go through the path by which rows are judged.  Else *fingerprints*: a registered hash with some of its bits turned, or a
passage as its fingerprints alone; that tests the index and the thresholds, and no decoder.  Which it was is written
down.
"""

from __future__ import annotations

import io
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

import numpy as np
import pyarrow as pa
from PIL import Image, ImageOps

from placet.clearance.judge import Judge
from placet.clearance.plan import Ask
from placet.clearance.rows import Part, PartKind, Row
from placet.core.stance import Voice
from placet.errors import BadMedia
from placet.fingerprints.decode import read_rgb
from placet.fingerprints.text_winnow import TextPrints
from placet.snapshot.match import Match, Matcher, MatchKind

__all__ = ["FILES", "PRINTS", "THUMBNAILS", "Known", "Original", "plant"]

FILES, THUMBNAILS, PRINTS = "files", "thumbnails", "fingerprints"
_SIDE: Final = 512  # an original is reduced to this before it is edited, so that a measure has a price
_CANDIDATES: Final = 4_096  # thumbnails that the planted ones are drawn from
_MOST_POSTINGS: Final = 50_000_000  # a larger table of passages is not searched for whole works
_BITS: Final = (8, 16, 31)
_LETTERS: Final = (300, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Of `planted` items, `found` were matched to their own work for certain, `unclear` resembled it."""

    medium: str
    source: str
    edit: str
    planted: int
    found: int
    unclear: int


@dataclass(frozen=True, slots=True)
class Original:
    """A registered file, and the rows of the works that are this file."""

    works: frozenset[int]
    kind: PartKind
    data: bytes


_Planted = tuple[str, frozenset[int], Row]


def plant(matcher: Matcher, ask: Ask, seed: str, most: int, files: Sequence[Original] = ()) -> tuple[Known, ...]:
    """Plant up to `most` works of each medium, drawn by `seed`; nothing where nothing can be planted."""
    if not most or not len(matcher.library):
        return ()
    rng = random.Random(seed)  # noqa: S311  a draw that anyone can repeat
    pictures, texts = (
        _drawn([f for f in files if f.kind is kind], most, rng) for kind in (PartKind.IMAGE, PartKind.TEXT)
    )
    thumbnails = [] if pictures else _thumbnails(matcher, most, rng)
    source = FILES if pictures else THUMBNAILS
    judged = _judged(matcher, ask, chain.from_iterable(map(_edits, pictures or thumbnails)))
    found = _counted(PartKind.IMAGE, source, judged) or _counted(PartKind.IMAGE, PRINTS, _bits(matcher, most, rng))
    excerpts = chain.from_iterable(_excerpts(text, rng) for text in texts)
    told = _counted(PartKind.TEXT, FILES, _judged(matcher, ask, excerpts))
    return (*found, *(told or _counted(PartKind.TEXT, PRINTS, _passages(matcher, most, rng))))


_Answer = tuple[str, frozenset[int], Sequence[Match]]


def _judged(matcher: Matcher, ask: Ask, planted: Iterator[_Planted]) -> Iterator[_Answer]:
    """The matches of planted rows, by the judge of the run."""
    edits: list[tuple[str, frozenset[int]]] = []

    def rows() -> Iterator[Row]:
        for edit, works, row in planted:
            edits.append((edit, works))
            yield row

    judge = Judge(matcher, replace(ask, min_voice=Voice.CLAIMED))
    for number, judged in enumerate(judge.judge(rows())):
        yield (*edits[number], judged.matches)


def _counted(kind: PartKind, source: str, answers: Iterator[_Answer]) -> tuple[Known, ...]:
    """By edit, in the order in which they come."""
    planted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    unclear: Counter[str] = Counter()
    for edit, works, matches in answers:
        own = [match for match in matches if match.work in works]
        is_found = any(match.kind.certain for match in own)
        planted[edit] += 1
        found[edit] += is_found
        unclear[edit] += not is_found and any(match.kind is MatchKind.VERIFY for match in own)
    return tuple(
        Known(medium=str(kind), source=source, edit=e, planted=n, found=found[e], unclear=unclear[e])
        for e, n in planted.items()
    )


def _drawn(files: Sequence[Original], most: int, rng: random.Random) -> list[Original]:
    return rng.sample(list(files), min(most, len(files)))


def _thumbnails(matcher: Matcher, most: int, rng: random.Random) -> list[Original]:
    """Published pictures of works; with a file of their own, they are drawn without holding all of them."""
    library = matcher.library
    some = pa.concat_tables(list(library.first_thumbnails(_CANDIDATES))).slice(0, _CANDIDATES)
    drawn = sorted(rng.sample(range(some.num_rows), min(most, some.num_rows)))
    ids, jpegs = some.column("work"), some.column("jpeg")
    rows = _rows_of(matcher, [ids[n].as_py() for n in drawn])
    return [
        Original(frozenset({rows[ids[n].as_py()]}), PartKind.IMAGE, jpegs[n].as_py())
        for n in drawn
        if ids[n].as_py() in rows
    ]


def _rows_of(matcher: Matcher, ids: Sequence[str]) -> Mapping[str, int]:
    library = matcher.library
    first = np.ascontiguousarray(library.arrays["works.id"]).view(np.uint64)[:, 0]
    wanted = np.frombuffer(b"".join(bytes.fromhex(id_)[:8] for id_ in ids), np.uint64)
    return {library.work_id(row): row for row in np.flatnonzero(np.isin(first, wanted)).tolist()}


# --- pictures ---------------------------------------------------------------------------------------------------


def _edits(original: Original) -> Iterator[_Planted]:
    try:
        image = Image.fromarray(read_rgb(original.data, least=_SIDE))
    except BadMedia:
        return
    image.thumbnail((_SIDE, _SIDE))
    for edit, (change, quality) in _CHANGES.items():
        out = io.BytesIO()
        change(image).save(out, "JPEG", quality=quality)
        yield edit, original.works, Row(key=edit, parts=(Part(f"{edit}.jpg", PartKind.IMAGE, out.getvalue()),))


def _half(image: Image.Image) -> Image.Image:
    return image.resize((max(1, image.width // 2), max(1, image.height // 2)))


def _square(image: Image.Image) -> Image.Image:
    side = min(image.size)
    return ImageOps.fit(image, (side, side))


def _border(image: Image.Image) -> Image.Image:
    side = max(image.size)
    return ImageOps.pad(image, (side, side), color="white")


def _cropped(image: Image.Image) -> Image.Image:
    """A tenth of its width and of its height is cut off, half of it on either side."""
    across, down = image.width // 20, image.height // 20
    return image.crop((across, down, image.width - across, image.height - down))


_CHANGES: Final[Mapping[str, tuple[Callable[[Image.Image], Image.Image], int]]] = {
    "jpeg-75": (lambda image: image, 75),
    "jpeg-30": (lambda image: image, 30),
    "half": (_half, 90),
    "squash-224": (lambda image: image.resize((224, 224)), 90),
    "border": (_border, 90),
    "centre": (_square, 90),
    "mirror": (ImageOps.mirror, 90),
    "grey": (ImageOps.grayscale, 90),
    "crop-10": (_cropped, 90),
}


def _bits(matcher: Matcher, most: int, rng: random.Random) -> Iterator[_Answer]:
    """Registered hashes with bits turned at random places, through the index and the thresholds."""
    hashes, owners = (matcher.library.arrays[f"image-plh.{name}"] for name in ("hash", "work"))
    drawn = sorted(rng.sample(range(len(hashes)), min(most, len(hashes))))
    for bits in _BITS:
        words = [_with_bits_turned(hashes[row], bits, rng) for row in drawn]
        if words:
            qualities = [matcher.library.quality(int(owners[row])) for row in drawn]
            for row, hit in zip(drawn, matcher.pictures(np.stack(words), qualities), strict=True):
                yield f"bits-{bits}", frozenset({int(owners[row])}), hit.matches


def _with_bits_turned(hash_: np.ndarray, bits: int, rng: random.Random) -> np.ndarray:
    words = hash_.astype(np.uint64)
    for place in rng.sample(range(256), bits):
        words[place >> 6] ^= np.uint64(1) << np.uint64(place & 63)
    return words


# --- texts ------------------------------------------------------------------------------------------------------


def _excerpts(original: Original, rng: random.Random) -> Iterator[_Planted]:
    text = original.data.decode("utf-8-sig", "ignore")
    for letters in _LETTERS:
        if len(text) > letters:
            start = rng.randrange(len(text) - letters)
            yield _text_row(f"excerpt-{letters}", text[start : start + letters], original.works)
    if len(text) > max(_LETTERS):
        yield _text_row("capitals", "\n".join(text[:4096].upper().split()), original.works)


def _text_row(edit: str, text: str, works: frozenset[int]) -> _Planted:
    return edit, works, Row(key=edit, parts=(Part(f"{edit}.txt", PartKind.TEXT, text.encode()),))


def _passages(matcher: Matcher, most: int, rng: random.Random) -> Iterator[_Answer]:
    """Passages of registered texts, as the fingerprints that lie in them."""
    arrays = matcher.library.arrays
    owners = arrays["text-winnow.work"]
    if not len(owners) or len(owners) > _MOST_POSTINGS:
        return
    works = np.flatnonzero(np.bincount(owners))
    drawn = np.sort(np.array(rng.sample(works.tolist(), min(most, len(works)))))
    rows = np.flatnonzero(np.isin(owners, drawn))
    whose, places, hashes = owners[rows], arrays["text-winnow.position"][rows], arrays["text-winnow.hash"][rows]
    for letters in _LETTERS:
        for work in drawn.tolist():
            mine = np.flatnonzero(whose == work)
            mine = mine[np.argsort(places[mine], kind="stable")]
            if (prints := _passage(hashes[mine], places[mine], letters, rng)) is not None:
                yield f"passage-{letters}", frozenset({work}), matcher.text(prints)[0]


def _passage(hashes: np.ndarray, places: np.ndarray, letters: int, rng: random.Random) -> TextPrints | None:
    """The fingerprints inside a stretch of this many letters; None where a work is shorter."""
    gram = TextPrints(hashes=hashes, positions=places, length=letters, cjk=0, weak=False).gram
    last = int(places[-1]) + gram - letters
    if last <= int(places[0]):
        return None
    start = rng.randrange(int(places[0]), last)
    inside = (places >= start) & (places + gram <= start + letters)
    moved = (places[inside] - start).astype(np.uint32)
    return TextPrints(hashes=hashes[inside].astype(np.uint64), positions=moved, length=letters, cjk=0, weak=False)
