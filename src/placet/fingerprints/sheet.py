"""All fingerprints of one work as one blob, named in the record by its SHA-256.

Canonical JSON.  Pictures: `image-plh/1` maps each reading's name to its hash, `image-pdq/1` is the hash with
its quality, `image-orb/1` the corners and `image-embedding/1` the vector that its holder lets others see.  Texts:
`text-winnow/1` holds hashes (u64) and positions (u32), little-endian, in hex, and `sha256` is that of the normalised
text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from placet.core.canonical import decode, encode
from placet.errors import BadRecord
from placet.fingerprints import audio_prints, image_embedding, image_local
from placet.fingerprints.audio_prints import SoundPrints
from placet.fingerprints.image_embedding import Embedding
from placet.fingerprints.image_local import Features
from placet.fingerprints.image_plh import VARIANTS
from placet.fingerprints.prints import Algorithm
from placet.fingerprints.text_winnow import TextPrints
from placet.fingerprints.video_frames import FilmPrints, read_film, write_film

__all__ = ["Sheet", "format_sheet", "parse_sheet"]

_LABELS: Final = ("on-black", "as-stored", "middle-frame")  # of `decode.Lumas`
_READINGS: Final = frozenset((*VARIANTS, *(f"{label}.{name}" for label in _LABELS for name in VARIANTS)))
_WINDOW: Final = re.compile(r"crop-(80|60)-[0-2][0-2]")  # of `image_crops`


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """`plh` by reading; `quality` is PDQ's, 0 to 100, and None for what is no picture."""

    plh: Mapping[str, bytes]
    pdq: bytes = b""
    quality: int | None = None
    text: TextPrints | None = None
    text_sha256: bytes = b""
    local: Features | None = None
    embedding: Embedding | None = None
    sound: SoundPrints | None = None
    film: FilmPrints | None = None


def format_sheet(sheet: Sheet) -> bytes:
    """The blob of a sheet."""
    value: dict[str, Any] = {"v": 1}
    if sheet.plh:
        value[Algorithm.IMAGE_PLH] = {name: hash_.hex() for name, hash_ in sheet.plh.items()}
    if sheet.quality is not None:
        value[Algorithm.IMAGE_PDQ] = {"value": sheet.pdq.hex(), "quality": sheet.quality}
    if sheet.local:
        value[Algorithm.IMAGE_ORB] = image_local.to_json(sheet.local)
    if sheet.embedding is not None:
        value[Algorithm.IMAGE_EMBEDDING] = image_embedding.to_json(sheet.embedding)
    if sheet.sound is not None:
        value |= audio_prints.write_prints(sheet.sound)
    if sheet.film is not None:
        value[Algorithm.VIDEO_PLH] = write_film(sheet.film)
    if sheet.text is not None:
        text = sheet.text
        value[Algorithm.TEXT_WINNOW] = {
            "hashes": text.hashes.astype("<u8").tobytes().hex(),
            "positions": text.positions.astype("<u4").tobytes().hex(),
            "length": text.length,
            "cjk": text.cjk,
            "weak": int(text.weak),
            "sha256": sheet.text_sha256.hex(),
        }
    return encode({str(key): item for key, item in value.items()})


def parse_sheet(data: bytes) -> Sheet:
    """The sheet in a blob; BadRecord when a hash has another size or the lists do not fit."""
    value = decode(data)
    if not isinstance(value, dict) or value.get("v") != 1:
        raise BadRecord("a fingerprint sheet of another version")
    try:
        pdq = value.get(Algorithm.IMAGE_PDQ, {})
        vector = value.get(Algorithm.IMAGE_EMBEDDING)
        text = value.get(Algorithm.TEXT_WINNOW)
        return Sheet(
            plh={_reading(k): _exactly(32, v) for k, v in value.get(Algorithm.IMAGE_PLH, {}).items()},
            pdq=_exactly(32, pdq["value"]) if pdq else b"",
            quality=_whole(pdq["quality"]) if pdq else None,
            text=_text(text) if text else None,
            text_sha256=_exactly(32, text["sha256"]) if text else b"",
            local=image_local.from_json(value[Algorithm.IMAGE_ORB]) if Algorithm.IMAGE_ORB in value else None,
            embedding=image_embedding.from_json(vector) if vector is not None else None,
            sound=audio_prints.read_prints(value),
            film=read_film(value[Algorithm.VIDEO_PLH]) if Algorithm.VIDEO_PLH in value else None,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadRecord(f"a fingerprint sheet that cannot be read: {error}") from error


def _text(value: Mapping[str, Any]) -> TextPrints:
    hashes = np.frombuffer(bytes.fromhex(value["hashes"]), "<u8").astype(np.uint64)
    positions = np.frombuffer(bytes.fromhex(value["positions"]), "<u4").astype(np.uint32)
    if len(hashes) != len(positions):
        raise ValueError("as many hashes as positions are expected")
    length = _whole(value["length"])
    if len(positions) and (int(positions[-1]) >= length or np.any(positions[1:] <= positions[:-1])):
        raise ValueError("fingerprints out of order, or beyond the end of the text")
    return TextPrints(
        hashes=hashes,
        positions=positions,
        length=length,
        cjk=_whole(value["cjk"]),
        weak=bool(_whole(value["weak"])),
    )


def _reading(name: str) -> str:
    """One that this version computes: a snapshot has room for few names, and nobody takes it from the others."""
    if name not in _READINGS and not _WINDOW.fullmatch(name):
        raise ValueError(f"{name[:40]!r} is no reading of a picture")
    return name


def _exactly(size: int, text: str) -> bytes:
    data = bytes.fromhex(text)
    if len(data) != size:
        raise ValueError(f"a hash of {len(data)} bytes where {size} are expected")
    return data


def _whole(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r} is not a whole number")
    return value
