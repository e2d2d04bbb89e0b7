"""Names that are computed, so that two people compute the same one.

A party is its public key (64 hex); a work, a declaration and a blob are named by a SHA-256.  People may
type any unambiguous beginning of at least six characters.
"""

from __future__ import annotations

import unicodedata
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from placet.core.identifiers import IDENTIFIERS, canonical
from placet.core.person import parse_likeness, person_named
from placet.core.subject import Kind, Subject

__all__ = ["canonical_url", "domain_of", "parse_subject", "short"]

_PORTS = {"http": 80, "https": 443}
_SAFE = "!$&'()*+,;=:@/-._~"
_NO_HOST = frozenset(map(chr, range(33))) | frozenset('"#%/:<>?@[\\]^`{|}\x7f')  # WHATWG URL, 3.2, and RFC 3986


def short(name: str) -> str:
    """The form shown to people: twelve characters of a computed name."""
    return name[:12]


def canonical_url(url: str) -> str:
    """One spelling for one address (RFC 3986 section 6.2): ValueError when it is not http or https.

    Scheme and host are lower-cased and in IDNA form, default ports, fragments and dot segments go, percent
    signs are spelled one way.  The scheme becomes `https`: the same page over http is the same page.
    """
    try:
        parts = urlsplit(url.strip())
        scheme, host, number = parts.scheme.lower(), parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"{url!r} is not an http(s) address: {error}") from None
    if scheme not in _PORTS or not host:
        raise ValueError(f"{url!r} is not an http(s) address")
    host = f"[{host}]" if ":" in host else _ascii_host(host)
    port = "" if number in (None, _PORTS[scheme]) else f":{number}"
    path = _normal_path(parts.path)
    query = quote(unquote(parts.query, errors="surrogateescape"), safe=_SAFE + "?", errors="surrogateescape")
    return urlunsplit(("https", host + port, path, query, ""))


def _ascii_host(host: str) -> str:
    try:
        name = unicodedata.normalize("NFC", host).lower().rstrip(".")
        name = name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise ValueError(f"{host!r} is not a host name") from error
    if not name or not _NO_HOST.isdisjoint(name):  # IDNA makes a slash out of some letters
        raise ValueError(f"{host!r} is not a host name")
    return name


def _normal_path(path: str) -> str:
    """Dot segments removed (RFC 3986 section 5.2.4), percent-encoding in one spelling."""
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(quote(unquote(segment, errors="surrogateescape"), safe=_SAFE, errors="surrogateescape"))
    if path.endswith(("/.", "/..")):
        kept.append("")
    return "/" + "/".join(kept)


def domain_of(url: str) -> str:
    """The host of a canonical address."""
    return urlsplit(url).hostname or ""


def parse_subject(words: str) -> Subject | None:
    """`isbn:...`, `iswc:...`, `isni:...`, `iscc:...`, `domain:...` or an address as a subject; None when it is neither.

    ValueError when it begins like one and is not: a wrong check digit must not be registered.
    """
    scheme, _, rest = words.partition(":")
    scheme = scheme.strip().lower()
    if scheme in ("http", "https"):
        if "*" in words:
            return Subject(Kind.PATTERN, words.strip())
        return Subject(Kind.URL, canonical_url(words))
    if scheme == "iscc":
        return Subject(Kind.IDENTIFIER, f"ISCC:{rest.strip().upper()}")
    if scheme == Kind.LIKENESS:
        return parse_likeness(words)
    if scheme == Kind.REPERTOIRE:
        return Subject(Kind.REPERTOIRE, person_named(rest))
    if scheme == "domain":
        return Subject(Kind.DOMAIN, IDENTIFIERS[scheme].read(rest))
    if scheme in IDENTIFIERS:
        return Subject(Kind.IDENTIFIER, canonical(words))
    return None
