"""The answers of a pipeline are those of `placet clear`, whoever asks, in whatever shape, and never looser."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

import placet
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.errors import NotFound, Refused, Untrusted, VerificationFailed, WrongUsage
from tests.factories import NOW
from tests.snapshot.world import World, a_world, jpeg, picture, prose


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = a_world(tmp_path_factory.mktemp("deciding"))
    world.register(1, {"no.jpg": jpeg(1), "no.txt": prose(1).encode()}, Stance.RESERVE)
    world.register(2, {"price.jpg": jpeg(2)}, Stance.LICENSE)
    world.register(3, {"yes.jpg": jpeg(3)}, Stance.ALLOW)
    world.say(1, [Subject(Kind.URL, "https://maker.example/picture")], Stance.RESERVE)
    world.snapshot()
    return world


ROWS: list[dict[str, Any]] = [
    {"url": "https://maker.example/picture", "text": "a caption", "image": None},
    {"url": "https://other.example/a", "text": prose(1)[:900], "image": None},
    {"url": "https://other.example/b", "text": None, "image": jpeg(1, 60)},
    {"url": "https://other.example/c", "text": None, "image": jpeg(2, 70)},
    {"url": "https://other.example/d", "text": "nobody's", "image": jpeg(3, 80)},
    {"url": "https://other.example/e", "text": "nobody's", "image": b"\xff\xd8\xff no picture"},
    {"url": "https://other.example/f", "text": prose(7), "image": jpeg(7)},
    {"url": "not an address", "text": None, "image": None},
    {"url": None, "text": None, "image": None},
]


def a_clearance(world: World, **asked: Any) -> placet.Clearance:
    usual: dict[str, Any] = {"use": "train.generative", "profile": "eu-art4", "home": world.home, "at": NOW}
    return placet.Clearance(world.home.path.parent / "snapshot", **usual | asked)


def cleared(world: World, rows: list[dict[str, Any]], folder: Path) -> list[tuple[Any, ...]]:
    """What `placet clear` answers for these rows in a Parquet file."""
    (folder / "data").mkdir()
    pq.write_table(pa.Table.from_pylist(rows), folder / "data" / "rows.parquet")
    out = folder / "out"
    world.clear(folder / "data", world.home.path.parent / "snapshot", out, at=NOW)
    table = pq.read_table(out / "decisions.parquet")
    columns = [table.column(name).to_pylist() for name in ("outcome", "reason", "work", "declaration")]
    return list(zip(*columns, strict=True))


def told(verdicts: list[placet.Verdict]) -> list[tuple[Any, ...]]:
    return [(v.outcome, v.reason, v.works[0] if v.works else None, v.declaration or None) for v in verdicts]


def carry(data: bytes) -> placet.Clearance:
    """As a worker gets it."""
    carried: placet.Clearance = pickle.loads(data)  # noqa: S301 - our own bytes
    return carried


SHAPES = {
    "mappings": lambda rows: rows,
    "columns": lambda rows: {name: [row[name] for row in rows] for name in rows[0]},
    "table": pa.Table.from_pylist,
    "batch": pa.RecordBatch.from_pylist,
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_answers_are_those_of_clear(world: World, tmp_path: Path, shape: str) -> None:
    verdicts = a_clearance(world).decide(SHAPES[shape](ROWS))

    assert told(verdicts) == cleared(world, ROWS, tmp_path)
    assert {verdict.outcome for verdict in verdicts} == {"reserved", "licence", "cleared", "unclear"}
    assert [verdict.keep for verdict in verdicts] == [verdict.outcome == "cleared" for verdict in verdicts]


@pytest.mark.parametrize("shape", SHAPES)
def test_addresses_are_judged_by_columns_with_the_same_answers(world: World, tmp_path: Path, shape: str) -> None:
    rows: list[dict[str, Any]] = [
        {"url": f"https://site{n % 7}.example/{n}", "text": f"number {n}"} for n in range(500)
    ]
    rows[3]["url"], rows[5]["url"], rows[6]["text"] = "https://MAKER.example/picture", "nonsense", prose(1)

    verdicts = a_clearance(world).decide(SHAPES[shape](rows))

    assert told(verdicts) == cleared(world, rows, tmp_path)
    assert [n for n, verdict in enumerate(verdicts) if not verdict.keep] == [3, 6]
    assert len(verdicts[6].works) == 1


def test_a_worker_opens_the_same_and_answers_the_same(world: World) -> None:
    clearance = a_clearance(world)
    answers = clearance.decide(ROWS)

    carried = carry(pickle.dumps(clearance))

    assert carried.decide(ROWS) == answers
    assert (carried.snapshot, carried.at, repr(carried)) == (clearance.snapshot, NOW, repr(clearance))


def test_equal_clearances_are_pickled_to_equal_bytes_in_any_process(world: World, tmp_path: Path) -> None:
    clearance = a_clearance(world)
    before = pickle.dumps(clearance)
    clearance.decide(ROWS)
    code = (
        "import pickle, sys, placet; from pathlib import Path; from placet.app import Home;"
        f"home = Home(Path({str(world.home.path)!r}), now=lambda: {NOW});"
        f"asked = dict(use='train.generative', profile='eu-art4', home=home, at={NOW});"
        f"made = placet.Clearance({str(world.home.path.parent / 'snapshot')!r}, **asked);"
        "sys.stdout.buffer.write(pickle.dumps(made))"
    )

    elsewhere = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout

    assert pickle.dumps(clearance) == before == elsewhere
    assert pickle.dumps(a_clearance(world, profile="consent")) != before


def test_without_a_registry_only_what_the_rows_say_is_heard(world: World) -> None:
    clearance = placet.Clearance(None, use="train", profile="eu-art4", home=world.home)

    (says_no, says_nothing) = clearance.decide(
        [{"url": "https://a.example/", "x_robots_tag": "noai"}, {"url": "https://a.example/", "text": "words"}]
    )

    assert (says_no.outcome, says_nothing.outcome) == ("reserved", "unclear")
    assert "Nobody who could speak of it was asked" in says_nothing.sentence


def test_the_profile_decides_what_silence_is_and_keep_what_is_kept(world: World) -> None:
    rows = [{"text": prose(7)}]

    (no,) = a_clearance(world, profile="consent").decide(rows)
    (kept,) = a_clearance(world, profile="consent", keep=("cleared", "silent")).decide(rows)

    assert (no.outcome, no.keep, kept.outcome, kept.keep) == ("silent", False, "silent", True)
    assert no.sentence == "Nobody spoke, and under the chosen profile silence is no."


def test_the_least_voice_that_decides_is_carried_along(world: World) -> None:
    rows = [{"text": prose(1)}]
    verified = a_clearance(world, min_voice=placet.Voice.VERIFIED)

    assert [v.outcome for v in a_clearance(world).decide(rows)] == ["reserved"]
    assert verified.decide(rows) == carry(pickle.dumps(verified)).decide(rows)
    assert [v.outcome for v in verified.decide(rows)] != ["reserved"]


def test_another_language_tells_every_reason_in_it(world: World) -> None:
    said = a_clearance(world, language="fr").decide([{"text": prose(1)}, {"image": b"\xff\xd8\xff no picture"}])

    assert [verdict.sentence for verdict in said] == [
        "Son auteur, son site ou le fichier même a refusé cet usage.",
        "L'image, le texte, le son ou le film n'a pas pu être décodé.",
    ]


# ---- what is never a yes --------------------------------------------------------------------------

UNREADABLE: dict[str, Any] = {
    "a decoded picture": {"url": "https://a.example/", "image": picture(7)},
    "a path to a picture": {"url": "https://a.example/", "image": "7.jpg"},
    "a struct without bytes": {"url": "https://a.example/", "image": {"bytes": None, "path": "7.jpg"}},
    "decoded pictures": {"url": "https://a.example/", "images": [picture(7)]},
    "a number for a text": {"url": "https://a.example/", "text": 7},
    "a digest that is none": {"url": "https://a.example/", "sha256": "zz"},
    "nothing that is known": {"label": 7},
    "no mapping": ["https://a.example/"],
    "no row": None,
    "no names": {7: "x"},
    "an empty picture": {"image": b""},
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_cannot_be_judged_is_unclear_and_not_kept(world: World, what: str) -> None:
    keep = ("cleared", "silent", "unsettled", "licence")

    verdicts = a_clearance(world, keep=keep).decide([UNREADABLE[what], {"text": prose(7)}])

    assert [(verdict.outcome, verdict.keep) for verdict in verdicts] == [("unclear", False), ("cleared", True)]
    assert verdicts[0].sentence.startswith("batch:0")


@pytest.mark.parametrize("column", [pa.array(["7.jpg", None]), pa.array([[1, 2], None])])
def test_a_column_of_pictures_without_their_bytes_is_unclear(world: World, column: pa.Array) -> None:
    table = pa.table({"url": ["https://a.example/", "https://a.example/"], "image": column})

    verdicts = a_clearance(world).decide(table)

    assert [(verdict.outcome, verdict.reason) for verdict in verdicts] == [
        ("unclear", "row.incomplete"),
        ("cleared", "cleared.silence"),
    ]


@pytest.mark.parametrize("shape", ["mappings", "columns"])
def test_what_metadata_says_is_heard_in_every_shape(world: World, shape: str) -> None:
    no = {"url": "https://a.example/", "metadata": {"x_robots_tag": "noai"}}

    verdicts = a_clearance(world).decide(SHAPES[shape]([no, {**no, "metadata": {}}]))

    assert [verdict.outcome for verdict in verdicts] == ["reserved", "cleared"]


@pytest.mark.parametrize("field", ["picture", "photo", "embedding"])
def test_a_struct_of_bytes_is_a_picture_whatever_its_name(world: World, field: str) -> None:
    rows = [{"url": f"https://a.example/{n}", field: {"bytes": jpeg(n, 60), "path": None}} for n in (1, 9)]

    for shape in SHAPES.values():
        assert [verdict.outcome for verdict in a_clearance(world).decide(shape(rows))] == ["reserved", "cleared"]


def test_columns_of_mixed_values_cost_only_their_rows(world: World) -> None:
    verdicts = a_clearance(world).decide({"url": ["https://a.example/", 7], "text": ["words", "words"]})

    assert [verdict.outcome for verdict in verdicts] == ["cleared", "unclear"]


def test_columns_of_two_lengths_are_refused(world: World) -> None:
    with pytest.raises(WrongUsage, match=r"differ in length: url has 2, text has 1"):
        a_clearance(world).decide({"url": ["https://a.example/", "b"], "text": ["words"]})


@pytest.mark.parametrize("batch", [[], {}, pa.table({"url": pa.array([], pa.string())})])
def test_no_rows_have_no_verdicts(world: World, batch: Any) -> None:
    assert a_clearance(world).decide(batch) == []


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"keep": ("unclear",)}, "what is unclear is never kept"),
        ({"keep": ("reserved",)}, "what is reserved is never kept"),
        ({"min_voice": placet.Voice.SITE}, "nobody speaks below claimed"),
        ({"profile": "none"}, "choose what silence means"),
        ({"use": "everything"}, "name one use"),
        ({"effort": "some"}, "choose one of fast, exact, thorough"),
        ({"language": "la"}, "choose one of en, fr"),
    ],
)
def test_what_is_asked_wrongly_is_a_sentence(world: World, asked: dict[str, Any], why: str) -> None:
    with pytest.raises(WrongUsage, match=why):
        a_clearance(world, **asked)


def test_registry_only_needs_a_registry(world: World) -> None:
    with pytest.raises(WrongUsage, match="give a snapshot"):
        placet.Clearance(None, use="train", profile="uk", registry_only=True, home=world.home)


# ---- a snapshot is believed, and stays the one that was -------------------------------------------


def test_a_snapshot_of_a_log_that_nobody_trusts_is_refused(world: World, tmp_path: Path) -> None:
    with pytest.raises(Untrusted, match="UNTRUSTED"):
        a_clearance(world, home=tmp_path / "stranger")


def test_a_snapshot_that_is_not_there_is_refused(world: World, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no snapshot"):
        placet.Clearance(tmp_path, use="train", profile="uk", home=world.home)


@pytest.fixture
def own(tmp_path: Path) -> World:
    world = a_world(tmp_path)
    world.register(1, {"no.txt": prose(1).encode()}, Stance.RESERVE)
    world.snapshot()
    return world


def test_a_worker_refuses_another_snapshot_in_its_place(own: World, tmp_path: Path) -> None:
    carried = pickle.dumps(a_clearance(own))
    own.register(2, {"more.txt": prose(2).encode()}, Stance.RESERVE)
    own.snapshot("newer")
    (tmp_path / "snapshot").rename(tmp_path / "older")
    (tmp_path / "newer").rename(tmp_path / "snapshot")

    with pytest.raises(Refused, match="is another snapshot now"):
        carry(carried).decide([{"text": prose(7)}])


def test_a_worker_refuses_a_snapshot_that_was_changed(own: World, tmp_path: Path) -> None:
    carried = pickle.dumps(a_clearance(own))
    path = tmp_path / "snapshot" / "words.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)

    with pytest.raises(VerificationFailed, match=r"words\.parquet was changed"):
        carry(carried).decide([{"text": prose(7)}])


def test_a_worker_refuses_other_words_beside_the_registry(own: World, tmp_path: Path) -> None:
    from placet.desk.listing import import_list

    carried = pickle.dumps(a_clearance(own))
    (tmp_path / "list.txt").write_text("https://listed.example/\n")
    import_list(own.home, tmp_path / "list.txt", source="somebody")

    with pytest.raises(Refused, match="what speaks beside the registry"):
        carry(carried).decide([{"text": prose(7)}])


def test_a_picture_of_another_size_is_found(world: World) -> None:
    small = jpeg(picture(1).resize((120, 80), Image.Resampling.BICUBIC))

    (verdict,) = a_clearance(world).decide([{"image": small}])

    assert (verdict.outcome, verdict.keep, len(verdict.works)) == ("reserved", False, 1)


def test_bytes_of_any_name_are_judged_where_they_are_media(world: World) -> None:
    row = {"url": "https://free.example/1", "payload": jpeg(1, 60), "embedding": [0.5, 0.25]}
    shapes: list[Any] = [[row], {name: [value] for name, value in row.items()}, pa.Table.from_pylist([row])]

    outcomes = [verdict.outcome for shape in shapes for verdict in a_clearance(world).decide(shape)]

    assert outcomes == ["reserved"] * 3
