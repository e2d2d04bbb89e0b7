"""RSL, Really Simple Licensing (RSL-SPEC-1.0 of 2025-12-10, errata to 2026-08-07; the 0.9 draft is read and told).

A list of what is permitted is closed: the rest is refused.  Narrower scope wins, then prohibition (section 3.1.1);
nearer associations win over those of the site, then the most restrictive (4.9).  What cannot be obtained or is not
conformant licenses nothing (4.3); a crawler that robots.txt gives a group of its own, without a licence, has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from placet.core.declaration import Declaration, Problem
from placet.core.ids import canonical_url
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.errors import SignalError
from placet.signals import html_head, rsl_document, rsl_links
from placet.signals.codec import Asked, Channel, Codec, Document, Heard, Selected, Written
from placet.signals.groups import FRAME, bounded
from placet.signals.paths import Pattern, pattern_of, split_pattern, target_of
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
    heard = _join(voice, (_read_link(voice, link) for link in rsl_links.links(document)))
    if document.channel is Channel.PAGE:
        found = html_head.scripts(document.body, rsl_links.MEDIA_TYPE, document.media_type)
        heard = _join(voice, [heard, *(_read_inline(voice, text) for text, _ in found)])
    return heard


def unobtainable(where: str, *, about: str = "", channel: Channel = Channel.SITE, heard_at: int = 0) -> Heard:
    """Section 4.3: a licence that should be at `where` and could not be obtained leaves `about` unlicensed."""
    document = Document(where=where, body=b"", channel=channel, about=about, heard_at=heard_at)
    return Heard(_unlicensed(speaker(document, _STANDARD)))


def _is_standalone(document: Document) -> bool:
    kind = document.media_type.partition(";")[0].strip().lower()
    if document.channel in (Channel.SITE, Channel.LIST):
        return True
    return kind in _XML and document.channel is not Channel.ROBOTS


def _join(voice: Speaker, heard: Iterable[Heard]) -> Heard:
    """As much as is kept of one document; that there was more is a problem."""
    problems: dict[Problem, None] = {}

    def said() -> Iterator[Declaration]:
        for each in heard:
            problems.update(dict.fromkeys(each.problems))
            yield from each.declarations

    kept, cut = bounded(said(), (), voice)
    return Heard(kept, (*problems, *cut))


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
    found = [rsl_document.read_root(root, document.where, inline=True, travels=True) for root in roots]
    return _join(voice, (_read_licence(voice, each, inline=True) for each in found))


def _read_licence(voice: Speaker, found: RslDocument, *, inline: bool = False) -> Heard:
    problems = tuple(voice.problem(why) for why in (*found.faults, *found.remarks))
    if found.faults:
        return Heard(_unlicensed(voice), problems)
    heard = [Heard(() if inline else (_obtained(voice),), problems)]
    for number, content in enumerate(found.contents):
        subject = _placed(voice, content.url) if inline else _subject(voice, content.url)
        if isinstance(subject, Problem):
            heard.append(Heard(_unlicensed(voice), (subject,)))
        elif subject:
            heard.append(Heard(tuple(_statements(voice, subject, number * _BREADTHS, content))))
    return _join(voice, heard)


def _obtained(voice: Speaker) -> Declaration:
    """That the document is there and conformant, whatever it says: what points to it need not speak."""
    (said,) = voice.say([Use.ACCESS], Stance.ALLOW, subject=_scope(voice))
    return replace(said, source=replace(said.source, channel=FRAME))


def _placed(voice: Speaker, url: str) -> Subject | Problem:
    """A licence inside a thing is about the thing, and travels with its copies (4.6.2, 4.8).

    In a page, `url` may still choose among the paths of that page's own site.
    """
    if voice.document.channel is not Channel.PAGE:
        return voice.about
    return _subject(voice, url) or voice.about


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
    if licence.conditions and "usage" not in licence.permits:
        at = place + _BREADTH["all"]
        yield from voice.say(_leaves(ALL), Stance.LICENSE, subject=subject, terms=terms, place=at)
    if countries := licence.prohibits.get("geo"):
        yield from voice.say(_leaves(ALL), Stance.RESERVE, subject=subject, territory=countries, place=place)


def _leaves(uses: Iterable[Use]) -> list[Use]:
    leaves = leaves_of(uses)
    return [leaf for leaf in Use if leaf in leaves]


def select(said: Sequence[Declaration], asked: Asked) -> Selected:
    """Section 3.1.1 within a document, 4.4.3 and 4.9 between them.

    Somebody without a name is told what every crawler's licence says: a refusal of one is a refusal of a part.
    """
    subject = subject_at(asked.url)
    found = [d for d in said if _is_about(d, subject)]
    heard = {_spelled(d.source.where) for d in found if not _is_pointer(d)}
    about = [d for d in found if d.source.channel != FRAME]
    speaking = _strongest(_alive(about, heard, asked.agent))
    told = {d.id for d in speaking}
    lost = tuple(d for d in about if d.id not in told)
    spoken = tuple(replace(d, subject=subject, use=leaf) for d, leaves in speaking.items() for leaf in leaves)
    return Selected(spoken, lost)


def _is_about(declaration: Declaration, subject: Subject) -> bool:
    if declaration.subject.kind is not Kind.PATTERN:
        return declaration.subject == subject
    origin, pattern = _split(declaration.subject.id)
    return subject.id.startswith(f"{origin}/") and pattern.matches(target_of(subject.id))


@lru_cache(maxsize=1 << 14)
def _split(address: str) -> tuple[str, Pattern]:
    origin, pattern = split_pattern(address)
    return origin, pattern_of(pattern)


def _is_pointer(declaration: Declaration) -> bool:
    """A refusal with an address stands for what is there; one of robots.txt without, for there being none."""
    return declaration.stance is Stance.RESERVE and bool(
        declaration.terms or declaration.source.channel == Channel.ROBOTS
    )


def _alive(about: Sequence[Declaration], heard: set[str], agent: str | None) -> list[Declaration]:
    """What concerns the asker: its documents, and the pointers to those that nobody could hear."""
    pointers = [d for d in about if _is_pointer(d)]
    chosen = _chosen(pointers, agent)
    whose: dict[str | None, set[str | None]] = {}
    for pointer in chosen:
        whose.setdefault(pointer.terms, set()).add(pointer.agent)
    elsewhere = {d.terms for d in pointers} - set(whose)
    alive, shared = [d for d in chosen if d.terms and d.terms not in heard], False
    for declaration in (d for d in about if not _is_pointer(d)):
        where = _spelled(declaration.source.where)
        agents = whose.get(where, {None})
        if where not in elsewhere:
            shared = shared or where not in whose
            alive.append(declaration if None in agents else replace(declaration, agent=min(filter(None, agents))))
    bare = [d for d in chosen if not d.terms]
    return alive + bare if (not alive or agent is None) and not shared else alive


def _chosen(pointers: list[Declaration], agent: str | None) -> list[Declaration]:
    """Of robots.txt, what speaks to this agent: its own group, or else anybody's."""
    if agent is None:
        return pointers
    token = token_of(agent)
    own = {d.source.where for d in pointers if d.agent and token_of(d.agent) == token}
    mine = [d for d in pointers if d.source.where in own and d.agent and token_of(d.agent) == token]
    return mine + [d for d in pointers if d.source.where not in own and d.agent is None]


def _spelled(where: str) -> str:
    return canonical_url(where) if web_address(where) else where


def _strongest(alive: list[Declaration]) -> dict[Declaration, list[Use]]:
    """For each that speaks, the leaves on which nothing narrower or nearer does."""
    by_leaf: dict[tuple[Use, tuple[str, ...]], list[Declaration]] = {}
    for declaration in alive:
        for leaf in declaration.use.leaves:
            by_leaf.setdefault((leaf, declaration.territory), []).append(declaration)
    speaking: dict[Declaration, list[Use]] = {}
    for (leaf, _), words in by_leaf.items():
        nearest = [d for d in words if d.source.channel in _NEAR] or words
        for word in _narrowest(nearest):
            speaking.setdefault(word, []).append(leaf)
    return speaking


def _narrowest(words: list[Declaration]) -> Iterator[Declaration]:
    """Of each document, those that no other beats: narrower in path or in words, and broader in neither.

    A prohibition gives way to a narrower path only: what one scope permits and prohibits is not licensed.
    """
    longest: dict[tuple[str, bytes], list[int]] = {}
    scopes = [(_document_of(word), *_scope_of(word)) for word in words]
    for document, octets, breadth in scopes:
        most = longest.setdefault(document, [-1] * _BREADTHS)
        most[breadth] = max(most[breadth], octets)
    for word, (document, octets, breadth) in zip(words, scopes, strict=True):
        same, narrower = longest[document][breadth], longest[document][:breadth]
        prohibits = word.stance is Stance.RESERVE and breadth != _CLOSED
        if octets == same and all(octets > other or (prohibits and octets == other) for other in narrower):
            yield word


def _document_of(declaration: Declaration) -> tuple[str, bytes]:
    return declaration.source.where, declaration.source.digest


def _scope_of(declaration: Declaration) -> tuple[int, int]:
    """How narrow the path is, in octets, and how broad the words are."""
    kind, name = declaration.subject.kind, declaration.subject.id
    octets = _split(name)[1].octets if kind is Kind.PATTERN else 1 << 30
    return octets, declaration.source.place % _BREADTHS


def write(declarations: Sequence[Declaration], subject: Subject) -> Written:
    """A licence document, and for one page the same in its HTML; what it says is counted by reading it again."""
    written = documents(subject, compose(declarations))
    if not written:
        return Written((), *account(declarations, {}))
    asked = Asked(url=_example(subject))
    said: dict[Use, Stance] = {}
    for declaration in select(read(written[0]).declarations, asked).speaking:
        stance = declaration.stance or Stance.ALLOW
        said[declaration.use] = max(said.get(declaration.use, stance), stance)
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
