"""Canonical bytes: the part of RFC 8785 (JCS) that a log entry needs.

Objects, arrays, strings and integers within ±(2^53 - 1); no floats, no booleans, no null, and keys are
ASCII, for which sorting by UTF-16 code unit (RFC 8785 3.2.3) is sorting by byte.
"""

from __future__ import annotations

import json
from typing import Any

from placet.errors import BadRecord

__all__ = ["decode", "encode", "flaw"]

_MOST = 2**53 - 1
_DEEPEST = 32


def encode(value: Any) -> bytes:
    """The one byte string for `value`; BadRecord when it has none."""
    if not _is_plain(value, 0):
        _check(value, "value", 0)
    try:
        return _ENCODER.encode(value).encode()
    except UnicodeEncodeError as error:
        raise BadRecord("a string holds half of a surrogate pair, which is no text") from error


def decode(data: bytes) -> Any:
    """The value, if `data` is exactly the canonical form of one; BadRecord otherwise."""
    try:
        value = _DECODER.decode(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadRecord(f"not canonical JSON: {flaw(error)}") from error
    if encode(value) != data:
        raise BadRecord("the JSON is not in canonical form (RFC 8785): order, spacing, escapes or duplicates")
    return value


def flaw(error: ValueError | RecursionError) -> str:
    """What Python found wrong with a JSON text, in words for whoever wrote it."""
    if isinstance(error, RecursionError):
        return "it nests too deeply"
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start:,} is no UTF-8"
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, sign {error.colno}"
    return "a number in it has too many digits" if "int_max_str_digits" in str(error) else str(error)


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not an integer")


_DECODER = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse)
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _is_plain(value: Any, depth: int) -> bool:
    """Whether `_check` would find nothing, without the path that a sentence needs."""
    kind = type(value)
    if depth > _DEEPEST:
        return False
    if kind is str:
        return True
    if kind is int:
        return abs(int(value)) <= _MOST
    if kind is dict:
        for key, item in value.items():
            if type(key) is not str or not key.isascii() or not _is_plain(item, depth + 1):
                return False
        return True
    return kind is list and all(_is_plain(item, depth + 1) for item in value)


def _check(value: Any, where: str, depth: int) -> None:
    if depth > _DEEPEST:
        raise BadRecord("the JSON nests deeper than 32 levels")
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise BadRecord(f"{where}: key {key!r} is not ASCII text")
            _check(item, f"{where}.{key}", depth + 1)
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            _check(item, f"{where}[{number}]", depth + 1)
    elif type(value) is int:
        if abs(value) > _MOST:
            raise BadRecord(f"{where}: a number is beyond ±(2^53 - 1)")
    elif type(value) is not str:
        raise BadRecord(f"{where}: {type(value).__name__} has no place in an entry")
