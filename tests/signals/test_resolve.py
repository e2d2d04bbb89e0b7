"""All standards at once: each selects among its own, and the strictest of them decides."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.core.decision import Outcome
from placet.core.profile import PROFILES
from placet.core.stance import Stance, Voice
from placet.core.use import Use
from placet.signals.codec import Asked, Channel, Document, Heard
from placet.signals.observation import Exchange, Observation
from placet.signals.resolve import answer, hear, listen, resolve
from tests.signals.wishes import say

SITE = "https://maker.example"
PAGE = f"{SITE}/pictures/1.html"
NOW = 1_750_000_000
CONSENT, EU = PROFILES["consent"], PROFILES["eu-art4"]


def document(channel: Channel, body: str, where: str = PAGE, media_type: str = "") -> Document:
    return Document(where=where, body=body.encode(), channel=channel, media_type=media_type, heard_at=NOW)


def robots(body: str) -> Document:
    return document(Channel.ROBOTS, body, f"{SITE}/robots.txt")


def tdmrep(body: str) -> Document:
    return document(Channel.SITE, body, f"{SITE}/.well-known/tdmrep.json", "application/json")


def ask(*documents: Document, use: Use = Use.TRAIN_GENERATIVE, agent: str | None = None, profile=EU):
    return answer(hear(documents), Asked(url=PAGE, agent=agent), use, NOW, profile)


SAID = (
    robots("User-agent: *\nDisallow: /private/\n\nUser-agent: GPTBot\nDisallow: /\n"),
    robots("User-agent: *\nAllow: /\nContent-Usage: train-ai=y\n"),
    robots("<html>nothing here</html>"),
    tdmrep('[{"location": "/pictures/*", "tdm-reservation": 0}, {"location": "/", "tdm-reservation": 1}]'),
    tdmrep('{"location": "/", "tdm-reservation": 1}'),
    tdmrep("not json"),
    document(Channel.HEADER, "tdm-reservation: 1\r\nContent-Usage: train-ai=n\r\n"),
    document(Channel.HEADER, "Content-Usage: train-ai=y\r\n"),
    document(Channel.PAGE, '<meta name="tdm-reservation" content="0">', media_type="text/html"),
)


@given(
    st.permutations(SAID),
    st.sampled_from([None, "GPTBot", "gptbot/1.1", "CCBot"]),
    st.sampled_from([Use.ACCESS, Use.TRAIN, Use.SEARCH]),
)
@settings(max_examples=60)
def test_the_order_of_documents_changes_nothing(order: list[Document], agent: str | None, use: Use) -> None:
    straight = ask(*SAID, agent=agent, use=use)

    assert ask(*order, agent=agent, use=use) == straight
    assert hear(order) == hear(SAID)


@given(st.sets(st.sampled_from(SAID)), st.sampled_from(list(PROFILES.values())))
@settings(max_examples=80)
def test_one_more_refusal_never_loosens(some: set[Document], profile) -> None:
    refusal = Heard((say(Use.TRAIN, Stance.RESERVE),))

    before = answer(hear(some), Asked(url=PAGE), Use.TRAIN_GENERATIVE, NOW, profile).use.outcome
    after = answer(hear(some, [refusal]), Asked(url=PAGE), Use.TRAIN_GENERATIVE, NOW, profile).use.outcome

    assert after.rank >= before.rank


def test_a_standard_orders_its_own_and_says_what_lost() -> None:
    answers = ask(SAID[3], document(Channel.PAGE, '<meta name="tdm-reservation" content="1">', media_type="text/html"))

    assert answers.use.outcome is Outcome.RESERVED
    assert {d.source.channel for d in answers.use.because} == {"page"}
    assert {(lost.declaration.source.channel, lost.reason) for lost in answers.resolved.lost} == {
        ("site", "lost.nearer")
    }


def test_a_yes_in_one_standard_lifts_no_refusal_of_another() -> None:
    answers = ask(
        document(Channel.HEADER, "Content-Usage: train-ai=y\r\n"),
        tdmrep('[{"location": "/", "tdm-reservation": 1}]'),
    )

    assert answers.use.outcome is Outcome.RESERVED
    assert {d.source.standard for d in answers.use.because} == {"tdmrep"}
    assert {o.declaration.source.standard for o in answers.use.overruled} == {"aipref"}


def test_the_crawler_s_own_group_decides_for_it() -> None:
    file = robots("User-agent: *\nDisallow: /\n\nUser-agent: GPTBot\nDisallow: /private/\n")

    assert ask(file, agent="GPTBot").acquisition.outcome is not Outcome.RESERVED
    assert ask(file, agent="gptbot/1.1").acquisition.outcome is not Outcome.RESERVED
    assert ask(file, agent="CCBot").acquisition.outcome is Outcome.RESERVED
    assert ask(file).acquisition.outcome is Outcome.RESERVED


def test_a_refusal_by_a_name_that_no_table_knows_reaches_its_bearer() -> None:
    file = robots("User-agent: OddBot\nDisallow: /\n")

    assert ask(file, agent="OddBot/2.0").acquisition.outcome is Outcome.RESERVED
    assert ask(file, agent="EvenBot").acquisition.outcome is not Outcome.RESERVED


def test_both_questions_are_answered_and_the_stricter_is_the_gate() -> None:
    closed = ask(robots("User-agent: *\nDisallow: /\n"))
    kept = ask(tdmrep('[{"location": "/", "tdm-reservation": 1}]'))
    silent = ask()

    assert closed.gate.outcome is Outcome.RESERVED
    assert (kept.acquisition.outcome, kept.gate.outcome) == (Outcome.SILENT, Outcome.RESERVED)
    assert (silent.acquisition.outcome, silent.use.outcome, silent.gate.outcome) == (
        Outcome.SILENT,
        Outcome.CLEARED,
        Outcome.CLEARED,
    )


def test_who_may_not_fetch_may_not_use_what_another_standard_opens() -> None:
    answers = ask(robots("User-agent: PlacetBot\nDisallow: /\n\nUser-agent: *\nAllow: /\n"), SAID[7], agent="PlacetBot")

    assert answers.use.outcome is Outcome.CLEARED
    assert answers.gate is answers.acquisition
    assert answers.gate.outcome is Outcome.RESERVED


def test_the_two_questions_have_their_own_day() -> None:
    answers = answer(hear([]), Asked(url=PAGE), Use.MINE, NOW, EU, acquired_at=NOW - 86_400)

    assert (answers.acquisition.question.at, answers.use.question.at) == (NOW - 86_400, NOW)


@pytest.mark.parametrize("body", ["not json", "<html>404</html>", "[", '"1"', "[" * 100_000])
def test_a_file_that_its_standard_cannot_read_is_a_problem(body: str) -> None:
    answers = ask(tdmrep(body))

    assert answers.use.outcome is Outcome.UNCLEAR
    assert {p.where for p in answers.resolved.problems} == {f"{SITE}/.well-known/tdmrep.json"}


def test_a_document_of_no_standard_is_a_problem() -> None:
    answers = ask(document(Channel.SITE, "\x00\x01", f"{SITE}/licence.bin", "application/rsl+xml"))

    assert answers.use.outcome is Outcome.UNCLEAR


def test_what_is_not_a_signal_speaks_about_its_own_subject_only() -> None:
    heard = Heard((say(Use.TRAIN, Stance.RESERVE),))

    assert len(resolve(heard, Asked(url=PAGE)).speaking) == 1
    assert resolve(heard, Asked(url=f"{SITE}/other")).speaking == ()


def test_what_the_address_leads_to_counts_as_well() -> None:
    there = "https://cdn.example/1.jpg"
    moved = Exchange(url=PAGE, at=NOW, status=302, headers=(("Location", there),))
    arrived = Exchange(url=there, at=NOW, status=200, headers=(("tdm-reservation", "1"),))
    observation = Observation(about=PAGE, exchanges=(moved, arrived))

    answers = answer(listen(observation), Asked(url=PAGE), Use.MINE, NOW, EU, also=(there,))

    assert answers.use.outcome is Outcome.RESERVED


def test_a_server_that_fails_is_never_a_yes() -> None:
    failed = Exchange(url=f"{SITE}/robots.txt", at=NOW, status=503)
    page = Exchange(url=PAGE, at=NOW, status=200, headers=(("Content-Usage", "train-ai=y"),))

    answers = answer(
        listen(Observation(about=PAGE, exchanges=(failed, page))), Asked(url=PAGE), Use.TRAIN_GENERATIVE, NOW, EU
    )

    assert answers.acquisition.outcome is Outcome.RESERVED
    assert answers.use.outcome is Outcome.UNCLEAR


def test_the_site_s_own_voice_is_heard_as_such() -> None:
    (said,) = [d for d in resolve(hear([SAID[7]]), Asked(url=PAGE)).speaking if d.use is Use.TRAIN_GENERATIVE]

    assert (said.voice, said.source.heard_at) == (Voice.SITE, NOW)


OPEN = {
    f"{SITE}/robots.txt": ("text/plain", b"User-agent: *\nAllow: /\n"),
    f"{SITE}/.well-known/tdmrep.json": ("application/json", b'[{"location": "/", "tdm-reservation": 0}]'),
    f"{SITE}/ai.txt": ("text/plain", b"User-Agent: *\nAllow: /\n"),
    PAGE: ("text/html", b"<title>One</title>"),
}


@given(
    url=st.sampled_from(sorted(OPEN)),
    status=st.sampled_from([None, 100, 304, 302, 429, 500, 502, 503, 504, 999]),
    cut=st.booleans(),
    body=st.binary(max_size=40),
    profile=st.sampled_from(list(PROFILES.values())),
    use=st.sampled_from(list(Use)),
)
@settings(max_examples=120)
def test_no_failure_and_no_broken_byte_becomes_a_yes(
    url: str, status, cut: bool, body: bytes, profile, use: Use
) -> None:
    """Law 4: of a site that is open everywhere, one answer fails, breaks off or is not of its kind."""
    exchanges = {
        each: Exchange(url=each, at=NOW, status=200, headers=(("Content-Type", kind),), body=said)
        for each, (kind, said) in OPEN.items()
    }
    error = "broke off" if cut or status is None else ""
    exchanges[url] = Exchange(
        url=url,
        at=NOW,
        status=200 if cut else status,
        headers=(("Content-Type", OPEN[url][0]),),
        body=body,
        error=error,
    )

    answers = answer(
        listen(Observation(about=PAGE, exchanges=tuple(exchanges.values()))), Asked(url=PAGE), use, NOW, profile
    )

    assert answers.use.outcome is not Outcome.CLEARED
    assert answers.gate.outcome is not Outcome.CLEARED
