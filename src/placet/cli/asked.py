"""Words on the command line as values: subjects and files, uses, days, territories, terms."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

from placet.core.ids import parse_subject
from placet.core.subject import Subject
from placet.core.territory import known_territory
from placet.core.title import RIGHTS
from placet.core.use import Use, parse_uses
from placet.errors import BadInput, NotFound, WrongUsage
from placet.registry.gather import gather

__all__ = [
    "Asked",
    "agent_token",
    "day",
    "end_day",
    "fraction",
    "gather_all",
    "line",
    "moment",
    "moment_or_end_of_day",
    "one_territory",
    "public_key",
    "right",
    "subject",
    "terms",
    "territory",
    "uses",
]


_MOST_LINE = 400
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)\s?%", re.ASCII)
_FRACTION = re.compile(r"([0-9]{1,9})\s?/\s?([0-9]{1,9})", re.ASCII)


@dataclass(slots=True)
class Asked:
    """What the words mean; `left_out` says in sentences which files are not taken."""

    subjects: list[Subject] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def gather_all(words: Iterable[str]) -> Asked:
    """Files and folders, addresses, and numbers such as isbn:..."""
    asked = Asked()
    for word in words:
        if found := subject(word):
            asked.subjects.append(found)
            continue
        try:
            files, problems = gather(Path(word))
        except NotFound as error:
            if "://" in word:
                raise WrongUsage(f"{word} is not an http(s) address") from None
            raise NotFound(f"{error}; if it is an address, begin it with https://") from None
        asked.files += files
        asked.left_out += [problem.why for problem in problems]
    asked.files = list(dict.fromkeys(asked.files))
    asked.subjects = list(dict.fromkeys(asked.subjects))
    return asked


def subject(word: str) -> Subject | None:
    """An address or number; None where it is neither.  WrongUsage where it begins like one and is not."""
    try:
        return parse_subject(word)
    except ValueError as error:
        raise WrongUsage(str(error)) from error


def uses(words: str) -> tuple[Use, ...]:
    """The uses that `--use` names."""
    try:
        found = parse_uses(words)
    except ValueError as error:
        raise WrongUsage(f"--use: {error}") from error
    if not found:
        raise WrongUsage("--use names no use; leave it out for `ai`, every use by AI")
    return found


def territory(words: str) -> tuple[str, ...]:
    """The countries that `--territory` names; none for the world."""
    try:
        return known_territory(words)
    except ValueError as error:
        raise WrongUsage(f"--territory: {error}") from error


def day(words: str, option: str, *, after: bool = False) -> int:
    """Midnight UTC at the start of a day, or at its end; 0 for no day."""
    if not words:
        return 0
    try:
        start = date.fromisoformat(words)
    except ValueError:
        raise WrongUsage(f"{option}: {words!r} is not a day such as 2031-12-31") from None
    midnight = datetime(start.year, start.month, start.day, tzinfo=UTC) + timedelta(days=int(after))
    return int(midnight.timestamp())


def end_day(words: str, option: str, start: int) -> int:
    """The end of a day that is not over when it begins; 0 for no day."""
    end = day(words, option, after=True)
    if end and end <= start:
        raise WrongUsage(f"{option} {words} is over before it begins: give a later day")
    return end


def line(words: str, option: str) -> str:
    """A line that the record publishes: at most 400 bytes, and something in it."""
    if not words.strip() or not words.isprintable() or len(words.encode("utf-8", "replace")) > _MOST_LINE:
        raise WrongUsage(f"{option} is one line that says something, of at most {_MOST_LINE} bytes")
    return words


def fraction(words: str, option: str) -> Fraction:
    """`5%`, `2.5%` or `1/20`, exactly."""
    found = _PERCENT.fullmatch(words.strip()) or _FRACTION.fullmatch(words.strip())
    if not found or ("/" in words and not int(found[2])):
        raise WrongUsage(f"{option} {words}: write it like 5% or 1/20")
    return Fraction(int(found[1]), int(found[2])) if "/" in words else Fraction(found[1]) / 100


def terms(words: str) -> str:
    """The terms themselves, or those in the file behind `@`."""
    if not words.startswith("@"):
        return words
    try:
        return Path(words[1:]).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFound(f"there is no file {words[1:]} with terms") from None
    except UnicodeDecodeError:
        raise BadInput(f"{words[1:]} is not a text in UTF-8") from None


def one_territory(words: str) -> str | None:
    """The one country or union that `--territory` names; None for none."""
    codes = territory(words)
    if len(codes) > 1:
        raise WrongUsage(f"--territory {words}: name one; a use in several is a question for each")
    return codes[0] if codes else None


def public_key(words: str, option: str) -> bytes:
    """The 32 bytes of a public key."""
    try:
        key = bytes.fromhex(words)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise WrongUsage(f"{option} {words}: a public key is 64 hex digits, as `placet keys list --json` shows it")
    return key


def right(words: str) -> str:
    """One of the rights that are known apart; `author` speaks for all that the speaker holds."""
    if words not in RIGHTS:
        raise WrongUsage(f"--right {words[:40]}: known are {', '.join(RIGHTS)}")
    return words


def agent_token(words: str) -> str | None:
    """The product token, spelled as the table of agents spells it; None for nobody in particular."""
    from placet.signals.agents import agent_of
    from placet.signals.robots_file import token_of

    if not words:
        return None
    if not token_of(words):
        raise WrongUsage(f"--agent {words}: a product token is letters, hyphens and underscores, such as GPTBot")
    known = agent_of(words)
    return known.token if known else words


def moment(words: str, option: str) -> int:
    """UTC seconds of a day's beginning or of an ISO 8601 time."""
    try:
        found = datetime.fromisoformat(words)
    except ValueError as error:
        raise WrongUsage(f"{option} {words}: write a date as 2026-11-22, or an ISO 8601 time") from error
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())


def moment_or_end_of_day(words: str, option: str, now: int) -> int:
    """UTC seconds of an ISO 8601 time; of a day its last second, or now while it is that day."""
    at = moment(words, option)
    end = at + 86_399
    return at if len(words) > len("2026-11-22") else min(end, max(at, now))
