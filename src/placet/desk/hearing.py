"""What speaks beside the registry in a clearance: whose observations are believed, which lists were imported."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from placet.app import Home, today
from placet.clearance.crawls import crawled, digest_of
from placet.clearance.observations import Observed, read_observations
from placet.clearance.plan import Plan
from placet.clearance.spool import Spool
from placet.clearance.voices import Voices
from placet.desk.listing import Listed, hear_lists
from placet.errors import WrongUsage
from placet.registry.phrases import count
from placet.signals.observation import Observation
from placet.signing.keys import Role

__all__ = ["Speakers", "hear_all"]


class Asked(Protocol):
    """What a clearance was asked to hear."""

    @property
    def dataset(self) -> Path | None: ...
    @property
    def observations(self) -> tuple[Path, ...]: ...
    @property
    def observers(self) -> tuple[bytes, ...]: ...
    @property
    def registry_only(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Speakers:
    """Everything that was opened to be heard; `rows` when a row may speak for itself."""

    rows: bool
    observed: Observed = field(default_factory=Observed)
    listed: Listed = field(default_factory=Listed)
    crawled: tuple[Observation, ...] = ()

    @property
    def told(self) -> dict[str, str]:
        """What the plan and the certificate say of it: each with the digest of what was heard."""
        observed = self.observed
        first, last = observed.days
        days = f"asked between {today(first)} and {today(last)}" if observed.observations else ""
        sites = f"{count(len(observed.observations), 'observation')} of {count(observed.sites, 'site')}"
        return {
            "rows": "file metadata, signal columns, crawled headers" if self.rows else "",
            "observations": observed.digest,
            "observed": f"{sites}, {days}" if observed.observations else "",
            "observers": " ".join(observed.signers),
            "crawled": digest_of(self.crawled),
            "lists": self.listed.digest,
            "listed": "; ".join(f"{each.source} of {each.dated}" for each in self.listed.lists),
        }

    def voices(self, plan: Plan) -> Voices | None:
        """The speakers, as a row hears them; None when only the registry is heard."""
        if not self.rows:
            return None
        return Voices(
            self.observed.observations,
            self.listed.said,
            agent=plan.ask.agent,
            at=plan.ask.at,
            is_alone=not plan.snapshot,
            crawled=self.crawled,
        )


def hear_all(home: Home, asked: Asked, spool: Spool | None = None) -> Speakers:
    """Open and check everything that was named; the first thing that cannot be believed refuses the run.

    With a `spool` the dataset's own crawls lie elsewhere, and are fetched one by one.
    """
    if asked.registry_only:
        if asked.observations:
            raise WrongUsage("--registry-only hears nothing else: leave out --observations")
        return Speakers(rows=False)
    dataset = spool or asked.dataset
    came = crawled(dataset) if dataset else ()
    own = (home.key(Role.CLEAR).public,) if home.key_path(Role.CLEAR).exists() else ()
    observed = read_observations(asked.observations, (*own, *asked.observers))
    return Speakers(rows=True, observed=observed, listed=hear_lists(home), crawled=came)
