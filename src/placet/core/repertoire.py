"""How a work finds its voices: from its names to the titles that list it, to who claims it, to who speaks for them.

A *listing* is a title in the newest sheet of a party.  A *holding* is a claim of a listing that holds at the moment
and in the territory of a question.  Who claims a right speaks for herself, by a key of which it was checked that the
name in the sheet is hers; the party that lists her speaks for her too, and so does whoever holds her mandate.  All of
it is rewritten to be about the thing that was asked for, and put to the one `decide()`; everybody with a holding must
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

from placet.core.authority import Authority, Step
from placet.core.declaration import REGISTRY, Declaration
from placet.core.sheets import Sheets, Signer, is_key
from placet.core.stance import Stance, Voice
from placet.core.subject import Kind, Subject
from placet.core.territory import members
from placet.core.title import Title

__all__ = [
    "Holding",
    "Listing",
    "Need",
    "Resolved",
    "Words",
    "holdings",
    "join",
    "members_of",
    "reaches_whole",
    "resolve",
]

_GENERAL: Final = "author"  # what is said in this right speaks for all that the speaker holds
_LAST: Final = 1 << 62  # after every entry

Words = Callable[[Subject], Sequence[Declaration]]
Need = tuple[Subject, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A title as a party's newest sheet lists it."""

    title: Title
    signer: Signer


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Holding:
    """Who holds a right by whose listing; `who` is empty for members that never spoke, were never named.

    `whole` says that the claim reaches all of the territory that is asked about, and not only a part of it; `surety` is
    how sure we are of the listing where a yes comes by it, which a lost key lessens.
    """

    who: str
    right: str
    by: str
    voice: Voice
    whole: bool = True
    surety: Voice = Voice.MANDATED

    @property
    def of_a_yes(self) -> Voice:
        return min(self.voice, self.surety)


@dataclass(frozen=True, slots=True)
class Resolved:
    """What to put to `decide()`, and whose yes is needed for which right."""

    heard: tuple[Declaration, ...]
    must_allow: tuple[Need, ...] = ()


def join(resolved: Iterable[Resolved]) -> Resolved:
    """What several holdings come to together, where no word was said about the thing by any name of its own."""
    some = list(resolved)
    if len(some) == 1:
        return some[0]
    heard = {word for each in some for word in each.heard}
    needed = {need for each in some for need in each.must_allow}
    return Resolved(tuple(sorted(heard, key=_order)), tuple(sorted(needed)))


def members_of(party: str) -> str:
    """How all those together are named for whom a party speaks, and who never spoke themselves."""
    return f"{Kind.REPERTOIRE}:{party}"


def holdings(listings: Iterable[Listing], sheets: Sheets, at: int, territory: str | None) -> tuple[Holding, ...]:
    """The claims of these listings that hold at the moment and in the territory, each once."""
    asked = members((territory,)) if territory else None
    found = {
        Holding(
            who=sheets.known_as(claim.who),
            right=claim.right,
            by=listing.signer.party,
            voice=listing.signer.voice,
            surety=listing.signer.surety,
            whole=reaches_whole(members(claim.territory), asked),
        )
        for listing in listings
        for claim in listing.title.claims
        if claim.holds(at) and claim.reaches(territory)
    }
    return tuple(sorted(found))


def reaches_whole(where: frozenset[str] | None, asked: frozenset[str] | None) -> bool:
    """Whether these countries are all that is asked about; None is the world."""
    return where is None or (asked is not None and asked <= where)


def resolve(
    subject: Subject,
    named: Iterable[Declaration],
    held: Sequence[Holding],
    sheets: Sheets,
    words: Words,
    at: int,
    *,
    names: Collection[Subject] = (),
    shared: Collection[Subject] = (),
    left: Iterable[Holding] = (),
    named_left: Iterable[Declaration] = (),
) -> Resolved:
    """All that is said about `subject` by whoever has a holding in it, and what else was said of it.

    `named` are the words about the subject and its other `names`, of which `shared` stand in every listing; `words`
    gives those about a repertoire.  All are weighed (`Authority.weigh`).  `left` are claims in lines that their lister
    wrote anew or took back, and `named_left` the words about other names of these: whoever else was named there is not
    asked any more, and still refuses.
    """
    hearing = _Hearing(subject, tuple(named), sheets, words, at, frozenset({subject, *names}), frozenset(shared))
    for holding in held:
        hearing.hear(holding)
    for holding in left:
        hearing.hear_left(holding, tuple(named_left), is_listed=bool(held))
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
        """What nobody spoke by a holding is heard as it is; of another name, only as a refusal."""
        rest = (word for word in self.named if word not in self.taken)
        self.heard |= {_about(word, self.subject) for word in rest if not self._is_foreign_yes(word)}
        return Resolved(tuple(sorted(self.heard, key=_order)), tuple(sorted(self.needed)))

    def _is_foreign_yes(self, word: Declaration) -> bool:
        return word.subject != self.subject and word.stance is Stance.ALLOW

    def hear(self, holding: Holding) -> None:
        for principal in self._principals(holding):
            self.needed.add((self.subject, principal, holding.right))
            voice = _Voice.of(self, holding, principal)
            for word in self.named:
                if (found := voice.told(word, is_named=True)) is not None:
                    self.heard.add(found)
                    if word.stance is not None and word.by in (principal, holding.by):
                        self.taken.add(word)
            for wide in voice.wide:
                told = (voice.told(word, is_named=False) for word in self.words(wide))
                self.heard.update(found for found in told if found is not None)

    def hear_left(self, holding: Holding, named: Iterable[Declaration], *, is_listed: bool) -> None:
        """What somebody says herself who was listed once by another, until she withdraws from the work.

        No yes comes by a line that is not claimed any more: where nothing else lists the work, her yes is not enough.
        """
        for principal in self._principals(holding) if holding.who and holding.who != holding.by else ():
            if self.sheets.is_gone(principal, str(self.subject), -1):
                continue
            voice = _Voice.of(self, holding, principal)
            words = [*(word for wide in voice.wide for word in self.words(wide)), *named]
            said = [voice.told(word, is_named=False) for word in words if word.by != holding.by]
            hers = {word for word in said if word is not None}
            self.heard |= hers
            if not is_listed and any(word.stance is Stance.ALLOW for word in hers):
                self.needed.add((self.subject, members_of(holding.by), holding.right))

    def _principals(self, holding: Holding) -> list[str]:
        """Those who bear the name now, or bore it when they spoke; else the name itself."""
        who, authority = holding.who, self.sheets.authority
        if not who:
            return [members_of(holding.by)]
        if is_key(who):
            return [who]
        bearers = set(authority.bearers(who, self.at, doubted=True))
        bearers |= {who} if bearers and not authority.bearers(who, self.at) else set()
        bearers |= {w.by for w in (*self.named, *self.words(Subject(Kind.REPERTOIRE, who))) if self._bears(w, who)}
        return sorted(bearers) or [who]

    def _bears(self, word: Declaration, who: str) -> bool:
        return not word.behalf and word.by in self.sheets.authority.bearers(who, word.source.heard_at, doubted=True)


@dataclass(frozen=True, slots=True)
class _Voice:
    """How the words of many become those of one principal with one holding.

    `agents` ever held a mandate of hers, `wide` are the repertoires by which she is spoken for, `scope` all names by
    which a mandate may mean this, and `open` those by which a yes reaches it.
    """

    hearing: _Hearing
    holding: Holding
    principal: str
    agents: frozenset[str]
    wide: tuple[Subject, ...]
    scope: frozenset[Subject]
    open: frozenset[Subject]

    @classmethod
    def of(cls, hearing: _Hearing, holding: Holding, principal: str) -> _Voice:
        who, by, authority = holding.who, holding.by, hearing.sheets.authority
        agents = sorted({agent for agent, _ in authority.delegates(principal)}) if who else []
        owners = dict.fromkeys([by, *((who, principal, *agents) if who else ())])
        wide = tuple(Subject(Kind.REPERTOIRE, owner) for owner in owners)
        scope, open_ = hearing.names.union(wide), hearing.shared.union(wide, (hearing.subject,))
        return cls(hearing, holding, principal, frozenset(agents), wide, scope, open_)

    @property
    def _authority(self) -> Authority:
        return self.hearing.sheets.authority

    def told(self, word: Declaration, *, is_named: bool) -> Declaration | None:
        """The word as said by or for the principal in the right of the holding; None when it is neither."""
        is_speaker = word.by in (self.principal, self.holding.by) or word.by in self.agents
        if not (is_speaker or word.behalf == self.principal) or word.source.standard != REGISTRY:
            return None
        if not self._is_about(word) or (word.stance is Stance.ALLOW and not (is_named or self.holding.whole)):
            return None
        return self._spoken(word) if word.stance is not None else self._taken_back(word)

    def _is_about(self, word: Declaration) -> bool:
        """A refusal is about this right where either is general; a yes to another right is none to this one."""
        if word.right in (_GENERAL, self.holding.right):
            return word.stance is not Stance.ALLOW or word.subject in self.open
        return word.stance is not Stance.ALLOW and self.holding.right == _GENERAL

    def _spoken(self, word: Declaration) -> Declaration | None:
        if word.by == self.principal:
            return self._about(word) if not word.behalf and self._is_hers(word) else None
        if word.behalf:
            return self._about(word) if word.behalf == self.principal else None
        if word.by in self.agents:
            told = replace(word, right=self._right_of(word))
            mandated = self._authority.for_principal(told, self.principal, self.scope)
            if mandated.behalf:
                return self._about(mandated, mandated.behalf, mandated.voice)
        return self._listed(word) if word.by == self.holding.by else None

    def _right_of(self, word: Declaration) -> str:
        return self.holding.right if word.right == _GENERAL else word.right

    def _about(self, word: Declaration, behalf: str | None = None, voice: Voice | None = None) -> Declaration:
        """The word about what was asked for; a yes is no surer than the listing."""
        voice = word.voice if voice is None else voice
        if word.stance is Stance.ALLOW and self.holding.of_a_yes < Voice.VERIFIED:
            voice = min(voice, self.holding.of_a_yes)
        subject, for_whom = self.hearing.subject, word.behalf if behalf is None else behalf
        return word.told_of(subject, _wide(word, subject), self._right_of(word), for_whom, voice)

    def _taken_back(self, withdrawal: Declaration) -> Declaration | None:
        """To take back a word is to take it back for everybody for whom it was said."""
        if withdrawal.behalf and withdrawal.behalf != self.principal:
            return None
        return self._about(withdrawal, "" if withdrawal.by == self.principal else self.principal)

    def _is_hers(self, word: Declaration) -> bool:
        """Said under the name by which she is listed, as it was checked when she spoke."""
        who = self.holding.who
        is_no = word.stance is not Stance.ALLOW
        return is_key(who) or word.by in self._authority.bearers(who, word.source.heard_at, doubted=is_no)

    def _listed(self, word: Declaration) -> Declaration | None:
        """As the party that lists her says it for her, with no more than that."""
        who, at = self.holding.who, self.hearing.at
        left_out = self.hearing.sheets.excludes
        if who and any(left_out(self.holding.by, name, at) for name in (who, self.principal)):
            return None
        if who and self._is_elsewhere(word):
            return None
        is_no = word.stance is not Stance.ALLOW
        is_known = self._authority.step(word.by, word.source.heard_at, doubted=is_no) >= Step.ISSUER
        if who and word.stance is Stance.ALLOW and not is_known:
            return None
        return self._about(word, self.principal, Voice.VERIFIED if is_known else Voice.CLAIMED)

    def _is_elsewhere(self, word: Declaration) -> bool:
        """Whether she left the saying to somebody else alone."""
        at, right = self.hearing.at, self._right_of(word)
        return any(
            mandate.exclusive
            and self._authority.is_sound(mandate)
            and mandate.delegate != self.holding.by
            and mandate.is_live(_LAST, at)
            and (not mandate.rights or right in mandate.rights)
            and (not mandate.scope or not mandate.scope.isdisjoint(self.scope))
            for mandate in self._authority.given(self.principal)
        )


def _wide(word: Declaration, subject: Subject) -> Subject | None:
    """By what wider or other name a word reaches the subject."""
    return word.said_of or (word.subject if word.subject != subject else None)


def _about(word: Declaration, subject: Subject) -> Declaration:
    return word if word.subject == subject else replace(word, subject=subject, said_of=_wide(word, subject))


def _order(word: Declaration) -> tuple[object, ...]:
    said = (word.index or 0, word.id, word.use, word.stance or 0, str(word.said_of or ""))
    return (*said, word.principal, word.right, word.territory, word.voice)
