"""Licences that a clearance relies on: read, judged at its time, and what they ask for in return."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow.parquet as pq

from placet.app import Home
from placet.app import today as day_of
from placet.clearance.disk import write_file
from placet.clearance.ledger import KEPT_BACK
from placet.clearance.nobody import is_nobody
from placet.clearance.pages import page, put, style, table
from placet.clearance.plan import Plan
from placet.core.authority import Authority
from placet.core.decision import Outcome
from placet.core.ids import short
from placet.core.licence import Licence
from placet.core.offer import is_offer
from placet.core.spoken import Spoken
from placet.core.stance import Stance
from placet.desk.granting import read_licence
from placet.desk.licensed import Giving, given_at, weigh_licence
from placet.desk.status_lists import statuses_in
from placet.errors import Refused, WrongUsage
from placet.licensing.check import standing
from placet.licensing.credits import Credit, as_csv, as_text
from placet.licensing.document import LicenceFile, digest
from placet.signing.keys import read_key
from placet.snapshot.library import Library

__all__ = ["CREDITS", "Held", "hold", "write_credits"]

CREDITS = ("CREDITS.txt", "CREDITS.csv", "CREDITS.html")


class Asked(Protocol):
    """What a clearance was asked to rely on."""

    @property
    def licences(self) -> tuple[Path, ...]: ...
    @property
    def holder(self) -> Path | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """`files` stand at the time of the clearance and are its holder's; `idle` says why the others lift nothing.

    `holder` is the party, and `licences` are the files as the registry knows their parties and mandates.
    """

    holder: str = ""
    files: tuple[LicenceFile, ...] = ()
    licences: tuple[Licence, ...] = ()
    idle: tuple[str, ...] = ()

    @property
    def digests(self) -> dict[str, str]:
        """The SHA-256 of each signed licence, by its id."""
        return {file.agreement.id: digest(file.token) for file in self.files}


def hold(home: Home, asked: Asked, library: Library, at: int) -> Held:
    """The licences as they stood at `at`, by the status lists that the snapshot brings and those in the files.

    Given for whom their licensors had a mandate, as of the snapshot's own entry of it.
    """
    if not asked.licences:
        if asked.holder:
            raise WrongUsage("--holder says who holds licences: give them with --licence FILE")
        return Held()
    if asked.holder is None:
        raise WrongUsage("--licence FILE needs --holder KEY: the key file that the licences were given to")
    authority = Authority() if is_nobody(library) else library.authority
    holder = _holder(home, asked.holder, authority, at)
    given = [(path, read_licence(path)) for path in asked.licences]
    files, log = [file for _, file in given], library.folder / "log"
    is_told = not is_nobody(library) and log.is_dir()
    lists = statuses_in(log, {file.agreement.licensor for file in files}) if is_told else ()
    places = given_at(log, files) if is_told else {}
    found, idle = dict[str, LicenceFile](), list[str]()
    for path, file in given:
        stood, id_ = standing(file, at, lists, home.now()), file.agreement.id
        why, rule = (stood.why, stood.rule) if stood.why else _idle(file, holder, authority, places.get(id_))
        if why:
            idle.append(f"{path} lifts nothing on {day_of(at)}: {why} ({rule})")
        else:
            found[id_] = file
    standing_files = tuple(found[id_] for id_ in sorted(found))
    weighed = tuple(weigh_licence(file, places.get(file.agreement.id), authority) for file in standing_files)
    return Held(holder=holder, files=standing_files, licences=weighed, idle=tuple(idle))


def _holder(home: Home, file: Path, authority: Authority, at: int) -> str:
    """The party that the key is of; a key that handed on, or was revoked, holds nothing more."""
    key = read_key(file, home.passphrase(file)).public.hex()
    if authority.has_ended(key, at):
        raise Refused(f"{file} was handed on or revoked: give the key that came after it with --holder (key.ended)")
    return authority.party_of(key, at)


def _idle(file: LicenceFile, holder: str, authority: Authority, giving: Giving | None) -> tuple[str, str]:
    """Why a licence that stands lifts nothing here, and the rule; empty where it lifts.

    Who has a key that says nothing more may still date a licence back: the log must hold that it was given.
    """
    said = file.agreement
    if authority.party_of(said.holder) != holder:
        return "it was given to another key", "licence.holder"
    if authority.is_flagged(said.licensor, max(said.issued_at, giving.at if giving else 0)):
        return "the key that gave it was lost by then", "licence.lost"
    if giving is None and authority.has_ended(said.licensor, said.issued_at):
        return "its key was handed on or revoked, and the log does not hold that it was given", "licence.unlogged"
    return "", ""


# ---- what is owed in return ---------------------------------------------------------------------


def write_credits(plan: Plan, out: Path, held: Held, library: Library) -> dict[str, str]:
    """Write every credit line that is owed for what may be used; returns each file's SHA-256, none if none is."""
    credits = sorted(_owed(plan, out, held, library))
    if not credits:
        return {}
    rows = [(credit.line, credit.name or short(credit.party), credit.source, f"{credit.rows:,}") for credit in credits]
    heads = ("Credit", "By", "Asked for by", "Rows")
    title = f"Credits owed for {plan.dataset}"
    texts = (
        as_text(credits),
        as_csv(credits),
        page(title, "en", style("report.css"), put("main", put("h1", title), table(heads, rows, numbers={3}))),
    )
    written = {}
    for name, text in zip(CREDITS, texts, strict=True):
        write_file(out / name, text.encode())
        written[name] = hashlib.sha256(text.encode()).hexdigest()
    return written


def _owed(plan: Plan, out: Path, held: Held, library: Library) -> Iterator[Credit]:
    licences, words = _relied_on(plan, out)
    for file in held.files:
        said = file.agreement
        if said.credit and (rows := licences.get(said.id)):
            yield Credit(
                line=said.credit,
                party=said.licensor,
                name=_name(library, said.licensor),
                source=f"licence {short(said.id)}",
                rows=rows,
            )
    for word in library.words if words else ():
        if rows := words.get(word.id):
            yield from _asked_by(word, rows, library)


def _asked_by(word: Spoken, rows: int, library: Library) -> Iterator[Credit]:
    """A yes on conditions: her own words, since nobody but a reader can tell what they ask for."""
    terms = library.terms(word.terms) if word.terms and word.stance is Stance.ALLOW else None
    if terms is not None and not is_offer(terms):
        name = _name(library, word.by)
        line = f"{name or short(word.by)}: “{' '.join(terms.decode('utf-8', 'replace').split())}”"
        yield Credit(line=line, party=word.by, name=name, source=f"entry {word.index}", rows=rows)


def _name(library: Library, party: str) -> str:
    found = library.parties.get(party)
    return found.name if found else ""


def _relied_on(plan: Plan, out: Path) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Rows that may be used, by the licence and by the declaration that they rest on."""
    columns = ["outcome", "origin", "because", "licence"]
    decided = pq.read_table(out / "decisions.parquet", columns=columns).unify_dictionaries()
    counted = decided.group_by(columns).aggregate([([], "count_all")]).to_pylist()
    licences, words = defaultdict[str, int](int), defaultdict[str, int](int)
    for row in counted:
        if row["outcome"] != Outcome.CLEARED or (plan.drop_generated and row["origin"] in KEPT_BACK):
            continue
        for licence in (row["licence"] or "").split():
            licences[licence] += row["count_all"]
        for word in {pair.partition("@")[0] for pair in (row["because"] or "").split()}:
            words[word] += row["count_all"]
    return licences, words
