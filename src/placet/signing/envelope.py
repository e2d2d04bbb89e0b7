"""Envelopes: a payload with its type and the signatures over both, and in-toto statements inside them.

Source: DSSE v1.0.2 (secure-systems-lab/dsse, envelope.md and protocol.md) and the in-toto Attestation
Framework, Statement v1. A key id is a hint that nobody signed; only a verified key says who.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from placet.errors import BadRecord, Refused, Untrusted, VerificationFailed
from placet.record.notes import to_base64
from placet.signing.keys import Key, verify

__all__ = [
    "IN_TOTO",
    "STATEMENT_TYPE",
    "Envelope",
    "Statement",
    "key_hint",
    "open_envelope",
    "pae",
    "parse_statement",
    "seal",
    "statement",
    "verify_envelope",
]

IN_TOTO = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
_MAX_SIGNATURES = 100
_URL_SAFE = str.maketrans("-_", "+/")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload, its type, and (key id, signature) pairs that nobody has checked yet."""

    payload: bytes
    payload_type: str
    signatures: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """What is said (the predicate, of a named type) about which bytes (names and their sha256)."""

    subjects: tuple[tuple[str, str], ...]
    predicate_type: str
    predicate: Mapping[str, Any]


def pae(payload: bytes, payload_type: str) -> bytes:
    """The bytes that are signed: type and payload, each behind its length."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def key_hint(public: bytes) -> str:
    """The key id we write: the hex sha256 of the raw public key."""
    return sha256(public).hexdigest()


def seal(payload: bytes, payload_type: str, *keys: Key) -> bytes:
    """An envelope signed by every key given, at least one."""
    if not keys:
        raise Refused("an envelope needs a key to seal it with")
    message = pae(payload, payload_type)
    signatures = [{"keyid": key_hint(key.public), "sig": to_base64(key.sign(message))} for key in keys]
    return _to_json({"payload": to_base64(payload), "payloadType": payload_type, "signatures": signatures})


def open_envelope(data: bytes) -> Envelope:
    """Read an envelope without believing it; fields that DSSE does not know are ignored, as it asks."""
    fields = _object(_from_json(data, "the envelope"), "the envelope")
    signatures = fields.get("signatures")
    if not isinstance(signatures, list) or not 1 <= len(signatures) <= _MAX_SIGNATURES:
        raise BadRecord(f"an envelope has a list of 1 to {_MAX_SIGNATURES} signatures")
    return Envelope(_bytes(fields, "payload"), _text(fields, "payloadType"), tuple(map(_signature, signatures)))


def verify_envelope(envelope: Envelope, publics: Iterable[bytes]) -> bytes:
    """The first of these public keys that signed the envelope."""
    message = pae(envelope.payload, envelope.payload_type)
    known = tuple(publics)
    if not known:
        raise Untrusted("nobody said whose key to believe, so the envelope stays unchecked")
    for public in known:
        for _, signature in envelope.signatures:
            try:
                verify(public, message, signature)
            except VerificationFailed:
                continue
            return public
    if {hint for hint, _ in envelope.signatures}.isdisjoint(map(key_hint, known)):
        raise Untrusted("the envelope is signed by keys that nobody told us to believe")
    raise VerificationFailed("the signature on the envelope does not hold")


def statement(subjects: Sequence[tuple[str, str]], predicate_type: str, predicate: Mapping[str, Any]) -> bytes:
    """An in-toto statement about named bytes; the same words always give the same JSON."""
    return _to_json(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": name, "digest": {"sha256": _digest(hex_)}} for name, hex_ in subjects],
            "predicateType": predicate_type,
            "predicate": predicate,
        }
    )


def parse_statement(payload: bytes) -> Statement:
    """Read an in-toto statement whose every subject has a sha256."""
    fields = _object(_from_json(payload, "the statement"), "the statement")
    if fields.get("_type") != STATEMENT_TYPE:
        raise BadRecord("this is not an in-toto statement of version 1")
    subjects = fields.get("subject")
    if not isinstance(subjects, list) or not subjects:
        raise BadRecord("the statement has no list of subjects")
    predicate = _object(fields.get("predicate", {}), "the predicate of the statement")
    return Statement(tuple(map(_subject, subjects)), _text(fields, "predicateType"), predicate)


def _subject(value: object) -> tuple[str, str]:
    fields = _object(value, "a subject of the statement")
    digests = _object(fields.get("digest"), "the digest of a subject")
    return _text(fields, "name"), _digest(digests.get("sha256"))


def _digest(value: object) -> str:
    if not isinstance(value, str) or not _DIGEST.fullmatch(value):
        raise BadRecord("a subject of the statement has no sha256 in lowercase hex")
    return value


def _signature(value: object) -> tuple[str, bytes]:
    fields = _object(value, "a signature of the envelope")
    hint = fields.get("keyid", "")
    if not isinstance(hint, str):
        raise BadRecord("the keyid of a signature is not a text")
    return hint, _bytes(fields, "sig")


def _object(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadRecord(f"{what} is not a JSON object")
    return value


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise BadRecord(f"{name} is missing, or is not a text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadRecord(f"{name} has half a character in it") from None
    return value


def _bytes(fields: dict[str, Any], name: str) -> bytes:
    value = fields.get(name)
    if not isinstance(value, str):
        raise BadRecord(f"{name} is missing, or is not base64")
    try:  # DSSE: a reader accepts both alphabets of RFC 4648
        return b64decode(value.translate(_URL_SAFE), validate=True)
    except ValueError:
        raise BadRecord(f"{name} is not base64") from None


def _to_json(value: object) -> bytes:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
        return text.encode()
    except (TypeError, ValueError) as wrong:
        raise BadRecord(f"this cannot be written as JSON: {wrong}") from None


def _from_json(data: bytes, what: str) -> object:
    try:
        return json.loads(data.decode(), object_pairs_hook=_pairs, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise BadRecord(f"{what} is not JSON") from None


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadRecord("a JSON object has the same name in it twice")
    return fields


def _refuse_constant(constant: str) -> object:
    raise BadRecord(f"{constant} is not a JSON value")
