"""Who holds which part of which work: exact shares, for one right, one territory and one day.

The rules, each with its id:
- agreed shares of a work that come to more than one are refused: nobody is paid by a sum that is wrong (`shares.over`);
- what they leave of it is nobody's yet, and goes to the work's account of unclaimed money;
- shares marked as disputed are held, on one account of the work that all who claim them see;
- a share that is not stated is a question to the plan (`shares.unstated` where the plan has no answer).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from placet.core.territory import members, parse_territory
from placet.errors import BadInput, Refused
from placet.licensing.apportion import Exact, Integers, integers
from placet.licensing.sheets import parse_exact

__all__ = ["AGREED", "DISPUTED", "UNCLAIMED", "Claims", "Scope", "Slots", "equal_halves", "read_claims", "slots"]

AGREED, DISPUTED, UNCLAIMED = 0, 1, 2  # in the order in which units left over are given
Flags = NDArray[np.bool_]
_PUBLISHER = "publisher"
_MOST_WHOLE = 2**31
_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a pool was paid for: a right ("" for the only one), countries (none: the world), a time (0: not said)."""

    right: str = ""
    territory: tuple[str, ...] = ()
    at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """One row a claim, in the order of work, status, party and role; `works` and `parties` are in order too.

    `count` rows belong to each work; none to one that nobody claims for this scope.  `above / under` is the share,
    0/1 where it is not stated.
    """

    works: pa.Array
    parties: pa.Array
    names: dict[str, str]
    count: Integers
    work: Integers
    party: Integers
    publisher: Flags
    disputed: Flags
    above: Integers
    under: Integers


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """What a work's money is divided into: its claims, then what is disputed and what is unclaimed of it.

    `part / whole[work]` is the slot's share; `party` is -1 where `kind` is not AGREED.
    """

    count: Integers
    work: Integers
    kind: Integers
    party: Integers
    part: Exact
    whole: Exact


def read_claims(sheet: pa.Table, scope: Scope) -> Claims:
    """The claims that speak for `scope`; BadInput where a row cannot be read, Refused where the scope is not enough."""
    if not len(sheet):
        raise BadInput("the shares have no rows (shares.unread)")
    if "" in _distinct(sheet, "work"):
        raise BadInput("a row of the shares names no work (shares.unread)")
    of_right = _of_right(sheet, scope.right)
    works = pc.unique(sheet.filter(pa.array(of_right)).column("work")).sort()
    speaking = of_right & _of_territory(sheet, scope.territory) & _of_time(sheet, scope.at)
    claimed = sheet.filter(pc.and_(pa.array(speaking), pc.not_equal(sheet.column("party"), "")))
    parties = pc.unique(claimed.column("party")).sort()
    above, under = _shares(claimed)
    columns: dict[str, Any] = {
        "work": _places(claimed, "work", works),
        "disputed": _statuses(claimed),
        "party": _places(claimed, "party", parties),
        "role": _places(claimed, "role", pc.unique(claimed.column("role")).sort()),
    }
    order = np.lexsort(tuple(columns.values())[::-1])
    work, disputed, party, role = (column[order] for column in columns.values())
    found = Claims(
        works=works,
        parties=parties,
        names=_names(claimed),
        count=np.bincount(work, minlength=len(works)).astype(np.int64),
        work=work,
        party=party,
        publisher=_is(claimed, "role", _PUBLISHER)[order],
        disputed=disputed,
        above=above[order],
        under=under[order],
    )
    _check_twice(found, role)
    return found


def _of_right(sheet: pa.Table, right: str) -> Flags:
    known = sorted(_distinct(sheet, "right"))
    if not right:
        if len(known) > 1:
            raise Refused(f"the shares are of several rights ({_some(known)}): say --right (shares.scope)")
        return np.ones(len(sheet), bool)
    if right not in known:
        raise Refused(f"no share is of the right {right!r}, only of {_some(known)} (shares.scope)")
    return _is(sheet, "right", right)


def _of_territory(sheet: pa.Table, asked: tuple[str, ...]) -> Flags:
    """A claim speaks where it covers all that is asked; one that covers a part would pay for the rest of it."""
    covers: dict[str, bool] = {}
    wanted = members(asked)
    for text in _distinct(sheet, "territory"):
        try:
            meant = members(parse_territory(text))
        except ValueError as error:
            raise BadInput(f"a share's territory: {error} (shares.unread)") from None
        covers[text] = meant is None or (wanted is not None and wanted <= meant)
        if not covers[text] and (wanted is None or wanted & (meant or set())):
            place = ",".join(asked) or "the world"
            raise Refused(f"some shares hold in {text} only, a part of {place}: say a --territory (shares.scope)")
    found: Flags = _lookup(sheet, "territory", covers)
    return found


def _of_time(sheet: pa.Table, at: int) -> Flags:
    starts = {text: _seconds(text) if text else 0 for text in _distinct(sheet, "from")}
    ends = {text: _seconds(text) + _DAY if text else 2**62 for text in _distinct(sheet, "until")}
    if not at and any([*starts, *ends]):
        raise Refused("some shares hold for a time only: say --at, the day that the money is for (shares.scope)")
    begun: Flags = _lookup(sheet, "from", {text: start <= at for text, start in starts.items()})
    lasting: Flags = _lookup(sheet, "until", {text: at < end for text, end in ends.items()})
    return begun & lasting


def _seconds(text: str) -> int:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{text!r} is no day: write it like 2026-11-22 (shares.unread)") from None
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _shares(claimed: pa.Table) -> tuple[Integers, Integers]:
    exact = {text: _share(text) for text in _distinct(claimed, "share")}
    above = _lookup(claimed, "share", {text: share.numerator for text, share in exact.items()})
    return above, _lookup(claimed, "share", {text: share.denominator for text, share in exact.items()})


def _share(text: str) -> Fraction:
    share = parse_exact(text) if text else Fraction(0)
    if share is None or (text and not 0 < share <= 1):
        raise BadInput(
            f"{text!r} is no share: it is more than nothing, at most 1, and no finer than a millionth,"
            " like 1/3, 33.34% or 0.5 (shares.unread)"
        )
    return share


def _statuses(claimed: pa.Table) -> Flags:
    known = {"": False, "agreed": False, "disputed": True}
    for text in _distinct(claimed, "status"):
        if text not in known:
            raise BadInput(f"a share is agreed or disputed, not {text!r} (shares.unread)")
    found: Flags = _lookup(claimed, "status", known)
    return found


def _names(claimed: pa.Table) -> dict[str, str]:
    """Each party's name, where the sheet tells one; the first in order where it tells several."""
    named = claimed.select(["party", "name"]).filter(pc.not_equal(claimed.column("name"), ""))
    told = named.group_by("party").aggregate([("name", "min")])
    return dict(zip(told.column("party").to_pylist(), told.column("name_min").to_pylist(), strict=True))


def _check_twice(claims: Claims, role: Integers) -> None:
    """The same party with the same role twice on one work is more likely a mistake than two shares."""
    keys = np.stack([claims.work, claims.party, role, claims.disputed])
    same = (keys[:, 1:] == keys[:, :-1]).all(axis=0)
    if same.any():
        at = int(same.argmax())
        work, party = claims.works[int(claims.work[at])], claims.parties[int(claims.party[at])]
        raise Refused(f"work {work} names {party} twice in one role (shares.twice)")


def equal_halves(claims: Claims) -> Claims:
    """Where a work's claims state no shares: half to its authors and half to its publishers, each half in equal parts.

    Everybody who is no publisher is an author.  A work without a publisher is its authors'; every work has an author,
    so where none claims it, that half is unclaimed.  What people stated for a work holds instead.
    """
    authors = _per_work(claims, ~claims.publisher)[claims.work]
    publishers = _per_work(claims, claims.publisher)[claims.work]
    halves = np.where(claims.publisher, 2 * publishers, authors * np.where(publishers > 0, 2, 1))
    unstated = claims.above == 0
    mixed = _per_work(claims, unstated)[claims.work]
    if (wrong := (mixed > 0) & (mixed < claims.count[claims.work])).any():
        work = claims.works[int(claims.work[int(wrong.argmax())])]
        raise Refused(f"work {work} states some of its shares and not the others: all, or none (shares.unstated)")
    return replace(claims, above=np.where(unstated, 1, claims.above), under=np.where(unstated, halves, claims.under))


def slots(claims: Claims) -> Slots:
    """What each work's money is divided into; Refused where the agreed shares of one come to more than it."""
    if (claims.above == 0).any():
        work = claims.works[int(claims.work[int((claims.above == 0).argmax())])]
        raise Refused(f"work {work} has a share that is not stated, and this plan needs it (shares.unstated)")
    part, whole = _common(claims)
    agreed, disputed = (_sum(part, claims, which, whole) for which in (~claims.disputed, claims.disputed))
    _check_over(claims, agreed, whole)
    left = whole - agreed
    held = np.minimum(disputed, left)
    rest = left - held
    keep = ~claims.disputed
    extra = [(DISPUTED, held), (UNCLAIMED, rest)]
    works = [claims.work[keep], *(np.flatnonzero(more) for _, more in extra)]
    kinds = [np.full(len(each), kind) for each, kind in zip(works, (AGREED, DISPUTED, UNCLAIMED), strict=True)]
    parties = [claims.party[keep], *(np.full(len(each), -1) for each in works[1:])]
    parts = [part[keep], *(more[more > 0] for _, more in extra)]
    work = np.concatenate(works).astype(np.int64)
    order = np.argsort(work, kind="stable")  # claims first, then what is held, then what is nobody's
    return Slots(
        count=np.bincount(work, minlength=len(claims.works)).astype(np.int64),
        work=work[order],
        kind=np.concatenate(kinds)[order],
        party=np.concatenate(parties)[order],
        part=np.concatenate(parts)[order],
        whole=whole,
    )


def _common(claims: Claims) -> tuple[Exact, Exact]:
    """Each share as a whole number of parts, and of how many parts each work is made."""
    whole = 1
    for under in np.unique(claims.under).tolist():
        whole = lcm(whole, under)
        if whole > _MOST_WHOLE:
            return _common_by_work(claims)
    return claims.above * (whole // claims.under), np.full(len(claims.works), whole, np.int64)


def _common_by_work(claims: Claims) -> tuple[Exact, Exact]:
    parts: list[int] = []
    wholes: list[int] = []
    above, under, at = claims.above.tolist(), claims.under.tolist(), 0
    for count in claims.count.tolist():
        whole = lcm(*under[at : at + count])
        wholes.append(whole)
        parts += [above[row] * (whole // under[row]) for row in range(at, at + count)]
        at += count
    most = max([*wholes, *parts])
    kind: Any = np.int64 if most * max(len(parts), 1) < 2**62 else object
    return np.array(parts, kind), np.array(wholes, kind)


def _sum(part: Exact, claims: Claims, which: Flags, like: Exact) -> Exact:
    total = np.zeros(len(claims.works), like.dtype)
    np.add.at(total, claims.work[which], part[which])
    return total


def _per_work(claims: Claims, which: Flags) -> Integers:
    return np.bincount(claims.work[which], minlength=len(claims.works)).astype(np.int64)


def _check_over(claims: Claims, agreed: Exact, whole: Exact) -> None:
    over = np.flatnonzero(agreed > whole)
    if len(over):
        work = int(over[0])
        others = f", and so do those of {len(over) - 1} more" if len(over) > 1 else ""
        raise Refused(
            f"the agreed shares of work {claims.works[work]} come to {Fraction(int(agreed[work]), int(whole[work]))},"
            f" more than 1{others}: agree, or mark them as disputed (shares.over)"
        )


def _distinct(sheet: pa.Table, name: str) -> list[str]:
    found: list[str] = pc.unique(sheet.column(name)).to_pylist()
    return found


def _places(sheet: pa.Table, name: str, among: pa.Array) -> Integers:
    found: Integers = pc.index_in(sheet.column(name), value_set=among).to_numpy().astype(np.int64)
    return found


def _is(sheet: pa.Table, name: str, value: str) -> Flags:
    found: Flags = pc.equal(sheet.column(name), value).to_numpy().astype(bool)
    return found


def _lookup(sheet: pa.Table, name: str, values: dict[str, Any]) -> Any:
    """The value of each row's text."""
    known = integers(list(values.values())) if values else np.zeros(0, np.int64)
    if values and isinstance(next(iter(values.values())), bool):
        known = known.astype(bool)
    return known[_places(sheet, name, pa.array(list(values), pa.string()))]


def _some(words: list[str]) -> str:
    shown = [word or "(none named)" for word in words[:5]]
    return ", ".join(shown) + (f" and {len(words) - 5} more" if len(words) > 5 else "")
