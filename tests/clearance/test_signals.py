"""Signals in a clearance, end to end: whose word decides, whose is overruled, and what is never taken for a yes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from placet.clearance.certificate import check_outputs, read_certificate
from placet.clearance.plan import parse_plan
from placet.clearance.skipping import open_skip_index
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.desk.clearing import Cleared
from placet.desk.listing import import_list
from placet.errors import BadRecord, NotFound, Untrusted, VerificationFailed, WrongUsage
from placet.signing.keys import Role
from tests.clearance.sites import is_generated, observation, save, says_no
from tests.factories import NOW, a_key
from tests.snapshot.datasets import write_folder, write_jsonl, write_tar
from tests.snapshot.world import World, a_world, jpeg

SITE = "https://bucket.example"
YES = "User-agent: *\nContent-Signal: ai-train=yes\nAllow: /\n"
NO = "User-agent: *\nContent-Signal: ai-train=no\nAllow: /\n"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_world(tmp_path)


def _clear(world: World, dataset: Path, out: str = "out", **asked: Any) -> tuple[Cleared, dict[str, dict[str, Any]]]:
    folder = world.home.path.parent / out
    snapshot = asked.pop("snapshot", None)
    cleared = world.clear(dataset, snapshot, folder, **asked)
    return cleared, {row["row"]: row for row in pq.read_table(folder / "decisions.parquet").to_pylist()}


def _heard(world: World, out: str = "out") -> dict[str, dict[str, Any]]:
    lines = (world.home.path.parent / out / "heard.jsonl").read_text().splitlines()
    return {word["id"]: word for word in map(json.loads, lines)}


def _own(world: World, *observations: Any, name: str = "one") -> tuple[Path, ...]:
    return (save(world.home.path.parent / "observed", world.home.key(Role.CLEAR), *observations, name=name),)


def _urls(folder: Path, *urls: str) -> Path:
    path = folder / "urls.parquet"
    pq.write_table(pa.table({"url": list(urls), "caption": ["a picture"] * len(urls)}), path)
    return path


def test_a_host_and_a_page_say_yes_and_the_file_says_no(world: World, tmp_path: Path) -> None:
    picture = f"{SITE}/albums/cat.jpg"
    write_tar(tmp_path / "crawl/0.tar", {"1.jpg": says_no(jpeg(1)), "1.json": json.dumps({"url": picture}).encode()})
    asked = observation(SITE, {"/robots.txt": YES}, page="/albums/cat.jpg", headers={"tdm-reservation": "0"})

    _, rows = _clear(world, tmp_path / "crawl", observations=_own(world, asked))

    row, heard = rows["1"], _heard(world)
    lost = [heard[id_] for id_ in row["overruled"].split()]
    assert (row["outcome"], row["standard"]) == ("reserved", "iptc")
    assert heard[row["declaration"]]["channel"] == "embedded"
    assert {(word["standard"], word["where"]) for word in lost} >= {
        ("content-signals", f"{SITE}/robots.txt"),
        ("tdmrep", picture),
    }
    page = (tmp_path / "out" / "report.html").read_text()
    assert "iptc" in page
    assert f"{SITE}/robots.txt" in page


def test_without_a_registry_nothing_says_that_one_was_asked(world: World, tmp_path: Path) -> None:
    write_folder(tmp_path / "crawl", {"no.jpg": says_no(jpeg(1)), "silent.jpg": jpeg(2)})

    cleared, rows = _clear(world, tmp_path / "crawl")

    certificate = read_certificate((tmp_path / "out" / "clearance.json").read_bytes())
    assert {key: row["outcome"] for key, row in rows.items()} == {"no.jpg": "reserved", "silent.jpg": "cleared"}
    assert cleared.trust == "No registry was consulted."
    assert certificate.predicate["snapshot"] == {}
    assert certificate.predicate["signals"]["rows"]
    assert parse_plan((tmp_path / "out" / "plan.json").read_bytes()).snapshot == ""
    assert "No registry was consulted" in (tmp_path / "out" / "report.html").read_text()
    assert check_outputs(certificate, tmp_path / "out") == 1


def test_what_nobody_was_asked_about_is_not_silent(world: World, tmp_path: Path) -> None:
    dataset = _urls(tmp_path, f"{SITE}/a.jpg", "https://other.example/b.jpg")

    _, alone = _clear(world, dataset, "alone")
    _, rows = _clear(world, dataset, observations=_own(world, observation(SITE)))

    assert {row["reason"] for row in alone.values()} == {"signal.unasked"}
    assert [rows[key]["outcome"] for key in ("0", "1")] == ["cleared", "unclear"]


def test_a_problem_of_a_file_is_told_as_its_own(world: World, tmp_path: Path) -> None:
    torn = says_no(jpeg(1)).replace(b"</rdf:RDF>", b"</rdf:RDX>")
    write_folder(tmp_path / "crawl", {"torn.jpg": torn, "plain.jpg": jpeg(2)})

    _clear(world, tmp_path / "crawl")

    (told,) = map(json.loads, (tmp_path / "out" / "problems.jsonl").read_text().splitlines())
    assert told["row"] == "torn.jpg"
    assert told["why"].startswith("its file is not well-formed XML")


def test_nothing_to_hear_is_wrong_usage(world: World, tmp_path: Path) -> None:
    write_folder(tmp_path / "crawl", {"a.jpg": jpeg(1)})

    with pytest.raises(WrongUsage, match="name one with --snapshot"):
        _clear(world, tmp_path / "crawl", registry_only=True)


@pytest.mark.parametrize(
    ("status", "use", "outcome"),
    [
        (503, Use.TRAIN_GENERATIVE, "unclear"),
        (503, Use.ACCESS, "reserved"),
        (0, Use.TRAIN_GENERATIVE, "unclear"),
        (404, Use.TRAIN_GENERATIVE, "cleared"),
    ],
)
def test_a_site_that_did_not_answer(world: World, tmp_path: Path, status: int, use: Use, outcome: str) -> None:
    asked = observation(SITE, {"/robots.txt": status})

    _, rows = _clear(world, _urls(tmp_path, f"{SITE}/a.jpg"), observations=_own(world, asked), use=use)

    assert rows["0"]["outcome"] == outcome


@pytest.mark.parametrize("old_says", [YES, NO])
def test_what_was_said_when_it_was_taken_and_what_is_said_now_both_bind(
    world: World, tmp_path: Path, old_says: str
) -> None:
    new_says = NO if old_says == YES else YES
    observations = (
        observation(SITE, {"/robots.txt": old_says}, at=NOW - 9_000_000),
        observation(SITE, {"/robots.txt": new_says}, at=NOW - 100),
    )

    _, rows = _clear(world, _urls(tmp_path, f"{SITE}/a.jpg"), observations=_own(world, *observations))

    word = _heard(world)[rows["0"]["declaration"]]
    assert rows["0"]["outcome"] == "reserved"
    assert word["heard_at"] == (NOW - 9_000_000 if old_says == NO else NOW - 100)


def test_an_agent_hears_its_own_group(world: World, tmp_path: Path) -> None:
    robots = "User-agent: GPTBot\nDisallow: /\n\nUser-agent: *\nAllow: /\n"
    observations = _own(world, observation(SITE, {"/robots.txt": robots}))
    dataset = _urls(tmp_path, f"{SITE}/a.jpg")

    outcomes = {
        agent: _clear(world, dataset, str(agent), observations=observations, agent=agent)[1]["0"]["outcome"]
        for agent in ("GPTBot", "Somebody", None)
    }

    assert outcomes == {"GPTBot": "reserved", "Somebody": "cleared", None: "reserved"}


def _flip(data: bytes) -> bytes:
    place = data.index(b'"payload":"') + 60
    return data[:place] + (b"A" if data[place : place + 1] != b"A" else b"B") + data[place + 1 :]


@pytest.mark.parametrize(
    ("spoil", "error", "why"),
    [
        (_flip, VerificationFailed, "BROKEN: .*line 1: the signature"),
        (lambda data: data.replace(b'"sig":"', b'"sig":"AAAA'), VerificationFailed, "line 1"),
        (lambda _: b'{"v":1}\n', BadRecord, "line 1"),
        (lambda _: b"", NotFound, "not one observation"),
    ],
)
def test_an_observation_that_was_altered_refuses_the_run(
    world: World, tmp_path: Path, spoil: Any, error: type[Exception], why: str
) -> None:
    (file,) = _own(world, observation(SITE))
    file.write_bytes(spoil(file.read_bytes()))

    with pytest.raises(error, match=why):
        _clear(world, _urls(tmp_path, f"{SITE}/a.jpg"), observations=(file,))
    assert not (tmp_path / "out").exists()


def test_whose_observations_are_believed(world: World, tmp_path: Path) -> None:
    stranger = a_key(7, Role.CLEAR)
    file = save(tmp_path / "theirs", stranger, observation(SITE, {"/robots.txt": NO}))
    dataset = _urls(tmp_path, f"{SITE}/a.jpg")

    with pytest.raises(Untrusted, match="--observer"):
        _clear(world, dataset, observations=(file.parent,))
    cleared, rows = _clear(world, dataset, observations=(file.parent,), observers=(stranger.public,))

    assert rows["0"]["outcome"] == "reserved"
    assert cleared.plan.signals["observers"] == stranger.public.hex()


def test_columns_speak_as_the_headers_they_were(world: World, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "rows.jsonl", {})
    lines = [
        {"url": f"{SITE}/0.jpg", "x_robots_tag": "noai"},
        {"url": f"{SITE}/1.jpg", "tdm_reservation": 1},
        {"url": f"{SITE}/2.jpg", "http_headers": {"Content-Type": "image/jpeg", "TDM-Reservation": "1"}},
        {"url": f"{SITE}/3.jpg", "http_headers": "HTTP/1.1 200 OK\r\nX-Robots-Tag: noimageai\r\n"},
        {"url": f"{SITE}/4.jpg", "http_headers": '[["x-robots-tag", "noai"]]'},
        {"url": f"{SITE}/5.jpg", "http_headers": '{"x": '},
        {"url": f"{SITE}/6.jpg", "robots_txt": "User-agent: *\nDisallow: /6\n"},
        {"url": f"{SITE}/7.jpg", "x_robots_tag": "index"},
        {"url": f"{SITE}/8.jpg", "tdm_reservation": "yes"},
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))

    _, rows = _clear(world, tmp_path / "rows.jsonl")

    got = [(row["outcome"], row["standard"]) for row in rows.values()]
    assert got[0] == ("reserved", "noai")
    assert got[1] == got[2] == ("reserved", "tdmrep")
    assert got[3] == got[4] == ("reserved", "noai")
    assert got[5] == ("unclear", None)
    assert got[6] == ("reserved", "robots")
    assert got[7] == ("cleared", None)
    assert got[8] == ("unclear", None)


def test_lists_of_others_are_told_and_never_decide(world: World, tmp_path: Path) -> None:
    world.register(1, {"hers.jpg": jpeg(8)})
    (tmp_path / "list.txt").write_text("bucket.example\n")
    import_list(world.home, tmp_path / "list.txt", source="somebody's list")

    cleared, rows = _clear(
        world, _urls(tmp_path, "https://www.bucket.example/a.jpg"), snapshot=world.snapshot(), profile="consent"
    )

    (id_,) = rows["0"]["overruled"].split()
    assert rows["0"]["outcome"] == "silent"
    assert _heard(world)[id_]["voice"] == "third_party"
    assert cleared.plan.signals["listed"].startswith("somebody's list of ")


@pytest.mark.parametrize("emit", ["list", "skip-index", "dataset"])
def test_what_says_that_a_model_made_it_is_left_out_when_asked(world: World, tmp_path: Path, emit: str) -> None:
    write_folder(tmp_path / "crawl", {"made.jpg": is_generated(jpeg(1)), "plain.jpg": jpeg(2)})

    cleared, rows = _clear(world, tmp_path / "crawl", emit=emit, drop_generated=True)

    out, tallies = tmp_path / "out", cleared.totals.tallies
    assert {key: (row["origin"], row["outcome"]) for key, row in rows.items()} == {
        "made.jpg": ("generated", "cleared"),
        "plain.jpg": ("unknown", "cleared"),
    }
    assert tallies["dropped:generated"] == 1
    if emit == "list":
        assert (out / "cleared.tsv").read_text() == "files:0000\tplain.jpg\n"
    elif emit == "dataset":
        assert [path.name for path in (out / "dataset").rglob("*.jpg")] == ["plain.jpg"]
    else:
        files = open_skip_index(out).index.files
        assert {name: bool(digest) for name, digest in files.items()} == {"made.jpg": False, "plain.jpg": True}
    assert (
        "Left out of what is handed on, because they say that a model made them: 1."
        in (out / "report.html").read_text()
    )
    assert read_certificate((out / "clearance.json").read_bytes()).predicate["question"]["drop_generated"] == 1


def test_a_registry_refusal_stands_beside_a_site_that_says_yes(world: World, tmp_path: Path) -> None:
    url = f"{SITE}/hers.jpg"
    world.say(1, [Subject(Kind.URL, url)], Stance.RESERVE)
    observations = _own(
        world, observation(SITE, {"/.well-known/tdmrep.json": '[{"location":"/","tdm-reservation":0}]'})
    )

    _, rows = _clear(
        world, _urls(tmp_path, url, f"{SITE}/else.jpg"), snapshot=world.snapshot(), observations=observations
    )

    assert [(rows[key]["outcome"], rows[key]["standard"]) for key in ("0", "1")] == [
        ("reserved", "placet"),
        ("cleared", None),
    ]
    assert rows["0"]["overruled"]
