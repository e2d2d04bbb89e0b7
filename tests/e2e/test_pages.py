"""The pages that people are handed, as a browser shows them: from a file, with nothing fetched and nothing run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.conftest import Pages

pytestmark = pytest.mark.browser

Scheme = Literal["light", "dark"]
PAGES = ("report", "french", "receipt")
# Every text that is shown, with the contrast (WCAG 2.2, 1.4.3) between it and what lies behind it.
FAINT = """
() => {
  const parse = c => { const n = c.match(/[\\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
  const linear = v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const light = c => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
  const behind = e => { for (; e; e = e.parentElement) {
    const c = parse(getComputedStyle(e).backgroundColor); if (c[3] > 0.99) return c; } return [255, 255, 255, 1]; };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
    if (!walker.currentNode.data.trim() || !box.width || !box.height || style.visibility === 'hidden') continue;
    const ink = parse(e instanceof SVGElement ? style.fill : style.color);
    const [a, b] = [light(ink), light(behind(e))].sort((x, y) => y - x), ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) found.push(`${ratio.toFixed(1)} ${e.tagName} ${walker.currentNode.data.trim().slice(0, 40)}`);
  }
  return found;
}
"""


@contextmanager
def shown(
    browser: Browser, pages: Pages, name: str, *, width: int = 1000, scheme: Scheme = "light"
) -> Iterator[tuple[Page, list[str], list[str]]]:
    """The page, what it asked for, and what it complained of."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page, asked, complaints = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(getattr(pages, name).as_uri(), wait_until="load")
    yield page, asked, complaints
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fetches_nothing_and_runs_nothing(browser: Browser, pages: Pages, name: str) -> None:
    with shown(browser, pages, name) as (page, asked, complaints):
        assert [url for url in asked if not url.startswith(("data:image/", pages_uri(pages, name)))] == []
        assert complaints == []
        assert page.locator("script, iframe, object, embed, link[href^=http]").count() == 0
        assert "default-src 'none'" in (
            page.locator("meta[http-equiv='Content-Security-Policy' i]").get_attribute("content") or ""
        )


def pages_uri(pages: Pages, name: str) -> str:
    return str(getattr(pages, name).as_uri())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("report", "Of 4 rows, 0 may be used and 2 are reserved."),
        ("french", "4 lignes"),
        ("receipt", "Ana said no to AI use of 2 works."),
    ],
)
def test_the_first_thing_seen_is_the_verdict(browser: Browser, pages: Pages, name: str, words: str) -> None:
    with shown(browser, pages, name, width=400) as (page, _, _):
        heading = page.locator("h1")

        box = heading.bounding_box()

        assert heading.count() == 1
        assert words in heading.inner_text()
        assert box is not None
        assert 0 <= box["y"] < 300


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_every_text_is_readable_by_day_and_by_night(browser: Browser, pages: Pages, name: str, scheme: Scheme) -> None:
    with shown(browser, pages, name, scheme=scheme) as (page, _, _):
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).every(v => v < 80)")

        assert dark is (scheme == "dark")
        assert page.evaluate(FAINT) == []


@pytest.mark.parametrize(
    ("name", "width"),
    [
        *((name, 1400) for name in PAGES),
        ("receipt", 400),
        ("report", 400),
        ("french", 400),
    ],
)
def test_no_page_scrolls_sideways(browser: Browser, pages: Pages, name: str, width: int) -> None:
    with shown(browser, pages, name, width=width) as (page, _, _):
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", PAGES)
def test_whoever_cannot_see_the_page_is_told_what_is_on_it(browser: Browser, pages: Pages, name: str) -> None:
    with shown(browser, pages, name) as (page, _, _):
        images = page.locator("img").all()
        nameless = "e => [...e].filter(i => !i.closest('[aria-hidden=true]') && !i.getAttribute('aria-label')"
        drawings = page.locator("svg").evaluate_all(nameless + " && !i.querySelector('title')).map(i => i.outerHTML)")

        assert [image.get_attribute("alt") for image in images if not image.get_attribute("alt")] == []
        assert drawings == []
        assert page.locator("html").get_attribute("lang") == ("fr" if name == "french" else "en")
        assert page.title()


def test_the_report_sets_the_taken_picture_beside_the_registered_one(browser: Browser, pages: Pages) -> None:
    with shown(browser, pages, "report") as (page, _, _):
        pair = page.locator("article", has=page.locator("img")).first

        sizes = pair.locator("img").evaluate_all("e => e.map(i => i.naturalWidth)")

        assert len(sizes) == 2
        assert min(sizes) >= 64
        assert "Ana" in pair.inner_text()
        assert "a<script>alert(1)<script>.jpg" in pair.inner_text()
        assert page.locator("mark").count() >= 1


def test_what_could_not_be_read_is_named_with_its_file(browser: Browser, pages: Pages) -> None:
    with shown(browser, pages, "report") as (page, _, _):
        assert page.get_by_text("broken.jpg").first.is_visible()
        assert page.get_by_text("media.unreadable").first.is_visible()
