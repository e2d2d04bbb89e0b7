"""DDEX Electronic Release Notification, 3.8 and 4.x: its sound recordings, with who made, performs and controls them.

In 4.x parties are listed once and referred to; in 3.8 they stand where they are named, in blocks by territory that say
for where a name is spelt so.  A controller's own territory and dates, or those of the rights delegated to her, bound
her claim; uses are told.  Labels and cue sheets are passed over; a release is no work of its own, and its number (ICPN,
GRid) names none.  What deals say is in `ddex_deals`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Final

from placet.registry.bulk.ddex_deals import WANTED, Deal, Deals, plain, reach_of, told_of
from placet.registry.bulk.raw import Found, Party, Row, Source, day_of, territory_of
from placet.registry.bulk.tables import share_of
from placet.registry.bulk.xml_stream import all_of, first, records, text_of
from placet.signals.xml_tree import Node

__all__ = ["read_ddex"]

_WANTED: Final = frozenset(("Party", "SoundRecording")) | WANTED
_COMPOSERS: Final = frozenset(
    ("Composer", "Lyricist", "ComposerLyricist", "Author", "Arranger", "Adapter", "SubArranger")
)
_CODES: Final = ("TerritoryCode", "ApplicableTerritoryCode", "Territory", "TerritoryOfRightsDelegation")
# The element of a party, the right it speaks of, and where its role stands.
_PARTIES: Final = (
    ("DisplayArtist", "performance", ("ArtistRole", "DisplayArtistRole")),
    ("ResourceContributor", "performance", ("ResourceContributorRole",)),
    ("IndirectResourceContributor", "composition", ("IndirectResourceContributorRole",)),
    ("Contributor", "performance", ("Role",)),
    ("RightsController", "recording", ("RightsControllerRole",)),
    ("ResourceRightsController", "recording", ("RightsControllerRole",)),
    ("WorkRightsController", "composition", ("RightsControllerRole",)),
)


def read_ddex(source: Source) -> Found:
    """One row a recording; a party that is referred to and not listed makes its recording unread.

    Deals come last in such a file: rows are handed on when all of it is read.
    """
    source.told.update(isrc="SoundRecording ISRC", title="its title", who="PartyId (ISNI, IPI), else FullName")
    listed: dict[str, Node] = {}
    deals, rows = Deals(source.name), list[tuple[str, Row]]()
    for line, node in records(source, _WANTED, {}):
        if node.name[1] == "Party":
            listed[text_of(node, "PartyReference")] = node
        elif node.name[1] == "SoundRecording":
            row = _recording(node, f"{source.name}, line {line}", listed)
            rows.append((text_of(node, "ResourceReference"), row))
        else:
            yield from deals.take(line, node)
    for reference, row in rows:
        _hear_deals(row, deals.of(reference))
        yield row


def _hear_deals(row: Row, deals: list[Deal]) -> None:
    """Who licenses a recording of which nobody else is named as controlling it claims it, where she does."""
    if not deals or row.flaw:
        return
    is_claimed = not any(party.right == "recording" for party in row.parties)
    if is_claimed:
        row.parties += (Party(right="recording", territory=reach_of([deal.territory for deal in deals])),)
    row.note = "; ".join(filter(None, (row.note, told_of(deals, is_claimed=is_claimed))))


def _recording(node: Node, where: str, listed: Mapping[str, Node]) -> Row:
    isrcs, iswcs = _texts(node, "ISRC"), _texts(node, "ISWC")
    row = Row(where=where, title=_title(node), names=tuple(f"isrc:{each}" for each in isrcs))
    if len(isrcs) > 1:
        row.flaw = f"it has {len(isrcs)} ISRC, and a recording has one"
    try:
        parties = tuple(_parties(node, listed))
    except ValueError as error:
        row.flaw = row.flaw or str(error)
        return row
    row.parties = parties
    works = f"performs the work {plain(', '.join(iswcs[:3]))}, which is a title of its own" if iswcs else ""
    row.note = "; ".join(filter(None, (works, _delegated(node))))
    return row


def _delegated(node: Node) -> str:
    """For what uses rights are delegated, where any are: a claim is of all of them."""
    found = [each for each in node.walk() if each.name[1] == "DelegatedUsageRights"]
    uses = sorted({plain(use.text) for each in found for use in all_of(each, "UseType") if use.text})
    return f"rights are delegated for {', '.join(uses[:5])}: claimed are all uses" if uses else ""


def _texts(node: Node, name: str) -> list[str]:
    return list(dict.fromkeys(each.text for each in node.walk() if each.name[1] == name and each.text))


def _title(node: Node) -> str:
    return (
        text_of(node, "DisplayTitleText")
        or text_of(node, "DisplayTitle", "TitleText")
        or text_of(node, "ReferenceTitle", "TitleText")
        or text_of(first(node, "Title"), "TitleText")
    )


def _parties(node: Node, listed: Mapping[str, Node]) -> Iterator[Party]:
    blocks = all_of(node, "SoundRecordingDetailsByTerritory")
    for detail in (*blocks, *all_of(node, "SoundRecordingEdition"), node):
        where = _territory(detail) if len(blocks) > 1 and detail in blocks else ()
        for element, right, roles in _PARTIES:
            for each in all_of(detail, element):
                yield _party(each, right, roles, where, listed)


def _party(node: Node, right: str, roles: tuple[str, ...], where: tuple[str, ...], listed: Mapping[str, Node]) -> Party:
    role = next((text for name in roles if (text := text_of(node, name))), "")
    if role == "UserDefined":
        role = next((e.get("UserDefinedValue") or "" for name in roles for e in all_of(node, name)), "")
    person = node
    for child in node.children:
        if child.name[1].endswith("PartyReference"):
            if child.text not in listed:
                raise ValueError(f"the party {child.text[:40]!r} is referred to, and listed nowhere")
            person = listed[child.text]
    ids, name = tuple(_ids(person)), text_of(first(person, "PartyName"), "FullName")
    if not ids and not name:
        raise ValueError(f"a {node.name[1]} has neither a number nor a name: who must be asked is not known")
    share = text_of(node, "RightSharePercentage") or text_of(first(node, "RightSharePercentage"))
    territory, start, until = _reach(node)
    return Party(
        ids=ids,
        name=name,
        role=role[:40] if role.isascii() and role.isprintable() else "",
        right="composition" if role in _COMPOSERS else right,
        share=share_of(share, is_percent=True) if share else Fraction(0),
        territory=territory or (where if share else ()),
        start=start,
        until=until,
    )


def _reach(node: Node) -> tuple[tuple[str, ...], int, int]:
    """Where and when she controls it: as her own element says, or all together that is delegated to her."""
    spans = all_of(node, "DelegatedUsageRights") or [node]
    periods = [(all_of(each, "PeriodOfRightsDelegation") or [each])[0] for each in spans]
    starts = [day_of(text_of(each, "StartDate") or text_of(each, "StartDateTime")) for each in periods]
    ends = [day_of(text_of(each, "EndDate") or text_of(each, "EndDateTime"), after=True) for each in periods]
    where = _territory(node) or reach_of([_territory(each) for each in spans])
    return where, min(starts), max(ends) if all(ends) else 0


def _ids(person: Node) -> Iterator[str]:
    for id_ in all_of(person, "PartyId"):
        for scheme, names in (("ipi", ("IpiNameNumber", "IPI")), ("isni", ("ISNI",))):
            yield from (f"{scheme}:{text}" for name in names if (text := text_of(id_, name)))
        if (id_.get("IsISNI") or "").lower() == "true" and id_.text:
            yield f"isni:{id_.text}"


def _territory(node: Node) -> tuple[str, ...]:
    codes = [each.text for name in _CODES for each in all_of(node, name)]
    if all_of(node, "ExcludedTerritoryCode"):
        return ()  # the world, which asks more
    return () if any(code.casefold() == "worldwide" for code in codes) else territory_of(" ".join(codes))
