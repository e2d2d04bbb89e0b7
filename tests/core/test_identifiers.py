"""Identifiers: each standard's own example, every wrong digit, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.core.domains import shown, skeleton, suspicion
from placet.core.identifiers import IDENTIFIERS, canonical
from placet.core.ids import parse_subject
from placet.core.subject import Kind, Subject

# The examples of the standards, of ORCID's and GLEIF's pages, and numbers in public use.
GOOD = [
    ("orcid:0000-0002-1825-0097", "orcid:0000-0002-1825-0097"),
    ("ORCID: https://orcid.org/0000-0002-1694-233x", "orcid:0000-0002-1694-233X"),
    ("isni:0000 0001 2146 438X", "isni:000000012146438X"),
    ("isni:https://isni.org/isni/000000012146438X", "isni:000000012146438X"),
    ("ipi:00017798450", "ipi:00017798450"),
    ("ipi:017798450", "ipi:00017798450"),
    ("lei:5493001KJTIIGC8Y1R12", "lei:5493001KJTIIGC8Y1R12"),
    ("lei:HWUPKR0MPOU8FGXBT394", "lei:HWUPKR0MPOU8FGXBT394"),
    ("iswc:T-034.524.680-1", "iswc:T0345246801"),
    ("isrc:US-S1Z-99-00001", "isrc:USS1Z9900001"),
    ("isbn:0-306-40615-2", "isbn:9780306406157"),
    ("ismn:979-0-2600-0043-8", "ismn:9790260000438"),
    ("ismn:M-2306-7118-7", "ismn:9790230671187"),
    ("issn:0317\u20138471", "issn:0317-8471"),
    ("issn:2434-561X", "issn:2434-561X"),
    ("domain:WWW.Example.ORG.", "domain:www.example.org"),
    ("domain:Bücher.example", "domain:xn--bcher-kva.example"),
    ("domain:例え.jp", "domain:xn--r8jz45g.jp"),
    ("domain:xn--fa-hia.de", "domain:xn--fa-hia.de"),
    (
        "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
        "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
    ),
]
DIGITS = {
    "orcid": "0000-0002-1825-0097",
    "isni": "000000012146438X",
    "ipi": "00017798450",
    "lei": "5493001KJTIIGC8Y1R12",
    "isbn": "9780306406157",
    "ismn": "9790260000438",
    "issn": "0317-8471",
}


@pytest.mark.parametrize(("text", "wanted"), GOOD)
def test_an_identifier_has_one_spelling(text, wanted):
    assert canonical(text) == wanted
    assert canonical(wanted) == wanted


@pytest.mark.parametrize("name", DIGITS)
def test_every_single_wrong_digit_is_seen(name):
    number = DIGITS[name]
    for place, digit in enumerate(number):
        for other in set("0123456789") - {digit} if digit.isdigit() else ():
            wrong = number[:place] + other + number[place + 1 :]
            with pytest.raises(ValueError, match=r"\(identifier\.(check-digit|form)\)$"):
                canonical(f"{name}:{wrong}")


@pytest.mark.parametrize("name", ["orcid", "isni", "lei", "issn"])
def test_two_neighbours_that_changed_places_are_seen(name):
    number = DIGITS[name].replace("-", "")
    for place in range(len(number) - 1):
        swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        if swapped != number:
            with pytest.raises(ValueError, match=r"\(identifier\."):
                canonical(f"{name}:{swapped}")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("orcid:0000-0002-1825-OO97", "a letter where a digit stands (identifier.look-alike)"),
        ("ipi:OOO17798450", "a letter where a digit stands (identifier.look-alike)"),
        ("isrc:USS1Z99OOOO1", "a letter where a digit stands (identifier.look-alike)"),
        ("iswc:\u0422-034.524.680-1", "holds '\u0422', which only looks right (identifier.look-alike)"),
        ("isni:\u0660000 0001 2146 438X", "which only looks right (identifier.look-alike)"),
        ("ipi:00000000000", "stands for nobody (identifier.form)"),
        ("lei:5493001KJTIIGC8Y1R1", "not an LEI: it has eighteen letters or digits and two digits (identifier.form)"),
        ("did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc", "names no Ed25519 key (identifier.form)"),
        ("did:web:example.org", "is not a did:key (identifier.form)"),
        ("did:key:z" + "1" * 64 + "2" * 1000, "is not a did:key (identifier.form)"),
        ("domain:localhost", "not the full name of a host, such as example.org (identifier.form)"),
        ("domain:192.0.2.1", "not the full name of a host, such as example.org (identifier.form)"),
        ("domain:a..b", "(identifier.form)"),
        ("domain:ex ample.org", "(identifier.form)"),
        ("domain:xn--zzzzzzzz9999.com", "(identifier.form)"),
        ("domain:faß.de", "is another host in IDNA 2003 than in 2008: give its xn-- form (identifier.form)"),
        ("domain:xn--abc-.com", "(identifier.form)"),
        ("domain:xn--g6h.example", "is not a label that IDNA makes (identifier.form)"),
        ("passport:123", "no identifier that is known here: orcid:, isni:"),
    ],
)
def test_what_is_no_identifier_is_refused_in_a_sentence(text, why):
    with pytest.raises(ValueError, match=r"\(identifier\.[a-z-]+\)$") as caught:
        canonical(text)

    assert why in str(caught.value)


def test_a_label_of_two_scripts_is_refused():
    with pytest.raises(ValueError, match=r"mixes Cyrillic and Latin letters in 'р\w+', .*\(identifier.mixed-script\)$"):
        canonical("domain:рaypal.com")


def test_a_mixed_label_is_refused_in_its_encoded_form_too():
    encoded = "рaypal.com".encode("idna").decode()

    with pytest.raises(ValueError, match="mixed-script"):
        canonical(f"domain:{encoded}")


def test_a_name_wholly_of_letters_that_look_latin_is_told_not_refused():
    name = canonical("domain:аррӏе.com").partition(":")[2]

    assert suspicion(name) == "аррӏе.com is written in Cyrillic letters and looks like apple.com"
    assert skeleton(name) == skeleton("apple.com")


@pytest.mark.parametrize("name", ["example.org", "xn--bcher-kva.example", "xn--r8jz45g.jp", "xn--80aswg.xn--p1ai"])
def test_an_ordinary_name_is_not_suspicious(name):
    assert suspicion(name) == ""
    assert canonical(f"domain:{shown(name)}") == f"domain:{name}"


@pytest.mark.parametrize(("one", "other"), [("rnusic.org", "music.org"), ("g00gle.com", "google.com")])
def test_names_that_are_easily_confused_have_one_skeleton(one, other):
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(
    ("words", "subject"),
    [
        ("iswc:T-034.524.680-1", Subject(Kind.IDENTIFIER, "iswc:T0345246801")),
        ("ISNI:0000 0001 2146 438X", Subject(Kind.IDENTIFIER, "isni:000000012146438X")),
        ("isrc:us-s1z-99-00001", Subject(Kind.IDENTIFIER, "isrc:USS1Z9900001")),
        ("iscc:keca6634uivjfn3d", Subject(Kind.IDENTIFIER, "ISCC:KECA6634UIVJFN3D")),
        ("domain:Example.org", Subject(Kind.DOMAIN, "example.org")),
        ("a text: with a colon", None),
    ],
)
def test_identifiers_are_subjects(words, subject):
    assert parse_subject(words) == subject


@given(st.sampled_from(sorted(IDENTIFIERS)), st.text(max_size=40))
def test_any_text_is_read_or_refused_in_a_sentence_with_its_rule(name, text):
    try:
        told = read = canonical(f"{name}:{text}")
    except ValueError as error:
        told, read = str(error), ""

    assert canonical(read) == read if read else told.rpartition(" ")[2].startswith("(identifier.")


@pytest.mark.parametrize("digit", "023456789")
def test_of_an_iswc_the_check_digit_itself_is_compared(digit):
    """Its weights are not prime to ten: unlike the others it does not see every wrong digit."""
    with pytest.raises(ValueError, match="wrong check digit"):
        canonical(f"iswc:T-034.524.680-{digit}")
