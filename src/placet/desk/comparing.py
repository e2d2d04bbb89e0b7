"""Comparing what a log told two people: the same history, two histories, or not to be said without its tiles.

C2SP tlog-checkpoint; consistency as RFC 6962 section 2.1.2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from placet.app import Home
from placet.errors import BadRecord, NotFound, PlacetError, Untrusted, VerificationFailed
from placet.log.files import LogFiles
from placet.log.tree import StoredTree
from placet.record.checkpoint import Checkpoint, parse_checkpoint
from placet.record.merkle import consistency_path, verify_consistency
from placet.record.notes import parse_note
from placet.record.policy import Policy
from placet.record.proof import parse_proof
from placet.record.split_view import SplitView, parse_split_view
from placet.signing.findings import Finding, Mark
from placet.signing.trust import verify_checkpoint

__all__ = ["Compared", "Verdict", "compare", "split_view"]

_MOST = 1 << 18


class Ask(Protocol):
    """What a check is given besides the path."""

    @property
    def home(self) -> Home: ...
    def policy(self, origin: str) -> Policy | None: ...


class Verdict(StrEnum):
    SAME = "consistent"
    SPLIT = "split view"
    UNKNOWN = "not comparable"


@dataclass(frozen=True, slots=True)
class Compared:
    """`view` is the evidence of a split view."""

    verdict: Verdict
    sentence: str
    view: SplitView | None = None


@dataclass(frozen=True, slots=True)
class _Told:
    """One thing that somebody was told, believed to be the log's."""

    path: Path
    note: bytes
    checkpoint: Checkpoint


def compare(first: Path, second: Path, log: Path | None, policy: Callable[[str], Policy | None]) -> Compared:
    """Compare two checkpoints, receipts or folders with a checkpoint; tiles come from `log` or from such a folder.

    Untrusted where a policy does not know the log; both must be signed by it before they can accuse it.
    """
    told = sorted((_told(first, policy), _told(second, policy)), key=lambda each: each.checkpoint.size)
    small, large = told
    if small.checkpoint.origin != large.checkpoint.origin:
        raise BadRecord(
            f"{small.path} is of the log {small.checkpoint.origin!r}, {large.path} of {large.checkpoint.origin!r}:"
            " two logs never contradict each other"
        )
    if small.checkpoint.size == large.checkpoint.size:
        return _of_one_size(small, large)
    folders = [folder for folder in (log, large.path, small.path) if folder and (folder / "tile").is_dir()]
    return _by_tiles(small, large, folders)


def split_view(path: Path, ask: Ask) -> tuple[Finding, ...]:
    """A file that says that a log told two histories: it holds when the log's own signatures contradict each other."""
    try:
        view = parse_split_view(_read(path))
        small, large = view.checkpoints
        view.verify()
    except PlacetError as error:
        return (Finding(Mark.BROKEN, f"it accuses nobody: {error}"),)
    findings = [Finding(Mark.CHECKED, _contradiction(small, large))]
    for what, note in (("first", view.small), ("second", view.large)):
        findings.append(_signed(what, note, ask.policy(small.origin)))
    return tuple(findings)


def _signed(what: str, note: bytes, policy: Policy | None) -> Finding:
    """The log's own signature accuses it, whoever witnessed: a quorum is not asked for."""
    try:
        checkpoint, _ = verify_checkpoint(note, policy and Policy(logs=policy.logs))
    except Untrusted as error:
        return Finding(Mark.UNTRUSTED, f"the {what} checkpoint: {str(error).removeprefix('UNTRUSTED: ')}")
    except PlacetError as error:
        return Finding(Mark.BROKEN, f"the {what} checkpoint: {error}")
    return Finding(Mark.CHECKED, f"the {what} checkpoint is signed by a trusted key of the log {checkpoint.origin}")


def _told(path: Path, policy: Callable[[str], Policy | None]) -> _Told:
    note = _note(path)
    try:
        origin = parse_checkpoint(parse_note(note).text).origin
        known = policy(origin)
        checkpoint, _ = verify_checkpoint(note, known and Policy(logs=known.logs))
    except (BadRecord, VerificationFailed) as error:
        raise type(error)(f"{path}: {error}") from error
    return _Told(path, note, checkpoint)


def _note(path: Path) -> bytes:
    data = _read(path / "checkpoint" if path.is_dir() else path)
    if not data.startswith(b"c2sp.org/tlog-proof@"):
        return data
    try:
        return parse_proof(data).checkpoint
    except BadRecord as error:
        raise BadRecord(f"{path}: {error}") from error


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST + 1)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise NotFound(f"there is no file {path}") from None
    if len(data) > _MOST:
        raise BadRecord(f"{path} has more than {_MOST} bytes, and is none of what is compared")
    return data


def _of_one_size(small: _Told, large: _Told) -> Compared:
    if small.checkpoint.root == large.checkpoint.root:
        return Compared(Verdict.SAME, f"Both were told one tree of {large.checkpoint.size} entries.")
    view = SplitView(small.note, large.note, large.checkpoint.root)
    return _split(view, small.checkpoint, large.checkpoint)


def _by_tiles(small: _Told, large: _Told, folders: list[Path]) -> Compared:
    """The first folder whose tiles give the root of the larger checkpoint decides."""
    old, new = small.checkpoint, large.checkpoint
    for folder in folders:
        try:
            root, path = _prefix(folder, old.size, new)
        except PlacetError:
            continue
        if root == old.root:
            return Compared(Verdict.SAME, f"The tree of {new.size} entries begins with the tree of {old.size}.")
        return _split(SplitView(small.note, large.note, root, path), old, new)
    why = "their tiles do not give its root" if folders else "give the log's folder, or a mirror of it, with --log"
    return Compared(Verdict.UNKNOWN, f"Whether {new.size} entries begin with {old.size} is not to be said: {why}.")


def _prefix(folder: Path, old: int, new: Checkpoint) -> tuple[bytes, tuple[bytes, ...]]:
    """The root that a tree had at an older size, with its proof; VerificationFailed when the tiles are of another."""
    files = LogFiles(folder)
    held = parse_checkpoint(parse_note(files.need("checkpoint")).text).size
    if held < new.size:
        raise VerificationFailed(f"{folder} holds {held} entries only")
    tree = StoredTree(files)
    nodes = tree.nodes(held)
    root, path = tree.frontier(old, held).root(), consistency_path(old, new.size, nodes)
    verify_consistency(old, new.size, path, root, new.root)
    return root, path


def _split(view: SplitView, small: Checkpoint, large: Checkpoint) -> Compared:
    view.verify()
    return Compared(Verdict.SPLIT, f"The log {small.origin} told two histories: {_contradiction(small, large)}.", view)


def _contradiction(small: Checkpoint, large: Checkpoint) -> str:
    if small.size == large.size:
        return f"two different trees of {small.size} entries"
    return f"its tree of {large.size} entries does not begin with its tree of {small.size}"
