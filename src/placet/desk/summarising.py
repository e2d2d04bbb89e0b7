"""A public summary of training content out of finished clearances."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from placet.app import Home
from placet.clearance.certificate import read_certificate
from placet.clearance.disk import write_file
from placet.clearance.plan import Plan, parse_plan
from placet.clearance.readers import plan_dataset
from placet.clearance.training_form import KINDS
from placet.clearance.training_page import facts_file, render_summary
from placet.clearance.training_size import measure, top
from placet.clearance.training_summary import Cleared, Facts, Summary, fill, parse_facts
from placet.errors import NotFound, Refused, WrongUsage

__all__ = ["FACTS", "FILES", "Finished", "summarise_training", "write_summary"]

FILES = ("training-summary.json", "training-summary.html", "training-domains.csv")
FACTS = "training-facts.toml"


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished run in `out`, over the dataset at `data`; `kind` is one of KINDS, or empty."""

    out: Path
    data: Path
    kind: str = ""


def summarise_training(home: Home, runs: tuple[Finished, ...], facts: Path | None) -> Summary:
    """Everything the runs show and the facts state; the dataset is read, and nothing is written."""
    stated = _facts(facts) if facts else Facts({})
    beside = facts.parent if facts else Path()
    named = tuple(Finished(beside / run["out"], beside / run["data"], run["kind"]) for run in stated.runs)
    if not runs + named:
        raise WrongUsage("name a finished clearance, or list them in --facts as [[run]]")
    return fill([_cleared(run) for run in (*runs, *named)], stated, home.now())


def _facts(path: Path) -> Facts:
    try:
        return parse_facts(path.read_text(encoding="utf-8"), path.name)
    except FileNotFoundError:
        raise NotFound(f"there is no file {path} (training.facts)") from None
    except UnicodeDecodeError as error:
        raise WrongUsage(f"{path} is not UTF-8 at byte {error.start} (training.facts)") from error


def _cleared(run: Finished) -> Cleared:
    if run.kind and run.kind not in KINDS:
        raise WrongUsage(f"{run.kind} is no kind of source: choose one of {', '.join(KINDS)} (training.kind)")
    try:
        plan = parse_plan((run.out / "plan.json").read_bytes())
        data = (run.out / "clearance.json").read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(f"there is no finished clearance in {run.out} (training.no-clearance)") from None
    said = read_certificate(data).predicate
    if said["plan"] != plan.digest:
        raise Refused(f"{run.out}: plan.json is not the plan that was certified (training.other-data)")
    _check_data(run, plan)
    return Cleared(
        kind=run.kind,
        plan=plan,
        rows=said["rows"],
        counts=said["counts"][plan.ask.profiles[0].name],
        tallies=said["tallies"],
        certificate=hashlib.sha256(data).hexdigest(),
        origin=said["snapshot"].get("origin", ""),
        sizes=measure(run.data, plan, run.out),
    )


def _check_data(run: Finished, plan: Plan) -> None:
    units, _ = plan_dataset(run.data, run.out)
    if units != plan.units:
        raise Refused(f"{run.data} is not the dataset that {run.out} was made of, or has changed (training.other-data)")


def write_summary(said: Summary, folder: Path) -> tuple[Path, ...]:
    """JSON for programs, HTML to publish, the domains as a table; and, where a field is open, facts to fill in.

    A facts file that is there already is somebody's work, and is left alone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    value = json.dumps(said.value(), ensure_ascii=False, indent=1).encode() + b"\n"
    for name, data in zip(FILES, (value, render_summary(said).encode(), _domains(said)), strict=True):
        write_file(folder / name, data)
    written = [folder / name for name in FILES]
    if said.missing and not (folder / FACTS).exists():
        write_file(folder / FACTS, facts_file(said).encode())
        written.append(folder / FACTS)
    return tuple(written)


def _domains(said: Summary) -> bytes:
    """Of what was crawled, the largest tenth of the domains."""
    domains = Counter[str]()
    for run in said.runs:
        if run.kind == "crawled":
            domains.update(run.sizes.domains)
    text = io.StringIO()
    csv.writer(text).writerows([("domain", "bytes"), *top(domains)])
    return text.getvalue().encode()
