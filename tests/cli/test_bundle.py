"""A bundle as its maker and its reader meet it: verified, broken, incomplete."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from pathlib import Path

import pytest

from placet.evidence.bagit import format_manifest
from placet.signing.anchors import Anchor, format_anchor, parse_branches
from tests.cli.stage import Stage
from tests.signing.authority import Authority


@pytest.fixture
def trust(stage: Stage) -> Path:
    stage("keys", "new", "--name", "Ana")
    stage("reserve", stage.works)
    return next(stage.home.glob("receipts/*/log.policy"))


@pytest.fixture
def bundle(stage: Stage, trust: Path, tmp_path: Path) -> Path:
    case = tmp_path / "case.toml"
    case.write_text(
        'title = "<b>Said</b> & kept"\ntext = "one\\ntwo"\nby = "Ana"\n'
        '[[file]]\npath = "home/receipts"\nnote = "what I said"\n'
        '[[file]]\npath = "works/song.txt"\n'
        '[[file]]\npath = "works/tale.txt"\nwithheld = true\n'
        '[[step]]\nat = 2026-01-02T03:04:05Z\nwho = "Ana"\nwhat = "looked"\n'
    )
    said = stage("bundle", "make", case, "-o", tmp_path / "bundle")
    assert said.code == 0, said.err
    return tmp_path / "bundle"


def check(stage: Stage, bundle: Path, trust: Path, *more: object):
    return stage("bundle", "verify", bundle, "--trust", trust, *more)


def test_it_is_verified_and_says_what_each_piece_is(stage: Stage, bundle: Path, trust: Path) -> None:
    said = check(stage, bundle, trust, "--log", stage.home / "log")

    assert said.code == 0, said.out
    assert "the bag is whole" in said.out
    assert "2 steps of custody, chained and signed by key" in said.out
    assert "song.txt: its bytes are those of a work in" in said.out
    assert "'tale.txt', of which only the SHA-256 is here" in said.out
    assert "still holds it" in said.out
    assert not list(bundle.rglob("works.csv"))
    assert not list(bundle.rglob("openings.json"))
    assert not list(bundle.rglob("tale.txt"))


def test_what_is_private_is_in_it_once_it_is_named(stage: Stage, bundle: Path, trust: Path, tmp_path: Path) -> None:
    openings = trust.parent / "openings.json"

    stage("bundle", "make", "--file", openings, "--file", trust.parent, "-o", tmp_path / "more")

    assert "each of which opens its commitment" in check(stage, tmp_path / "more", trust).out


def test_a_stranger_s_reader_is_told_that_it_is_incomplete(
    stage: Stage, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bundle's own log.policy is never believed."""
    monkeypatch.setenv("PLACET_HOME", str(tmp_path / "stranger"))

    said = stage("bundle", "verify", bundle, "--json")

    assert said.code == 2
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert lines[-1]["verdict"] == "incomplete"
    assert "UNTRUSTED" in {line.get("mark") for line in lines}


def test_one_flipped_byte_anywhere_breaks_it(stage: Stage, bundle: Path, trust: Path) -> None:
    for path in sorted(path for path in bundle.rglob("*") if path.is_file()):
        good = path.read_bytes()
        place = len(good) // 2
        path.write_bytes(good[:place] + bytes([good[place] ^ 4]) + good[place + 1 :])

        assert check(stage, bundle, trust).code == 1, path
        path.write_bytes(good)


def resealed(bundle: Path) -> None:
    """A liar with patience: all manifests made again."""
    payload = [path for path in (bundle / "data").rglob("*") if path.is_file()]
    listed(bundle, "manifest-", payload)
    listed(bundle, "tagmanifest-", [path for path in bundle.iterdir() if path.is_file() and "tagm" not in path.name])


def listed(bundle: Path, prefix: str, files: list[Path]) -> None:
    for name in ("sha256", "sha512"):
        digests = {
            path.relative_to(bundle).as_posix(): hashlib.new(name, path.read_bytes()).hexdigest() for path in files
        }
        (bundle / f"{prefix}{name}.txt").write_bytes(format_manifest(digests))


def test_who_makes_the_manifests_again_still_lacks_the_key(stage: Stage, bundle: Path, trust: Path) -> None:
    song = bundle / "data/02-song.txt/song.txt"
    song.write_bytes(song.read_bytes().swapcase())
    resealed(bundle)

    said = check(stage, bundle, trust)

    assert said.code == 1
    assert "its last step is about another manifest than this (custody.chain)" in said.out


def test_a_proof_that_was_changed_before_it_was_put_in_is_broken(
    stage: Stage, bundle: Path, trust: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "receipts"
    shutil.copytree(trust.parent, folder)
    proof = folder / "entry-2.tlog-proof"
    proof.write_bytes(proof.read_bytes().replace(b"index 2", b"index 1"))

    stage("bundle", "make", "--file", folder, "-o", tmp_path / "bad")
    said = check(stage, tmp_path / "bad", trust)

    assert said.code == 1
    assert "entry-2.tlog-proof: the entry is not the one" in said.out


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the authority is openssl's")
def test_a_stamped_checkpoint_dates_the_entries_under_it(stage: Stage, trust: Path, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    stage("time", "stamp", "log", "--request", tmp_path / "q")
    (tmp_path / "r").write_bytes(authority.answer((tmp_path / "q").read_bytes()))
    stage("time", "stamp", "log", "--request", tmp_path / "q", "--response", tmp_path / "r")
    stage("bundle", "make", "--file", trust.parent, "--file", stage.home / "time", "-o", tmp_path / "b")

    whole = check(stage, tmp_path / "b", trust, "--tsa-ca", authority.root)
    unknown = check(stage, tmp_path / "b", trust)

    assert (whole.code, unknown.code) == (0, 2)
    assert "before that, the log held what these prove under it: entry-" in whole.out
    assert "give its root with --tsa-ca (time.trust)" in unknown.out


def test_a_certificate_and_a_licence_are_verified_by_what_verifies_each(
    stage: Stage, trust: Path, tmp_path: Path
) -> None:
    stage("offer", stage.works, "--price", "2.00 EUR")
    stage("licence", "issue", "all", "--to", "ab" * 32, "-o", tmp_path / "granted.json")
    out = tmp_path / "out"
    stage("clear", stage.works, "--use", "train.generative", "--profile", "consent", "--out", out)
    stage("bundle", "make", "--file", out, "--file", tmp_path / "granted.json", "-o", tmp_path / "b")

    whole = check(stage, tmp_path / "b", trust)
    (out / "plan.json").unlink()
    stage("bundle", "make", "--file", out, "-o", tmp_path / "less")
    less = check(stage, tmp_path / "less", trust)

    assert (whole.code, less.code) == (0, 2), whole.out + whole.err
    assert "clearance.json: 2 rows in 1 unit: plan, records, counts and decisions recomputed" in whole.out
    assert re.search(r"granted.json: licence [0-9a-f]{12} is signed by the key", whole.out)
    assert "MISSING      01-out/clearance.json: the unit records" in less.out


def test_a_proof_of_a_block_needs_the_reader_s_header(stage: Stage, trust: Path, tmp_path: Path) -> None:
    song = stage.works / "song.txt"
    digest = hashlib.sha256(song.read_bytes()).digest()
    block = b"\x08\x00" + bytes.fromhex("0588960d73d71901") + b"\x01\x05"
    proof = tmp_path / "works" / "song.txt.ots"
    proof.write_bytes(format_anchor(Anchor(digest, parse_branches(block, digest))))
    header = bytes(36) + hashlib.sha256(digest).digest() + bytes(12)
    stage("bundle", "make", "--file", stage.works, "-o", tmp_path / "b")

    codes = [check(stage, tmp_path / "b", trust, *more).code for more in ((), ("--header", f"5:{header.hex()}"))]
    wrong = check(stage, tmp_path / "b", trust, "--header", f"5:{bytes(80).hex()}")

    assert (codes, wrong.code) == ([2, 0], 1)
    assert "(anchor.root)" in wrong.out


def test_the_page_escapes_everything_and_runs_nothing(bundle: Path) -> None:
    page = (bundle / "index.html").read_text(encoding="utf-8")

    assert "&lt;b&gt;Said&lt;/b&gt; &amp; kept" in page
    assert "default-src 'none'" in page
    assert not re.search(r"<script|<b>|\bon[a-z]+=|https?://", page)


def test_no_private_key_gets_in(stage: Stage, trust: Path, tmp_path: Path) -> None:
    for path in (stage.home / "keys", stage.home / "keys" / "party.pem"):
        said = stage("bundle", "make", "--file", path, "-o", tmp_path / "b")

        assert said.code == 1
        assert "is a private key, and no bundle ever holds one" in said.err
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("title = 1", "title is a text"),
        ("titel = ''", "'titel' is not known"),
        ("[[file]]\nnote = 'x'", "has a path"),
        ("[[file]]\npath = 'gone'", "there is no file or folder"),
        ("[[step]]\nat = 2026-01-01\nwhat = 'x'", "has an `at` such as"),
        ("file = 'x'", "two brackets"),
        ("title = 'x'", "a bundle of nothing"),
        ("[", "is no TOML"),
    ],
)
def test_a_case_that_cannot_be_followed_is_said(stage: Stage, tmp_path: Path, case: str, sentence: str) -> None:
    (tmp_path / "case.toml").write_text(case)

    said = stage("bundle", "make", tmp_path / "case.toml", "-o", tmp_path / "b")

    assert said.code == 1
    assert sentence in said.err


def test_a_dry_run_writes_nothing(stage: Stage, trust: Path, tmp_path: Path) -> None:
    said = stage("bundle", "make", "--file", trust.parent, "-o", tmp_path / "b", "--dry-run")

    assert "nothing was written" in said.out
    assert not (tmp_path / "b").exists()


def test_a_folder_that_is_no_bundle_is_refused(stage: Stage, tmp_path: Path) -> None:
    assert "(bag.declaration)" in stage("bundle", "verify", stage.works).err
    assert stage("bundle", "make", "-o", tmp_path / "b").code == 64


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the authority is openssl's")
def test_a_stamp_named_by_itself_lies_beside_what_it_stamps(stage: Stage, trust: Path, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    song = stage.works / "song.txt"
    stage("time", "stamp", song, "--request", tmp_path / "q.tsq")
    (tmp_path / "works" / "song.txt.tsr").write_bytes(authority.answer((tmp_path / "q.tsq").read_bytes()))

    made = stage("bundle", "make", "-o", tmp_path / "b", "--file", song, "--file", f"{song}.tsr")
    said = check(stage, tmp_path / "b", trust, "--tsa-ca", authority.root)

    assert (made.code, said.code) == (0, 0), made.err + said.out
    assert (tmp_path / "b/data/01-song.txt/song.txt.tsr").is_file()
    assert "song.txt existed on" in said.out


def test_a_piece_of_holes_is_not_read_into_memory(stage: Stage, trust: Path, tmp_path: Path) -> None:
    (tmp_path / "long.tsr").write_bytes(b"")
    os.truncate(tmp_path / "long.tsr", (64 << 20) + 1)
    (tmp_path / "long").write_text("what it stamps")
    stage("bundle", "make", "-o", tmp_path / "b", "--file", tmp_path / "long", "--file", tmp_path / "long.tsr")

    said = check(stage, tmp_path / "b", trust)

    assert said.code == 1
    assert "long.tsr has more than the 67108864 bytes that are read" in said.out
