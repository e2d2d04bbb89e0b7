"""A polite visit: what is asked, in which order, and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from placet.core.decision import Outcome
from placet.core.profile import PROFILES
from placet.core.use import Use
from placet.errors import BadInput
from placet.fetch.guard import Guard
from placet.fetch.visit import TOKEN
from placet.signals.codec import Asked
from placet.signals.observation import Observation, addresses, encode, parse
from placet.signals.resolve import answer, listen
from tests.fetch.site import NOW, Answer, Site, a_site, a_visitor

RSL = "application/rsl+xml"
LICENCE = (
    '<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license>'
    '<prohibits type="usage">ai-train</prohibits></license></content></rsl>'
)


@pytest.fixture
def site():
    with a_site() as site:
        yield site


def observe(url: str, **how) -> Observation:
    with a_visitor(**how) as visitor:
        return visitor.observe(url)


def answers(observation: Observation, use: Use = Use.TRAIN_GENERATIVE, agent: str | None = None):
    also = addresses(observation)[1:]
    asked = Asked(url=observation.about, agent=agent)
    return answer(listen(observation), asked, use, NOW, PROFILES["eu-art4"], also=also)


def errors(observation: Observation) -> dict[str, str]:
    return {each.url: each.error for each in observation.exchanges if each.error}


def test_a_visit_asks_everything_that_an_owner_can_say(site: Site) -> None:
    site.say("/robots.txt", f"License: {site.url}/license.xml\nUser-agent: *\nAllow: /\n")
    site.say("/license.xml", LICENCE, "text/xml")
    site.say("/pages/1.html", '<meta name="tdm-reservation" content="1">', "text/html")

    observation = observe(f"{site.url}/pages/1.html")

    assert site.paths == ["/robots.txt", "/.well-known/tdmrep.json", "/ai.txt", "/pages/1.html", "/license.xml"]
    assert {d.source.standard for d in answers(observation).use.because} == {"rsl", "tdmrep"}
    assert parse(encode(observation)) == Observation(
        about=observation.about, exchanges=tuple(sorted(observation.exchanges, key=lambda e: e.url)), agent=TOKEN
    )


def test_a_replay_gives_the_same_answers(site: Site) -> None:
    site.say("/robots.txt", "User-agent: GPTBot\nDisallow: /\n")
    site.say("/1.jpg", b"\xff\xd8", "image/jpeg", tdm_reservation="1")

    live = observe(f"{site.url}/1.jpg")

    assert answers(parse(encode(live))) == answers(live)


def test_a_picture_speaks_in_its_headers_and_is_not_read(site: Site) -> None:
    site.say("/1.jpg", b"\xff\xd8" * 1000, "image/jpeg", tdm_reservation="1")

    observation = observe(f"{site.url}/1.jpg")

    assert {e.url.rpartition("/")[2]: e.body for e in observation.exchanges}["1.jpg"] == b""
    assert answers(observation).use.outcome is Outcome.RESERVED


@pytest.mark.parametrize("group", ["*", TOKEN, TOKEN.lower()])
def test_where_robots_txt_is_closed_only_the_files_of_owners_are_asked(site: Site, group: str) -> None:
    site.say("/robots.txt", f"License: {site.url}/l.xml\nUser-agent: {group}\nDisallow: /\n")
    site.say("/l.xml", LICENCE, RSL)

    observation = observe(f"{site.url}/1.html")

    assert site.paths == ["/robots.txt", "/.well-known/tdmrep.json", "/ai.txt", "/l.xml"]
    assert "closed to PlacetBot" in errors(observation)[f"{site.url}/1.html"]
    assert answers(observation, agent="OtherBot").use.outcome in (Outcome.UNCLEAR, Outcome.RESERVED)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_site_whose_robots_txt_fails_is_left_alone(site: Site, status: int) -> None:
    site.say("/robots.txt", status=status)
    site.say("/1.html", "<p>", "text/html", Content_Usage="train-ai=y")

    observation = observe(f"{site.url}/1.html")

    assert "/1.html" not in site.paths
    assert answers(observation).acquisition.outcome is Outcome.RESERVED
    assert answers(observation).gate.outcome is Outcome.RESERVED


@pytest.mark.parametrize("path", ["/.well-known/tdmrep.json", "/ai.txt", "/1.html"])
@pytest.mark.parametrize("status", [403, 429, 500])
def test_a_failure_is_never_a_yes(site: Site, path: str, status: int) -> None:
    site.say("/1.html", "<p>", "text/html", Content_Usage="train-ai=y")
    site.say(path, status=status)

    observation = observe(f"{site.url}/1.html")

    assert answers(observation).use.outcome is Outcome.UNCLEAR


def test_where_nothing_fails_and_nobody_refuses_the_profile_s_silence_speaks(site: Site) -> None:
    site.say("/1.html", "<p>", "text/html", Content_Usage="train-ai=y")

    assert answers(observe(f"{site.url}/1.html")).use.outcome is Outcome.CLEARED


@pytest.mark.parametrize("to", ["http://169.254.169.254/latest/meta-data", "file:///etc/passwd", "http://10.0.0.1/"])
@pytest.mark.parametrize("path", ["/1.html", "/robots.txt", "/ai.txt"])
def test_a_redirect_to_where_it_must_not_go_is_not_followed(site: Site, path: str, to: str) -> None:
    site.say("/1.html", "<p>", "text/html")
    site.say(path, status=302, Location=to)

    observation = observe(f"{site.url}/1.html")

    assert "not asked" in errors(observation)[to]
    assert answers(observation).gate.outcome in (Outcome.UNCLEAR, Outcome.RESERVED)


def test_a_redirect_loop_ends(site: Site) -> None:
    site.say("/a", status=302, Location="/b")
    site.say("/b", status=302, Location="/a")

    observation = observe(f"{site.url}/a")

    assert site.paths.count("/a") == site.paths.count("/b") == 1
    assert answers(observation).use.outcome is Outcome.UNCLEAR


def test_at_most_five_redirects_are_followed(site: Site) -> None:
    for number in range(9):
        site.say(f"/{number}", status=302, Location=f"/{number + 1}")

    observation = observe(f"{site.url}/0")

    assert [path for path in site.paths if len(path) == 2] == ["/0", "/1", "/2", "/3", "/4", "/5"]
    assert answers(observation).use.outcome is Outcome.UNCLEAR


def test_a_site_that_is_led_to_is_asked_and_heard_as_well(site: Site) -> None:
    with a_site() as other:
        site.say("/1.html", status=301, Location=f"{other.url}/1.html")
        other.say("/1.html", "<p>", "text/html")
        other.say("/robots.txt", "User-agent: GPTBot\nDisallow: /\n")

        observation = observe(f"{site.url}/1.html")

        assert other.paths[0] == "/robots.txt"
        assert answers(observation, agent="GPTBot").acquisition.outcome is Outcome.RESERVED


def test_a_site_that_is_led_to_and_is_closed_is_not_asked_further(site: Site) -> None:
    with a_site() as other:
        site.say("/1.html", status=301, Location=f"{other.url}/1.html")
        other.say("/robots.txt", "User-agent: *\nDisallow: /\n")

        observe(f"{site.url}/1.html")

        assert "/1.html" not in other.paths


def test_a_licence_on_a_closed_site_is_not_asked_and_leaves_the_page_reserved(site: Site) -> None:
    with a_site() as other:
        other.say("/robots.txt", "User-agent: *\nDisallow: /\n")
        site.say("/1.html", "<p>", "text/html", Link=f'<{other.url}/l.xml>; rel="license"; type="{RSL}"')

        observation = observe(f"{site.url}/1.html")

        assert "/l.xml" not in other.paths
        assert answers(observation).use.outcome is Outcome.RESERVED


def test_many_licences_are_not_all_asked_and_none_is_a_yes(site: Site) -> None:
    lines = "".join(f"License: {site.url}/{number}.xml\n" for number in range(40))
    site.say("/robots.txt", f"{lines}User-agent: *\nAllow: /\n")

    observation = observe(f"{site.url}/1.html")

    assert len([path for path in site.paths if path.endswith(".xml")]) == 8
    assert answers(observation).gate.outcome is Outcome.RESERVED


def test_a_robots_txt_that_breaks_off_opens_nothing(site: Site) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nUser-agent: *\nDis"
    site.answers["/robots.txt"] = Answer(raw=(head,))

    observation = observe(f"{site.url}/1.html")

    assert "/1.html" not in site.paths
    assert "robots.txt could not be had" in errors(observation)[f"{site.url}/1.html"]
    assert answers(observation).use.outcome is Outcome.UNCLEAR


def test_a_name_that_changes_its_address_is_asked_at_the_first(site: Site) -> None:
    found = iter([["127.0.0.1"], ["10.0.0.1"]])
    port = site.url.rpartition(":")[2]
    site.say("/1.html", "<p>", "text/html")

    observation = observe(
        f"http://maker.example:{port}/1.html", guard=Guard(loopback=True, resolve=lambda _host, _port: next(found))
    )

    assert errors(observation) == {}
    assert len(site.asked) == 4


def test_nobody_is_asked_the_same_thing_twice_in_a_day(site: Site, tmp_path: Path) -> None:
    site.say("/1.html", "<p>", "text/html")

    first = observe(f"{site.url}/1.html", cache=tmp_path)
    asked = len(site.asked)
    again = observe(f"{site.url}/1.html", cache=tmp_path, now=NOW + 86_399)
    later = observe(f"{site.url}/1.html", cache=tmp_path, now=NOW + 86_400)

    assert again == first
    assert later != first
    assert (asked, len(site.asked)) == (4, 8)


def test_between_two_requests_a_host_is_left_in_peace(site: Site) -> None:
    slept: list[float] = []

    with a_visitor() as visitor:
        visitor.sleep = slept.append
        visitor.observe(f"{site.url}/1.html")

    assert len(slept) == 3
    assert all(0 < seconds <= visitor.pause for seconds in slept)


def test_a_visit_ends(site: Site) -> None:
    site.say("/1.html", "<p>", "text/html", Content_Usage="train-ai=y")

    with a_visitor() as visitor:
        visitor.seconds = -1.0
        observation = visitor.observe(f"{site.url}/1.html")

    assert site.asked == []
    assert answers(observation).gate.outcome is Outcome.RESERVED


@pytest.mark.parametrize("url", ["file:///etc/passwd", "maker.example/1", "", "ftp://maker.example/"])
def test_what_is_no_web_address_is_not_visited(url: str) -> None:
    with pytest.raises(BadInput):
        observe(url)
