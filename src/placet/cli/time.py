"""`placet time`: somebody else's signed word on when these bytes were there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placet.cli.options import HomeDir, Json, home_at
from placet.cli.talk import emit, note, result
from placet.errors import BadInput, NotFound, WrongUsage
from placet.log.files import MOST_FILE

if TYPE_CHECKING:
    from cryptography import x509

    from placet.signing.trusted_list import Service

__all__ = ["Authorities", "Header", "Headers", "TrustedList", "believed", "blocks", "stamp", "upgrade", "verify"]

_MOST_STAMPED = 1 << 31  # bytes of a file that is read in order to compare it with its stamp

Authorities = Annotated[
    list[Path] | None, typer.Option("--tsa-ca", metavar="FILE", help="Time stamping roots you believe (PEM).")
]
Header = Annotated[
    list[str] | None, typer.Option("--header", metavar="HEIGHT:HEX", help="The header of a Bitcoin block.")
]
Headers = Annotated[Path | None, typer.Option("--headers", metavar="FILE", help="The same from a file, one a line.")]
TrustedList = Annotated[
    Path | None, typer.Option("--trusted-list", metavar="FILE", help="An EU trusted list (XML): who is qualified.")
]


def believed(tsa_ca: Sequence[Path] | None, listed: Path | None) -> tuple[list[x509.Certificate], tuple[Service, ...]]:
    """The certificates and services that the reader's files name."""
    from placet.signing.time import authorities
    from placet.signing.trusted_list import parse_list

    roots = [each for path in tsa_ca or () for each in authorities(_read(path))]
    return roots, parse_list(_read(listed)) if listed else ()


def blocks(header: Sequence[str] | None, headers: Path | None) -> dict[int, bytes]:
    """The block headers that the reader believes."""
    from placet.signing.anchors import parse_headers

    lines = _read(headers).decode("ascii", "replace").splitlines() if headers else []
    return parse_headers([*lines, *(header or ())])


def stamp(
    what: Annotated[str, typer.Argument(metavar="FILE|log", help="A file, or `log`: the checkpoint of this home.")],
    tsa: Annotated[str, typer.Option("--tsa", metavar="URL", help="Ask this authority.")] = "",
    calendar: Annotated[
        list[str] | None,
        typer.Option("--calendar", metavar="URL", help="Ask an OpenTimestamps calendar; may be repeated."),
    ] = None,
    request: Annotated[
        Path | None, typer.Option("--request", metavar="FILE", help="Only write the request; with --response read it.")
    ] = None,
    response: Annotated[
        Path | None, typer.Option("--response", metavar="FILE", help="The answer that somebody fetched for you.")
    ] = None,
    tsa_ca: Authorities = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Have a file or the log's checkpoint stamped (RFC 3161: FILE.tsr beside it; or OpenTimestamps: FILE.ots)."""
    from placet.desk import stamping

    place = home_at(home)
    file = stamping.subject(place, what)
    if sum(map(bool, (tsa, request, calendar))) != 1 or (response and not request):
        raise WrongUsage("give --tsa URL, --calendar URL, --request FILE, or --request FILE with --response FILE")
    if calendar:
        proof = stamping.anchor(place, file, calendar)
        if json:
            emit({"schema": "placet.anchor/1", "file": str(file), "proof": str(proof), "blocks": []})
        else:
            result(f"Pending: {proof}. In some hours, `placet time upgrade {proof}` asks which block holds it.")
        return 0
    if request and not response:
        stamping.write_request(place, file, request)
        result(f"Request for {file}: {request}. Send it to an authority, then give --response its answer.")
        return 0
    asked = _read(request) if request else stamping.request_for(place, file)
    answer = _read(response) if response else stamping.ask_authority(place, tsa, asked)
    kept, at = stamping.keep(place, file, asked, answer)
    if json:
        emit({"schema": "placet.stamp/1", "file": str(file), "stamp": str(kept), "at": at})
    else:
        result(f"Stamped: {file} on {stamping.day_and_minute(at)}: {kept}")
    if tsa_ca:
        return verify(file, tsa_ca=tsa_ca, home=home, json=json)
    note("Whose word it is was not looked at: `placet time verify FILE --tsa-ca ROOT` does.")
    return 0


def upgrade(
    proof: Annotated[Path, typer.Argument(metavar="FILE.ots", help="A pending proof.")],
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Ask the calendars that an OpenTimestamps proof names which block holds it; 2 while none does."""
    from placet.desk import stamping

    if not proof.is_file():
        raise NotFound(f"there is no proof {proof}")
    heights = stamping.upgrade(home_at(home), proof)
    if json:
        emit({"schema": "placet.anchor/1", "proof": str(proof), "blocks": list(heights)})
    elif heights:
        result(f"In block {', '.join(map(str, heights))}, says {proof}; check it with `placet time verify`.")
    else:
        result(f"Still pending: no block holds what {proof} is about.")
    return 0 if heights else 2


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What was stamped.")],
    token: Annotated[Path | None, typer.Option("--stamp", metavar="FILE", help="Default: FILE.tsr or .ots.")] = None,
    tsa_ca: Authorities = None,
    trusted_list: TrustedList = None,
    header: Header = None,
    headers: Headers = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Check a time stamp offline: for these bytes, by an authority you believe, whose certificate was valid then."""
    from placet.desk import stamping
    from placet.signing.time import verify_stamp

    roots, listed = believed(tsa_ca, trusted_list)
    where = token or next(filter(Path.exists, (stamping.beside(file), stamping.anchored(file))), stamping.beside(file))
    if where.suffix == ".ots":
        return _verify_anchor(file, _read(where), blocks(header, headers), json=json)
    found = verify_stamp(_read(where), _read(file, _MOST_STAMPED), roots, home_at(home).now(), listed)
    if json:
        said = {"at": found.at, "authority": found.authority, "policy": found.policy, "qualified": found.qualified}
        emit({"schema": "placet.stamped/1", "file": str(file), **said})
    else:
        result(f"{file} existed on {stamping.day_and_minute(found.at)}, says {found.authority}; {found.qualified}.")
    return 0


def _verify_anchor(file: Path, proof: bytes, headers: dict[int, bytes], *, json: bool) -> int:
    from placet.desk import stamping
    from placet.signing.anchors import parse_anchor, verify_anchor

    height, at = verify_anchor(parse_anchor(proof), _read(file, _MOST_STAMPED), headers)
    if json:
        emit({"schema": "placet.anchored/1", "file": str(file), "block": height, "at": at})
    else:
        result(
            f"{file} is in Bitcoin block {height}, dated {stamping.day_and_minute(at)}, by the header that was given."
        )
    return 0


def _read(path: Path, most: int = MOST_FILE) -> bytes:
    try:
        if path.is_file() and path.stat().st_size > most:
            raise BadInput(f"{path} has more than the {most} bytes that are read")
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(f"there is no file {path}") from None
