"""Each format as its keepers send it: what is read, and what is refused with its place."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from placet.core.declaration import Problem
from placet.errors import BadInput, WrongUsage
from placet.registry.bulk.columns import parse_map
from placet.registry.bulk.formats import FORMATS, format_of
from placet.registry.bulk.raw import Row, Source, day_of, territory_of
from placet.registry.bulk.tables import share_of
from tests.gallery.lists import (
    BOMBS,
    DDEX_3,
    DDEX_4,
    ONIX_2,
    ONIX_3,
    SONG,
    cwr,
    ddex_deals,
    ipi,
    iswc,
    publisher,
    work,
    writer,
)


def read(tmp_path: Path, name: str, data: bytes, **words: object) -> list[Row | Problem]:
    path = tmp_path / name
    path.write_bytes(data)
    source = Source(path=path, **words)
    return list(format_of(source).read(source))


def only(found: list[Row | Problem]) -> Row:
    (row,) = found
    assert isinstance(row, Row)
    return row


@pytest.mark.parametrize(
    ("name", "data", "known"),
    [
        ("a.csv", b"isrc,title\n", "csv"),
        ("a.txt", b"9780306406157\n", "isbn"),
        ("a.v21", cwr(SONG), "cwr"),
        ("a.xml", DDEX_3, "ddex"),
        ("b.xml", ONIX_2, "onix"),
        ("c.xml", ONIX_3.decode().replace("UTF-8", "UTF-16").encode("utf-16"), "onix"),
    ],
    ids=["csv", "isbn", "cwr", "ddex", "onix2", "onix3"],
)
def test_a_list_is_known_by_what_it_looks_like(tmp_path: Path, name: str, data: bytes, known: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)

    assert format_of(Source(path=path)).name == known


def test_what_looks_like_nothing_is_told_with_all_formats(tmp_path: Path) -> None:
    path = tmp_path / "a.doc"
    path.write_bytes(b"hello")

    with pytest.raises(BadInput, match=r"csv \(a table\).*\(bulk.format\)"):
        format_of(Source(path=path))

    assert len({each.name for each in FORMATS}) == len(FORMATS)


@pytest.mark.parametrize(
    ("sign", "encoding"), [(",", "utf-8"), (";", "utf-8-sig"), ("\t", "utf-16")], ids=["comma", "semicolon", "tab"]
)
def test_a_table_is_read_by_any_separator_and_mark(tmp_path: Path, sign: str, encoding: str) -> None:
    head, row = ("ISRC", "Titel", "Interpret", "Anteil"), ("USRC17607839", "Größe", "Ana", "1/2")

    found = only(read(tmp_path, "a.csv", "\r\n".join(map(sign.join, (head, row))).encode(encoding)))

    assert (found.names, found.title, found.parties[0].share) == (("isrc:USRC17607839",), "Größe", Fraction(1, 2))


def test_another_encoding_is_named_by_its_byte_and_line_and_never_guessed(tmp_path: Path) -> None:
    data = "isrc,title\nUSRC17607839,Größe\n".encode("cp1252")

    with pytest.raises(BadInput, match=r"line 2: byte 26 \(0xf6\) is not utf-8.*--encoding cp1252"):
        read(tmp_path, "a.csv", data)

    assert only(read(tmp_path, "a.csv", data, encoding="cp1252")).title == "Größe"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"isrc,title\nA,B\0\n", "line 2: a NUL"),
        (b"colour,size\n", "no column is a number or a title"),
        (b"isrc,ISRC Code,title\n", "both look like isrc"),
        (b'isrc,title\n"A', "could not be read"),
    ],
    ids=["nul", "nothing", "twice", "open quote"],
)
def test_a_table_that_cannot_be_read_says_why(tmp_path: Path, data: bytes, sentence: str) -> None:
    try:
        told = [each.why for each in read(tmp_path, "a.csv", data) if isinstance(each, Problem)]
    except BadInput as error:
        told = [str(error)]

    assert len(told) == 1
    assert sentence in told[0]


def test_ten_megabytes_in_one_cell_are_told_and_the_next_row_is_read(tmp_path: Path) -> None:
    data = b"isrc,title\nUSRC17607839," + b"x" * 10_000_000 + b"\nUSRC17607840,Good\n"

    long, good = read(tmp_path, "a.csv", data)

    assert isinstance(long, Row)
    assert "10,000,000 characters" in long.flaw
    assert isinstance(good, Row)
    assert (good.flaw, good.title) == ("", "Good")


@pytest.mark.parametrize(
    ("cell", "share"),
    [("1/3", Fraction(1, 3)), ("50", Fraction(1, 2)), ("33,33 %", Fraction(3333, 10_000)), ("0.5%", Fraction(1, 200))],
)
def test_shares_are_exact(cell: str, share: Fraction) -> None:
    assert share_of(cell) == share


@pytest.mark.parametrize("cell", ["0.5", "1", "101", "3/2", "-5", "half", "1e2", "٥٠", "1/0"])
def test_what_may_be_meant_two_ways_or_none_is_no_share(cell: str) -> None:
    with pytest.raises(ValueError, match=r"\(title.share\)"):
        share_of(cell)


def test_a_work_of_cwr_has_its_people_with_shares_of_reproduction_and_places(tmp_path: Path) -> None:
    row = only(read(tmp_path, "a.v21", cwr(SONG)))

    assert (row.names, row.title, row.flaw) == ((f"iswc:{iswc(34524680)}",), "EIN LIED", "")
    label, lima, berg = row.parties
    assert (label.ids, label.share, label.role) == ((f"ipi:{ipi(77)}",), Fraction(1), "publisher")
    assert "FR" not in label.territory
    assert len(label.territory) > 200
    assert (lima.ids, lima.name, lima.share, lima.territory) == ((f"ipi:{ipi(1)}",), "ANA LIMA", Fraction(0), ("DE",))
    assert (berg.ids, berg.name) == ((), "ANA BERG")


def test_without_shares_of_reproduction_those_of_performance_stand(tmp_path: Path) -> None:
    song = (work("REV", "A", iswc(1)), writer("W1", "LIMA", ipi(1), 3333, 0), writer("W2", "BERG", ipi(2), 6667, 0))

    row = only(read(tmp_path, "a.v22", cwr(song)))

    assert [party.share for party in row.parties] == [Fraction(3333, 10_000), Fraction(6667, 10_000)]


@pytest.mark.parametrize(
    ("records", "sentence"),
    [
        ((work("NWR", "A", iswc(1)),), "no writer and no publisher"),
        ((work("NWR", "A", iswc(1)), writer("W1", "", "", 1, 1).replace("ANA", "   ")), "neither name nor IPI"),
        ((work("NWR", "A", iswc(1)), publisher("P1", "X", "", 99999, 0)), "no share from 00000 to 10000"),
        ((work("NWR", "A", iswc(1)), f"SWT{{}}{'W9':<9}{'':<15}I2136 001"), "no record of this work tells"),
        ((work("NWR", "A", iswc(1))[:60],), "cut before its ISWC"),
    ],
    ids=["nobody", "nameless", "share", "stranger", "cut"],
)
def test_a_work_of_cwr_whose_people_are_not_known_is_not_taken(
    tmp_path: Path, records: tuple[str, ...], sentence: str
) -> None:
    row = only(read(tmp_path, "a.v21", cwr(records)))

    assert sentence in row.flaw


def test_a_cut_transmission_leaves_out_its_last_work_and_says_so(tmp_path: Path) -> None:
    other = (work("NWR", "TWO", iswc(2)), writer("W1", "LIMA", ipi(1), 10000, 10000))

    first, last, problem = read(tmp_path, "a.v21", cwr(SONG, other, trailer=False))

    assert isinstance(first, Row)
    assert isinstance(last, Row)
    assert isinstance(problem, Problem)
    assert (first.flaw, "may be cut" in last.flaw, problem.reason) == ("", True, "bulk.cut")


@pytest.mark.parametrize("data", [DDEX_3, DDEX_4], ids=["3.8", "4.3"])
def test_a_recording_of_ddex_has_its_artist_and_who_controls_it(tmp_path: Path, data: bytes) -> None:
    row = only(read(tmp_path, "a.xml", data))

    assert (row.names, row.title, row.flaw) == (("isrc:FRZ039800212",), "Le bruit de la mer", "")
    found = {(party.right, party.ids or party.name, party.share) for party in row.parties}
    assert {
        ("performance", ("isni:0000000121032683",), Fraction(0)),
        ("recording", "Notre Label", Fraction(1)),
    } <= found
    assert all(party.territory == () for party in row.parties)  # a block says for where names are spelt so
    assert data is DDEX_3 or ("composition", ("isni:0000000121032683",), Fraction(0)) in found


def test_a_party_that_is_listed_nowhere_makes_its_recording_unread(tmp_path: Path) -> None:
    row = only(read(tmp_path, "a.xml", DDEX_4.replace(b"Reference>P2</PartyR", b"Reference>P3</PartyR")))

    assert "'P2' is referred to, and listed nowhere" in row.flaw


def test_shares_that_differ_by_block_are_those_of_its_countries(tmp_path: Path) -> None:
    head, block, tail = DDEX_3.partition(b"   <SoundRecordingDetailsByTerritory>")
    inner, end, rest = tail.partition(b"</SoundRecordingDetailsByTerritory>")
    other = inner.replace(b"FR<", b"US<").replace(b"BE<", b"CA<").replace(b"Notre", b"Our")

    row = only(read(tmp_path, "a.xml", head + block + inner + end + block + other + end + rest))

    controlled = {(party.name, party.territory) for party in row.parties if party.right == "recording"}
    assert controlled == {("Notre Label", ("BE", "FR")), ("Our Label", ("CA", "US"))}
    assert {party.territory for party in row.parties if party.right == "performance"} == {()}


_DELEGATED = """<ResourceRightsController><RightsControllerPartyReference>P2</RightsControllerPartyReference>{}
 </ResourceRightsController>"""
_FRENCH = """<DelegatedUsageRights><UseType>Stream</UseType><PeriodOfRightsDelegation><StartDate>2026-01-01</StartDate>
 <EndDate>2026-12-31</EndDate></PeriodOfRightsDelegation><TerritoryOfRightsDelegation>FR</TerritoryOfRightsDelegation>
 </DelegatedUsageRights>"""


@pytest.mark.parametrize(
    ("spans", "reach"),
    [
        (_FRENCH, (("FR",), 1767225600, 1798761600)),
        (
            _FRENCH + _FRENCH.replace("FR<", "JP<").replace("2026-12-31", "2027-12-31"),
            (("FR", "JP"), 1767225600, 1830297600),
        ),
        (_FRENCH + _FRENCH.replace("FR<", "Worldwide<").replace("EndDate", "Else"), ((), 1767225600, 0)),
        ("", ((), 0, 0)),
    ],
    ids=["one", "two-together", "the-widest", "nothing-said"],
)
def test_a_claim_reaches_where_and_when_rights_are_delegated(
    tmp_path: Path, spans: str, reach: tuple[object, ...]
) -> None:
    row = only(read(tmp_path, "a.xml", ddex_deals(controller=_DELEGATED.format(spans))))

    (party,) = [party for party in row.parties if party.right == "recording"]
    assert (party.territory, party.start, party.until) == reach
    assert (row.note == "rights are delegated for Stream: claimed are all uses") == bool(spans)


_DEAL = """<TerritoryCode>FR</TerritoryCode><TerritoryCode>BE</TerritoryCode><ValidityPeriod>
 <StartDate>2026-01-01</StartDate><EndDateTime>2026-12-31T23:59:59</EndDateTime></ValidityPeriod>
 <CommercialModelType UserDefinedValue="Kiosk">UserDefined</CommercialModelType>
 <Usage><UseType>Stream</UseType></Usage>"""


def test_who_licenses_a_recording_claims_it_there_and_no_date_of_a_deal_ends_that(tmp_path: Path) -> None:
    row = only(read(tmp_path, "a.xml", ddex_deals(_DEAL, _DEAL.replace("FR<", "LU<"))))

    (party,) = [party for party in row.parties if party.right == "recording"]
    assert (party.ids, party.name, party.territory, party.until) == ((), "", ("BE", "FR", "LU"), 0)
    assert "Kiosk: Stream, BE FR from 2026-01-01 until 2026-12-31; Kiosk" in row.note
    assert row.note.endswith("nobody is named who controls it, so you claim it where they reach")


def test_deals_bound_no_claim_of_who_is_named(tmp_path: Path) -> None:
    row = only(read(tmp_path, "a.xml", ddex_deals(_DEAL, controller=_DELEGATED.format(""))))

    assert [(p.name, p.territory, p.until) for p in row.parties if p.right == "recording"] == [("Notre Label", (), 0)]
    assert row.note.endswith("they bound no claim")


@pytest.mark.parametrize(
    ("deal", "release", "why"),
    [
        (_DEAL.replace("FR<", "Gaul<"), "R1", "'GAUL' is no territory"),
        (_DEAL.replace("2026-12-31T23:59:59", "soon"), "R1", "'soon' is no day"),
        ("<CommercialModelType>SubscriptionModel</CommercialModelType>", "R1", "nowhere in which territory"),
        (_DEAL, "R7", "the release 'R7', which is listed nowhere"),
    ],
    ids=["place", "day", "nowhere", "release"],
)
def test_a_deal_that_is_not_understood_is_told_and_adds_nothing(
    tmp_path: Path, deal: str, release: str, why: str
) -> None:
    problem, row = read(tmp_path, "a.xml", ddex_deals(deal, release=release))

    assert isinstance(problem, Problem)
    assert isinstance(row, Row)
    assert why in problem.why
    assert problem.why.endswith("(bulk.deal)")
    assert {party.right for party in row.parties} == {"performance"}


def test_what_was_taken_down_is_licensed_no_more(tmp_path: Path) -> None:
    row = only(read(tmp_path, "a.xml", ddex_deals("<TakeDown>true</TakeDown>")))

    assert ({party.right for party in row.parties}, row.note) == ({"performance"}, "")


@pytest.mark.parametrize("data", [ONIX_3, ONIX_2], ids=["3.0", "2.1 short"])
def test_a_product_of_onix_has_its_contributors_and_where_it_is_sold(tmp_path: Path, data: bytes) -> None:
    row = only(read(tmp_path, "a.xml", data))

    assert row.title == "The Sea"
    assert row.names[0].removeprefix("isbn:") in ("9780306406157", "0306406152")
    assert row.parties[0].right == "text"
    assert row.parties[-1].territory == ("BE", "FR")
    assert "Cover Maker" not in {party.name for party in row.parties}


@pytest.mark.parametrize("name", sorted(BOMBS))
def test_a_bomb_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(tmp_path, "a.xml", BOMBS[name])

    assert str(caught.value).count("\n") == 0
    assert str(caught.value).endswith(("(bulk.xml)", "(bulk.unread)"))


def test_a_list_of_isbn_may_have_titles_blanks_and_remarks(tmp_path: Path) -> None:
    found = read(tmp_path, "a.txt", b"# ours\n\n978-0-306-40615-7\tThe Sea\nISBN 0306406152\nnonsense\n")

    assert [row.names[0] for row in found if isinstance(row, Row)][:2] == ["isbn:978-0-306-40615-7", "isbn:0306406152"]
    assert [bool(row.flaw) for row in found if isinstance(row, Row)] == [False, False, True]


@pytest.mark.parametrize(
    ("line", "number", "title"),
    [
        ("9780141036144 1984", "9780141036144", "1984"),
        ("978-0-14-103614-4 1984", "978-0-14-103614-4", "1984"),
        ("978 0 14 103614 4 2001: A Space Odyssey", "978 0 14 103614 4", "2001: A Space Odyssey"),
        ("9780141036144\t1984", "9780141036144", "1984"),
        ("0306406152 1984", "0306406152", "1984"),
        ("0306406152 300", "0306406152", "300"),
        ("0-306-40615-2 7", "0-306-40615-2", "7"),
        ("097522980X 1984", "097522980X", "1984"),
        ("9780141030 100", "9780141030", "100"),
        ("ISBN: 978\u20110\u2011306\u201140615\u20117", "978\u20110\u2011306\u201140615\u20117", ""),
    ],
)
def test_a_title_behind_an_isbn_may_be_a_number(tmp_path: Path, line: str, number: str, title: str) -> None:
    (row,) = read(tmp_path, "a.txt", line.encode())

    assert isinstance(row, Row)
    assert (row.names, row.title, row.flaw) == ((f"isbn:{number}",), title, "")


@pytest.mark.parametrize("line", ["97801410361441984", "978014103614", "9780141036144-1984", "1984"])
def test_digits_that_are_no_isbn_are_no_title_either(tmp_path: Path, line: str) -> None:
    (row,) = read(tmp_path, "a.txt", line.encode())

    assert isinstance(row, Row)
    assert "is no ISBN" in row.flaw


@pytest.mark.parametrize("data", [b"", b"\n\n", b"# none yet\n"])
def test_a_list_of_no_isbn_is_empty(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(BadInput, match="is empty"):
        read(tmp_path, "a.txt", data)


def test_places_and_days_are_read_as_people_write_them() -> None:
    assert territory_of("FR;EU") == ("EU", "FR")
    assert territory_of("Worldwide") == ()
    assert day_of("2026-09-30") == day_of("20260930") == day_of("2026-09-29", after=True)
    with pytest.raises(ValueError, match="is no day"):
        day_of("30.9.2026")


@pytest.mark.parametrize("words", ["isrc", "colour=X", "isrc=A,isrc=B", "isrc="])
def test_a_map_that_cannot_be_followed_is_refused(words: str) -> None:
    with pytest.raises(WrongUsage):
        parse_map(words)
