"""A party's key as an identifier that everybody's software understands: `did:key` of an Ed25519 key.

Source: the did:key method (W3C CCG), multicodec 0xed, multibase `z` (base58btc).
"""

from __future__ import annotations

from typing import Final

from placet.errors import BadRecord

__all__ = ["PREFIX", "did_of", "party_of"]

PREFIX: Final = "did:key:"
_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58: Final = PREFIX + "z"
_ED25519: Final = b"\xed\x01"
_LONGEST: Final = 64


def did_of(party: str) -> str:
    """`did:key:z6Mk...` of a public key in 64 hex digits."""
    number = int.from_bytes(_ED25519 + bytes.fromhex(party))
    digits = ""
    while number:
        number, digit = divmod(number, 58)
        digits = _ALPHABET[digit] + digits
    return _BASE58 + digits


def party_of(did: str) -> str:
    """The public key in hex; BadRecord when the identifier is not of an Ed25519 key, in its one spelling."""
    digits = did.removeprefix(_BASE58)
    if not did.startswith(_BASE58) or len(digits) > _LONGEST or not set(digits) <= set(_ALPHABET):
        raise BadRecord(f"{did[:80]!r} is not a did:key (identifier.form)")
    number = 0
    for digit in digits:
        number = number * 58 + _ALPHABET.index(digit)
    data = number.to_bytes(-(-number.bit_length() // 8))
    if len(data) != 34 or not data.startswith(_ED25519) or digits.startswith("1"):
        raise BadRecord(f"{did[:80]} names no Ed25519 key (identifier.form)")
    return data[2:].hex()
