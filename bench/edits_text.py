"""What is still found of a text after each edit: one line an edit, over the shared stories and poems.

    python bench/edits_text.py [--quick]

Every work is registered by a party of its own; each document is a piece of one, edited, between words of other works.
`certain` is a passage, or a large part, that names the work; `unclear` is a resemblance, or a passage too common to
tell whose it is, and makes the row unclear; `wrong` counts works named with certainty that the piece is not from
(two poems of one book that share a stanza are right). Below stand texts that have nothing to do with each other.
`measure` gives the rows to other benches; without ../shared the pieces are of generated prose.
"""

from __future__ import annotations

import argparse
import html
import os
import random
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from pydoc_data.topics import topics

import numpy as np

from placet.fingerprints.text_winnow import compute
from placet.snapshot import match_text
from placet.snapshot.postings import Table

SHARED = Path(os.environ.get("PLACET_SHARED", Path(__file__).parents[2] / "shared"))
EACH = 6  # pieces of every work
AROUND = 120  # words of strangers on either side
PAGE, EXCERPT = 2_000, 600

Edit = Callable[[random.Random, str], str]


@dataclass(frozen=True, slots=True)
class Row:
    """How many of `asked` documents came to what; `wrong` are works, not documents."""

    name: str
    asked: int
    certain: int
    unclear: int
    missed: int
    wrong: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one piece of every work")
    each = 1 if parser.parse_args().quick else EACH
    source, works = registered()
    print(f"{len(works)} {source}, {each} pieces of each; {AROUND} strange words before and after\n")
    print(f"{'':40}{'asked':>7}{'certain':>9}{'unclear':>9}{'missed':>8}{'wrong':>7}")
    for row in measure(works, each):
        print(line(row))
    print(f"\n{'texts that are none of the works':40}{'asked':>7}{'certain':>9}{'unclear':>9}{'silent':>8}")
    for row in strangers(works):
        print(line(row).rsplit(maxsplit=1)[0])
    return 0


def line(row: Row) -> str:
    share = f"{row.certain / row.asked:>9.3f}" if row.asked else f"{'':>9}"
    return f"{row.name:40}{row.asked:>7}{share}{row.unclear:>9}{row.missed:>8}{row.wrong:>7}"


def registered() -> tuple[str, dict[str, str]]:
    """Return what the works are, and the works by name."""
    paths = sorted((SHARED / "data" / "texts").glob("*/*.txt"))
    if paths:
        return "works of ../shared/data/texts", {f"{p.parent.name}/{p.name}": p.read_text("utf-8") for p in paths}
    return "works of generated prose (../shared is not here)", {f"{n}": generated(n) for n in range(30)}


def generated(seed: int) -> str:
    rng = random.Random(seed)
    words = ["".join(rng.choices("etaoinshrdlu", k=rng.randrange(2, 9))) for _ in range(700)]
    lines = (" ".join(rng.choices(words, k=11)).capitalize() + "." for _ in range(240))
    return "\n\n".join(lines)


def measure(works: dict[str, str], each: int = EACH) -> Iterator[Row]:
    """Yield a row for every edit."""
    table, texts = table_of(list(works.values())), list(works.values())
    alike = {(work, other) for work, text in enumerate(texts) for other in named(text, table) if other != work}
    for name, (size, edit) in EDITS.items():
        rng = random.Random(name)
        documents = [(work, piece(rng, texts, work, size, edit)) for work in range(len(texts)) for _ in range(each)]
        yield judged(name, documents, table, alike)


def judged(name: str, documents: Sequence[tuple[int, str]], table: Table, alike: set[tuple[int, int]]) -> Row:
    """Count what became of documents, each with the number of its work, or -1."""
    certain = unclear = wrong = 0
    for work, document in documents:
        found, capped = match_text.find(compute(document), table)
        sure = {passage.work for passage in found if passage.grade.certain}
        wrong += len({other for other in sure - {work} if (work, other) not in alike})
        is_named = work in sure if work >= 0 else bool(sure)
        certain += is_named
        unclear += not is_named and bool(found or capped)
    return Row(name, len(documents), certain, unclear, len(documents) - certain - unclear, wrong)


def named(text: str, table: Table) -> set[int]:
    return {passage.work for passage in match_text.find(compute(text), table)[0] if passage.grade.certain}


def piece(rng: random.Random, texts: Sequence[str], work: int, size: int, edit: Edit) -> str:
    """A piece of a work, edited, between shuffled words of the others."""
    text = texts[work]
    start = rng.randrange(max(1, len(text) - size))
    words = texts[(work + 1 + rng.randrange(len(texts) - 1)) % len(texts)].split()
    before, after = (" ".join(rng.choices(words, k=AROUND)) for _ in range(2))
    return f"{before}\n\n{edit(rng, text[start : start + size])}\n\n{after}"


def table_of(texts: Sequence[str]) -> Table:
    """The table of works of as many parties."""
    prints = [compute(text) for text in texts]
    arrays = {
        "text-winnow.hash": np.concatenate([one.hashes for one in prints]),
        "text-winnow.work": np.concatenate([np.full(len(p.hashes), n, np.uint32) for n, p in enumerate(prints)]),
        "text-winnow.position": np.concatenate([one.positions for one in prints]),
    }
    return match_text.build(arrays, np.arange(len(texts), dtype=np.uint32))


# What a scanner takes for another, after what engines for recognising print are known to confuse.
MISREAD = {"e": "c", "c": "e", "o": "0", "l": "1", "i": "l", "h": "b", "n": "u", "u": "n", "a": "o", "t": "f", "s": "5"}
CONFUSABLE = str.maketrans("aeopcxyAEOPCXTHKM", "аеорсхуАЕОРСХТНКМ")


def misread(share: float) -> Edit:
    """Errors in this share of the characters: most misread, some lost, some doubled."""

    def edit(rng: random.Random, text: str) -> str:
        return "".join(_misread(rng, char) if rng.random() < share else char for char in text)

    return edit


def _misread(rng: random.Random, char: str) -> str:
    chance = rng.random()
    if chance < 0.15:
        return ""
    return char * 2 if chance < 0.3 else MISREAD.get(char, "m")


def reordered(rng: random.Random, text: str) -> str:
    paragraphs = [part for part in re.split(r"\n\s*\n|\n", text) if part.strip()]
    rng.shuffle(paragraphs)
    return "\n\n".join(paragraphs)


def reordered_sentences(rng: random.Random, text: str) -> str:
    sentences = re.split(r"(?<=[.!?;,])\s+", text)
    rng.shuffle(sentences)
    return " ".join(sentences)


def hyphenated(rng: random.Random, text: str) -> str:
    return re.sub(r"(\w{3})(\w{3})", lambda found: f"{found[1]}\u00ad{found[2]}", text)


def broken_lines(rng: random.Random, text: str) -> str:
    """As printed in narrow columns: words are cut, with a hyphen at the end of the line."""
    return "\n".join(text[at : at + 37] + "-" for at in range(0, len(text), 37))


def ligatures(rng: random.Random, text: str) -> str:
    for letters, one in (("ffi", "\ufb03"), ("ff", "\ufb00"), ("fi", "\ufb01"), ("fl", "\ufb02"), ("st", "\ufb06")):
        text = text.replace(letters, one)
    return text


def homoglyphs(share: float) -> Edit:
    def edit(rng: random.Random, text: str) -> str:
        return "".join(char.translate(CONFUSABLE) if rng.random() < share else char for char in text)

    return edit


def entities(rng: random.Random, text: str) -> str:
    """As in the source of a page: quotes, dashes and accents by name."""
    return html.escape(text).encode("ascii", "xmlcharrefreplace").decode()


def changed_words(share: float) -> Edit:
    def edit(rng: random.Random, text: str) -> str:
        words = text.split()
        return " ".join(rng.choice(words) if rng.random() < share else word for word in words)

    return edit


EDITS: dict[str, tuple[int, Edit]] = {
    "excerpt of 120 characters": (120, lambda rng, text: text),
    "excerpt of 200": (200, lambda rng, text: text),
    "excerpt of 300": (300, lambda rng, text: text),
    "excerpt of 600": (EXCERPT, lambda rng, text: text),
    "600, in capitals": (EXCERPT, lambda rng, text: text.upper()),
    "600, no punctuation": (EXCERPT, lambda rng, text: re.sub(r"[^\w\s]", "", text)),
    "600, other punctuation": (EXCERPT, lambda rng, text: re.sub(r"[,;:—]", " - ", text).translate({8217: 39})),
    "600, other white space": (EXCERPT, lambda rng, text: re.sub(r"\s+", " \n\t ", text)),
    "600, ligatures": (EXCERPT, ligatures),
    "600, soft hyphens": (EXCERPT, hyphenated),
    "600, cut at line ends": (EXCERPT, broken_lines),
    "600, look-alike letters, all": (EXCERPT, homoglyphs(1)),
    "600, look-alike letters, 1 in 50": (EXCERPT, homoglyphs(0.02)),
    "600, HTML entities": (EXCERPT, entities),
    "page of 2,000, 1 % misread": (PAGE, misread(0.01)),
    "page of 2,000, 3 % misread": (PAGE, misread(0.03)),
    "page of 2,000, 5 % misread": (PAGE, misread(0.05)),
    "page of 2,000, paragraphs reordered": (PAGE, reordered),
    "page of 2,000, clauses reordered": (PAGE, reordered_sentences),
    "page of 2,000, every 10th word changed": (PAGE, changed_words(0.1)),
    "page of 2,000, every 5th word changed": (PAGE, changed_words(0.2)),
}


def strangers(works: dict[str, str]) -> Iterator[Row]:
    """Yield a row for texts that are none of what is registered: nothing of them should be certain."""
    groups: dict[str, list[str]] = {}
    for name, text in works.items():
        groups.setdefault(name.partition("/")[0], []).append(text)
    if len(groups) == 2:
        (one, texts), (other, more) = groups.items()
        yield judged(f"{other} against {one}", [(-1, text) for text in more], table_of(texts), set())
        yield judged(f"{one} against {other}", [(-1, text) for text in texts], table_of(more), set())
    manual = [text for _, text in sorted(topics.items())]
    yield judged("Python's manual against all works", [(-1, t) for t in manual], table_of(list(works.values())), set())
    yield judged("all works against Python's manual", [(-1, t) for t in works.values()], table_of(manual), set())
    yield from licences()


def licences() -> Iterator[Row]:
    """Licences of what is installed here: many works that say the same, and a document that is another such."""
    held = sorted(
        {file.locate() for one in distributions() for file in one.files or () if "LICEN" in file.name.upper()}
    )
    texts = list(dict.fromkeys(path.read_text("utf-8", "replace") for path in map(Path, held) if path.is_file()))
    texts = [text for text in texts if len(text) > 500]
    apart = texts[::5]
    others = [text for at, text in enumerate(texts) if at % 5]
    yield judged("licences of packages against 4/5 others", [(-1, text) for text in apart], table_of(others), set())


if __name__ == "__main__":
    sys.exit(main())
