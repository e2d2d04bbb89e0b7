"""Believing a snapshot: the log published exactly this manifest, and the files are the manifest's.

Offline: everything needed lies in the snapshot, but whose log to believe is the reader's own policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from placet.core.canonical import decode, encode
from placet.errors import BadInput, BadRecord, NotFound, Refused, Untrusted, VerificationFailed
from placet.record.checkpoint import Checkpoint
from placet.record.entries import Entry, parse_entry
from placet.record.merkle import verify_consistency
from placet.record.policy import Policy
from placet.record.proof import Proof, parse_proof
from placet.signing.keys import verify
from placet.signing.trust import verify_receipt
from placet.snapshot.library import check_files, read_manifest
from placet.snapshot.manifest import Manifest

__all__ = [
    "CONSISTENCY",
    "RECEIPT",
    "Publication",
    "check_age",
    "format_consistency",
    "read_publication",
    "verify_snapshot",
]

RECEIPT = "publish.tlog-proof"
CONSISTENCY = "publish.consistency"
DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A manifest and the log's entry about it; `checkpoint` is the one the entry is proven under."""

    manifest: Manifest
    entry: Entry
    proof: Proof
    checkpoint: Checkpoint


def verify_snapshot(folder: Path, policy: Policy | None, *, files: bool = True) -> Publication:
    """The publication of the snapshot at `folder`; BadInput or VerificationFailed says what does not hold.

    With `files` off, the digests of the files are taken on trust (they were checked before).
    """
    manifest = read_manifest(folder)
    entry, proof = read_publication(folder)
    if entry.type != "snapshot.publish" or entry.body["manifest"] != manifest.digest:
        raise VerificationFailed("BROKEN: manifest.json is not the one that the log published")
    if entry.body["size"] != manifest.size:
        raise VerificationFailed(f"BROKEN: the log published size {entry.body['size']}, not {manifest.size}")
    try:
        checkpoint = verify_receipt(entry.data, proof, policy)
        _check_speaker(entry, manifest, checkpoint, policy)
    except Untrusted as error:
        raise Untrusted(f"UNTRUSTED: {RECEIPT}: {str(error).removeprefix('UNTRUSTED: ')}") from error
    except (BadInput, VerificationFailed) as error:
        raise VerificationFailed(f"BROKEN: {RECEIPT}: {str(error).removeprefix('BROKEN: ')}") from error
    _check_growth(folder, manifest, checkpoint)
    if files:
        check_files(folder, manifest)
    return Publication(manifest=manifest, entry=entry, proof=proof, checkpoint=checkpoint)


def read_publication(folder: Path) -> tuple[Entry, Proof]:
    """The `snapshot.publish` entry and its proof, unchecked."""
    try:
        proof = parse_proof((folder / RECEIPT).read_bytes())
        return parse_entry(proof.extra), proof
    except FileNotFoundError:
        raise NotFound(f"{folder} has no {RECEIPT}: nothing shows that a log published it") from None
    except BadInput as error:
        raise BadRecord(f"{folder / RECEIPT}: {error}") from error


def check_age(manifest: Manifest, now: int, most_days: int) -> None:
    """Refused when the snapshot is older than the reader allows: a frozen registry hides newer refusals."""
    age = now - manifest.made_at
    if age < -DAY:
        raise Refused("the snapshot was made in the future: its log's clock or the one here is wrong")
    if age > most_days * DAY:
        raise Refused(
            f"the snapshot is {age // DAY} days old, and at most {most_days} are allowed: get a newer one,"
            " or raise --max-age"
        )


def format_consistency(path: tuple[bytes, ...]) -> bytes:
    return encode([part.hex() for part in path])


def _check_speaker(entry: Entry, manifest: Manifest, checkpoint: Checkpoint, policy: Policy | None) -> None:
    """The entry is signed by the very key that signs the log's checkpoints."""
    verify(bytes.fromhex(entry.by), entry.message, bytes.fromhex(entry.sig))
    keys = {vkey.public.hex() for vkey, _ in (policy.logs if policy else ()) if vkey.name == checkpoint.origin}
    if entry.by not in keys or checkpoint.origin != manifest.origin:
        raise VerificationFailed("BROKEN: the snapshot was published by somebody other than the log's operator")


def _check_growth(folder: Path, manifest: Manifest, checkpoint: Checkpoint) -> None:
    """The tree the snapshot is of is a beginning of the tree that holds its publication."""
    try:
        path = tuple(bytes.fromhex(part) for part in decode((folder / CONSISTENCY).read_bytes()))
        root = bytes.fromhex(manifest.root)
    except (OSError, ValueError, TypeError, BadInput) as error:
        raise BadRecord(f"{folder / CONSISTENCY} cannot be read: {error}") from error
    try:
        verify_consistency(manifest.size, checkpoint.size, path, root, checkpoint.root)
    except VerificationFailed as error:
        raise VerificationFailed(f"BROKEN: {CONSISTENCY}: {error}") from error
