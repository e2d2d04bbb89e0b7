"""The catalogue's reasons about disputes, overlaps, strikes and rates: English, French."""

from __future__ import annotations

from typing import Final

__all__ = ["DISPUTES"]

DISPUTES: Final[dict[str, tuple[str, str]]] = {
    "counter.own": ("Nobody contests a claim of their own.", "Nul ne conteste sa propre revendication."),
    "counter.contact": (
        "A counter-claim says how its maker is reached.",
        "Une contestation dit comment joindre son auteur.",
    ),
    "counter.statement": (
        "A counter-claim is a statement under penalty of perjury, with all its elements.",
        "Une contestation est une déclaration sous peine de parjure, avec tous ses éléments.",
    ),
    "counter.unclaimed": (
        "The party does not claim it, so that there is nothing to contest.",
        "La partie ne le revendique pas : il n'y a rien à contester.",
    ),
    "counter.twice": ("It is contested by the same party already.", "La même partie le conteste déjà."),
    "counter.settled": (
        "A settled dispute is opened anew by somebody else, or by a new document.",
        "Un litige réglé n'est rouvert que par un tiers, ou par une pièce nouvelle.",
    ),
    "overlap.twice": ("The log said so already.", "Le registre l'a déjà dit."),
    "overlap.subject": (
        "An overlap is of two works, or of a work and the public domain.",
        "Un recoupement porte sur deux œuvres, ou sur une œuvre et le domaine public.",
    ),
    "overlap.unknown": ("The record has no such work.", "Le registre ne contient pas cette œuvre."),
    "overlap.own": ("Two works of one party are no overlap.", "Deux œuvres d'une partie ne se recoupent pas."),
    "settle.unknown": ("The record has no such dispute.", "Le registre ne contient pas ce litige."),
    "settle.over": ("The dispute is over already.", "Le litige est déjà clos."),
    "settle.holder": (
        "A dispute is upheld for one of its two sides, and dropped for nobody.",
        "Un litige est tranché pour l'une des deux parties, et abandonné pour personne.",
    ),
    "settle.own-cause": ("Nobody is judge in their own cause.", "Nul n'est juge en sa propre cause."),
    "settle.not-yours": ("Only who contests drops a dispute.", "Seul qui conteste abandonne un litige."),
    "settle.stranger": (
        "Only its sides, the operator or a known issuer settle a dispute.",
        "Seuls les parties, l'opérateur ou un émetteur reconnu règlent un litige.",
    ),
    "settle.document": (
        "Who is no side records a settlement by a document.",
        "Qui n'est pas partie enregistre un règlement par une pièce.",
    ),
    "strike.stranger": (
        "Only the log, or an issuer that it knows, records a strike.",
        "Seul le registre, ou un émetteur reconnu, inscrit un avertissement.",
    ),
    "strike.party": ("The strike names no other party.", "L'avertissement ne vise aucune autre partie."),
    "strike.why": ("A strike says why.", "Un avertissement dit pourquoi."),
    "rate.step": (
        "This party registered as much today as its step of the ladder allows.",
        "Cette partie a enregistré aujourd'hui autant que son échelon le permet.",
    ),
}
