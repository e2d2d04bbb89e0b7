"""Many submitters at once: each is answered as if she had come alone, and a bad one harms nobody."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from placet.errors import PlacetError, Refused, VerificationFailed
from placet.log.pool import Pool
from placet.log.sequencer import Submission
from placet.record.entries import parse_entry
from tests.factories import a_composer, a_home, a_wish, a_work, check_log, works_of


@pytest.fixture
def home(tmp_path):
    return a_home(tmp_path / "home")


def submission(home, number):
    composer = a_composer(home, number)
    composer.declare(works_of(composer.register([a_work(number, title=f"Work {number}")])), a_wish())
    return composer.submission()


def forged(submission):
    entry = submission.entries[-1]
    data = entry.data.replace(entry.sig[:8].encode(), b"00000000")
    return Submission((*submission.entries[:-1], parse_entry(data)), submission.blobs, submission.openings)


class Slow:
    """Lets everybody queue up behind the first append, and counts appends."""

    def __init__(self, append, others):
        self.append, self.calls = append, 0
        self.gathered = threading.Event()
        self.others = others

    def __call__(self, submission):
        self.calls += 1
        if self.calls == 1:
            self.gathered.wait(10)
        return self.append(submission)


def submit_all(pool, slow, submissions):
    """The first goes ahead and waits until all others stand in the queue."""

    def submit(each):
        try:
            return pool.submit(each)
        except PlacetError as error:
            return error

    with ThreadPoolExecutor(len(submissions)) as threads:
        first = threads.submit(submit, submissions[0])
        while not slow.calls:
            pass
        rest = [threads.submit(submit, each) for each in submissions[1:]]
        while len(pool._queue) < len(rest):
            pass
        slow.gathered.set()
        return [each.result(30) for each in (first, *rest)]


def test_those_who_waited_are_written_together_and_each_has_her_own_indexes(home):
    submissions = [submission(home, number) for number in range(1, 9)]
    slow = Slow(home.log.append, 7)

    answers = submit_all(Pool(slow), slow, submissions)

    assert slow.calls == 2
    assert sorted(index for indexes in answers for index in indexes) == list(range(24))
    sound = check_log(home)
    for each, indexes in zip(submissions, answers, strict=True):
        assert [sound.entries[index] for index in indexes] == list(each.entries)


def test_a_bad_submission_is_refused_alone(home):
    submissions = [submission(home, number) for number in range(1, 5)]
    submissions[2] = forged(submissions[2])
    slow = Slow(home.log.append, 3)

    answers = submit_all(Pool(slow), slow, submissions)

    assert isinstance(answers[2], VerificationFailed)
    assert [len(each) for each in (answers[0], answers[1], answers[3])] == [3, 3, 3]
    assert len(check_log(home).entries) == 9


def test_the_same_submission_twice_has_one_place(home):
    first, second = submission(home, 1), submission(home, 2)
    slow = Slow(home.log.append, 2)

    answers = submit_all(Pool(slow), slow, [first, second, second])

    assert answers[1] == answers[2]
    assert len(check_log(home).entries) == 6


def test_when_too_much_waits_the_next_is_turned_away_and_may_come_again(home):
    submissions = [submission(home, number) for number in range(1, 5)]
    slow = Slow(home.log.append, 2)
    pool = Pool(slow, most=6)
    with ThreadPoolExecutor(3) as threads:
        taken = [threads.submit(pool.submit, submissions[0])]
        while not slow.calls:
            pass
        taken += [threads.submit(pool.submit, each) for each in submissions[1:3]]
        while len(pool._queue) < 2:
            pass

        with pytest.raises(Refused, match=r"6 entries wait to be written: nothing was taken"):
            pool.submit(submissions[3])

        slow.gathered.set()
        assert [len(each.result(30)) for each in taken] == [3, 3, 3]
    assert len(pool.submit(submissions[3])) == 3
    check_log(home)


def test_more_than_are_written_at_once_come_one_batch_after_the_other(home):
    submissions = [submission(home, number) for number in range(1, 6)]
    slow = Slow(home.log.append, 4)

    submit_all(Pool(slow, together=6), slow, submissions)

    assert slow.calls == 3
    assert len(check_log(home).entries) == 15


def test_an_error_that_nobody_foresaw_reaches_everybody_and_stops_nobody_later(home):
    def fail(_):
        raise RuntimeError("lightning")

    pool = Pool(fail)
    with pytest.raises(RuntimeError, match="lightning"):
        pool.submit(submission(home, 1))

    pool._append = home.log.append
    assert len(pool.submit(submission(home, 1))) == 3
