"""The port of the vault: where names, titles and addresses lie sealed, each under a key of whom it is about."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Vault"]


class Vault(Protocol):
    """One key a subject: a party's public key in hex, or 64 hex digits drawn at random for who has none.

    What was put is durable when the call returns.  Destroying a subject's key makes everything sealed for it
    unreadable, in every copy of the sealed bytes; it cannot be undone.
    """

    def put(self, subject: str, field: str, value: str) -> str:
        """Keep a value that no entry shows, under a new salt; returns the commitment by which it is found again."""
        ...

    def get(self, commitment: str) -> str | None:
        """The value that was put; None when it was erased, or never was here."""
        ...

    def destroy(self, subject: str) -> None:
        """Destroy the subject's key, and the sealed values that were put for it; a second time changes nothing."""
        ...
