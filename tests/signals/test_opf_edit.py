"""A reservation in a book's package document, and nothing else changed."""

from __future__ import annotations

import pytest

from placet.errors import SignalError
from placet.signals import tdmrep
from placet.signals.codec import Channel, Document
from placet.signals.opf_edit import reserve
from tests.signals.reading import spoken

NS = "http://www.idpf.org/2007/opf"
TITLE = "<dc:title xmlns:dc='http://purl.org/dc/elements/1.1/'>Ünder</dc:title>"
BOOKS = {
    "EPUB 3": f'<package xmlns="{NS}" version="3.0"><metadata>{TITLE}</metadata></package>',
    "EPUB 3 with prefixes": f'<package xmlns="{NS}" prefix="a: http://a.example/" version="3.0"><metadata>'
    f"{TITLE}</metadata></package>",
    "EPUB 3 that said yes": f'<package xmlns="{NS}" version="3.0" prefix="tdm: http://www.w3.org/ns/tdmrep#"><metadata>'
    f'{TITLE}<meta property="tdm:reservation">0</meta></metadata></package>',
    "EPUB 2": f'<package xmlns="{NS}" version="2.0"><metadata>{TITLE}</metadata></package>',
    "EPUB 2 that said yes": f'<package xmlns="{NS}" version="2.0"><metadata>'
    f'<meta content="0" name="tdm:reservation" />{TITLE}</metadata></package>',
    "a prefix of its own": f'<o:package xmlns:o="{NS}" version="3.0"><o:metadata>{TITLE}</o:metadata></o:package>',
    "with a declaration": f'\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<package xmlns="{NS}" version="3.0">'
    f"<metadata>{TITLE}</metadata></package>",
}


def reading(body):
    document = Document(where="x", body=body, channel=Channel.EMBEDDED, media_type="application/oebps-package+xml")
    return spoken(tdmrep.CODEC, [document], "x"), tdmrep.read(document).problems


@pytest.mark.parametrize("book", BOOKS)
@pytest.mark.parametrize(("policy", "word"), [("", "reserve"), ("https://ana.example/p?a=1&b=2", "license")])
def test_it_is_heard_without_problems_and_the_title_stays(book, policy, word):
    changed = reserve(BOOKS[book].encode(), "x", 1, policy)

    said, problems = reading(changed)
    assert (said["mine"], problems) == (word, ())
    assert TITLE in changed.decode()


@pytest.mark.parametrize("book", BOOKS)
def test_twice_is_once(book):
    once = reserve(BOOKS[book].encode(), "x", 1, "https://ana.example/p")

    assert reading(reserve(once, "x", 0, "")) == (
        dict.fromkeys(("mine", "train.generative", "train.generative.finetune", "train.other"), "allow"),
        (),
    )


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"<html/>",
        f'<package xmlns="{NS}" version="3.0"><metadata/></package>'.encode(),
        f'<package xmlns="{NS}" version="3.0"></package>'.encode(),
        f'<!DOCTYPE package><package xmlns="{NS}"><metadata></metadata></package>'.encode(),
        BOOKS["EPUB 3"].encode("utf-16"),
    ],
    ids=["nothing", "no package", "empty metadata", "no metadata", "document type", "UTF-16"],
)
def test_what_cannot_be_changed_safely_is_not(broken):
    with pytest.raises(SignalError):
        reserve(broken, "x", 1, "")
