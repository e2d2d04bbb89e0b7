"""Documents that a standard wrote for several paths, as the one file that it has on a site."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Final

from placet.errors import SignalError
from placet.signals import robots_file
from placet.signals.codec import Document
from placet.signals.rsl_words import ALLOWED
from placet.signals.saying import leaves_of

__all__ = ["merge"]

_PERMITS = re.compile(r'(<permits type="usage">)([^<]*)(</permits>)')
_CONTENTS = re.compile(r"[ \t]*<content\b.*</content>[ \t]*\n?", re.DOTALL)


def merge(documents: Sequence[Document], banner: Sequence[str]) -> bytes:
    """One file from documents for paths, the narrowest path first; SignalError for a kind that cannot be joined."""
    kind = documents[0].media_type.partition(";")[0].strip().lower()
    if kind not in _MERGES:
        raise SignalError(f"{documents[0].where} is {kind or 'of no kind'}; files of that kind cannot be joined")
    return _MERGES[kind]([document.body.decode("utf-8") for document in documents], banner).encode("utf-8")


def _merge_json(bodies: Sequence[str], _: Sequence[str]) -> str:
    """An array: in TDMRep the first rule that matches wins, so the narrowest stands first.  JSON has no comments."""
    return json.dumps([rule for body in bodies for rule in json.loads(body)], indent=1) + "\n"


def _merge_xml(bodies: Sequence[str], banner: Sequence[str]) -> str:
    """One root with the contents of all; in RSL their order means nothing."""
    first = _CONTENTS.search(bodies[0])
    if not first:
        raise SignalError("a licence document without a content cannot be joined with others")
    contents = [_PERMITS.sub(_spell_out, found.group()) for body in bodies if (found := _CONTENTS.search(body))]
    head, tail = bodies[0][: first.start()], bodies[0][first.end() :]
    declaration, mark, rest = head.partition("?>\n")
    comment = f"<!-- {' '.join(banner)} -->\n"
    return f"{declaration}{mark}{comment}{rest}{''.join(contents)}{tail}" if mark else f"{comment}{head}{tail}"


def _spell_out(permits: re.Match[str]) -> str:
    """A wide word, and the narrow ones in it: a wide yes of a narrow path does not outdo a narrower no (RSL 3.1.1)."""
    words = permits[2].split()
    inside = (name for word in words for name in ALLOWED if _lies_in(name, word))
    return f"{permits[1]}{' '.join(dict.fromkeys([*words, *inside]))}{permits[3]}"


def _lies_in(name: str, word: str) -> bool:
    return leaves_of(ALLOWED[name]) < leaves_of(ALLOWED.get(word, ()))


def _merge_text(bodies: Sequence[str], banner: Sequence[str]) -> str:
    """Groups as in robots.txt; every agent gets all lines that any document has for it."""
    lines: dict[tuple[str, ...], dict[str, None]] = {}
    for body in bodies:
        for group in robots_file.parse(body.encode("utf-8")).groups:
            told = lines.setdefault(group.agents, {})
            told.update(dict.fromkeys(f"{line.name.title()}: {line.value}" for line in group.lines))
    blocks = ["\n".join([*(f"User-Agent: {agent}" for agent in agents), *told, ""]) for agents, told in lines.items()]
    return "".join(f"# {line}\n" for line in banner) + "\n" + "\n".join(blocks)


_MERGES: Final[dict[str, Callable[[Sequence[str], Sequence[str]], str]]] = {
    "application/json": _merge_json,
    "application/rsl+xml": _merge_xml,
    "text/plain": _merge_text,
}
