"""A file to be put somewhere: its path below the folder that was asked for, and its bytes."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["File", "text"]


@dataclass(frozen=True, slots=True)
class File:
    path: str
    body: bytes


def text(path: str, *lines: str) -> File:
    return File(path, "".join(f"{line}\n" for line in lines).encode("utf-8"))
