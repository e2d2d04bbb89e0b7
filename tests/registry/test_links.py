"""Keys from elsewhere that are linked to a party: what enters the record, what does not, and how it is told."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from placet.core.authority import Authority, Step
from placet.core.did import did_of
from placet.core.stance import Voice
from placet.errors import PlacetError, Refused, StoreDamaged, VerificationFailed
from placet.registry import judging_links
from placet.registry.judging_links import MOST_LINKS
from placet.registry.ladder import identity_phrase, ladder
from placet.registry.links import binding_text
from placet.signing import credential
from placet.signing.sshsig import armor
from tests.factories import NOW, a_home, a_key, check_log
from tests.gallery.certificates import issued
from tests.signing.ssh_keys import Made, by_ed25519, by_p256, by_token, public_line, string

ANA, BEN = (a_key(number).public.hex() for number in (1, 2))
Link = tuple[str, str, bytes]  # kind, public, signature


def enter(folder):
    """Ana and Ben are in the record."""
    home = a_home(folder)
    for number in (1, 2):
        home.submit(a_key(number), lambda _: None)
    return home


@pytest.fixture
def home(tmp_path):
    return enter(tmp_path)


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """A home for what does not enter, and so leaves it as it is."""
    return enter(tmp_path_factory.mktemp("closed"))


def by_ssh(text: bytes, make: Callable[[bytes], Made] = by_ed25519) -> Link:
    made = make(text)
    return "ssh", public_line(made.public), armor(made.blob())


def by_did(text: bytes, number: int = 1) -> Link:
    key = Ed25519PrivateKey.from_private_bytes(sha256(b"%d" % number).digest())
    return "did", did_of(key.public_key().public_bytes_raw().hex()), key.sign(text)


def by_certificate(text: bytes) -> Link:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256

    chain, pem, root = issued("Ana")
    key = load_pem_private_key(pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    signature = key.sign(text, ec.ECDSA(SHA256()))
    made = credential.made(credential.certificates_in(chain + root), signature, text, NOW)
    return "c2pa", credential.thumbprints(made.chain), made.data()


EVERY = {
    "ssh": by_ssh,
    "ssh on a token": partial(by_ssh, make=by_token),
    "ssh of nistp256": partial(by_ssh, make=by_p256),
    "did": by_did,
    "c2pa": by_certificate,
}


def link(home, number: int, told: Link):
    submission, _ = home.submit(a_key(number), lambda composer: composer.link(*told))
    return submission.entries[-1]


def refused(home, told: Link, sentence: str, error: type[PlacetError] = Refused, by: int = 1) -> None:
    before = home.size

    with pytest.raises(error, match=sentence):
        link(home, by, told)

    assert home.size == before


@pytest.fixture(params=EVERY.values(), ids=list(EVERY))
def make(request) -> Callable[[bytes], Link]:
    return request.param


def test_a_key_that_signed_is_linked_and_raises_nothing(home, make):
    told = make(binding_text(ANA, home.log.origin))

    entry = link(home, 1, told)

    authority = Authority.of(home.registry.acts())
    assert [act.id for act in authority.links(ANA)] == [entry.id]
    assert authority.links(BEN) == []
    assert authority.step(ANA, NOW) is Step.KEY
    assert authority.voice(ANA, NOW) is Voice.CLAIMED
    assert home.log_files.blob(entry.body["signature"]) == told[2]
    assert "which signed for key" in identity_phrase(entry)
    (rung,) = [each for each in ladder(authority, ANA, NOW, str) if each.state == "linked"]
    assert rung.words.endswith(" signed for it; this raises nothing")
    assert rung.step is Step.KEY
    check_log(home)


def test_what_was_signed_for_another_log_is_refused(closed, make):
    text = binding_text(ANA, f"{closed.log.origin}x")

    refused(closed, make(text), r"\((sshsig.bad|link.signature)\)$", VerificationFailed)


def test_what_was_signed_for_another_party_is_refused(closed, make):
    text = binding_text(BEN, closed.log.origin)

    refused(closed, make(text), r"\((sshsig.bad|link.signature)\)$", VerificationFailed)


def test_what_another_key_signed_is_refused(closed, make):
    """The signature is right, and the entry names somebody else's key."""
    _, _, signature = make(binding_text(ANA, closed.log.origin))
    others = {
        "ssh": public_line(string(b"ssh-ed25519") + string(bytes.fromhex(BEN))),
        "did": did_of(BEN),
        "c2pa": "00" * 32,
    }
    kind = make(b"")[0]

    refused(closed, (kind, others[kind], signature), r"\(link.(key|signature)\)$", PlacetError)


def test_a_flipped_bit_of_a_link_is_refused(closed):
    """Each fifth; tests/signing flips them all."""
    kind, public, signature = by_did(binding_text(ANA, closed.log.origin))
    for bit in range(0, 8 * len(signature), 5):
        changed = signature[: bit // 8] + bytes([signature[bit // 8] ^ 1 << bit % 8]) + signature[bit // 8 + 1 :]
        refused(closed, (kind, public, changed), r"\(link.signature\)$", VerificationFailed)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (("ssh", "ssh-ed25519 AAAA", b"no armor"), r"\(sshsig.armor\)$"),
        (("did", "did:key:z6Mk", bytes(64)), r"\(identifier.form\)$"),
        (("did", "did:web:ana.example", bytes(64)), r"\(identifier.form\)$"),
        (("did", did_of("00" * 32), bytes(64)), r"\(link.key\)$"),
        (("did", did_of("01" + "00" * 31), bytes(64)), r"\(link.key\)$"),
        (("did", did_of(ANA), bytes(63)), r"has 64 bytes, not 63 \(link.signature\)$"),
        (("c2pa", "00" * 32, b"{}"), r"\(link.form\)$"),
    ],
    ids=range(7),
)
def test_what_is_no_signature_is_refused(closed, told, sentence):
    refused(closed, told, sentence)


def test_the_armor_in_the_record_has_one_spelling(closed):
    kind, public, signature = by_ssh(binding_text(ANA, closed.log.origin))

    for other in (signature.replace(b"\n", b"\r\n"), signature.removesuffix(b"\n")):
        refused(closed, (kind, public, other), r"is not wrapped as ssh-keygen wraps it \(sshsig.armor\)$")


def test_a_key_is_linked_once_also_by_a_later_key_of_the_party(home, make):
    origin = home.log.origin
    link(home, 1, make(binding_text(ANA, origin)))
    home.submit(a_key(1), lambda composer: composer.rotate(a_key(3)))
    later = make(binding_text(a_key(3).public.hex(), origin))

    refused(home, later, r"is linked to this party already \(link.twice\)$", by=3)

    assert len(Authority.of(home.registry.acts()).links(ANA)) == 1


def test_one_submission_links_a_key_once_too(home):
    told = by_did(binding_text(ANA, home.log.origin))

    with pytest.raises(Refused, match=r"\(link.twice\)$"):
        home.submit(a_key(1), lambda composer: [composer.link(*told), composer.link(*told)])


def test_one_key_may_be_linked_to_two_parties(home, make):
    """Somebody may have two; each has her own signature."""
    for number, party in ((1, ANA), (2, BEN)):
        link(home, number, make(binding_text(party, home.log.origin)))

    check_log(home)


def test_a_party_links_so_many_and_no_more(home):
    text = binding_text(ANA, home.log.origin)
    told = [by_did(text, number) for number in range(MOST_LINKS + 1)]
    home.submit(a_key(1), lambda composer: [composer.link(*each) for each in told[:-1]])

    refused(home, told[-1], rf"a party links {MOST_LINKS} keys at most \(link.many\)$")


def test_a_link_without_its_signature_is_refused(home, monkeypatch):
    told = by_did(binding_text(ANA, home.log.origin))
    composer = home.composer(a_key(1))
    composer.link(*told)
    submission = composer.submission()

    with pytest.raises(Refused, match="the signature is missing"):
        home.log.append(type(submission)(submission.entries))


def test_fsck_judges_what_a_log_took_without_judging(home, monkeypatch):
    told = by_did(binding_text(BEN, home.log.origin))
    with monkeypatch.context() as patch:
        patch.setattr(judging_links, "check_link", lambda *_: None)
        link(home, 1, told)

    with pytest.raises(StoreDamaged, match=r"should not have been taken: the signature does not hold"):
        check_log(home)


def test_what_a_lost_key_linked_says_so(home):
    link(home, 1, by_did(binding_text(ANA, home.log.origin)))
    home.submit(a_key(1), lambda composer: composer.revoke_key(ANA, NOW, "stolen"))

    authority = Authority.of(home.registry.acts())

    (rung,) = [each for each in ladder(authority, ANA, NOW, str) if each.state == "linked"]
    assert "said by a key that was lost" in rung.words


def test_a_certificate_is_told_by_the_name_in_it_where_its_blob_is_there(home):
    link(home, 1, by_certificate(binding_text(ANA, home.log.origin)))
    authority = Authority.of(home.registry.acts())

    told = [ladder(authority, ANA, NOW, str, read)[1].words for read in (home.log_files.blob, lambda _: None)]

    assert "signed for it, and names O=Ana, which nobody checked" in told[0]
    assert "O=Ana" not in told[1]
