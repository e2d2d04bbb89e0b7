"""The catalogue's reasons about identifiers and the identity ladder: English, French."""

from __future__ import annotations

from typing import Final

__all__ = ["IDENTITY"]

IDENTITY: Final[dict[str, tuple[str, str]]] = {
    "identifier.scheme": (
        "It is no kind of identifier that is known here.",
        "Ce n'est pas un type d'identifiant connu ici.",
    ),
    "identifier.form": (
        "The identifier does not have the form that its standard prescribes.",
        "L'identifiant n'a pas la forme que sa norme prescrit.",
    ),
    "identifier.check-digit": (
        "The check digit of the identifier is wrong: a digit was mistyped, or it was invented.",
        "Le chiffre de contrôle de l'identifiant est faux : un chiffre est mal saisi, ou inventé.",
    ),
    "identifier.look-alike": (
        "The identifier holds a letter that only looks like the digit or letter that belongs there.",
        "L'identifiant contient une lettre qui ne fait que ressembler au signe attendu.",
    ),
    "identifier.mixed-script": (
        "A part of the host's name mixes letters of two scripts, so that it looks like another name (Unicode TS 39).",
        "Une partie du nom d'hôte mêle deux écritures et ressemble ainsi à un autre nom (Unicode TS 39).",
    ),
    "identifier.spelling": (
        "An identifier enters the record in its one spelling only.",
        "Un identifiant n'entre au registre que dans sa forme canonique.",
    ),
    "identity.party": (
        "What is attested is attested of a party whose key is in the record.",
        "On n'atteste qu'au sujet d'une partie dont la clé est au registre.",
    ),
    "identity.attester": (
        "Only the log attests addresses, domains, issuers and documents; identifiers and members also its issuers.",
        "Le journal seul atteste adresses, domaines, émetteurs, documents ; ses émetteurs, identifiants et membres.",
    ),
    "identity.self": (
        "Nobody attests herself.",
        "Nul ne s'atteste soi-même.",
    ),
    "identity.method": (
        "Each kind of attestation is made in its own way, and names what it must.",
        "Chaque type d'attestation se fait à sa manière et nomme ce qu'il doit nommer.",
    ),
    "identity.term": (
        "What was observed holds for a time: at most 90 days for a domain, a year for an address.",
        "Une observation vaut pour un temps : 90 jours au plus pour un domaine, un an pour une adresse.",
    ),
    "identity.evidence": (
        "The evidence does not show what is attested.",
        "La preuve ne montre pas ce qui est attesté.",
    ),
    "identity.unsay": (
        "An attestation is taken back once, by who made it or by the log.",
        "Une attestation est reprise une fois, par son auteur ou par le journal.",
    ),
    "identity.unanswered": (
        "The challenge was not answered as asked from everywhere that was looked.",
        "Le défi n'a pas reçu la réponse attendue partout où l'on a regardé.",
    ),
    "identity.suffix": (
        "Many people hold names under this one: only a name of one's own is shown to be somebody's.",
        "Beaucoup de gens ont un nom sous celui-ci : seul un nom à soi peut être montré comme sien.",
    ),
    "identity.token": (
        "The token opens nothing: it is wrong, was used, or is older than 48 hours.",
        "Le jeton n'ouvre rien : il est faux, déjà utilisé, ou a plus de 48 heures.",
    ),
}
