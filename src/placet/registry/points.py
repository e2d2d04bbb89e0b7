"""Ed25519 public keys that are no one's: anyone can sign for a point of small order.

Source: RFC 8032 section 5.1.3 (decoding: y below p, no sign for x = 0), and Chalkias, Garillot and Nikolaenko,
"Taming the many EdDSAs" (2020), table 1: the eight points whose order divides the cofactor.
"""

from __future__ import annotations

__all__ = ["flaw"]

_P = 2**255 - 19
_SIGN = 1 << 255
_ORDER_8 = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")

# The y of the points of order 1, 2, 4 and 8; the sign of x does not matter, so both spellings of each are caught.
_SMALL = frozenset({1, _P - 1, 0, _ORDER_8, _P - _ORDER_8})


def flaw(public: bytes) -> str:
    """Why this key must not speak, or the empty string."""
    y = int.from_bytes(public, "little") & ~_SIGN
    if y >= _P:
        return "is written in a form that RFC 8032 forbids"
    return "is a point of small order, for which anyone can sign" if y in _SMALL else ""
