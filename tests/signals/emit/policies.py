"""Policies for tests: written as people write them, as TOML."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from placet.core.use import Use
from placet.signals.policy import Policy
from placet.signals.policy_file import parse_policy

__all__ = ["SITE", "parse", "policies", "toml"]

SITE = "https://studio.example"
_NESTS = (("/", "/press/", "/press/in/", "/stock/"), ("/", "/*.jpg$", "/a*.jpg$"), ("/only/", "/only/this$"))
_WORDS = ("ai", "search", "access", *(use.value for use in Use if use not in (Use.ANY, Use.ACCESS, Use.SEARCH)))


def toml(rules: list[dict[str, object]], **top: object) -> bytes:
    lines = [f"{key} = {json.dumps(value)}" for key, value in {"site": SITE, **top}.items()]
    for rule in rules:
        lines += ["", "[[rule]]", *(f"{key} = {json.dumps(value)}" for key, value in rule.items())]
    return "\n".join([*lines, ""]).encode()


def parse(*rules: dict[str, object], **top: object) -> Policy:
    return parse_policy(toml(list(rules), **top), "policy.toml")


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Paths that nest; at each path every leaf is named once at most; some rules end, or hold in one country."""
    rules: list[dict[str, object]] = []
    for path in draw(st.sampled_from(_NESTS)):
        taken: set[Use] = set()
        for word in draw(st.lists(st.sampled_from(_WORDS), max_size=3, unique=True)):
            leaves = set(parse({"use": word}).rules[0].leaves)
            if leaves & taken:
                continue
            taken |= leaves
            stance = draw(st.sampled_from(("allow", "license", "reserve")))
            rules.append({"path": path, "use": word, "stance": stance, **draw(_MORE)})
    rules = rules or [{}]
    return parse(*rules, stricter=draw(st.booleans()))


_MORE = st.sampled_from(({}, {}, {}, {"until": "2030-12-31"}, {"territory": "FR"}))
