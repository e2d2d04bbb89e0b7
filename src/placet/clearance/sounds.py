"""Sounds in rows: decoded and compared by their notes and marks, and told in minutes and seconds.

Where a work is only a part of what is heard (an excerpt, music under a voice), its maker's no is a no for the row, and
her yes does not speak for the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from placet.core.declaration import Problem
from placet.errors import BadMedia, MissingExtra, TooLarge
from placet.fingerprints import audio_decode, audio_prints
from placet.fingerprints.audio_prints import SoundPrints
from placet.fingerprints.prints import Algorithm
from placet.snapshot import match_audio, match_notes
from placet.snapshot.match import Match, Matcher, MatchKind
from placet.snapshot.match_audio import SoundGrade, SoundHit

__all__ = ["METHODS", "clock", "hear", "places", "rule", "show", "sought"]

METHODS: Final = (Algorithm.AUDIO_LANDMARK.value, Algorithm.AUDIO_CHROMA.value)  # by marks, by notes alone
_WHOLE: Final = 0.8  # of the length of what is heard
_ALONE: Final = 0.12  # of the bits of all notes: what re-encoding or another tempo changes (bench/audio.py)


def hear(data: bytes | memoryview, where: str) -> SoundPrints | Problem:
    """What a sound is compared by, or why it cannot be."""
    try:
        return audio_prints.of_file(data, dense=True)
    except MissingExtra as error:
        why = f"{where}: only its exact bytes were compared: {error}"
        return Problem(where, "media.unsupported", why)
    except BadMedia as error:
        reason = "media.too-large" if isinstance(error, TooLarge) else "media.unreadable"
        return Problem(where, reason, f"{where}: {error}")


def sought(prints: SoundPrints, matcher: Matcher, part: int, where: str) -> tuple[list[Match], list[Problem]]:
    """The works in a sound; a problem where so much was passed over that one of them may have been missed."""
    hits, unread = match_audio.search(prints, matcher.sounds)
    most = max((hit.votes for hit in hits), default=0)
    capped = unread + most if unread else 0
    if capped < match_notes.SAME:
        return list(_matches(hits, prints, part)), []
    why = f"{where}: {unread:,} of its marks and notes are shared by too many works to tell them apart"
    return list(_matches(hits, prints, part)), [Problem(where, "match.capped", why)]


def _matches(hits: tuple[SoundHit, ...], prints: SoundPrints, part: int) -> Iterator[Match]:
    for hit in hits:
        grade = match_audio.grade(hit)
        if grade is not SoundGrade.NONE:
            kind = MatchKind.STRONG if grade is SoundGrade.STRONG else MatchKind.VERIFY
            method = METHODS[0 if hit.moments else 1]
            yield Match(hit.work, kind, method, hit.votes, _detail(hit), part, whole=_is_whole(hit, prints))


def _is_whole(hit: SoundHit, prints: SoundPrints) -> bool:
    """Nothing else is in the sound: the same notes, from its beginning to its end."""
    first, last = hit.heard
    return hit.overall <= _ALONE and last - first >= _WHOLE * prints.seconds


def _detail(hit: SoundHit) -> str:
    """From and to in the row, from and to in the work, in whole seconds; the tempo in per mille."""
    return ":".join(str(round(value)) for value in (*hit.heard, *hit.known, 1000 / hit.tempo))


def places(detail: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Where a match was heard in the row, and where that is in the work, as a clock shows it."""
    heard_from, heard_to, from_, to, _ = (int(word) for word in detail.split(":"))
    return (clock(heard_from), clock(heard_to)), (clock(from_), clock(to))


def clock(seconds: int) -> str:
    """75 as "1:15"."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def show(match: Match) -> dict[str, Any]:
    """What the report says of a sound."""
    heard, known = places(match.detail)
    return {"heard": list(heard), "known": list(known), "marks": match.score}


def rule() -> str:
    """What decides whether a sound is a copy, for the plan."""
    if not audio_decode.can_decode():
        return "sounds are not read: by their exact bytes only"
    return (
        f"audio-landmark/1, certain at {match_audio.SURE_MOMENTS} moments, VERIFY at {match_audio.MAYBE_MOMENTS};"
        f" audio-chroma/1, certain within {match_audio.SAME_NOTES} of the bits of 10 s"
        f" ({match_audio.SHORT_NOTES} of less, {match_audio.ALONE_NOTES} without marks), VERIFY within"
        f" {match_audio.NEAR_NOTES};"
        f" decoded by {audio_decode.library_named()}"
    )
