"""Looking a site's words over: what is not heard as it was meant, and where standards contradict one another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from placet.core.declaration import Declaration
from placet.core.stance import Stance
from placet.core.subject import Kind
from placet.core.use import Use
from placet.signals import lint_files, lint_near, lint_robots
from placet.signals.codec import Asked, Channel
from placet.signals.codecs import CODECS
from placet.signals.emit.naming import example_of, words_for
from placet.signals.lint_scene import Finding, Scene
from placet.signals.paths import split_pattern
from placet.signals.resolve import hear

__all__ = ["lint"]

_MOST_PLACES = 50
_CHECKS: Final[tuple[Callable[[Scene], Iterable[Finding]], ...]] = (
    lint_robots.check,
    lint_files.check,
    lint_near.check,
)


def lint(scene: Scene) -> tuple[Finding, ...]:
    """Every finding once, in the order of files and lines; nothing that a codec could not read stays untold."""
    found = {finding for check in _CHECKS for finding in check(scene)}
    found.update(scene.of("document.unheard", problem) for problem in scene.problems)
    found.update(_contradictions(scene))
    found.update(_untold(scene, found))
    return tuple(sorted(found))


def _untold(scene: Scene, found: Iterable[Finding]) -> Iterator[Finding]:
    """What codecs report, at places of which no rule has said anything yet."""
    told = {(finding.where, finding.line) for finding in found} | {(f.where, 0) for f in found if f.line == 0}
    for document in scene.documents:
        for problem in hear([document]).problems:
            finding = scene.of("document.problem", problem)
            spoken = (finding.where, finding.line) in told
            if not spoken and not (finding.line == 0 and any(where == finding.where for where, _ in told)):
                yield finding


def _contradictions(scene: Scene) -> Iterator[Finding]:
    """Yes in one standard, no in another, said to everybody about one address: a pair once for a site."""
    said = _said(scene)
    seen: set[tuple[str, str, frozenset[Use]]] = set()
    for url in _addresses(scene, said):
        yes, no = _by_standard(said, url, Stance.ALLOW), _by_standard(said, url, Stance.RESERVE)
        for one, allowed in yes.items():
            for other, refused in no.items():
                uses = frozenset(allowed) & frozenset(refused)
                if one != other and uses and (one, other, uses) not in seen:
                    seen.add((one, other, uses))
                    yes_said, no_said = allowed[min(uses)], refused[min(uses)]
                    where = scene.name(no_said.source.where)
                    detail = (
                        f"{one} says yes ({scene.name(yes_said.source.where)}), {other} says no, "
                        f"to {', '.join(words_for(uses))}, at {_path(url)}"
                    )
                    yield Finding(where, _line(no_said), "contradiction", detail)


def _said(scene: Scene) -> tuple[Declaration, ...]:
    heard = [hear([document]).declarations for document in scene.documents if _is_of_one(document.channel)]
    return tuple(dict.fromkeys(declaration for each in heard for declaration in each))


def _is_of_one(channel: Channel) -> bool:
    return channel in (Channel.ROBOTS, Channel.SITE, Channel.HEADER, Channel.PAGE)


def _addresses(scene: Scene, said: Iterable[Declaration]) -> list[str]:
    """Pages and files that were heard, and an example for every path that anything is said about."""
    origins = dict.fromkeys(split_pattern(document.where)[0] for document in scene.documents)
    urls = dict.fromkeys(f"{origin}/" for origin in origins if origin)
    urls.update(dict.fromkeys(d.where for d in scene.documents if d.channel in (Channel.HEADER, Channel.PAGE)))
    patterns = dict.fromkeys(d.subject.id for d in said if d.subject.kind is Kind.PATTERN and d.agent is None)
    paths = [split_pattern(each) for each in patterns]
    for origin, path in paths:
        if origin and path.startswith("/"):
            urls.setdefault(
                origin + example_of(path, [other for other_origin, other in paths if other_origin == origin])
            )
    return list(urls)[:_MOST_PLACES]


def _by_standard(said: Iterable[Declaration], url: str, stance: Stance) -> dict[str, dict[Use, Declaration]]:
    """For each standard, the leaves on which its strictest word to everybody is this stance."""
    own: dict[str, list[Declaration]] = defaultdict(list)
    for declaration in said:
        own[declaration.source.standard].append(declaration)
    found: dict[str, dict[Use, Declaration]] = {}
    for name, declarations in own.items():
        most: dict[Use, Declaration] = {}
        for declaration in CODECS[name].select(declarations, Asked(url=url)).speaking:
            if declaration.agent is None and declaration.stance is not None and not _is_pointer(declaration):
                for leaf in declaration.use.leaves:
                    if leaf is not Use.ACCESS and (leaf not in most or _word(declaration) > _word(most[leaf])):
                        most[leaf] = declaration
        if chosen := {leaf: declaration for leaf, declaration in most.items() if declaration.stance is stance}:
            found[name] = chosen
    return found


def _word(declaration: Declaration) -> int:
    return declaration.stance or 0


def _is_pointer(declaration: Declaration) -> bool:
    """RSL's refusal until a licence is read is told by another rule."""
    return declaration.source.standard == "rsl" and declaration.stance is Stance.RESERVE and bool(declaration.terms)


def _line(declaration: Declaration) -> int:
    lined = declaration.source.standard not in ("rsl", "tdmrep")  # their `place` is the number of a rule
    return declaration.source.place if lined else 0


def _path(url: str) -> str:
    return "/" + url.partition("://")[2].partition("/")[2]
