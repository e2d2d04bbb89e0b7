"""`noai` and `noimageai`: words that DeviantArt added to the robots directives in November 2022.

Said in the header `X-Robots-Tag` and in `<meta name="robots">`; a crawler can be named before a colon, and then all
that follows in that line is for it alone.  Several statements add up, and there is no word for a yes.  `noindex` and
its kin are about search, and say nothing of training (design sheet "standards", section 6).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from placet.core.declaration import Declaration
from placet.core.ids import canonical_url
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.signals import html_head, http_fields
from placet.signals.agents import agent_of
from placet.signals.codec import Asked, Channel, Codec, Document, Heard, Selected, Written
from placet.signals.robots_file import token_of
from placet.signals.saying import account, leaves_of, meant, speaker, strictest, subject_at, web_address

__all__ = ["CODEC", "read", "select", "write"]

REFUSED = (Use.TRAIN, Use.DATASET)

_STANDARD = "noai"
_FIELD = "x-robots-tag"
_WORDS = frozenset({"noai", "noimageai"})
_ANYBODY = frozenset({"*", "robots"})
_NAMED = re.compile(r"\s*([A-Za-z0-9_*-]+)\s*:(.*)", re.DOTALL)
# Directives that have a value behind a colon, and are no crawler's name (Google's list of robots directives).
_VALUED = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})
_OTHERS = frozenset(
    {"asp", "aspx", "epub", "htm", "html", "jsp", "md", "mp3", "mp4", "pdf", "php", "txt", "wav", "xml"}
)


def read(document: Document) -> Heard:
    """What headers or a page refuse; it never fails, since any header and any page may say nothing."""
    voice = speaker(document, _STANDARD)
    said: dict[Declaration, None] = {}
    for agent, word, line in _heard(document):
        if word == "noai" or _is_picture(document):
            said.update(dict.fromkeys(voice.say(REFUSED, Stance.RESERVE, agent=agent, place=line)))
    cut = document.channel is Channel.PAGE and html_head.is_cut(document.body)
    why = f"it is longer than the {html_head.MOST} bytes that are read of a page"
    return Heard(tuple(said), (voice.problem(why),) if cut else ())


def _heard(document: Document) -> Iterator[tuple[str | None, str, int]]:
    """Whom each word is for, the word and its line."""
    if document.channel is Channel.HEADER:
        for value, line in http_fields.values(document.body, _FIELD):
            yield from ((agent, word, line) for agent, word in _directives(value, None))
        return
    for name, content, line in html_head.meta(document.body, document.media_type):
        known = agent_of(name)
        if name in _ANYBODY or known:
            agent = known.token if known else None
            yield from ((who, word, line) for who, word in _directives(content, agent))


def _directives(value: str, agent: str | None) -> Iterator[tuple[str | None, str]]:
    for part in re.split(r"[,;]", value):
        found = _NAMED.fullmatch(part)
        if found and found.group(1).lower() not in _VALUED:
            agent, part = _name(found.group(1)), found.group(2)
        yield from ((agent, word) for word in part.lower().split() if word in _WORDS)


def _name(name: str) -> str | None:
    if name.lower() in _ANYBODY:
        return None
    known = agent_of(name)
    return known.token if known else name


def _is_picture(document: Document) -> bool:
    """Whether what the words are about is a picture, or may be one.

    A header goes by its Content-Type, else by the address; a page is none, but may speak about a picture in it.
    """
    if document.channel is Channel.HEADER:
        types = [value.lower() for value, _ in http_fields.values(document.body, "content-type")]
        if types:
            return any(value.startswith(("image/", "application/octet-stream")) for value in types)
    elif document.about in ("", document.where):
        return False
    _, dot, extension = _path(document.about or document.where).rpartition("/")[2].rpartition(".")
    return not dot or extension.lower() not in _OTHERS


def _path(address: str) -> str:
    return urlsplit(canonical_url(address)).path if web_address(address) else address


def select(said: Sequence[Declaration], asked: Asked) -> Selected:
    """All that is said to anybody, and to who asks; without a name, to everybody who is named."""
    subject = subject_at(asked.url)
    own = token_of(asked.agent) if asked.agent else None
    about = [d for d in said if d.subject == subject and (own is None or d.agent is None or token_of(d.agent) == own)]
    return Selected(*strictest(about, subject))


def write(declarations: Sequence[Declaration], subject: Subject) -> Written:
    """A header and a meta element for one address; a finer no is said as the wider one."""
    wanted = meant(declarations)
    closed = any(wanted.get(leaf, Stance.ALLOW) > Stance.ALLOW for leaf in leaves_of(REFUSED))
    if not closed or subject.kind is not Kind.URL or not web_address(subject.id):
        return Written((), *account(declarations, {}))
    where, words = canonical_url(subject.id), "noai, noimageai"
    header = Document(where=where, body=f"X-Robots-Tag: {words}\r\n".encode(), channel=Channel.HEADER)
    meta = f'<head>\n<meta name="robots" content="{words}">\n</head>\n'.encode()
    page = Document(where=where, body=meta, channel=Channel.PAGE, media_type="text/html")
    word = leaves_of(REFUSED)
    return Written((header, page), *account(declarations, dict.fromkeys(word, Stance.RESERVE), [word]))


CODEC = Codec(
    name=_STANDARD,
    spec="DeviantArt: noai and noimageai",
    dated="2022-11-11",
    says=frozenset(REFUSED),
    hears=frozenset({Channel.HEADER, Channel.PAGE}),
    read=read,
    write=write,
    select=select,
)
