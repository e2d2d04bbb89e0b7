"""Why a key, a mandate or a claim is not taken: ids, and their sentences in English and French."""

from __future__ import annotations

from typing import Final

__all__ = ["KEYS"]

KEYS: Final[dict[str, tuple[str, str]]] = {
    "key.ended": (
        "The key was handed on, recovered over or revoked, and says nothing more.",
        "La clé a été transmise, remplacée ou révoquée, et ne dit plus rien.",
    ),
    "key.waiting": (
        "The key waits to become its party's, and says nothing yet.",
        "La clé attend de devenir celle de sa partie, et ne dit rien encore.",
    ),
    "key.weak": (
        "The key is one for which anybody can sign.",
        "La clé est de celles pour lesquelles n'importe qui peut signer.",
    ),
    "key.used": (
        "The new key is in the record already.",
        "La nouvelle clé figure déjà au registre.",
    ),
    "key.proof": (
        "The new key did not sign that it takes over.",
        "La nouvelle clé n'a pas signé qu'elle prend la suite.",
    ),
    "key.recovery": (
        "The party named no such recovery key before, or is being recovered already.",
        "La partie n'a pas désigné cette clé de secours, ou sa reprise est déjà en cours.",
    ),
    "key.unknown": (
        "There is no such key or recovery in the record.",
        "Cette clé ou cette reprise n'est pas au registre.",
    ),
    "key.not-yours": (
        "It is another party's key.",
        "C'est la clé d'une autre partie.",
    ),
    "key.late": (
        "It comes too late, or from a day that has not come.",
        "Cela vient trop tard, ou d'un jour qui n'est pas venu.",
    ),
    "mandate.self": (
        "Nobody gives a mandate to herself.",
        "Nul ne se donne mandat à soi-même.",
    ),
    "mandate.unknown": (
        "There is no such mandate, or nobody there to give it to.",
        "Ce mandat n'existe pas, ou nul n'est là pour le recevoir.",
    ),
    "mandate.many": (
        "The party gives more mandates than are kept.",
        "La partie donne plus de mandats qu'il n'en est tenu.",
    ),
    "mandate.expired": (
        "The mandate is over, or was ended.",
        "Le mandat est échu, ou il y fut mis fin.",
    ),
    "mandate.exclusive": (
        "A part of the same was given to somebody else alone.",
        "Une part de la même chose a été confiée à un autre seul.",
    ),
    "mandate.depth": (
        "A mandate is handed on once, where it says that it may be.",
        "Un mandat se délègue une fois, là où il le permet.",
    ),
    "mandate.circular": (
        "A mandate goes back to who gave it.",
        "Un mandat revient à qui l'a donné.",
    ),
    "mandate.exceeds": (
        "What is handed on is wider than what is held.",
        "Ce qui est délégué dépasse ce qui est détenu.",
    ),
    "mandate.delegate": (
        "A mandate is accepted once, by whom it was given to, and ended by either side.",
        "Un mandat s'accepte une fois, par qui le reçoit, et prend fin par l'un ou l'autre.",
    ),
    "mandate.bound": (
        "The mandate was given for its whole time.",
        "Le mandat a été donné pour toute sa durée.",
    ),
    "repertoire.not-yours": (
        "Of all that a party has only she speaks, or whom she gave a mandate.",
        "De tout ce qu'une partie possède, elle seule parle, ou qui a son mandat.",
    ),
    "clock.ahead": (
        "An entry is dated no more than a day after the clock of the log that takes it in.",
        "Une entrée n'est datée que d'un jour au plus après l'horloge du journal qui la reçoit.",
    ),
    "clock.behind": (
        "An entry is dated no more than a day before the clock of the log that takes it in.",
        "Une entrée n'est datée que d'un jour au plus avant l'horloge du journal qui la reçoit.",
    ),
}
