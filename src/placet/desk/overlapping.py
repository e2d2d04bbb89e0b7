"""Overlaps at birth: new works that somebody else registered before are contested from the start, and both are told.

The operator's home computes them after each submission, of what came since it last did, and its log says them by
`claim.overlap`.  Anybody can compute them again from the sheets.  Works of one party, and of two of which one acts for
the other, are none.  What is in the public domain (`commons`) is contested too; nothing is refused for it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from placet.app import Home
from placet.core.authority import Authority
from placet.core.canonical import decode, encode
from placet.core.standing import PUBLIC_DOMAIN, Disputes
from placet.core.subject import Kind, Subject
from placet.core.work import Work
from placet.desk.identifying import authority_of
from placet.errors import BadInput, NotFound, Refused
from placet.fingerprints.describe import describe
from placet.fingerprints.sheet import Sheet, parse_sheet
from placet.log.files import write_durable
from placet.log.lock import locked
from placet.registry.compose import Composer
from placet.registry.gather import gather
from placet.snapshot.overlaps import Known, New

__all__ = ["MOST", "Overlap", "commons_digest", "look_for_overlaps", "take_commons"]

MOST: Final = 3  # overlaps told of one new work, the nearest first
_AT_ONCE: Final = 500
_NO_SHEET: Final = Sheet(plh={})
_SKETCH: Final = 16_384  # fingerprints of each text of the list: of most books so many that excerpts are found


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """`older` is a work, or a fingerprint of the commons; `by` the key that registered it, or ""."""

    older: Subject
    newer: str
    by: str
    newer_by: str
    method: str
    score: int


def look_for_overlaps(home: Home) -> list[Overlap]:
    """Compare what came since the last time with all that is older, and say on the log what was found."""
    with locked(home.path / "overlaps.lock"):
        known, commons = Known(home.path / "cache" / "overlaps"), _Commons(home.path / "commons")
        size, found, authority = home.size, list[Overlap](), authority_of(home)
        if known.size > size:
            raise Refused(f"{home.path / 'cache' / 'overlaps'} is of a longer log than this: remove the folder")
        for some in _entries(home, known.size):
            found += _compare(home, some, known, commons, authority)
        told = _untold(home, found)
        for start in range(0, len(told), _AT_ONCE):
            _say(home, told[start : start + _AT_ONCE])
        known.keep(size)
    return told


def _entries(home: Home, since: int) -> Iterator[list[Work]]:
    """The works of one entry after the other."""
    for _, works in groupby(home.registry.works_since(since), key=lambda work: work.index):
        yield list(works)


def _compare(home: Home, works: list[Work], known: Known, commons: _Commons, authority: Authority) -> list[Overlap]:
    """The overlaps of the works of one entry with all that is older; from then on they are older, too."""
    new = [New(id=work.id, by=work.by, sheet=_sheet(home, work)) for work in works]
    same = home.registry.works_of_digests({work.record.sha256 for work in works})
    near: dict[int, dict[str, Overlap]] = defaultdict(dict)
    for at, each in known.near(new):
        near[at].setdefault(each.older, _overlap(works[at], each.older, each.by, each.method, each.distance))
    found = list[Overlap]()
    for at, work in enumerate(works):
        older = (each for each in same.get(work.record.sha256, ()) if each.index < work.index)
        near[at] |= {each.id: _overlap(work, each.id, each.by, "sha256", 0) for each in older}
        party = authority.party_of(work.by)
        others = [each for each in near[at].values() if authority.party_of(each.by) != party]
        found += sorted(others, key=lambda each: (each.score, str(each.older)))[:MOST]
    found += commons.overlaps(works, new)
    known.add(new)
    return found


def _overlap(work: Work, older: str, by: str, method: str, score: int) -> Overlap:
    subject = Subject(Kind.WORK, older)
    return Overlap(older=subject, newer=work.id, by=by, newer_by=work.by, method=method, score=score)


def _sheet(home: Home, work: Work) -> Sheet:
    """What is withheld, or cannot be read, is compared by its bytes alone."""
    data = home.log_files.blob(work.record.prints) if work.record.prints else None
    try:
        return parse_sheet(data) if data is not None else _NO_SHEET
    except BadInput:
        return _NO_SHEET


def _untold(home: Home, found: Sequence[Overlap]) -> list[Overlap]:
    """Those between parties that are strangers, of which the log did not speak yet."""
    if not found:
        return []
    authority = Authority.of(home.registry.acts())
    disputes = Disputes.of(authority)
    return [each for each in found if _is_new(each, disputes) and (not each.by or _is_of_strangers(each, disputes))]


def _is_new(each: Overlap, disputes: Disputes) -> bool:
    return not disputes.overlaps(str(each.older), f"{Kind.WORK}:{each.newer}")


def _is_of_strangers(each: Overlap, disputes: Disputes) -> bool:
    """Between two parties of whom neither acts for the other, about an older claim that is alive."""
    authority = disputes.authority
    older, newer = authority.party_of(each.by), authority.party_of(each.newer_by)
    return not disputes.is_dead(older, str(each.older)) and not _are_together(older, newer, authority)


def _are_together(one: str, other: str, authority: Authority) -> bool:
    if one == other:
        return True
    pairs = ((one, other), (other, one))
    return any(
        mandate.accepted is not None and mandate.ended is None
        for principal, delegate in pairs
        for acting, mandate in authority.delegates(principal)
        if acting == delegate
    )


def _say(home: Home, overlaps: Sequence[Overlap]) -> None:
    def write(composer: Composer) -> None:
        for each in overlaps:
            composer.overlap(each.older, Subject(Kind.WORK, each.newer), each.method, each.score)

    home.submit(home.log.key, write)


# ---- the negative list ---------------------------------------------------------------------------------------


class _Commons:
    """Fingerprints of what is in the public domain, as they were taken in; the older is named by its SHA-256."""

    def __init__(self, folder: Path) -> None:
        path = folder / "digests.json"
        data = path.read_bytes() if path.exists() else b""
        self._digests = frozenset(decode(data)["sha256"]) if data else frozenset[str]()
        self._method = f"{PUBLIC_DOMAIN} {hashlib.sha256(data).hexdigest()[:16]}"
        self._known = Known(folder, _SKETCH) if data else None

    def overlaps(self, works: Sequence[Work], new: Sequence[New]) -> Iterator[Overlap]:
        if self._known is None:
            return
        found: dict[int, tuple[int, str]] = {}
        for at, near in (*self._known.near(new), *self._known.covered(new)):
            found[at] = min((near.distance, near.older), found.get(at, (near.distance, near.older)))
        for at, work in enumerate(works):
            if work.record.sha256 in self._digests:
                found[at] = 0, work.record.sha256
        for at, (distance, digest) in sorted(found.items()):
            yield Overlap(
                older=Subject(Kind.FINGERPRINT, f"sha256:{digest}"),
                newer=works[at].id,
                by="",
                newer_by=works[at].by,
                method=self._method,
                score=distance,
            )


def take_commons(home: Home, source: Path) -> tuple[int, str]:
    """Take in the files of a folder as public domain; returns how many are known now, and the list's digest."""
    home.begin()
    folder = home.path / "commons"
    path = folder / "digests.json"
    before = set(decode(path.read_bytes())["sha256"]) if path.exists() else set[str]()
    known, new = Known(folder, _SKETCH), list[New]()
    files, _ = gather(source)
    if not files:
        raise NotFound(f"there is no file in {source} to take in")
    for file in files:
        described = describe(file.read_bytes(), file.name)
        if described.record.sha256 not in before:
            before.add(described.record.sha256)
            new.append(New(id=described.record.sha256, by="", sheet=described.sheet_value))
    known.add(new)
    known.keep(0)
    write_durable(path, encode({"v": 1, "sha256": sorted(before)}))
    return len(before), commons_digest(home)


def commons_digest(home: Home) -> str:
    """By which digest overlaps name the list that they rest on."""
    return hashlib.sha256((home.path / "commons" / "digests.json").read_bytes()).hexdigest()
