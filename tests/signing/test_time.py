"""Time stamps: ours and openssl's agree, and everything that is wrong with one is said in a sentence with an id."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.core.reasons import REASONS
from placet.errors import BadInput, BadRecord, PlacetError, Refused, Untrusted, VerificationFailed
from placet.signing.time import MOST_BYTES, NOT_STATED, ask, authorities, check_answer, verify_stamp
from placet.signing.trusted_list import parse_list
from tests.signing.authority import Authority

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="the authority is openssl's")


def now() -> int:
    """openssl signs by this clock, whenever the test is run."""
    return int(time.time())  # noqa: TID251


DATA = b"local.placet/00\n3\nAAAA\n"
REQUEST = ask(hashlib.sha256(DATA).digest(), 0xFEDC_BA98_7654_3210)
LIST = """<?xml version="1.0"?>
<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#"><TrustServiceProviderList><TrustServiceProvider>
<TSPServices><TSPService><ServiceInformation>
<ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST</ServiceTypeIdentifier>
<ServiceName><Name xml:lang="en">Our stamps</Name></ServiceName>
<ServiceDigitalIdentity><DigitalId><X509Certificate>{certificate}</X509Certificate></DigitalId></ServiceDigitalIdentity>
<ServiceStatus>http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/{status}</ServiceStatus>
<StatusStartingTime>{since}</StatusStartingTime>
</ServiceInformation></TSPService></TSPServices></TrustServiceProvider></TrustServiceProviderList>
</TrustServiceStatusList>"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("authorities")


@pytest.fixture(scope="module")
def authority(place: Path) -> Authority:
    return Authority(place / "good")


@pytest.fixture(scope="module")
def token(authority: Authority) -> bytes:
    return authority.answer(REQUEST)


def trusted(authority: Authority):
    return authorities(authority.root.read_bytes())


def the_list(authority: Authority, status: str = "granted", since: str = "2020-01-01T00:00:00Z") -> bytes:
    der = base64.b64encode(authority.signer.public_bytes(Encoding.DER)).decode()
    return LIST.format(certificate=der, status=status, since=since).encode()


def test_what_openssl_signs_for_our_request_holds_here_and_there(authority: Authority, token: bytes) -> None:
    stamp = verify_stamp(token, DATA, trusted(authority), now() + 60)

    assert abs(stamp.at - now()) < 120
    assert (stamp.authority, stamp.policy, stamp.qualified) == ("CN=Test authority", "1.2.3.4.1", NOT_STATED)
    assert check_answer(token, DATA, REQUEST, now() + 60) == stamp.at
    assert authority.agrees(token, DATA)
    assert not authority.agrees(token, b"other")


def test_openssl_reads_our_request_as_we_mean_it(tmp_path: Path) -> None:
    (tmp_path / "query").write_bytes(REQUEST)

    shown = subprocess.run(
        ["openssl", "ts", "-query", "-in", tmp_path / "query", "-text"], capture_output=True, check=True, text=True
    ).stdout

    assert "Nonce: 0xFEDCBA9876543210" in shown
    assert "Certificate required: yes" in shown
    assert "Hash Algorithm: sha256" in shown


@pytest.mark.parametrize("hash_", ["sha384", "sha512"])
def test_a_request_by_openssl_is_stamped_and_checked_too(authority: Authority, hash_: str, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(DATA)
    words = ["openssl", "ts", "-query", "-data", tmp_path / "data", f"-{hash_}", "-cert"]
    request = subprocess.run(words, capture_output=True, check=True).stdout

    token = authority.answer(request)

    assert (
        check_answer(token, DATA, request, now() + 60) == verify_stamp(token, DATA, trusted(authority), now() + 60).at
    )


def test_a_chain_in_no_order_is_put_in_order(authority: Authority) -> None:
    """openssl writes the certificates as they come; the root or the signer is out of DER's order in one of the two."""
    token = authority.answer(REQUEST, "-chain", str(authority.root))

    assert verify_stamp(token, DATA, trusted(authority), now() + 60).authority == "CN=Test authority"
    assert authority.agrees(token, DATA)


def test_a_stamp_for_other_bytes_is_refused(authority: Authority, token: bytes) -> None:
    with pytest.raises(VerificationFailed, match=r"other bytes than these \(time.imprint\)"):
        verify_stamp(token, DATA + b"\n", trusted(authority), now() + 60)


def test_an_answer_to_another_request_is_refused(token: bytes) -> None:
    with pytest.raises(VerificationFailed, match=r"\(time.nonce\)"):
        check_answer(token, DATA, ask(hashlib.sha256(DATA).digest(), 7), now() + 60)


@pytest.mark.parametrize("request_", [b"", b"junk", b"\x30\x80\x00\x00", b"\x30\x00"])
def test_what_is_no_request_is_refused(token: bytes, request_: bytes) -> None:
    with pytest.raises(BadRecord, match=r"\(time.form\)"):
        check_answer(token, DATA, request_, now() + 60)


def test_a_stamp_from_the_future_is_refused(authority: Authority, token: bytes) -> None:
    with pytest.raises(VerificationFailed, match=r"ahead of this clock.*\(time.clock\)"):
        verify_stamp(token, DATA, trusted(authority), now() - 3600)


def test_without_an_authority_to_believe_it_is_untrusted(token: bytes) -> None:
    with pytest.raises(Untrusted, match=r"--tsa-ca \(time.trust\)"):
        verify_stamp(token, DATA, (), now() + 60)


def test_another_root_of_the_same_name_does_not_vouch(place: Path, token: bytes) -> None:
    stranger = Authority(place / "stranger")

    with pytest.raises(VerificationFailed, match=r"\(time.chain\)"):
        verify_stamp(token, DATA, trusted(stranger), now() + 60)


def test_a_certificate_that_was_over_when_it_signed_is_refused(place: Path) -> None:
    authority = Authority(place / "over", days=(-5, -2))
    token = authority.answer(REQUEST)

    with pytest.raises(VerificationFailed, match=r"not valid when it signed.*\(time.expired\)"):
        verify_stamp(token, DATA, trusted(authority), now() + 60)
    assert not authority.agrees(token, DATA)


def test_a_certificate_that_is_over_now_was_good_then(place: Path) -> None:
    authority = Authority(place / "then", days=(-5, 2))

    stamp = verify_stamp(authority.answer(REQUEST), DATA, trusted(authority), now() + 20 * 365 * 86_400)

    assert abs(stamp.at - now()) < 120


def test_a_key_for_two_purposes_is_refused(place: Path) -> None:
    """openssl does not sign with such a certificate, so it gets another of the same name, number and key afterwards."""
    good = Authority(place / "two", purposes=(ExtendedKeyUsageOID.TIME_STAMPING,))
    token = good.answer(REQUEST)
    for purposes, is_critical in (((), False), ((ExtendedKeyUsageOID.CODE_SIGNING,), True)):
        other = Authority(place / "other", purposes=purposes, is_critical=is_critical)

        with pytest.raises(VerificationFailed, match=r"\(time\.(purpose|chain)\)"):
            verify_stamp(token, DATA, (*trusted(other), other.signer), now() + 60)


def test_a_refusal_of_the_authority_is_told(authority: Authority) -> None:
    with pytest.raises(Refused, match=r"the authority gave no time stamp: Bad request.*\(time.refused\)"):
        verify_stamp(authority.answer(b"junk"), DATA, trusted(authority), now() + 60)


def test_too_large_a_token_is_not_read(authority: Authority) -> None:
    with pytest.raises(BadRecord, match=r"64 KiB \(time.size\)"):
        verify_stamp(bytes(MOST_BYTES + 1), DATA, trusted(authority), now())


def test_a_file_without_certificates_is_refused() -> None:
    with pytest.raises(BadRecord, match=r"\(time.trust\)"):
        authorities(b"nothing")


def test_wherever_it_is_cut_it_is_no_stamp(authority: Authority, token: bytes) -> None:
    roots = trusted(authority)

    for size in range(0, len(token), 7):
        with pytest.raises(BadInput, match=r"\(time.form\)"):
            verify_stamp(token[:size], DATA, roots, now() + 60)


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_one_flipped_bit_never_changes_what_a_stamp_says(authority: Authority, token: bytes, data: st.DataObject):
    """Bits that nobody signs (CMS versions, an algorithm named twice) may flip; what is said stays the same."""
    place = data.draw(st.integers(0, len(token) * 8 - 1))
    bent = bytearray(token)
    bent[place // 8] ^= 1 << place % 8
    said = verify_stamp(token, DATA, trusted(authority), now() + 60)

    try:
        heard = str(verify_stamp(bytes(bent), DATA, trusted(authority), now() + 60))
    except PlacetError as error:
        heard = str(error)

    assert heard == str(said) or re.search(r"\(time\.[a-z]+\)$", heard)


@given(st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_refused_in_a_sentence(junk: bytes) -> None:
    with pytest.raises(PlacetError, match=r"\(time\.(form|refused)\)$"):
        verify_stamp(junk, DATA, (), now())


def test_qualified_needs_the_certificate_and_the_list(place: Path, authority: Authority, token: bytes) -> None:
    qualified = Authority(place / "qualified", is_qualified=True)
    stamped, roots = qualified.answer(REQUEST), trusted(qualified)

    def says(authority: Authority, token: bytes, *lists: bytes) -> str:
        services = [each for list_ in lists for each in parse_list(list_)]
        return verify_stamp(token, DATA, trusted(authority), now() + 60, services).qualified

    assert "qualified (eIDAS) as the service 'Our stamps'" in says(qualified, stamped, the_list(qualified))
    assert verify_stamp(stamped, DATA, roots, now() + 60).qualified == NOT_STATED
    assert says(qualified, stamped, the_list(authority)) == NOT_STATED
    assert says(qualified, stamped, the_list(qualified, status="withdrawn")) == NOT_STATED
    assert says(qualified, stamped, the_list(qualified, since="2999-01-01T00:00:00Z")) == NOT_STATED
    assert says(authority, token, the_list(authority)) == NOT_STATED


@pytest.mark.parametrize(
    "broken",
    [
        b"junk",
        b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
        b"<a>" * 100,
        LIST.format(certificate="!", status="granted", since="2020-01-01T00:00:00Z").encode(),
        LIST.format(certificate="AAAA", status="granted", since="soon").encode(),
        LIST.format(certificate="AAAA", status="granted", since="2020-01-01T00:00:00").encode(),
    ],
)
def test_a_broken_list_is_refused_in_a_sentence(broken: bytes) -> None:
    with pytest.raises(BadRecord, match=r"\(time.list\)$"):
        parse_list(broken)


def test_every_id_that_is_named_is_in_the_catalogue() -> None:
    folder = Path(__file__).parents[2] / "src" / "placet"
    named = {found for path in folder.rglob("*.py") for found in re.findall(r"\((time\.[a-z]+)\)", path.read_text())}

    assert named == {reason for reason in REASONS if reason.startswith("time.")}


def test_a_certificate_of_no_known_version_is_one_that_cannot_be_read(authority: Authority) -> None:
    der = bytearray(authorities(authority.root.read_bytes())[0].public_bytes(Encoding.DER))
    at = der.index(b"\xa0\x03\x02\x01\x02")  # version v3, RFC 5280 section 4.1
    der[at + 4] = 7
    text = base64.encodebytes(bytes(der)).decode()
    pem = f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n"

    with pytest.raises(BadRecord, match=r"no certificate in PEM \(time\.trust\)"):
        authorities(pem.encode())
