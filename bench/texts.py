"""Megabytes of prose a second: Placet's fingerprints and look-up beside its limits and its peers, one core, one run.

    python bench/texts.py [--quick]

Placet normalises, winnows, and asks a table of ten million fingerprints for every one of them, which finds a
copied passage and says whose it is. Its limits are what a dataset costs before anybody looks at it: gzip and SHA-256
of the same documents, and normalising alone. The peers: one MinHash of 128 permutations a document over its 5-word
shingles, which finds documents alike as a whole, with and without the Python that cuts the shingles; and datatrove's
n-gram filter (12 words, its defaults), which says that one n-gram is there, over a million n-grams: its table is
a Python dict. Needs the extra `bench`; rates are megabytes of UTF-8 per second of processor time.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from placet.fingerprints.text_winnow import Batch, compute_many, normalise
from placet.snapshot.postings import Table, build, meets, warm

SHARED = Path(os.environ.get("PLACET_SHARED", Path(__file__).parents[2] / "shared"))
DOCUMENT = 4_000  # characters
TOGETHER = 256  # documents, as many as clearance judges at once
PEER_SHARE = 10  # the slower ones are timed on a tenth of the prose
GOALS = {"placet, exact table alone": 140.0, "placet, Bloom filter before it": 220.0}
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

Work = Callable[[Sequence[bytes]], object]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one million fingerprints in the table, and less prose")
    quick = parser.parse_args().quick
    source, text = prose()
    documents = cut(text, 1_000_000 if quick else 5_000_000)
    keys = strangers(1_000_000 if quick else 10_000_000)
    tables = {"placet, Bloom filter before it": warm(keys), "placet, exact table alone": warm(keys, bloom=False)}
    own = {name: ours(table) for name, table in tables.items()}
    try:
        others = peers(documents[: len(documents) // PEER_SHARE])
    except ImportError as missing:
        print(f"This bench needs {missing.name}, which is not here: pip install 'placet[bench]'", file=sys.stderr)
        return 1
    rates = measure({**own, **limits(documents)}, documents, rounds=2 if quick else 5)
    rates |= measure(others, documents[: len(documents) // PEER_SHARE], rounds=1 if quick else 2)
    report(rates, source, sum(map(len, documents)), tables["placet, Bloom filter before it"])
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


def cut(text: str, size: int) -> list[bytes]:
    whole = text * (size // len(text) + 1)
    return [whole[at : at + DOCUMENT].encode() for at in range(0, size, DOCUMENT)]


def strangers(count: int):
    rng = np.random.default_rng(20261122)
    keys = rng.integers(0, 1 << 64, count, np.uint64)
    return build(keys, (np.arange(count) // 1_000).astype(np.uint32), np.zeros(count, np.uint32))


def ours(table: Table) -> Work:
    def clear(documents: Sequence[bytes]) -> object:
        batch: Batch = compute_many(documents)
        return meets(table, batch.hashes, batch.starts)

    return clear


def each(work: Callable[[bytes], object]) -> Work:
    return lambda documents: [work(document) for document in documents]


def limits(documents: Sequence[bytes]) -> dict[str, Work]:
    packed = {document: gzip.compress(document, 6) for document in documents}
    return {
        "normalise and winnow, no look-up": compute_many,
        "normalise alone, as numbers": each(lambda document: normalise(document.decode())),
        "gzip, unpacking": each(lambda document: gzip.decompress(packed[document])),
        "sha256": each(lambda document: hashlib.sha256(document).digest()),
    }


def shingles(document: bytes) -> list[str]:
    words = document.decode().lower().split()
    return [" ".join(words[at : at + 5]) for at in range(max(1, len(words) - 4))]


def peers(documents: Sequence[bytes]) -> dict[str, Work]:
    import datasketch
    import rensa

    as_text = {document: shingles(document) for document in documents}
    as_bytes = {document: [shingle.encode() for shingle in cut] for document, cut in as_text.items()}
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
        "datasketch MinHash-128": each(lambda document: sketch([cut.encode() for cut in shingles(document)])),
        "datasketch MinHash-128, shingles ready": each(lambda document: sketch(as_bytes[document])),
        "rensa RMinHash-128": each(lambda document: rminhash(shingles(document))),
        "rensa RMinHash-128, shingles ready": each(lambda document: rminhash(as_text[document])),
        "datatrove NGramsDecontFilter": each(decontamination()),
    }


def decontamination() -> Callable[[bytes], object]:
    """datatrove's filter over an index of a million hashes that no document has, written as its indexer writes it."""
    from datatrove.data import Document
    from datatrove.pipeline.decont.n_grams import NGramsDecontFilter
    from datatrove.utils.logging import logger
    from xxhash import xxh64_intdigest

    logger.remove()
    folder = tempfile.mkdtemp()
    hashes = np.random.default_rng(1).integers(0, 1 << 64, 1_000_000, np.uint64)
    hashes.tofile(Path(folder) / "registered.index.hashes")
    filter_ = NGramsDecontFilter(folder)
    filter_.hash_func = lambda gram: xxh64_intdigest(gram.encode())  # its own, for xxhash 4, which takes no strings
    return lambda document: filter_.filter(Document(text=document.decode(), id=""))


def measure(contestants: dict[str, Work], documents: Sequence[bytes], rounds: int) -> dict[str, float]:
    """Return the best megabytes a second of each, timed in turn."""
    best = dict.fromkeys(contestants, 0.0)
    together = [documents[at : at + TOGETHER] for at in range(0, len(documents), TOGETHER)]
    size = sum(map(len, documents))
    for work in contestants.values():
        work(documents[:2])  # compiles and warms
    for _ in range(rounds):
        for name, work in contestants.items():
            begun = time.process_time()
            for some in together:
                work(some)
            best[name] = max(best[name], size / (time.process_time() - begun) / 1e6)
    return best


def report(rates: dict[str, float], source: str, size: int, table: Table) -> None:
    keys = len(table.postings.keys)
    own = next(iter(rates.values()))
    print(f"{size / 1e6:.1f} MB of {source} in documents of {DOCUMENT:,} characters, {TOGETHER} at a call;")
    print(
        f"{keys:,} fingerprints; filter {table.bloom.nbytes / 1e6:.0f} MB, passes {passing(table):.2%} of strangers\n"
    )
    print(f"{'':44}{'MB/s/core':>10}{'placet is':>12}")
    for name, rate in rates.items():
        print(f"{name:44}{rate:10.1f}{own / rate:11.2f}x")
    print()
    for name, goal in GOALS.items():
        print(f"{name}: goal {goal:.0f} MB/s/core: {'met' if rates[name] >= goal else 'not met'} ({rates[name]:.0f})")


def passing(table: Table) -> float:
    from placet.snapshot.postings_kernels import survivors

    wanted = np.random.default_rng(7).integers(0, 1 << 64, 1_000_000, np.uint64)
    return len(survivors(wanted, table.bloom)) / len(wanted)


if __name__ == "__main__":
    raise SystemExit(main())
