"""What is asked of an entry that links an outside key to a party: that the outside key agreed, in its own signature."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from placet.errors import Refused
from placet.record.entries import Entry
from placet.registry.links import binding_text, check_link, fingerprint_of

__all__ = ["JUDGES", "MOST_LINKS"]

MOST_LINKS: Final = 50  # of one party


def _judge_link(entry: Entry, batch: Any) -> None:
    body = entry.body
    _check_new(entry, batch)
    blob = batch.need(body["signature"], "the signature is")
    if blob is not None:
        check_link(body["kind"], body["public"], blob, binding_text(entry.by, batch.origin), body["at"])


def _check_new(entry: Entry, batch: Any) -> None:
    """A key is linked once, by whichever of the party's keys; the most bounds what a judge of the next one reads."""
    body = entry.body
    told = batch.authority.links(batch.authority.party_of(entry.by, body["at"]))
    if len(told) >= MOST_LINKS:
        raise Refused(f"a party links {MOST_LINKS} keys at most (link.many)")
    key = fingerprint_of(body["kind"], body["public"])
    if any(fingerprint_of(act.body["kind"], act.body["public"]) == key for act in told):
        raise Refused(f"{key} is linked to this party already (link.twice)")


JUDGES: Final[dict[str, Callable[[Entry, Any], None]]] = {"identity.link": _judge_link}
