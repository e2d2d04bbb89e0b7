"""A property of a packet is changed; everything else stays as it was."""

from __future__ import annotations

import pytest

from placet.errors import SignalError
from placet.signals import xmp
from placet.signals.xmp_edit import change

PLUS = "http://ns.useplus.org/ldf/xmp/1.0/"
DC = "http://purl.org/dc/elements/1.1/"
KEY = (PLUS, "DataMining")
NEW = {KEY: "new"}


def packet(inner: str = "", attributes: str = "", about: str = "") -> bytes:
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF xmlns:rdf="{xmp.RDF}"><rdf:Description rdf:about="{about}" xmlns:plus="{PLUS}" xmlns:dc="{DC}" '
        f'{attributes}>{inner}<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Ünder</rdf:li></rdf:Alt></dc:title>'
        '</rdf:Description></rdf:RDF></x:xmpmeta>      <?xpacket end="w"?>'
    ).encode()


FORMS = {
    "none": packet(),
    "attribute": packet(attributes='plus:DataMining="old"'),
    "apostrophes": packet(attributes="plus:DataMining = 'a\"b>c'"),
    "element": packet("<plus:DataMining>old</plus:DataMining>"),
    "empty element": packet('<plus:DataMining rdf:resource="a>b"/>'),
    "two of them": packet("<plus:DataMining>a</plus:DataMining><plus:DataMining>b</plus:DataMining>"),
    "array": packet("<plus:DataMining><rdf:Bag><rdf:li>a</rdf:li></rdf:Bag></plus:DataMining>"),
    "about something": packet(about="uuid:1&amp;2"),
    "UTF-16": packet(attributes='plus:DataMining="old"').decode().encode("utf-16-le"),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_new_value_is_alone_and_the_rest_as_before(form):
    changed = change(FORMS[form], NEW, {PLUS: "plus"})

    (after,) = xmp.packets(changed, "x")
    assert after.values(*KEY) == ("new",)
    assert after.values(DC, "title") == ("Ünder",)
    assert changed.count(b"DataMining") == 2
    assert b'<?xpacket end="w"?>' in changed


def test_changing_twice_is_changing_once():
    once = change(FORMS["element"], NEW, {PLUS: "plus"})

    assert xmp.packets(change(once, NEW, {PLUS: "plus"}), "x") == xmp.packets(once, "x")


def test_a_property_is_taken_out():
    changed = change(FORMS["attribute"], {}, {}, remove=[KEY])

    assert b"DataMining" not in changed


def test_what_an_ingredient_says_stays():
    pantry = (
        '<dc:source rdf:parseType="Resource"><plus:DataMining>theirs</plus:DataMining></dc:source>'
        "<plus:DataMining>old</plus:DataMining>"
    )

    (after,) = xmp.packets(change(packet(pantry), NEW, {PLUS: "plus"}), "x")

    assert after.inside(*KEY) == ("theirs",)
    assert after.values(*KEY) == ("new",)


@pytest.mark.parametrize("value", ["a & b", "<rdf:li>", 'say "no"', "nul\0", "lone \ud800", "]]>"])
def test_no_value_breaks_out(value):
    (after,) = xmp.packets(change(packet(), {KEY: value}, {PLUS: "plus"}), "x")

    assert len(after.values(*KEY)) == 1
    assert len(after.properties) == 2


@pytest.mark.parametrize("broken", [b"", packet()[:-60], packet() * 2, packet().replace(b"</dc:title>", b"")])
def test_what_cannot_be_read_is_not_changed(broken):
    with pytest.raises(SignalError):
        change(broken, NEW, {PLUS: "plus"})
