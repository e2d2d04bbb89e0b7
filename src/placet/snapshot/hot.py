"""The hot form of a snapshot: what look-ups need beside its arrays, built here and remembered here.

A snapshot brings cold arrays, and nobody sends hot ones. Building them takes half a second a million hashes, so they
are kept in a folder of this home, under a name that is the digest of the cold arrays they were built from (as the
manifest was signed over them) and of the code's own version. The folder appears whole, by one rename; each array's
XXH3-128 lies beside it, so that what the disk lost is built again; and no kernel reads an array before its sizes,
offsets and row numbers were checked. Who can write there is who runs this program, and needs no cache to lie to it.

A cache that cannot be read or written only costs time. Hand one over only for a snapshot whose files were checked.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_128_hexdigest

from placet.errors import BadRecord
from placet.snapshot import hamming, postings
from placet.snapshot.library import Library

__all__ = ["FORMAT", "pictures", "remembered", "texts"]

FORMAT: Final = 1  # of the arrays below, and of how they are built: a change of either is a new number
_KEPT: Final = 8  # entries of the cache, the last used first; a snapshot has one for each kind of fingerprint
_DAY: Final = 86_400
_SPARE: Final = 2  # times its size must be free, for nothing to be kept on a disk's last room
_INDEX: Final = "hot.json"
_DTYPES: Final = ("|u1", "<u4", "<u8")
_NAME: Final = re.compile(r"[a-z]+")
_OF_TEXTS: Final = (
    *(f"arrays/text-winnow.{part}" for part in ("hash", "work", "position")),
    "parties.parquet",
    "works.parquet",
)

Arrays = Mapping[str, NDArray[Any]]
T = TypeVar("T")
N = TypeVar("N", bound=np.generic)


def pictures(library: Library, cache: Path | None, name: str = "image-plh.hash") -> hamming.Index:
    """The index over an array of 256-bit hashes."""
    hashes = np.ascontiguousarray(library.arrays[name])
    if cache is None or not len(hashes):
        return hamming.build(hashes)

    def restore(arrays: Arrays) -> hamming.Index:
        offsets, ids, sketches = (arrays[part] for part in ("offsets", "ids", "sketches"))
        return hamming.check(hamming.Index(hashes=hashes, offsets=offsets, ids=ids, sketches=sketches))

    def parts(index: hamming.Index) -> Arrays:
        return {"offsets": index.offsets, "ids": index.ids, "sketches": index.sketches}

    key = _key(library, "hamming", (f"arrays/{name}",))
    return remembered(cache, key, lambda: hamming.build(hashes), parts, restore)


def texts(library: Library, cache: Path | None, build: Callable[[], postings.Table]) -> postings.Table:
    """The table over the fingerprints of texts, which `build` makes of the library."""
    if cache is None or not len(library.arrays["text-winnow.hash"]):
        return build()
    names = [field.name for field in fields(postings.Postings)]

    def restore(arrays: Arrays) -> postings.Table:
        held = postings.Postings(**{name: _plain(arrays[name]) for name in names})
        return _table(postings.check(held, works=len(library)), arrays["bloom"], arrays["directory"])

    def parts(table: postings.Table) -> Arrays:
        own = {name: getattr(table.postings, name) for name in names}
        return own | {"bloom": table.bloom, "directory": table.directory}

    return remembered(cache, _key(library, "postings", _OF_TEXTS), build, parts, restore)


def remembered(
    cache: Path, key: str, build: Callable[[], T], parts: Callable[[T], Arrays], restore: Callable[[Arrays], T]
) -> T:
    """What was kept in `cache` under `key`; where nothing is that holds, what `build` makes, and that is kept.

    `parts` are the arrays to keep, and `restore` makes the same of them again, or raises BadRecord for arrays that
    no kernel may see.
    """
    with suppress(OSError, BadRecord, KeyError, TypeError):
        return restore(_read(cache / key))
    built = build()
    with suppress(OSError):
        _keep(cache, key, parts(built))
    return built


def _table(held: postings.Postings, bloom: NDArray[np.uint64], directory: NDArray[np.uint32]) -> postings.Table:
    """BadRecord where the directory leads out of the keys: one edge for each of 2**bits, and the end."""
    bits = (len(directory) - 1).bit_length() - 1
    if bloom.ndim != 1 or bloom.dtype != np.uint64 or directory.dtype != np.uint32 or bits < 1:
        raise BadRecord("The table of texts is of another form.")
    climbs = directory.ndim == 1 and not np.any(directory[1:] < directory[:-1])
    if len(directory) != (1 << bits) + 1 or not climbs or directory[-1] != len(held.keys):
        raise BadRecord("The directory of texts does not climb to the number of keys.")
    return postings.Table(postings=held, bloom=_plain(bloom), directory=_plain(directory), shift=64 - bits)


def _plain(array: NDArray[N]) -> NDArray[N]:
    """A read-only view, whether mapped or built: one compiled kernel takes both."""
    view = np.asarray(array).view(np.ndarray)
    view.flags.writeable = False
    return view


def _key(library: Library, what: str, names: Sequence[str]) -> str:
    """The name of an entry: one for each content of the files it is built from, wherever the snapshot lies."""
    files, later = library.manifest.files, library.manifest.segments
    told = [*names, *(f"{part.folder}{name}" for part in later for name in (*names, "arrays/works.number"))]
    digests = [files.get(name, ("", 0))[0] for name in told]
    data = json.dumps([FORMAT, what, sys.byteorder, *digests]).encode()
    return f"{what}-{hashlib.sha256(data).hexdigest()[:32]}"


def _read(folder: Path) -> dict[str, NDArray[Any]]:
    """Map an entry's arrays; BadRecord when one of them is not what was written."""
    try:
        told = json.loads((folder / _INDEX).read_bytes())
        arrays = {name: _map(folder / name, **each) for name, each in told.items() if _NAME.fullmatch(name)}
    except (ValueError, TypeError, AttributeError) as error:
        raise BadRecord(f"{folder} is no entry of the cache: {error}") from error
    os.utime(folder)
    return arrays


def _map(path: Path, dtype: str, shape: list[int], xxh3: str) -> NDArray[Any]:
    if dtype not in _DTYPES or not all(type(side) is int and 0 <= side < 1 << 40 for side in shape):
        raise BadRecord(f"{path} is told to be {dtype}{shape}")
    if path.stat().st_size != np.dtype(dtype).itemsize * int(np.prod(shape, dtype=object)):
        raise BadRecord(f"{path} has another size than was written")
    array = np.memmap(path, dtype, "r", shape=tuple(shape)) if all(shape) else np.empty(shape, dtype)
    if xxh3_128_hexdigest(_bytes(array)) != xxh3:
        raise BadRecord(f"{path} holds other bytes than were written")
    return array


def _keep(cache: Path, key: str, arrays: Arrays) -> None:
    """Write an entry beside the others, then let it appear; OSError leaves nothing behind."""
    cache.mkdir(parents=True, exist_ok=True)
    passing = Path(tempfile.mkdtemp(prefix=".", dir=cache))
    try:
        _tidy(cache, passing.stat().st_mtime)
        if shutil.disk_usage(cache).free < _SPARE * sum(array.nbytes for array in arrays.values()):
            return
        told = {name: _write(passing / name, array) for name, array in arrays.items()}
        (passing / _INDEX).write_text(json.dumps(told, sort_keys=True))
        shutil.rmtree(cache / key, ignore_errors=True)  # what was there did not hold
        passing.rename(cache / key)
    finally:
        shutil.rmtree(passing, ignore_errors=True)


def _write(path: Path, array: NDArray[Any]) -> dict[str, Any]:
    plain = np.ascontiguousarray(array)
    data = _bytes(plain)
    path.write_bytes(data)
    return {"dtype": plain.dtype.newbyteorder("<").str, "shape": list(plain.shape), "xxh3": xxh3_128_hexdigest(data)}


def _bytes(array: NDArray[Any]) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def _tidy(cache: Path, now: float) -> None:
    """Leave room for one more entry, and nothing of runs that died; entries in use stay mapped where they are."""
    entries = sorted(cache.iterdir(), key=lambda each: each.stat().st_mtime, reverse=True)
    whole = [each for each in entries if not each.name.startswith(".")]
    broken = [each for each in entries if each.name.startswith(".") and each.stat().st_mtime < now - _DAY]
    for each in (*whole[_KEPT - 1 :], *broken):
        shutil.rmtree(each, ignore_errors=True)
