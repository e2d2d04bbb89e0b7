"""OpenTimestamps proofs: the reference package reads what we write, and we what it writes."""

from __future__ import annotations

import hashlib
import io
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.core.reasons import REASONS
from placet.errors import BadRecord, PlacetError, Untrusted, VerificationFailed
from placet.signing.anchors import (
    Anchor,
    Branch,
    begin,
    format_anchor,
    graft,
    parse_anchor,
    parse_branches,
    parse_headers,
    verify_anchor,
)

DATA = b"local.placet/00\n3\nAAAA\n"
DIGEST = hashlib.sha256(DATA).digest()
BITCOIN, PENDING = bytes.fromhex("0588960d73d71901"), bytes.fromhex("83dfe30d2ef90c8e")
CALENDAR = b"https://calendar.example"


def answered(message: bytes, height: int = 5) -> tuple[Branch, ...]:
    """What a calendar sends: one branch that is pending, and one that ends in a block."""
    pending = b"\x00" + PENDING + bytes([len(CALENDAR) + 1, len(CALENDAR)]) + CALENDAR
    block = b"\xf1\x03abc\x08\x00" + BITCOIN + bytes([1, height])
    return parse_branches(b"\xff" + pending + block, message)


def proof() -> Anchor:
    ops, message = begin(DIGEST, bytes(16))
    return Anchor(DIGEST, graft(ops, answered(message)))


def header_of(anchor: Anchor, at: int = 1_700_000_000) -> bytes:
    """Eighty bytes whose Merkle root is what the proof comes to."""
    (root,) = [each.message for each in anchor.branches if each.height is not None]
    return bytes(36) + root + at.to_bytes(4, "little") + bytes(8)


FILE = format_anchor(proof())


def test_a_proof_reads_as_it_was_written_and_holds_under_its_block() -> None:
    read = parse_anchor(FILE)

    assert set(read.branches) == set(proof().branches)
    assert {each.uri for each in read.branches} == {"", CALENDAR.decode()}
    assert verify_anchor(read, DATA, {5: header_of(read)}) == (5, 1_700_000_000)


def test_the_reference_package_reads_ours_and_we_read_its() -> None:
    core = pytest.importorskip("opentimestamps.core.timestamp", reason="the peer is LGPL, and no dependency")
    from opentimestamps.core.serialize import StreamDeserializationContext, StreamSerializationContext

    theirs = core.DetachedTimestampFile.deserialize(StreamDeserializationContext(io.BytesIO(FILE)))
    out = io.BytesIO()
    theirs.serialize(StreamSerializationContext(out))

    assert theirs.file_digest == DIGEST
    assert {message for message, _ in theirs.timestamp.all_attestations()} == {
        each.message for each in proof().branches
    }
    assert set(parse_anchor(out.getvalue()).branches) == set(proof().branches)


def test_other_bytes_another_block_and_no_block_are_told_apart() -> None:
    header = header_of(proof())
    pending = Anchor(DIGEST, tuple(each for each in proof().branches if each.height is None))

    with pytest.raises(VerificationFailed, match=r"\(anchor.bytes\)"):
        verify_anchor(proof(), DATA + b"x", {5: header})
    with pytest.raises(VerificationFailed, match=r"\(anchor.root\)"):
        verify_anchor(proof(), DATA, {5: bytes(80)})
    with pytest.raises(BadRecord, match=r"\(anchor.header\)"):
        verify_anchor(proof(), DATA, {5: header[:-1]})
    with pytest.raises(Untrusted, match=r"block 5 .*\(anchor.header\)"):
        verify_anchor(proof(), DATA, {6: header})
    with pytest.raises(Untrusted, match=r"\(anchor.pending\)"):
        verify_anchor(pending, DATA, {5: header})


@pytest.mark.parametrize(
    ("tail", "rule"),
    [
        (b"", "form"),
        (b"\x77", "operation"),
        (b"\xf0\x00\x08", "form"),
        (b"\x08" * 300, "size"),
        (b"\xff\x08" * 300, "size"),
        (b"\xf3" * 10, "size"),
        (b"\x00" + BITCOIN + b"\x02\x05\x05", "form"),
        (b"\x00" + BITCOIN + b"\x01\x05more", "form"),
        (b"\xf0" + b"\xff" * 10, "form"),
        (b"\xf0\xff\x7f", "size"),
    ],
)
def test_a_broken_proof_is_named_by_its_rule(tail: bytes, rule: str) -> None:
    with pytest.raises(BadRecord, match=rf"\(anchor.{rule}\)$"):
        parse_branches(tail, DIGEST)


@given(st.data())
@settings(max_examples=150)
def test_one_flipped_bit_never_holds_under_the_block(data: st.DataObject) -> None:
    """Only what ends elsewhere, such as a calendar's address, may be bent without being found."""
    place = data.draw(st.integers(0, len(FILE) * 8 - 1))
    bent = bytearray(FILE)
    bent[place // 8] ^= 1 << place % 8

    try:
        heard = str(sorted(each.message for each in parse_anchor(bytes(bent)).branches if each.height == 5))
        verify_anchor(parse_anchor(bytes(bent)), DATA, {5: header_of(proof())})
    except PlacetError as error:
        heard = str(error)

    assert re.search(r"\(anchor\.[a-z]+\)$", heard) or heard == str([header_of(proof())[36:68]])


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(junk: bytes) -> None:
    try:
        read = parse_branches(junk, DIGEST)
    except BadRecord as error:
        assert re.search(r"\(anchor\.[a-z]+\)$", str(error))  # noqa: PT017
    else:
        assert set(parse_anchor(format_anchor(Anchor(DIGEST, read))).branches) == set(read)


@pytest.mark.parametrize("line", ["5", "5:00", "x:" + "0" * 160, "²:" + "0" * 160, "5:" + "g" * 160])
def test_a_header_that_is_none_is_refused(line: str) -> None:
    assert parse_headers(["# heights", "", "7:" + "0" * 160]) == {7: bytes(80)}
    with pytest.raises(BadRecord, match=r"\(anchor.header\)"):
        parse_headers([line])


def test_every_id_that_is_named_is_in_the_catalogue() -> None:
    folder = Path(__file__).parents[2] / "src" / "placet"
    named = {each for path in folder.rglob("*.py") for each in re.findall(r"\((anchor\.[a-z]+)\)", path.read_text())}

    assert named == {reason for reason in REASONS if reason.startswith("anchor.")}
