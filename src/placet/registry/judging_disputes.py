"""Who may contest, settle and hold a strike against whom: the rules of admission for disputes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final

from placet.core.canonical import encode
from placet.core.person import person_of
from placet.core.standing import PUBLIC_DOMAIN, Dispute, End
from placet.core.subject import Kind, Subject
from placet.core.title import RIGHTS
from placet.errors import Refused
from placet.record.entries import Entry, parse_subject
from placet.registry.sworn import parse_sworn

__all__ = ["JUDGES"]

_OF_NOTHING: Final = hashlib.sha256(b"").hexdigest()


def _judge_counter(entry: Entry, batch: Any) -> None:
    """A statement with its contact, against a party that claims it, once, and anew only by a new document."""
    body = entry.body
    of = batch.authority.party_of
    by, against = of(entry.by, body["at"]), of(body["against"])
    if by == against:
        raise Refused("nobody contests a claim of their own (counter.own)")
    if body["right"] and body["right"] not in RIGHTS:
        raise Refused(f"{body['right']!r} is no right; known are {', '.join(RIGHTS)} (title.right)")
    if not body["contact"]:
        raise Refused("a counter-claim says, by a commitment, how its maker is reached (counter.contact)")
    statement = batch.need(body["statement"], "the statement is")
    document = parse_sworn(statement).document if statement is not None else ""
    for text in body["subjects"]:
        if not _claims(against, parse_subject(text), batch):
            raise Refused(f"{against[:12]} does not claim {text[:80]} (counter.unclaimed)")
        for dispute in batch.disputes.about(text):
            _check_anew(dispute, by, against, document, batch)


def _check_anew(dispute: Dispute, by: str, against: str, document: str, batch: Any) -> None:
    if (
        dispute.act.type == "claim.counter"
        and dispute.end is End.OPEN
        and (dispute.by, dispute.against) == (by, against)
    ):
        raise Refused(f"you contest it already, by entry {dispute.id[:12]} (counter.twice)")
    is_bound = dispute.by == by if dispute.end is End.DROPPED else dispute.end is End.UPHELD
    if not is_bound or dispute.sides != {by, against}:
        return
    shown = {dispute.document, _document_of(dispute, batch)} - {""}
    if document in {"", _OF_NOTHING, *shown}:
        raise Refused(
            f"this dispute was settled ({dispute.end}): somebody else, or a new document, may open it anew"
            " (counter.settled)"
        )


def _document_of(dispute: Dispute, batch: Any) -> str:
    statement = batch.blob(dispute.act.body["statement"]) if dispute.act.type == "claim.counter" else None
    return parse_sworn(statement).document if statement is not None else ""


def _claims(party: str, subject: Subject, batch: Any) -> bool:
    """It registered the work, lists it in a sheet, or is the person; also where that is withheld by now."""
    authority, text = batch.authority, str(subject)
    if subject.kind is Kind.WORK:
        holder = batch.holders({subject.id}).get(subject.id, "")
        if holder and authority.party_of(holder) == party:
            return not batch.disputes.is_withdrawn(party, text)
        if not holder and batch.hidden:
            return True
    if subject.kind is Kind.LIKENESS and authority.party_of(person_of(subject)) == party:
        return True
    quoted = encode(text)
    for act in authority.acts:
        if act.type == "claim.add" and authority.party_of(act.by, act.at) == party:
            sheet = batch.blob(act.body["blob"])
            if (sheet is None or quoted in sheet) and not batch.disputes.is_withdrawn(party, text, act.index):
                return True
    return False


def _judge_overlap(entry: Entry, batch: Any) -> None:
    """Anyone can compute it again; the log says it once, of works of two parties."""
    older, newer = (parse_subject(entry.body[name]) for name in ("older", "newer"))
    if batch.disputes.overlaps(str(older), str(newer)):
        raise Refused("the log said so already (overlap.twice)")
    if newer.kind is not Kind.WORK or older.kind not in (Kind.WORK, Kind.FINGERPRINT):
        raise Refused("an overlap is of two works, or of a work and what is in the public domain (overlap.subject)")
    if (older.kind is Kind.FINGERPRINT) != entry.body["method"].startswith(PUBLIC_DOMAIN):
        raise Refused("only what is in the public domain overlaps as a fingerprint (overlap.subject)")
    works = {each.id for each in (older, newer) if each.kind is Kind.WORK}
    holders = batch.holders(works)
    if works - holders.keys() and not batch.hidden:
        raise Refused(f"there is no work {min(works - holders.keys())[:12]} in the record (overlap.unknown)")
    if len(holders) == 2 and len({batch.authority.party_of(key) for key in holders.values()}) == 1:
        raise Refused("two works of one party are no overlap (overlap.own)")


def _judge_settlement(entry: Entry, batch: Any) -> None:
    """Its maker drops it, a side gives in, or an outsider who is trusted with it records a document."""
    body, of = entry.body, batch.authority.party_of
    dispute = batch.disputes.dispute(body["counter"])
    if dispute is None:
        raise Refused(f"there is no counter-claim or overlap {body['counter'][:12]} in the record (settle.unknown)")
    if dispute.end is not End.OPEN:
        raise Refused(f"the dispute {dispute.id[:12]} is over already: {dispute.end} (settle.over)")
    by = of(entry.by, body["at"])
    if body["outcome"] == "dropped":
        _check_dropped(body, by, dispute)
        return
    holder = of(body["holder"]) if body["holder"] else ""
    if holder not in dispute.sides:
        raise Refused("a dispute is upheld for one of its two sides (settle.holder)")
    is_log = batch.role_of(entry.by) == "log"
    if by in dispute.sides and not is_log:
        if holder == by:
            raise Refused(
                "nobody is judge in their own cause: the other side gives in, or a document is recorded"
                " (settle.own-cause)"
            )
        return
    if not is_log and not batch.authority.is_issuer(by, body["at"]):
        raise Refused(
            "only its sides, the log's operator or an issuer that the log knows settle a dispute (settle.stranger)"
        )
    if body["document"] in ("", _OF_NOTHING):
        raise Refused("who is no side records a settlement by a document: its SHA-256 (settle.document)")


def _check_dropped(body: Any, by: str, dispute: Dispute) -> None:
    if by != dispute.by:
        raise Refused("a dispute is dropped by who contests, and by nobody else (settle.not-yours)")
    if body["holder"] or body["document"]:
        raise Refused("what is dropped is upheld for nobody, by no document (settle.holder)")


def _judge_strike(entry: Entry, batch: Any) -> None:
    """With a reason, by the log or an issuer; it tightens how much may be registered, and decides nothing."""
    body, of = entry.body, batch.authority.party_of
    if batch.role_of(entry.by) != "log" and not batch.authority.is_issuer(of(entry.by, body["at"]), body["at"]):
        raise Refused("only the log, or an issuer that it knows, records a strike (strike.stranger)")
    if batch.role_of(body["party"]) != "party":
        raise Refused(f"there is no party {body['party'][:12]} in the record (strike.party)")
    if of(entry.by, body["at"]) == of(body["party"]):
        raise Refused("nobody strikes themselves (strike.party)")
    if not body["why"].strip():
        raise Refused("a strike says why (strike.why)")


JUDGES: Final[dict[str, Callable[[Entry, Any], None]]] = {
    "claim.counter": _judge_counter,
    "claim.overlap": _judge_overlap,
    "claim.settle": _judge_settlement,
    "strike.add": _judge_strike,
}
