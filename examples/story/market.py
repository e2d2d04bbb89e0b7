"""The amber part: the lab that cleared the crawl is quoted a price, buys a licence, and the money finds its people."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from placet.licensing.document import parse_file

__all__ = ["PRICE", "Deal", "pay", "quoted", "sell"]

PRICE = "12.00 EUR"
_AGENCY = "Lens & Light, agency"
Call = Callable[..., str]  # a command of placet by its words; returns what it printed


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """What is bought: the first line of the quote."""

    party: str
    works: tuple[str, ...]
    rows: int
    total: str


def quoted(placet: Call, out: Path, snapshot: Path) -> Deal:
    """`placet quote`: what the rows that are for sale cost."""
    said = json.loads(placet("quote", out, "--snapshot", snapshot, "--json"))
    (line,) = said["lines"]
    total = f"{line['amount'] // 100}.{line['amount'] % 100:02} {line['currency']}"
    return Deal(party=line["name"], works=tuple(line["works"]), rows=line["rows"], total=total)


def sell(placet: Call, seller: Path, buyer: Path, licence: Path) -> str:
    """`placet licence issue` to the lab's key; returns the line of credit that it asks for."""
    key = json.loads(placet("keys", "new", "--role", "clear", "--name", "The Lab", "--out", buyer, "--json"))
    placet("licence", "issue", "all", "--to", key["public"], "--key", seller, "-o", licence)
    return parse_file(licence.read_bytes()).agreement.credit


def pay(placet: Call, deal: Deal, folder: Path) -> tuple[str, str]:
    """`placet split direct`, a third of each work to the agency; returns what the maker gets, and why for one work."""
    folder.mkdir()
    shares = [(work, party, share) for work in deal.works for party, share in ((deal.party, "2/3"), (_AGENCY, "1/3"))]
    _write(folder / "shares.csv", ("work", "party", "share"), shares)
    _write(folder / "prices.csv", ("work", "amount"), [(work, PRICE) for work in deal.works])
    given = ("--shares", folder / "shares.csv", "--prices", folder / "prices.csv", "--open-accounts")
    placet("split", "direct", "--pool", deal.total, *given, "--reference", "the-lab-1")
    lines = placet("statement", deal.party, "--json").splitlines()
    said = json.loads(lines[0])
    return said["earned"], said["lines"][0]["why"]


def _write(path: Path, heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(heads)
        writer.writerows(rows)
