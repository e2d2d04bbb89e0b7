"""Who signed which sheet of titles, what was taken back, and for whom its signer does not speak: by the acts alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from placet.core.act import Act
from placet.core.authority import Authority
from placet.core.stance import Voice
from placet.core.standing import Disputes

__all__ = ["LOST", "Sheets", "Signer", "is_key"]

LOST: Final = Voice.EMBEDDED  # the surety of a sheet signed by a lost key: beneath that of any key
_LAST: Final = 1 << 62  # after every entry
_KEY: Final = 64


def is_key(who: str) -> bool:
    """Whether a principal is named by a key, and not by an identifier."""
    return len(who) == _KEY


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed a sheet: the party, how sure we are of it, and how sure where a yes rests on the sheet."""

    party: str
    voice: Voice
    surety: Voice


@dataclass(slots=True)
class Sheets:
    """The acts about sheets: who signed which, what was taken back, and for whom a party does not speak."""

    authority: Authority
    _signers: dict[int, Signer] = field(default_factory=dict)
    _gone: dict[tuple[str, str], int] = field(default_factory=dict)
    _excluded: dict[tuple[str, str], Act] = field(default_factory=dict)
    _apart: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, authority: Authority, spoken_for: Iterable[str] = ()) -> Sheets:
        """`spoken_for` are the principals about whose repertoire somebody said a word."""
        sheets = cls(authority)
        sheets._apart.update(spoken_for)
        for act in authority.acts:
            if act.type == "identity.attest" and act.body["value"]:
                sheets._apart.add(act.body["value"])
            elif act.type in ("claim.add", "claim.withdraw", "claim.exclude"):
                sheets._take(act)
        sheets._gone.update(dict.fromkeys(Disputes.of(authority).lost(), _LAST))
        return sheets

    def _take(self, act: Act) -> None:
        party = self.authority.party_of(act.by, act.at)
        is_lost = self.authority.is_flagged(act.by, act.at)
        if act.type == "claim.add":
            voice = self.authority.voice(act.by, act.at, doubted=True)
            self._signers[act.index] = Signer(party, voice, LOST if is_lost else self.authority.voice(act.by, act.at))
        elif act.type == "claim.withdraw" and not is_lost:
            self._gone.update({(party, subject): act.index for subject in act.body["subjects"]})
        elif act.type == "claim.exclude":
            self._apart.update(act.body["who"])
            if not is_lost:
                self._excluded.update({(party, self.authority.party_of(who)): act for who in act.body["who"]})

    def signer(self, index: int) -> Signer | None:
        """Who signed the sheet at this entry; None when no sheet is there."""
        return self._signers.get(index)

    def is_gone(self, party: str, subject: str, index: int) -> bool:
        """Whether the party took back what it had listed under this name at an entry."""
        return index < self._gone.get((party, subject), -1)

    def has_lost(self, party: str, subject: str) -> bool:
        """Whether it was upheld for another, so that nothing of what the party listed is left."""
        return self._gone.get((party, subject)) == _LAST

    def excludes(self, party: str, who: str, at: int) -> bool:
        """Whether the party's words do not speak for this member; its newest act about her is heard."""
        act = self._excluded.get((party, who))
        return act is not None and act.body["from"] <= at and (not act.body["until"] or at < act.body["until"])

    def turns(self) -> dict[str, list[int]]:
        """By principal, the moments at which who may speak for it may change."""
        found: dict[str, set[int]] = defaultdict(set)
        attested = {act.id: act for act in self.authority.acts if act.type == "identity.attest"}
        for act in self.authority.acts:
            times = {act.at, *(act.body.get(name, 0) for name in ("from", "until", "since"))}
            for who in self._concerned(act, attested):
                found[who] |= times
        for act in attested.values():
            found[act.body["value"]] |= found.get(self.authority.party_of(act.body["party"]), set())
        return {who: sorted(times - {0}) for who, times in found.items()}

    def _concerned(self, act: Act, attested: Mapping[str, Act]) -> Iterable[str]:
        if act.type == "mandate.grant":
            return [self.authority.party_of(act.by, act.at)]
        if act.type == "mandate.revoke":
            mandate = self.authority.mandate(act.body["mandate"])
            return [mandate.principal] if mandate else []
        if act.type == "identity.revoke":
            act = attested.get(act.body["attestation"], act)
        if act.type == "identity.attest":
            return [act.body["value"]]
        return [self.authority.party_of(who) for who in act.body.get("who", [])]

    def known_as(self, who: str) -> str:
        """The one name of a claimant; none where nothing is known of her but that sheets name her."""
        return self.authority.party_of(who) if is_key(who) or who in self._apart else ""
