"""Talking: results on stdout, everything else on stderr; plain lines unless it is a terminal."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, TypeVar

__all__ = ["emit", "note", "notes", "printable", "result", "row", "watched"]

_FIRST = 5
_WORD = 13
T = TypeVar("T")


def result(sentence: str) -> None:
    """A sentence that is the command's result."""
    _write(sys.stdout, sentence)


def row(word: str, sentence: str, wide: int = _WORD) -> None:
    """A line of a result under a word, with room for the longest of them."""
    _write(sys.stdout, f"{word:<{wide}}{sentence}", indent=wide)


def note(sentence: str) -> None:
    """A sentence for whoever is watching."""
    _write(sys.stderr, sentence)


def notes(sentences: Sequence[str], more: str) -> None:
    """The first five, then how many more there are; `more` says where to find them."""
    for sentence in sentences[:_FIRST]:
        note(f"  {sentence}")
    if len(sentences) > _FIRST:
        note(f"  and {len(sentences) - _FIRST} more{more}")


def emit(value: dict[str, Any]) -> None:
    """One line of JSON on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=True, sort_keys=True) + "\n")


def printable(text: str) -> str:
    """Names come from outside: control characters, and bytes that are no text, are shown and never sent."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "replace").decode("ascii") for c in text)


def watched(items: Sequence[T], what: str) -> Iterable[T]:
    """The items, under a progress bar when stderr is a terminal."""
    return _bar(items, what) if sys.stderr.isatty() and len(items) > 1 else items


def _bar(items: Sequence[Any], what: str) -> Iterator[Any]:
    from rich.console import Console
    from rich.progress import track

    yield from track(items, description=what, console=Console(stderr=True), transient=True)


def _write(stream: IO[str], sentence: str, indent: int = 0) -> None:
    lines = [printable(line) for line in sentence.split("\n")]
    if stream.isatty():
        lines = [_wrapped(line, indent) for line in lines]
    text = "\n".join(lines) + "\n"
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))


def _wrapped(line: str, indent: int) -> str:
    width = max(40, shutil.get_terminal_size().columns)
    space = " " * (indent or len(line) - len(line.lstrip()))
    return textwrap.fill(line, width, subsequent_indent=space, break_long_words=False, break_on_hyphens=False)
