"""A dataset that lies on another machine: listed once, planned, and handed to a clearance file by file."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from placet.clearance.places import Place, digest_of_listing, plan_place
from placet.clearance.rows import Unit
from placet.clearance.spool import Spool

__all__ = ["Elsewhere"]


@dataclass(frozen=True)
class Elsewhere:
    """A place, and what it is planned into."""

    place: Place

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        return plan_place(self.place)

    @property
    def told(self) -> dict[str, str]:
        """What the plan and the certificate say of it."""
        return {"url": self.place.url, "listing": digest_of_listing(self.place)}

    @contextmanager
    def for_a_while(self) -> Iterator[Spool]:
        """Its files on this disk, away from OUT, while something is asked of them before the run is begun."""
        with tempfile.TemporaryDirectory(prefix="placet-") as folder:
            yield Spool(self.place, Path(folder), self.units)

    @contextmanager
    def beside(self, out: Path, units: Sequence[Unit]) -> Iterator[Spool]:
        """Its files in OUT while the run reads them; those of a run that breaks off stay for who goes on."""
        yield Spool(self.place, out / "spool", units)
        shutil.rmtree(out / "spool", ignore_errors=True)
