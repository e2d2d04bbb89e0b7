"""The small pieces of HTML that several readers need: what a page is written in, and where its tags end.

The WHATWG HTML standard, sections 13.2.3 (encodings) and 13.2.5 (tags, attributes, character references).  Every byte
is read once, whatever the page holds, and nothing here raises.
"""

from __future__ import annotations

import codecs
import html
import re
from functools import lru_cache

__all__ = ["TAG", "after", "after_comment", "attributes", "decode", "encoding_of", "raw_end", "unescape"]

TAG = re.compile(r"[a-z][^\s/>]*+", re.IGNORECASE)

_GAP = re.compile(r"[\s/]*+")
_NAME = re.compile(r"[^\s/>][^\s/>=]*+")
_EQUALS = re.compile(r"\s*+=\s*+")
_BARE = re.compile(r"[^\s>]*+")
_COMMENT_END = re.compile(r"--!?>")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_ENDLESS = re.compile(r"&#(?:[0-9]{9,}|[xX][0-9a-fA-F]{9,});?")  # no character has so many digits
# The encodings of pages (WHATWG Encoding, section 4.2); Python knows others, and some of them take forever.
_ENCODING = re.compile(
    r"utf-?8|utf-?16(?:le|be)?|(?:us-)?ascii|latin-?\d+|iso-?8859-?\d+|(?:windows|cp)-?\d+|koi8-[ru]|macintosh"
    r"|gb(?:k|2312|18030)|big5(?:-hkscs)?|euc-(?:jp|kr)|iso-2022-jp|shift[_-]jis",
    re.IGNORECASE,
)
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def decode(body: bytes, media_type: str) -> str:
    """The page as text; by its first bytes, else as its media type says, else UTF-8."""
    return body.decode(encoding_of(body, media_type) or "utf-8", "replace")


def encoding_of(body: bytes, said: str) -> str:
    """The encoding that the first bytes show, or that is named after `charset=` in `said`; empty for neither."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return encoding
    charset = _CHARSET.search(said)
    name = charset.group(1) if charset and _ENCODING.fullmatch(charset.group(1)) else ""
    try:
        codecs.lookup(name or "utf-8")
    except LookupError:  # a number that no encoding has
        return ""
    return name


def unescape(text: str) -> str:
    """Character references replaced; a number with thousands of digits is none, and Python would raise for it."""
    try:
        return html.unescape(text)
    except ValueError:
        return html.unescape(_ENDLESS.sub("\ufffd", text))


def after(page: str, mark: str, at: int) -> int:
    """The place behind the next `mark`, or the end of the page."""
    found = page.find(mark, at)
    return len(page) if found < 0 else found + len(mark)


def after_comment(page: str, at: int) -> int:
    """The place behind the comment that begins at `at`."""
    if page.startswith(("<!-->", "<!--->"), at):
        return after(page, ">", at)
    end = _COMMENT_END.search(page, at + 4)
    return end.end() if end else len(page)


def raw_end(page: str, name: str, at: int) -> int:
    """Where an element ends whose content holds no tags (13.2.6.2)."""
    end = _closing(name).search(page, at)
    return end.start() if end else len(page)


@lru_cache(maxsize=64)
def _closing(name: str) -> re.Pattern[str]:
    return re.compile(rf"</{re.escape(name)}[\s/>]", re.IGNORECASE)


def attributes(page: str, at: int) -> tuple[dict[str, str], int]:
    """The attributes, the first of a name winning (13.2.5.33), and the place after the tag; past the end if open."""
    found: dict[str, str] = {}
    while True:
        at = _end(_GAP, page, at)
        if at >= len(page):
            return {}, len(page) + 1
        if page[at] == ">":
            return found, at + 1
        name_end = _end(_NAME, page, at)
        name = page[at:name_end].lower()
        value, at = _value(page, name_end)
        found.setdefault(name, unescape(value))


def _value(page: str, at: int) -> tuple[str, int]:
    equals = _EQUALS.match(page, at)
    if not equals:
        return "", at
    at = equals.end()
    quote = page[at : at + 1]
    if quote and quote in "\"'":
        end = page.find(quote, at + 1)
        return (page[at + 1 : end], end + 1) if end >= 0 else ("", len(page))
    end = _end(_BARE, page, at)
    return page[at:end], end


def _end(pattern: re.Pattern[str], page: str, at: int) -> int:
    found = pattern.match(page, at)
    return found.end() if found else at
