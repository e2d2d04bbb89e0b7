"""The last gate before a model: `python examples/with_torch.py`; with torch installed it feeds a DataLoader.

Rows are judged as they are read. The second loop stops at the first picture that may not be used, as a training
that must never meet one would.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from examples.story.registry import a_clearance, a_stage  # noqa: E402
from placet.clearance.adapters.torch import ClearedRows  # noqa: E402
from placet.errors import Refused  # noqa: E402


class Pictures:
    """A stream of rows, as a data set of one's own gives them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for file in sorted(self.folder.glob("*.jpg")):
            yield {"name": file.name, "image": file.read_bytes()}


def main(words: list[str]) -> int:
    stage = a_stage(words)
    pictures, clearance = Pictures(stage / "dataset"), a_clearance(stage)
    rows: Any = ClearedRows(pictures, clearance)
    if importlib.util.find_spec("torch"):
        from torch.utils.data import DataLoader

        rows = DataLoader(rows, batch_size=None)
    for row in rows:
        print("kept", row["name"])
    try:
        list(ClearedRows(pictures, clearance, refuse=True))
    except Refused as error:
        print("stopped:", error)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
