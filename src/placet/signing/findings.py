"""What a verification looked at: each thing held, was not looked at, is believed by nobody, or is broken."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["LOG", "Finding", "Mark", "verdict"]


LOG = "log"


class Mark(StrEnum):
    """In the order of how bad they are."""

    CHECKED = "checked"
    OPEN = "not checked"
    UNTRUSTED = "UNTRUSTED"
    BROKEN = "BROKEN"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, or was not, in a sentence; `of` is LOG when it is the log's fault."""

    mark: Mark
    sentence: str
    of: str = ""


def verdict(findings: tuple[Finding, ...]) -> Mark:
    """CHECKED when nothing is broken or untrusted; what was not checked is said, and is no fault."""
    marks = {finding.mark for finding in findings}
    return next((mark for mark in (Mark.BROKEN, Mark.UNTRUSTED) if mark in marks), Mark.CHECKED)
