"""A licence as a decision needs it, with everybody for whom its licensor could give it, as of its entry in the log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from placet.core.authority import Authority, Mandate
from placet.core.licence import Licence
from placet.core.territory import members
from placet.licensing.check import to_core
from placet.licensing.document import LicenceFile, digest
from placet.log.files import LogFiles
from placet.log.fsck import read_entries
from placet.log.tree import StoredTree
from placet.record.checkpoint import parse_checkpoint
from placet.record.entries import Entry, commitment
from placet.record.notes import parse_note

__all__ = ["given_at", "weigh_licence"]


def given_at(log: Path, files: Iterable[LicenceFile]) -> dict[str, int]:
    """At which entry the log of this folder says that each of these was given; by licence id."""
    wanted = {commitment(file.salt, digest(file.token)): file.agreement.id for file in files if file.salt}
    found: dict[str, int] = {}
    for index, entry in enumerate(_entries(log)) if wanted else ():
        if entry.type == "licence.issue" and entry.body["licence"] in wanted:
            found.setdefault(wanted[entry.body["licence"]], index)
    return found


def _entries(log: Path) -> Iterator[Entry]:
    files = LogFiles(log)
    note = files.read("checkpoint")
    if note is not None:
        yield from read_entries(StoredTree(files), parse_checkpoint(parse_note(note).text).size)


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
