"""Datasets on other machines: the decisions of a copy on this disk, and nothing lost when an object is."""

from __future__ import annotations

import errno
import json
import pickle
import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pyarrow.parquet as pq
import pytest

from placet.clearance import places
from placet.clearance.places import plan_place
from placet.clearance.readers import read_unit
from placet.clearance.spool import Spool, with_reasons
from placet.cli import main
from placet.core.profile import PROFILES
from placet.core.use import Use
from placet.desk.clearing import Cleared, Request, clear, look_ahead
from placet.errors import BadDataset, MissingExtra, PlanChanged, Refused, WrongUsage
from placet.fetch import remote
from placet.fetch.remote import Remote, is_remote, open_place
from tests.factories import a_home
from tests.gallery.crawls import http, record
from tests.gallery.crawls import warc as crawl
from tests.snapshot.datasets import write_jsonl, write_parquet, write_tar
from tests.snapshot.world import jpeg

ROBOTS = b"User-agent: *\nDisallow: /\n"


@pytest.fixture
def store() -> Iterator[Any]:
    system = fsspec.filesystem("memory")
    yield system
    system.store.clear()
    system.pseudo_dirs[:] = [""]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset in five formats, on this disk."""
    root = tmp_path_factory.mktemp("here") / "data"
    (root / "loose").mkdir(parents=True)
    (root / "loose" / "a.jpg").write_bytes(jpeg(1))
    (root / "loose" / "b.txt").write_text("words of nobody")
    write_tar(root / "0.tar", {"000.jpg": jpeg(2), "001.jpg": b"\xff\xd8\xffbroken"})
    write_parquet(root / "rows.parquet", {f"{n}.jpg": jpeg(n) for n in range(4)}, group=2)
    write_jsonl(root / "texts.jsonl", {"a": "some words", "b": "other words"})
    pages = [record("https://a.example/robots.txt", http(ROBOTS)), record("https://a.example/1", http(b"words"))]
    (root / "c.warc.gz").write_bytes(crawl(pages, packed=True))
    return root


def put(store: Any, folder: Path, at: str = "/bucket/data") -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            store.pipe(f"{at}/{path.relative_to(folder).as_posix()}", path.read_bytes())


def run(folder: Path, dataset: str | Path, out: str = "out", **asked: Any) -> Cleared:
    place = dataset if isinstance(dataset, str) else ""
    usual: dict[str, Any] = {"use": Use.TRAIN_GENERATIVE, "profiles": (PROFILES["eu-art4"],), "workers": 1}
    request = Request(dataset=Path(dataset), place=place, snapshot=None, out=folder / out, **usual | asked)
    return clear(a_home(folder / "home"), request)


def decisions(out: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(out / "decisions.parquet").to_pylist()
    return rows


def told(out: Path) -> list[str]:
    return [json.loads(line)["why"] for line in (out / "problems.jsonl").read_text().splitlines()]


def test_a_place_gives_the_decisions_of_a_copy(store: Any, copy: Path, tmp_path: Path) -> None:
    put(store, copy)

    run(tmp_path, copy, "here")
    run(tmp_path, "memory://bucket/data", "there")

    for name in ("decisions.parquet", "heard.jsonl", "problems.jsonl"):
        assert (tmp_path / "there" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()
    assert any(row["standard"] == "robots" for row in decisions(tmp_path / "there"))
    assert not (tmp_path / "there" / "spool").exists()


@pytest.mark.parametrize("name", ["0.tar", "rows.parquet", "texts.jsonl", "c.warc.gz", "loose/a.jpg"])
def test_one_file_can_be_a_place(store: Any, copy: Path, tmp_path: Path, name: str) -> None:
    put(store, copy)

    run(tmp_path, copy / name, "here")
    run(tmp_path, f"memory://bucket/data/{name}", "there")

    assert (tmp_path / "there" / "decisions.parquet").read_bytes() == (
        tmp_path / "here" / "decisions.parquet"
    ).read_bytes()


def test_the_plan_and_the_certificate_name_the_place(store: Any, copy: Path, tmp_path: Path) -> None:
    put(store, copy)

    cleared = run(tmp_path, "memory://bucket/data")

    assert cleared.plan.place["url"] == "memory://bucket/data"
    assert json.loads((tmp_path / "out" / "plan.json").read_bytes())["place"] == cleared.plan.place
    assert main(["verify", str(tmp_path / "out")]) == 0


@pytest.mark.parametrize("emit", ["dataset", "skip-index"])
def test_what_may_be_used_is_given_out_from_a_place_too(store: Any, copy: Path, tmp_path: Path, emit: str) -> None:
    put(store, copy)

    run(tmp_path, copy, "here", emit=emit)
    run(tmp_path, "memory://bucket/data", "there", emit=emit)

    if emit == "dataset":
        found = [
            {path.relative_to(tmp_path / out): path.read_bytes() for path in (tmp_path / out / "dataset").rglob("*.*")}
            for out in ("here", "there")
        ]
        assert list(found[0].values()) == list(found[1].values())
    else:
        here, there = (json.loads((tmp_path / out / "skip-index.json").read_bytes()) for out in ("here", "there"))
        assert (here["archives"], here["files"]) == (there["archives"], there["files"])


@pytest.mark.parametrize("name", ["0.tar", "rows.parquet", "texts.jsonl", "c.warc.gz", "loose/a.jpg"])
def test_an_object_that_is_gone_is_unclear_and_named(
    store: Any, copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    put(store, copy)
    listed = open_place("memory://bucket/data")
    planned = plan_place(listed)
    monkeypatch.setattr("placet.desk.clearing.open_place", lambda _: listed)
    monkeypatch.setattr("placet.desk.elsewhere.plan_place", lambda _: planned)
    store.rm(f"/bucket/data/{name}")

    run(tmp_path, "memory://bucket/data")

    lost = [why for why in told(tmp_path / "out") if why.startswith(f"{name} could not be fetched from memory://")]
    assert lost
    rows = [row for row in decisions(tmp_path / "out") if row["reason"] == "unit.unreadable"]
    assert {row["outcome"] for row in rows} == {"unclear"}
    assert len(decisions(tmp_path / "out")) > len(rows)


def test_an_object_that_changed_since_it_was_listed_is_refused(
    store: Any, copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, copy)
    listed = open_place("memory://bucket/data")
    monkeypatch.setattr("placet.desk.clearing.open_place", lambda _: listed)
    store.pipe("/bucket/data/loose/a.jpg", jpeg(3))

    with pytest.raises(Refused, match=r"loose/a\.jpg was changed at memory://bucket/data"):
        run(tmp_path, "memory://bucket/data")


def test_a_resume_refuses_a_place_that_has_changed(store: Any, copy: Path, tmp_path: Path) -> None:
    put(store, copy)
    run(tmp_path, "memory://bucket/data")
    store.pipe("/bucket/data/loose/a.jpg", jpeg(1))  # the same bytes, written anew

    with pytest.raises(PlanChanged, match="has changed since this run was begun"):
        run(tmp_path, "memory://bucket/data")


def test_a_place_that_stops_answering_ends_the_run_which_goes_on_later(
    store: Any, copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, copy)
    whole = Remote.fetch

    def silent(self: Remote, path: str, target: Path) -> None:
        if path == "texts.jsonl":
            with remote._told(self.url):
                raise ConnectionResetError("the peer went away")
        whole(self, path, target)

    monkeypatch.setattr(Remote, "fetch", silent)
    with pytest.raises(Refused, match=r"the peer went away\. What is done is kept"):
        run(tmp_path, "memory://bucket/data")
    monkeypatch.setattr(Remote, "fetch", whole)
    run(tmp_path, "memory://bucket/data")

    run(tmp_path, copy, "here")
    assert decisions(tmp_path / "out") == decisions(tmp_path / "here")


def test_a_full_disk_is_named_and_the_run_goes_on_later(
    store: Any, copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, copy)
    real = Path.open

    def full(self: Path, mode: str = "r", *more: Any, **named: Any) -> Any:
        if mode == "xb" and "spool" in self.parts:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(self, mode, *more, **named)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", full)
        with pytest.raises(Refused, match="the disk is full while a file is fetched from memory://bucket/data"):
            run(tmp_path, "memory://bucket/data")

    run(tmp_path, "memory://bucket/data")
    assert (tmp_path / "out" / "clearance.json").exists()


def test_a_file_of_many_units_is_fetched_once_and_removed(
    store: Any, copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, copy)
    fetched: list[str] = []
    whole = Remote.fetch

    def counted(self: Remote, path: str, target: Path) -> None:
        fetched.append(path)
        whole(self, path, target)

    monkeypatch.setattr(Remote, "fetch", counted)
    run(tmp_path, "memory://bucket/data/rows.parquet")

    assert fetched == [""]
    assert not (tmp_path / "out" / "spool").exists()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="what is patched here is patched in a fork only")
def test_two_processes_fetch_one_file_once(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Remote.fetch

    def noted(self: Remote, path: str, target: Path) -> None:
        with (tmp_path / "fetched").open("a") as notes:
            notes.write(f"{path}\n")
        whole(self, path, target)

    monkeypatch.setattr(Remote, "fetch", noted)
    run(tmp_path, f"file://{copy}", workers=2)
    run(tmp_path, copy, "here")

    fetched = (tmp_path / "fetched").read_text().split()
    assert sorted(set(fetched)) == sorted(path.relative_to(copy).as_posix() for path in copy.rglob("*.*"))
    assert [path for path in set(fetched) if fetched.count(path) > 1] == ["c.warc.gz"]  # heard first, and judged then
    assert decisions(tmp_path / "out") == decisions(tmp_path / "here")


def test_a_place_can_be_sent_to_another_process(store: Any) -> None:
    store.pipe("/data/a.txt", b"words")
    place = open_place("memory://data")

    spool = pickle.loads(pickle.dumps(Spool(place, Path("spool"), plan_place(place))))  # noqa: S301

    assert spool.place.files == place.files


def test_a_member_of_a_zip_that_is_damaged_costs_its_own_row(tmp_path: Path) -> None:
    path = tmp_path / "data.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.txt", "words of nobody " * 50)
        packed.writestr("b.txt", "other words " * 50)
    data = bytearray(path.read_bytes())
    data[45] ^= 0xFF
    path.write_bytes(data)

    run(tmp_path, f"zip://::file://{path}")

    assert [(row["row"], row["reason"] == "unit.unreadable") for row in decisions(tmp_path / "out")] == [
        ("a.txt", True),
        ("b.txt", False),
    ]
    assert "damaged" in told(tmp_path / "out")[0]


def test_links_and_names_that_lead_elsewhere_are_not_followed(tmp_path: Path) -> None:
    class Strange:
        url, name = "memory://data", "data"
        files = dict.fromkeys(("good.txt", "../up.txt", "/abs.txt", "a//b.txt", "c:x.txt", "link.txt"), (5, ""))
        links = frozenset({"link.txt"})

    units = plan_place(Strange())  # type: ignore[arg-type]

    assert [unit.members for unit in units if not unit.why] == [("good.txt",)]
    assert sorted(unit.id for unit in units if unit.why) == sorted(Strange.files.keys() - {"good.txt"})


class AnyNames:
    """A store in which a name may be a file and a folder at once, and longer than a disk can hold."""

    url, name, links = "memory://data", "data", frozenset[str]()
    files = dict.fromkeys(("a", "a/b.txt", "long" * 100 + ".txt", "z.txt"), (5, ""))

    def fetch(self, path: str, target: Path) -> None:
        target.write_bytes(b"words")


def test_names_that_this_disk_cannot_hold_are_told(tmp_path: Path) -> None:
    place: Any = AnyNames()
    spool = Spool(place, tmp_path / "spool", plan_place(place))

    with spool.holding(0) as (root, lacking):
        rows = list(with_reasons(read_unit(root, spool.units[0]), spool.units[0], lacking))

    assert sorted(lacking) == ["a/b.txt", "long" * 100 + ".txt"]
    assert [(row.key[:7], bool(row.problems)) for row in rows] == [
        ("a", False),
        ("a/b.txt", True),
        ("longlon", True),
        ("z.txt", False),
    ]
    assert all(row.problems[0].why == lacking[row.key] for row in rows if row.problems)


def test_names_that_some_disks_take_for_one_another_never_meet(store: Any) -> None:
    for name in ("A.txt", "a.txt", "b.txt"):
        store.pipe(f"/data/{name}", b"words")

    units = plan_place(open_place("memory://data"))

    assert [unit.members for unit in units] == [("A.txt",), ("a.txt", "b.txt")]
    assert [(unit.id, unit.start, unit.stop) for unit in units] == [("files:0000", 0, 1), ("files:0001", 1, 3)]


def test_what_is_too_large_is_not_fetched(store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MAX_BYTES", 4)
    store.pipe("/data/big.txt", b"words")

    (unit,) = plan_place(open_place("memory://data"))

    assert "more than the limit" in unit.why


def test_a_link_on_a_file_system_is_a_link(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.txt").write_text("words")
    (tmp_path / "data" / "b.txt").symlink_to("/etc/passwd")

    assert open_place(f"file://{tmp_path / 'data'}").links == {"b.txt"}


@pytest.mark.parametrize(
    ("address", "error", "why"),
    [
        ("memory://nowhere", BadDataset, "there is no dataset at memory://nowhere"),
        ("https://user:secret@a.example/data", WrongUsage, "download it"),
        ("nonsense://a", WrongUsage, "no address that fsspec knows"),
        ("zip://::http://a.example/x.zip", WrongUsage, "download it"),
    ],
)
def test_an_address_that_cannot_be_cleared_is_a_sentence(address: str, error: type[Exception], why: str) -> None:
    with pytest.raises(error, match=why) as caught:
        open_place(address)

    assert "secret" not in str(caught.value)


def test_a_store_whose_package_is_lacking_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(*_: Any, **__: Any) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr("fsspec.core.url_to_fs", lacking)

    with pytest.raises(MissingExtra, match="s3://bucket/data needs a package of its own: Install s3fs"):
        open_place("s3://key:secret@bucket/data?token=x")


@pytest.mark.parametrize(
    ("words", "yes"),
    [("s3://a/b", True), ("zip://::x.zip", True), ("C:\\data", False), ("a/b://c", False), ("data", False)],
)
def test_a_place_is_told_from_a_path(words: str, yes: bool) -> None:
    assert is_remote(words) is yes


def test_looking_ahead_writes_nothing(store: Any, copy: Path, tmp_path: Path) -> None:
    put(store, copy)
    request = Request(
        dataset=Path("data"),
        place="memory://bucket/data",
        snapshot=None,
        out=tmp_path / "out",
        use=Use.TRAIN_GENERATIVE,
        profiles=(PROFILES["eu-art4"],),
    )

    assert look_ahead(a_home(tmp_path / "home"), request) == 6
    assert not (tmp_path / "out").exists()


def test_the_command_takes_an_address(copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(copy, tmp_path / "data")
    words = ["clear", f"file://{tmp_path / 'data'}", "--use", "train.generative", "--profile", "eu-art4"]

    code = main([*words, "--out", str(tmp_path / "out"), "--home", str(tmp_path / "home"), "--workers", "1"])

    assert code == 2
    assert f"read from file://{tmp_path / 'data'}." in capsys.readouterr().out


def test_a_spool_is_found_from_anywhere(store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.pipe("/data/a.txt", b"words")
    place = open_place("memory://data")
    monkeypatch.chdir(tmp_path)

    spool = Spool(place, Path("spool"), plan_place(place)).absolute()

    assert spool.folder == tmp_path / "spool"
    with spool.holding(0) as (root, lacking):
        assert (root / "a.txt").read_bytes() == b"words"
    assert not lacking
    assert not root.exists()
