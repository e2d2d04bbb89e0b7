"""Header fields for nginx: maps from the path, for `http`, and what to send, for `server`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from placet.signals.emit import statics
from placet.signals.emit.compose import Emission
from placet.signals.emit.file import File, text
from placet.signals.emit.quoting import match_octets, safe

__all__ = ["make"]

_SPECIAL = "$\\{}"


def make(emission: Emission) -> tuple[File, ...]:
    head = [f"# {line}" for line in emission.banner]
    names = list(dict.fromkeys(name for place in emission.places for name in place.fields))
    return (
        text("placet-http.conf", *head, "# Inside http { }, for example in conf.d.", "", *_maps(emission, names)),
        text("placet-server.conf", *head, *_ABOUT, "", *_server(emission, names)),
        *statics.under("www/", emission),
    )


_ABOUT = (
    "# Inside server { }: include placet-server.conf;",
    "# A location with an add_header of its own inherits none of these: include this file there too.",
    "# The files in www go to the root of the site.",
)


def _maps(emission: Emission, names: list[str]) -> Iterator[str]:
    """The first expression that matches wins, so the narrowest path stands first."""
    yield "map $uri $placet_place {"
    yield '    default "";'
    for number, place in reversed(list(enumerate(emission.places))):
        yield f'    "~{match_octets(place.path)}" {number};'
    yield "}"
    for name in names:
        yield ""
        yield f"map $placet_place {_variable(name)} {{"
        yield '    default "";'
        for number, place in enumerate(emission.places):
            if name in place.fields:
                yield f"    {number} {_quoted(place.fields[name])};"
        yield "}"


def _server(emission: Emission, names: list[str]) -> Iterator[str]:
    """The place is taken of the path as it was asked for, before any rewrite: a map is evaluated once a request."""
    yield "set $placet_asked $placet_place;"
    for name in names:
        yield f"add_header {safe(name, _SPECIAL)} {_variable(name)} always;"
    for name, file in emission.files.items():
        if file.media_type != "text/plain":
            yield f"location = {name} {{ types {{ }} default_type {file.media_type}; }}"


def _variable(name: str) -> str:
    return "$placet_" + re.sub(r"[^a-z0-9]", "_", name.lower())


def _quoted(value: str) -> str:
    return '"' + safe(value, _SPECIAL).replace('"', '\\"') + '"'
