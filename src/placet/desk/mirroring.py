"""Copying a log that somebody else runs, and reading one: from a folder, a snapshot, or a static web server."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from placet.app import Home, read_policy
from placet.errors import NotFound, Refused, Rollback
from placet.fetch.static import is_web_address
from placet.log.files import LogFiles, write_durable
from placet.log.fsck import Sound, check_log
from placet.log.mirror import Copied, Mirror, need_checkpoint, refuse_step_back, signed_by
from placet.log.signed import FolderSource, SignedTree, Source
from placet.record.checkpoint import Checkpoint
from placet.record.policy import Policy
from placet.registry.admission import check_signature
from placet.registry.contents import check_contents
from placet.registry.gather import MARKER, MARKER_TEXT
from placet.registry.openings import parse_opening
from placet.registry.projection import named
from placet.signing.memory import recall, remember_checkpoint

__all__ = ["Policies", "Reading", "check_folder", "log_folder", "mirror", "open_source", "policies", "read_signed"]

Policies = Callable[[str], Policy | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A log whose checkpoint is believed, and whose entries are checked as they are read."""

    checkpoint: Checkpoint
    note: bytes
    tree: SignedTree


def mirror(
    home: Home,
    words: str,
    out: Path,
    trust: Path | None,
    progress: Callable[[range], Iterable[int]] = lambda bundles: bundles,
    *,
    again: bool = False,
) -> Copied:
    """Bring the mirror at `out` up to date; Rollback names what the log took back, and keeps what it showed."""
    with open_source(home, words) as source:
        note = need_checkpoint(source)
        _begin(out)
        copy = Mirror(LogFiles(out), source, named, parse_opening)
        with _kept(home, note):
            return copy.copy(note, policies(home, trust), _judge(home, note, source), progress, again=again)


@contextmanager
def read_signed(home: Home, words: str, trust: Path | None) -> Iterator[Reading]:
    """A log to be read where it is: believed, compared with what was seen of it, and remembered."""
    with open_source(home, words) as source:
        note = need_checkpoint(source)
        checkpoint, _ = signed_by(note, policies(home, trust))
        tree = SignedTree(LogFiles(home.path / "cache" / "unwritten"), source, checkpoint)
        with _kept(home, note):
            _judge(home, note, source)(checkpoint, tree)
        yield Reading(checkpoint=checkpoint, note=note, tree=tree)


def check_folder(home: Home, folder: Path, trust: Path | None) -> Sound:
    """Recompute a log that somebody else runs, out of its public folder."""
    place = log_folder(folder)
    note = need_checkpoint(FolderSource(place))
    checkpoint, _ = signed_by(note, policies(home, trust))
    sound = check_log(place, policies(home, trust)(checkpoint.origin), check_signature, check_contents)
    home.remember(LogFiles(place))
    return sound


def policies(home: Home, trust: Path | None) -> Policies:
    """The reader's policy file for every log, else what the home says of each."""
    given = read_policy(trust) if trust else None
    return (lambda _: given) if given else home.policy_for


@contextmanager
def open_source(home: Home, words: str) -> Iterator[Source]:
    """A log's public files at a web address or in a folder."""
    if is_web_address(words):
        with home.static_host(words) as host:
            yield host
    else:
        yield FolderSource(log_folder(Path(words)))


def log_folder(folder: Path) -> Path:
    """The log's own folder: this one, or `log/` in a snapshot, an export or a home."""
    if not folder.is_dir():
        raise NotFound(f"there is no folder {folder}")
    return folder / "log" if (folder / "log" / "checkpoint").is_file() else folder


def _begin(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise Refused(f"{out} is no folder")
    if out.exists() and any(out.iterdir()) and not (out / MARKER).exists() and not (out / "checkpoint").exists():
        raise Refused(f"{out} holds other things: a mirror has a folder of its own")
    if (out.parent / "placet.db").exists() and out.name == "log":
        raise Refused(f"{out} is the log of a home, and only its own sequencer writes there")
    if not (out / MARKER).exists():
        write_durable(out / MARKER, MARKER_TEXT)


def _judge(home: Home, note: bytes, source: Source) -> Callable[[Checkpoint, SignedTree], None]:
    def judge(checkpoint: Checkpoint, tree: SignedTree) -> None:
        seen = recall(home.memory, checkpoint.origin)
        refuse_step_back(seen, checkpoint, tree, f"what {home.path} has seen", source.name)
        remember_checkpoint(home.memory, note)

    return judge


@contextmanager
def _kept(home: Home, note: bytes) -> Iterator[None]:
    """What a log showed that it should not have is kept, signed as it is: the other half of the proof."""
    try:
        yield
    except Rollback as error:
        path = home.path / "trust" / "refused" / f"{hashlib.sha256(note).hexdigest()[:16]}.checkpoint"
        write_durable(path, note)
        raise Rollback(f"{error}. What it showed, with its signature, is kept in {path}") from error
