"""A key that somebody has already, linked to a party: the text it signs, and what it signed brought into the record."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from placet.app import Home
from placet.core.did import PREFIX
from placet.desk.identifying import Noted, note_down
from placet.errors import NotFound, Refused, WrongUsage
from placet.registry.links import binding_text, certified, check_link, fingerprint_of
from placet.signing import credential, sshsig
from placet.signing.keys import Key

__all__ = ["Linked", "link", "text_for"]

_MOST_FILE = 1 << 16
_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """`key` is the outside key in words, `named` whom its certificate names, where it is one."""

    key: str
    named: str
    noted: Noted


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signed:
    kind: str
    public: str
    blob: bytes


def text_for(home: Home, key: Key) -> bytes:
    """What an outside key signs, to be linked to this one in the log of this home."""
    return binding_text(key.public.hex(), home.log.origin)


def link(home: Home, key: Key, file: Path, public: str, *, publish: bool) -> Linked:
    """Link the outside key that made the signature in `file`.

    `public` says which key that is: a did:key, a file with a certificate and those above it in PEM, or a public key of
    SSH's; for SSH it may be left out.  A certificate enters the record with the name in it, which nothing erases:
    `publish` says that this is meant.  Refused or VerificationFailed where the signature is not by it, or is of another
    text.
    """
    text = text_for(home, key)
    signed = _signed(_read(file, "signature"), public, text, home.now())
    check_link(signed.kind, signed.public, signed.blob, text, home.now())
    named = certified(signed.kind, signed.blob)
    if signed.kind == "c2pa" and not publish:
        raise WrongUsage(
            f"the certificate, which names {named or 'nobody'}, would be published for good, where `placet erase` does"
            " not reach it: add --publish if that is meant"
        )
    noted = note_down(home, key, lambda composer: composer.link(signed.kind, signed.public, signed.blob))
    return Linked(key=fingerprint_of(signed.kind, signed.public), named=named, noted=noted)


def _signed(data: bytes, public: str, text: bytes, at: int) -> _Signed:
    if public.startswith(PREFIX):
        return _Signed(kind="did", public=public, blob=data)
    other = _read(Path(public), "public key") if public else b""
    if _CERTIFICATE in other:
        made = credential.made(credential.certificates_in(other), data, text, at)
        return _Signed(kind="c2pa", public=credential.thumbprints(made.chain), blob=made.data())
    if not data.startswith(b"-----BEGIN SSH"):
        raise WrongUsage("say whose signature it is: --public did:key:..., or --public CERTIFICATE.pem")
    raw = sshsig.dearmor(data)
    key = sshsig.parse(raw).key
    if other and other.decode("utf-8", "replace").split()[:2] != key.split():
        raise Refused(f"the signature is by another key than the one in {public} (link.key)")
    return _Signed(kind="ssh", public=key, blob=sshsig.armor(raw))


def _read(path: Path, what: str) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_FILE + 1)
    except OSError as error:
        raise NotFound(f"the {what} {path} cannot be read: {error.strerror}") from None
    if len(data) > _MOST_FILE:
        raise Refused(f"{path} has more than {_MOST_FILE >> 10} KiB, which no {what} has")
    if not data:
        raise Refused(f"the {what} {path} is empty")
    return data
