"""TDM policies: the ODRL 2.2 profile of TDMRep (W3C Community Group final report, 2024-05-10, section 7).

An offer is an offer: a permission in it, with or without duties, is a door to knock at and never a yes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

__all__ = ["MINE", "PROFILE", "Offer", "is_policy", "read_offer", "write_offer"]

PROFILE = "http://www.w3.org/ns/tdmrep"
MINE = "tdm:mine"
_CONTEXT = ["http://www.w3.org/ns/odrl.jsonld", "http://www.w3.org/ns/tdmrep.jsonld"]
_MINE = frozenset({MINE, f"{PROFILE}#mine", f"{PROFILE}/mine", "mine"})
# `odrl:use` includes tdm:mine: who prohibits all use prohibits mining.
_USE = frozenset({"use", "odrl:use", "http://www.w3.org/ns/odrl/2/use"})
_DUTIES = frozenset({"obtainConsent", "compensate"})


@dataclass(frozen=True, slots=True)
class Offer:
    """What a policy says of mining; `faults` are sentences."""

    uid: str = ""
    permits: bool = False
    prohibits: bool = False
    target: str = ""
    duties: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


def is_policy(value: Any) -> bool:
    """An ODRL policy by its own account, rather than anything else in JSON."""
    return isinstance(value, dict) and bool({"permission", "prohibition", "@context"} & set(value))


def read_offer(value: dict[str, Any]) -> Offer:
    """The offer in a parsed policy; what is not of the profile is a fault, and is never read as a permission."""
    permissions, broken = _rules(value, "permission")
    prohibitions, torn = _rules(value, "prohibition")
    mining = [rule for rule in permissions if _actions(rule) & _MINE]
    prohibits = any(_actions(rule) & (_MINE | _USE) for rule in prohibitions)
    faults = [*_outline_faults(value), *broken, *torn]
    if mining and prohibits:
        faults.append("it permits and prohibits mining, which makes an ODRL policy void")
    return Offer(
        uid=value["uid"] if isinstance(value.get("uid"), str) else "",
        permits=bool(mining) and value.get("@type") in ("Offer", "Set"),
        prohibits=prohibits,
        target=_target(value, mining),
        duties=tuple(sorted({action for rule in mining for action in _duties(rule)})),
        faults=tuple(faults),
    )


def write_offer(uid: str, *, assigner: str, name: str, email: str, duties: tuple[str, ...]) -> bytes:
    """An offer to mine, to whom asks; `duties` are of obtainConsent and compensate."""
    rule = {"action": MINE, "duty": [{"action": duty} for duty in duties if duty in _DUTIES]}
    party = {"uid": assigner, "vcard:fn": name, "vcard:hasEmail": f"mailto:{email}"}
    offer = {
        "@context": _CONTEXT,
        "@type": "Offer",
        "profile": PROFILE,
        "uid": uid,
        "assigner": party,
        "permission": [rule],
    }
    return json.dumps(offer, indent=1).encode()


def _outline_faults(value: dict[str, Any]) -> list[str]:
    faults = []
    if value.get("@type") != "Offer":
        faults.append(f"a TDM policy is an Offer, this is {value.get('@type')!r}")
    if value.get("profile") != PROFILE:
        faults.append(f"its profile is not {PROFILE}")
    if not isinstance(value.get("uid"), str):
        faults.append("it has no uid")
    return faults


def _rules(value: dict[str, Any], kind: str) -> tuple[list[dict[str, Any]], list[str]]:
    """JSON-LD lets one rule stand without its brackets."""
    found = value.get(kind, [])
    listed = found if isinstance(found, list) else [found]
    rules = [rule for rule in listed if isinstance(rule, dict)]
    return rules, [] if len(rules) == len(listed) else [f"a {kind} is no object"]


def _actions(rule: dict[str, Any]) -> frozenset[str]:
    found = rule.get("action", [])
    listed = found if isinstance(found, list) else [found]
    names = [each.get("@id", each.get("id")) if isinstance(each, dict) else each for each in listed]
    return frozenset(name for name in names if isinstance(name, str))


def _duties(rule: dict[str, Any]) -> frozenset[str]:
    duties, _ = _rules(rule, "duty")
    return frozenset(action for duty in duties for action in _actions(duty))


def _target(value: dict[str, Any], rules: list[dict[str, Any]]) -> str:
    targets = [source.get("target") for source in (*rules, value)]
    return next((target for target in targets if isinstance(target, str)), "")
