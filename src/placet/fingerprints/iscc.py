"""The ISCC-CODE of a file (ISO 24138:2024), by the `iscc_lib` package: the identifier others can read.

Every file gets a Data-Code and an Instance-Code; a picture gains an Image-Code, a text a Text-Code,
a sound an Audio-Code.
"""

from __future__ import annotations

from typing import Final, Literal

import iscc_lib
import numpy as np
import numpy.typing as npt
from PIL import Image

from placet.errors import BadMedia

__all__ = ["Medium", "grey32", "iscc_code"]

Medium = Literal["image", "text", "audio", "other"]

_PIXELS: Final = 32 * 32
_CHUNK: Final = 4 << 20


def iscc_code(
    data: bytes,
    *,
    medium: Medium,
    grey32: bytes | None = None,
    text: str | None = None,
    items: npt.NDArray[np.uint32] | None = None,
) -> str:
    """The ISCC-CODE, "ISCC:..."; an image wants its 1024 grey pixels, a text its plain text, a sound its notes.

    A medium whose content was not given is refused, never coded as if it had none.
    """
    content = _audio_code(items) if medium == "audio" else _content_code(medium, grey32, text)
    view = memoryview(data)
    sums = iscc_lib.DataHasher(), iscc_lib.InstanceHasher()
    for start in range(0, len(view), _CHUNK):
        chunk = bytes(view[start : start + _CHUNK])
        for hasher in sums:
            hasher.update(chunk)
    codes = [*content, *(hasher.finalize()["iscc"] for hasher in sums)]
    return str(iscc_lib.gen_iscc_code_v0(codes)["iscc"])


def _content_code(medium: Medium, grey32: bytes | None, text: str | None) -> list[str]:
    if medium == "image":
        if grey32 is None or len(grey32) != _PIXELS:
            raise BadMedia(f"An ISCC Image-Code is made of {_PIXELS} grey pixels, 32 x 32, one byte each.")
        return [iscc_lib.gen_image_code_v0(grey32)["iscc"]]
    if medium == "text":
        if text is None:
            raise BadMedia("An ISCC Text-Code is made of plain text, and none was given.")
        return [iscc_lib.gen_text_code_v0(text)["iscc"]]
    return []


def _audio_code(items: npt.NDArray[np.uint32] | None) -> list[str]:
    """Of chromaprint's items as signed numbers (ISO 24138, audio)."""
    if items is None or not len(items):
        raise BadMedia("An ISCC Audio-Code is made of a sound's notes, and none were given.")
    return [iscc_lib.gen_audio_code_v0(items.astype(np.int32).tolist())["iscc"]]


def grey32(luma: npt.NDArray[np.uint8]) -> bytes:
    """The 1024 pixels of an Image-Code: uniform border trimmed, bicubic to 32 x 32 (ISO 24138, image)."""
    inked = luma != luma[0, 0]
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    if rows.size:
        luma = luma[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    small = Image.fromarray(np.ascontiguousarray(luma)).resize((32, 32), Image.Resampling.BICUBIC)
    return small.tobytes()
