"""A newer snapshot out of an older one: its files as they are, and one segment of what came since.

A work whose fingerprints, title or thumbnail were withheld since, or came back, is told again in the new segment.  What
an older segment says of it counts no more, though it still lies there: only a whole build leaves it out.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placet.core.work import Work
from placet.errors import Refused
from placet.record.checkpoint import Checkpoint
from placet.snapshot.acts import ACTS, LINES
from placet.snapshot.build import (
    NO_QUALITY,
    Columns,
    add_work,
    arrays_of,
    digest_files,
    said_arrays,
    save_arrays,
    write_acts_and_lines,
    write_parties,
    write_tables,
)
from placet.snapshot.gather import Pictures
from placet.snapshot.library import Library, open_library
from placet.snapshot.manifest import MOST_SEGMENTS, Manifest, Segment
from placet.snapshot.segments import OF_SHEETS, join_arrays
from placet.snapshot.source import Source

__all__ = ["extend_snapshot", "refuse_to_extend"]

_WHOLE = "build the whole instead, without --since"


def extend_snapshot(before: Library, source: Source, checkpoint: Checkpoint, made_at: int, folder: Path) -> Manifest:
    """Write the snapshot of the tree that `checkpoint` names into `folder`, out of `before`, whose files were checked.

    Refused where the works or words that `before` holds are not a beginning of those of the registry.
    """
    gathered = _gather(before, source, checkpoint.size)
    words, known = list(source.spoken(checkpoint.size)), before.manifest.counts["words"]
    if sum(word.index < before.manifest.size for word in words) != known:
        raise Refused(f"{before.folder} holds other words than the registry: {_WHOLE}")
    segment = Segment(
        start=before.manifest.size,
        until=checkpoint.size,
        works=len(gathered.ids) - len(before),
        words=len(words) - known,
        again=gathered.again,
    )
    said = said_arrays(gathered.ids, words)
    is_new = (said["said.work"] >= len(before)) | (said["said.word"] >= known)
    arrays = arrays_of(gathered.columns) | {name: values[is_new] for name, values in said.items()}
    save_arrays(folder / segment.folder, arrays | {"works.number": np.array(gathered.numbers, np.uint32)})
    write_tables(folder / segment.folder, gathered.columns, words[known:])
    parties = source.parties(checkpoint.size)
    write_parties(folder, parties)
    acts = write_acts_and_lines(folder, source, checkpoint.size)
    _share(before, folder)
    manifest = replace(
        before.manifest,
        size=checkpoint.size,
        root=checkpoint.root.hex(),
        made_at=made_at,
        files=digest_files(folder),
        readings=tuple(gathered.pictures.readings),
        segments=(*before.manifest.segments, segment),
    )
    counts = {
        "works": len(gathered.ids),
        "words": len(words),
        "parties": len(parties),
        "withheld": gathered.withheld,
    } | acts
    manifest = replace(manifest, counts=counts | _counts(join_arrays(folder, manifest)))
    (folder / "manifest.json").write_bytes(manifest.data())
    open_library(folder)
    return manifest


def refuse_to_extend(before: Manifest, checkpoint: Checkpoint) -> None:
    """Refused where `before` is of another log, is not older, or has segments enough."""
    if before.origin != checkpoint.origin:
        raise Refused(f"the older snapshot is of the log {before.origin}, and this is {checkpoint.origin}: {_WHOLE}")
    if before.size >= checkpoint.size:
        raise Refused(f"the older snapshot has {before.size} entries already, of {checkpoint.size}: {_WHOLE}")
    if len(before.segments) >= MOST_SEGMENTS:
        raise Refused(f"the older snapshot has {MOST_SEGMENTS} segments, and more are not read: {_WHOLE}")


# ---- what is new ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Gathered:
    """`ids` are of all works, `numbers` of those that the segment tells of: first `again` known ones, then the new."""

    columns: Columns
    ids: list[bytes] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    again: int = 0
    unseen: int = 0

    @property
    def withheld(self) -> int:
        return self.unseen + self.columns.withheld

    @property
    def pictures(self) -> Pictures:
        return next(each for each in self.columns.prints if isinstance(each, Pictures))


def _gather(before: Library, source: Source, size: int) -> _Gathered:
    found, held = _Gathered(Columns()), _Held(before)
    found.pictures.readings |= {reading: number for number, reading in enumerate(before.manifest.readings)}
    for number, work in enumerate(source.works(size)):
        found.ids.append(bytes.fromhex(work.id))
        is_known = number < len(before)
        if is_known and before.work_id(number) != work.id:
            raise Refused(f"{before.folder} holds other works than the registry: {_WHOLE}")
        if is_known and held.tells(number, work, source):
            found.unseen += bool(work.record.prints) and number not in held
            continue
        found.numbers.append(number)
        found.again += is_known
        add_work(found.columns, number, work, source, again=is_known)
    if len(found.ids) < len(before):
        raise Refused(f"{before.folder} holds more works than the registry: {_WHOLE}")
    return found


class _Held:
    """What the older snapshot shows of its works."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def __contains__(self, number: int) -> bool:
        return bool(self._sheets[number])

    def tells(self, number: int, work: Work, source: Source) -> bool:
        """Whether it shows of this work what its holder lets be shown now, neither more nor less."""
        record = work.record
        sheet, thumb = (name != "" and source.blob(name) is not None for name in (record.prints, record.thumb))
        title = source.title(record.title) if record.title else ""
        shown = (number in self, work.id in self._thumbs, self._titles[number])
        return shown == (sheet, thumb, title)

    @cached_property
    def _titles(self) -> list[str]:
        titles: list[str] = self._library.table(["title"]).column("title").to_pylist()
        return titles

    @cached_property
    def _thumbs(self) -> frozenset[str]:
        parts = self._library.first_thumbnails(None, ["work"])
        return frozenset(id_ for part in parts for id_ in part.column("work").to_pylist())

    @cached_property
    def _sheets(self) -> NDArray[np.bool_]:
        """Of which works there are fingerprints; a sheet that left no trace is told again each time."""
        arrays = self._library.arrays
        found = np.asarray(arrays["works.quality"] != NO_QUALITY)
        for family in OF_SHEETS:
            found[arrays[f"{family}.work"]] = True
        return found


# ---- what stays -----------------------------------------------------------------------------------------


def _share(before: Library, folder: Path) -> None:
    """The older parts as they are: the same files under another name where the disk can do that, else copies."""
    for path in before.manifest.files:
        if path in ("parties.parquet", ACTS, LINES) or path.startswith("log/"):
            continue
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(before.folder / path, folder / path)
        except OSError:
            shutil.copyfile(before.folder / path, folder / path)


def _counts(arrays: Mapping[str, NDArray[Any]]) -> dict[str, int]:
    """What a build in one piece counts of fingerprints, told by the arrays of the whole."""
    counts = {
        "corners": len(arrays["image-orb.work"]),
        "sounds": _works(arrays, "audio-landmark", "audio-chroma"),
        "films": _works(arrays, "video-plh"),
        "vectors": _works(arrays, "image-embedding"),
    }
    return {"hashes": len(arrays["image-plh.work"])} | {name: count for name, count in counts.items() if count}


def _works(arrays: Mapping[str, NDArray[Any]], *families: str) -> int:
    about = [arrays[f"{family}.work"] for family in families if f"{family}.work" in arrays]
    return len(np.unique(np.concatenate(about))) if about else 0
