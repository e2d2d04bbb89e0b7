"""The public summary of training content: what runs show, what is stated, and what nobody said."""

from __future__ import annotations

from collections import Counter

import pytest

from placet.clearance.plan import Ask, Plan
from placet.clearance.training_form import BANDS, FIELDS, HEADINGS, KINDS
from placet.clearance.training_page import facts_file, render_summary
from placet.clearance.training_size import Size, Sizes, top
from placet.clearance.training_summary import Answer, Cleared, Facts, Summary, fill, parse_facts
from placet.core.profile import PROFILES
from placet.core.use import Use
from placet.errors import BadInput, Refused

DAY = 1_700_000_000  # 2023-11-14


def run(kind: str = "", sizes: Sizes | None = None, tallies: dict[str, int] | None = None) -> Cleared:
    ask = Ask(use=Use("mine"), profiles=(PROFILES["consent"],), at=DAY)
    plan = Plan(snapshot="", dataset="data", ask=ask, emit="decisions", rules={}, units=())
    return Cleared(
        kind=kind,
        plan=plan,
        rows=10,
        counts={"cleared": 7, "reserved": 2, "unclear": 1},
        tallies=tallies or {},
        certificate="ab" * 32,
        origin="example.org/log",
        sizes=sizes or Sizes(rows=7, by_kind={"image": Size(parts=7, bytes=70_000)}),
    )


def answer(said: Summary, key: str) -> Answer:
    return next(each for each in said.answers if each.field.key == key)


def told(said: Summary, key: str) -> str:
    return " ".join(each.text for each in answer(said, key).said)


def test_every_field_is_once_there_under_a_heading() -> None:
    keys = [field.key for field in FIELDS]

    assert len(set(keys)) == len(keys)
    assert {field.number for field in FIELDS} == set(HEADINGS)
    assert all(f"{kind}.used" in keys and KINDS[kind] in HEADINGS for kind in KINDS)


def test_no_blank_is_unmarked() -> None:
    said = fill([run()], Facts({}), DAY)

    page = render_summary(said)

    assert page.count("NOT STATED") == len(said.missing) > 30
    assert page.count("not stated, and optional") == sum(not each.said and each.field.optional for each in said.answers)
    assert {each["state"] for each in said.value()["answers"]} == {"missing", "said", "not stated, optional"}


def test_a_form_that_was_filled_in_is_complete() -> None:
    empty = fill([run("public")], Facts({}), DAY)
    stated = (
        facts_file(empty).replace('= ""', '= "As told."').replace("= []", '= ["One."]').replace("# used =", "used =")
    )
    stated = stated.replace('latest = "As told."', 'latest = "2026-10"').replace("# continuous", "continuous")
    stated = stated.replace("# model =", "model =").replace("# signatory", "signatory")

    said = fill([run("public")], parse_facts(stated, "facts.toml"), DAY)

    assert not said.missing
    assert "NOT STATED" not in render_summary(said)


def test_what_a_run_shows_is_said_to_be_shown() -> None:
    said = fill(
        [run("crawled", Sizes(by_kind={"text": Size(parts=1, bytes=9)}, domains=Counter({"a.example": 9})))],
        Facts({}),
        DAY,
    )

    assert told(said, "crawled.used") == "Yes."
    assert told(said, "crawled.domains") == "a.example: 9 bytes"
    assert {each.by for each in answer(said, "crawled.domains").said} == {"run"}
    assert "7 may be used; not to be used: 1 unclear, 2 reserved." in told(said, "reservations.measures")


@pytest.mark.parametrize(
    ("size", "band"),
    [
        (Size(parts=1, words=1, bytes=999_999_999), "Band: less than 1,000,000,000 tokens."),
        (Size(parts=1, words=10**9, bytes=10**13), "Band: 1,000,000,000 to 10,000,000,000,000 tokens."),
        (Size(parts=1, words=10**8, bytes=10**9), "count the tokens by your own tokenizer"),
    ],
)
def test_a_text_has_a_band_only_where_every_tokenizer_gives_the_same(size: Size, band: str) -> None:
    said = fill([run(sizes=Sizes(by_kind={"text": size}))], Facts({}), DAY)

    assert band in told(said, "data.text")


@pytest.mark.parametrize(
    ("hours", "band"), [(9_999, "less than 10,000 hours"), (10_000, "10,000 to 1,000,000 hours"), (2e6, "more than")]
)
def test_bands_of_hours_begin_where_the_form_says(hours: float, band: str) -> None:
    sizes = Sizes(by_kind={"audio": Size(parts=1, bytes=1, timed=1, seconds=hours * 3600)})

    assert band in told(fill([run(sizes=sizes)], Facts({}), DAY), "data.audio")
    assert BANDS["audio"] == (10**4, 10**6, "hours")


def test_sound_of_unknown_length_has_no_band() -> None:
    sizes = Sizes(by_kind={"audio": Size(parts=3, bytes=1, timed=2, seconds=7200)})

    said = told(fill([run(sizes=sizes)], Facts({}), DAY), "data.audio")

    assert "2.0 hours in the 2 whose length could be read" in said
    assert "Band" not in said


def test_a_section_that_was_not_used_does_not_arise() -> None:
    said = fill([run("public")], Facts({"crawled.used": False}), DAY)

    assert told(said, "crawled.crawlers") == "Does not arise."
    assert told(said, "crawled.used") == "No."
    assert not answer(said, "crawled.comments").said


def test_a_provider_cannot_deny_what_a_run_shows() -> None:
    with pytest.raises(Refused, match=r"crawled\.used is false, and a run .* \(training\.contradicted\)"):
        fill([run("crawled")], Facts({"crawled.used": False}), DAY)


def test_licences_that_rows_rest_on_are_shown() -> None:
    said = fill([run(tallies={"licence:ab": 3, "licence:cd": 1})], Facts({}), DAY)

    assert told(said, "licensed.used").startswith("Yes. data: 4 rows rest on licences")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[provider]\nnam = 'x'", "no provider.nam; did you mean provider.name"),
        ("name = 'x'", "the template has no name"),
        ("[provider]\nname = 1", "provider.name is a sentence"),
        ("[crawled]\nused = 'yes'", "crawled.used is true or false"),
        ("[data]\nlatest = '2026-13'", "data.latest is a month"),
        ("[model]\nnames = 'one'", "model.names is a list"),
        ("[[run]]\nout = 'x'", r"a \[\[run\]\] has"),
        ("run = 1", r"a \[\[run\]\] has"),
        ("[provider\n", "facts.toml: "),
    ],
)
def test_facts_that_do_not_fit_are_refused_with_their_key(text: str, why: str) -> None:
    with pytest.raises(BadInput, match=rf"{why}.*\(training\.facts\)"):
        parse_facts(text, "facts.toml")


def test_an_empty_place_states_nothing() -> None:
    assert not parse_facts("[provider]\nname = ' '\n[model]\nnames = ['', ' ']\n[data]\nlatest = ''", "f").said


def test_the_largest_tenth_of_the_domains_is_at_least_one() -> None:
    many = Counter({f"{n:02}.example": n for n in range(40)})

    assert top(many) == [("39.example", 39), ("38.example", 38), ("37.example", 37), ("36.example", 36)]
    assert top(Counter({"a.example": 1, "b.example": 0})) == [("a.example", 1)]
    assert top(Counter()) == []


def test_a_page_escapes_what_a_provider_wrote() -> None:
    page = render_summary(fill([run()], Facts({"provider.name": "<script>x</script>"}), DAY))

    assert "<script" not in page
    assert "&lt;script&gt;" in page
