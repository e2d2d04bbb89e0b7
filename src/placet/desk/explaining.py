"""What is said about a source, by whom, and what it amounts to: the one account of it, for people and programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from placet.app import Home
from placet.clearance.observations import SUFFIX, read_observations
from placet.clearance.readers.warc import SUFFIXES as CRAWLS
from placet.core.decision import Decision, Outcome
from placet.core.declaration import Declaration
from placet.core.ids import canonical_url
from placet.core.profile import PROFILES
from placet.core.use import Use
from placet.desk.listing import hear_lists
from placet.desk.sources import Source, Wish, crawl, file, folder, observed
from placet.errors import NotFound, WrongUsage
from placet.fetch.visit import Visitor
from placet.signals.codec import Asked, Heard
from placet.signals.lists import subjects_of
from placet.signals.observation import PAYLOAD_TYPE, encode
from placet.signals.resolve import Answers, Resolved, answer, hear
from placet.signals.saying import subject_at
from placet.signing.envelope import seal
from placet.signing.keys import Role

__all__ = ["Explained", "explain", "find", "find_all", "save"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One source: who speaks, who was passed over, and the answers; `silent` are the places that said nothing."""

    source: Source
    wish: Wish
    resolved: Resolved
    acquisition: Decision
    uses: tuple[tuple[Use, Decision], ...]
    gate: Decision
    silent: tuple[str, ...] = ()

    @property
    def decisions(self) -> tuple[Decision, ...]:
        return (self.acquisition, *(decision for _, decision in self.uses))

    def decides(self, declaration: Declaration) -> bool:
        """Whether any answer rests on it."""
        return any(declaration in decision.because for decision in self.decisions)

    @property
    def is_clear(self) -> bool:
        """Whether all that was asked is open, and whoever could say no was heard, the file itself too.

        Without a profile, whether all that was said is understood.
        """
        if self.wish.profile is None:
            return not self.resolved.problems
        return self.gate.outcome is Outcome.CLEARED and self.source.is_read


# --- finding ----------------------------------------------------------------------------------------------


def find_all(
    home: Home, words: Iterable[str], *, about: str = "", saved: Path | None = None, observers: Iterable[bytes] = ()
) -> Iterator[list[Source]]:
    """What each word names, one after the other; one visitor asks for all of them, so that no host is hurried."""
    observers = tuple(observers)
    with ExitStack() as stack:
        visitor: Visitor | None = None
        for word in words:
            if visitor is None and saved is None and "://" in word:
                visitor = stack.enter_context(home.visitor())
            yield find(home, word, about=about, saved=saved, observers=observers, visitor=visitor)


def find(
    home: Home,
    what: str,
    *,
    about: str = "",
    saved: Path | None = None,
    observers: Iterable[bytes] = (),
    visitor: Visitor | None = None,
) -> list[Source]:
    """The sources that a word names, or those of them that were saved; NotFound when there are none."""
    if about and not _is_address(about):
        raise WrongUsage(f"--about {about}: begin it with https://")
    path = Path(what)
    if what.endswith(SUFFIX):
        return _saved(home, path, about, observers)
    if saved is not None and "://" not in what and path.is_file():
        return [_both(path, _saved(home, saved, about, observers), home.now())]
    if saved is not None:
        return _saved(home, saved, about or what, observers)
    if visitor is not None and "://" in what:
        return [observed(visitor.observe(what))]
    if not path.exists():
        raise NotFound(f"there is nothing at {what}; if it is an address, begin it with https://")
    if path.is_dir():
        return folder(path, home.now(), about)
    if path.name.lower().endswith(CRAWLS):
        return crawl(path, about)
    return [file(path, home.now(), about)]


def _is_address(words: str) -> bool:
    try:
        return bool(canonical_url(words))
    except ValueError:
        return False


def _both(path: Path, seen: Sequence[Source], now: int) -> Source:
    """A file, by what it says of itself and by what was said where it was found."""
    if len(seen) > 1:
        raise WrongUsage(f"there are {len(seen)} observations: say with --about at which address {path} was found")
    there = seen[0]
    own = file(path, now, there.address)
    besides = Heard(
        there.besides.declarations + own.besides.declarations, there.besides.problems + own.besides.problems
    )
    return replace(there, documents=there.documents + own.documents, besides=besides, origin=own.origin, is_read=True)


def _saved(home: Home, path: Path, about: str, observers: Iterable[bytes]) -> list[Source]:
    own = (home.key(Role.CLEAR).public,) if home.key_path(Role.CLEAR).exists() else ()
    kept = read_observations([path], (*own, *observers)).observations
    if about and not _is_address(about):
        raise NotFound(f"there is nothing at {about}; if it is an address, begin it with https://")
    wanted = canonical_url(about) if about else ""
    found = [each for each in kept if not wanted or canonical_url(each.about) == wanted]
    if not found:
        raise NotFound(f"{path} holds no observation of {about}")
    return [observed(each) for each in found]


def save(home: Home, sources: Iterable[Source], path: Path) -> int:
    """Add the observations to a file, each signed with the home's `clear` key; how many there were."""
    if not path.name.endswith(SUFFIX):
        raise WrongUsage(f"--save {path}: name it something{SUFFIX}, as `placet clear --observations` looks for it")
    kept = [source.observation for source in sources if source.observation is not None]
    if not kept:
        raise WrongUsage("--save keeps what was asked of a site; a file's own words are kept in the file")
    key = home.key(Role.CLEAR)
    lines = b"".join(seal(encode(each), PAYLOAD_TYPE, key) + b"\n" for each in kept)
    with path.open("ab") as opened:
        opened.write(lines)
    return len(kept)


# --- explaining -------------------------------------------------------------------------------------------


def explain(home: Home, source: Source, wish: Wish) -> Explained:
    """Everything heard about a source, lists of others with it, and both answers for each use.

    Without a profile the answers are those of `consent`, in which silence opens nothing: only what was said is
    to be told of them.
    """
    heard = hear(source.documents, [source.besides, _listed(home, source)])
    asked = Asked(url=source.address, agent=wish.agent)
    answers = [(use, _answer(heard, asked, use, source, wish)) for use in wish.uses]
    resolved = answers[0][1].resolved
    return Explained(
        source=source,
        wish=wish,
        resolved=resolved,
        acquisition=answers[0][1].acquisition,
        uses=tuple((use, each.use) for use, each in answers),
        gate=max((each.gate for _, each in answers), key=lambda decision: decision.outcome.rank),
        silent=tuple(_silent(source, resolved)),
    )


def _answer(heard: Heard, asked: Asked, use: Use, source: Source, wish: Wish) -> Answers:
    return answer(
        heard,
        asked,
        use,
        wish.at,
        wish.profile or PROFILES["consent"],
        acquired_at=source.at or wish.at,
        also=source.also,
        territory=wish.territory,
    )


def _listed(home: Home, source: Source) -> Heard:
    """What imported lists say of the address, of its domain, and of patterns, which the codec then matches."""
    said = hear_lists(home).said
    subjects = [each for url in (source.address, *source.also) for each in subjects_of(subject_at(url))]
    patterns = [subject for subject in said if subject.kind == "pattern"]
    return Heard(tuple(d for subject in dict.fromkeys([*subjects, *patterns]) for d in said.get(subject, ())))


def _silent(source: Source, resolved: Resolved) -> Sequence[str]:
    """The places that were asked, answered, and say nothing about this address."""
    if source.observation is None:
        return ()
    spoke = {d.source.where for d in resolved.speaking} | {lost.declaration.source.where for lost in resolved.lost}
    spoke |= {problem.where.rpartition(":")[0] for problem in resolved.problems}
    spoke |= {problem.where for problem in resolved.problems}
    own = [each for each in source.observation.exchanges if each.url not in spoke and each.status is not None]
    return sorted(_named(each.url, source.address) + ("" if each.answered else f" ({each.status})") for each in own)


def _named(url: str, address: str) -> str:
    parts = urlsplit(url)
    same = parts.netloc == urlsplit(address).netloc
    return (parts.path or "/") if same else f"{parts.netloc}{parts.path}"
