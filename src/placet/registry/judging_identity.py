"""Who may say of whom that she is who she says: the rules of admission for the identity ladder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from placet.core.authority import DAY
from placet.core.identifiers import PEOPLE, canonical
from placet.errors import Refused
from placet.record.entries import Entry
from placet.registry.challenges import DNS, HTTP, LASTS, check

__all__ = ["JUDGES", "MAIL_LASTS", "METHODS"]

MAIL_LASTS: Final = 365 * DAY
METHODS: Final = {
    "email": ("mail",),
    "domain": (HTTP, DNS),
    "identifier": ("issuer", "document"),
    "member": ("issuer", "document"),
    "issuer": ("document",),
    "document": ("document",),
}
_BY_ISSUERS: Final = ("identifier", "member")
_TERMS: Final = {"domain": LASTS, "email": MAIL_LASTS}


def _judge_claim(entry: Entry, batch: Any) -> None:
    """A claim raises nothing, but a wrong check digit does not enter the record."""
    for identifier in entry.body["identifiers"]:
        _check_spelling(identifier)


def _check_spelling(identifier: str) -> None:
    try:
        right = canonical(identifier)
    except ValueError as error:
        raise Refused(str(error)) from None
    if right != identifier:
        raise Refused(f"{identifier[:80]!r} is written {right!r} in the record (identifier.spelling)")


def _judge_attestation(entry: Entry, batch: Any) -> None:
    body = entry.body
    if batch.role_of(body["party"]) != "party":
        raise Refused(f"there is no party {body['party'][:12]} in the record (identity.party)")
    _check_attester(entry, batch)
    _check_value(body)
    _check_term(body)
    if body["kind"] == "domain":
        _check_evidence(entry, batch)
    elif body["evidence"]:
        batch.need(body["evidence"], "the evidence is")


def _check_attester(entry: Entry, batch: Any) -> None:
    """The log observes; a party that it recognised as an issuer speaks for identifiers and its members."""
    body = entry.body
    if body["method"] not in METHODS[body["kind"]]:
        raise Refused(f"{body['kind']} is not attested by {body['method']} (identity.method)")
    if batch.role_of(entry.by) == "log":
        return
    by = batch.authority.party_of(entry.by, body["at"])
    if body["kind"] not in _BY_ISSUERS:
        raise Refused(f"only the log's own key attests {body['kind']} (identity.attester)")
    if not batch.authority.is_issuer(by, body["at"]):
        raise Refused("only an issuer that the log recognised attests others (identity.attester)")
    if batch.authority.party_of(body["party"], body["at"]) == by:
        raise Refused("an issuer does not attest itself (identity.self)")


def _check_value(body: Any) -> None:
    """A domain, an identifier of a person, or nothing: as each kind asks for."""
    kind, value = body["kind"], body["value"]
    scheme = value.partition(":")[0]
    if kind == "email":
        is_right = not value and body["commitment"]
    elif kind == "domain":
        is_right = scheme == "domain"
    elif kind == "identifier":
        is_right = scheme in PEOPLE
    else:
        is_right = not value or scheme in PEOPLE
    if not is_right:
        raise Refused(f"{value[:80]!r} is not what an attestation of {kind} names (identity.method)")
    if value:
        _check_spelling(value)
    if "document" in (kind, body["method"]) and not (body["commitment"] or body["evidence"]):
        raise Refused("an attestation by document carries its digest, or a commitment to it (identity.evidence)")


def _check_term(body: Any) -> None:
    """What was observed lapses; until when is after from when, as for every entry."""
    if body["from"] > body["at"]:
        raise Refused("nothing is attested before it was seen (identity.term)")
    most = _TERMS.get(body["kind"])
    if most and not 0 < body["until"] <= body["from"] + most:
        raise Refused(f"{body['kind']} is attested for at most {most // DAY} days (identity.term)")


def _check_evidence(entry: Entry, batch: Any) -> None:
    """The observation itself is judged again, so that not even the log attests a domain that did not answer."""
    body = entry.body
    if not body["evidence"]:
        raise Refused("a domain is attested with what was observed (identity.evidence)")
    data = batch.need(body["evidence"], "the evidence is")
    if data is not None:
        domain = body["value"].removeprefix("domain:")
        check(data, party=body["party"], domain=domain, method=body["method"], at=body["from"])


def _judge_unsaying(entry: Entry, batch: Any) -> None:
    body = entry.body
    found = batch.authority.attestation(body["attestation"])
    if found is None:
        raise Refused(f"there is no attestation {body['attestation'][:12]} in the record (identity.unsay)")
    if found.void_since is not None:
        raise Refused(f"the attestation {body['attestation'][:12]} was taken back already (identity.unsay)")
    if body["since"] > body["at"]:
        raise Refused("an attestation is not taken back from a moment to come (identity.unsay)")
    of = batch.authority.party_of
    if batch.role_of(entry.by) != "log" and of(entry.by, body["at"]) != of(found.act.by, body["at"]):
        raise Refused("an attestation is taken back by who made it, or by the log (identity.unsay)")


JUDGES: Final[dict[str, Callable[[Entry, Any], None]]] = {
    "identity.claim": _judge_claim,
    "identity.attest": _judge_attestation,
    "identity.revoke": _judge_unsaying,
}
