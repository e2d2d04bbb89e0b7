"""A domain is shown to a real home with real servers on loopback: recorded, judged again, looked at again, lapsed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

import pytest

from placet.app import Home
from placet.core.authority import DAY, Step
from placet.core.stance import Voice
from placet.desk import controlling
from placet.desk.identifying import authority_of, entered, rungs_of, unsay
from placet.errors import Refused, WrongUsage
from placet.registry.challenges import DNS, HTTP, LASTS, Challenge, read_evidence
from placet.signing.keys import Role
from tests.factories import NOW, a_key, check_log
from tests.fetch.nameserver import NameServer, a_name_server
from tests.fetch.site import Site, a_site


@dataclass
class Scene:
    """A home whose clock is `now`, a name server and a web server; Ana's host has an address."""

    names: NameServer
    site: Site
    home: Home = field(init=False)
    now: int = NOW
    ana: str = ""

    def show_file(self, challenge: Challenge, body: str = "") -> None:
        self.site.say(challenge.path, body or challenge.authorization)

    def show_txt(self, challenge: Challenge) -> None:
        asked = replace(challenge, method=DNS)
        self.names.say(asked.name, "TXT", '"v=spf1 -all"', f'"{asked.expected[:20]}" "{asked.expected[20:]}"')

    def step(self) -> Step:
        return authority_of(self.home).step(self.ana, self.now)


@pytest.fixture(scope="module")
def servers():
    with a_name_server() as names, a_site() as site:
        yield names, site


@pytest.fixture
def scene(tmp_path, servers):
    names, site = servers
    names.__init__(address=names.address)
    site.answers.clear()
    names.say("ana.example", "A", "127.0.0.1")
    scene = Scene(names, site)
    numbers = iter(range(1_000))
    scene.home = Home(
        tmp_path / "home",
        now=lambda: scene.now,
        random=lambda size: hashlib.shake_128(b"%d" % next(numbers)).digest(size),
        loopback=True,
        resolvers=(names.address,),
        web_port=int(site.url.rpartition(":")[2]),
    )
    scene.ana = entered(scene.home, scene.home.key(Role.PARTY))
    return scene


def test_a_file_shows_it_and_the_log_says_so_for_90_days(scene):
    challenge = controlling.set_challenge(scene.home, "Ana.Example", scene.ana)
    scene.show_file(challenge)

    noted = controlling.answer(scene.home, challenge)

    (found,) = authority_of(scene.home).attested(scene.ana)
    assert (found.kind, found.value, found.act.role, found.act.index) == ("domain", "domain:ana.example", "log", 2)
    assert (found.start, found.until, found.act.body["method"]) == (NOW, NOW + LASTS, HTTP)
    assert authority_of(scene.home).voice(scene.ana, NOW) is Voice.VERIFIED
    assert noted.index == 2
    assert controlling.pending(scene.home) == []
    check_log(scene.home)


def test_the_evidence_says_what_was_seen_and_where(scene):
    challenge = controlling.set_challenge(scene.home, "ana.example", scene.ana)
    scene.show_txt(challenge)
    scene.names.authentic = True

    controlling.answer(scene.home, challenge)

    (found,) = authority_of(scene.home).attested(scene.ana)
    read, told = read_evidence(scene.home.log_files.blob(found.act.body["evidence"]))
    assert read == replace(challenge, method=DNS)
    assert told["dnssec"] == "authenticated"
    (look,) = told["observed"]
    assert (look["from"], look["where"], look["status"]) == (scene.names.address, "_placet-challenge.ana.example", 0)
    assert {bytes.fromhex(each).decode() for each in look["values"]} == {read.expected, "v=spf1 -all"}
    check_log(scene.home)


def test_a_challenge_stays_the_same_until_it_is_answered(scene):
    first = controlling.set_challenge(scene.home, "ana.example", scene.ana)

    assert controlling.set_challenge(scene.home, "ANA.example.", scene.ana) == first
    assert controlling.set_challenge(scene.home, "ben.example", scene.ana).token != first.token
    assert len(controlling.pending(scene.home)) == 2


def test_a_challenge_is_forgotten_after_a_month(scene):
    first = controlling.set_challenge(scene.home, "ana.example", scene.ana)
    scene.now += 31 * DAY

    assert controlling.pending(scene.home) == []
    assert controlling.set_challenge(scene.home, "ana.example", scene.ana).token != first.token


def test_the_answer_for_another_key_is_none(scene):
    challenge = controlling.set_challenge(scene.home, "ana.example", scene.ana)
    other = replace(challenge, party=a_key(2).public.hex())
    scene.show_file(challenge, other.authorization)

    with pytest.raises(Refused, match=r"yet: the file at 127.0.0.1 holds the answer of another key \("):
        controlling.answer(scene.home, challenge)

    assert scene.step() is Step.KEY
    assert controlling.pending(scene.home) == [challenge]


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (404, "", "no such file at 127.0.0.1"),
        (500, "", "its web site at 127.0.0.1 answers 500"),
        (200, " ", "the file at 127.0.0.1 is empty"),
        (200, "<html>welcome</html>", "holds something else"),
        (200, "x" * 100_000, "is longer than the 1024 bytes that are read"),
        (302, "", "leads to https://elsewhere.example/, another place, where nobody goes"),
    ],
)
def test_what_stands_there_instead_is_told(scene, status, body, why):
    challenge = controlling.set_challenge(scene.home, "ana.example", scene.ana)
    scene.site.say(challenge.path, body, status=status, Location="https://elsewhere.example/")

    with pytest.raises(Refused, match=r"ana.example does not show it yet: .* \(identity.unanswered\)") as told:
        controlling.answer(scene.home, challenge, (HTTP,))

    assert why in str(told.value)
    assert challenge.token not in str(told.value)
    assert len(str(told.value)) < 160


def test_the_right_answer_given_twice_is_no_other_keys(scene):
    challenge = controlling.set_challenge(scene.home, "ana.example", scene.ana)
    scene.show_file(challenge, f"{challenge.authorization}\n{challenge.authorization}\n")

    with pytest.raises(Refused, match=r"the file at 127.0.0.1 holds more than the answer, which stands there once "):
        controlling.answer(scene.home, challenge)


def test_the_right_record_given_twice_is_an_answer(scene):
    challenge = controlling.set_challenge(scene.home, "ana.example", scene.ana)
    asked = replace(challenge, method=DNS)
    scene.names.say(asked.name, "TXT", f'"{asked.expected}"', f'"{asked.expected}"', '"other"')

    controlling.answer(scene.home, challenge, (DNS,))

    assert scene.step() is Step.DOMAIN


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("{right}{right}", "holds more than the answer"),
        ("{file}", "holds what belongs into the file"),
        ("v=spf1 -all", "holds something else"),
    ],
)
def test_what_a_record_holds_instead_is_told(scene, value, why):
    challenge = controlling.set_challenge(scene.home, "ana.example", scene.ana)
    asked = replace(challenge, method=DNS)
    text = value.format(right=asked.expected, file=challenge.authorization)
    scene.names.say(asked.name, "TXT", f'"{text}"')

    with pytest.raises(Refused, match=rf"the TXT record {asked.name} at {scene.names.address} {why}") as told:
        controlling.answer(scene.home, challenge)

    assert "no such file" not in str(told.value)


def test_that_nothing_is_there_is_told_of_both_ways_in_one_sentence(scene):
    challenge = controlling.set_challenge(scene.home, "ana.example", scene.ana)

    with pytest.raises(Refused) as told:
        controlling.answer(scene.home, challenge)

    assert str(told.value) == (
        "ana.example does not show it yet: no such file at 127.0.0.1 (404), and no TXT record"
        f" _placet-challenge.ana.example by {scene.names.address} (NXDOMAIN) (identity.unanswered)"
    )


@pytest.mark.parametrize("host", ["co.uk", "com.AU", "ac.jp", "org.br", "github.io", "GitHub.io.", "wordpress.com"])
def test_a_name_that_many_hold_names_under_gets_no_challenge(scene, host):
    with pytest.raises(WrongUsage, match=r"many people hold names: give your own, such as ana\..* \(identity.suffix\)"):
        controlling.set_challenge(scene.home, host, scene.ana)


@pytest.mark.parametrize("host", ["ana.co.uk", "ana.github.io", "co.example", "example.uk", "com.example.org"])
def test_a_name_of_ones_own_below_it_does(scene, host):
    assert controlling.set_challenge(scene.home, host, scene.ana).domain == host


def test_a_challenge_to_such_a_name_from_before_is_not_looked_for(scene):
    challenge = Challenge(domain="github.io", party=scene.ana, token="a" * 43, method=HTTP)

    with pytest.raises(Refused, match=r"\(identity.suffix\)"):
        controlling.answer(scene.home, challenge)


def test_every_resolver_must_agree(scene):
    challenge = controlling.set_challenge(scene.home, "ana.example", scene.ana)
    scene.show_txt(challenge)
    with a_name_server() as other:
        other.say("_placet-challenge.ana.example", "TXT", '"something else"')
        scene.home.resolvers = (scene.names.address, other.address)

        with pytest.raises(Refused, match=rf"at {other.address} holds something else"):
            controlling.answer(scene.home, challenge, (DNS,))

    assert scene.step() is Step.KEY


def test_only_who_opens_this_machine_is_answered_by_it(scene):
    scene.home.loopback, scene.home.web_port = False, 80
    challenge = controlling.set_challenge(scene.home, "ana.example", scene.ana)

    with pytest.raises(Refused, match=r"leads to 127\.0\.0\.1, which is not on the public internet"):
        controlling.answer(scene.home, challenge, (HTTP,))


@pytest.mark.parametrize("host", ["localhost", "рaypal.com", "127.0.0.1", "ana.example/x", ""])
def test_what_is_no_host_gets_no_challenge(scene, host):
    with pytest.raises(WrongUsage, match=r"\(identifier\."):
        controlling.set_challenge(scene.home, host, scene.ana)


def test_after_60_days_it_is_looked_again_with_the_same_token_and_renewed(scene):
    challenge = controlling.set_challenge(scene.home, "ana.example", scene.ana)
    scene.show_file(challenge)
    controlling.answer(scene.home, challenge)
    scene.now += 59 * DAY
    assert list(controlling.look_again(scene.home)) == []
    scene.now += DAY

    (again,) = controlling.look_again(scene.home)

    assert (again.domain, again.until, again.why) == ("ana.example", scene.now + LASTS, "")
    assert list(controlling.look_again(scene.home)) == []
    scene.now += 89 * DAY
    assert scene.step() is Step.DOMAIN
    check_log(scene.home)


def test_a_check_that_was_taken_back_hides_no_other_and_is_not_renewed(scene):
    challenge = controlling.set_challenge(scene.home, "ana.example", scene.ana)
    scene.show_file(challenge)
    first = controlling.answer(scene.home, challenge)
    scene.now += 60 * DAY
    (again,) = controlling.look_again(scene.home)

    told = unsay(scene.home, [scene.home.log.key], first.id[:12], 0, "")

    assert told.doubts == (f"another check of the same holds still: {again.renewed.id[:12]}",)
    assert scene.step() is Step.DOMAIN
    assert [rung.state for rung in rungs_of(scene.home, scene.ana, scene.now)] == ["holds", "holds"]
    unsay(scene.home, [scene.home.log.key], again.renewed.id, 0, "it was sold")
    assert scene.step() is Step.KEY
    scene.now += 61 * DAY
    assert list(controlling.look_again(scene.home)) == []
    check_log(scene.home)


def test_what_answers_no_more_lapses_by_itself(scene):
    challenge = controlling.set_challenge(scene.home, "ana.example", scene.ana)
    scene.show_file(challenge)
    controlling.answer(scene.home, challenge)
    scene.site.answers.clear()
    scene.now += 61 * DAY

    (again,) = controlling.look_again(scene.home)

    assert again.renewed is None
    assert "no such file at 127.0.0.1 (404)" in again.why
    assert again.until == NOW + LASTS
    assert scene.step() is Step.DOMAIN
    scene.now = NOW + LASTS
    assert scene.step() is Step.KEY
    assert list(controlling.look_again(scene.home)) == []
    lapsed = next(rung for rung in rungs_of(scene.home, scene.ana, scene.now) if rung.state == "lapsed")
    assert lapsed.sentence.startswith("controls ana.example (http-01), checked 2025-06-15, lapsed 2025-09-13")


def test_what_somebody_said_while_it_held_stays_verified_afterwards(scene):
    challenge = controlling.set_challenge(scene.home, "ana.example", scene.ana)
    scene.show_file(challenge)
    controlling.answer(scene.home, challenge)

    later = authority_of(scene.home)

    assert later.voice(scene.ana, NOW + LASTS - 1) is Voice.VERIFIED
    assert later.voice(scene.ana, NOW + LASTS) is Voice.CLAIMED
