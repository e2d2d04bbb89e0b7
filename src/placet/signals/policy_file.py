"""Reading a policy from TOML: everything that is wrong is one sentence with its place."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from placet.core.ids import canonical_url
from placet.core.stance import Stance
from placet.core.territory import known_territory
from placet.core.use import PRESETS, Use, parse_uses
from placet.errors import BadInput
from placet.signals.overlap import contains, meets
from placet.signals.paths import normal_pattern, pattern_of
from placet.signals.policy import Policy, Rule
from placet.signals.policy_price import PRICE_KEYS, add_price
from placet.signals.robots_file import token_of

__all__ = ["MOST_BYTES", "MOST_PATHS", "MOST_RULES", "parse_policy"]

MOST_BYTES = 64 * 1024
MOST_RULES = 100
MOST_PATHS = 40  # every crawler's group says something of each: readers stop at so many statements

_TOP = frozenset({"site", "contact", "stricter", "defaults", "rule"})
_KEYS = ("path", "use", "stance", "terms", "until", "territory", "agent", *PRICE_KEYS)
_DEFAULTS = frozenset(_KEYS) - {"path"}
_STANCES = {stance.word: stance for stance in Stance}
_LONGEST = 200
_HEAD = re.compile(r"^[ \t]*\[\[[ \t]*rule[ \t]*\]\]", re.MULTILINE)
# What every server and every format takes as it stands; other octets may come as a percent sign and two digits.
_PATH = re.compile(r"/(?:[A-Za-z0-9._~!&()+,=:@/*-]|%[0-9A-F]{2})*\$?")
_TERMS = re.compile(r"[A-Za-z0-9._~:/?#@!&()*+,;=%\[\]-]+")
_CONTACT = re.compile(r"(?:mailto:)?[\w.+-]+@[\w-]+(?:\.[\w-]+)+|https://[\w.:-]+(?:/[\w./?&=%~-]*)?", re.ASCII)


def parse_policy(text: bytes, where: str) -> Policy:
    """The policy; BadInput says what is wrong, and at which rule."""
    top = _toml(text, where)
    _known(top, _TOP, where, "the policy")
    defaults = top.get("defaults", {})
    if not isinstance(defaults, dict):
        raise BadInput(f"{where}: defaults is a table: write [defaults] on a line of its own")
    _known(defaults, _DEFAULTS, where, "[defaults]")
    rules = _rules(top.get("rule", []), defaults, where, _places(text, where))
    if not rules:
        raise BadInput(f"{where} has no rule, so it says nothing: add [[rule]] on a line of its own")
    if (count := len({rule.path for rule in rules})) > MOST_PATHS:
        raise BadInput(f"{where} speaks of {count} paths; at most {MOST_PATHS} are taken")
    _refuse_clashes(rules)
    stricter = top.get("stricter", True)
    if not isinstance(stricter, bool):
        raise BadInput(f"{where}: stricter is true or false, not {stricter!r}")
    return Policy(
        where=where,
        digest=hashlib.sha256(text).digest(),
        site=_site(top.get("site"), where),
        contact=_contact(top.get("contact", ""), where),
        stricter=stricter,
        rules=rules,
    )


def _toml(text: bytes, where: str) -> dict[str, Any]:
    if len(text) > MOST_BYTES:
        raise BadInput(f"{where} has {len(text)} bytes; a policy has at most {MOST_BYTES}")
    try:
        return tomllib.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{where} is not TOML: {error}") from error


def _known(table: Mapping[str, Any], keys: Iterable[str], where: str, what: str) -> None:
    for key in table:
        if key not in keys:
            raise BadInput(f"{where}: {what} has no key {key!r}; the keys are {', '.join(sorted(keys))}")


def _places(text: bytes, where: str) -> list[str]:
    """The line of each rule, where it can be found."""
    plain = text.decode("utf-8", "replace")
    return [f"{where}:{plain.count(chr(10), 0, found.start()) + 1}" for found in _HEAD.finditer(plain)]


def _site(value: object, where: str) -> str:
    """The origin: scheme, host and port, in one spelling."""
    if value is None:
        raise BadInput(f'{where} does not say whose it is: add site = "https://..."')
    try:
        parts = urlsplit(canonical_url(value)) if isinstance(value, str) else None
    except ValueError:
        parts = None
    if parts is None or parts.path != "/" or parts.query or not re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", parts.netloc):
        raise BadInput(f"{where}: site is {value!r}, not the address of a site, such as https://studio.example")
    return f"https://{parts.netloc}"


def _contact(value: object, where: str) -> str:
    if value == "" or (isinstance(value, str) and _CONTACT.fullmatch(value)):
        return str(value)
    raise BadInput(f"{where}: contact is {value!r}, neither a mail address nor an address that begins with https://")


def _rules(value: object, defaults: Mapping[str, Any], where: str, places: list[str]) -> tuple[Rule, ...]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise BadInput(f"{where}: rule is a list: write [[rule]], with two brackets on each side")
    if len(value) > MOST_RULES:
        raise BadInput(f"{where} has {len(value)} rules; at most {MOST_RULES} are read")
    if len(places) != len(value):
        places = [where] * len(value)
    return tuple(_rule(number, each, defaults, places[number - 1]) for number, each in enumerate(value, 1))


def _rule(number: int, table: Mapping[str, Any], defaults: Mapping[str, Any], where: str) -> Rule:
    place = f"{where}: rule {number}"
    _known(table, _KEYS, where, f"rule {number}")
    said = {**defaults, **table}
    stance = _stance(said.get("stance", "reserve"), place)
    for key in ("terms", *PRICE_KEYS):
        if key in table and stance is not Stance.LICENSE:
            raise BadInput(
                f"{place}: {key} belong{'' if key == 'terms' else 's'} to the stance license, and this is {stance.word}"
            )
    rule = Rule(
        number=number,
        place=place,
        path=_path(said.get("path", "/"), place),
        uses=_uses(said.get("use", "ai"), place),
        stance=stance,
        terms=_terms(said["terms"], place) if "terms" in said and stance is Stance.LICENSE else None,
        until=_until(said["until"], place) if "until" in said else None,
        territory=_territory(said.get("territory", ""), place),
        agent=_agent(said["agent"], place) if "agent" in said else None,
    )
    return add_price(rule, said) if stance is Stance.LICENSE else rule


def _stance(value: object, place: str) -> Stance:
    if isinstance(value, str) and value in _STANCES:
        return _STANCES[value]
    raise BadInput(f"{place}: stance is {value!r}; it is one of {', '.join(_STANCES)}")


def _path(value: object, place: str) -> str:
    """The pattern in its one spelling; what a server conf could misunderstand is no path."""
    if not isinstance(value, str) or not value.startswith("/"):
        raise BadInput(f"{place}: path is {value!r}; a path begins with a slash")
    path = normal_pattern(value)
    if len(path) > _LONGEST:
        raise BadInput(f"{place}: the path has {len(path)} octets; at most {_LONGEST} are taken")
    if not _PATH.fullmatch(path) or not _is_plain(path):
        raise BadInput(
            f"{place}: path is {value!r}; it has letters, digits, -._~!&()+,=:@ and slashes, * for anything, $ only "
            f"at the end, and no query; write other signs as %20"
        )
    if "//" in path or {".", ".."} & set(path.removesuffix("$").split("/")):
        raise BadInput(f"{place}: path is {value!r}; servers and crawlers fold //, /./ and /../ before they look")
    return path.removesuffix("*") if len(path) > 1 else path


def _is_plain(path: str) -> bool:
    octets = unquote_to_bytes(path)
    escaped = {octet for octet in range(256) if f"%{octet:02X}" in path}
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not any(octet < 0x20 or octet in b"/\x7f" for octet in escaped)


def _uses(value: object, place: str) -> tuple[Use, ...]:
    words = _texts(value)
    if words is None:
        raise BadInput(f"{place}: use is {value!r}, not a name such as {', '.join((*PRESETS, 'train', 'search'))}")
    try:
        uses = parse_uses(",".join(words))
    except ValueError as error:
        raise BadInput(f"{place}: {error}") from error
    if not uses:
        raise BadInput(f"{place}: use names nothing")
    return uses


def _texts(value: object) -> list[str] | None:
    """A text, or a list of them."""
    values = value if isinstance(value, list) else [value]
    texts = [each for each in values if isinstance(each, str)]
    return texts if len(texts) == len(values) else None


def _terms(value: object, place: str) -> str:
    try:
        terms = canonical_url(value) if isinstance(value, str) else ""
    except ValueError:
        terms = ""
    if not _TERMS.fullmatch(terms):
        raise BadInput(
            f"{place}: terms is {value!r}; it is an absolute address, such as https://studio.example/terms, in which "
            f"quotes, $ and spaces are written as %27, %24 and %20"
        )
    return terms


def _until(value: object, place: str) -> int:
    """The last day it holds (UTC), as the second after it."""
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        day = None
    if type(day) is not date or day.year > 9998:
        raise BadInput(f"{place}: until is {value!r}, not a day such as 2030-12-31")
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) + int(timedelta(days=1).total_seconds())


def _territory(value: object, place: str) -> tuple[str, ...]:
    words = _texts(value)
    if words is None:
        raise BadInput(f"{place}: territory is {value!r}, not codes such as FR or EU")
    try:
        return known_territory(",".join(words))
    except ValueError as error:
        raise BadInput(f"{place}: {error}") from error


def _agent(value: object, place: str) -> str:
    if isinstance(value, str) and value.isascii() and token_of(value) == value.lower():
        if token_of(value) != "*":
            return value
        raise BadInput(f"{place}: agent is '*'; leave it out to speak to everybody")
    raise BadInput(f"{place}: agent is {value!r}; a crawler's token has letters, digits, - and _, such as GPTBot")


def _refuse_clashes(rules: tuple[Rule, ...]) -> None:
    for one, other in combinations(rules, 2):
        if one.path == other.path:
            _refuse_twice(one, other)
        else:
            _refuse_crossing(one, other)
    for rule in rules:
        if rule.agent and rule.stance is Stance.ALLOW:
            raise BadInput(
                f"{rule.place}: a yes to {rule.agent} alone lifts no refusal of everybody, and needs no rule where "
                f"nothing is refused; give its operator a licence instead"
            )


def _refuse_twice(one: Rule, other: Rule) -> None:
    both = [use for use in one.leaves if use in other.leaves]
    if both and _agents_meet(one, other):
        raise BadInput(f"{other.place}: it speaks of {both[0]} at {other.path}, and so does rule {one.number}")


def _agents_meet(one: Rule, other: Rule) -> bool:
    return (one.agent or "").lower() == (other.agent or "").lower()


def _refuse_crossing(one: Rule, other: Rule) -> None:
    """Paths that cross: the longest wins in one standard, the first in another."""
    short, long = sorted((pattern_of(one.path), pattern_of(other.path)), key=lambda pattern: pattern.octets)
    if not meets(short, long):
        return
    if not contains(short, long) or contains(long, short) or short.octets == long.octets:
        raise BadInput(
            f"{other.place}: {other.path} and {one.path} of rule {one.number} meet, and the longer does not lie "
            f"within the shorter, so that standards disagree on which wins; name what they share, or keep them apart"
        )
