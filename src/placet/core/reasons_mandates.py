"""Why a word said for somebody else, or a licence given for her, does not count: ids, English and French."""

from __future__ import annotations

from typing import Final

__all__ = ["MANDATES"]

MANDATES: Final[dict[str, tuple[str, str]]] = {
    "licence.lost": (
        "The key that gave the licence was lost by then.",
        "La clé qui a donné la licence était perdue à ce moment-là.",
    ),
    "mandate.none": (
        "No mandate lets this be said for the other party.",
        "Aucun mandat ne permet de le dire pour l'autre partie.",
    ),
    "mandate.not-hers": (
        "What is named is not the other party's.",
        "Ce qui est nommé n'est pas à l'autre partie.",
    ),
}
