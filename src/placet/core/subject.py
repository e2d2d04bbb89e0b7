"""What a declaration is about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Kind", "Subject"]


class Kind(StrEnum):
    WORK = "work"
    FINGERPRINT = "fingerprint"
    IDENTIFIER = "identifier"  # isbn:, isrc:, iscc:, ...
    URL = "url"  # one exact, canonical address
    PATTERN = "pattern"  # addresses by pattern
    DOMAIN = "domain"
    REPERTOIRE = "repertoire"  # all works of a party
    LIKENESS = "likeness"  # of a person


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """One thing that can be spoken about; `id` is in the canonical form of its kind."""

    kind: Kind
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"
