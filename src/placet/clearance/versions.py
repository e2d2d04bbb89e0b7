"""What has to be of one version everywhere for a run to have one outcome."""

from __future__ import annotations

import importlib.metadata
from typing import Final

__all__ = ["deciding_versions"]

_DECIDING: Final = ("placet", "pillow", "simplejpeg")  # a decoder's rounding moves a distance by a bit or two


def deciding_versions() -> str:
    """The packages on which a decision depends, as a plan names them."""
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _DECIDING)
