"""Films in rows: their pictures are compared as films, their sound as sounds are.

What could not be seen or heard of a film keeps its row from being cleared: a no may lie in it.
"""

from __future__ import annotations

from typing import Final

from placet.core.declaration import Problem
from placet.errors import BadMedia, MissingExtra, TooLarge
from placet.fingerprints import audio_prints, video_frames, video_sound
from placet.fingerprints.audio_prints import SoundPrints
from placet.fingerprints.prints import Algorithm
from placet.fingerprints.video_frames import FilmPrints
from placet.snapshot import match_video
from placet.snapshot.match import Match, Matcher, MatchKind
from placet.snapshot.match_video import FilmGrade, FilmHit

__all__ = ["METHOD", "hear", "rule", "see", "sought"]

METHOD: Final = Algorithm.VIDEO_PLH.value
_WHOLE: Final = 0.9  # of the seconds that are searched


def see(data: bytes | memoryview, where: str) -> FilmPrints | Problem:
    """What a film's pictures are compared by, or why they cannot be."""
    try:
        return video_frames.compute(data, registered=False)
    except (MissingExtra, BadMedia) as error:
        return _problem(error, where, "only its exact bytes were compared")


def hear(data: bytes | memoryview, where: str) -> SoundPrints | Problem | None:
    """What its sound is compared by, None where it is silent, or why it cannot be."""
    try:
        sound = video_sound.sound_of(data)
        return None if sound is None else audio_prints.compute(sound, dense=True)
    except (MissingExtra, BadMedia) as error:
        return _problem(error, where, "its sound was not compared")


def _problem(error: MissingExtra | BadMedia, where: str, left: str) -> Problem:
    if isinstance(error, MissingExtra):
        return Problem(where, "media.unsupported", f"{where}: {left}: {error}")
    reason = "media.too-large" if isinstance(error, TooLarge) else "media.unreadable"
    return Problem(where, reason, f"{where}: {error}")


def sought(prints: FilmPrints, matcher: Matcher, part: int, where: str) -> tuple[list[Match], list[Problem]]:
    """The films in a film; a problem where frames are shared by too many works to name them all."""
    hits, capped = match_video.search(prints, *matcher.films)
    matches = [_match(hit, part) for hit in hits if match_video.grade(hit) is not FilmGrade.NONE]
    why = f"{where}: {capped:,} of its frames are shared by too many works to tell them apart"
    return matches, [Problem(where, "match.capped", why)] if capped else []


def _match(hit: FilmHit, part: int) -> Match:
    kind = MatchKind.STRONG if match_video.grade(hit) is FilmGrade.STRONG else MatchKind.VERIFY
    detail = ":".join(str(tenths // 10) for tenths in (*hit.heard, *hit.known)) + ":1000"
    return Match(hit.work, kind, METHOD, hit.frames, detail, part, whole=hit.share >= _WHOLE)


def rule() -> str:
    """What decides whether a film is a copy, for the plan."""
    if not video_frames.can_decode():
        return "films are not read: by their exact bytes only"
    sound = video_sound.ffmpeg_named() or "not heard: there is no program ffmpeg"
    return (
        f"video-plh/1, certain at {match_video.MANY_FRAMES} frames in order, or {match_video.SURE_FRAMES} of few,"
        f" VERIFY at {match_video.MAYBE_FRAMES};"
        f" decoded by {video_frames.decoder_named()}; sound {sound}"
    )
