"""Having a file or the log's checkpoint stamped: the request, the asking, and the stamp beside what it is about."""

from __future__ import annotations

import hashlib
from pathlib import Path

from placet.app import Home
from placet.clearance.pages import moment
from placet.errors import NotFound, Refused
from placet.log.files import write_durable
from placet.record.checkpoint import parse_checkpoint
from placet.record.notes import parse_note
from placet.signing.time import MOST_BYTES, ask, check_answer

__all__ = ["ask_authority", "beside", "day_and_minute", "keep", "request_for", "subject", "write_request"]

_ASKED, _ANSWERED = "application/timestamp-query", "application/timestamp-reply"

day_and_minute = moment


def subject(home: Home, what: str) -> Path:
    """The file that is meant; for `log` a copy of the newest checkpoint, which the log itself will soon replace."""
    if what != "log":
        if not Path(what).is_file():
            raise NotFound(f"there is no file {what}")
        return Path(what)
    note = home.log_files.read("checkpoint")
    if note is None:
        raise NotFound(f"there is no log in {home.path} yet")
    kept = home.path / "time" / f"{parse_checkpoint(parse_note(note).text).size}.checkpoint"
    if not kept.exists() or kept.read_bytes() != note:
        write_durable(kept, note)
    return kept


def beside(file: Path) -> Path:
    return file.with_name(f"{file.name}.tsr")


def request_for(home: Home, file: Path) -> bytes:
    """A request with a nonce of its own, so that no older answer serves for it."""
    return ask(hashlib.sha256(file.read_bytes()).digest(), int.from_bytes(home.random(8)) >> 1)


def write_request(home: Home, file: Path, where: Path) -> None:
    if where.exists():
        raise Refused(f"{where} is there already, and the answer to it may be on its way: name another file")
    write_durable(where, request_for(home, file))


def ask_authority(home: Home, url: str, request: bytes) -> bytes:
    """The authority's answer, not believed yet; Refused when it cannot be had."""
    with home.visitor() as visitor:
        got = visitor.wire.post(url, request, _ASKED, lambda _status, _headers: MOST_BYTES)
    kind = got.header("content-type").partition(";")[0].strip().lower()
    if got.error or got.status != 200 or kind != _ANSWERED:
        why = got.error or f"answered {got.status} with {kind or 'no media type'}, not with a time stamp"
        raise Refused(f"{url} {why}")
    return got.body


def keep(home: Home, file: Path, request: bytes, answer: bytes) -> tuple[Path, int]:
    """Put the answer beside the file, once it answers this request about it; when it says it was given."""
    at = check_answer(answer, file.read_bytes(), request, home.now())
    kept = beside(file)
    if kept.exists():
        raise Refused(f"{kept} is there already: an older stamp is worth more than a newer one")
    write_durable(kept, answer)
    return kept, at
