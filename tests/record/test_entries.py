"""Entries: every type reads back as it was written; hostile bytes are refused, and nothing else happens."""

from __future__ import annotations

import contextlib
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.core.canonical import decode, encode
from placet.core.stance import Stance
from placet.core.subject import Kind
from placet.core.use import Use
from placet.errors import BadRecord, TooNew
from placet.record.entries import MOST_BYTES, TYPES, commitment, parse_entry, parse_subject, unsigned
from placet.record.merkle import leaf_hash

BY, SIG, DIGEST, SALT = "ab" * 32, "cd" * 64, "ef" * 32, bytes(32)
WORK = "work:" + "12" * 16

VALID = {
    "key.add": {"at": 1, "role": "party", "name": ""},
    "work.add": {"at": 1, "count": 2, "root": DIGEST, "blob": DIGEST},
    "declare": {
        "at": 1,
        "subjects": [WORK, "url:https://maker.example/é"],
        "uses": ["train.generative", "mine"],
        "stance": "reserve",
        "from": 1,
        "until": 0,
        "territory": ["FR", "EU"],
        "agent": "GPTBot",
        "right": "author",
        "terms": DIGEST,
    },
    "withdraw": {"at": 1, "declaration": DIGEST, "subjects": []},
    "licence.issue": {"at": 1, "licence": DIGEST},
    "status.publish": {"at": 1, "list": DIGEST},
    "snapshot.publish": {"at": 1, "size": 0, "manifest": DIGEST},
    "erasure.note": {"at": 1, "kind": "opening", "digest": DIGEST, "why": "her heirs asked"},
    "key.rotate": {"at": 1, "to": DIGEST, "proof": SIG},
    "key.recovery": {"at": 1, "commitment": DIGEST, "wait": 14},
    "key.recover": {"at": 1, "party": BY, "to": DIGEST, "proof": SIG},
    "key.cancel": {"at": 1, "recover": DIGEST},
    "key.revoke": {"at": 1, "key": BY, "since": 0, "why": "the laptop was stolen"},
    "identity.claim": {"at": 1, "identifiers": ["orcid:0000-0002-1825-0097"]},
    "identity.link": {"at": 1, "kind": "ssh", "public": "ssh-ed25519 AAAA", "signature": DIGEST},
    "identity.attest": {
        "at": 1,
        "party": BY,
        "kind": "domain",
        "value": "domain:maker.example",
        "commitment": "",
        "method": "dns-01",
        "from": 1,
        "until": 2,
        "evidence": DIGEST,
    },
    "identity.revoke": {"at": 1, "attestation": DIGEST, "since": 0, "why": "the domain was sold"},
    "mandate.grant": {
        "at": 1,
        "to": DIGEST,
        "acts": ["reserve", "license"],
        "scope": [WORK],
        "rights": ["recording"],
        "territory": ["FR"],
        "from": 1,
        "until": 2,
        "exclusive": 0,
        "revocable": 1,
        "depth": 1,
        "parent": "",
        "evidence": "",
    },
    "mandate.accept": {"at": 1, "mandate": DIGEST},
    "mandate.revoke": {"at": 1, "mandate": DIGEST},
    "claim.add": {"at": 1, "count": 2, "root": DIGEST, "blob": DIGEST},
    "claim.withdraw": {"at": 1, "subjects": [WORK]},
    "claim.exclude": {"at": 1, "who": ["ipi:00012345678"], "from": 1, "until": 0},
    "claim.counter": {
        "at": 1,
        "subjects": [WORK],
        "against": DIGEST,
        "right": "author",
        "statement": DIGEST,
        "contact": "",
    },
    "claim.overlap": {"at": 1, "older": WORK, "newer": "work:" + "34" * 16, "method": "image-plh/1", "score": 3},
    "claim.settle": {"at": 1, "counter": DIGEST, "outcome": "upheld", "holder": BY, "document": DIGEST},
    "strike.add": {"at": 1, "party": DIGEST, "entry": "", "why": "claimed the commons"},
    "made.add": {"at": 1, "count": 1, "root": DIGEST, "blob": DIGEST},
}


def data_of(type_: str = "key.add", body: object = None, **changes: object) -> bytes:
    value = {"v": 1, "type": type_, "by": BY, "prev": "", "body": VALID[type_] if body is None else body, "sig": SIG}
    return encode({key: item for key, item in (value | changes).items() if item is not ...})


def test_there_is_an_example_of_every_type():
    assert set(VALID) == set(TYPES)


@pytest.mark.parametrize("type_", VALID)
def test_an_entry_is_read_as_it_was_written(type_):
    data = data_of(type_, prev=DIGEST)

    entry = parse_entry(data)

    assert (entry.type, entry.by, entry.prev, entry.sig, entry.data) == (type_, BY, DIGEST, SIG, data)
    assert entry.body == VALID[type_]
    assert entry.id == leaf_hash(data).hex()


@pytest.mark.parametrize("type_", VALID)
@pytest.mark.parametrize("prev", ["", DIGEST])
def test_what_is_signed_is_the_entry_without_its_signature(type_, prev):
    data = data_of(type_, prev=prev)
    value = decode(data)
    del value["sig"]

    message = parse_entry(data).message

    assert message == b"placet/entry/v1\n" + encode(value)
    assert message == unsigned(type_, BY, prev, VALID[type_])


@pytest.mark.parametrize("type_", VALID)
def test_what_is_signed_cannot_be_confused_by_what_an_entry_says(type_):
    """A text in the body that looks like the end of an entry does not move the cut."""
    trap = f'","sig":"{SIG}","type":"{type_}","v":1}}'
    body = VALID["erasure.note"] | {"why": trap}
    value = decode(data_of("erasure.note", body))
    del value["sig"]

    assert parse_entry(data_of("erasure.note", body)).message == b"placet/entry/v1\n" + encode(value)


ENVELOPE = {
    "no field may be missing": ({"sig": ...}, BadRecord, "exactly the fields v, type, by, prev, body and sig"),
    "no field may be added": ({"more": 1}, BadRecord, "exactly the fields v, type, by, prev, body and sig"),
    "a newer version": ({"v": 2}, TooNew, "an entry of version 2; this release reads version 1"),
    "a version in words": ({"v": "1"}, TooNew, "an entry of version '1'; this release reads version 1"),
    "a short key": ({"by": "ab"}, BadRecord, "by is not 32 bytes of lowercase hex"),
    "a key in capitals": ({"by": "AB" * 32}, BadRecord, "by is not 32 bytes of lowercase hex"),
    "a key that is a number": ({"by": 7}, BadRecord, "by is not 32 bytes of lowercase hex"),
    "a key in wide digits": ({"by": "１" * 64}, BadRecord, "by is not 32 bytes of lowercase hex"),
    "a short signature": ({"sig": "cd" * 63}, BadRecord, "sig is not 64 bytes of lowercase hex"),
    "a signature with a line feed": ({"sig": "cd" * 63 + "c\n"}, BadRecord, "sig is not 64 bytes of lowercase hex"),
    "a short prev": ({"prev": "ef"}, BadRecord, "prev is not 32 bytes of lowercase hex"),
    "a prev that is 0": ({"prev": 0}, BadRecord, "prev is not 32 bytes of lowercase hex"),
    "a body that is a list": ({"body": []}, BadRecord, "an entry's type is a word and its body an object"),
    "a type that is a list": ({"type": ["key.add"]}, BadRecord, "an entry's type is a word and its body an object"),
    "a type nobody knows": (
        {"type": "key.del"},
        BadRecord,
        r"there is no entry type 'key.del'; this release knows key",
    ),
}


@pytest.mark.parametrize("case", ENVELOPE)
def test_an_entry_that_is_not_one_says_why(case):
    changes, error, sentence = ENVELOPE[case]

    with pytest.raises(error, match=sentence):
        parse_entry(data_of(**changes))


BODIES = [
    ("key.add", {"role": "king"}, "key.add role is 'king', not one of party, log, clear"),
    ("key.add", {"role": "king" * 50}, r"key.add role is 'king.{50,60}, not one of party, log, clear"),
    ("key.add", {"role": 7}, "key.add role is 7, not one of"),
    ("key.add", {"name": "Ana"}, "key.add name is not 32 bytes of lowercase hex"),
    ("key.add", {"at": -1}, "key.add at is not a whole number of at least 0"),
    ("key.add", {"at": "1"}, "key.add at is not a whole number of at least 0"),
    ("key.add", {"at": ...}, "the body of key.add has exactly the fields at, name, role"),
    ("key.add", {"when": 1}, "the body of key.add has exactly the fields at, name, role"),
    ("work.add", {"count": 0}, "work.add count is not a whole number of at least 1"),
    ("work.add", {"root": ""}, "work.add root is not 32 bytes of lowercase hex"),
    ("work.add", {"blob": "../../evil"}, "work.add blob is not 32 bytes of lowercase hex"),
    ("declare", {"subjects": []}, "declare subjects is not a list of 1 to 500"),
    ("declare", {"subjects": WORK}, "declare subjects is not a list of 1 to 500"),
    ("declare", {"subjects": [f"domain:d{n}" for n in range(501)]}, "declare subjects is not a list of 1 to 500"),
    ("declare", {"subjects": [WORK, WORK]}, "declare subjects says something twice"),
    ("declare", {"subjects": [7]}, r"declare subjects\[0\] is not a subject such as work:<id>"),
    ("declare", {"subjects": [[]]}, r"declare subjects\[0\] is not a subject such as work:<id>"),
    ("declare", {"subjects": [WORK, "work:12"]}, r"declare subjects\[1\] is not 16 bytes of lowercase hex"),
    ("declare", {"subjects": ["song:1"]}, r"declare subjects\[0\] is not a subject"),
    ("declare", {"subjects": ["url:"]}, r"declare subjects\[0\] is not a subject"),
    ("declare", {"subjects": ["url"]}, r"declare subjects\[0\] is not a subject"),
    ("declare", {"subjects": ["url:https://m.example/\n"]}, r"declare subjects\[0\] is not a subject"),
    ("declare", {"subjects": ["url:" + "x" * 2048]}, r"declare subjects\[0\] is not a subject"),
    ("declare", {"uses": []}, "declare uses is not a list of 1 to"),
    ("declare", {"uses": ["eat"]}, r"declare uses\[0\] is 'eat', not one of any, access"),
    ("declare", {"uses": ["mine", "mine"]}, "declare uses says something twice"),
    ("declare", {"stance": "maybe"}, "declare stance is 'maybe', not one of allow, license, reserve"),
    ("declare", {"stance": ""}, "declare stance is '', not one of allow, license, reserve"),
    ("declare", {"from": 5, "until": 5}, "declare until is not after declare from"),
    ("declare", {"until": -1}, "declare until is not a whole number of at least 0"),
    ("declare", {"territory": ["fr"]}, r"declare territory\[0\] is not two capital letters such as FR, or EU"),
    ("declare", {"territory": ["é"]}, r"declare territory\[0\] is not two capital letters"),
    ("declare", {"territory": [""]}, r"declare territory\[0\] is not two capital letters"),
    ("declare", {"territory": ["FR", "FR"]}, "declare territory says something twice"),
    ("declare", {"agent": "two\nlines"}, "declare agent is not one line of at most 200 bytes"),
    ("declare", {"agent": "two\u2028lines"}, "declare agent is not one line of at most 200 bytes"),
    ("declare", {"agent": "é" * 101}, "declare agent is not one line of at most 200 bytes"),
    ("declare", {"right": "x" * 41}, "declare right is not one line of at most 40 bytes"),
    ("declare", {"terms": "ask me"}, "declare terms is not 32 bytes of lowercase hex"),
    ("withdraw", {"declaration": ""}, "withdraw declaration is not 32 bytes of lowercase hex"),
    ("withdraw", {"subjects": ["url:"]}, r"withdraw subjects\[0\] is not a subject"),
    ("licence.issue", {"licence": ""}, "licence.issue licence is not 32 bytes of lowercase hex"),
    ("status.publish", {"list": "ab"}, "status.publish list is not 32 bytes of lowercase hex"),
    ("snapshot.publish", {"size": -1}, "snapshot.publish size is not a whole number of at least 0"),
    ("snapshot.publish", {"manifest": ""}, "snapshot.publish manifest is not 32 bytes of lowercase hex"),
    ("erasure.note", {"kind": "entry"}, "erasure.note kind is 'entry', not one of blob, opening"),
    ("erasure.note", {"why": "x" * 401}, "erasure.note why is not one line of at most 400 bytes"),
    ("key.rotate", {"proof": "ab"}, "key.rotate proof is not 64 bytes of lowercase hex"),
    ("key.recovery", {"wait": 6}, "key.recovery wait is not a whole number from 7 to 30"),
    ("key.recover", {"party": ""}, "key.recover party is not 32 bytes"),
    ("key.cancel", {"recover": 1}, "key.cancel recover is not 32 bytes"),
    ("key.revoke", {"since": -1}, "key.revoke since is not a whole number of at least 0"),
    ("identity.claim", {"identifiers": []}, "identity.claim identifiers is not a list of 1 to 50"),
    ("identity.link", {"kind": "pgp"}, "identity.link kind is 'pgp', not one of ssh, c2pa, did"),
    ("identity.attest", {"kind": "friend"}, "identity.attest kind is 'friend', not one of email, domain"),
    ("identity.attest", {"until": 1}, "identity.attest until is not after identity.attest from"),
    ("identity.revoke", {"why": "a\nb"}, "identity.revoke why is not one line"),
    ("mandate.grant", {"acts": ["marry"]}, r"mandate.grant acts\[0\] is 'marry', not one of register, reserve"),
    ("mandate.grant", {"depth": 2}, "mandate.grant depth is not a whole number from 0 to 1"),
    ("mandate.grant", {"scope": ["all"]}, r"mandate.grant scope\[0\] is not a subject"),
    ("mandate.accept", {"mandate": ""}, "mandate.accept mandate is not 32 bytes"),
    ("mandate.revoke", {"mandate": ""}, "mandate.revoke mandate is not 32 bytes"),
    ("claim.add", {"count": 0}, "claim.add count is not a whole number of at least 1"),
    ("claim.withdraw", {"subjects": []}, "claim.withdraw subjects is not a list of 1 to 500"),
    ("claim.exclude", {"who": [""] * 2}, "claim.exclude who says something twice"),
    ("claim.counter", {"statement": ""}, "claim.counter statement is not 32 bytes"),
    ("claim.overlap", {"older": "x"}, "claim.overlap older is not a subject"),
    ("claim.settle", {"outcome": "won"}, "claim.settle outcome is 'won', not one of upheld, dropped"),
    ("strike.add", {"party": "ana"}, "strike.add party is not 32 bytes"),
    ("made.add", {"root": ""}, "made.add root is not 32 bytes"),
]


@pytest.mark.parametrize(("type_", "changes", "sentence"), BODIES)
def test_a_body_that_is_not_what_its_type_asks_for_says_why(type_, changes, sentence):
    body = {key: item for key, item in (VALID[type_] | changes).items() if item is not ...}

    with pytest.raises(BadRecord, match=sentence):
        parse_entry(data_of(type_, body))
    with pytest.raises(BadRecord, match=sentence):
        unsigned(type_, BY, "", body)


def test_every_type_has_a_refused_body():
    assert {type_ for type_, _, _ in BODIES} == set(TYPES)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "not canonical JSON"),
        (b"\xff", "not canonical JSON"),
        (b"[" * 100_000, "65535 are allowed"),
        (b"[" * 30_000, "not canonical JSON"),
        (b"[" * 40 + b"]" * 40, "nests deeper than 32 levels"),
        (b'{"v":1.0}', "not canonical JSON: 1.0 is not an integer"),
        (b'{"v":NaN}', "not canonical JSON: NaN is not an integer"),
        (b'{"v":1e3}', "not canonical JSON: 1e3 is not an integer"),
        (b'{"v":true}', "bool has no place in an entry"),
        (b'{"v":null}', "NoneType has no place in an entry"),
        (b'{"v":-0}', "not in canonical form"),
        (b'{"v":9007199254740992}', "is beyond"),
        (b'{"v":' + b"9" * 5000 + b"}", "not canonical JSON|is beyond"),
        (b'{"v": 1}', "not in canonical form"),
        (b'{"v":1}\n', "not in canonical form"),
        (b'{"v":1,"a":2}', "not in canonical form"),
        (b'{"v":1,"v":1}', "not in canonical form"),
        (b'{"v":"\\u00e9"}', "not in canonical form"),
        (b'{"v":"\\ud800"}', "half of a surrogate pair"),
        ('{"é":1}'.encode(), "is not ASCII text"),
        (b"7", "exactly the fields"),
        (b'"entry"', "exactly the fields"),
    ],
)
def test_bytes_that_are_no_entry_say_why(data, sentence):
    with pytest.raises(BadRecord, match=sentence):
        parse_entry(data)


def test_an_entry_that_is_too_long_is_refused():
    body = VALID["declare"] | {"subjects": [f"url:{n:02}" + "x" * 2000 for n in range(33)]}

    with pytest.raises(BadRecord, match=f"an entry of [0-9]+ bytes; at most {MOST_BYTES} are allowed"):
        parse_entry(data_of("declare", body))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from([DIGEST, WORK]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def near_entries(draw):
    """An entry with one of its values replaced by anything."""
    type_ = draw(st.sampled_from(list(VALID)))
    value = {"v": 1, "type": type_, "by": BY, "prev": "", "body": dict(VALID[type_]), "sig": SIG}
    place = draw(st.sampled_from([value, value["body"]]))
    place[draw(st.sampled_from(list(place)))] = draw(json_values)
    return json.dumps(value, ensure_ascii=draw(st.booleans()), sort_keys=True, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )


@given(st.binary(max_size=300) | json_values.map(lambda value: json.dumps(value).encode()) | near_entries())
def test_hostile_bytes_are_an_entry_or_one_refusal(data):
    try:
        entry = parse_entry(data)
    except (BadRecord, TooNew):
        return
    assert parse_entry(entry.data) == entry


@given(st.integers(0, 10**6), st.integers(1, 255))
def test_a_flipped_byte_never_leaves_the_same_entry(at, mask):
    whole = data_of("declare")
    data = bytearray(whole)
    data[at % len(whole)] ^= mask

    with contextlib.suppress(BadRecord, TooNew):
        assert parse_entry(bytes(data)).leaf != leaf_hash(whole)


subjects = st.builds(
    lambda kind, id_: "work:" + "0a" * 16 if kind is Kind.WORK else f"{kind}:{id_}",
    st.sampled_from(list(Kind)),
    st.text(st.characters(min_codepoint=33, max_codepoint=0x7E), min_size=1, max_size=30),
)


@given(
    subjects=st.lists(subjects, min_size=1, max_size=5, unique=True),
    uses=st.lists(st.sampled_from([use.value for use in Use]), min_size=1, max_size=4, unique=True),
    stance=st.sampled_from([stance.word for stance in Stance]),
    start=st.integers(0, 2**53 - 2),
    length=st.integers(0, 10**9),
)
def test_every_declaration_is_read_as_it_was_written(subjects, uses, stance, start, length):
    until = min(start + length, 2**53 - 1) if length else 0
    body = VALID["declare"] | {"subjects": subjects, "uses": uses, "stance": stance, "from": start, "until": until}

    entry = parse_entry(data_of("declare", body))

    assert entry.body == body
    assert [str(parse_subject(text)) for text in subjects] == subjects


def test_a_commitment_hides_behind_its_salt():
    assert commitment(SALT, "Dunes") != commitment(b"\x01" * 32, "Dunes")
    assert commitment(SALT, "Dunes") == hashlib.sha256(b"placet/commitment/v1\n" + SALT + b"Dunes").hexdigest()
    with pytest.raises(ValueError, match="a commitment's salt has 32 bytes"):
        commitment(b"short", "Dunes")
