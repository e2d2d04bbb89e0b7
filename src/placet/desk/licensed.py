"""A licence as a decision needs it, with everybody for whom its licensor could give it, as of its entry in the log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from placet.core.authority import Authority, Mandate
from placet.core.declaration import Interval
from placet.core.licence import Licence
from placet.core.subject import Kind, Subject
from placet.core.territory import members
from placet.desk.status_lists import entries_in
from placet.licensing.check import to_core
from placet.licensing.document import LicenceFile, digest
from placet.log.files import LogFiles
from placet.record.entries import commitment

__all__ = ["Giving", "given_at", "weigh_licence"]

_EVER = 1 << 62
_OF_PEOPLE = "likeness"  # the right in which a voice or a face is licensed


@dataclass(frozen=True, slots=True)
class Giving:
    """The entry of the log that says a licence was given: its index and its moment."""

    index: int
    at: int


def given_at(log: Path, files: Iterable[LicenceFile]) -> dict[str, Giving]:
    """At which entry of its licensor's the log of this folder says that each was given; by licence id."""
    wanted = {commitment(f.salt, digest(f.token)): (f.agreement.id, f.agreement.licensor) for f in files if f.salt}
    found: dict[str, Giving] = {}
    for index, entry in enumerate(entries_in(LogFiles(log))) if wanted else ():
        id_, licensor = wanted.get(entry.body.get("licence", ""), ("", ""))
        if entry.type == "licence.issue" and id_ and entry.by == licensor:
            found.setdefault(id_, Giving(index, entry.body["at"]))
    return found


def weigh_licence(file: LicenceFile, giving: Giving | None, authority: Authority) -> Licence:
    """The licence between parties, and with each principal whose mandates to license cover all of it.

    `giving` is None where the log does not tell that it was given: then it is given for nobody else.  Mandates for some
    rights only lift what is said in those.  It ends with the first of them, whatever end it bears; that they are taken
    back earlier ends no licence.  What a lost key gave lifts nothing, whatever day the licence itself bears.
    """
    said, at = to_core(file), file.agreement.issued_at
    said = replace(said, holder=authority.party_of(said.holder))
    if authority.is_flagged(said.licensor, max(at, giving.at if giving else 0)):
        return replace(said, licensor="")
    licensor = authority.party_of(said.licensor, at)
    said = replace(said, licensor=licensor)
    if giving is None:
        return said
    given = _Given(said.subjects, said.territory, giving.index, max(at, giving.at))
    principals = _principals(authority, licensor)
    whole = _OF_PEOPLE if all(subject.kind is Kind.LIKENESS for subject in said.subjects) else ""
    behalf = given.covered(authority, licensor, ((each, whole) for each in principals))
    rest = sorted(principals.keys() - {principal for principal, _ in behalf})
    within = given.covered(authority, licensor, ((each, right) for each in rest for right in sorted(principals[each])))
    ends = [end for end in (said.interval.until, *behalf.values(), *within.values()) if end]
    return replace(
        said,
        behalf=tuple(principal for principal, _ in behalf),
        within=tuple(within),
        interval=Interval(said.interval.start, min(ends, default=None)),
    )


def _principals(authority: Authority, licensor: str) -> dict[str, set[str]]:
    """Everybody at the top of a mandate that the party ever held, with the rights that some of these name."""
    found = defaultdict[str, set[str]](set)
    for mandate in authority.held(licensor):
        if chain := authority.chain(mandate):
            found[chain[-1].principal] |= mandate.rights
    found.pop(licensor, None)
    return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class _Given:
    """What was licensed, where, at which entry and moment."""

    subjects: frozenset[Subject]
    territory: tuple[str, ...]
    index: int
    at: int

    def covered(
        self, authority: Authority, licensor: str, pairs: Iterable[tuple[str, str]]
    ) -> dict[tuple[str, str], int]:
        """Whose mandates let all of these be licensed in a right, or in all (""), and until when; 0 is ever."""
        found = {pair: self._end(authority, licensor, *pair) for pair in pairs}
        return {pair: end for pair, end in found.items() if end is not None}

    def _end(self, authority: Authority, licensor: str, principal: str, right: str) -> int | None:
        """When the first of the mandates ends that together cover all of it, the longest taken first; None is never."""
        left, end = self.subjects, 0
        held = authority.mandates_for(licensor, principal, "license", left, right, self.index, self.at)
        for mandate in sorted(held, key=lambda each: -(_until(authority, each) or _EVER)):
            if authority.is_sound(mandate) and self._is_within(authority, mandate):
                scopes = [each.scope for each in authority.chain(mandate) if each.scope]
                before, left = left, left - left.intersection(*scopes) if scopes else frozenset()
                end = (_until(authority, mandate) or end) if left != before else end
            if not left:
                return end
        return None

    def _is_within(self, authority: Authority, mandate: Mandate) -> bool:
        where = authority.where(self.territory, mandate)
        return where is not None and members(where) == members(self.territory)


def _until(authority: Authority, mandate: Mandate) -> int:
    """When a mandate ends, or the one above it; 0 is never."""
    return min((each.until for each in authority.chain(mandate) if each.until), default=0)
