"""Lists that somebody else keeps: domains, addresses, works and makers that are said to refuse AI.

Three forms are read: a thing a line (a domain, an address, `isbn:...`, `iscc:...`, `isrc:...`, `sha256:...`), CSV
whose first line names its columns, and XML whose elements have such names.  Whoever keeps a list speaks for nobody, so
all of it is said by THIRD_PARTY: it is reported, it never decides, and a line that permits is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

from placet.core.declaration import Declaration, Problem
from placet.core.ids import canonical_url, domain_of, parse_subject
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import PRESETS, Use, parse_uses
from placet.errors import SignalError
from placet.signals.codec import Asked, Channel, Codec, Document, Heard, Selected, Written
from placet.signals.list_rows import Row, rows
from placet.signals.paths import covers
from placet.signals.saying import Speaker, speaker, strictest, subject_at

__all__ = ["CODEC", "MOST_BYTES", "MOST_ENTRIES", "STANDARD", "read", "select", "subjects_of", "write"]

STANDARD = "list"
MOST_BYTES = 32 * 1024 * 1024
MOST_ENTRIES = 100_000

_DOMAIN = re.compile(r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])")
_SHA256 = re.compile(r"(?:sha-?256:)?\s*([0-9a-f]{64})", re.IGNORECASE)
_SCHEME = re.compile(r"(?:https?://|isbn:|isrc:|iscc:)", re.IGNORECASE)
_REFUSED = {"": Stance.RESERVE, "reserve": Stance.RESERVE, "no": Stance.RESERVE, "opt-out": Stance.RESERVE}
_STANCES = {**_REFUSED, "license": Stance.LICENSE, "licence": Stance.LICENSE}
_MOST_NAME = 200


def read(document: Document) -> Heard:
    """What the list refuses, and a problem for each entry that cannot be read; SignalError when it is no list."""
    if len(document.body) > MOST_BYTES:
        raise SignalError(f"{document.where} has {len(document.body)} bytes; at most {MOST_BYTES} of a list are read")
    voice = speaker(document, STANDARD)
    said: list[Declaration] = []
    problems: list[Problem] = []
    for number, row in enumerate(rows(document.body, document.where)):
        if number == MOST_ENTRIES:
            problems.append(voice.problem(f"it has more than {MOST_ENTRIES} entries; the rest was not read"))
            break
        heard = _read_row(voice, row)
        said += heard.declarations
        problems += heard.problems
    return Heard(tuple({declaration.id: declaration for declaration in said}.values()), tuple(problems))


def _read_row(voice: Speaker, row: Row) -> Heard:
    """Each thing that a row names, as far as it can be read."""
    try:
        uses, stance = _wish(row)
    except ValueError as error:
        return Heard(problems=(_problem(voice, row, error),))
    said: list[Declaration] = []
    problems: list[Problem] = []
    for column, value in _meant(row):
        try:
            said += voice.say(uses, stance, subject=_KINDS[column](value), place=row.place)
        except ValueError as error:
            problems.append(_problem(voice, row, error))
    return Heard(tuple(said), tuple(problems))


def _meant(row: Row) -> Iterable[tuple[str, str]]:
    """Beside a work or an address a name only says whose it is; alone it stands for all that its bearer made."""
    things = [pair for pair in row.values if pair[0] != "name"]
    return things or row.values


def _problem(voice: Speaker, row: Row, error: ValueError) -> Problem:
    where = voice.document.where
    why = f"{row.word.capitalize()} {row.place} of {where}: {error}."
    return Problem(f"{where}:{row.place}", "signal.malformed", why)


def _wish(row: Row) -> tuple[tuple[Use, ...], Stance]:
    if row.fault:
        raise ValueError(row.fault)
    word = row.stance.strip().lower()
    if word not in _STANCES:
        raise ValueError(f"{row.stance.strip()[:80]!r} is no refusal, and a list of others opens nothing")
    return (parse_uses(row.uses) or PRESETS["ai"]), _STANCES[word]


def _anything(value: str) -> Subject:
    """A thing alone on its line."""
    if _SCHEME.match(value):
        return _identified(value)
    if _SHA256.fullmatch(value):
        return _digest(value)
    return _address(value) if "/" in value else _domain(value)


def _address(value: str) -> Subject:
    if "://" in value:
        return _identified(value)
    _domain(value.partition("/")[0])
    return _identified(f"https://{value}")


def _identified(value: str) -> Subject:
    found = parse_subject(value)
    if found is None:
        raise ValueError(f"{value[:80]!r} is neither an address nor an identifier")
    return found


def _domain(value: str) -> Subject:
    """A domain, with all below it; an address given in its place stands for its host."""
    host = value if "://" in value else f"https://{value.removeprefix('*.').strip('.')}"
    try:
        name = domain_of(canonical_url(host))
    except ValueError:
        name = ""
    if not _DOMAIN.fullmatch(name):
        raise ValueError(f"{value[:80]!r} is no domain")
    return Subject(Kind.DOMAIN, name)


def _digest(value: str) -> Subject:
    found = _SHA256.fullmatch(value)
    if not found:
        raise ValueError(f"{value[:80]!r} is no SHA-256: it has 64 hex digits")
    return Subject(Kind.FINGERPRINT, f"sha256:{found.group(1).lower()}")


def _maker(value: str) -> Subject:
    """A name stands for all that somebody made; nothing is matched by it but the same name."""
    name = " ".join(unicodedata.normalize("NFC", value).split())
    if len(name) > _MOST_NAME or not name.isprintable():
        raise ValueError(f"{name[:80]!r} is no name")
    return Subject(Kind.REPERTOIRE, f"name:{name}")


def _with(scheme: str) -> Callable[[str], Subject]:
    return lambda value: _identified(value if value.lower().startswith(f"{scheme}:") else f"{scheme}:{value}")


_KINDS: dict[str, Callable[[str], Subject]] = {
    "": _anything,
    "domain": _domain,
    "url": _address,
    "isbn": _with("isbn"),
    "isrc": _with("isrc"),
    "iscc": _with("iscc"),
    "sha256": _digest,
    "name": _maker,
}


def select(said: Sequence[Declaration], asked: Asked) -> Selected:
    """Whatever a list says of the address, or of a domain above it; between lists the strictest."""
    subject = subject_at(asked.url)
    names = {*subjects_of(subject), Subject(Kind.FINGERPRINT, asked.url)}
    about = [d for d in said if d.subject in names or covers(d.subject, subject)]
    return Selected(*strictest(about, subject))


def subjects_of(subject: Subject) -> tuple[Subject, ...]:
    """The subject, and for an address its domain and all domains above it."""
    if subject.kind is not Kind.URL:
        return (subject,)
    labels = domain_of(subject.id).split(".")
    return (subject, *(Subject(Kind.DOMAIN, ".".join(labels[start:])) for start in range(len(labels))))


def write(declarations: Sequence[Declaration], _: Subject) -> Written:
    """Lists of others are heard, never written."""
    return Written((), unsaid=tuple(declarations))


CODEC = Codec(
    name=STANDARD,
    spec="Placet: lists that somebody else keeps",
    dated="2026-11-25",
    says=frozenset(PRESETS["ai"]),
    hears=frozenset({Channel.LIST}),
    read=read,
    write=write,
    select=select,
)
