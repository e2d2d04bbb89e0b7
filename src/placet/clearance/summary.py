"""A finished run as the values of its report."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from placet.clearance.certificate import Totals
from placet.clearance.control import Control
from placet.clearance.nobody import is_nobody
from placet.clearance.plan import Plan
from placet.clearance.report import Excerpt, LimitPair, Pair, Passage, Report, Snapshot, Tally, Work
from placet.clearance.report_control import Measures
from placet.clearance.report_heard import Heard, Word
from placet.clearance.unit import shown_of
from placet.clearance.voices import OF_ITS_OWN
from placet.core.decision import Outcome
from placet.core.declaration import Problem
from placet.core.ids import short
from placet.core.stance import Stance, Voice
from placet.signing.keys import fingerprint
from placet.snapshot.library import Library

__all__ = ["Circumstances", "summarise"]

_MOST_PAIRS = 40
_MOST_PROBLEMS = 100
_MOST_WORDS = 12

# Sentence order on the page: what was refused first.
_ORDER = (Outcome.RESERVED, Outcome.LICENCE, Outcome.UNCLEAR, Outcome.CLEARED, Outcome.SILENT, Outcome.UNSETTLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a report says beside the decisions; `original` gives a thumbnail of a registered work, if any."""

    trust: str
    seconds: float
    original: Callable[[str], bytes | None]
    limit_pair: LimitPair | None = None
    measured: Control = field(default_factory=Control)
    versions: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, str], ...] = ()


def summarise(plan: Plan, totals: Totals, library: Library, out: Path, around: Circumstances) -> Report:
    """Everything the report shows, from the run's own files."""
    shown = [(plan.units[n].id, each) for n in range(len(plan.units)) for each in shown_of(out, n)]
    shown.sort(key=lambda pair: _ORDER.index(Outcome(pair[1]["outcome"])))
    pairs = [_pair(unit, each, library, around) for unit, each in shown if "jpeg" in each]
    passages = [_passage(unit, each, library) for unit, each in shown if "quoted" in each]
    excerpts = [_excerpt(unit, each, library) for unit, each in shown if "known" in each]
    ask, manifest = plan.ask, library.manifest
    return Report(
        dataset=plan.dataset,
        rows=totals.rows,
        snapshot=None
        if is_nobody(library)
        else Snapshot(
            origin=manifest.origin,
            size=manifest.size,
            works=len(library),
            root=manifest.root,
            made_at=manifest.made_at,
            trust=around.trust,
        ),
        use=ask.use,
        at=ask.at,
        territory=ask.territory,
        effort=ask.effort,
        seconds=around.seconds,
        bytes_sent=0,
        tallies=tuple(
            Tally(profile=profile, outcomes=tuple((each, totals.counts[profile.name].get(each, 0)) for each in Outcome))
            for profile in ask.profiles
        ),
        reasons=_counted(totals.tallies, "reason:"),
        matches=_counted(totals.tallies, "match:"),
        distances=tuple((int(bits), rows) for bits, rows in _counted(totals.tallies, "distance:")),
        pairs=tuple(pairs[:_MOST_PAIRS]),
        pairs_found=len(pairs),
        passages=tuple(passages[:_MOST_PAIRS]),
        passages_found=len(passages),
        excerpts=tuple(excerpts[:_MOST_PAIRS]),
        excerpts_found=len(excerpts),
        problems=_problems(out),
        problems_found=sum(rows for _, rows in _counted(totals.tallies, "problem:")),
        limit_pair=around.limit_pair,
        versions=around.versions,
        files=around.files,
        licences=_counted(totals.tallies, "licence:"),
        heard=_heard(plan, totals, out),
        measures=Measures.of(around.measured, ask.min_voice.name.lower(), totals.tallies),
    )


def _heard(plan: Plan, totals: Totals, out: Path) -> Heard:
    told = plan.signals
    keys = ", ".join(short(key) for key in told.get("observers", "").split())
    spoke = {
        "rows": told.get("rows"),
        "observations": f"{told['observed']}; key {keys}" if told.get("observed") else "",
        "lists": told.get("listed"),
    }
    decided, overruled = _words(out)
    return Heard(
        spoke=tuple((what, said) for what, said in spoke.items() if said),
        agent=plan.ask.agent or "",
        standards=_most(_counted(totals.tallies, "standard:")),
        decided=decided,
        overruled=overruled,
        unheard=_most(_counted(totals.tallies, "unheard:")),
        origins=_most(_counted(totals.tallies, "origin:")),
        dropped=sum(rows for _, rows in _counted(totals.tallies, "dropped:")),
        is_dropping=plan.drop_generated,
    )


def _most(counted: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counted, key=lambda pair: -pair[1]))


def _words(out: Path) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
    """The words that decided most rows, and those that were heard about most rows in vain."""
    table = pq.read_table(out / "decisions.parquet", columns=["declaration", "overruled"])
    decided = _frequent(table.column("declaration"))
    overruled = _frequent(table.column("overruled"))
    wanted = {id_ for ids in (decided, overruled) for id_ in ids}
    found: dict[str, dict[str, Any]] = {}
    with (out / "heard.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            word = json.loads(line)
            if word["id"] in wanted:
                found.setdefault(word["id"], word)
    return _told(decided, found), _told(overruled, found)


def _frequent(column: pa.ChunkedArray) -> dict[str, int]:
    rows: Counter[str] = Counter()
    for each in pc.value_counts(column.combine_chunks().dictionary_decode()):
        for id_ in (each["values"].as_py() or "").split():
            rows[id_] += each["counts"].as_py()
    return dict(sorted(rows.items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST_WORDS])


def _told(rows: Mapping[str, int], found: Mapping[str, Mapping[str, Any]]) -> tuple[Word, ...]:
    return tuple(
        Word(
            standard=found[id_]["standard"],
            where=found[id_]["where"].removeprefix(OF_ITS_OWN).strip(),
            said=found[id_]["stance"],
            heard_at=found[id_]["heard_at"],
            rows=many,
        )
        for id_, many in rows.items()
        if id_ in found
    )


def _counted(tallies: Mapping[str, int], prefix: str) -> tuple[tuple[str, int], ...]:
    return tuple((name.removeprefix(prefix), rows) for name, rows in tallies.items() if name.startswith(prefix))


def _work(each: Mapping[str, Any], library: Library) -> Work:
    row = library.work(each["work_row"])
    party = library.parties.get(row.by)
    said = Stance[each["stance"].upper()] if each["stance"] else None
    return Work(
        id=row.id,
        maker=party.name if party and party.name else f"key {fingerprint(bytes.fromhex(row.by))}",
        voice=_voice(each, row.by, library),
        stance=said,
        entry=each["entry"] if each["entry"] >= 0 else None,
        title=row.title or None,
    )


def _voice(each: Mapping[str, Any], by: str, library: Library) -> Voice:
    """How sure the record is who spoke: of the word that decided, else of the maker when the snapshot was made."""
    if not library.authority.acts:
        return Voice.CLAIMED
    words = {word.index: word.voice for word in library.heard_of_work(each["work_row"])}
    return words.get(each["entry"], library.authority.voice(by, library.manifest.made_at))


def _pair(unit: str, each: Mapping[str, Any], library: Library, around: Circumstances) -> Pair:
    work = _work(each, library)
    return Pair(
        unit=unit,
        row=each["row"],
        outcome=Outcome(each["outcome"]),
        reason=each["reason"],
        match=each["match"],
        distance=each["score"] if each["method"] == "image-plh/1" else None,
        work=work,
        found=base64.b64decode(each["jpeg"]) or None,
        registered=library.thumbnail(work.id) or around.original(work.id),
        corners=each["score"] if each["method"] == "image-orb/1" else None,
    )


def _passage(unit: str, each: Mapping[str, Any], library: Library) -> Passage:
    return Passage(
        unit=unit,
        row=each["row"],
        outcome=Outcome(each["outcome"]),
        reason=each["reason"],
        match=each["match"],
        work=_work(each, library),
        before=each["before"],
        quoted=each["quoted"],
        after=each["after"],
        letters=each["letters"],
        of_work=each["of_work"],
        of_text=each["of_text"],
    )


def _excerpt(unit: str, each: Mapping[str, Any], library: Library) -> Excerpt:
    heard, known = each["heard"], each["known"]
    return Excerpt(
        unit=unit,
        row=each["row"],
        outcome=Outcome(each["outcome"]),
        reason=each["reason"],
        match=each["match"],
        work=_work(each, library),
        heard=(heard[0], heard[1]),
        known=(known[0], known[1]),
        marks=each["marks"],
    )


def _problems(out: Path) -> tuple[Problem, ...]:
    with (out / "problems.jsonl").open(encoding="utf-8") as lines:
        some = [json.loads(line) for line in islice(lines, _MOST_PROBLEMS)]
    return tuple(Problem(_place(each), each["reason"], each["why"]) for each in some)


def _place(problem: Mapping[str, Any]) -> str:
    more = f" and {problem['rows'] - 1:,} more" if problem["rows"] > 1 else ""
    return f"{problem['unit']} {problem['row']}{more}"
