"""Dividing a pool, telling each party why, and making a run again from its manifest.

The order of steps is what makes a repetition safe: the sheets are put where the manifest will be, the ledger takes the
run whole or not at all, and what is told is read back from the ledger.  Whoever dies in between repeats the command.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa

from placet.app import Home
from placet.core.money import Money
from placet.desk.contested import hold, sheet_lines
from placet.desk.lookups import library_of
from placet.errors import BadInput, NotFound, VerificationFailed
from placet.licensing.claims import Scope
from placet.licensing.plans import Plan, find_plan
from placet.licensing.ports import Posted
from placet.licensing.run import Run, Terms, divide, parse_manifest, run_id
from placet.licensing.sheets import MOST_BYTES, SHARES, Form, digest, read_sheet
from placet.log.files import write_durable

__all__ = ["Order", "Paid", "Rerun", "pay", "rerun"]

_ID = 16  # hex digits of a run's id that name its folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`sheets` are the files beside the shares, by the name of their form; `correct` begins the id of a run.

    With `hold` the money of what is contested waits, by the record of this home or of a `snapshot`.
    """

    plan: str
    pool: Money
    reference: str
    shares: Path
    sheets: dict[str, Path] = field(default_factory=dict)
    scope: Scope = field(default_factory=Scope)
    confidence: Fraction = Fraction(0)
    threshold: Money | None = None
    correct: str = ""
    open_accounts: bool = False
    hold: bool = False
    snapshot: Path | None = None
    trust: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """`posted` and `folder` are None after a dry run; `held` are the works whose money waits by the record."""

    run: Run
    posted: Posted | None
    folder: Path | None
    held: tuple[str, ...] = ()


def pay(home: Home, order: Order, *, dry_run: bool = False) -> Paid:
    """Divide, post and keep; a run that stands in the ledger is not posted again."""
    plan = find_plan(order.plan)
    files = {SHARES.name: order.shares} | _sheet_file(plan, order.sheets)
    terms = Terms(
        plan=plan,
        pool=order.pool,
        reference=order.reference,
        scope=order.scope,
        confidence=order.confidence if plan.name == "attributed-with-fallback" else Fraction(0),
        threshold=order.threshold,
        corrects=_corrected(home, order.correct) if order.correct else "",
    )
    sheets, held = _sheets(home, order, {name: _read(path, _form(plan, name)) for name, path in files.items()})
    run = divide(terms, *sheets.values())
    if dry_run:
        if home.has_ledger:
            home.ledger.check(run, open_accounts=order.open_accounts)
        return Paid(run=run, posted=None, folder=None, held=held)
    home.ledger.check(run, open_accounts=order.open_accounts)
    folder = home.path / "runs" / run.id[:_ID]
    for name, path in files.items():
        is_held = name == SHARES.name and held
        data, suffix = (sheet_lines(sheets[name]), ".jsonl") if is_held else (path.read_bytes(), path.suffix)
        if not _kept(folder, name):  # a run's id is over its sheets: one that lies there says the same
            write_durable(folder / f"{name}{suffix}", data)
    posted = home.ledger.post(run, home.now(), open_accounts=order.open_accounts)
    write_durable(folder / "manifest.json", run.manifest)
    return Paid(run=run, posted=posted, folder=folder, held=held)


def _sheets(home: Home, order: Order, read: dict[str, pa.Table]) -> tuple[dict[str, pa.Table], tuple[str, ...]]:
    """The sheets, the shares with the statuses that the record asks for."""
    if not order.hold and order.snapshot is None:
        return read, ()
    found = hold(read[SHARES.name], library_of(home, order.snapshot, order.trust))
    return read | {SHARES.name: found.sheet}, found.works


def _corrected(home: Home, start: str) -> str:
    if not home.has_ledger:
        raise NotFound(f"nothing was divided in {home.path} yet: there is no run {start} to correct")
    return home.ledger.find(start).id


def _sheet_file(plan: Plan, given: dict[str, Path]) -> dict[str, Path]:
    wanted = plan.form.name if plan.form else ""
    for name in given:
        if name != wanted:
            raise BadInput(f"plan {plan.name} takes no --{name}: what it does not use, it does not take (split.sheet)")
    if wanted and wanted not in given:
        raise BadInput(f"plan {plan.name} needs --{wanted} FILE (split.sheet)")
    return dict(given)


def _form(plan: Plan, name: str) -> Form:
    return plan.form if plan.form is not None and name == plan.form.name else SHARES


def _read(path: Path, form: Form) -> pa.Table:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadInput(f"{path} is larger than {MOST_BYTES >> 30} GiB (sheet.unread)")
        return read_sheet(path.read_bytes(), form)
    except (FileNotFoundError, IsADirectoryError):
        raise NotFound(f"there is no file {path} of {form.name}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerun:
    """A run made again that came to the same; `standing` says that a ledger here has it, with this result."""

    run: Run
    standing: bool


def rerun(home: Home, manifest: Path, files: dict[str, Path]) -> Rerun:
    """Make the run again from its manifest and sheets; VerificationFailed names the first thing that differs."""
    try:
        terms, told = parse_manifest(manifest.read_bytes())
    except FileNotFoundError:
        raise NotFound(f"there is no manifest {manifest}") from None
    forms = [SHARES, *([terms.plan.form] if terms.plan.form else [])]
    tables = [_believed(files.get(form.name) or _beside(manifest, form), form, told) for form in forms]
    run = divide(terms, *tables)
    if run.manifest != manifest.read_bytes():
        raise VerificationFailed(f"BROKEN: {_difference(told, parse_manifest(run.manifest)[1])}")
    return Rerun(run=run, standing=home.has_ledger and _stands(home, run))


def _stands(home: Home, run: Run) -> bool:
    try:
        found = home.ledger.find(run.id)
    except NotFound:
        return False
    if found.manifest != run.manifest:
        raise VerificationFailed("BROKEN: the ledger here has this run with another result")
    return True


def _beside(manifest: Path, form: Form) -> Path:
    found = _kept(manifest.parent, form.name)
    if len(found) != 1:
        raise NotFound(f"the {form.name} are not beside {manifest}: say --{form.name} FILE")
    return found[0]


def _kept(folder: Path, name: str) -> list[Path]:
    return [path for path in folder.glob(f"{name}*") if path.stem == name]


def _believed(path: Path, form: Form, told: dict[str, Any]) -> pa.Table:
    table = _read(path, form)
    due = told["inputs"].get(form.name, {}).get("digest", "")
    if digest(table) != due:
        raise VerificationFailed(f"BROKEN: {path} does not hold the {form.name} that the run was made from")
    return table


def _difference(told: dict[str, Any], found: dict[str, Any]) -> str:
    if run_id(told) != run_id(found):
        return "the manifest names inputs that this release writes in another way"
    names = [name for name in found["result"] if found["result"][name] != told["result"].get(name)]
    return f"the same inputs come to another result: {', '.join(names) or 'a field too many'}"
