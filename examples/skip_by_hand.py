"""Read an archive without what a clearance left out: `python examples/skip_by_hand.py OUT ARCHIVE [KEY]`.

Nothing of Placet is imported: docs/format.md is enough.  It prints what may be used of a tar, WARC, Parquet, Arrow or
JSON-lines file, one name, offset or row a line, after checking the signature (by KEY, in hex, if you give it), the
index and the archive.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def certified(out: Path, key: str) -> dict:
    """The index, as the certificate beside it vouches for it."""
    envelope = json.loads((out / "clearance.json").read_bytes())
    payload, kind = base64.b64decode(envelope["payload"]), envelope["payloadType"]
    predicate = json.loads(payload)["predicate"]
    signed = b"DSSEv1 %d %b %d %b" % (len(kind), kind.encode(), len(payload), payload)
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key or predicate["key"]["public"]))
    public.verify(base64.b64decode(envelope["signatures"][0]["sig"]), signed)  # raises when it does not hold
    index = (out / "skip-index.json").read_bytes()
    if hashlib.sha256(index).hexdigest() != predicate["outputs"]["skip-index.json"]:
        sys.exit("the index is not the one that was certified")
    return json.loads(index)


def places(path: Path, kind: str, end: int) -> Iterator[tuple[int, str]]:
    """Where each member, record or row begins, and what to call it."""
    if kind == "webdataset":
        with tarfile.open(path, "r:") as tar:
            while (member := tar.next() if tar.offset < end else None) is not None:
                yield member.offset, member.name
    elif kind == "warc":
        packed = path.read_bytes()
        for begin, stop in warc_members(packed) if packed.startswith(b"\x1f\x8b") else []:
            head = gzip.decompress(packed[begin:stop])[:4096].decode("utf-8", "replace").splitlines()
            uri = next((line[17:].strip() for line in head if line.startswith("WARC-Target-URI: ")), "")
            yield begin, uri
    else:
        first = 1 if kind == "jsonl" else 0
        yield from ((row, str(row)) for row in range(first, end))


def warc_members(packed: bytes) -> Iterator[tuple[int, int]]:
    import zlib

    at = 0
    while at < len(packed):
        inflate = zlib.decompressobj(31)
        inflate.decompress(packed[at:])
        yield at, len(packed) - len(inflate.unused_data)
        at = len(packed) - len(inflate.unused_data)


def main(words: list[str]) -> int:
    out, path, key = Path(words[0]), Path(words[1]), words[2] if len(words) > 2 else ""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    archive = next((each for each in certified(out, key)["archives"] if each["sha256"] == digest), None)
    if archive is None:
        sys.exit(f"{path} is not an archive that was cleared: leave out all of it")
    for place, name in places(path, archive["format"], archive["end"]):
        if place < archive["end"] and not any(begin <= place < end for begin, end in archive["skip"]):
            print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
