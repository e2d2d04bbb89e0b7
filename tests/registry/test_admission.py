"""What may not enter the record, each with its sentence; and nothing of a refused submission is kept."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from placet.core.canonical import encode
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.errors import BadRecord, PlacetError, Refused, VerificationFailed
from placet.log.sequencer import Submission
from placet.record.ed25519 import flaw
from placet.record.entries import parse_entry
from placet.record.merkle import leaf_hash, root
from placet.registry.admission import admit
from placet.registry.compose import Composer
from placet.registry.openings import Opening
from placet.registry.projection import pack_records
from placet.signing.keys import Key, Role, verify
from placet.store.registry import SqlState
from tests.factories import NOW, a_composer, a_home, a_key, a_wish, a_work, append, check_log, reserve, sign, works_of

SALT = bytes(32)


@pytest.fixture
def home(tmp_path):
    """Ana (1) and Ben (2) hold a work each; entries 0 to 5."""
    home = a_home(tmp_path)
    reserve(home, 1, by=1)
    reserve(home, 2, by=2)
    return home


def refused(home, submission, sentence, error=Refused):
    """The sentence comes, and nothing is kept."""
    dump, published = home.registry.dump(), home.log.published()

    with pytest.raises(error, match=sentence):
        home.log.append(submission)

    assert (home.registry.dump(), home.log.published()) == (dump, published)
    assert home.log.entries.size() == published.size
    check_log(home)


def last(home, number=1):
    return home.registry.last_of(a_key(number).public.hex())


def test_an_altered_entry_is_refused(home):
    composer = a_composer(home)
    composer.declare([Subject(Kind.DOMAIN, "ana.example")], a_wish())
    entry = composer.entries[0]
    altered = parse_entry(entry.data.replace(b'"reserve"', b'"allow"'))

    refused(home, Submission((altered,)), r"entry \w+ is not signed by the key it names", VerificationFailed)


def test_an_entry_with_another_signature_is_refused(home):
    composer = a_composer(home)
    composer.declare([Subject(Kind.DOMAIN, "ana.example")], a_wish())
    entry = composer.entries[0]
    other = parse_entry(entry.data.replace(entry.sig.encode(), b"00" * 64))

    refused(home, Submission((other,)), "is not signed by the key it names", VerificationFailed)


def test_an_entry_in_the_name_of_another_key_is_refused(home):
    body = {"at": NOW, "declaration": "00" * 32, "subjects": []}
    entry = sign(a_key(2), "withdraw", last(home), body)
    stolen = parse_entry(entry.data.replace(entry.by.encode(), a_key(1).public.hex().encode()))

    refused(home, Submission((stolen,)), "is not signed by the key it names", VerificationFailed)


@pytest.mark.parametrize("prev", ["", "00" * 32])
def test_an_entry_out_of_its_chain_is_refused(home, prev):
    composer = Composer(a_key(1), prev, NOW)
    composer.declare([Subject(Kind.DOMAIN, "ana.example")], a_wish())

    refused(home, composer.submission(), "does not follow its key's newest entry; make it again from the present")


def test_an_entry_before_its_predecessor_is_refused(home):
    composer = a_composer(home)
    composer.declare([Subject(Kind.DOMAIN, "ana.example")], a_wish())
    composer.declare([Subject(Kind.DOMAIN, "ana2.example")], a_wish())

    refused(home, Submission(tuple(reversed(composer.entries))), "does not follow its key's newest entry")


def test_an_unknown_key_is_refused(home):
    composer = Composer(a_key(7), "", NOW)
    composer.declare([Subject(Kind.DOMAIN, "ana.example")], a_wish())

    refused(home, composer.submission(), "this key is not in the record yet: a key.add entry comes first")


def test_a_key_enters_once(home):
    composer = a_composer(home)
    composer.introduce()

    refused(home, composer.submission(), "this key is in the record already")


def test_a_key_enters_once_in_one_submission(home):
    composer = a_composer(home, 7)
    composer.introduce()

    refused(home, composer.submission(), "this key is in the record already")


@pytest.mark.parametrize("role", [Role.LOG, Role.CLEAR])
def test_only_a_party_speaks(home, role):
    key = home.key(role)
    composer = home.composer(key)
    composer.declare([Subject(Kind.DOMAIN, "ana.example")], a_wish())

    refused(home, composer.submission(), "only a party's key registers works and speaks about them")


@pytest.mark.parametrize(
    ("type_", "body"),
    [
        ("snapshot.publish", {"at": NOW, "size": 1, "manifest": "00" * 32}),
        ("erasure.note", {"at": NOW, "kind": "blob", "digest": "00" * 32, "why": "asked"}),
    ],
)
def test_what_only_the_log_writes_is_refused_from_others(home, type_, body):
    entry = sign(a_key(1), type_, last(home), body)

    refused(home, Submission((entry,)), f"only the log's own key writes {type_}")


def test_the_logs_own_key_publishes_a_snapshot(home):
    composer = home.composer(home.key(Role.LOG))
    composer.publish(6, "00" * 32)

    assert home.log.append(composer.submission()) == [6, 7]
    check_log(home)


def test_a_work_of_another_is_not_spoken_for(home):
    ids = [work.id for work in home.registry.works()]
    composer = a_composer(home, 1)
    composer.declare(works_of(ids), a_wish(Stance.ALLOW))

    refused(home, composer.submission(), rf"work {ids[1][:12]} was registered by another key; register your own claim")


def test_a_work_that_is_not_there_is_not_spoken_for(home):
    composer = a_composer(home)
    composer.declare(works_of(["00" * 16]), a_wish())

    refused(home, composer.submission(), "there is no work 000000000000 in the record")


def test_a_work_is_registered_once(home):
    composer = a_composer(home, 2)
    composer.register([a_work(3), a_work(1)])

    refused(home, composer.submission(), r"work \w+ is in the record already")


def test_a_work_is_registered_once_in_one_entry(home):
    composer = a_composer(home)
    composer.register([a_work(3), a_work(3)])

    refused(home, composer.submission(), "the submission registers the same work twice")


def test_a_work_is_registered_once_in_one_submission(home):
    composer = a_composer(home)
    composer.register([a_work(3)])
    composer.register([a_work(3)])

    refused(home, composer.submission(), r"work \w+ is in the record already")


@pytest.mark.parametrize("what", ["the works' records are", "the fingerprints of work", "the thumbnail of work"])
def test_a_missing_blob_is_refused(home, what):
    composer = a_composer(home)
    work = a_work(3, thumb=b"small")
    composer.register([work])
    missing = {
        "the works' records are": composer.entries[0].body["blob"],
        "the fingerprints of work": work.record.prints,
        "the thumbnail of work": work.complete().thumb,
    }[what]
    del composer.blobs[missing]

    refused(home, composer.submission(), rf"{what}.* missing: the blob {missing[:12]} was not submitted")


def test_missing_terms_are_refused(home):
    composer = a_composer(home)
    composer.declare([Subject(Kind.DOMAIN, "ana.example")], a_wish(terms="ask"))
    composer.blobs.clear()

    refused(home, composer.submission(), "the terms are missing: the blob")


def work_add(home, records, count=None, tree=None):
    blob = pack_records(records)
    digest = hashlib.sha256(blob).hexdigest()
    tree = tree or root([leaf_hash(record) for record in records]).hex()
    body = {"at": NOW, "count": count or len(records), "root": tree, "blob": digest}
    return Submission((sign(a_key(1), "work.add", last(home), body),), {digest: blob})


PLAIN = [a_work(number, prints=False).record.data() for number in (11, 12, 13)]


def test_a_wrong_merkle_root_is_refused(home):
    other = root([leaf_hash(record) for record in PLAIN[:2]]).hex()

    refused(home, work_add(home, PLAIN, tree=other), "are not those whose Merkle root it carries", BadRecord)


def test_a_wrong_count_is_refused(home):
    refused(home, work_add(home, PLAIN, count=2), "are not those whose Merkle root it carries", BadRecord)


def test_a_record_that_cannot_be_read_is_refused(home):
    broken = encode({"v": 1, "medium": "image"})

    refused(home, work_add(home, [PLAIN[0], broken]), "a work record of version 1 has other fields", BadRecord)


def test_a_sheet_that_cannot_be_read_is_refused(home):
    work = a_work(3)
    sheet = b'{"image-plh/1":{"identity":"00"},"v":1}'
    spoiled = replace(work, sheet=sheet, record=replace(work.record, prints=hashlib.sha256(sheet).hexdigest()))
    composer = a_composer(home)
    composer.register([spoiled])

    refused(home, composer.submission(), r"work \w+: a fingerprint sheet that cannot be read", BadRecord)


def words_of(home, by):
    return next(said for said in home.registry.spoken() if said.by == a_key(by).public.hex())


def test_the_words_of_another_are_not_withdrawn(home):
    composer = a_composer(home, 1)
    composer.withdraw(words_of(home, 2))

    refused(home, composer.submission(), "only who said it, or for whom it was said, can take it back")


def test_a_withdrawal_is_not_withdrawn(home):
    composer = a_composer(home, 1)
    composer.withdraw(words_of(home, 1))
    home.log.append(composer.submission())
    withdrawal = list(home.registry.spoken())[-1]
    composer = a_composer(home, 1)
    composer.withdraw(withdrawal)

    refused(home, composer.submission(), "a withdrawal cannot be withdrawn; declare anew instead")


def test_what_was_never_said_is_not_withdrawn(home):
    composer = a_composer(home, 1)
    composer.withdraw(replace(words_of(home, 1), id="ab" * 32))

    refused(home, composer.submission(), "there is no declaration abababababab in the record")


def test_a_withdrawal_about_something_else_is_refused(home):
    composer = a_composer(home, 1)
    composer.withdraw(words_of(home, 1), [Subject(Kind.DOMAIN, "ana.example")])

    refused(home, composer.submission(), "the declaration says nothing about domain:ana.example")


def test_words_may_be_taken_back_in_the_submission_that_says_them(home):
    composer = a_composer(home)
    composer.declare([Subject(Kind.DOMAIN, "ana.example")], a_wish())
    said = replace(words_of(home, 1), id=composer.entries[0].id)
    composer.withdraw(said)

    home.log.append(composer.submission())

    assert [each.withdraws for each in home.registry.spoken()][-2:] == [None, 6]
    check_log(home)


def test_a_good_entry_beside_a_bad_one_is_not_kept(home):
    good = a_composer(home, 1)
    good.register([a_work(3)])
    bad = Composer(a_key(7), "", NOW)
    bad.declare([Subject(Kind.DOMAIN, "ana.example")], a_wish())

    refused(home, Submission((*good.entries, *bad.entries), good.blobs), "this key is not in the record yet")


def test_an_opening_that_does_not_open_is_refused(home):
    opening = Opening(salt=SALT, value="Dunes", show=True)
    with home.engine.connect() as connection:
        state = SqlState(connection, home.log_files.blob)

        with pytest.raises(BadRecord, match=r"the opening of 0000.* does not open it"):
            admit((), {}, state, {"00" * 32: opening.data()}, origin="")
        with pytest.raises(Refused, match=r"the opening \w{12} belongs to no entry of the submission"):
            admit((), {}, state, {opening.commitment: opening.data()}, origin="")


def test_a_name_and_a_title_are_taken_with_their_openings(home):
    composer = a_composer(home, 3, name="Cleo")
    composer.register([a_work(3, title="Dunes", thumb=b"small")])
    submission = composer.submission()
    with home.engine.connect() as connection:
        state = SqlState(connection, home.log_files.blob)

        admit(submission.entries, submission.blobs, state, submission.openings, origin="")

    assert len(submission.openings) == 2


# Keys that are no one's ------------------------------------------------------------------------------------

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P


def plus(a, b):
    """RFC 8032 section 5.1.4, in affine coordinates."""
    (x1, y1), (x2, y2) = a, b
    both = D * x1 * x2 * y1 * y2 % P
    return (x1 * y2 + x2 * y1) * pow(1 + both, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - both, -1, P) % P


def decoded(public):
    """A point with this y, either sign of x; None where there is none."""
    y = int.from_bytes(public, "little") & ((1 << 255) - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    return (x, y % P) if x * x % P == square else None


SMALL = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]
NOT_CANONICAL = [
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]


@pytest.mark.parametrize("public", SMALL)
def test_the_listed_points_are_of_small_order(public):
    point = decoded(bytes.fromhex(public))
    eight = plus(point, point)
    for _ in range(2):
        eight = plus(eight, eight)

    assert eight == (0, 1)
    assert flaw(bytes.fromhex(public)) == "is a point of small order, for which anyone can sign"


@pytest.mark.parametrize("public", NOT_CANONICAL)
def test_a_key_in_another_form_is_flawed(public):
    assert flaw(bytes.fromhex(public))


def test_a_key_that_anyone_could_make_is_not_flawed():
    assert not any(flaw(a_key(number).public) for number in range(100))


@pytest.mark.parametrize("public", [*SMALL, *NOT_CANONICAL])
def test_a_key_that_anyone_can_sign_for_does_not_enter(home, public):
    """The signature R = identity, S = 0 holds for many of these, whatever the message."""
    forged = {"at": NOW, "role": "party", "name": ""}
    value = {"v": 1, "type": "key.add", "by": public, "prev": "", "body": forged, "sig": "01" + "00" * 63}
    entry = parse_entry(encode(value))

    refused(
        home, Submission((entry,)), r"the key \w+ is (a point of small order|written in a form)", VerificationFailed
    )


def test_without_the_check_such_a_key_would_sign_anything():
    """Why there is a list: OpenSSL accepts the identity as a key, and this one signature for all messages."""
    weak, signature = bytes.fromhex(SMALL[0]), bytes.fromhex("01" + "00" * 63)

    Ed25519PublicKey.from_public_bytes(weak).verify(signature, b"anything")
    with pytest.raises(PlacetError, match="small order"):
        verify(weak, b"anything", signature)
    with pytest.raises(PlacetError):
        verify(Key(Role.PARTY, bytes(32)).public, b"anything", signature)


def test_a_submission_by_two_parties_is_taken(home):
    ana, ben = a_composer(home, 1), a_composer(home, 2)
    ids = [*ana.register([a_work(3)]), *ben.register([a_work(4)])]
    ana.declare(works_of(ids[:1]), a_wish())
    mixed = [ana.entries[0], ben.entries[0], ana.entries[1]]

    home.log.append(Submission(tuple(mixed), ana.blobs | ben.blobs))

    assert check_log(home).checkpoint.size == 9
    assert append(home, mixed) == [6, 7, 8]
