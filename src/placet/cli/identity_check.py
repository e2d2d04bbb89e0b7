"""`placet identity domain|check|recheck|email|confirm`: what this log finds out by itself about who somebody is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from placet.cli.identity import Party, own_party, told
from placet.cli.options import HomeDir, Json, PassphraseFile, home_at
from placet.cli.talk import emit, note, result
from placet.core.domains import domain as one_spelling
from placet.core.domains import shown, suspicion
from placet.desk import controlling, mailing
from placet.errors import NotFound, PlacetError, Refused, WrongUsage
from placet.registry.challenges import DNS, HTTP, Challenge

__all__ = ["check", "confirm", "domain", "email", "recheck"]


def domain(
    host: Annotated[str, typer.Argument(metavar="HOST", help="The domain that you control, such as example.org.")],
    party: Party = "",
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Ask for a challenge: what to put on your site, or into its DNS, to show that a domain is yours."""
    place = home_at(home, passphrase_file)
    _canonical(host)
    challenge = controlling.set_challenge(place, host, own_party(place, party))
    by_txt = Challenge(domain=challenge.domain, party=challenge.party, token=challenge.token, method=DNS)
    if json:
        emit(
            {
                "schema": "placet.challenge/1",
                "domain": challenge.domain,
                "party": challenge.party,
                "file": challenge.path,
                "content": challenge.expected,
                "name": by_txt.name,
                "txt": by_txt.expected,
            }
        )
        return 0
    result(f"To show that {shown(challenge.domain)} is yours, do one of two things, and leave it there.")
    result(f"  On its web site, a file {challenge.path}\n    that holds {challenge.expected}")
    result(f"  Or in its DNS, a TXT record of {by_txt.name}\n    that holds {by_txt.expected}")
    result(f"Then: placet identity check {challenge.domain}")
    if doubt := suspicion(challenge.domain):
        note(f"Note that {doubt}.")
    return 0


def check(
    host: Annotated[str, typer.Argument(metavar="[HOST]", help="This domain only; all that wait, if left out.")] = "",
    http: Annotated[bool, typer.Option("--http", help="Look at the web site only.")] = False,
    dns: Annotated[bool, typer.Option("--dns", help="Look in the DNS only.")] = False,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Look whether a challenge is answered, at every address of the host, and record it; exit 2 when it is not yet."""
    place = home_at(home, passphrase_file)
    name = _canonical(host) if host else ""
    waiting = [each for each in controlling.pending(place) if not name or each.domain == name]
    if not waiting:
        what = f"no challenge to {shown(name)} waits" if name else "no challenge waits"
        raise NotFound(f"{what} for an answer here: `placet identity domain HOST` sets one")
    methods = tuple(method for method, wanted in ((HTTP, http), (DNS, dns)) if wanted) or controlling.METHODS
    missing = 0
    for challenge in waiting:
        try:
            noted = controlling.answer(place, challenge, methods)
        except Refused as error:
            note(f"{error}.")
            missing += 1
        else:
            told(f"{shown(challenge.domain)} is theirs, checked today; it is looked at again.", noted, json=json)
    return 2 if missing else 0


def recheck(passphrase_file: PassphraseFile = None, home: HomeDir = None, json: Json = False) -> int:
    """As the log's operator, daily: look again at domains checked 60 days ago; exit 2 when one does not answer.

    What answers is renewed for 90 days, what does not lapses by itself.
    """
    place = home_at(home, passphrase_file)
    found = list(controlling.look_again(place)) if place.begun else []
    for each in found:
        day = datetime.fromtimestamp(each.until, UTC).strftime("%Y-%m-%d")
        state = "renewed" if each.renewed else "unanswered"
        if json:
            more = {"domain": each.domain, "party": each.party, "until": each.until, "why": each.why, "state": state}
            emit({"schema": "placet.recheck/1", **more})
        elif each.renewed:
            result(f"{shown(each.domain)}: renewed until {day}.")
        else:
            result(f"{shown(each.domain)}: not found again, and lapses on {day}. {each.why}.")
    if not found:
        note("No domain is due: each was checked within 60 days, or has lapsed.")
    return 2 if any(not each.renewed for each in found) else 0


def email(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Where a letter with a token is sent.")],
    party: Party = "",
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
) -> int:
    """Have an e-mail address confirmed: a letter brings a token. The log will hold a commitment, not the address."""
    place = home_at(home, passphrase_file)
    mailing.send_token(place, address, own_party(place, party))
    result(
        f"If letters reach {mailing.address_of(address)}, one is on its way. Its token holds for {mailing.HOURS} hours."
    )
    return 0


def confirm(
    token: Annotated[str, typer.Argument(metavar="TOKEN", help="The token in the letter.")],
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Confirm an e-mail address by the token that was sent there. It opens once."""
    place = home_at(home, passphrase_file)
    noted = mailing.confirm(place, token)
    told("The address is confirmed. Keep the letter: its token opens the commitment.", noted, json=json)
    return 0


def _canonical(host: str) -> str:
    try:
        return one_spelling(host)
    except (ValueError, PlacetError) as error:
        raise WrongUsage(str(error)) from None
