"""Creators say no, yes, or at what price.  Training sets obey.  Anyone can check.

The public Python API: the words, the one function that decides, and the verbs of the command line.  Names
are loaded when they are first used (PEP 562), so that `import placet` costs nothing.

    import placet

    home = placet.open_home()
    cleared = placet.clear(home, placet.Request(dataset=..., snapshot=..., out=..., ...))
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from placet.app import Home, open_home
    from placet.clearance.certificate import read_certificate
    from placet.clearance.skipping import open_skip_index
    from placet.clearance.verdicts import Verdict
    from placet.core import (
        PRESETS,
        PROFILES,
        Decision,
        Declaration,
        Licence,
        Outcome,
        Problem,
        Profile,
        Question,
        Stance,
        Subject,
        Use,
        Voice,
        decide,
    )
    from placet.desk.clearing import Request, clear
    from placet.desk.deciding import Clearance
    from placet.desk.lookups import look_up
    from placet.desk.snapshots import check_deeply, publish_snapshot
    from placet.errors import PlacetError

__all__ = [
    "PRESETS",
    "PROFILES",
    "Clearance",
    "Decision",
    "Declaration",
    "Home",
    "Licence",
    "Outcome",
    "PlacetError",
    "Problem",
    "Profile",
    "Question",
    "Request",
    "Stance",
    "Subject",
    "Use",
    "Verdict",
    "Voice",
    "check_deeply",
    "clear",
    "decide",
    "look_up",
    "open_home",
    "open_skip_index",
    "publish_snapshot",
    "read_certificate",
]

_ELSEWHERE = {
    "Clearance": "placet.desk.deciding",
    "Home": "placet.app",
    "PlacetError": "placet.errors",
    "Request": "placet.desk.clearing",
    "Verdict": "placet.clearance.verdicts",
    "check_deeply": "placet.desk.snapshots",
    "clear": "placet.desk.clearing",
    "look_up": "placet.desk.lookups",
    "open_home": "placet.app",
    "open_skip_index": "placet.clearance.skipping",
    "publish_snapshot": "placet.desk.snapshots",
    "read_certificate": "placet.clearance.certificate",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'placet' has no attribute {name!r}")
    return getattr(importlib.import_module(_ELSEWHERE.get(name, "placet.core")), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
