"""`placet claim`: how a claim stands, contesting one, withdrawing one's own, settling, and strikes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from placet.app import Home, today
from placet.cli import asked
from placet.cli.identity import told
from placet.cli.options import HomeDir, Json, KeyFile, PassphraseFile, home_at
from placet.cli.talk import emit, note, printable, result
from placet.core.authority import Step
from placet.core.ids import short
from placet.core.standing import Dispute, End, State
from placet.core.subject import Kind
from placet.desk import disputing, identifying
from placet.errors import WrongUsage
from placet.registry.phrases import count
from placet.registry.rates import STRIKES, read_rates, write_rates
from placet.signing.keys import Role

__all__ = ["commons", "counter", "overlaps", "rates", "settle", "show", "strike", "tell_overlaps", "withdraw"]

What = Annotated[str, typer.Argument(metavar="WHAT", help="A file, a work's id, or iswc:..., isrc:..., isbn:...")]
Name = Callable[[str], str]
_STATES = {
    State.UNCONTESTED: "nobody contests it",
    State.CONTESTED: "CONTESTED: the strictest living claim answers, and its money waits",
    State.WITHDRAWN: "withdrawn: nobody claims it any more",
    State.UPHELD: "settled: the claim of one side was upheld",
}


def show(what: What, home: HomeDir = None, json: Json = False) -> int:
    """How the claims to something stand: who claims it, who contests that since when, and what was settled."""
    place = home_at(home)
    name = identifying.name_of(place, identifying.authority_of(place))
    for stood in disputing.show(place, what):
        if json:
            emit(_shown(stood))
            continue
        result(printable(f"{disputing.subject_told(stood.subject)}: {_STATES[stood.standing.state]}."))
        for party, strikes in zip(stood.claimants, stood.strikes, strict=True):
            told_of = f" ({count(strikes, 'strike')})" if strikes else ""
            result(printable(f"  claimed by {name(party)}{told_of}"))
        for party in stood.standing.withdrawn:
            result(printable(f"  withdrawn by {name(party)}"))
        for dispute in stood.standing.disputes:
            for line in _told(dispute, name):
                result(printable(line))
    return 0


def _told(dispute: Dispute, name: Name) -> Iterator[str]:
    by = name(dispute.by) if dispute.by else "the list of what is in the public domain"
    against = name(dispute.against) if dispute.against else "whoever registered it"
    yield f"  {today(dispute.act.at)}  {by} against {against}  [{short(dispute.id)}]"
    yield f"    about {disputing.subjects_told(dispute)}: {dispute.why}"
    if dispute.end is End.UPHELD:
        how = f"by the document {short(dispute.document)}" if dispute.document else "the other side gave in"
        yield f"    upheld for {name(dispute.holder)}: {how}, {_when(dispute)}"
    elif dispute.end is not End.OPEN:
        yield f"    {dispute.end} {_when(dispute)}"


def _when(dispute: Dispute) -> str:
    return today(dispute.settled.at) if dispute.settled else ""


def _shown(stood: disputing.Stood) -> dict[str, Any]:
    disputes = [
        {
            "id": each.id,
            "by": each.by,
            "against": each.against,
            "subjects": sorted(each.subjects),
            "right": each.right,
            "why": each.why,
            "since": each.act.at,
            "end": each.end.value,
            "holder": each.holder,
            "document": each.document,
            "settled": each.settled.id if each.settled else "",
        }
        for each in stood.standing.disputes
    ]
    return {
        "schema": "placet.claim/1",
        "subject": str(stood.subject),
        "state": stood.standing.state.value,
        "claimants": list(stood.claimants),
        "strikes": list(stood.strikes),
        "withdrawn": list(stood.standing.withdrawn),
        "disputes": disputes,
    }


def counter(
    what: What,
    against: Annotated[str, typer.Option(metavar="PARTY", help="Whose claim is mistaken: its key, or the beginning.")],
    statement: Annotated[Path, typer.Option(metavar="FILE", help="What you swear, in JSON (docs/disputes.md).")],
    right: Annotated[str, typer.Option(metavar="RIGHT", help="Only of this right, e.g. composition.")] = "",
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Contest somebody's claim, under penalty of perjury. Your contact stays with you, as a commitment."""
    place = home_at(home, passphrase_file)
    in_right = asked.right(right) if right else ""
    sworn = disputing.read_statement(statement)
    party = identifying.party_named(place, against, identifying.authority_of(place))
    noted = disputing.contest(place, place.key(Role.PARTY, key), what, party, sworn, in_right)
    told(f"Contested: {what}.", noted, json=json)
    note(
        "Both claims stay on the record, and the strictest answers, until one side gives in or a document is recorded."
    )
    return 0


def withdraw(
    what: What,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Say that you claim it no longer. What you said of it, the no and the yes, speaks no more."""
    place = home_at(home, passphrase_file)
    told(f"You claim {what} no longer.", disputing.withdraw(place, place.key(Role.PARTY, key), what), json=json)
    return 0


def settle(
    dispute: Annotated[str, typer.Argument(metavar="ID", help="The dispute's id, from `placet claim show`.")],
    upheld: Annotated[
        str, typer.Option("--for", metavar="PARTY", help="It is this side's: you give in, or a document says so.")
    ] = "",
    drop: Annotated[bool, typer.Option("--drop", help="You contest it no longer.")] = False,
    document: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="As the operator or an issuer: what was shown. Its digest is kept."),
    ] = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """End a dispute: drop it, give in, or record who decided it. Placet itself never decides one."""
    if drop == bool(upheld) or (drop and document):
        raise WrongUsage("say --drop, or --for PARTY, with a --document if you are on neither side")
    place = home_at(home, passphrase_file)
    holder = identifying.party_named(place, upheld, identifying.authority_of(place)) if upheld else ""
    speaker = place.log.key if document and key is None else place.key(Role.PARTY, key)
    noted = disputing.settle(place, speaker, dispute, holder, document)
    told("The dispute is over.", noted, json=json)
    return 0


def strike(
    party: Annotated[str, typer.Argument(metavar="PARTY", help="A party's key, or the beginning of it.")],
    why: Annotated[str, typer.Option(metavar="TEXT", help="For what, in a sentence. It is public.")],
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """As the operator, or with --key as an issuer: hold something against a party. It changes no decision."""
    place = home_at(home, passphrase_file)
    whom = identifying.party_named(place, party, identifying.authority_of(place))
    speaker = place.key(Role.PARTY, key) if key else place.log.key
    noted = disputing.strike(place, speaker, whom, asked.line(why, "--why"))
    strikes = len(disputing.disputes_of(place).strikes(whom))
    told(f"{count(strikes, 'strike')} against {whom[:12]}.", noted, json=json)
    return 0


def overlaps(home: HomeDir = None, json: Json = False) -> int:
    """As the operator: compare what came in with all that is older, and say on the log what is alike."""
    from placet.desk.overlapping import look_for_overlaps

    found = look_for_overlaps(home_at(home))
    for each in found:
        if json:
            emit(
                {
                    "schema": "placet.overlap/1",
                    "older": str(each.older),
                    "newer": f"{Kind.WORK}:{each.newer}",
                    "method": each.method,
                    "score": each.score,
                }
            )
        else:
            result(
                printable(
                    f"work {short(each.newer)} is, or nearly is, {disputing.subject_told(each.older)} ({each.method})"
                )
            )
    (note if json else result)(f"{count(len(found), 'new work overlaps', 'new works overlap')} with older claims.")
    return 0


def tell_overlaps(place: Home) -> None:
    """Of what was registered just now: only the log's own home, where there are others, compares."""
    others = sum(party.role == Role.PARTY for party in place.registry.parties()) > 1
    if not place.has_log or not (others or (place.path / "commons").exists()):
        return
    from placet.desk.overlapping import look_for_overlaps

    if found := {each.newer for each in look_for_overlaps(place)}:
        note(
            f"{count(len(found), 'work')} {'is' if len(found) == 1 else 'are'} contested from the start, since somebody"
            " claimed the same before, or nobody may: `placet claim show` tells who. Both sides can see it."
        )


def rates(
    key: Annotated[int | None, typer.Option(min=0, metavar="N", help="A day, for who is known by a key alone.")] = None,
    email: Annotated[int | None, typer.Option(min=0, metavar="N", help="For a confirmed e-mail address.")] = None,
    domain: Annotated[int | None, typer.Option(min=0, metavar="N", help="For a domain that was shown.")] = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """As the operator: limit how many works or claims a party may register here in a day. From then on it holds."""
    place = home_at(home)
    place.begin()
    told = {Step.KEY: key, Step.EMAIL: email, Step.DOMAIN: domain}
    path = write_rates(place.path, {step: most for step, most in told.items() if most is not None})
    found = read_rates(place.path)
    for step, most in sorted(found.table.items()) if found else ():
        if json:
            emit({"schema": "placet.rate/1", "step": step.name.lower(), "a_day": most})
        else:
            result(f"{most:>8,} a day for {step.words}")
    note(f"Kept in {path}; remove it, and nothing is limited. Who has {STRIKES} strikes may a tenth of it.")
    return 0


def commons(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Files that nobody may claim.")],
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """As the operator: take in what is in the public domain. Who registers it is contested at birth, not refused."""
    from placet.desk.overlapping import take_commons

    known, digest = take_commons(home_at(home), folder)
    if json:
        emit({"schema": "placet.commons/1", "known": known, "sha256": digest})
    else:
        words = count(known, "work of the public domain is", "works of the public domain are")
        result(f"{words} known here; the list is {digest[:16]}.")
    return 0
