"""Signed JSON as compact JWS: what other people's software reads.

Source: RFC 7515 (JWS), RFC 9864 (`Ed25519`), RFC 8725 (one algorithm, a type
that is checked, no `crit`).
"""

from __future__ import annotations

import base64
import json
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from placet.core.canonical import decode, encode
from placet.errors import BadRecord, VerificationFailed
from placet.signing.keys import Key

__all__ = ["MOST_BYTES", "open_token", "peek", "sign_token"]

MOST_BYTES = 1 << 20
_ALGORITHMS = ["Ed25519"]


def sign_token(payload: dict[str, Any], typ: str, kid: str, key: Key) -> str:
    """The canonical JSON of `payload` under the key's signature."""
    header = {"alg": "Ed25519", "typ": typ, "kid": kid}
    return jws.serialize_compact(header, encode(payload), _jwk(key.public, key.private), algorithms=_ALGORITHMS)


def open_token(token: str, typ: str, public: bytes) -> dict[str, Any]:
    """The payload; VerificationFailed when the signature does not hold, BadRecord when it is no such token."""
    _check_header(token, typ)
    try:
        found = jws.deserialize_compact(token.encode(), _jwk(public), algorithms=_ALGORITHMS)
    except (JoseError, ValueError, TypeError) as error:
        raise VerificationFailed(f"the signature of the {typ} does not hold ({type(error).__name__})") from error
    return _object(found.payload, typ)


def peek(token: str, typ: str) -> dict[str, Any]:
    """The payload, unverified: to learn whose key should have signed it."""
    _check_header(token, typ)
    return _object(_decoded(token.split(".")[1], typ), typ)


def _check_header(token: str, typ: str) -> None:
    if len(token) > MOST_BYTES or not token.isascii() or token.count(".") != 2:
        raise BadRecord(
            f"this is no {typ}: three parts of base64url between two full stops, at most {MOST_BYTES} bytes"
        )
    header = _object(_decoded(token.split(".")[0], typ), typ, canonical=False)
    if header.get("typ") != typ or header.get("alg") not in _ALGORITHMS or "crit" in header:
        raise BadRecord(f"this is no {typ} signed with Ed25519: its header says {str(header)[:120]}")


def _decoded(part: str, typ: str) -> bytes:
    try:
        data = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise BadRecord(f"a part of the {typ} is no base64url") from error
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != part:
        raise BadRecord(f"a part of the {typ} is base64url with bits to spare")
    return data


def _object(data: bytes, typ: str, *, canonical: bool = True) -> dict[str, Any]:
    value = decode(data) if canonical else _loose(data, typ)
    if not isinstance(value, dict):
        raise BadRecord(f"a part of the {typ} is no JSON object")
    return value


def _loose(data: bytes, typ: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadRecord(f"the header of the {typ} is no JSON") from error


def _jwk(public: bytes, private: bytes = b"") -> OKPKey:
    parts: dict[str, str | list[str]] = {"kty": "OKP", "crv": "Ed25519", "x": _base64url(public)}
    return OKPKey.import_key(parts | ({"d": _base64url(private)} if private else {}))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
