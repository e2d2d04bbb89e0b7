"""What was in force on a day: later words are not heard, earlier ones are, and each entry that answers is proven."""

from __future__ import annotations

import pytest

from placet.core.decision import Outcome
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.desk.asof import ask_as_of
from placet.errors import Refused, WrongUsage
from placet.registry.compose import Wish
from placet.registry.projection import work_id
from tests.factories import NOW, a_home, a_key, a_work, check_identity

WORK = work_id(a_work().complete().data())
DAY = 86_400


@pytest.fixture
def home(tmp_path):
    """A yes, then a no two days later, then the no taken back two days after that, then a price."""
    home = a_home(tmp_path / "home")
    home.database = ""
    clock = [NOW - 10 * DAY]
    home.now = lambda: clock[0]
    composer = home.composer(a_key(1))
    composer.register([a_work()])
    home.log.append(composer.submission())
    say(home, Stance.ALLOW)
    clock[0] += 2 * DAY
    say(home, Stance.RESERVE)
    clock[0] += 2 * DAY
    composer = home.composer(a_key(1))
    composer.withdraw(home.registry.spoken_by_id("#3")[0])
    home.log.append(composer.submission())
    clock[0] += 2 * DAY
    say(home, Stance.LICENSE, terms="ask me first")
    clock[0] = NOW
    check_identity(home, 1)
    return home


def say(home, stance, by=1, **reach):
    composer = home.composer(a_key(by))
    start = reach.pop("start", home.now())
    composer.declare([Subject(Kind.WORK, WORK)], Wish(uses=(Use.TRAIN,), stance=stance, start=start, **reach))
    home.log.append(composer.submission())


def ask(home, days_ago, **more):
    return ask_as_of(home, WORK, None, None, NOW - days_ago * DAY, (Use.TRAIN,), **more)


def outcomes(answer):
    return {decision.outcome for _, decision in answer.found.decisions}


@pytest.mark.parametrize(
    ("days_ago", "outcome", "entries", "later"),
    [
        (11, Outcome.SILENT, (1,), (2, 3, 4, 5)),
        (10, Outcome.CLEARED, (1, 2), (3, 4, 5)),
        (9, Outcome.CLEARED, (1, 2), (3, 4, 5)),
        (8, Outcome.RESERVED, (1, 2, 3), (4, 5)),
        (7, Outcome.RESERVED, (1, 2, 3), (4, 5)),
        (5, Outcome.SILENT, (1, 2, 3, 4), (5,)),
        (1, Outcome.LICENCE, (1, 2, 3, 4, 5), ()),
    ],
)
def test_each_day_has_the_answer_that_had_been_given_by_then(home, days_ago, outcome, entries, later):
    answer = ask(home, days_ago)

    assert outcomes(answer) == {outcome}
    assert (answer.entries, answer.later, answer.size) == (entries, later, 8)


def test_the_terms_are_those_of_that_day(home):
    assert ask(home, 1).found.terms[0][0] == 5
    assert ask(home, 7).found.terms == ()


def test_a_word_that_was_dated_back_is_heard_only_from_the_day_it_was_written(home):
    say(home, Stance.ALLOW, start=NOW - 30 * DAY)

    assert outcomes(ask(home, 9)) == {Outcome.CLEARED}
    assert 8 in ask(home, 9).later


def test_a_key_that_writes_an_earlier_day_after_a_later_one_is_not_believed(home):
    home.now = lambda: NOW - 9 * DAY
    say(home, Stance.RESERVE)
    home.now = lambda: NOW

    assert outcomes(ask(home, 9)) == {Outcome.CLEARED}
    assert 8 in ask(home, 9).later


def test_the_territory_is_asked_too(home):
    say(home, Stance.RESERVE, territory=("FR",))

    assert outcomes(ask_as_of(home, WORK, None, None, NOW, (Use.TRAIN,), "FR")) == {Outcome.RESERVED}
    assert outcomes(ask_as_of(home, WORK, None, None, NOW, (Use.TRAIN,), "US")) == {Outcome.LICENCE}


def test_what_is_to_come_is_not_known_and_a_full_folder_is_left_alone(home, tmp_path):
    with pytest.raises(WrongUsage, match="has not come yet"):
        ask(home, -1)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")

    with pytest.raises(Refused, match="not an empty folder"):
        ask(home, 1, proofs=tmp_path / "full")
