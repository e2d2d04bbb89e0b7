"""The catalogue's reasons about outside keys that are linked to a party: English, French."""

from __future__ import annotations

from typing import Final

__all__ = ["LINKS"]

LINKS: Final[dict[str, tuple[str, str]]] = {
    "link.certificate": (
        "A certificate that is linked is one for C2PA claims, documents or e-mail, in time, with those that issued it.",
        "Un certificat lié est de ceux pour C2PA, les documents ou le courriel, en cours, avec ceux qui l'ont délivré.",
    ),
    "link.form": (
        "A signature by a certificate's key is kept as canonical JSON, with its certificates.",
        "Une signature par la clé d'un certificat est gardée en JSON canonique, avec ses certificats.",
    ),
    "link.key": (
        "The key that is linked is the one that signed, in its one spelling, and not one for which anybody can sign.",
        "La clé liée est celle qui a signé, dans sa forme canonique, et non une clé pour laquelle chacun peut signer.",
    ),
    "link.signature": (
        "The key that is linked signed the text that names the party's key and the log.",
        "La clé liée a signé le texte qui nomme la clé de la partie et le journal.",
    ),
    "link.twice": (
        "A key is linked to a party once.",
        "Une clé n'est liée qu'une fois à une partie.",
    ),
    "link.many": (
        "A party links a bounded number of keys.",
        "Une partie lie un nombre borné de clés.",
    ),
    "sshsig.armor": (
        "An SSH signature stands alone in its armor, in canonical base64.",
        "Une signature SSH est seule dans son armure, en base64 canonique.",
    ),
    "sshsig.form": (
        "An SSH signature has the form of version 1, each number in its one spelling, and nothing behind its end.",
        "Une signature SSH a la forme de la version 1, chaque nombre sous sa forme canonique, et rien après sa fin.",
    ),
    "sshsig.hash": (
        "An SSH signature hashes its message by SHA-256 or SHA-512.",
        "Une signature SSH hache son message par SHA-256 ou SHA-512.",
    ),
    "sshsig.namespace": (
        "A signature made for another program's purpose says nothing here.",
        "Une signature faite pour l'usage d'un autre programme ne dit rien ici.",
    ),
    "sshsig.key": (
        "SSH keys are taken of Ed25519, also on a token, of nistp256, and of RSA from 2048 bits on without SHA-1.",
        "Sont admises les clés SSH Ed25519, aussi sur un jeton, nistp256, et RSA dès 2048 bits sans SHA-1.",
    ),
    "sshsig.presence": (
        "A key on a token counts when somebody touched the token.",
        "Une clé sur un jeton compte si quelqu'un a touché le jeton.",
    ),
    "sshsig.bad": (
        "The SSH signature does not hold.",
        "La signature SSH ne tient pas.",
    ),
}
