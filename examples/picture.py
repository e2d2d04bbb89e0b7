"""The picture in the README, out of a real clearance: `.venv/bin/python examples/picture.py [FILE.png]`.

It plays the demo's story, takes the first tar row that was refused, and sets it beside the registered work
with the decision as it stands in `decisions.parquet`.
"""

from __future__ import annotations

import contextlib
import io
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import pyarrow.parquet as pq  # noqa: E402
from PIL import Image, ImageDraw, ImageFont  # noqa: E402

from examples import demo  # noqa: E402
from placet.core.ids import short  # noqa: E402
from placet.core.reasons import sentence  # noqa: E402
from placet.core.stance import Voice  # noqa: E402
from placet.core.use import SENTENCES, Use  # noqa: E402
from placet.snapshot.library import Library, open_library  # noqa: E402

PAPER, CARD, INK, SOFT, LINE = "#fbfaf6", "#ece7da", "#1d1b18", "#5d5850", "#dcd6c8"
RED, ROSE = "#a8281d", "#fbe4e0"
WIDTH, HEIGHT, MARGIN, FRAME, GAP = 1280, 560, 40, 376, 26
PICTURE = ROOT / "docs" / "picture.png"


@dataclass(frozen=True)
class Found:
    """One refused row, and what the registry knows of the work it is."""

    row: dict[str, Any]
    picture: Image.Image
    work: Image.Image
    title: str
    maker: str
    entry: int
    voice: Voice


def main(words: list[str]) -> int:
    target = Path(words[0]) if words else PICTURE
    with tempfile.TemporaryDirectory(prefix="placet-picture-") as folder:
        stage = demo.Stage(Path(folder))
        with contextlib.redirect_stdout(io.StringIO()) as said:
            code = demo.story(stage)
        if code:
            print(said.getvalue(), file=sys.stderr)
            return code
        found = find(stage)
    target.parent.mkdir(parents=True, exist_ok=True)
    draw(found).quantize(144, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(target, optimize=True)
    print(f"{target}: {found.row['unit']}, row {found.row['row']}, {found.row['outcome']}")
    return 0


def find(stage: demo.Stage) -> Found:
    """The first refused row of the shard that is no exact copy, with its work."""
    library = open_library(stage.folder / "snapshot")
    rows = pq.read_table(stage.folder / "out" / "decisions.parquet").to_pylist()
    row = next(r for r in rows if r["unit"].endswith(".tar") and (r["outcome"], r["match"]) == ("reserved", "STRONG"))
    number = next(n for n in range(len(library)) if library.work_id(n) == row["work"])
    maker, title = name_of(library, number), library.work(number).title
    said = next(word for word in library.heard_of_work(number) if word.id == row["declaration"])
    with tarfile.open(stage.crawl / row["unit"]) as shard:
        member = shard.extractfile(f"{row['row']}.jpg")
        assert member is not None
        taken = Image.open(io.BytesIO(member.read())).convert("RGB")
    work = Image.open(stage.makers / maker.lower() / title).convert("RGB")
    return Found(row, taken, work, title, maker, said.index or 0, said.voice)


def name_of(library: Library, work: int) -> str:
    by = library.work(work).by
    return library.parties[by].name or short(by)


def draw(found: Found) -> Image.Image:
    sheet = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(sheet)
    row, second = found.row, MARGIN + FRAME + GAP
    frame(sheet, MARGIN, found.picture, "In the dataset", f"{row['unit']}, row {row['row']}")
    frame(sheet, second, found.work, "In the registry", found.title)
    verdict(pen, found, second + FRAME + MARGIN)
    return sheet


def frame(sheet: Image.Image, left: int, picture: Image.Image, head: str, foot: str) -> None:
    """A picture on a card, fitted and never cropped."""
    pen, top = ImageDraw.Draw(sheet), 92
    pen.text((left, 50), head, INK, font(23), stroke_width=0.35)
    pen.rounded_rectangle((left, top, left + FRAME, top + FRAME + 8), 10, CARD, LINE)
    room = FRAME - 32
    scale = min(room / picture.width, room / picture.height)
    fitted = picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS)
    sheet.paste(fitted, (left + (FRAME - fitted.width) // 2, top + 4 + (FRAME - fitted.height) // 2))
    pen.text((left, top + FRAME + 24), foot, SOFT, font(19))


def verdict(pen: ImageDraw.ImageDraw, found: Found, left: int) -> None:
    """The decision: outcome, reason, who said what and where, and how alike the two are."""
    row = found.row
    pen.text((left, 50), "The answer", INK, font(23), stroke_width=0.35)
    wide = pen.textlength(row["outcome"], font(34))
    pen.rounded_rectangle((left, 94, left + wide + 44, 150), 28, ROSE)
    pen.text((left + 22, 102), row["outcome"], RED, font(34), stroke_width=0.5)
    pen.text((left, 172), sentence(row["reason"]), INK, font(23))
    facts = (
        (f"asked: {row['use']}", SENTENCES[Use(row["use"])]),
        ("maker", f"{found.maker}, {found.voice.words}"),
        ("where it stands", f"entry {found.entry} of the log"),
        ("match", f"{row['match']}, {row['score']} of 256 bits differ"),
        ("work", short(row["work"])),
    )
    for number, (name, value) in enumerate(facts):
        top = 222 + 58 * number
        pen.line((left, top, WIDTH - MARGIN, top), LINE)
        pen.text((left, top + 8), name, SOFT, font(16))
        pen.text((left, top + 27), value, INK, font(19))


def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own, so that the picture is the same everywhere."""
    return ImageFont.load_default(size)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
