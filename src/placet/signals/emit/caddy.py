"""Header fields for Caddy 2, to be imported into a site block."""

from __future__ import annotations

from collections.abc import Iterator

from placet.signals.emit import statics
from placet.signals.emit.compose import Emission
from placet.signals.emit.file import File, text
from placet.signals.emit.quoting import match_text, safe
from placet.signals.overlap import contains
from placet.signals.paths import pattern_of

__all__ = ["make"]


def make(emission: Emission) -> tuple[File, ...]:
    head = [f"# {line}" for line in emission.banner]
    about = ("# Inside the site's block: import placet.caddy", "# The files in www go to the root of the site.")
    return (text("placet.caddy", *head, *about, *_blocks(emission)), *statics.under("www/", emission))


def _blocks(emission: Emission) -> Iterator[str]:
    """Matchers that exclude one another, so that their order means nothing."""
    for number, place in enumerate(emission.places):
        here = pattern_of(place.path)
        inner = [other.path for other in emission.places[number + 1 :] if contains(here, pattern_of(other.path))]
        yield from ("", f"@placet{number} {{", f"\tpath_regexp `{match_text(place.path)}`")
        yield from (f"\tnot path_regexp `{match_text(path)}`" for path in inner)
        yield from ("}", f"header @placet{number} {{")
        yield from (f"\t{name} `{safe(value, '`{}')}`" for name, value in place.fields.items())
        yield "}"
    for name, file in emission.files.items():
        if file.media_type != "text/plain":
            yield f"header {name} Content-Type {file.media_type}"
