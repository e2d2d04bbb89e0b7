"""Having a file or the log's checkpoint stamped: the request, the asking, and the stamp beside what it is about."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from placet.app import Home
from placet.clearance.pages import moment
from placet.errors import NotFound, Refused
from placet.log.files import write_durable
from placet.record.checkpoint import parse_checkpoint
from placet.record.notes import parse_note
from placet.signals.observation import Exchange
from placet.signing.anchors import Anchor, Branch, begin, format_anchor, graft, parse_anchor, parse_branches
from placet.signing.time import MOST_BYTES, ask, check_answer

__all__ = [
    "anchor",
    "anchored",
    "ask_authority",
    "beside",
    "day_and_minute",
    "keep",
    "request_for",
    "subject",
    "upgrade",
    "write_request",
]

_DIGEST = "application/octet-stream"
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


# --- OpenTimestamps -------------------------------------------------------------------------------------


def anchored(file: Path) -> Path:
    return file.with_name(f"{file.name}.ots")


def anchor(home: Home, file: Path, calendars: Sequence[str]) -> Path:
    """Ask calendars to put the file's digest into a block; the proof, pending still, lies beside the file."""
    kept = anchored(file)
    if kept.exists():
        raise Refused(f"{kept} is there already: an older proof is worth more than a newer one")
    digest = hashlib.sha256(file.read_bytes()).digest()
    ops, message = begin(digest, home.random(16))
    found: list[Branch] = []
    with home.visitor() as visitor:
        for url in calendars:
            got = visitor.wire.post(f"{url.rstrip('/')}/digest", message, _DIGEST, _bounded)
            found += graft(ops, parse_branches(_body(url, got), message))
    write_durable(kept, format_anchor(Anchor(digest, tuple(found))))
    return kept


def upgrade(home: Home, kept: Path) -> tuple[int, ...]:
    """Ask the calendars that a proof names for its blocks, and keep what they say; the heights of its blocks then.

    A calendar that does not have it yet answers 404, which is no fault.
    """
    read = parse_anchor(kept.read_bytes())
    found: dict[Branch, None] = dict.fromkeys(read.branches)
    with home.visitor() as visitor:
        for each in [branch for branch in read.branches if branch.uri]:
            url = f"{each.uri.rstrip('/')}/timestamp/{each.message.hex()}"
            got = visitor.wire.get(url, _bounded)
            if got.status != 404:
                found |= dict.fromkeys(graft(each.ops, parse_branches(_body(url, got), each.message)))
    made = format_anchor(Anchor(read.digest, tuple(found)))
    if set(parse_anchor(made).branches) != set(read.branches):
        write_durable(kept, made)
    return tuple(sorted({each.height for each in found if each.height is not None}))


def _bounded(status: int, _: object) -> int:
    return MOST_BYTES if status == 200 else 0


def _body(url: str, got: Exchange) -> bytes:
    if got.error or got.status != 200:
        raise Refused(f"{url} {got.error or f'answered {got.status}, not with a proof'}")
    return got.body
