"""The Parquet that img2dataset writes beside each shard: a url and a digest for every key.

Source: img2dataset 1.47 `writer.py`: `00000.tar`, `00000.parquet`, `00000_stats.json`. Its sha256 is that of the
bytes as downloaded, before any resizing.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from placet.clearance.readers.fields import DIGESTS, URLS, Heard, hear
from placet.clearance.readers.guard import reason_of
from placet.clearance.readers.signs import sign_of
from placet.clearance.rows import Unit, locate, printable

__all__ = ["Sidecar", "is_sidecar", "load_sidecar"]

_HEARD = URLS | DIGESTS.keys()


class Sidecar:
    """What a sidecar says, by key; when it could not be read, every row is told so."""

    __slots__ = ("_why", "_words")

    def __init__(self, words: dict[str, dict[str, object]], why: str = "") -> None:
        self._words = words
        self._why = why

    def add(self, key: str, heard: Heard) -> None:
        if self._why:
            heard.object_to(self._why, "unit.unreadable")
        if self._words and (words := self._words.get(key.rpartition("/")[2])):
            hear(words, heard)


def is_sidecar(path: Path | BinaryIO) -> bool:
    """Whether a Parquet beside a tar of its name belongs to it: it has keys, or cannot be read at all."""
    try:
        return _key_column(pq.read_schema(path)) is not None
    except Exception:  # Arrow lets hostile footers through as any kind of it
        return True


def load_sidecar(root: Path, unit: Unit) -> Sidecar:
    name = next((name for name in unit.members if name.lower().endswith(".parquet")), None)
    if name is None:
        return Sidecar({})
    try:
        return Sidecar(_words(locate(root, name)))
    except Exception as error:
        shown = printable(name)
        return Sidecar({}, f"{shown}, which names this row's url, could not be read: {reason_of(error)}.")


def _words(path: Path) -> dict[str, dict[str, object]]:
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        key = _key_column(file.schema_arrow)
        columns = [name for name in file.schema_arrow.names if name.lower() in _HEARD or sign_of(name)]
        if key is None or not columns:
            return {}
        words: dict[str, dict[str, object]] = {}
        for batch in file.iter_batches(batch_size=4096, columns=[key, *columns]):
            for line in batch.to_pylist():
                words[str(line.pop(key))] = line
        return words


def _key_column(schema: pa.Schema) -> str | None:
    return next((str(name) for name in schema.names if name.lower() == "key"), None)
