"""The public summary of training content as a page, and as the file that a provider fills in."""

from __future__ import annotations

import json
from itertools import groupby

from placet.clearance.pages import Markup, page, put, raw, style
from placet.clearance.training_form import HEADINGS, Field, Shape
from placet.clearance.training_summary import Answer, Summary

__all__ = ["facts_file", "render_summary"]

_BY = {"run": "shown by a run", "provider": "stated by the provider", "form": ""}
_EMPTY = {Shape.TEXT: '""', Shape.MONTH: '""', Shape.LIST: "[]"}


def render_summary(said: Summary) -> str:
    """One page, without scripts; a field that nobody answered says so."""
    title = "Public summary of training content"
    left = len(said.missing)
    state = f"{left} of {len(said.answers)} fields are not stated yet." if left else "No field is left open."
    parts = [
        put("p", "Regulation (EU) 2024/1689, article 53(1)(d)", class_="kicker"),
        put("h1", title),
        put("p", state, class_="lede"),
        put("p", _BASIS),
    ]
    for number, answers in groupby(said.answers, key=lambda answer: answer.field.number):
        heading = HEADINGS[number] if number == "0" else f"{number} {HEADINGS[number]}"
        rows = [put("tr", put("td", each.field.asks, style="width:40%"), put("td", _told(each))) for each in answers]
        parts += [put("h2", heading), put("div", put("table", put("tbody", *rows)), class_="scroll")]
    return page(title, "en", style("report.css"), put("main", *parts))


_BASIS = (
    "What a run shows was measured over the rows that its certificate lets be used. That nothing else was used is for"
    " the provider to state. The order and numbers of the fields are those of the Commission's template; the wording"
    " is Placet's."
)


def _told(answer: Answer) -> Markup:
    if not answer.said:
        word = "not stated, and optional" if answer.field.optional else "NOT STATED"
        return put("span", word, class_="small" if answer.field.optional else "tag unclear")
    several = len(answer.said) > 1
    lines = [raw(put("bdi", said.text), _from(said.by)) for said in answer.said]
    return put("ul", *(put("li", line) for line in lines), class_="plain") if several else lines[0]


def _from(by: str) -> Markup | None:
    return put("span", f" ({_BY[by]})", class_="small") if _BY[by] else None


def facts_file(said: Summary) -> str:
    """TOML with a line for every field that no run answers, for the provider to fill in."""
    lines = ["# What no run can know of your training data. Fill in, and give it back with --facts."]
    for run in said.runs:
        lines += ["", f"# {run.plan.dataset} is known from its run."]
    for table, answers in groupby(said.answers, key=lambda answer: answer.field.key.partition(".")[0]):
        wanted = [answer.field for answer in answers if not any(each.by == "run" for each in answer.said)]
        if wanted:
            lines += ["", f"[{table}]", *(line for field in wanted for line in _line(field))]
    return "\n".join(lines) + "\n"


def _line(field: Field) -> tuple[str, str]:
    name = field.key.partition(".")[2]
    hint = json.dumps(f"{field.number} {field.asks}", ensure_ascii=False).strip('"')
    more = " (optional)" if field.optional else ""
    given = f"# {name} = true" if field.shape is Shape.YES_NO else f"{name} = {_EMPTY[field.shape]}"
    return f"# {hint}; {field.shape.value}{more}", given
