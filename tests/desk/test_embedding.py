"""Whatever is wished, the file says no less of it than is told, and never a yes that was not wished."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from placet.core.stance import Stance
from placet.core.use import Use
from placet.desk.embedding import Wish, embed, wish_of
from placet.errors import BadMedia, Refused
from placet.fingerprints.containers import replace_xmp
from placet.signals.saying import meant
from tests.gallery.certificates import signed, signer
from tests.gallery.containers import HOSTILE, WHOLE, packet
from tests.signals.test_laws import voices

PNG = WHOLE["plain.png"]()


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(voices)
def test_what_a_file_says_is_what_was_wished_or_stricter(said):
    wish = Wish(declarations=tuple(said))
    wanted = meant(said)

    try:
        embedded = embed(PNG, "a.png", wish, signer(), 0)
    except BadMedia:
        return

    for leaf, stance in wanted.items():
        if stance is not Stance.ALLOW:
            assert leaf in embedded.unsaid or embedded.said[leaf] >= stance
    assert all(wanted.get(leaf) is Stance.ALLOW for leaf, said in embedded.said.items() if said is Stance.ALLOW)
    assert embedded.older == ()
    for leaf, heard in embedded.said.items():
        assert leaf in embedded.beyond or heard <= max(wanted.get(leaf, 0), Stance.ALLOW)


def test_the_same_wish_twice_changes_nothing_that_is_heard():
    wish = wish_of([Use.TRAIN], Stance.RESERVE, author="Ana")

    once = embed(PNG, "a.png", wish, signer(), 0)
    twice = embed(once.data, "a.png", wish, signer(), 0)

    assert twice.said == once.said
    assert twice.older == ()


def test_no_ai_leaves_search_open_and_says_so():
    embedded = embed(PNG, "a.png", wish_of([Use.MINE, Use.TRAIN, Use.INPUT, Use.OUTPUT, Use.DATASET], Stance.RESERVE),
                     signer(), 0)  # fmt: skip

    assert embedded.said[Use.SEARCH] is Stance.ALLOW
    assert Use.ACCESS not in embedded.said
    assert embedded.unsaid == (Use.OUTPUT_STYLE, Use.OUTPUT_LIKENESS, Use.DATASET)


def test_a_word_that_neither_form_has_is_refused_in_a_sentence():
    with pytest.raises(BadMedia, match="no word for this wish"):
        embed(PNG, "a.png", wish_of([Use.OUTPUT_STYLE], Stance.RESERVE), signer(), 0)


def test_a_certificate_that_is_over_leaves_the_words_and_is_told():
    over = signer("Eve", 946_684_800)  # 2000-01-01 and 25 years

    embedded = embed(PNG, "a.png", wish_of([Use.TRAIN], Stance.RESERVE), over, 0)

    assert embedded.forms == ("XMP",)
    assert "certificate" in embedded.missing[0]


def test_a_manifest_that_claims_more_than_is_there_is_not_made_a_parent():
    whole = signed(WHOLE["plain.jpg"]())
    at = whole.index(b"gentries") + len(b"gentries")
    broken = whole[:at] + b"\x7a\x78\x1b\x63\x61" + whole[at + 5 :]

    embedded = embed(broken, "a.jpg", wish_of([Use.TRAIN], Stance.RESERVE), signer(), 0)

    assert embedded.forms == ("XMP",)
    assert "claims more than is there" in embedded.missing[0]


def test_a_packet_that_is_broken_is_not_mended():
    broken = replace_xmp(WHOLE["plain.jpg"](), packet()[:-60])

    embedded = embed(broken, "a.jpg", wish_of([Use.TRAIN], Stance.RESERVE), signer(), 0)

    assert embedded.forms == ("C2PA",)
    assert embedded.missing[0].startswith("no XMP: ")


@pytest.mark.parametrize("name", [name for name in HOSTILE if name != "frame-bomb.mp3"])  # 20 s in the library
def test_hostile_files_are_one_sentence_or_done(name):
    data = HOSTILE[name][0]()

    try:
        embedded = embed(data, name, wish_of([Use.TRAIN], Stance.RESERVE), signer(), 0)
    except (BadMedia, Refused):
        return

    assert embedded.said[Use.TRAIN_GENERATIVE] is Stance.RESERVE
