"""The catalogue of reasons: every refusal and every yes has an id and a sentence, in English and French.

A decision's reason is `<outcome>.<basis>`; a problem's reason says what could not be read.
"""

from __future__ import annotations

from placet.core.reasons_bulk import BULK
from placet.core.reasons_disputes import DISPUTES
from placet.core.reasons_identity import IDENTITY
from placet.core.reasons_keys import KEYS
from placet.core.reasons_links import LINKS
from placet.core.reasons_made import MADE
from placet.core.reasons_mandates import MANDATES
from placet.core.reasons_people import PEOPLE
from placet.core.reasons_repertoire import REPERTOIRE

__all__ = ["LANGUAGES", "REASONS", "sentence"]

LANGUAGES = ("en", "fr")

REASONS: dict[str, tuple[str, str]] = {
    "reserved.declared": (
        "Its maker, its site or the file itself said no to this use.",
        "Son auteur, son site ou le fichier même a refusé cet usage.",
    ),
    "licence.declared": (
        "Its maker, its site or the file itself asks for a licence first.",
        "Son auteur, son site ou le fichier même demande d'abord une licence.",
    ),
    "cleared.declared": (
        "Its maker, its site or the file itself said yes to this use.",
        "Son auteur, son site ou le fichier même a autorisé cet usage.",
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
    "cleared.unheeded": (
        "What was said does not count here, and the chosen profile leaves this use open.",
        "Ce qui a été dit ne compte pas ici, et le profil choisi laisse cet usage ouvert.",
    ),
    "silent.unheeded": (
        "What was said does not count here, and under the chosen profile silence is no.",
        "Ce qui a été dit ne compte pas ici, et selon le profil choisi le silence vaut refus.",
    ),
    "unsettled.unheeded": (
        "What was said does not count here, and under the chosen profile silence settles nothing.",
        "Ce qui a été dit ne compte pas ici, et selon le profil choisi le silence ne tranche rien.",
    ),
    "silent.below": (
        "What refuses it is beneath the voice that was chosen, and nobody at or above it said yes.",
        "Ce qui le refuse est sous la voix choisie, et personne à ce rang ou au-dessus n'a dit oui.",
    ),
    "unclear.problem": (
        "Something could not be read or judged, so it is not cleared.",
        "Quelque chose n'a pu être lu ou jugé ; l'usage n'est donc pas autorisé.",
    ),
    "media.unreadable": (
        "The picture, text, sound or film could not be decoded.",
        "L'image, le texte, le son ou le film n'a pas pu être décodé.",
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
    "match.common": (
        "It shares with a registered work only passages that the works of many parties have in common.",
        "Cela ne partage avec une œuvre enregistrée que des passages communs aux œuvres de plusieurs parties.",
    ),
    "prints.lacking": (
        "The fingerprints that an earlier run left do not hold all that is compared: clear it again from the media.",
        "Les empreintes laissées par un passage antérieur ne contiennent pas tout ce qui est comparé : à vérifier de"
        " nouveau sur les fichiers.",
    ),
    "match.crowded": (
        "More than 20 parties registered what this is: whose it is cannot be judged.",
        "Plus de 20 parties ont enregistré ceci : on ne peut juger à qui cela appartient.",
    ),
    "match.disputed": (
        "DISPUTED: more than one party says that it is theirs; the strictest of their words decides.",
        "CONTESTÉ : plus d'une partie dit que c'est à elle ; la plus stricte de leurs paroles décide.",
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
    "money.amount": (
        "What is given is no amount of money, or finer than the currency's smallest unit.",
        "Ce n'est pas un montant, ou il est plus fin que la plus petite unité de la monnaie.",
    ),
    "money.currency": (
        "ISO 4217 knows no such currency, or gives it no smallest unit.",
        "La norme ISO 4217 ne connaît pas cette monnaie, ou ne lui donne pas de plus petite unité.",
    ),
    "money.mixed": (
        "Amounts of two currencies are neither added nor compared.",
        "Des montants de deux monnaies ne sont ni additionnés ni comparés.",
    ),
    "money.overflow": (
        "The amount does not fit into 63 bits of smallest units.",
        "Le montant ne tient pas en 63 bits de plus petites unités.",
    ),
    "money.sign": (
        "A pool and a price are more than zero, and a threshold is not negative.",
        "Une somme à répartir et un prix sont supérieurs à zéro, et un seuil n'est pas négatif.",
    ),
    "sheet.unread": (
        "A table of shares, usage, attribution or prices cannot be read.",
        "Un tableau de parts, d'usages, d'attributions ou de prix ne peut être lu.",
    ),
    "sheet.column": (
        "A table has a column that is not known, lacks one that is needed, or has one twice.",
        "Un tableau a une colonne inconnue, en double, ou il lui en manque une.",
    ),
    "shares.unread": (
        "A share, its day, its territory or its status cannot be read.",
        "Une part, sa date, son territoire ou son état ne peut être lu.",
    ),
    "shares.over": (
        "The agreed shares of a work come to more than the whole of it.",
        "Les parts convenues d'une œuvre dépassent le tout.",
    ),
    "shares.twice": (
        "A party stands twice in one role on one work.",
        "Un ayant droit figure deux fois dans le même rôle pour une œuvre.",
    ),
    "shares.unstated": (
        "A share is not stated, and the plan has no default for it.",
        "Une part n'est pas indiquée, et le plan ne prévoit pas de règle pour elle.",
    ),
    "shares.scope": (
        "The shares differ by right, territory or time, and nobody said which the money is for.",
        "Les parts varient selon le droit, le territoire ou la date, et rien ne dit pour lesquels est l'argent.",
    ),
    "weights.unread": (
        "A count, weight or confidence cannot be read, or is out of its bounds.",
        "Un nombre, un poids ou une confiance ne peut être lu, ou sort de ses bornes.",
    ),
    "weights.over": (
        "More than the whole of an output is attributed.",
        "Plus que la totalité d'une production est attribuée.",
    ),
    "weights.zero": (
        "All weights are zero: there is nothing to divide by.",
        "Tous les poids sont nuls : rien ne permet de répartir.",
    ),
    "split.plan": (
        "There is no plan of that name.",
        "Il n'existe pas de plan de ce nom.",
    ),
    "split.sheet": (
        "The plan needs another table than those given, or does not use one of them.",
        "Le plan demande un autre tableau que ceux fournis, ou n'en utilise pas un.",
    ),
    "split.sum": (
        "The prices do not come to the pool.",
        "Les prix n'atteignent pas la somme à répartir, ou la dépassent.",
    ),
    "party.no-account": (
        "A party has no account in this currency, and nobody asked to open one.",
        "Un ayant droit n'a pas de compte dans cette monnaie, et nul n'a demandé d'en ouvrir.",
    ),
    "run.reference": (
        "A reference is divided once; a correction has the reference of what it corrects.",
        "Une référence n'est répartie qu'une fois ; une correction porte celle de ce qu'elle corrige.",
    ),
    "run.corrected": (
        "The run was corrected before, and a run is corrected once.",
        "La répartition a déjà été corrigée, et ne l'est qu'une fois.",
    ),
    "run.changed": (
        "The ledger has this run with another result.",
        "Le grand livre connaît cette répartition avec un autre résultat.",
    ),
    "offer.terms": (
        "The terms of an offer contradict each other or leave their bounds: price, share, bulk, dates, lines.",
        "Les conditions d'une offre se contredisent ou sortent de leurs bornes : prix, part, paliers, dates, lignes.",
    ),
    "offer.unread": (
        "The terms are no offer, or an offer that cannot be read.",
        "Ces conditions ne sont pas une offre, ou l'offre ne peut être lue.",
    ),
    "offer.version": (
        "The offer is of a later version than this release reads.",
        "L'offre est d'une version plus récente que celle que lit ce programme.",
    ),
    "quote.no-offer": (
        "Its holder asks for a licence and has made no offer.",
        "Son titulaire demande une licence et n'a pas fait d'offre.",
    ),
    "quote.words-only": (
        "Its terms are words for people, no offer that a program can read.",
        "Ses conditions sont des mots pour des personnes, non une offre qu'un programme puisse lire.",
    ),
    "quote.withheld": (
        "Its terms are withheld from this snapshot.",
        "Ses conditions sont retenues hors de cet instantané.",
    ),
    "quote.not-for-this": (
        "Its offer is not for this use, territory or time.",
        "Son offre ne vaut pas pour cet usage, ce territoire ou cette date.",
    ),
    "quote.disputed": (
        "More than one party says that it is theirs: no licence of one lifts what another says.",
        "Plusieurs disent que l'œuvre est à eux : la licence de l'un ne lève pas ce que dit l'autre.",
    ),
    "quote.no-holder": (
        "It is asked for elsewhere than in the registry, and nobody here can sell it.",
        "C'est demandé ailleurs qu'au registre, et nul ici ne peut le vendre.",
    ),
    "quote.overflow": (
        "So many works cost more than can be written exactly: buy them in parts.",
        "Autant d'œuvres coûtent plus que ce qui s'écrit exactement : achetez-les par parties.",
    ),
    "quote.snapshot": (
        "The clearance was made against another snapshot.",
        "L'examen a été fait contre un autre instantané.",
    ),
    "quote.unfinished": (
        "The clearance is not finished.",
        "L'examen n'est pas achevé.",
    ),
    "quote.no-clearance": (
        "There is no clearance in that folder.",
        "Il n'y a pas d'examen dans ce dossier.",
    ),
    "quote.unread": (
        "The decisions name a declaration that nobody made.",
        "Les décisions nomment une déclaration que personne n'a faite.",
    ),
    "training.facts": (
        "The facts for the summary of training content do not fit the form.",
        "Les faits pour le résumé des contenus d'entraînement ne correspondent pas au formulaire.",
    ),
    "training.kind": (
        "There is no such kind of source in the form.",
        "Le formulaire ne connaît pas ce genre de source.",
    ),
    "training.no-clearance": (
        "There is no finished clearance in that folder.",
        "Il n'y a pas d'examen achevé dans ce dossier.",
    ),
    "training.other-data": (
        "The dataset is not the one that was judged.",
        "Le jeu de données n'est pas celui qui a été examiné.",
    ),
    "training.contradicted": (
        "The provider denies what a run shows.",
        "Le fournisseur nie ce qu'une exécution montre.",
    ),
    "licence.no-offer": (
        "The licensor has no standing offer for this work and use.",
        "Le concédant n'a pas d'offre en vigueur pour cette œuvre et cet usage.",
    ),
    "licence.two-offers": (
        "The works have more than one offer: each is licensed by itself.",
        "Les œuvres relèvent de plusieurs offres : chacune a sa propre licence.",
    ),
    "licence.not-yours": (
        "Only who spoke for a work licenses it.",
        "Seul qui s'est exprimé pour une œuvre en donne licence.",
    ),
    "licence.terms": (
        "The terms of a licence contradict each other or leave their bounds.",
        "Les termes d'une licence se contredisent ou sortent de leurs bornes.",
    ),
    "licence.unread": (
        "It is no licence file, or a part of it cannot be read.",
        "Ce n'est pas un fichier de licence, ou une partie ne peut en être lue.",
    ),
    "licence.forged": (
        "A signature, a proof or the works do not belong to this licence.",
        "Une signature, une preuve ou les œuvres n'appartiennent pas à cette licence.",
    ),
    "licence.version": (
        "The licence file is of a later version than this release reads.",
        "Le fichier de licence est d'une version plus récente que celle que lit ce programme.",
    ),
    "licence.there": (
        "A file of that name is there already, and a licence is never overwritten.",
        "Un fichier de ce nom existe déjà, et une licence n'est jamais écrasée.",
    ),
    "licence.places": (
        "All places of the licensor's status list are taken.",
        "Toutes les places de la liste d'états du concédant sont prises.",
    ),
    "licence.giver": (
        "Only the key that gave a licence takes it back.",
        "Seule la clé qui a donné une licence la reprend.",
    ),
    "licence.unknown": (
        "No licence is found by that name, or more than one.",
        "Aucune licence ne porte ce nom, ou plusieurs.",
    ),
    "licence.not-shown": (
        "The licence file does not show this work, or more than one begins so.",
        "Le fichier de licence ne montre pas cette œuvre, ou plusieurs commencent ainsi.",
    ),
    "licence.status": (
        "The newest status list of the licensor is not in the log, and may take the licence back.",
        "La plus récente liste d'états du concédant n'est pas au journal, et peut reprendre la licence.",
    ),
    "licence.unlogged": (
        "The log holds no commitment to this licence, or ends before it.",
        "Le journal ne contient pas d'engagement pour cette licence, ou s'arrête avant.",
    ),
    "licence.revoked": (
        "The licence was taken back.",
        "La licence a été reprise.",
    ),
    "licence.early": (
        "The licence has not begun yet.",
        "La licence n'a pas encore commencé.",
    ),
    "licence.over": (
        "The licence is over.",
        "La licence est échue.",
    ),
    "licence.holder": (
        "The licence was given to another key.",
        "La licence a été donnée à une autre clé.",
    ),
    "ledger.imbalance": (
        "The transfers of a run do not come to what it divides: nothing was written.",
        "Les virements d'une répartition n'égalent pas ce qu'elle répartit : rien n'a été écrit.",
    ),
    "ledger.closed": (
        "A run that is complete takes no more transfers.",
        "Une répartition achevée ne reçoit plus de virements.",
    ),
    "ledger.kept": (
        "What stands in the ledger is neither changed nor deleted.",
        "Ce qui figure au grand livre n'est ni modifié ni supprimé.",
    ),
    "time.size": (
        "A time stamp is larger than any that is read.",
        "Un horodatage est plus grand que ceux qui sont lus.",
    ),
    "time.form": (
        "What should be a time stamp, or the request for one, is none, or is cut.",
        "Ce qui devrait être un horodatage, ou sa demande, n'en est pas un, ou est tronqué.",
    ),
    "time.refused": (
        "The time stamping authority gave no stamp.",
        "L'autorité d'horodatage n'a pas délivré de jeton.",
    ),
    "time.imprint": (
        "The stamp is for other bytes.",
        "L'horodatage porte sur d'autres octets.",
    ),
    "time.nonce": (
        "The stamp answers another request.",
        "L'horodatage répond à une autre demande.",
    ),
    "time.clock": (
        "The stamp is from the future: its clock or this one is wrong.",
        "L'horodatage vient du futur : son horloge ou celle-ci est fausse.",
    ),
    "time.purpose": (
        "The certificate that signed is not for time stamping alone.",
        "Le certificat signataire n'est pas réservé à l'horodatage.",
    ),
    "time.expired": (
        "The authority's certificate was not valid when it signed.",
        "Le certificat de l'autorité n'était pas valide au moment de la signature.",
    ),
    "time.chain": (
        "No trusted authority stands behind the signature of the stamp.",
        "Aucune autorité de confiance ne répond de la signature de l'horodatage.",
    ),
    "time.trust": (
        "Nobody said which authority to believe.",
        "Nul n'a dit quelle autorité croire.",
    ),
    "time.list": (
        "The trusted list cannot be read.",
        "La liste de confiance ne peut être lue.",
    ),
    "bag.declaration": (
        "The folder is no BagIt bag of version 1.0 in UTF-8.",
        "Le dossier n'est pas un paquet BagIt de version 1.0 en UTF-8.",
    ),
    "bag.manifest": (
        "A line of a manifest is not a digest and a path, or lists what it may not.",
        "Une ligne de manifeste n'est pas une empreinte et un chemin, ou cite ce qu'elle ne doit pas.",
    ),
    "bag.algorithm": (
        "A manifest uses a digest that is not believed.",
        "Un manifeste utilise une empreinte à laquelle on ne se fie pas.",
    ),
    "bag.payload": (
        "The bag has no payload folder.",
        "Le paquet n'a pas de dossier de contenu.",
    ),
    "bag.unlisted": (
        "A file is in the bag, and a manifest does not list it.",
        "Un fichier est dans le paquet, et un manifeste ne le cite pas.",
    ),
    "bag.missing": (
        "A file is listed, and not there.",
        "Un fichier est cité, et absent.",
    ),
    "bag.digest": (
        "A file was changed: it is not what its manifest says.",
        "Un fichier a été modifié : il n'est pas ce que dit son manifeste.",
    ),
    "bag.twice": (
        "A path is listed twice.",
        "Un chemin est cité deux fois.",
    ),
    "bag.twins": (
        "Two paths are one file on some systems.",
        "Deux chemins désignent un même fichier sur certains systèmes.",
    ),
    "bag.path": (
        "A path climbs out of the bag, is a link, or is none on some systems.",
        "Un chemin sort du paquet, est un lien, ou n'en est pas un sur certains systèmes.",
    ),
    "bag.encoding": (
        "A tag file is not plain UTF-8.",
        "Un fichier de description n'est pas en UTF-8 simple.",
    ),
    "bag.info": (
        "A line of bag-info.txt is not a label and a value, or stands there twice.",
        "Une ligne de bag-info.txt n'est pas une étiquette et une valeur, ou y figure deux fois.",
    ),
    "bag.fetch": (
        "fetch.txt cannot be read, or names what no manifest lists.",
        "fetch.txt ne peut être lu, ou cite ce qu'aucun manifeste ne cite.",
    ),
    "bag.oxum": (
        "The payload has another size or number of files than it says.",
        "Le contenu n'a pas la taille ou le nombre de fichiers annoncés.",
    ),
    "bag.size": (
        "The bag holds more than is read.",
        "Le paquet contient plus que ce qui est lu.",
    ),
    "custody.form": (
        "The custody log is empty, cut, or too long.",
        "Le journal de garde est vide, tronqué ou trop long.",
    ),
    "custody.chain": (
        "A step of the custody log is not signed, or does not follow the one before.",
        "Une étape du journal de garde n'est pas signée, ou ne suit pas la précédente.",
    ),
    "anchor.form": (
        "What should be an OpenTimestamps proof is none, or is cut.",
        "Ce qui devrait être une preuve OpenTimestamps n'en est pas une, ou est tronqué.",
    ),
    "anchor.size": (
        "An OpenTimestamps proof is larger or deeper than is read.",
        "Une preuve OpenTimestamps est plus grande ou plus profonde que ce qui est lu.",
    ),
    "anchor.operation": (
        "An operation of the proof is not known here.",
        "Une opération de la preuve n'est pas connue ici.",
    ),
    "anchor.bytes": (
        "The proof is about other bytes.",
        "La preuve porte sur d'autres octets.",
    ),
    "anchor.pending": (
        "No block holds it yet.",
        "Aucun bloc ne le contient encore.",
    ),
    "anchor.header": (
        "The header of the block is needed, and was not given whole.",
        "L'en-tête du bloc est nécessaire, et n'a pas été fourni en entier.",
    ),
    "anchor.root": (
        "The block does not hold it: its Merkle root is another.",
        "Le bloc ne le contient pas : sa racine de Merkle est autre.",
    ),
    "usage.words": (
        "The words on the command line cannot be followed.",
        "Les mots de la ligne de commande ne peuvent être suivis.",
    ),
    "input.unreadable": (
        "A file or value cannot be read.",
        "Un fichier ou une valeur ne peut être lu.",
    ),
    "input.too-new": (
        "It is of a version that this release does not know.",
        "C'est une version que cette édition ne connaît pas.",
    ),
    "input.not-found": (
        "There is nothing by that name.",
        "Il n'y a rien de ce nom.",
    ),
    "dataset.unreadable": (
        "The dataset is not what it should be.",
        "Le jeu de données n'est pas ce qu'il devrait être.",
    ),
    "record.form": (
        "The bytes break the format of a record.",
        "Les octets ne respectent pas le format d'un enregistrement.",
    ),
    "note.form": (
        "It is no signed note (C2SP signed-note).",
        "Ce n'est pas une note signée (C2SP signed-note).",
    ),
    "checkpoint.form": (
        "It is no checkpoint (C2SP tlog-checkpoint).",
        "Ce n'est pas un point de contrôle (C2SP tlog-checkpoint).",
    ),
    "tile.form": (
        "It is no tile or bundle of entries (C2SP tlog-tiles).",
        "Ce n'est ni une tuile ni un lot d'entrées (C2SP tlog-tiles).",
    ),
    "proof.form": (
        "It is no proof (RFC 9162, C2SP tlog-proof).",
        "Ce n'est pas une preuve (RFC 9162, C2SP tlog-proof).",
    ),
    "policy.form": (
        "It is no policy of whom to trust (C2SP tlog-policy).",
        "Ce n'est pas une politique de confiance (C2SP tlog-policy).",
    ),
    "cosignature.form": (
        "It is no cosignature, or no request for one (C2SP tlog-cosignature, tlog-witness).",
        "Ce n'est ni une cosignature ni une demande (C2SP tlog-cosignature, tlog-witness).",
    ),
    "entry.form": (
        "It is no entry of a log (docs/format.md).",
        "Ce n'est pas une entrée de journal (docs/format.md).",
    ),
    "signal.unreadable": (
        "The document of a standard cannot be read at all.",
        "Le document d'un standard ne peut être lu du tout.",
    ),
    "refused.stated": (
        "It was understood and not done; the sentence says why.",
        "C'est compris et non fait ; la phrase dit pourquoi.",
    ),
    "plan.changed": (
        "The run was begun with another plan.",
        "L'exécution a commencé avec un autre plan.",
    ),
    "verify.failed": (
        "A proof, signature or digest does not hold.",
        "Une preuve, une signature ou une empreinte ne tient pas.",
    ),
    "verify.untrusted": (
        "Nobody said whose key to believe.",
        "Personne n'a dit quelle clé croire.",
    ),
    "verify.rollback": (
        "It is smaller than what was seen before, or another history.",
        "C'est plus petit que ce qui fut vu, ou une autre histoire.",
    ),
    "store.damaged": (
        "Our own files contradict each other.",
        "Nos propres fichiers se contredisent.",
    ),
    "extra.missing": (
        "An optional package is not installed.",
        "Un paquet facultatif n'est pas installé.",
    ),
    "system.error": (
        "The operating system refused.",
        "Le système d'exploitation a refusé.",
    ),
    "program.fault": (
        "Something happened that was not foreseen.",
        "Il s'est passé quelque chose d'imprévu.",
    ),
    **BULK,
    **DISPUTES,
    **IDENTITY,
    **KEYS,
    **LINKS,
    **MADE,
    **MANDATES,
    **PEOPLE,
    **REPERTOIRE,
}


def sentence(reason: str, language: str = "en") -> str:
    """The sentence for a reason's id; KeyError for an id that is not in the catalogue."""
    return REASONS[reason][LANGUAGES.index(language)]
