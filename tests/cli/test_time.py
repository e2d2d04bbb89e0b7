"""Having the log stamped: over HTTP and through files, and what is refused."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from placet.fetch.wire import Wire
from tests.cli.stage import Stage
from tests.fetch.site import a_site
from tests.signing.authority import Authority

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="the authority is openssl's")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


@pytest.fixture
def spoken(stage: Stage) -> Stage:
    stage("reserve", stage.works)
    return stage


def by_file(stage: Stage, authority: Authority, what: object, where: Path) -> None:
    stage("time", "stamp", what, "--request", where / "q.tsq")
    (where / "q.tsr").write_bytes(authority.answer((where / "q.tsq").read_bytes()))


def test_the_log_is_stamped_through_files_and_checked(spoken: Stage, authority: Authority, tmp_path: Path) -> None:
    by_file(spoken, authority, "log", tmp_path)

    said = spoken("time", "stamp", "log", "--request", tmp_path / "q.tsq", "--response", tmp_path / "q.tsr")
    seen = spoken("time", "verify", spoken.home / "time" / "3.checkpoint", "--tsa-ca", authority.root)

    assert said.code == seen.code == 0, said.err + seen.err
    assert "says CN=Test authority; whether it is qualified (eIDAS) is not stated" in seen.out
    note = (spoken.home / "log" / "checkpoint").read_bytes()
    assert (spoken.home / "time" / "3.checkpoint").read_bytes() == note
    assert authority.agrees((spoken.home / "time" / "3.checkpoint.tsr").read_bytes(), note)


def test_the_log_is_stamped_over_http(spoken: Stage, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACET_LOOPBACK", "1")
    sent = Wire.post

    def answering(self: Wire, url: str, body: bytes, *rest: object):
        site.say("/tsa", authority.answer(body), kind="application/timestamp-reply")
        return sent(self, url, body, *rest)

    monkeypatch.setattr(Wire, "post", answering)
    with a_site() as site:
        said = spoken("time", "stamp", "log", "--tsa", f"{site.url}/tsa", "--tsa-ca", authority.root)

    assert (said.code, len(site.posted)) == (0, 1), said.err
    assert site.asked[0][1]["Content-Type"] == "application/timestamp-query"


@pytest.mark.parametrize("kind", ["text/html", "application/timestamp-reply"])
def test_what_is_no_answer_is_refused_and_nothing_is_kept(
    spoken: Stage, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("PLACET_LOOPBACK", "1")
    with a_site() as site:
        site.say("/tsa", "busy", kind=kind)
        said = spoken("time", "stamp", "log", "--tsa", f"{site.url}/tsa")

    assert said.code == 1
    assert "not with a time stamp" in said.err or "(time.form)" in said.err
    assert not list(spoken.home.glob("time/*.tsr"))


def test_this_machine_is_no_authority_unless_it_was_opened(spoken: Stage) -> None:
    said = spoken("time", "stamp", "log", "--tsa", "http://127.0.0.1:1/tsa")

    assert said.code == 1
    assert "not on the public internet" in said.err or "is on port 1" in said.err


def test_a_stamp_is_not_replaced_by_a_newer_one(spoken: Stage, authority: Authority, tmp_path: Path) -> None:
    by_file(spoken, authority, "log", tmp_path)
    words = ("time", "stamp", "log", "--request", tmp_path / "q.tsq", "--response", tmp_path / "q.tsr")
    spoken(*words)

    again = spoken(*words)

    assert again.code == 1
    assert "an older stamp is worth more" in again.err


def test_a_calendar_is_asked_then_asked_again_and_the_block_checked(
    spoken: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The calendar of the test: it answers a digest with its own address, and later with a block."""
    monkeypatch.setenv("PLACET_LOOPBACK", "1")
    song = spoken.works / "song.txt"
    with a_site() as site:
        here = site.url.encode()
        pending = b"\x00" + bytes.fromhex("83dfe30d2ef90c8e") + bytes([len(here) + 1, len(here)]) + here
        site.say("/digest", pending)
        stamped = spoken("time", "stamp", song, "--calendar", site.url)
        waiting = spoken("time", "upgrade", f"{song}.ots")
        unchecked = spoken("time", "verify", song)
        (message,) = site.posted
        site.say(f"/timestamp/{message.hex()}", b"\x08\x00" + bytes.fromhex("0588960d73d71901") + b"\x01\x05")
        found = spoken("time", "upgrade", f"{song}.ots")

    header = bytes(36) + hashlib.sha256(message).digest() + (1_700_000_000).to_bytes(4, "little") + bytes(8)
    seen = spoken("time", "verify", song, "--header", f"5:{header.hex()}")
    wrong = spoken("time", "verify", song, "--header", f"5:{bytes(80).hex()}")

    assert (stamped.code, waiting.code, unchecked.code, found.code) == (0, 2, 1, 0)
    assert "(anchor.pending)" in unchecked.err
    assert hashlib.sha256(song.read_bytes()).digest() != message
    assert "is in Bitcoin block 5, dated 2023-11-14 22:13 UTC" in seen.out
    assert "(anchor.root)" in wrong.err


@pytest.mark.parametrize("words", [(), ("--tsa", "http://a.example", "--request", "q"), ("--response", "r")])
def test_one_way_is_chosen(spoken: Stage, words: tuple[str, ...]) -> None:
    assert spoken("time", "stamp", "log", *words).code == 64


def test_what_is_not_there_is_said(stage: Stage) -> None:
    assert "there is no log" in stage("time", "stamp", "log", "--request", "q").err
    assert "there is no file" in stage("time", "verify", "nothing").err
