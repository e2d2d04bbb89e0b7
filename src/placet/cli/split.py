"""`placet split`: a pool divided by a plan, exactly, once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placet.cli.options import DryRun, HomeDir, Json, home_at, usage
from placet.cli.snapshot import Trust
from placet.cli.talk import emit, note, notes, printable, result, row
from placet.core.money import Money, parse_money
from placet.core.territory import known_territory
from placet.errors import BadInput, WrongUsage
from placet.registry.phrases import count

if TYPE_CHECKING:
    from placet.desk.paying import Paid

__all__ = ["kept", "split", "verify"]

Shares = Annotated[Path | None, typer.Option("--shares", metavar="FILE", help="The shares, if not beside it.")]
Usage = Annotated[Path | None, typer.Option("--usage", metavar="FILE", help="How often each work was used.")]
Attribution = Annotated[
    Path | None, typer.Option("--attribution", metavar="FILE", help="Which works an output is attributed to.")
]
Prices = Annotated[Path | None, typer.Option("--prices", metavar="FILE", help="What was paid for each work.")]


def split(
    plan: Annotated[str, typer.Argument(help="The plan: equal-per-work, usage, direct, ...; see docs/money.md.")],
    pool: Annotated[str, typer.Option(metavar="MONEY", help='What is divided, e.g. "1000.00 EUR".')],
    shares: Annotated[Path, typer.Option(metavar="FILE", help="Who holds which part of which work.")],
    reference: Annotated[str, typer.Option(metavar="TEXT", help="What it is for: one reference is divided once.")],
    usage_file: Usage = None,
    attribution: Attribution = None,
    prices: Prices = None,
    confidence: Annotated[
        str, typer.Option(metavar="PART", help="Least confidence of an attribution that counts.")
    ] = "0.5",
    right: Annotated[str, typer.Option(metavar="TEXT", help="Whose shares: those of this right.")] = "",
    territory: Annotated[str, typer.Option(metavar="CODE", help="Where the money is from, e.g. FR or EU.")] = "",
    at: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="Shares as they hold on this day.")] = "",
    threshold: Annotated[
        str, typer.Option(metavar="MONEY", help="Less than this stays on the account and is carried over.")
    ] = "",
    correct: Annotated[
        str, typer.Option(metavar="RUN", help="Take this run back, and divide its reference anew.")
    ] = "",
    open_accounts: Annotated[bool, typer.Option("--open-accounts", help="Open an account for each new party.")] = False,
    hold: Annotated[
        bool, typer.Option("--hold", help="Hold the money of what the record here says is contested.")
    ] = False,
    snapshot: Annotated[Path | None, typer.Option(metavar="DIR", help="Hold it by this snapshot instead.")] = None,
    trust: Trust = None,
    home: HomeDir = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Divide money among works, and each work's part among those who hold it: nothing is lost, nothing paid twice."""
    from placet.desk.paying import Order, pay
    from placet.licensing.claims import Scope

    order = Order(
        plan=plan,
        pool=_money(pool, "--pool"),
        reference=reference,
        shares=shares,
        sheets=_sheets(usage=usage_file, attribution=attribution, prices=prices),
        scope=Scope(right=right, territory=_territory(territory), at=_day(at) if at else 0),
        confidence=_part(confidence),
        threshold=_money(threshold, "--threshold") if threshold else None,
        correct=correct,
        open_accounts=open_accounts,
        hold=hold,
        snapshot=snapshot,
        trust=trust,
    )
    paid = pay(home_at(home), order, dry_run=dry_run)
    (_emit if json else _tell)(paid)
    return 0


def verify(
    manifest: Annotated[Path, typer.Argument(help="The manifest.json of a run.")],
    shares: Shares = None,
    usage_file: Usage = None,
    attribution: Attribution = None,
    prices: Prices = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Divide a run's pool again, from its manifest and the sheets beside it: does it come to the same?"""
    from placet.desk.paying import rerun

    files = _sheets(shares=shares, usage=usage_file, attribution=attribution, prices=prices)
    found = rerun(home_at(home), manifest, files)
    run = found.run
    if json:
        told = {"run": run.id, "pool": str(run.terms.pool), "allocations": len(run.allocations.party)}
        emit({"schema": "placet.rerun/1", **told, "in_ledger": found.standing})
        return 0
    result(f"The same: run {run.id[:12]} divides {run.terms.pool} into these {len(run.allocations.party)} amounts.")
    note("The ledger here has this run." if found.standing else "No ledger here has this run: it was only computed.")
    note("Not checked: whether the shares are true, and whether anybody was paid by a bank.")
    return 0


def kept(home: HomeDir = None, json: Json = False) -> int:
    """List what is unclaimed and what is disputed, work by work: whose money is this?"""
    place, found = home_at(home), 0
    for each in place.ledger.kept() if place.has_ledger else ():
        found += 1
        if json:
            told = {"kind": each.kind, "work": each.work, "right": each.right, "amount": str(each.amount)}
            emit({"schema": "placet.kept/1", **told})
        else:
            row(each.kind, f"{each.amount} of {each.work}{f', {each.right}' if each.right else ''}")
    if not found:
        note("Nothing is unclaimed, and nothing disputed.")
    return 0


def _sheets(**given: Path | None) -> dict[str, Path]:
    return {name: path for name, path in given.items() if path is not None}


def _territory(words: str) -> tuple[str, ...]:
    try:
        return known_territory(words)
    except ValueError as error:
        raise usage(error, "--territory") from None


def _day(text: str) -> int:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise WrongUsage(f"--at {text}: write a day like 2026-11-22") from None
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _money(text: str, option: str) -> Money:
    try:
        return parse_money(text)
    except BadInput as error:
        raise usage(error, option) from None


def _part(text: str) -> Fraction:
    from placet.licensing.sheets import parse_exact

    part = parse_exact(text)
    if part is None or not 0 <= part <= 1:
        raise WrongUsage(f"--confidence {text}: a part of one, like 0.5 or 3/4")
    return part


def _tell(paid: Paid) -> None:
    run, currency = paid.run, paid.run.terms.pool.currency
    works, amounts = len(run.work), len(run.allocations.party)
    verb = "Divided" if paid.posted and paid.posted.new else "Divided before" if paid.posted else "Would divide"
    result(f"{verb}: {run.terms.pool} by {run.terms.plan.name}, {count(works, 'portion')}, {count(amounts, 'amount')}.")
    for word, amount in _totals(paid).items():
        row(word, str(Money(amount, currency)))
    if paid.held:
        note(f"By the record the money of {count(len(paid.held), 'work')} waits: contested, or claimed no more:")
        notes([printable(work) for work in paid.held], "; --json lists them")
    if paid.posted:
        row("run", run.id)
        row("released", str(paid.posted.released))
        row("carried", str(paid.posted.carried))
        row("manifest", str(paid.folder and paid.folder / "manifest.json"))
        if not paid.posted.new:
            note("This run stands in the ledger already: nothing was written, and nobody is paid twice.")
    else:
        note("Nothing was written.")


def _totals(paid: Paid) -> dict[str, int]:
    totals = paid.run.totals
    return {"to parties": totals.agreed, "disputed": totals.disputed, "unclaimed": totals.unclaimed}


def _emit(paid: Paid) -> None:
    run, posted, currency = paid.run, paid.posted, paid.run.terms.pool.currency
    emit(
        {
            "schema": "placet.run/1",
            "run": run.id,
            "plan": f"{run.terms.plan.name}/{run.terms.plan.version}",
            "pool": str(run.terms.pool),
            "portions": len(run.work),
            "allocations": len(run.allocations.party),
            **{word.replace(" ", "_"): str(Money(amount, currency)) for word, amount in _totals(paid).items()},
            "new": bool(posted and posted.new),
            "released": str(posted.released) if posted else "",
            "carried": str(posted.carried) if posted else "",
            "folder": str(paid.folder or ""),
            "held": list(paid.held),
        }
    )
