"""Challenges to who controls a domain: drawn, looked for, recorded, and looked for again.

What waits for an answer lies in `identity/challenges.json` of the home.  A token is drawn once for a party and a host,
and stays where it was put: it is worth nothing to anybody else, and is what is looked for again.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace

from placet.app import Home
from placet.core.authority import Attestation
from placet.core.domains import domain
from placet.core.suffixes import check_own
from placet.desk.identifying import Noted, authority_of, doubts_of, note_down
from placet.desk.unanswered import sentence, shortfall
from placet.errors import NotFound, Refused, StoreDamaged, WrongUsage
from placet.fetch.challenge import Look
from placet.log.files import write_durable
from placet.log.lock import locked
from placet.registry.challenges import AGAIN, DNS, HTTP, LASTS, Challenge, Seen, evidence, read_evidence
from placet.registry.compose import Attested

__all__ = ["METHODS", "Again", "answer", "look_again", "pending", "set_challenge"]

METHODS = (HTTP, DNS)
_WAITS = 30 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A check that was due: renewed, or why it was not and when it lapses."""

    domain: str
    party: str
    until: int
    renewed: Noted | None = None
    why: str = ""


def set_challenge(home: Home, host: str, party: str) -> Challenge:
    """What the party must show at the host; the same token until it was answered or a month went by."""
    try:
        name = domain(host)
        check_own(name)
    except ValueError as error:
        raise WrongUsage(str(error)) from None
    with _held(home):
        known = {(each.domain, each.party): each for each in pending(home)}
        found = known.get((name, party))
        if found is None:
            token = urlsafe_b64encode(home.random(32)).rstrip(b"=").decode()
            found = Challenge(domain=name, party=party, token=token, method=HTTP)
            _keep(home, [*_rows(home), {**asdict(found), "at": home.now()}])
    return found


def pending(home: Home) -> list[Challenge]:
    """The challenges that wait for an answer."""
    fields = ("domain", "party", "token", "method")
    return [Challenge(**{name: str(row[name]) for name in fields}) for row in _rows(home)]


def answer(home: Home, challenge: Challenge, methods: tuple[str, ...] = METHODS) -> Noted:
    """Look for the answer, by file and by TXT record, and record it by the log's key.

    Refused, with what was found instead, when it does not stand where it should from everywhere that was looked.
    """
    found = _observe(home, challenge, methods)
    noted = _record(home, *found)
    with _held(home):
        done = (challenge.domain, challenge.party)
        _keep(home, [row for row in _rows(home) if (row["domain"], row["party"]) != done])
    return noted


def look_again(home: Home) -> Iterator[Again]:
    """Each check of this log's that is older than 60 days and holds still: renewed where the answer stands still."""
    for found in _due(home):
        name = found.value.removeprefix("domain:")
        told = Again(domain=name, party=found.party, until=found.until)
        try:
            challenge = _challenge_of(home, found)
            noted = _record(home, *_observe(home, challenge, (challenge.method,)))
        except (Refused, NotFound) as error:
            yield replace(told, why=str(error))
        else:
            yield replace(told, until=home.now() + LASTS, renewed=noted)


def _due(home: Home) -> list[Attestation]:
    """Of each party and domain the newest check that holds, where it is older than 60 days."""
    now, authority = home.now(), authority_of(home)
    parties = sorted({act.body["party"] for act in authority.acts if act.type == "identity.attest"})
    known = [each for party in parties for each in authority.attested(authority.party_of(party))]
    held = [each for each in known if each.kind == "domain" and each.counts(now)]
    newest = {(each.party, each.value): each for each in sorted(held, key=lambda each: each.act.index)}
    return [each for each in newest.values() if each.start + AGAIN <= now]


def _challenge_of(home: Home, found: Attestation) -> Challenge:
    data = home.log_files.blob(found.act.body["evidence"])
    if data is None:
        raise NotFound("its evidence was withheld, and with it the token: set a new challenge (identity.evidence)")
    return read_evidence(data)[0]


def _observe(home: Home, challenge: Challenge, methods: tuple[str, ...]) -> tuple[Challenge, bytes, int]:
    """The first way by which the answer stands everywhere; Refused with what each way found."""
    try:
        check_own(challenge.domain)
    except ValueError as error:
        raise Refused(str(error)) from None
    missing: list[tuple[str, bool]] = []
    for method in methods:
        asked = replace(challenge, method=method)
        where = asked.where(home.web_port)
        at, vantage = home.now(), home.vantage()
        looks = vantage.txt(where) if method == DNS else vantage.file(where)
        found = shortfall(asked, looks)
        if found is None:
            return asked, evidence(asked, where, [_seen(look) for look in looks], at), at
        missing.append(found)
    raise Refused(sentence(challenge, missing))


def _seen(look: Look) -> Seen:
    return Seen(source=look.source, where=look.where, status=look.status, values=look.values, authentic=look.authentic)


def _record(home: Home, challenge: Challenge, data: bytes, at: int) -> Noted:
    what = Attested(
        party=challenge.party,
        kind="domain",
        method=challenge.method,
        start=at,
        until=at + LASTS,
        value=f"domain:{challenge.domain}",
        evidence=data,
    )
    doubts = doubts_of(authority_of(home), challenge.party, what.value)
    return note_down(home, home.log.key, lambda composer: composer.attest(what), doubts)


def _held(home: Home) -> AbstractContextManager[None]:
    home.begin()
    return locked(home.path / "identity.lock")


def _rows(home: Home) -> list[dict[str, str | int]]:
    path = home.path / "identity" / "challenges.json"
    try:
        rows = json.loads(path.read_bytes())
        fresh = [row for row in rows if row["at"] + _WAITS > home.now()]
        return [dict(row) for row in fresh if {"domain", "party", "token", "method"} <= row.keys()]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StoreDamaged(f"{path} cannot be read: {error}") from None


def _keep(home: Home, rows: list[dict[str, str | int]]) -> None:
    write_durable(home.path / "identity" / "challenges.json", json.dumps(rows, indent=1).encode() + b"\n")
