"""Sealed values: opened by their own key for their own commitment, and by nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.errors import BadRecord, TooNew
from placet.signing.sealing import is_sealed, parse_sealed, seal, unseal

KEY, NONCE, SUBJECT, NAME = bytes(range(32)), bytes(12), "ab" * 32, "cd" * 32
keys = st.binary(min_size=32, max_size=32)
names = st.binary(min_size=32, max_size=32).map(bytes.hex)


@given(keys, st.binary(min_size=12, max_size=12), names, names, st.binary(max_size=300))
def test_what_was_sealed_is_read_back(key, nonce, subject, name, value):
    data = seal(key, subject, name, nonce, value).data()

    assert is_sealed(data)
    assert unseal(key, parse_sealed(data), name) == value


@given(keys, names, names, st.data())
def test_another_key_subject_or_commitment_opens_nothing(key, subject, name, data):
    sealed = parse_sealed(seal(KEY, SUBJECT, NAME, NONCE, b"Ana").data())
    flipped = bytearray(sealed.box)
    flipped[data.draw(st.integers(0, len(flipped) - 1))] ^= 1

    assert key == KEY or unseal(key, sealed, NAME) is None
    assert name == NAME or unseal(KEY, sealed, name) is None
    assert subject == SUBJECT or unseal(KEY, type(sealed)(subject=subject, nonce=NONCE, box=sealed.box), NAME) is None
    assert unseal(KEY, type(sealed)(subject=SUBJECT, nonce=NONCE, box=bytes(flipped)), NAME) is None


def test_the_form_stays_as_it_was_published():
    data = seal(KEY, SUBJECT, NAME, NONCE, b"Ana").data()

    assert data == (
        b'{"box":"59d623afc9227d9385db5f8e57a91722d3dfeb","nonce":"000000000000000000000000","subject":"'
        + SUBJECT.encode()
        + b'","v":1}'
    )


@pytest.mark.parametrize(
    ("change", "error", "why"),
    [
        ((b'"v":1', b'"v":2'), TooNew, "reads version 1"),
        ((b'"v":1', b'"v":1,"w":1'), BadRecord, "exactly the fields"),
        ((b'"nonce":"00', b'"nonce":"0'), BadRecord, "the nonce of a sealed value"),
        ((b'"subject":"ab', b'"subject":"AB'), BadRecord, "the subject of a sealed value"),
        ((b'"box":"', b'"box":"0'), BadRecord, "the box of a sealed value"),
    ],
    ids=["newer", "field", "nonce", "subject", "box"],
)
def test_another_form_is_refused_in_a_sentence(change, error, why):
    data = seal(KEY, SUBJECT, NAME, NONCE, b"Ana").data()

    with pytest.raises(error, match=why):
        parse_sealed(data.replace(*change))
