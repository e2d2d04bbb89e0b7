"""`placet keys`: the keys that speak, sign the log, and sign certificates."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from placet.cli.options import HomeDir, Json, PassphraseFile, home_at, read_passphrase
from placet.cli.talk import emit, note, notes, result
from placet.core.did import did_of
from placet.errors import PlacetError, Refused
from placet.signing.keys import Key, Role, fingerprint

__all__ = ["KEEP", "new", "show"]

KEEP = "Keep a copy in a safe place: whoever has it speaks for you, and without it you cannot take words back."


def new(
    name: Annotated[str, typer.Option(help="Your name as others will see it; leave it out to stay unnamed.")] = "",
    role: Annotated[Role, typer.Option(help="What the key is for.")] = Role.PARTY,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Another place than the home.")] = None,
    passphrase: Annotated[bool, typer.Option("--passphrase", help="Ask for a passphrase and lock the key.")] = False,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Make a key. There is one for each role; none is ever overwritten."""
    place = home_at(home)
    file = out or place.key_path(role)
    if file.exists():
        raise Refused(f"{file} is there already, and a key is never overwritten")
    secret = _secret(passphrase_file) if passphrase or passphrase_file else None
    key = place.new_key(role, name, secret, out)
    if json:
        emit(_shown(key, file))
    else:
        who = f" for {key.name}" if key.name else ""
        result(f"Made a {role} key{who}: {fingerprint(key.public)}, kept in {file}")
    if role is Role.PARTY:
        note(KEEP)
    return 0


def show(home: HomeDir = None, passphrase_file: PassphraseFile = None, json: Json = False) -> int:
    """List the keys that are kept in the home, and how each stands in the record."""
    from placet.desk.identifying import authority_of
    from placet.desk.key_standing import key_files, standing_of, threats_to

    place = home_at(home, passphrase_file)
    files, authority = key_files(place), authority_of(place)
    for file in files:
        role = Role(file.stem.partition("-")[0])
        try:
            key = place.key(role, None if file == place.key_path(role) else file)
        except PlacetError as error:
            note(str(error) if str(error).startswith(str(file)) else f"{file}: {error}")
            continue
        stood = standing_of(place, key.public.hex(), authority) if role is Role.PARTY else None
        if json:
            more = {"party": stood.party, "standing": stood.state} if stood else {}
            emit(_shown(key, file) | {"did": did_of(key.public.hex())} | more)
            continue
        result(f"{key.role:8} {fingerprint(key.public)}  {key.name or '(no name)'}  {file}")
        if stood:
            result(f"{'':8} {stood.words}")
            result(f"{'':8} {did_of(key.public.hex())}")
            by = "" if file == place.key_path(role) else f" --key {file}"
            threats = threats_to(stood.party, authority, place.now(), by) if stood.state == "current" else []
            notes(threats, "")
    if not files:
        note(f"There is no key in {place.path} yet; `placet reserve` makes one on first use.")
    return 0


def _secret(file: Path | None) -> bytes:
    secret = read_passphrase(file, "New passphrase: ")
    if file is None and sys.stdin.isatty() and read_passphrase(None, "Once more: ") != secret:
        raise Refused("the two passphrases differ; no key was made")
    return secret


def _shown(key: Key, file: Path) -> dict[str, str]:
    return {
        "schema": "placet.key/1",
        "role": key.role.value,
        "name": key.name,
        "public": key.public.hex(),
        "fingerprint": fingerprint(key.public),
        "file": str(file),
    }
