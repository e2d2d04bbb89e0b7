"""What RSL's usage tokens mean here (section 3.4.1.1; our sheet of standards, 12.2).

A refusal of `ai-all` reaches uses not yet named; a permission does not: it stops at what the token itself names.
"""

from __future__ import annotations

from placet.core.use import Use
from placet.signals.saying import leaves_of

__all__ = ["ALL", "ALLOWED", "REFUSED", "WORDS"]

_INPUT = (Use.INPUT_RETRIEVE, Use.INPUT_USER, Use.OUTPUT_SUMMARY)
_AI = (Use.TRAIN, Use.INPUT, Use.OUTPUT_SUMMARY)
ALL = (Use.SEARCH, Use.MINE, Use.TRAIN, Use.INPUT, Use.OUTPUT, Use.DATASET)

_NARROW: dict[str, tuple[Use, ...]] = {
    "ai-train": (Use.TRAIN,),
    "ai-input": _INPUT,
    "ai-index": (Use.INPUT_INDEX,),
    "search": (Use.SEARCH,),
}
REFUSED = {"all": ALL, "ai-all": (Use.TRAIN, Use.INPUT, Use.OUTPUT, Use.DATASET), **_NARROW}
ALLOWED = {"all": (Use.SEARCH, Use.MINE, *_AI), "ai-all": _AI, **_NARROW}
WORDS = tuple(leaves_of(uses) for uses in REFUSED.values())
