"""ONIX for Books 3.0 and 2.1 (EDItEUR), reference names and short tags: products, contributors, rights of sale.

Code lists are EDItEUR's: 5 (products), 15 (titles), 17 (contributors), 44 and 101 (names), 46 (sales rights).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from placet.registry.bulk.raw import Found, Party, Row, Source, territory_of
from placet.registry.bulk.xml_stream import all_of, first, records, text_of
from placet.signals.xml_tree import Node

__all__ = ["read_onix"]

_TAGS: Final = (
    "product=Product productidentifier=ProductIdentifier b221=ProductIDType b244=IDValue b004=ISBN b005=EAN13"
    " descriptivedetail=DescriptiveDetail titledetail=TitleDetail titleelement=TitleElement b202=TitleType"
    " title=Title b203=TitleText b030=TitlePrefix b031=TitleWithoutPrefix b028=DistinctiveTitle"
    " contributor=Contributor b035=ContributorRole nameidentifier=NameIdentifier x415=NameIDType"
    " personnameidentifier=PersonNameIdentifier b390=PersonNameIDType b036=PersonName b037=PersonNameInverted"
    " b039=NamesBeforeKey b040=KeyNames b047=CorporateName"
    " publishingdetail=PublishingDetail salesrights=SalesRights"
    " b089=SalesRightsType territory=Territory x449=CountriesIncluded x450=RegionsIncluded x451=CountriesExcluded"
    " x452=RegionsExcluded b090=RightsCountry b388=RightsTerritory"
)
_SHORT: Final = dict(pair.split("=") for pair in _TAGS.split())
_ISBN: Final = {"02", "15", "03"}
_NAMES: Final = {"16": "isni", "21": "orcid"}
_FOR_SALE: Final = {"01", "02", "07", "08"}  # list 46: with rights of sale, exclusive or not


def read_onix(source: Source) -> Found:
    """One row a product; who only prefaces or designs it claims nothing here."""
    source.told.update(isbn="ProductIdentifier", title="TitleDetail", who="NameIdentifier (ISNI, ORCID), else the name")
    for line, node in records(source, frozenset(("Product",)), _SHORT):
        row = Row(where=f"{source.name}, line {line}", names=tuple(_isbns(node)), title=_title(node))
        try:
            row.parties = tuple(_parties(node))
        except ValueError as error:
            row.flaw = str(error)
        yield row


def _isbns(node: Node) -> Iterator[str]:
    found: dict[str, None] = {}
    for each in all_of(node, "ProductIdentifier"):
        kind, value = text_of(each, "ProductIDType"), text_of(each, "IDValue")
        if kind in _ISBN and not (kind == "03" and not value.startswith(("978", "979"))):
            found[f"isbn:{value}"] = None
    for name in ("ISBN", "EAN13"):
        found |= {f"isbn:{each.text}": None for each in all_of(node, name)}
    yield from found


def _title(node: Node) -> str:
    for path in (("DescriptiveDetail", "TitleDetail"), ("Title",)):
        for each in all_of(node, *path):
            if text_of(each, "TitleType") == "01":
                return _words(first(each, "TitleElement") or each)
    return text_of(node, "DistinctiveTitle")


def _words(node: Node) -> str:
    parts = (text_of(node, "TitlePrefix"), text_of(node, "TitleWithoutPrefix"))
    return text_of(node, "TitleText") or " ".join(filter(None, parts))


def _parties(node: Node) -> Iterator[Party]:
    """Contributors in their rights; and who sends the file, as far as it may sell the book."""
    for each in [*all_of(node, "DescriptiveDetail", "Contributor"), *all_of(node, "Contributor")]:
        for role in dict.fromkeys(role.text for role in all_of(each, "ContributorRole")):
            if right := _right(role):
                yield _contributor(each, role, right)
    yield Party(role="publisher", right="text", territory=_territory(node))


def _right(role: str) -> str:
    """List 17: what a contributor made; empty for whoever only prefaces, designs or supervises."""
    if role in ("A01", "A02", "A03", "A09", "A10", "A11", "A14", "A99", "B05"):
        return "text"
    if role in ("A12", "A13", "A35", "A40", "A46", "A47"):
        return "illustration"
    if role in ("B06", "B08", "B10"):
        return "translation"
    return "performance" if role in ("E03", "E07") else ""


def _contributor(node: Node, role: str, right: str) -> Party:
    name = (
        text_of(node, "PersonName")
        or " ".join(filter(None, (text_of(node, "NamesBeforeKey"), text_of(node, "KeyNames"))))
        or text_of(node, "PersonNameInverted")
        or text_of(node, "CorporateName")
    )
    ids = []
    for element, kind in (("NameIdentifier", "NameIDType"), ("PersonNameIdentifier", "PersonNameIDType")):
        for each in all_of(node, element):
            if scheme := _NAMES.get(text_of(each, kind)):
                ids.append(f"{scheme}:{text_of(each, 'IDValue')}")
    if not name and not ids:
        raise ValueError("a contributor has neither a number nor a name: who must be asked is not known")
    return Party(ids=tuple(ids), name=name, role=role, right=right)


def _territory(node: Node) -> tuple[str, ...]:
    """Where it may be sold, in countries; regions and exclusions count as the world, which asks more."""
    codes: set[str] = set()
    for rights in [*all_of(node, "PublishingDetail", "SalesRights"), *all_of(node, "SalesRights")]:
        if text_of(rights, "SalesRightsType") not in _FOR_SALE:
            continue
        places = all_of(rights, "Territory") or [rights]
        for place in places:
            if any(all_of(place, name) for name in ("RegionsIncluded", "CountriesExcluded", "RightsTerritory")):
                return ()
            for name in ("CountriesIncluded", "RightsCountry"):
                codes.update(code for each in all_of(place, name) for code in each.text.split())
    return territory_of(" ".join(codes))
