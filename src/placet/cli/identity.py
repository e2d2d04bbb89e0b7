"""`placet identity claim|attest|recognise|unsay|show`: who a party says she is, and who says so of her."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from placet.app import Home, today
from placet.cli.asked import day, end_day, line
from placet.cli.options import HomeDir, Json, KeyFile, PassphraseFile, home_at
from placet.cli.talk import emit, note, printable, result
from placet.desk import identifying
from placet.desk.identifying import Noted
from placet.desk.key_standing import KeyStanding, standings_of
from placet.errors import NotFound
from placet.registry.ladder import Rung
from placet.signing.keys import Key, Role, fingerprint

__all__ = ["Party", "attest", "claim", "own_party", "recognise", "show", "told", "unsay"]

Party = Annotated[
    str, typer.Option("--party", metavar="KEY", help="Of this party, not your own: its key, or 6+ digits.")
]
Until = Annotated[str, typer.Option("--until", metavar="DAY", help="The last day of it; no end if left out.")]
PartyWord = Annotated[str, typer.Argument(metavar="PARTY", help="A party's key or fingerprint, or its first digits.")]


def claim(
    identifiers: Annotated[list[str], typer.Argument(metavar="ID...", help="orcid:..., isni:..., ipi:..., lei:...")],
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Say which public identifiers are yours. Their check digits are tested; nothing else is, and nothing is raised."""
    place = home_at(home, passphrase_file)
    claimed = identifying.claim(place, place.key(Role.PARTY, key), identifiers)
    if claimed.noted:
        told(f"Claimed: {', '.join(claimed.fresh)}. It is a claim: nobody checked it.", claimed.noted, json=json)
    elif json:
        emit({"schema": "placet.identity/1", "entry": None, "id": "", "receipts": "", "doubts": []})
    if claimed.again:
        tell = note if claimed.noted or json else result
        tell(f"Already claimed, and not written again: {', '.join(claimed.again)}.")
    return 0


def attest(
    party: PartyWord,
    named: Annotated[str, typer.Option("--as", metavar="ID", help="This identifier is theirs: ipi:..., isni:...")] = "",
    member: Annotated[bool, typer.Option("--member", help="They are a member; --as then is the member's own.")] = False,
    until: Until = "",
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """As a society, union or agency that the log knows: say who a party is, or that it is your member."""
    place = home_at(home, passphrase_file)
    whom = identifying.checked_as(place, party)
    end = end_day(until, "--until", place.now())
    noted = identifying.attest(place, place.key(Role.PARTY, key), whom, named, member=member, until=end)
    identifier = identifying.spelled(named) if named else ""
    what = " and ".join(filter(None, [identifier, "membership" if member else ""]))
    told(f"Attested of {_name(place, whom)}: {what}.", noted, json=json)
    return 0


def recognise(
    party: PartyWord,
    document: Annotated[Path, typer.Option("--document", metavar="FILE", help="What was shown: an extract, a ruling.")],
    issuer: Annotated[bool, typer.Option("--issuer", help="It may attest others: a society, a union.")] = False,
    named: Annotated[str, typer.Option("--as", metavar="ID", help="The identifier that the document shows.")] = "",
    publish: Annotated[
        bool, typer.Option("--publish", help="Publish the document; else only a commitment is.")
    ] = False,
    until: Until = "",
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """As the log's operator: record that a registry's or court's document showed you who a party is."""
    place = home_at(home, passphrase_file)
    whom = identifying.checked_as(place, party)
    end = end_day(until, "--until", place.now())
    noted = identifying.recognise(place, whom, document, named, issuer=issuer, publish=publish, until=end)
    what = "as one that attests others" if issuer else "by a document"
    told(f"Recognised {_name(place, whom)} {what}.", noted, json=json)
    if not publish:
        note(f"The document stays with you; {noted.receipts / 'openings.json'} shows later which one it was.")
    return 0


def unsay(
    attestation: Annotated[str, typer.Argument(metavar="ATTESTATION", help="Its id, as `identity show` gives it.")],
    since: Annotated[
        str, typer.Option("--since", metavar="DAY", help="It was wrong from that day on; now if left out.")
    ] = "",
    why: Annotated[str, typer.Option("--why", help="A line for whoever reads the log.")] = "",
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Take back what you attested, or what the log did. The log keeps both."""
    place = home_at(home, passphrase_file)
    moment = day(since, "--since")
    noted = identifying.unsay(place, _keys(place, key), attestation, moment, line(why, "--why") if why else "")
    told(f"Taken back: attestation {attestation[:12]}.", noted, json=json)
    return 0


def show(
    party: Annotated[str, typer.Argument(metavar="[PARTY]", help="A party's key or its first digits; your own.")] = "",
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Who a party is: each rung of its ladder, who checked it, when, and until when; its keys; its strikes."""
    from placet.desk.disputing import disputes_of

    place = home_at(home, passphrase_file)
    authority = identifying.authority_of(place)
    if party:
        whom = identifying.party_named(place, party, authority)
    elif place.key_path(Role.PARTY).exists():
        whom = authority.party_of(place.key(Role.PARTY).public.hex())
    else:
        raise NotFound(f"there is no key in {place.path} yet; name a party by its key")
    rungs = identifying.rungs_of(place, whom, place.now())
    strikes = disputes_of(place, authority).strikes(whom) if place.begun else []
    keys = standings_of(place, whom, authority)
    if json:
        for rung in rungs:
            emit(_shown(whom, rung))
        for public, stood in keys.items():
            emit(_key_shown(public, stood))
        for act in strikes:
            emit({"schema": "placet.strike/1", "party": whom, "at": act.at, "by": act.by, "why": act.body["why"]})
        return 0
    result(printable(f"{_name(place, whom)}: {whom}"))
    for rung in rungs:
        result(printable(f"  {_MARKS[rung.state]} {rung.sentence}{f'  [{rung.id[:12]}]' if rung.id else ''}"))
    for public, stood in keys.items():
        result(f"  key {fingerprint(bytes.fromhex(public))}  {stood.words}")
    for act in strikes:
        result(printable(f"  ! strike of {today(act.at)}: {act.body['why']}"))
    if strikes:
        note("Strikes change no decision; three slow down how much a party may register (placet claim rates).")
    return 0


_MARKS = {"holds": "+", "linked": "=", "claimed": "?", "lapsed": "-", "outlived": "-", "taken back": "-"}


def told(sentence: str, noted: Noted, *, json: bool) -> None:
    """What was written, and where its receipts are; doubts beside it."""
    if json:
        emit(
            {
                "schema": "placet.identity/1",
                "entry": noted.index,
                "id": noted.id,
                "receipts": str(noted.receipts),
                "doubts": list(noted.doubts),
            }
        )
    else:
        result(f"{sentence} Entry {noted.index}, id {noted.id[:12]}. Receipt: {noted.receipts}")
    for doubt in noted.doubts:
        note(printable(f"Note that {doubt}."))


def own_party(place: Home, named: str) -> str:
    """The party that --party names, else one's own, which enters the record if it is new there."""
    if named:
        return identifying.checked_as(place, named)
    key = place.key(Role.PARTY)
    identifying.entered(place, key)
    return identifying.checked_as(place, key.public.hex())


def _name(place: Home, party: str) -> str:
    return identifying.name_of(place, identifying.authority_of(place))(party)


def _keys(place: Home, file: Path | None) -> list[Key]:
    """Whoever may take something back: the party's key, and the log's where it is here."""
    own = [place.key(Role.PARTY, file)] if file or place.key_path(Role.PARTY).exists() else []
    return own + ([place.log.key] if place.has_log and file is None else [])


def _shown(party: str, rung: Rung) -> dict[str, object]:
    return {
        "schema": "placet.rung/1",
        "party": party,
        "step": rung.step.name.lower(),
        "state": rung.state,
        "words": rung.words,
        "since": rung.since,
        "until": rung.until,
        "id": rung.id,
    }


def _key_shown(public: str, stood: KeyStanding) -> dict[str, object]:
    return {
        "schema": "placet.party-key/1",
        "party": stood.party,
        "key": public,
        "fingerprint": fingerprint(bytes.fromhex(public)),
        "standing": stood.state,
        "words": stood.words,
    }
