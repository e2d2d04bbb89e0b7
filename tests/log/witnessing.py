"""Asks a witness for cosignatures until killed, now of one history and now of another: a process of its own.

python -m tests.log.witnessing FOLDER SEED
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from placet.log.witness import FileSeen, Witness
from placet.record.add_checkpoint import AddCheckpoint, format_add_checkpoint, parse_size
from placet.record.checkpoint import Checkpoint, format_checkpoint
from placet.record.merkle import Tree, consistency_path, leaf_hash
from placet.record.notes import ED25519, Vkey
from placet.signing.keys import Role, generate
from placet.signing.notes import Cosigner, sign_note

ORIGIN = "log.example/placet"
LOG = generate(bytes([1]) * 32, Role.LOG, ORIGIN)
COSIGNER = Cosigner(generate(bytes([9]) * 32, Role.WITNESS), "w.example")


def main(folder: str, seed: str) -> None:
    dice, old = random.Random(int(seed)), 0
    witness = Witness(
        COSIGNER,
        {ORIGIN: [Vkey(ORIGIN, ED25519, LOG.public)]},
        FileSeen(Path(folder) / "witness"),
        lambda: 1_800_000_000,
    )
    histories = [[leaf_hash(b"%d of %d" % (n, h if n > 2 else 0)) for n in range(3000)] for h in (0, 1)]
    while True:
        leaves, size = dice.choice(histories), old + dice.randrange(1, 4)
        tree = Tree(leaves[:size])
        note = sign_note(format_checkpoint(Checkpoint(ORIGIN, size, tree.root())), LOG, ORIGIN)
        path = consistency_path(old, size, tree.node)
        answer = witness.add_checkpoint(format_add_checkpoint(AddCheckpoint(old, path, note)))
        if answer.status == 200:
            old = size
            sys.stdout.write(f"cosigned {size} {tree.root().hex()}\n")
        elif answer.status == 409:
            old = parse_size(answer.body)
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
