"""Which keys are a party's: handed on, recovered, revoked or lost.  A pure fold of the acts `key.*`.

A party is a chain of keys, named by its first.  Each hands on to the next (`key.rotate`); or a recovery key, of which
the party left the digest before (`key.recovery`), gives it a new one after a time of waiting (`key.recover`).

- Whoever has the key of a party can object to a recovery (`key.cancel`).  While the key counts, that ends it.  Once
  the recovery key has revoked the key, the recovery goes on and is disputed: nobody can tell here which of the
  two was stolen, and what the new key says opens nothing until the party's identity was checked again (`Authority`).
- A key to which a lost key handed on is lost as well, unless it is the one that says so.  A recovery by a key that a
  lost key had named is disputed.
- Moments that a key writes are its own word; the record holds them to a day of its clock (`SKEW`).  So a lost key is
  doubted from a day earlier on, and a recovery waits a day longer than it says: who dates ahead shortens nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Final

from placet.core.act import Act

__all__ = ["DAY", "SKEW", "Keyring", "Recovery"]

DAY: Final = 86_400
SKEW: Final = DAY  # how far from the clock of a log an entry may be dated


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """A new key for a party, by the recovery key it named before; from `effective` on unless cancelled.

    `turn` counts the party's recoveries from 1; `named` is the act that named the recovery key, `disputed` the one by
    which a revoked key objected.
    """

    act: Act
    party: str
    to: str
    effective: int
    turn: int
    named: Act
    cancelled: bool = False
    disputed: Act | None = None


@dataclass(slots=True)
class _Key:
    """`party` is the first key of the chain, from `since` on, after its recovery number `turn`.  A key that was handed
    on to is the party's for as long as the older was, whatever day the handing on bears.

    A key that is `closed` handed on or was revoked: whatever day it writes, it says nothing more.  `lost` is the
    moment from which a thief may have had it.
    """

    party: str
    since: int = 0
    turn: int = 0
    closed: bool = False
    revoked: bool = False
    lost: int | None = None
    heirs: list[tuple[str, int]] = field(default_factory=list)


@dataclass(slots=True)
class Keyring:
    """Grows act by act, in the order of the log; every answer is as of the acts it was given."""

    _keys: dict[str, _Key] = field(default_factory=dict)
    _of_party: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _precautions: dict[str, Act] = field(default_factory=dict)
    _recoveries: dict[str, Recovery] = field(default_factory=dict)
    _by_party: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    latest: int = 0

    def add(self, act: Act) -> None:
        """The next act, which admission found to be allowed."""
        self.latest = max(self.latest, act.at)
        if act.type in _TAKE:
            getattr(self, _TAKE[act.type])(act)

    # ---- asking ----------------------------------------------------------------------------------------

    def party_of(self, key: str, at: int | None = None) -> str:
        """The party whose key this is; a key that recovers one becomes its key when the waiting is over."""
        known = self._keys.get(key)
        return known.party if known and (at is None or at >= known.since) else key

    def keys_of(self, party: str) -> tuple[str, ...]:
        """Every key the party ever had, in order; the first is its name."""
        return (party, *self._of_party.get(party, ()))

    def is_known(self, key: str) -> bool:
        """Whether a key was ever named as one of a party's, also where it has said nothing yet."""
        return key in self._keys

    def is_revoked(self, key: str) -> bool:
        """Whether it was said that the key is not to be used any more, or the one from which it came."""
        known = self._keys.get(key)
        return known is not None and known.revoked

    def has_ended(self, key: str, at: int) -> bool:
        """Whether the key may say nothing more: it was handed on, revoked, or recovered over by then.

        A day that the key itself writes does not bring it back: what the record reached already counts too.
        """
        known = self._keys.get(key)
        if known is None:
            return False
        end = self._end(known)
        return known.closed or (end is not None and max(at, self.latest) >= end)

    def is_flagged(self, key: str, at: int) -> bool:
        """Whether what the key said at that moment may be a thief's."""
        known = self._keys.get(key)
        ends = (known.lost, self._end(known)) if known else ()
        return any(end is not None and at >= end - SKEW for end in ends)

    def _end(self, known: _Key) -> int | None:
        """When a later recovery of its party ends a key: the first that nobody cancelled."""
        later = (r for r in self.recoveries(known.party) if r.turn > known.turn and not r.cancelled)
        return min((r.effective for r in later), default=None)

    def precaution(self, party: str) -> tuple[str, int] | None:
        """The commitment to its recovery key and the days of waiting, if it named one."""
        act = self._precautions.get(party)
        return (act.body["commitment"], act.body["wait"]) if act else None

    def recovery(self, id_: str) -> Recovery | None:
        return self._recoveries.get(id_)

    def recoveries(self, party: str) -> list[Recovery]:
        return [self._recoveries[id_] for id_ in self._by_party.get(party, ())]

    def pending(self, key: str) -> list[Recovery]:
        """The recoveries by which this key is to become a party's, if nobody cancels them in time."""
        found = self.raised_by(key)
        return [found] if found and found.to == key and not found.cancelled else []

    def is_disputed(self, recovery: Recovery) -> bool:
        """Whether a revoked key objected to it, or was the one that named the recovery key."""
        named = recovery.named
        return recovery.disputed is not None or self.is_flagged(named.by, named.at)

    def has_outlived(self, party: str, key: str, at: int) -> bool:
        """Whether by then a recovery had given the party a key that came neither from this one nor before it."""
        known = self._keys.get(key)
        turn = known.turn if known else 0
        return any(r.turn > turn and r.effective <= at and not r.cancelled for r in self.recoveries(party))

    def raised_by(self, key: str) -> Recovery | None:
        """The recovery to which the party owes this key, or the one that handed on to it."""
        known = self._keys.get(key)
        turn = known.turn if known else 0
        return next((r for r in self.recoveries(known.party) if r.turn == turn), None) if known and turn else None

    # ---- the fold --------------------------------------------------------------------------------------

    def _key(self, key: str) -> _Key:
        return self._keys.setdefault(key, _Key(party=key))

    def _join(self, key: str, party: str, since: int, turn: int) -> None:
        self._keys[key] = _Key(party=party, since=since, turn=turn)
        self._key(party)
        self._of_party[party].append(key)

    def _rotate(self, act: Act) -> None:
        old, new = self._key(act.by), act.body["to"]
        was_lost = self.is_flagged(act.by, act.at)
        self._join(new, old.party, old.since, old.turn)
        old.closed = True
        old.heirs.append((new, act.at))
        if was_lost:
            self._lose(new, 0)

    def _prepare(self, act: Act) -> None:
        self._precautions.setdefault(self.party_of(act.by, act.at), act)

    def _recover(self, act: Act) -> None:
        party = act.body["party"]
        precaution = self._precautions.get(party)
        if precaution is None:  # where acts are read up to a day, and the precaution bears a later one
            return
        found = Recovery(
            act=act,
            party=party,
            to=act.body["to"],
            effective=max(act.at, self.latest) + precaution.body["wait"] * DAY + SKEW,
            turn=len(self._by_party[party]) + 1,
            named=precaution,
        )
        self._recoveries[act.id] = found
        self._by_party[party].append(act.id)
        self._join(found.to, party, found.effective, found.turn)

    def _cancel(self, act: Act) -> None:
        """An objection: it ends the recovery while its key counts, and disputes it once that was revoked."""
        found = self._recoveries.get(act.body["recover"])
        if found is None:
            return
        if self.is_revoked(act.by):
            self._recoveries[found.act.id] = replace(found, disputed=found.disputed or act)
            return
        self._recoveries[found.act.id] = replace(found, cancelled=True)
        waiting = [found.to]
        while waiting:
            key = waiting.pop()
            waiting += [heir for heir, _ in self._keys[key].heirs]
            self._of_party[found.party].remove(key)
            del self._keys[key]

    def _revoke(self, act: Act) -> None:
        """A key of the same party that revokes it came by it, and does not say of itself that it is a thief's."""
        key, since = act.body["key"], act.body["since"]
        known = self._key(key)
        known.closed = known.revoked = True
        if since and act.by != key and self.party_of(act.by) == known.party:
            known.lost = since if known.lost is None else min(known.lost, since)
        elif since:
            self._lose(key, since)

    def _lose(self, key: str, since: int) -> None:
        """From then on the key is a thief's, and so is each to which it handed on, whatever a thief said of these."""
        waiting = [(key, since)]
        while waiting:
            key, since = waiting.pop()
            known = self._key(key)
            known.lost = since if known.lost is None else min(known.lost, since)
            for heir, at in known.heirs:
                if at >= since - SKEW:
                    self._key(heir).closed = self._key(heir).revoked = True
                    waiting.append((heir, 0))


_TAKE: Final = {
    "key.rotate": "_rotate",
    "key.recovery": "_prepare",
    "key.recover": "_recover",
    "key.cancel": "_cancel",
    "key.revoke": "_revoke",
}
