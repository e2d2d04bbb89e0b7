"""How much of what a finished run lets be used: by modality, and by the domain that it came from.

The dataset is read once more, without decoding anything; only rows that may be used are counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq

from placet.clearance.ledger import KEPT_BACK
from placet.clearance.plan import Plan
from placet.clearance.readers import read_unit
from placet.clearance.rows import Part, PartKind, Row, Unit, title
from placet.clearance.unit import unit_path
from placet.core.decision import Outcome
from placet.core.ids import canonical_url, domain_of
from placet.errors import BadMedia, BadRecord, MissingExtra, Refused
from placet.fingerprints.audio_decode import declared_seconds

__all__ = ["Size", "Sizes", "measure", "top"]


@dataclass(slots=True)
class Size:
    """Of one modality. `seconds` are those of the `timed` parts, whose files say how long they are."""

    parts: int = 0
    bytes: int = 0
    words: int = 0
    timed: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Sizes:
    """`domains` are bytes by domain; `addresses` are rows that name what they are about and do not hold it."""

    rows: int = 0
    addresses: int = 0
    by_kind: dict[str, Size] = field(default_factory=dict)
    domains: Counter[str] = field(default_factory=Counter)
    generated: int = 0

    def __iadd__(self, other: Sizes) -> Sizes:
        self.rows += other.rows
        self.addresses += other.addresses
        self.generated += other.generated
        self.domains.update(other.domains)
        for kind, size in other.by_kind.items():
            ours = self.by_kind.setdefault(kind, Size())
            for name in Size.__dataclass_fields__:
                setattr(ours, name, getattr(ours, name) + getattr(size, name))
        return self


def measure(root: Path, plan: Plan, out: Path) -> Sizes:
    """What may be used of the dataset at `root`, by the run in `out`.

    Refused when the rows that lie there are not those that were judged.
    """
    sizes = Sizes()
    for number, unit in enumerate(plan.units):
        usable, rows = _usable(plan, out, number)
        found = _add_unit(sizes, root, unit, usable)
        if found != rows:
            where = title(root, unit.path)
            raise Refused(
                f"{where} holds {found} rows, and {rows} were judged: name the same dataset (training.other-data)"
            )
    return sizes


def _usable(plan: Plan, out: Path, number: int) -> tuple[dict[str, str], int]:
    """The rows of a unit that may be used, each with its origin; and how many there are in all."""
    try:
        table = pq.read_table(unit_path(out, number, ".parquet"), columns=["row", "outcome", "origin"])
    except OSError as error:
        raise BadRecord(f"the decisions of unit {plan.units[number].id} are not in {out}: {error}") from error
    back = KEPT_BACK if plan.drop_generated else ()
    columns = (table.column(name).to_pylist() for name in ("row", "outcome", "origin"))
    kept = {
        key: origin
        for key, outcome, origin in zip(*columns, strict=True)
        if outcome == Outcome.CLEARED and origin not in back
    }
    return kept, table.num_rows


def _add_unit(sizes: Sizes, root: Path, unit: Unit, usable: dict[str, str]) -> int:
    rows = 0
    for row in read_unit(root, unit):
        rows += 1
        if row.key in usable:
            sizes.generated += usable[row.key] in KEPT_BACK
            _add_row(sizes, row)
    return rows


def _add_row(sizes: Sizes, row: Row) -> None:
    sizes.rows += 1
    sizes.addresses += not row.parts and bool(row.urls)
    for part in row.parts:
        _add_part(sizes.by_kind.setdefault(part.kind.value, Size()), part)
    much = sum(len(part.data) for part in row.parts)
    for domain in set(_domains(row.urls)):
        sizes.domains[domain] += much


def _domains(urls: Iterable[str]) -> Iterator[str]:
    for url in urls:
        try:
            yield domain_of(canonical_url(url))
        except ValueError:
            continue  # no address, so of no domain


def _add_part(size: Size, part: Part) -> None:
    size.parts += 1
    size.bytes += len(part.data)
    if part.kind is PartKind.TEXT:
        size.words += len(bytes(part.data).split())
    seconds = _seconds(part)
    if seconds is not None:
        size.timed += 1
        size.seconds += seconds


def _seconds(part: Part) -> float | None:
    """How long a sound is by its own header; None where that cannot be read here."""
    if part.kind is not PartKind.AUDIO:
        return None
    try:
        return declared_seconds(part.data)
    except (BadMedia, MissingExtra):
        return None


def top(domains: Counter[str], share: float = 0.1) -> list[tuple[str, int]]:
    """The largest tenth of the domains by bytes of content, at least one; those without content are left out."""
    ranked = sorted(((name, much) for name, much in domains.items() if much), key=lambda pair: (-pair[1], pair[0]))
    return ranked[: max(1, round(len(ranked) * share))]
