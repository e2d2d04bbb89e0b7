"""Every standard that Placet hears and speaks, one line each."""

from __future__ import annotations

from typing import Final

from placet.signals import ai_txt, aipref, c2pa, content_signals, iptc, lists, noai, robots, rsl, tdmai, tdmrep
from placet.signals.codec import Codec

__all__ = ["CODECS"]

CODECS: Final[dict[str, Codec]] = {
    codec.name: codec
    for codec in (
        robots.CODEC,
        aipref.CODEC,
        aipref.LEGACY,
        content_signals.CODEC,
        rsl.CODEC,
        tdmrep.CODEC,
        ai_txt.CODEC,
        noai.CODEC,
        tdmai.CODEC,
        lists.CODEC,
        iptc.CODEC,
        c2pa.CODEC,
    )
}
