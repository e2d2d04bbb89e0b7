"""One member of a book is replaced; every other is copied as it was packed."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.errors import BadMedia
from placet.fingerprints.containers import replace_member
from tests.gallery.containers import OPF, epub

PATH = "OEBPS/content.opf"


def contents(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        assert book.testzip() is None
        return {info.filename: book.read(info) for info in book.infolist()}


@given(st.binary(max_size=300))
def test_the_member_is_new_and_the_others_as_they_were(body):
    before = epub(OEBPS_SLASH_a_xhtml=b"<p>Once</p>" * 99, z=b"")

    after = replace_member(before, PATH, body)

    assert contents(after) == {**contents(before), PATH: body}
    assert after.startswith(before[:58])
    assert list(contents(after)) == list(contents(before))


def test_members_written_as_a_stream_are_copied_whole():
    out = io.BytesIO()

    class Pipe(io.RawIOBase):
        def writable(self):
            return True

        def write(self, data):
            return out.write(data)

    with zipfile.ZipFile(Pipe(), "w", zipfile.ZIP_DEFLATED) as book:
        for name in ("mimetype", PATH, "last"):
            book.writestr(name, name * 50)

    after = replace_member(out.getvalue(), PATH, OPF)

    assert contents(after) == {**contents(out.getvalue()), PATH: OPF}


def test_a_comment_of_the_whole_stays():
    out = io.BytesIO(epub())
    with zipfile.ZipFile(out, "a") as book:
        book.comment = b"made by hand"

    after = replace_member(out.getvalue(), PATH, b"x")

    assert zipfile.ZipFile(io.BytesIO(after)).comment == b"made by hand"


@pytest.mark.parametrize(
    ("data", "path", "why"),
    [
        (epub(), "elsewhere.opf", "not in this book once"),
        (epub(META_x=b"", **{"META-INF_SLASH_signatures.xml": b"<s/>"}), PATH, "signed as a whole"),
        (b"before it" + epub(), PATH, "does not stand where"),
        (epub()[:-30], PATH, "cut short"),
        (b"", PATH, "cut short"),
    ],
    ids=["not there", "signed", "something before", "cut", "nothing"],
)
def test_a_book_that_cannot_be_changed_safely_is_not(data, path, why):
    with pytest.raises(BadMedia, match=why):
        replace_member(data, path, b"x")


@given(st.binary(max_size=80), st.integers(0, 900))
def test_a_damaged_book_is_bad_media_or_a_book(junk, at):
    data = bytearray(epub())
    data[at : at + len(junk)] = junk

    try:
        after = replace_member(bytes(data), PATH, b"x")
    except BadMedia:
        return

    assert b"PK\x05\x06" in after
