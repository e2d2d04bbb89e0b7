"""Mirrors a log again and again until killed, and says what its copy shows: a process of its own.

python -m tests.log.mirroring HOME OUT
"""

from __future__ import annotations

import sys
from pathlib import Path

from placet.log.files import LogFiles
from placet.log.mirror import Mirror, need_checkpoint
from placet.log.signed import FolderSource
from placet.registry.openings import parse_opening
from placet.registry.projection import named
from tests.factories import a_home, policy_of


def main(home_path: str, out: str) -> None:
    home = a_home(Path(home_path))
    policy, source = policy_of(home), FolderSource(home.path / "log")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        copy = Mirror(LogFiles(Path(out)), source, named, parse_opening)
        copied = copy.copy(need_checkpoint(source), lambda _: policy, lambda *_: None, again=False)
        sys.stdout.write(f"shown {copied.checkpoint.size} {copied.checkpoint.root.hex()}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
