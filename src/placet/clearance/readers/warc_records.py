"""The records of a WARC file, plain or gzipped, in order, with bounded memory.

ISO 28500:2017 (WARC 1.1).  What is broken is named with its offset, and reading goes on at the next record.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

__all__ = ["MOST_BLOCK", "Broken", "Record", "is_packed", "records"]

MOST_BLOCK = 64 << 20  # bytes that are kept of one record
_MOST_HEADER = 1 << 18
_CHUNK = 1 << 16
_MAGIC = b"\x1f\x8b\x08"
_BEGIN = b"WARC/"
_MOST_RATIO, _ALWAYS = 200, 1 << 16  # a member that unpacks to more times its size, and to more than 64 kB, is a bomb
_WINDOW, _PEEK = 1 << 20, 1 << 10
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """`fields` have names in lower case; `block` is not whole when `fault` says why.

    `head` are the bytes before the block, so that head, block and two line ends are the record again.
    """

    offset: int
    head: bytes
    fields: dict[str, str]
    block: bytes
    at: int = 0
    fault: str = ""

    @property
    def kind(self) -> str:
        return self.fields.get("warc-type", "").lower()

    @property
    def url(self) -> str:
        return self.fields.get("warc-target-uri", "").strip().removeprefix("<").removesuffix(">")


@dataclass(frozen=True, slots=True)
class Broken:
    """Something at this offset that is no record; `why` is a clause."""

    offset: int
    why: str


class _Inflate(Protocol):
    """A decompressor of the standard library, whose type has no public name."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


class _BrokenError(Exception):
    """Inside a record."""


def records(path: Path, most: int = MOST_BLOCK) -> Iterator[Record | Broken]:
    """Every record of a file, at most `most` bytes of each block kept; OSError when it cannot be opened."""
    with path.open("rb") as file:
        source = _Gzip(file) if is_packed(path) else _Plain(file)
        while True:
            try:
                if not source.next():
                    return
                yield _record(source, most)
            except (_BrokenError, zlib.error) as error:
                yield Broken(source.offset, _clause(error))
                source.recover()


def is_packed(path: Path) -> bool:
    """By its bytes: many files are named .gz and are not."""
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def _clause(error: Exception) -> str:
    return f"its gzip data are damaged ({error})" if isinstance(error, zlib.error) else str(error)


def _record(source: _Source, most: int) -> Record:
    offset = source.offset
    head = source.until(_HEADER_END, _MOST_HEADER)
    if not head.startswith(_BEGIN):
        raise _BrokenError("it does not begin as a WARC record does")
    fields = _fields(head)
    length = fields.get("content-length", "").strip()
    if not _LENGTH.fullmatch(length):
        raise _BrokenError(f"its Content-Length is {length[:20]!r}")
    size = int(length)
    block = source.read(min(size, most))
    rest = source.skip(size - len(block)) if len(block) == min(size, most) else 0
    if len(block) + rest < size:
        raise _BrokenError("it is cut off")
    fault = f"is longer than the {most:,} bytes that are kept" if size > most else _fault(fields, block)
    return Record(
        offset=offset, head=head, fields=fields, block=block, at=_seconds(fields.get("warc-date", "")), fault=fault
    )


def _fields(head: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    last = ""
    for line in head.decode("utf-8", "replace").splitlines()[1:]:
        name, colon, value = line.partition(":")
        if line[:1] in (" ", "\t") and last:
            found[last] = f"{found[last]} {line.strip()}"
        elif colon:
            last = name.strip().lower()
            found.setdefault(last, value.strip())
    return found


def _fault(fields: dict[str, str], block: bytes) -> str:
    """What the record itself says is wrong with it, or its digest shows (sections 5.8 and 5.13)."""
    if why := fields.get("warc-truncated"):
        return f"was cut when it was taken ({why[:20]})"
    if "warc-segment-number" in fields:
        return "is only a part of what was answered"
    name, _, value = fields.get("warc-block-digest", "").strip().partition(":")
    if name.lower() not in ("sha1", "sha256"):
        return ""
    digest = hashlib.new(name.lower(), block, usedforsecurity=False).digest()
    spelled = {base64.b32encode(digest).decode().rstrip("="), digest.hex().upper()}
    return "" if value.strip().upper().rstrip("=") in spelled else f"is damaged: its {name} is another than it says"


def _seconds(text: str) -> int:
    """UTC seconds of a WARC-Date; 0 for none."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return 0
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return max(0, int(found.timestamp()))


@dataclass
class _Source:
    """Bytes one after the other; `offset` is where in the file the record at hand begins."""

    file: BinaryIO
    offset: int = 0
    kept: bytearray = field(default_factory=bytearray)

    def next(self) -> bool:
        """Go to the next record; False at the end."""
        raise NotImplementedError

    def more(self) -> bytes:
        """Further bytes, empty at the end of what may be read."""
        raise NotImplementedError

    def recover(self) -> None:
        """Go to the next place after `offset` at which a record may begin."""
        raise NotImplementedError

    def until(self, end: re.Pattern[bytes], most: int) -> bytes:
        """What comes up to the end of `end`."""
        seen = 0
        while True:
            found = end.search(self.kept, max(0, seen - 4))
            if found:
                head = bytes(self.kept[: found.end()])
                del self.kept[: found.end()]
                return head
            seen = len(self.kept)
            data = self.more() if seen <= most else b""
            if not data:
                raise _BrokenError("it has no header that ends")
            self.kept += data

    def read(self, size: int) -> bytes:
        """As many bytes, or as there are."""
        while len(self.kept) < size and (data := self.more()):
            self.kept += data
        found = bytes(self.kept[:size])
        del self.kept[:size]
        return found

    def skip(self, size: int) -> int:
        left = size
        while left and (data := self.read(min(left, _CHUNK))):
            left -= len(data)
        return size - left

    def at_text(self) -> bool:
        """Past the empty lines that end a record; False when nothing follows them."""
        self.kept = bytearray(self.kept.lstrip(b"\r\n"))
        while not self.kept and (data := self.more()):
            self.kept = bytearray(data.lstrip(b"\r\n"))
        return bool(self.kept)

    def candidates(self, mark: bytes) -> Iterator[tuple[int, bytes]]:
        """Every place after `offset` at which `mark` stands, with the bytes from there on."""
        at = self.offset + 1
        self.file.seek(at)
        window = self.file.read(_WINDOW)
        while window:
            for found in re.finditer(re.escape(mark), window):
                if found.start() < _WINDOW - _PEEK or len(window) < _WINDOW:
                    yield at + found.start(), window[found.start() : found.start() + _PEEK]
            if len(window) < _WINDOW:
                return
            at += _WINDOW - _PEEK
            window = window[_WINDOW - _PEEK :] + self.file.read(_WINDOW - _PEEK)


class _Plain(_Source):
    def more(self) -> bytes:
        return self.file.read(_CHUNK)

    def next(self) -> bool:
        found = self.at_text()
        self.offset = self.file.tell() - len(self.kept)
        return found

    def recover(self) -> None:
        self.kept.clear()
        place = next((at + 1 for at, _ in self.candidates(b"\n" + _BEGIN)), None)
        self.file.seek(0, 2) if place is None else self.file.seek(place)


class _Gzip(_Source):
    """One member after the other (Annex D); a record does not reach from one into the next."""

    _inflate: _Inflate | None = None  # None between two members
    _packed: bytes = b""
    _made: int = 0  # bytes out of this member

    def more(self) -> bytes:
        inflate = self._inflate
        while inflate is not None and not inflate.eof:
            data = self._packed or self.file.read(_CHUNK)
            out = inflate.decompress(data, _CHUNK)
            self._packed = inflate.unused_data or inflate.unconsumed_tail
            self._made += len(out)
            if self._made > max(_ALWAYS, _MOST_RATIO * (self.file.tell() - len(self._packed) - self.offset)):
                raise _BrokenError(f"it unpacks to more than {_MOST_RATIO} times its size")
            if out:
                return out
            if not data:
                raise _BrokenError("its gzip data are cut off")
        return b""

    def next(self) -> bool:
        while self._inflate is not None or self._open():
            if self.at_text():
                return True
            self._inflate = None
        return False

    def _open(self) -> bool:
        """The next member; zeros between two are padding."""
        while not (packed := self._packed.lstrip(b"\0")):
            self._packed = self.file.read(_CHUNK)
            if not self._packed:
                return False
        self._packed = packed
        self.offset = self.file.tell() - len(packed)
        self._inflate, self._made = zlib.decompressobj(31), 0
        return True

    def recover(self) -> None:
        """The next member that begins as a record does; compressed bytes may hold the mark of one by chance."""
        self.kept.clear()
        self._packed, self._inflate = b"", None
        place = next((at for at, packed in self.candidates(_MAGIC) if _begins(packed)), None)
        self.file.seek(0, 2) if place is None else self.file.seek(place)


def _begins(packed: bytes) -> bool:
    try:
        return zlib.decompressobj(31).decompress(packed, len(_BEGIN)) == _BEGIN
    except zlib.error:
        return False
