"""A snapshot from a web server that nobody has to trust: whole, checked, gone on with; and servers that lie."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from placet.app import Home
from placet.core.stance import Stance
from placet.desk.believing import believe
from placet.desk.pulling import Pull, Pulled, pull
from placet.desk.snapshots import check_deeply, publish_snapshot
from placet.errors import BadInput, NotFound, Refused, Rollback, Untrusted, VerificationFailed, WrongUsage
from tests.factories import NOW
from tests.fetch.site import Answer, Site, a_site
from tests.snapshot.world import World, a_world, jpeg, prose

ARRAY = "/snap/arrays/image-plh.hash"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A registry that grew: its two snapshots, one that is the older and a segment, and whose log it is."""
    world = a_world(tmp_path_factory.mktemp("made"))
    world.register(1, {"no.jpg": jpeg(1), "no.txt": prose(1).encode()}, titles=True)
    world.snapshot("old")
    world.register(2, {"more.jpg": jpeg(2)}, Stance.LICENSE)
    world.snapshot("new")
    publish_snapshot(world.home, world.home.path.parent / "grown", since=world.home.path.parent / "old")
    return world


@pytest.fixture
def site(made: World) -> Iterator[Site]:
    with a_site() as site:
        serve(site, made, "old")
        yield site


@pytest.fixture
def reader(made: World, tmp_path: Path) -> Home:
    home = Home(tmp_path / "reader", now=lambda: NOW, loopback=True)
    (home.path / "trust").mkdir(parents=True)
    (home.path / "trust/log.policy").write_text(made.home.policy_text)
    return home


def serve(site: Site, made: World, name: str) -> None:
    folder = made.home.path.parent / name
    site.answers = {}
    for path in folder.rglob("*"):
        if path.is_file():
            site.say(f"/snap/{path.relative_to(folder).as_posix()}", path.read_bytes(), "application/octet-stream")


def fetch(reader: Home, site: Site, tmp_path: Path, **asked: Any) -> Pulled:
    return pull(reader, Pull(url=f"{site.url}/snap", out=tmp_path / "here", **asked))


def same(one: Path, two: Path) -> bool:
    return _files(one) == _files(two)


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def left(tmp_path: Path) -> set[str]:
    return {path.name for path in tmp_path.iterdir()} - {"reader"}


def test_what_comes_is_the_snapshot_and_is_believed(made: World, site: Site, reader: Home, tmp_path: Path) -> None:
    pulled = fetch(reader, site, tmp_path)

    assert same(tmp_path / "here", made.home.path.parent / "old")
    assert pulled.kept == 0
    assert pulled.bytes_read == sum(size for _, size in pulled.manifest.files.values())
    assert left(tmp_path) == {"here"}
    library, _ = believe(reader, tmp_path / "here", None, 30)
    assert len(library) == 2
    assert check_deeply(tmp_path / "here", reader.policy_for(pulled.manifest.origin)).entries == 3


def test_a_newer_one_takes_its_place_and_what_is_the_same_is_not_asked_again(
    made: World, site: Site, reader: Home, tmp_path: Path
) -> None:
    fetch(reader, site, tmp_path)
    serve(site, made, "new")
    site.asked.clear()

    pulled = fetch(reader, site, tmp_path)

    assert same(tmp_path / "here", made.home.path.parent / "new")
    assert pulled.kept > 0
    assert len(site.asked) == 3 + pulled.fetched
    assert fetch(reader, site, tmp_path).fetched == 0


def test_of_one_that_grew_only_the_segment_comes_and_what_changed_of_the_log(
    made: World, site: Site, reader: Home, tmp_path: Path
) -> None:
    old = fetch(reader, site, tmp_path).manifest.files
    serve(site, made, "grown")
    site.asked.clear()

    pulled = fetch(reader, site, tmp_path)

    (segment,), files = pulled.manifest.segments, pulled.manifest.files
    heads = {"/snap/manifest.json", "/snap/publish.tlog-proof", "/snap/publish.consistency"}
    came = {path.removeprefix("/snap/") for path in set(site.paths) - heads}
    assert all(path == "parties.parquet" or path.startswith((segment.folder, "log/")) for path in came)
    assert came.isdisjoint(old.keys() - {"parties.parquet", "log/checkpoint"})
    assert pulled.bytes_read == sum(files[path][1] for path in came)
    assert same(tmp_path / "here", made.home.path.parent / "grown")
    assert (
        check_deeply(tmp_path / "here", reader.policy_for(pulled.manifest.origin)).library.manifest == pulled.manifest
    )


def test_a_pull_that_broke_off_goes_on_in_the_middle_of_a_file(
    made: World, site: Site, reader: Home, tmp_path: Path
) -> None:
    whole = site.answers[ARRAY].body
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(whole)}\r\n\r\n".encode()
    site.answers[ARRAY] = Answer(raw=(head + whole[:100],))
    with pytest.raises(Refused, match="broke off after 100 bytes"):
        fetch(reader, site, tmp_path)
    assert not (tmp_path / "here").exists()
    rest = f"bytes 100-{len(whole) - 1}/{len(whole)}"
    site.say(ARRAY, whole[100:], status=206, Content_Range=rest)
    site.asked.clear()

    pulled = fetch(reader, site, tmp_path)

    assert {path: asked.get("Range") for path, asked in site.asked}[ARRAY] == "bytes=100-"
    assert pulled.kept > 0
    assert same(tmp_path / "here", made.home.path.parent / "old")


def test_a_server_that_knows_no_ranges_sends_the_file_again(
    made: World, site: Site, reader: Home, tmp_path: Path
) -> None:
    part = tmp_path / ".here.pulling/arrays/image-plh.hash.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"what came of it before")

    fetch(reader, site, tmp_path)

    assert same(tmp_path / "here", made.home.path.parent / "old")


def test_a_look_ahead_says_how_much_and_keeps_nothing(site: Site, reader: Home, tmp_path: Path) -> None:
    pulled = fetch(reader, site, tmp_path, dry_run=True)

    assert pulled.bytes_read > 0
    assert left(tmp_path) == set()


def test_a_switch_that_was_cut_is_taken_up(made: World, site: Site, reader: Home, tmp_path: Path) -> None:
    fetch(reader, site, tmp_path)
    (tmp_path / "here").rename(tmp_path / ".here.old")
    site.answers = {}

    with pytest.raises(NotFound, match="there is no snapshot at"):
        fetch(reader, site, tmp_path)

    assert same(tmp_path / "here", made.home.path.parent / "old")


# ---- servers that lie -----------------------------------------------------------------------------------


def _forged(body: bytes) -> dict[str, Answer]:
    flipped = bytes([body[0] ^ 1]) + body[1:]
    endless = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *(b"4000\r\n" + bytes(0x4000) + b"\r\n",) * 40)
    return {
        "another digest": Answer(flipped),
        "cut off": Answer(body[:-1]),
        "longer": Answer(body + b"!"),
        "endless": Answer(raw=endless),
        "not there": Answer(status=404),
        "elsewhere": Answer(status=302, headers=(("Location", "http://127.0.0.1/other"),)),
        "a fault": Answer(status=503),
        "packed": Answer(body, headers=(("Content-Encoding", "br"),)),
    }


@pytest.mark.parametrize(
    ("lie", "sentence"),
    [
        ("another digest", "is not the file that the log's operator signed"),
        ("cut off", r"ended after \d+ of \d+ bytes"),
        ("longer", r"is longer than the \d+ bytes that are read"),
        ("endless", r"is longer than the \d+ bytes that are read"),
        ("not there", "is not there, and the snapshot has it"),
        ("elsewhere", "answers 302 and leads to http://127.0.0.1/other"),
        ("a fault", "answers 503"),
        ("packed", "is packed as br, which is not read"),
    ],
)
def test_a_file_that_is_not_the_signed_one_is_told_in_one_sentence(
    site: Site, reader: Home, tmp_path: Path, lie: str, sentence: str
) -> None:
    site.answers[ARRAY] = _forged(site.answers[ARRAY].body)[lie]

    with pytest.raises((Refused, VerificationFailed), match=sentence) as told:
        fetch(reader, site, tmp_path)

    assert "\n" not in str(told.value)
    assert not (tmp_path / "here").exists()
    assert not (tmp_path / ".here.pulling/arrays/image-plh.hash").exists()


@pytest.mark.parametrize("name", ["manifest.json", "publish.tlog-proof", "publish.consistency"])
@pytest.mark.parametrize("how", ["cut", "changed", "gone"])
def test_a_forged_head_is_refused_before_any_file_is_asked(
    site: Site, reader: Home, tmp_path: Path, name: str, how: str
) -> None:
    body = site.answers[f"/snap/{name}"].body
    forged = {"cut": body[: len(body) // 2], "changed": body.replace(b"3", b"4"), "gone": None}[how]
    if forged is None:
        del site.answers[f"/snap/{name}"]
    else:
        site.say(f"/snap/{name}", forged)

    with pytest.raises((BadInput, VerificationFailed, NotFound, Untrusted)):
        fetch(reader, site, tmp_path)

    assert not any("/arrays/" in path for path in site.paths)


def test_a_log_that_nobody_trusts_is_untrusted(site: Site, tmp_path: Path) -> None:
    with pytest.raises(Untrusted, match="nothing here says to believe that log"):
        fetch(Home(tmp_path / "reader", now=lambda: NOW, loopback=True), site, tmp_path)


def test_what_was_seen_is_not_taken_back(made: World, site: Site, reader: Home, tmp_path: Path) -> None:
    serve(site, made, "new")
    fetch(reader, site, tmp_path)
    serve(site, made, "old")

    with pytest.raises(Rollback, match="entries when it was last seen here"):
        fetch(reader, site, tmp_path)
    shutil.rmtree(reader.path / "trust/seen")
    with pytest.raises(Rollback, match="what was said since is not in it"):
        fetch(reader, site, tmp_path)

    assert same(tmp_path / "here", made.home.path.parent / "new")


def test_a_frozen_registry_is_refused(site: Site, reader: Home, tmp_path: Path) -> None:
    reader.now = lambda: NOW + 40 * 86_400

    with pytest.raises(Refused, match="40 days old"):
        fetch(reader, site, tmp_path)


def test_a_folder_of_other_things_is_left_alone(site: Site, reader: Home, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here/letter").write_text("dear")

    with pytest.raises(Refused, match="holds other things"):
        fetch(reader, site, tmp_path)

    assert left(tmp_path) == {"here"}


def test_this_machine_and_other_schemes_are_not_asked_unless_allowed(reader: Home, tmp_path: Path) -> None:
    reader.loopback = False
    with pytest.raises(Refused, match="not on the public internet"):
        pull(reader, Pull(url="http://127.0.0.1/snap", out=tmp_path / "here"))
    with pytest.raises(WrongUsage, match="name the web address"):
        pull(reader, Pull(url="file:///snap", out=tmp_path / "here"))


def test_a_file_left_by_another_pull_counts_only_by_its_digest(
    made: World, site: Site, reader: Home, tmp_path: Path
) -> None:
    work = tmp_path / ".here.pulling"
    (work / "arrays").mkdir(parents=True)
    planted = site.answers[ARRAY].body
    (work / "arrays/image-plh.hash").write_bytes(hashlib.sha512(planted).digest().ljust(len(planted), b"!"))
    (work / "stray").write_text("from an older snapshot")

    fetch(reader, site, tmp_path)

    assert same(tmp_path / "here", made.home.path.parent / "old")
