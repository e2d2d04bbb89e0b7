"""From the bytes of a picture to its luma: whole, bounded, never a guess.

Luma is ITU-R BT.601, as JPEG's Y (ITU-T T.871) and as Pillow's "L" for RGB. JPEG goes through
libjpeg-turbo (simplejpeg), told to treat every warning as an error; the rest goes through Pillow, whose
format classes are called directly, so that only the six formats listed here can ever be tried.
Orientation is Exif 2.32 tag 0x0112, read by the small reader at the end of this file.
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import simplejpeg
from PIL import Image, ImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from placet.errors import BadMedia, Refused, TooLarge
from placet.fingerprints import kernels

__all__ = ["FAST_SIDE", "Header", "Limits", "Luma", "Lumas", "Scale", "read_header", "read_luma", "read_rgb"]

Luma = npt.NDArray[np.uint8]
Data = bytes | memoryview
Scale = Literal["full", "fast"]

FAST_SIDE: Final = 128
_MAX_SCANS: Final = 100
_WHITE, _BLACK = 255, 0
_PLAIN: Final = ("YCbCr", "Gray", "RGB")
_PLUGINS: Final[dict[str, type[ImageFile.ImageFile]]] = {
    "BMP": BmpImageFile,
    "GIF": GifImageFile,
    "JPEG": JpegImageFile,
    "PNG": PngImageFile,
    "TIFF": TiffImageFile,
    "WEBP": WebPImageFile,
}
_MAGIC: Final = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one picture may cost; all frames that are decoded count as pixels."""

    max_pixels: int = 200_000_000
    max_side: int = 65_535
    max_bytes: int = 512 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a picture says of itself; width and height as stored, before `orientation` (1 to 8) turns it."""

    format: str
    width: int
    height: int
    mode: str
    orientation: int
    frames: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lumas:
    """The upright reading, and those that other tools would see: "on-black", "as-stored", "middle-frame"."""

    upright: Luma
    extras: tuple[tuple[str, Luma], ...] = ()


_USUAL: Final = Limits()


def read_header(data: bytes, limits: Limits = _USUAL) -> Header:
    """Read size and kind without decoding a pixel; what is too big or not a picture is BadMedia."""
    kind = _sniff(data, limits)
    if kind == "JPEG":
        return _jpeg_header(data, limits)
    with _opened(data, kind, limits) as image:
        orientation = _orientation_of(image)
        width, height = image.size
        if kind == "TIFF" and orientation > 4:
            width, height = height, width
        frames = getattr(image, "n_frames", 1)
        return Header(format=kind, width=width, height=height, mode=image.mode, orientation=orientation, frames=frames)


def read_luma(data: Data, *, scale: Scale = "full", limits: Limits = _USUAL) -> Lumas:
    """Decode to luma, upright, on white.

    "fast" takes a JPEG at a quarter, or at the smallest scale that keeps both sides at 128 or more if that
    is larger, and gives the upright reading only; other formats are decoded whole at either scale.
    """
    if _sniff(data, limits) == "JPEG":
        return _read_jpeg(data, scale, limits)
    lumas = _read_pillow(data, limits)
    return lumas if scale == "full" else Lumas(upright=lumas.upright)


def read_rgb(data: bytes, *, least: int = 0, limits: Limits = _USUAL) -> Luma:
    """Decode to upright RGB on white, uint8[h, w, 3].

    With `least`, a JPEG may come smaller: at the smallest scale that keeps both sides at that or more.
    """
    kind = _sniff(data, limits)
    if kind == "JPEG":
        height, width, plain, turn = _open_jpeg(data, limits)
        floor = min(height, least or height), min(width, least or width)
        pixels = _strictly(data, "RGB" if plain else "CMYK", floor, fast=False)
        if plain:
            return _turn(pixels, turn)
    with _opened(data, kind, limits) as image:
        orientation = _orientation_of(image)
        flat = _on_white(_loaded(image))
        return flat if kind == "TIFF" else _turn(flat, orientation)


# ---- which format, and may it be opened ---------------------------------------------------------


def _sniff(data: Data, limits: Limits) -> str:
    if not data:
        raise BadMedia("This picture is empty: zero bytes.")
    if len(data) > limits.max_bytes:
        raise TooLarge(f"This picture has {len(data):,} bytes; the limit is {limits.max_bytes:,}.")
    head = bytes(data[:16])
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    raise BadMedia("This is not a picture that can be read here (JPEG, PNG, GIF, WebP, TIFF or BMP).")


def _check_size(width: int, height: int, limits: Limits) -> None:
    if min(width, height) < 1:
        raise BadMedia(f"This picture declares {width} x {height} pixels: nothing to see.")
    if max(width, height) > limits.max_side:
        raise TooLarge(f"This picture declares {width} x {height} pixels; no side may pass {limits.max_side:,}.")
    if width * height > limits.max_pixels:
        raise TooLarge(f"This picture declares {width} x {height} pixels; at most {limits.max_pixels:,} are decoded.")


# ---- JPEG: libjpeg-turbo, strict ----------------------------------------------------------------


def _open_jpeg(data: Data, limits: Limits) -> tuple[int, int, bool, int]:
    """Height, width, whether it has a luma and no inks, orientation; what is too big is refused here."""
    orientation, _, height, width = _walk_jpeg(data)
    if height and width:
        _check_size(width, height, limits)
        return height, width, True, orientation
    header = _jpeg_header(data, limits)
    return header.height, header.width, header.mode in _PLAIN, header.orientation


def _jpeg_header(data: Data, limits: Limits) -> Header:
    try:
        height, width, space, _ = simplejpeg.decode_jpeg_header(data)
    except ValueError as error:
        raise BadMedia(f"This JPEG is damaged before its first pixel: {error}.") from error
    _check_size(width, height, limits)
    orientation, one_scan, _, _ = _walk_jpeg(data)
    if not one_scan and bytes(data).count(b"\xff\xda") > _MAX_SCANS:  # each costs a full pass, however few bytes it has
        raise TooLarge(f"This JPEG has more than {_MAX_SCANS} scans: made to cost, not to be seen.")
    return Header(format="JPEG", width=width, height=height, mode=space, orientation=orientation, frames=1)


def _read_jpeg(data: Data, scale: Scale, limits: Limits) -> Lumas:
    height, width, plain, turn = _open_jpeg(data, limits)
    if not plain:
        return _read_ink(data, scale, limits)
    floor = (height, width) if scale == "full" else _quarter(height, width)
    stored = _strictly(data, "GRAY", floor, fast=scale == "fast")[:, :, 0]
    upright = _turn(stored, turn)
    if scale == "fast" or turn == 1:
        return Lumas(upright=upright)
    return Lumas(upright=upright, extras=(("as-stored", stored),))


def _quarter(height: int, width: int) -> tuple[int, int]:
    return max(FAST_SIDE, -(-height // 4)), max(FAST_SIDE, -(-width // 4))


def _strictly(data: Data, space: str, floor: tuple[int, int], *, fast: bool) -> Luma:
    try:
        pixels: Luma = simplejpeg.decode_jpeg(
            data, space, fastdct=fast, fastupsample=fast, min_height=floor[0], min_width=floor[1]
        )
    except ValueError as error:
        raise BadMedia(f"This JPEG is damaged or cut short: {error}.") from error
    return pixels


def _read_ink(data: Data, scale: Scale, limits: Limits) -> Lumas:
    """CMYK and YCCK: libjpeg vouches that the data is whole, Pillow knows Adobe's inverted inks."""
    _strictly(data, "CMYK", (1, 1), fast=True)
    lumas = _read_pillow(data, limits)
    return lumas if scale == "full" else Lumas(upright=lumas.upright)


# ---- the others: Pillow -------------------------------------------------------------------------

_quiet_lock = threading.Lock()
_quiet_depth = 0
_quiet_saved = warnings.catch_warnings()


@contextmanager
def _quiet() -> Iterator[None]:
    """Pillow warns where we decide; filters are saved by the first reader in and restored by the last out."""
    global _quiet_depth, _quiet_saved
    with _quiet_lock:
        if _quiet_depth == 0:
            _quiet_saved = warnings.catch_warnings()
            _quiet_saved.__enter__()
            warnings.simplefilter("ignore")
        _quiet_depth += 1
    try:
        yield
    finally:
        with _quiet_lock:
            _quiet_depth -= 1
            if _quiet_depth == 0:
                _quiet_saved.__exit__(None, None, None)


@contextmanager
def _opened(data: Data, kind: str, limits: Limits) -> Iterator[ImageFile.ImageFile]:
    """An open picture whose every failure inside the block, of whatever class, is BadMedia."""
    if ImageFile.LOAD_TRUNCATED_IMAGES:
        raise Refused(
            "PIL.ImageFile.LOAD_TRUNCATED_IMAGES is set in this process: a cut picture would pass for a whole"
            " one. Unset it before asking Placet to read pictures."
        )
    with _quiet():
        try:
            with _PLUGINS[kind](io.BytesIO(data)) as image:
                _check_size(*image.size, limits)
                yield image
        except BadMedia:
            raise
        except Exception as error:
            raise BadMedia(f"This {kind} is damaged or cut short: {str(error) or type(error).__name__}.") from error


def _read_pillow(data: Data, limits: Limits) -> Lumas:
    kind = _sniff(data, limits)
    with _opened(data, kind, limits) as image:
        orientation = _orientation_of(image)
        frames = getattr(image, "n_frames", 1)
        luma, alpha = _luma_alpha(_loaded(image))
        _check_size(luma.shape[1], luma.shape[0], limits)
        if kind == "TIFF":  # Pillow turns a TIFF while loading it
            luma, alpha = _unturn(luma, orientation), None if alpha is None else _unturn(alpha, orientation)
        extras = []
        flat = _over(luma, alpha, _WHITE)
        if alpha is not None:
            extras.append(("on-black", _turn(_over(luma, alpha, _BLACK), orientation)))
        if orientation != 1:
            extras.append(("as-stored", flat))
        if frames > 1 and kind in ("GIF", "PNG", "WEBP"):
            extras.append(("middle-frame", _turn(_frame(image, frames, limits), orientation)))
        return Lumas(upright=_turn(flat, orientation), extras=tuple(extras))


def _frame(image: ImageFile.ImageFile, frames: int, limits: Limits) -> Luma:
    """The middle frame; of a film longer than `max_pixels` allows, the last one within it."""
    width, height = image.size
    image.seek(min(frames // 2, max(1, limits.max_pixels // (width * height) - 1)))
    _check_size(*image.size, limits)
    return _over(*_luma_alpha(_loaded(image)), _WHITE)


def _loaded(image: ImageFile.ImageFile) -> Image.Image:
    """The pixels in a mode that has a luma: 1, L, LA, RGB, RGBA, CMYK, YCbCr or I;16."""
    image.load()
    if image.mode in ("P", "PA"):
        return image.convert("RGBA")
    if image.mode in ("I", "F"):
        raise BadMedia(f"This {image.format} has 32-bit samples (mode {image.mode}), which have no agreed white.")
    if "transparency" in image.info and image.mode in ("1", "L", "RGB"):
        return image.convert("RGBA")
    return image


def _luma_alpha(image: Image.Image) -> tuple[Luma, Luma | None]:
    """Luma, and alpha where at least one pixel is not opaque."""
    if image.mode.startswith("I;16"):
        return _eight_bits(np.asarray(image)), None
    if image.mode in ("RGBA", "LA", "La", "RGBa"):
        both = np.asarray(image.convert("RGBA").convert("LA"))
        luma, alpha = np.ascontiguousarray(both[..., 0]), np.ascontiguousarray(both[..., 1])
        return luma, None if alpha.min() == 255 else alpha
    flat = image if image.mode in ("1", "L", "RGB", "YCbCr") else image.convert("RGB")
    return np.array(flat.convert("L")), None


def _eight_bits(deep: npt.NDArray[np.generic]) -> Luma:
    """65535 is white: divide by 257, rounding, where Pillow's own conversion would clip at 255."""
    return ((deep.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _over(luma: Luma, alpha: Luma | None, ground: int) -> Luma:
    if alpha is None:
        return luma
    a = alpha.astype(np.uint32)
    return ((luma * a + ground * (255 - a) + 127) // 255).astype(np.uint8)


def _on_white(image: Image.Image) -> Luma:
    if image.mode.startswith("I;16"):
        grey = _eight_bits(np.asarray(image))
        return np.stack([grey, grey, grey], axis=-1)
    if image.mode in ("RGBA", "LA", "La", "RGBa"):
        four = np.asarray(image.convert("RGBA"))
        return _over(four[..., :3], four[..., 3:], _WHITE)
    return np.array(image.convert("RGB"))


# ---- orientation --------------------------------------------------------------------------------


def _turn(stored: Luma, orientation: int) -> Luma:
    """Exif 2.32, tag 0x0112: 1 as is, 2 mirrored, 3 upside down, 4 both, 5 to 8 on a side."""
    if orientation == 1:
        return stored
    if orientation > 4:
        stored = stored.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        stored = stored[::-1]
    if orientation in (2, 3, 6, 7):
        stored = stored[:, ::-1]
    return np.ascontiguousarray(stored)


def _unturn(upright: Luma, orientation: int) -> Luma:
    return _turn(upright, {6: 8, 8: 6}.get(orientation, orientation))


def _orientation_of(image: ImageFile.ImageFile) -> int:
    if isinstance(image, TiffImageFile):
        found = image.tag_v2.get(0x0112, 1)
        return found if found in range(1, 9) else 1
    exif = image.info.get("exif", b"")
    return _tiff_orientation(exif, 6 if exif[:6] == b"Exif\0\0" else 0) if isinstance(exif, bytes) else 1


def _walk_jpeg(data: Data) -> tuple[int, bool, int, int]:
    """Orientation, and whether one sequential scan holds everything; then height and width, or 0 and 0."""
    exif, one_scan, height, width = kernels.walk_jpeg(np.frombuffer(data, np.uint8))
    return _tiff_orientation(data, exif + 10) if exif else 1, bool(one_scan), height, width


def _tiff_orientation(data: Data, base: int) -> int:
    """Tag 0x0112 in the first directory of the TIFF header at `base`; 1 where that does not hold together."""
    order: Literal["little", "big"] = "little" if data[base : base + 2] == b"II" else "big"

    def number(at: int, size: int) -> int:
        return int.from_bytes(data[at : at + size], order)

    directory = base + number(base + 4, 4)
    for entry in range(directory + 2, directory + 2 + 12 * min(number(directory, 2), 500), 12):
        if number(entry, 2) == 0x0112:
            found = number(entry + 8, 2)
            return found if 1 <= found <= 8 else 1
    return 1
