"""Who may state how a work was made."""

from __future__ import annotations

import pytest

from placet.core.canonical import decode, encode
from placet.core.making import Credit, Making, parse_making
from placet.core.subject import Kind, Subject
from placet.errors import BadRecord, Refused
from tests.factories import a_composer, a_home, check_log, reserve

SONG = Subject(Kind.IDENTIFIER, "isrc:USRC17607839")
PLAIN = Making(subject=SONG, source="digitalCreation", credits=(Credit(role="singer", who="ipi:00000000001"),))


@pytest.fixture
def home(tmp_path):
    home = a_home(tmp_path)
    reserve(home, 1, by=1)
    reserve(home, 2, by=2)
    return home


def work_of(home, number):
    return list(home.registry.works())[number - 1].subject


def test_a_holder_states_how_her_work_was_made(home):
    composer = a_composer(home)
    composer.make([Making(subject=work_of(home, 1), source="digitalCapture")])

    home.log.append(composer.submission())

    (line,) = home.registry.lines()
    assert parse_making(line.record).source == "digitalCapture"
    check_log(home)


def test_nobody_states_it_of_anothers_work(home):
    composer = a_composer(home)
    composer.make([Making(subject=work_of(home, 2), source="trainedAlgorithmicMedia")])

    with pytest.raises(Refused, match=r"is another's: .* \(made.not-yours\)"):
        home.log.append(composer.submission())


def test_nobody_states_it_of_a_work_that_is_not_there(home):
    composer = a_composer(home)
    composer.make([Making(subject=Subject(Kind.WORK, "ab" * 16), source="print")])

    with pytest.raises(Refused, match=r"there is no work abababababab in the record \(made.unknown\)"):
        home.log.append(composer.submission())


def test_a_sheet_has_at_most_a_thousand_lines(home):
    composer = a_composer(home)
    songs = (Subject(Kind.IDENTIFIER, f"isrc:USRC176{number:05}") for number in range(1001))
    composer.make([Making(subject=song, source="print") for song in songs])

    with pytest.raises(Refused, match="at most 1000 lines"):
        home.log.append(composer.submission())


def test_what_was_stated_is_read_as_it_was_written():
    made = Making(subject=SONG, source="composite", ai=("voice", "sky"), production=SONG, credits=PLAIN.credits)

    assert parse_making(made.data()) == made


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"v": 2}, "a statement of version 1 has exactly"),
        ({"more": 1}, "has exactly the fields"),
        ({"source": "byHand"}, "'byHand' is no digital source type"),
        ({"source": []}, "is no digital source type"),
        ({"ai": "sky"}, "where AI was used is a list"),
        ({"ai": ["a\nb"]}, "where AI was used is a list"),
        ({"ai": [""]}, "where AI was used is a list"),
        ({"subject": "isrc"}, "names no work, identifier or address"),
        ({"subject": "domain:maker.example"}, "names no work, identifier or address"),
        ({"production": 7}, "names no work, identifier or address"),
        ({"credits": [{"role": "singer"}]}, "a credit has a role, who, and a name"),
        ({"credits": [{"role": "singer", "who": "", "name": ""}]}, "names somebody by a principal"),
        ({"credits": [{"role": "singer", "who": "", "name": "Ana"}]}, "names somebody by a principal"),
        ({"credits": {}}, "the credits are a list"),
    ],
    ids=range(14),
)
def test_a_line_that_cannot_be_read_says_why(change, sentence):
    with pytest.raises(BadRecord, match=sentence):
        parse_making(encode(decode(PLAIN.data()) | change))
