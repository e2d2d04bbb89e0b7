"""What a linter looks at, and what it finds: the documents of one site as they were heard, each with its own name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from placet.core.declaration import Problem
from placet.signals.codec import Channel, Document

__all__ = ["Finding", "Scene"]

_AT = re.compile(r"^(.*):(\d+)$")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """`rule` is an id of `lint_rules.RULES`; `line` counts from 1, 0 stands for the whole; `detail` quotes it."""

    where: str
    line: int
    rule: str
    detail: str = ""


@dataclass(frozen=True)
class Scene:
    """`names` are how documents are called for people; `problems` what an observation could not obtain.

    `whole` when all that a site says was looked for, so that what is not there is missing.  `settings` are confs of a
    server, which no standard reads; `unasked` addresses that robots.txt closes to us.
    """

    documents: tuple[Document, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    whole: bool = True
    settings: tuple[Document, ...] = ()
    unasked: frozenset[str] = frozenset()

    def on(self, channel: Channel) -> Iterator[Document]:
        return (document for document in self.documents if document.channel is channel)

    def ending(self, *names: str) -> Iterator[Document]:
        """The files of the site whose address ends so."""
        return (document for document in self.on(Channel.SITE) if document.where.partition("?")[0].endswith(names))

    def found(self, rule: str, document: Document, line: int = 0, detail: str = "") -> Finding:
        return Finding(self.name(document.where), line, rule, detail)

    def name(self, where: str) -> str:
        return self.names.get(where, where)

    def of(self, rule: str, problem: Problem) -> Finding:
        """A codec's problem: its place may carry a line."""
        at = _AT.match(problem.where)
        if at and at[1] in {document.where for document in self.documents}:
            return Finding(self.name(at[1]), int(at[2]), rule, problem.why)
        return Finding(self.name(problem.where), 0, rule, problem.why)
