"""The report: hostile names stay text, nothing runs and nothing is fetched, and every number has its word."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from placet.clearance import pages
from placet.clearance.report import (
    PROBLEMS_SHOWN,
    LimitPair,
    Pair,
    Passage,
    Report,
    Snapshot,
    Tally,
    Work,
    render,
)
from placet.core import PROFILES, Outcome, Problem, Stance, Use, Voice

_VOID = {"img", "meta", "br", "hr"}
_EVIL = '"><script>alert(1)</script><img src=https://evil.example/x onerror=alert(1)>\u202egpj.exe\x00\x1b[31m'


class Reader(HTMLParser):
    """What a browser would see: open tags, text, and the addresses that would be fetched."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes += attrs
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 6), (200, 90, 60)).save(out, "JPEG")
    return out.getvalue()


JPEG = jpeg()


def work(words: str = "harbour.jpg") -> Work:
    return Work(id="ab" * 32, maker="Ana", voice=Voice.CLAIMED, stance=Stance.RESERVE, entry=1204, title=words)


def sample(words: str = "pictures/000.tar") -> Report:
    pair = Pair(
        unit=words,
        row=words,
        outcome=Outcome.RESERVED,
        reason="reserved.declared",
        match="STRONG",
        distance=4,
        work=work(words),
        found=JPEG,
        registered=None,
    )
    passage = Passage(
        unit=words,
        row="7",
        outcome=Outcome.LICENCE,
        reason="licence.declared",
        match="STRONG",
        work=replace(work(words), maker=words, stance=Stance.LICENSE),
        before=words,
        quoted="the twelfth morning " + words,
        after=words,
        letters=412,
        of_work=3,
        of_text=0,
    )
    return Report(
        dataset=words,
        rows=64,
        snapshot=Snapshot(origin=words, size=31, works=18, root="9b" * 32, made_at=1_795_000_000, trust=words),
        use=Use.TRAIN_GENERATIVE,
        at=1_795_200_000,
        territory=None,
        effort="exact",
        seconds=1.25,
        bytes_sent=0,
        tallies=(
            Tally(
                profile=PROFILES["consent"],
                outcomes=((Outcome.RESERVED, 20), (Outcome.SILENT, 32), (Outcome.CLEARED, 12)),
            ),
        ),
        reasons=(("reserved.declared", 20), ("silent.silence", 32), ("cleared.declared", 12)),
        matches=(("EXACT", 1), ("STRONG", 30), ("VERIFY", 1)),
        distances=((0, 2), (3, 9), (38, 1)),
        pairs=(pair,),
        pairs_found=28,
        passages=(passage,),
        passages_found=7,
        problems=(Problem(words, "media.unreadable", words),),
        problems_found=1,
        limit_pair=LimitPair(left_name=words, left=JPEG, right_name="google.jpg", right=JPEG, distance=52),
        versions=(("placet", words),),
        files=(("clearance.json", words),),
    )


@pytest.mark.parametrize("language", ["en", "fr"])
def test_hostile_names_stay_text_wherever_they_stand(language: str) -> None:
    html = render(sample(_EVIL), language)

    reader = read(html)

    assert reader.seen.isdisjoint({"script", "iframe", "object", "link", "base", "form", "a"})
    assert "<script" not in html
    assert "<img src=https" not in html
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", html)
    assert "\\u{202e}gpj.exe\\u{0}" in "".join(reader.text)


@given(st.text(max_size=60))
def test_no_text_ever_becomes_markup_or_an_address(words: str) -> None:
    plain = read(render(sample("plain")))

    reader = read(render(sample(words)))

    assert reader.seen == plain.seen
    assert [key for key, _ in reader.attributes] == [key for key, _ in plain.attributes]
    assert all(
        value is not None and value.startswith("data:image/jpeg;base64,")
        for key, value in reader.attributes
        if key in {"src", "href", "xlink:href", "action", "srcset"}
    )


@given(st.text())
def test_what_is_shown_can_be_seen_and_plain_words_are_left_alone(words: str) -> None:
    shown = pages.visible(words)

    assert all(c.isprintable() or c in " \t\n\u00a0\u202f" for c in shown)
    assert shown == words or not all(c.isprintable() for c in words)
    assert pages.visible(shown) == shown


def test_a_strict_policy_stands_before_anything_that_could_load() -> None:
    html = render(sample())

    policy = html.index("Content-Security-Policy")

    assert "default-src 'none'" in html
    assert policy < html.index("<style")
    assert policy < html.index("<img")
    assert "url(" not in html
    assert "@import" not in html


def test_the_same_values_make_the_same_bytes() -> None:
    assert render(sample()) == render(sample())


def test_the_first_line_is_the_verdict_with_its_numbers() -> None:
    html = render(sample())

    assert "<h1>Of 64 rows, 12 may be used and 20 are reserved.</h1>" in html
    assert "<title>Of 64 rows, 12 may be used and 20 are reserved.</title>" in html


def test_several_profiles_give_a_range_and_a_table() -> None:
    first = sample().tallies[0]
    open_ = Tally(profile=PROFILES["eu-art4"], outcomes=((Outcome.RESERVED, 20), (Outcome.CLEARED, 44)))

    html = render(replace(sample(), tallies=(first, open_)))

    assert "Of 64 rows, between 12 and 44 may be used, depending on what silence means; 20 are reserved." in html
    assert "Directive (EU) 2019/790" in html


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_told_by_a_sign_and_a_word_beside_its_colour(outcome: Outcome) -> None:
    told = {"licence": "licence needed"}.get(outcome, outcome.value)

    html = render(sample())

    assert re.search(rf'class="tag {outcome}"><svg [^>]*><path [^>]*></path></svg>{told}</span>', html)


def test_a_pair_names_the_maker_her_stance_and_her_log_entry() -> None:
    text = "".join(read(render(sample())).text)

    assert "Ana (signed by a key; identity not checked) said no, log entry 1,204." in text
    assert "Its maker, its site or the file itself said no to this use." in text
    assert "STRONG, 4 of 256 bits differ" in text


def test_a_work_without_a_thumbnail_says_why_and_what_to_do() -> None:
    assert "run again with --originals DIR" in render(sample())
    other = replace(sample().pairs[0], why_none="The original in DIR is another file.")
    assert "The original in DIR is another file." in render(replace(sample(), pairs=(other,)))


def test_a_passage_marks_what_is_shared() -> None:
    assert "<mark>the twelfth morning pictures/000.tar</mark>" in render(sample())


def test_problems_are_listed_up_to_a_hundred_and_counted_beyond() -> None:
    many = tuple(Problem(f"row {number}", "row.malformed", "It has no comma.") for number in range(150))

    html = render(replace(sample(), problems=many, problems_found=4000))

    assert "row 99<" in html
    assert "row 100<" not in html
    assert f"4,000 places; the first {PROBLEMS_SHOWN} are listed." in html


def test_bytes_that_were_sent_are_not_hidden() -> None:
    assert "Nothing left this machine: 0 bytes sent." in render(sample())
    html = render(replace(sample(), bytes_sent=1200))
    assert "1,200 bytes were sent from this machine." in html
    assert "Nothing left" not in html


def test_the_limits_are_on_every_page_and_the_pair_that_is_not_joined() -> None:
    html = render(sample())

    assert "Edges cropped by 5 %" in html
    assert "google.jpg: 52 of 256 bits differ, more than 31." in html
    assert "Cleared is not a legal opinion." in html
    assert "Copies already taken are out of reach." in html


def test_a_thumbnail_that_is_no_jpeg_is_refused() -> None:
    pair = replace(sample().pairs[0], found=b"<svg onload=alert(1)>")

    with pytest.raises(ValueError, match="re-encoded by the caller"):
        render(replace(sample(), pairs=(pair,)))


def test_a_report_without_a_profile_or_in_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="choose a profile"):
        render(replace(sample(), tallies=()))
    with pytest.raises(ValueError, match="no report in 'xx'"):
        render(sample(), "xx")


def test_both_languages_have_the_same_sentences_with_the_same_holes() -> None:
    english, french = pages.words("report.toml", "en"), pages.words("report.toml", "fr")

    voices = {key for key in french if key.startswith("voice_")}
    assert voices == {f"voice_{voice.name}" for voice in Voice}
    assert set(english) == set(french) - voices
    for key, words in english.items():
        assert set(re.findall(r"\{\w+\}", words)) == set(re.findall(r"\{\w+\}", french[key])), key


def _luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    full = "".join(c * 2 for c in colour) if len(colour) == 3 else colour
    parts = (int(full[at : at + 2], 16) / 255 for at in (0, 2, 4))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_colour_of_text_stands_out_from_its_ground(scheme: int) -> None:
    css = (files("placet.clearance") / "templates" / "report.css").read_text(encoding="utf-8")
    block = css.split("@media(prefers-color-scheme:dark)")[scheme].split("}")[0]
    colours = dict(re.findall(r"--([a-z-]+):#([0-9a-f]{3,6})", block))
    pairs = [(ink, ground) for ink in ("ink", "soft") for ground in ("paper", "card")]
    pairs += [(name, f"{name}-bg") for name in ("green", "grey", "violet", "amber", "red", "blue")]
    pairs += [("mark-ink", "mark")]

    for ink, ground in pairs:
        light, dark = sorted((_luminance(colours[ink]), _luminance(colours[ground])), reverse=True)

        assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)
