"""What the crawls in a dataset know of the sites that they visited: evidence that came with the rows themselves."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from placet.clearance.readers import warc
from placet.clearance.rows import locate
from placet.clearance.spool import Spool
from placet.signals.observation import Observation, encode

__all__ = ["crawled", "digest_of"]


def crawled(dataset: Path | Spool) -> tuple[Observation, ...]:
    """The robots.txt, tdmrep.json and ai.txt in every WARC file of a dataset, as of when each was taken."""
    files = _fetched(dataset) if isinstance(dataset, Spool) else _crawls(dataset)
    return tuple(found for file in files for found in warc.observations(file, pages=False))


def _fetched(spool: Spool) -> Iterator[Path]:
    """Each is here only until the next is asked for; what could not be had is told when its rows are."""
    for number, unit in enumerate(spool.units):
        if unit.format == warc.FORMAT and not unit.why:
            with spool.holding(number) as (root, lacking):
                if not lacking:
                    yield locate(root, unit.path)


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
