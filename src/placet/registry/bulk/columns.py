"""Which column of a table is what: by its header in English, French or German, or as the user says."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from placet.errors import BadInput, WrongUsage

__all__ = ["FIELDS", "NAMES", "PEOPLE", "columns_of", "parse_map", "plain_head"]

NAMES: Final = ("iswc", "isbn", "ismn", "issn", "isrc", "iscc", "work")
PEOPLE: Final = ("ipi", "isni", "orcid", "lei", "who")

# What people write over their columns, without accents, case and signs.
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "iswc": ("iswc", "iswccode", "codeiswc"),
    "isbn": ("isbn", "isbn13", "isbn10", "ean", "ean13"),
    "ismn": ("ismn",),
    "issn": ("issn",),
    "isrc": ("isrc", "isrccode", "codeisrc"),
    "iscc": ("iscc",),
    "work": ("work", "workid", "placet"),
    "title": ("title", "worktitle", "songtitle", "name", "titre", "titreoeuvre", "titel", "werktitel", "songtitel"),
    "ipi": ("ipi", "ipiname", "ipinamenumber", "ipinumber", "ipinummer", "ipinamenummer", "numeroipi", "cae", "caeipi"),
    "isni": ("isni",),
    "orcid": ("orcid", "orcidid"),
    "lei": ("lei",),
    "who": ("who", "rightsholder", "ayantdroit", "rechteinhaber", "berechtigter"),
    "party": (
        "party",
        "partyname",
        "writer",
        "writername",
        "author",
        "composer",
        "artist",
        "publisher",
        "auteur",
        "compositeur",
        "artiste",
        "editeur",
        "urheber",
        "komponist",
        "textdichter",
        "autor",
        "autorin",
        "verlag",
    ),
    "role": ("role", "rolle", "function", "fonction", "funktion", "capacity", "qualite"),
    "right": ("right", "rights", "droit", "recht"),
    "share": (
        "share",
        "sharepercent",
        "percent",
        "percentage",
        "split",
        "part",
        "quotepart",
        "pourcentage",
        "anteil",
        "prozent",
        "anteilprozent",
        "anteilinprozent",
        "quote",
    ),
    "territory": (
        "territory",
        "territories",
        "country",
        "countries",
        "territoire",
        "pays",
        "gebiet",
        "land",
        "laender",
    ),
    "from": ("from", "start", "startdate", "validfrom", "debut", "datedebut", "von", "ab", "beginn", "gueltigab"),
    "until": ("until", "end", "enddate", "to", "validuntil", "fin", "datefin", "bis", "ende", "gueltigbis"),
    "file": ("file", "filename", "path", "fichier", "datei", "dateiname"),
}
_OF = {word: field for field, words in FIELDS.items() for word in words}
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "œ": "oe"})


def parse_map(words: str) -> dict[str, str]:
    """`isrc=ISRC,title=Titel` as field to column; WrongUsage names what is no field."""
    mapping: dict[str, str] = {}
    for part in filter(None, words.split(",")):
        field, equals, column = part.partition("=")
        field = field.strip().lower()
        if not equals or not column.strip() or field not in FIELDS:
            raise WrongUsage(f"--map {part}: write FIELD=COLUMN, where FIELD is one of {', '.join(FIELDS)}")
        if field in mapping:
            raise WrongUsage(f"--map says {field} twice")
        mapping[field] = column.strip()
    return mapping


def columns_of(header: Sequence[str], mapping: Mapping[str, str], name: str) -> dict[str, int]:
    """Field to place; BadInput where a named column is not there, or two columns mean the same."""
    heads = [head.strip() for head in header]
    found: dict[str, int] = {}
    for field, column in mapping.items():
        places = [place for place, head in enumerate(heads) if head.casefold() == column.casefold()]
        if len(places) != 1:
            often = f"{len(places)} columns" if places else "no column"
            raise BadInput(f"{name} has {often} {column[:60]!r}; there are {_listed(heads)} (bulk.column)")
        found[field] = places[0]
    for place, head in enumerate(heads):
        field = _OF.get(plain_head(head), "")
        if not field or field in mapping or place in found.values():
            continue
        if field in found:
            raise BadInput(
                f"{name}: {heads[found[field]][:40]!r} and {head[:40]!r} both look like {field}: say which, as --map"
                f" {field}={head[:40]} (bulk.column)"
            )
        found[field] = place
    if not found.keys() & {*NAMES, "title", "file"}:
        raise BadInput(f"{name}: no column is a number or a title of works; there are {_listed(heads)} (bulk.column)")
    return found


def _listed(heads: Sequence[str]) -> str:
    return ", ".join(head[:30] for head in heads[:12]) or "none"


def plain_head(head: str) -> str:
    """A header's words without accents, case and signs."""
    letters = unicodedata.normalize("NFKD", head.casefold().translate(_UMLAUTS))
    return re.sub(r"[^a-z0-9]", "", letters)
