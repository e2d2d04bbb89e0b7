"""`placet lookup`: what is known of a file, a text, an id, a number, an address; and of nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from tests.cli.stage import Said, Stage, everything
from tests.snapshot.world import World, a_world, jpeg, prose

ISBN = "isbn:9780306406157"
URL = "https://maker.example/pictures/1.jpg"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = a_world(tmp_path / "theirs")
    world.register(1, {"no.jpg": jpeg(1), "no.txt": prose(1).encode()}, Stance.RESERVE, titles=True)
    world.register(2, {"yes.jpg": jpeg(2)}, Stance.ALLOW, uses=(Use.ANY,))
    world.register(3, {"price.jpg": jpeg(3)}, Stance.LICENSE)
    world.say(1, [Subject(Kind.URL, URL), Subject(Kind.IDENTIFIER, ISBN)], Stance.RESERVE)
    monkeypatch.setenv("PLACET_HOME", str(world.home.path))
    return world


def _ask(stage: Stage, world: World, what: object, *more: object) -> Said:
    return stage("lookup", what, "--home", world.home.path, *more)


def test_a_refused_picture_is_named_with_its_maker_and_entry(stage: Stage, world: World, tmp_path: Path) -> None:
    (tmp_path / "found.jpg").write_bytes(jpeg(1, 60))

    said = _ask(stage, world, tmp_path / "found.jpg")

    assert said.code == 2
    assert "found.jpg, a picture.\n  STRONG: work " in said.out
    assert "“no.jpg” by " in said.out
    assert "of 256 bits differ" in said.out
    assert "reserved  train " in said.out
    assert "(entry 2)" in said.out


def test_an_unnamed_maker_is_shown_by_the_name_that_her_key_has_elsewhere(stage: Stage) -> None:
    stage("reserve", stage.works)
    key = stage("keys", "list").out.split()[1]

    said = stage("lookup", next(path for path in stage.works.rglob("*") if path.is_file()))

    assert f" by key {key}, the same bytes" in said.out
    assert f"\n    key {key}: identity not checked\n" in said.out
    assert max(map(len, said.out.splitlines()[1:])) <= 80


def test_a_title_is_one_line_whatever_its_maker_put_into_it(stage: Stage, world: World, tmp_path: Path) -> None:
    world.register(3, {"forged.jpg\n  cleared   any": jpeg(9)}, Stance.RESERVE, titles=True)
    (tmp_path / "found.jpg").write_bytes(jpeg(9))

    said = _ask(stage, world, tmp_path / "found.jpg")

    assert said.code == 2
    assert "“forged.jpg\\n  cleared   any”" in said.out


def test_a_file_beyond_the_limit_is_not_read(stage: Stage, world: World, tmp_path: Path) -> None:
    with (tmp_path / "long.txt").open("wb") as file:
        file.truncate((1 << 30) + 1)

    said = _ask(stage, world, tmp_path / "long.txt")

    assert said.code == 1
    assert "has 1,073,741,825 bytes, more than" in said.err


def test_the_very_file_is_exact(stage: Stage, world: World, tmp_path: Path) -> None:
    (tmp_path / "found.jpg").write_bytes(jpeg(1))

    assert "EXACT: work " in _ask(stage, world, tmp_path / "found.jpg").out


def test_an_allowed_picture_is_exit_0(stage: Stage, world: World, tmp_path: Path) -> None:
    (tmp_path / "found.jpg").write_bytes(jpeg(2, 60))

    said = _ask(stage, world, tmp_path / "found.jpg")

    assert said.code == 0
    assert "cleared   any " in said.out


def test_one_at_a_price_is_exit_2(stage: Stage, world: World, tmp_path: Path) -> None:
    (tmp_path / "found.jpg").write_bytes(jpeg(3, 60))

    said = _ask(stage, world, tmp_path / "found.jpg")

    assert said.code == 2
    assert "licence   train " in said.out


def test_a_strangers_picture_is_nobodys(stage: Stage, world: World, tmp_path: Path) -> None:
    (tmp_path / "found.jpg").write_bytes(jpeg(9))

    said = _ask(stage, world, tmp_path / "found.jpg")

    assert said.code == 2
    assert "Nobody has registered it here or spoken about it. Other registries were not asked." in said.out
    assert "\n  silent    any: nothing was said that counts, and silence is no yes\n" in said.out


def test_a_broken_picture_is_not_clear(stage: Stage, world: World, tmp_path: Path) -> None:
    (tmp_path / "found.jpg").write_bytes(jpeg(9)[:-400])

    assert _ask(stage, world, tmp_path / "found.jpg").code == 2


def test_a_quoted_text_is_found(stage: Stage, world: World) -> None:
    said = _ask(stage, world, f"He wrote: {prose(1)[400:1000].upper()} and left.")

    assert said.code == 2
    assert said.out.startswith("This text, a text.\n  PASSAGE: work ")
    assert " letters; " in said.out
    assert " % of this document" in said.out


def test_a_work_is_found_by_the_beginning_of_its_id(stage: Stage, world: World) -> None:
    (entry,) = [word for word in world.library().words if word.stance is Stance.ALLOW]

    said = _ask(stage, world, entry.subjects[0].id[:12])

    assert said.code == 0
    assert "EXACT: work " in said.out


@pytest.mark.parametrize(
    ("what", "kind"), [(URL, "an address"), (ISBN, "an identifier"), ("ISBN:978-0-306-40615-7", "an identifier")]
)
def test_an_address_or_a_number_that_was_spoken_of(stage: Stage, world: World, what: str, kind: str) -> None:
    said = _ask(stage, world, what)

    assert said.code == 2
    assert f", {kind}." in said.out
    assert "reserved  train " in said.out


@pytest.mark.parametrize("what", ["https://silent.example/", "isbn:9783161484100"])
def test_one_that_nobody_spoke_of(stage: Stage, world: World, what: str) -> None:
    said = _ask(stage, world, what)

    assert said.code == 2
    assert "Nobody has registered it here" in said.out


@pytest.mark.parametrize(
    ("what", "code", "why"),
    [
        ("nothing", 1, "'nothing' is no file here"),
        ("isbn:123", 64, "isbn"),
        (".", 64, "is a folder: look up one file"),
    ],
)
def test_what_cannot_be_looked_up_says_so(stage: Stage, world: World, what: str, code: int, why: str) -> None:
    said = _ask(stage, world, what)

    assert (said.code, said.out) == (code, "")
    assert why in said.err.replace("ISBN", "isbn")


def test_json_says_what_was_found(stage: Stage, world: World, tmp_path: Path) -> None:
    (tmp_path / "found.jpg").write_bytes(jpeg(1, 60))

    shown = json.loads(_ask(stage, world, tmp_path / "found.jpg", "--json").out)

    assert shown["works"][0]["match"] == "STRONG"
    assert shown["decisions"]["train.generative"] == "reserved"
    assert (shown["clear"], shown["profile"]) == (False, "consent")


def test_a_snapshot_can_be_asked_instead(stage: Stage, world: World, tmp_path: Path) -> None:
    snapshot = world.snapshot()
    (tmp_path / "found.jpg").write_bytes(jpeg(1, 60))
    (policy,) = (world.home.path / "trust").glob("*.policy")

    said = stage(
        "lookup", tmp_path / "found.jpg", "--snapshot", snapshot, "--trust", policy, "--home", tmp_path / "new"
    )
    doubted = stage("lookup", tmp_path / "found.jpg", "--snapshot", snapshot, "--home", tmp_path / "other")

    assert said.code == 2
    assert "STRONG: work " in said.out
    assert doubted.code == 1
    assert "UNTRUSTED" in doubted.err


def test_what_was_withdrawn_is_not_heard_any_more(stage: Stage) -> None:
    stage("reserve", stage.works)
    before = stage("lookup", stage.works / "song.txt")
    assert stage("withdraw", "#2").code == 0

    after = stage("lookup", stage.works / "song.txt")

    assert (before.code, after.code) == (2, 2)
    assert "EXACT: work " in after.out
    assert "reserved" in before.out
    assert "reserved" not in after.out


def test_asking_an_empty_home_makes_nothing(stage: Stage, tmp_path: Path) -> None:
    said = stage("lookup", "some words that nobody wrote")

    assert said.code == 1
    assert "nothing is registered here yet" in said.err
    assert not stage.home.exists() or not everything(stage.home)


def test_asking_writes_no_entry(stage: Stage, world: World) -> None:
    size = world.home.log.published().size

    _ask(stage, world, URL)

    assert world.home.log.published().size == size


def test_a_lost_database_is_not_an_empty_registry(stage: Stage) -> None:
    stage("reserve", stage.works)
    for file in stage.home.glob("placet.db*"):
        file.unlink()

    said = stage("lookup", stage.works / "song.txt")

    assert (said.code, "placet fsck --rebuild" in said.err) == (1, True)
    assert "(store.damaged)" in said.err


def test_an_unchecked_yes_is_shown_with_what_would_make_it_count(stage: Stage) -> None:
    stage("reserve", stage.works / "song.txt", "--stance", "allow", "--use", "train")

    said = stage("lookup", stage.works / "song.txt")

    assert said.code == 2
    assert "\n  entry 2 says yes to train; nobody checked who says it, so it opens nothing\n" in said.out
    assert "\n    It counts once it is known who says it: placet identity domain HOST\n" in said.out
    assert max(map(len, said.out.splitlines()[1:])) <= 80
    shown = json.loads(stage("lookup", stage.works / "song.txt", "--json").out)
    assert shown["unheeded"][0]["entry"] == 2
    assert shown["clear"] is False


def test_an_unchecked_yes_to_an_address_names_the_host_to_show(stage: Stage) -> None:
    stage("reserve", URL, "--stance", "allow")

    said = stage("lookup", URL)

    assert said.code == 2
    assert "says yes to AI use; nobody checked that maker.example is its speaker's, so it opens nothing" in said.out
    assert "It counts once maker.example is shown to be theirs: placet identity domain maker.example" in said.out


def test_a_yes_to_one_of_two_works_that_match_says_what_is_missing(stage: Stage, world: World, tmp_path: Path) -> None:
    world.register(3, {"same.jpg": jpeg(2)}, Stance.RESERVE, uses=(Use.SEARCH,), titles=True)
    (tmp_path / "found.jpg").write_bytes(jpeg(2))

    said = _ask(stage, world, tmp_path / "found.jpg", "--use", "train")

    assert said.code == 2
    assert "says yes to any; not all who must agree have, so it opens nothing" in said.out
    assert "It counts once" not in said.out


def test_one_use_alone_is_asked_about(stage: Stage, world: World) -> None:
    world.say(2, [Subject(Kind.URL, URL)], Stance.RESERVE, Use.SEARCH)

    search = _ask(stage, world, URL, "--use", "search")
    train = _ask(stage, world, URL, "--use", "train", "--json")
    silent = _ask(stage, world, URL, "--use", "access")

    assert "reserved  search " in search.out
    assert "train" not in search.out
    assert set(json.loads(train.out)["decisions"]) == {leaf.value for leaf in Use.TRAIN.leaves}
    assert (search.code, train.code, silent.code) == (2, 2, 2)


def test_a_yes_to_the_one_use_that_was_asked_about_is_exit_0(stage: Stage, world: World, tmp_path: Path) -> None:
    world.register(2, {"part.jpg": jpeg(12)}, Stance.ALLOW, uses=(Use.TRAIN,))
    (tmp_path / "found.jpg").write_bytes(jpeg(12))

    every = _ask(stage, world, tmp_path / "found.jpg")
    train = _ask(stage, world, tmp_path / "found.jpg", "--use", "train")

    assert (every.code, train.code) == (2, 0)
    assert "silent    access, search, mine, input, output, dataset: nothing was said" in every.out
    assert "silent" not in train.out


def test_a_no_for_another_country_is_not_asked_about(stage: Stage) -> None:
    stage("reserve", ISBN, "--territory", "FR")

    codes = [stage("lookup", ISBN, "--use", "train", "--territory", where) for where in ("FR", "JP")]

    assert "reserved  train" in codes[0].out
    assert "reserved" not in codes[1].out
    assert [said.code for said in codes] == [2, 2]
