"""From the fingerprint sheets of works to the arrays of a snapshot, one gatherer for each kind of fingerprint.

A gatherer is told every work's sheet in the order of works, and owns the arrays that it names; `GATHERERS` lists them.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from placet.errors import BadRecord
from placet.fingerprints.audio_prints import SoundPrints
from placet.fingerprints.image_embedding import in_rows
from placet.fingerprints.sheet import Sheet
from placet.fingerprints.video_frames import FilmPrints

__all__ = ["GATHERERS", "Corners", "Embeddings", "Films", "Gatherer", "Pictures", "Sounds", "Texts", "sorted_keys"]

_MOST_READINGS = 256
Arrays = Mapping[str, NDArray[Any]]


class Gatherer(Protocol):
    """`add` takes the sheet of the work in row `number`; `arrays` gives the finished arrays by name.

    `counts` are numbers for the manifest, such as how many hashes there are.
    """

    def add(self, number: int, sheet: Sheet) -> None: ...

    def arrays(self) -> Arrays: ...

    def counts(self) -> Mapping[str, int]: ...


class Pictures:
    """`image-plh.*`: each distinct hash of a work once, with its work and its reading."""

    def __init__(self) -> None:
        self.readings: dict[str, int] = {}
        self._hashes: list[bytes] = []
        self._works, self._kinds = array("I"), array("B")

    def add(self, number: int, sheet: Sheet) -> None:
        for reading, hash_ in _distinct(sheet.plh):
            kind = self.readings.setdefault(reading, len(self.readings))
            if kind >= _MOST_READINGS:
                raise BadRecord(f"work {number} brings more kinds of readings than {_MOST_READINGS}")
            self._hashes.append(hash_)
            self._works.append(number)
            self._kinds.append(kind)

    def arrays(self) -> Arrays:
        return {
            "image-plh.hash": np.frombuffer(b"".join(self._hashes), "<u8").reshape(-1, 4),
            "image-plh.work": np.array(self._works, np.uint32),
            "image-plh.reading": np.array(self._kinds, np.uint8),
        }

    def counts(self) -> Mapping[str, int]:
        return {"hashes": len(self._hashes)}


def _distinct(plh: Mapping[str, bytes]) -> list[tuple[str, bytes]]:
    """Each hash once; a flat reading has no bit set, would match every flat picture, and is left out."""
    first: dict[bytes, str] = {}
    for reading, hash_ in sorted(plh.items()):
        if any(hash_):
            first.setdefault(hash_, reading)
    return [(reading, hash_) for hash_, reading in first.items()]


class Texts:
    """`text-winnow.*`, sorted by hash, work and position; `text-sha256.*`, sorted by key."""

    def __init__(self) -> None:
        self._prints: list[tuple[NDArray[np.uint64], NDArray[np.uint32], int]] = []
        self._digests: list[tuple[bytes, int]] = []

    def add(self, number: int, sheet: Sheet) -> None:
        if sheet.text is not None:
            self._prints.append((sheet.text.hashes, sheet.text.positions, number))
            self._digests.append((sheet.text_sha256, number))

    def arrays(self) -> Arrays:
        hashes = np.concatenate([np.empty(0, np.uint64), *(hashes for hashes, _, _ in self._prints)])
        positions = np.concatenate([np.empty(0, np.uint32), *(positions for _, positions, _ in self._prints)])
        works = np.concatenate([np.empty(0, np.uint32), *(np.full(len(h), n, np.uint32) for h, _, n in self._prints)])
        order = np.lexsort((positions, works, hashes))
        return {
            "text-winnow.hash": hashes[order],
            "text-winnow.work": works[order],
            "text-winnow.position": positions[order],
        } | sorted_keys("text-sha256", [key for key, _ in self._digests], [work for _, work in self._digests])

    def counts(self) -> Mapping[str, int]:
        return {}


class Corners:
    """`image-orb.*`, by work: the corners of pictures whose holders let others see them."""

    def __init__(self) -> None:
        self._words: list[NDArray[np.uint64]] = [np.empty((0, 4), np.uint64)]
        self._places: list[NDArray[np.uint16]] = [np.empty((0, 4), np.uint16)]
        self._works = array("I")

    def add(self, number: int, sheet: Sheet) -> None:
        if sheet.local:
            _, first = np.unique(sheet.local.words, axis=0, return_index=True)
            kept = np.sort(first)
            self._words.append(sheet.local.words[kept])
            self._places.append(sheet.local.places[kept])
            self._works.extend([number] * len(kept))

    def arrays(self) -> Arrays:
        return {
            "image-orb.hash": np.concatenate(self._words),
            "image-orb.place": np.concatenate(self._places),
            "image-orb.work": np.array(self._works, np.uint32),
        }

    def counts(self) -> Mapping[str, int]:
        return {"corners": len(self._works)} if self._works else {}


class Embeddings:
    """`image-embedding.*`, sorted by model and work: each vector in rows of 128 values, filled with zeros."""

    def __init__(self) -> None:
        self._found: list[tuple[bytes, int, NDArray[np.float16]]] = []

    def add(self, number: int, sheet: Sheet) -> None:
        if sheet.embedding is not None:
            self._found.append((bytes.fromhex(sheet.embedding.model), number, in_rows(sheet.embedding.vector)))

    def arrays(self) -> Arrays:
        found = sorted(self._found, key=lambda each: each[:2])
        models = b"".join(model * len(rows) for model, _, rows in found)
        return {
            "image-embedding.model": np.frombuffer(models, np.uint8).reshape(-1, 32),
            "image-embedding.work": np.array([work for _, work, rows in found for _ in rows], np.uint32),
            "image-embedding.value": np.concatenate([in_rows(np.empty(0, np.float16)), *(rows for *_, rows in found)]),
        }

    def counts(self) -> Mapping[str, int]:
        return {"vectors": len(self._found)} if self._found else {}


class Sounds:
    """`audio-landmark.*`, sorted by hash, work and time; `audio-chroma.*`, a work's items in their order."""

    def __init__(self) -> None:
        self._sounds: list[tuple[SoundPrints, int]] = []

    def add(self, number: int, sheet: Sheet) -> None:
        if sheet.sound is not None:
            self._sounds.append((sheet.sound, number))

    def arrays(self) -> Arrays:
        none = np.empty(0, np.uint32)
        hashes = np.concatenate([none, *(prints.marks.hashes for prints, _ in self._sounds)])
        times = np.concatenate([none, *(prints.marks.times for prints, _ in self._sounds)])
        works = np.concatenate([none, *(np.full(len(p.marks.hashes), n, np.uint32) for p, n in self._sounds)])
        order = np.lexsort((times, works, hashes))
        return {
            "audio-landmark.hash": hashes[order],
            "audio-landmark.work": works[order],
            "audio-landmark.time": times[order],
            "audio-chroma.item": np.concatenate([none, *(prints.items for prints, _ in self._sounds)]),
            "audio-chroma.work": np.concatenate(
                [none, *(np.full(len(prints.items), number, np.uint32) for prints, number in self._sounds)]
            ),
        }

    def counts(self) -> Mapping[str, int]:
        return {"sounds": len(self._sounds)} if self._sounds else {}


class Films:
    """`video-plh.*`: the frames of films, by work, in their order."""

    def __init__(self) -> None:
        self._films: list[tuple[FilmPrints, int]] = []

    def add(self, number: int, sheet: Sheet) -> None:
        if sheet.film is not None:
            self._films.append((sheet.film, number))

    def arrays(self) -> Arrays:
        none = np.empty(0, np.uint32)
        return {
            "video-plh.hash": np.concatenate([np.empty((0, 4), np.uint64), *(film.hashes for film, _ in self._films)]),
            "video-plh.work": np.concatenate([none, *(np.full(len(f.times), n, np.uint32) for f, n in self._films)]),
            "video-plh.time": np.concatenate([none, *(film.times for film, _ in self._films)]),
        }

    def counts(self) -> Mapping[str, int]:
        return {"films": len(self._films)} if self._films else {}


GATHERERS: Sequence[Callable[[], Gatherer]] = (Pictures, Corners, Embeddings, Texts, Sounds, Films)


def sorted_keys(name: str, keys: Sequence[bytes], works: Sequence[int]) -> dict[str, NDArray[Any]]:
    """`name.key` and `name.work` of 32-byte keys, sorted by key and work."""
    order = sorted(range(len(keys)), key=lambda at: (keys[at], works[at]))
    joined = b"".join(keys[at] for at in order)
    return {
        f"{name}.key": np.frombuffer(joined, ">u8").reshape(-1, 4),
        f"{name}.work": np.array([works[at] for at in order], np.uint32),
    }
