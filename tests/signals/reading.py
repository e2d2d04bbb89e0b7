"""The published vectors, as tests take them."""

from __future__ import annotations

import json
from importlib.resources import files

from placet.signals.vectors import Case, document_of, documents_of, read_case, spoken

__all__ = ["cases", "document_of", "documents_of", "read_case", "spoken"]


def cases(name: str) -> list[Case]:
    text = files("placet").joinpath("vectors", "signals", f"{name}.json").read_text("utf-8")
    return json.loads(text)["cases"]
