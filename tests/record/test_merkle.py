"""The tree: known roots, and laws over every index and size."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from placet.errors import BadRecord, NotFound, VerificationFailed
from placet.record import merkle
from placet.record.merkle import Frontier, Tree, leaf_hash

VECTORS = json.loads((files("placet") / "vectors/record/merkle.json").read_text())
LEAVES = [leaf_hash(bytes.fromhex(data)) for data in VECTORS["leaves"]]
ROOTS = [bytes.fromhex(text) for text in VECTORS["roots"]]
MANY = [leaf_hash(number.to_bytes(2)) for number in range(300)]
TREES = [Tree(MANY[:size]) for size in range(300)]

sizes = st.integers(1, 299)


def by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962 2.1, word for word and slow."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    left, right = by_definition(leaves[:half]), by_definition(leaves[half:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def hashes(texts: list[str]) -> list[bytes]:
    return [bytes.fromhex(text) for text in texts]


def flip(data: bytes, bit: int) -> bytes:
    return (int.from_bytes(data) ^ 1 << bit % (8 * len(data))).to_bytes(len(data))


def test_the_empty_tree_has_the_root_of_the_rfc():
    assert merkle.EMPTY_ROOT.hex() == VECTORS["empty_root"]
    assert merkle.root([]) == Frontier.EMPTY.root() == Tree([]).root() == merkle.EMPTY_ROOT


@pytest.mark.parametrize("size", range(1, 9))
def test_the_well_known_leaves_give_the_well_known_roots(size):
    assert merkle.root(LEAVES[:size]) == ROOTS[size - 1]


@pytest.mark.parametrize("case", VECTORS["inclusion"], ids=str)
def test_the_well_known_inclusion_proofs_are_made_and_verified(case):
    index, size, path = case["index"], case["size"], hashes(case["path"])

    assert Tree(LEAVES[:size]).path(index) == tuple(path)
    merkle.verify_inclusion(LEAVES[index], index, size, path, ROOTS[size - 1])


@pytest.mark.parametrize("case", VECTORS["consistency"], ids=str)
def test_the_well_known_consistency_proofs_are_made_and_verified(case):
    old, new, path = case["old"], case["new"], hashes(case["path"])

    assert merkle.consistency_path(old, new, Tree(LEAVES).node) == tuple(path)
    merkle.verify_consistency(old, new, path, ROOTS[old - 1], ROOTS[new - 1])


@pytest.mark.parametrize("size", range(0, 300, 7))
def test_every_way_to_the_root_agrees_with_the_definition(size):
    wanted = by_definition(MANY[:size])

    assert merkle.root(MANY[:size]) == wanted
    assert TREES[size].root() == wanted
    assert Frontier.EMPTY.extend(MANY[:size]).root() == wanted


@given(sizes, st.lists(st.integers(0, 299), max_size=5))
def test_a_frontier_does_not_care_in_what_portions_it_grew(size, cuts):
    one_by_one = Frontier.EMPTY
    for leaf in MANY[:size]:
        one_by_one = one_by_one.append(leaf)
    edges = [0, *sorted(min(cut, size) for cut in cuts), size]

    in_portions = Frontier.EMPTY
    for begin, end in pairwise(edges):
        in_portions = in_portions.extend(MANY[begin:end])

    assert in_portions == one_by_one
    assert in_portions.root() == merkle.root(MANY[:size])


@given(sizes, st.data())
def test_a_proof_for_one_entry_never_verifies_for_another(size, data):
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(-2, size + 300))
    path, root = TREES[size].path(index), TREES[size].root()

    merkle.verify_inclusion(MANY[index], index, size, path, root)

    assume(other != index)
    with pytest.raises(VerificationFailed):
        merkle.verify_inclusion(MANY[index], other, size, path, root)
    if 0 <= other < 300:
        with pytest.raises(VerificationFailed, match="another root"):
            merkle.verify_inclusion(MANY[other], index, size, path, root)


@given(sizes, st.data())
def test_a_proof_for_one_size_never_verifies_against_the_root_of_another(size, data):
    index, other = data.draw(st.integers(0, size - 1)), data.draw(sizes.filter(lambda n: n != size))
    path = TREES[size].path(index)

    with pytest.raises(VerificationFailed):
        merkle.verify_inclusion(MANY[index], index, other, path, TREES[other].root())


@given(sizes, st.data())
def test_a_proof_with_one_bit_altered_is_refused(size, data):
    index, bit = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, 255))
    leaf, path, root = MANY[index], TREES[size].path(index), TREES[size].root()
    place = data.draw(st.integers(-2, len(path) - 1))
    if place == -2:
        leaf = flip(leaf, bit)
    elif place == -1:
        root = flip(root, bit)
    else:
        path = (*path[:place], flip(path[place], bit), *path[place + 1 :])

    with pytest.raises(VerificationFailed, match="another root"):
        merkle.verify_inclusion(leaf, index, size, path, root)


@given(sizes, st.integers(0, 299))
def test_every_tree_is_consistent_with_each_of_its_beginnings(new, old):
    old = min(old, new)
    path = merkle.consistency_path(old, new, TREES[new].node)

    merkle.verify_consistency(old, new, path, TREES[old].root(), TREES[new].root())


@given(sizes, st.data())
def test_a_history_that_was_changed_is_never_consistent(new, data):
    old = data.draw(st.integers(1, new))
    place = data.draw(st.integers(0, old - 1))
    forged = Tree([*MANY[:place], leaf_hash(b"forged"), *MANY[place + 1 : new]])

    with pytest.raises(VerificationFailed):
        merkle.verify_consistency(
            old, new, merkle.consistency_path(old, new, forged.node), TREES[old].root(), forged.root()
        )


@given(st.integers(2, 299), st.data())
def test_a_consistency_proof_altered_anywhere_is_refused(new, data):
    old = data.draw(st.integers(1, new - 1))
    path = merkle.consistency_path(old, new, TREES[new].node)
    place, bit = data.draw(st.integers(0, len(path) - 1)), data.draw(st.integers(0, 255))
    altered = (*path[:place], flip(path[place], bit), *path[place + 1 :])

    for wrong in (altered, path[:-1], (*path, path[0]), (path[0], *path)):
        with pytest.raises(VerificationFailed):
            merkle.verify_consistency(old, new, wrong, TREES[old].root(), TREES[new].root())
    with pytest.raises(VerificationFailed):
        merkle.verify_consistency(old + 1, new, path, TREES[old].root(), TREES[new].root())


@given(
    st.integers(-9, 1 << 65),
    st.integers(-9, 1 << 65),
    st.lists(st.binary(min_size=31, max_size=33) | st.just(bytes(32)), max_size=70),
    st.sampled_from([bytes(32), b"", merkle.EMPTY_ROOT]),
)
def test_a_hostile_proof_is_refused_and_nothing_else(one, other, path, root):
    for check in (
        lambda: merkle.verify_inclusion(bytes(32), one, other, path, root),
        lambda: merkle.verify_consistency(one, other, path, root, bytes(32)),
    ):
        try:
            check()
        except VerificationFailed:
            continue
        assert path == []


REFUSED_INCLUSION = {
    "an index beyond the tree": (5, 5, 0, "cannot be in a tree of 5"),
    "a negative index": (-1, 5, 0, "cannot be in a tree of 5"),
    "the empty tree": (0, 0, 0, "cannot be in a tree of 0"),
    "a proof too short": (1, 5, -1, "has 2 hashes where 3 are due"),
    "a proof too long": (1, 5, 1, "has 4 hashes where 3 are due"),
}


@pytest.mark.parametrize(("index", "size", "more", "why"), REFUSED_INCLUSION.values(), ids=REFUSED_INCLUSION)
def test_an_impossible_inclusion_proof_says_why(index, size, more, why):
    path = (bytes(32),) * (3 + more)

    with pytest.raises(VerificationFailed, match=why):
        merkle.verify_inclusion(bytes(32), index, size, path, bytes(32))


REFUSED_CONSISTENCY = {
    "a shrinking tree": (5, 4, (), ROOTS[4], ROOTS[3], "cannot begin with one of 5"),
    "a proof of nothing": (4, 4, (bytes(32),), ROOTS[3], ROOTS[3], "nothing to prove"),
    "a proof from nothing": (0, 4, (bytes(32),), merkle.EMPTY_ROOT, ROOTS[3], "nothing to prove"),
    "two roots of one size": (4, 4, (), ROOTS[3], ROOTS[4], "two different roots"),
    "a false empty root": (0, 4, (), ROOTS[0], ROOTS[3], "an empty tree has one root only"),
    "no proof": (3, 4, (), ROOTS[2], ROOTS[3], "too short"),
    "a short hash": (3, 4, (b"x",), ROOTS[2], ROOTS[3], "not 32 bytes"),
    "a long proof": (4, 8, (bytes(32),) * 2, ROOTS[3], ROOTS[7], "too long"),
    "another old root": (3, 4, (bytes(32),) * 3, ROOTS[2], ROOTS[3], "does not begin at the old root"),
    "another new root": (4, 8, (bytes(32),), ROOTS[3], ROOTS[7], "does not lead to the new root"),
}


@pytest.mark.parametrize(
    ("old", "new", "path", "old_root", "new_root", "why"),
    REFUSED_CONSISTENCY.values(),
    ids=REFUSED_CONSISTENCY,
)
def test_an_impossible_consistency_proof_says_why(old, new, path, old_root, new_root, why):
    with pytest.raises(VerificationFailed, match=why):
        merkle.verify_consistency(old, new, path, old_root, new_root)


def test_what_is_not_in_the_tree_has_no_proof():
    tree = Tree(LEAVES)

    with pytest.raises(NotFound, match="no entry 8 in a tree of 8"):
        tree.path(8)
    with pytest.raises(NotFound, match="no complete subtree -1 at level 0"):
        tree.node(0, -1)
    with pytest.raises(NotFound, match="does not begin with one of 9"):
        merkle.consistency_path(9, 8, tree.node)


def test_a_hash_of_another_length_never_enters_a_tree():
    for make in (merkle.root, Tree, Frontier.EMPTY.extend):
        with pytest.raises(BadRecord, match="not 32 bytes long"):
            make([bytes(32), bytes(31)])
    with pytest.raises(BadRecord, match="no right edge of 1 hashes"):
        Frontier(3, (bytes(32),))
