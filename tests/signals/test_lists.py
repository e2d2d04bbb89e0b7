"""Lists of others: the published vectors, and that nothing in them decides or opens anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.core.decide import decide
from placet.core.decision import Outcome, Question, Rule
from placet.core.profile import PROFILES
from placet.core.stance import Stance, Voice
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.errors import SignalError
from placet.signals import lists
from placet.signals.codec import Asked, Channel, Document
from tests.signals.reading import cases, read_case
from tests.signals.wishes import PAGE, say

CASES = cases("list")


def listed(body, where="https://lists.example/optout.csv"):
    data = body if isinstance(body, bytes) else body.encode()
    return Document(where=where, body=data, channel=Channel.LIST, heard_at=1_700_000_000)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_every_vector_reads_as_published(case):
    assert read_case(lists.CODEC, case) == (case["reading"], case["problems"])


def test_whoever_keeps_a_list_is_somebody_else():
    said = lists.read(listed("domain\nmaker.example\n")).declarations

    assert {(d.voice, d.by, d.source.where) for d in said} == {
        (Voice.THIRD_PARTY, "lists.example", "https://lists.example/optout.csv")
    }
    assert {d.source.heard_at for d in said} == {1_700_000_000}
    assert {d.source.place for d in said} == {2}


@pytest.mark.parametrize("profile", ["consent", "eu-art4", "us"])
def test_a_list_is_reported_and_never_decides(profile):
    said = lists.select(lists.read(listed("maker.example\n")).declarations, Asked(url=PAGE)).speaking
    question = Question(subjects=(Subject(Kind.URL, PAGE),), use=Use.TRAIN_GENERATIVE, at=1_800_000_000)

    with_list = decide(question, said, profile=PROFILES[profile])
    without = decide(question, (), profile=PROFILES[profile])

    assert with_list.outcome is without.outcome
    assert with_list.outcome is not Outcome.RESERVED
    assert {lost.rule for lost in with_list.overruled} == {Rule.VOICE}


def test_every_bad_line_is_told_with_its_number_and_the_rest_goes_on():
    body = b"# list\nfine.example\nnot a domain\nisbn:123\n\xff\xfe\xfd.example\nalso.example\n"

    heard = lists.read(listed(body))

    assert {d.subject.id for d in heard.declarations} == {"fine.example", "also.example"}
    assert [problem.where.rpartition(":")[2] for problem in heard.problems] == ["3", "4", "5"]
    assert heard.problems[0].why == "Line 3 of https://lists.example/optout.csv: 'not a domain' is no domain."


def test_what_is_too_long_is_cut_and_told(monkeypatch):
    monkeypatch.setattr(lists, "MOST_ENTRIES", 3)

    heard = lists.read(listed("".join(f"s{n}.example\n" for n in range(9))))

    assert len({d.subject for d in heard.declarations}) == 3
    assert [problem.reason for problem in heard.problems] == ["signal.malformed"]


def test_what_is_far_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(lists, "MOST_BYTES", 10)

    with pytest.raises(SignalError, match="at most 10"):
        lists.read(listed("maker.example\n"))


def test_a_name_is_kept_in_one_spelling():
    said = lists.read(listed("name\nZoe\u0308   Painter\n")).declarations

    assert {d.subject for d in said} == {Subject(Kind.REPERTOIRE, "name:Zo\u00eb Painter")}


def test_a_name_beside_a_work_says_only_whose_it_is():
    said = lists.read(listed("isbn,author\n978-3-16-148410-0,A. Painter\n,B. Writer\n")).declarations

    assert {str(d.subject) for d in said} == {"identifier:isbn:9783161484100", "repertoire:name:B. Writer"}


def test_lists_are_never_written():
    wish = say(Use.ANY, Stance.RESERVE)

    written = lists.write([wish], Subject(Kind.DOMAIN, "maker.example"))

    assert (written.documents, written.unsaid) == ((), (wish,))


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))))
def test_hostile_bytes_are_problems_or_one_error(body):
    try:
        heard = lists.read(listed(body))
    except SignalError:
        return

    assert all(d.stance is not Stance.ALLOW and d.voice is Voice.THIRD_PARTY for d in heard.declarations)


@given(st.lists(st.sampled_from(["allow", "yes", "reserve", "license", "", "1", "open"]), min_size=1, max_size=8))
def test_no_word_of_a_list_permits(stances):
    body = "domain,stance\n" + "".join(f"s{n}.example,{stance}\n" for n, stance in enumerate(stances))

    heard = lists.read(listed(body))

    assert all(d.stance is not Stance.ALLOW for d in heard.declarations)
    refused = sum(stance in ("reserve", "license", "") for stance in stances)
    assert (len({d.subject for d in heard.declarations}), len(heard.problems)) == (refused, len(stances) - refused)
