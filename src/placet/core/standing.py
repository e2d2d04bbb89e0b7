"""How a claim stands: uncontested, contested, withdrawn or upheld.  A pure fold of the acts about disputes.

Placet never adjudicates.  It keeps every claim, computes how each stands, and records who settled what and on which
document.  A dispute has two sides: `by`, who contests, and `against`, whose claim is contested; an overlap that the log
computed stands as if the older claim's party contested the newer one.  Every transition is a row here:

| dispute is | what comes                                         | by whom                       | dispute becomes |
|------------|----------------------------------------------------|-------------------------------|-----------------|
| none       | claim.counter                                      | another party than `against`  | open            |
| none       | claim.overlap                                      | the log                       | open            |
| open       | claim.settle, dropped                              | `by`                          | dropped         |
| open       | claim.settle, upheld for the other side            | either side: it gives in      | upheld          |
| open       | claim.settle, upheld for a side, with a document   | the log, or an issuer outside | upheld          |
| open       | claim.withdraw of all its subjects                 | either side                   | withdrawn       |
| not open   | any of these                                       | anybody                       | as it was       |

Whoever comes first in the log is heard.  What a key says after it was lost opens disputes and ends none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from placet.core.act import Act
from placet.core.authority import Authority

__all__ = ["PUBLIC_DOMAIN", "Dispute", "Disputes", "End", "Standing", "State"]

PUBLIC_DOMAIN: Final = "public domain"  # how the method of an overlap begins that rests on no other claim
_WORK: Final = "work:"
_TURNS: Final = ("key.", "identity.revoke")


class State(StrEnum):
    """How a subject's claims stand."""

    UNCONTESTED = "uncontested"
    CONTESTED = "contested"
    WITHDRAWN = "withdrawn"
    UPHELD = "upheld"


class End(StrEnum):
    """What became of one dispute."""

    OPEN = "open"
    DROPPED = "dropped"
    UPHELD = "upheld"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """`by` is empty where no party contests but a list of what is in the public domain does.

    `holder` is for whom it was upheld, `settled` by which act, `document` the digest of what was shown.
    """

    act: Act
    by: str
    against: str
    subjects: frozenset[str]
    right: str
    why: str
    end: End = End.OPEN
    holder: str = ""
    document: str = ""
    settled: Act | None = None

    @property
    def id(self) -> str:
        return self.act.id

    @property
    def sides(self) -> frozenset[str]:
        return frozenset({self.by, self.against} - {""})

    @property
    def loser(self) -> str:
        """The side whose claim was not upheld."""
        return next(iter(self.sides - {self.holder}), "") if self.end is End.UPHELD else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The state of one subject, the disputes that make it so (oldest first), and who withdrew a claim to it."""

    state: State
    disputes: tuple[Dispute, ...] = ()
    withdrawn: tuple[str, ...] = ()


@dataclass(slots=True)
class Disputes:
    """Reads the acts of an `Authority`; `holder_of` gives the key that registered a work by its id, or "".

    `refresh` reads what the authority has learnt since; a lost key, and an issuer that is taken back, change what came
    before, so then all is read again.
    """

    authority: Authority
    holder_of: Callable[[str], str] = lambda _: ""
    _read: int = 0
    _disputes: dict[str, Dispute] = field(default_factory=dict)
    _about: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _withdrawn: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    _lost: dict[str, dict[tuple[str, str], frozenset[str]]] = field(default_factory=lambda: defaultdict(dict))
    _pairs: set[tuple[str, str]] = field(default_factory=set)
    _strikes: dict[str, list[Act]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, authority: Authority, holder_of: Callable[[str], str] = lambda _: "") -> Disputes:
        found = cls(authority, holder_of)
        found.refresh()
        return found

    def refresh(self) -> Disputes:
        """Read the acts that came since."""
        new = self.authority.acts[self._read :]
        if self._read and any(act.type.startswith(_TURNS) for act in new):
            self._forget()
            new = self.authority.acts
        for act in new:
            if act.type in _TAKE:
                getattr(self, _TAKE[act.type])(act)
        self._read = len(self.authority.acts)
        return self

    def __bool__(self) -> bool:
        """Whether anything was contested or withdrawn at all."""
        return bool(self._disputes or self._withdrawn)

    # ---- asking ----------------------------------------------------------------------------------------

    def dispute(self, id_: str) -> Dispute | None:
        """By the id of the counter-claim or overlap that began it."""
        return self._disputes.get(id_)

    def about(self, subject: str) -> list[Dispute]:
        """The disputes about a subject, as it stands in an entry, oldest first."""
        return [self._disputes[id_] for id_ in self._about.get(subject, ())]

    def public_domain(self) -> list[Dispute]:
        """Those that rest on a list of what is in the public domain."""
        return [each for each in self._disputes.values() if each.why.startswith(PUBLIC_DOMAIN)]

    def touched(self) -> frozenset[str]:
        """Every subject about which there was a dispute, or of which a claim was withdrawn."""
        return frozenset(self._about) | frozenset(self._withdrawn)

    def of_party(self, party: str) -> list[Dispute]:
        """The disputes in which a party is a side."""
        return [each for each in self._disputes.values() if party in each.sides]

    def standing(self, subject: str, claimants: Collection[str] = ()) -> Standing:
        """How the claims to a subject stand; `claimants` list it in sheets today, a work's holder is known."""
        found, gone = tuple(self.about(subject)), self._withdrawn.get(subject, {})
        claiming = {*claimants} | ({self._holder(subject)} - {"", *gone})
        if any(each.end is End.OPEN for each in found):
            state = State.CONTESTED
        elif gone and not claiming:
            state = State.WITHDRAWN
        elif any(each.end is End.UPHELD for each in found):
            state = State.UPHELD
        else:
            state = State.UNCONTESTED
        return Standing(state=state, disputes=found, withdrawn=tuple(sorted(gone)))

    def is_withdrawn(self, party: str, subject: str, since: int = -1) -> bool:
        """Whether the party withdrew its claim, later than an entry at which it made it."""
        return self._withdrawn.get(subject, {}).get(party, -1) > since

    def is_lost(self, party: str, subject: str, right: str = "") -> bool:
        """Whether the newest end of a dispute about it, in all rights or in this one, upheld the other side."""
        told = self._lost.get(subject, {})
        return any(party in losers and of in ("", right) for (_, of), losers in told.items())

    def is_dead(self, party: str, subject: str, right: str = "") -> bool:
        """Whether what the party says of it, in that right, decides nothing any more."""
        return self.is_withdrawn(party, subject) or self.is_lost(party, subject, right)

    def lost(self) -> Iterator[tuple[str, str]]:
        """Each (party, subject) that was upheld for another in all rights."""
        for subject, told in self._lost.items():
            yield from ((party, subject) for (_, of), losers in told.items() if not of for party in losers)

    def overlaps(self, older: str, newer: str) -> bool:
        """Whether the log said so already."""
        return (older, newer) in self._pairs

    def strikes(self, party: str) -> list[Act]:
        """What the log or an issuer holds against a party, in order; it changes no decision."""
        return list(self._strikes.get(party, ()))

    # ---- the fold --------------------------------------------------------------------------------------

    def _party(self, act: Act) -> str:
        return self.authority.party_of(act.by, act.at)

    def _is_thief(self, act: Act) -> bool:
        return self.authority.is_flagged(act.by, act.at)

    def _holder(self, subject: str) -> str:
        key = self.holder_of(subject.removeprefix(_WORK)) if subject.startswith(_WORK) else ""
        return self.authority.party_of(key) if key else ""

    def _counter(self, act: Act) -> None:
        by, against = self._party(act), self.authority.party_of(act.body["against"])
        self._open(act, by, against, act.body["subjects"], "counter-claim")

    def _overlap(self, act: Act) -> None:
        older, newer = act.body["older"], act.body["newer"]
        self._pairs.add((older, newer))
        self._open(act, self._holder(older), self._holder(newer), (older, newer), act.body["method"])

    def _open(self, act: Act, by: str, against: str, subjects: Iterable[str], why: str) -> None:
        found = Dispute(
            act=act, by=by, against=against, subjects=frozenset(subjects), right=act.body.get("right", ""), why=why
        )
        self._disputes[act.id] = found
        for subject in sorted(found.subjects):
            self._about[subject].append(act.id)

    def _settle(self, act: Act) -> None:
        found = self._disputes.get(act.body["counter"])
        if found is None or found.end is not End.OPEN or self._is_thief(act):
            return
        by, holder = self._party(act), self.authority.party_of(act.body["holder"]) if act.body["holder"] else ""
        if act.body["outcome"] == "dropped":
            if by == found.by:
                self._disputes[found.id] = replace(found, end=End.DROPPED, settled=act)
        elif self._may_uphold(act, by, holder, found):
            ended = replace(found, end=End.UPHELD, holder=holder, document=act.body["document"], settled=act)
            self._disputes[found.id] = ended
            for subject in found.subjects:
                self._lost[subject][_pair(found), found.right] = frozenset({ended.loser} - {""})

    def _may_uphold(self, act: Act, by: str, holder: str, found: Dispute) -> bool:
        if holder not in found.sides:
            return False
        if by in found.sides and act.role != "log":
            return holder != by
        return bool(act.body["document"]) and (act.role == "log" or self.authority.is_issuer(by, act.at))

    def _withdraw(self, act: Act) -> None:
        """A dispute is over when a side claims nothing of it any more."""
        if self._is_thief(act):
            return
        by, touched = self._party(act), set[str]()
        for subject in act.body["subjects"]:
            self._withdrawn[subject][by] = act.index
            touched.update(self._about.get(subject, ()))
        for id_ in touched:
            found = self._disputes[id_]
            claimed = self._claimed(by, found)
            gone = all(self.is_withdrawn(by, subject, found.act.index - 1) for subject in claimed)
            if found.end is End.OPEN and by in found.sides and claimed and gone:
                self._disputes[id_] = replace(found, end=End.WITHDRAWN, settled=act)

    def _claimed(self, party: str, found: Dispute) -> list[str]:
        """Of an overlap each side claims one work; of a counter-claim both claim all of it."""
        if found.act.type == "claim.overlap":
            return [found.act.body["older"] if party == found.by else found.act.body["newer"]]
        return sorted(found.subjects)

    def _strike(self, act: Act) -> None:
        self._strikes[self.authority.party_of(act.body["party"])].append(act)

    def _forget(self) -> None:
        for kept in (self._disputes, self._about, self._withdrawn, self._lost, self._pairs, self._strikes):
            kept.clear()


def _pair(found: Dispute) -> str:
    return " ".join(sorted((found.by, found.against)))


_TAKE: Final = {
    "claim.counter": "_counter",
    "claim.overlap": "_overlap",
    "claim.settle": "_settle",
    "claim.withdraw": "_withdraw",
    "strike.add": "_strike",
}
