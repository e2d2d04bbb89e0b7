"""`placet identity text|link`: a key that somebody has already, for SSH or in a certificate, speaks for a party too."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from placet.cli.identity import told
from placet.cli.options import HomeDir, Json, KeyFile, PassphraseFile, home_at
from placet.cli.talk import emit, note, printable, result
from placet.desk import linking
from placet.errors import NotFound, Refused
from placet.registry.links import NAMESPACE
from placet.signing.keys import Role

__all__ = ["link", "text"]

_FILE = "placet-identity.txt"


def text(
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="Write it there, byte for byte.")
    ] = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Print the text that a key which you have already signs, to be linked to yours, and how to sign it."""
    place = home_at(home, passphrase_file)
    party = place.key(Role.PARTY, key)
    data = linking.text_for(place, party)
    if out is not None:
        _write(out, data)
    if json:
        log, public = place.log.origin, party.public.hex()
        emit({"schema": "placet.binding/1", "text": data.decode(), "key": public, "log": log, "namespace": NAMESPACE})
    elif out is None:
        result(data.decode().removesuffix("\n"))
        note(f"These bytes are what is signed. `placet identity text -o {_FILE}` writes them, and says how.")
    else:
        _tell_how(out)
    return 0


def _write(out: Path, data: bytes) -> None:
    try:
        with out.open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise Refused(f"{out} is there already, and is not overwritten") from None
    except OSError as error:
        raise NotFound(f"{out} cannot be written: {error.strerror}") from None


def _tell_how(out: Path) -> None:
    name, made = shlex.quote(str(out)), shlex.quote(f"{out}.sig")
    result(f"Wrote {printable(str(out))}. Sign it by a key that you have, and link that:")
    for who, sign, more in (
        ("One for SSH", f"ssh-keygen -Y sign -n {NAMESPACE} -f KEY {name}", ""),
        ("A did:key", f"openssl pkeyutl -sign -rawin -inkey KEY -in {name} -out {made}", " --public did:key:..."),
        ("A C2PA certificate's", f"openssl dgst -sha256 -sign KEY -out {made} {name}", " --public CHAIN.pem --publish"),
    ):
        for line in (f"  {who}:", f"    {sign}", f"    placet identity link {made}{more}"):
            result(line)


def link(
    signature: Annotated[Path, typer.Argument(metavar="FILE.sig", help="What the other key signed the text with.")],
    public: Annotated[
        str,
        typer.Option(
            "--public", metavar="KEY", help="Whose: a did:key, or a file with the certificates, or an SSH key."
        ),
    ] = "",
    publish: Annotated[
        bool, typer.Option("--publish", help="A certificate, with the name in it, is published for good.")
    ] = False,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Link a key that you have already: it signed the text that `identity text` printed. Nothing is raised by it."""
    place = home_at(home, passphrase_file)
    linked = linking.link(place, place.key(Role.PARTY, key), signature, public, publish=publish)
    told(f"Linked {linked.key}: it signed for your key.", linked.noted, json=json)
    if linked.named:
        note(printable(f"The certificate names {linked.named}; no list of trusted authorities was asked."))
    note("Whoever reads the log can check it. Who holds that key was not checked: it raises no rung.")
    return 0
