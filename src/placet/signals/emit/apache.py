"""Header fields for Apache httpd 2.4, as a .htaccess."""

from __future__ import annotations

from collections.abc import Iterator

from placet.signals.emit import statics
from placet.signals.emit.compose import Emission, Place
from placet.signals.emit.file import File, text
from placet.signals.emit.quoting import match_octets, match_raw, safe

__all__ = ["make"]


def make(emission: Emission) -> tuple[File, ...]:
    head = [f"# {line}" for line in emission.banner]
    return (text(".htaccess", *head, *_ABOUT, "", *_rules(emission)), *statics.folder(emission))


_ABOUT = (
    "# Needs mod_headers (a2enmod headers), AllowOverride FileInfo, and to lie in the root of the site.",
    "# Later sections win, so the narrowest path stands last.",
)


def _rules(emission: Emission) -> Iterator[str]:
    names = list(dict.fromkeys(name for place in emission.places for name in place.fields))
    for place in emission.places:
        yield from _section(place, names)
    for name, file in emission.files.items():
        if file.media_type != "text/plain":
            yield f'<Files "{name.rpartition("/")[2]}">'
            yield f"    ForceType {file.media_type}"
            yield "</Files>"


def _section(place: Place, names: list[str]) -> Iterator[str]:
    """The path as it is served, or as it was asked for: a rewrite changes the one and not the other."""
    served, asked = match_octets(place.path), match_raw(place.path)
    yield f'<If "%{{REQUEST_URI}} =~ m#{served}# || %{{THE_REQUEST}} =~ m#{asked}#">'
    for name in names:
        if name in place.fields:
            yield f"    Header always set {name} {_quoted(place.fields[name])}"
        else:
            yield f"    Header always unset {name}"
    yield "</If>"


def _quoted(value: str) -> str:
    """mod_headers expands percent signs, and the conf `${name}`."""
    return '"' + safe(value, "$\\").replace("%", "%%").replace('"', '\\"') + '"'
