"""image-embedding/1: a picture as one vector, by a model that the user names. Placet ships none.

The model is an ONNX file (onnx.ai), known by its SHA-256: vectors of one model are compared with each other and with no
others. It takes one picture, float32[1, 3, height, width] of the size that it declares, and gives one vector.

1. The picture is decoded upright to RGB on white and brought to that size without regard to its shape, bilinear with
   Pillow's antialiasing; values in 0 to 1 are centred and scaled by ImageNet's means and deviations. That is the
   "skew" reading of E. Pizzi et al., "A Self-Supervised Descriptor for Image Copy Detection" (SSCD), CVPR 2022.
2. The vector is brought to length 1, and each value is rounded to a multiple of 1/2048, which a float16 holds exactly.
   Sums of products of such values fit the 24 bits of a float32, so that every cosine is the same in whatever order,
   by however many cores, it is summed.

A model runs in one thread on the processor; it reads no second file. It is a program, if a tame one: use none that you
would not run.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from placet.errors import BadInput, BadMedia, MissingExtra
from placet.fingerprints.decode import Data, read_rgb

__all__ = [
    "MOST_LENGTH",
    "ROW",
    "STEPS",
    "Embedding",
    "Model",
    "Vector",
    "are_units",
    "from_json",
    "in_rows",
    "open_model",
    "to_json",
]

MOST_LENGTH: Final = 2_048
STEPS: Final = 2_048
ROW: Final = 128  # values in a row of `image-embedding.value`

_LEAST_LENGTH = 16
_LEAST_SIDE, _MOST_SIDE = 16, 1_024
_MOST_BYTES = 1 << 30
_OFF_UNIT = 0.02  # how far from 1 rounding may leave the square of a vector's length
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_DIGEST = re.compile(r"[0-9a-f]{64}")

Vector = NDArray[np.float16]


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """`vector` float16[n], of length 1 and in steps of 1/2048, by the model with this SHA-256 (hex)."""

    model: str
    vector: Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model that was tried: it takes pictures of `height` x `width` and gives vectors of `length` values.

    It may be handed to another process, which opens the file again and refuses another one.
    """

    path: Path
    sha256: str
    height: int
    width: int
    length: int

    def embed(self, data: Data) -> Embedding:
        """The vector of a picture's bytes; BadMedia when it cannot be decoded, or the model has no vector for it."""
        rgb = read_rgb(bytes(data), least=2 * max(self.height, self.width))
        vector = _unit(self._run(_tensor(rgb, self.height, self.width)))
        if vector is None or len(vector) != self.length:
            raise BadMedia("The embedding model gives no vector for this picture.")
        return Embedding(self.sha256, vector)

    def _run(self, tensor: NDArray[np.float32]) -> NDArray[Any]:
        return _run(_session(self.path, self.sha256, os.getpid()), tensor, self.path)


def open_model(path: Path) -> Model:
    """The model in a file, tried once; BadInput says what is wrong with it, MissingExtra what is not installed."""
    sha256 = hashlib.sha256(_read(path)).hexdigest()
    session = _session(path, sha256, os.getpid())
    height, width = _size(session, path)
    trial = _tensor(_trial(), height, width)
    first, again = (_run(session, trial, path) for _ in range(2))
    vector = _unit(first)
    if vector is None or not _LEAST_LENGTH <= len(vector) <= MOST_LENGTH:
        what = f"one of {first.size:,}" if vector is not None else "none"
        raise BadInput(
            f"{path}: a vector of {_LEAST_LENGTH} to {MOST_LENGTH:,} values is expected, and it gives {what}"
        )
    if first.tobytes() != again.tobytes():
        raise BadInput(f"{path}: it gives another vector each time it is asked: nothing could be compared")
    return Model(path=path, sha256=sha256, height=height, width=width, length=len(vector))


def to_json(embedding: Embedding) -> dict[str, str]:
    """As a sheet holds it."""
    return {"model": embedding.model, "vector": embedding.vector.astype("<f2").tobytes().hex()}


def from_json(value: Mapping[str, Any]) -> Embedding:
    """What a sheet holds; ValueError when it is no vector of length 1 in steps of 1/2048."""
    model, text = value["model"], value["vector"]
    if not isinstance(model, str) or not _DIGEST.fullmatch(model):
        raise ValueError("an embedding names its model by a SHA-256")
    if not isinstance(text, str) or not 4 * _LEAST_LENGTH <= len(text) <= 4 * MOST_LENGTH:
        raise ValueError(f"an embedding has {_LEAST_LENGTH} to {MOST_LENGTH:,} values")
    vector = np.frombuffer(bytes.fromhex(text), "<f2").astype(np.float16)
    if not are_units(vector[None].astype(np.float32)):
        raise ValueError("an embedding of another length than 1, or in other steps than 1/2048")
    return Embedding(model, vector)


def in_rows(vector: Vector) -> Vector:
    """The vector in rows of `ROW` values (float16[n, 128]), filled with zeros, which change no cosine."""
    rows = np.zeros((-(-len(vector) // ROW), ROW), np.float16)
    rows.reshape(-1)[: len(vector)] = vector
    return rows


def are_units(vectors: NDArray[np.float32]) -> bool:
    """Whether all of these rows are such vectors: finite, of length 1, in steps of 1/2048."""
    if not np.isfinite(vectors).all() or np.abs(vectors).max(initial=0) > 1:
        return False
    stepped = vectors * np.float32(STEPS)
    squares = (vectors * vectors).sum(axis=1, dtype=np.float64)
    return bool((stepped == np.rint(stepped)).all() and (np.abs(squares - 1) <= _OFF_UNIT).all())


def _unit(raw: NDArray[Any]) -> Vector | None:
    """The vector as it is stored; None of one that is nothing, or not finite."""
    vector = raw.astype(np.float64).reshape(-1)
    most = float(np.abs(vector).max(initial=0))
    if not np.isfinite(most) or most < 1e-12:  # also where one is not a number
        return None
    vector /= most
    vector /= np.sqrt((vector * vector).sum())
    return (np.rint(vector * STEPS) / STEPS + 0.0).astype(np.float16)


def _tensor(rgb: NDArray[np.uint8], height: int, width: int) -> NDArray[np.float32]:
    small = np.asarray(Image.fromarray(rgb).resize((width, height), Image.Resampling.BILINEAR), np.float32)
    scaled = (small / np.float32(255) - np.array(_MEAN, np.float32)) / np.array(_DEVIATION, np.float32)
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None])


def _trial() -> NDArray[np.uint8]:
    """A picture with something to see everywhere."""
    down, across = np.mgrid[0:64, 0:64]
    return np.stack([down * 4, across * 4, (down * across) % 256], axis=-1).astype(np.uint8)


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise BadInput(f"{path}: there is no such file; an embedding model is a file in ONNX format")
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise BadInput(f"{path}: the embedding model cannot be read: {error.strerror}") from error
    if len(data) > _MOST_BYTES:
        raise BadInput(f"{path}: an embedding model has at most {_MOST_BYTES >> 30} GiB")
    return data


@lru_cache(maxsize=2)
def _session(path: Path, sha256: str, process: int) -> Any:  # a forked process opens its own
    """The model made ready; BadInput where it is none, or is not the one with this digest."""
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtra(
            "embedding models are run by ONNX Runtime, which is not installed: pip install 'placet[embedding]'"
        ) from error
    data = _read(path)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise BadInput(f"{path}: the embedding model was replaced while it was in use")
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    options.log_severity_level = 4
    nowhere = str(path / "no-folder")  # weights in a second file would not be in the digest: none is read
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", nowhere)
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors have no root of their own
        raise BadInput(f"{path}: this is no ONNX model that can be run: {_first_line(error)}") from error


def _size(session: Any, path: Path) -> tuple[int, int]:
    """Height and width of what the model takes."""
    inputs, outputs = session.get_inputs(), session.get_outputs()
    shape = inputs[0].shape if len(inputs) == 1 else []
    if len(outputs) != 1 or len(shape) != 4 or inputs[0].type != "tensor(float)" or shape[1] != 3:
        raise BadInput(f"{path}: one picture, float32[1, 3, height, width], and one vector are expected of a model")
    if isinstance(shape[0], int) and shape[0] != 1:
        raise BadInput(
            f"{path}: it takes {shape[0]} pictures at once, and one is expected: export it with a batch of 1"
        )
    height, width = shape[2:]
    for side in (height, width):
        if not isinstance(side, int) or not _LEAST_SIDE <= side <= _MOST_SIDE:
            raise BadInput(
                f"{path}: it takes pictures of {height} x {width}, and two numbers of {_LEAST_SIDE} to {_MOST_SIDE:,}"
                " are expected: export it for one size"
            )
    return height, width


def _run(session: Any, tensor: NDArray[np.float32], path: Path) -> NDArray[Any]:
    try:
        (found,) = session.run(None, {session.get_inputs()[0].name: tensor})
        array = np.asarray(found)
    except Exception as error:
        raise BadInput(f"{path}: the embedding model fails: {_first_line(error)}") from error
    if array.dtype.kind != "f" or array.size > MOST_LENGTH:
        raise BadInput(f"{path}: at most {MOST_LENGTH:,} floating-point values are expected of a model")
    return array


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
