"""`placet clear`, as somebody who trains models meets it: good data, bad data, and words that cannot be followed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from placet.app import Home
from placet.core.decision import Outcome
from placet.core.profile import PROFILES
from placet.core.stance import Stance
from placet.core.use import Use
from placet.desk.clearing import Request, clear
from tests.cli.stage import Said, Stage
from tests.factories import NOW
from tests.gallery.datasets import BROKEN_TARS, unsafe_folder
from tests.gallery.media import BROKEN, ODD, scene
from tests.snapshot.datasets import write_folder, write_tar
from tests.snapshot.world import World, a_world, jpeg, prose


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = a_world(tmp_path_factory.mktemp("made"))
    world.register(1, {"scene.jpg": jpeg(scene(), 95), "no.jpg": jpeg(1)}, Stance.RESERVE, uses=(Use.TRAIN, Use.MINE))
    world.register(2, {"story.txt": prose(1).encode()}, Stance.RESERVE)
    world.register(3, {"french.jpg": jpeg(4)}, Stance.RESERVE, territory=("FR",))
    world.register(4, {"later.jpg": jpeg(5)}, Stance.RESERVE, until=NOW + 5_000)
    world.snapshot()
    return world


@pytest.fixture
def call(made: World, stage: Stage, tmp_path: Path) -> Any:
    """`placet clear DATASET` with everything that it needs."""

    def clear(
        dataset: Path, *more: object, out: str = "out", profile: str = "eu-art4", at: str = "2025-06-15T15:06:40"
    ) -> Said:
        words: list[object] = ["clear", dataset, "--snapshot", made.home.path.parent / "snapshot"]
        words += ["--use", "train.generative", "--out", tmp_path / out, "--home", made.home.path, "--workers", 1]
        words += ["--profile", profile] if profile else []
        words += [] if "--max-age" in more else ["--max-age", 36_500]
        return stage(*words, *(["--at", at] if at else []), *more)

    return clear


def _rows(tmp_path: Path, out: str = "out") -> dict[str, dict[str, Any]]:
    return {row["row"]: row for row in pq.read_table(tmp_path / out / "decisions.parquet").to_pylist()}


def test_a_folder_is_cleared_and_said_in_words(call: Any, tmp_path: Path) -> None:
    write_folder(tmp_path / "crawl", {"a.jpg": jpeg(1, 60), "b.jpg": jpeg(9)})

    said = call(tmp_path / "crawl")

    assert said.code == 0
    assert "crawl: 2 rows judged for" in said.out
    assert "0 bytes sent" in said.out
    assert "1 reserved   a maker, a site or the file itself said no" in said.out
    assert "Certificate: " in said.err
    assert {key: row["outcome"] for key, row in _rows(tmp_path).items()} == {"a.jpg": "reserved", "b.jpg": "cleared"}


def test_json_is_one_line_and_sentences_stay_on_stderr(call: Any, tmp_path: Path) -> None:
    write_folder(tmp_path / "crawl", {"a.jpg": b"no picture"})

    said = call(tmp_path / "crawl", "--json")

    assert said.code == 2
    assert json.loads(said.out)["counts"] == {"eu-art4": {"unclear": 1}}
    assert "crawl: a.jpg: This is not a picture" in said.err


def test_all_profiles_are_one_table(call: Any, tmp_path: Path) -> None:
    write_folder(tmp_path / "crawl", {"a.jpg": jpeg(1, 60), "b.jpg": jpeg(9)})

    said = call(tmp_path / "crawl", profile="all")

    assert said.code == 0
    assert [line.split()[0] for line in said.out.splitlines()[-5:]] == [
        "consent",
        "uk",
        "eu-art4",
        "us",
        "research-art3",
    ]


def test_without_a_profile_they_are_listed_in_a_sentence_each(call: Any, tmp_path: Path) -> None:
    write_folder(tmp_path / "crawl", {"a.jpg": jpeg(1)})

    said = call(tmp_path / "crawl", profile="")

    assert said.code == 64
    assert said.err.count("--profile") == 6
    assert "not legal advice" in said.err
    assert not (tmp_path / "out").exists()


def test_the_report_speaks_french(call: Any, tmp_path: Path) -> None:
    write_folder(tmp_path / "crawl", {"a.jpg": jpeg(1, 60)})

    assert call(tmp_path / "crawl", "--lang", "fr").code == 0

    page = (tmp_path / "out" / "report.html").read_text()
    assert '<html lang="fr"' in page
    assert "Son auteur, son site ou le fichier même a refusé cet usage." in page


@pytest.mark.parametrize(("country", "outcome"), [("FR", "reserved"), ("US", "cleared")])
def test_a_refusal_for_one_country_holds_there(call: Any, tmp_path: Path, country: str, outcome: str) -> None:
    write_folder(tmp_path / "crawl", {"a.jpg": jpeg(4, 60)})

    assert call(tmp_path / "crawl", "--territory", country).code == 0

    assert _rows(tmp_path)["a.jpg"]["outcome"] == outcome


@pytest.mark.parametrize(
    ("at", "outcome"),
    [("2025-06-15T15:00:00", "cleared"), ("2025-06-15T15:30:00", "reserved"), ("2025-06-16", "cleared")],
)
def test_a_run_is_judged_as_of_the_time_that_was_asked(call: Any, tmp_path: Path, at: str, outcome: str) -> None:
    """It was said at 15:05 and holds until 16:30."""
    write_folder(tmp_path / "crawl", {"a.jpg": jpeg(5, 60)})

    assert call(tmp_path / "crawl", at=at).code == 0

    assert _rows(tmp_path)["a.jpg"]["outcome"] == outcome


def test_a_dry_run_writes_nothing(call: Any, made: World, tmp_path: Path) -> None:
    write_folder(tmp_path / "crawl", {"a.jpg": jpeg(1)})

    said = call(tmp_path / "crawl", "--dry-run")

    assert (said.code, said.out) == (0, "")
    assert "1 unit would be read. Nothing was written." in said.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["--use", "rent"], "rent"),
        (["--effort", "heroic"], "fast, exact"),
        (["--emit", "everything"], "skip-index"),
        (["--lang", "tlh"], "en, fr"),
        (["--at", "yesterday"], "2026-11-22"),
        (["--territory", "FR,US"], "name one"),
        (["--territory", "Atlantis"], "--territory"),
        (["--originals", "/nowhere/at/all"], "there is no such folder"),
        (["--profile", "mars"], "there is no profile 'mars'"),
    ],
)
def test_words_that_cannot_be_followed_are_64(call: Any, tmp_path: Path, more: list[str], why: str) -> None:
    write_folder(tmp_path / "crawl", {"a.jpg": jpeg(1)})

    said = call(tmp_path / "crawl", *more)

    assert said.code == 64
    assert why in said.err


def test_out_inside_dataset_is_64(call: Any, tmp_path: Path) -> None:
    write_folder(tmp_path / "crawl", {"a.jpg": jpeg(1)})

    said = call(tmp_path / "crawl", out="crawl/out")

    assert (said.code, said.out) == (64, "")
    assert said.err.startswith("placet: OUT lies inside DATASET")
    assert sorted(path.name for path in (tmp_path / "crawl").iterdir()) == ["a.jpg"]


# ---- bad input: one clear sentence with file and row, the row unclear, the run goes on, exit 2 -----


def _one_sentence(said: Said, *parts: str) -> None:
    lines = [line for line in said.err.splitlines() if all(part in line for part in parts)]
    assert lines, said.err
    assert "Traceback" not in said.err
    assert "not foreseen" not in said.err


@pytest.mark.slow
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_picture_is_named_and_the_next_row_is_judged(call: Any, tmp_path: Path, name: str) -> None:
    write_folder(tmp_path / "crawl", {name: BROKEN[name](), "z.jpg": jpeg(1, 60)})

    said = call(tmp_path / "crawl")

    rows = _rows(tmp_path)
    assert said.code == 2
    assert (rows[name]["outcome"], rows["z.jpg"]["outcome"]) == ("unclear", "reserved")
    _one_sentence(said, name)
    too_large = name.startswith(("bomb", "many"))
    assert rows[name]["reason"] in (("media.too-large",) if too_large else ("media.unreadable", "row.incomplete"))


_SCENES = ["cmyk.jpg", "deep-grey.png", "deep-rgb.png", "palette.png", "still.webp", "animated.gif", "animated.png"]


@pytest.mark.slow
@pytest.mark.parametrize("name", [*_SCENES, "animated.webp", "grey-alpha.png", "rgb-not-ycc.jpg", "plain.tiff"])
def test_an_odd_picture_is_found_all_the_same(call: Any, tmp_path: Path, name: str) -> None:
    write_folder(tmp_path / "crawl", {name: ODD[name]()})

    said = call(tmp_path / "crawl")

    # Half of a see-through picture is another picture on white; it is read, and is no match.
    assert said.code == 0
    assert _rows(tmp_path)[name]["outcome"] == ("cleared" if "alpha" in name else "reserved")


@pytest.mark.parametrize("name", ["palette-alpha.png", "see-through.png", "grey-alpha.png"])
def test_a_see_through_work_is_found_as_it_is_and_on_either_ground(stage: Stage, tmp_path: Path, name: str) -> None:
    from PIL import Image

    world = a_world(tmp_path)
    world.register(1, {name: ODD[name]()}, Stance.RESERVE)
    (tmp_path / "work").write_bytes(ODD[name]())
    image = Image.open(tmp_path / "work").convert("RGBA")
    files = {name: ODD[name]()}
    for ground in ("white", "black"):
        flat = Image.new("RGBA", image.size, ground)
        files[f"{ground}.jpg"] = jpeg(Image.alpha_composite(flat, image))
    write_folder(tmp_path / "crawl", files)

    world.clear(tmp_path / "crawl", world.snapshot(), tmp_path / "out")

    assert {row["outcome"] for row in _rows(tmp_path).values()} == {"reserved"}


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_turned_photograph_is_found_by_tools_that_obey_exif_and_by_those_that_do_not(
    tmp_path: Path, orientation: int
) -> None:
    from PIL import Image

    from tests.gallery.media import exif_turned

    world, turned = a_world(tmp_path), exif_turned(orientation)
    world.register(1, {"turned.jpg": turned}, Stance.RESERVE)
    (tmp_path / "turned.jpg").write_bytes(turned)
    ignored = Image.open(tmp_path / "turned.jpg").convert("RGB")
    ignored.info.clear()
    write_folder(tmp_path / "crawl", {"obeyed.jpg": jpeg(scene(), 70), "ignored.jpg": jpeg(ignored, 70)})

    world.clear(tmp_path / "crawl", world.snapshot(), tmp_path / "out")

    assert {row["outcome"] for row in _rows(tmp_path).values()} == {"reserved"}


@pytest.mark.slow
@pytest.mark.parametrize("name", BROKEN_TARS)
def test_a_broken_tar_is_named_and_what_stands_before_is_judged(call: Any, tmp_path: Path, name: str) -> None:
    data, why = BROKEN_TARS[name]
    write_folder(tmp_path / "crawl", {"shard.tar": data, "z.jpg": jpeg(1, 60)})

    said = call(tmp_path / "crawl")

    assert said.code == 2
    _one_sentence(said, "shard.tar", why)
    assert _rows(tmp_path)["z.jpg"]["outcome"] == "reserved"


def test_parquet_without_the_columns_is_named(call: Any, tmp_path: Path) -> None:
    (tmp_path / "crawl").mkdir()
    pq.write_table(pa.table({"height": [1, 2], "width": [3, 4]}), tmp_path / "crawl" / "sizes.parquet")
    (tmp_path / "crawl" / "torn.parquet").write_bytes(b"PAR1 and then nothing")

    said = call(tmp_path / "crawl")

    assert said.code == 2
    _one_sentence(said, "sizes.parquet")
    _one_sentence(said, "torn.parquet")
    assert {row["outcome"] for row in _rows(tmp_path).values()} == {"unclear"}


def test_lines_that_are_no_json_or_no_text_are_named_by_number(call: Any, tmp_path: Path) -> None:
    lines = [b'{"text": "fine"}', b"", b'{"text": "\xff\xfe"}', b"{broken", b'{"score": 4}', b'{"text": "also fine"}']
    write_folder(tmp_path / "crawl", {"docs.jsonl": b"\n".join(lines) + b"\n"})

    said = call(tmp_path / "crawl")

    outcomes = {key: row["outcome"] for key, row in _rows(tmp_path).items()}
    assert said.code == 2
    assert (outcomes["1"], outcomes["6"]) == ("cleared", "cleared")
    assert {outcomes[key] for key in ("3", "4", "5")} == {"unclear"}
    for number in ("3", "4", "5"):
        _one_sentence(said, "docs.jsonl", number)


def test_a_text_that_is_not_utf_8_is_named(call: Any, tmp_path: Path) -> None:
    write_folder(tmp_path / "crawl", {"latin.txt": "déjà vu, ".encode("latin-1") * 50, "fine.txt": b"fine words"})

    said = call(tmp_path / "crawl")

    assert said.code == 2
    assert _rows(tmp_path)["latin.txt"]["outcome"] == "unclear"
    _one_sentence(said, "latin.txt", "UTF-8")


def test_links_and_pipes_are_never_followed(call: Any, tmp_path: Path) -> None:
    unsafe_folder(tmp_path / "crawl")

    said = call(tmp_path / "crawl")

    rows = _rows(tmp_path)
    assert said.code == 2
    assert {key for key, row in rows.items() if row["outcome"] != "unclear"} == {"caf\\udce9.txt"}
    assert rows["outside.jpg"]["reason"] == "path.unsafe"


def test_a_row_is_refused_for_its_caption_as_for_its_picture(call: Any, tmp_path: Path) -> None:
    text = prose(1)[:700].encode()
    write_tar(tmp_path / "one.tar", {"a.jpg": jpeg(9), "a.txt": text, "b.jpg": jpeg(1, 60), "b.txt": b"a caption"})

    assert call(tmp_path / "one.tar").code == 0

    assert {row["outcome"] for row in _rows(tmp_path).values()} == {"reserved"}


def test_rows_that_hold_no_picture_are_judged_by_what_they_hold_and_told(call: Any, tmp_path: Path) -> None:
    digest = hashlib.sha256(jpeg(1)).hexdigest()
    table = pa.table({"url": ["https://x.example/1", "https://x.example/2"], "caption": ["one", "two"]})
    pq.write_table(table.append_column("sha256", pa.array([digest, None])), tmp_path / "laion.parquet")

    said = call(tmp_path / "laion.parquet")

    assert {key: row["outcome"] for key, row in _rows(tmp_path).items()} == {"0": "reserved", "1": "cleared"}
    assert "2 rows hold an address and no picture: only address, digest and words were judged." in said.err


def test_an_empty_dataset_is_one_sentence(call: Any, tmp_path: Path) -> None:
    (tmp_path / "crawl" / "deep").mkdir(parents=True)

    said = call(tmp_path / "crawl")

    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("placet: there is nothing in ")
    assert call(tmp_path / "nowhere").err.startswith("placet: there is no dataset at ")


def test_an_old_snapshot_is_one_sentence(call: Any, tmp_path: Path) -> None:
    write_folder(tmp_path / "crawl", {"a.jpg": jpeg(1)})

    said = call(tmp_path / "crawl", "--max-age", 30)

    assert said.code == 1
    assert "days old, and at most 30 are allowed" in said.err
    assert said.err.count("\n") == 1


def test_a_snapshot_of_an_unknown_log_is_untrusted(call: Any, tmp_path: Path) -> None:
    write_folder(tmp_path / "crawl", {"a.jpg": jpeg(1)})

    said = call(tmp_path / "crawl", "--home", tmp_path / "another home")

    assert said.code == 1
    assert said.err.startswith("placet: UNTRUSTED: ")
    assert said.err.count("\n") == 1


def test_a_hostile_name_reaches_neither_terminal_nor_page(call: Any, tmp_path: Path) -> None:
    name = "\x1b[2J<script>alert(1)</script>.jpg".replace("/", "")
    write_folder(tmp_path / "crawl", {name: b"no picture"})

    said = call(tmp_path / "crawl")

    assert said.code == 2
    assert "\x1b" not in said.err + said.out
    assert "<script>alert" not in (tmp_path / "out" / "report.html").read_text()


def test_a_run_that_goes_on_says_as_of_when_it_judges(call: Any, tmp_path: Path) -> None:
    write_folder(tmp_path / "crawl", {"a.jpg": jpeg(1, 60)})
    first = call(tmp_path / "crawl", at="1850-01-01")

    again = call(tmp_path / "crawl", at="")

    assert "gone on with" not in first.err
    assert "judges as of 1850-01-01" in again.err


def test_a_clock_that_is_slow_does_not_leave_the_newest_words_unheard(made: World, tmp_path: Path) -> None:
    write_folder(tmp_path / "crawl", {"a.jpg": jpeg(1, 60)})
    home = Home(made.home.path, now=lambda: NOW - 3_600)
    request = Request(
        dataset=tmp_path / "crawl",
        snapshot=made.home.path.parent / "snapshot",
        out=tmp_path / "out",
        use=Use.TRAIN_GENERATIVE,
        profiles=(PROFILES["eu-art4"],),
        workers=1,
    )

    cleared = clear(home, request)

    assert cleared.count(Outcome.RESERVED) == 1
    assert cleared.plan.ask.at == cleared.library.manifest.made_at


@pytest.mark.parametrize("words", [("--workers", -3), ("--max-age", -1)], ids=str)
def test_a_number_below_zero_is_no_number_of_either(call: Any, tmp_path: Path, words: tuple[object, ...]) -> None:
    write_folder(tmp_path / "crawl", {"a.jpg": jpeg(1, 60)})

    assert call(tmp_path / "crawl", *words).code == 64
