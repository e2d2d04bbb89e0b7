"""The uses a creator can speak about: a tree of dotted names.

A statement on a node speaks for all below it; a question on a node gets the strictest answer over its
leaves.  `train.generative` is itself a leaf beside `train.generative.finetune`: training from scratch has
no narrower name, and a yes to fine-tuning alone must not open it.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache

__all__ = ["PRESETS", "SENTENCES", "Use", "parse_uses"]


class Use(StrEnum):
    """One node of the tree; `use.covers(other)` walks up from `other`."""

    ANY = "any"
    ACCESS = "access"
    SEARCH = "search"
    MINE = "mine"
    TRAIN = "train"
    TRAIN_GENERATIVE = "train.generative"
    TRAIN_GENERATIVE_FINETUNE = "train.generative.finetune"
    TRAIN_OTHER = "train.other"
    INPUT = "input"
    INPUT_INDEX = "input.index"
    INPUT_RETRIEVE = "input.retrieve"
    INPUT_USER = "input.user"
    OUTPUT = "output"
    OUTPUT_SUMMARY = "output.summary"
    OUTPUT_STYLE = "output.style"
    OUTPUT_LIKENESS = "output.likeness"
    DATASET = "dataset"

    @property
    def parent(self) -> Use | None:
        if self is Use.ANY:
            return None
        head, _, _ = self.value.rpartition(".")
        return Use(head) if head else Use.ANY

    def covers(self, other: Use) -> bool:
        """True when a statement about this use speaks for `other` too."""
        return self is Use.ANY or other is self or other._value_.startswith(self._value_ + ".")

    @property
    def leaves(self) -> tuple[Use, ...]:
        """The narrowest uses below this one, in the tree's order."""
        return _leaves(self)


_GROUPS = frozenset({Use.ANY, Use.TRAIN, Use.INPUT, Use.OUTPUT})


@cache
def _leaves(use: Use) -> tuple[Use, ...]:
    return tuple(leaf for leaf in Use if leaf not in _GROUPS and use.covers(leaf))


# What a creator means by "no AI": search engines and readers stay welcome.
PRESETS: dict[str, tuple[Use, ...]] = {
    "ai": (Use.MINE, Use.TRAIN, Use.INPUT, Use.OUTPUT, Use.DATASET),
}

SENTENCES: dict[Use, str] = {
    Use.ANY: "any use",
    Use.ACCESS: "fetching the bytes",
    Use.SEARCH: "indexing, linking and short excerpts in search",
    Use.MINE: "text and data mining without training a model",
    Use.TRAIN: "training any model",
    Use.TRAIN_GENERATIVE: "training a generative model",
    Use.TRAIN_GENERATIVE_FINETUNE: "fine-tuning a generative model",
    Use.TRAIN_OTHER: "training a classifier, ranker or embedder",
    Use.INPUT: "use as input to a model",
    Use.INPUT_INDEX: "indexing for a model's retrieval",
    Use.INPUT_RETRIEVE: "retrieval, grounding and agents",
    Use.INPUT_USER: "input that the user brought",
    Use.OUTPUT: "any output made from it",
    Use.OUTPUT_SUMMARY: "summaries of it",
    Use.OUTPUT_STYLE: "imitating its maker's style",
    Use.OUTPUT_LIKENESS: "imitating a voice or face",
    Use.DATASET: "redistribution inside a dataset",
}


def parse_uses(words: str) -> tuple[Use, ...]:
    """The uses named by a comma-separated list of uses and presets; ValueError names the unknown one."""
    found: dict[Use, None] = {}
    for word in filter(None, (part.strip() for part in words.split(","))):
        if word in PRESETS:
            found.update(dict.fromkeys(PRESETS[word]))
        elif word in Use.__members__.values():
            found[Use(word)] = None
        else:
            known = ", ".join((*PRESETS, *Use))
            raise ValueError(f"there is no use called {word!r}; the uses are {known}")
    return tuple(found)
