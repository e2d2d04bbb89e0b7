"""Signed notes: a text and the lines of those who signed it.

Source: C2SP signed-note (state of 2026-07-22), compared with golang.org/x/mod/sumdb/note. What the note says
must be ignored until `open_note` has found the signature of a trusted key under it.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from placet.errors import BadNote, Untrusted, VerificationFailed
from placet.record.ed25519 import is_weak

__all__ = [
    "COSIGNATURE",
    "ECDSA",
    "ED25519",
    "MAX_NOTE",
    "MAX_SIGNATURES",
    "ML_DSA_44",
    "Note",
    "Signature",
    "Verifier",
    "Vkey",
    "format_note",
    "from_base64",
    "from_decimal",
    "key_id",
    "open_note",
    "parse_note",
    "parse_vkey",
    "to_base64",
]

ED25519 = 0x01
ECDSA = 0x02
COSIGNATURE = 0x04
ML_DSA_44 = 0x06
MAX_SIGNATURES = 100  # the spec asks for 16 at least; Go stops at 100
MAX_NOTE = 1 << 20  # a hundred ML-DSA-44 signatures take a third of it

_PUBLIC_SIZES = {ED25519: 32, COSIGNATURE: 32, ML_DSA_44: 1312}
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_HEX_ID = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who, with which key, and the bytes; the name proves nothing by itself."""

    name: str
    key_id: bytes
    blob: bytes

    def __post_init__(self) -> None:
        _refuse_name(self.name)
        if len(self.key_id) != 4 or not self.blob:
            raise BadNote(f"the signature of {self.name!r} is too short to hold a key id and a signature")

    def __str__(self) -> str:
        return f"— {self.name} {to_base64(self.key_id + self.blob)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends in a newline, and the signatures under it."""

    text: str
    signatures: tuple[Signature, ...]

    def __post_init__(self) -> None:
        if not self.text.endswith("\n"):
            raise BadNote("the text of a note ends in a newline, and this one does not")
        _refuse_control(self.text, "the text of the note")
        if not 1 <= len(self.signatures) <= MAX_SIGNATURES:
            raise BadNote(f"a note has 1 to {MAX_SIGNATURES} signatures, not {len(self.signatures)}")


class Verifier(Protocol):
    """A trusted key: it answers whether a signature is its own over this message."""

    @property
    def name(self) -> str: ...
    @property
    def key_id(self) -> bytes: ...
    def verify(self, message: bytes, signature: bytes) -> bool: ...


@dataclass(frozen=True, slots=True)
class Vkey:
    """A verifier key: the name, the signature type and the public key of someone who signs notes."""

    name: str
    key_type: int
    public: bytes

    def __post_init__(self) -> None:
        _refuse_name(self.name)
        due = _PUBLIC_SIZES.get(self.key_type, len(self.public))
        if not 0 < self.key_type <= 0xFF or not self.public or len(self.public) != due:
            raise BadNote(f"the public key of {self.name!r} does not fit its type 0x{self.key_type:02x}")
        if self.key_type in (ED25519, COSIGNATURE) and is_weak(self.public):
            raise BadNote(f"the public key of {self.name!r} is of small order: anybody can sign for it")

    @property
    def id(self) -> bytes:
        """The four bytes that name this key in a signature line."""
        return key_id(self.name, self.key_type, self.public)

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{to_base64(bytes([self.key_type]) + self.public)}"


def parse_vkey(text: str) -> Vkey:
    """Read `<name>+<8 hex digits>+<base64>`; the base64 may itself contain a plus."""
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise BadNote(f"{text[:80]!r} is not a verifier key: name+id+key is due")
    name, claimed, packed = parts
    data = from_base64(packed, f"the key of {name!r}")
    if len(data) < 2:
        raise BadNote(f"the key of {name!r} is too short to hold a type and a public key")
    vkey = Vkey(name, data[0], data[1:])
    if not _HEX_ID.fullmatch(claimed) or vkey.id.hex() != claimed:
        raise BadNote(f"the key of {name!r} has the id {vkey.id.hex()}, not {claimed[:16]!r}")
    return vkey


def key_id(name: str, key_type: int, public: bytes) -> bytes:
    """Four bytes that tell keys apart; they are no fingerprint: anyone can make a key with the same ones."""
    if key_type == ECDSA:  # the one exception of the spec: over the DER of the public key alone
        return sha256(public).digest()[:4]
    return sha256(name.encode() + b"\n" + bytes([key_type]) + public).digest()[:4]


def parse_note(data: bytes) -> Note:
    """Split a note at its last empty line; every line below must be a signature."""
    if len(data) > MAX_NOTE:
        raise BadNote(f"the note has {len(data)} bytes; {MAX_NOTE} is the limit")
    text = _utf8(data)
    _refuse_control(text, "the note")
    split = text.rfind("\n\n")
    if split < 0:
        raise BadNote("the note has no empty line between its text and its signatures")
    lines = text[split + 2 :].split("\n")
    if lines.pop():
        raise BadNote("the last line of the note is cut off: it does not end in a newline")
    if len(lines) > MAX_SIGNATURES:
        raise BadNote(f"the note has {len(lines)} signatures; {MAX_SIGNATURES} is the limit")
    return Note(text[: split + 1], tuple(map(_signature, lines)))


def format_note(note: Note) -> bytes:
    """The bytes of a note, such that `parse_note` gives it back."""
    return f"{note.text}\n{''.join(map(str, note.signatures))}".encode()


def open_note(note: Note, verifiers: Sequence[Verifier]) -> tuple[Signature, ...]:
    """The signatures of trusted keys under a note, at least one.

    Unknown keys and a key's second line are ignored; one known key that fails spoils the note.
    """
    trusted = _by_key(verifiers)
    message = note.text.encode()
    good: dict[tuple[str, bytes], Signature] = {}
    for signature in note.signatures:
        who = (signature.name, signature.key_id)
        if who not in trusted or who in good:
            continue
        if not trusted[who].verify(message, signature.blob):
            raise VerificationFailed(f"the signature of {signature.name!r} under the note does not hold")
        good[who] = signature
    if not good:
        raise Untrusted("nobody we trust has signed this note")
    return tuple(good.values())


def to_base64(data: bytes) -> str:
    """Standard base64 (RFC 4648 section 4)."""
    return b64encode(data).decode("ascii")


def from_base64(text: str, what: str) -> bytes:
    """Read base64 in its one canonical spelling (RFC 4648 section 3.5); `what` names it in the error."""
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        raise BadNote(f"{what} is not base64") from None
    if to_base64(data) != text:
        raise BadNote(f"{what} is base64 in a spelling of its own: its last bits or its padding are wrong")
    return data


def from_decimal(text: str, what: str) -> int:
    """Read a number from 0 to 2**63 - 1: digits, no sign, no leading zero; `what` names it in the error."""
    if not _DECIMAL.fullmatch(text) or int(text) >= 1 << 63:
        raise BadNote(f"{what} is not a plain decimal number: {text[:40]!r}")
    return int(text)


def _by_key(verifiers: Sequence[Verifier]) -> dict[tuple[str, bytes], Verifier]:
    trusted: dict[tuple[str, bytes], Verifier] = {}
    for verifier in verifiers:
        who = (verifier.name, verifier.key_id)
        if who in trusted:
            raise Untrusted(f"two trusted keys are called {who[0]!r} with id {who[1].hex()}: that is ambiguous")
        trusted[who] = verifier
    return trusted


def _signature(line: str) -> Signature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—":
        raise BadNote(f"{line[:80]!r} is not a signature line: a dash, a name and base64 are due")
    data = from_base64(parts[2], f"the signature of {parts[1]!r}")
    return Signature(parts[1], data[:4], data[4:])


def _refuse_name(name: str) -> None:
    _refuse_control(name, "a key name")
    if not name or "+" in name or any(map(str.isspace, name)):
        raise BadNote(f"{name[:80]!r} is not a key name: it is empty or has a space or a plus in it")


def _refuse_control(text: str, what: str) -> None:
    if found := _CONTROL.search(text):
        raise BadNote(f"{what} has the control character {found[0]!r} in it")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadNote(f"{what} cannot be written in UTF-8") from None


def _utf8(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as broken:
        raise BadNote(f"the note is not UTF-8 at byte {broken.start}") from None
