"""The pre-commit hook `placet-data`: `python -m placet.cli.hook --snapshot DIR --use USE --profile NAME FILE...`.

No file is committed that was not cleared, and none whose answer could not be had.  Nothing is written but the memory of
the log that the snapshot is of.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from placet.clearance.readers.folder import read_file
from placet.cli.talk import note, printable, result
from placet.desk.deciding import Clearance
from placet.errors import PlacetError
from placet.registry.phrases import count

__all__ = ["main"]

REFUSED, WRONG = 1, 64


def main(words: Sequence[str]) -> int:
    """Exit code 0 when every file may be used, 1 when one may not or nothing could be asked, 64 for wrong words."""
    try:
        asked = _parser().parse_args(list(words))
    except SystemExit as stop:
        return WRONG if stop.code else 0
    try:
        return _check(asked)
    except (PlacetError, OSError) as error:
        note(f"placet: {error}")
        return REFUSED


def _check(asked: argparse.Namespace) -> int:
    clearance = Clearance(
        asked.snapshot,
        use=asked.use,
        profile=asked.profile,
        trust=asked.trust,
        max_age=asked.max_age,
        home=asked.home,
        keep=("cleared", *asked.also),
    )
    names = list(dict.fromkeys(asked.files))
    verdicts = clearance.decide([read_file(Path(), name) for name in names])
    refused = [(name, verdict) for name, verdict in zip(names, verdicts, strict=True) if not verdict.keep]
    for name, verdict in refused:
        works = "".join(f" (work {work[:12]})" for work in verdict.works[:1])
        result(f"{printable(name)}: {verdict.outcome}: {verdict.sentence}{works}")
    if refused:
        note(f"placet: {count(len(refused), 'file')} of {len(names)} may not be used for {asked.use}.")
    return REFUSED if refused else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="placet-data", description="Refuse files that were not cleared.")
    parser.add_argument("--snapshot", required=True, type=Path, metavar="DIR", help="the registry, kept locally")
    parser.add_argument("--use", required=True, help="what the data is for, e.g. train.generative")
    parser.add_argument("--profile", required=True, metavar="NAME", help="what silence means")
    parser.add_argument("--also", action="append", default=[], metavar="OUTCOME", help="keep these too, e.g. silent")
    parser.add_argument("--trust", type=Path, metavar="FILE", help="the policy of the log to believe")
    parser.add_argument("--max-age", type=int, default=30, metavar="DAYS", help="refuse an older snapshot")
    parser.add_argument("--home", type=Path, metavar="DIR", help="what is remembered")
    parser.add_argument("files", nargs="*")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
