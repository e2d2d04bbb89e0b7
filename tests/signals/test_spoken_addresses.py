"""Which words an address falls under: its own, those of domains above it, and patterns."""

from __future__ import annotations

import pytest

from placet.core.host import host_of
from placet.core.subject import Kind, Subject
from placet.signals.spoken_addresses import SpokenAddresses

PATTERNS = (
    "https://maker.example/art/*",
    "https://*.wild.example/*",
    "https://maker.example/*.jpg$",
    "https://port.example:8080/*",
    "/x*",
)
NAMED = (
    *(Subject(Kind.PATTERN, text) for text in PATTERNS),
    Subject(Kind.DOMAIN, "big.example"),
    Subject(Kind.URL, "https://one.example/1"),
    Subject(Kind.IDENTIFIER, "isbn:9780306406157"),
)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://maker.example/art/1.png", ["https://maker.example/art/*"]),
        ("https://maker.example/art/1.jpg", ["https://maker.example/*.jpg$", "https://maker.example/art/*"]),
        ("https://maker.example/1.jpg?v=2", []),
        ("https://www.maker.example/art/1.png", []),
        ("https://a.b.wild.example/", ["https://*.wild.example/*"]),
        ("https://notwild.example/", []),
        ("https://deep.big.example/x", ["big.example"]),
        ("https://big.example/", ["big.example"]),
        ("https://big.example.org/", []),
        ("https://one.example/1", ["https://one.example/1"]),
        ("https://one.example/1/2", []),
    ],
)
def test_an_address_falls_under_what_names_it(url: str, found: list[str]) -> None:
    assert sorted(subject.id for subject in SpokenAddresses(NAMED).of(url)) == found


@pytest.mark.parametrize(
    ("host", "is_spoken"),
    [
        ("maker.example", True),
        ("maker.example:8443", True),
        ("a.wild.example", True),
        ("port.example:8080", True),
        ("www.big.example", True),
        ("one.example", False),
        ("other.example", False),
    ],
)
def test_a_host_is_spoken_of_where_any_of_its_addresses_may_be(host: str, is_spoken: bool) -> None:
    spoken = SpokenAddresses(NAMED)

    assert spoken.is_spoken(host) is is_spoken


def test_nothing_is_spoken_where_only_works_and_numbers_are() -> None:
    assert not SpokenAddresses([Subject(Kind.IDENTIFIER, "isbn:9780306406157")])


@pytest.mark.parametrize(
    ("subject", "host"),
    [
        (Subject(Kind.PATTERN, "https://user@Maker.example:80/*"), "maker.example"),
        (Subject(Kind.PATTERN, "https://*.maker.example/*"), "maker.example"),
        (Subject(Kind.PATTERN, "/art/*"), ""),
        (Subject(Kind.URL, "https://maker.example/1"), "maker.example"),
        (Subject(Kind.DOMAIN, "maker.example"), "maker.example"),
        (Subject(Kind.WORK, "a" * 32), ""),
    ],
)
def test_the_host_that_a_word_is_about(subject: Subject, host: str) -> None:
    assert host_of(subject) == host
