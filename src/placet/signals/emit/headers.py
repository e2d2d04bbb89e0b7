"""Header fields as text, path by path, for a server that has no target of its own."""

from __future__ import annotations

from placet.signals.emit.compose import Emission
from placet.signals.emit.file import File, text

__all__ = ["make"]


def make(emission: Emission) -> tuple[File, ...]:
    lines = [f"# {line}" for line in emission.banner]
    lines.append("# The narrowest path that an address lies in is the one that counts; pages, pictures and all else.")
    for place in emission.places:
        lines += ["", place.path, *(f"  {name}: {value}" for name, value in place.fields.items())]
    return (text("headers.txt", *lines),)
