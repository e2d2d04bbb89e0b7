"""The text of a page as a person reads it: without its tags, scripts and styles, its character references replaced.

The WHATWG HTML standard, section 13.2.5.  Where a browser would show less (what is hidden, what stands after a tag
that never ends) rather more is read: a passage that a pipeline might extract must be found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from placet.signals import html_tokens

__all__ = ["decode_text", "visible_text"]

_REST_OF_TAG = re.compile(r"""(?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+>""")
_UNSEEN = frozenset({"script", "style", "iframe", "noembed", "noframes"})
_RAW = _UNSEEN | {"textarea", "title", "xmp"}
_NAMES = (
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rp rt ruby s samp small"
    " span strike strong sub sup time tt u var wbr"
)
_INLINE = frozenset(_NAMES.split())
_WESTERN = frozenset(
    {"ascii", "us-ascii", "iso-8859-1", "iso8859-1", "latin1", "latin-1", "cp1252"}
)  # all one encoding (Encoding, 4.2)
_PROBE = b"<p>Letters, 0123456789</p>"
_HEAD = 1024  # bytes in which a page says its encoding (section 13.2.3.2)


def visible_text(page: str) -> str:
    """The words of a page, a line a block."""
    text = html_tokens.unescape("".join(_pieces(page)))
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _pieces(page: str) -> Iterator[str]:
    at = 0
    while (mark := page.find("<", at)) >= 0:
        yield page[at:mark]
        if page.startswith("<!--", mark):
            at = html_tokens.after_comment(page, mark)
        elif page.startswith(("<!", "<?", "</"), mark):
            at = html_tokens.after(page, ">", mark)
            closed = html_tokens.TAG.match(page, mark + 2)
            yield _gap(closed.group().lower() if closed else "")
        elif tag := html_tokens.TAG.match(page, mark + 1):
            name, end = tag.group().lower(), _REST_OF_TAG.match(page, tag.end())
            if end is None:  # a tag that never ends: what follows may be read by somebody
                yield f" {page[tag.end() :].replace('<', ' ').replace('>', ' ')}"
                return
            at = end.end()
            yield _gap(name)
            if name in _RAW:
                start, at = at, html_tokens.raw_end(page, name, at)
                yield "" if name in _UNSEEN else page[start:at]
        else:
            yield "<"
            at = mark + 1
    yield page[at:]


def _gap(name: str) -> str:
    return "" if name in _INLINE else "\n"


def decode_text(body: bytes, media_type: str, *, is_page: bool = False) -> tuple[str, str]:
    """The text, and in a clause what is wrong with its bytes.

    By its first bytes; else as its media type says, else as the page itself says, else UTF-8.
    """
    said = html_tokens.encoding_of(body, media_type)
    if not said and is_page:
        said = html_tokens.encoding_of(b"", str(body[:_HEAD], "ascii", "replace"))
        said = "utf-8" if said.lower().startswith("utf") else said  # who could read it knows that it is no UTF-16
    encoding = "cp1252" if said.lower() in _WESTERN else said or "utf-8"
    encoding = "utf-8" if _is_belied(body, encoding) else encoding
    try:
        return body.decode(encoding), ""
    except UnicodeDecodeError as error:
        return body.decode(encoding, "replace"), f"is not {encoding.upper()} at byte {error.start}"


def _is_belied(body: bytes, encoding: str) -> bool:
    """Whether the bytes are UTF-8 and cannot be what is said: no UTF-16 or 32 but by its mark, and no EBCDIC.

    No browser knows an encoding in which the letters of ASCII stand elsewhere but these two (Encoding, 4.2).
    """
    wide = encoding.lower().replace("_", "-").startswith(("utf-16", "utf16", "utf-32", "utf32"))
    if wide and (b"\0" in body or body[:2] in (b"\xff\xfe", b"\xfe\xff")):
        return False
    if not wide and _PROBE.decode(encoding, "replace") == _PROBE.decode():
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
