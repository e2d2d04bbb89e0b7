"""What receipts in the home keep in the clear: openings, names of files, and pages; and making them forget.

A receipt stays valid without them: a proof holds its entry and the log's word, and no name.  Copies of a receipt that
lie elsewhere are their holder's, and open her commitments for her.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from placet.app import Home
from placet.core.work import parse_record
from placet.errors import PlacetError
from placet.log.files import shred
from placet.record.entries import parse_entry
from placet.record.proof import MAX_PROOF, parse_proof
from placet.registry.openings import Opening
from placet.registry.projection import work_id
from placet.registry.receipts import FORGOTTEN
from placet.store.vault import overwrite

__all__ = ["Kept", "forget_kept", "holding", "kept_openings", "unread"]

_OPENINGS, _FILES, _PAGE, _README = "openings.json", "works.csv", "receipt.html", "README.txt"


@dataclass(frozen=True, slots=True)
class Kept:
    """An opening that lies in the clear; `told` is what the file says of it."""

    value: str
    show: bool
    told: Mapping[str, Any]


def kept_openings(home: Home) -> dict[str, Kept]:
    """Every opening in the receipts of this home, by its commitment; those that cannot be read are `unread`."""
    found = dict[str, Kept]()
    for folder in _folders(home):
        for name, each in (_read(folder / _OPENINGS) or {}).items():
            found[name] = Kept(each["value"], bool(each["show"]), each)
    return found


def unread(home: Home) -> list[Path]:
    """Files in receipts that should hold openings, and cannot be read: nobody knows of whom."""
    return [folder / _OPENINGS for folder in _folders(home) if _read(folder / _OPENINGS) is None]


def holding(home: Home, gone: Collection[str], keys: Collection[str] = ()) -> list[Path]:
    """The folders of receipts that hold one of these openings, or are of one of these keys and hold names still."""
    return [folder for folder in _folders(home) if _is_meant(folder, gone, keys)]


def forget_kept(home: Home, gone: Collection[str], keys: Collection[str] = ()) -> None:
    """Destroy these openings in every receipt here, with the pages and names of files beside them.

    Of a receipt of one of these `keys`, all openings and all names of files go.
    """
    for folder in holding(home, gone, keys):
        meant = None if _is_of(folder, keys) else gone
        _drop_openings(folder / _OPENINGS, meant)
        _drop_files(folder, meant)
        shred(folder / _PAGE)
        readme = folder / _README
        if readme.exists() and FORGOTTEN.encode() not in (said := readme.read_bytes()):
            overwrite(readme, said + b"\n" + FORGOTTEN.encode())


def _folders(home: Home) -> list[Path]:
    return sorted(path for path in (home.path / "receipts").glob("*") if path.is_dir())


def _is_meant(folder: Path, gone: Collection[str], keys: Collection[str]) -> bool:
    is_there = any((folder / name).exists() for name in (_OPENINGS, _FILES, _PAGE))
    return is_there and (not set(gone).isdisjoint(_read(folder / _OPENINGS) or ()) or _is_of(folder, keys))


def _is_of(folder: Path, keys: Collection[str]) -> bool:
    """Whether a proof in the folder is of an entry by one of these keys."""
    for path in sorted(folder.glob("*.tlog-proof")) if keys else ():
        with suppress(PlacetError):
            if parse_entry(parse_proof(path.read_bytes()[: MAX_PROOF + 1]).extra).by in keys:
                return True
    return False


def _read(path: Path) -> dict[str, Any] | None:
    """The openings in a file; empty where there is no file, None where it is not what opens commitments."""
    try:
        told = json.loads(path.read_bytes())
        return told if all(_opens(name, each) for name, each in told.items()) else None
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _opens(name: str, told: Any) -> bool:
    return Opening(salt=bytes.fromhex(told["salt"]), value=told["value"], show=told["show"] == 1).commitment == name


def _drop_openings(path: Path, gone: Collection[str] | None) -> None:
    """Those that are gone, or all; what cannot be read stays where it is not hers, since it may be another's."""
    told = _read(path)
    if told is None and gone is not None:
        return
    left = {name: each for name, each in (told or {}).items() if gone is not None and name not in gone}
    if left:
        overwrite(path, json.dumps(left, indent=1, sort_keys=True).encode() + b"\n")
    else:
        shred(path)


def _drop_files(folder: Path, gone: Collection[str] | None) -> None:
    """Leave the names of files empty: all of them, or those of the works whose title is gone."""
    path = folder / _FILES
    if not path.exists():
        return
    works = None if gone is None else set(_titled(folder, gone))
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8", errors="backslashreplace"), newline="")))
    out = io.StringIO()
    writer = csv.DictWriter(out, ["file", "work", "sha256", "notice"], extrasaction="ignore")
    writer.writeheader()
    writer.writerows(row | {"file": ""} if works is None or row["work"] in works else row for row in rows)
    overwrite(path, out.getvalue().encode("utf-8", "backslashreplace"))


def _titled(folder: Path, gone: Collection[str]) -> Iterator[str]:
    """The works in a folder of receipts whose title is one of these commitments."""
    for path in sorted(folder.glob("works*.jsonl")):
        for record in path.read_bytes().split(b"\n")[:-1]:
            if parse_record(record).title in gone:
                yield work_id(record)
