"""`placet report`: the public summary that the law asks of whoever trains a model, filled from clearances."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from placet.cli.options import DryRun, HomeDir, Json, home_at
from placet.cli.talk import emit, note, notes, result

__all__ = ["report"]


class Template(StrEnum):
    """The forms that can be filled."""

    EU = "eu-53-1-d"


class Kind(StrEnum):
    """Where a dataset came from, in the form's own division."""

    PUBLIC = "public"
    LICENSED = "licensed"
    PRIVATE = "private"
    CRAWLED = "crawled"
    USER = "user"
    SYNTHETIC = "synthetic"
    OTHER = "other"


def report(
    template: Annotated[Template, typer.Option(help="The form: EU AI Act, article 53(1)(d).")],
    out: Annotated[Path | None, typer.Argument(metavar="OUT", help="The folder of a finished clearance.")] = None,
    data: Annotated[Path | None, typer.Option(metavar="PATH", help="The dataset that OUT was made of.")] = None,
    kind: Annotated[Kind | None, typer.Option("--as", help="What kind of source the dataset is.")] = None,
    facts: Annotated[
        Path | None, typer.Option(metavar="FILE", help="TOML with what you state yourself, and further runs.")
    ] = None,
    into: Annotated[Path | None, typer.Option("--into", metavar="DIR", help="Write it there; OUT itself.")] = None,
    home: HomeDir = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Fill a public summary of training content from clearances: every field answered, or marked as open."""
    from placet.desk.summarising import FACTS, Finished, summarise_training, write_summary
    from placet.errors import WrongUsage

    del template  # there is one form so far
    if (out is None) != (data is None):
        raise WrongUsage("OUT and --data go together: the sizes are measured over the dataset itself")
    if into is None and out is None and not dry_run:
        raise WrongUsage("say by --into DIR where the summary goes")
    runs = (Finished(out, data, kind.value if kind else ""),) if out and data else ()
    said = summarise_training(home_at(home), runs, facts)
    target = into or out
    files = write_summary(said, target) if target and not dry_run else ()
    if json:
        emit(said.value())
        return 2 if said.missing else 0
    answered = len(said.answers) - len(said.missing)
    result(f"{answered} of {len(said.answers)} fields are answered, or may stay open.")
    if said.missing:
        result(f"{len(said.missing)} are for you to state:")
        notes([f"{field.number} {field.asks}" for field in said.missing], f", in {FACTS}")
    for file in files:
        note(f"Wrote {file}")
    return 2 if said.missing else 0
