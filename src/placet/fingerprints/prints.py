"""The name and the bytes of one fingerprint; a version in the name freezes its meaning for good."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Algorithm", "Print"]


class Algorithm(StrEnum):
    """The fingerprints that Placet computes itself."""

    IMAGE_PLH = "image-plh/1"
    IMAGE_PDQ = "image-pdq/1"
    IMAGE_ORB = "image-orb/1"
    IMAGE_EMBEDDING = "image-embedding/1"
    AUDIO_CHROMA = "audio-chroma/1"
    AUDIO_LANDMARK = "audio-landmark/1"
    VIDEO_PLH = "video-plh/1"
    TEXT_WINNOW = "text-winnow/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """One fingerprint of one reading of a work; `variant` says which reading ("identity", "square", ...)."""

    algorithm: str
    variant: str
    value: bytes
