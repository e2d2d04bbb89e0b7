"""What was said in the registry and decides nothing, by log entry: why, and what would change that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from placet.core.decision import Decision, Overruled, Rule
from placet.core.host import host_of
from placet.core.stance import Stance, Voice
from placet.core.use import PRESETS, Use

__all__ = ["remedies", "unheeded"]

_SAYS = {Stance.ALLOW: "says yes to", Stance.LICENSE: "names a price for", Stance.RESERVE: "says no to"}
_WHY = {
    Rule.STRICTER: "a stricter word decides",
    Rule.ADVISORY: "the profile makes that advisory",
    Rule.NOT_ALL: "not all who must agree have, so it opens nothing",
    Rule.MEMBER: "the one for whom it was said spoke later herself",
    Rule.FLAGGED: "said by a key after it was lost, so it opens nothing",
}


def unheeded(decisions: Iterable[Decision]) -> tuple[tuple[int, str], ...]:
    """Each entry that was overruled, in a clause: what it says, and why it does not decide."""
    uses = defaultdict[tuple[int, Stance, str], set[Use]](set)
    for lost in _lost(decisions):
        said = lost.declaration
        uses[said.index or 0, said.stance or Stance.RESERVE, _why(lost)].add(said.use)
    return tuple(
        (index, f"{_SAYS[stance]} {_named(named)}; {why}") for (index, stance, why), named in sorted(uses.items())
    )


def remedies(decisions: Iterable[Decision]) -> tuple[str, ...]:
    """What makes words count of which it is not known well enough who says them: a sentence for each way."""
    weak = [lost.declaration for lost in _lost(decisions) if lost.rule is Rule.VOICE]
    hosts = {host_of(said.subject) for said in weak if said.voice > Voice.THIRD_PARTY}
    ways = [f"It counts once {host} is shown to be theirs: placet identity domain {host}" for host in hosts if host]
    general = "It counts once it is known who says it: placet identity domain HOST"
    return (*([general] if "" in hosts else []), *sorted(ways))


def _lost(decisions: Iterable[Decision]) -> Iterable[Overruled]:
    """What lost in the registry, for some of the uses; what a licence lifted decides with it."""
    lost = {each for decision in decisions for each in decision.overruled if each.rule is not Rule.LICENSED}
    return (each for each in lost if each.declaration.index is not None)


def _why(lost: Overruled) -> str:
    if lost.rule is not Rule.VOICE:
        return _WHY[lost.rule]
    said = lost.declaration
    if said.voice <= Voice.THIRD_PARTY:
        who = "it is not for its speaker to say"
    elif host := host_of(said.subject):
        who = f"nobody checked that {host} is its speaker's"
    else:
        who = "nobody checked who says it"
    return f"{who}, so it {'opens nothing' if said.stance is Stance.ALLOW else 'does not count'}"


def _named(uses: set[Use]) -> str:
    return "AI use" if uses == set(PRESETS["ai"]) else ", ".join(use.value for use in Use if use in uses)
