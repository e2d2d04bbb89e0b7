"""All that is held about a party, as one folder for her (GDPR articles 15 and 20), for people and programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from placet.app import Home, today
from placet.core.canonical import decode
from placet.desk.about import Held, entries_of, held_about, is_about, keys_of
from placet.desk.given import given_out
from placet.desk.identifying import authority_of, party_named, rungs_of
from placet.desk.kept import kept_openings
from placet.desk.receipting import Again, write_again
from placet.errors import Refused
from placet.log.files import write_durable
from placet.record.entries import Entry
from placet.registry.gather import MARKER, MARKER_TEXT

__all__ = ["Told", "tell_about"]

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width"><title>What is held about {who}</title>
<style>body{{font:16px/1.5 Georgia,serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#222}}
code{{overflow-wrap:anywhere}}table{{border-collapse:collapse;width:100%}}
td,th{{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #ccc;vertical-align:top}}</style>
<h1>What is held about {who}</h1>
<p>Log {origin}, {date}. Party <code>{party}</code>.</p>
<h2>Names, titles and other fields</h2>
{fields}
<h2>Entries</h2>
<p>{by} by this party, {of} by others that name it: <code>entries.jsonl</code>. The log is public, and holds
commitments in the place of names and titles; <code>openings.json</code> opens them.</p>
<h2>The rest</h2>
<ul>{rest}</ul>
<h2>Copies that no erasure here reaches</h2>
<ul>{beyond}</ul>
</html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How much of each sort is in the folder."""

    party: str
    entries: int
    fields: int
    payouts: int
    receipts: int


def tell_about(home: Home, words: str, out: Path) -> Told:
    """Write the folder for the party that these words name; Refused unless the folder is new or empty."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Refused(f"{out} is there already: what is held about somebody is put into a folder of its own")
    party = party_named(home, words, authority_of(home))
    keys = keys_of(home, party)
    entries = [(index, entry) for index, entry in entries_of(home) if is_about(entry, keys)]
    fields, payouts = list(held_about(home, keys)), list(_payouts(home, keys))
    own = tuple((index, entry) for index, entry in entries if entry.by in keys)
    out.mkdir(parents=True, exist_ok=True)
    write_durable(out / MARKER, MARKER_TEXT)
    _lines(out / "entries.jsonl", [_entry(index, entry, keys) for index, entry in entries])
    _whole(out / "openings.json", {each.commitment: _opening(home, each) for each in fields if each.value is not None})
    if payouts:
        _lines(out / "payouts.jsonl", payouts)
    if own and home.has_log:
        write_again(home, _name(fields), Again(own, 0), out / "receipts")
    told = Told(
        party=party,
        entries=len(entries),
        fields=len(fields),
        payouts=len(payouts),
        receipts=len(own) if home.has_log else 0,
    )
    _whole(out / "about.json", _about(home, told, keys, fields))
    write_durable(out / "about.html", _page(home, told, fields, len(own)).encode())
    return told


def _about(home: Home, told: Told, keys: frozenset[str], fields: Sequence[Held]) -> dict[str, Any]:
    newest = home.newest
    return {
        "schema": "placet.about/1",
        "party": told.party,
        "keys": sorted(keys),
        "log": newest.origin if newest else "",
        "size": newest.size if newest else 0,
        "at": home.now(),
        "identity": [rung.sentence for rung in rungs_of(home, told.party, home.now())],
        "fields": [
            {"what": e.what, "entry": e.entry, "commitment": e.commitment, "value": e.value, "shown": e.shown}
            for e in fields
        ],
        "given": list(given_out(home)),
        "counts": {"entries": told.entries, "payouts": told.payouts, "receipts": told.receipts},
    }


def _entry(index: int, entry: Entry, keys: frozenset[str]) -> dict[str, Any]:
    return {"index": index, "own": entry.by in keys, "entry": decode(entry.data)}


def _opening(home: Home, field: Held) -> Any:
    """As in a receipt: what opens the commitment; a field that no entry names is told by its value."""
    data = home.log_files.opening(field.commitment)
    if data is None and (kept := kept_openings(home).get(field.commitment)):
        return dict(kept.told)
    return json.loads(data) if data is not None else {"field": field.what, "value": field.value}


def _payouts(home: Home, keys: frozenset[str]) -> Iterator[dict[str, Any]]:
    if home.has_ledger:
        from placet.licensing.statement import show

        for key in sorted(keys):
            yield from (show(each) for each in home.ledger.statements(party=key))


def _name(fields: Sequence[Held]) -> str:
    return next((each.value for each in fields if each.what == "name" and each.value), "")


def _page(home: Home, told: Told, fields: Sequence[Held], own: int) -> str:
    newest = home.newest
    rows = "".join(
        f"<tr><td>{escape(each.what)}<td>{escape(each.value or '(nothing here opens it)')}"
        f"<td>{'shown' if each.shown else 'not shown'}<td>{'' if each.entry is None else f'entry {each.entry}'}"
        for each in fields
    )
    rest = [
        f"{told.receipts} receipts, in receipts/" if told.receipts else "no receipts: the log's key is not here",
        f"{told.payouts} statements of payment, in payouts.jsonl" if told.payouts else "no payments",
    ]
    return _PAGE.format(
        who=escape(_name(fields) or f"party {told.party[:16]}"),
        party=told.party,
        origin=escape(newest.origin if newest else ""),
        date=today(home.now()),
        fields=f"<table><tr><th>Field<th>Value<th>To others<th>Where{rows}</table>" if fields else "<p>None.</p>",
        by=own,
        of=told.entries - own,
        rest="".join(f"<li>{escape(each)}" for each in rest),
        beyond="".join(f"<li>{escape(each)}" for each in given_out(home)),
    )


def _lines(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    write_durable(path, b"".join(json.dumps(row, sort_keys=True).encode() + b"\n" for row in rows))


def _whole(path: Path, value: dict[str, Any]) -> None:
    write_durable(path, json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n")
