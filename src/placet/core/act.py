"""An entry of the record that changes who may speak for what: keys, identities, mandates, claims, disputes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["ACTS", "LINES", "Act"]

# The entry types that are acts (`record.entries.TYPES` says what each holds), by room.
ACTS: Final = frozenset(
    {
        "key.rotate",
        "key.recovery",
        "key.recover",
        "key.cancel",
        "key.revoke",
        "identity.claim",
        "identity.link",
        "identity.attest",
        "identity.revoke",
        "mandate.grant",
        "mandate.accept",
        "mandate.revoke",
        "claim.add",
        "claim.withdraw",
        "claim.exclude",
        "claim.counter",
        "claim.overlap",
        "claim.settle",
        "strike.add",
        "made.add",
    }
)
LINES: Final = ("claim.add", "made.add")  # those that carry a sheet, one canonical record a line


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """`id` is the leaf hash of the entry in hex, `by` the key that signed it, and `role` what that key is for.

    `body` is the entry's own, read-only; `at` and all times in it are UTC seconds, 0 for none.
    """

    index: int
    id: str
    by: str
    role: str
    type: str
    at: int
    body: Mapping[str, Any]
