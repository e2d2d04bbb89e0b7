"""Debian's Chromium, and pages out of a small real clearance."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import ImageOps
from playwright.sync_api import Browser, sync_playwright

from examples.story.draw import draw
from placet.cli import main

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TALE = Path(__file__).parents[2] / "examples" / "story" / "texts" / "the-drawer-of-hands.txt"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("there is no chromium: `python3 dev.py test` installs it, or names it")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield chromium
        chromium.close()


@dataclass(frozen=True)
class Pages:
    """The report of four rows, of which two are Ana's, one a stranger's and one broken; and Ana's receipt."""

    report: Path
    french: Path
    receipt: Path


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    place = tmp_path_factory.mktemp("pages")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLACET_HOME", str(place / "home"))
        yield _make(place)


def _make(place: Path) -> Pages:
    works, crawl = place / "works", place / "crawl"
    works.mkdir()
    crawl.mkdir()
    harbour = draw("harbour-at-dusk")
    harbour.save(works / "harbour <i>at dusk.jpg", quality=92)
    tale = TALE.read_text(encoding="utf-8")
    (works / "tale.txt").write_text(tale, encoding="utf-8")
    taken = ImageOps.mirror(ImageOps.pad(harbour, (256, 256), color="white"))
    taken.save(crawl / "a<script>alert(1)<script>.jpg", quality=80)
    draw("garden-tiles", 13).save(crawl / "tiles.jpg", quality=80)
    (crawl / "post.txt").write_text(f"She read it out. {tale[300:800]} Nobody spoke for a while.", encoding="utf-8")
    (crawl / "broken.jpg").write_bytes((crawl / "tiles.jpg").read_bytes()[:400])
    receipts, registry = place / "receipts", place / "registry"
    assert main(["keys", "new", "--name", "Ana"]) == 0
    assert main(["reserve", str(works), "--receipts", str(receipts), "--show-titles", "--thumbnail"]) == 0
    assert main(["snapshot", "build", "-o", str(registry)]) == 0
    clear = ["clear", str(crawl), "--snapshot", str(registry), "--use", "train.generative", "--workers", "1"]
    assert main([*clear, "--profile", "consent", "--out", str(place / "out")]) == 2
    assert main([*clear, "--profile", "all", "--lang", "fr", "--out", str(place / "sortie")]) == 2
    return Pages(
        report=place / "out" / "report.html",
        french=place / "sortie" / "report.html",
        receipt=receipts / "receipt.html",
    )
