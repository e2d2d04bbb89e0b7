"""Public identifiers of people, works and places: one spelling each, and the check digits that they carry.

An identifier is a claim, not a proof.  What can be seen from its digits alone is checked here, and what only looks
like one is refused: a letter for a digit, a letter of another script.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from placet.core.did import party_of
from placet.core.domains import domain
from placet.errors import BadRecord

__all__ = ["IDENTIFIERS", "PEOPLE", "Scheme", "canonical", "did_key", "isbn", "isrc", "of_page", "scheme_of"]


@dataclass(frozen=True, slots=True)
class Scheme:
    """`read` gives the one spelling of what stands behind `name:`; ValueError, a sentence with its rule's id."""

    name: str
    words: str
    read: Callable[[str], str]


def canonical(text: str) -> str:
    """`scheme:value` in its one spelling; ValueError when the scheme is unknown or the value is none of it."""
    scheme = scheme_of(text)
    if scheme is None:
        known = ", ".join(f"{name}:" for name in IDENTIFIERS)
        raise ValueError(f"{text[:80]!r} is no identifier that is known here: {known} (identifier.scheme)")
    return f"{scheme.name}:{scheme.read(text.partition(':')[2])}"


def scheme_of(text: str) -> Scheme | None:
    """What kind of identifier a text says that it is."""
    name, colon, _ = text.partition(":")
    return IDENTIFIERS.get(name.strip().lower()) if colon else None


def of_page(text: str) -> str:
    """`orcid:...`, `isni:...` where somebody gives the page named after the number; else the text as it is."""
    found = _PAGE.match(text)
    return f"{found[1].lower()}:{text.strip()}" if found else text


_PAGE: Final = re.compile(r"\s*https?://(?:www\.)?(orcid|isni)\.org/", re.IGNORECASE)
# What stands between the digits on paper: spaces, points, and every dash that a text program makes of a hyphen.
_BETWEEN: Final = re.compile(r"[\s.\-\u00ad\u2010-\u2015\u2212\ufe63\uff0d]")
_LIKE: Final = {"O": "0", "I": "1", "L": "1"}


def _bare(text: str, name: str, form: str, words: str) -> str:
    """The digits and letters alone; `form` is what they must be, `words` the same for people."""
    bare = _BETWEEN.sub("", text).upper()
    for sign in bare:
        if not sign.isascii():
            raise ValueError(f"{name} {text[:40]!r} holds {sign!r}, which only looks right (identifier.look-alike)")
    if re.fullmatch(form, bare):
        return bare
    meant = "".join(_LIKE.get(sign, sign) for sign in bare)
    if meant != bare and re.fullmatch(form, meant):
        raise ValueError(f"{name} {text[:40]!r} has a letter where a digit stands (identifier.look-alike)")
    raise ValueError(f"{text[:40]!r} is not an {name}: {words} (identifier.form)")


def _wrong(name: str, text: str) -> ValueError:
    return ValueError(f"{name} {text.strip()[:40]} has a wrong check digit (identifier.check-digit)")


# ---- people and organisations ------------------------------------------------------------------------------


def _mod_11_2(digits: str) -> str:
    """ISO 7064 MOD 11-2: the check character of fifteen digits."""
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    return "0123456789X"[(12 - total % 11) % 11]


def isni(text: str) -> str:
    """ISO 27729: sixteen digits, the last of which may be X."""
    bare = _bare(_without(text, "isni.org/isni/", "isni.org/"), "ISNI", r"[0-9]{15}[0-9X]", "it has sixteen digits")
    if _mod_11_2(bare[:15]) != bare[15]:
        raise _wrong("ISNI", text)
    return bare


def orcid(text: str) -> str:
    """An ORCID iD: an ISNI of a person who asked for one, written in four groups."""
    bare = _bare(_without(text, "orcid.org/"), "ORCID", r"[0-9]{15}[0-9X]", "it has sixteen digits")
    if _mod_11_2(bare[:15]) != bare[15]:
        raise _wrong("ORCID", text)
    return "-".join(bare[place : place + 4] for place in range(0, 16, 4))


def _without(text: str, *hosts: str) -> str:
    """The number alone, where somebody gives the page that is named after it."""
    text = text.strip()
    bare = re.sub(r"^https?://(www\.)?", "", text, flags=re.IGNORECASE)
    for host in hosts if bare != text else ():
        if bare.lower().startswith(host):
            return bare[len(host) :].rstrip("/")
    return text


def ipi(text: str) -> str:
    """An IPI name number (CISAC): eleven digits, shorter ones filled with zeros, two of them check digits.

    Nine digits times ten down to two, modulo 101, taken from 101: so the validators of CWR files in public use
    compute it.  CISAC's own page is not public; for a remainder of 1 they write 00, and nobody else could be asked.
    """
    bare = _bare(text, "IPI", r"[0-9]{9,11}", "a name number has nine to eleven digits").rjust(11, "0")
    total = sum(int(digit) * (10 - place) for place, digit in enumerate(bare[:9])) % 101
    if f"{(101 - total) % 101 % 100:02d}" != bare[9:]:
        raise _wrong("IPI", text)
    if not bare.strip("0"):
        raise ValueError("IPI 00000000000 stands for nobody (identifier.form)")
    return bare


def lei(text: str) -> str:
    """ISO 17442: eighteen letters and digits and two check digits, ISO 7064 MOD 97-10."""
    bare = _bare(text, "LEI", r"[0-9A-Z]{18}[0-9]{2}", "it has eighteen letters or digits and two digits")
    if int("".join(str(int(sign, 36)) for sign in bare)) % 97 != 1:
        raise _wrong("LEI", text)
    return bare


def did_key(text: str) -> str:
    """What follows `did:` in a did:key of an Ed25519 key (W3C CCG): multibase z, multicodec 0xed01, 32 bytes."""
    text = text.strip()
    try:
        party_of(f"did:{text}")
    except BadRecord as error:
        raise ValueError(str(error)) from None
    return text


# ---- works -------------------------------------------------------------------------------------------------


def iswc(text: str) -> str:
    """ISO 15707, a musical work: T, nine digits and a check digit, as `T0345246801`."""
    bare = _bare(text, "ISWC", r"T[0-9]{10}", "it has a T and ten digits")
    total = 1 + sum(place * int(digit) for place, digit in enumerate(bare[1:10], start=1))
    if (10 - total % 10) % 10 != int(bare[10]):
        raise _wrong("ISWC", text)
    return bare


def isrc(text: str) -> str:
    """ISO 3901, a recording: country, registrant, year and number; it has no check digit."""
    form = r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}"
    return _bare(text, "ISRC", form, "two letters, three letters or digits, seven digits")


def isbn(text: str) -> str:
    """ISO 2108, a book: ten or thirteen digits, given back as thirteen."""
    digits = _bare(text, "ISBN", r"(97[89])?[0-9]{9}[0-9X]", "it has ten or thirteen digits")
    if len(digits) == 10:
        total = sum((10 - place) * (10 if d == "X" else int(d)) for place, d in enumerate(digits))
        if total % 11:
            raise _wrong("ISBN", text)
        digits = "978" + digits[:9]
        return digits + str(-_weighted(digits) % 10)
    if "X" in digits or (_weighted(digits[:12]) + int(digits[12])) % 10:
        raise _wrong("ISBN", text)
    return digits


def ismn(text: str) -> str:
    """ISO 10957, printed music: thirteen digits from 979-0 on; the older M and nine digits become such."""
    bare = _bare(text, "ISMN", r"M[0-9]{9}|9790[0-9]{9}", "it has thirteen digits that begin with 979-0")
    digits = "9790" + bare[1:] if bare.startswith("M") else bare
    if (_weighted(digits[:12]) + int(digits[12])) % 10:
        raise _wrong("ISMN", text)
    return digits


def issn(text: str) -> str:
    """ISO 3297, a serial: seven digits and a check digit modulo 11, written as `0317-8471`."""
    bare = _bare(text, "ISSN", r"[0-9]{7}[0-9X]", "it has eight digits")
    total = sum((8 - place) * int(digit) for place, digit in enumerate(bare[:7]))
    if "0123456789X"[-total % 11] != bare[7]:
        raise _wrong("ISSN", text)
    return f"{bare[:4]}-{bare[4:]}"


def _weighted(digits: str) -> int:
    return sum(int(d) * (3 if place % 2 else 1) for place, d in enumerate(digits))


IDENTIFIERS: Final[dict[str, Scheme]] = {
    scheme.name: scheme
    for scheme in (
        Scheme("orcid", "a researcher or author, by ORCID", orcid),
        Scheme("isni", "a public identity, by ISNI", isni),
        Scheme("ipi", "an interested party of music, by its IPI name number", ipi),
        Scheme("lei", "an organisation, by LEI", lei),
        Scheme("did", "a key, as did:key", did_key),
        Scheme("domain", "a domain of the internet", domain),
        Scheme("iswc", "a musical work, by ISWC", iswc),
        Scheme("isrc", "a recording, by ISRC", isrc),
        Scheme("isbn", "a book, by ISBN", isbn),
        Scheme("ismn", "printed music, by ISMN", ismn),
        Scheme("issn", "a serial, by ISSN", issn),
    )
}
PEOPLE: Final = ("orcid", "isni", "ipi", "lei", "did")  # what names a party; the others name a work or a place
