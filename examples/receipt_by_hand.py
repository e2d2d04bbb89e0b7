"""Check a receipt without Placet: `python examples/receipt_by_hand.py RECEIPT.tlog-proof LOG.policy`.

docs/format.md in sixty lines.  Needs the package `cryptography` for Ed25519, and nothing else.
"""

from __future__ import annotations

import json
import sys
from base64 import b64decode
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def main(words: list[str]) -> int:
    receipt, policy = (Path(word).read_bytes() for word in words)
    try:
        head, _, checkpoint = receipt.partition(b"\n\n")
        _, extra, index, *path = head.decode().split("\n")
        data, place = b64decode(extra.removeprefix("extra ")), int(index.removeprefix("index "))
        size, root = open_checkpoint(checkpoint, policy.decode())
        walk(data, place, size, [b64decode(line) for line in path], root)
        entry = check_entry(data)
    except (InvalidSignature, ValueError) as error:
        print(f"BROKEN: {str(error) or 'a signature does not hold'}")
        return 1
    print(f"entry {place} of {size}, said by {entry['by'][:16]}: {json.dumps(entry['body'], sort_keys=True)[:300]}")
    return 0


def open_checkpoint(note: bytes, policy: str) -> tuple[int, bytes]:
    """The size and root that a log of the policy signed."""
    text, _, signatures = note.decode().rpartition("\n\n")
    origin, size, root = (text + "\n").split("\n")[:3]
    for line in (line for line in policy.splitlines() if line.startswith("log ")):
        name, key_id, key = line.split()[1].split("+", 2)
        for signature in signatures.splitlines():
            _, who, blob = signature.split(" ")
            if who == name == origin and b64decode(blob)[:4].hex() == key_id:
                Ed25519PublicKey.from_public_bytes(b64decode(key)[1:]).verify(b64decode(blob)[4:], f"{text}\n".encode())
                return int(size), b64decode(root)
    raise ValueError("no log that the policy trusts has signed this checkpoint")


def walk(data: bytes, index: int, size: int, path: list[bytes], root: bytes) -> None:
    """RFC 9162, section 2.1.3.2: from the leaf to the root."""
    here, last = index, size - 1
    value = sha256(b"\x00" + data).digest()
    for sibling in path:
        if here & 1 or here == last:
            value = sha256(b"\x01" + sibling + value).digest()
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            value = sha256(b"\x01" + value + sibling).digest()
        here, last = here >> 1, last >> 1
    if last or value != root:
        raise ValueError("the entry is not in the tree that the log signed")


def check_entry(data: bytes) -> dict[str, str]:
    """The entry, signed by the key that it names."""
    entry: dict[str, str] = json.loads(data)
    unsigned = {name: value for name, value in entry.items() if name != "sig"}
    message = json.dumps(unsigned, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(entry["by"]))
    key.verify(bytes.fromhex(entry["sig"]), b"placet/entry/v1\n" + message)
    return entry


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
