"""A bag checks itself: bagit agrees about good ones, and every broken one is named by its rule."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.core.reasons import REASONS
from placet.errors import BadRecord, Refused
from placet.evidence.bag import check_bag, make_bag
from placet.evidence.bagit import (
    encode_path,
    format_manifest,
    parse_declaration,
    parse_fetch,
    parse_info,
    parse_manifest,
    refuse_path,
)

PAYLOAD = {"a.txt": b"one\n", "deep/b b.txt": b"two\n", "deep/é.bin": bytes(range(256))}
A, B = "a" * 64, "b" * 64


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    make_bag(tmp_path / "bag", PAYLOAD, lambda _: {"README.txt": b"read me\n", "bag-info.txt": b"Note: fine\n"})
    return tmp_path / "bag"


def by_bagit(folder: Path) -> bool:
    words = [sys.executable, "-W", "ignore", "-m", "bagit", "--validate", folder]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def rules(folder: Path) -> set[str]:
    return {re.search(r"\(([a-z.]+)\)$", fault)[1] for fault in check_bag(folder).faults}


def reseal(bag: Path) -> None:
    """Make the tagmanifests again: whoever changes a bag can."""
    import hashlib

    for name in ("sha256", "sha512"):
        file = bag / f"tagmanifest-{name}.txt"
        tags = (path for path in bag.iterdir() if path.is_file() and not path.name.startswith("tagmanifest-"))
        file.write_bytes(
            format_manifest({path.name: hashlib.new(name, path.read_bytes()).hexdigest() for path in tags})
        )


def test_what_we_make_is_valid_here_and_for_bagit(bag: Path) -> None:
    found = check_bag(bag)

    assert (found.faults, found.missing) == ((), ())
    assert sorted(found.payload) == sorted(f"data/{name}" for name in PAYLOAD)
    assert by_bagit(bag)


def test_what_bagit_makes_is_valid_here(tmp_path: Path) -> None:
    for name, data in PAYLOAD.items():
        (tmp_path / "bag" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "bag" / name).write_bytes(data)
    words = [sys.executable, "-W", "ignore", "-m", "bagit", "--quiet", "--sha256", "--sha512", tmp_path / "bag"]
    subprocess.run(words, check=True, capture_output=True)
    (tmp_path / "bag" / "bagit.txt").write_bytes(
        b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    )  # bagit 1.9 writes version 0.97, whose two rules for these files are the same
    reseal(tmp_path / "bag")

    assert check_bag(tmp_path / "bag").faults == ()


def test_a_folder_that_is_there_is_not_written_into(bag: Path) -> None:
    with pytest.raises(Refused, match="is there already"):
        make_bag(bag, PAYLOAD, lambda _: {})


def test_one_flipped_byte_anywhere_is_found(bag: Path) -> None:
    for path in sorted(path for path in bag.rglob("*") if path.is_file()):
        good = path.read_bytes()
        for place in range(0, len(good), max(1, len(good) // 8)):
            path.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])

            assert check_bag(bag).faults, f"{path}, byte {place}"
        path.write_bytes(good)
    assert not check_bag(bag).faults


def _append(name: str, text: str) -> Callable[[Path], None]:
    def change(bag: Path) -> None:
        with (bag / name).open("a", encoding="utf-8") as file:
            file.write(text)
        reseal(bag)

    return change


def _write(name: str, data: bytes) -> Callable[[Path], None]:
    def change(bag: Path) -> None:
        (bag / name).write_bytes(data)
        reseal(bag)

    return change


def _strange_algorithm(bag: Path) -> None:
    (bag / "manifest-md5.txt").write_bytes(b"0" * 32 + b"  data/a.txt\n")
    reseal(bag)


BROKEN: dict[str, tuple[Callable[[Path], None], str]] = {
    # what is done, and the rule that is named
    "changed": (lambda bag: (bag / "data/a.txt").write_bytes(b"six\n"), "bag.digest"),
    "longer": (lambda bag: (bag / "data/a.txt").write_bytes(b"longer\n"), "bag.oxum"),
    "gone": (lambda bag: (bag / "data/a.txt").unlink(), "bag.missing"),
    "added": (lambda bag: (bag / "data/new.txt").write_bytes(b"new"), "bag.unlisted"),
    "tag added": (lambda bag: (bag / "note.txt").write_bytes(b"new"), "bag.unlisted"),
    "tag changed": (lambda bag: (bag / "README.txt").write_bytes(b"read it\n"), "bag.digest"),
    "tag gone": (lambda bag: (bag / "README.txt").unlink(), "bag.missing"),
    "in one manifest only": (
        _write("manifest-sha256.txt", format_manifest({"data/a.txt": A})), "bag.unlisted",
    ),
    "listed twice": (_append("manifest-sha256.txt", f"{A}  data/a.txt\n"), "bag.twice"),
    "asterisk": (_append("manifest-sha256.txt", f"{A} *data/x\n"), "bag.manifest"),
    "short digest": (_append("manifest-sha256.txt", "abcd  data/x\n"), "bag.manifest"),
    "climbs": (_append("manifest-sha256.txt", f"{A}  data/../../x\n"), "bag.path"),
    "absolute": (_append("manifest-sha256.txt", f"{A}  /etc/x\n"), "bag.path"),
    "tilde": (_append("manifest-sha256.txt", f"{A}  ~/x\n"), "bag.path"),
    "bare percent": (_append("manifest-sha256.txt", f"{A}  data/50%\n"), "bag.path"),
    "device": (_append("manifest-sha256.txt", f"{A}  data/NUL.txt\n"), "bag.path"),
    "case twins": (_append("manifest-sha256.txt", f"{A}  data/A.TXT\n"), "bag.twins"),
    "composed twins": (_append("manifest-sha256.txt", f"{A}  data/deep/e\u0301.bin\n"), "bag.twins"),
    "outside data": (_append("manifest-sha256.txt", f"{A}  README.txt\n"), "bag.manifest"),
    "no last line end": (_append("manifest-sha256.txt", f"{A}  data/x"), "bag.manifest"),
    "byte order mark": (_write("manifest-sha256.txt", b"\xef\xbb\xbf"), "bag.encoding"),
    "latin": (_write("bag-info.txt", b"Note: \xe9\n"), "bag.encoding"),
    "old algorithm": (_strange_algorithm, "bag.algorithm"),
    "version": (_write("bagit.txt", b"BagIt-Version: 2.0\nTag-File-Character-Encoding: UTF-8\n"), "bag.declaration"),
    "spaces in it": (
        _write("bagit.txt", b"BagIt-Version : 1.0\nTag-File-Character-Encoding: UTF-8\n"), "bag.declaration",
    ),
    "two sizes": (_append("bag-info.txt", "Payload-Oxum: 1.1\n"), "bag.info"),
    "no label": (_append("bag-info.txt", "what is this\n"), "bag.info"),
    "fetched elsewhere": (_write("fetch.txt", b"http://a.example/ 3 README.txt\n"), "bag.fetch"),
    "fetched, unlisted": (_write("fetch.txt", b"http://a.example/ 3 data/x\n"), "bag.fetch"),
    "no fetch line": (_write("fetch.txt", b"http://a.example/ data/a.txt\n"), "bag.fetch"),
    "no payload": (lambda bag: shutil.rmtree(bag / "data"), "bag.payload"),
    "no manifests": (lambda bag: [each.unlink() for each in bag.glob("manifest-*")], "bag.manifest"),
    "no tagmanifests": (lambda bag: [each.unlink() for each in bag.glob("tagmanifest-*")], "bag.unlisted"),
    "link": (lambda bag: (bag / "data/link").symlink_to("/etc/hostname"), "bag.path"),
    "pipe": (lambda bag: os.mkfifo(bag / "pipe"), "bag.path"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_bag_is_named_by_its_rule(bag: Path, name: str) -> None:
    change, rule = BROKEN[name]

    change(bag)

    assert rule in rules(bag)


@pytest.mark.slow
def test_whatever_bagit_refuses_we_refuse(bag: Path) -> None:
    """The other way round bagit is laxer: of the gallery it takes some, and the strict reader none."""
    shutil.copytree(bag, bag.with_name("kept"))
    for change, _ in BROKEN.values():
        shutil.rmtree(bag)
        shutil.copytree(bag.with_name("kept"), bag)
        change(bag)
        if not (bag / "pipe").exists():  # bagit would wait for somebody to write into it
            assert by_bagit(bag) <= bool(check_bag(bag).faults)


def test_what_is_to_be_fetched_is_missing_and_no_fault(bag: Path) -> None:
    (bag / "data/a.txt").unlink()
    _write("fetch.txt", b"https://a.example/a.txt 4 data/a.txt\n")(bag)

    found = check_bag(bag)

    assert (found.faults, found.missing) == ((), ("data/a.txt",))


def test_a_folder_without_declaration_is_no_bag(tmp_path: Path) -> None:
    with pytest.raises(BadRecord, match=r"\(bag.declaration\)"):
        check_bag(tmp_path)


@given(st.dictionaries(st.text(min_size=1, max_size=20).map(lambda text: f"data/{text}"), st.just(A), max_size=6))
def test_a_manifest_reads_as_it_was_written(digests: dict[str, str]) -> None:
    try:
        for path in digests:
            path.encode()
            refuse_path(path)
            assert path == path.strip()
        read = parse_manifest(format_manifest(digests), "sha256")
    except (BadRecord, UnicodeEncodeError, AssertionError):
        return

    assert read == digests


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_a_sentence(data: bytes) -> None:
    for parse in (parse_declaration, parse_fetch, parse_info, lambda it: parse_manifest(it, "sha256")):
        try:
            parse(data)
        except BadRecord as error:
            assert re.search(r"\(bag\.[a-z]+\)$", str(error))  # noqa: PT017


def test_a_path_is_spelled_as_the_rfc_spells_it() -> None:
    """Section 2.1.3; bagit 1.9 leaves the percent sign as it is, so a bundle's own names never hold one."""
    assert encode_path("a\nb\rc%d") == "a%0Ab%0Dc%25d"
    assert list(parse_manifest(f"{A}  data/a%0Ab%0dc%25d\n".encode(), "sha256")) == ["data/a\nb\rc%d"]


def test_a_folded_value_is_one_value() -> None:
    assert parse_info(b"A: one\n  two\nB-c: three: four\n") == (("A", "one two"), ("B-c", "three: four"))


def test_every_id_that_is_named_is_in_the_catalogue() -> None:
    folder = Path(__file__).parents[2] / "src" / "placet"
    found = {
        each for path in folder.rglob("*.py") for each in re.findall(r"\(((?:bag|custody)\.[a-z]+)\)", path.read_text())
    }

    assert found == {reason for reason in REASONS if reason.startswith(("bag.", "custody."))}
