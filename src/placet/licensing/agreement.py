"""What a licence says, and the document that says it: a W3C Verifiable Credential with an ODRL agreement inside.

Source: Verifiable Credentials Data Model 2.0 (2025-05-15), Securing VCs with JOSE and COSE (`vc+jwt`), ODRL 2.2,
OAuth Token Status List (the `status` claim).  Every field stands once as data, in `terms`; the agreement beside it says
the same in ODRL for other people's software, and a document in which the two differ is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from placet.core.did import did_of, party_of
from placet.core.lines import is_line, is_time
from placet.core.money import Money
from placet.core.offer import Report, Unit
from placet.core.territory import parse_territory
from placet.core.use import Use
from placet.errors import BadInput, BadRecord

__all__ = ["Agreement", "agreement_of", "claims"]

_HEX32, _HEX64 = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{64}")
_LINE = 300
_PROFILE = "urn:placet:odrl:1"
_CONTEXT = ["https://www.w3.org/ns/credentials/v2", "http://www.w3.org/ns/odrl.jsonld"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """`licensor` and `holder` are public keys in hex, `root` the Merkle root over `count` works; times in UTC seconds.

    `price` is the whole price of this licence; `rate` a share of revenue in its place.  `model` is empty where every
    model made within the term is meant; `until` 0 has no end.  `place` is the licence's bit in the list `status`.
    """

    id: str
    licensor: str
    holder: str
    uses: tuple[Use, ...]
    unit: Unit
    root: str
    count: int
    issued_at: int
    start: int
    status: str
    place: int
    price: Money | None = None
    rate: Fraction | None = None
    model: str = ""
    territory: tuple[str, ...] = ()
    until: int = 0
    credit: str = ""
    report: Report = Report.NEVER
    offer: str = ""

    def __post_init__(self) -> None:
        if why := _flaw(self):
            raise BadInput(f"this licence cannot be given: {why} (licence.terms)")

    def holds(self, at: int) -> bool:
        return self.start <= at and (not self.until or at < self.until)


def _flaw(said: Agreement) -> str:
    if not _HEX32.fullmatch(said.id) or not all(map(_HEX64.fullmatch, (said.licensor, said.holder, said.root))):
        return "an id, a key or a root is not lowercase hex of its size"
    if said.offer and not _HEX64.fullmatch(said.offer):
        return "the offer is not named by its SHA-256"
    if not said.uses or Use.ACCESS in said.uses or Use.ANY in said.uses:
        return "it names the uses that it permits, and never access to a server"
    if said.count < 1 or said.place < 0:
        return "it is for no work"
    if not all(map(is_time, (said.issued_at, said.start, said.until))):
        return "a day in it is in no calendar"
    if said.until and said.until <= said.start:
        return "it is over before it begins"
    if (said.price is None) == (said.rate is None):
        return "it has a price or a share of revenue"
    if said.price is not None and said.price.amount < 0:
        return "its price is below zero"
    if said.unit is Unit.MODEL and not said.model:
        return "it is for one model version, and names none"
    if not all(is_line(line, _LINE) for line in (said.model, said.credit, said.status)):
        return f"its model, credit line and status list are single lines of at most {_LINE} characters"
    return ""


def claims(said: Agreement) -> dict[str, Any]:
    """The credential's claims."""
    subject = {"id": did_of(said.holder), "agreement": _odrl(said), "terms": _terms(said)}
    until = {"validUntil": _time(said.until)} if said.until else {}
    return {
        "@context": _CONTEXT,
        "id": _urn(said),
        "type": ["VerifiableCredential", "PlacetLicence"],
        "issuer": did_of(said.licensor),
        "validFrom": _time(said.start),
        **until,
        "credentialSubject": subject,
        "status": {"status_list": {"idx": said.place, "uri": said.status}},
    }


def agreement_of(value: Mapping[str, Any]) -> Agreement:
    """The agreement in these claims; BadRecord when a field is amiss, or said twice and differently."""
    try:
        said = _read(value)
    except (BadInput, KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadRecord(f"the licence cannot be read: {error}") from error
    if claims(said) != value:
        raise BadRecord("the licence contradicts itself: its agreement does not say what its terms say")
    return said


def _read(value: Mapping[str, Any]) -> Agreement:
    terms, entry = value["credentialSubject"]["terms"], value["status"]["status_list"]
    numbers = ("count", "issued", "from", "until", "amount")
    if any(type(terms[name]) is not int or terms[name] < 0 for name in numbers) or type(entry["idx"]) is not int:
        raise ValueError("a number is none, or is below zero")
    rate = re.fullmatch(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,8})", terms["rate"]) if terms["rate"] else None
    return Agreement(
        id=value["id"].removeprefix("urn:placet:licence:"),
        licensor=party_of(value["issuer"]),
        holder=party_of(value["credentialSubject"]["id"]),
        uses=tuple(Use(use) for use in terms["uses"]),
        unit=Unit(terms["unit"]),
        root=terms["works"],
        count=terms["count"],
        issued_at=terms["issued"],
        start=terms["from"],
        until=terms["until"],
        status=entry["uri"],
        place=entry["idx"],
        price=Money(terms["amount"], terms["currency"]) if terms["currency"] else None,
        rate=Fraction(int(rate[1]), int(rate[2])) if rate else None,
        model=terms["model"],
        territory=parse_territory(",".join(terms["territory"])),
        credit=terms["credit"],
        report=Report(terms["report"]),
        offer=terms["offer"],
    )


def _terms(said: Agreement) -> dict[str, Any]:
    return {
        "uses": [use.value for use in said.uses],
        "unit": said.unit.value,
        "works": said.root,
        "count": said.count,
        "issued": said.issued_at,
        "from": said.start,
        "until": said.until,
        "amount": said.price.amount if said.price else 0,
        "currency": said.price.currency if said.price else "",
        "rate": f"{said.rate.numerator}/{said.rate.denominator}" if said.rate else "",
        "model": said.model,
        "territory": list(said.territory),
        "credit": said.credit,
        "report": said.report.value,
        "offer": said.offer,
    }


def _odrl(said: Agreement) -> dict[str, Any]:
    permission = {
        "target": f"urn:placet:works:{said.root}",
        "action": [f"urn:placet:use:{use}" for use in said.uses],
        "constraint": _constraints(said),
        "duty": _duties(said),
    }
    return {
        "@type": "Agreement",
        "uid": _urn(said),
        "profile": _PROFILE,
        "assigner": did_of(said.licensor),
        "assignee": did_of(said.holder),
        "permission": [permission],
    }


def _constraints(said: Agreement) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [_constraint("dateTime", "gteq", _time(said.start))]
    if said.until:
        found.append(_constraint("dateTime", "lt", _time(said.until)))
    if said.territory:
        found.append(_constraint("spatial", "isAnyOf", list(said.territory)))
    if said.model:
        found.append(_constraint("urn:placet:model", "eq", said.model))
    return found


def _constraint(left: str, operator: str, right: object) -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def _duties(said: Agreement) -> list[dict[str, Any]]:
    duties: list[dict[str, Any]] = []
    if said.price:
        number, _, currency = str(said.price).rpartition(" ")
        pay = _constraint("payAmount", "eq", {"@type": "xsd:decimal", "@value": number})
        duties.append({"action": "compensate", "constraint": [pay | {"unit": f"urn:iso:std:iso:4217:{currency}"}]})
    if said.rate:
        share = _constraint("urn:placet:revenue-share", "eq", f"{said.rate.numerator}/{said.rate.denominator}")
        duties.append({"action": "compensate", "constraint": [share]})
    if said.credit:
        duties.append({"action": "attribute", "constraint": [_constraint("urn:placet:credit", "eq", said.credit)]})
    if said.report is not Report.NEVER:
        duties.append({"action": "inform", "constraint": [_constraint("timeInterval", "eq", said.report.value)]})
    return duties


def _urn(said: Agreement) -> str:
    return f"urn:placet:licence:{said.id}"


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
