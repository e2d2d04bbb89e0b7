"""Which registered works share a passage with a text, how much of both that is, and how sure.

Source: `reference/matching.md` 9.3; the grades are those of `postings`. A row's text matches a work by a PASSAGE (a
run in one order) or by a SUBSTANTIAL part in any order, of the work, of the text, or of a page of it; both are
certain. What is said of a work is said of the whole text only where nearly all of the text is that work: the rest may
be somebody else's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from placet.fingerprints.text_winnow import TextPrints
from placet.snapshot import postings
from placet.snapshot.library import Library
from placet.snapshot.postings import Grade, Table

__all__ = ["WHOLE_TEXT", "Passage", "build", "find", "meets", "parties_of", "rules"]

WHOLE_TEXT: Final = 80  # per cent of a text's fingerprints; what shares more is that work, and little beside


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What a text shares with a work: the longest run, and per cent of the fingerprints of both.

    The shares are estimates, of two in 33 letters each; `start` and `stop` count the text's normalised characters.
    `is_common`: it would be certain, if those fingerprints were not in the works of many parties.
    """

    work: int
    grade: Grade
    start: int
    stop: int
    letters: int
    links: int
    of_work: int
    of_text: int
    is_common: bool

    @property
    def is_whole(self) -> bool:
        """Whether the text is that work, and little beside."""
        return self.of_text >= WHOLE_TEXT

    def __str__(self) -> str:
        """As a report says it."""
        of_work, of_text = _share(self.of_work), _share(self.of_text)
        return f"a run of {self.letters} letters; {of_work} of the work, {of_text} of this document"


def _share(per_cent: int) -> str:
    return f"{per_cent} %" if per_cent else "less than 1 %"


def rules() -> str:
    """What decides whether a text matches, for the plan of a run."""
    return (
        f"text-winnow/1, passages of {postings.PASSAGE_RUN} letters in {postings.PASSAGE_LINKS} fingerprints, or"
        f" {postings.SUBSTANTIAL_WORK} % of a work or {postings.SUBSTANTIAL_TEXT} % of a text in"
        f" {postings.SUBSTANTIAL_LINKS}, or {postings.PAGE_LINKS} in {postings.PAGE} letters; alike at"
        f" {postings.MAYBE_RUN} in {postings.MAYBE_LINKS}, or {postings.MAYBE_PAGE_LINKS}; in the works of"
        f" {postings.FEW} parties whole, of {postings.COMMON} the last; a text is a work at {WHOLE_TEXT} %"
    )


def parties_of(library: Library) -> NDArray[np.uint32]:
    """The number of the party that registered each work of the snapshot, in the order of works."""
    makers = library.table(["by"]).column("by").combine_chunks()
    return np.asarray(makers.dictionary_encode().indices.to_numpy(zero_copy_only=False), np.uint32)


def build(arrays: Mapping[str, NDArray[Any]], parties: NDArray[np.uint32] | None) -> Table:
    """The table over a snapshot's fingerprints of texts, which come sorted; without parties, each work is another's."""
    return postings.warm(
        postings.build(
            np.ascontiguousarray(arrays["text-winnow.hash"]),
            np.ascontiguousarray(arrays["text-winnow.work"]),
            np.ascontiguousarray(arrays["text-winnow.position"]),
            parties=parties,
        )
    )


def meets(texts: Sequence[TextPrints], table: Table) -> list[bool]:
    """Whether `find` might find anything in each text: nearly all of a dataset's are done with here."""
    if not texts:
        return []
    hashes = np.concatenate([text.hashes for text in texts])
    starts = np.cumsum(np.array([0, *(len(text.hashes) for text in texts)], np.int64))
    met: list[bool] = postings.meets(table, hashes, starts).tolist()
    return met


def find(prints: TextPrints, table: Table) -> tuple[tuple[Passage, ...], int]:
    """The works that share a passage with a text, and how many of its fingerprints are quarantined.

    None is counted where even all of them together could not have made a resemblance: so that crowding a passage
    with copies makes a text unclear, and never hides it.
    """
    if not len(prints.hashes):
        return (), 0
    found = postings.score(prints.hashes, prints.positions, table, gram=prints.gram)
    graded = ((hit, postings.grade(hit, dense=prints.dense)) for hit in found.hits)
    passages = tuple(
        Passage(
            work=hit.work,
            grade=grade,
            start=hit.doc_span[0],
            stop=hit.doc_span[1],
            letters=hit.run,
            links=hit.links,
            of_work=hit.of_work,
            of_text=hit.of_text,
            is_common=postings.is_common(hit, dense=prints.dense),
        )
        for hit, grade in graded
        if grade is not Grade.NONE
    )
    shared = max((hit.shared for hit in found.hits), default=1)  # one in common is no hit, and may be there
    hidden = found.capped + shared >= postings.MAYBE_LINKS
    return passages, found.capped if hidden else 0
