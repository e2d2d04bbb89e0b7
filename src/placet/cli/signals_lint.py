"""`placet signals lint`: what a site says and nobody hears, and where it contradicts itself."""

from __future__ import annotations

import json as as_json
import sys
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated

import typer

from placet.cli.options import HomeDir, Json, home_at
from placet.cli.talk import emit, result
from placet.core.reasons import LANGUAGES
from placet.errors import WrongUsage

if TYPE_CHECKING:
    from placet.signals.lint_scene import Finding, Scene

__all__ = ["lint"]


def lint(
    what: Annotated[str, typer.Argument(metavar="URL|DIR|FILE", help="An address, or a site's files on a disk.")],
    site: Annotated[str, typer.Option(metavar="URL", help="Whose files they are; guessed from robots.txt.")] = "",
    sarif: Annotated[bool, typer.Option("--sarif", help="SARIF 2.1.0 on stdout, for forges and editors.")] = False,
    lang: Annotated[str, typer.Option(metavar="LANG", help="en or fr.")] = "en",
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Look a site's words over: what is not heard as it was meant, and where one standard contradicts another.

    Exit 2 when there is something to mend; notes alone are nothing to mend.
    """
    from placet.desk.linting import scene_of
    from placet.signals import lint as linter
    from placet.signals.lint_rules import RULES, Severity
    from placet.signals.sarif import sarif as as_sarif

    if lang not in LANGUAGES:
        raise WrongUsage(f"--lang is {lang!r}; it is one of {', '.join(LANGUAGES)}")
    scene = scene_of(what, lambda: home_at(home).visitor(), site)
    findings = linter.lint(scene)
    if sarif:
        sys.stdout.write(as_json.dumps(as_sarif(findings, version("placet")), indent=1) + "\n")
    elif json:
        _emit(findings)
    else:
        _tell(scene, findings, LANGUAGES.index(lang))
    return 2 if any(RULES[each.rule].severity is not Severity.NOTE for each in findings) else 0


def _emit(findings: Sequence[Finding]) -> None:
    from placet.signals.lint_rules import RULES

    for each in findings:
        rule = RULES[each.rule]
        said = {"rule": rule.id, "severity": rule.severity.value, "sentence": rule.means[0], "mend": rule.mend[0]}
        place = {"where": each.where, "line": each.line or None, "detail": each.detail}
        emit({"schema": "placet.lint/1", **said, **place})


def _tell(scene: Scene, findings: Sequence[Finding], language: int) -> None:
    from placet.signals.lint_rules import RULES, Severity

    for each in findings:
        rule = RULES[each.rule]
        place = f"{each.where}:{each.line}" if each.line else each.where
        result(f"{place}: {_SEVERITIES[rule.severity][language]}: {rule.means[language]}")
        if each.detail:
            result(f"    {each.detail}")
        result(f"    {rule.mend[language]} [{rule.id}]")
    counts = Counter(RULES[each.rule].severity for each in findings)
    counted = ", ".join(
        f"{counts[each]} {_SEVERITIES[each][language]}{'s' if counts[each] > 1 else ''}"
        for each in Severity
        if counts[each]
    )
    size = len(scene.documents)
    nothing = ("nothing to mend", "rien à corriger")[language]
    result(f"{size} document{'s' if size != 1 else ''}: {counted or nothing}.")


_SEVERITIES = {"error": ("error", "erreur"), "warning": ("warning", "avertissement"), "note": ("note", "remarque")}
