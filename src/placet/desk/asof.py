"""What was in force on a day: the words said by then, put to the one `decide()`, with proofs of their entries.

Days are those that the speakers wrote; the log fixes the order.  A word that its own key said after one of a later day
was not said by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from placet.app import Home
from placet.core.decide import decide
from placet.core.decision import Question
from placet.core.declaration import Declaration
from placet.core.profile import PROFILES
from placet.core.use import Use
from placet.desk.listed import voices_of
from placet.desk.lookups import Found, library_of, look_up, terms_of
from placet.desk.mirroring import Policies, policies
from placet.errors import WrongUsage
from placet.log.files import LogFiles, write_durable
from placet.log.tree import StoredTree
from placet.record.checkpoint import parse_checkpoint
from placet.record.entries import parse_entry
from placet.record.merkle import inclusion_path
from placet.record.notes import parse_note
from placet.record.policy import Policy, format_policy
from placet.record.proof import Proof
from placet.record.tiles import WIDTH
from placet.registry.receipts import Receipts, Written, refuse_full

__all__ = ["AsOf", "ask_as_of", "by_then"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOf:
    """`found` answers for `at`; `entries` were read for it, and `later` are those that were said only afterwards."""

    found: Found
    at: int
    entries: tuple[int, ...]
    later: tuple[int, ...]
    size: int


def ask_as_of(
    home: Home,
    what: str,
    snapshot: Path | None,
    trust: Path | None,
    at: int,
    uses: tuple[Use, ...] = (Use.ANY,),
    territory: str | None = None,
    proofs: Path | None = None,
) -> AsOf:
    """What was in force at `at`; with `proofs`, a new folder, one receipt for each entry that was read for it."""
    if at > home.now():
        raise WrongUsage("--at: that time has not come yet, and what will be said by then is not known")
    if proofs:
        refuse_full(proofs)
    library = library_of(home, snapshot, trust)
    present = look_up(home, what, snapshot, trust, at, territory, library=library)
    heard, later = by_then(present.heard, at)
    asked = present.decisions[0][1].question
    question = Question(subjects=asked.subjects, use=Use.ANY, at=at, territory=territory, must_allow=asked.must_allow)
    problems = present.decisions[0][1].unclear
    leaves = dict.fromkeys(leaf for use in uses for leaf in use.leaves)
    decisions = tuple(
        (leaf, decide(replace(question, use=leaf), heard, problems, (), PROFILES["consent"])) for leaf in leaves
    )
    spoken = {said.index for said in heard if said.index is not None}
    voices = voices_of(decisions, library)
    found = replace(present, heard=tuple(heard), decisions=decisions, voices=voices)
    entries = tuple(sorted(spoken | {work.entry for work in present.works if work.match != "VERIFY"}))
    files = LogFiles(snapshot / "log") if snapshot else home.log_files
    found = replace(found, terms=terms_of(found, files.blob))
    checkpoint = parse_checkpoint(parse_note(files.need("checkpoint")).text)
    if proofs and entries:
        _write(policies(home, trust), files, proofs, entries)
    return AsOf(found=found, at=at, entries=entries, later=later, size=checkpoint.size)


def by_then(heard: Sequence[Declaration], at: int) -> tuple[list[Declaration], tuple[int, ...]]:
    """What had been said by `at`, and the entries that were said only later."""
    first_later = dict[str, int]()
    for said in heard:
        if said.source.heard_at > at and not said.flagged:
            first_later[said.by] = min(said.index or 0, first_later.get(said.by, said.index or 0))
    by_then = [
        said
        for said in heard
        if said.source.heard_at <= at and (said.by not in first_later or (said.index or 0) < first_later[said.by])
    ]
    kept = {said.index for said in by_then}
    return by_then, tuple(sorted({said.index or 0 for said in heard} - kept))


def _write(policy_for: Policies, files: LogFiles, folder: Path, indexes: Iterable[int]) -> None:
    note, tree = files.need("checkpoint"), StoredTree(files)
    checkpoint = parse_checkpoint(parse_note(note).text)
    nodes = tree.nodes(checkpoint.size)
    policy = policy_for(checkpoint.origin)
    logs = tuple(each for each in policy.logs if each[0].name == checkpoint.origin) if policy else ()
    receipts = Receipts(root=folder, date="", policy=format_policy(Policy(logs=logs)), chosen=folder)
    for index in indexes:
        bundle = index // WIDTH
        data = tree.bundle(bundle, min(WIDTH, checkpoint.size - bundle * WIDTH))[index % WIDTH]
        proof = Proof(index, inclusion_path(index, checkpoint.size, nodes), note)
        entry = parse_entry(data)
        blob = files.blob(entry.body["blob"]) if entry.type == "work.add" else None
        blobs = {entry.body["blob"]: blob} if blob is not None else {}
        receipts.add([Written(index=index, entry=entry, proof=proof)], blobs)
    write_durable(folder / "log.policy", receipts.policy.encode())
