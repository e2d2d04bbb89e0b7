"""The witness on the wire: the standard's statuses, bounds on what is sent, and a log that asks two of them."""

from __future__ import annotations

import http.client
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from placet.app import Home
from placet.errors import Refused
from placet.log.witness import place_of
from placet.record.add_checkpoint import MAX_BODY
from placet.record.notes import parse_note
from placet.record.policy import Policy, Witness
from placet.signing.trust import verify_checkpoint
from placet.web import witness as web
from placet.web.witness import WitnessServer
from tests.factories import a_home, reserve
from tests.log.test_witness import ORIGIN, REFUSED, request, witness


@contextmanager
def serving(made, told=lambda _: None) -> Iterator[WitnessServer]:
    with WitnessServer("127.0.0.1", 0, made, told) as server:
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def server(tmp_path) -> Iterator[WitnessServer]:
    with serving(witness(tmp_path)) as made:
        yield made


def connect(server: WitnessServer) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)


def ask(connection, method: str, path: str, body: bytes | None = None):
    connection.request(method, path, body)
    response = connection.getresponse()
    return response.status, response.headers["Content-Type"], response.read()


def test_statuses_are_those_of_the_standard_over_one_connection(server):
    line = connect(server)

    assert ask(line, "POST", "/add-checkpoint", request(0, 7))[0] == 200
    for status, body in REFUSED.values():
        if len(body) <= MAX_BODY:
            got, kind, said = ask(line, "POST", "/add-checkpoint", body)
            assert got == status, said
            assert (kind, said) == ("text/x.tlog.size", b"7\n") if status == 409 else kind.startswith("text/plain")
    status, kind, said = ask(line, "GET", f"/{place_of(ORIGIN)}/checkpoint")
    assert (status, kind) == (200, "text/plain; charset=utf-8")
    assert len(parse_note(said).signatures) == 2
    line.close()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\n", 413),
        (b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\n\r\n", 411),
        (b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 411),
        (b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        (b"POST /other HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 404),
        (b"GET /../../checkpoint HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"DELETE /add-checkpoint HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n", 431),
    ],
)
def test_what_is_no_request_is_refused_and_the_line_is_cut_where_it_must_be(server, sent, status):
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as line:
        line.sendall(sent)
        answer = line.recv(4096)

    assert answer.startswith(b"HTTP/1.1 %d " % status)


def test_who_sends_a_byte_a_second_is_cut_off(tmp_path, monkeypatch):
    monkeypatch.setattr(web, "_SECONDS", 0.3)
    sent = b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nold"

    with serving(witness(tmp_path)) as server, socket.create_connection(server.server_address, timeout=10) as line:
        line.sendall(sent)
        assert line.recv(100) == b""


def test_a_damaged_memory_is_an_error_and_no_cosignature(tmp_path):
    told: list[str] = []
    with serving(witness(tmp_path), told.append) as server:
        line = connect(server)
        ask(line, "POST", "/add-checkpoint", request(0, 7))
        (tmp_path / "witness" / place_of(ORIGIN) / "checkpoint").write_bytes(b"torn")

        status, _, said = ask(line, "POST", "/add-checkpoint", request(7, 8))
        line.close()

    assert (status, b"did not cosign" in said) == (500, True)
    assert "is not one that was cosigned" in told[0]


def test_two_servers_do_not_listen_at_one_port(server, tmp_path):
    with pytest.raises(Refused, match="cannot listen"):
        WitnessServer("127.0.0.1", server.server_port, witness(tmp_path), print)


@pytest.fixture
def pair(tmp_path) -> Iterator[tuple[Home, list[Witness], list[WitnessServer]]]:
    """A log, and two witnesses that know it, each with a home and a server of its own."""
    home = a_home(tmp_path / "log")
    home.loopback = True
    vkeys = [vkey for vkey, _ in home.own_policy.logs]
    homes = [Home(tmp_path / name, now=home.now, random=lambda size, n=name: (n * 32).encode()[:size]) for name in "ab"]
    made = [each.witness(vkeys) for each in homes]
    with serving(made[0]) as first, serving(made[1]) as second:
        servers = [first, second]
        named = [Witness(n, m.cosigner.vkey, s.url) for n, m, s in zip("ab", made, servers, strict=True)]
        yield home, named, servers


def test_a_log_is_cosigned_by_both_and_its_receipts_carry_it(pair):
    home, named, _ = pair
    policy = home.set_witnesses(named, 2)

    reserve(home, 1)
    reserve(home, 2)
    receipt = home.log.receipt(0)

    assert verify_checkpoint(receipt.checkpoint, policy)[1] == (home.log.origin, "a", "b")
    assert home.log_files.read("checkpoint") == home.log.published().note == receipt.checkpoint


def test_who_does_not_answer_holds_nothing_up_unless_the_policy_demands_it(pair):
    home, named, _ = pair
    told: list[str] = []
    home.tell = told.append
    gone = Witness("gone", named[1].vkey, "http://127.0.0.1:9/")
    home.set_witnesses([named[0], gone], 1)
    reserve(home, 1)

    assert len(told) == 1
    assert told[0].startswith("Not cosigned: the witness gone did not answer")
    shown = home.log_files.read("checkpoint")
    home.set_witnesses([named[0], gone], 2)
    with pytest.raises(
        Refused, match=r"the log's checkpoint of \d+ entries waits for its witnesses.*gone did not answer"
    ):
        reserve(home, 2)
    assert home.log_files.read("checkpoint") == shown
    policy = home.set_witnesses(named, 2)
    home.log.recover()
    checkpoint, who = verify_checkpoint(home.log_files.read("checkpoint"), policy)
    assert (checkpoint.size, who[1:]) == (home.log.entries.size(), ("a", "b"))


def test_a_forked_log_finds_no_witness_for_its_second_history(pair, tmp_path):
    home, named, _ = pair
    home.set_witnesses(named, 2)
    reserve(home, 1)
    home.engine.dispose()
    shutil.copytree(tmp_path / "log", tmp_path / "fork")
    reserve(home, 2)
    reserve(home, 3)

    fork = a_home(tmp_path / "fork")
    fork.loopback = True
    with pytest.raises(Refused, match=r"has seen .* entries of this log, .*: this is an old copy of it, or another"):
        reserve(fork, 4)
    with pytest.raises(Refused, match="waits for its witnesses"):
        reserve(fork, 5, 6, 7, 8)
    with pytest.raises(Refused, match=r"does not continue the one it saw|another tree of this size|an old copy"):
        fork.log.renew()


@pytest.mark.parametrize("step", ["swapped", "witnessed", "published"])
def test_a_log_that_dies_around_its_witnesses_shows_what_they_signed(pair, tmp_path, step):
    home, named, _ = pair
    policy = home.set_witnesses(named, 2)
    reserve(home, 1)

    class Killed(BaseException):
        pass

    def die(reached):
        if reached == step:
            raise Killed

    home.log._step = die
    with pytest.raises(Killed):
        reserve(home, 2)
    home.engine.dispose()
    again = a_home(tmp_path / "log")
    again.loopback = True
    again.log.recover()

    checkpoint, who = verify_checkpoint(again.log_files.read("checkpoint"), policy)
    assert (checkpoint.size, len(who)) == (again.log.entries.size(), 3)
    assert again.log.published().note == again.log_files.read("checkpoint")


def test_a_policy_without_witnesses_asks_nobody(tmp_path):
    home = a_home(tmp_path)
    home._post = None  # nothing may be sent

    reserve(home, 1)

    assert home.own_policy == Policy(home.own_policy.logs)
