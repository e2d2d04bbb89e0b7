"""Every form in which a policy can be had, one row each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from placet.signals.emit import apache, as_json, caddy, headers, html, nginx, statics, wordpress
from placet.signals.emit.compose import LICENCE, ROBOTS, Emission
from placet.signals.emit.file import File

__all__ = ["TARGETS", "Target"]


@dataclass(frozen=True, slots=True)
class Target:
    """`make` gives its files; `then` says what to do with them."""

    name: str
    then: str
    make: Callable[[Emission], tuple[File, ...]]


TARGETS: Final[dict[str, Target]] = {
    target.name: target
    for target in (
        Target("dir", "Upload these files to the root of the site.", statics.folder),
        Target("robots", "Put it at /robots.txt.", statics.one(ROBOTS)),
        Target("tdmrep", "Put it at /.well-known/tdmrep.json.", statics.one("/.well-known/tdmrep.json")),
        Target("rsl", "Put it at /license.xml.", statics.one(LICENCE)),
        Target("ai-txt", "Put it at /ai.txt.", statics.one("/ai.txt")),
        Target("headers", "Let the server send these, with pages and pictures alike.", headers.make),
        Target("html", "Paste these lines into the head of every page.", html.make),
        Target("nginx", "Include the two confs, upload www, and run nginx -t.", nginx.make),
        Target("caddy", "Import placet.caddy, upload www, and run caddy validate.", caddy.make),
        Target("apache", "Upload these files, .htaccess too, to the root of the site.", apache.make),
        Target("wordpress", "Put placet.php into wp-content/mu-plugins.", wordpress.make),
        Target("json", "For your own programs.", as_json.make),
    )
}
