"""`placet licence`: give one, take one back, list those you gave, and check one from anywhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from placet.cli import asked
from placet.cli.options import For, HomeDir, Json, KeyFile, PassphraseFile, home_at, party_key
from placet.cli.talk import emit, note, result, row
from placet.core.ids import short
from placet.errors import NotFound, Refused, VerificationFailed, WrongUsage
from placet.registry.phrases import count
from placet.signing.keys import Key

__all__ = ["issue", "part", "revoke", "show", "verify"]

_PUBLIC = re.compile(r"[0-9a-f]{64}")


def issue(
    what: Annotated[
        list[str],
        typer.Argument(metavar="WORK...", help="Files, work ids, addresses, numbers, a quote.json, or `all`."),
    ],
    to: Annotated[str, typer.Option("--to", metavar="KEY", help="The buyer's public key, of 64 hex digits.")],
    use: Annotated[str, typer.Option(help="Which uses, by comma.")] = "train.generative",
    model: Annotated[str, typer.Option(metavar="NAME", help="For this model version only.")] = "",
    until: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The last day it holds (UTC).")] = "",
    since: Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD", help="The first day it holds (UTC).")] = "",
    out: Annotated[Path | None, typer.Option("-o", "--out", metavar="FILE", help="Another copy, to hand on.")] = None,
    whom: For = "",
    right: Annotated[str, typer.Option(metavar="RIGHT", help="With --for: a mandate for this right will do.")] = "",
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Give a licence at your standing offer: signed, logged as a commitment, and valid offline wherever it goes."""
    from placet.desk.behalf import Word, speak_for
    from placet.desk.granting import Grant, give, offer_for
    from placet.desk.identifying import speaker_of
    from placet.desk.scoping import scope_of
    from placet.desk.selling import check_mandated, check_own

    place = home_at(home, passphrase_file)
    speaker = _speaker(party_key(place, key), place.path)
    if not _PUBLIC.fullmatch(to.lower()):
        raise WrongUsage(f"--to {to}: a public key is 64 hex digits; `placet keys list --json` shows the buyer hers")
    by = speaker_of(place, speaker)
    uses = asked.uses(use)
    if right and not whom:
        raise WrongUsage("--right goes with --for: it says which of her rights your mandate is for")
    word = Word(act="license", right=asked.right(right) if right else "")
    behalf = speak_for(place, by, whom, what, word) if whom else None
    works = list(behalf.subjects) if behalf else scope_of(place, what, by)
    offer, name = offer_for(place, works, uses, by)
    grant = Grant(
        works=works,
        holder=to.lower(),
        uses=uses,
        offer=offer,
        digest=name,
        model=model,
        start=asked.day(since, "--from"),
        until=asked.day(until, "--until", after=True) or offer.until,
    )
    if behalf:
        check_mandated(place, behalf, by, word.right, offer.territory, grant.until)
    else:
        check_own(place, works, by)
    made = give(place, speaker, grant, out)
    if json:
        emit(_shown(made))
        return 0
    said = made.file.agreement
    price = f"{said.price}" if said.price else f"{said.rate} of the revenue"
    whose = f"{behalf.name}'s" if behalf else "your"
    result(f"Licence {short(said.id)} for {said.count:,} of {whose} works, at {price}: {made.path}")
    note("Hand the file to the buyer: it is checked offline with `placet licence verify`, or by any reader of vc+jwt.")
    return 0


def revoke(
    licence: Annotated[str, typer.Argument(metavar="ID", help="A licence's id, or the beginning of it.")],
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Take a licence back from now on; what was done under it before stays licensed."""
    from placet.desk.granting import revoke as take_back

    place = home_at(home, passphrase_file)
    made = take_back(place, _speaker(party_key(place, key), place.path), licence)
    if json:
        emit(_shown(made))
    else:
        result(f"Taken back: licence {short(made.file.agreement.id)}. The new status list is in the log.")
        note("Whoever clears against a snapshot from now on is told; build one with `placet snapshot build`.")
    return 0


def show(home: HomeDir = None, json: Json = False) -> int:
    """List the licences that were given here, and what each is worth now."""
    from placet.app import today
    from placet.desk.granting import given

    place = home_at(home)
    found = given(place)
    for each in found:
        said = each.file.agreement
        if json:
            emit(_shown(each))
            continue
        price = str(said.price) if said.price else f"{said.rate} of revenue"
        until = f"until {today(said.until - 1)}" if said.until else "without end"
        how_many, state = count(said.count, "work"), each.standing.why or "valid"
        result(f"{short(said.id)}  {price:>14}  {how_many:>12}  {until}  {state}")
    if not found:
        note(f"No licence was given from {place.path} yet.")
    return 0


def verify(
    licence: Annotated[Path, typer.Argument(metavar="FILE", help="A licence file.")],
    at: Annotated[str, typer.Option(metavar="TIME", help="As of a day's end, or a time; now if left out.")] = "",
    log: Annotated[Path | None, typer.Option(metavar="DIR", help="A log's public folder, or a snapshot.")] = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Check a licence offline: whose it is, for what, and whether it held then; now is said apart."""
    from placet.desk.granting import Asked, examine
    from placet.signing.findings import Mark, verdict

    if not licence.exists():
        raise NotFound(f"there is no licence {licence}")
    now = home_at(home).now()
    findings = examine(licence, Asked(at=asked.moment_or_end_of_day(at, "--at", now) if at else now, now=now, log=log))
    mark = verdict(findings)
    for each in findings:
        if json:
            emit({"schema": "placet.finding/1", "mark": each.mark.value, "sentence": each.sentence})
        else:
            row(each.mark.value, each.sentence)
    if json:
        emit({"schema": "placet.verify/1", "file": str(licence), "kind": "licence", "verdict": mark.value})
    else:
        result(
            "The licence holds, as far as it was checked."
            if mark is Mark.CHECKED
            else f"{mark.value}: it does not hold ({VerificationFailed.rule})."
        )
    return 0 if mark is Mark.CHECKED else 1


def part(
    licence: Annotated[Path, typer.Argument(metavar="FILE", help="A licence file.")],
    works: Annotated[list[str], typer.Argument(metavar="WORK...", help="Works by id, or the beginning of one.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="Where the part is written.")],
    json: Json = False,
) -> int:
    """Hand on a part: the same licence with proofs of some works, which says nothing of the others."""
    from placet.clearance.disk import write_file
    from placet.desk.granting import read_licence
    from placet.desk.scoping import part_of

    if out.exists():
        raise Refused(f"{out} is there already, and a licence is never overwritten (licence.there)")
    made = part_of(read_licence(licence), works)
    write_file(out, made.data())
    if json:
        told = {"id": made.agreement.id, "file": str(out), "works": made.agreement.count, "shown": len(made.proofs)}
        emit({"schema": "placet.part/1", **told})
    else:
        whole = f"{made.agreement.count:,} works of licence {short(made.agreement.id)}"
        result(f"Proofs of {len(made.proofs):,} of {whole}: {out}")
        note("It lifts these works and no others; `placet licence verify` and `placet clear` take it as any licence.")
    return 0


def _speaker(key: Key | None, home: Path) -> Key:
    if key is None:
        raise NotFound(f"nothing was said from {home} yet: make an offer first, with `placet offer`")
    return key


def _shown(made: Any) -> dict[str, Any]:
    said = made.file.agreement
    return {
        "schema": "placet.licence/1",
        "id": said.id,
        "file": str(made.path),
        "holder": said.holder,
        "works": said.count,
        "uses": [use.value for use in said.uses],
        "price": str(said.price or ""),
        "rate": str(said.rate or ""),
        "until": said.until,
        "valid": made.standing.holds,
        "why": made.standing.why,
    }
