"""What a log means, checked by a reader who was not there: every entry judged again, every opening opened."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from placet.core.act import Act
from placet.core.spoken import Spoken
from placet.errors import PlacetError, StoreDamaged
from placet.log.files import LogFiles
from placet.record.checkpoint import parse_checkpoint
from placet.record.entries import Entry
from placet.record.notes import parse_note
from placet.registry.admission import replay
from placet.registry.openings import parse_opening
from placet.registry.projection import named

__all__ = ["check_contents"]


def check_contents(entries: Sequence[Entry], files: LogFiles) -> Iterator[str]:
    """Yield what is withheld; StoreDamaged names the first entry, blob or opening that is wrong."""
    origin = parse_checkpoint(parse_note(files.need("checkpoint")).text).origin
    replay(entries, _Empty(files), origin)
    unopened = 0
    for index, entry in enumerate(entries):
        for kind, name in named(entry, files.blob):
            there = _is_there(kind, name, files)
            unopened += kind == "opening" and not there
            if kind == "blob" and not there:
                yield f"blob {name} of entry {index}"
    if unopened:
        yield f"opening of {unopened} titles or names, kept sealed, or by their makers"


class _Empty:
    """`placet.registry.ports.State` before the first entry."""

    def __init__(self, files: LogFiles) -> None:
        self.blob = files.blob

    def known(self, leaves: Collection[bytes]) -> set[bytes]:
        return set()

    def holders(self, ids: Collection[str]) -> dict[str, str]:
        return {}

    def speakers(self, keys: Collection[str]) -> dict[str, tuple[str, str]]:
        return {}

    def last_of(self, key: str) -> str:
        return ""

    def role_of(self, key: str) -> str:
        return ""

    def acts(self) -> Sequence[Act]:
        return ()

    def spoken(self, id_: str) -> Spoken | None:
        return None


def _is_there(kind: str, name: str, files: LogFiles) -> bool:
    if kind == "blob":
        return files.blob(name) is not None
    try:
        data = files.opening(name)
        if data is not None:
            parse_opening(data, name)
    except PlacetError as error:
        raise StoreDamaged(f"{files.folder / files.opening_path(name)}: {error}") from error
    return data is not None
