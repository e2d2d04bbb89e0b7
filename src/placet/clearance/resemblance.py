"""`--effort thorough` with an embedding model: works that a picture resembles, though neither hash nor corner says so.

A cosine is an opinion of the model. It finds works to look at; their corners, where their holders let others see them,
may confirm one. By itself it never makes a match certain, and never clears a row: from `VERIFY` on the row is unclear,
below it the resemblance is told. Both bounds are meant for SSCD; another model spreads its cosines otherwise.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from placet.errors import BadMedia, NotFound
from placet.fingerprints.image_embedding import Model, Vector
from placet.snapshot.match import Match, MatchKind
from placet.snapshot.vectors import LEAST, SHORTLIST, Near, Vectors

if TYPE_CHECKING:
    from placet.clearance.judge import Seen

__all__ = ["METHOD", "SHORTLIST", "VERIFY", "Pictures", "matches", "resembled", "rule", "told"]

METHOD: Final = "image-embedding/1"
VERIFY: Final = 0.85  # cosine from which a person must look

Pictures = Sequence[tuple[int, "Seen"]]  # the number of the part, and its row


def rule(model: Model, vectors: Vectors) -> str:
    """What the model adds to a plan's rules; NotFound where the snapshot holds no vector of it."""
    if not len(vectors):
        there = f"but of others, for {vectors.others:,} works" if vectors.others else "nor of any other"
        raise NotFound(
            f"the snapshot holds no vectors of the embedding model {model.path.name} ({model.sha256[:12]}), {there}:"
            " leave out --embedding-model"
        )
    return (
        f"{METHOD} by the model {model.sha256} of {model.width} x {model.height} pixels, vectors of {model.length}, on"
        f" ONNX Runtime {importlib.metadata.version('onnxruntime')}; looked at from a cosine of {LEAST}, VERIFY from"
        f" {VERIFY}, never certain; works compared: {len(vectors):,}, left out for lack of such a vector:"
        f" {vectors.others:,}"
    )


def told(rule: str) -> str:
    """With how many works pictures were compared; empty without a model."""
    return f"By the embedding model, {rule.rpartition('; ')[2]}." if rule else ""


def resembled(pictures: Pictures, model: Model, vectors: Vectors) -> Iterator[tuple[int, Seen, Near | BadMedia]]:
    """The works near each of these pictures, or why no vector could be made of it."""
    asked: list[tuple[int, Seen, Vector]] = []
    for number, seen in pictures:
        try:
            asked.append((number, seen, model.embed(seen.row.parts[number].data).vector))
        except BadMedia as error:
            yield number, seen, error
    found = vectors.near([vector for *_, vector in asked]) if asked else []
    for (number, seen, _), near in zip(asked, found, strict=True):
        yield number, seen, near


def matches(near: Near, number: int) -> list[Match]:
    """As resemblances of the row's part: `score` is the cosine in thousandths."""
    return [
        Match(
            work=work,
            kind=MatchKind.VERIFY if cosine >= VERIFY else MatchKind.POSSIBLE,
            method=METHOD,
            score=round(cosine * 1000),
            detail=f"cosine {cosine:.3f}",
            part=number,
            whole=False,
        )
        for work, cosine in near.works
    ]
