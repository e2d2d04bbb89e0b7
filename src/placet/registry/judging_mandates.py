"""What is asked of a mandate: nobody gives one to herself, in a circle, or wider than what she holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from placet.core.authority import Authority, Mandate, narrowed
from placet.core.subject import Subject
from placet.core.territory import members
from placet.errors import Refused
from placet.record.entries import Entry, parse_subject

__all__ = ["JUDGES", "MOST_GIVEN"]

MOST_GIVEN: Final = 10_000  # by one party


def _judge_grant(entry: Entry, batch: Any) -> None:
    authority, body, at = batch.authority, entry.body, entry.body["at"]
    principal, delegate = authority.party_of(entry.by, at), authority.party_of(body["to"])
    if delegate == principal:
        raise Refused("a mandate to oneself says nothing: whoever holds a right speaks for it anyway (mandate.self)")
    if not batch.role_of(body["to"]):
        raise Refused(f"there is no key {body['to'][:12]} in the record to give a mandate to (mandate.unknown)")
    if len(authority.given(principal)) >= MOST_GIVEN:
        raise Refused(f"a party gives at most {MOST_GIVEN:,} mandates (mandate.many)")
    if body["until"] and body["until"] <= at:
        raise Refused("the mandate is over before it begins (mandate.expired)")
    if body["parent"]:
        _check_parent(entry, principal, delegate, batch)
    if body["exclusive"] and (rival := _rival(authority, principal, entry, batch.here)):
        raise Refused(f"mandate {rival.id[:12]} is exclusive already, for a part of the same (mandate.exclusive)")


def _check_parent(entry: Entry, principal: str, delegate: str, batch: Any) -> None:
    body = entry.body
    above = batch.authority.mandate(body["parent"])
    if above is None or above.delegate != principal:
        raise Refused(f"there is no mandate {body['parent'][:12]} that this key holds (mandate.unknown)")
    if above.parent or not above.depth or body["depth"]:
        raise Refused("a mandate is handed on once, where it says that it may be, and no further (mandate.depth)")
    if not above.is_live(batch.here, entry.body["at"]):
        raise Refused("the mandate that is handed on was not accepted, is over, or was revoked (mandate.expired)")
    if above.principal == delegate:
        raise Refused("a mandate goes back to who gave it: that is a circle (mandate.circular)")
    if wider := _wider(body, above):
        raise Refused(f"what is handed on has a wider {wider} than the mandate it rests on (mandate.exceeds)")


def _wider(body: Any, above: Mandate) -> str:
    """In what a mandate exceeds the one above it; empty where it does not."""
    scope = {parse_subject(text) for text in body["scope"]}
    ours, theirs = members(tuple(body["territory"])), members(above.territory)
    if not set(body["acts"]) <= above.acts:
        return "list of acts"
    if above.scope and (not scope or not scope <= above.scope):
        return "scope"
    if above.rights and (not body["rights"] or not set(body["rights"]) <= above.rights):
        return "list of rights"
    if theirs is not None and (ours is None or not ours <= theirs):
        return "territory"
    if body["from"] < above.start or (above.until and (not body["until"] or body["until"] > above.until)):
        return "span of time"
    return "exclusivity" if body["exclusive"] and not above.exclusive else ""


def _rival(authority: Authority, principal: str, entry: Entry, here: int) -> Mandate | None:
    """A living exclusive mandate of the principal's that overlaps this one in acts, scope, rights, place and time."""
    body = entry.body
    scope = {parse_subject(text) for text in body["scope"]}
    for other in authority.given(principal):
        is_over = other.ended is not None and other.ended < here
        if not other.exclusive or is_over or (other.until and other.until <= body["from"]):
            continue
        if body["until"] and body["until"] <= other.start:
            continue
        if _share(scope, other.scope) and _share(set(body["rights"]), other.rights) and set(body["acts"]) & other.acts:
            where = narrowed(tuple(body["territory"]), other.territory)
            if where is not None and other.id != body["parent"]:
                return other
    return None


def _share(ours: set[Subject] | set[str], theirs: frozenset[Subject] | frozenset[str]) -> bool:
    """Empty is all there is."""
    return not ours or not theirs or not theirs.isdisjoint(ours)


def _judge_acceptance(entry: Entry, batch: Any) -> None:
    found = _known(entry, batch)
    if batch.authority.party_of(entry.by, entry.body["at"]) != found.delegate:
        raise Refused("only the party that a mandate was given to accepts it (mandate.delegate)")
    if found.accepted is not None:
        raise Refused("the mandate was accepted before (mandate.delegate)")
    if found.ended is not None or (found.until and found.until <= entry.body["at"]):
        raise Refused("the mandate is over, or was revoked: it can be accepted no more (mandate.expired)")


def _judge_end(entry: Entry, batch: Any) -> None:
    found = _known(entry, batch)
    by = batch.authority.party_of(entry.by, entry.body["at"])
    if by not in (found.principal, found.delegate):
        raise Refused("a mandate is ended by who gave it or by who holds it (mandate.delegate)")
    if found.ended is not None:
        raise Refused("the mandate was ended before (mandate.expired)")
    is_bound = not found.revocable and found.accepted is not None and batch.authority.is_sound(found)
    if by == found.principal and is_bound:
        raise Refused("the mandate was given for its whole time: only who holds it can lay it down (mandate.bound)")


def _known(entry: Entry, batch: Any) -> Mandate:
    found: Mandate | None = batch.authority.mandate(entry.body["mandate"])
    if found is None:
        raise Refused(f"there is no mandate {entry.body['mandate'][:12]} in the record (mandate.unknown)")
    return found


JUDGES: Final[dict[str, Callable[[Entry, Any], None]]] = {
    "mandate.grant": _judge_grant,
    "mandate.accept": _judge_acceptance,
    "mandate.revoke": _judge_end,
}
