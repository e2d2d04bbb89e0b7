"""The Merkle tree of an append-only log.

Source: RFC 6962 (2013) section 2.1 for the hashes and the proofs, RFC 9162 (2021) sections 2.1.3.2 and
2.1.4.2 for their verification. A *node* is named by (level, index): the root of the complete subtree over
the leaves from `index << level` up to, and without, `(index + 1) << level`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from typing import ClassVar

from placet.errors import BadProof, NotFound, VerificationFailed

__all__ = [
    "EMPTY_ROOT",
    "HASH_SIZE",
    "Frontier",
    "Nodes",
    "Tree",
    "consistency_path",
    "inclusion_path",
    "leaf_hash",
    "node_hash",
    "root",
    "verify_consistency",
    "verify_inclusion",
]

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()

Nodes = Callable[[int, int], bytes]
"""(level, index) -> the hash of that complete subtree."""


def leaf_hash(data: bytes) -> bytes:
    """The hash under which an entry stands in the tree."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbouring subtrees."""
    return sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes; an odd node at the end of a level is carried up as it is."""
    _refuse_odd_sizes(leaves)
    level = leaves
    while len(level) > 1:
        above = _pairs(level)
        if len(level) & 1:
            above.append(level[-1])
        level = above
    return level[0] if level else EMPTY_ROOT


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: the roots of its largest complete subtrees, one per set bit of its size.

    It is enough to append and to know the root, and never a truth of its own: it follows from the tiles.
    """

    EMPTY: ClassVar[Frontier]

    size: int
    hashes: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if self.size < 0 or self.size.bit_count() != len(self.hashes):
            raise BadProof(f"a tree of {self.size} entries has no right edge of {len(self.hashes)} hashes")
        _refuse_odd_sizes(self.hashes)

    def append(self, leaf: bytes) -> Frontier:
        """The right edge after one more leaf hash."""
        return self.extend((leaf,))

    def extend(self, leaf_hashes: Iterable[bytes]) -> Frontier:
        """The right edge after many more leaf hashes, level by level."""
        level = list(leaf_hashes)
        _refuse_odd_sizes(level)
        size, above = self.size + len(level), self.size
        kept, left = list[bytes](), list(self.hashes)
        while level:
            if above & 1:
                level.insert(0, left.pop())
            if len(level) & 1:
                kept.append(level[-1])
            level = _pairs(level)
            above >>= 1
        return Frontier(size, (*left, *reversed(kept)))

    def root(self) -> bytes:
        """The root of the whole tree."""
        return _join(self.hashes) if self.hashes else EMPTY_ROOT


class Tree:
    """A small tree held in memory, every complete subtree of it."""

    __slots__ = ("levels", "size")

    def __init__(self, leaves: Sequence[bytes]) -> None:
        _refuse_odd_sizes(leaves)
        self.size = len(leaves)
        self.levels = [list(leaves)]
        while len(self.levels[-1]) > 1:
            self.levels.append(_pairs(self.levels[-1]))

    def node(self, level: int, index: int) -> bytes:
        """The hash of one complete subtree."""
        if not (0 <= level < len(self.levels) and 0 <= index < len(self.levels[level])):
            raise NotFound(f"a tree of {self.size} entries has no complete subtree {index} at level {level}")
        return self.levels[level][index]

    def root(self) -> bytes:
        """The root of the whole tree."""
        return _span(0, self.size, self.node) if self.size else EMPTY_ROOT

    def path(self, index: int) -> tuple[bytes, ...]:
        """The proof that the leaf at `index` is in the whole tree."""
        return inclusion_path(index, self.size, self.node)


def inclusion_path(index: int, size: int, node: Nodes) -> tuple[bytes, ...]:
    """The proof that the leaf at `index` is in the tree of `size`, its sibling first (RFC 6962 2.1.1)."""
    if not 0 <= index < size:
        raise NotFound(f"there is no entry {index} in a tree of {size}")
    return tuple(_siblings(index, 0, size, node))


def consistency_path(old: int, new: int, node: Nodes) -> tuple[bytes, ...]:
    """The proof that the tree of `new` entries begins with the tree of `old` ones (RFC 6962 2.1.2)."""
    if not 0 <= old <= new:
        raise NotFound(f"a tree of {new} entries does not begin with one of {old}")
    if old in (0, new):
        return ()
    level = _trailing_zeros(old)
    index = (old >> level) - 1
    # A verifier knows the old root already when it is this very node: the old size is a power of two.
    known = () if index == 0 else (node(level, index),)
    return (*known, *_siblings(index, level, new, node))


def verify_inclusion(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf stands at `index` in the tree of `size` with this root.

    The closed form of RFC 9162 2.1.3.2: below `inner` the bits of the index say on which side the path's
    hashes stand; above it only left neighbours are left.
    """
    _refuse_odd_proof(leaf_hash, root, *path)
    if not 0 <= index < size:
        raise VerificationFailed(f"entry {index} cannot be in a tree of {size} entries")
    inner = (index ^ (size - 1)).bit_length()
    wanted = inner + (index >> inner).bit_count()
    if len(path) != wanted:
        raise VerificationFailed(f"the proof for entry {index} of {size} has {len(path)} hashes where {wanted} are due")
    here, sides = leaf_hash, index | -1 << inner
    for step in path:
        here = sha256(b"\x01" + step + here if sides & 1 else b"\x01" + here + step).digest()
        sides >>= 1
    if here != root:
        raise VerificationFailed(f"the proof for entry {index} of {size} leads to another root")


def verify_consistency(old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Check that the tree of `new` entries begins with the tree of `old` ones (RFC 9162 2.1.4.2).

    From the empty tree only the empty proof is accepted, as C2SP witnesses do.
    """
    _refuse_odd_proof(old_root, new_root, *path)
    if not 0 <= old <= new:
        raise VerificationFailed(f"a tree of {new} entries cannot begin with one of {old}")
    for size, claimed in ((old, old_root), (new, new_root)):
        if size == 0 and claimed != EMPTY_ROOT:
            raise VerificationFailed("an empty tree has one root only, and this is another")
    if old in (0, new):
        if path:
            raise VerificationFailed(f"from {old} to {new} entries there is nothing to prove, yet a proof came")
        if old == new and old_root != new_root:
            raise VerificationFailed(f"two different roots are claimed for one tree of {new} entries")
        return
    _climb(old, new, path, old_root, new_root)


def _climb(old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    level = _trailing_zeros(old)
    here, last = (old - 1) >> level, (new - 1) >> level
    steps = iter(path)
    below = above = old_root if here == 0 else next(steps, b"")
    for step in steps:
        if last == 0:
            raise VerificationFailed(f"the proof from {old} to {new} entries is too long")
        if here & 1 or here == last:
            below, above = node_hash(step, below), node_hash(step, above)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            above = node_hash(above, step)
        here, last = here >> 1, last >> 1
    if last:
        raise VerificationFailed(f"the proof from {old} to {new} entries is too short")
    if below != old_root:
        raise VerificationFailed(f"the proof from {old} to {new} entries does not begin at the old root")
    if above != new_root:
        raise VerificationFailed(f"the proof from {old} to {new} entries does not lead to the new root")


def _siblings(index: int, level: int, size: int, node: Nodes) -> Iterator[bytes]:
    """What must be joined to a complete subtree, from below, to reach the root of the tree of `size`."""
    last = (size - 1) >> level
    while last:
        if index & 1:
            yield node(level, index - 1)
        elif index < last:
            yield _span((index + 1) << level, min((index + 2) << level, size), node)
        index, last, level = index >> 1, last >> 1, level + 1


def _span(begin: int, end: int, node: Nodes) -> bytes:
    """The root over leaves `begin` up to `end`; `begin` is a multiple of a power of two >= the length."""
    parts = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        parts.append(node(level, begin >> level))
        begin += 1 << level
    return _join(parts)


def _join(subtrees: Sequence[bytes]) -> bytes:
    """The root over complete subtrees of falling size."""
    return reduce(lambda right, left: node_hash(left, right), reversed(subtrees))


def _pairs(level: Sequence[bytes]) -> list[bytes]:
    return [
        sha256(b"\x01" + left + right).digest()
        for left, right in zip(level[::2], level[1::2], strict=False)  # the odd one at the end stays below
    ]


def _trailing_zeros(number: int) -> int:
    return (number & -number).bit_length() - 1


def _refuse_odd_sizes(hashes: Sequence[bytes]) -> None:
    if set(map(len, hashes)) - {HASH_SIZE}:
        raise BadProof("a hash of the tree is not 32 bytes long")


def _refuse_odd_proof(*hashes: bytes) -> None:
    if set(map(len, hashes)) != {HASH_SIZE}:
        raise VerificationFailed("a hash in the proof is not 32 bytes long")


Frontier.EMPTY = Frontier(0, ())
