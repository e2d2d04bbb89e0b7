"""How people name a key: in hex, by its beginning, or by the fingerprint under which it is shown."""

from __future__ import annotations

from placet.app import Home
from placet.core.authority import Authority
from placet.errors import NotFound, WrongUsage
from placet.signing.keys import fingerprint

__all__ = ["key_named", "keys_like", "party_named"]

_LEAST = 6
_TO = ("key.rotate", "key.recover")  # what names a key before it has spoken
_HOW = "it enters with the first thing that it says, such as `placet identity claim` or `placet reserve`, by its key"


def keys_like(home: Home, words: str, authority: Authority) -> list[str]:
    """Every party's key that these words begin, or whose fingerprint they begin; WrongUsage where they are no key."""
    start = words.strip().lower()
    if len(start) < _LEAST or not set(start) <= set("0123456789abcdef"):
        raise WrongUsage(
            f"{words[:80]!r} is not the beginning of a party's key: six hex digits or more, or its fingerprint"
        )
    spoken = [party.key for party in home.registry.parties() if party.role == "party"] if home.begun else []
    handed = (act.body["to"] for act in authority.acts if act.type in _TO)
    known = dict.fromkeys([*spoken, *(key for key in handed if authority.is_known(key))])
    return [key for key in known if key.startswith(start) or fingerprint(bytes.fromhex(key)).startswith(start)]


def party_named(home: Home, words: str, authority: Authority) -> str:
    """The party whose key these words name; NotFound, WrongUsage in a sentence."""
    found = {authority.party_of(key) for key in keys_like(home, words, authority)}
    if not found:
        raise NotFound(f"there is no party {words.strip()[:16]} in the record: {_HOW}")
    if len(found) > 1:
        raise WrongUsage(f"{words[:64]} begins the keys or fingerprints of {len(found)} parties: give more of it")
    return found.pop()


def key_named(home: Home, words: str, authority: Authority) -> str:
    """The one key that these words name; NotFound, WrongUsage in a sentence."""
    found = keys_like(home, words, authority)
    if not found:
        raise NotFound(f"there is no key {words.strip()[:16]} in the record (key.unknown)")
    if len(found) > 1:
        raise WrongUsage(f"{words[:64]} begins {len(found)} keys or fingerprints: give more of it")
    return found[0]
