"""Trust policies: which logs to believe, and which witnesses must have seen what they say.

Source: C2SP tlog-policy (state of 2026-07-22). Names are opaque; `none` is the quorum of nobody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from placet.errors import BadPolicy, BadRecord
from placet.record.notes import COSIGNATURE, ML_DSA_44, Vkey, parse_vkey

__all__ = ["MAX_POLICY", "NONE", "Group", "Policy", "Witness", "format_policy", "parse_policy", "with_witnesses"]

NONE = "none"
MAX_POLICY = 1 << 22
_MAX_LINES = 1000  # the spec asks for 32 logs, witnesses and groups at least
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_THRESHOLD = re.compile(r"[1-9][0-9]{0,3}")


@dataclass(frozen=True, slots=True)
class Witness:
    """Someone who cosigns checkpoints, under the name that this policy gives them."""

    name: str
    vkey: Vkey
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Members, at least `k` of whom must agree."""

    name: str
    k: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Any one of the logs must have signed, and the quorum must have witnessed."""

    logs: tuple[tuple[Vkey, str], ...] = ()
    witnesses: tuple[Witness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str = NONE

    def is_met(self, witnesses: Collection[str]) -> bool:
        """Whether the cosignatures of these witnesses, by their names here, make the quorum."""
        if self.quorum == NONE:
            return True
        agreed = {witness.name for witness in self.witnesses} & set(witnesses)
        for group in self.groups:  # members always stand before their group
            if len(agreed.intersection(group.members)) >= group.k:
                agreed.add(group.name)
        return self.quorum in agreed


def format_policy(policy: Policy) -> str:
    """The text of a policy; one that could not be read back is refused."""
    rows: list[tuple[str, ...]] = [("log", str(vkey), url) for vkey, url in policy.logs]
    rows += [("witness", each.name, str(each.vkey), each.url) for each in policy.witnesses]
    rows += [("group", each.name, str(each.k), *each.members) for each in policy.groups]
    rows += [("quorum", policy.quorum)]
    text = "".join(" ".join(filter(None, row)) + "\n" for row in rows)
    if parse_policy(text) != policy:
        raise BadPolicy("the policy has a name or URL that its file format cannot hold")
    return text


def with_witnesses(logs: tuple[tuple[Vkey, str], ...], witnesses: Sequence[Witness], k: int) -> Policy:
    """A policy of these logs and witnesses, any `k` of whom make the quorum; 0 asks for none of them."""
    if not 0 <= k <= len(witnesses):
        raise BadPolicy(f"a quorum of {k} cannot be reached by {len(witnesses)} witnesses")
    if not k:
        return Policy(logs, tuple(witnesses))
    group = Group("witnesses", k, tuple(each.name for each in witnesses))
    return Policy(logs, tuple(witnesses), (group,), group.name)


def parse_policy(text: str | bytes) -> Policy:
    """Read a policy file; every error names its line."""
    if len(text) > MAX_POLICY:
        raise BadPolicy(f"the policy has more than {MAX_POLICY} bytes")
    if isinstance(text, bytes):
        text = text.decode("utf-8", "surrogateescape")
    if found := _FORBIDDEN.search(text):
        raise BadPolicy(f"the policy has the control character {found[0]!r} in it")
    lines = text.split("\n")
    # A cut-off last line may still read well, and name a weaker quorum than was meant.
    if lines.pop():
        raise BadPolicy("the last line of the policy is cut off: it does not end in a newline")
    if len(lines) > _MAX_LINES:
        raise BadPolicy(f"the policy has {len(lines)} lines; {_MAX_LINES} is the limit")
    reader = _Reader()
    for number, line in enumerate(lines, start=1):
        try:
            reader.read(line)
        except BadRecord as wrong:
            raise BadPolicy(f"line {number} of the policy: {wrong}") from None
    if reader.quorum is None:
        raise BadPolicy("the policy has no quorum line; `quorum none` asks for no witness")
    return Policy(tuple(reader.logs), tuple(reader.witnesses), tuple(reader.groups), reader.quorum)


@dataclass(slots=True)
class _Reader:
    """What the lines read so far have defined."""

    logs: list[tuple[Vkey, str]] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    quorum: str | None = None
    names: set[str] = field(default_factory=set)
    grouped: set[str] = field(default_factory=set)
    keys: set[tuple[str, bytes]] = field(default_factory=set)

    def read(self, line: str) -> None:
        words = [word for word in re.split(r"[ \t]+", line) if word]
        if not words or words[0].startswith("#"):
            return
        verbs: dict[str, Callable[[list[str]], None]] = {
            "log": self.log,
            "witness": self.witness,
            "group": self.group,
            "quorum": self.decide,
        }
        if words[0] not in verbs:
            raise BadPolicy(f"{words[0][:40]!r} is not log, witness, group or quorum")
        verbs[words[0]](words[1:])

    def log(self, words: list[str]) -> None:
        if len(words) not in (1, 2):
            raise BadPolicy("a log line is `log <vkey> [<url>]`")
        self.logs.append((self.key("log", words[0]), "".join(words[1:])))

    def witness(self, words: list[str]) -> None:
        if len(words) not in (2, 3):
            raise BadPolicy("a witness line is `witness <name> <vkey> [<url>]`")
        vkey = self.key("witness", words[1])
        if vkey.key_type not in (COSIGNATURE, ML_DSA_44):
            raise BadPolicy(f"the key of witness {words[0]!r} is not one for cosignatures")
        self.witnesses.append(Witness(self.define(words[0]), vkey, "".join(words[2:])))

    def group(self, words: list[str]) -> None:
        if len(words) < 3:
            raise BadPolicy("a group line is `group <name> all|any|<k> <members...>`")
        name, rule, *members = words
        for member in members:
            if member not in self.names:
                raise BadPolicy(f"{member!r} is not defined on a line above")
            if member in self.grouped:
                raise BadPolicy(f"{member!r} is a member already, and counts only once")
            self.grouped.add(member)
        k = {"all": str(len(members)), "any": "1"}.get(rule, rule)
        if not _THRESHOLD.fullmatch(k) or int(k) > len(members):
            raise BadPolicy(f"{rule!r} of {len(members)} members is no threshold")
        self.groups.append(Group(self.define(name), int(k), tuple(members)))

    def decide(self, words: list[str]) -> None:
        if len(words) != 1:
            raise BadPolicy("a quorum line is `quorum <name>` or `quorum none`")
        if self.quorum is not None:
            raise BadPolicy("the quorum is given twice")
        if words[0] != NONE and words[0] not in self.names:
            raise BadPolicy(f"{words[0]!r} is not defined on a line above")
        self.quorum = words[0]

    def define(self, name: str) -> str:
        if name == NONE or name in self.names:
            raise BadPolicy(f"the name {name!r} is taken")
        self.names.add(name)
        return name

    def key(self, kind: str, text: str) -> Vkey:
        vkey = parse_vkey(text)
        if (kind, vkey.public) in self.keys:
            raise BadPolicy(f"the key of {vkey.name!r} is that of another {kind}")
        self.keys.add((kind, vkey.public))
        return vkey
