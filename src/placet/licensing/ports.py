"""What a split needs of the outside: a ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from placet.core.money import Money
from placet.licensing.run import Run
from placet.licensing.statement import Statement

__all__ = ["Kept", "Ledger", "Posted", "Recorded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A run that stands in the ledger; `corrected_by` is the id of the run that replaced it, or ""."""

    id: str
    number: int
    manifest: bytes
    at: int
    corrected_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """`new` is false where the run stood there before, and nothing was written."""

    new: bool
    released: Money
    carried: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Money of a work that is nobody's yet: `unclaimed`, or `disputed`."""

    kind: str
    work: str
    right: str
    amount: Money


class Ledger(Protocol):
    """Accounts and transfers that are only ever added to.

    `post` writes a run whole or not at all, and has it on disk when it returns; two who post at the same time come one
    after the other.  A run that stands there is not written again, so that whoever died between posting and telling
    may simply repeat both.
    """

    def post(self, run: Run, at: int, *, open_accounts: bool) -> Posted:
        """Refused, with the rule's id, where an account is missing or the run contradicts one that stands there."""

    def check(self, run: Run, *, open_accounts: bool) -> None:
        """What `post` would refuse, without writing."""

    def find(self, start: str) -> Recorded:
        """The run whose id begins so; NotFound where none does, or several do."""

    def statements(self, party: str = "", run: str = "") -> Iterator[Statement]:
        """Of one party in each currency, or of every party of one run, in the order of their ids."""

    def kept(self) -> Iterator[Kept]:
        """What is unclaimed and what is disputed of each work, in the order of currency, work, right and kind."""
