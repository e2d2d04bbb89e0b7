"""What the report says of signals: whose words decided, whose gave way, what could not be heard, how rows were made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from placet.clearance import pages
from placet.clearance.pages import Markup, put, raw
from placet.core.declaration import REGISTRY

__all__ = ["Heard", "Word", "facts", "sections"]

Say = Callable[..., str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word that was heard, and the rows that it decided or that it was heard about in vain."""

    standard: str
    where: str
    said: str
    heard_at: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """`standards`, `unheard` and `origins` count rows by name; words may be a selection, the most frequent first.

    `spoke` are (what, in a sentence) of those who could speak beside the registry; nobody when it is empty.
    """

    spoke: tuple[tuple[str, str], ...] = ()
    agent: str = ""
    standards: tuple[tuple[str, int], ...] = ()
    decided: tuple[Word, ...] = ()
    overruled: tuple[Word, ...] = ()
    unheard: tuple[tuple[str, int], ...] = ()
    origins: tuple[tuple[str, int], ...] = ()
    dropped: int = 0
    is_dropping: bool = False


def facts(heard: Heard, say: Say) -> Iterator[tuple[str, Markup]]:
    spoke = [pages.small(f"{say('spoke_' + what)}: ", told) for what, told in heard.spoke]
    yield "spoke", raw(*spoke) if spoke else raw(say("spoke_none"))
    yield "agent", put("code", heard.agent) if heard.agent else raw(say("agent_any"))


def sections(heard: Heard, say: Say, number: Callable[[int], str]) -> Iterator[Markup | None]:
    yield put("p", say("heard_said"))
    if heard.standards:
        rows = [(_standard(name, say), number(many)) for name, many in heard.standards]
        yield pages.table((say("standard"), say("n_rows")), rows, {1})
    else:
        yield put("p", say("heard_silence"))
    for word, words in (("decided", heard.decided), ("overruled", heard.overruled)):
        if words:
            yield put("h3", say(word))
            yield _words(words, say, number)
    if heard.unheard:
        yield put("h3", say("unheard"))
        places = [(say(f"unheard_{_known(place)}"), number(many)) for place, many in heard.unheard]
        yield pages.table((say("place"), say("n_rows")), places, {1})
    yield from _origins(heard, say, number)


def _words(words: tuple[Word, ...], say: Say, number: Callable[[int], str]) -> Markup:
    heads = (say("said_by"), say("said"), say("n_rows"))
    return pages.table(
        heads,
        (
            (
                raw(put("bdi", each.where), pages.small(_when(each))),
                raw(say(f"stance_{each.said}") if each.said else "", pages.small(_standard(each.standard, say))),
                number(each.rows),
            )
            for each in words
        ),
        {2},
    )


def _when(word: Word) -> str:
    return pages.moment(word.heard_at) if word.heard_at else ""


def _standard(name: str, say: Say) -> Markup:
    return raw(say("the_registry")) if name == REGISTRY else put("code", name)


def _known(place: str) -> str:
    return place.replace(".", "_")


def _origins(heard: Heard, say: Say, number: Callable[[int], str]) -> Iterator[Markup]:
    if not heard.origins:
        return
    yield put("h3", say("origin"))
    yield put("p", say("origin_said"))
    rows = [(say(f"origin_{name}"), put("code", name), number(many)) for name, many in heard.origins]
    yield pages.table((say("meaning"), say("id"), say("n_rows")), rows, {2})
    if heard.is_dropping:
        yield put("p", say("dropped", n=number(heard.dropped)))
