"""A snapshot has to stay as it was believed for as long as a run reads it.

Its files are mapped and read when they are needed, so that one that is changed in place would change answers without a
word. What was judged meanwhile is thrown away; what earlier runs left is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from placet.clearance.nobody import is_nobody
from placet.clearance.rows import printable
from placet.errors import BadInput, Refused, VerificationFailed
from placet.snapshot.library import Library, check_files
from placet.snapshot.pin import Pin, pin

__all__ = ["Watch", "watch"]


@dataclass(frozen=True, slots=True)
class Watch:
    """What a snapshot was when it was believed; no `pin` where nobody was asked."""

    library: Library
    pin: Pin | None

    @contextmanager
    def during(self, out: Path) -> Iterator[None]:
        """Refused at the end, however it ended, when the snapshot is not what it was; then no new unit of OUT stays."""
        before = _records(out)
        try:
            yield
        finally:
            if why := self._change():
                new = [path for path, stamp in _records(out).items() if before.get(path) != stamp]
                for path in new:
                    path.unlink(missing_ok=True)
                raise Refused(
                    f"the snapshot was changed while it was being read ({why}), so that {len(new):,} units were thrown"
                    " away: leave it alone, and run the same command again"
                )

    def _change(self) -> str:
        """What was changed; a new time of an untouched file is no change."""
        try:
            if self.pin is not None and pin(self.library) != self.pin:
                check_files(self.library.folder, self.library.manifest)
        except (VerificationFailed, BadInput, OSError) as error:
            return printable(str(error)).rstrip(".")
        return ""


def watch(library: Library) -> Watch:
    """To be called as soon as it is believed."""
    return Watch(library, None if is_nobody(library) else pin(library))


def _records(out: Path) -> dict[Path, tuple[int, int]]:
    found = {path: path.stat() for path in (out / "units").glob("*.json") if path.stem.isdigit()}
    return {path: (stat.st_mtime_ns, stat.st_ino) for path, stat in found.items()}
