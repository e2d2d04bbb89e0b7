"""Lines for the head of every page, path by path."""

from __future__ import annotations

from placet.signals.emit.compose import Emission
from placet.signals.emit.file import File

__all__ = ["make"]


def make(emission: Emission) -> tuple[File, ...]:
    """A path has no `--` in its comment, whatever its letters."""
    parts = [f"<!-- {' '.join(emission.banner)} -->\n"]
    for place in emission.places:
        shown = place.path.replace("--", "-%2D").removesuffix("-")
        parts.append(f"\n<!-- In the head of every page below {shown} -->\n{place.head}")
    return (File("head.html", "".join(parts).encode("utf-8")),)
