"""Why a word about a person's voice or likeness is not taken: ids, and their sentences in English and French."""

from __future__ import annotations

from typing import Final

__all__ = ["PEOPLE"]

PEOPLE: Final[dict[str, tuple[str, str]]] = {
    "likeness.form": (
        "What is given names no person, or no part of one.",
        "Ce qui est donné ne nomme aucune personne, ou aucune part d'elle.",
    ),
    "likeness.not-yours": (
        "Only the person, or whom she gave a mandate for it, speaks of her voice and likeness.",
        "Seule la personne, ou qui a reçu d'elle un mandat pour cela, parle de sa voix et de son image.",
    ),
}
