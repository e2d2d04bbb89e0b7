"""The catalogue's reasons about titles and repertoires: English, French."""

from __future__ import annotations

from typing import Final

__all__ = ["REPERTOIRE"]

REPERTOIRE: Final[dict[str, tuple[str, str]]] = {
    "title.crowded": (
        "More parties list it as a title of theirs than can be judged.",
        "Trop de parties la déclarent dans leur répertoire pour qu'on puisse juger.",
    ),
    "title.unlisted": (
        "No sheet lists it: nobody claims a share of it here.",
        "Aucune liste ne la contient : personne n'en revendique une part ici.",
    ),
}
