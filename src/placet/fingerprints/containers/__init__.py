"""Files as containers: finding blocks of metadata in them, and putting one back without touching the rest."""

from __future__ import annotations

from placet.fingerprints.containers.block import Block, Kind, Limits
from placet.fingerprints.containers.epub_update import replace_member
from placet.fingerprints.containers.find import blocks
from placet.fingerprints.containers.replace import replace_text, replace_xmp

__all__ = ["Block", "Kind", "Limits", "blocks", "replace_member", "replace_text", "replace_xmp"]
