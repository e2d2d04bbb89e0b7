"""A key that somebody has already, such as one for SSH, linked to a party: what it signs, and how that is judged.

The outside key signs a text that names the party's key and the log, and the party's key signs the entry that holds
this signature: each speaks for the other, and whoever has the log checks both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from placet.core.did import party_of
from placet.errors import BadRecord, Refused, VerificationFailed
from placet.record.ed25519 import flaw
from placet.signing import sshsig
from placet.signing.keys import verify

__all__ = ["KINDS", "NAMESPACE", "binding_text", "certified", "check_link", "fingerprint_of"]

NAMESPACE: Final = "placet-identity-v1"
_TEXT: Final = """\
{namespace}
key {key}
log {origin}
Whoever holds the key that signs this text also holds the key that is named in it.
This permits nothing and licenses nothing.
"""


def binding_text(key: str, origin: str) -> bytes:
    """What an outside key signs for a party's key (64 hex digits) in the log of this origin: five lines of UTF-8."""
    return _TEXT.format(namespace=NAMESPACE, key=key, origin=origin).encode()


def check_link(kind: str, public: str, blob: bytes, text: bytes, at: int) -> None:
    """Refused or VerificationFailed, in a sentence with its id, unless the outside key signed this text.

    `at` is when it is linked, in UTC seconds: a certificate is to be in time then.
    """
    _CHECKS[kind](public, blob, text, at)


def _check_ssh(public: str, blob: bytes, text: bytes, at: int) -> None:
    """The blob is the armored file as `ssh-keygen` writes it, and `public` a line of `authorized_keys`."""
    raw = sshsig.dearmor(blob)
    if sshsig.armor(raw) != blob:
        raise Refused("the armor of the SSH signature is not wrapped as ssh-keygen wraps it (sshsig.armor)")
    signed = sshsig.parse(raw)
    if sshsig.key_of(public) != signed.public:
        raise Refused("the SSH signature is by another key than the one that is linked (link.key)")
    sshsig.verify(signed, text, NAMESPACE)


def _check_did(public: str, blob: bytes, text: bytes, at: int) -> None:
    """The blob is a plain Ed25519 signature, and `public` a did:key."""
    try:
        key = bytes.fromhex(party_of(public))
    except BadRecord as error:
        raise Refused(str(error)) from None
    if why := flaw(key):
        raise Refused(f"the key that is linked {why} (link.key)")
    if len(blob) != 64:
        raise Refused(f"a signature by Ed25519 has 64 bytes, not {len(blob)} (link.signature)")
    try:
        verify(key, text, blob)
    except VerificationFailed:
        raise VerificationFailed(
            "the signature does not hold for the text and the key that is linked (link.signature)"
        ) from None


def _check_c2pa(public: str, blob: bytes, text: bytes, at: int) -> None:
    """The blob is a signature with its certificates, and `public` the SHA-256 of each of these, the signer's first."""
    from placet.signing import credential

    signed = credential.parse(blob)
    if credential.thumbprints(signed.chain) != public:
        raise Refused("the signature comes with other certificates than those that are linked (link.key)")
    credential.verify(signed, text, at)


def fingerprint_of(kind: str, public: str) -> str:
    """How people tell a linked key from others, in words."""
    if kind == "c2pa":
        return f"the certificate SHA256:{public.partition(' ')[0]}"
    if kind == "did":
        return public
    try:
        return f"the SSH key {sshsig.key_fingerprint(sshsig.key_of(public))} ({public.partition(' ')[0]})"
    except Refused:
        return "an SSH key that cannot be read"


def certified(kind: str, blob: bytes | None) -> str:
    """Whom the certificate of a link names; nothing for another kind of key, or where its blob is withheld."""
    if kind != "c2pa" or blob is None:
        return ""
    from placet.signing import credential

    return credential.named(credential.parse(blob).chain[0])


_CHECKS: Final[dict[str, Callable[[str, bytes, bytes, int], None]]] = {
    "ssh": _check_ssh,
    "did": _check_did,
    "c2pa": _check_c2pa,
}
KINDS: Final = tuple(_CHECKS)
