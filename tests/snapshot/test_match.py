"""Look-ups over a library's arrays: what a crowd of copies does to a passage."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from placet.fingerprints import text_winnow
from placet.snapshot import match_text, postings
from placet.snapshot.library import Library
from placet.snapshot.match import Matcher, MatchKind, best, judge_distance
from tests.snapshot.world import prose


def _matcher(texts: list[str]) -> Matcher:
    """A matcher over nothing but these texts' fingerprints."""
    prints = [text_winnow.compute(text) for text in texts]
    arrays = {
        "text-winnow.hash": np.concatenate([each.hashes for each in prints]),
        "text-winnow.work": np.concatenate([np.full(len(p.hashes), n, np.uint32) for n, p in enumerate(prints)]),
        "text-winnow.position": np.concatenate([each.positions for each in prints]),
    }
    matcher = Matcher(cast(Library, SimpleNamespace(is_whole=True, arrays=arrays)))
    parties = np.arange(len(texts), dtype=np.uint32)
    vars(matcher)["_texts"] = match_text.build(arrays, parties)
    return matcher


@pytest.mark.slow
def test_whatever_part_of_a_passage_is_crowded_it_is_found_or_told() -> None:
    """The first letters of an excerpt are carried by more works than a fingerprint may have."""
    hers = prose(1, 400)
    excerpts = [text_winnow.compute(hers[600 : 600 + size]) for size in range(180, 420, 12)]
    alone = _matcher([hers])
    found = [excerpt for excerpt in excerpts if alone.text(excerpt)[0]]
    assert len(found) > 12
    unsure = 0

    for shown in range(40, 400, 12):
        crowd = [hers[600 - 40 : 600 + shown]] * (postings.CAP + 1)
        crowded = _matcher([hers, *crowd])
        for excerpt in found:
            matches, capped = crowded.text(excerpt)
            assert capped or any(each.work == 0 for each in matches), (shown, excerpt.length)
            unsure += bool(capped and not matches)

    assert unsure  # the crowd did hide some of them


def test_one_crowded_phrase_among_strangers_words_is_nothing() -> None:
    phrase = prose(3, 60)[:75]
    crowded = _matcher([f"{prose(100 + n, 30)} {phrase}" for n in range(postings.CAP + 1)])

    assert crowded.text(text_winnow.compute(f"{prose(7, 80)} {phrase[:64]} {prose(8, 80)}")) == ((), 0)


def test_the_poorer_picture_decides_what_a_distance_proves() -> None:
    assert judge_distance(0, 19) is MatchKind.VERIFY
    assert judge_distance(16, 20) is MatchKind.STRONG
    assert judge_distance(17, 49) is MatchKind.VERIFY
    assert judge_distance(31, 50) is MatchKind.STRONG


def test_nothing_is_the_best_of_nothing() -> None:
    assert best([]) is None
