"""`placet fsck`: everything computed anew."""

from __future__ import annotations

from placet.cli.options import HomeDir, Json, home_at
from placet.cli.talk import emit, note, notes, result
from placet.registry.phrases import count

__all__ = ["fsck"]


def fsck(home: HomeDir = None, json: Json = False) -> int:
    """Recompute every hash and check every signature; the first thing that is wrong is named."""
    place = home_at(home)
    sound = place.check()
    checkpoint = sound.checkpoint
    if json:
        emit(
            {
                "schema": "placet.fsck/1",
                "log": checkpoint.origin,
                "size": checkpoint.size,
                "withheld": list(sound.withheld),
            }
        )
    else:
        result(
            f"Sound: {count(checkpoint.size, 'entry', 'entries')} of log {checkpoint.origin}, every hash recomputed."
        )
    if sound.withheld:
        note("Withheld, which is no fault:")
        notes(sound.withheld, "")
    return 0
