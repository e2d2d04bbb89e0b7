"""What a run measures of itself: counts from its own judge, and bounds that follow from them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from placet.clearance import background, control, known
from placet.clearance.background import Watch, quota, works_in
from placet.clearance.certificate import check_outputs, read_certificate
from placet.clearance.control import Asked, Control, check_form, read_folder
from placet.clearance.judge import Judge
from placet.clearance.plan import Ask, Plan, parse_plan
from placet.clearance.rows import Part, PartKind, Row, Unit
from placet.core.profile import PROFILES
from placet.core.stance import Stance, Voice
from placet.core.use import Use
from placet.desk.verifying import certificate
from placet.errors import BadRecord, PlanChanged, VerificationFailed, WrongUsage
from placet.signing.envelope import IN_TOTO, seal, statement
from placet.snapshot.library import Library
from placet.snapshot.match import Matcher
from tests.factories import NOW, a_key
from tests.snapshot.datasets import write_folder, write_tar
from tests.snapshot.world import World, a_world, jpeg, prose

ASK = Ask(use=Use.TRAIN_GENERATIVE, profiles=(PROFILES["eu-art4"],), at=NOW, effort="exact")
FILES = {f"{n}.jpg": jpeg(n) for n in range(1, 5)} | {f"{n}.txt": prose(n).encode() for n in range(1, 4)}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Four pictures and three texts are registered; a crawl holds two of them and five strangers."""
    folder = tmp_path_factory.mktemp("control")
    world = a_world(folder)
    world.register(1, {name: FILES[name] for name in ("1.jpg", "2.jpg", "1.txt")})
    world.register(2, {name: FILES[name] for name in ("3.jpg", "4.jpg")}, thumbs=True)
    world.register(2, {name: FILES[name] for name in ("2.txt", "3.txt")})
    world.register(3, {"again.jpg": jpeg(1, 80)}, Stance.LICENSE)
    world.snapshot()
    strangers = {f"{n}.jpg": jpeg(n) for n in (50, 51, 52)} | {f"{n}.txt": prose(n).encode() for n in (60, 61)}
    write_folder(folder / "crawl", {"a.jpg": jpeg(1, 60), "b.txt": FILES["1.txt"][:1200], **strangers})
    write_tar(folder / "crawl/0.tar", {"c.jpg": jpeg(2, 70), "d.jpg": jpeg(70)})
    write_folder(folder / "nobodys", strangers)
    write_folder(folder / "originals", FILES | {"other.jpg": jpeg(99)})
    return world


@pytest.fixture(scope="module")
def folder(world: World) -> Path:
    return world.home.path.parent


@pytest.fixture(scope="module")
def library(folder: Path) -> Library:
    from placet.snapshot.library import open_library

    return open_library(folder / "snapshot")


@pytest.fixture(scope="module")
def out(world: World, folder: Path) -> Path:
    world.clear(folder / "crawl", folder / "snapshot", folder / "out", min_voice=Voice.VERIFIED)
    return folder / "out"


def _said(out: Path) -> dict[str, Any]:
    said: dict[str, Any] = dict(read_certificate((out / "clearance.json").read_bytes()).predicate)
    return said


class Offline:
    """A check that needs neither a home nor a policy."""

    @property
    def home(self) -> Any:
        raise AssertionError("a certificate is checked by itself")

    def policy(self, origin: str) -> Any:
        raise AssertionError(f"a certificate is checked by itself, and not by {origin}")


# --- the background -----------------------------------------------------------------------------------------------


def test_only_rows_that_matched_nothing_are_turned(library: Library) -> None:
    matcher, watch = Matcher(library, "exact"), Watch(quota=8)
    rows = [Row(key=f"{n}", parts=(Part("a.jpg", PartKind.IMAGE, jpeg(n, 60)),)) for n in (1, 2, 50, 51)]
    rows.append(Row(key="text", parts=(Part("a.txt", PartKind.TEXT, prose(60).encode()),)))
    for judged in Judge(matcher, ASK).judge(rows):
        watch.see(judged)

    tallies = watch.measure(matcher, ASK)

    assert tallies["background:image.items"] == 2 * 3
    assert tallies["background:text.items"] == 1
    assert (tallies["background:image.strong"], tallies["background:text.strong"]) == (0, 0)


def test_a_false_match_is_counted_and_not_explained_away(world: World, folder: Path) -> None:
    """Whoever registered the turned picture makes the matching answer for it."""
    from PIL import Image

    from tests.snapshot.world import picture

    turned = picture(50).transpose(Image.Transpose.ROTATE_180)
    world.register(7, {"turned.jpg": jpeg(turned)})
    matcher = Matcher(world.library("turned"), "exact")
    watch = Watch(quota=1)
    (judged,) = Judge(matcher, ASK).judge([Row(key="a", parts=(Part("a.jpg", PartKind.IMAGE, jpeg(50)),))])
    watch.see(judged)

    tallies = watch.measure(matcher, ASK)

    assert (tallies["background:image.items"], tallies["background:image.strong"]) == (3, 1)
    assert tallies["background:image.pairs-strong"] == 1


@pytest.mark.parametrize("units", [1, 3, 64, 1000])
def test_the_quota_of_a_run_is_spread_over_its_units(units: int) -> None:
    unit = Unit(id="u", format="files", path="")
    plan = Plan(
        snapshot="", dataset="d", ask=ASK, emit="list", rules={}, units=(unit,) * units, control={"background": "64"}
    )

    shares = [quota(plan, number) for number in range(units)]

    assert sum(shares) == 64
    assert max(shares) - min(shares) <= 1
    assert quota(replace(plan, control={}), 0) == 0


# --- known answers ------------------------------------------------------------------------------------------------


def test_the_users_originals_are_edited_and_found(library: Library, folder: Path) -> None:
    asked = Asked(most=10, originals=read_folder(folder / "originals", "--known"))
    plan = Plan(snapshot="", dataset="d", ask=ASK, emit="list", rules={}, units=(), control=asked.told)

    planted = asked.measure(plan, Matcher(library, "exact")).known

    pictures = {each.edit: each for each in planted if each.medium == "image"}
    assert {each.source for each in planted} == {known.FILES}
    assert {each.planted for each in pictures.values()} == {4}  # the fifth is nobody's
    assert pictures["jpeg-75"].found == pictures["mirror"].found == pictures["border"].found == 4
    assert all(each.planted == 3 for each in planted if each.medium == "text")
    assert next(each for each in planted if each.edit == "excerpt-600").found == 3


def test_without_originals_published_thumbnails_are_edited_else_fingerprints(library: Library) -> None:
    matcher = Matcher(library, "exact")

    planted = known.plant(matcher, ASK, "seed", 10)

    assert {(each.medium, each.source) for each in planted} == {("image", known.THUMBNAILS), ("text", known.PRINTS)}
    assert {each.planted for each in planted if each.medium == "image"} == {2}
    assert next(each for each in planted if each.edit == "jpeg-75").found == 2
    assert next(each for each in planted if each.edit == "passage-600").found == 3


def test_bits_beyond_what_is_certain_are_not_called_found(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "_BITS", (8, 31, 60))
    monkeypatch.setattr(known, "_thumbnails", lambda *_: [])

    planted = {each.edit: each for each in known.plant(Matcher(library, "exact"), ASK, "seed", 64)}

    assert planted["bits-8"].found == planted["bits-8"].planted > 0
    assert planted["bits-31"].found == planted["bits-31"].planted
    assert planted["bits-60"].found < planted["bits-60"].planted


def test_one_seed_plants_one_way(library: Library) -> None:
    one, same, other = (known._drawn([known.Original(frozenset({n}), PartKind.TEXT, b"") for n in range(50)], 9, r)
                        for r in map(known.random.Random, ("a", "a", "b")))  # fmt: skip

    assert one == same != other
    assert known.plant(Matcher(library), ASK, "a", 5) == known.plant(Matcher(library), ASK, "a", 5)


def test_where_nothing_can_be_measured_it_is_said_so() -> None:
    from placet.clearance.nobody import nobody

    assert known.plant(Matcher(nobody()), ASK, "seed", 64) == ()
    assert works_in(nobody(), PartKind.IMAGE) == 0
    assert Control().to_json()["unmeasured"] == ["background image", "background text", "known image", "known text"]


def test_registered_sounds_and_films_are_named_as_unmeasured_and_read_back(world: World, library: Library) -> None:
    heard = copy.copy(library)
    object.__setattr__(heard, "arrays", {**library.arrays, "audio-chroma.work": [0], "video-plh.work": []})

    said = control.control_of({}, heard, Control())

    assert control.control_of({}, library, Control()).others == ()
    assert said.unmeasured[-2:] == ("background audio", "known audio")
    assert check_form(said.to_json()) == said


# --- in a run -----------------------------------------------------------------------------------------------------


def test_a_run_measures_itself_and_its_certificate_says_how(out: Path) -> None:
    said = _said(out)
    measured = said["control"]

    by_medium = {each["medium"]: each for each in measured["background"]}
    assert (by_medium["image"]["items"], by_medium["image"]["works"]) == (12, 5)
    assert (by_medium["image"]["compared"], by_medium["text"]["compared"]) == ("turned", "backwards")
    assert by_medium["image"]["pairs"] == 60
    assert by_medium["image"]["strong"] == 0
    assert by_medium["image"]["strong_upper"] == "2.21e-01"  # 1 - 0.05 ** (1 / 12)
    assert measured["unmeasured"] == []
    assert {each["source"] for each in measured["known"]} == {"thumbnails", "fingerprints"}
    assert check_outputs(read_certificate((out / "clearance.json").read_bytes()), out) == 2


def test_a_run_says_who_disputes_and_what_the_choice_of_a_voice_changed(out: Path) -> None:
    said = _said(out)

    assert said["question"]["min_voice"] == "verified"
    assert said["tallies"]["disputed:silent"] == 1
    assert said["tallies"]["voice:reserved>silent"] == 3
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "How sure this is" in page
    assert "verified as the least voice that decides: 3 are decided otherwise" in page


def test_the_measures_are_part_of_the_plan(world: World, folder: Path, out: Path) -> None:
    plan = parse_plan((out / "plan.json").read_bytes())

    assert plan.control == {"background": "64", "known": "64"}
    assert plan.ask.min_voice is Voice.VERIFIED
    for other in ({"control": 9}, {"known": folder / "originals"}, {"min_voice": Voice.CLAIMED}):
        with pytest.raises(PlanChanged, match=r"another (measure|minimum voice)"):
            world.clear(folder / "crawl", folder / "snapshot", out, **{"min_voice": Voice.VERIFIED} | other)


def test_measuring_changes_no_decision(world: World, folder: Path, out: Path) -> None:
    world.clear(folder / "crawl", folder / "snapshot", folder / "bare", min_voice=Voice.VERIFIED, control=0)

    assert (folder / "bare/decisions.parquet").read_bytes() == (out / "decisions.parquet").read_bytes()
    assert _said(folder / "bare")["control"]["background"] == []


def test_folders_of_the_users_are_measured_by_and_named_in_the_plan(world: World, folder: Path) -> None:
    given: dict[str, Any] = {"background": folder / "nobodys", "known": folder / "originals", "language": "fr"}
    world.clear(folder / "crawl", folder / "snapshot", folder / "given", **given)

    said = _said(folder / "given")["control"]
    counted = {each["medium"]: each["items"] for each in said["background"] if each["compared"] == "given"}
    plan = parse_plan((folder / "given/plan.json").read_bytes())
    assert counted == {"image": 3, "text": 2}
    assert {each["source"] for each in said["known"]} == {"files"}
    assert plan.control["known_given"].startswith("8 files, sha256 ")
    assert "À quel point c'est sûr" in (folder / "given/report.html").read_text(encoding="utf-8")
    found = [finding.sentence for finding in certificate(folder / "given", Offline())]
    assert "its false matches and known answers: each bound follows from its counts" in found
    assert "that what was given as unrelated is nobody's: the asker says so" in found


def test_a_folder_to_measure_by_must_hold_something(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="from 1 to"):
        read_folder(tmp_path, "--background")
    with pytest.raises(WrongUsage, match="no such folder"):
        read_folder(tmp_path / "none", "--known")


# --- what is not believed -----------------------------------------------------------------------------------------


def _better_bound(said: dict[str, Any]) -> None:
    said["background"][0]["strong_upper"] = "1.00e-06"


def _better_recall(said: dict[str, Any]) -> None:
    said["known"][0]["recall_lower"] = "0.999"


def _more_found(said: dict[str, Any]) -> None:
    said["known"][0]["found"] = said["known"][0]["planted"] + 1


def _nothing_missing(said: dict[str, Any]) -> None:
    said["known"] = []


def _a_float(said: dict[str, Any]) -> None:
    said["background"][0]["items"] = 12.0


def _a_page(said: dict[str, Any]) -> None:
    said["known"][0]["edit"] = "<script>" * 9


def _no_list(said: dict[str, Any]) -> None:
    del said["background"]


@pytest.mark.parametrize(
    "spoil", [_better_bound, _better_recall, _more_found, _nothing_missing, _a_float, _a_page, _no_list]
)
def test_measures_that_do_not_follow_from_their_counts_are_refused(
    out: Path, spoil: Callable[[dict[str, Any]], None]
) -> None:
    read = read_certificate((out / "clearance.json").read_bytes())
    said = copy.deepcopy(dict(read.predicate))
    said["control"] = json.loads(json.dumps(said["control"]))
    spoil(said["control"])
    key = a_key(9)
    said["key"] = {"public": key.public.hex(), "name": ""}

    with pytest.raises(BadRecord, match="measures of itself"):
        check_form(said["control"])
    with pytest.raises(BadRecord, match="measures of itself"):
        read_certificate(seal(statement(list(read.subjects), read_predicate(), said), IN_TOTO, key))


def read_predicate() -> str:
    from placet.clearance.certificate import PREDICATE

    return PREDICATE


def test_a_background_rate_that_the_units_did_not_measure_is_refused(out: Path) -> None:
    said = _said(out)
    measured = check_form(said["control"])
    fewer = replace(measured.background[0], items=9)

    with pytest.raises(VerificationFailed, match="not what the units measured"):
        control.check_units(Control(background=(fewer, *measured.background[1:])), said["tallies"])
    with pytest.raises(VerificationFailed, match="not told"):
        control.check_units(Control(background=measured.background[1:]), said["tallies"])


def test_an_earlier_certificate_measured_nothing() -> None:
    assert check_form(None) == Control()


def test_counts_are_counts_of_the_path_that_judges(library: Library) -> None:
    """The measure is the judge's answer, whatever it is: a copy among what is called unrelated counts against it."""
    rows = [Row(key=f"{n}", parts=(Part("a.jpg", PartKind.IMAGE, jpeg(n, 60)),)) for n in (1, 50)]

    counts = background.measure(Matcher(library, "exact"), ASK, rows)

    assert dict(counts) == {"items": 2, "strong": 1, "verify": 0, "pairs-strong": 2, "pairs-verify": 0}


# --- what people read ---------------------------------------------------------------------------------------------


def test_every_word_of_the_section_is_there_in_every_language() -> None:
    from placet.clearance import pages, report_control

    english, french = (pages.words("report_control.toml", language) for language in ("en", "fr"))

    assert english.keys() == french.keys()
    edits = {*known._CHANGES, *(f"bits-{n}" for n in known._BITS), "capitals"}
    edits |= {f"{what}-{n}" for what in ("excerpt", "passage") for n in known._LETTERS}
    assert {f"edit_{edit}" for edit in edits} <= english.keys()
    assert {
        f"unmeasured_{each.replace(' ', '_')}" for each in Control(others=("audio", "video")).unmeasured
    } <= english.keys()
    assert report_control.per_cent("1.55e-02") == "1.55 %"
    assert report_control.per_cent("1.56e-08") == "1.56e-6 %"
    assert [report_control.per_cent(rate) for rate in ("0.000", "0.954", "1.00e+00")] == ["0 %", "95.4 %", "100 %"]


def test_the_command_line_says_what_was_and_was_not_measured(out: Path) -> None:
    from placet.cli.control import told_control

    said = _said(out)

    lines = list(told_control(check_form(said["control"]), "verified", said["tallies"]))

    assert lines[0].startswith("DISPUTED: 1 row of more than one claimant")
    assert lines[1].endswith("without it 3 rows would be decided otherwise: 3 reserved -> silent.")
    assert lines[2] == "False matches: 0 of 12 unrelated pictures (at most 22.1 %, 95 % sure)."
    assert list(told_control(Control(), "claimed", {})) == [
        "Not measured: false matches of pictures, false matches of texts, known answers among pictures, known answers"
        " among texts."
    ]
