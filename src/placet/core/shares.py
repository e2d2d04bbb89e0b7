"""Who holds which share of a work, by all the sheets that list it: for one right, one territory, one moment, exactly.

Sheets that tell different things are not judged: where all that they say comes to more than the whole, what every one
of them says stands, and the rest is disputed; its money waits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from placet.core.repertoire import Listing, reaches_whole
from placet.core.territory import members
from placet.core.title import Claim
from placet.errors import Refused

__all__ = ["Share", "Shares", "rights_of", "shares_of"]

_WHOLE = Fraction(1)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Share:
    """`share` is 0 where it is not stated; `by` are the parties whose sheets say so."""

    who: str
    role: str
    share: Fraction
    by: tuple[str, ...]
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class Shares:
    """All shares of one right; `unclaimed` is what nobody claims of it."""

    held: tuple[Share, ...]

    @property
    def agreed(self) -> Fraction:
        return sum((each.share for each in self.held if not each.disputed), Fraction(0))

    @property
    def disputed(self) -> Fraction:
        """What is held until those agree who claim it: never more than is left."""
        claimed = sum((each.share for each in self.held if each.disputed), Fraction(0))
        return min(claimed, _WHOLE - self.agreed)

    @property
    def unclaimed(self) -> Fraction:
        return _WHOLE - self.agreed - self.disputed

    def waiting(self) -> Shares:
        """The same with all of it disputed, as while a counter-claim is open."""
        return Shares(tuple(replace(each, disputed=True) for each in self.held))


def rights_of(listings: Iterable[Listing]) -> list[str]:
    """The rights of which anybody claims a share."""
    return sorted({claim.right for listing in listings for claim in listing.title.claims})


def shares_of(listings: Sequence[Listing], right: str, territory: Sequence[str], at: int) -> Shares:
    """The shares of a right as they hold at a moment in all of a territory (nothing: the world).

    Refused where a claim holds in a part of the territory only: which part of the money it means, nobody can say
    (`shares.scope`).
    """
    said = {listing.signer.party: _by_holder(listing, right, tuple(territory), at) for listing in listings}
    by: dict[tuple[str, str, Fraction], list[str]] = defaultdict(list)
    for party in sorted(said):
        for (who, role), share in said[party].items():
            by[who, role, share].append(party)
    is_over = sum((share for _, _, share in by), Fraction(0)) > 1
    told = [party for party in said if said[party]]
    held = (
        Share(who=who, role=role, share=share, by=tuple(parties), disputed=is_over and len(parties) < len(told))
        for (who, role, share), parties in by.items()
    )
    return Shares(tuple(sorted(held)))


def _by_holder(listing: Listing, right: str, territory: tuple[str, ...], at: int) -> dict[tuple[str, str], Fraction]:
    found: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for claim in listing.title.claims:
        if claim.right == right and claim.holds(at) and _covers(claim, listing, territory):
            found[claim.who, claim.role] += claim.share
    return dict(found)


def _covers(claim: Claim, listing: Listing, territory: tuple[str, ...]) -> bool:
    where, asked = members(claim.territory), members(territory)
    if reaches_whole(where, asked):
        return True
    if asked is None or asked & (where or frozenset()):
        place = ",".join(territory) or "the world"
        told = ",".join(claim.territory)
        name = listing.title.subject.id
        raise Refused(f"some shares of {name} hold in {told} only, a part of {place}: say a territory (shares.scope)")
    return False
