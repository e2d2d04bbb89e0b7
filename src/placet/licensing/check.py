"""What a licence is worth to whom: valid at a time, for a holder, as far as the newest known status list tells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from placet.core.declaration import Interval
from placet.core.licence import Licence
from placet.licensing.document import LicenceFile
from placet.licensing.status import Status, StatusList

__all__ = ["Standing", "standing", "to_core"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`why` is empty when the licence holds, `rule` is its id; `as_of` is when the status list was made."""

    why: str
    as_of: int
    rule: str = ""

    @property
    def holds(self) -> bool:
        return not self.why


def standing(file: LicenceFile, at: int, lists: Iterable[StatusList] = (), now: int | None = None) -> Standing:
    """Whether the licence holds at `at` (UTC seconds), by the lists made until then.

    What one of them took back stays so, whatever a newer one says: places are not used again, and a thief who has the
    licensor's key gives nothing back.

    Taking a licence back is not retroactive: what was valid then is asked with `at`, and now with the present.  A list
    that says it was made after `now` is here all the same: one of two clocks is wrong, and it counts already.
    """
    said, known = file.agreement, _in_force(file, at, lists, now)
    why = rule = ""
    if any(each.status(said.place) is Status.INVALID for each in known):
        why, rule = "it was taken back", "licence.revoked"
    elif at < said.start:
        why, rule = "it has not begun yet", "licence.early"
    elif not said.holds(at):
        why, rule = "it is over", "licence.over"
    return Standing(why=why, rule=rule, as_of=max(each.issued_at for each in known))


def _in_force(file: LicenceFile, at: int, lists: Iterable[StatusList], now: int | None) -> list[StatusList]:
    """The lists until `at`; the first of all when every list is later.  Of two made at once, the stricter."""
    said = file.agreement
    mine = [file.status, *(each for each in lists if (each.uri, each.issuer) == (said.status, said.licensor))]
    until = [each for each in mine if each.issued_at <= at or (now is not None and each.issued_at > now)]
    if not until:
        return [min(mine, key=lambda each: (each.issued_at, -len(each.revoked)))]
    return until


def to_core(file: LicenceFile) -> Licence:
    """The licence as a decision needs it; the caller has seen that it stands."""
    said = file.agreement
    return Licence(
        id=said.id,
        licensor=said.licensor,
        holder=said.holder,
        subjects=file.subjects,
        uses=said.uses,
        interval=Interval(said.start, said.until or None),
        territory=said.territory,
        model=said.model,
    )
