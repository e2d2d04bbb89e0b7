"""Everything that is registered of one file: its digests, its ISCC-CODE and its sheet of fingerprints."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

import numpy as np

from placet.core.work import Medium, WorkRecord
from placet.errors import BadMedia, MissingExtra
from placet.fingerprints import (
    audio_prints,
    image_crops,
    image_local,
    image_pdq,
    image_plh,
    text_winnow,
    video_frames,
    video_sound,
)
from placet.fingerprints.decode import read_luma, read_rgb
from placet.fingerprints.digests import digest_bytes
from placet.fingerprints.image_embedding import Embedding, Model
from placet.fingerprints.iscc import grey32, iscc_code
from placet.fingerprints.medium import medium_of
from placet.fingerprints.sheet import Sheet, format_sheet

__all__ = ["LEAST_QUALITY", "Description", "describe"]

LEAST_QUALITY = 50  # PDQ's own threshold (python-threatexchange), below which its hashes say little


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """The public record, the blob it names, and a sentence when the work is weakly identifiable."""

    record: WorkRecord
    sheet: bytes = b""
    weakness: str = ""
    sheet_value: Sheet = field(default_factory=lambda: Sheet(plh={}))


def describe(
    data: bytes, name: str, *, local: bool = False, crops: bool = False, model: Model | None = None
) -> Description:
    """Describe one file's bytes; what cannot be decoded is described by its exact bytes, and says so.

    With `local` the corners of a picture are told too, with `crops` the hashes of windows of it, with `model` its
    vector by that model.
    """
    medium = medium_of(data, name)
    try:
        if medium is Medium.IMAGE:
            return _picture(data, local=local, crops=crops, model=model)
        if medium is Medium.TEXT:
            return _text(data)
        if medium is Medium.AUDIO:
            return _sound(data)
        if medium is Medium.VIDEO:
            return _film(data)
    except MissingExtra as error:
        return _exact(data, f"only exact copies will be recognised: {error}")
    except (BadMedia, UnicodeDecodeError) as error:
        why = f"it is not UTF-8 at byte {error.start}" if isinstance(error, UnicodeDecodeError) else str(error)
        return _exact(data, f"only exact copies will be recognised, since it could not be decoded: {why}")
    return _exact(data, "only exact copies will be recognised: there is no fingerprint for this kind of file")


def _picture(data: bytes, *, local: bool, crops: bool, model: Model | None) -> Description:
    lumas = read_luma(data)
    readings = {print_.variant: print_.value for print_ in image_plh.variants(lumas.upright)}
    for label, luma in lumas.extras:
        readings |= {f"{label}.{print_.variant}": print_.value for print_ in image_plh.variants(luma)}
    if crops:
        readings |= dict(image_crops.crop_hashes(lumas.upright))
    corners = image_local.find_corners(lumas.upright) if local else None
    pdq, quality = image_pdq.compute(image_pdq.reduce_512(read_rgb(data)))
    weak = quality < LEAST_QUALITY
    vector, unseen = _embedded(data, model) if model else (None, "")
    sheet = Sheet(plh=readings, pdq=pdq, quality=quality, local=corners, embedding=vector)
    iscc = iscc_code(data, medium="image", grey32=grey32(lumas.upright))
    weakness = f"it has little detail (quality {quality} of 100), so that edited copies may be missed" if weak else ""
    described = _described(data, Medium.IMAGE, iscc, sheet, weakness)
    return described if weak or not unseen else replace(described, weakness=unseen)


def _embedded(data: bytes, model: Model) -> tuple[Embedding | None, str]:
    """A picture's vector, or why it has none: it is registered by its other fingerprints all the same."""
    try:
        return model.embed(data), ""
    except BadMedia:
        return None, "the embedding model has no vector for it, so that it will be recognised without one"


def _text(data: bytes) -> Description:
    text = data.decode("utf-8-sig")
    prints = text_winnow.compute(text)
    sheet = Sheet(plh={}, text=prints, text_sha256=text_winnow.text_sha256(text))
    weakness = _shortness(prints.length) if prints.weak else ""
    iscc = iscc_code(data, medium="text", text=text) if text.strip() else iscc_code(data, medium="other")
    return _described(data, Medium.TEXT, iscc, sheet, weakness)


def _sound(data: bytes) -> Description:
    prints = audio_prints.of_file(data, dense=False)
    found = len(prints.marks.hashes)
    iscc = iscc_code(data, medium="audio", items=prints.items) if len(prints.items) else iscc_code(data, medium="other")
    return _described(data, Medium.AUDIO, iscc, Sheet(plh={}, sound=prints), _faintness(prints.seconds, found))


def _film(data: bytes) -> Description:
    frames = video_frames.compute(data, registered=True)
    many = len(np.unique(frames.times))
    weakness = "" if many >= _FEW_FRAMES else f"it has few different pictures ({many}), so that copies may be missed"
    sound = None
    try:
        heard = video_sound.sound_of(data)
        sound = audio_prints.compute(heard, dense=False) if heard else None
    except (MissingExtra, BadMedia) as error:
        weakness = weakness or f"it will be recognised by its pictures alone: {error}"
    sheet = Sheet(plh={}, film=frames, sound=sound)
    return _described(data, Medium.VIDEO, iscc_code(data, medium="other"), sheet, weakness)


_FEW_FRAMES = 4


def _faintness(seconds: float, marks: int) -> str:
    if marks >= audio_prints.FEW_MARKS:
        return ""
    return f"little stands out in it ({marks} marks in {seconds:.0f} s), so that copies may be missed"


def _shortness(letters: int) -> str:
    if not letters:
        return "it holds no letters, so that only exact copies will be recognised"
    much = f"{letters} letter{'s' if letters > 1 else ''}"
    return f"it is short ({much}), so that only copies of the whole text will be recognised"


def _exact(data: bytes, weakness: str) -> Description:
    iscc = iscc_code(data, medium="other")
    return _described(data, Medium.OTHER, iscc, None, weakness)


def _described(data: bytes, medium: Medium, iscc: str, sheet: Sheet | None, weakness: str) -> Description:
    digests = digest_bytes(data)
    blob = format_sheet(sheet) if sheet else b""
    record = WorkRecord(
        medium=medium,
        sha256=digests.sha256.hex(),
        blake3=digests.blake3.hex(),
        size=digests.size,
        iscc=iscc,
        prints=hashlib.sha256(blob).hexdigest() if blob else "",
        weak=int(bool(weakness)),
    )
    return Description(record=record, sheet=blob, weakness=weakness, sheet_value=sheet or Sheet(plh={}))
