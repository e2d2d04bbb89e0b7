"""WARC files, whole and broken."""

from __future__ import annotations

import gzip
from collections.abc import Iterable

__all__ = ["DAY", "html", "http", "record", "warc"]

DAY = "2024-05-01T12:00:00Z"


def http(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status}\r\n{named}\r\n".encode() + body


def html(body: str, **headers: str) -> bytes:
    return http(body.encode(), Content_Type="text/html; charset=utf-8", **headers)


def record(url: str, block: bytes, kind: str = "response", day: str = DAY, **fields: str) -> bytes:
    named = {
        "WARC-Type": kind,
        "WARC-Date": day,
        "WARC-Record-ID": "<urn:uuid:00000000-0000-4000-8000-000000000000>",
        "Content-Type": "application/http; msgtype=response",
        **({"WARC-Target-URI": url} if url else {}),
        "Content-Length": str(len(block)),
        **{name.replace("_", "-"): value for name, value in fields.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"WARC/1.1\r\n{head}\r\n".encode() + block + b"\r\n\r\n"


def warc(records: Iterable[bytes], packed: bool = False) -> bytes:
    return b"".join(gzip.compress(each, mtime=0) if packed else each for each in records)
