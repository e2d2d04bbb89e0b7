"""Uses, territories, names and canonical bytes."""

from __future__ import annotations

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from placet.core import PRESETS, PROFILES, Kind, Use, parse_uses
from placet.core.canonical import decode, encode
from placet.core.ids import canonical_url, parse_subject
from placet.core.territory import members, parse_territory
from placet.errors import BadRecord

values = st.recursive(
    st.text() | st.integers(-(2**53) + 1, 2**53 - 1),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(max_codepoint=127)), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.sampled_from(list(Use)), st.sampled_from(list(Use)))
def test_a_use_covers_exactly_the_leaves_below_it(one, other):
    assert one.covers(other) == (set(other.leaves) <= set(one.leaves) and (one is other or one in _above(other)))


def _above(use):
    while use.parent is not None:
        use = use.parent
        yield use


def test_the_preset_ai_leaves_search_and_access_alone():
    leaves = {leaf for use in PRESETS["ai"] for leaf in use.leaves}

    assert set(Use.ANY.leaves) - leaves == {Use.ACCESS, Use.SEARCH}


def test_an_unknown_use_is_named():
    assert parse_uses("ai, search")[-1] is Use.SEARCH
    with pytest.raises(ValueError, match="no use called 'training'"):
        parse_uses("mine,training")


def test_every_profile_says_what_every_use_means_and_where_it_has_it_from():
    for profile in PROFILES.values():
        assert profile.source
        assert profile.dated
        assert all(profile.on_silence(use) for use in Use.ANY.leaves)


def test_the_eu_is_its_members():
    assert "FR" in (members(("EU",)) or ())
    assert members(()) is None
    with pytest.raises(ValueError, match="'FRANCE' is no territory"):
        parse_territory("france")


@given(values)
def test_canonical_bytes_are_those_of_rfc_8785_and_come_back(value):
    data = encode(value)

    assert data == rfc8785.dumps(value)
    assert decode(data) == value


@pytest.mark.parametrize("data", [b'{"b":1,"a":2}', b'{"a": 1}', b"1.0", b"null", b"[true]", b'{"a":1,"a":1}', b"\xff"])
def test_what_is_not_canonical_is_refused(data):
    with pytest.raises(BadRecord):
        decode(data)


@given(st.binary(max_size=60))
def test_hostile_bytes_are_refused_and_never_crash(data):
    try:
        value = decode(data)
    except BadRecord:
        return
    assert encode(value) == data


@pytest.mark.parametrize(
    ("spelling", "canonical"),
    [
        ("HTTP://Maker.Example:80/a/./b/../c%7e.jpg#top", "https://maker.example/a/c~.jpg"),
        ("https://maker.example", "https://maker.example/"),
        ("https://bücher.example/ä?q=ö", "https://xn--bcher-kva.example/%C3%A4?q=%C3%B6"),
        ("http://[2001:DB8::1]:80/a", "https://[2001:db8::1]/a"),
        ("https://[::1]:8080/", "https://[::1]:8080/"),
    ],
)
def test_one_address_has_one_spelling(spelling, canonical):
    assert canonical_url(spelling) == canonical
    assert canonical_url(canonical) == canonical


@pytest.mark.parametrize(
    "words",
    [
        "https://",
        "https://a b/",
        "https://[::1/",
        "https://a.example:99999/",
        "https://a.example:x/",
        "https://a%2Fb/",
        "https://ex℀mple/",
        "https://./",
        "ftp://a.example/",
    ],
)
def test_what_is_no_address_is_told_so(words):
    with pytest.raises(ValueError, match=r"is not (a host name|an http)"):
        canonical_url(words)


def test_identifiers_are_checked_before_they_are_registered():
    assert parse_subject("isbn:0-306-40615-2") == parse_subject("isbn:978-0-306-40615-7")
    assert parse_subject("isrc:us-rc1-76-07839").id == "isrc:USRC17607839"
    assert parse_subject("https://a.example/*").kind is Kind.PATTERN
    assert parse_subject("portrait.jpg") is None
    with pytest.raises(ValueError, match="wrong check digit"):
        parse_subject("isbn:978-0-306-40615-8")
