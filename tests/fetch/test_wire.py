"""One request, whatever the other side does."""

from __future__ import annotations

import gzip
import ssl
import time
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from placet.fetch.guard import Guard
from placet.fetch.wire import Limits, Wire
from tests.fetch.site import NOW, Answer, Site, a_site

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"


@pytest.fixture
def site():
    with a_site() as site:
        yield site


def get(url: str, most: int = 1000, guard: Guard | None = None, **limits):
    with Wire(guard or Guard(loopback=True), lambda: NOW, time.monotonic, "TestBot/1", Limits(**limits)) as wire:
        return wire.get(url, lambda _status, _headers: most)


def test_an_answer_comes_whole_with_its_headers(site: Site) -> None:
    site.say("/", "hello", X_Odd="ü", Set_Cookie="who=you")

    got = get(f"{site.url}/")

    assert (got.status, got.body, got.error, got.at) == (200, b"hello", "", NOW)
    assert got.header("x-odd") == "ü"
    assert got.header("set-cookie") == ""


def test_it_says_who_asks_and_whom(site: Site) -> None:
    site.say("/")

    get(f"{site.url}/")

    (_, headers) = site.asked[0]
    assert headers["User-Agent"] == "TestBot/1"
    assert headers["Host"] == site.url.removeprefix("http://")


def test_the_connection_goes_to_the_judged_address_in_the_name_of_the_host(site: Site) -> None:
    port = site.url.rpartition(":")[2]
    site.say("/", "hello")

    got = get(f"http://maker.example:{port}/", guard=Guard(loopback=True, resolve=lambda _host, _port: ["127.0.0.1"]))

    assert got.body == b"hello"
    assert site.asked[0][1]["Host"] == f"maker.example:{port}"


def test_a_post_carries_its_body_and_the_kind_of_it(site: Site) -> None:
    site.say("/ask", b"answer")

    with Wire(Guard(loopback=True), lambda: NOW, time.monotonic, "TestBot/1") as wire:
        got = wire.post(f"{site.url}/ask", b"\0asked", "application/x-question", lambda _status, _headers: 100)

    assert (got.status, got.body, site.posted) == (200, b"answer", [b"\0asked"])
    assert site.asked[0][1]["Content-Type"] == "application/x-question"


def test_a_body_beyond_what_is_kept_is_cut_and_told(site: Site) -> None:
    site.say("/", b"a" * 5000)

    got = get(f"{site.url}/")

    assert (len(got.body), got.status) == (1000, 200)
    assert "longer than the 1000 bytes" in got.error


def test_a_body_that_nobody_wants_is_not_read(site: Site) -> None:
    site.say("/", b"a" * 5000)

    assert get(f"{site.url}/", most=0).body == b""


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP"])
def test_a_packed_body_is_unpacked(site: Site, coding: str) -> None:
    site.say("/", gzip.compress(b"one", mtime=0) + gzip.compress(b"two"), Content_Encoding=coding)

    assert get(f"{site.url}/").body == b"onetwo"


def test_zlib_is_unpacked_too(site: Site) -> None:
    site.say("/", zlib.compress(b"hello"), Content_Encoding="deflate")

    assert get(f"{site.url}/").body == b"hello"


def test_a_bomb_is_stopped_at_the_bound(site: Site) -> None:
    site.say("/", gzip.compress(bytes(32 << 20), mtime=0), Content_Encoding="gzip")

    got = get(f"{site.url}/", most=100_000)

    assert len(got.body) == 100_000
    assert "longer" in got.error


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("br", b"\x0b\x02\x80hello\x03"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"hello", mtime=0), mtime=0)),
        ("gzip", b"not gzip at all"),
        ("gzip", gzip.compress(b"hello" * 1000, mtime=0)[:-12]),
        ("gzip", gzip.compress(b"hello", mtime=0) + b"rubbish"),
        ("deflate", b"\xff\xff\xff"),
    ],
)
def test_a_body_that_cannot_be_unpacked_is_told(site: Site, coding: str, body: bytes) -> None:
    site.say("/", body, Content_Encoding=coding)

    assert "packed" in get(f"{site.url}/", most=100_000).error


@pytest.mark.parametrize(
    "pieces",
    [
        (b"HTTP/1.1 200 OK\r\n",),
        (b"rubbish\r\n\r\n",),
        (b"HTTP/1.1 999999 OK\r\n\r\n",),
        (HEAD + b"X: " + b"a" * 200_000,),
        (HEAD + b"Content-Length: 5\r\nContent-Length: 7\r\n\r\nhello",),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",),
        (b"\x00" * 100,),
    ],
)
def test_an_answer_that_is_none_is_no_answer_or_broken(site: Site, pieces: tuple[bytes, ...]) -> None:
    site.answers["/"] = Answer(raw=pieces)

    got = get(f"{site.url}/", seconds=2.0)

    assert got.error
    assert got.body == b""


def test_a_body_that_breaks_off_is_told(site: Site) -> None:
    site.answers["/"] = Answer(raw=(HEAD + b"Content-Length: 100\r\n\r\nhello",))

    got = get(f"{site.url}/")

    assert (got.status, got.body) == (200, b"hello")
    assert "broke off after 5 bytes" in got.error


@pytest.mark.parametrize("before", [HEAD + b"Content-Length: 100\r\n\r\n", HEAD + b"X: "])
def test_a_server_that_drips_is_left_in_time(site: Site, before: bytes) -> None:
    site.answers["/"] = Answer(raw=(before, *[b"a"] * 200))

    started = time.monotonic()
    got = get(f"{site.url}/", seconds=0.4)

    assert "took too long" in got.error
    assert time.monotonic() - started < 3


def test_a_server_that_floods_is_cut_off(site: Site) -> None:
    site.answers["/"] = Answer(raw=(HEAD + b"\r\n", b"a" * 500_000, b"a" * 500_000))

    got = get(f"{site.url}/", most=10_000_000, wire_bytes=600_000)

    assert "more bytes than are taken" in got.error


@pytest.mark.parametrize("url", ["http://169.254.169.254/latest", "file:///etc/passwd", "http://127.0.0.1:9/"])
def test_what_may_not_or_cannot_be_asked_is_an_exchange_without_an_answer(url: str) -> None:
    got = get(url)

    assert (got.status, bool(got.error)) == (None, True)


def test_loopback_is_closed_unless_it_was_opened(site: Site) -> None:
    got = get(f"{site.url}/", guard=Guard())

    assert got.status is None
    assert site.asked == []


def test_tls_speaks_in_the_name_of_the_host_and_believes_no_other(tmp_path) -> None:
    server, client = a_certificate(tmp_path, "maker.example")
    with a_site(server) as site:
        site.say("/", "hello")
        port = site.url.rpartition(":")[2]
        guard = Guard(loopback=True, resolve=lambda _host, _port: ["127.0.0.1"])

        with Wire(guard, lambda: NOW, time.monotonic, "TestBot/1", tls=client) as wire:
            right = wire.get(f"https://maker.example:{port}/", lambda _status, _headers: 100)
            wrong = wire.get(f"https://other.example:{port}/", lambda _status, _headers: 100)

    assert (right.body, right.error) == (b"hello", "")
    assert (wrong.status, "certificate" in wrong.error) == (None, True)
    assert [headers["Host"] for _, headers in site.asked] == [f"maker.example:{port}"]


def a_certificate(folder, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate of its own making, and a client's that believes it."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime(2020, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder(who, who, key.public_key(), 1, start, start + timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / "cert.pem", folder / "key.pem"
    pem.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem, secret)
    return server, ssl.create_default_context(cafile=str(pem))
