"""Find exact copies without Placet: `python examples/snapshot_by_hand.py SNAPSHOT FILE...`.

A binary search in two raw arrays of each part of a snapshot (docs/format.md), with the standard library alone.  It
trusts the snapshot: `placet snapshot verify` is what checks one.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import sys
from bisect import bisect_left
from pathlib import Path

KEY, WORK, ID = 32, 4, 16  # bytes a row of sha256.key, of sha256.work and works.number, and of works.id


class Rows:
    """A file of rows of one size, mapped and never parsed."""

    def __init__(self, path: Path, size: int) -> None:
        self.size, self.count = size, path.stat().st_size // size if path.exists() else 0
        self.data: mmap.mmap | bytes = b""
        if self.count:
            with path.open("rb") as file:
                self.data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, row: int) -> bytes:
        return bytes(self.data[row * self.size : (row + 1) * self.size])


def parts(snapshot: Path) -> list[Path]:
    """The arrays of the snapshot itself, then those of each segment by which it grew."""
    manifest = json.loads((snapshot / "manifest.json").read_bytes())
    grown = [f"segments/{each['from']}-{each['until']}" for each in manifest.get("segments", ())]
    return [snapshot / part / "arrays" for part in ("", *grown)]


def works_with(arrays: Path, digest: bytes) -> list[str]:
    """The ids of the works of one part whose file has this SHA-256."""
    keys, works = Rows(arrays / "sha256.key", KEY), Rows(arrays / "sha256.work", WORK)
    ids, numbers = Rows(arrays / "works.id", ID), Rows(arrays / "works.number", WORK)
    found, row = [], bisect_left(keys, digest)
    while row < len(keys) and keys[row] == digest:
        number = works[row]  # of the work in the whole; a segment's own rows are found by `works.number`
        own = (at for at in range(len(numbers)) if numbers[at] == number)
        found.append(ids[next(own, int.from_bytes(number, "little"))].hex())
        row += 1
    return found


def main(words: list[str]) -> int:
    snapshot, *files = map(Path, words)
    for file in files:
        digest = hashlib.sha256(file.read_bytes()).digest()
        found = [work for arrays in parts(snapshot) for work in works_with(arrays, digest)]
        print(f"{file}: {', '.join(f'work {work}' for work in found) or 'nobody registered these bytes'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
