"""The page of a bundle: what it holds, who did what to it, and how to check it without believing anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from placet.clearance.pages import Markup, moment, page, put, style, table
from placet.evidence.custody import Step
from placet.registry.phrases import count
from placet.signing.keys import fingerprint

__all__ = ["Shown", "render_bundle"]

_CHECK = (
    (
        "sha256sum -c manifest-sha256.txt",
        "No file was changed since the bundle was made. Any program for BagIt says so too.",
    ),
    (
        "placet bundle verify . --trust FILE",
        "Each piece is what it claims: signatures, places in the log, time stamps, custody. FILE says which log you"
        " believe; get it from somewhere else than this folder.",
    ),
)
_LIMITS = (
    "Who holds a key: a name in this bundle is a claim by whoever wrote it.",
    "That nothing was left out: a bundle holds what its maker put in.",
    "What the law makes of it. This page is no legal advice.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the page says; `pieces` are the rows of case.json."""

    title: str
    text: str
    by: str
    at: int
    key: str
    pieces: Sequence[Mapping[str, Any]]


def render_bundle(shown: Shown, sha256: Mapping[str, str], steps: Sequence[Step]) -> str:
    """The whole page; it fetches nothing, runs nothing, and escapes everything."""
    title = shown.title or "Evidence"
    head = put(
        "header",
        put("p", "Evidence bundle", class_="kicker"),
        put("h1", put("bdi", title)),
        *(put("p", put("bdi", line), class_="lede") for line in shown.text.splitlines() if line.strip()),
        put("dl", *_facts(shown, sha256), class_="facts"),
    )
    parts = (head, *_pieces(shown, sha256), *_custody(steps), *_check(), *_limits())
    return page(title, "en", style("report.css"), put("main", *parts))


def _facts(shown: Shown, sha256: Mapping[str, str]) -> list[Markup]:
    rows: list[tuple[str, str | Markup]] = [
        ("Made", moment(shown.at)),
        ("By, as they say", put("bdi", shown.by or "nobody named")),
        ("Signed by key", put("code", fingerprint(bytes.fromhex(shown.key)))),
        ("Holds", count(len(sha256), "file")),
    ]
    return [put("div", put("dt", name), put("dd", value)) for name, value in rows]


def _pieces(shown: Shown, sha256: Mapping[str, str]) -> list[Markup]:
    found = [put("h2", "What is in it")]
    for number, piece in enumerate(shown.pieces, 1):
        found.append(put("h3", f"{number}. ", put("bdi", piece["name"])))
        if piece["note"]:
            found.append(put("p", put("bdi", piece["note"])))
        if not piece["place"]:
            said = f"Only its digest is shown here; the file itself, of {piece['bytes']:,} bytes, was kept back."
            found += [put("p", said), put("p", put("code", piece["sha256"]))]
            continue
        within = {path: digest for path, digest in sha256.items() if path.startswith(f"{piece['place']}/")}
        rows = [(put("bdi", path), put("code", digest)) for path, digest in sorted(within.items())]
        found.append(put("div", table(("File", "SHA-256"), rows), class_="scroll"))
    return found


def _custody(steps: Sequence[Step]) -> list[Markup]:
    rows = [(moment(step.at), put("bdi", step.who), put("bdi", step.what)) for step in steps]
    lead = "Each step is the word of whoever signed it, and is chained to the step before it, in custody.jsonl."
    return [put("h2", "Who did what"), put("p", lead), table(("When", "Who", "What"), rows)]


def _check() -> list[Markup]:
    found = [put("h2", "How to check it")]
    for command, said in _CHECK:
        found += [put("p", put("code", command)), put("p", said)]
    return found


def _limits() -> list[Markup]:
    return [put("h2", "What it does not show"), put("ul", *(put("li", each) for each in _LIMITS))]
