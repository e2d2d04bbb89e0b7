"""How a key stands in the record: whose it is, and whether it still speaks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from placet.app import Home, today
from placet.core.authority import Authority
from placet.core.ids import short
from placet.signing.keys import Role, fingerprint

__all__ = ["KeyStanding", "key_files", "standing_of", "standings_of", "threats_to"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStanding:
    """`state` is unsaid, current, waiting, handed-on, replaced or revoked; `words` say it in a clause."""

    party: str
    state: str
    words: str


def key_files(home: Home) -> list[Path]:
    """The key of each role that is kept here, and a party's older ones behind its newest."""
    found = [home.key_path(role) for role in Role if home.key_path(role).exists()]
    party = home.key_path(Role.PARTY)
    older = sorted(party.parent.glob(f"{party.stem}-*{party.suffix}"))
    at = found.index(party) + 1 if party in found else 0
    return [*found[:at], *older, *found[at:]]


def threats_to(party: str, authority: Authority, now: int, by: str = "") -> list[str]:
    """The recoveries that wait to replace a party's key, each in a sentence with what stops it; `by` ends the call."""
    return [
        f"From {today(each.effective)} on {fingerprint(bytes.fromhex(each.to))} replaces this key, by the recovery key."
        f" Is it not you? `placet keys cancel {each.act.id[:12]}{by}`"
        for each in authority.recoveries(party)
        if not each.cancelled and not each.disputed and now < each.effective
    ]


def standing_of(home: Home, public: str, authority: Authority, whose: str = "") -> KeyStanding:
    """How a party's key (in hex) stands now; `whose` is how the party is called in the words."""
    now = home.now()
    party = authority.party_of(public)
    whose = whose or f"party {short(party)}"
    if waiting := [each for each in authority.pending(public) if now < each.effective]:
        until = today(waiting[0].effective)
        return KeyStanding(party=party, state="waiting", words=f"waits until {until} to become a key of {whose}")
    if authority.keyring.is_revoked(public):
        return KeyStanding(party=party, state="revoked", words=f"revoked: says nothing more for {whose}")
    if heirs := [act.body["to"] for act in authority.acts if act.type == "key.rotate" and act.by == public]:
        heir = fingerprint(bytes.fromhex(heirs[0]))
        return KeyStanding(party=party, state="handed-on", words=f"handed on to {heir}, of {whose}")
    if authority.has_ended(public, now):
        return KeyStanding(party=party, state="replaced", words=f"replaced by a recovery of {whose}")
    if not (home.begun and home.registry.last_of(public)) and not authority.is_known(public):
        return KeyStanding(party=party, state="unsaid", words="not in the record yet")
    return KeyStanding(party=party, state="current", words=f"speaks for {whose}")


def standings_of(home: Home, party: str, authority: Authority) -> dict[str, KeyStanding]:
    """Every key that the party ever had, and one that waits to be, with how it stands; the oldest first."""
    return {key: standing_of(home, key, authority, "this party") for key in authority.keys_of(party)}
