"""What the report says of itself: how often it is wrong, what it would have missed, and whose word was disputed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from typing import Final

from placet.clearance import pages
from placet.clearance.background import Background
from placet.clearance.confidence import lower_text, upper_text
from placet.clearance.control import Control
from placet.clearance.known import Known
from placet.clearance.pages import Markup, put, raw

__all__ = ["Measures", "per_cent", "section"]

Say = Callable[[str], str]
Number = Callable[[int], str]
Rows = tuple[tuple[str, int], ...]
_OVER_MATCHED: Final = ("match.capped", "match.common", "match.crowded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """`disputed` counts rows by outcome, `changed` by `<without>><with>` the choice of `min_voice`.

    `crowded` counts rows by the reason for which a fingerprint said too much to be judged by.
    """

    control: Control = field(default_factory=Control)
    min_voice: str = "claimed"
    disputed: Rows = ()
    changed: Rows = ()
    crowded: Rows = ()

    @classmethod
    def of(cls, control: Control, min_voice: str, tallies: Mapping[str, int]) -> Measures:
        """From what a run's units add up to."""

        def counted(prefix: str) -> Rows:
            return tuple((n.removeprefix(prefix), rows) for n, rows in sorted(tallies.items()) if n.startswith(prefix))

        crowded = tuple((reason, rows) for reason, rows in counted("problem:") if reason in _OVER_MATCHED)
        return cls(
            control=control,
            min_voice=min_voice,
            disputed=counted("disputed:"),
            changed=counted("voice:"),
            crowded=crowded,
        )


def per_cent(rate: str) -> str:
    """A written rate as people read it: three digits, and no exponent above a hundred-thousandth."""
    value = Decimal(rate) * 100
    if not value:
        return "0 %"
    if value < Decimal("0.001"):
        return f"{value:.2e} %"
    return f"{value:.3g} %" if value < 100 else "100 %"


def section(measures: Measures, language: str, outcome: Say, reason: Say, number: Number) -> Markup:
    """The whole section; `outcome` and `reason` say in this language what is written by id."""
    say = _Sayer(pages.words("report_control.toml", language))
    parts = (
        *_background(measures.control.background, say, number),
        *_known(measures.control.known, say, number),
        *_missing(measures.control.unmeasured, say),
        *_crowded(measures.crowded, say, reason, number),
        *_disputes(measures, say, outcome, number),
    )
    return put("section", put("h2", say("control")), put("p", say("control_said")), *parts)


@dataclass(frozen=True, slots=True)
class _Sayer:
    words: Mapping[str, str]

    def __call__(self, word: str, **values: object) -> str:
        return self.words[word].format(**values)

    def heads(self, *words: str) -> list[str]:
        return [self(word) for word in words]


def _background(measured: tuple[Background, ...], say: _Sayer, number: Number) -> Iterator[Markup]:
    if not measured:
        return
    yield put("h3", say("background"))
    yield put("p", say("background_said"))
    yield pages.table(say.heads("medium", "matched", "rate"), (_row(each, say, number) for each in measured), ())


def _row(each: Background, say: _Sayer, number: Number) -> tuple[str | Markup, ...]:
    either = min(each.strong + each.verify, each.items)
    pairs = upper_text(min(each.pairs_strong + each.pairs_verify, each.pairs), each.pairs)
    medium = say(each.medium)
    return (
        say(f"compared_{each.compared}", n=number(each.items), works=number(each.works), medium=medium),
        say("matched_said", strong=number(each.strong), verify=number(each.verify)),
        raw(
            say(
                "rate_items",
                strong=per_cent(upper_text(each.strong, each.items)),
                verify=per_cent(upper_text(either, each.items)),
            ),
            pages.small(say("rate_pairs", n=number(each.pairs), rate=per_cent(pairs))),
        ),
    )


def _known(planted: tuple[Known, ...], say: _Sayer, number: Number) -> Iterator[Markup]:
    if not planted:
        return
    yield put("h3", say("known"))
    yield put("p", say("known_said"))
    for (medium, source), edits in groupby(planted, key=lambda each: (each.medium, each.source)):
        yield put("p", put("b", say(medium)), f": {say(f'source_{source}')}")
        yield _edits(edits, say, number)


def _edits(planted: Iterable[Known], say: _Sayer, number: Number) -> Markup:
    rows = (
        (
            say(f"edit_{each.edit}"),
            *(number(count) for count in (each.planted, each.found, each.unclear)),
            per_cent(lower_text(each.found, each.planted)),
        )
        for each in planted
    )
    return pages.table(say.heads("edit", "planted", "found", "resembled", "recall"), rows, {1, 2, 3, 4})


def _missing(unmeasured: tuple[str, ...], say: _Sayer) -> Iterator[Markup]:
    if unmeasured:
        what = "; ".join(say(f"unmeasured_{each.replace(' ', '_')}") for each in unmeasured)
        yield put("p", say("unmeasured", what=what))


def _crowded(crowded: Rows, say: _Sayer, reason: Say, number: Number) -> Iterator[Markup]:
    if crowded:
        yield put("h3", say("crowded"))
        yield put("p", say("crowded_said"))
        rows = ((reason(each), put("code", each), number(many)) for each, many in crowded)
        yield pages.table(say.heads("reason", "id", "rows"), rows, {2})


def _disputes(measures: Measures, say: _Sayer, outcome: Say, number: Number) -> Iterator[Markup]:
    yield put("h3", say("disputes"))
    yield put("p", say("disputes_said" if measures.disputed else "disputes_none"))
    if measures.disputed:
        rows = ((outcome(each), number(many)) for each, many in measures.disputed)
        yield pages.table(say.heads("outcome", "rows"), rows, {1})
    if measures.min_voice != "claimed":
        many = sum(rows for _, rows in measures.changed)
        yield put("p", say("voice_chosen", voice=measures.min_voice, n=number(many)))
    if measures.changed:
        told = ((*map(outcome, change.split(">")), number(many)) for change, many in measures.changed)
        yield pages.table(say.heads("without", "now", "rows"), told, {2})
