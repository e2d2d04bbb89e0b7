"""datatrove: a filter for documents, and one for the media in them.

    LocalPipelineExecutor([JsonlReader(...), PlacetFilter(clearance), JsonlWriter(...)])

A document's text, its address and the signals in its metadata are judged, as `placet clear` judges a line of JSON.
What is dropped is counted as `dropped_<reason>`, and an exclusion writer gets it with that reason.
Source: datatrove 0.10, `BaseFilter` and `BaseMediaContentFilter`.
"""

from __future__ import annotations

from typing import Any

from placet.clearance.verdicts import Decides, Verdict
from placet.errors import MissingExtra

try:
    from datatrove.pipeline.filters.base_filter import BaseFilter
    from datatrove.pipeline.media.filters.base_filter import BaseMediaContentFilter
except ImportError as error:
    raise MissingExtra("this adapter needs datatrove: pip install 'placet[datatrove]'") from error

__all__ = ["PlacetFilter", "PlacetMediaFilter"]


class PlacetFilter(BaseFilter):  # type: ignore[misc]
    """Keeps the documents that may be used."""

    name = "placet clearance"

    def __init__(self, clearance: Decides, exclusion_writer: Any = None, batch_size: int = 1000) -> None:
        super().__init__(exclusion_writer, batch_size)
        self.clearance = clearance

    def filter(self, doc: Any) -> bool | tuple[bool, str]:
        (answer,) = self.filter_batch([doc])
        return answer

    def filter_batch(self, batch: list[Any]) -> list[bool | tuple[bool, str]]:
        rows = [{"text": doc.text, "metadata": doc.metadata} for doc in batch]
        return [_answer(verdict) for verdict in self.clearance.decide(rows)]


class PlacetMediaFilter(BaseMediaContentFilter):  # type: ignore[misc]
    """Takes the bytes out of media that may not be used; the documents stay. Put it behind what fetches the bytes."""

    name = "placet clearance of media"

    def __init__(self, clearance: Decides) -> None:
        super().__init__()
        self.clearance = clearance

    def filter(self, media: Any) -> bool | tuple[bool, str]:
        row = {"url": media.url, "caption": media.alt, "bytes": media.media_bytes}
        (verdict,) = self.clearance.decide([row])
        return _answer(verdict)


def _answer(verdict: Verdict) -> bool | tuple[bool, str]:
    return True if verdict.keep else (False, verdict.reason)
