"""What a pipeline is told of each row: whether to keep it, and why, in words.

The answers are those of `placet clear`: the same judge gives them, by columns where the rows are addresses.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from placet.clearance.batches import NAME, Batch, arrow_of, rows_of, unread
from placet.clearance.columnar import Sweeper
from placet.clearance.judge import Judge, Judged
from placet.clearance.ledger import KEPT_BACK, Brief, Sweep, brief_of
from placet.core.decision import Outcome
from placet.core.reasons import sentence
from placet.errors import WrongUsage

__all__ = ["KEEPABLE", "Bench", "Decides", "Verdict", "kept_outcomes"]

KEEPABLE: Final = (Outcome.CLEARED, Outcome.UNSETTLED, Outcome.SILENT, Outcome.LICENCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`outcome` is a word of `placet.Outcome` and `reason` an id of the catalogue, whose words are `sentence`.

    `works` are the ids of all registered works that the row is or resembles, the one to report first; `declaration` is
    the id of the word that decided, empty where silence or a problem did.  Only what may be used is kept.
    """

    keep: bool
    outcome: str
    reason: str
    sentence: str
    works: tuple[str, ...] = ()
    declaration: str = ""
    origin: str = "unknown"


class Decides(Protocol):
    """What an adapter needs of `placet.Clearance`: one verdict a row, in order; pure, and safe to pickle."""

    def decide(self, batch: Batch) -> list[Verdict]: ...


def kept_outcomes(names: Collection[str]) -> frozenset[str]:
    """The outcomes to keep; WrongUsage for those that nobody may keep, whatever she means by it."""
    for name in names:
        if name not in KEEPABLE:
            known = ", ".join(KEEPABLE)
            raise WrongUsage(f"keep={name}: what is {name} is never kept; of these any may be: {known}")
    return frozenset(map(str, names))


class Bench:
    """A judge at work in one process; what it learns is kept from one batch to the next."""

    def __init__(
        self, judge: Judge, keep: frozenset[str], *, drop_generated: bool = False, language: str = "en"
    ) -> None:
        self._judge, self._keep, self._drop, self._language = judge, keep, drop_generated, language
        self._sweeper = Sweeper(judge, drop_generated)

    def decide(self, batch: Batch) -> list[Verdict]:
        """One verdict a row, in order."""
        columns = arrow_of(batch)
        if columns is not None:
            if not unread(columns) and (sweep := self._sweeper.sweep_batch(columns, NAME)) is not None:
                return self._spread(sweep)
            batch = columns
        return [self._verdict(judged) for judged in self._judge.judge(rows_of(batch), NAME)]

    def _spread(self, sweep: Sweep) -> list[Verdict]:
        """Rows that were judged by themselves stand last among the answers."""
        shared = [self._of(brief) for brief in sweep.briefs[: len(sweep.briefs) - len(sweep.shown)]]
        verdicts = [*shared, *map(self._verdict, sweep.shown)]
        return [verdicts[number] for number in sweep.classes.tolist()]

    def _verdict(self, judged: Judged) -> Verdict:
        best = [judged.best.work] if judged.best else []
        rows = dict.fromkeys([*best, *(match.work for match in judged.matches)])
        brief = brief_of(judged, self._judge.library, drop_generated=self._drop)
        return self._of(brief, tuple(self._judge.library.work_id(row) for row in rows))

    def _of(self, brief: Brief, works: Sequence[str] = ()) -> Verdict:
        line = brief.line
        left_out = self._drop and line.origin in KEPT_BACK
        return Verdict(
            keep=line.outcome in self._keep and not left_out,
            outcome=line.outcome,
            reason=line.reason,
            sentence=self._told(brief),
            works=tuple(works),
            declaration=line.declaration or "",
            origin=line.origin,
        )

    def _told(self, brief: Brief) -> str:
        """A problem's own sentence says what and where."""
        problems = (*brief.problems, *brief.unheard)
        if brief.line.outcome == Outcome.UNCLEAR and problems and self._language == "en":
            return problems[0].why
        return sentence(brief.line.reason, self._language)
