"""Notes, checkpoints and receipts: what is read is what is written, and everything else is refused."""

from __future__ import annotations

import json
from base64 import b64encode
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.errors import BadRecord, Untrusted, VerificationFailed
from placet.record.checkpoint import Checkpoint, format_checkpoint, parse_checkpoint
from placet.record.notes import (
    Note,
    Signature,
    Vkey,
    format_note,
    from_base64,
    from_decimal,
    key_id,
    open_note,
    parse_note,
    parse_vkey,
)
from placet.record.proof import Proof, format_proof, parse_proof
from placet.signing.notes import verifier_of

KNOWN = json.loads((files("placet") / "vectors/record/notes.json").read_text())["notes"]
PETER = KNOWN[0]
GO_SUM = KNOWN[1]
ROOT64 = b64encode(bytes(32)).decode()
SIGNED = b"\n\xe2\x80\x94 log.example AAAAAAA=\n"
CHECKPOINT = f"log.example\n9\n{ROOT64}\n".encode() + SIGNED

lines = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
texts = st.lists(lines | st.just(""), min_size=1, max_size=5).map(lambda parts: "\n".join(parts) + "\n")
names = lines.filter(lambda name: "+" not in name and not any(map(str.isspace, name)))
signatures = st.builds(Signature, names, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=80))
notes = st.builds(Note, texts, st.lists(signatures, min_size=1, max_size=20).map(tuple))
roots = st.binary(min_size=32, max_size=32)
sizes = st.integers(0, 2**63 - 1)
checkpoints = st.builds(Checkpoint, lines, sizes, roots, st.lists(lines, max_size=3).map(tuple))


@st.composite
def proofs(draw):
    text = format_checkpoint(draw(checkpoints))
    note = format_note(Note(text, tuple(draw(st.lists(signatures, min_size=1, max_size=3)))))
    return Proof(draw(sizes), tuple(draw(st.lists(roots, max_size=8))), note, draw(st.binary(max_size=50)))


class Believing:
    """A verifier whose answer is fixed, so that the rules of `open_note` stand alone."""

    def __init__(self, name, key_id, answer=True):
        self.name, self.key_id, self.answer, self.asked = name, key_id, answer, 0

    def verify(self, message, signature):
        self.asked += 1
        return self.answer


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known["name"])
def test_notes_signed_by_others_are_read_and_believed(known):
    vkey = parse_vkey(known["vkey"])
    data = known["note"].encode()

    opened = open_note(parse_note(data), [verifier_of(vkey)])

    assert [each.name for each in opened] == [known["name"]]
    assert vkey.id.hex() == known["key_id"]
    assert str(vkey) == known["vkey"]
    assert format_note(parse_note(data)) == data


def test_the_checkpoint_of_the_go_checksum_database_is_read():
    checkpoint = parse_checkpoint(parse_note(GO_SUM["note"].encode()).text)

    assert (checkpoint.origin, checkpoint.size) == ("go.sum database tree", 20_852_163)


def test_a_signature_lent_to_another_text_is_refused():
    moved = GO_SUM["note"].replace("go.sum database tree", "example.com/behind-the-sofa").encode()

    with pytest.raises(VerificationFailed, match="does not hold"):
        open_note(parse_note(moved), [verifier_of(parse_vkey(GO_SUM["vkey"]))])


@given(notes)
def test_a_note_is_read_as_it_was_written(note):
    assert parse_note(format_note(note)) == note


@given(checkpoints)
def test_a_checkpoint_is_read_as_it_was_written(checkpoint):
    assert parse_checkpoint(format_checkpoint(checkpoint)) == checkpoint


@given(proofs())
def test_a_receipt_is_read_as_it_was_written(proof):
    assert parse_proof(format_proof(proof)) == proof


@given(names, st.integers(7, 255), st.binary(min_size=1, max_size=50))
def test_a_verifier_key_is_read_as_it_was_written(name, key_type, public):
    vkey = Vkey(name, key_type, public)

    assert parse_vkey(str(vkey)) == vkey


def mutated(good: bytes) -> st.SearchStrategy[bytes]:
    cut = st.integers(0, len(good))
    return st.builds(lambda a, b, new: good[: min(a, b)] + new + good[max(a, b) :], cut, cut, st.binary(max_size=4))


@given(st.binary(max_size=200) | mutated(PETER["note"].encode()) | mutated(CHECKPOINT))
def test_hostile_bytes_are_no_note_or_one_that_is_written_the_same(data):
    try:
        note = parse_note(data)
    except BadRecord:
        return
    assert format_note(note) == data


@given(mutated(CHECKPOINT).map(lambda data: data.decode(errors="replace")) | st.text())
def test_hostile_text_is_no_checkpoint_or_one_that_is_written_the_same(text):
    try:
        checkpoint = parse_checkpoint(text)
    except BadRecord:
        return
    assert format_checkpoint(checkpoint) == text


@given(
    st.binary(max_size=200)
    | mutated(format_proof(Proof(5, (bytes(32), bytes(32)), CHECKPOINT, b"extra")))
    | mutated(format_proof(Proof(0, (), CHECKPOINT)))
)
def test_hostile_bytes_are_no_receipt_or_one_that_is_written_the_same(data):
    try:
        proof = parse_proof(data)
    except BadRecord:
        return
    assert format_proof(proof) == data


@given(st.text(max_size=60) | mutated(PETER["vkey"].encode()).map(lambda data: data.decode(errors="replace")))
def test_hostile_text_is_no_verifier_key_or_one_that_is_written_the_same(text):
    try:
        vkey = parse_vkey(text)
    except BadRecord:
        return
    assert str(vkey) == text


def test_a_text_may_have_empty_lines_for_the_last_one_divides():
    note = parse_note("first\n\nsecond\n\n— a AAAAAAA=\n".encode())

    assert note.text == "first\n\nsecond\n"


def test_sixteen_signatures_are_read_and_a_hundred_and_one_are_not():
    head = "text\n\n"

    assert len(parse_note((head + "— a AAAAAAA=\n" * 16).encode()).signatures) == 16
    with pytest.raises(BadRecord, match="101 signatures; 100 is the limit"):
        parse_note((head + "— a AAAAAAA=\n" * 101).encode())


NOTES_REFUSED = {
    "empty": (b"", "no empty line"),
    "only newlines": (b"\n\n\n", "1 to 100 signatures, not 0"),
    "no signature": (b"text\n\n", "1 to 100 signatures, not 0"),
    "no empty line": ("text\n— a AAAAAAA=\n".encode(), "no empty line"),
    "cut off": ("text\n\n— a AAAAAAA=".encode(), "cut off"),
    "carriage returns": ("text\r\n\r\n— a AAAAAAA=\r\n".encode(), "control character"),
    "a tab": ("te\txt\n\n— a AAAAAAA=\n".encode(), "control character"),
    "a zero byte": ("te\0xt\n\n— a AAAAAAA=\n".encode(), "control character"),
    "not UTF-8": (b"te\xffxt\n\n", "not UTF-8 at byte 2"),
    "a surrogate": (b"te\xed\xa0\x80xt\n\n", "not UTF-8 at byte 2"),
    "a hyphen for the dash": (b"text\n\n- a AAAAAAA=\n", "not a signature line"),
    "a name of two words": ("text\n\n— a b AAAAAAA=\n".encode(), "not a signature line"),
    "no name": ("text\n\n—  AAAAAAA=\n".encode(), "not a key name"),
    "a plus in the name": ("text\n\n— a+b AAAAAAA=\n".encode(), "not a key name"),
    "a foreign space in the name": ("text\n\n— a\u2003b AAAAAAA=\n".encode(), "not a key name"),
    "a no-break space in the name": ("text\n\n— a\u00a0b AAAAAAA=\n".encode(), "not a key name"),
    "a key id and nothing more": ("text\n\n— a AAAAAA==\n".encode(), "too short to hold"),
    "three bytes": ("text\n\n— a AAAA\n".encode(), "too short to hold"),
    "not base64": ("text\n\n— a AAAA!AA=\n".encode(), "is not base64"),
    "no padding": ("text\n\n— a AAAAAAA\n".encode(), "is not base64"),
    "too much padding": ("text\n\n— a AAAAAAAA====\n".encode(), "base64"),
    "stray bits": ("text\n\n— a AAAAAAB=\n".encode(), "spelling of its own"),
    "the URL alphabet": ("text\n\n— a AAAAAA_=\n".encode(), "is not base64"),
    "a good line and a bad one": ("text\n\n— a AAAAAAA=\nb\n".encode(), "not a signature line"),
}


@pytest.mark.parametrize(("data", "why"), NOTES_REFUSED.values(), ids=NOTES_REFUSED)
def test_a_broken_note_says_why(data, why):
    with pytest.raises(BadRecord, match=why):
        parse_note(data)


CHECKPOINTS_REFUSED = {
    "empty": ("", "has 0 lines"),
    "two lines": ("o\n1\n", "has 2 lines"),
    "cut off": (f"o\n1\n{ROOT64}", "cut off"),
    "no origin": (f"\n1\n{ROOT64}\n", "a line of the checkpoint is empty"),
    "a signed size": (f"o\n+12\n{ROOT64}\n", "not a plain decimal"),
    "a negative size": (f"o\n-1\n{ROOT64}\n", "not a plain decimal"),
    "a leading zero": (f"o\n012\n{ROOT64}\n", "not a plain decimal"),
    "a spaced size": (f"o\n 12\n{ROOT64}\n", "not a plain decimal"),
    "a grouped size": (f"o\n1_000\n{ROOT64}\n", "not a plain decimal"),
    "foreign digits": (f"o\n٣\n{ROOT64}\n", "not a plain decimal"),
    "no size": (f"o\n\n{ROOT64}\n", "not a plain decimal"),
    "an endless size": (f"o\n{'9' * 5000}\n{ROOT64}\n", "not a plain decimal"),
    "a size of 2**63": (f"o\n{2**63}\n{ROOT64}\n", "not a plain decimal"),
    "a short root": ("o\n1\nAAAA\n", "has 3 bytes where 32 are due"),
    "a root that is not base64": ("o\n1\nroot\u00e9\n", "not base64"),
    "an empty extension": (f"o\n1\n{ROOT64}\n\nx\n", "a line of the checkpoint is empty"),
}


@pytest.mark.parametrize(("text", "why"), CHECKPOINTS_REFUSED.values(), ids=CHECKPOINTS_REFUSED)
def test_a_broken_checkpoint_says_why(text, why):
    with pytest.raises(BadRecord, match=why):
        parse_checkpoint(text)


def proof_lines(*head: str, checkpoint: bytes = CHECKPOINT) -> bytes:
    return "\n".join(head).encode() + b"\n\n" + checkpoint


V1 = "c2sp.org/tlog-proof@v1"
PROOFS_REFUSED = {
    "empty": (b"", "no empty line"),
    "another version": (proof_lines("c2sp.org/tlog-proof@v2", "index 0"), "not a proof: its first line"),
    "no index": (proof_lines(V1), "index line is missing"),
    "extra after index": (proof_lines(V1, "index 0", "extra QUJD"), "a hash in the proof is not base64"),
    "extra twice": (proof_lines(V1, "extra QUJD", "extra QUJD", "index 0"), "index line is missing"),
    "an empty extra": (proof_lines(V1, "extra ", "index 0"), "should have been left out"),
    "an extra that is not base64": (proof_lines(V1, "extra !", "index 0"), "extra data in the proof is not"),
    "an index with a sign": (proof_lines(V1, "index +1"), "not a plain decimal"),
    "a word for an index": (proof_lines(V1, "index one"), "not a plain decimal"),
    "a long hash": (proof_lines(V1, "index 0", b64encode(bytes(64)).decode()), "not 32 bytes long"),
    "too many hashes": (proof_lines(V1, "index 0", *[ROOT64] * 64), "64 hashes; 63 is the limit"),
    "not ASCII": (proof_lines(V1, "index 0", "é"), "not ASCII"),
    "carriage returns": (proof_lines(V1 + "\r", "index 0\r"), "not a proof"),
    "no checkpoint": (proof_lines(V1, "index 0", checkpoint=b""), "no empty line between"),
    "a note that is no checkpoint": (proof_lines(V1, "index 0", checkpoint=b"hi\n" + SIGNED), "has 1 lines"),
    "an unsigned checkpoint": (
        proof_lines(V1, "index 0", checkpoint=CHECKPOINT[: -len(SIGNED)]),
        "no empty line",
    ),
}


@pytest.mark.parametrize(("data", "why"), PROOFS_REFUSED.values(), ids=PROOFS_REFUSED)
def test_a_broken_receipt_says_why(data, why):
    with pytest.raises(BadRecord, match=why):
        parse_proof(data)


VKEYS_REFUSED = {
    "no parts": ("PeterNeumann", "not a verifier key"),
    "two parts": ("PeterNeumann+c74f20a3", "not a verifier key"),
    "another id": (PETER["vkey"].replace("c74f20a3", "c74f20a4"), "has the id c74f20a3"),
    "a shouted id": (PETER["vkey"].replace("c74f20a3", "C74F20A3"), "has the id c74f20a3"),
    "another name": (PETER["vkey"].replace("Peter", "Petra"), "has the id"),
    "no name": ("+c74f20a3+AQ==", "too short to hold a type"),
    "a short key": ("a+00000000+AQI=", "does not fit its type 0x01"),
    "type zero": ("a+00000000+AAI=", "does not fit its type 0x00"),
    "not base64": ("a+00000000+!", "is not base64"),
}


@pytest.mark.parametrize(("text", "why"), VKEYS_REFUSED.values(), ids=VKEYS_REFUSED)
def test_a_broken_verifier_key_says_why(text, why):
    with pytest.raises(BadRecord, match=why):
        parse_vkey(text)


def test_values_that_cannot_be_written_cannot_be_made():
    line = Signature("a", bytes(4), b"x")

    for make, why in (
        (lambda: Note("no newline", (line,)), "ends in a newline"),
        (lambda: Note("half a \ud800 character\n", (line,)), "cannot be written in UTF-8"),
        (lambda: Note("text\n", ()), "not 0"),
        (lambda: Checkpoint("two\nlines", 1, bytes(32)), "a line of the checkpoint"),
        (lambda: Checkpoint("o", 2**63, bytes(32)), "cannot speak of"),
        (lambda: Proof(-1, (), CHECKPOINT), "cannot speak of entry -1"),
        (lambda: from_decimal("", "it"), "it is not a plain decimal"),
        (lambda: from_base64("=", "it"), "it is not base64"),
    ):
        with pytest.raises(BadRecord, match=why):
            make()


def test_an_ecdsa_key_id_is_over_the_public_key_alone():
    assert key_id("any", 0x02, b"spki") == key_id("other", 0x02, b"spki")
    assert key_id("any", 0x01, b"spki") != key_id("other", 0x01, b"spki")


ANA, BEN = Signature("ana", b"AAAA", b"1"), Signature("ben", b"BBBB", b"2")


def test_signatures_of_unknown_keys_are_ignored():
    note = Note("text\n", (Signature("ana", b"BBBB", b"1"), BEN, Signature("ben", b"AAAA", b"1")))

    assert open_note(note, [Believing("ana", b"AAAA", answer=False), Believing("ben", b"BBBB")]) == (BEN,)


def test_one_failing_signature_of_a_known_key_spoils_the_note():
    with pytest.raises(VerificationFailed, match="'ben' under the note does not hold"):
        open_note(Note("text\n", (ANA, BEN)), [Believing("ana", b"AAAA"), Believing("ben", b"BBBB", answer=False)])


def test_a_note_that_nobody_trusted_signed_is_untrusted():
    for trusted in ([], [Believing("cleo", b"CCCC")]):
        with pytest.raises(Untrusted, match="nobody we trust"):
            open_note(Note("text\n", (ANA,)), trusted)


def test_the_second_line_of_a_key_is_not_even_asked_about():
    ana = Believing("ana", b"AAAA")

    opened = open_note(Note("text\n", (ANA, Signature("ana", b"AAAA", b"other"))), [ana])

    assert opened == (ANA,)
    assert ana.asked == 1


def test_two_trusted_keys_of_one_name_and_id_are_ambiguous():
    with pytest.raises(Untrusted, match="ambiguous"):
        open_note(Note("text\n", (ANA,)), [Believing("ana", b"AAAA"), Believing("ana", b"AAAA")])


def test_what_is_too_long_is_refused_before_it_is_read():
    long = b"a\n" * (1 << 19)

    with pytest.raises(BadRecord, match="1048576 is the limit"):
        parse_note(long + SIGNED)
    with pytest.raises(BadRecord, match="the proof has more than 1310720 bytes"):
        parse_proof(b"c2sp.org/tlog-proof@v1\nextra " + b64encode(bytes(1 << 20)) + b"\nindex 0\n\n" + CHECKPOINT)


def test_a_note_with_a_hundred_signatures_is_read_and_one_more_is_not():
    line = str(Signature("log.example", bytes(4), bytes(2420))).encode()

    assert len(parse_note(b"hello\n\n" + line * 100).signatures) == 100
    with pytest.raises(BadRecord, match="101 signatures"):
        parse_note(b"hello\n\n" + line * 101)
