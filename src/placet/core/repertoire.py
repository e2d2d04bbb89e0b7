"""How a work finds its voices: from its names to the titles that list it, to who claims it, to who speaks for them.

A *listing* is a title in the newest sheet of a party.  A *standing* is a claim of a listing that holds at the moment
and in the territory of a question.  Who claims a right speaks for herself, by a key of which it was checked that the
name in the sheet is hers; the party that lists her speaks for her too, and so does whoever holds her mandate.  All of
it is rewritten to be about the thing that was asked for, and put to the one `decide()`; everybody with a standing must
allow.

- A yes is no surer than the listing by which it comes, and reaches no further than the claim.
- A yes for somebody who could speak for herself needs her mandate, or a party that the log knows as an issuer.
- What was said of another name of the same work reaches it; as a yes only where every listing has that name.
- Listings beneath the voice that the asker chose are not believed at all.
- What a lost key listed asks everybody it names, and opens nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from placet.core.act import Act
from placet.core.authority import Authority, Step, narrowed
from placet.core.declaration import REGISTRY, Declaration
from placet.core.stance import Stance, Voice
from placet.core.subject import Kind, Subject
from placet.core.title import Claim, Title

__all__ = [
    "LOST",
    "Listing",
    "Need",
    "Resolved",
    "Sheets",
    "Signer",
    "Standing",
    "Words",
    "members_of",
    "resolve",
    "standing_of",
    "standings",
]

LOST: Final = Voice.EMBEDDED  # the voice of a sheet signed by a lost key: beneath that of any key
_GENERAL: Final = "author"  # what is said in this right speaks for all that the speaker holds
_LAST: Final = 1 << 62  # after every entry
_KEY: Final = 64

Words = Callable[[Subject], Sequence[Declaration]]
Need = tuple[Subject, str, str]


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed a sheet: the party, and how sure we are of it."""

    party: str
    voice: Voice


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A title as a party's newest sheet lists it."""

    title: Title
    signer: Signer


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Standing:
    """Who holds a right by whose listing, and where; `who` is empty for members that never spoke, were never named."""

    who: str
    right: str
    by: str
    voice: Voice
    territory: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolved:
    """What to put to `decide()`, and whose yes is needed for which right."""

    heard: tuple[Declaration, ...]
    must_allow: tuple[Need, ...] = ()


def members_of(party: str) -> str:
    """How all those together are named for whom a party speaks, and who never spoke themselves."""
    return f"{Kind.REPERTOIRE}:{party}"


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
        return sheets

    def _take(self, act: Act) -> None:
        party = self.authority.party_of(act.by, act.at)
        is_lost = self.authority.is_flagged(act.by, act.at)
        if act.type == "claim.add":
            self._signers[act.index] = Signer(party, LOST if is_lost else self.authority.voice(act.by, act.at))
        elif act.type == "claim.withdraw" and not is_lost:
            self._gone.update({(party, subject): act.index for subject in act.body["subjects"]})
        elif act.type == "claim.exclude":
            self._apart.update(act.body["who"])
            if not is_lost:
                self._excluded.update({(party, who): act for who in act.body["who"]})

    def signer(self, index: int) -> Signer | None:
        """Who signed the sheet at this entry; None when no sheet is there."""
        return self._signers.get(index)

    def is_gone(self, party: str, subject: str, index: int) -> bool:
        """Whether the party took back what it had listed under this name at an entry."""
        return index < self._gone.get((party, subject), -1)

    def excludes(self, party: str, who: str, at: int) -> bool:
        """Whether the party's words do not speak for this member; its newest act about her is heard."""
        act = self._excluded.get((party, who))
        return act is not None and act.body["from"] <= at and (not act.body["until"] or at < act.body["until"])

    def stands_apart(self, who: str) -> bool:
        """Whether anything is known of a principal but that sheets name it: then it is asked by itself."""
        return len(who) == _KEY or who in self._apart


def standings(listings: Iterable[Listing], sheets: Sheets, at: int, territory: str | None) -> tuple[Standing, ...]:
    """The claims of these listings that hold at the moment and in the territory, each once."""
    found = {
        standing_of(claim, listing.signer, sheets)
        for listing in listings
        for claim in listing.title.claims
        if claim.holds(at) and claim.reaches(territory)
    }
    return tuple(sorted(found))


def standing_of(claim: Claim, signer: Signer, sheets: Sheets) -> Standing:
    who = claim.who if sheets.stands_apart(claim.who) else ""
    return Standing(who=who, right=claim.right, by=signer.party, voice=signer.voice, territory=claim.territory)


def resolve(
    subject: Subject,
    named: Iterable[Declaration],
    held: Sequence[Standing],
    sheets: Sheets,
    words: Words,
    at: int,
    *,
    names: Collection[Subject] = (),
    shared: Collection[Subject] = (),
) -> Resolved:
    """All that is said about `subject` by whoever has a standing in it, and what else was said of it.

    `named` are the words about the subject and its other `names`, of which `shared` stand in every listing; `words`
    gives those about a repertoire.  All are weighed (`Authority.weigh`).
    """
    hearing = _Hearing(subject, tuple(named), sheets, words, at, frozenset({subject, *names}), frozenset(shared))
    for standing in held:
        hearing.hear(standing)
    return hearing.resolved()


@dataclass(slots=True)
class _Hearing:
    subject: Subject
    named: tuple[Declaration, ...]
    sheets: Sheets
    words: Words
    at: int
    names: frozenset[Subject]
    shared: frozenset[Subject]
    heard: set[Declaration] = field(default_factory=set)
    needed: set[Need] = field(default_factory=set)
    taken: set[Declaration] = field(default_factory=set)

    def resolved(self) -> Resolved:
        """What nobody spoke by a standing is heard as it is; of another name, only as a refusal."""
        rest = (word for word in self.named if word not in self.taken)
        self.heard |= {_about(word, self.subject) for word in rest if not self._is_foreign_yes(word)}
        return Resolved(tuple(sorted(self.heard, key=_order)), tuple(sorted(self.needed)))

    def _is_foreign_yes(self, word: Declaration) -> bool:
        return word.subject != self.subject and word.stance is Stance.ALLOW

    def hear(self, standing: Standing) -> None:
        for principal in self._principals(standing):
            self.needed.add((self.subject, principal, standing.right))
            voice = _Voice(self, standing, principal)
            for word in self.named:
                self._keep(voice, word, is_named=True)
            for wide in voice.wide:
                for word in self.words(wide):
                    self._keep(voice, word, is_named=False)

    def _keep(self, voice: _Voice, word: Declaration, *, is_named: bool) -> None:
        found = voice.of(word, is_named=is_named)
        if found is not None:
            self.heard.add(_about(found, self.subject))
            if is_named and word.stance is not None and word.by in (voice.principal, voice.standing.by):
                self.taken.add(word)

    def _principals(self, standing: Standing) -> list[str]:
        """Those who bear the name now, or bore it when they spoke; else the name itself."""
        who, authority = standing.who, self.sheets.authority
        if not who:
            return [members_of(standing.by)]
        if len(who) == _KEY:
            return [authority.party_of(who)]
        bearers = set(authority.bearers(who, self.at))
        bearers |= {w.by for w in (*self.named, *self.words(Subject(Kind.REPERTOIRE, who))) if self._bears(w, who)}
        return sorted(bearers) or [who]

    def _bears(self, word: Declaration, who: str) -> bool:
        return not word.behalf and word.by in self.sheets.authority.bearers(who, word.source.heard_at)


@dataclass(slots=True)
class _Voice:
    """How the words of many become those of one principal with one standing."""

    hearing: _Hearing
    standing: Standing
    principal: str

    @property
    def wide(self) -> tuple[Subject, ...]:
        """The repertoires by which she is spoken for."""
        who, by = self.standing.who, self.standing.by
        agents = [agent for agent, _ in self._authority.delegates(self.principal)] if who else []
        owners = [by, *((who, self.principal, *agents) if who else ())]
        return tuple(Subject(Kind.REPERTOIRE, owner) for owner in dict.fromkeys(owners))

    @property
    def _authority(self) -> Authority:
        return self.hearing.sheets.authority

    def of(self, word: Declaration, *, is_named: bool) -> Declaration | None:
        """The word as said by or for the principal in the right of the standing; None when it is neither."""
        if word.source.standard != REGISTRY or not self._is_about(word):
            return None
        word = replace(word, right=self.standing.right) if word.right == _GENERAL else word
        found = self._spoken(word) if word.stance is not None else self._taken_back(word)
        if found is None or found.stance is not Stance.ALLOW:
            return found
        return self._bounded(found, is_named=is_named)

    def _is_about(self, word: Declaration) -> bool:
        """A refusal is about this right where either is general; a yes to another right is none to this one."""
        if word.right in (_GENERAL, self.standing.right):
            return word.stance is not Stance.ALLOW or word.subject in self._open_names
        return word.stance is not Stance.ALLOW and self.standing.right == _GENERAL

    @property
    def _open_names(self) -> frozenset[Subject]:
        return self.hearing.shared | {self.hearing.subject, *self.wide}

    def _spoken(self, word: Declaration) -> Declaration | None:
        if word.by == self.principal:
            return word if not word.behalf and self._is_hers(word) else None
        if word.behalf:
            return word if word.behalf == self.principal else None
        mandated = self._authority.for_principal(word, self.principal, {*self.hearing.names, *self.wide})
        if mandated.behalf:
            return mandated
        return self._listed(word) if word.by == self.standing.by else None

    def _taken_back(self, withdrawal: Declaration) -> Declaration | None:
        """To take back a word is to take it back for everybody for whom it was said."""
        if withdrawal.by == self.principal or withdrawal.behalf:
            return withdrawal
        speakers = {self.standing.by, *(agent for agent, _ in self._authority.delegates(self.principal))}
        return replace(withdrawal, behalf=self.principal) if withdrawal.by in speakers else None

    def _is_hers(self, word: Declaration) -> bool:
        """Said under the name by which she is listed, as it was checked when she spoke."""
        who = self.standing.who
        return len(who) == _KEY or word.by in self._authority.bearers(who, word.source.heard_at)

    def _listed(self, word: Declaration) -> Declaration | None:
        """As the party that lists her says it for her, with no more than that."""
        who, at = self.standing.who, self.hearing.at
        if who and (self.hearing.sheets.excludes(self.standing.by, who, at) or self._is_elsewhere(word)):
            return None
        is_known = self._authority.step(word.by, word.source.heard_at) >= Step.ISSUER
        if who and word.stance is Stance.ALLOW and not is_known:
            return None
        return replace(word, behalf=self.principal, voice=Voice.VERIFIED if is_known else Voice.CLAIMED)

    def _is_elsewhere(self, word: Declaration) -> bool:
        """Whether she left the saying to somebody else alone."""
        authority, at = self._authority, self.hearing.at
        subjects = {*self.hearing.names, *self.wide}
        return any(
            mandate.exclusive
            and mandate.delegate != self.standing.by
            and mandate.is_live(_LAST, at)
            and (not mandate.rights or word.right in mandate.rights)
            and (not mandate.scope or not mandate.scope.isdisjoint(subjects))
            for mandate in authority.given(self.principal)
        )

    def _bounded(self, word: Declaration, *, is_named: bool) -> Declaration | None:
        """A yes, as sure as the listing and, where it was said of a repertoire, as wide as the claim."""
        sure = word.voice if self.standing.voice >= Voice.VERIFIED else min(word.voice, self.standing.voice)
        where = word.territory if is_named else narrowed(word.territory, self.standing.territory)
        return None if where is None else replace(word, voice=sure, territory=where)


def _about(word: Declaration, subject: Subject) -> Declaration:
    if word.subject == subject:
        return word
    return replace(word, subject=subject, said_of=word.said_of or word.subject)


def _order(word: Declaration) -> tuple[object, ...]:
    said = (word.index or 0, word.id, word.use, word.stance or 0, str(word.said_of or ""))
    return (*said, word.principal, word.right, word.territory, word.voice)
