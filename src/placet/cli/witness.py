"""`placet witness` cosigns other people's logs; `placet log witness` says who cosigns ours."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from placet.app import Home, read_policy
from placet.cli.options import DryRun, HomeDir, Json, PassphraseFile, home_at, usage
from placet.cli.talk import emit, note, result
from placet.errors import BadRecord, NotFound, Refused, WrongUsage
from placet.record.notes import COSIGNATURE, ED25519, ML_DSA_44, Vkey, parse_vkey
from placet.record.policy import NONE, Policy, Witness
from placet.registry.phrases import count

__all__ = ["name_witness", "serve"]

_LISTEN = re.compile(r"\[?([0-9A-Za-z.:-]+?)\]?:([0-9]{1,5})")


def serve(
    log: Annotated[
        list[str],
        typer.Option("--log", metavar="VKEY", help="A log's key, or a policy file that lists logs; repeat it."),
    ],
    listen: Annotated[str, typer.Option(metavar="HOST:PORT", help="Port 0 takes a free one.")] = "127.0.0.1:8417",
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Cosign that logs only grow, by C2SP tlog-witness, until stopped. The witness's key is made on first use."""
    from placet.web.witness import WitnessServer

    place = home_at(home, passphrase_file)
    logs = [vkey for word in log for vkey in _logs(word)]
    found = _LISTEN.fullmatch(listen)
    if not found:
        raise WrongUsage(f"--listen: {listen!r} is no HOST:PORT")
    witness = place.witness(logs)
    with WitnessServer(found[1], int(found[2]), witness, note) as server:
        if json:
            told = {"url": server.url, "vkey": str(witness.cosigner.vkey), "logs": sorted(witness.logs)}
            emit({"schema": "placet.witness/1", **told})
        else:
            result(f"Witness {witness.cosigner.vkey}\nfor {count(len(witness.logs), 'log')}, at {server.url}")
        sys.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            note("Stopped.")
    return 0


def name_witness(
    url: Annotated[str, typer.Argument(help="The address of a witness; leave both out to ask all again.")] = "",
    vkey: Annotated[str, typer.Argument(help="Its key, as the witness prints it.")] = "",
    name: Annotated[str, typer.Option(help="What to call it here; its key's name by default.")] = "",
    quorum: Annotated[
        int | None,
        typer.Option(
            metavar="K", min=0, help="How many must have cosigned before a checkpoint is shown; 0 asks for none."
        ),
    ] = None,
    remove: Annotated[str, typer.Option(metavar="NAME", help="Ask this witness no more.")] = "",
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Name the witnesses of this home's log, and ask them to cosign its newest checkpoint."""
    place = home_at(home, passphrase_file)
    if not place.has_log:
        raise NotFound(f"there is no log in {place.path} yet; `placet reserve` begins one")
    old = place.own_policy
    witnesses = _changed(old, url, vkey, name, remove)
    needed = _needed(old) if quorum is None else quorum
    if needed > len(witnesses):
        raise Refused(f"a quorum of {needed} cannot be reached by {count(len(witnesses), 'witness', 'witnesses')}")
    if not dry_run:
        place.set_witnesses(witnesses, needed)
        place.log.renew()
    _show(place, witnesses, needed, as_json=json)
    return 0


def _logs(word: str) -> list[Vkey]:
    """The keys in a policy file, or the one that was typed."""
    path = Path(word)
    try:
        vkeys = [vkey for vkey, _ in read_policy(path).logs] if path.is_file() else [parse_vkey(word)]
    except BadRecord as error:
        raise usage(ValueError(str(error)), "--log") from None
    if not vkeys or any(vkey.key_type != ED25519 for vkey in vkeys):
        raise WrongUsage(f"--log: {word[:80]!r} names no log, or one that signs by another method than Ed25519")
    return vkeys


def _changed(old: Policy, url: str, vkey: str, name: str, remove: str) -> list[Witness]:
    if remove and remove not in {each.name for each in old.witnesses}:
        raise NotFound(f"no witness of this log is called {remove!r}")
    kept = [each for each in old.witnesses if each.name != remove]
    if not url:
        return kept
    new = _witness(url, vkey, name)
    return [each for each in kept if each.vkey != new.vkey and each.name != new.name] + [new]


def _witness(url: str, vkey: str, name: str) -> Witness:
    try:
        key = parse_vkey(vkey)
        is_web = urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).hostname)
    except (BadRecord, ValueError) as error:
        raise usage(ValueError(str(error)), "VKEY") from None
    if key.key_type not in (COSIGNATURE, ML_DSA_44):
        raise WrongUsage(f"VKEY: {key.name!r} is not a key for cosignatures")
    called = name or key.name
    if not is_web or not called or any(map(str.isspace, called + url)):
        raise WrongUsage(
            f"a witness has an address of http or https and a name without spaces, unlike {url!r}, {called!r}"
        )
    return Witness(called, key, url)


def _needed(policy: Policy) -> int:
    """How many witnesses the policy demands; one that was not written by this command is left to its editor."""
    if policy.quorum == NONE:
        return 0
    members = tuple(each.name for each in policy.witnesses)
    found = next((group for group in policy.groups if group.name == policy.quorum), None)
    if found is None or len(policy.groups) != 1 or found.members != members:
        raise Refused(
            f"the policy has groups of its own, and its quorum {policy.quorum!r} is not rewritten: edit the file"
        )
    return found.k


def _show(place: Home, witnesses: list[Witness], needed: int, *, as_json: bool) -> None:
    newest = place.log.published()
    signed = f"\n{newest.note.decode()}"
    rows = [(each, f"\n\u2014 {each.vkey.name} " in signed) for each in witnesses]
    if as_json:
        for each, has in rows:
            told = {"name": each.name, "url": each.url, "vkey": str(each.vkey)}
            emit({"schema": "placet.log-witness/1", **told, "cosigned": has, "size": newest.size})
        return
    of = f"the checkpoint of {count(newest.size, 'entry', 'entries')}"
    for each, has in rows:
        result(f"{each.name} at {each.url}: {'has' if has else 'has not'} cosigned {of}")
    asked = (
        f"{needed} of {len(witnesses)} must cosign before it is shown"
        if needed
        else "none must cosign before it is shown"
    )
    result(f"{count(len(witnesses), 'witness', 'witnesses').capitalize()}; {asked}.")
