"""Checking a receipt: the entry, its signature, its place, the log's word, and whether the log kept it.

C2SP tlog-proof, tlog-checkpoint and tlog-tiles; consistency as RFC 9162 section 2.1.4.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from placet.core.authority import Authority
from placet.errors import BadRecord, PlacetError, StoreDamaged, Untrusted, VerificationFailed
from placet.log.files import LogFiles, read_plain
from placet.log.tree import StoredTree
from placet.record.checkpoint import Checkpoint, parse_checkpoint
from placet.record.entries import Entry, parse_entry
from placet.record.merkle import consistency_path, inclusion_path, verify_consistency, verify_inclusion
from placet.record.notes import parse_note
from placet.record.policy import Policy
from placet.record.proof import MAX_PROOF, Proof, parse_proof
from placet.record.tiles import WIDTH
from placet.registry.admission import check_signature
from placet.registry.phrases import entry_phrase
from placet.registry.projection import acted, records_of
from placet.registry.receipts import SHEETS, sheet_names
from placet.signing.findings import LOG, Finding, Mark, verdict
from placet.signing.keys import fingerprint
from placet.signing.trust import verify_checkpoint
from placet.signing.witnessed import witness_findings

__all__ = ["ReceiptReport", "origin_of", "verify_receipt_file"]

_CHANGES = (b'"type":"key.rotate"', b'"type":"key.recover"')  # by which a party has more keys than one
_RECORDS = {"work.add": "works", "claim.add": "claims", "made.add": "statements"}
_NO_NAME = "who holds the key {key}: the identity of the speaker"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptReport:
    """`entry` is None when the receipt could not be read so far."""

    findings: tuple[Finding, ...]
    origin: str = ""
    index: int = -1
    entry: Entry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Receipt:
    path: Path
    proof: Proof
    entry: Entry
    checkpoint: Checkpoint

    @property
    def said(self) -> str:
        return f'entry {self.proof.index}, "{entry_phrase(self.entry)}"'


def origin_of(path: Path) -> str:
    """The name of the log that a receipt speaks of, not believed yet; empty when it cannot be read."""
    try:
        return _read(path).checkpoint.origin
    except PlacetError:
        return ""


def verify_receipt_file(path: Path, policy: Policy | None, log_folder: Path | None = None) -> ReceiptReport:
    """Check all that can be checked with what is there; each thing becomes a finding."""
    try:
        receipt = _read(path)
    except PlacetError as error:
        return ReceiptReport(findings=(Finding(Mark.BROKEN, f"the receipt cannot be read: {error}"),))
    findings = [_signature(receipt), _inclusion(receipt), _trust(receipt, policy), *_works(receipt)]
    if log_folder and verdict(tuple(findings)) is not Mark.CHECKED:
        findings.append(
            Finding(Mark.OPEN, f"the log in {log_folder}: the receipt must hold before it can accuse a log")
        )
    else:
        findings += _present(receipt, policy, log_folder)
    findings += _unseen(receipt, policy)
    checkpoint, index = receipt.checkpoint, receipt.proof.index
    return ReceiptReport(findings=tuple(findings), origin=checkpoint.origin, index=index, entry=receipt.entry)


def _read(path: Path) -> _Receipt:
    with path.open("rb") as file:
        proof = parse_proof(file.read(MAX_PROOF + 1))
    if not proof.extra:
        raise BadRecord("it does not hold the entry that it is about")
    checkpoint = parse_checkpoint(parse_note(proof.checkpoint).text)
    return _Receipt(path=path, proof=proof, entry=parse_entry(proof.extra), checkpoint=checkpoint)


def _signature(receipt: _Receipt) -> Finding:
    key = fingerprint(bytes.fromhex(receipt.entry.by))
    try:
        check_signature(receipt.entry)
    except VerificationFailed as error:
        return Finding(Mark.BROKEN, str(error))
    said = f'"{entry_phrase(receipt.entry)}", dated {_day(receipt.entry)}'
    return Finding(Mark.CHECKED, f"the entry says {said}, and is signed by the key {key}")


def _inclusion(receipt: _Receipt) -> Finding:
    proof, checkpoint = receipt.proof, receipt.checkpoint
    try:
        verify_inclusion(receipt.entry.leaf, proof.index, checkpoint.size, proof.path, checkpoint.root)
    except VerificationFailed as error:
        return Finding(Mark.BROKEN, f"the entry is not the one that the checkpoint holds: {error}")
    return Finding(Mark.CHECKED, f"it is entry {proof.index} of the {checkpoint.size} under the receipt's checkpoint")


def _trust(receipt: _Receipt, policy: Policy | None) -> Finding:
    origin = receipt.checkpoint.origin
    if policy is None:
        why = f"nobody said whether to believe the log {origin}; log.policy beside a receipt holds its key, for --trust"
        return Finding(Mark.UNTRUSTED, why)
    try:
        _, signers = verify_checkpoint(receipt.proof.checkpoint, policy)
    except Untrusted as error:
        return Finding(Mark.UNTRUSTED, str(error).removeprefix("UNTRUSTED: "))
    except PlacetError as error:
        return Finding(Mark.BROKEN, str(error))
    witnessed = f", and witnessed by {', '.join(signers[1:])}" if signers[1:] else ""
    return Finding(Mark.CHECKED, f"the checkpoint is signed by a trusted key of the log {origin}{witnessed}")


def _works(receipt: _Receipt) -> Iterator[Finding]:
    if receipt.entry.type not in SHEETS:
        return
    names, what = sheet_names(receipt.entry.type, receipt.proof.index), _RECORDS[receipt.entry.type]
    file = next((file for name in names if (file := receipt.path.parent / name).is_file()), None)
    if file is None:
        yield Finding(Mark.OPEN, f"which {what} they are: {names[1]} is not beside the receipt")
        return
    try:
        data = read_plain(file) or b""
        records = records_of(receipt.entry, data)
    except (BadRecord, StoreDamaged):
        data, records = b"", []
    if records and hashlib.sha256(data).hexdigest() == receipt.entry.body["blob"]:
        yield Finding(
            Mark.CHECKED, f"the {what} in {file.name} are the {len(records)} that the entry carries the root of"
        )
    else:
        yield Finding(Mark.BROKEN, f"the {what} in {file.name} are not those that the entry carries the root of")


def _unseen(receipt: _Receipt, policy: Policy | None) -> Iterator[Finding]:
    yield from witness_findings(receipt.proof.checkpoint, policy)
    yield Finding(Mark.OPEN, _NO_NAME.format(key=fingerprint(bytes.fromhex(receipt.entry.by))))


# --- the log as it is now -----------------------------------------------------------------------------------


def _present(receipt: _Receipt, policy: Policy | None, folder: Path | None) -> Iterator[Finding]:
    if folder is None:
        yield Finding(
            Mark.OPEN, "whether the log still holds the entry, or a later one takes it back: give --log FOLDER"
        )
        return
    if policy is None:
        yield Finding(Mark.OPEN, f"the log in {folder}, since nobody said whose key to believe")
        return
    files = LogFiles(folder)
    tree = StoredTree(files)
    try:
        note = files.need("checkpoint")
        present, _ = verify_checkpoint(note, policy)
        if present.origin != receipt.checkpoint.origin:
            yield Finding(Mark.UNTRUSTED, f"{folder} is another log, {present.origin}")
            return
        yield _compare(receipt, present, tree, _same_key(receipt, note, policy, folder))
    except Untrusted as error:
        yield Finding(Mark.UNTRUSTED, f"the log in {folder}: {str(error).removeprefix('UNTRUSTED: ')}")
        return
    except PlacetError as error:
        yield Finding(Mark.BROKEN, f"the log in {folder} cannot show that it still holds {receipt.said}: {error}", LOG)
        return
    yield from _taken_back(receipt, present, tree)


def _compare(receipt: _Receipt, present: Checkpoint, tree: StoredTree, proves: str) -> Finding:
    """Whether the tree that is signed now begins with the tree that was signed in the receipt."""
    then, nodes = receipt.checkpoint, tree.nodes(present.size)
    if present.size < then.size:
        return _shorter(receipt, present, tree, proves)
    root = tree.frontier(then.size, present.size).root()
    try:
        path = consistency_path(then.size, present.size, nodes)
        verify_consistency(then.size, present.size, path, root, present.root)
    except VerificationFailed as error:
        raise StoreDamaged("its tiles do not give the root that it signed") from error
    if root == then.root:
        entries = f"{present.size} entries" if present.size > 1 else "one entry"
        return Finding(
            Mark.CHECKED, f"the log as it is now, of {entries}, still holds it, and all that was there before"
        )
    if nodes(0, receipt.proof.index) == receipt.entry.leaf:
        return Finding(
            Mark.BROKEN, f"the log still holds {receipt.said}, but what stood around it was changed. {proves}"
        )
    return Finding(Mark.BROKEN, f"{_gone(receipt, tree, present.size)}. {proves}", LOG)


def _shorter(receipt: _Receipt, present: Checkpoint, tree: StoredTree, proves: str) -> Finding:
    """A log can only grow: a smaller one is an old copy at best; another leaf or subtree shows that it is not."""
    then, index, nodes = receipt.checkpoint, receipt.proof.index, tree.nodes(present.size)
    if tree.frontier(present.size).root() != present.root:
        raise StoreDamaged("its tiles do not give the root that it signed")
    shrunk = f"it had {then.size} entries when it signed the receipt, and has {present.size} now"
    if index < present.size and nodes(0, index) != receipt.entry.leaf:
        path = inclusion_path(index, present.size, nodes)
        verify_inclusion(nodes(0, index), index, present.size, path, present.root)
        return Finding(Mark.BROKEN, f"{_gone(receipt, tree, present.size)}; {shrunk}. {proves}", LOG)
    holds = "still holds" if index < present.size else "does not hold"
    changed = any(
        nodes(level, number) != hash_
        for level, number, hash_ in _left(index, then.size, receipt.proof.path)
        if (number + 1) << level <= present.size
    )
    why = "what came before it was changed" if changed else "it is an old copy, or entries were taken out"
    return Finding(Mark.BROKEN, f"the log {holds} {receipt.said}, but {shrunk}: {why}; a log can only grow", LOG)


def _gone(receipt: _Receipt, tree: StoredTree, size: int) -> str:
    return f"the log no longer holds {receipt.said}; in its place stands {_stands(tree, receipt.proof.index, size)}"


def _stands(tree: StoredTree, index: int, size: int) -> str:
    """What is at an index now, as far as it can be read."""
    bundle = index // WIDTH
    try:
        data = tree.bundle(bundle, min(WIDTH, size - bundle * WIDTH))[index % WIDTH]
        return f'"{entry_phrase(parse_entry(data))}"'
    except PlacetError:
        return "another entry"


def _same_key(receipt: _Receipt, note: bytes, policy: Policy, folder: Path) -> str:
    common = _keys(receipt.proof.checkpoint, policy) & _keys(note, policy)
    who = f"the same key, {fingerprint(min(common))}" if common else "keys of this log"
    both = f"{receipt.path} and {folder / 'checkpoint'}"
    return f"Both checkpoints are signed by {who}: {both} together prove that the log was rewritten"


def _keys(note: bytes, policy: Policy) -> set[bytes]:
    """The log keys of the policy that signed this note."""
    found = set[bytes]()
    for vkey, url in policy.logs:
        try:
            verify_checkpoint(note, Policy(logs=((vkey, url),)))
        except PlacetError:
            continue
        found.add(vkey.public)
    return found


def _left(index: int, size: int, path: Sequence[bytes]) -> Iterator[tuple[int, int, bytes]]:
    """The complete subtrees left of a leaf, out of its inclusion path: level, number, hash."""
    steps, level, here, last = iter(path), 0, index, size - 1
    while last:
        if here & 1:
            yield level, here - 1, next(steps)
        elif here < last:
            next(steps)
        here, last, level = here >> 1, last >> 1, level + 1


def _taken_back(receipt: _Receipt, present: Checkpoint, tree: StoredTree) -> Iterator[Finding]:
    if receipt.entry.type != "declare" or present.size < receipt.checkpoint.size:
        return
    name, authority, said = receipt.entry.id.encode(), Authority(), receipt.entry
    for index, data in enumerate(tree.entries(present.size)):
        if any(mark in data for mark in _CHANGES):
            authority.add(acted(index, parse_entry(data), "party"))
        elif name in data and _withdraws(entry := parse_entry(data), said):
            whose = _whose(entry, said, authority)
            yield Finding(Mark.CHECKED, f"it was TAKEN BACK by {whose} in entry {index}: {entry_phrase(entry)}")
            return
    yield Finding(Mark.CHECKED, f"no entry up to {present.size - 1} takes it back")


def _withdraws(entry: Entry, said: Entry) -> bool:
    return entry.type == "withdraw" and bool(entry.body["declaration"] == said.id)


def _whose(entry: Entry, said: Entry, authority: Authority) -> str:
    """By whom it was taken back; that it was said for another party, the log alone has judged."""
    if entry.by == said.by:
        return "its own key"
    if authority.party_of(entry.by, entry.body["at"]) == authority.party_of(said.by):
        return "another key of its party"
    return f"the key {fingerprint(bytes.fromhex(entry.by))}, for whom it was said, as the log found,"


def _day(entry: Entry) -> str:
    return datetime.fromtimestamp(entry.body["at"], UTC).strftime("%Y-%m-%d")
