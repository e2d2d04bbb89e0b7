"""Licences: what was signed is read back, and nothing else is; other people's software reads them too."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OKPKey

from placet.core.did import did_of
from placet.core.money import Money
from placet.core.offer import Report, Unit
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.errors import BadInput, BadRecord, PlacetError, TooNew, VerificationFailed
from placet.licensing.agreement import Agreement, agreement_of, claims
from placet.licensing.check import standing, to_core
from placet.licensing.document import (
    LicenceFile,
    open_licence,
    open_status,
    parse_file,
    seal_licence,
    seal_status,
)
from placet.licensing.scope import prove, scope_root, sorted_scope
from placet.licensing.status import MOST, StatusList, pack, unpack
from placet.signing.keys import Role, generate
from placet.signing.tokens import sign_token

HER = generate(b"h" * 32, Role.PARTY)
OTHER = generate(b"o" * 32, Role.PARTY)
BUYER = generate(b"b" * 32, Role.CLEAR)
WORKS = sorted_scope(Subject(Kind.WORK, f"{number:032x}") for number in range(7))
LIST = "urn:placet:status:test"


def agreed(**change: object) -> Agreement:
    values = {
        "id": "ab" * 16,
        "licensor": HER.public.hex(),
        "holder": BUYER.public.hex(),
        "uses": (Use.TRAIN_GENERATIVE,),
        "unit": Unit.WORK,
        "root": scope_root(WORKS),
        "count": len(WORKS),
        "issued_at": 1000,
        "start": 1000,
        "until": 2000,
        "status": LIST,
        "place": 5,
        "price": Money(8400, "EUR"),
        "credit": "© Жанна",
    }
    return Agreement(**values | change)


def listed(*revoked: int, at: int = 1000, key=HER) -> StatusList:
    return StatusList(
        uri=LIST, issuer=key.public.hex(), issued_at=at, expires_at=at + 9, size=64, revoked=frozenset(revoked)
    )


def made(said: Agreement | None = None, *, key=HER, part: int = 0) -> LicenceFile:
    said = said or agreed()
    status = listed(key=key)
    return LicenceFile(
        token=seal_licence(said, key),
        agreement=said,
        works=() if part else WORKS,
        proofs=prove(WORKS, WORKS[:part]),
        salt=b"s" * 32,
        status=status,
        status_token=seal_status(status, key),
    )


lines = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=30)
PERMITTED = [use for use in Use if use not in (Use.ANY, Use.ACCESS)]
agreements = st.builds(
    agreed,
    uses=st.lists(st.sampled_from(PERMITTED), min_size=1, unique=True).map(tuple),
    unit=st.sampled_from([Unit.WORK, Unit.REPERTOIRE]),
    place=st.integers(0, 63),
    territory=st.sampled_from([(), ("FR",), ("EU", "GB")]),
    until=st.sampled_from([0, 1001, 10**10]),
    model=lines,
    credit=lines,
    report=st.sampled_from(Report),
)


@given(agreements)
@settings(max_examples=50)
def test_a_licence_is_read_back_as_it_was_signed(said):
    assert open_licence(seal_licence(said, HER)) == said


@given(agreements)
@settings(max_examples=50)
def test_a_file_is_read_back_as_it_was_written(said):
    file = made(said)

    assert parse_file(file.data()) == file


def test_a_share_of_revenue_is_read_back():
    said = agreed(unit=Unit.REVENUE, price=None, rate=Fraction(1, 40))

    assert agreement_of(claims(said)) == said


def test_proofs_of_a_part_show_that_part_and_no_more():
    file = parse_file(made(part=2).data())

    assert file.subjects == frozenset(WORKS[:2])
    assert to_core(file).subjects == frozenset(WORKS[:2])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"uses": ()}, "names the uses"),
        ({"uses": (Use.ACCESS,)}, "never access"),
        ({"uses": (Use.ANY,)}, "never access"),
        ({"count": 0}, "no work"),
        ({"until": 1000}, "over before it begins"),
        ({"price": None}, "a price or a share"),
        ({"price": Money(-1, "EUR")}, "below zero"),
        ({"unit": Unit.MODEL}, "names none"),
        ({"credit": "a\nb"}, "single lines"),
        ({"holder": "AB" * 32}, "lowercase hex"),
        ({"id": "x"}, "lowercase hex"),
        ({"offer": "12"}, "SHA-256"),
    ],
    ids=str,
)
def test_what_makes_no_sense_cannot_be_given(change, why):
    with pytest.raises(BadInput, match=why):
        agreed(**change)


# ---- forged and broken --------------------------------------------------------------------------


def altered(token: str, change) -> str:
    head, body, tail = token.split(".")
    value = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    change(value)
    data = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return ".".join((head, base64.urlsafe_b64encode(data).rstrip(b"=").decode(), tail))


def forged(**change: object) -> bytes:
    return json.dumps(json.loads(made().data()) | change).encode()


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value["credentialSubject"]["terms"].update(amount=1),
        lambda value: value["credentialSubject"]["terms"].update(uses=["train"]),
        lambda value: value["credentialSubject"]["agreement"]["permission"][0].update(action=["urn:placet:use:any"]),
        lambda value: value.update(validUntil="2099-01-01T00:00:00Z"),
        lambda value: value.update(issuer="did:key:z6Mkr1Pb4jtBTYHCxycVGejxbnXSZjFGakeaEnt8oGdTgBwG"),
        lambda value: value.update(issuer=3),
        lambda value: value["status"]["status_list"].update(idx=6),
    ],
)
def test_an_altered_licence_is_refused(change):
    with pytest.raises(PlacetError):
        open_licence(altered(made().token, change))


def test_a_licence_that_says_one_thing_twice_and_differently_is_refused_though_it_is_signed():
    value = claims(agreed())
    value["credentialSubject"]["agreement"]["permission"][0]["action"] = ["urn:placet:use:dataset"]

    with pytest.raises(BadRecord, match="contradicts itself"):
        open_licence(sign_token(value, "vc+jwt", did_of(HER.public.hex()), HER))


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "typ": "vc+jwt"},
        {"alg": "HS256", "typ": "vc+jwt"},
        {"alg": "EdDSA", "typ": "vc+jwt"},
        {"alg": "Ed25519", "typ": "JWT"},
        {"alg": "Ed25519", "typ": "vc+jwt", "crit": ["x"], "x": 1},
    ],
    ids=str,
)
def test_another_algorithm_or_type_is_refused(header):
    _, body, tail = made().token.split(".")
    head = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()

    with pytest.raises(BadRecord, match="header"):
        open_licence(f"{head}.{body}.{tail}")


@pytest.mark.parametrize(
    "change",
    [
        {"works": [str(work) for work in WORKS[:-1]]},
        {"works": [str(work) for work in reversed(WORKS)]},
        {"works": []},
        {"works": ["work:zz"]},
        {"proofs": [["work:" + "0" * 32, 0, []]]},
        {"works": [], "proofs": [["work:" + "0" * 32, 0, []]]},
        {"works": [], "proofs": [["work:" + "f" * 32, 0, [step.hex() for step in prove(WORKS, WORKS[:1])[0].path]]]},
        {"works": [], "proofs": [[1, 2]]},
        {"salt": "00"},
        {"salt": "zz" * 32},
        {"status": "a.b.c"},
        {"status": seal_status(listed(key=OTHER), OTHER)},
        {"status": seal_status(replace(listed(), uri="urn:placet:status:another"), HER)},
        {"licence": ""},
        {"licence": "é.b.c"},
        {"more": 1},
    ],
    ids=str,
)
def test_a_forged_file_is_refused(change):
    with pytest.raises((BadRecord, VerificationFailed, BadInput)):
        parse_file(forged(**change))


def test_a_licence_for_a_work_that_is_not_in_the_proof_is_refused():
    (proof,) = prove(WORKS, WORKS[:1])
    other = Subject(Kind.WORK, "f" * 32)

    with pytest.raises(VerificationFailed, match="not for work:ffff"):
        parse_file(replace(made(part=1), proofs=(replace(proof, subject=other),)).data())


def test_a_later_version_is_not_guessed_at():
    with pytest.raises(TooNew):
        parse_file(forged(placet_licence=2))


@given(st.integers(0, 2**20), st.integers(0, 255))
@settings(max_examples=100)
def test_a_flipped_byte_is_refused_or_changes_nothing(at, byte):
    data = bytearray(made().data())
    data[at % len(data)] = byte
    try:
        read = parse_file(bytes(data))
    except PlacetError:
        return

    assert (read.agreement, read.subjects) == (made().agreement, made().subjects)


@given(st.binary(max_size=200))
def test_hostile_bytes_raise_nothing_else(data):
    for read in (parse_file, lambda some: open_licence(some.decode("latin-1"))):
        with pytest.raises(PlacetError):
            read(data)


# ---- at which time ------------------------------------------------------------------------------


@pytest.mark.parametrize(("at", "why"), [(999, "not begun"), (1000, ""), (1999, ""), (2000, "over")])
def test_a_licence_holds_within_its_term(at, why):
    stood = standing(made(), at)

    assert why in stood.why
    assert stood.holds is not bool(why)


def test_taking_back_counts_from_then_on_and_not_before():
    lists = [listed(5, at=1500)]

    assert standing(made(), 1499, lists).holds
    assert standing(made(), 1500, lists).why == "it was taken back"


def test_a_list_of_somebody_else_takes_nothing_back():
    assert standing(made(), 1600, [listed(5, at=1500, key=OTHER)]).holds
    assert standing(made(), 1600, [replace(listed(5, at=1500), uri="urn:x")]).holds


def test_a_list_dated_after_now_counts_already():
    lists = [listed(5, at=1500)]

    assert standing(made(), 1400, lists, 1400).why == "it was taken back"
    assert standing(made(), 1400, lists, 1600).holds


@pytest.mark.parametrize("field", ["issued_at", "start", "until"])
def test_a_day_beyond_every_calendar_is_refused(field):
    with pytest.raises(BadInput, match="no calendar"):
        agreed(**{"until": 0, field: 2**53 - 1})


def test_a_signed_licence_with_such_a_day_is_unreadable():
    value = claims(agreed())
    value["credentialSubject"]["terms"]["until"] = 2**53 - 1

    with pytest.raises(BadRecord, match="no calendar"):
        open_licence(sign_token(value, "vc+jwt", did_of(HER.public.hex()), HER))


@pytest.mark.parametrize("line", ["© Жанна", "علی\u200cرضا", "作品・名", "שלום", "क्\u200dष", "👩\u200d🎨", "Ó Briain"])
def test_credit_is_taken_in_every_script(line):
    assert agreement_of(claims(agreed(credit=line))).credit == line


@pytest.mark.parametrize("line", ["a\nb", "a\u202eb", "a\u2066b", "a\x00", "a\ufeffb", "a" * 301])
def test_what_makes_a_line_read_as_another_is_refused(line):
    with pytest.raises(BadInput, match="single lines"):
        agreed(credit=line)


def test_of_two_lists_made_at_once_the_stricter_counts():
    assert not standing(made(), 1600, [listed(5)]).holds


def test_a_licence_beyond_its_list_is_refused():
    with pytest.raises(BadRecord, match="64 places"):
        standing(made(agreed(place=64)), 1500)


# ---- status lists -------------------------------------------------------------------------------


def test_the_draft_s_own_example():
    bits = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]
    revoked = frozenset(at for at, bit in enumerate(bits) if bit)

    assert unpack("eNrbuRgAAhcBXQ") == (16, revoked)
    assert unpack(pack(16, revoked)) == (16, revoked)


@given(st.sets(st.integers(0, 1023)))
def test_a_list_is_unpacked_as_it_was_packed(revoked):
    assert unpack(pack(1024, revoked)) == (1024, revoked)


def test_a_bomb_is_refused_before_it_is_unpacked():
    bomb = base64.urlsafe_b64encode(zlib.compress(bytes(MOST // 8 + 1))).rstrip(b"=").decode()

    with pytest.raises(BadRecord, match="more than"):
        unpack(bomb)


@pytest.mark.parametrize("lst", ["", "é", "!!!!", "AAAA", pack(64, [1])[:-4]])
def test_what_is_no_list_is_refused(lst):
    with pytest.raises(BadRecord):
        unpack(lst)


def test_a_list_is_believed_from_its_issuer_only():
    token = seal_status(listed(3), HER)

    assert open_status(token, HER.public.hex()).revoked == {3}
    with pytest.raises(VerificationFailed):
        open_status(token, OTHER.public.hex())


# ---- without Placet -----------------------------------------------------------------------------


def test_a_licence_verifies_with_joserfc_and_hashlib_alone():
    file = json.loads(made(part=1).data())
    x = base64.urlsafe_b64encode(HER.public).rstrip(b"=").decode()
    public = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": x})

    said = json.loads(jws.deserialize_compact(file["licence"].encode(), public, algorithms=["Ed25519"]).payload)
    terms = said["credentialSubject"]["terms"]
    ((work, index, path),) = file["proofs"]
    node, fn, sn = hashlib.sha256(b"\0" + work.encode()).digest(), index, terms["count"] - 1
    for step in map(bytes.fromhex, path):  # RFC 9162 section 2.1.3.2
        if fn & 1 or fn == sn:
            node = hashlib.sha256(b"\1" + step + node).digest()
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            node = hashlib.sha256(b"\1" + node + step).digest()
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    assert node.hex() == terms["works"]
