"""Looking a site's words over: what is not heard as it was meant, and where standards contradict one another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import permutations
from typing import Final

from placet.core.declaration import Declaration, Problem
from placet.core.stance import Stance
from placet.core.subject import Kind
from placet.core.use import Use
from placet.signals import lint_files, lint_near, lint_robots
from placet.signals.codec import Asked, Channel, Codec, Heard
from placet.signals.codecs import CODECS
from placet.signals.emit.naming import example_of, words_for
from placet.signals.lint_scene import Finding, Scene
from placet.signals.paths import split_pattern
from placet.signals.resolve import hear

__all__ = ["lint"]

_MOST_PLACES, _FEWEST_PLACES = 50, 4
_MOST_READ = 500_000  # statements that are weighed, over all places
_CHECKS: Final[tuple[Callable[[Scene], Iterable[Finding]], ...]] = (
    lint_robots.check,
    lint_files.check,
    lint_near.check,
)


def lint(scene: Scene) -> tuple[Finding, ...]:
    """Every finding once, in the order of files and lines; nothing that a codec could not read stays untold."""
    heard = [hear([document]) for document in scene.documents]
    found = {finding for check in _CHECKS for finding in check(scene)}
    found.update(scene.of(_rule_of(scene, problem), problem) for problem in scene.problems)
    found.update(_contradictions(scene, [d for each in heard for d in each.declarations if d.agent is None]))
    found.update(_untold(scene, heard, {(finding.where, finding.line) for finding in found}))
    return tuple(sorted(found))


def _rule_of(scene: Scene, problem: Problem) -> str:
    return "document.unasked" if problem.where in scene.unasked else "document.unheard"


def _untold(scene: Scene, heard: Iterable[Heard], told: Collection[tuple[str, int]]) -> Iterator[Finding]:
    """What codecs report, at places of which no rule has said anything yet."""
    files = {where for where, _ in told}
    for each in heard:
        for problem in each.problems:
            finding = scene.of("document.problem", problem)
            place = (finding.where, finding.line)
            if place not in told and (finding.where, 0) not in told and (finding.line or finding.where not in files):
                yield finding


def _contradictions(scene: Scene, said: Sequence[Declaration]) -> Iterator[Finding]:
    """Yes in one standard, no in another, said to everybody about one address: a pair once for a site."""
    own: dict[str, list[Declaration]] = defaultdict(list)
    for declaration in said:
        own[declaration.source.standard].append(declaration)
    seen: set[tuple[str, str, frozenset[Use]]] = set()
    for url in _addresses(scene, said):
        words = {name: _strictest(CODECS[name], declarations, url) for name, declarations in own.items()}
        for one, other in permutations(words, 2):
            uses = frozenset(leaf for leaf in words[one] if _differ(words[one][leaf], words[other].get(leaf)))
            if uses and (one, other, uses) not in seen:
                seen.add((one, other, uses))
                yield _contradiction(scene, words[one][min(uses)], words[other][min(uses)], uses, url)


def _differ(yes: Declaration, no: Declaration | None) -> bool:
    return yes.stance is Stance.ALLOW and no is not None and no.stance is Stance.RESERVE


def _contradiction(scene: Scene, yes: Declaration, no: Declaration, uses: Collection[Use], url: str) -> Finding:
    detail = (
        f"{yes.source.standard} says yes ({scene.name(yes.source.where)}), {no.source.standard} says no, "
        f"to {', '.join(words_for(uses))}, at {_path(url)}"
    )
    return Finding(scene.name(no.source.where), _line(no), "contradiction", detail)


def _addresses(scene: Scene, said: Sequence[Declaration]) -> list[str]:
    """Pages and files that were heard, and an example for every path that anything is said about."""
    origins = dict.fromkeys(split_pattern(document.where)[0] for document in scene.documents)
    urls = dict.fromkeys(f"{origin}/" for origin in origins if origin)
    urls.update(dict.fromkeys(d.where for d in scene.documents if d.channel in (Channel.HEADER, Channel.PAGE)))
    most = max(_FEWEST_PLACES, min(_MOST_PLACES, _MOST_READ // (len(said) + 1)))
    patterns = dict.fromkeys(d.subject.id for d in said if d.subject.kind is Kind.PATTERN)
    paths = [split_pattern(each) for each in patterns][: 4 * most]
    for origin, path in paths:
        if origin and path.startswith("/"):
            urls.setdefault(origin + example_of(path, [other for there, other in paths if there == origin]))
    return list(urls)[:most]


def _strictest(codec: Codec, said: Sequence[Declaration], url: str) -> dict[Use, Declaration]:
    """For each leaf the word that counts; access is no contradiction, and a pointer to a licence another rule's."""
    most: dict[Use, Declaration] = {}
    for declaration in codec.select(said, Asked(url=url)).speaking:
        for leaf in declaration.use.leaves if declaration.stance is not None and not _is_pointer(declaration) else ():
            if leaf is not Use.ACCESS and (leaf not in most or _rank(declaration) > _rank(most[leaf])):
                most[leaf] = declaration
    return most


def _rank(declaration: Declaration) -> int:
    return declaration.stance or 0


def _is_pointer(declaration: Declaration) -> bool:
    return declaration.source.standard == "rsl" and declaration.stance is Stance.RESERVE and bool(declaration.terms)


def _line(declaration: Declaration) -> int:
    """The `place` of RSL and TDMRep is the number of a rule."""
    return 0 if declaration.source.standard in ("rsl", "tdmrep") else declaration.source.place


def _path(url: str) -> str:
    return "/" + url.partition("://")[2].partition("/")[2]
