"""Whose works somebody may license: one's own, or a principal's, no wider and no longer than her mandate is."""

from __future__ import annotations

from collections.abc import Sequence

from placet.app import Home, today
from placet.core.authority import Authority, Mandate
from placet.core.ids import short
from placet.core.subject import Kind, Subject
from placet.core.territory import members
from placet.core.title import parse_title
from placet.desk.behalf import Behalf
from placet.desk.identifying import name_of
from placet.errors import Refused
from placet.registry.speaker import Speaker

__all__ = ["check_mandated", "check_own"]

_EVER = 1 << 62
_LAST = 1 << 62  # after every entry
_KEY = 64  # hex digits; a person may be named by a number instead
_OF_SOMEBODY = (Kind.LIKENESS, Kind.REPERTOIRE)


def check_own(home: Home, works: Sequence[Subject], by: Speaker) -> None:
    """Refused where one of these is somebody else's: a registered work, a voice, or what a principal's sheet lists.

    A number or address is nobody's by its name alone.  That a stranger lists it keeps nobody from licensing it; that
    somebody does who ever let the speaker act for her says whose it is.
    """
    registered = (work.id for key in by.keys for work in home.registry.works_like("by", key))
    mine = set(registered) if any(work.kind is Kind.WORK for work in works) else set()
    principals = {chain[-1].principal for m in by.authority.held(by.party) if (chain := by.authority.chain(m))}
    for work in works:
        if work.kind is Kind.WORK:
            whose = "" if work.id in mine else next((each.by for each in home.registry.works_like("id", work.id)), "")
        elif work.kind in _OF_SOMEBODY:
            who = work.id.partition("/")[0]
            whose = "" if by.owns(who) or who in by.authority.names(by.party, home.now()) else who
        else:
            whose = _listed(home, work, by, principals) if principals else ""
        if whose:
            party = by.authority.party_of(whose)
            name = name_of(home, by.authority)(party) if len(party) == _KEY else party
            raise Refused(
                f"{_told(work)} is {name}'s, not yours: a licence of it is given with --for {party[:12]}, under a"
                " mandate (licence.not-yours)"
            )


def _listed(home: Home, work: Subject, by: Speaker, principals: set[str]) -> str:
    """The principal whose sheet lists it; empty where the speaker is listed too, or none of them is."""
    titles = (parse_title(line.record) for line in home.registry.lines_about([work], "claim.add"))
    listed, now = {claim.who for title in titles for claim in title.claims}, home.now()

    def is_listed(party: str) -> bool:
        return not listed.isdisjoint({*by.authority.keys_of(party), *by.authority.names(party, now)})

    if not listed or is_listed(by.party):
        return ""
    return next((each for each in sorted(principals) if is_listed(each)), "")


def check_mandated(home: Home, behalf: Behalf, by: Speaker, right: str, where: tuple[str, ...], until: int) -> None:
    """Refused where no mandate lets one of these be licensed in all of these places, or for so long (0: for ever)."""
    authority, now = by.authority, home.now()
    for work in behalf.subjects:
        names = [work] if work.kind in (Kind.WORK, *_OF_SOMEBODY) else [work, Subject(Kind.REPERTOIRE, behalf.party)]
        letting = authority.mandates_for(by.party, behalf.party, "license", names, right, _LAST, now, where)
        sound = [mandate for mandate in letting if authority.is_sound(mandate)]
        if not sound:
            raise Refused(
                f"no mandate of {behalf.name} lets you license {_told(work)} in {_territory(where)} (mandate.none)"
            )
        wide = [mandate for mandate in sound if _is_within(authority, mandate, where)]
        if not wide:
            raise Refused(
                f"{_territory(where)} is wider than mandate {short(sound[0].id)}, which is for"
                f" {', '.join(sound[0].territory)} alone: make the offer with --territory (mandate.exceeds)"
            )
        longest = max(wide, key=lambda each: _end(authority, each))
        end = _end(authority, longest)
        if (until or _EVER) > end:
            raise Refused(
                f"mandate {short(longest.id)} ends on {today(end - 1)}, before the licence would: give --until"
                f" {today(end - 1)} (mandate.exceeds)"
            )


def _is_within(authority: Authority, mandate: Mandate, where: tuple[str, ...]) -> bool:
    narrower = authority.where(where, mandate)
    return narrower is not None and members(narrower) == members(where)


def _end(authority: Authority, mandate: Mandate) -> int:
    return min((each.until for each in authority.chain(mandate) if each.until), default=_EVER)


def _territory(where: tuple[str, ...]) -> str:
    return ", ".join(where) if where else "the whole world"


def _told(work: Subject) -> str:
    return f"work {short(work.id)}" if work.kind is Kind.WORK else str(work)[:80]
