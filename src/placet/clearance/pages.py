"""HTML by small functions: every text is escaped, and what cannot be seen is written out.

A page carries no script and fetches nothing (Content Security Policy Level 3); names are isolated from
their surroundings by <bdi> (HTML Living Standard, 4.5.24), so that none can turn its neighbours around.
"""

from __future__ import annotations

import base64
import tomllib
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from html import escape
from importlib.resources import files

from placet.core.decision import Outcome

__all__ = [
    "POLICY",
    "Markup",
    "bar",
    "frame",
    "histogram",
    "icon",
    "moment",
    "page",
    "picture",
    "put",
    "raw",
    "small",
    "style",
    "table",
    "visible",
    "words",
]

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
_SPACES = " \t\n\u00a0\u202f"
_VOID = frozenset({"img", "meta", "br", "hr"})
_JPEG = b"\xff\xd8\xff"
_ICONS = {
    Outcome.CLEARED: "M3 8.6l3.3 3.2L13 4.6",
    Outcome.UNSETTLED: "M2.8 6.6c1.7-2 3.5-2 5.2 0s3.5 2 5.2 0M2.8 11c1.7-2 3.5-2 5.2 0s3.5 2 5.2 0",
    Outcome.SILENT: "M3.2 8h9.6",
    Outcome.LICENCE: "M2.6 7.9V2.7h5.2l5.7 5.7-5.1 5.2zM5.3 5.4v.02",
    Outcome.UNCLEAR: "M5.4 5.9a2.6 2.6 0 1 1 3.8 2.3c-.9.5-1.2 1-1.2 1.9M8 13v.02",
    Outcome.RESERVED: "M4 4l8 8M12 4l-8 8",
}


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def visible(text: str) -> str:
    """Control, format and unassigned characters as `\\u{202e}`: nothing on the page is hidden or reordered."""
    return "".join(c if c.isprintable() or c in _SPACES else f"\\u{{{ord(c):x}}}" for c in text)


def raw(*parts: str | Markup | None) -> Markup:
    """The parts side by side: markup as it is, text escaped, None left out."""
    return Markup(
        "".join(
            part if isinstance(part, Markup) else escape(visible(part), quote=False)
            for part in parts
            if part is not None
        )
    )


def _attribute(value: str) -> str:
    return escape(visible(value), quote=False).replace('"', "&quot;")


def put(tag: str, *parts: str | Markup | None, **attributes: object) -> Markup:
    """One element; `class_` and `aria_label` are spelled with underscores, None and False are left out."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_attribute(str(value))}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return Markup(f"<{tag}{given}>" if tag in _VOID else f"<{tag}{given}>{raw(*parts)}</{tag}>")


def picture(jpeg: bytes, alt: str) -> Markup:
    """A thumbnail inside the page; ValueError for bytes that are no JPEG, since callers re-encode."""
    if not jpeg.startswith(_JPEG):
        raise ValueError("a thumbnail is given as JPEG bytes, re-encoded by the caller")
    return put("img", src="data:image/jpeg;base64," + base64.b64encode(jpeg).decode(), alt=alt)


def frame(jpeg: bytes | None, label: str, name: str, missing: str) -> Markup:
    """A picture, or the sentence why there is none, over its label and its stranger-given name."""
    inside = put("p", missing) if jpeg is None else picture(jpeg, f"{label}: {name}")
    return put("figure", put("div", inside, class_="frame"), put("figcaption", f"{label}: ", put("bdi", name)))


def table(
    heads: Iterable[str | Markup], rows: Iterable[tuple[str | Markup, ...]], numbers: Container[int] = ()
) -> Markup:
    """`numbers` are the columns that hold them."""

    def line(tag: str, cells: Iterable[str | Markup]) -> Markup:
        kinds = ((cell, "n" if place in numbers else None) for place, cell in enumerate(cells))
        return put("tr", *(put(tag, cell, class_=kind) for cell, kind in kinds))

    body = put("tbody", *(line("td", row) for row in rows))
    return put("div", put("table", put("thead", line("th", heads)), body), class_="scroll")


def small(*parts: str | Markup) -> Markup:
    """An aside in smaller letters."""
    return put("span", *parts, class_="small")


def moment(seconds: int) -> str:
    """UTC to the minute; the bare number when it is beyond any calendar."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, ValueError, OSError):
        return str(seconds)


def page(title: str, language: str, css: str, *parts: Markup) -> str:
    """A whole document."""
    head = put(
        "head",
        put("meta", charset="utf-8"),
        put("meta", http_equiv="Content-Security-Policy", content=POLICY),
        put("meta", name="viewport", content="width=device-width, initial-scale=1"),
        put("meta", name="referrer", content="no-referrer"),
        put("title", title),
        put("style", Markup(css)),
    )
    return "<!doctype html>\n" + put("html", head, put("body", *parts), lang=language) + "\n"


def icon(outcome: Outcome) -> Markup:
    """A sign beside the word, so that colour never speaks alone."""
    path = put("path", d=_ICONS[outcome], fill="none", stroke="currentColor", stroke_width=2, stroke_linejoin="round")
    return put("svg", path, viewBox="0 0 16 16", aria_hidden="true")


def bar(counts: Sequence[tuple[Outcome, str, int]]) -> Markup:
    """One bar whose parts are the outcomes, each with its word and number where there is room."""
    total = sum(rows for _, _, rows in counts) or 1
    parts, left = [], 0.0
    for outcome, word, rows in counts:
        wide = 960 * rows / total
        if rows:
            place, width = f"{left:.1f}", f"{max(wide - 2, 1):.1f}"
            told = put("title", f"{word}: {rows}")
            parts.append(put("rect", told, x=place, y=0, width=width, height=26, class_=f"f-{outcome}"))
        if wide > 7 * len(f"{word} {rows}"):
            parts.append(put("text", f"{word} {rows}", x=f"{left:.1f}", y=44))
        left += wide
    label = ", ".join(f"{word} {rows}" for _, word, rows in counts if rows)
    return put("svg", *parts, viewBox="0 0 960 50", class_="plot", role="img", aria_label=label)


def histogram(counts: Iterable[tuple[int, int]], certain: int, doubtful: int, axis: str) -> Markup:
    """Counts by distance; a dashed line after `certain`, shade from there to `doubtful`."""
    known = {distance: rows for distance, rows in counts if rows}
    end = max(doubtful + 4, *known)
    step, tall, base = 920 / (end + 1), 150 / max(known.values()), 175
    parts = [
        put(
            "rect",
            x=f"{30 + step * (certain + 1):.1f}",
            y=15,
            width=f"{step * (doubtful - certain):.1f}",
            height=160,
            class_="f-zone",
        ),
    ]
    for distance, rows in sorted(known.items()):
        high = max(2.0, rows * tall)
        told = put("title", f"{distance}: {rows}")
        place = f"{30 + step * distance + 1:.1f}"
        parts.append(
            put(
                "rect",
                told,
                x=place,
                y=f"{base - high:.1f}",
                width=f"{step - 2:.1f}",
                height=f"{high:.1f}",
                class_="f-ink",
            )
        )
        if step > 12:
            parts.append(
                put(
                    "text",
                    str(rows),
                    x=f"{30 + step * (distance + 0.5):.1f}",
                    y=f"{base - high - 4:.1f}",
                    text_anchor="middle",
                )
            )
    edge = f"{30 + step * (certain + 1):.1f}"
    parts.append(put("line", x1=edge, x2=edge, y1=8, y2=base, class_="s-limit"))
    parts.append(put("line", x1=30, x2=950, y1=base, y2=base, class_="s-line"))
    every = 8 if end < 100 else 32
    for tick in range(0, end + 1, every):
        parts.append(put("text", str(tick), x=f"{30 + step * (tick + 0.5):.1f}", y=192, text_anchor="middle"))
    parts.append(put("text", axis, x=950, y=208, text_anchor="end"))
    label = f"{axis}: " + ", ".join(f"{distance}: {rows}" for distance, rows in sorted(known.items()))
    return put("svg", *parts, viewBox="0 0 960 214", class_="plot", role="img", aria_label=label)


@cache
def style(file: str) -> str:
    """A style sheet of ours, from templates/."""
    return _template(file)


@cache
def words(file: str, language: str) -> Mapping[str, str]:
    """Our sentences in one language, from templates/."""
    table: dict[str, str] = tomllib.loads(_template(file))[language]
    return table


def _template(file: str) -> str:
    return (files("placet.clearance") / "templates" / file).read_text(encoding="utf-8")
