"""How much a party may register in a day, by its step of the ladder: numbers against floods, never against a word.

The operator's home counts by its own clock, in UTC days, what it takes: works, lines of sheets and contested subjects.
A home without `rates.json` counts nothing: one person's own is not limited.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from placet.core.authority import Authority, Step
from placet.core.standing import Disputes
from placet.errors import BadInput, Refused
from placet.record.entries import Entry

__all__ = ["RATES", "STRIKES", "Rates", "read_rates", "write_rates"]

RATES: Final = {Step.KEY: 1_000, Step.EMAIL: 5_000, Step.DOMAIN: 50_000}  # a day; steps above are not limited
STRIKES: Final = 3  # from which on a tenth is allowed, at every step
_STRUCK: Final = 1_000  # what a struck party of an unlimited step may
_COUNTED: Final = ("work.add", "claim.add", "made.add")


@dataclass(frozen=True, slots=True)
class Rates:
    """`folder` holds a file a day, with what each party registered in it."""

    table: Mapping[Step, int]
    folder: Path

    def take(self, entries: Collection[Entry], authority: Authority, roles: Mapping[str, str], now: int) -> None:
        """Count these new entries, which were found to be allowed; Refused where a party has had its day's share."""
        asked: dict[str, int] = defaultdict(int)
        for entry in entries:
            if roles.get(entry.by) != "log" and (weight := _weight(entry)):
                asked[authority.party_of(entry.by, now)] += weight
        if not asked:
            return
        day = datetime.fromtimestamp(now, UTC)
        path = self.folder / f"{day:%Y-%m-%d}.json"
        had: dict[str, int] = json.loads(path.read_bytes()) if path.exists() else {}
        disputes = Disputes.of(authority)
        for party, more in asked.items():
            self._check(party, had.get(party, 0), more, len(disputes.strikes(party)), authority.step(party, now), day)
        total = had | {party: had.get(party, 0) + more for party, more in asked.items()}
        self.folder.mkdir(parents=True, exist_ok=True)
        waiting = path.with_suffix(".new")
        waiting.write_text(json.dumps(total, sort_keys=True), encoding="ascii")
        waiting.replace(path)

    def _check(self, party: str, had: int, more: int, strikes: int, step: Step, day: datetime) -> None:
        most = self.table.get(step)
        if strikes >= STRIKES:
            most = _STRUCK if most is None else most // 10
        if most is not None and had + more > most:
            again = f"{day + timedelta(days=1):%Y-%m-%d} 00:00 UTC"
            struck = f" and {strikes} strikes" if strikes >= STRIKES else ""
            raise Refused(
                f"{party[:12]}, known by {step.words}{struck}, may register {most:,} works or claims a day here:"
                f" {had:,} were taken today, and these are {more:,}. Try again from {again}, or show who you are with"
                " `placet identity` (rate.step)"
            )


def _weight(entry: Entry) -> int:
    if entry.type in _COUNTED:
        return int(entry.body["count"])
    return len(entry.body["subjects"]) if entry.type == "claim.counter" else 0


def read_rates(home: Path) -> Rates | None:
    """The rates that the operator of a home set; None where none are."""
    path = home / "rates.json"
    if not path.exists():
        return None
    try:
        told = json.loads(path.read_bytes())
        table = {Step[name.upper()]: int(most) for name, most in told.items()}
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise BadInput(f"{path} cannot be read: {error}; it is like {_example()}") from None
    return Rates(RATES | table, home / "rates")


def write_rates(home: Path, table: Mapping[Step, int]) -> Path:
    """Set the rates of a home from now on."""
    path = home / "rates.json"
    told = {step.name.lower(): most for step, most in (RATES | dict(table)).items()}
    path.write_text(json.dumps(told) + "\n", encoding="ascii")
    return path


def _example() -> str:
    return json.dumps({step.name.lower(): most for step, most in RATES.items()})
