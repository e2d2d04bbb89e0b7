"""Confirming an e-mail address: a token by letter, and on the log a commitment that only its owner can open.

The operator keeps the hash of the token and a commitment, never the address: the commitment's salt is made of the
token, which stands in the letter alone.  A token holds for 48 hours, and once.  What is answered is the same for every
address, known or not.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from dataclasses import dataclass
from typing import Final

from placet.app import Home
from placet.core.domains import domain
from placet.desk.identifying import Noted, note_down
from placet.errors import Refused, StoreDamaged, WrongUsage
from placet.log.files import write_durable
from placet.log.lock import locked
from placet.registry.compose import Attested
from placet.registry.judging_identity import MAIL_LASTS
from placet.registry.openings import Opening

__all__ = ["HOURS", "confirm", "opening_of", "send_token"]

HOURS: Final = 48
_TOKEN_BYTES: Final = 20
_MOST_LETTERS: Final = 5  # to whom a party says she is, while none of them was answered
_LETTER: Final = """\
Somebody, most likely you, wants to show to the registry {origin}
that this address belongs to the key

    {party}

If that was you, say within {hours} hours, where the registry is kept:

    placet identity confirm {token}

If it was not, do nothing: nothing was written down, and nobody learns whether
this address exists.

Keep this letter once you have confirmed. The public record will hold a salted
commitment and not your address; the token above is what opens it.
"""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """`token` is a SHA-256."""

    token: str
    party: str
    commitment: str
    until: int


def address_of(text: str) -> str:
    """An address in one spelling: what stands before the @ as it is (NFC), the domain in IDNA form; else WrongUsage."""
    local, at, host = unicodedata.normalize("NFC", text.strip()).rpartition("@")
    if not at or not 0 < len(local.encode()) <= 64 or any(sign.isspace() or not sign.isprintable() for sign in local):
        raise WrongUsage(f"{text[:80]!r} is not an e-mail address")
    if not set(local).isdisjoint('@<>()[],;:\\"'):
        raise WrongUsage(f"{text[:80]!r} is not an e-mail address that is written to here")
    try:
        return f"{local}@{domain(host)}"
    except ValueError as error:
        raise WrongUsage(str(error)) from None


def opening_of(token: str, address: str) -> Opening:
    """What opens the commitment on the log: whoever has the letter can show that it was her address."""
    salt = hashlib.sha256(b"placet/mail-salt/v1\n" + token.encode()).digest()
    return Opening(salt=salt, value=address_of(address), show=False)


def send_token(home: Home, address: str, party: str) -> None:
    """Send a letter with a fresh token, and keep its hash."""
    to = address_of(address)
    if not home.mail:
        raise Refused("no mail server is named: set PLACET_SMTP_URL=smtp://host:25?from=ADDRESS")
    home.begin()
    token = home.random(_TOKEN_BYTES).hex()
    with locked(home.path / "identity.lock"):
        waiting = _read(home)
        if sum(each.party == party for each in waiting) >= _MOST_LETTERS:
            raise Refused(
                f"{_MOST_LETTERS} letters of this party wait for an answer: one is sent again in {HOURS} hours"
            )
        until = home.now() + HOURS * 3600
        waiting.append(_Waiting(_hash(token), party, opening_of(token, to).commitment, until))
        _write(home, waiting)
    text = _LETTER.format(origin=home.log.origin, party=party, hours=HOURS, token=token)
    home.send_mail(to, "Is this your address?", text)


def confirm(home: Home, token: str) -> Noted:
    """Record by the log's key that the letter arrived; Refused alike for a wrong, an old and a used token."""
    with locked(home.path / "identity.lock"):
        waiting = _read(home)
        found = next((each for each in waiting if each.token == _hash(token.strip())), None)
        if found is None:
            raise Refused("this token opens nothing: it is wrong, was used, or is older than 48 hours (identity.token)")
        _write(home, [each for each in waiting if each is not found])
    at = home.now()
    what = Attested(
        party=found.party,
        kind="email",
        method="mail",
        start=at,
        until=at + MAIL_LASTS,
        commitment=found.commitment,
    )
    return note_down(home, home.log.key, lambda composer: composer.attest(what))


def _hash(token: str) -> str:
    return hashlib.sha256(b"placet/mail-token/v1\n" + token.encode()).hexdigest()


def _read(home: Home) -> list[_Waiting]:
    """Those that still hold: what is older is forgotten with the next letter."""
    path = home.path / "identity" / "letters.json"
    try:
        waiting = [_Waiting(**row) for row in json.loads(path.read_bytes())]
        return [each for each in waiting if each.until > home.now()]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError) as error:
        raise StoreDamaged(f"{path} cannot be read: {error}") from None


def _write(home: Home, waiting: list[_Waiting]) -> None:
    rows = [{name: getattr(each, name) for name in _Waiting.__slots__} for each in waiting]
    write_durable(home.path / "identity" / "letters.json", json.dumps(rows, indent=1).encode() + b"\n")
