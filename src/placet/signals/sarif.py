"""Findings as SARIF 2.1.0 (OASIS, 2020-03-27), which code forges and editors show beside the line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote

from placet.signals.lint_rules import RULES, Severity
from placet.signals.lint_scene import Finding

__all__ = ["SCHEMA", "sarif"]

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(findings: Iterable[Finding], version: str) -> dict[str, Any]:
    """One run; rules that found nothing are listed too, so that their absence means something."""
    rules = [
        {
            "id": rule.id,
            "shortDescription": {"text": rule.means[0]},
            "help": {"text": rule.mend[0]},
            "defaultConfiguration": {"level": rule.severity.value},
        }
        for rule in RULES.values()
    ]
    indexes = {rule: index for index, rule in enumerate(RULES)}
    driver = {"name": "placet", "version": version, "rules": rules}
    results = [_result(finding, indexes[finding.rule]) for finding in findings]
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def _result(finding: Finding, index: int) -> dict[str, Any]:
    rule = RULES[finding.rule]
    detail = f" {finding.detail}" if finding.detail else ""
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.where)}}
    if finding.line:
        place["region"] = {"startLine": finding.line}
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[rule.severity],
        "message": {"text": f"{rule.means[0]}{detail} {rule.mend[0]}"},
        "locations": [{"physicalLocation": place}],
    }


_LEVELS = {severity: severity.value for severity in Severity}


def _uri(where: str) -> str:
    """A URI reference (RFC 3986): addresses as they are, paths with their signs escaped."""
    return where if "://" in where else quote(where.replace("\\", "/"), safe="/-._~")
