"""Just enough of PDF's syntax: dictionaries, and where objects stand (ISO 32000-2, 7.2, 7.3 and 7.5).

Objects are found by their headers, in one pass that steps over streams; a later one of the same number replaces
an earlier one, as an incremental update means it.  No cross-reference table is believed for reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from placet.errors import BadMedia, TooLarge
from placet.fingerprints.containers.block import Limits, inflate

__all__ = ["Entries", "Objects", "Ref", "Stream", "entries_at", "in_object_stream", "inflated", "reference", "walk"]

Ref = tuple[int, int]
Entries = dict[bytes, bytes]

_SPACE: Final = rb"[\x00\t\n\x0c\r ]"
_HEAD: Final = re.compile(
    rb"(?<![0-9])([0-9]{1,10})" + _SPACE + rb"{1,8}([0-9]{1,5})" + _SPACE + rb"{1,8}obj(?![a-z])|(?<![a-z])trailer"
)
_OPENING: Final = re.compile(_SPACE + rb"{0,64}<<")
_STREAM: Final = re.compile(_SPACE + rb"{0,64}stream(\r\n|\n|\r)")
_REFERENCE: Final = re.compile(rb"([0-9]{1,10})" + _SPACE + rb"+([0-9]{1,5})" + _SPACE + rb"+R")
_TOKEN: Final = re.compile(
    rb"<<|>>|[\[\]]|\((?:[^()\\]|\\.){0,2048}\)|[(]|<[0-9A-Fa-f\x00\t\n\x0c\r ]*>|/[^\x00\t\n\x0c\r ()<>\[\]{}/%]*"
    rb"|%[^\r\n]*|[^\x00\t\n\x0c\r ()<>\[\]{}/%]+",
    re.DOTALL,
)
_MOST_TOKENS: Final = 2_000_000
_LONGEST_STRING: Final = 1 << 20
_LONGEST_INDEX: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Stream:
    """The dictionary of a stream and the place of its bytes; `end` is where `endstream` stands."""

    entries: Entries
    start: int
    end: int

    def body(self, data: bytes) -> memoryview:
        """As many bytes as its length says, if `endstream` follows; else up to there, less the end of line."""
        length = self.entries.get(b"/Length", b"")
        if length == b"%d" % (self.end - self.start):
            return memoryview(data)[self.start : self.end]
        end = self.end
        end -= data[end - 1 : end] == b"\n"
        end -= data[end - 1 : end] == b"\r"
        return memoryview(data)[self.start : max(self.start, end)]


@dataclass(frozen=True, slots=True)
class Objects:
    """Where each object stands for the last time: the place behind its `obj`, and its stream if it is one.

    `trailer` is what trailers and cross-reference streams say, the last word for each key.
    """

    at: dict[Ref, int]
    streams: dict[Ref, Stream]
    trailer: Entries

    @property
    def largest(self) -> int:
        return max((number for number, _ in self.at), default=0)


def walk(data: bytes, limits: Limits) -> Objects:
    """Every object and trailer that is not inside a stream or another's dictionary; each byte is looked at once."""
    objects = Objects({}, {}, {})
    place = 0
    for _ in range(10 * limits.max_steps):
        head = _HEAD.search(data, place)
        if head is None:
            return objects
        place = _note(data, head, objects)
    raise TooLarge(f"This PDF has more than {10 * limits.max_steps:,} objects.")


def _note(data: bytes, head: re.Match[bytes], objects: Objects) -> int:
    """Note what stands behind one header; the place from which to go on."""
    opening = _OPENING.match(data, head.end())
    entries, end = entries_at(data, opening.end() - 2) if opening else ({}, head.end())
    if head[1] is None:
        objects.trailer.update(entries)
        return end
    ref = int(head[1]), int(head[2])
    objects.at[ref] = head.end()
    objects.streams.pop(ref, None)
    keyword = _STREAM.match(data, end) if opening else None
    if keyword is None:
        return end
    stream = Stream(entries, keyword.end(), _stream_end(data, keyword.end(), entries.get(b"/Length", b"")))
    objects.streams[ref] = stream
    if entries.get(b"/Type") == b"/XRef":
        objects.trailer.update(entries)
    return stream.end


def _stream_end(data: bytes, start: int, length: bytes) -> int:
    """Where its length says, if `endstream` stands there; else at the next `endstream`."""
    after = start + int(length) if length.isdigit() and len(length) < 15 else start
    if data[after : after + 16].lstrip().startswith(b"endstream"):
        return after
    stop = data.find(b"endstream", start)
    return len(data) if stop < 0 else stop


def entries_at(data: bytes, at: int) -> tuple[Entries, int]:
    """The entries of the dictionary at `at`, each value as it is written, and where the dictionary ends."""
    entries: Entries = {}
    depth, key, start = 0, b"", at
    for token, begin, end in _tokens(data, at):
        if depth == 1 and (token == b">>" or (token.startswith(b"/") and (not key or data[start:begin].strip()))):
            if key:
                entries.setdefault(key, data[start:begin].strip(b"\0\t\n\x0c\r "))
            key, start = (b"", end) if token == b">>" else (token, end)
        depth += (token in (b"<<", b"[")) - (token in (b">>", b"]"))
        if depth == 0:
            return entries, end
    raise BadMedia(f"The PDF dictionary at byte {at:,} does not end.")


def _tokens(data: bytes, at: int) -> Iterator[tuple[bytes, int, int]]:
    for _ in range(_MOST_TOKENS):
        found = _TOKEN.search(data, at)
        if found is None:
            return
        token, at = found[0], found.end()
        if token == b"(":
            at = _past_string(data, at)
        if not token.startswith(b"%"):
            yield token, found.start(), at


def _past_string(data: bytes, at: int) -> int:
    """Strings nest (7.3.4.2); `at` is behind the first parenthesis."""
    depth = 1
    for found in re.finditer(rb"\\.|[()]", data[at : at + _LONGEST_STRING], re.DOTALL):
        depth += (found[0] == b"(") - (found[0] == b")")
        if not depth:
            return at + found.end()
    raise BadMedia(f"The PDF string at byte {at:,} does not end.")


def reference(value: bytes | None) -> Ref | None:
    """What `12 0 R` points to."""
    found = _REFERENCE.fullmatch(value or b"")
    return (int(found[1]), int(found[2])) if found else None


def inflated(stream: Stream, data: bytes, where: str, limits: Limits) -> bytes:
    """The bytes of a stream that has no filter, or FlateDecode without a predictor."""
    names = re.findall(rb"/[^\x00\t\n\x0c\r ()<>\[\]{}/%]+", stream.entries.get(b"/Filter", b""))
    body = stream.body(data)
    if not names:
        if len(body) > limits.max_block:
            raise TooLarge(f"{where} has {len(body):,} bytes; at most {limits.max_block:,} are read.")
        return bytes(body)
    predictor = re.search(rb"/Predictor" + _SPACE + rb"*([0-9]+)", stream.entries.get(b"/DecodeParms", b""))
    if names not in ([b"/FlateDecode"], [b"/Fl"]) or (predictor and predictor[1] != b"1"):
        raise BadMedia(f"{where} is packed by {b' '.join(names).decode('latin-1')}, which is not read here.")
    return inflate(body, where, limits)


def in_object_stream(data: bytes, objects: Objects, wanted: int, limits: Limits) -> bytes | None:
    """The text from the last object of this number in an object stream on (7.5.7), if it is a dictionary.

    Such a stream begins with pairs of number and offset; `/First` is where the objects begin.
    """
    last, total = None, 0
    for ref, stream in objects.streams.items():
        first = stream.entries.get(b"/First", b"")
        if stream.entries.get(b"/Type") != b"/ObjStm" or not first.isdigit() or len(first) > 9:
            continue
        plain = inflated(stream, data, f"Object stream {ref[0]}", limits)
        total += len(plain)
        if total > limits.max_total or int(first) > _LONGEST_INDEX:
            raise TooLarge(f"The object streams of this PDF inflate beyond {limits.max_total:,} bytes.")
        offset = _offset_in(plain[: int(first)].split(), b"%d" % wanted)
        last = last if offset is None else plain[int(first) + offset :].lstrip()
    return last if last is not None and last.startswith(b"<<") else None


def _offset_in(index: list[bytes], wanted: bytes) -> int | None:
    found = [offset for number, offset in zip(index[::2], index[1::2], strict=False) if number == wanted]
    return int(found[-1]) if found and found[-1].isdigit() and len(found[-1]) < 10 else None
