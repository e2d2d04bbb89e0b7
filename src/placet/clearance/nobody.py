"""A registry in which nobody has spoken: what a dataset is cleared against when there is no snapshot yet."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from placet.core.spoken import Spoken
from placet.core.subject import Subject
from placet.core.work import Party
from placet.snapshot.arrays import ARRAYS, no_array
from placet.snapshot.library import Library
from placet.snapshot.manifest import Manifest

__all__ = ["NOBODY", "is_nobody", "nobody"]

NOBODY = ""  # what a plan says in place of a snapshot's digest


class _Nobody(Library):
    """A library without works and words, and without a folder."""

    @cached_property
    def words(self) -> tuple[Spoken, ...]:
        return ()

    @cached_property
    def _elsewhere(self) -> dict[Subject, list[int]]:
        return {}

    @cached_property
    def parties(self) -> dict[str, Party]:
        return {}

    @cached_property
    def thumbnails(self) -> dict[str, bytes]:
        return {}

    def records(self) -> list[dict[str, Any]]:
        return []


def nobody() -> Library:
    """An empty library; that no registry was consulted is told by `is_nobody`."""
    manifest = Manifest(origin="", size=0, root="", made_at=0, files={}, counts={}, readings=(), algorithms=())
    return _Nobody(Path(), manifest, {name: no_array(name) for name in ARRAYS})


def is_nobody(library: Library) -> bool:
    return not library.manifest.origin
