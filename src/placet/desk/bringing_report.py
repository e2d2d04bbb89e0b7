"""The report of an import for people: a table for a spreadsheet, or a page to read."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

from placet.desk.bringing import STATUSES, Report
from placet.licensing.csv_text import csv_text
from placet.log.files import write_durable
from placet.registry.bulk.gathering import Finding

__all__ = ["write_report"]

_HEADS = ("status", "place", "name", "title", "why", "in the record")
_STYLE = (
    "body{font:16px/1.5 Georgia,serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.3rem .6rem;"
    "border-bottom:1px solid #ddd;overflow-wrap:anywhere}th{font-weight:normal;color:#666}h2{margin-top:2rem}"
    ".n{text-align:right;font-variant-numeric:tabular-nums}"
)
_MOST = 1_000  # works of one status that a page lists; the table has all


def write_report(path: Path, report: Report) -> None:
    """As the file's end says: `.csv` with every work, `.html` with what asks for somebody's eyes first."""
    if path.suffix.lower() == ".csv":
        text = csv_text(
            _HEADS,
            ((e.status, e.where, e.name, e.title, e.why, "yes" if _is_there(e) else "no") for e in report.findings),
        )
        write_durable(path, text.encode())
    else:
        write_durable(path, "".join(_page(report)).encode())


def _is_there(finding: Finding) -> bool:
    return finding.is_taken or finding.status == "matched"


def _page(report: Report) -> Iterator[str]:
    title = escape(f"{report.name}: what became of each work")
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    yield f"<h1>{title}</h1><p>{escape(report.words)}, {report.rows:,} rows.</p><table>"
    for status in STATUSES:
        if report.counts[status]:
            yield f'<tr><td>{status}</td><td class="n">{report.counts[status]:,}</td></tr>'
    yield "</table>"
    if report.notes:
        yield "<h2>adjusted, or passed over</h2><ul>"
        yield "".join(f"<li>{escape(told)}</li>" for told in report.notes[:_MOST])
        more = len(report.notes) - _MOST
        yield "</ul>" + (f"<p>and {more:,} more; --json has them all</p>" if more > 0 else "")
    for status in ("malformed", "ambiguous", "missing", "conflicting", "excluded", "changed", "new", "matched"):
        found = [each for each in report.findings if each.status == status]
        if not found:
            continue
        yield f"<h2>{status}</h2><table><tr><th>work</th><th>title</th><th>why</th></tr>"
        for each in found[:_MOST]:
            cells = (each.name or each.where, each.title, each.why or each.where)
            yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
        more = len(found) - _MOST
        yield "</table>" + (f"<p>and {more:,} more; a report in CSV has them all</p>" if more > 0 else "")
