"""What a codec hears in the document of a vector, in the words of `vectors/signals/README.md`."""

from __future__ import annotations

import base64
import json
from importlib.resources import files
from typing import Any

from placet.errors import SignalError
from placet.signals.codec import Asked, Channel, Codec, Document

__all__ = ["cases", "document_of", "read_case", "spoken"]

Case = dict[str, Any]


def cases(name: str) -> list[Case]:
    text = files("placet").joinpath("vectors", "signals", f"{name}.json").read_text("utf-8")
    return json.loads(text)["cases"]


def document_of(case: Case) -> Document:
    said = case["document"]
    body = base64.b64decode(said["body64"]) if "body64" in said else said["body"].encode()
    return Document(
        where=said["where"],
        body=body,
        channel=Channel(said["channel"]),
        media_type=said.get("media_type", ""),
        about=said.get("about", ""),
    )


def spoken(codec: Codec, documents: list[Document], url: str, agent: str | None = None) -> dict[str, str]:
    """The strictest stance on every leaf that anything is said about."""
    heard = [d for document in documents for d in codec.read(document).declarations]
    said: dict[str, Any] = {}
    for declaration in codec.select(heard, Asked(url=url, agent=agent)).speaking:
        for leaf in declaration.use.leaves:
            said[leaf.value] = max(said.get(leaf.value, declaration.stance), declaration.stance)
    return {leaf: stance.word for leaf, stance in said.items()}


def read_case(codec: Codec, case: Case) -> tuple[dict[str, str], int]:
    """The reading and how many problems there were; a document that is refused outright is one problem."""
    document, asked = document_of(case), case["asked"]
    try:
        problems = len(codec.read(document).problems)
        return spoken(codec, [document], asked["url"], asked.get("agent")), problems
    except SignalError:
        return {}, 1
