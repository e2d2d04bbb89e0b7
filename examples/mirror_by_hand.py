"""Read a whole log without Placet: `python examples/mirror_by_hand.py FOLDER LOG.policy`.

FOLDER is a mirror, or the `log/` of an export or a snapshot.  Written from docs/format.md alone, with the standard
library and the package `cryptography` for Ed25519.  It recomputes the root from the entries, compares every tile,
verifies every signature and every chain, opens what was published, and prints who said what.
"""

from __future__ import annotations

import json
import sys
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WIDTH = 256


class Broken(Exception):
    """Something does not hold; the sentence says what."""


def main(words: list[str]) -> int:
    folder, policy = Path(words[0]), Path(words[1]).read_text(encoding="utf-8")
    try:
        origin, size, root = read_checkpoint((folder / "checkpoint").read_bytes(), policy)
        data = list(read_entries(folder, size))
        check_tree(folder, [leaf(each) for each in data], root)
        lines = list(Reader(folder).tell(data))
    except (Broken, InvalidSignature, OSError, ValueError, KeyError) as error:
        print(f"BROKEN: {str(error) or 'a signature does not hold'}")
        return 1
    print(*lines, sep="\n")
    print(f"{size} entries of the log {origin} give the root {root.hex()} that it signed; every signature holds.")
    return 0


# --- the checkpoint: a signed note ------------------------------------------------------------------


def read_checkpoint(note: bytes, policy: str) -> tuple[str, int, bytes]:
    """Origin, size and root, if a log of the policy signed them."""
    text, _, signatures = note.decode().rpartition("\n\n")
    text += "\n"
    origin, size, root = text.split("\n")[:3]
    for line in policy.splitlines():
        if not line.startswith("log "):
            continue
        name, key_id, encoded = line.split()[1].split("+", 2)
        key = b64decode(encoded)
        if name != origin or key[0] != 1 or sha256(f"{name}\n".encode() + key).hexdigest()[:8] != key_id:
            continue
        for signature in signatures.splitlines():
            _, who, blob = signature.split(" ")
            if who == name and b64decode(blob)[:4].hex() == key_id:
                Ed25519PublicKey.from_public_bytes(key[1:]).verify(b64decode(blob)[4:], text.encode())
                return origin, int(size), b64decode(root)
    raise Broken("no log that the policy trusts has signed this checkpoint")


# --- tiles and bundles ------------------------------------------------------------------------------


def leaf(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def root_of(hashes: list[bytes]) -> bytes:
    """RFC 6962: pairs, level by level; an odd one at the end is carried up as it is."""
    while len(hashes) > 1:
        pairs = [sha256(b"\x01" + a + b).digest() for a, b in zip(hashes[::2], hashes[1::2], strict=False)]
        hashes = pairs + hashes[len(pairs) * 2 :]
    return hashes[0] if hashes else sha256(b"").digest()


def find(folder: Path, kind: str, index: int, width: int) -> bytes:
    """A file of 256 items, or the beginning of it: `kind` is a level or `entries`."""
    digits, number = f"{index % 1000:03d}", index // 1000
    while number:
        digits, number = f"x{number % 1000:03d}/{digits}", number // 1000
    whole = folder / "tile" / kind / digits
    partial = whole.with_name(whole.name + ".p") / str(width)
    return (partial if width < WIDTH and partial.exists() else whole).read_bytes()


def read_entries(folder: Path, size: int) -> Iterator[bytes]:
    for index in range(-(-size // WIDTH)):
        width = min(WIDTH, size - index * WIDTH)
        bundle, at = find(folder, "entries", index, width), 0
        for _ in range(width):
            end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
            if at + 2 > len(bundle) or end > len(bundle):
                raise Broken(f"bundle {index} is cut off")
            yield bundle[at + 2 : end]
            at = end


def check_tree(folder: Path, hashes: list[bytes], root: bytes) -> None:
    """The root over the entries is the signed one, and every tile holds what the entries give."""
    if root_of(hashes) != root:
        raise Broken("the entries do not give the root that was signed")
    level = 0
    while hashes:
        for index in range(-(-len(hashes) // WIDTH)):
            due = hashes[index * WIDTH : (index + 1) * WIDTH]
            if find(folder, str(level), index, len(due))[: 32 * len(due)] != b"".join(due):
                raise Broken(f"tile {index} of level {level} does not hold the hashes of its entries")
        hashes = [root_of(hashes[i : i + WIDTH]) for i in range(0, len(hashes) // WIDTH * WIDTH, WIDTH)]
        level += 1


# --- entries ----------------------------------------------------------------------------------------


class Reader:
    """What was said before the entry at hand: names of keys, titles of works, the newest entry of each key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.newest: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.titles: dict[str, str] = {}
        self.withheld = 0

    def tell(self, entries: list[bytes]) -> Iterator[str]:
        for index, data in enumerate(entries):
            entry = self.check(index, data)
            body, by = entry["body"], entry["by"]
            if entry["type"] == "key.add":
                self.names[by] = self.opened(body["name"])
            what = getattr(self, f"tell_{entry['type'].replace('.', '_')}", canonical)(body)
            day = datetime.fromtimestamp(body["at"], UTC).strftime("%Y-%m-%d")
            what = what.decode() if isinstance(what, bytes) else what
            yield plain(f"{index:6} {day} {self.names.get(by) or by[:16]}: {entry['type']} {what}")
        if self.withheld:
            yield f"{self.withheld} blobs are withheld, which breaks nothing."

    def check(self, index: int, data: bytes) -> Any:
        """One entry: canonical, signed by the key that it names, after that key's entry before."""
        entry = json.loads(data)
        if canonical(entry) != data or entry["v"] != 1:
            raise Broken(f"entry {index} is not written as entries are")
        unsigned = canonical({name: value for name, value in entry.items() if name != "sig"})
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(entry["by"]))
        key.verify(bytes.fromhex(entry["sig"]), b"placet/entry/v1\n" + unsigned)
        if entry["prev"] != self.newest.get(entry["by"], ""):
            raise Broken(f"entry {index} does not follow its key's entry before it")
        self.newest[entry["by"]] = leaf(data).hex()
        return entry

    def tell_key_add(self, body: Any) -> str:
        return f"as {body['role']}"

    def tell_work_add(self, body: Any) -> str:
        blob = self.blob(body["blob"])
        if blob is None:
            return f"{body['count']} works, withheld"
        records = blob.split(b"\n")[:-1]
        if len(records) != body["count"] or root_of([leaf(each) for each in records]).hex() != body["root"]:
            raise Broken("the works are not those that the entry carries the root of")
        for record in records:
            said = json.loads(record)
            self.titles[leaf(record)[:16].hex()] = (
                self.opened(said["title"]) or f"{said['medium']} {said['sha256'][:12]}"
            )
        return ", ".join(self.titles[leaf(each)[:16].hex()] for each in records)

    def tell_declare(self, body: Any) -> str:
        about = ", ".join(self.titles.get(each.removeprefix("work:"), each) for each in body["subjects"])
        terms = self.blob(body["terms"]) if body["terms"] else None
        return f"{body['stance']} {' '.join(body['uses'])} for {about}" + (f": {terms.decode()!r}" if terms else "")

    def tell_withdraw(self, body: Any) -> str:
        return f"takes back {body['declaration'][:16]}"

    def blob(self, digest: str) -> bytes | None:
        path = self.folder / "blobs" / digest[:2] / digest
        if not path.exists():
            self.withheld += 1
            return None
        data = path.read_bytes()
        if sha256(data).hexdigest() != digest:
            raise Broken(f"blob {digest} is not what its name says")
        return data

    def opened(self, commitment: str) -> str:
        """The value behind a commitment, where its holder published it."""
        path = self.folder / "openings" / commitment[:2] / commitment
        if not commitment or not path.exists():
            return ""
        said = json.loads(path.read_bytes())
        hashed = sha256(b"placet/commitment/v1\n" + bytes.fromhex(said["salt"]) + said["value"].encode()).hexdigest()
        if hashed != commitment:
            raise Broken(f"the opening of {commitment} does not open it")
        return str(said["value"]) if said["show"] == 1 else ""


def plain(text: str) -> str:
    """Names and titles come from outside, and must not move the reader's cursor."""
    return "".join(char if char.isprintable() else "?" for char in text)


def canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
