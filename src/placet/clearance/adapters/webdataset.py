"""WebDataset: a stage that stands before `.decode()`, where a sample still is the bytes of its files.

    WebDataset(urls).compose(ClearedSamples(clearance)).decode("pil")

A sample is judged as `placet clear` judges the same sample in its tar.  Keys are left as they are, so that reports
line up.  Source: webdataset 1.0, `compose` and the samples of `group_by_keys`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from placet.clearance.batches import NAME
from placet.clearance.readers.fields import Heard
from placet.clearance.readers.sniff import MAX_BYTES, too_large
from placet.clearance.readers.webdataset import hear_documents, hear_file
from placet.clearance.rows import Row, printable
from placet.clearance.verdicts import Decides, Verdict

__all__ = ["ClearedSamples", "row_of"]

Sample = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ClearedSamples:
    """Hands on the samples that may be used; of each of the others `on_drop` is told, with its verdict."""

    clearance: Decides
    batch: int = 256
    on_drop: Callable[[Sample, Verdict], object] | None = None

    def __call__(self, samples: Iterable[Sample]) -> Iterator[Sample]:
        waiting = iter(samples)
        while some := list(islice(waiting, self.batch)):
            verdicts = self.clearance.decide([row_of(sample) for sample in some])
            for sample, verdict in zip(some, verdicts, strict=True):
                if verdict.keep:
                    yield sample
                elif self.on_drop is not None:
                    self.on_drop(sample, verdict)


def row_of(sample: Sample) -> Row:
    """The row that a sample is; what was decoded already cannot be judged, and leaves it unclear."""
    key = str(sample.get("__key__", ""))
    heard = Heard(f"{NAME}:{printable(key)}")
    files = {suffix: data for suffix, data in sample.items() if not suffix.startswith("__")}
    hear_documents([_hear(key, suffix, data, heard) for suffix, data in files.items()], heard)
    return heard.row(printable(key), files)


def _hear(key: str, suffix: str, data: object, heard: Heard) -> dict[str, object]:
    name = f"{key.rpartition('/')[2]}.{suffix}"
    if not isinstance(data, bytes | bytearray | memoryview):
        why = f"{heard.where}: {printable(suffix)} is {type(data).__name__} already; put this stage before decode()."
        heard.object_to(why, "row.incomplete")
        return {}
    if len(data) > MAX_BYTES:
        heard.problems.append(too_large(heard.where, len(data)))
        return {}
    return hear_file(name, bytes(data), heard.where, heard)
