"""Which licences were taken back, by the lists that a log's folder holds: a key's own, and those of who came after it.

A licence is signed by one key, and a party changes its keys: what a later key of the same party publishes under the
name of the older one's list is that list.  What was taken back stays so: no later list, and none by a thief, undoes it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from placet.core.act import ACTS
from placet.core.authority import Authority
from placet.errors import VerificationFailed
from placet.licensing.document import open_status
from placet.licensing.status import StatusList
from placet.log.files import LogFiles
from placet.log.fsck import read_entries
from placet.log.tree import StoredTree
from placet.record.checkpoint import parse_checkpoint
from placet.record.entries import Entry
from placet.record.notes import parse_note
from placet.registry.projection import acted
from placet.signing.keys import fingerprint

__all__ = ["entries_in", "list_name", "statuses_in"]


def list_name(licensor: str) -> str:
    """The name of a key's status list (hex), as its licences carry it."""
    return f"urn:placet:status:{fingerprint(bytes.fromhex(licensor))}:1"


def statuses_in(log: Path, licensors: Iterable[str]) -> tuple[StatusList, ...]:
    """Every status list about licences of these keys (hex) in this log's folder, each as the licensor's own.

    What strangers published is not opened.  VerificationFailed where one that may be newer is not there: it may take
    a licence back.
    """
    files, authority, published = LogFiles(log), Authority(), list[tuple[int, Entry]]()
    for index, entry in enumerate(entries_in(files)):
        if entry.type == "status.publish":
            published.append((index, entry))
        elif entry.type in ACTS and entry.type.startswith("key."):
            authority.add(acted(index, entry, "party"))
    found = list[StatusList]()
    for licensor in licensors:
        party = authority.party_of(licensor)
        theirs = [(i, e) for i, e in published if authority.party_of(e.by, e.body["at"]) == party]
        found += _lists_of(licensor, theirs, files)
    return tuple(found)


def _lists_of(licensor: str, published: Sequence[tuple[int, Entry]], files: LogFiles) -> Iterator[StatusList]:
    """What its party published, in the order of the log, each with all that was taken back before."""
    gone = defaultdict[str, frozenset[int]](frozenset)
    missing: tuple[int, Entry] | None = None
    for index, entry in published:
        data = files.blob(entry.body["list"])
        if data is None:
            missing = (index, entry)
            continue
        read = open_status(data.decode("latin-1"), entry.by)
        missing = None if read.uri == list_name(licensor) else missing
        gone[read.uri] |= read.revoked
        size = max(read.size, max(gone[read.uri], default=-1) + 1)
        yield replace(read, issuer=licensor, revoked=gone[read.uri], size=size)
    if missing:
        index, entry = missing
        raise VerificationFailed(
            f"the status list of the key {fingerprint(bytes.fromhex(entry.by))}, entry {index}, is not in"
            f" {files.folder}: it may take a licence back (licence.status)"
        )


def entries_in(files: LogFiles) -> Iterator[Entry]:
    """The entries of a log's folder up to its newest checkpoint; none where it has none."""
    note = files.read("checkpoint")
    if note is not None:
        yield from read_entries(StoredTree(files), parse_checkpoint(parse_note(note).text).size)
