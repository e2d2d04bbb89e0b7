"""Why a line of a list of works is not taken: ids, and their sentences in English and French."""

from __future__ import annotations

from typing import Final

__all__ = ["BULK"]

BULK: Final[dict[str, tuple[str, str]]] = {
    "bulk.format": (
        "The list is in no format that is known here.",
        "La liste n'est dans aucun format connu ici.",
    ),
    "bulk.encoding": (
        "The list's text is not in the encoding that it should have; none is guessed.",
        "Le texte de la liste n'est pas dans l'encodage attendu ; aucun n'est deviné.",
    ),
    "bulk.unread": (
        "The list, or a part of it, cannot be read.",
        "La liste, ou une partie, ne peut être lue.",
    ),
    "bulk.large": (
        "The list has more bytes than are read.",
        "La liste a plus d'octets qu'on n'en lit.",
    ),
    "bulk.cut": (
        "The list ends before it should.",
        "La liste s'arrête avant sa fin.",
    ),
    "bulk.xml": (
        "The XML declares entities, or is deeper or larger than is read.",
        "Le XML déclare des entités, ou dépasse la profondeur ou la taille lues.",
    ),
    "bulk.column": (
        "A column is not there, or two mean the same.",
        "Une colonne manque, ou deux ont le même sens.",
    ),
    "bulk.missing": (
        "A work has no number by which it could be found.",
        "Une œuvre n'a aucun numéro qui permette de la retrouver.",
    ),
    "bulk.ambiguous": (
        "One number has several titles, or one title several numbers.",
        "Un numéro a plusieurs titres, ou un titre plusieurs numéros.",
    ),
    "bulk.conflict": (
        "Two rows, or two parties, say different things about one share.",
        "Deux lignes, ou deux parties, ne disent pas la même chose d'une part.",
    ),
    "bulk.deal": (
        "A deal in the list is not understood; nothing is taken from it.",
        "Un accord (deal) de la liste n'est pas compris ; rien n'en est retenu.",
    ),
    "bulk.file": (
        "A file that the list names is not there, or cannot be read.",
        "Un fichier nommé par la liste est absent ou illisible.",
    ),
    "bulk.members": (
        "The list of members who disagree cannot be read, so nothing is said for anybody.",
        "La liste des membres en désaccord est illisible ; rien n'est donc dit pour personne.",
    ),
}
