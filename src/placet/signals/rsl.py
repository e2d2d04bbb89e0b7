"""RSL, Really Simple Licensing (RSL-SPEC-1.0 of 2025-12-10, errata to 2026-08-07; the 0.9 draft is read and told).

A list of what is permitted is closed: the rest is refused.  Narrower scope wins, then prohibition (section 3.1.1);
nearer associations win over those of the site, then the most restrictive (4.9).  What cannot be obtained or is not
conformant licenses nothing (4.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from placet.core.declaration import Declaration, Problem
from placet.core.ids import canonical_url
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.errors import SignalError
from placet.signals import html_head, rsl_document, rsl_links
from placet.signals.codec import Asked, Channel, Codec, Document, Heard, Selected, Written
from placet.signals.paths import pattern_of, split_pattern, target_of
from placet.signals.robots_file import token_of
from placet.signals.rsl_document import Content, Licence, RslDocument
from placet.signals.rsl_words import ALL, ALLOWED, REFUSED, WORDS
from placet.signals.rsl_write import compose, documents
from placet.signals.saying import Speaker, account, leaves_of, speaker, subject_at, web_address

__all__ = ["CODEC", "read", "select", "unobtainable", "write"]

_STANDARD = "rsl"
_NEAR = frozenset({Channel.HEADER, Channel.PAGE, Channel.EMBEDDED})
_XML = frozenset({rsl_links.MEDIA_TYPE, "application/xml", "text/xml"})

# Within one document `place` is four times the number of the content, plus how broad the words were.
_BREADTHS = 4
_BREADTH = {"all": 2, "ai-all": 1}
_POINTER = 2
_CLOSED = 3


def read(document: Document) -> Heard:
    """What the document licenses, or what it points to; SignalError when it is no RSL at all."""
    voice = speaker(document, _STANDARD)
    if document.channel is Channel.EMBEDDED:
        return _read_embedded(voice)
    if _is_standalone(document):
        return _read_licence(voice, rsl_document.parse(document.body, document.where))
    heard = [_read_link(voice, link) for link in rsl_links.links(document)]
    if document.channel is Channel.PAGE:
        found = html_head.scripts(document.body, rsl_links.MEDIA_TYPE, document.media_type)
        heard += [_read_inline(voice, text) for text, _ in found]
    return _join(heard)


def unobtainable(where: str, *, about: str = "", channel: Channel = Channel.SITE, heard_at: int = 0) -> Heard:
    """Section 4.3: a licence that should be at `where` and could not be obtained leaves `about` unlicensed."""
    document = Document(where=where, body=b"", channel=channel, about=about, heard_at=heard_at)
    return Heard(_unlicensed(speaker(document, _STANDARD)))


def _is_standalone(document: Document) -> bool:
    kind = document.media_type.partition(";")[0].strip().lower()
    if document.channel in (Channel.SITE, Channel.LIST):
        return True
    return kind in _XML and document.channel is not Channel.ROBOTS


def _join(heard: Iterable[Heard]) -> Heard:
    heard = tuple(heard)
    return Heard(tuple(d for h in heard for d in h.declarations), tuple(p for h in heard for p in h.problems))


def _read_link(voice: Speaker, link: rsl_links.Link) -> Heard:
    """Unlicensed, until what is pointed to has been heard as well."""
    problems = (voice.problem(link.fault),) if link.fault else ()
    scope = _scope(voice)
    terms = link.url or None
    return Heard(voice.say(ALL, Stance.RESERVE, subject=scope, agent=link.agent, terms=terms, place=_POINTER), problems)


def _read_inline(voice: Speaker, text: str) -> Heard:
    try:
        found = rsl_document.parse(text.strip().encode("utf-8", "replace"), voice.document.where, inline=True)
    except SignalError as error:
        return Heard(_unlicensed(voice), (voice.problem(str(error)),))
    return _read_licence(voice, found, inline=True)


def _read_embedded(voice: Speaker) -> Heard:
    document = voice.document
    roots = rsl_document.find_documents(document.body, document.where)
    if not roots:
        raise SignalError(f"{document.where} holds no rsl element")
    found = [rsl_document.read_root(root, document.where, inline=True) for root in roots]
    return _join(_read_licence(voice, each, inline=True) for each in found)


def _read_licence(voice: Speaker, found: RslDocument, *, inline: bool = False) -> Heard:
    problems = tuple(voice.problem(why) for why in (*found.faults, *found.remarks))
    if found.faults:
        return Heard(_unlicensed(voice), problems)
    heard = [Heard(problems=problems)]
    for number, content in enumerate(found.contents):
        subject = voice.about if inline else _subject(voice, content.url)
        if isinstance(subject, Problem):
            heard.append(Heard(_unlicensed(voice), (subject,)))
        elif subject:
            heard.append(Heard(tuple(_statements(voice, subject, number * _BREADTHS, content))))
    return _join(heard)


def _unlicensed(voice: Speaker) -> tuple[Declaration, ...]:
    return voice.say(ALL, Stance.RESERVE, subject=_scope(voice), place=_POINTER)


def _scope(voice: Speaker) -> Subject:
    """A page for what is said near it, otherwise the whole site."""
    if voice.document.channel in _NEAR or not voice.origin:
        return voice.about
    return Subject(Kind.PATTERN, f"{voice.origin}/")


def _subject(voice: Speaker, url: str) -> Subject | Problem | None:
    """Section 3.3; None for what lies on a host that the document was not heard about."""
    if url == "" and voice.document.channel in _NEAR:
        return voice.about
    if url.startswith(("/", "*")):
        return Subject(Kind.PATTERN, f"{voice.origin}{url}")
    origin, pattern = split_pattern(url)
    if not origin or not web_address(origin):
        return voice.problem(f"the content {url[:200]!r} is neither a path nor an address")
    origin = canonical_url(origin).removesuffix("/")
    return Subject(Kind.PATTERN, f"{origin}{pattern or '/'}") if origin == voice.origin else None


def _statements(voice: Speaker, subject: Subject, place: int, content: Content) -> Iterator[Declaration]:
    """All licences of one content: several are alternatives, of which one must list what is wanted."""
    listed = [token for licence in content.licences for token in licence.permits.get("usage", ())]
    for licence in content.licences:
        yield from _licensed(voice, subject, place, licence)
    if any("usage" in licence.permits for licence in content.licences):
        named = leaves_of(use for token in listed for use in REFUSED.get(token, ()))
        closed = [leaf for leaf in Use if leaf in leaves_of(ALL) - named]
        yield from voice.say(closed, Stance.RESERVE, subject=subject, place=place + _CLOSED)


def _licensed(voice: Speaker, subject: Subject, place: int, licence: Licence) -> Iterator[Declaration]:
    stance = Stance.LICENSE if licence.conditions else Stance.ALLOW
    terms = licence.terms if licence.conditions else None
    for token in licence.permits.get("usage", ()):
        at = place + _BREADTH.get(token, 0)
        yield from voice.say(_leaves(ALLOWED.get(token, ())), stance, subject=subject, terms=terms, place=at)
    for token in licence.prohibits.get("usage", ()):
        at = place + _BREADTH.get(token, 0)
        yield from voice.say(_leaves(REFUSED.get(token, ())), Stance.RESERVE, subject=subject, place=at)
    if licence.conditions and not {"usage"} & {*licence.permits, *licence.prohibits}:
        at = place + _BREADTH["all"]
        yield from voice.say(_leaves(ALL), Stance.LICENSE, subject=subject, terms=terms, place=at)
    if countries := licence.prohibits.get("geo"):
        yield from voice.say(_leaves(ALL), Stance.RESERVE, subject=subject, territory=countries, place=place)


def _leaves(uses: Iterable[Use]) -> list[Use]:
    leaves = leaves_of(uses)
    return [leaf for leaf in Use if leaf in leaves]


def select(said: Sequence[Declaration], asked: Asked) -> Selected:
    """Section 3.1.1 within a document, 4.4.3 and 4.9 between them."""
    subject = subject_at(asked.url)
    about = [d for d in said if _is_about(d, subject)]
    pointers = [d for d in about if _is_pointer(d)]
    chosen = _chosen(pointers, asked.agent)
    heard = {_spelled(d.source.where) for d in said if not _is_pointer(d)}
    elsewhere = {d.terms for d in pointers} - {d.terms for d in chosen}
    statements = [d for d in about if not _is_pointer(d) and _spelled(d.source.where) not in elsewhere]
    alive = statements + [d for d in chosen if d.terms and d.terms not in heard]
    alive = alive or [d for d in chosen if not d.terms]
    near = [d for d in about if d in alive and d.source.channel in _NEAR]
    speaking = _strongest(alive, near)
    lost = tuple(d for d in about if d not in speaking)
    spoken = tuple(replace(d, subject=subject, use=leaf) for d in speaking for leaf in speaking[d])
    return Selected(spoken, lost)


def _is_about(declaration: Declaration, subject: Subject) -> bool:
    if declaration.subject.kind is not Kind.PATTERN:
        return declaration.subject == subject
    origin, pattern = split_pattern(declaration.subject.id)
    return subject.id.startswith(f"{origin}/") and pattern_of(pattern).matches(target_of(subject.id))


def _is_pointer(declaration: Declaration) -> bool:
    """A refusal with an address: only what is pointed to is said so; a marker has neither address nor document."""
    return declaration.stance is Stance.RESERVE and bool(
        declaration.terms or (declaration.source.channel == Channel.ROBOTS)
    )


def _chosen(pointers: list[Declaration], agent: str | None) -> list[Declaration]:
    """Of robots.txt, what speaks to this agent: its own group, or else anybody's."""
    token = token_of(agent) if agent else ""
    own = {d.source.where for d in pointers if d.agent and d.agent == token}
    return [d for d in pointers if (d.agent == token if d.source.where in own else d.agent is None)]


def _spelled(where: str) -> str:
    return canonical_url(where) if web_address(where) else where


def _strongest(alive: list[Declaration], near: list[Declaration]) -> dict[Declaration, list[Use]]:
    """For each that speaks, the leaves on which nothing narrower or nearer does."""
    speaking: dict[Declaration, list[Use]] = {}
    by_leaf: dict[Use, list[Declaration]] = {}
    for declaration in alive:
        for leaf in declaration.use.leaves:
            by_leaf.setdefault(leaf, []).append(declaration)
    for leaf, words in by_leaf.items():
        for word in words:
            if not any(_beats(other, word, near) for other in words):
                speaking.setdefault(word, []).append(leaf)
    return speaking


def _beats(one: Declaration, other: Declaration, near: list[Declaration]) -> bool:
    """Narrower in path or in words and broader in neither; documents differ only by how near they are."""
    if one.territory != other.territory:
        return False
    if (one.source.where, one.source.digest) != (other.source.where, other.source.digest):
        return one in near and other not in near
    mine, its = _scope_of(one), _scope_of(other)
    return mine != its and mine[0] >= its[0] and mine[1] >= its[1]


def _scope_of(declaration: Declaration) -> tuple[int, int]:
    kind, name = declaration.subject.kind, declaration.subject.id
    octets = pattern_of(split_pattern(name)[1]).octets if kind is Kind.PATTERN else 1 << 30
    return octets, -(declaration.source.place % _BREADTHS)


def write(declarations: Sequence[Declaration], subject: Subject) -> Written:
    """A licence document, and for one page the same in its HTML; what it says is counted by reading it again."""
    written = documents(subject, compose(declarations))
    if not written:
        return Written((), *account(declarations, {}))
    asked = Asked(url=_example(subject))
    said: dict[Use, Stance] = {}
    for declaration in select(read(written[0]).declarations, asked).speaking:
        said[declaration.use] = max(said.get(declaration.use, Stance.ALLOW), declaration.stance or Stance.ALLOW)
    return Written(written, *account(declarations, said, WORDS))


def _example(subject: Subject) -> str:
    """An address that the written document is about."""
    if subject.kind is Kind.DOMAIN:
        return f"https://{subject.id}/"
    return subject.id.replace("*", "").removesuffix("$") if subject.kind is Kind.PATTERN else subject.id


CODEC = Codec(
    name=_STANDARD,
    spec="RSL Technical Steering Committee: RSL 1.0, with errata to 2026-08-07",
    dated="2025-12-10",
    says=frozenset(ALL),
    hears=frozenset({Channel.ROBOTS, Channel.SITE, Channel.HEADER, Channel.PAGE, Channel.EMBEDDED}),
    read=read,
    write=write,
    select=select,
)
