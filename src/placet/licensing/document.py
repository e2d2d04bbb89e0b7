"""A licence as a file that travels: the signed credential, the works or proofs of some, and what ties it to the log.

The file is JSON: `licence` (a `vc+jwt`), `works` (all of them) or `proofs` (of a part), `salt` (of the commitment that
stands in the log), `status` (the licensor's newest status list when the file was made, a `statuslist+jwt`).  Nothing in
it is believed because it stands there.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from placet.core.canonical import flaw
from placet.core.did import did_of, party_of
from placet.core.subject import Subject
from placet.errors import BadInput, BadRecord, TooNew, VerificationFailed
from placet.licensing.agreement import Agreement, agreement_of, claims
from placet.licensing.scope import WorkProof, check_proof, scope_root
from placet.licensing.status import StatusList, pack, unpack
from placet.record.entries import commitment, parse_subject
from placet.signing.keys import Key
from placet.signing.tokens import open_token, peek, sign_token

__all__ = ["MOST_BYTES", "LicenceFile", "open_licence", "open_status", "parse_file", "seal_licence", "seal_status"]

MOST_BYTES = 256 << 20
_LICENCE, _STATUS = "vc+jwt", "statuslist+jwt"
_FIELDS = {"placet_licence", "licence", "works", "proofs", "salt", "status"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceFile:
    """A file that holds together: the signature, the works under its root, the opening of its commitment."""

    token: str
    agreement: Agreement
    works: tuple[Subject, ...]
    proofs: tuple[WorkProof, ...]
    salt: bytes
    status: StatusList
    status_token: str

    @property
    def subjects(self) -> frozenset[Subject]:
        """The works that the file shows to be licensed."""
        return frozenset(self.works) or frozenset(proof.subject for proof in self.proofs)

    @property
    def commitment(self) -> str:
        """What stands in the log for this licence."""
        return commitment(self.salt, digest(self.token))

    def data(self) -> bytes:
        proofs = [[str(p.subject), p.index, [step.hex() for step in p.path]] for p in self.proofs]
        value = {
            "placet_licence": 1,
            "licence": self.token,
            "works": [str(work) for work in self.works],
            "proofs": proofs,
            "salt": self.salt.hex(),
            "status": self.status_token,
        }
        return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def digest(token: str) -> str:
    """The SHA-256 of a signed licence, which the log's commitment is over."""
    return hashlib.sha256(token.encode()).hexdigest()


def seal_licence(said: Agreement, key: Key) -> str:
    """The signed credential, by the licensor's key."""
    return sign_token(claims(said), _LICENCE, did_of(said.licensor), key)


def open_licence(token: str) -> Agreement:
    """The agreement, signed by the licensor it names; VerificationFailed or BadRecord otherwise."""
    issuer = peek(token, _LICENCE).get("issuer")
    if not isinstance(issuer, str):
        raise BadRecord("the licence names no issuer")
    return agreement_of(open_token(token, _LICENCE, bytes.fromhex(party_of(issuer))))


def seal_status(said: StatusList, key: Key) -> str:
    """The signed list (section 5.1)."""
    payload = {
        "sub": said.uri,
        "iss": did_of(said.issuer),
        "iat": said.issued_at,
        "exp": said.expires_at,
        "ttl": max(1, said.expires_at - said.issued_at),
        "status_list": {"bits": 1, "lst": pack(said.size, said.revoked)},
    }
    return sign_token(payload, _STATUS, did_of(said.issuer), key)


def open_status(token: str, issuer: str) -> StatusList:
    """The list, signed by `issuer` (hex); VerificationFailed or BadRecord otherwise."""
    value = open_token(token, _STATUS, bytes.fromhex(issuer))
    match value:
        case {
            "sub": str(uri),
            "iss": str(iss),
            "iat": int(made),
            "exp": int(until),
            "status_list": {"bits": 1, "lst": str(lst)},
        } if iss == did_of(issuer):
            size, revoked = unpack(lst)
            return StatusList(uri=uri, issuer=issuer, issued_at=made, expires_at=until, size=size, revoked=revoked)
    raise BadRecord("the status list lacks its name, its issuer, its times or its bits")


def parse_file(data: bytes) -> LicenceFile:
    """The licence in these bytes, every part held to the signature; BadRecord or VerificationFailed otherwise."""
    try:
        return _held_together(data)
    except TooNew:
        raise
    except BadInput as error:
        raise BadRecord(f"{error} (licence.unread)") from error
    except VerificationFailed as error:
        raise VerificationFailed(f"{error} (licence.forged)") from error


def _held_together(data: bytes) -> LicenceFile:
    value = _value(data)
    token = value["licence"]
    said = open_licence(token)
    works = tuple(parse_subject(text) for text in value["works"])
    proofs = tuple(_proof(row) for row in value["proofs"])
    _check_scope(said, works, proofs)
    status = open_status(value["status"], said.licensor)
    if status.uri != said.status:
        raise VerificationFailed("the status list beside the licence is another one than the licence names")
    return LicenceFile(
        token=token,
        agreement=said,
        works=works,
        proofs=proofs,
        salt=bytes.fromhex(value["salt"]),
        status=status,
        status_token=value["status"],
    )


def _value(data: bytes) -> dict[str, Any]:
    if len(data) > MOST_BYTES:
        raise BadRecord(f"a licence file of {len(data):,} bytes; at most {MOST_BYTES:,} are read")
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadRecord(f"this is no licence: {flaw(error)}") from error
    if not isinstance(value, dict) or type(value.get("placet_licence")) is not int:
        raise BadRecord("this is no licence file of Placet")
    if value["placet_licence"] != 1:
        raise TooNew(
            f"a licence file of version {value['placet_licence']}; this release reads version 1 (licence.version)"
        )
    lists, texts = ("works", "proofs"), ("licence", "salt", "status")
    whole = set(value) == _FIELDS and all(isinstance(value[name], list) for name in lists)
    if not whole or not all(isinstance(value[name], str) for name in texts) or not _is_salt(value["salt"]):
        raise BadRecord(f"a licence file has exactly the fields {', '.join(sorted(_FIELDS))}, each of its kind")
    return value


def _is_salt(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def _proof(row: Any) -> WorkProof:
    match row:
        case [str(subject), int(index), [*path]] if all(isinstance(step, str) and _is_salt(step) for step in path):
            return WorkProof(parse_subject(subject), index, tuple(bytes.fromhex(step) for step in path))
    raise BadRecord("a proof is a work, its place, and hashes of 32 bytes in hex")


def _check_scope(said: Agreement, works: tuple[Subject, ...], proofs: tuple[WorkProof, ...]) -> None:
    if bool(works) == bool(proofs):
        raise BadRecord("a licence file shows all of its works, or proofs for some of them")
    if works and (len(works), scope_root(works)) != (said.count, said.root):
        raise VerificationFailed("the works in the file are not those that the licence is for")
    for proof in proofs:
        check_proof(proof, said.root, said.count)
