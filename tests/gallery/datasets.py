"""Hostile and broken datasets, made in a folder you give. Every name says what is wrong."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

__all__ = [
    "BROKEN_TARS",
    "JPEG",
    "UNSAFE_TARS",
    "corrupt_page",
    "cut",
    "good_members",
    "header",
    "member",
    "tar",
    "unsafe_folder",
    "zst_bomb",
]

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(200))
END = bytes(1024)


def header(name: bytes, size: int | bytes, kind: bytes = b"0", prefix: bytes = b"") -> bytes:
    """A ustar header with a right checksum, whatever else is wrong with it."""
    field = size if isinstance(size, bytes) else b"%011o\0" % size
    block = b"".join(
        [
            name.ljust(100, b"\0"),
            b"0000644\0" + b"0000000\0" * 2,
            field.ljust(12, b"\0"),
            b"00000000000\0",
            b" " * 8,
            kind,
            b"\0" * 100,
            b"ustar\x0000",
            b"\0" * 80,
            prefix.ljust(155, b"\0"),
        ]
    ).ljust(512, b"\0")
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def member(name: bytes, data: bytes, kind: bytes = b"0", prefix: bytes = b"") -> bytes:
    return header(name, len(data), kind, prefix) + data + bytes(-len(data) % 512)


def good_members(count: int = 4) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for number in range(count):
        found[f"{number:03d}.jpg"] = JPEG + bytes([number])
        found[f"{number:03d}.txt"] = b"caption %d" % number
    return found


def tar(members: dict[str, bytes], format_: int = tarfile.PAX_FORMAT) -> bytes:
    """What the standard library writes."""
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode="w", format=format_) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return into.getvalue()


_GOOD = member(b"000.jpg", JPEG) + member(b"000.txt", b"first")
_NEXT = member(b"001.jpg", JPEG)

# name: (the archive, what the last row says); before it stands the good sample 000
BROKEN_TARS: dict[str, tuple[bytes, str]] = {
    "no-end-mark": (_GOOD + _NEXT, "ends without its end mark"),
    "cut-in-data": (_GOOD + _NEXT[:-400], "001.jpg is cut off: 112 of 204 bytes"),
    "cut-behind-data": (_GOOD + _NEXT[:-300], "the archive is cut off right behind 001.jpg"),
    "cut-in-header": (_GOOD + _NEXT[:100], "ends without its end mark"),
    "wrong-checksum": (_GOOD + b"X" + _NEXT[1:] + END, "checksum of a header is wrong"),
    "garbage-after-the-end": (_GOOD + END + b"hidden" + bytes(506), "512 bytes follow the end"),
    "second-archive-after-the-end": (_GOOD + END + _NEXT + END, "follow the end"),
    "size-beyond-the-file": (_GOOD + header(b"001.jpg", 1 << 30) + END, "is cut off"),
    "size-of-terabytes": (
        _GOOD + header(b"001.jpg", b"\x80" + (1 << 80).to_bytes(11, "big")) + END,
        "is cut off",
    ),
    "negative-size": (_GOOD + header(b"001.jpg", b"\xff" * 12) + END, "negative number"),
    "size-not-octal": (_GOOD + header(b"001.jpg", b"00000000189\0") + END, "not octal"),
    "pax-header-of-gigabytes": (
        _GOOD + header(b"x", 1 << 31, b"x") + END,
        "claims 2,147,483,648 bytes, more than the limit",
    ),
    "pax-header-cut": (_GOOD + header(b"x", 4000, b"x") + b"30 path=a\n", "within an extended header"),
    "pax-record-lies": (_GOOD + member(b"x", b"99 path=a.jpg\n", b"x") + _NEXT + END, "cannot be read"),
    "pax-size-beyond-the-file": (
        _GOOD + member(b"x", b"26 size=99999999999999999\n", b"x") + _NEXT + END,
        "is cut off",
    ),
    "pax-size-no-number": (_GOOD + member(b"x", b"12 size=-10\n", b"x") + _NEXT + END, "no number"),
    "pax-header-alone": (_GOOD + member(b"x", b"13 path=a.jp\n", b"x") + END, "followed by no member"),
    "link-with-data": (_GOOD + member(b"001.jpg", JPEG, b"1") + END, "and yet has 204 bytes"),
    "sparse": (_GOOD + member(b"001.jpg", JPEG, b"S") + END, "sparse"),
}

# name: (one member, the key of its row, what is said); it stands between the good samples 000 and 001
UNSAFE_TARS: dict[str, tuple[bytes, str, str]] = {
    "climbs": (member(b"../../etc/cron.jpg", JPEG), "../../etc/cron", "climbs out of the dataset"),
    "climbs-in-windows": (member(b"a\\..\\..\\b.jpg", JPEG), "a\\\\", "climbs out of the dataset"),
    "absolute": (member(b"/etc/x.jpg", JPEG), "/etc/x", "has an absolute path"),
    "drive": (member(b"C:/x.jpg", JPEG), "C:/x", "has an absolute path"),
    "symlink": (header(b"s.jpg", 0, b"2"), "s", "is a symbolic link"),
    "hard-link": (header(b"h.jpg", 0, b"1"), "h", "is a hard link"),
    "device": (header(b"d.jpg", 0, b"3"), "d", "is a device"),
    "pipe": (header(b"p.jpg", 0, b"6"), "p", "is a pipe"),
    "unknown-type": (member(b"u.jpg", JPEG, b"Z"), "u", "unknown type 'Z'"),
    "pax-climbs": (
        member(b"x", b"20 path=../../a.jpg\n", b"x") + member(b"fine.jpg", JPEG),
        "../../a",
        "climbs out of the dataset",
    ),
    "prefix-climbs": (member(b"a.jpg", JPEG, prefix=b"ok/../.."), "ok/../../a", "climbs out"),
}


def around(middle: bytes) -> bytes:
    return _GOOD + middle + _NEXT + END


def corrupt_page(path: Path) -> None:
    """A Parquet file whose second half of pages is damaged; its footer is whole."""
    texts = [os.urandom(40).hex() for _ in range(4000)]
    pq.write_table(pa.table({"text": texts}), path, use_dictionary=False, data_page_size=4096, write_page_checksum=True)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 64] = b"\xff" * 64
    path.write_bytes(data)


def cut(data: bytes, packing: str) -> bytes:
    """Packed, and cut in the middle."""
    packed = gzip.compress(data, mtime=0) if packing == "gz" else zstandard.compress(data)
    return packed[: len(packed) // 2]


def zst_bomb(size: int) -> bytes:
    """A few kB that become one line of `size` bytes."""
    pack = zstandard.ZstdCompressor().compressobj()
    block = b'{"text":"' + b"a" * ((1 << 20) - 9)
    return b"".join(pack.compress(block) for _ in range(size >> 20)) + pack.flush()


def unsafe_folder(root: Path) -> None:
    """One good picture among links, loops, pipes and a name that is no UTF-8."""
    (root / "sub").mkdir(parents=True)
    (root / "good.jpg").write_bytes(JPEG)
    (root / "outside.jpg").symlink_to("/etc/hostname")
    (root / "sub" / "loop").symlink_to("..")
    (root / "shard.tar").symlink_to("good.jpg")
    os.mkfifo(root / "pipe.parquet")
    Path(os.fsdecode(os.fsencode(root) + b"/caf\xe9.txt")).write_text("latin", encoding="ascii")
