"""How long an answer may be used again."""

from __future__ import annotations

from pathlib import Path

import pytest

from placet.fetch.cache import MOST_AGE, Cache, keeps_for
from placet.signals.observation import Exchange
from tests.fetch.site import NOW

URL = "https://maker.example/robots.txt"


def exchange(status: int | None = 200, error: str = "", **headers: str) -> Exchange:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Exchange(url=URL, at=NOW, status=status, headers=named, body=b"hello", error=error)


@pytest.mark.parametrize(
    ("kept", "seconds"),
    [
        (exchange(), MOST_AGE),
        (exchange(404), MOST_AGE),
        (exchange(301), MOST_AGE),
        (exchange(500), 0),
        (exchange(None, "timed out"), 0),
        (exchange(error="broke off"), 0),
        (exchange(Cache_Control="public, max-age=600"), 600),
        (exchange(Cache_Control="max-age=99999999"), MOST_AGE),
        (exchange(Cache_Control="no-store"), 0),
        (exchange(Cache_Control="max-age=lots"), MOST_AGE),
        (exchange(429), 0),
        (exchange(429, Retry_After="120"), 120),
        (exchange(503, Retry_After="99999999"), MOST_AGE),
        (exchange(503, Retry_After="Sun, 15 Jun 2025 15:08:40 GMT"), 120),
        (exchange(503, Retry_After="yesterday"), 0),
        (exchange(503, Retry_After="Sun, 01 Jan 1995 00:00:00 GMT"), 0),
    ],
)
def test_an_answer_is_kept_for_a_day_or_for_less(kept: Exchange, seconds: int) -> None:
    assert keeps_for(kept) == seconds


def test_what_is_kept_is_given_again_to_the_same_agent_only(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put(exchange(), "one")

    assert cache.get(URL, "one", NOW + 60) == exchange()
    assert cache.get(URL, "two", NOW + 60) is None
    assert cache.get(URL, "one", NOW - 60) is None


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff", b'{"v":1,"about":"x","agent":"one","exchanges":[]}'])
def test_a_broken_cache_is_an_empty_one(tmp_path: Path, damage: bytes) -> None:
    cache = Cache(tmp_path)
    cache.put(exchange(), "one")
    (file,) = tmp_path.iterdir()

    file.write_bytes(damage)

    assert cache.get(URL, "one", NOW) is None
