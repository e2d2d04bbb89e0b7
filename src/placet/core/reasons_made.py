"""Why a statement on how a work was made is not taken: ids, and their sentences in English and French."""

from __future__ import annotations

from typing import Final

__all__ = ["MADE"]

MADE: Final[dict[str, tuple[str, str]]] = {
    "made.unread": (
        "A statement on how a work was made cannot be read.",
        "Une déclaration sur la façon dont une œuvre a été faite ne peut être lue.",
    ),
    "made.source": (
        "The kind of making is none of IPTC's digital source types.",
        "La façon de faire n'est aucun des types de source numérique de l'IPTC.",
    ),
    "made.unknown": (
        "The work of which it is said how it was made is not in the record.",
        "L'œuvre dont il est dit comment elle a été faite n'est pas dans le registre.",
    ),
    "made.not-yours": (
        "Only a work's holder, or who may register for her, says how it was made.",
        "Seul le titulaire d'une œuvre, ou qui peut enregistrer pour lui, dit comment elle a été faite.",
    ),
    "made.column": (
        "A table of makings has a column that is not known, or lacks one that is needed.",
        "Un tableau de fabrications a une colonne inconnue, ou il lui en manque une.",
    ),
    "title.long": (
        "A sheet has more lines than one signature covers.",
        "Une feuille a plus de lignes qu'une signature n'en couvre.",
    ),
    "title.unread": (
        "A line of a claim sheet cannot be read.",
        "Une ligne d'une feuille de revendications ne peut être lue.",
    ),
    "title.right": (
        "A claim is for a right that is not known.",
        "Une revendication porte sur un droit inconnu.",
    ),
    "title.share": (
        "A share is no fraction in lowest terms, or more than the whole.",
        "Une part n'est pas une fraction irréductible, ou dépasse le tout.",
    ),
}
