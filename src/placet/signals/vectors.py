"""A published vector, read: what is heard in its documents, in the words of `vectors/signals/README.md`.

The same few lines are all that another program needs to run our vectors.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import Any

from placet.core.stance import Stance
from placet.errors import SignalError
from placet.signals import robots
from placet.signals.codec import Asked, Channel, Codec, Document, Heard

__all__ = ["Case", "codec_name", "document_of", "documents_of", "read_case", "spoken"]

Case = dict[str, Any]


def codec_name(case: Case, file_name: str) -> str:
    """The standard that a case is about: its own word, else the name of its file."""
    return str(case.get("standard", file_name.removesuffix(".json")))


def documents_of(case: Case) -> list[Document]:
    """Its documents, in order."""
    return [_document(said) for said in _said(case)]


def document_of(case: Case) -> Document:
    """The only document of a case."""
    (document,) = documents_of(case)
    return document


def _said(case: Case) -> list[dict[str, Any]]:
    return case["documents"] if "documents" in case else [case["document"]]


def _document(said: dict[str, Any]) -> Document:
    return Document(
        where=said["where"],
        body=base64.b64decode(said["body64"]) if "body64" in said else _body(said.get("body", "")),
        channel=Channel(said["channel"]),
        media_type=said.get("media_type", ""),
        about=said.get("about", ""),
    )


def _body(body: str | list[Any]) -> bytes:
    """A text, or pieces of one: each a text, or a text and how many times it stands there."""
    pieces = [body] if isinstance(body, str) else body
    return "".join(piece if isinstance(piece, str) else piece[0] * piece[1] for piece in pieces).encode()


def spoken(codec: Codec, documents: Iterable[Document], url: str, agent: str | None = None) -> dict[str, str]:
    """The strictest stance on every leaf that anything is said about."""
    return _spoken(codec, [codec.read(document) for document in documents], url, agent)


def _spoken(codec: Codec, heard: Sequence[Heard], url: str, agent: str | None) -> dict[str, str]:
    declarations = [declaration for each in heard for declaration in each.declarations]
    strictest: dict[str, Stance] = {}
    for said in codec.select(declarations, Asked(url=url, agent=agent)).speaking:
        if said.stance is None:
            continue
        for leaf in said.use.leaves:
            strictest[leaf.value] = max(strictest.get(leaf.value, said.stance), said.stance)
    return {leaf: stance.word for leaf, stance in strictest.items()}


def read_case(codec: Codec, case: Case) -> tuple[dict[str, str], int]:
    """The reading and how many problems there were; a document that is refused outright is one problem."""
    heard = [_heard(codec, said) for said in _said(case)]
    reading = _spoken(codec, [each for each in heard if each], case["asked"]["url"], case["asked"].get("agent"))
    return reading, sum(len(each.problems) if each else 1 for each in heard)


def _heard(codec: Codec, said: dict[str, Any]) -> Heard | None:
    if "status" in said:  # what a server answered in place of robots.txt; null when it did not answer
        return robots.unreachable(said["where"], said["status"])
    try:
        return codec.read(_document(said))
    except SignalError:
        return None
