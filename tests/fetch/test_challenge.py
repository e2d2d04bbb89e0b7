"""Looking for an answer with real servers on loopback: every address, every resolver, no other place."""

from __future__ import annotations

from time import monotonic

import pytest

from placet.errors import Refused, WrongUsage
from placet.fetch.challenge import Vantage
from placet.fetch.dns import Resolver, ask, parse_resolver, system_resolvers
from tests.fetch.nameserver import NameServer, a_name_server
from tests.fetch.site import NOW, Answer, Site, a_site

PATH = "/.well-known/placet-challenge/token"


@pytest.fixture(scope="module")
def servers():
    with a_name_server() as names, a_site() as site:
        yield names, site


@pytest.fixture
def names(servers):
    known = servers[0]
    known.__init__(address=known.address)
    known.say("ana.example", "A", "127.0.0.1")
    return known


@pytest.fixture
def site(servers):
    found = servers[1]
    found.answers.clear()
    found.asked.clear()
    return found


def a_vantage(*resolvers: NameServer, loopback: bool = True) -> Vantage:
    told = tuple(parse_resolver(each.address) for each in resolvers)
    return Vantage(now=lambda: NOW, clock=monotonic, resolvers=told, loopback=loopback)


def address(site: Site, host: str = "ana.example") -> str:
    return f"http://{host}:{site.url.rpartition(':')[2]}{PATH}"


def test_a_file_is_asked_for_at_the_address_in_the_name_of_the_host(names, site):
    site.say(PATH, "token.thumbprint\n")

    (look,) = a_vantage(names).file(address(site))

    assert (look.source, look.status, look.values, look.error) == ("127.0.0.1", 200, (b"token.thumbprint\n",), "")
    assert site.asked[0][1]["Host"].startswith("ana.example:")


def test_every_address_of_every_resolver_is_asked(names, site):
    site.say(PATH, "token.thumbprint")
    with a_name_server() as other:
        other.say("ana.example", "A", "127.0.0.1", "127.0.0.9")

        looks = a_vantage(names, other).file(address(site))

    assert [look.source for look in looks] == ["127.0.0.1", "127.0.0.9"]
    assert looks[0].status == 200
    assert "did not answer" in looks[1].error


def test_a_resolver_that_does_not_know_the_host_ends_it(names, site):
    with a_name_server() as other:
        (look,) = a_vantage(names, other).file(address(site))

    assert look.error == f"is not known everywhere: the resolver {other.address} answers NXDOMAIN"
    assert site.asked == []


@pytest.mark.parametrize("onward", ["http://127.0.0.1:{port}/x", "https://evil.example" + PATH, "//evil.example/x"])
def test_a_redirect_to_another_place_is_not_followed(names, site, onward):
    port = site.url.rpartition(":")[2]
    site.answers[PATH] = Answer(status=302, headers=(("Location", onward.format(port=port)),))

    (look,) = a_vantage(names).file(address(site))

    assert (look.status, look.values) == (302, (b"",))
    assert "another place, where nobody goes" in look.error
    assert site.paths == [PATH]


def test_a_redirect_to_https_on_the_same_host_is_followed(names, site):
    port = site.url.rpartition(":")[2]
    site.answers[PATH] = Answer(status=301, headers=(("Location", f"https://ana.example:{port}{PATH}"),))

    (look,) = a_vantage(names).file(address(site))

    assert look.where == f"https://ana.example:{port}{PATH}"
    assert "did not answer" in look.error  # nobody speaks TLS there
    assert look.status == 0


def test_a_redirect_in_a_circle_ends(names, site):
    site.answers[PATH] = Answer(status=301, headers=(("Location", PATH),))

    (look,) = a_vantage(names).file(address(site))

    assert look.error == "leads on and on"
    assert len(site.paths) == 4


def test_a_huge_answer_is_cut_off(names, site):
    site.say(PATH, b"x" * 5_000_000)

    (look,) = a_vantage(names).file(address(site))

    assert look.error == "is longer than the 1024 bytes that are read"
    assert len(look.values[0]) <= 1024


@pytest.mark.parametrize(
    ("closed", "loopback"),
    [("127.0.0.1", False), ("10.0.0.7", False), ("10.0.0.7", True), ("169.254.169.254", True), ("0.0.0.0", True)],  # noqa: S104
)
def test_nobody_is_sent_into_a_private_network(names, site, closed, loopback):
    names.say("ana.example", "A", "127.0.0.1", closed)

    looks = a_vantage(names, loopback=loopback).file(address(site))

    assert any("not on the public internet" in look.error or "not asked" in look.error for look in looks)
    assert closed == "127.0.0.1" or all(look.status == 0 for look in looks if look.source == closed)


def test_too_many_addresses_are_not_asked_at_all(names, site):
    names.say("ana.example", "A", *(f"127.0.0.{number}" for number in range(1, 18)))

    (look,) = a_vantage(names).file(address(site))

    assert look.error == "has more than 16 addresses, which are not all asked"


def test_a_record_of_several_strings_is_read_as_one(names):
    names.say("_placet-challenge.ana.example", "TXT", '"abc" "def"', '"v=spf1 -all"')

    (look,) = a_vantage(names).txt("_placet-challenge.ana.example")

    assert (look.status, set(look.values), look.authentic) == (0, {b"abcdef", b"v=spf1 -all"}, False)


def test_an_alias_is_followed_and_dnssec_is_told_as_the_resolver_tells_it(names):
    names.say("_placet-challenge.ana.example", "CNAME", "challenge.host.example.")
    names.say("challenge.host.example", "TXT", '"abc"')
    names.authentic = True

    (look,) = a_vantage(names).txt("_placet-challenge.ana.example")

    assert (look.values, look.authentic) == ((b"abc",), True)


def test_what_does_not_fit_into_a_datagram_is_asked_for_again_over_tcp(names):
    names.say("_placet-challenge.ana.example", "TXT", *(f'"{number:0>200}"' for number in range(30)))
    names.truncate = True

    (look,) = a_vantage(names).txt("_placet-challenge.ana.example")

    assert len(look.values) == 30
    assert [by for *_, by in names.asked] == ["udp", "tcp"]


@pytest.mark.parametrize(("code", "status"), [(None, 3), (2, 2), (5, 5)])
def test_a_name_that_is_not_there_is_told_by_its_code(names, code, status):
    names.code = code

    (look,) = a_vantage(names).txt("_placet-challenge.ben.example")

    assert (look.status, look.values, look.error) == (status, (), "")


def test_more_records_than_are_read_are_refused(names):
    names.say("_placet-challenge.ana.example", "TXT", *(f'"{number}"' for number in range(70)))

    (look,) = a_vantage(names).txt("_placet-challenge.ana.example")

    assert look.error == "answers with more than 64 records"


def test_a_resolver_that_says_nothing_is_waited_for_only_so_long(names):
    names.silent = True

    with pytest.raises(Refused, match=r"did not answer \(it took too long\)"):
        ask("ana.example", "TXT", parse_resolver(names.address), seconds=0.2)


def test_one_that_is_not_there_is_told_beside_those_that_are(names):
    names.say("_placet-challenge.ana.example", "TXT", '"abc"')
    nobody = Resolver("127.0.0.1", 1)
    known = (parse_resolver(names.address), nobody)

    looks = Vantage(now=lambda: NOW, clock=monotonic, resolvers=known, seconds=0.3).txt("_placet-challenge.ana.example")

    assert [bool(look.error) for look in looks] == [False, True]
    assert (looks[1].source, looks[1].status) == ("127.0.0.1:1", -1)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("9.9.9.9", Resolver("9.9.9.9")),
        ("127.0.0.1:5353", Resolver("127.0.0.1", 5353)),
        ("2620:fe::fe", Resolver("2620:fe::fe")),
        ("[::1]", Resolver("::1")),
        ("[::1]:5353", Resolver("::1", 5353)),
    ],
)
def test_a_resolver_is_named_by_its_address(text, wanted):
    assert parse_resolver(text) == wanted
    assert parse_resolver(str(wanted)) == wanted


@pytest.mark.parametrize("text", ["dns.example", "9.9.9.9:0", "9.9.9.9:99999", "", "[::1]:x"])
def test_what_is_no_resolver_is_refused(text):
    with pytest.raises(WrongUsage, match=r"address of a resolver|no port"):
        parse_resolver(text)


def test_the_system_names_its_resolvers_or_says_that_it_has_none():
    try:
        found = system_resolvers()
    except Refused as error:
        pytest.skip(str(error))

    assert all(parse_resolver(str(each)) == each for each in found)
