"""Which works a licence is for: as a licensor names them, and as a holder hands on proofs of a part."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from placet.app import Home
from placet.core.ids import parse_subject
from placet.core.subject import Subject
from placet.errors import BadInput, NotFound, WrongUsage
from placet.fingerprints.digests import digest_file
from placet.licensing.document import LicenceFile
from placet.licensing.scope import prove
from placet.record.entries import parse_subject as subject_of
from placet.registry.gather import gather
from placet.registry.speaker import Speaker
from placet.registry.withdraw import LEAST

__all__ = ["named_works", "part_of", "scope_of"]

_MOST_QUOTE = 256 << 20


def scope_of(home: Home, words: Sequence[str], by: Speaker) -> list[Subject]:
    """What the words name: files by their bytes, ids, addresses, numbers, `all` of her works, hers in a quote."""
    found: list[Subject] = []
    for word in (word.replace("likeness:me/", f"likeness:{by.party}/", 1) for word in words):
        named = list(named_works(home, word, by))
        if not named:
            raise NotFound(
                f"{word} is no work of yours in the registry: `placet offer` registers it first (licence.not-yours)"
            )
        found += named
    return found


def named_works(home: Home, word: str, by: Speaker) -> Iterator[Subject]:
    """What one word names of a party's: nothing where it names none of its works, and no address or number."""
    if word == "all":
        yield from (work.subject for key in by.keys for work in home.registry.works_like("by", key))
    elif subject := _subject(word):
        yield subject
    elif (listed := _quoted(Path(word), by)) is not None:
        yield from listed
    elif Path(word).exists():
        for path in gather(Path(word))[0]:
            same = home.registry.works_like("sha256", digest_file(path).sha256.hex())
            yield from (work.subject for work in same if by.owns(work.by))
    elif len(word) >= LEAST and set(word.lower()) <= set("0123456789abcdef"):
        yield from (work.subject for work in home.registry.works_like("id", word) if by.owns(work.by))


def _subject(word: str) -> Subject | None:
    try:
        return parse_subject(word)
    except ValueError as error:
        raise WrongUsage(str(error)) from error


def _quoted(path: Path, by: Speaker) -> list[Subject] | None:
    """The speaker's works in a `quote.json`; None where the file is no quote."""
    if path.suffix != ".json" or not path.is_file() or path.stat().st_size > _MOST_QUOTE:
        return None
    try:
        match json.loads(path.read_bytes()):
            case {"placet_quote": 1, "lines": [*lines]}:
                texts = [work for line in lines if by.owns(line["party"]) for work in line["works"]]
                return [subject_of(text) for text in texts]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, BadInput):
        return None
    return None


def part_of(file: LicenceFile, words: Iterable[str]) -> LicenceFile:
    """The same licence with proofs of these works only; NotFound names a word that is none of them, or of several."""
    wanted = dict.fromkeys(_licensed(file, word) for word in words)
    shown = prove(file.works, wanted) if file.works else tuple(p for p in file.proofs if p.subject in wanted)
    return replace(file, works=(), proofs=shown)


def _licensed(file: LicenceFile, word: str) -> Subject:
    names = {str(subject): subject for subject in file.subjects}
    found = [names[name] for name in names if name == word or (len(word) >= LEAST and name.startswith(f"work:{word}"))]
    if len(found) != 1:
        raise NotFound(f"{word} names {len(found) or 'none'} of the works that this file shows (licence.not-shown)")
    return found[0]
