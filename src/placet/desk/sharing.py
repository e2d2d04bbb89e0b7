"""Who holds which share of what, by the sheets of a registry or a snapshot; and all of it as a table to divide by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from placet.app import Home
from placet.core.ids import parse_subject
from placet.core.repertoire import Listing
from placet.core.shares import Shares, rights_of, shares_of
from placet.core.stance import Voice
from placet.core.standing import Disputes, End
from placet.core.subject import Kind, Subject
from placet.desk.lookups import library_of
from placet.errors import NotFound, Refused, WrongUsage
from placet.licensing.csv_text import csv_text
from placet.licensing.sheets import SHARES
from placet.log.files import write_durable
from placet.snapshot.titles import Titles

__all__ = ["Asked", "Held", "share_sheet", "shares"]

_FINEST = 1_000_000  # of `licensing.sheets`
_LEAST_ID = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`rights` are all that anybody claims where none is named; listings beneath the voice `least` are not believed."""

    at: int
    rights: tuple[str, ...] = ()
    territory: tuple[str, ...] = ()
    least: Voice = Voice.CLAIMED


@dataclass(frozen=True, slots=True)
class Held:
    """The shares of each right in one work, and how many parties list it."""

    subject: Subject
    listed: int
    rights: tuple[tuple[str, Shares], ...]


def shares(home: Home, what: str, asked: Asked, snapshot: Path | None, trust: Path | None) -> Held:
    """The shares of one work, by any of its names; NotFound where no sheet lists it."""
    library = library_of(home, snapshot, trust)
    subject = _subject(what, library.titles)
    found = _held(subject, _believed(library.titles, subject, asked), asked, library.disputes)
    if found is None:
        raise NotFound(f"no sheet lists {what}: nobody claims a share of it here (title.unlisted)")
    return found


def share_sheet(home: Home, asked: Asked, path: Path, snapshot: Path | None, trust: Path | None) -> int:
    """Write all shares as `placet split` reads them; returns how many works there are. An older file is not replaced.

    A work stands under the id of each registered file that its title names, or else under its first name.
    """
    if path.exists():
        raise Refused(f"{path} is there already: move it, or write another file")
    library = library_of(home, snapshot, trust)
    names = sorted({name for listing in library.titles.all_listings() for name in _names(listing)})
    found = (_held(name, _believed(library.titles, name, asked), asked, library.disputes) for name in names)
    held = [each for each in found if each is not None and any(shares.held for _, shares in each.rights)]
    write_durable(path, csv_text(SHARES.columns, (row for each in held for row in _rows(each))).encode())
    return len(held)


def _names(listing: Listing) -> Sequence[Subject]:
    works = [name for name in listing.title.subjects if name.kind is Kind.WORK]
    return works or [listing.title.subject]


def _subject(what: str, titles: Titles) -> Subject:
    try:
        found = parse_subject(what)
    except ValueError as error:
        raise WrongUsage(str(error)) from error
    if found is not None:
        return found
    id_ = what.removeprefix(f"{Kind.WORK}:").lower()
    start = f"{Kind.WORK}:{id_}"
    like = [name for name in titles.rows if name.startswith(start)] if len(id_) >= _LEAST_ID else []
    if len(like) > 1:
        raise WrongUsage(f"{what} begins the ids of {len(like)} works that are listed: say more of it")
    if not like:
        raise NotFound(f"{what!r} is no work or identifier that a sheet lists (title.unlisted)")
    return Subject(Kind.WORK, like[0].removeprefix(f"{Kind.WORK}:"))


def _believed(titles: Titles, subject: Subject, asked: Asked) -> list[Listing]:
    return [each for each in titles.listings(subject) if max(each.signer.voice, Voice.CLAIMED) >= asked.least]


def _held(subject: Subject, listings: list[Listing], asked: Asked, disputes: Disputes) -> Held | None:
    if not listings:
        return None
    rights = asked.rights or rights_of(listings)
    names = {str(name) for listing in listings for name in listing.title.subjects}
    found = []
    for right in rights:
        shares = shares_of(listings, right, asked.territory, asked.at)
        found.append((right, shares.waiting() if _is_contested(names, right, disputes) else shares))
    return Held(subject, len({listing.signer.party for listing in listings}), tuple(found))


def _is_contested(names: Iterable[str], right: str, disputes: Disputes) -> bool:
    """Whether anybody counter-claimed it in this right, and nothing came of it yet."""
    about = (dispute for name in names for dispute in disputes.about(name))
    return any(dispute.end is End.OPEN and dispute.right in ("", right) for dispute in about)


def _rows(held: Held) -> Iterator[Sequence[str]]:
    for right, found in held.rights:
        for each in found.held:
            status = "disputed" if each.disputed else "agreed"
            yield held.subject.id, right, "", each.who, each.role, _exact(held, each.share), "", "", status, ""


def _exact(held: Held, share: Fraction) -> str:
    if share.denominator > _FINEST:
        raise Refused(f"a share of {held.subject.id} is {share}, finer than a millionth (shares.unread)")
    return str(share) if share else ""
