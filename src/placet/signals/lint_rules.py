"""Every rule of the linter: its id, how bad it is, what it means and how to mend it, in English and French."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = ["RULES", "Rule", "Severity"]


class Severity(StrEnum):
    """An error is not heard as it was meant; a warning is not heard by some; a note is worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Rule:
    """`means` and `mend` are (English, French)."""

    id: str
    severity: Severity
    means: tuple[str, str]
    mend: tuple[str, str]


_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

RULES: Final[dict[str, Rule]] = {
    rule.id: rule
    for rule in (
        Rule(
            "contradiction",
            _E,
            ("One standard says yes and another says no to the same use.", "Une norme dit oui et une autre dit non."),
            ("Decide which it is; until then, the no counts.", "Choisissez ; en attendant, le refus l'emporte."),
        ),
        Rule(
            "document.unheard",
            _E,
            ("This could not be obtained, so what it says is not known.", "Ce document n'a pas pu être obtenu."),
            (
                "Let the server answer 200, or 404 if there is none.",
                "Que le serveur réponde 200, ou 404 s'il n'y en a pas.",
            ),
        ),
        Rule(
            "document.unasked",
            _N,
            ("robots.txt closes this to us, so it was not looked over.", "robots.txt nous ferme cette adresse."),
            ("Look the files over where they lie: give their folder.", "Examinez les fichiers : donnez leur dossier."),
        ),
        Rule(
            "document.problem",
            _W,
            ("Something here is not understood.", "Quelque chose ici n'est pas compris."),
            ("Write it as its standard does.", "Écrivez-le comme le veut sa norme."),
        ),
        Rule(
            "robots.html",
            _E,
            ("robots.txt is an HTML page, and says nothing.", "robots.txt est une page HTML et ne dit rien."),
            ("Serve plain text, or 404.", "Servez du texte brut, ou 404."),
        ),
        Rule(
            "robots.too-long",
            _E,
            ("Crawlers read 500 KiB of a robots.txt; the rest is not heard.", "Au-delà de 500 Kio, rien n'est lu."),
            ("Make it shorter; put the important groups first.", "Raccourcissez-le ; l'important d'abord."),
        ),
        Rule(
            "robots.outside-groups",
            _E,
            (
                "A line before the first User-agent speaks to nobody.",
                "Une ligne avant tout User-agent ne vaut pour personne.",
            ),
            (
                "Move it below `User-agent: *`, and into every other group.",
                "Placez-la sous `User-agent: *` et dans chaque groupe.",
            ),
        ),
        Rule(
            "robots.inert-group",
            _E,
            (
                "A crawler with a group of its own inherits nothing from `*`, and hears no preference here.",
                "Un robot qui a son propre groupe n'hérite rien de `*`, et n'entend ici aucune préférence.",
            ),
            ("Repeat the lines of `*` in this group.", "Répétez les lignes de `*` dans ce groupe."),
        ),
        Rule(
            "robots.wildcard-token",
            _E,
            ("A product token has no wildcard: no crawler is called so.", "Un nom de robot n'a pas de joker."),
            ("Name each crawler in full.", "Nommez chaque robot en entier."),
        ),
        Rule(
            "robots.bad-token",
            _W,
            ("This is no product token; only its beginning is compared.", "Ce n'est pas un nom de robot valide."),
            ("Write the token alone, such as GPTBot.", "Écrivez le nom seul, par exemple GPTBot."),
        ),
        Rule(
            "robots.training-forgotten",
            _W,
            ("Some crawlers that train are refused, and others are let in.", "Des robots d'entraînement sont oubliés."),
            (
                "`placet signals emit --target robots` names them all.",
                "`placet signals emit --target robots` les nomme tous.",
            ),
        ),
        Rule(
            "robots.empty-disallow",
            _N,
            ("An empty Disallow refuses nothing: this crawler may fetch all.", "Un Disallow vide ne refuse rien."),
            ("Write `Disallow: /` if you meant no.", "Écrivez `Disallow: /` si c'est un refus."),
        ),
        Rule(
            "robots.no-slash",
            _E,
            ("A path begins with a slash; this one matches nothing.", "Un chemin commence par une barre oblique."),
            ("Put a slash before it.", "Ajoutez la barre oblique."),
        ),
        Rule(
            "robots.misspelt",
            _E,
            ("Nobody knows a directive of this name.", "Personne ne connaît cette directive."),
            ("Spell it as its standard does.", "Corrigez l'orthographe."),
        ),
        Rule(
            "robots.between-agents",
            _W,
            (
                "A line between two User-agent lines: some parsers end the list of agents there.",
                "Une ligne entre deux User-agent : certains lecteurs y terminent la liste.",
            ),
            ("Put all User-agent lines together, and the rest below.", "Groupez les lignes User-agent."),
        ),
        Rule(
            "aipref.unparsable",
            _E,
            (
                "This Content-Usage does not parse, so all of it is unknown.",
                "Ce Content-Usage est illisible et sans effet.",
            ),
            ("Write it as `train-ai=n, search=y`: lower case, no spaces around =.", "Écrivez `train-ai=n, search=y`."),
        ),
        Rule(
            "aipref.unknown-value",
            _E,
            ("A preference is y or n; any other value says nothing.", "Une préférence vaut y ou n, rien d'autre."),
            ("Write `y` or `n`, without quotes.", "Écrivez `y` ou `n`, sans guillemets."),
        ),
        Rule(
            "aipref.legacy-label",
            _W,
            (
                "This label was withdrawn; a reader of today ignores it.",
                "Cette étiquette a été retirée ; elle est ignorée.",
            ),
            ("The labels are train-ai, ai-use and search.", "Les étiquettes sont train-ai, ai-use et search."),
        ),
        Rule(
            "content-signals.unknown",
            _E,
            ("This is no content signal, and says nothing.", "Ce n'est pas un signal de contenu."),
            (
                "Keys are search, ai-input, ai-train; values yes, no.",
                "Clés : search, ai-input, ai-train ; valeurs : yes, no.",
            ),
        ),
        Rule(
            "tdmrep.unparsable",
            _E,
            ("tdmrep.json cannot be read, and reserves nothing.", "tdmrep.json est illisible et ne réserve rien."),
            ("Write an array of rules in JSON.", "Écrivez un tableau de règles en JSON."),
        ),
        Rule(
            "tdmrep.not-array",
            _E,
            ("tdmrep.json is an array, also for one rule.", "tdmrep.json est un tableau, même pour une règle."),
            ("Put [ and ] around it.", "Entourez-la de [ et ]."),
        ),
        Rule(
            "tdmrep.location",
            _E,
            (
                "A location begins with a slash; this rule matches nothing.",
                "Un location commence par une barre oblique.",
            ),
            ("Write `/` for the whole site.", "Écrivez `/` pour tout le site."),
        ),
        Rule(
            "tdmrep.number",
            _E,
            ("tdm-reservation is 0 or 1; anything else is unset.", "tdm-reservation vaut 0 ou 1, rien d'autre."),
            ("In JSON write the number 1, without quotes.", "En JSON, écrivez le nombre 1 sans guillemets."),
        ),
        Rule(
            "tdmrep.relative-policy",
            _E,
            ("tdm-policy is no absolute address, and cannot be followed.", "tdm-policy n'est pas une adresse absolue."),
            ("Begin it with https://.", "Commencez par https://."),
        ),
        Rule(
            "tdmrep.hidden-rule",
            _E,
            (
                "The first rule that matches wins, so this one is never reached.",
                "La première règle l'emporte : celle-ci est inutile.",
            ),
            ("Put the narrower location first.", "Placez d'abord l'emplacement le plus étroit."),
        ),
        Rule(
            "rsl.not-conformant",
            _E,
            (
                "This licence is not conformant, and licenses nothing.",
                "Cette licence n'est pas conforme et n'autorise rien.",
            ),
            ("Write it as RSL 1.0 does.", "Suivez RSL 1.0."),
        ),
        Rule(
            "rsl.draft",
            _W,
            ("This is written as the draft 0.9 was.", "Ceci suit le brouillon 0.9."),
            ("RSL 1.0 lists with spaces, and knows neither `inference` nor XBT.", "RSL 1.0 sépare par des espaces."),
        ),
        Rule(
            "rsl.remark",
            _W,
            ("A word of this licence is of no known meaning.", "Un mot de cette licence n'a pas de sens connu."),
            ("Use the words of RSL 1.0.", "Utilisez les mots de RSL 1.0."),
        ),
        Rule(
            "rsl.relative-link",
            _E,
            (
                "A licence address that is not absolute cannot be followed.",
                "L'adresse de la licence n'est pas absolue.",
            ),
            ("Begin it with https://.", "Commencez par https://."),
        ),
        Rule(
            "rsl.unobtainable",
            _E,
            (
                "The licence that is pointed to is not there: all counts as unlicensed.",
                "La licence indiquée est introuvable.",
            ),
            ("Put the licence there, or take the pointer away.", "Placez-y la licence, ou retirez le lien."),
        ),
        Rule(
            "rsl.not-linked",
            _W,
            (
                "Nothing points to this licence, so nobody reads it.",
                "Rien ne mène à cette licence ; personne ne la lit.",
            ),
            (
                "Add `License: https://...` to every group of robots.txt.",
                "Ajoutez `License: https://...` dans robots.txt.",
            ),
        ),
        Rule(
            "ai-txt.alone",
            _W,
            ("ai.txt refuses, robots.txt does not, and few read ai.txt.", "ai.txt refuse, robots.txt non."),
            ("Say the same in robots.txt.", "Dites la même chose dans robots.txt."),
        ),
        Rule(
            "headers.no-picture",
            _E,
            ("Pages carry this header, and pictures do not.", "Les pages portent cet en-tête, les images non."),
            ("Let the server send it with every file.", "Envoyez-le avec chaque fichier."),
        ),
        Rule(
            "near.control-token",
            _E,
            (
                "This name stands in robots.txt only: no crawler sends it or looks for it elsewhere.",
                "Ce nom ne vaut que dans robots.txt : aucun robot ne le porte.",
            ),
            ("Refuse it in robots.txt.", "Refusez-le dans robots.txt."),
        ),
    )
}
