"""XML that cannot be made to fetch, expand or swallow anything."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.errors import SignalError
from placet.signals import xml_tree

BOMB = b"<!DOCTYPE x [<!ENTITY a 'aa'>%s]><x>&z;</x>" % b"".join(
    b"<!ENTITY %c '&%c;&%c;'>" % (char + 1, char, char) for char in range(ord("a"), ord("z"))
)


def parse(body):
    return xml_tree.parse(body, "a.xml")


def test_names_have_namespaces_and_attributes_have_theirs():
    root = parse(b'<p:a xmlns:p="urn:p" q="1" p:q="2"><b xmlns="urn:b">t<c/>u</b></p:a>')

    assert (root.name, root.prefix) == (("urn:p", "a"), "p")
    assert (root.get("q"), root.get("q", "urn:p"), root.get("r")) == ("1", "2", None)
    assert [node.name for node in root.walk()] == [("urn:p", "a"), ("urn:b", "b"), ("urn:b", "c")]
    assert root.children[0].text == "tu"


def test_a_namespace_cannot_pretend_to_be_another_with_a_name():
    spoof = b'<x xmlns="https://rslstandard.org/rsl rsl"/>'

    try:
        name = parse(spoof).name
    except SignalError:
        return

    assert name == ("https://rslstandard.org/rsl rsl", "x")


@pytest.mark.parametrize(
    "body",
    [
        BOMB,
        b"<!DOCTYPE x SYSTEM 'http://maker.example/x.dtd'><x/>",
        b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>",
        b"<!DOCTYPE x [<!ENTITY % p SYSTEM 'file:///etc/passwd'>%p;]><x/>",
        b"<!DOCTYPE html><x/>",
        b"<x>&undeclared;</x>",
        b"<x>",
        b"<x></y>",
        b"<p:x/>",
        b"<x a='1' a='2'/>",
        b"<x/><y/>",
        b"",
        b"text",
        b"<?xml version='1.0' encoding='none'?><x/>",
        b"<?xml version='1.0' encoding='punycode'?><x/>",
        b"<x>\xff</x>",
        b"<x>&#0;</x>",
        b"<a>" * 100 + b"</a>" * 100,
        b"<x>" + b"<a/>" * 50_001 + b"</x>",
        b"<x>" + b" " * xml_tree.MOST_BYTES + b"</x>",
    ],
    ids=lambda body: repr(body[:40]),
)
def test_what_is_refused_is_one_error_that_names_the_file(body):
    with pytest.raises(SignalError, match=r"^a\.xml "):
        parse(body)


@pytest.mark.parametrize(
    "body", ["<x>é</x>".encode(), "<?xml version='1.0' encoding='utf-16'?><x>é</x>".encode("utf-16")], ids=repr
)
def test_encodings_are_those_that_the_document_declares(body):
    assert parse(body).text == "é"


@given(st.binary(max_size=300))
def test_bytes_are_a_tree_or_one_error(body):
    try:
        root = parse(body)
    except SignalError:
        return

    assert root.name[1]


def test_a_megabyte_of_attributes_takes_no_time():
    body = b"<x %s/>" % b" ".join(b"a%d='1'" % number for number in range(100_000))
    began = time.perf_counter()

    assert len(parse(body).attributes) == 100_000
    assert time.perf_counter() - began < 5
