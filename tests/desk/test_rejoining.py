"""Clearing again from fingerprints: the same decisions as from the media, and never more than that."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from placet.clearance.certificate import check_outputs, read_certificate
from placet.clearance.judge import Judge, Judged
from placet.clearance.ledger import brief_of
from placet.clearance.plan import Ask
from placet.clearance.prints import LACKING, SUFFIX, Prints, PrintTable, read_prints, write_options
from placet.clearance.readers.fields import NUMBERS
from placet.clearance.rejoin import Rejoiner
from placet.clearance.rows import Part, PartKind, Row
from placet.clearance.voices import Voices
from placet.core.ids import parse_subject
from placet.core.profile import PROFILES
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.title import Claim, Title
from placet.core.use import Use
from placet.desk import clearing
from placet.desk.clearing import Cleared
from placet.desk.rejoining import Again, reclear
from placet.errors import BadRecord, NotFound, PlanChanged, Refused, TooNew, Untrusted, VerificationFailed, WrongUsage
from placet.registry.compose import Attested
from placet.signing.keys import Role
from placet.snapshot.library import Library, open_library
from placet.snapshot.match import Matcher
from tests.clearance.sites import observation, save, says_no
from tests.factories import NOW, a_key
from tests.snapshot.datasets import contents, write_folder, write_jsonl, write_parquet, write_tar
from tests.snapshot.world import World, a_world, jpeg, prose

pytestmark = pytest.mark.slow

LISTED, SPOKEN = "FRZ039800212", "FRZ039800213"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A run against an old snapshot, and a newer one of works that were among its rows all along."""
    folder = tmp_path_factory.mktemp("stage")
    world = a_world(folder)
    world.register(1, {"no.jpg": jpeg(1), "no.txt": prose(1).encode()})
    world.snapshot("old")
    _write(folder / "crawl")
    world.clear(folder / "crawl", folder / "old", folder / "run", profiles=tuple(PROFILES.values()))
    world.clear(folder / "crawl", folder / "old", folder / "bare", prints=False)
    world.clear(folder / "crawl", folder / "old", folder / "heard", **_heard(folder))
    world.register(2, {"no.jpg": jpeg(2), "no.txt": prose(2).encode(), "song.mp3": b"ID3 no song"}, Stance.LICENSE)
    world.register(3, {"yes.jpg": jpeg(3), "yes.txt": prose(3).encode()}, Stance.ALLOW)
    world.say(4, [Subject(Kind.URL, "https://a.example/one.jpg")], Stance.RESERVE)
    _list_songs(world)
    world.snapshot("new")
    return world


def _list_songs(world: World) -> None:
    """Of one song a sheet tells that its claimant reserved all of hers; of another a word was said by its number."""
    key, songs = a_key(5), [parse_subject(f"isrc:{isrc}") for isrc in (LISTED, SPOKEN)]
    assert songs[0]
    assert songs[1]
    claim = Claim(who=key.public.hex(), right="recording", share=Fraction(1))
    composer = world.home.composer(key)
    composer.claim([Title(subject=songs[0], claims=(claim,))])
    world.home.log.append(composer.submission())
    log = world.home.composer(world.home.key(Role.LOG))
    log.attest(Attested(party=key.public.hex(), kind="issuer", method="document", start=NOW, commitment="ab" * 32))
    world.home.log.append(log.submission())
    world.say(5, [Subject(Kind.REPERTOIRE, key.public.hex())], Stance.RESERVE)
    world.say(6, [songs[1]], Stance.LICENSE)


def _heard(folder: Path) -> dict[str, Any]:
    seen = observation("https://a.example", {"/robots.txt": 404})
    return {"observations": (save(folder, a_key(9), seen),), "observers": (a_key(9).public,)}


@pytest.fixture
def stage(world: World) -> Path:
    return world.home.path.parent


def _write(root: Path) -> None:
    pictures = {f"{n:03d}.jpg": jpeg(n, 60) for n in range(1, 7)}
    write_folder(root, {"loose/a.jpg": jpeg(2, 50), "loose/b.txt": prose(9).encode(), "loose/c.jpg": b"no picture"})
    write_folder(
        root, {"loose/song.mp3": b"ID3 no song", "loose/other.mp3": b"ID3 another", "loose/says.jpg": says_no(jpeg(8))}
    )
    captions = {f"{n:03d}.json": json.dumps({"url": f"https://a.example/{n}.jpg"}).encode() for n in range(1, 7)}
    captions["002.json"] = b'{"url": "https://a.example/one.jpg", "caption": "a lamp by the river"}'
    write_tar(root / "0.tar", dict(sorted({**pictures, **captions}.items())))
    write_parquet(root / "rows.parquet", pictures, group=2)
    passages = {f"{n}": f"So: {prose(n)[100:900]} and so on" for n in range(1, 5)}
    write_jsonl(root / "texts.jsonl", passages | {"whole": prose(2), "short": "a lamp"})
    _write_songs(root)


def _write_songs(root: Path) -> None:
    """Songs known by numbers: one that is listed, one spoken of, one that is nobody's, one that is none."""
    isrcs = [LISTED, SPOKEN, "USRC17607839", None, "FRZ03", SPOKEN]
    urls = ["https://a.example/song", None, "https://a.example/one.jpg", "https://a.example/b", None, "no address"]
    books = pa.array([None, None, 9780306406157, 9780306406157, None, None], pa.int64())
    pq.write_table(pa.table({"isrc": isrcs, "url": urls, "isbn": books}), root / "songs.parquet")
    rows = [
        {"ISRC": [LISTED, SPOKEN], "text": prose(2)},
        {"iswc": "T-034.524.680-1"},
        {"isrc": LISTED, "text": "a lamp"},
    ]
    (root / "songs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def _again(world: World, out: Path, **asked: Any) -> Cleared:
    stage = world.home.path.parent
    usual: dict[str, Any] = {"earlier": stage / "run", "snapshot": stage / "new", "workers": 1}
    return reclear(world.home, Again(out=out, **usual | asked))


def _decided(out: Path) -> dict[str, bytes]:
    """All that a run says of its rows, short of what it shows of them."""
    ours = (".parquet", ".heard.jsonl", ".problems.jsonl", "decisions.parquet", "heard.jsonl", "problems.jsonl")
    return {name: data for name, data in contents(out).items() if name.endswith(ours)}


def _counted(cleared: Cleared) -> dict[str, int]:
    """All that rows came to; the background is measured where media are read."""
    return {name: rows for name, rows in cleared.totals.tallies.items() if not name.startswith("background:")}


def test_clearing_again_is_clearing(world: World, stage: Path, tmp_path: Path) -> None:
    media = world.clear(stage / "crawl", stage / "new", tmp_path / "media", profiles=tuple(PROFILES.values()))

    joined = _again(world, tmp_path / "joined")

    assert _decided(tmp_path / "joined") == _decided(tmp_path / "media")
    assert joined.totals.counts == media.totals.counts
    assert _counted(joined) == _counted(media)
    assert {"reserved", "licence", "cleared", "unclear"} <= set(joined.totals.counts["eu-art4"])


def test_rows_that_are_known_by_numbers_are_answered_again_without_their_table(world: World, tmp_path: Path) -> None:
    _again(world, tmp_path / "joined")

    table = pq.read_table(tmp_path / "joined/decisions.parquet").to_pylist()
    songs = [row["outcome"] for row in table if row["unit"].startswith("songs.parquet")]
    assert songs == ["reserved", "licence", "reserved", "silent", "unclear", "licence"]


def test_other_columns_of_numbers_are_another_plan(
    world: World, stage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.clear(stage / "crawl", stage / "new", tmp_path / "out")
    monkeypatch.setattr(clearing, "NUMBERS", NUMBERS - {"isrc"})

    with pytest.raises(PlanChanged, match="another rule of numbers"):
        world.clear(stage / "crawl", stage / "new", tmp_path / "out")
    with pytest.raises(Refused, match=r"other columns of numbers .*: clear the dataset again"):
        _again(world, tmp_path / "joined")


def test_the_certificate_says_what_was_judged_in_place_of_the_media(world: World, stage: Path, tmp_path: Path) -> None:
    _again(world, tmp_path / "joined")

    certificate = read_certificate((tmp_path / "joined/clearance.json").read_bytes())
    before = read_certificate((stage / "run/clearance.json").read_bytes())
    assert certificate.predicate["earlier"].keys() == {"certificate", "fingerprints", "signer"}
    assert certificate.predicate["earlier"]["signer"] == before.public.hex()
    assert certificate.subjects == before.subjects
    assert check_outputs(certificate, tmp_path / "joined") == 1 + 1 + 3 + 1 + 2
    assert "were joined" in (tmp_path / "joined/report.html").read_text()


def test_a_run_that_was_joined_can_be_joined_again(world: World, tmp_path: Path) -> None:
    _again(world, tmp_path / "one")

    _again(world, tmp_path / "two", earlier=tmp_path / "one")
    _again(world, tmp_path / "direct", workers=2)

    assert _decided(tmp_path / "two") == _decided(tmp_path / "direct")


def test_a_resumed_run_comes_out_the_same(world: World, stage: Path, tmp_path: Path) -> None:
    _again(world, tmp_path / "joined")
    whole = contents(tmp_path / "joined")
    (tmp_path / "joined/units/000001.json").unlink()

    _again(world, tmp_path / "joined")

    assert contents(tmp_path / "joined") == whole


def test_without_fingerprints_the_media_are_asked_for(world: World, stage: Path, tmp_path: Path) -> None:
    assert not list((stage / "bare/units").glob(f"*{SUFFIX}"))

    with pytest.raises(Refused, match=r"left no fingerprints of .*: name the dataset with --dataset"):
        _again(world, tmp_path / "out", earlier=stage / "bare")
    _again(world, tmp_path / "again", earlier=stage / "bare", dataset=stage / "crawl")
    world.clear(stage / "crawl", stage / "new", tmp_path / "media", prints=False)

    assert _decided(tmp_path / "again").items() >= _decided(tmp_path / "media").items()


def test_a_table_of_addresses_is_its_own_fingerprint(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    world.register(1, {"no.jpg": jpeg(1)})
    world.snapshot("old")
    table = pa.table({"url": [f"https://a.example/{n}" for n in range(50)]})
    (tmp_path / "crawl").mkdir()
    pq.write_table(table, tmp_path / "crawl/urls.parquet", row_group_size=20)
    world.clear(tmp_path / "crawl", tmp_path / "old", tmp_path / "run")
    world.say(4, [Subject(Kind.URL, "https://a.example/7")], Stance.RESERVE)
    world.snapshot("new")

    again = Again(earlier=tmp_path / "run", snapshot=tmp_path / "new", out=tmp_path / "out", workers=1)
    joined = reclear(world.home, replace(again, dataset=tmp_path / "crawl"))

    assert joined.totals.counts["eu-art4"]["reserved"] == 1
    pq.write_table(table.slice(1), tmp_path / "crawl/urls.parquet", row_group_size=20)
    with pytest.raises(Refused, match="the dataset has changed since the earlier run"):
        reclear(world.home, replace(again, out=tmp_path / "more", dataset=tmp_path / "crawl"))


def test_whoever_was_heard_is_heard_again(world: World, stage: Path, tmp_path: Path) -> None:
    heard = _heard(stage)
    world.clear(stage / "crawl", stage / "new", tmp_path / "media", **heard)

    with pytest.raises(WrongUsage, match="heard observations that are not given now"):
        _again(world, tmp_path / "out", earlier=stage / "heard")
    _again(world, tmp_path / "joined", earlier=stage / "heard", **heard)

    assert _decided(tmp_path / "joined") == _decided(tmp_path / "media")


# ---- what is not believed -------------------------------------------------------------------------------


def test_a_run_of_another_key_is_not_believed_unasked(world: World, stage: Path, tmp_path: Path) -> None:
    elsewhere = a_world(tmp_path, seed=7).home
    shutil.copytree(stage / "home/trust", elsewhere.path / "trust", dirs_exist_ok=True)
    again = Again(earlier=stage / "run", snapshot=stage / "new", out=tmp_path / "out", workers=1)

    with pytest.raises(Untrusted, match="name it with --signer"):
        reclear(elsewhere, again)


@pytest.mark.parametrize("name", ["units/000001" + SUFFIX, "units/000001.json", "plan.json"])
def test_what_was_changed_after_it_was_certified_is_broken(
    world: World, stage: Path, tmp_path: Path, name: str
) -> None:
    shutil.copytree(stage / "run", tmp_path / "run")
    data = bytearray((tmp_path / "run" / name).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "run" / name).write_bytes(data)

    with pytest.raises((VerificationFailed, BadRecord)):
        _again(world, tmp_path / "out", earlier=tmp_path / "run")


def test_what_is_no_finished_run_is_told(world: World, stage: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no finished clearance"):
        _again(world, tmp_path / "out", earlier=stage / "crawl")


def test_another_question_than_it_was_begun_with_is_refused(world: World, tmp_path: Path) -> None:
    _again(world, tmp_path / "joined")

    with pytest.raises(PlanChanged, match="another output"):
        _again(world, tmp_path / "joined", emit="list")


# ---- the file -------------------------------------------------------------------------------------------


def _judge(library: Library, voices: Voices | None = None) -> Judge:
    ask = Ask(use=Use.TRAIN_GENERATIVE, profiles=(PROFILES["eu-art4"],), at=NOW)
    return Judge(Matcher(library), ask, voices)


def _keep(path: Path, judge: Judge, rows: list[Row]) -> list[Judged]:
    prints = Prints("unit")
    judged = list(judge.judge(rows, "unit", prints.add))
    pq.write_table(prints.table(), path, **write_options())
    return judged


def _read(folder: Path) -> PrintTable:
    return read_prints(folder / "fp.parquet", "unit", "unit")


def test_a_part_that_is_compared_by_what_the_file_does_not_hold_is_unclear(
    world: World, stage: Path, tmp_path: Path
) -> None:
    judge, prints = _judge(open_library(stage / "new")), Prints("unit")
    row = Row(key="song", parts=(Part("song.mp3", PartKind.OTHER, b"ID3 a song"),))

    def forget(batch: list[Any]) -> None:
        for seen in batch:
            seen.problems.clear()  # as if a fingerprint of sound had been made
        prints.add(batch)

    list(judge.judge([row], "unit", forget))
    pq.write_table(prints.table(), tmp_path / "fp.parquet", **write_options())

    sweep = Rejoiner(judge).rejoin(_read(tmp_path))

    assert [(brief.line.outcome, brief.line.reason) for brief in sweep.briefs] == [("unclear", LACKING)]
    assert "do not hold what is compared of its other part" in sweep.briefs[0].problems[0].why


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"v": 3}, TooNew),
        ({"v": 1}, BadRecord),
        ({"unit": "other"}, BadRecord),
        ({"prints": ["blake3", "image-plh/2"]}, BadRecord),
    ],
    ids=["later", "without-numbers", "another-unit", "other-fingerprints"],
)
def test_a_file_of_another_kind_is_refused(
    world: World, stage: Path, tmp_path: Path, change: dict[str, Any], error: type[Exception]
) -> None:
    path = stage / "run/units" / f"000001{SUFFIX}"
    table = pq.read_table(path)
    named = json.loads(table.schema.metadata[b"placet"])
    pq.write_table(table.replace_schema_metadata({"placet": json.dumps(named | change)}), tmp_path / "fp.parquet")

    with pytest.raises(error):
        read_prints(tmp_path / "fp.parquet", named["unit"], "unit")


def test_hostile_bytes_are_no_fingerprints(tmp_path: Path) -> None:
    (tmp_path / "fp.parquet").write_bytes(b"PAR1" + bytes(100) + b"PAR1")

    with pytest.raises(BadRecord, match="holds no fingerprints"):
        read_prints(tmp_path / "fp.parquet", "unit", "unit")


def test_a_list_of_files_is_heard_only_of_files_whose_digest_is_known(
    world: World, stage: Path, tmp_path: Path
) -> None:
    library, listed = open_library(stage / "new"), Subject(Kind.FINGERPRINT, f"sha256:{hashlib.sha256().hexdigest()}")
    rows = [Row(key="a", parts=(Part("a.jpg", PartKind.IMAGE, jpeg(20)),))]
    _keep(tmp_path / "fp.parquet", _judge(library, Voices()), rows)

    sweep = Rejoiner(_judge(library, Voices((), {listed: ()}))).rejoin(_read(tmp_path))

    assert [brief.line.reason for brief in sweep.briefs] == [LACKING]


# ---- law 8 ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_rows_judged_together_are_rows_judged_alone(world: World, stage: Path, tmp_path: Path, seed: int) -> None:
    """Whatever the rows hold: pictures, texts, sites that were observed, claims, words of their own, nothing."""
    rng, library = random.Random(seed), open_library(stage / "new")
    voices = Voices([observation(f"https://s{n}.example", {"/robots.txt": _ROBOTS[n % 3]}) for n in range(6)], at=NOW)
    rows = [_row(rng, number) for number in range(120)]
    alone = _keep(tmp_path / "fp.parquet", _judge(library, voices), rows)

    sweep = Rejoiner(_judge(library, voices)).rejoin(_read(tmp_path))

    assert sweep.keys.to_pylist() == [row.key for row in rows]
    for judged, place in zip(alone, sweep.classes.tolist(), strict=True):
        assert sweep.briefs[place] == brief_of(judged, library)
    assert np.all(np.diff([sweep.keys.to_pylist().index(key) for key in sweep.firsts]) > 0)


_ROBOTS: tuple[str | int, ...] = (
    "User-agent: *\nDisallow: /private/\n",
    "User-agent: *\nContent-Usage: train-ai=n\nAllow: /\n",
    503,
)
_CLAIM = (("sha256", bytes(32)), ("sha256", b"\1" * 32))


def _row(rng: random.Random, number: int) -> Row:
    texts = [prose(n)[:900].encode() for n in (1, 2, 3, 30)] + [b"short", b"\xff\xfe no text", b""]
    pictures = [jpeg(n, 60) for n in (1, 2, 3, 40, 41)] + [says_no(jpeg(42)), b"no picture"]
    parts = [Part("p", PartKind.IMAGE, rng.choice(pictures))] * rng.choice((0, 1, 1, 2))
    parts += [Part("t", PartKind.TEXT, rng.choice(texts))] * rng.choice((0, 0, 1))
    parts += [Part("o", PartKind.OTHER, b"?")] * (rng.random() < 0.1)
    urls = [f"https://s{rng.randrange(8)}.example/{rng.choice(('private/x', 'a.jpg', 'a%2', 'É'))}" for _ in range(3)]
    urls += ["https://a.example/one.jpg", "no address"]
    songs = [parse_subject(f"isrc:{isrc}") for isrc in rng.sample((LISTED, SPOKEN, "USRC17607839"), 2)]
    return Row(
        key=f"row {number}",
        parts=tuple(parts),
        urls=tuple(dict.fromkeys(rng.choices(urls, k=rng.choice((0, 0, 1, 1, 1, 2))))),
        digests=_CLAIM[: rng.choice((0, 0, 1, 2))],
        identifiers=tuple(song for song in songs if song)[: rng.choice((0, 0, 0, 1, 2))],
    )
