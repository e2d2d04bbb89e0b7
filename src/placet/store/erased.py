"""Of which commitments the log says that what opened them was destroyed: none of them is taken in again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Engine

from placet.log.files import write_durable
from placet.record.entries import Entry, parse_entry
from placet.store.log import SqlEntries

__all__ = ["NotedErasures", "erased_by"]

_MARK = b'"type":"erasure.note"'  # as canonical JSON spells it; an entry that holds it in a text is parsed for nothing
_KEEP = 5_000  # entries that were read anew, and are worth writing down


def erased_by(said: Iterable[Entry]) -> frozenset[str]:
    """The commitments that these entries say were erased."""
    notes = (entry.body for entry in said if entry.type == "erasure.note")
    return frozenset(note["digest"] for note in notes if note["kind"] == "opening")


class NotedErasures:
    """Read out of the entries themselves, which a rebuild makes again; how far was read is kept in the file `memo`.

    A memo of a longer log, or one that cannot be read, is none.
    """

    def __init__(self, engine: Engine, memo: Path) -> None:
        self._entries = SqlEntries(engine, lambda *_: None)
        self._memo = memo

    def names(self) -> frozenset[str]:
        """All of them, as of the newest entry."""
        size = self._entries.size()
        read, names = self._remembered(size)
        marked = (data for data in self._entries.read(read, size) if _MARK in data)
        names |= erased_by(map(parse_entry, marked))
        if size - read >= _KEEP:
            write_durable(self._memo, json.dumps({"size": size, "names": sorted(names)}).encode())
        return names

    def _remembered(self, size: int) -> tuple[int, frozenset[str]]:
        try:
            told = json.loads(self._memo.read_bytes())
            read, names = int(told["size"]), frozenset(map(str, told["names"]))
        except (OSError, ValueError, KeyError, TypeError):
            return 0, frozenset()
        return (read, names) if read <= size else (0, frozenset())
