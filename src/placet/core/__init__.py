"""The words: uses, stances, declarations, questions, and the one function that answers them.  Pure."""

from __future__ import annotations

from placet.core.decide import decide
from placet.core.decision import Basis, Decision, Outcome, Overruled, Question, Rule
from placet.core.declaration import ALWAYS, REGISTRY, Declaration, Interval, Problem, Source
from placet.core.licence import Licence
from placet.core.profile import NOT_ADVICE, PROFILES, Profile, Silence
from placet.core.stance import Stance, Voice
from placet.core.subject import Kind, Subject
from placet.core.use import PRESETS, Use, parse_uses

__all__ = [
    "ALWAYS",
    "NOT_ADVICE",
    "PRESETS",
    "PROFILES",
    "REGISTRY",
    "Basis",
    "Decision",
    "Declaration",
    "Interval",
    "Kind",
    "Licence",
    "Outcome",
    "Overruled",
    "Problem",
    "Profile",
    "Question",
    "Rule",
    "Silence",
    "Source",
    "Stance",
    "Subject",
    "Use",
    "Voice",
    "decide",
    "parse_uses",
]
