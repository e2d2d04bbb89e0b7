"""Why a word in the registry decides nothing, and what would make it count: one example for each rule, and a law."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.core import PROFILES, Decision, Kind, Licence, Rule, Stance, Subject, Use, Voice, decide
from placet.desk.unheeded import remedies, unheeded
from tests.core.test_decide import HOST, OTHER, WORK, ask, say
from tests.strategies import declarations, licences, questions

CONSENT = PROFILES["consent"]
PLACE = Subject(Kind.URL, "https://ana.example/a")
YES, PRICE, NO = Stance.ALLOW, Stance.LICENSE, Stance.RESERVE
CLAIMED, STRANGER = Voice.CLAIMED, Voice.THIRD_PARTY


def decided(*words, about=(WORK,), held=()) -> Decision:
    return decide(ask(*about), words, (), held, CONSENT)


@pytest.mark.parametrize(
    ("decision", "sentence"),
    [
        (decided(say(YES, voice=CLAIMED)), "says yes to any; nobody checked who says it, so it opens nothing"),
        (
            decided(say(YES, subject=PLACE, voice=CLAIMED), about=(PLACE,)),
            "says yes to any; nobody checked that ana.example is its speaker's, so it opens nothing",
        ),
        (
            decided(say(NO, subject=HOST, voice=CLAIMED), about=(HOST,)),
            "says no to any; nobody checked that host.example is its speaker's, so it does not count",
        ),
        (decided(say(YES, voice=STRANGER)), "says yes to any; it is not for its speaker to say, so it opens nothing"),
        (decided(say(YES), about=(WORK, OTHER)), "says yes to any; not all who must agree have, so it opens nothing"),
        (decided(say(YES), say(NO, 2, by="ben")), "says yes to any; a stricter word decides"),
        (decided(say(PRICE), say(NO, 2, by="ben")), "names a price for any; a stricter word decides"),
        (decided(say(YES, flagged=True)), "says yes to any; said by a key after it was lost, so it opens nothing"),
        (
            decided(say(PRICE, by="ben", behalf="ana"), say(NO, 2)),
            "names a price for any; the one for whom it was said spoke later herself",
        ),
    ],
    ids=["yes", "address", "domain", "stranger", "not all", "stricter", "price", "lost", "member"],
)
def test_what_decides_nothing_says_why(decision: Decision, sentence: str) -> None:
    assert unheeded([decision]) == ((1, sentence),)


def test_what_decides_or_is_lifted_by_a_licence_is_not_among_it() -> None:
    held = Licence(id="l", licensor="ana", holder="lab", subjects=frozenset({WORK}), uses=(Use.ANY,))
    licensed = decide(ask(holder="lab"), [say(PRICE)], (), [held], CONSENT)

    assert licensed.may_use
    assert unheeded([licensed]) == unheeded([decided(say(NO))]) == ()


def test_the_uses_of_one_entry_are_told_together() -> None:
    words = [say(YES, use=use, voice=CLAIMED) for use in (Use.TRAIN, Use.SEARCH)]
    decisions = [decide(ask(use=use), words, (), (), CONSENT) for use in (Use.SEARCH, Use.TRAIN_GENERATIVE)]

    ((entry, sentence),) = unheeded(decisions)

    assert entry == 1
    assert sentence.startswith("says yes to search, train; nobody checked")


def test_a_remedy_is_told_once_and_names_the_host_where_there_is_one() -> None:
    both = decided(say(YES, voice=CLAIMED), say(YES, 2, subject=PLACE, voice=CLAIMED), about=(WORK, PLACE))

    assert remedies([both, both]) == (
        "It counts once it is known who says it: placet identity domain HOST",
        "It counts once ana.example is shown to be theirs: placet identity domain ana.example",
    )
    assert remedies([decided(say(YES), say(NO, 2, by="ben")), decided(say(YES, voice=STRANGER))]) == ()


@given(st.lists(declarations(), max_size=6), questions, st.lists(licences, max_size=2))
def test_every_word_of_the_registry_that_lost_is_told(heard, question, held) -> None:
    decision = decide(question, heard, (), held, CONSENT)

    told = {entry for entry, _ in unheeded([decision])}

    lost = {each.declaration.index for each in decision.overruled if each.rule is not Rule.LICENSED}
    assert told == lost - {None}
