"""A slow, obvious reading of a repertoire: lists and loops over all of it for every question.

It shares with the program the words of `core/` and `decide()` itself, and nothing that finds, names or weighs a voice.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from placet.core.act import Act
from placet.core.decide import decide
from placet.core.decision import Decision, Question
from placet.core.declaration import Declaration, Interval
from placet.core.profile import Profile
from placet.core.stance import Stance, Voice
from placet.core.subject import Kind, Subject
from placet.core.territory import EU
from tests.snapshot.societies import Societies

__all__ = ["Slow"]


class Slow:
    def __init__(self, world: Societies) -> None:
        self.acts, self.spoken = world.acts, world.spoken
        self.titles = [(line.index, line.by, json.loads(line.record)) for line in world.lines]
        self.names = [(title["subject"], *title["also"]) for _, _, title in self.titles]

    # ---- who anybody is --------------------------------------------------------------------------------

    def checks(self, party: str, at: int) -> list[tuple[str, str]]:
        """The kind and value of each attestation that covers what the party says at a moment."""
        found = []
        for act in self.acts:
            if act.type == "identity.attest" and act.body["party"] == party:
                gone = [a.body["since"] or a.at for a in self.acts if self.revokes(a, act)]
                until = min([*gone, act.body["until"] or 1 << 60])
                if at < until and not any(since <= act.body["from"] for since in gone):
                    found.append((act.body["kind"], act.body["value"]))
        return found

    def revokes(self, act: Act, attestation: Act) -> bool:
        return act.type == "identity.revoke" and act.body["attestation"] == attestation.id

    def voice(self, party: str, at: int) -> Voice:
        kinds = {kind for kind, _ in self.checks(party, at)} - {"email"}
        return Voice.VERIFIED if kinds else Voice.CLAIMED

    def is_known(self, party: str, at: int) -> bool:
        return bool({kind for kind, _ in self.checks(party, at)} & {"identifier", "member", "issuer", "document"})

    def bears(self, party: str, name: str, at: int) -> bool:
        return party == name or any(value == name for _, value in self.checks(party, at))

    def parties(self) -> list[str]:
        return sorted({act.body["party"] for act in self.acts if act.type == "identity.attest"})

    def is_somebody(self, who: str) -> bool:
        """Whether anything but sheets speaks of her."""
        if len(who) == 64 or any(Subject(Kind.REPERTOIRE, who) in word.subjects for word in self.spoken):
            return True
        attested = any(act.type == "identity.attest" and act.body["value"] == who for act in self.acts)
        return attested or any(act.type == "claim.exclude" and who in act.body["who"] for act in self.acts)

    # ---- what is listed --------------------------------------------------------------------------------

    def listings(self, subject: Subject, least: Voice) -> list[tuple[str, Voice, list[Subject], list[dict[str, Any]]]]:
        """By whom, how surely, under which names and with which claims the subject is listed."""
        found, wanted = [], str(subject)
        for place in [place for place, names in enumerate(self.names) if wanted in names]:
            index, by, title = self.titles[place]
            gone = self.gone(place)
            if self.is_replaced(place) or title["subject"] in gone or wanted in gone:
                continue
            (sheet,) = [act for act in self.acts if act.index == index]
            if self.voice(by, sheet.at) >= least:
                names = [_subject(name) for name in (title["subject"], *title["also"]) if name not in gone]
                found.append((by, self.voice(by, sheet.at), names, title["claims"]))
        return found

    def gone(self, place: int) -> set[str]:
        """The names that the lister took back after this line."""
        index, by, _ = self.titles[place]
        taken = [a for a in self.acts if a.type == "claim.withdraw" and a.by == by and a.index > index]
        return {name for act in taken for name in act.body["subjects"]}

    def is_replaced(self, place: int) -> bool:
        _, by, title = self.titles[place]
        newer = [other for other, names in enumerate(self.names) if names[0] == title["subject"] and other > place]
        return any(self.titles[other][1] == by for other in newer)

    def left(self, subject: Subject, least: Voice) -> list[tuple[str, Voice, list[str], list[dict[str, Any]]]]:
        """The lines that listed the subject once: replaced, or taken back."""
        found, wanted = [], str(subject)
        for place in [place for place, names in enumerate(self.names) if wanted in names]:
            index, by, title = self.titles[place]
            (sheet,) = [act for act in self.acts if act.index == index]
            is_living = not self.is_replaced(place) and not self.gone(place) & {title["subject"], wanted}
            if not is_living and self.voice(by, sheet.at) >= least:
                is_whole = self.is_replaced(place) or title["subject"] in self.gone(place)
                names = [n for n in self.names[place] if is_whole or n not in self.gone(place)]
                found.append((by, self.voice(by, sheet.at), names, title["claims"]))
        return found

    # ---- who speaks ------------------------------------------------------------------------------------

    def answer(self, question: Question, profile: Profile) -> Decision:
        (subject,) = question.subjects
        listings = self.listings(subject, question.min_voice)
        all_names = {subject, *(name for _, _, names, _ in listings for name in names)}
        shared = {name for name in all_names if all(name in names for _, _, names, _ in listings)}
        by_name = [word for name in sorted(all_names) for word in self.words_about(name)]
        heard, needed, taken = set[Declaration](), set[tuple[Subject, str, str]](), set[Declaration]()
        for by, surety, _, claims in listings:
            for claim in claims:
                whole = _reaches(claim["territory"], question.territory)
                if whole is None or not _holds(claim, question.at):
                    continue
                for principal, who in self.principals(claim["who"], by, by_name, question.at):
                    needed.add((subject, principal, claim["right"]))
                    agents = [m["to"] for m, _ in self.mandates(principal)] if who else []
                    owners = [by, who, principal, *agents] if who else [by]
                    wide = [Subject(Kind.REPERTOIRE, owner) for owner in dict.fromkeys(owners)]
                    scope = {*map(str, all_names), *map(str, wide)}
                    for word in [*by_name, *(w for each in wide for w in self.words_about(each))]:
                        is_wide = word.subject.kind is Kind.REPERTOIRE
                        said = self.said_for(word, claim["right"], who, principal, by, question.at, scope)
                        if said is None:
                            continue
                        if said.stance is Stance.ALLOW:
                            if (is_wide and not whole) or not (is_wide or word.subject in shared | {subject}):
                                continue
                            said = replace(
                                said, voice=min(said.voice, surety) if surety < Voice.VERIFIED else said.voice
                            )
                        heard.add(_told(said, subject))
                        if not is_wide and word.stance is not None and word.by in (principal, by):
                            taken.add(word)
        is_listed = bool(needed)
        for by, surety, names, claims in self.left(subject, question.min_voice):
            for claim in claims:
                whole, who = _reaches(claim["territory"], question.territory), claim["who"]
                if whole is None or not _holds(claim, question.at) or not self.is_somebody(who) or who == by:
                    continue
                others = [w for n in names if _subject(n) not in all_names for w in self.words_about(_subject(n))]
                for principal, _ in self.principals(who, by, by_name, question.at):
                    if self.gave_up(principal, subject):
                        continue
                    agents = [m["to"] for m, _ in self.mandates(principal)]
                    wide = [Subject(Kind.REPERTOIRE, owner) for owner in dict.fromkeys([by, who, principal, *agents])]
                    scope = {*map(str, all_names), *map(str, wide)}
                    refusals = [word for word in others if word.stance is not Stance.ALLOW]
                    for word in [*(w for each in wide for w in self.words_about(each)), *refusals]:
                        said = self.said_for(word, claim["right"], who, principal, by, question.at, scope)
                        if said is None or word.by == by or (said.stance is Stance.ALLOW and not whole):
                            continue
                        if said.stance is Stance.ALLOW:
                            voice = min(said.voice, surety) if surety < Voice.VERIFIED else said.voice
                            said = replace(said, voice=voice)
                            needed |= set() if is_listed else {(subject, f"repertoire:{by}", claim["right"])}
                        heard.add(_told(said, subject))
        for word in by_name:
            if word not in taken and (word.subject == subject or word.stance is not Stance.ALLOW):
                heard.add(_told(word, subject))
        return decide(replace(question, must_allow=tuple(sorted(needed))), heard, profile=profile)

    def gave_up(self, party: str, subject: Subject) -> bool:
        acts = [act for act in self.acts if act.type == "claim.withdraw" and act.by == party]
        return any(str(subject) in act.body["subjects"] for act in acts)

    def words_about(self, subject: Subject) -> list[Declaration]:
        words = [word for said in self.spoken if subject in said.subjects for word in said.about(subject)]
        return [replace(word, voice=self.voice(word.by, word.source.heard_at)) for word in words]

    def principals(self, who: str, by: str, named: list[Declaration], at: int) -> list[tuple[str, str]]:
        """Who must be asked, and under which name she is listed; all of whom nothing is known are asked as one."""
        if not self.is_somebody(who):
            return [(f"repertoire:{by}", "")]
        if len(who) == 64:
            return [(who, who)]
        bearers = {party for party in self.parties() if self.bears(party, who, at)}
        spoke = [*named, *self.words_about(Subject(Kind.REPERTOIRE, who))]
        bearers |= {word.by for word in spoke if self.bears(word.by, who, word.source.heard_at)}
        return [(bearer, who) for bearer in sorted(bearers)] or [(who, who)]

    def said_for(
        self, word: Declaration, right: str, who: str, principal: str, by: str, at: int, scope: set[str]
    ) -> Declaration | None:
        """The word as one of the principal's in this right; None when it is not."""
        if word.stance is Stance.ALLOW and word.right not in ("author", right):
            return None
        if word.stance is not Stance.ALLOW and word.right not in ("author", right) and right != "author":
            return None
        word = replace(word, right=right if word.right == "author" else word.right)
        mine = [mandate for mandate in self.mandates(principal) if mandate[0]["to"] == word.by] if who else []
        if word.by == principal:
            return word if word.stance is None or self.bears(principal, who, word.source.heard_at) else None
        if word.stance is None:
            return replace(word, behalf=principal) if word.by == by or mine else None
        let = []
        for mandate, (accepted, ended, ended_at) in mine:
            territory = _both(word.territory, mandate["territory"])
            if self.permits(mandate, word, scope, accepted, ended) and territory is not None:
                until = [t for t in (word.interval.until, mandate["until"], ended_at) if t]
                let.append((territory, min(until, default=None), mandate["exclusive"] == 1))
        if let:
            if word.stance is Stance.ALLOW:
                let = sorted(let, key=lambda one: (len(_countries(one[0])) or 999, one[1] or 1 << 60), reverse=True)[:1]
            places = {place for place, _, _ in let}
            everywhere = tuple(sorted({code for place in places for code in place}))
            return replace(
                word,
                behalf=principal,
                exclusive=any(alone for _, _, alone in let),
                voice=Voice.MANDATED if self.is_checked(word.by, principal, word) else Voice.CLAIMED,
                territory=() if () in places else places.pop() if len(places) == 1 else everywhere,
                interval=Interval(word.interval.start, let[0][1]) if word.stance is Stance.ALLOW else word.interval,
            )
        if word.by != by or (who and self.is_silenced(word, who, principal, by, at, scope)):
            return None
        known = self.is_known(by, word.source.heard_at)
        if who and word.stance is Stance.ALLOW and not known:
            return None
        return replace(word, behalf=principal, voice=Voice.VERIFIED if known else Voice.CLAIMED)

    def is_checked(self, delegate: str, principal: str, word: Declaration) -> bool:
        return any(self.voice(party, word.source.heard_at) is Voice.VERIFIED for party in (delegate, principal))

    def mandates(self, principal: str) -> list[tuple[dict[str, Any], tuple[int, int, int]]]:
        """Each mandate that she gave, with the entries that accepted and ended it, and the moment it ended at."""
        found = []
        for act in self.acts:
            if act.type == "mandate.grant" and act.by == principal:
                of_it = [other for other in self.acts if other.body.get("mandate") == act.id]
                accepted = [other.index for other in of_it if other.type == "mandate.accept"]
                ended = [other for other in of_it if other.type == "mandate.revoke"]
                end = (ended[0].index, ended[0].at) if ended else (1 << 60, 0)
                found.append((dict(act.body), (min(accepted, default=1 << 61), *end)))
        return found

    def permits(self, mandate: dict[str, Any], word: Declaration, scope: set[str], accepted: int, ended: int) -> bool:
        at, index = word.source.heard_at, word.index or 0
        act = {Stance.RESERVE: "reserve", Stance.LICENSE: "license", Stance.ALLOW: "allow"}[word.stance or Stance.ALLOW]
        return (
            accepted <= index <= ended
            and mandate["from"] <= at < (mandate["until"] or 1 << 60)
            and act in mandate["acts"]
            and (not mandate["rights"] or word.right in mandate["rights"])
            and (not mandate["scope"] or bool(scope & set(mandate["scope"])))
        )

    def is_silenced(self, word: Declaration, who: str, principal: str, by: str, at: int, scope: set[str]) -> bool:
        left_out = self.excluded(by, who, at) or self.excluded(by, principal, at)
        return left_out or self.elsewhere(word, principal, by, at, scope)

    def excluded(self, by: str, who: str, at: int) -> bool:
        acts = [act for act in self.acts if act.type == "claim.exclude" and act.by == by and who in act.body["who"]]
        return bool(acts) and acts[-1].body["from"] <= at < (acts[-1].body["until"] or 1 << 60)

    def elsewhere(self, word: Declaration, principal: str, by: str, at: int, scope: set[str]) -> bool:
        for mandate, (accepted, ended, _) in self.mandates(principal):
            is_live = accepted < 1 << 60 and ended == 1 << 60
            in_time = mandate["from"] <= at < (mandate["until"] or 1 << 60)
            of_this = not mandate["scope"] or scope & set(mandate["scope"])
            of_right = not mandate["rights"] or word.right in mandate["rights"]
            if mandate["exclusive"] and mandate["to"] != by and is_live and in_time and of_this and of_right:
                return True
        return False


def _subject(text: str) -> Subject:
    kind, _, id_ = text.partition(":")
    return Subject(Kind(kind), id_)


def _told(word: Declaration, subject: Subject) -> Declaration:
    said_of = None if word.subject == subject else word.subject
    return replace(word, subject=subject, said_of=said_of)


def _holds(claim: dict[str, Any], at: int) -> bool:
    return claim["from"] <= at < (claim["until"] or 1 << 60)


def _countries(codes: list[str] | tuple[str, ...]) -> set[str]:
    return {country for code in codes for country in (EU if code == "EU" else {code})}


def _reaches(codes: list[str], asked: str | None) -> bool | None:
    """Whether a claim reaches all that is asked about; None when it reaches nothing of it."""
    if not codes:
        return True
    if asked is None:
        return False
    wanted = _countries([asked])
    return wanted <= _countries(codes) if wanted & _countries(codes) else None


def _both(said: tuple[str, ...], mandate: list[str]) -> tuple[str, ...] | None:
    if not mandate:
        return said
    if not said:
        return tuple(mandate)
    return tuple(sorted(_countries(said) & _countries(mandate))) or None
