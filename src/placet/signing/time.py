"""Time stamps: somebody else's signed word that these bytes existed at that time.

Source: RFC 3161 (request, response, checks of section 2.2 and 2.3), RFC 5816, CMS (RFC 5652); qualified or not by
ETSI EN 319 412-5 (qcStatements) and a trusted list.  A stamp is judged at its own time: a certificate that is over
today was good then.  Not looked at: whether it was revoked before that, and whether it is the one that the signer
meant (ESSCertID, RFC 5816).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from placet.errors import BadRecord, Refused, Untrusted, VerificationFailed
from placet.signing.der import BOOLEAN, INTEGER, OCTETS, SEQUENCE, number, object_id, put, values
from placet.signing.trusted_list import Service

__all__ = ["MOST_BYTES", "NOT_STATED", "Stamp", "ask", "authorities", "check_answer", "verify_stamp"]

MOST_BYTES: Final = 1 << 16
NOT_STATED: Final = "whether it is qualified (eIDAS) is not stated"
_SKEW: Final = 300  # a stamp may be ahead of our clock by this many seconds
_SHA256: Final = "2.16.840.1.101.3.4.2.1"
_HASHES: Final = {_SHA256: "sha256", "2.16.840.1.101.3.4.2.2": "sha384", "2.16.840.1.101.3.4.2.3": "sha512"}
_STATEMENTS: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")
_QUALIFIED: Final = "0.4.0.1862.1.1"
_TAGGED: Final = 0xA0
# What cryptography raises for certificates that it cannot read; they have no ancestor of their own.
_UNREAD: Final = (ValueError, x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """`at` in UTC seconds; `authority` is the name in the certificate; `qualified` says by whom, or NOT_STATED."""

    at: int
    authority: str
    policy: str
    serial: int
    qualified: str


def ask(digest: bytes, nonce: int) -> bytes:
    """A TimeStampReq for a SHA-256 digest that also asks for the authority's certificate."""
    imprint = put(SEQUENCE, put(SEQUENCE, object_id(_SHA256) + b"\x05\x00") + put(OCTETS, digest))
    return put(SEQUENCE, number(1) + imprint + number(nonce) + put(BOOLEAN, b"\xff"))


def check_answer(answer: bytes, data: bytes, request: bytes, now: int) -> int:
    """When an answer to our own request says it was given (UTC seconds); who gave it is not looked at."""
    response = _decode(answer)
    _check_imprint(response, data)
    _check_nonce(response, _nonce_of(request))
    return _check_clock(response, now)


def authorities(pem: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates in which a reader trusts, from a PEM file."""
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except _UNREAD:
        raise BadRecord("the file of trusted authorities holds no certificate in PEM (time.trust)") from None


def verify_stamp(
    token: bytes,
    data: bytes,
    trusted: Sequence[x509.Certificate],
    now: int,
    listed: Sequence[Service] = (),
) -> Stamp:
    """What the token shows about `data`; raises when it does not hold, Untrusted when nobody is trusted."""
    response = _decode(token)
    _check_imprint(response, data)
    at = _check_clock(response, now)
    signer = _signer(response, trusted)
    _check_purpose(signer)
    _check_period(signer, response)
    _check_chain(response, data, trusted)
    info = response.tst_info
    return Stamp(
        at=at,
        authority=signer.subject.rfc4514_string(),
        policy=info.policy.dotted_string,
        serial=info.serial_number,
        qualified=_qualified(signer, trusted, listed, at),
    )


def _decode(token: bytes) -> Any:
    """The response, granted and whole; RFC 3161 section 2.4.2."""
    from rfc3161_client import decode_timestamp_response

    if len(token) > MOST_BYTES:
        raise BadRecord(f"the time stamp has more than {MOST_BYTES >> 10} KiB (time.size)")
    try:
        response = decode_timestamp_response(_sorted(token))
    except ValueError:
        raise BadRecord("this is no answer of a time stamping authority, or it is cut (time.form)") from None
    if response.status != 0:
        said = " ".join(" ".join(response.status_string).split())[:200] or f"status {response.status}"
        raise Refused(f"the authority gave no time stamp: {said} (time.refused)")
    try:
        response.tst_info.gen_time  # noqa: B018 - a token that is none shows itself here
        signers = len(response.signed_data.signer_infos)
    except ValueError:
        raise BadRecord("this is no answer of a time stamping authority, or it is cut (time.form)") from None
    if signers != 1:
        raise BadRecord(f"a time stamp has one signer, and this has {signers} (time.form)")
    return response


def _sorted(token: bytes) -> bytes:
    """The token with its certificates in DER's order: many authorities, and openssl, send them in another.

    Nobody signed their order (RFC 5652 section 5.1), and the decoder insists on it.
    """
    try:
        return _within(token, (SEQUENCE, SEQUENCE, _TAGGED, SEQUENCE, _TAGGED))
    except BadRecord:
        return token  # the decoder says what is wrong with it


def _within(data: bytes, path: tuple[int, ...]) -> bytes:
    """`data` with the last value of each tag along `path` looked into, and what lies at its end sorted."""
    parts = list(values(data))
    if not path:
        return b"".join(sorted(each.whole for each in parts))
    place = max((number for number, each in enumerate(parts) if each.tag == path[0]), default=-1)
    return b"".join(
        put(each.tag, _within(each.content, path[1:])) if number == place else each.whole
        for number, each in enumerate(parts)
    )


def _check_imprint(response: Any, data: bytes) -> None:
    imprint = response.tst_info.message_imprint
    name = _HASHES.get(imprint.hash_algorithm.dotted_string)
    if name is None:
        raise VerificationFailed(
            "the stamp is over a digest that is neither SHA-256, SHA-384 nor SHA-512 (time.imprint)"
        )
    if imprint.message != hashlib.new(name, data).digest():
        raise VerificationFailed("the stamp is for other bytes than these (time.imprint)")


def _check_nonce(response: Any, nonce: int | None) -> None:
    if nonce is not None and response.tst_info.nonce != nonce:
        raise VerificationFailed("the answer is not to this request: its nonce is another (time.nonce)")


def _check_clock(response: Any, now: int) -> int:
    at = int(response.tst_info.gen_time.timestamp())
    if at > now + _SKEW:
        raise VerificationFailed(
            f"the stamp is from the future, {at - now} seconds ahead of this clock: one of them is wrong (time.clock)"
        )
    return at


def _signer(response: Any, trusted: Sequence[x509.Certificate]) -> x509.Certificate:
    """The certificate that signed: it came with the stamp, or is among the trusted."""
    if not trusted:
        raise Untrusted(
            "nobody said which time stamping authority to believe; give its root with --tsa-ca (time.trust)"
        )
    (signer,) = response.signed_data.signer_infos
    try:
        sent = [x509.load_der_x509_certificate(each) for each in response.signed_data.certificates]
        for each in (*sent, *trusted):
            if (each.issuer, each.serial_number) == (signer.issuer, signer.serial_number):
                return each
    except _UNREAD:
        raise BadRecord("a certificate in the time stamp cannot be read (time.form)") from None
    raise VerificationFailed(
        "the certificate that signed the stamp is neither in it nor among the trusted (time.chain)"
    )


def _check_purpose(signer: x509.Certificate) -> None:
    """RFC 3161 section 2.3: one key purpose, time stamping, and critical."""
    try:
        found = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (x509.ExtensionNotFound, *_UNREAD):
        found = None
    if found is None or not found.critical or list(found.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise VerificationFailed("the certificate that signed the stamp is not for time stamping alone (time.purpose)")


def _check_period(signer: x509.Certificate, response: Any) -> None:
    at = response.tst_info.gen_time
    if not signer.not_valid_before_utc <= at <= signer.not_valid_after_utc:
        raise VerificationFailed(
            f"the authority's certificate was not valid when it signed, on {at:%Y-%m-%d %H:%M} UTC (time.expired)"
        )


def _check_chain(response: Any, data: bytes, trusted: Sequence[x509.Certificate]) -> None:
    from rfc3161_client import VerificationError, VerifierBuilder

    try:
        VerifierBuilder(roots=list(trusted)).build().verify_message(response, data)
    except (VerificationError, ValueError) as error:
        why = " ".join(str(error).split())[:160]
        raise VerificationFailed(
            f"the stamp is not signed by an authority that is trusted here: {why} (time.chain)"
        ) from None


def _nonce_of(request: bytes) -> int | None:
    """What the request put in so that no older answer serves for it; None when it put in nothing."""
    try:
        (whole,) = values(request)
        numbers = [int.from_bytes(each.content) for each in values(whole.content) if each.tag == INTEGER]
    except (ValueError, BadRecord):
        numbers = []
    if not numbers:
        raise BadRecord("the request is no time stamp request (time.form)")
    return numbers[1] if len(numbers) > 1 else None


def _qualified(
    signer: x509.Certificate, trusted: Sequence[x509.Certificate], listed: Sequence[Service], at: int
) -> str:
    """Both the certificate and the list must say so; the list may name the signer or who certified it."""
    if not _claims_qualified(signer):
        return NOT_STATED
    named = {signer.public_bytes(Encoding.DER)}
    named |= {each.public_bytes(Encoding.DER) for each in trusted if _issued(each, signer)}
    for service in listed:
        if service.since <= at and not named.isdisjoint(service.certificates):
            return f"qualified (eIDAS) as the service {service.name!r}, says the trusted list that was given"
    return NOT_STATED


def _issued(issuer: x509.Certificate, signer: x509.Certificate) -> bool:
    try:
        signer.verify_directly_issued_by(issuer)
    except (TypeError, InvalidSignature, *_UNREAD):
        return False
    return True


def _claims_qualified(signer: x509.Certificate) -> bool:
    """Whether the qcStatements say QcCompliance (ETSI EN 319 412-5 section 4.2.1)."""
    try:
        found = signer.extensions.get_extension_for_oid(_STATEMENTS).value
        content = found.value if isinstance(found, x509.UnrecognizedExtension) else b""
        (all_,) = values(content)
        return any(each.content.startswith(object_id(_QUALIFIED)) for each in values(all_.content))
    except (x509.ExtensionNotFound, BadRecord, *_UNREAD):
        return False
