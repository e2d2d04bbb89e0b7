"""Megabytes of prose a second: Placet's fingerprints and look-up beside MinHash, one core, one run.

    python bench/texts.py [--quick]

Placet normalises, winnows, and asks a table of ten million fingerprints for every one of them, which finds a
copied passage; the peers make one MinHash of 128 permutations a document over its 5-word shingles, which finds
documents alike as a whole. Peers are shown with and without the Python that cuts the shingles.
`python bench/texts.py` needs the extra `bench`; rates are per second of processor time.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from placet.fingerprints.text_winnow import compute
from placet.snapshot.postings import Table, build, score, warm

SHARED = Path(os.environ.get("PLACET_SHARED", Path(__file__).parents[2] / "shared"))
DOCUMENT = 4_000  # characters
PEER_SHARE = 5  # the slower ones are timed on a fifth of the prose
GOAL = 10.0
# fmt: off
WORDS = [
    "the", "of", "and", "a", "to", "in", "he", "was", "that", "it", "his", "her", "with", "as", "had",
    "for", "she", "not", "at", "but", "on", "be", "they", "have", "him", "which", "said", "is", "all",
    "from", "this", "so", "were", "when", "would", "there", "what", "been", "if", "no", "who", "could",
    "out", "then", "up", "into", "them", "me", "my", "very", "one", "will", "do", "we", "some", "about",
    "little", "time", "other", "than", "man", "more", "down", "over", "old", "before", "only", "two",
    "like", "might", "come", "night", "after", "house", "much", "day", "made", "face", "again", "way",
    "never", "hand", "eyes", "came", "go", "must", "us", "long", "too", "first", "where", "great", "door",
    "thought", "should", "room", "upon", "now", "head", "young", "such", "good", "know", "shall", "round",
    "father", "here", "how", "went", "well", "looked", "heart", "morning", "stood", "through", "away",
    "window", "light", "every",
]
# fmt: on


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one million fingerprints in the table, and less prose")
    quick = parser.parse_args().quick
    try:
        import datasketch
        import rensa
    except ImportError as missing:
        print(f"This bench needs {missing.name}, which is not here: pip install 'placet[bench]'", file=sys.stderr)
        return 1
    source, text = prose()
    documents = cut(text, 1_000_000 if quick else 5_000_000)
    table = strangers(1_000_000 if quick else 10_000_000)
    contestants = {**ours(table), **peers(datasketch, rensa, documents)}
    rates = measure(contestants, documents, rounds=2 if quick else 3)
    report(rates, source, sum(len(one.encode()) for one in documents), len(table.postings.keys))
    return 0


def prose() -> tuple[str, str]:
    """Return where the prose is from, and the prose: the shared stories, or words in a seeded Markov order."""
    stories = sorted((SHARED / "data" / "texts" / "holmes").glob("*.txt"))
    if stories:
        return "stories from ../shared/data/texts/holmes", "\n".join(path.read_text("utf-8") for path in stories)
    rng = random.Random(20261122)
    follows = {word: rng.choices(WORDS, weights=range(len(WORDS), 0, -1), k=12) for word in WORDS}
    word, out = WORDS[0], []
    for at in range(120_000):
        word = rng.choice(follows[word])
        out.append(word.capitalize() + "," if at % 13 == 0 else word)
    return "generated prose (../shared is not here)", " ".join(out)


def cut(text: str, size: int) -> list[str]:
    whole = text * (size // len(text) + 1)
    return [whole[at : at + DOCUMENT] for at in range(0, size, DOCUMENT)]


def strangers(count: int) -> Table:
    rng = np.random.default_rng(20261122)
    keys = rng.integers(0, 1 << 64, count, np.uint64)
    return warm(build(keys, (np.arange(count) // 1_000).astype(np.uint32), np.zeros(count, np.uint32)))


def ours(table: Table) -> dict[str, Callable[[int, str], object]]:
    def clear(_: int, text: str) -> object:
        prints = compute(text)
        return score(prints.hashes, prints.positions, table)

    return {"placet: normalise, winnow, look up": clear, "placet: normalise, winnow": lambda _, text: compute(text)}


def shingles(text: str) -> list[str]:
    words = text.lower().split()
    return [" ".join(words[at : at + 5]) for at in range(max(1, len(words) - 4))]


def encoded(text: str) -> list[bytes]:
    return [shingle.encode() for shingle in shingles(text)]


def peers(datasketch, rensa, documents: list[str]) -> dict[str, Callable[[int, str], object]]:
    share = documents[: len(documents) // PEER_SHARE]
    as_bytes, as_text = [encoded(text) for text in share], [shingles(text) for text in share]
    blank = datasketch.MinHash(num_perm=128)

    def sketch(cut: list[bytes]) -> object:
        minhash = blank.copy()
        minhash.update_batch(cut)
        return minhash.digest()

    def rminhash(cut: list[str]) -> object:
        minhash = rensa.RMinHash(num_perm=128, seed=42)
        minhash.update(cut)
        return minhash.digest()

    return {
        "datasketch MinHash-128": lambda _, text: sketch(encoded(text)),
        "datasketch MinHash-128, shingles ready": lambda at, _: sketch(as_bytes[at]),
        "rensa RMinHash-128": lambda _, text: rminhash(shingles(text)),
        "rensa RMinHash-128, shingles ready": lambda at, _: rminhash(as_text[at]),
    }


def measure(
    contestants: dict[str, Callable[[int, str], object]], documents: list[str], rounds: int
) -> dict[str, float]:
    """Return the best megabytes a second of each, timed in turn."""
    best = dict.fromkeys(contestants, 0.0)
    for work in contestants.values():
        work(0, documents[0])  # compiles and warms
    for _ in range(rounds):
        for name, work in contestants.items():
            share = documents if name.startswith("placet") else documents[: len(documents) // PEER_SHARE]
            begun = time.process_time()
            for at, text in enumerate(share):
                work(at, text)
            spent = time.process_time() - begun
            best[name] = max(best[name], sum(len(one.encode()) for one in share) / spent / 1e6)
    return best


def report(rates: dict[str, float], source: str, size: int, keys: int) -> None:
    own = next(iter(rates.values()))
    print(f"{size / 1e6:.1f} MB of {source} in documents of {DOCUMENT:,} characters; {keys:,} fingerprints; one core\n")
    print(f"{'':44}{'MB/s/core':>10}{'placet is':>12}")
    for name, rate in rates.items():
        print(f"{name:44}{rate:10.1f}{own / rate:11.1f}x")
    print(f"\n{own / rates['datasketch MinHash-128']:.1f}x datasketch (goal {GOAL:.0f}x)")


if __name__ == "__main__":
    raise SystemExit(main())
