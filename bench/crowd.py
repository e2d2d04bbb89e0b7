"""A snapshot of very many works, written as columns: those that are really there are built, the crowd is drawn.

`bench/crawl.py` builds works one by one, as a log does; at a million that takes minutes, and says no more. Strangers
have eight random hashes each, random digests, and no title; every work is refused, by a word about `about` works.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from crawl import SEED, make_library
from numpy.typing import NDArray

from placet.fingerprints.image_plh import VARIANTS
from placet.snapshot.arrays import save_array
from placet.snapshot.build import digest_files
from placet.snapshot.library import Library, open_library

__all__ = ["make_crowd"]

Bytes = NDArray[np.uint8]


def make_crowd(folder: Path, works: int, known: Sequence[bytes], about: int = 1_000) -> Library:
    """A snapshot of `works` works of eight hashes each, the pictures in `known` among them."""
    small = make_library(folder, len(known), known)
    more, rng = works - len(known), np.random.default_rng(SEED + 2)
    digests = rng.integers(0, 256, (more, 32), np.uint8)
    arrays = {
        name: _grown(name, small.arrays[name], values) for name, values in _strangers(rng, digests, small).items()
    }
    arrays |= {f"{name}.{part}": a for name in ("sha256", "blake3") for part, a in _keys(small, name, digests).items()}
    arrays |= {"said.work": np.arange(works, dtype=np.uint32), "said.word": np.arange(works, dtype=np.uint32) // about}
    for name, values in arrays.items():
        save_array(folder / "arrays" / name, name, values)
    words = -(-works // about)
    _write_works(folder, digests)
    _write_words(folder, arrays["works.id"], words, about)
    (folder / "manifest.json").unlink()
    counts = dict(small.manifest.counts) | {"works": works, "words": words, "hashes": len(arrays["image-plh.hash"])}
    manifest = replace(small.manifest, size=2 * works, counts=counts, files=digest_files(folder))
    (folder / "manifest.json").write_bytes(manifest.data())
    return open_library(folder)


def _strangers(rng: np.random.Generator, digests: Bytes, small: Library) -> dict[str, NDArray[Any]]:
    more, each, first = len(digests), len(VARIANTS), len(small)
    return {
        "works.id": digests[:, :16],
        "works.quality": np.full(more, 90, np.uint8),
        "image-plh.hash": rng.integers(0, 1 << 64, (more * each, 4), np.uint64),
        "image-plh.work": np.repeat(np.arange(first, first + more, dtype=np.uint32), each),
        "image-plh.reading": np.tile(np.arange(each, dtype=np.uint8) % len(small.manifest.readings), more),
    }


def _grown(name: str, held: NDArray[Any], values: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([np.asarray(held), values.astype(held.dtype)])


def _keys(small: Library, name: str, digests: Bytes) -> dict[str, NDArray[Any]]:
    """Sorted keys and their works: for a stranger, SHA-256 and BLAKE3 are one random number."""
    keys = np.concatenate([np.asarray(small.arrays[f"{name}.key"]), digests.view(">u8")])
    works = np.concatenate([small.arrays[f"{name}.work"], np.arange(len(small), len(keys), dtype=np.uint32)])
    order = np.lexsort(keys.T[::-1])
    return {"key": keys[order], "work": works[order]}


def _hex(rows: Bytes, before: bytes = b"") -> pa.Array:
    """Each row of bytes as lowercase hex, with these letters before it."""
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)
    pairs = np.stack([digits[rows >> 4], digits[rows & 15]], axis=2).reshape(len(rows), -1)
    letters = np.hstack([np.tile(np.frombuffer(before, np.uint8), (len(rows), 1)), pairs])
    offsets = np.arange(len(rows) + 1, dtype=np.int32) * letters.shape[1]
    return pa.StringArray.from_buffers(len(rows), pa.py_buffer(offsets), pa.py_buffer(letters))


def _write_works(folder: Path, digests: Bytes) -> None:
    held = pq.read_table(folder / "works.parquet")
    more = len(digests)
    told = {"id": _hex(digests[:, :16]), "sha256": _hex(digests), "blake3": _hex(digests)}
    said = {"by": "00" * 32, "title": "", "medium": "image", "iscc": "", "prints": "", "size": 1, "weak": 0}
    said_columns = {
        name: pa.repeat(pa.scalar(value, held.schema.field(name).type), more) for name, value in said.items()
    }
    entries = {"entry": pa.array(np.arange(len(held), len(held) + more))}
    columns = told | said_columns | entries
    crowd = pa.table([columns[name] for name in held.schema.names], schema=held.schema)
    pq.write_table(pa.concat_tables([held, crowd]), folder / "works.parquet", compression="zstd")


def _write_words(folder: Path, ids: Bytes, words: int, about: int) -> None:
    """The first word over and over, each time of the next `about` works and of another id."""
    held = pq.read_table(folder / "words.parquet").slice(0, 1)
    subjects = pa.ListArray.from_arrays(
        np.minimum(np.arange(words + 1) * about, len(ids)).astype(np.int32),
        _hex(np.asarray(ids), b"work:"),
    )
    numbers = np.zeros((words, 32), np.uint8)
    numbers[:, 24:] = np.arange(words, dtype=">u8").view(np.uint8).reshape(-1, 8)
    own = {"subjects": subjects, "id": _hex(numbers), "entry": pa.array(np.arange(len(ids), len(ids) + words))}
    columns = [own[name] if name in own else pa.repeat(held.column(name)[0], words) for name in held.schema.names]
    pq.write_table(pa.table(columns, schema=held.schema), folder / "words.parquet", compression="zstd")
