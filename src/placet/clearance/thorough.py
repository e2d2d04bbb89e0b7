"""`--effort thorough`: a picture that is no copy of a work as a whole is searched for parts of works.

By whole hashes of what it may consist of (`image_crops.parts`), and by the corners that it shares with works whose
holders let others see theirs (`snapshot.local`). What is found is a part of the row, so that its maker's no is a no,
and her yes does not speak for what lies beside it: `REST` stands for that, and nobody speaks about it.

A row that could not be searched to the end is unclear.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from placet.clearance import resemblance
from placet.core.declaration import Problem
from placet.core.subject import Kind, Subject
from placet.errors import BadMedia, BadRecord, MissingExtra
from placet.fingerprints import image_crops, image_local
from placet.fingerprints.decode import read_luma
from placet.fingerprints.image_embedding import Model
from placet.fingerprints.image_plh import compute_fast
from placet.snapshot import local
from placet.snapshot.library import Library
from placet.snapshot.match import EFFORTS, POOR_QUALITY, Effort, Match, Matcher, MatchKind
from placet.snapshot.vectors import Vectors

if TYPE_CHECKING:
    from placet.clearance.judge import Seen

__all__ = ["LACKING", "REST", "Thorough", "effort_named", "kind_of", "limits", "rest_of", "rules", "told"]

REST: Final = Subject(Kind.WORK, "rest")  # what else is in a picture of which only a part is known
LACKING: Final = "prints.lacking"

Luma = NDArray[np.uint8]


def rules(effort: str, library: Library, model: Model | None = None) -> dict[str, str]:
    """What the effort adds to a plan's rules; MissingExtra where nothing computes the corners that are there.

    NotFound where the snapshot holds no vector of the embedding model.
    """
    found = {"parts": _rule(library)} if effort == "thorough" else {}
    return found | ({"embedding": resemblance.rule(model, Vectors(library, model))} if model else {})


def _rule(library: Library) -> str:
    by_parts = "parts of pictures by image-plh/1"
    if not len(library.arrays["image-orb.hash"]):
        return f"{by_parts}; no corners: the snapshot holds none"
    if not image_local.is_there():
        raise MissingExtra(
            "--effort thorough compares the corners that this snapshot holds, by OpenCV, which is not installed:"
            " pip install 'placet[thorough]', or choose --effort exact"
        )
    return (
        f"{by_parts}; image-orb/1 by {local.VOTES} votes, CONFIRMED at {local.CONFIRMED} corners, VERIFY at"
        f" {local.VERIFY}, POSSIBLE at {local.POSSIBLE}; OpenCV {_version()}"
    )


def effort_named(word: str) -> Effort:
    """The effort that a plan names; BadRecord for another word."""
    for effort in EFFORTS:
        if effort == word:
            return effort
    raise BadRecord(f"there is no effort {word!r}: it is one of {', '.join(EFFORTS)}")


def told(effort: str, library: Library) -> str:
    """What thorough clearing cannot do with this snapshot; empty when it can do all."""
    if effort != "thorough" or len(library.arrays["image-orb.hash"]):
        return ""
    return (
        "The snapshot holds no corners: parts of pictures were looked for at halves, quarters, bars and borders only."
    )


def limits(effort: str) -> str:
    """What a certificate says that looking so hard does not find."""
    whole = "Global hashes do not find crops of more than about 2 %, captions, collages or rotations"
    if effort == "thorough":
        whole = (
            "Parts of pictures are found by their corners where the work's holder published them, else only at halves,"
            " quarters, bars and borders; crops below half of a work, and what repeats itself, are found less often"
        )
    return f"{whole}; texts are found by shared passages. Cleared is not a legal opinion."


def _version() -> str:
    import cv2

    return f"{cv2.__version__}, numpy {importlib.metadata.version('numpy')}"


def rest_of(matches: Iterable[Match]) -> frozenset[Subject]:
    """REST where a certain match is of a part of the row only."""
    return frozenset({REST} if any(match.kind.certain and not match.whole for match in matches) else ())


class Thorough:
    """Looks into pictures; belongs to one judge."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._corners = matcher.corners

    def look(self, batch: Iterable[Seen]) -> None:
        """Add to each row what parts of works are in its pictures, but for those that are copies as a whole."""
        pictures: list[tuple[int, Seen]] = []
        for seen in batch:
            settled = {match.part for match in seen.matches if match.kind.certain and match.whole}
            pictures += [(number, seen) for number, _, _ in seen.pictures if number not in settled]
        for number, seen in pictures:
            self._look_at(number, seen)
        self._resemble([(number, seen) for number, seen in pictures if seen.row.parts[number].data])

    def _resemble(self, pictures: resemblance.Pictures) -> None:
        """Add what the embedding model says, and the corners that bear it out."""
        model, vectors = self._matcher.model, self._matcher.vectors
        if model is None or vectors is None:
            return
        for number, seen, near in resemblance.resembled(pictures, model, vectors):
            if isinstance(near, BadMedia):
                _doubt(seen, "media.unreadable", f"no vector could be made of it: {near}")
                continue
            seen.matches += resemblance.matches(near, number)
            seen.matches += self._borne_out([work for work, _ in near.works], number, seen)
            if near.capped:
                _doubt(seen, "match.capped", "too many works resemble it, by the embedding model, to look at them all")

    def _borne_out(self, works: list[int], number: int, seen: Seen) -> list[Match]:
        """Of works that a picture resembles those of which corners are in it, as it is or mirrored."""
        if not works or not len(self._corners):
            return []
        luma = read_luma(bytes(seen.row.parts[number].data)).upright
        readings = [image_local.describe_corners(each) for each in (luma, np.ascontiguousarray(luma[:, ::-1]))]
        found = [self._corners.verify(asked, work) for work in works for asked in readings]
        return [_match(each, number) for each in found if each.corners >= local.POSSIBLE]

    def _look_at(self, number: int, seen: Seen) -> None:
        data = bytes(seen.row.parts[number].data)
        if not data:
            _doubt(seen, LACKING, "only its fingerprints are here; parts of works are looked for in the media")
            return
        try:
            luma = read_luma(data).upright
        except BadMedia as error:
            _doubt(seen, "media.unreadable", f"its whole could not be decoded: {error}")
            return
        matches, capped = self.find(luma, number)
        seen.matches += matches
        if capped:
            _doubt(seen, "match.capped", "too many works share its parts to tell them all")

    def find(self, luma: Luma, number: int = 0) -> tuple[list[Match], bool]:
        """The parts of works that are in a picture, and whether more may be there."""
        matches, capped = self._by_parts(luma, number)
        if len(self._corners):
            found, crowded = self._by_corners(luma, number)
            return matches + found, capped or crowded
        return matches, capped

    def _by_parts(self, luma: Luma, number: int) -> tuple[list[Match], bool]:
        """Copies only: what a flat part resembles is no evidence."""
        names, asked = [], []
        for name, window in image_crops.parts(luma):
            words, quality = compute_fast(window)
            if quality >= POOR_QUALITY:
                names.append(name)
                asked.append((words, quality))
        if not asked:
            return [], False
        hits = self._matcher.pictures(np.stack([words for words, _ in asked]), [quality for _, quality in asked])
        matches = [
            Match(match.work, match.kind, match.method, match.score, f"{name}: {match.detail}", number, whole=False)
            for name, hit in zip(names, hits, strict=True)
            for match in hit.matches
            if match.kind.certain
        ]
        return matches, any(hit.capped for hit in hits)

    def _by_corners(self, luma: Luma, number: int) -> tuple[list[Match], bool]:
        found, capped = self._corners.find(image_local.describe_corners(luma))
        if not any(each.confirmed for each in found):
            mirrored = image_local.describe_corners(np.ascontiguousarray(luma[:, ::-1]))
            more, crowded = self._corners.find(mirrored)
            found, capped = (*found, *more), capped or crowded
        return [_match(each, number) for each in found], capped


def _match(seen: local.Seen, number: int) -> Match:
    detail = f"{seen.corners} of {seen.of} corners, turned by {seen.turn:g} degrees, at {seen.scale:g} of its size"
    return Match(seen.work, kind_of(seen), "image-orb/1", seen.corners, detail, number, whole=False)


def kind_of(seen: local.Seen) -> MatchKind:
    """What so many corners prove; many that are no proof leave the row unclear, a few are told."""
    if seen.confirmed:
        return MatchKind.CONFIRMED
    return MatchKind.VERIFY if seen.corners >= local.VERIFY else MatchKind.POSSIBLE


def _doubt(seen: Seen, reason: str, why: str) -> None:
    if not any(problem.reason == reason for problem in seen.doubts):
        seen.doubts.append(Problem(seen.where, reason, f"{seen.where}: {why}"))
