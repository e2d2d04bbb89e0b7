"""The catalogue of reasons: every refusal and every yes has an id and a sentence, in English and French.

A decision's reason is `<outcome>.<basis>`; a problem's reason says what could not be read.
"""

from __future__ import annotations

__all__ = ["LANGUAGES", "REASONS", "sentence"]

LANGUAGES = ("en", "fr")

REASONS: dict[str, tuple[str, str]] = {
    "reserved.declared": (
        "Its maker said no to this use.",
        "Son auteur a refusé cet usage.",
    ),
    "licence.declared": (
        "Its maker asks for a licence first.",
        "Son auteur demande d'abord une licence.",
    ),
    "cleared.declared": (
        "Its maker said yes to this use.",
        "Son auteur a autorisé cet usage.",
    ),
    "cleared.licensed": (
        "A licence held by the asker covers this use.",
        "Une licence détenue par le demandeur couvre cet usage.",
    ),
    "cleared.silence": (
        "Nobody spoke, and the chosen profile leaves this use open.",
        "Personne ne s'est exprimé, et le profil choisi laisse cet usage ouvert.",
    ),
    "silent.silence": (
        "Nobody spoke, and under the chosen profile silence is no.",
        "Personne ne s'est exprimé, et selon le profil choisi le silence vaut refus.",
    ),
    "unsettled.silence": (
        "Nobody spoke, and under the chosen profile silence settles nothing.",
        "Personne ne s'est exprimé, et selon le profil choisi le silence ne tranche rien.",
    ),
    "unclear.problem": (
        "Something could not be read or judged, so it is not cleared.",
        "Quelque chose n'a pu être lu ou jugé ; l'usage n'est donc pas autorisé.",
    ),
    "media.unreadable": (
        "The picture or text could not be decoded.",
        "L'image ou le texte n'a pas pu être décodé.",
    ),
    "media.too-large": (
        "The file declares more pixels or bytes than the limit.",
        "Le fichier annonce plus de pixels ou d'octets que la limite.",
    ),
    "media.unsupported": (
        "No fingerprint here reads this kind of file; only its exact bytes were compared.",
        "Aucune empreinte ne lit ce type de fichier ; seuls ses octets exacts ont été comparés.",
    ),
    "row.incomplete": (
        "The row holds nothing that could be judged.",
        "La ligne ne contient rien qui puisse être jugé.",
    ),
    "row.malformed": (
        "The row could not be read from its file.",
        "La ligne n'a pas pu être lue dans son fichier.",
    ),
    "path.unsafe": (
        "The path is absolute, climbs out of the dataset, or is a link or special file.",
        "Le chemin est absolu, sort du jeu de données, ou est un lien ou un fichier spécial.",
    ),
    "unit.unreadable": (
        "The rest of this file could not be read.",
        "Le reste de ce fichier n'a pas pu être lu.",
    ),
    "match.capped": (
        "So many works share this fingerprint that it cannot be judged.",
        "Trop d'œuvres partagent cette empreinte pour en juger.",
    ),
    "match.verify": (
        "It resembles a registered work, too little to be sure.",
        "Cela ressemble à une œuvre enregistrée, trop peu pour en être sûr.",
    ),
    "signal.malformed": (
        "A preference was stated in a way that its standard does not understand.",
        "Une préférence est exprimée d'une manière que sa norme ne comprend pas.",
    ),
    "signal.unreachable": (
        "A place where a preference may stand did not answer.",
        "Un endroit où une préférence peut se trouver n'a pas répondu.",
    ),
    "signal.cut": (
        "A document was not read to its end; the rest may hold a refusal.",
        "Un document n'a pas été lu jusqu'au bout ; le reste peut contenir un refus.",
    ),
    "signal.unasked": (
        "Nobody who could speak of it was asked: no observation of its site, no registry, no list.",
        "Nul qui aurait pu en parler n'a été entendu : ni observation du site, ni registre, ni liste.",
    ),
    "lost.nearer": (
        "By its own standard's rule, something nearer or more specific speaks instead.",
        "Selon la règle de sa propre norme, une indication plus proche ou plus précise l'emporte.",
    ),
}


def sentence(reason: str, language: str = "en") -> str:
    """The sentence for a reason's id; KeyError for an id that is not in the catalogue."""
    return REASONS[reason][LANGUAGES.index(language)]
