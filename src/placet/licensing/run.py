"""A run: a pool divided by a plan, with a manifest from which anyone can do it again.

The id of a run is the SHA-256 of what goes in: plan and version, pool, reference, scope, and the digest of each sheet.
The digest of its result is over every allocation in order.  No clock, no chance, no file's order enters either.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from placet.core.canonical import decode, encode
from placet.core.money import Money, check_same, dated, parse_money
from placet.errors import BadInput, BadRecord, TooNew
from placet.licensing.apportion import Exact, Integers, apportion_each
from placet.licensing.claims import AGREED, DISPUTED, UNCLAIMED, Claims, Scope, Slots, equal_halves, read_claims, slots
from placet.licensing.plans import Given, Layer, Plan, find_plan
from placet.licensing.sheets import digest, parse_exact

__all__ = ["SCHEMA", "Allocations", "Run", "Terms", "Totals", "divide", "parse_manifest", "run_id"]

SCHEMA = "placet.split/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is divided, and how.  `reference` says what the money is for; one reference is divided once.

    Balances below `threshold` stay on the party's account; `corrects` is the id of the run that this one replaces;
    `currencies` is the day of the table by which the pool was read.
    """

    plan: Plan
    pool: Money
    reference: str
    scope: Scope = field(default_factory=Scope)
    confidence: Fraction = Fraction(0)
    threshold: Money | None = None
    corrects: str = ""
    currencies: str = field(default_factory=dated)

    def __post_init__(self) -> None:
        if self.pool.amount <= 0:
            raise BadInput(f"a pool of {self.pool} cannot be divided: it is more than zero (money.sign)")
        if self.threshold is not None and self.threshold.amount < 0:
            raise BadInput(f"a threshold of {self.threshold} is less than nothing (money.sign)")
        if self.threshold is not None:
            check_same(self.threshold, self.pool)
        if not self.reference or len(self.reference) > 200 or not self.reference.isprintable():
            raise BadInput("a run needs a reference of 1 to 200 printable characters (run.reference)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocations:
    """One row an allocation, in order: the portion it is of, its kind, the party ("" unless agreed), share, amount."""

    portion: Integers
    kind: Integers
    party: list[str]
    share: list[str]
    amount: Integers


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What became of the pool, in smallest units."""

    agreed: int
    disputed: int
    unclaimed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`basis`, `work`, `weight` and `amount` are of the portions, one a row; `claimants` tell who disputes which.

    `names` are what the shares call their parties.
    """

    id: str
    terms: Terms
    manifest: bytes
    layers: tuple[Layer, ...]
    basis: list[str]
    work: list[str]
    weight: list[int]
    amount: Integers
    allocations: Allocations
    claimants: tuple[tuple[int, str, str], ...]
    names: dict[str, str]
    totals: Totals


def divide(terms: Terms, shares: pa.Table, sheet: pa.Table | None = None) -> Run:
    """Divide the pool; BadInput or Refused, with the rule's id, where what is given does not allow it."""
    claims = read_claims(shares, terms.scope)
    claims = equal_halves(claims) if terms.plan.halves else claims
    works = _universe(claims, sheet)
    places = pc.index_in(claims.works, value_set=works).to_numpy().astype(np.int64)
    given = Given(works=works, licensed=places, sheet=sheet, confidence=terms.confidence)
    layers = terms.plan.spread(terms.pool, given)
    slot = _spread_out(slots(claims), places, len(works))
    return _compose(terms, layers, slot, claims, works, _inputs(terms, shares, sheet))


def _universe(claims: Claims, sheet: pa.Table | None) -> pa.Array:
    """Every work there is, in order: those of the shares, and those that the sheet adds, which nobody claims."""
    if sheet is None:
        return claims.works
    told = sheet.column("work").filter(pc.not_equal(sheet.column("work"), ""))
    if len(told) < len(sheet) and "output" not in sheet.column_names:
        raise BadInput("a row of the sheet names no work (weights.unread)")
    return pc.unique(pa.chunked_array([claims.works, *told.chunks], pa.string())).sort()


def _spread_out(found: Slots, places: Integers, size: int) -> Slots:
    """The slots by place among all works; a work that no share names is unclaimed."""
    if len(places) == size:
        return found
    others = np.setdiff1d(np.arange(size), places)
    count, whole = np.ones(size, np.int64), np.ones(size, found.whole.dtype)
    count[places], whole[places] = found.count, found.whole
    work = np.concatenate([places[found.work], others])
    order = np.argsort(work, kind="stable")

    def joined(column: Exact, value: int) -> Any:
        return np.concatenate([column, np.full(len(others), value, column.dtype)])[order]

    return Slots(
        count=count,
        work=work[order],
        kind=joined(found.kind, UNCLAIMED),
        party=joined(found.party, -1),
        part=joined(found.part, 1),
        whole=whole,
    )


def _compose(
    terms: Terms, layers: tuple[Layer, ...], slot: Slots, claims: Claims, works: pa.Array, inputs: dict[str, Any]
) -> Run:
    place = np.concatenate([layer.place for layer in layers])
    parts = np.concatenate([layer.parts for layer in layers])
    allocations = _allocate(place, parts, slot, claims)
    totals = _totals(allocations)
    work = works.take(pa.array(place))
    basis = [layer.basis for layer in layers for _ in range(len(layer.place))]
    result = {
        "digest": _result_digest(basis, work, allocations),
        "portions": len(place),
        "allocations": len(allocations.party),
        "layers": [_layer_fields(layer, terms.pool.currency) for layer in layers],
        "agreed": str(Money(totals.agreed, terms.pool.currency)),
        "disputed": str(Money(totals.disputed, terms.pool.currency)),
        "unclaimed": str(Money(totals.unclaimed, terms.pool.currency)),
    }
    return Run(
        id=run_id(inputs),
        terms=terms,
        manifest=encode(inputs | {"result": result}),
        layers=layers,
        basis=basis,
        work=work.to_pylist(),
        weight=[weight for layer in layers for weight in layer.weight.tolist()],
        amount=parts,
        allocations=allocations,
        claimants=tuple(_claimants(claims, place, works, allocations)),
        names=claims.names,
        totals=totals,
    )


def _allocate(place: Integers, parts: Integers, slot: Slots, claims: Claims) -> Allocations:
    counts = slot.count[place]
    starts = (np.cumsum(slot.count) - slot.count)[place]
    ends = np.cumsum(counts)
    rows = np.arange(int(ends[-1])) - np.repeat(ends - counts - starts, counts)
    portion = np.repeat(np.arange(len(place)), counts)
    amount = apportion_each(parts, counts, slot.part[rows])
    names = claims.parties.to_pylist()
    names.append("")  # of the party -1
    return Allocations(
        portion=portion,
        kind=slot.kind[rows],
        party=[names[party] for party in slot.party[rows].tolist()],
        share=_share_texts(slot.part[rows], slot.whole[place][portion]),
        amount=amount,
    )


def _totals(found: Allocations) -> Totals:
    agreed, disputed, unclaimed = (
        int(found.amount[found.kind == kind].sum()) for kind in (AGREED, DISPUTED, UNCLAIMED)
    )
    return Totals(agreed=agreed, disputed=disputed, unclaimed=unclaimed)


def _share_texts(part: Exact, whole: Exact) -> list[str]:
    known: dict[tuple[int, int], str] = {}
    pairs = list(zip(part.tolist(), whole.tolist(), strict=True))
    for above, under in set(pairs):
        common = gcd(above, under)
        known[above, under] = f"{above // common}/{under // common}" if under > common else str(above // under)
    return [known[pair] for pair in pairs]


def _claimants(claims: Claims, place: Integers, works: pa.Array, allocations: Allocations) -> Any:
    """(portion, party, share) of those who dispute a portion of which something is held."""
    held = set(allocations.portion[(allocations.kind == DISPUTED) & (allocations.amount > 0)].tolist())
    if not held:
        return
    told: dict[str, list[tuple[str, str]]] = {}
    for row in np.flatnonzero(claims.disputed).tolist():
        share = str(Fraction(int(claims.above[row]), int(claims.under[row])))
        pair = (claims.parties[int(claims.party[row])].as_py(), share)
        told.setdefault(claims.works[int(claims.work[row])].as_py(), []).append(pair)
    for portion in sorted(held):
        for party, share in told[works[int(place[portion])].as_py()]:
            yield portion, party, share


def _layer_fields(layer: Layer, currency: str) -> dict[str, Any]:
    return {
        "basis": layer.basis,
        "amount": str(Money(layer.amount, currency)),
        "weights": str(layer.whole),
        "works": len(layer.place),
    }


def _result_digest(basis: list[str], work: pa.Array, found: Allocations) -> str:
    """SHA-256 over one line an allocation: basis, work, kind, party, share, amount, with tabs between."""
    portion = pa.array(found.portion)
    columns = [
        pa.array(basis, pa.string()).take(portion),
        work.take(portion),
        pa.array(found.kind).cast(pa.string()),
        pa.array(found.party, pa.string()),
        pa.array(found.share, pa.string()),
        pa.array(found.amount).cast(pa.string()),
    ]
    lines = pc.binary_join_element_wise(*columns, "\t")
    hashed = hashlib.sha256()
    for start in range(0, len(lines), 1 << 16):
        hashed.update(("\n".join(lines[start : start + (1 << 16)].to_pylist()) + "\n").encode())
    return hashed.hexdigest()


def _inputs(terms: Terms, shares: pa.Table, sheet: pa.Table | None) -> dict[str, Any]:
    sheets = {"shares": shares} | ({terms.plan.form.name: sheet} if terms.plan.form and sheet is not None else {})
    told: dict[str, Any] = {
        "schema": SCHEMA,
        "plan": terms.plan.name,
        "version": terms.plan.version,
        "pool": str(terms.pool),
        "currencies": terms.currencies,
        "reference": terms.reference,
        "right": terms.scope.right,
        "territory": list(terms.scope.territory),
        "at": terms.scope.at,
        "confidence": str(terms.confidence),
        "threshold": str(terms.threshold) if terms.threshold is not None else "",
        "corrects": terms.corrects,
        "inputs": {name: {"digest": digest(table), "rows": len(table)} for name, table in sheets.items()},
    }
    if sheet is not None and "provider" in sheet.column_names:
        pairs = Counter(zip(sheet.column("provider").to_pylist(), sheet.column("version").to_pylist(), strict=True))
        told["providers"] = [{"provider": a, "version": b, "rows": n} for (a, b), n in sorted(pairs.items())]
    return told


def run_id(manifest: dict[str, Any]) -> str:
    """The SHA-256 of a manifest without its result."""
    return hashlib.sha256(encode({name: value for name, value in manifest.items() if name != "result"})).hexdigest()


def parse_manifest(data: bytes) -> tuple[Terms, dict[str, Any]]:
    """The terms of a manifest, and all its fields; BadRecord when it is none, TooNew for another plan's version."""
    told = decode(data)
    if not isinstance(told, dict) or not str(told.get("schema", "")).startswith("placet.split/"):
        raise BadRecord("this is no manifest of a split")
    if told["schema"] != SCHEMA:
        raise TooNew(f"the manifest is of {told['schema']}; this release knows {SCHEMA}: update placet")
    try:
        return _terms(told), told
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadRecord(f"the manifest lacks something, or holds something else: {error}") from None


def _terms(told: dict[str, Any]) -> Terms:
    confidence = parse_exact(told["confidence"])
    if confidence is None or not isinstance(told["result"]["digest"], str) or not isinstance(told["inputs"], dict):
        raise ValueError("confidence, result or inputs")
    return Terms(
        plan=find_plan(told["plan"], int(told["version"])),
        pool=parse_money(told["pool"]),
        reference=told["reference"],
        scope=Scope(right=told["right"], territory=tuple(told["territory"]), at=int(told["at"])),
        confidence=confidence,
        threshold=parse_money(told["threshold"]) if told["threshold"] else None,
        corrects=told["corrects"],
        currencies=str(told["currencies"]),
    )
