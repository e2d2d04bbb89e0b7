"""The step of the GitHub Action (`action.yml`): clear, tell it in the job's summary, fail on what the job names.

Its words come as PLACET_* in the environment, where no shell reads them.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from placet.cli.clear import WORDS
from placet.cli.run import main as placet
from placet.cli.talk import note, printable
from placet.core.decision import Outcome

__all__ = ["main"]

FAILED, WRONG = 1, 64
_ASKED: Final = ("DATA", "SNAPSHOT", "USE", "PROFILE", "TRUST", "MAX_AGE", "FAIL_ON", "OUT")


def main(given: Mapping[str, str]) -> int:
    """Exit code 0 when no row has an outcome that the job fails on; anything that could not be done fails it too."""
    asked = {name: given.get(f"PLACET_{name}", "").strip() for name in _ASKED}
    missing = [name.lower().replace("_", "-") for name, value in asked.items() if not value]
    fail_on = {word.strip() for word in asked["FAIL_ON"].split(",")}
    unknown = sorted(printable(word) for word in fail_on - set(Outcome))
    if missing or unknown:
        note(f"placet: the action lacks {', '.join(missing)}" if missing else f"placet: fail-on: {', '.join(unknown)}")
        return WRONG
    code, told = _clear(asked)
    if told is None:
        _write(given.get("GITHUB_STEP_SUMMARY"), "### Placet\n\nNothing was cleared; the log of this step says why.\n")
        return code or FAILED
    counts: dict[str, int] = told["counts"][asked["PROFILE"]]
    failing = sum(rows for outcome, rows in counts.items() if outcome in fail_on)
    _write(given.get("GITHUB_STEP_SUMMARY"), _table(asked, counts, failing))
    _write(given.get("GITHUB_OUTPUT"), f"certificate={Path(asked['OUT']) / 'clearance.json'}\n")
    return FAILED if failing else 0


def _clear(asked: Mapping[str, str]) -> tuple[int, dict[str, dict[str, dict[str, int]]] | None]:
    """What `placet clear --json` says; None when it did not get that far."""
    words = ["clear", "--json", "--use", asked["USE"], "--profile", asked["PROFILE"], "--snapshot", asked["SNAPSHOT"]]
    words += ["--trust", asked["TRUST"], "--max-age", asked["MAX_AGE"], "--out", asked["OUT"], "--", asked["DATA"]]
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = placet(words)
    return code, json.loads(said.getvalue()) if code in (0, 2) else None


def _table(asked: Mapping[str, str], counts: Mapping[str, int], failing: int) -> str:
    """GitHub's Markdown; what comes from outside is shown as code and cannot end it."""
    head = f"### Placet: {'some of it may not be used' if failing else 'it may be used'}\n\n"
    about = f"{_code(asked['DATA'])} for {_code(asked['USE'])} under {_code(asked['PROFILE'])}\n\n"
    lines = [
        f"| {outcome} | {counts[outcome]:,} | {words} |\n" for outcome, words in WORDS.items() if counts.get(outcome)
    ]
    return head + about + "| outcome | rows | |\n|---|---:|---|\n" + "".join(lines)


def _code(text: str) -> str:
    return f"`{printable(text).replace('`', '')}`"


def _write(path: str | None, text: str) -> None:
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    sys.exit(main(os.environ))
