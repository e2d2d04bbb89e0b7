"""Believing a snapshot: whose log it is, how old, that nothing was taken back, every file as it was signed.

What was checked is remembered in the home: the largest checkpoint of each log, and the files of each snapshot.
"""

from __future__ import annotations

from pathlib import Path

from placet.app import Home
from placet.core.canonical import encode
from placet.desk.snapshots import policy_for
from placet.errors import Refused, Rollback, Untrusted, VerificationFailed
from placet.log.files import LogFiles, write_durable
from placet.log.tree import StoredTree
from placet.record.checkpoint import Checkpoint
from placet.record.merkle import consistency_path, verify_consistency
from placet.signing.findings import LOG, Finding, Mark
from placet.signing.memory import recall, remember_checkpoint
from placet.snapshot.library import Library, check_files, open_library, read_manifest
from placet.snapshot.manifest import Manifest
from placet.snapshot.pin import stamp_of
from placet.snapshot.verify import Publication, check_age, verify_snapshot

__all__ = ["believe", "believe_head", "beside_seen", "refuse_older", "remember_files", "take_in"]


def believe(
    home: Home, folder: Path, trust: Path | None, max_age: int, *, begun: str = "", keep: bool = True
) -> tuple[Library, str]:
    """The library of a snapshot that the reader's policy vouches for, and a sentence that says so.

    `begun` is the manifest's digest of a run that is being resumed: a newer snapshot seen since is no reason to
    give it up. Without `keep` nothing is remembered.
    """
    publication = believe_head(home, folder, trust, max_age)
    manifest = publication.manifest
    _check_files_once(home, folder, manifest, keep=keep)
    if manifest.digest != begun:
        _refuse_rollback(home, folder, publication, keep=keep)
    return open_library(folder), f"Published and signed by the log {manifest.origin}, which your policy trusts."


def believe_head(home: Home, folder: Path, trust: Path | None, max_age: int) -> Publication:
    """What the log that the reader's policy trusts published, young enough; of the files nothing is read yet."""
    origin = read_manifest(folder).origin
    policy = policy_for(home, origin, trust)
    if policy is None:
        raise Untrusted(
            f"UNTRUSTED: the snapshot is of the log {origin}, and nothing here says to believe that log:"
            " give its policy with --trust FILE, or put it in the trust folder of PLACET_HOME"
        )
    publication = verify_snapshot(folder, policy, files=False)
    check_age(publication.manifest, home.now(), max_age)
    return publication


def refuse_older(home: Home, publication: Publication) -> None:
    """Rollback when the log had more when it was last seen here, or as much and another tree."""
    new = publication.checkpoint
    seen = recall(LogFiles(home.path / "trust" / "seen"), new.origin)
    if seen and new.size < seen.size:
        raise Rollback(
            f"the log {new.origin} had {seen.size} entries when it was last seen here, and this snapshot was published"
            f" at {new.size}: what was said since is not in it. Get a newer one; to clear by this one all the same,"
            " use another --home"
        )
    if seen and seen.size == new.size and seen.root != new.root:
        raise Rollback(f"the log {new.origin} showed another tree of {seen.size} entries when it was last seen here")


def take_in(home: Home, folder: Path, publication: Publication) -> None:
    """Remember a snapshot of which every file was checked on arrival; Rollback when it does not continue the log."""
    open_library(folder)
    _refuse_rollback(home, folder, publication, keep=True)


def remember_files(home: Home, folder: Path, manifest: Manifest) -> None:
    """That these very files were hashed, and are the manifest's."""
    write_durable(_memo(home, manifest), _stamps(folder, manifest))


def beside_seen(home: Home, folder: Path, publication: Publication) -> tuple[Finding, ...]:
    """What this home remembers of the log: an older snapshot is told, and one of another history is BROKEN."""
    new = publication.checkpoint
    try:
        seen = recall(LogFiles(home.path / "trust" / "seen"), new.origin)
    except Rollback as error:
        return (Finding(Mark.BROKEN, str(error), LOG),)
    if seen and publication.manifest.size < seen.size and new.size != seen.size:
        since = (
            f"the log had {seen.size} entries when it was last seen here, and this is of {publication.manifest.size}"
        )
        return (Finding(Mark.OPEN, f"what was said since, and whether that log began as this one: {since}"),)
    try:
        _refuse_rollback(home, folder, publication, keep=True)
    except Rollback as error:
        return (Finding(Mark.BROKEN, str(error), LOG),)
    except (OSError, Refused) as error:
        return (Finding(Mark.OPEN, f"the log's size was not remembered for the next time: {error}"),)
    return ()


def _stamps(folder: Path, manifest: Manifest) -> bytes:
    return encode(
        {"folder": str(folder.resolve()), "files": {path: stamp_of(folder / path) for path in manifest.files}}
    )


def _memo(home: Home, manifest: Manifest) -> Path:
    return home.path / "cache" / "snapshots" / f"{manifest.digest}.json"


def _check_files_once(home: Home, folder: Path, manifest: Manifest, *, keep: bool) -> None:
    """Hash the files, unless these very files were hashed before and not written to since."""
    stamps, memo = _stamps(folder, manifest), _memo(home, manifest)
    if memo.exists() and memo.read_bytes() == stamps:
        return
    check_files(folder, manifest)
    if keep:
        write_durable(memo, stamps)


def _refuse_rollback(home: Home, folder: Path, publication: Publication, *, keep: bool) -> None:
    """Rollback when the log takes back what was seen of it; otherwise its newest checkpoint is remembered."""
    refuse_older(home, publication)
    memory, new = LogFiles(home.path / "trust" / "seen"), publication.checkpoint
    seen = recall(memory, new.origin)
    if seen and seen.size < new.size:
        _check_continues(folder, seen, publication.manifest)
    if keep:
        remember_checkpoint(memory, publication.proof.checkpoint)


def _check_continues(folder: Path, seen: Checkpoint, manifest: Manifest) -> None:
    """The snapshot's own log begins with the tree that was seen; its publication was shown to continue that."""
    if seen.size > manifest.size:
        raise Rollback(
            f"nothing in this snapshot, of {manifest.size} entries, shows that it continues the {seen.size} that were"
            f" seen of the log {manifest.origin}: get a newer one"
        )
    path = consistency_path(seen.size, manifest.size, StoredTree(LogFiles(folder / "log")).nodes(manifest.size))
    try:
        verify_consistency(seen.size, manifest.size, path, seen.root, bytes.fromhex(manifest.root))
    except VerificationFailed as error:
        raise Rollback(
            f"the {manifest.size} entries of the log {manifest.origin} in this snapshot do not begin with the"
            f" {seen.size} that were seen here"
        ) from error
