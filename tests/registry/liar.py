"""An honest log of two makers, and the same log rebuilt by its operator without some of its entries."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from placet.app import Home
from placet.core import PRESETS, Kind, Stance, Subject
from placet.fingerprints.describe import describe
from placet.log.sequencer import Submission
from placet.record.entries import Entry, parse_entry
from placet.record.proof import format_proof
from placet.registry.compose import Composer, NewWork, Wish
from placet.registry.projection import named
from placet.registry.receipts import proof_name
from placet.signing.keys import Key, Role, generate, write_key

__all__ = ["ANA", "BEN", "Honest", "honest", "rebuilt"]

ANA = generate(b"a" * 32, Role.PARTY, "")
BEN = generate(b"b" * 32, Role.PARTY, "")
LOG = generate(b"l" * 32, Role.LOG, "")


@dataclass(frozen=True)
class Honest:
    """Ana introduces herself (0), registers (1), refuses (2); Ben does the same (3, 4, 5), and says more (6, ...)."""

    home: Home
    folder: Path

    def receipt(self, index: int) -> Path:
        """A receipt under the checkpoint of now, kept beside the home."""
        (entry,) = list(self.home.log.entries.read(index, index + 1))
        path = self.folder / proof_name(index)
        path.write_bytes(format_proof(replace(self.home.log.receipt(index), extra=entry)))
        return path

    def more(self, words: int) -> None:
        """Ben says something more, that many times."""
        if words:
            self.home.submit(BEN, partial(_say, words))


def _say(words: int, composer: Composer) -> None:
    for number in range(words):
        composer.declare([Subject(Kind.URL, f"https://ben.example/{number}")], _wish())


def honest(folder: Path) -> Honest:
    home = _home(folder / "home")
    for key in (ANA, BEN):
        home.submit(key, partial(_speak, key))
    return Honest(home=home, folder=folder)


def rebuilt(of: Honest, folder: Path, without: Collection[int], more: int = 0) -> Path:
    """The log folder of an operator who left out these entries, and signed what was left with the same key."""
    home = _home(folder)
    log = of.home.log
    for index, data in enumerate(log.entries.read(0, log.entries.size())):
        if index not in without:
            home.log.append(Submission((parse_entry(data),), _blobs(of, parse_entry(data))))
    Honest(home=home, folder=folder).more(more)
    return home.path / "log"


def _home(path: Path) -> Home:
    home = Home(path, now=lambda: 1_800_000_000, random=lambda size: b"r" * size)
    home.key_path(Role.LOG).parent.mkdir(parents=True)
    write_key(home.key_path(Role.LOG), LOG, None)
    return home


def _speak(key: Key, composer: Composer) -> None:
    text = f"words of {key.public.hex()} and nobody else, over and over again. " * 20
    description = describe(text.encode(), "words.txt")
    ids = composer.register([NewWork(record=description.record, sheet=description.sheet)])
    composer.declare([Subject(Kind.WORK, id_) for id_ in ids], _wish())


def _wish() -> Wish:
    return Wish(uses=PRESETS["ai"], stance=Stance.RESERVE, start=0)


def _blobs(of: Honest, entry: Entry) -> dict[str, bytes]:
    """The blobs that belong to an entry, out of the honest log's folder."""
    files = of.home.log_files
    names = [name for kind, name in named(entry, files.blob) if kind == "blob"]
    return {name: data for name in names if (data := files.blob(name)) is not None}
