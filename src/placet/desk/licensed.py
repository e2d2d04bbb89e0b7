"""A licence as a decision needs it, with everybody for whom its licensor could give it, as of its entry in the log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from placet.core.authority import Authority, Mandate
from placet.core.licence import Licence
from placet.core.territory import members
from placet.desk.status_lists import entries_in
from placet.licensing.check import to_core
from placet.licensing.document import LicenceFile, digest
from placet.log.files import LogFiles
from placet.record.entries import commitment

__all__ = ["given_at", "weigh_licence"]


def given_at(log: Path, files: Iterable[LicenceFile]) -> dict[str, int]:
    """At which entry of its licensor's the log of this folder says that each was given; by licence id."""
    wanted = {commitment(f.salt, digest(f.token)): (f.agreement.id, f.agreement.licensor) for f in files if f.salt}
    found: dict[str, int] = {}
    for index, entry in enumerate(entries_in(LogFiles(log))) if wanted else ():
        id_, licensor = wanted.get(entry.body.get("licence", ""), ("", ""))
        if entry.type == "licence.issue" and id_ and entry.by == licensor:
            found.setdefault(id_, index)
    return found


def weigh_licence(file: LicenceFile, index: int | None, authority: Authority, right: str) -> Licence:
    """The licence with its licensor as a party, and with each principal whose mandate to license covers all of it.

    `index` is the entry that says it was given, None where the log does not tell: then it is given for nobody else.
    What a lost key gave lifts nothing.
    """
    said, at = to_core(file), file.agreement.issued_at
    if authority.is_flagged(said.licensor, at):
        return replace(said, licensor="")
    licensor = authority.party_of(said.licensor, at)
    principals = _principals(authority, licensor) if index is not None else ()

    def is_within(territory: tuple[str, ...], mandate: Mandate) -> bool:
        where = authority.where(territory, mandate)
        return where is not None and members(where) == members(territory)

    behalf = tuple(
        principal
        for principal in principals
        if all(
            any(
                authority.is_sound(mandate) and is_within(said.territory, mandate)
                for mandate in authority.mandates_for(licensor, principal, "license", (subject,), right, index or 0, at)
            )
            for subject in said.subjects
        )
    )
    return replace(said, licensor=licensor, behalf=behalf)


def _principals(authority: Authority, licensor: str) -> list[str]:
    """Everybody at the top of a mandate that the party ever held."""
    tops = {chain[-1].principal for mandate in authority.held(licensor) if (chain := authority.chain(mandate))}
    return sorted(tops - {licensor})
