"""Saved observations: files of signed envelopes, one a line, believed when whoever signed them is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from placet.clearance.readers.guard import reason_of
from placet.clearance.rows import printable
from placet.clearance.voices import origin_of
from placet.errors import BadInput, BadRecord, NotFound, PlacetError, Untrusted, VerificationFailed
from placet.signals.observation import PAYLOAD_TYPE, Observation, parse
from placet.signing.envelope import open_envelope, verify_envelope

__all__ = ["SUFFIX", "Observed", "read_observations"]

SUFFIX = ".observations.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """`digest` is over the files' own digests; `signers` are the public keys (hex) that vouch for what was told."""

    observations: tuple[Observation, ...] = ()
    digest: str = ""
    signers: tuple[str, ...] = ()

    @property
    def sites(self) -> int:
        urls = (each.url for observation in self.observations for each in observation.exchanges)
        return len({origin for url in urls if (origin := origin_of(url))})

    @property
    def days(self) -> tuple[int, int]:
        """The first and the last moment at which something was asked; (0, 0) when nothing was."""
        times = [each.at for observation in self.observations for each in observation.exchanges]
        return min(times, default=0), max(times, default=0)


def read_observations(paths: Sequence[Path], believed: Iterable[bytes]) -> Observed:
    """Every observation in these files and folders, each signed by one of the `believed` public keys.

    One that is unsigned, altered or signed by anybody else refuses them all, by file and line.
    """
    files = [file for path in paths for file in _files(path)]
    believed, found, signers, digests = tuple(believed), list[Observation](), set[str](), set[str]()
    for file in files:
        data = _load(file)
        digests.add(hashlib.sha256(data).hexdigest())
        for number, line in enumerate(data.splitlines(), 1):
            if line.strip():
                observation, signer = _read(line, believed, f"{printable(str(file))}, line {number}")
                found.append(observation)
                signers.add(signer)
    if paths and not found:
        raise NotFound(f"there is not one observation in {', '.join(printable(str(path)) for path in paths)}")
    digest = hashlib.sha256("".join(f"{each}\n" for each in sorted(digests)).encode()).hexdigest()
    return Observed(observations=tuple(found), digest=digest if found else "", signers=tuple(sorted(signers)))


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(file for file in path.rglob(f"*{SUFFIX}") if file.is_file() and not file.is_symlink())
    else:
        yield path


def _load(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(f"there are no observations at {printable(str(file))}") from None
    except OSError as error:
        raise BadRecord(f"{printable(str(file))} cannot be read: {reason_of(error)}") from error


def _read(line: bytes, believed: tuple[bytes, ...], where: str) -> tuple[Observation, str]:
    try:
        envelope = open_envelope(line)
        if envelope.payload_type != PAYLOAD_TYPE:
            raise BadRecord(f"an envelope of {envelope.payload_type}, not of an observation")
        signer = verify_envelope(envelope, believed)
        return parse(envelope.payload), signer.hex()
    except Untrusted as error:
        raise Untrusted(f"UNTRUSTED: {where}: {error}; name the key with --observer to believe it") from error
    except VerificationFailed as error:
        raise VerificationFailed(f"BROKEN: {where}: {error}") from error
    except (BadInput, PlacetError) as error:
        raise BadRecord(f"{where}: {error}") from error
