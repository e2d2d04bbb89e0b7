"""What the crawls in a dataset know of the sites that they visited: evidence that came with the rows themselves."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from placet.clearance.readers import warc
from placet.signals.observation import Observation, encode

__all__ = ["crawled", "digest_of"]


def crawled(dataset: Path) -> tuple[Observation, ...]:
    """The robots.txt, tdmrep.json and ai.txt in every WARC file of a dataset, as of when each was taken."""
    return tuple(found for file in _crawls(dataset) for found in warc.observations(file, pages=False))


def digest_of(observations: tuple[Observation, ...]) -> str:
    """Over their canonical bytes, whatever their order; empty for none."""
    digests = sorted(sha256(encode(each)).hexdigest() for each in observations)
    return sha256("".join(f"{each}\n" for each in digests).encode()).hexdigest() if digests else ""


def _crawls(dataset: Path) -> Iterator[Path]:
    """Regular files only: a link is no part of a dataset."""
    files = sorted(dataset.rglob("*")) if dataset.is_dir() else [dataset]
    yield from (
        file
        for file in files
        if file.name.lower().endswith(warc.SUFFIXES) and file.is_file() and (file == dataset or not file.is_symlink())
    )
