"""Ed25519 public keys that are no one's: points of small order, for which anybody can make a signature.

Source: RFC 8032 sections 5.1 and 5.1.3 for the curve and its encoding (y below p), and Chalkias, Garillot and
Nikolaenko, "Taming the many EdDSAs" (2020), table 1: the eight points whose order divides the cofactor.  Multiplied by
eight such a point vanishes, and with it the key from the equation that a verifier checks.
"""

from __future__ import annotations

__all__ = ["KEY_SIZE", "flaw", "is_weak"]

KEY_SIZE = 32
_P = (1 << 255) - 19
_SIGN = 1 << 255
# y of the points of order eight: the roots of d*y^4 + 2*y^2 - 1 that are on the curve.
_EIGHTH = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_WEAK = frozenset({0, 1, _P - 1, _P, _P + 1, _EIGHTH, _P - _EIGHTH})  # 0 and 1 also as p and p + 1


def is_weak(public: bytes) -> bool:
    """Whether a public key of 32 bytes is a point of small order, in any spelling and with either sign."""
    return int.from_bytes(public, "little") & ~_SIGN in _WEAK


def flaw(public: bytes) -> str:
    """Why this key of 32 bytes must not speak, or the empty string."""
    if int.from_bytes(public, "little") & ~_SIGN >= _P:
        return "is written in a form that RFC 8032 forbids"
    return "is a point of small order, for which anyone can sign" if is_weak(public) else ""
