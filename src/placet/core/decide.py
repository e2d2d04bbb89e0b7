"""The one place in the program where "may this be used?" is answered.

The five rules are those of docs/house.md section 2.  The function is pure and total: everything it needs
is in its arguments, and the order of its arguments' elements never matters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from placet.core.decision import Basis, Decision, Outcome, Overruled, Question, Rule
from placet.core.declaration import REGISTRY, Declaration, Problem
from placet.core.licence import Licence
from placet.core.profile import Profile
from placet.core.stance import Stance, Voice
from placet.core.subject import Kind, Subject
from placet.core.territory import members
from placet.core.use import Use

__all__ = ["decide"]

# Rule 3: the least voice from which a refusal in the registry counts.  What a site or file says of itself
# (any other standard) is heard where it speaks, and counts from SITE.
_FLOOR = {Kind.PATTERN: Voice.VERIFIED, Kind.DOMAIN: Voice.VERIFIED, Kind.REPERTOIRE: Voice.VERIFIED}

# And from which a yes counts, whatever the profile: what anybody may name is opened by who was checked alone.
_YES = dict.fromkeys((Kind.URL, Kind.PATTERN, Kind.DOMAIN, Kind.IDENTIFIER, Kind.REPERTOIRE), Voice.VERIFIED)

_BY_STANCE = {
    Stance.RESERVE: Outcome.RESERVED,
    Stance.LICENSE: Outcome.LICENCE,
    Stance.ALLOW: Outcome.CLEARED,
}


@dataclass(slots=True)
class _Leaf:
    """The answer for one leaf use, being made."""

    said: dict[Stance, list[Declaration]] = field(default_factory=lambda: defaultdict(list))
    lost: list[Overruled] = field(default_factory=list)
    licensed: list[Declaration] = field(default_factory=list)
    below: list[Declaration] = field(default_factory=list)
    licences: list[Licence] = field(default_factory=list)

    def lose(self, declarations: Iterable[Declaration], rule: Rule) -> None:
        self.lost += [Overruled(declaration, rule) for declaration in declarations]


@dataclass(frozen=True, slots=True)
class _Answer:
    outcome: Outcome
    stance: Stance | None
    basis: Basis
    because: tuple[Declaration, ...]
    leaf: _Leaf


def decide(
    question: Question,
    heard: Iterable[Declaration],
    problems: Iterable[Problem] = (),
    licences: Iterable[Licence] = (),
    profile: Profile | None = None,
) -> Decision:
    """What all declarations heard amount to, for one question.

    `heard` may hold declarations about other subjects, uses and times: they are left out.  ValueError when
    no profile is given, since the meaning of silence must never be assumed.
    """
    if profile is None:
        raise ValueError("choose a profile: what silence means is a legal assumption")
    about = [
        d for d in heard if d.subject in question.subjects and d.interval.holds(question.at) and _reach(d, question)
    ]
    unread = tuple(sorted(set(problems), key=lambda p: (p.where, p.reason, p.why)))
    held = tuple(licence for licence in licences if _is_held(licence, question))
    answers = [_answer(leaf, question, about, unread, held, profile) for leaf in question.use.leaves]
    worst = max(answers, key=lambda answer: answer.outcome.rank)
    deciding = [answer for answer in answers if answer.outcome is worst.outcome]
    because = _distinct(d for answer in deciding for d in answer.because)
    return Decision(
        stance=worst.stance,
        outcome=worst.outcome,
        basis=worst.basis if len({a.basis for a in deciding}) == 1 else _weakest(deciding),
        because=because,
        overruled=_lost(answers, because),
        unclear=unread,
        licences=tuple(sorted({held for a in answers for held in a.leaf.licences}, key=lambda held: held.id)),
        question=question,
        profile=profile,
    )


def _answer(
    use: Use,
    question: Question,
    about: Sequence[Declaration],
    problems: tuple[Problem, ...],
    licences: tuple[Licence, ...],
    profile: Profile,
) -> _Answer:
    leaf = _Leaf()
    for declaration in _alive(about, use, question, leaf):
        _weigh(declaration, use, question, licences, profile, leaf)
    allowed = leaf.said.pop(Stance.ALLOW, []) + leaf.licensed
    agreed = allowed if _all_allow(question, allowed) else []
    if allowed and not agreed:
        leaf.lose((d for d in allowed if d not in leaf.licensed), Rule.NOT_ALL)
    for stance in (Stance.RESERVE, Stance.LICENSE):
        if stance is Stance.LICENSE and problems:
            break
        if said := leaf.said.get(stance):
            softer = agreed + (leaf.said.get(Stance.LICENSE, []) if stance is Stance.RESERVE else [])
            leaf.lose((d for d in softer if d not in leaf.licensed), Rule.STRICTER)
            return _Answer(_BY_STANCE[stance], stance, Basis.DECLARED, tuple(said), leaf)
    if problems:
        return _Answer(Outcome.UNCLEAR, None, Basis.PROBLEM, (), leaf)
    if agreed:
        basis = Basis.LICENSED if leaf.licensed else Basis.DECLARED
        return _Answer(Outcome.CLEARED, Stance.ALLOW, basis, tuple(agreed), leaf)
    if leaf.below:
        return _Answer(Outcome.SILENT, None, Basis.BELOW, (), leaf)
    return _Answer(_silence(question, use, profile), None, Basis.SILENCE, (), leaf)


def _silence(question: Question, use: Use, profile: Profile) -> Outcome:
    """A profile's exceptions are about works: none of them opens a person's voice or likeness."""
    meant = Outcome(profile.on_silence(use))
    is_of_person = any(map(_is_of_person, question.subjects))
    return Outcome.SILENT if is_of_person and meant is Outcome.CLEARED else meant


def _is_of_person(subject: Subject) -> bool:
    return subject.kind is Kind.LIKENESS


def _weigh(
    declaration: Declaration,
    use: Use,
    question: Question,
    licences: tuple[Licence, ...],
    profile: Profile,
    leaf: _Leaf,
) -> None:
    """Rules 3 and 4 for one living declaration: it counts, it is lifted, or it loses and to which rule.

    A refusal beneath the voice that the asker chose decides nothing, yet silence is not taken for a yes then: so
    that no choice of a voice opens a row by itself, and no refusal added loosens one.
    """
    stance = declaration.stance
    if stance is None:
        return
    if stance is Stance.ALLOW:
        counts = declaration.voice >= max(profile.allow_voice, _least_yes(declaration))
    else:
        counts = declaration.voice >= _floor(declaration)
    if not counts:
        leaf.lose([declaration], Rule.VOICE)
    elif stance is not Stance.ALLOW and profile.makes_advisory(use) and not _is_of_person(declaration.subject):
        leaf.lose([declaration], Rule.ADVISORY)
    elif declaration.source.standard == REGISTRY and declaration.voice < question.min_voice:
        leaf.below += [declaration] if stance is not Stance.ALLOW else []
        leaf.lose([declaration], Rule.VOICE)
    elif stance is not Stance.ALLOW and (lifting := _lifting(declaration, use, licences)):
        leaf.licensed.append(declaration)
        leaf.licences += lifting
        leaf.lose([declaration], Rule.LICENSED)
    else:
        leaf.said[stance].append(declaration)


def _floor(declaration: Declaration) -> Voice:
    if declaration.source.standard != REGISTRY:
        return Voice.SITE
    return _FLOOR.get((declaration.said_of or declaration.subject).kind, Voice.CLAIMED)


def _least_yes(declaration: Declaration) -> Voice:
    if declaration.source.standard != REGISTRY:
        return Voice.THIRD_PARTY
    about = (declaration.subject, declaration.said_of or declaration.subject)
    return max(_YES.get(subject.kind, Voice.THIRD_PARTY) for subject in about)


def _alive(about: Sequence[Declaration], use: Use, question: Question, leaf: _Leaf) -> list[Declaration]:
    """Rule 1: per declarant, right and subject the newest word in force speaks; older words are history.

    A word that reaches only part of what is asked (a narrower territory or agent) speaks beside the older
    ones instead of silencing them.  What has no log index comes from a signal, and is not history.
    """
    spoken = [d for d in about if d.use.covers(use)]
    by_voice: dict[tuple[str, str, Subject], list[Declaration]] = defaultdict(list)
    alive = [d for d in spoken if d.index is None]
    for declaration in spoken:
        if declaration.flagged and declaration.stance in (Stance.ALLOW, None):
            leaf.lose([declaration] if declaration.stance else [], Rule.FLAGGED)
        elif declaration.index is not None:
            by_voice[declaration.principal, declaration.right, declaration.subject].append(declaration)
    for words in by_voice.values():
        alive += _spoken_for(words, question, leaf)
    return list(_distinct(alive))


def _spoken_for(words: list[Declaration], question: Question, leaf: _Leaf) -> list[Declaration]:
    """The living words of one principal, her own and those that others say for her.

    What is said for her gives way to what she says later herself, about the whole of the question; unless she left
    the saying to the other alone: then both speak.
    """
    if len(words) == 1:
        return [word for word in words if word.stance is not None]
    by_speaker: dict[tuple[str, str], list[Declaration]] = defaultdict(list)
    for word in words:
        by_speaker[word.behalf, word.by].append(word)
    own = [w for (behalf, _), said in by_speaker.items() if not behalf for w in _newest(said, question)]
    last = max((w.index or 0 for w in own if _silences(w, question) and not _is_unsure_yes(w)), default=-1)
    living = list(own)
    for (behalf, _), said in by_speaker.items():
        if behalf:
            for word in _newest(said, question):
                if word.exclusive or (word.index or 0) > last:
                    living.append(word)
                else:
                    leaf.lose([word], Rule.MEMBER)
    return living


def _is_unsure_yes(word: Declaration) -> bool:
    """A yes that opens nothing in any profile leaves what others say for her, so that it opens nothing by silence."""
    return word.stance is Stance.ALLOW and word.voice < Voice.VERIFIED


def _newest(words: list[Declaration], question: Question) -> list[Declaration]:
    """A withdrawal silences the word it names; where it reaches the whole question, older words too.

    Older ones about the same thing: what was said of one work, taken back, leaves what was said of the repertoire.
    """
    withdrawals = [w for w in words if w.withdraws is not None]
    named = {w.withdraws for w in withdrawals}
    silenced: dict[Subject | None, int] = defaultdict(lambda: -1)
    for each in withdrawals:
        if _reach(each, question) == "whole":
            silenced[each.said_of] = max(silenced[each.said_of], each.withdraws or 0)
    living: list[Declaration] = []
    for word in sorted(words, key=lambda d: d.index or 0, reverse=True):
        if word.stance is None or word.index in named:
            continue
        newest_whole = max((d.index or 0 for d in living if _silences(d, question)), default=-1)
        if (word.index or 0) > silenced[word.said_of] and (word.index or 0) >= newest_whole:
            living.append(word)
    return living


def _silences(word: Declaration, question: Question) -> bool:
    """Whether a word puts an end to older ones: it reaches the whole, no thief may have said it, and it can count.

    What is said of a domain or a repertoire by who was checked no more leaves what she said when she was.
    """
    counts = word.voice >= _FLOOR.get((word.said_of or word.subject).kind, Voice.THIRD_PARTY)
    return counts and not word.flagged and _reach(word, question) == "whole"


def _reach(declaration: Declaration, question: Question) -> str:
    """How much of the question's territory and agent a word reaches: "whole", "part" or "" for none.

    A yes must reach the whole; a refusal binds whoever asks about a part.
    """
    asked = (question.territory,) if question.territory else ()
    where = _overlap(members(declaration.territory), members(asked))
    who = _overlap(_agent(declaration.agent), _agent(question.agent))
    if not where or not who:
        return ""
    reach = "whole" if where == who == "whole" else "part"
    return "" if declaration.stance is Stance.ALLOW and reach == "part" else reach


def _agent(name: str | None) -> frozenset[str] | None:
    return frozenset({name.casefold()}) if name else None


def _overlap(said: frozenset[str] | None, asked: frozenset[str] | None) -> str:
    """None stands for everything."""
    if said is None or (asked is not None and asked <= said):
        return "whole"
    return "part" if asked is None or asked & said else ""


def _is_held(licence: Licence, question: Question) -> bool:
    asked = members((question.territory,) if question.territory else ())
    return (
        question.holder == licence.holder
        and licence.model in ("", question.model)
        and licence.interval.holds(question.at)
        and _overlap(members(licence.territory), asked) == "whole"
    )


def _lifting(declaration: Declaration, use: Use, licences: tuple[Licence, ...]) -> list[Licence]:
    """Rule 4: a licensor's own refusal of a licensed subject and use, and never `access`.

    Hers is also what others say for her, unless she left the saying to them alone; and a delegate's licence, given
    under a mandate, lifts what its principal says.
    """
    if use is Use.ACCESS:
        return []
    return [
        licence
        for licence in licences
        if _is_lifted(declaration, licence)
        and declaration.subject in licence.subjects
        and any(granted.covers(use) for granted in licence.uses)
    ]


def _is_lifted(declaration: Declaration, licence: Licence) -> bool:
    is_for_her = licence.is_for(declaration.principal, declaration.right)
    if is_for_her or not declaration.behalf:
        return declaration.by == licence.licensor or is_for_her
    if declaration.behalf == licence.licensor:
        return not declaration.exclusive
    is_let = declaration.stance is Stance.LICENSE and declaration.voice >= Voice.VERIFIED
    return is_let and declaration.by == licence.licensor


def _all_allow(question: Question, allowed: list[Declaration]) -> bool:
    """Every work that matched, and everybody who must be asked, has said yes.

    So that registering somebody else's picture with a yes never opens a row that also matched hers.
    """
    works = {subject for subject in question.subjects if subject.kind is Kind.WORK}
    said = {d.subject for d in allowed}
    voices: set[tuple[Subject, str] | tuple[Subject, str, str]] = {(d.subject, d.principal) for d in allowed}
    voices |= {(d.subject, d.principal, d.right) for d in allowed}
    return bool(allowed) and works <= said and voices >= set(question.must_allow)


def _weakest(answers: list[_Answer]) -> Basis:
    """Of several leaves with one outcome, the basis that promises least."""
    order = (Basis.DECLARED, Basis.LICENSED, Basis.SILENCE, Basis.BELOW, Basis.PROBLEM)
    return max((answer.basis for answer in answers), key=order.index)


def _lost(answers: list[_Answer], because: tuple[Declaration, ...]) -> tuple[Overruled, ...]:
    lost = {o for a in answers for o in a.leaf.lost if o.rule is Rule.LICENSED or o.declaration not in because}
    return tuple(sorted(lost, key=lambda o: (_order(o.declaration), o.rule)))


def _distinct(declarations: Iterable[Declaration]) -> tuple[Declaration, ...]:
    distinct = set(declarations)
    return tuple(sorted(distinct, key=_order) if len(distinct) > 1 else distinct)


def _order(declaration: Declaration) -> tuple[object, ...]:
    """One order for all that differ: an entry may be said for several, in several rights."""
    said = (declaration.id, str(declaration.subject), declaration.use, declaration.stance or 0)
    return (*said, declaration.principal, declaration.right, declaration.territory, declaration.voice)
