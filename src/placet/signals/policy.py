"""A site's wishes in one small file, from which every format is written.

    site = "https://studio.example"

    [[rule]]
    use = "ai"
    stance = "reserve"

A rule speaks about a path (all, when it names none), and for every use that it names until a rule of a narrower path
says otherwise.  TOML 1.0; an unknown key is an error: a word that was not understood is a wish that was not heard.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from placet.core.declaration import Declaration, Interval, Source
from placet.core.offer import Offer
from placet.core.stance import Stance, Voice
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.signals.overlap import contains
from placet.signals.paths import pattern_of

__all__ = ["POLICY", "Policy", "Rule", "listeners", "said_at", "said_to"]

POLICY = "placet-policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`number` counts from 1, `place` is where it stands for people; `until` is UTC seconds, excluded."""

    number: int
    place: str
    path: str = "/"
    uses: tuple[Use, ...]
    stance: Stance
    terms: str | None = None
    until: int | None = None
    territory: tuple[str, ...] = ()
    agent: str | None = None
    offer: Offer | None = None

    @property
    def leaves(self) -> tuple[Use, ...]:
        return tuple(dict.fromkeys(leaf for use in self.uses for leaf in use.leaves))


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`site` is an origin; with `stricter` a standard without a word for a wish may say the next stricter one."""

    where: str
    digest: bytes
    site: str
    contact: str = ""
    stricter: bool = True
    rules: tuple[Rule, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path that has a rule, the broadest first."""
        return tuple(sorted({rule.path for rule in self.rules}, key=lambda path: (pattern_of(path).octets, path)))


def listeners(policy: Policy) -> tuple[str, ...]:
    """The crawlers to whom something is said apart."""
    return tuple(dict.fromkeys(rule.agent for rule in policy.rules if rule.agent))


def said_at(policy: Policy, path: str, agent: str | None = None) -> tuple[Declaration, ...]:
    """What is said there to everybody, or to one crawler: then what is said to it alone is added, under its name."""
    rules = [rule for rule in policy.rules if rule.agent is None]
    own = [rule for rule in policy.rules if agent and rule.agent == agent]
    return (*_speaking(policy, rules, path), *_speaking(policy, own, path))


def said_to(policy: Policy, path: str, agent: str) -> tuple[Declaration, ...]:
    """The same to one crawler as if it were everybody: what stands in a group that only it reads."""
    return tuple(replace(said, agent=None) for said in said_at(policy, path, agent))


def _speaking(policy: Policy, rules: Sequence[Rule], path: str) -> Iterable[Declaration]:
    """The narrowest rule that names a use speaks for it."""
    here = pattern_of(path)
    reaching = [rule for rule in rules if contains(pattern_of(rule.path), here)]
    taken: set[Use] = set()
    for rule in sorted(reaching, key=lambda rule: -pattern_of(rule.path).octets):
        won = [leaf for leaf in rule.leaves if leaf not in taken]
        taken.update(won)
        for use in _folded(rule.uses, won):
            yield _declared(policy, rule, path, use)


def _folded(uses: Iterable[Use], won: Sequence[Use]) -> Iterable[Use]:
    """The uses as they were named where all of them speaks, else leaf by leaf."""
    words = (use if set(use.leaves) <= set(won) else leaf for use in uses for leaf in use.leaves)
    return dict.fromkeys(word for word in words if set(word.leaves) <= set(won))


def _declared(policy: Policy, rule: Rule, path: str, use: Use) -> Declaration:
    words = "\n".join([policy.digest.hex(), str(rule.number), path, use])
    return Declaration(
        id=hashlib.sha256(words.encode()).hexdigest()[:32],
        subject=Subject(Kind.PATTERN, policy.site + path),
        use=use,
        stance=rule.stance,
        by=policy.site.partition("://")[2],
        voice=Voice.SITE,
        source=Source(standard=POLICY, where=policy.where, digest=policy.digest, place=rule.number),
        interval=Interval(until=rule.until),
        territory=rule.territory,
        agent=rule.agent,
        terms=rule.terms,
    )
