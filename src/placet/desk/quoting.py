"""A quote out of a finished clearance: its amber rows, the offers behind them, and the pages that show it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from placet.app import Home
from placet.clearance.disk import write_file
from placet.clearance.pages import moment, page, put, raw, style, table
from placet.clearance.plan import Plan, parse_plan
from placet.core.decision import Outcome
from placet.core.declaration import Declaration, Source
from placet.core.ids import short
from placet.core.offer import is_offer, parse_offer
from placet.core.stance import Stance, Voice
from placet.core.subject import Subject
from placet.core.use import SENTENCES, Use
from placet.desk.believing import believe
from placet.errors import BadInput, BadRecord, NotFound, Refused
from placet.licensing.csv_text import csv_text
from placet.licensing.quote import WHYS, Asking, Demand, Quote, Terms, make_quote
from placet.record.entries import parse_subject
from placet.registry.phrases import offer_phrase
from placet.snapshot.library import Library

__all__ = ["FILES", "Order", "quote", "write_quote"]

FILES = ("quote.json", "quote.csv", "quote.html")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The folder of a finished clearance, the snapshot that it was made against, and whose word to believe of it."""

    out: Path
    snapshot: Path
    trust: Path | None = None


def quote(home: Home, order: Order) -> Quote:
    """What it costs to be allowed the rows that are for sale; the same run and snapshot give the same quote."""
    plan = _plan(order.out)
    library, _ = believe(home, order.snapshot, order.trust, 36_500)
    if library.manifest.digest != plan.snapshot:
        raise Refused(f"{order.out} was cleared against another snapshot than {order.snapshot} (quote.snapshot)")
    if not (order.out / "clearance.json").is_file():
        raise Refused(f"the clearance in {order.out} is not finished: run it again, and it goes on (quote.unfinished)")
    demands = list(_demands(order.out, library))
    asking = Asking(
        plan=plan.digest,
        snapshot=plan.snapshot,
        use=plan.ask.use,
        territory=plan.ask.territory or "",
        at=plan.ask.at,
    )
    digests = {said.terms for demand in demands for said in demand.said if said.terms and said.index is not None}
    names = {key: party.name for key, party in library.parties.items()}
    return make_quote(asking, demands, {digest: _terms(library, digest) for digest in digests}, names)


def _plan(out: Path) -> Plan:
    try:
        return parse_plan((out / "plan.json").read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(f"there is no clearance in {out}: it has no plan.json (quote.no-clearance)") from None


def _terms(library: Library, digest: str) -> Terms:
    data = library.terms(digest)
    if data is None:
        return Terms(None, "quote.withheld")
    try:
        return Terms(parse_offer(data)) if is_offer(data) else Terms(None, "quote.words-only")
    except BadInput:
        return Terms(None, "quote.words-only")


def _demands(out: Path, library: Library) -> Iterable[Demand]:
    """The amber rows, counted by all whose word made them so."""
    decided = pq.read_table(out / "decisions.parquet", columns=["outcome", "because"]).unify_dictionaries()
    amber = decided.filter(pc.equal(pc.cast(decided.column("outcome"), "string"), Outcome.LICENCE.value))
    read = _Reader(library, out)
    for row in amber.group_by(["because"]).aggregate([([], "count_all")]).to_pylist():
        pairs = (pair.partition("@")[::2] for pair in (row["because"] or "").split())
        yield Demand(said=tuple(read.said(id_, about) for id_, about in pairs), rows=row["count_all"])


class _Reader:
    """Declarations by id: out of the snapshot, whichever key of a party spoke, else as the run heard them elsewhere."""

    def __init__(self, library: Library, out: Path) -> None:
        self._words, self._party_of = {word.id: word for word in library.words}, library.authority.party_of
        self._heard: dict[str, dict[str, Any]] = {}
        self._known: dict[tuple[str, str], Declaration] = {}
        with (out / "heard.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                said = json.loads(line)
                self._heard.setdefault(said["id"], said)

    def said(self, id_: str, about: str) -> Declaration:
        if (id_, about) not in self._known:
            self._known[id_, about] = self._find(id_, parse_subject(about))
        return self._known[id_, about]

    def _find(self, id_: str, subject: Subject) -> Declaration:
        if id_ in self._words:
            word = next(self._words[id_].about(subject))
            return replace(word, by=self._party_of(word.by, word.source.heard_at))
        if id_ not in self._heard:
            raise BadRecord(f"decisions.parquet names the declaration {id_[:12]}, which nobody made (quote.unread)")
        said = self._heard[id_]
        return Declaration(
            id=id_,
            subject=subject,
            use=Use(said["use"]),
            stance=Stance.LICENSE,
            by=said["by"],
            voice=Voice[said["voice"].upper()],
            source=Source(standard=said["standard"], where=said["where"]),
            terms=said["terms"] or None,
        )


# ---- what people see ----------------------------------------------------------------------------


def write_quote(said: Quote, folder: Path) -> tuple[Path, ...]:
    """`quote.json` for programs, `quote.csv` for a sheet, `quote.html` for people."""
    texts = (said.data() + b"\n", _csv(said).encode(), _html(said).encode())
    for name, data in zip(FILES, texts, strict=True):
        write_file(folder / name, data)
    return tuple(folder / name for name in FILES)


def _csv(said: Quote) -> str:
    heads = (
        "party",
        "name",
        "offer",
        "unit",
        "works",
        "rows",
        "price",
        "share of revenue",
        "credit",
        "why not",
        "asked elsewhere",
    )
    priced = [
        (
            line.party,
            line.name,
            line.digest,
            line.offer.unit.value,
            len(line.works),
            line.rows,
            line.price or "",
            line.offer.rate or "",
            line.offer.credit,
            "",
            "",
        )
        for line in said.lines
    ]
    unpriced = [
        (
            each.party,
            each.name,
            each.where,
            "",
            len(each.works),
            each.rows,
            "",
            "",
            "",
            f"{WHYS[each.why]} ({each.why})",
            each.asks,
        )
        for each in said.unquoted
    ]
    return csv_text(heads, [*priced, *unpriced])


def _html(said: Quote) -> str:
    title = "Quote"
    totals = ", ".join(map(str, said.totals)) or "nothing"
    share = f", and {said.shares} of the revenue" if said.shares else ""
    sums = f"{totals}{share}"
    parts = [
        put("h1", title),
        put("p", put("strong", sums), f" for {said.within_reach:,} of {said.rows:,} rows that are for sale."),
        put("p", f"For {SENTENCES[said.use]}, as of {moment(said.at)}; valid until {moment(said.valid_until)}."),
        put("h2", "Licences to buy"),
        _priced(said),
    ]
    if said.unquoted:
        parts += [put("h2", "Without a price"), _unpriced(said)]
    parts.append(put("p", f"Of the clearance {said.plan}, against the snapshot {said.snapshot}.", class_="small"))
    return page(title, "en", style("report.css"), put("main", *parts))


def _priced(said: Quote) -> Any:
    rows = [
        (
            put("bdi", line.name or short(line.party)),
            offer_phrase(line.offer),
            f"{len(line.works):,}",
            f"{line.rows:,}",
            str(line.price or f"{line.offer.rate} of revenue"),
        )
        for line in said.lines
    ]
    return table(("Of", "At", "Works", "Rows", "Price"), rows, numbers={2, 3, 4})


def _unpriced(said: Quote) -> Any:
    rows = [
        (
            put("bdi", each.name or (short(each.party) if len(each.party) == 64 else each.party)),
            raw(
                f"{WHYS[each.why]} ({each.why})",
                f" ({each.where})" if each.where else "",
                f". Heard there, and not for sale here: {each.asks}" if each.asks else "",
            ),
            f"{len(each.works):,}",
            f"{each.rows:,}",
        )
        for each in said.unquoted
    ]
    return table(("Of", "Why", "Works", "Rows"), rows, numbers={2, 3})
