"""The quick check gives the answer of OpenSSL, also where implementations are known to differ."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.signing import quick

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)  # of -1
KEY = Ed25519PrivateKey.from_private_bytes(b"q" * 32)
Point = tuple[int, int]


def by_openssl(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


# ---- points, as RFC 8032 section 5.1.4 adds them ----


def add(a: Point, b: Point) -> Point:
    (x, y), (u, v) = a, b
    k = D * x * u * y * v % P
    return (x * v + y * u) * pow(1 + k, -1, P) % P, (y * v + x * u) * pow(1 - k, -1, P) % P


def times(n: int, point: Point) -> Point:
    total = (0, 1)
    while n:
        total = add(total, point) if n & 1 else total
        point, n = add(point, point), n >> 1
    return total


def from_y(y: int, odd: int) -> Point:
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * ROOT % P
    assert x * x % P == square
    return (x if x % 2 == odd else -x % P), y


def written(point: Point, more: int = 0) -> bytes:
    """`more` times P added to y: a longer way to write it."""
    return (point[1] + more * P | (point[0] & 1) << 255).to_bytes(32, "little")


BASE = from_y(4 * pow(5, -1, P) % P, 0)


def torsion() -> Point:
    """A point of order 8: L times any point that is not in the group of the base."""
    for y in range(2, 60):
        try:
            found = times(L, from_y(y, 0))
        except AssertionError:
            continue
        if times(4, found) != (0, 1):
            return found
    raise AssertionError("there are such points among the first")


EIGHTH = torsion()


def challenge(r: bytes, a: bytes, message: bytes) -> int:
    return int.from_bytes(hashlib.sha512(r + a + message).digest(), "little") % L


def odd_signatures() -> Iterator[tuple[str, bytes, bytes, bytes]]:
    """Signatures over keys and points with a part of small order, written longer, with S too large."""
    for number in range(24):
        message, a, r = b"%d" % number, 7 + number, 99 + number
        for name, key, nonce in (
            ("a key of mixed order", add(times(a, BASE), EIGHTH), times(r, BASE)),
            ("a nonce of mixed order", times(a, BASE), add(times(r, BASE), EIGHTH)),
            ("both of mixed order", add(times(a, BASE), EIGHTH), add(times(r, BASE), times(number % 8, EIGHTH))),
            ("a key of small order", times(number % 8, EIGHTH), times(r, BASE)),
            ("a nonce of small order", times(a, BASE), times(number % 8, EIGHTH)),
        ):
            public, point = written(key), written(nonce)
            whole = 0 if "key of small" in name else a
            start = 0 if "nonce of small" in name else r
            s = (start + challenge(point, public, message) * whole) % L
            yield f"{name} {number}", public, message, point + s.to_bytes(32, "little")
            yield f"{name} {number}, S + L", public, message, point + (s + L).to_bytes(32, "little")
    for spelled in (written((0, 1), 1), (P + 1 | 1 << 255).to_bytes(32, "little"), (2**255 - 1).to_bytes(32, "little")):
        yield "a point written longer", spelled, b"m", written(BASE) + (1).to_bytes(32, "little")
        yield "a nonce written longer", written(BASE), b"m", spelled + bytes(32)


ODD = list(odd_signatures())


@pytest.mark.parametrize(("name", "public", "message", "signature"), ODD, ids=[str(n) for n in range(len(ODD))])
def test_odd_points_are_judged_as_openssl_judges_them(
    name: str, public: bytes, message: bytes, signature: bytes
) -> None:
    due = by_openssl(public, message, signature)

    assert quick.holds(public, message, signature) is due, name
    if len(signature) == 64 and quick._accepts()(public, message, signature):
        assert due, f"{name}: libsodium accepts what OpenSSL refuses"


def test_the_odd_ones_hold_and_fail_both() -> None:
    answers = {by_openssl(public, message, signature) for _, public, message, signature in ODD}

    assert answers == {True, False}


@given(st.binary(max_size=200), st.integers(0, 64 * 8 - 1), st.sampled_from(["none", "signature", "key", "message"]))
@settings(max_examples=150)
def test_a_changed_bit_is_judged_as_openssl_judges_it(message: bytes, bit: int, where: str) -> None:
    public, signature = KEY.public_key().public_bytes_raw(), KEY.sign(message)
    signature = flipped(signature, bit) if where == "signature" else signature
    public = flipped(public, bit % 256) if where == "key" else public
    said = message + b"." if where == "message" else message

    held = quick.holds(public, said, signature)

    assert held is by_openssl(public, said, signature)
    assert held is (where == "none")


@pytest.mark.parametrize("signature", [b"", b"s" * 63, b"s" * 65])
@pytest.mark.parametrize("public", [b"", b"k" * 31, b"k" * 33])
def test_another_length_never_holds(public: bytes, signature: bytes) -> None:
    assert not quick.holds(public, b"m", KEY.sign(b"m"))
    assert not quick.holds(KEY.public_key().public_bytes_raw(), b"m", signature)


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
