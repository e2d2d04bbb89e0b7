"""The works that a licence is for: a Merkle root, and proofs that one work is among them.

A leaf is the subject as text (`work:<id>`, `url:<address>`); subjects are sorted by it, and each stands once.  The tree
is that of the record (RFC 6962 section 2.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from placet.core.subject import Subject
from placet.errors import BadInput, NotFound, VerificationFailed
from placet.record.merkle import Tree, leaf_hash, verify_inclusion
from placet.record.merkle import root as root_of

__all__ = ["WorkProof", "check_proof", "prove", "scope_root", "sorted_scope"]


@dataclass(frozen=True, slots=True)
class WorkProof:
    """That `subject` is the leaf at `index` of the licence's tree."""

    subject: Subject
    index: int
    path: tuple[bytes, ...]


def sorted_scope(subjects: Iterable[Subject]) -> tuple[Subject, ...]:
    """Each subject once, in the tree's order; BadInput when there is none."""
    found = tuple(sorted(set(subjects), key=str))
    if not found:
        raise BadInput("a licence is for one work at least")
    return found


def scope_root(subjects: Sequence[Subject]) -> str:
    """The root over subjects in the tree's order; BadInput when they are in another, or one stands there twice."""
    names = [str(subject) for subject in subjects]
    if any(a >= b for a, b in pairwise(names)):
        raise BadInput("the works of a licence stand in order, each once")
    return root_of([_leaf(subject) for subject in subjects]).hex()


def prove(subjects: Sequence[Subject], wanted: Iterable[Subject]) -> tuple[WorkProof, ...]:
    """A proof for each wanted subject; NotFound names one that the licence is not for."""
    tree = Tree([_leaf(subject) for subject in subjects])
    places = {subject: index for index, subject in enumerate(subjects)}
    found = []
    for subject in wanted:
        if subject not in places:
            raise NotFound(f"the licence is not for {subject}")
        found.append(WorkProof(subject, places[subject], tree.path(places[subject])))
    return tuple(found)


def check_proof(proof: WorkProof, root: str, count: int) -> None:
    """VerificationFailed unless the work is one of the `count` under this root."""
    try:
        verify_inclusion(_leaf(proof.subject), proof.index, count, proof.path, bytes.fromhex(root))
    except VerificationFailed as error:
        raise VerificationFailed(f"the licence is not for {proof.subject}: {error}") from error


def _leaf(subject: Subject) -> bytes:
    return leaf_hash(str(subject).encode())
