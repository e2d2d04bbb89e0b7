"""Parties whose names are opened one by one, when they are asked for: a home's own library holds commitments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from placet.core.work import Party

__all__ = ["Opened"]


class Opened(Mapping[str, Party]):
    """By key; `shown` gives the name behind what stands in its place."""

    def __init__(self, held: Mapping[str, Party], shown: Callable[[str], str]) -> None:
        self._held = held
        self._shown = shown

    def __getitem__(self, key: str) -> Party:
        party = self._held[key]
        return replace(party, name=self._shown(party.name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)
