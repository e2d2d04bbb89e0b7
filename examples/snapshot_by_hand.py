"""Find exact copies without Placet: `python examples/snapshot_by_hand.py SNAPSHOT FILE...`.

A binary search in two raw arrays of a snapshot (docs/format.md), with the standard library alone.  It trusts the
snapshot: `placet snapshot verify` is what checks one.
"""

from __future__ import annotations

import hashlib
import mmap
import sys
from bisect import bisect_left
from pathlib import Path

KEY, WORK, ID = 32, 4, 16  # bytes a row of arrays/sha256.key, arrays/sha256.work and arrays/works.id


class Rows:
    """A file of rows of one size, mapped and never parsed."""

    def __init__(self, path: Path, size: int) -> None:
        self.size, self.count = size, path.stat().st_size // size
        with path.open("rb") as file:
            self.data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if self.count else b""

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, row: int) -> bytes:
        return bytes(self.data[row * self.size : (row + 1) * self.size])


def main(words: list[str]) -> int:
    snapshot, *files = map(Path, words)
    arrays = snapshot / "arrays"
    keys, works = Rows(arrays / "sha256.key", KEY), Rows(arrays / "sha256.work", WORK)
    ids = Rows(arrays / "works.id", ID)
    for file in files:
        digest = hashlib.sha256(file.read_bytes()).digest()
        row = bisect_left(keys, digest)
        found = [int.from_bytes(works[at], "little") for at in range(row, len(keys)) if keys[at] == digest]
        print(f"{file}: {', '.join(f'work {ids[work].hex()}' for work in found) or 'nobody registered these bytes'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
