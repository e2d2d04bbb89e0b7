"""The options that several commands share, declared once, and the home they open."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from placet.app import Home, open_home
from placet.cli.talk import note
from placet.errors import NotFound, PlacetError, Refused, WrongUsage
from placet.signing.keys import Key, Role

__all__ = [
    "DryRun",
    "For",
    "HomeDir",
    "Json",
    "KeyFile",
    "PassphraseFile",
    "home_at",
    "own_key",
    "party_key",
    "read_passphrase",
    "usage",
]

HomeDir = Annotated[Path | None, typer.Option("--home", metavar="DIR", help="Where keys, log and receipts are kept.")]
Json = Annotated[bool, typer.Option("--json", help="JSON lines on stdout.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and write nothing.")]
For = Annotated[
    str,
    typer.Option("--for", metavar="PARTY", help="Say it for her, under her mandate: her key, 6+ digits, or isni:..."),
]
KeyFile = Annotated[Path | None, typer.Option("--key", metavar="FILE", help="Another key than the one in the home.")]
PassphraseFile = Annotated[
    Path | None,
    typer.Option("--passphrase-file", metavar="FILE", help="The key's passphrase is this file's first line."),
]


def home_at(path: Path | None, passphrase_file: Path | None = None) -> Home:
    """The home, which asks for a passphrase when a key is locked."""
    home = open_home(path)
    home.passphrase = lambda key: _passphrase(key, passphrase_file)
    home.tell = note
    return home


def party_key(home: Home, file: Path | None) -> Key | None:
    """The key that speaks, or None when there is none yet."""
    if file is None and not home.key_path(Role.PARTY).exists():
        return None
    return home.key(Role.PARTY, file)


def own_key(home: Home, file: Path | None = None) -> Key:
    """The key that speaks, where one cannot speak by a key that is made just now."""
    if file is None and not home.key_path(Role.PARTY).exists():
        raise NotFound(f"there is no key in {home.path}: say with --home DIR where yours is")
    return home.key(Role.PARTY, file)


def _passphrase(key: Path, file: Path | None) -> bytes | None:
    try:
        locked = b"-----BEGIN ENCRYPTED PRIVATE KEY-----" in key.read_bytes()
    except FileNotFoundError:
        return None
    if not locked:
        return None
    return read_passphrase(file, f"Passphrase of {key}: ")


def read_passphrase(file: Path | None, prompt: str) -> bytes:
    """From the file, else from whoever sits at the terminal; Refused where nobody does."""
    if file is not None:
        try:
            return file.read_bytes().split(b"\n")[0].rstrip(b"\r")
        except FileNotFoundError:
            raise NotFound(f"there is no file {file} with a passphrase") from None
    if not sys.stdin.isatty():
        raise Refused("the key is locked and nobody is here to type its passphrase: use --passphrase-file")
    from getpass import getpass

    return getpass(prompt).encode()


def usage(error: ValueError | PlacetError, where: str) -> WrongUsage:
    """A word that cannot be followed, and the option it stood behind."""
    return WrongUsage(f"{where}: {error}")
