"""`clearance.json`: an in-toto statement in a DSSE envelope, signed by the developer's `clear` key.

Its subjects are the digests of the dataset; its predicate, `urn:placet:clearance:2`, names the snapshot or says
that there was none, what spoke beside it, the plan, the Merkle root over the unit records and what they add up to.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from placet.clearance import control
from placet.clearance.control import Control
from placet.clearance.engine import finished
from placet.clearance.plan import Plan, parse_plan
from placet.clearance.thorough import limits
from placet.clearance.unit import UnitRecord, unit_path
from placet.errors import BadInput, BadRecord, Refused, VerificationFailed
from placet.record.merkle import leaf_hash, root
from placet.signing.envelope import IN_TOTO, open_envelope, parse_statement, seal, statement, verify_envelope
from placet.signing.keys import Key
from placet.snapshot.manifest import Manifest

__all__ = ["PREDICATE", "Certificate", "Totals", "check_outputs", "make_certificate", "read_certificate", "total"]

PREDICATE = "urn:placet:clearance:2"  # 2: there may be no snapshot, and signals speak beside it
_EARLIER = ("urn:placet:clearance:1",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What the unit records add up to."""

    rows: int
    root: str
    counts: Mapping[str, Mapping[str, int]]
    tallies: Mapping[str, int]
    inputs: tuple[tuple[str, str], ...]
    unreadable: tuple[str, ...]


def total(plan: Plan, records: Mapping[int, UnitRecord]) -> Totals:
    """Sum the records of a finished run; ValueError when a unit is missing."""
    if set(records) != set(range(len(plan.units))):
        raise ValueError("a run is summed when all its units are done")
    in_order = [records[number] for number in range(len(plan.units))]
    counts: dict[str, Counter[str]] = {profile.name: Counter() for profile in plan.ask.profiles}
    tallies: Counter[str] = Counter()
    inputs: dict[str, str] = {}
    for record in in_order:
        for name, rows in record.counts.items():
            counts[name].update(rows)
        tallies.update(record.tallies)
        _take_inputs(inputs, record)
    return Totals(
        rows=sum(record.rows for record in in_order),
        root=root([leaf_hash(record.data()) for record in in_order]).hex(),
        counts={name: dict(sorted(rows.items())) for name, rows in counts.items()},
        tallies=dict(sorted(tallies.items())),
        inputs=tuple(sorted((name, digest) for name, digest in inputs.items() if digest)),
        unreadable=tuple(sorted(name for name, digest in inputs.items() if not digest)),
    )


def _take_inputs(inputs: dict[str, str], record: UnitRecord) -> None:
    """One file is one digest: Refused when two units of it read different bytes."""
    for name, digest in record.inputs.items():
        if inputs.setdefault(name, digest) != digest:
            raise Refused(f"{name} was changed while the dataset was being cleared: choose a new OUT, and run again")


def make_certificate(
    plan: Plan,
    manifest: Manifest,
    totals: Totals,
    outputs: Mapping[str, str],
    finished_at: int,
    key: Key,
    measured: Control,
) -> bytes:
    """The signed certificate of a finished run."""
    ask = plan.ask
    predicate = {
        "plan": plan.digest,
        "snapshot": _snapshot(manifest) if plan.snapshot else {},
        "signals": dict(plan.signals),
        "licences": dict(plan.licences),
        "question": {
            "use": ask.use.value,
            "profiles": [profile.name for profile in ask.profiles],
            "at": ask.at,
            "territory": ask.territory or "",
            "effort": ask.effort,
            "agent": ask.agent or "",
            "holder": ask.holder or "",
            "model": ask.model or "",
            "min_voice": ask.min_voice.name.lower(),
            "drop_generated": int(plan.drop_generated),
        },
        "rules": dict(plan.rules),
        "rows": totals.rows,
        "counts": {name: dict(rows) for name, rows in totals.counts.items()},
        "tallies": dict(totals.tallies),
        "control": measured.to_json(),
        "units": {"count": len(plan.units), "root": totals.root},
        "unreadable": list(totals.unreadable),
        "outputs": {name: digest for name, digest in outputs.items() if not name.startswith("dataset/")},
        "emitted": _emitted(outputs),
        "bytes_sent": 0,
        "finished_at": finished_at,
        "key": {"public": key.public.hex(), "name": key.name},
        "limits": limits(ask.effort),
    }
    if plan.place:
        predicate["place"] = dict(plan.place)  # where the data were read, file by file
    if plan.earlier:
        predicate["earlier"] = dict(plan.earlier)  # its fingerprints were judged, and its media not read again
    return seal(statement(list(totals.inputs), PREDICATE, predicate), IN_TOTO, key)


def _snapshot(manifest: Manifest) -> dict[str, str | int]:
    return {
        "manifest": manifest.digest,
        "origin": manifest.origin,
        "size": manifest.size,
        "root": manifest.root,
        "made_at": manifest.made_at,
    }


def _emitted(outputs: Mapping[str, str]) -> dict[str, Any]:
    lines = "".join(
        f"{digest}  {name.removeprefix('dataset/')}\n"
        for name, digest in sorted(outputs.items())
        if name.startswith("dataset/")
    )
    return {"files": lines.count("\n"), "sha256sum": hashlib.sha256(lines.encode()).hexdigest() if lines else ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate whose signature holds; whose key it is, nobody has checked yet."""

    public: bytes
    subjects: tuple[tuple[str, str], ...]
    predicate: Mapping[str, Any]


def read_certificate(data: bytes) -> Certificate:
    """The certificate in these bytes; VerificationFailed when the signature is not by the key it names."""
    envelope = open_envelope(data)
    said = parse_statement(envelope.payload)
    if said.predicate_type in _EARLIER:
        raise BadRecord(f"a certificate of an earlier placet ({said.predicate_type}): verify it with that one")
    if said.predicate_type != PREDICATE:
        raise BadRecord(f"a statement of {said.predicate_type}, not of a clearance")
    try:
        public = bytes.fromhex(said.predicate["key"]["public"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadRecord("the certificate does not name the key it is signed by") from error
    verify_envelope(envelope, [public])
    control.check_form(said.predicate.get("control"))
    return Certificate(public=public, subjects=tuple(said.subjects), predicate=said.predicate)


def check_outputs(certificate: Certificate, out: Path) -> int:
    """Recompute what the certificate says from the files beside it; returns the number of units.

    VerificationFailed names the first thing that does not fit.
    """
    said = certificate.predicate
    try:
        plan = parse_plan((out / "plan.json").read_bytes())
    except (OSError, BadInput) as error:
        raise VerificationFailed(f"BROKEN: the plan of the run cannot be read: {error}") from error
    if plan.digest != said["plan"]:
        raise VerificationFailed("BROKEN: plan.json is not the plan that was certified")
    records = finished(plan, out)
    missing = [plan.units[n].id for n in range(len(plan.units)) if n not in records]
    if missing:
        raise VerificationFailed(f"BROKEN: unit {missing[0]} was changed or removed after it was certified")
    totals = total(plan, records)
    _recount(plan, records, out)
    for what, ours in (("rows", totals.rows), ("counts", totals.counts), ("tallies", totals.tallies)):
        if said[what] != ours:
            raise VerificationFailed(f"BROKEN: the certificate's {what} are not what the unit records add up to")
    control.check_units(control.check_form(said.get("control")), totals.tallies)
    if said["units"] != {"count": len(plan.units), "root": totals.root}:
        raise VerificationFailed("BROKEN: the unit records are not those whose Merkle root was certified")
    if list(certificate.subjects) != list(totals.inputs):
        raise VerificationFailed("BROKEN: the certificate names other data than the units read")
    for name, digest in said["outputs"].items():
        if _digest(out / name) != digest:
            raise VerificationFailed(f"BROKEN: {name} was changed after it was certified")
    return len(plan.units)


def _recount(plan: Plan, records: Mapping[int, UnitRecord], out: Path) -> None:
    """The records' rows and outcomes are those of their decisions."""
    for number, record in records.items():
        table = pq.read_table(unit_path(out, number, ".parquet"))
        profiles = [profile.name for profile in plan.ask.profiles]
        columns = profiles if len(profiles) > 1 else ["outcome"]
        for profile, column in zip(profiles, columns, strict=True):
            counted = Counter(table.column(column).to_pylist())
            if counted != Counter(record.counts[profile]) or counted.total() != record.rows:
                raise VerificationFailed(f"BROKEN: the record of unit {record.unit} does not count its decisions")


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
