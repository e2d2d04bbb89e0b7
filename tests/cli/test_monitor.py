"""`placet monitor`: entries about oneself, each told once, on the screen and to a webhook."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from placet.core.did import did_of
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.registry.links import binding_text
from placet.signing.keys import Role, write_key
from tests.cli.stage import Said, Stage
from tests.factories import a_key
from tests.snapshot.world import World, a_world, jpeg, prose

URL = "https://maker.example/pictures/1.jpg"


@pytest.fixture
def theirs(tmp_path: Path) -> World:
    """Somebody else's log, in which others registered a picture and a text that are nearly ours."""
    world = a_world(tmp_path / "theirs")
    world.register(1, {"no.jpg": jpeg(1), "no.txt": prose(1).encode()}, Stance.RESERVE)
    world.register(2, {"other.jpg": jpeg(2), "other.txt": prose(2).encode()}, Stance.ALLOW)
    world.say(1, [Subject(Kind.URL, URL), Subject(Kind.DOMAIN, "maker.example")], Stance.ALLOW)
    return world


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "own.jpg").write_bytes(jpeg(1, 60))
    (folder / "own.txt").write_text(prose(1).upper())
    (folder / "private.txt").write_text(prose(9))
    return folder


def watch(stage: Stage, theirs: World, *words: object) -> Said:
    (policy,) = (theirs.home.path / "trust").glob("*.policy")
    return stage("monitor", theirs.home.path, "--trust", policy, *words)


def test_copies_that_others_registered_are_found_with_what_was_said_of_them(
    stage: Stage, theirs: World, mine: Path
) -> None:
    said = watch(stage, theirs, "--works", mine, "--json")

    *hits, last = map(json.loads, said.out.splitlines())
    assert [(hit["index"], hit["type"]) for hit in hits] == [(1, "work.add"), (2, "declare")]
    assert f"resembles {mine / 'own.jpg'}" in hits[0]["why"]
    assert f"resembles {mine / 'own.txt'}" in hits[0]["why"]
    assert "private" not in said.out
    assert (last["size"], last["since"], last["hits"]) == (9, 0, 2)


def test_an_address_is_found_by_itself_and_by_its_domain(stage: Stage, theirs: World) -> None:
    said = watch(stage, theirs, "--identifier", URL)

    assert said.code == 0
    assert "entry 8 by key " in said.out
    assert f"it names maker.example; it names {URL}" in said.out


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("https://maker.example/*.jpg$", True),
        ("https://maker.example/*.png$", False),
        ("https://maker.example/", True),
        ("http://maker.example/*", True),
        ("https://other.example/", False),
        ("https://[x/", False),
    ],
)
def test_a_pattern_that_covers_an_address_is_about_it(stage: Stage, theirs: World, pattern: str, found: bool) -> None:
    theirs.say(2, [Subject(Kind.PATTERN, pattern)], Stance.RESERVE)

    said = watch(stage, theirs, "--identifier", URL, "--since", 7)

    assert (f"its pattern {pattern} covers {URL}" in " ".join(said.out.split())) is found


def test_who_says_that_an_identifier_of_yours_is_hers_is_told_of(stage: Stage, theirs: World) -> None:
    claimed = ["orcid:0000-0002-1825-0097", "domain:maker.example"]
    theirs.home.submit(a_key(2), lambda composer: composer.claim_identity(claimed) and None)

    by_number = watch(stage, theirs, "--identifier", "orcid:0000-0002-1825-0097")
    by_domain = watch(stage, theirs, "--identifier", URL, "--since", 7)

    assert "orcid:0000-0002-1825-0097, domain:maker.example claimed, and checked by nobody" in by_number.out
    assert "it says that orcid:0000-0002-1825-0097 is somebody's" in " ".join(by_number.out.split())
    assert "it says that domain:maker.example is somebody's" in " ".join(by_domain.out.split())


def test_a_did_key_of_yours_that_signs_for_somebody_is_told_of(stage: Stage, theirs: World) -> None:
    key = a_key(9)
    did = did_of(key.public.hex())
    signature = key.sign(binding_text(a_key(2).public.hex(), theirs.home.log.origin))
    theirs.home.submit(a_key(2), lambda composer: composer.link("did", did, signature) and None)

    said = watch(stage, theirs, "--identifier", did)

    assert f"{did} linked, which signed for key" in said.out
    assert f"it says that {did} is somebody's" in " ".join(said.out.split())


def test_it_goes_on_where_it_stopped_and_a_new_work_begins_anew(stage: Stage, theirs: World, mine: Path) -> None:
    first = watch(stage, theirs, "--works", mine / "own.jpg")
    (found,) = [work.id for work in theirs.home.registry.works() if work.record.medium == "image" and work.index == 1]
    theirs.say(1, [Subject(Kind.WORK, found)], Stance.ALLOW)

    second, third = (watch(stage, theirs, "--works", mine / "own.jpg") for _ in range(2))
    again = watch(stage, theirs, "--works", mine / "own.jpg", "--since", 0)
    another = watch(stage, theirs, "--works", mine / "own.txt")

    assert "9 new entries" in first.out
    assert f"entry 9 by key {second.out.split()[4].rstrip(':')}" in second.out
    assert "it speaks of" in second.out
    assert "1 new entry of log" in second.out
    assert "0 new entries" in third.out
    assert "10 new entries" in again.out
    assert "10 new entries" in another.out


def test_ones_own_key_is_known(stage: Stage) -> None:
    stage("reserve", stage.works)

    assert "entry 1 by your own key: 2 works registered" in stage("monitor", stage.home, "--works", stage.works).out


def test_what_is_withheld_is_counted(stage: Stage, theirs: World, mine: Path) -> None:
    for path in (theirs.home.path / "log" / "blobs").rglob("*"):
        if path.is_file():
            path.unlink()

    said = watch(stage, theirs, "--works", mine)

    assert "4 works could not be compared" in said.err


class Hook(HTTPServer):
    status = 204
    told: list[bytes]


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            server.told.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(server.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    monkeypatch.setenv("PLACET_LOOPBACK", "1")
    server = Hook(("127.0.0.1", 0), Handler)
    server.told = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_webhook_is_told_until_it_has_taken_it_and_then_no_more(stage: Stage, theirs: World, hook: Hook) -> None:
    words = ("--identifier", URL, "--webhook", f"http://127.0.0.1:{hook.server_port}/told")
    hook.status = 500
    refused = watch(stage, theirs, *words)
    hook.status = 204

    taken, silent = watch(stage, theirs, *words), watch(stage, theirs, *words)

    assert (refused.code, "answers 500" in refused.err) == (1, True)
    assert "and were posted" in taken.out
    assert "0 new entries" in silent.out
    assert len(hook.told) == 2
    (hit,) = json.loads(hook.told[1])["hits"]
    assert (hit["index"], hit["own"]) == (8, 0)


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        ((), 64, "no key of yours here to watch for"),
        (("--identifier", "isbn:123"), 64, "ISBN"),
        (("--identifier", URL, "--webhook", "http://a.example/"), 64, "a webhook has an https address"),
        (("--works", "nowhere"), 1, "there is no file or folder nowhere"),
    ],
)
def test_what_cannot_be_watched_says_so(
    stage: Stage, theirs: World, words: tuple[str, ...], code: int, why: str
) -> None:
    said = watch(stage, theirs, *words)

    assert (said.code, why in said.err) == (code, True), said.err


def test_who_keeps_a_key_is_told_what_is_said_about_its_party(stage: Stage, theirs: World, tmp_path: Path) -> None:
    """Above all a recovery: it is stopped by whoever objects in time, and so she has to hear of it."""
    hers, spare, log = a_key(1), a_key(7, Role.RECOVERY), theirs.home.log.key
    (stage.home / "keys").mkdir(parents=True)
    write_key(stage.home / "keys" / "party.pem", hers, None)
    for key, write in (
        (hers, lambda composer: composer.prepare_recovery(spare.public, 7)),
        (spare, lambda composer: composer.recover(hers.public.hex(), a_key(9))),
        (log, lambda composer: composer.strike(hers.public.hex(), "a test")),
    ):
        composer = theirs.home.composer(key)
        write(composer)
        theirs.home.log.append(composer.submission())

    said = watch(stage, theirs)

    assert said.code == 0
    assert "is to become key" in said.out
    assert "it gives you a new key, unless you object in time: `placet keys cancel`" in said.out
    assert "it is held against you" in said.out
    assert "3 are about what you watch" in said.out or "2 are about what you watch" in said.out
