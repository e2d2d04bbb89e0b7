"""Ask the one question in Python: `python examples/ask_in_python.py`.

`decide()` is pure: values in, a decision with its reasons out.  Ana says no to all training; a host says yes; the
same question is answered under each profile.
"""

from __future__ import annotations

from placet.core import (
    PROFILES,
    REGISTRY,
    Declaration,
    Kind,
    Question,
    Source,
    Stance,
    Subject,
    Use,
    Voice,
    decide,
)
from placet.core.reasons import sentence

PICTURE = Subject(Kind.WORK, "7f14b8f212bc7f14b8f212bc7f14b8f2")


def said(who: str, stance: Stance, use: Use, index: int) -> Declaration:
    """One word in the registry, at its place in the log."""
    return Declaration(
        id=f"{index:064x}",
        subject=PICTURE,
        use=use,
        stance=stance,
        by=who,
        voice=Voice.VERIFIED,
        source=Source(standard=REGISTRY, where=f"entry {index}"),
        index=index,
    )


def main() -> None:
    heard = [said("ana", Stance.RESERVE, Use.TRAIN, 2), said("host", Stance.ALLOW, Use.ANY, 5)]
    for use in (Use.TRAIN_GENERATIVE, Use.SEARCH, Use.INPUT_USER):
        question = Question(subjects=(PICTURE,), use=use, at=1_800_000_000)
        for profile in PROFILES.values():
            decision = decide(question, heard, profile=profile)
            lost = ", ".join(f"{o.declaration.by} lost to the rule '{o.rule}'" for o in decision.overruled)
            print(f"{use:18} {profile.name:14} {decision.outcome:10} {sentence(decision.reason)} {lost}".rstrip())


if __name__ == "__main__":
    main()
