"""Publishing a snapshot of this home's registry, and believing one from anywhere."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any, cast

import numpy as np

from placet.app import Home, read_policy
from placet.core.act import Act
from placet.core.line import Line
from placet.core.spoken import Spoken
from placet.core.work import Party, Work
from placet.desk.given import remember_given
from placet.errors import BadInput, Refused, StoreDamaged, VerificationFailed
from placet.log.files import LogFiles, write_durable
from placet.log.fsck import check_log
from placet.record import merkle
from placet.record.checkpoint import Checkpoint, parse_checkpoint
from placet.record.entries import Entry
from placet.record.notes import parse_note
from placet.record.policy import Policy
from placet.record.proof import format_proof
from placet.registry.admission import check_signature
from placet.registry.contents import check_contents
from placet.registry.ports import State
from placet.registry.projection import project
from placet.signing.keys import Role
from placet.snapshot.acts import read_acts, read_lines
from placet.snapshot.build import build_snapshot, known_arrays, work_fields
from placet.snapshot.extend import extend_snapshot, refuse_to_extend
from placet.snapshot.library import Library, open_library, read_manifest
from placet.snapshot.manifest import Manifest
from placet.snapshot.verify import (
    CONSISTENCY,
    RECEIPT,
    Publication,
    format_consistency,
    verify_snapshot,
)
from placet.store.source import RegistrySource

__all__ = ["Checked", "check_deeply", "policy_for", "publish_snapshot"]

# By which field an entry names what lies beside the log and is needed to judge it again.
_NAMED = {
    "work.add": "blob",
    "declare": "terms",
    "status.publish": "list",
    "claim.add": "blob",
    "made.add": "blob",
    "claim.counter": "statement",
    "identity.link": "signature",
    "identity.attest": "evidence",
}


def publish_snapshot(home: Home, out: Path, since: Path | None = None) -> Manifest:
    """Build the snapshot of the newest checkpoint at the new folder `out`, log it, and put the receipt in it.

    With `since`, an older snapshot of this log, its files stay as they are, and what came after it is one segment more.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Refused(f"{out} is there already; a snapshot is a new folder")
    home.log.recover()
    published = home.log.published()
    if not published.size:
        raise Refused("there is nothing in the registry yet: reserve something first")
    checkpoint = parse_checkpoint(parse_note(published.note).text)
    before = _older(home, since, checkpoint) if since else None
    building = out.with_name(f".{out.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    try:
        _copy_log(home.log_files, checkpoint, building / "log")
        source = RegistrySource(home.registry, home.log_files)
        if before is None:
            manifest = build_snapshot(source, checkpoint, home.now(), building)
        else:
            manifest = extend_snapshot(before, source, checkpoint, home.now(), building)
        remember_given(home, "snapshot", out)
        _publish(home, manifest, building)
        if out.exists():
            out.rmdir()
        building.rename(out)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return manifest


def _older(home: Home, folder: Path, checkpoint: Checkpoint) -> Library:
    """The snapshot that is to grow: of this log, its files as they were signed, its tree a beginning of ours."""
    refuse_to_extend(read_manifest(folder), checkpoint)
    manifest = verify_snapshot(folder, home.own_policy).manifest
    path = merkle.consistency_path(manifest.size, checkpoint.size, home.log.tree.nodes(checkpoint.size))
    try:
        merkle.verify_consistency(manifest.size, checkpoint.size, path, bytes.fromhex(manifest.root), checkpoint.root)
    except VerificationFailed as error:
        raise VerificationFailed(f"BROKEN: {folder} is of another history than the log here: {error}") from error
    return open_library(folder)


def _copy_log(files: LogFiles, checkpoint: Checkpoint, target: Path) -> None:
    """The public log of this size: so that anyone can recompute the words of the snapshot from their entries."""
    from placet.log.tree import StoredTree
    from placet.record.tiles import WIDTH, bundle_path, encode_bundle, tiles_of

    copy, tree = LogFiles(target), StoredTree(files)
    copy.write("checkpoint", files.need("checkpoint"))
    copy.write_all((tile.path, tree.tile(tile)) for tile in tiles_of(0, checkpoint.size))
    for index in range(-(-checkpoint.size // WIDTH)):
        width = min(WIDTH, checkpoint.size - index * WIDTH)
        copy.write(bundle_path(index, width), encode_bundle(tree.bundle(index, width)))
    entries = (entry for entry in _entries(tree, checkpoint.size) if entry.type in _NAMED)
    wanted = dict.fromkeys(digest for entry in entries if (digest := entry.body[_NAMED[entry.type]]))
    blobs = ((files.blob_path(digest), files.blob(digest)) for digest in wanted)
    copy.write_all((path, data) for path, data in blobs if data is not None)


def _entries(tree: Any, size: int) -> Any:
    from placet.log.fsck import read_entries

    return read_entries(tree, size)


def _publish(home: Home, manifest: Manifest, folder: Path) -> None:
    composer = home.composer(home.key(Role.LOG))
    entry = composer.publish(manifest.size, manifest.digest)
    index = home.log.append(composer.submission())[-1]
    proof = home.log.receipt(index)
    receipt = type(proof)(proof.index, proof.path, proof.checkpoint, entry.data)
    write_durable(folder / RECEIPT, format_proof(receipt))
    size = home.log.published().size
    path = merkle.consistency_path(manifest.size, size, home.log.tree.nodes(size))
    write_durable(folder / CONSISTENCY, format_consistency(path))


def policy_for(home: Home, origin: str, given: Path | None) -> Policy | None:
    """The policy to judge a log by: the file given, else the one in this home that lists the log."""
    if given is None:
        return home.policy_for(origin)
    return read_policy(given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was proven of a snapshot, and the first thing found missing or added, if any."""

    publication: Publication
    library: Library
    entries: int


def check_deeply(folder: Path, policy: Policy | None, progress: Callable[[str], None] = lambda _: None) -> Checked:
    """Verify a snapshot, then recompute all its works and words from the log's own entries.

    VerificationFailed names what the operator left out, added or changed.
    """
    publication = verify_snapshot(folder, policy)
    progress("recomputing the log's tree from its entries")
    try:
        sound = check_log(folder / "log", policy, check_signature, check_contents)
    except (StoreDamaged, BadInput) as error:
        raise VerificationFailed(f"BROKEN: the log inside the snapshot does not hold: {error}") from error
    if (sound.checkpoint.size, sound.checkpoint.root.hex()) != (publication.manifest.size, publication.manifest.root):
        raise VerificationFailed("BROKEN: the log inside the snapshot is not the one its manifest names")
    library = open_library(folder)
    _compare(library, sound.entries, LogFiles(folder / "log"))
    return Checked(publication=publication, library=library, entries=len(sound.entries))


class _Replay:
    """The record so far, replayed from entries alone: as much of a State as projection reads."""

    def __init__(self, files: LogFiles) -> None:
        self.blob = files.blob
        self.said: dict[str, Spoken] = {}
        self.roles: dict[str, str] = {}

    def role_of(self, key: str) -> str:
        return self.roles.get(key, "")

    def opening(self, commitment: str) -> bytes | None:
        del commitment  # names and titles are shown by consent; they are not compared
        return None

    def spoken(self, id_: str) -> Spoken | None:
        return self.said.get(id_)


def _compare(library: Library, entries: tuple[Entry, ...], files: LogFiles) -> None:
    replay, parties, words, works = _Replay(files), list[Party](), list[Spoken](), dict[str, Work]()
    acts, lines = list[Act](), list[Line]()
    for index, entry in enumerate(entries):
        rows = project(index, entry, cast(State, replay))
        works |= {work.id: work for work in rows.works}
        if rows.party:
            parties.append(rows.party)
            replay.roles[rows.party.key] = rows.party.role
        acts += (rows.act,) if rows.act else ()
        lines += (replace(line, subjects=()) for line in rows.lines)
        if rows.spoken:
            replay.said[entry.id] = rows.spoken
            words.append(rows.spoken)
    _compare_words(words, library)
    _compare_works(works, library)
    _compare_parties(parties, library)
    _compare_acts(acts, lines, library)
    _compare_arrays(works, words, library)
    _compare_thumbnails(works, library)


def _compare_words(words: list[Spoken], library: Library) -> None:
    for ours, theirs in zip_longest(words, library.words):
        if ours is None or (theirs is not None and theirs.index < ours.index):
            raise VerificationFailed(
                f"BROKEN: the snapshot says something at entry {theirs.index} that the log does not"
            )
        if theirs is None or ours.index < theirs.index:
            said = ours.stance.word if ours.stance else "withdraw"
            raise VerificationFailed(
                f"BROKEN: entry {ours.index} of the log ({said}, by key {ours.by[:12]}) is missing from the snapshot"
            )
        if _sorted(ours) != _sorted(theirs):
            raise VerificationFailed(f"BROKEN: the snapshot tells entry {ours.index} of the log differently")


def _sorted(word: Spoken) -> Any:
    return replace(word, subjects=tuple(sorted(word.subjects)))


def _compare_works(works: dict[str, Work], library: Library) -> None:
    shown = {row["id"]: row for row in library.records()}
    for work in works.values():
        if work.id not in shown:
            raise VerificationFailed(f"BROKEN: work {work.id[:12]} of entry {work.index} is missing from the snapshot")
        told = {name: shown[work.id][name] for name in work_fields(work)}
        if told != work_fields(work):
            raise VerificationFailed(
                f"BROKEN: the snapshot tells work {work.id[:12]} of entry {work.index} differently from the log"
            )
    if extra := shown.keys() - works.keys():
        raise VerificationFailed(f"BROKEN: the snapshot holds work {min(extra)[:12]}, which the log does not")
    if len(shown) != len(library):
        raise VerificationFailed("BROKEN: the snapshot holds a work twice")


def _compare_parties(parties: list[Party], library: Library) -> None:
    """Names are shown by consent, from openings that are not in a snapshot, and are not compared."""
    if [(p.key, p.index, p.role) for p in parties] != [(p.key, p.index, p.role) for p in library.parties.values()]:
        raise VerificationFailed("BROKEN: the snapshot names other keys, or other roles, than the log")


def _compare_acts(acts: list[Act], lines: list[Line], library: Library) -> None:
    for ours, theirs in zip_longest(acts, read_acts(library.folder)):
        if ours != theirs:
            index = min(act.index for act in (ours, theirs) if act)
            raise VerificationFailed(f"BROKEN: the snapshot tells entry {index} of the log differently, or not at all")
    for line, told in zip_longest(lines, read_lines(library.folder)):
        if line != told:
            index = min(each.index for each in (line, told) if each)
            raise VerificationFailed(f"BROKEN: the snapshot holds other lines of the sheet of entry {index} of the log")


def _compare_arrays(works: dict[str, Work], words: list[Spoken], library: Library) -> None:
    """What clearing reads instead of the tables says the same as they do."""
    in_order = [works[row["id"]] for row in library.records()]
    for name, due in known_arrays(in_order, words).items():
        found = library.arrays[name]
        if found.shape == due.shape and np.array_equal(found, due):
            continue
        if name.startswith("said."):
            raise VerificationFailed(f"BROKEN: {_first_unsaid(library, in_order, words)}")
        raise VerificationFailed(f"BROKEN: the array {name} is not that of the log's works")


def _first_unsaid(library: Library, works: list[Work], words: list[Spoken]) -> str:
    held = set(zip(library.arrays["said.work"].tolist(), library.arrays["said.word"].tolist(), strict=True))
    due = known_arrays(works, words)
    for work, word in zip(due["said.work"].tolist(), due["said.word"].tolist(), strict=True):
        if (work, word) not in held:
            return (
                f"what entry {words[word].index} of the log says about work {works[work].id[:12]} is hidden from"
                " clearing: the arrays said.* leave it out"
            )
    return "the arrays said.* add words about works that nobody said"


def _compare_thumbnails(works: dict[str, Work], library: Library) -> None:
    for work, jpeg in library.thumbnails.items():
        if work not in works or hashlib.sha256(jpeg).hexdigest() != works[work].record.thumb:
            raise VerificationFailed(f"BROKEN: the thumbnail of work {work[:12]} is not the one its holder published")
