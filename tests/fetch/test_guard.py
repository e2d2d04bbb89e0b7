"""Where a request may go."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.errors import Refused
from placet.fetch.guard import Guard, is_public

PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",  # noqa: S104
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.127.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "192.88.99.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "2606:4700::1111%eth0",
    "fec0::1",
    "ff02::1",
    "not an address",
    "",
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "172.32.0.1", "2606:4700::1111", "2a00:1450::1"]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_the_public_internet_is_not_asked(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_the_public_internet_is(address: str) -> None:
    assert is_public(address)


@given(st.integers(0, 2**128 - 1))
def test_no_address_that_python_calls_local_is_public(number: int) -> None:
    address = ip_address(number.to_bytes(16))

    assert not (is_public(str(address)) and (address.is_private or address.is_multicast or address.is_reserved))


@pytest.mark.parametrize("address", PRIVATE[:-2])
def test_a_name_that_leads_there_is_refused(address: str) -> None:
    guard = Guard(resolve=lambda _host, _port: [address])

    with pytest.raises(Refused, match="public internet"):
        guard.target("https://inside.example/")


def test_a_name_that_leads_both_ways_is_refused() -> None:
    guard = Guard(resolve=lambda _host, _port: ["1.1.1.1", "10.0.0.1"])

    with pytest.raises(Refused, match=r"10\.0\.0\.1"):
        guard.target("https://both.example/")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://maker.example/",
        "gopher://maker.example/",
        "data:text/plain,hi",
        "//maker.example/",
        "https:///nowhere",
        "https://user:secret@maker.example/",
        "https://maker.example:22/",
        "https://maker.example:99999/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[fe80::1%25eth0]/",
        "https://[",
        "",
    ],
)
def test_other_schemes_ports_and_shapes_are_refused(url: str) -> None:
    guard = Guard(resolve=lambda _host, _port: ["1.1.1.1"])

    with pytest.raises(Refused):
        guard.target(url)


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "localhost."])
def test_loopback_by_any_spelling_is_refused(host: str) -> None:
    with pytest.raises(Refused):
        Guard().target(f"http://{host}/")


def test_loopback_is_open_to_who_asked_for_it_and_nothing_else_is() -> None:
    assert Guard(loopback=True).target("http://127.0.0.1:8080/a b?c=ü").path == "/a%20b?c=%C3%BC"
    for address in ("10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1"):
        with pytest.raises(Refused):
            Guard(loopback=True, resolve=lambda _host, _port, a=address: [a]).target("http://inside.example:80/")


def test_a_name_is_looked_up_once() -> None:
    answers = iter([["1.1.1.1"], ["127.0.0.1"]])
    guard = Guard(resolve=lambda _host, _port: next(answers))

    first, second = guard.target("https://maker.example/a"), guard.target("https://maker.example/b")

    assert first.addresses == second.addresses == ("1.1.1.1",)


@pytest.mark.parametrize("answer", [[], OSError("no such host"), UnicodeError("label too long")])
def test_a_name_that_leads_nowhere_is_refused(answer) -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(Refused, match="nowhere"):
        Guard(resolve=resolve).target("https://gone.example/")


def test_an_address_is_its_own_answer() -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        raise AssertionError

    assert Guard(resolve=resolve).target("https://1.1.1.1/").addresses == ("1.1.1.1",)
    assert Guard(resolve=resolve).target("https://[2606:4700::1111]/").addresses == ("2606:4700::1111",)
