"""Every script in examples/ runs, and the readers written by hand agree with Placet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from examples.story.draw import draw
from placet.app import open_home
from placet.cli import main
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.log.files import LogFiles
from placet.log.tree import StoredTree
from placet.record.checkpoint import parse_checkpoint
from placet.record.merkle import leaf_hash
from placet.record.notes import parse_note
from placet.registry.compose import Wish
from placet.signing.keys import Role

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
RUN_HERE = {
    "ask_in_python",
    "demo",
    "domain_by_hand",  # in tests/examples/test_domain_by_hand.py, where there are domains to show
    "first_hour",
    "links_by_hand",  # in tests/examples/test_links_by_hand.py, where there are keys to link
    "mirror_by_hand",
    "pages",
    "picture",
    "receipt_by_hand",
    "skip_by_hand",  # in tests/clearance/test_skipping.py, where there is something to skip
    "snapshot_by_hand",
}
RUN_BESIDE = {"with_datasets", "with_datatrove", "with_ray_data", "with_torch", "with_webdataset"}  # test_adapters.py


def run(script: str, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, EXAMPLES / f"{script}.py", *map(str, words)], capture_output=True, text=True)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two registered texts, their receipts and a snapshot."""
    monkeypatch.setenv("PLACET_HOME", str(tmp_path / "home"))
    works = tmp_path / "works"
    works.mkdir()
    for name in ("song", "tale"):
        (works / f"{name}.txt").write_text(f"{name} of the long evening by the sea, told slowly. " * 20)
    assert main(["reserve", str(works), "--receipts", str(tmp_path / "receipts")]) == 0
    assert main(["snapshot", "build", "-o", str(tmp_path / "registry")]) == 0
    return tmp_path


def test_every_example_is_run_by_a_test_here() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == RUN_HERE | RUN_BESIDE


def test_the_folder_of_the_first_hour_is_laid_out_once(tmp_path: Path) -> None:
    said, again = run("first_hour", tmp_path / "hour"), run("first_hour", tmp_path / "hour")

    assert said.returncode == 0, said.stderr
    assert sorted(path.name for path in (tmp_path / "hour").glob("*/*")) == [
        "forest.jpg",
        "found.jpg",
        "harbour.jpg",
        "post.txt",
        "tale.txt",
        "tiles.jpg",
    ]
    assert again.returncode == 1


def test_a_stranger_checks_a_receipt_without_placet(own: Path) -> None:
    receipts = own / "receipts"

    said = run("receipt_by_hand", receipts / "entry-2.tlog-proof", receipts / "log.policy")

    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith("entry 2 of 3, said by ")
    assert '"stance": "reserve"' in said.stdout


@pytest.fixture
def record(own: Path) -> tuple[Path, Path]:
    """A mirror of a log of more than one tile, with a name, titles, terms and a word taken back; and its policy."""
    home = own / "home"
    assert main(["reserve", *(f"https://maker.example/{n}" for n in range(3)), "--terms", "ask me\x1b[2J first"]) == 0
    party = open_home(home)
    composer = party.composer(party.key(Role.PARTY))
    wish = Wish(uses=(Use.TRAIN,), stance=Stance.RESERVE, start=1)
    for number in range(600):
        composer.declare([Subject(Kind.URL, f"https://maker.example/x{number}")], wish)
    party.log.append(composer.submission())
    party.engine.dispose()
    assert main(["withdraw", "#5"]) == 0
    assert main(["mirror", str(home), "-o", str(own / "mirror")]) == 0
    return own / "mirror", own / "receipts" / "log.policy"


def test_a_stranger_reads_a_whole_log_from_a_mirror_without_placet(record: tuple[Path, Path]) -> None:
    said = run("mirror_by_hand", *record)

    lines = said.stdout.splitlines()
    root = parse_checkpoint(parse_note((record[0] / "checkpoint").read_bytes()).text).root.hex()
    assert said.returncode == 0, said.stdout + said.stderr
    assert len(lines) == 608
    assert lines[-1].startswith("607 entries of the log local.placet/")
    assert f"give the root {root} that it signed; every signature holds." in lines[-1]
    assert "declare reserve mine train input output dataset for text " in lines[2]
    assert lines[-2].endswith(f": withdraw takes back {entry_id(record[0], 5)[:16]}")
    assert "\x1b" not in said.stdout


def entry_id(folder: Path, index: int) -> str:
    return leaf_hash(StoredTree(LogFiles(folder)).bundle(0, 256)[index]).hex()


@pytest.mark.parametrize("where", ["checkpoint", "tile/0/000", "tile/1/000.p/2", "tile/entries/001", "blobs"])
def test_a_stranger_finds_one_changed_bit_of_a_mirror(record: tuple[Path, Path], where: str) -> None:
    path = record[0] / where
    if path.is_dir():
        path = next(
            file for file in sorted(path.rglob("*")) if file.is_file() and file.read_bytes().startswith(b'{"blake3')
        )
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)

    said = run("mirror_by_hand", *record)

    assert (said.returncode, said.stdout.startswith("BROKEN: ")) == (1, True), said.stderr


@pytest.mark.parametrize("part", ["extra ", "— local", "\n\nlocal.placet/", "log local.placet/"])
def test_a_stranger_finds_one_changed_letter(own: Path, part: str) -> None:
    for path in (own / "receipts" / "entry-2.tlog-proof", own / "receipts" / "log.policy"):
        text = path.read_text(encoding="utf-8")
        if part in text:
            at = text.index(part) + len(part) + 8
            path.write_text(text[:at] + ("B" if text[at] != "B" else "C") + text[at + 1 :], encoding="utf-8")

    said = run("receipt_by_hand", own / "receipts" / "entry-2.tlog-proof", own / "receipts" / "log.policy")

    assert said.returncode == 1
    assert said.stdout.startswith("BROKEN: "), said.stderr


def test_a_stranger_finds_exact_copies_in_a_snapshot_without_placet(own: Path) -> None:
    (own / "other.txt").write_text("nobody registered this")

    said = run("snapshot_by_hand", own / "registry", own / "works" / "song.txt", own / "other.txt")

    known, unknown = said.stdout.splitlines()
    assert known.split(": work ")[1] in (own / "receipts" / "works.csv").read_text()
    assert unknown.endswith("nobody registered these bytes")


def test_a_stranger_finds_them_in_one_that_grew(own: Path) -> None:
    (own / "late.txt").write_text("what came after the first snapshot")
    assert main(["reserve", str(own / "late.txt"), "--receipts", str(own / "more")]) == 0
    assert main(["snapshot", "build", "--since", str(own / "registry"), "-o", str(own / "grown")]) == 0

    said = run("snapshot_by_hand", own / "grown", own / "works" / "song.txt", own / "late.txt")

    early, late = (line.split(": work ")[1] for line in said.stdout.splitlines())
    assert early in (own / "receipts" / "works.csv").read_text()
    assert late in (own / "more" / "works.csv").read_text()


def test_python_is_told_why_and_who_lost() -> None:
    said = run("ask_in_python")

    assert (
        "train.generative   consent        reserved   Its maker, its site or the file itself said no to this use."
        in said.stdout
    )
    assert "host lost to the rule 'stricter'" in said.stdout
    assert "ana lost to the rule 'advisory'" in said.stdout


def test_the_pages_script_finds_nothing_to_write() -> None:
    said = run("pages", "--check")

    assert (said.returncode, said.stdout) == (0, "")


@pytest.mark.slow
def test_the_picture_is_made_out_of_a_real_run(tmp_path: Path) -> None:
    target = tmp_path / "docs" / "picture.png"

    said = run("picture", target)

    assert said.returncode == 0, said.stderr
    assert ", reserved" in said.stdout
    assert target.stat().st_size <= 150_000
    with Image.open(target) as picture:
        assert picture.size == (1280, 560)


@pytest.mark.slow
def test_the_demo_takes_ones_own_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    own = tmp_path / "own"
    own.mkdir()
    for name in ("harbour-at-dusk", "paper-forest"):
        draw(name).save(own / f"{name}.jpg", quality=90)

    said = run("demo", own)

    assert said.returncode == 0, said.stderr
    assert "You say no to AI for 2 of your files" in said.stdout
    assert " 0 missed, 0 of the others mistaken." in said.stdout
