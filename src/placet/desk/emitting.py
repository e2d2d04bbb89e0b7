"""One policy file in, the files of one target out, and what they could not say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from placet.core.use import Use
from placet.errors import NotFound, Refused, WrongUsage
from placet.signals.codecs import CODECS
from placet.signals.emit.account import Account
from placet.signals.emit.compose import Emission, compose
from placet.signals.emit.file import File
from placet.signals.emit.targets import TARGETS, Target
from placet.signals.policy_file import parse_policy
from placet.signals.saying import leaves_of

__all__ = ["Emitted", "prepare", "speaking", "unsaid_by_all", "write"]


@dataclass(frozen=True, slots=True)
class Emitted:
    target: Target
    files: tuple[File, ...]
    emission: Emission


def prepare(policy: Path, target: str) -> Emitted:
    """Everything but the writing; NotFound, BadInput or WrongUsage in a sentence."""
    if target not in TARGETS:
        raise WrongUsage(f"there is no target {target!r}; the targets are {', '.join(TARGETS)}")
    try:
        text = policy.read_bytes()
    except FileNotFoundError:
        raise NotFound(f"there is no policy {policy}") from None
    emission = compose(parse_policy(text, policy.name))
    return Emitted(TARGETS[target], TARGETS[target].make(emission), emission)


def write(files: Sequence[File], folder: Path, *, replace: bool = False) -> tuple[Path, ...]:
    """The files, below the folder; Refused before anything is written when another file is in the way."""
    places = [(folder / file.path, file.body) for file in files]
    if not replace:
        for path, body in places:
            if path.is_symlink() or (path.exists() and not _holds(path, body)):
                raise Refused(f"{path} is there already and says something else; --replace writes over it")
    for path, body in places:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not _holds(path, body):
            path.write_bytes(body)
    return tuple(path for path, _ in places)


def _holds(path: Path, body: bytes) -> bool:
    return path.is_file() and path.read_bytes() == body


def speaking(emission: Emission) -> tuple[str, ...]:
    """The standards that say anything anywhere on this site."""
    return tuple(name for name in CODECS if any(each.heard for each in emission.accounts if each.standard == name))


def unsaid_by_all(accounts: Iterable[Account]) -> frozenset[Use]:
    """What no standard says, of those that were asked at one path about one listener."""
    accounts = tuple(accounts)
    said = leaves_of(leaf for each in accounts for leaf in each.heard)
    return frozenset(leaf for each in accounts for leaf in each.unsaid) - said
