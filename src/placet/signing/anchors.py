"""OpenTimestamps proofs: a digest, operations on it, and at their end the Bitcoin block whose Merkle root comes out.

Source: the .ots format, version 1 (opentimestamps/python-opentimestamps, `core/`).  Block headers come from the reader;
nothing here asks anybody, and whether a header is part of the chain is the reader's to know.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from placet.errors import BadRecord, TooNew, Untrusted, VerificationFailed

__all__ = [
    "Anchor",
    "Branch",
    "begin",
    "format_anchor",
    "graft",
    "parse_anchor",
    "parse_branches",
    "parse_headers",
    "verify_anchor",
]

MOST_BYTES: Final = 1 << 18
_MAGIC: Final = bytes.fromhex("004f70656e54696d657374616d7073000050726f6f6600bf89e2e884e89294")
_BITCOIN, _PENDING = bytes.fromhex("0588960d73d71901"), bytes.fromhex("83dfe30d2ef90c8e")
_HEADER: Final = re.compile(r"[0-9a-fA-F]{160}")
_MOST_MESSAGE, _MOST_PAYLOAD, _MOST_URI, _DEEPEST, _MOST_BRANCHES = 4096, 8192, 1000, 256, 500
_APPEND, _PREPEND, _REVERSE, _HEXLIFY, _SHA256, _FORK, _END = 0xF0, 0xF1, 0xF2, 0xF3, 0x08, 0xFF, 0x00
_HASHES: Final = {0x02: "sha1", 0x03: "ripemd160", _SHA256: "sha256"}

Op = tuple[int, bytes]  # the tag, and what is appended or prepended


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One way from the digest to an attestation; `message` is what the operations make of it."""

    ops: tuple[Op, ...]
    tag: bytes
    payload: bytes
    message: bytes

    @property
    def height(self) -> int | None:
        """The block of a Bitcoin attestation."""
        return _Reader(self.payload).whole_number() if self.tag == _BITCOIN else None

    @property
    def uri(self) -> str:
        """Where a pending attestation can be asked for its block; empty for another."""
        if self.tag != _PENDING:
            return ""
        reader = _Reader(self.payload)
        return reader.bytes_(_MOST_URI).decode("ascii", "replace")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A proof about the SHA-256 of a file."""

    digest: bytes
    branches: tuple[Branch, ...]


def begin(digest: bytes, nonce: bytes) -> tuple[tuple[Op, ...], bytes]:
    """The operations before a calendar is asked, and what it is told: by the nonce it learns nothing of the file."""
    ops: tuple[Op, ...] = ((_APPEND, nonce), (_SHA256, b""))
    return ops, hashlib.sha256(digest + nonce).digest()


def graft(ops: tuple[Op, ...], branches: Iterable[Branch]) -> tuple[Branch, ...]:
    """What a calendar answered about a message, behind the operations that led to it."""
    return tuple(
        Branch(ops=ops + each.ops, tag=each.tag, payload=each.payload, message=each.message) for each in branches
    )


def parse_anchor(data: bytes) -> Anchor:
    """A detached proof of a SHA-256; BadRecord when it is none."""
    reader = _Reader(data)
    if len(data) > MOST_BYTES:
        raise BadRecord(f"the proof has more than {MOST_BYTES >> 10} KiB (anchor.size)")
    if reader.take(len(_MAGIC)) != _MAGIC:
        raise BadRecord("this is no OpenTimestamps proof (anchor.form)")
    if (major := reader.number()) != 1:
        raise TooNew(f"an OpenTimestamps proof of version {major}; this release reads version 1 (anchor.form)")
    if reader.take(1)[0] != _SHA256:
        raise BadRecord("the proof is about another digest than SHA-256 (anchor.form)")
    digest = reader.take(32)
    return Anchor(digest, parse_branches(data[reader.at :], digest))


def parse_branches(data: bytes, message: bytes) -> tuple[Branch, ...]:
    """The branches that begin at `message`, as a calendar sends them; without recursion, all of the bytes."""
    reader, found = _Reader(data), list[Branch]()
    pending: list[tuple[tuple[Op, ...], bytes]] = [((), message)]
    while pending:
        ops, now = pending.pop()
        tag = reader.take(1)[0]
        if tag == _FORK:
            pending.append((ops, now))
            tag = reader.take(1)[0]
        if tag == _END:
            found.append(_attestation(reader, ops, now))
            continue
        op = tag, reader.bytes_(_MOST_MESSAGE) if tag in (_APPEND, _PREPEND) else b""
        pending.append(((*ops, op), _apply(op, now)))
        if len(ops) >= _DEEPEST or len(pending) > _DEEPEST or len(found) > _MOST_BRANCHES:
            raise BadRecord("the proof is deeper or has more branches than is read (anchor.size)")
    if reader.at != len(data):
        raise BadRecord("something stands behind the end of the proof (anchor.form)")
    return tuple(found)


def format_anchor(anchor: Anchor) -> bytes:
    """The file; common beginnings of branches are written once."""
    head = _MAGIC + b"\x01" + bytes((_SHA256,)) + anchor.digest
    return head + _format([(each.ops, each) for each in anchor.branches])


def verify_anchor(anchor: Anchor, data: bytes, headers: Mapping[int, bytes]) -> tuple[int, int]:
    """The first block (height, its time in UTC seconds) that holds the file's digest, by the headers given."""
    if hashlib.sha256(data).digest() != anchor.digest:
        raise VerificationFailed("the proof is about other bytes than these (anchor.bytes)")
    heights = {each.height: each for each in anchor.branches if each.height is not None}
    if not heights:
        raise Untrusted(
            "the proof is still pending: no block holds it yet; `placet time upgrade` asks (anchor.pending)"
        )
    known = sorted(heights.keys() & headers.keys())
    if not known:
        named = ", ".join(map(str, sorted(heights)[:3]))
        raise Untrusted(f"give the header of block {named} with --header HEIGHT:HEX (anchor.header)")
    for height in known:
        header = headers[height]
        if len(header) != 80:
            raise BadRecord(
                f"a block header has 80 bytes, and that of block {height} has {len(header)} (anchor.header)"
            )
        if header[36:68] != heights[height].message:
            raise VerificationFailed(f"block {height} does not hold it: its Merkle root is another (anchor.root)")
    return known[0], int.from_bytes(headers[known[0]][68:72], "little")


def parse_headers(given: Iterable[str]) -> dict[int, bytes]:
    """Block headers as `HEIGHT:HEX`; empty lines and those that begin with # are left out."""
    found: dict[int, bytes] = {}
    for line in given:
        height, _, text = line.strip().partition(":")
        if not line.strip() or line.startswith("#"):
            continue
        if not height.isascii() or not height.isdecimal() or not _HEADER.fullmatch(text) or int(height) in found:
            raise BadRecord(f"{line.strip()[:40]!r} is no HEIGHT:HEX of 160 digits, or stands twice (anchor.header)")
        found[int(height)] = bytes.fromhex(text)
    return found


def _apply(op: Op, message: bytes) -> bytes:
    tag, argument = op
    if tag in (_APPEND, _PREPEND):
        if not argument:
            raise BadRecord("an operation adds nothing (anchor.form)")
        made = message + argument if tag == _APPEND else argument + message
    elif tag in _HASHES:
        made = _digest(_HASHES[tag], message)
    elif tag in (_REVERSE, _HEXLIFY):
        made = message[::-1] if tag == _REVERSE else message.hex().encode()
    else:
        raise BadRecord(f"the operation 0x{tag:02x} is not known here (anchor.operation)")
    if len(made) > _MOST_MESSAGE:
        raise BadRecord(f"a message of the proof grows beyond {_MOST_MESSAGE} bytes (anchor.size)")
    return made


def _digest(name: str, message: bytes) -> bytes:
    try:
        return hashlib.new(name, message, usedforsecurity=False).digest()
    except ValueError:
        raise BadRecord(f"this system's OpenSSL has no {name} (anchor.operation)") from None


def _attestation(reader: _Reader, ops: tuple[Op, ...], message: bytes) -> Branch:
    branch = Branch(ops=ops, tag=reader.take(8), payload=reader.bytes_(_MOST_PAYLOAD), message=message)
    _ = branch.height, branch.uri
    return branch


def _format(branches: list[tuple[tuple[Op, ...], Branch]]) -> bytes:
    """One node: its attestations, then its operations, all but the last behind a fork."""
    items = [b"\x00" + each.tag + _sized(each.payload) for ops, each in branches if not ops]
    below: dict[Op, list[tuple[tuple[Op, ...], Branch]]] = {}
    for ops, each in branches:
        if ops:
            below.setdefault(ops[0], []).append((ops[1:], each))
    for (tag, argument), rest in below.items():
        items.append(bytes((tag,)) + (_sized(argument) if argument else b"") + _format(rest))
    return b"".join(b"\xff" + item for item in items[:-1]) + items[-1]


def _sized(data: bytes) -> bytes:
    size, octets = len(data), bytearray()
    while size >= 0x80:
        octets.append(0x80 | size & 0x7F)
        size >>= 7
    return bytes((*octets, size)) + data


@dataclass(slots=True)
class _Reader:
    data: bytes
    at: int = 0

    def take(self, size: int) -> bytes:
        if self.at + size > len(self.data):
            raise BadRecord("the proof is cut (anchor.form)")
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self) -> int:
        """Seven bits an octet, the lowest first; nine octets at most."""
        value = 0
        for place in range(9):
            octet = self.take(1)[0]
            value |= (octet & 0x7F) << 7 * place
            if octet < 0x80:
                return value
        raise BadRecord("a number in the proof is too large (anchor.form)")

    def whole_number(self) -> int:
        value = self.number()
        if self.at != len(self.data):
            raise BadRecord("an attestation has more in it than a height (anchor.form)")
        return value

    def bytes_(self, most: int) -> bytes:
        size = self.number()
        if size > most:
            raise BadRecord(f"a part of the proof has more than {most} bytes (anchor.size)")
        return self.take(size)
