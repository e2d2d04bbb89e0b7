"""Where the real pictures are, if they are: `$PLACET_SHARED`, or the repository's sibling `shared`."""

from __future__ import annotations

import os
from pathlib import Path


def shared() -> Path | None:
    """The folder that holds data/SOURCES.md, or None."""
    beside = Path(__file__).parents[2].parent / "shared"
    found = Path(os.environ.get("PLACET_SHARED", beside))
    return found if (found / "data" / "SOURCES.md").is_file() else None


def real_pictures() -> list[Path]:
    """The twelve paintings and photographs, in order of name; none where the folder is absent."""
    root = shared()
    return sorted((root / "data" / "images").glob("*.jpg")) if root else []
