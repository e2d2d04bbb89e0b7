"""What is asked of an entry that links an outside key to a party: that the outside key agreed, in its own signature."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from placet.record.entries import Entry
from placet.registry.links import binding_text, check_link

__all__ = ["JUDGES"]


def _judge_link(entry: Entry, batch: Any) -> None:
    body = entry.body
    blob = batch.need(body["signature"], "the signature is")
    if blob is not None:
        check_link(body["kind"], body["public"], blob, binding_text(entry.by, batch.origin))


JUDGES: Final[dict[str, Callable[[Entry, Any], None]]] = {"identity.link": _judge_link}
