"""Names of the DNS under which many people hold names of their own: nobody shows such a name for hers.

Whoever answers for one of these would speak for all below.  This is no copy of the Public Suffix List: it knows names
of one label, the usual words right under a country's two letters, and the hosts that are listed here.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["check_own", "is_shared"]

_UNDER_COUNTRIES: Final = re.compile(
    "(ac|asso|com?|edu|firm|gob?|gouv|gov|gv|int|ltd|mil|net?|nhs|nom|org?|plc|police|sch)[.][a-z]{2}"
)
_SHARED: Final = {
    "app": ("framer", "netlify", "streamlit", "vercel", "web"),
    "co": ("carrd", "repl"),
    "com": (
        "appspot",
        "bandcamp",
        "blogspot",
        "co",
        "de",
        "firebaseapp",
        "githubusercontent",
        "herokuapp",
        "myshopify",
        "onrender",
        "substack",
        "tumblr",
        "uk",
        "us",
        "weebly",
        "wixsite",
        "wordpress",
    ),
    "dev": ("fly", "pages", "vercel", "workers"),
    "io": ("github", "gitlab", "itch", "ngrok", "readthedocs"),
    "me": ("glitch"),
    "net": ("azurewebsites", "cloudfront", "gb"),
    "org": ("altervista", "duckdns", "eu", "neocities"),
    "page": ("codeberg"),
}


def is_shared(name: str) -> bool:
    """Whether a canonical name is known as one that many people hold names under."""
    first, _, rest = name.partition(".")
    return not rest or bool(_UNDER_COUNTRIES.fullmatch(name)) or first in _SHARED.get(rest, ())


def check_own(name: str) -> None:
    """ValueError where a canonical name, such as `co.uk` or `github.io`, is one that many hold names under."""
    if is_shared(name):
        raise ValueError(f"under {name} many people hold names: give your own, such as ana.{name} (identity.suffix)")
