"""`placet keys rotate|recovery|recover|cancel|revoke`: changing a key, and what to do when it is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from placet.app import Home, today
from placet.cli import asked
from placet.cli.options import HomeDir, PassphraseFile, home_at
from placet.cli.talk import note, result
from placet.desk.identifying import authority_of, entered, note_down, party_named
from placet.errors import NotFound, Refused, WrongUsage
from placet.log.files import write_durable
from placet.signing.keys import Key, Role, fingerprint, read_key

__all__ = ["cancel", "recover", "recovery", "revoke", "rotate"]


def rotate(passphrase_file: PassphraseFile = None, home: HomeDir = None) -> int:
    """Hand on to a new key, which is made now: it is you from here on, and the old one says nothing more."""
    place = home_at(home, passphrase_file)
    secret = place.passphrase(place.key_path(Role.PARTY))
    place.passphrase = lambda _: secret  # the new key is locked as the old one is
    old = place.key(Role.PARTY)
    entered(place, old)
    waiting = place.key_path(Role.PARTY).with_name("party-next.pem")
    new = read_key(waiting, secret) if waiting.exists() else place.new_key(Role.PARTY, "", secret, waiting)
    if authority_of(place).party_of(new.public.hex()) != authority_of(place).party_of(old.public.hex()):
        note_down(place, old, lambda composer: composer.rotate(new))
    _take_over(place, waiting)
    result(f"Your key is now {fingerprint(new.public)}. The old one, {fingerprint(old.public)}, says nothing more.")
    note("All that you said and registered stays yours.")
    return 0


def _take_over(place: Home, waiting: Path) -> None:
    """The new key's file takes the place of the old one's, which is kept beside it."""
    current = place.key_path(Role.PARTY)
    names = (current.with_name(f"party-{number}.pem") for number in range(1, 1000))
    kept = next(path for path in names if not path.exists())
    write_durable(kept, current.read_bytes())
    kept.chmod(0o600)
    waiting.replace(current)


def recovery(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the recovery key is written.")],
    wait: Annotated[int, typer.Option(metavar="DAYS", help="How long its use must wait: 7 to 30.")] = 14,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
) -> int:
    """Make a recovery key to keep away from this computer: with it you can replace a key that is lost or stolen."""
    if not 7 <= wait <= 30:
        raise WrongUsage(f"--wait {wait}: give 7 to 30 days")
    place = home_at(home, passphrase_file)
    key = place.key(Role.PARTY)
    entered(place, key)
    if authority_of(place).precaution(authority_of(place).party_of(key.public.hex())):
        raise Refused("you named a recovery key before, and it stays (key.recovery)")
    spare = _spare(place, out)
    noted = note_down(place, key, lambda composer: composer.prepare_recovery(spare.public, wait))
    result(f"Made a recovery key: {out}. Entry {noted.index} holds its hash alone; its use waits {wait} days.")
    note(
        "Take the file off this computer: whoever has it can take over your name after that time, if you do not object."
    )
    return 0


def _spare(place: Home, out: Path) -> Key:
    """A new recovery key; or that which stands there already, where naming it was cut off."""
    found = read_key(out, place.passphrase(out)) if out.exists() else None
    if found is None:
        return place.new_key(Role.RECOVERY, "", None, out)
    if found.role is not Role.RECOVERY or (place.begun and place.registry.last_of(found.public.hex())):
        raise Refused(f"{out} is there already, and a key is never overwritten: give another file")
    return found


def recover(
    using: Annotated[Path, typer.Option("--with", metavar="FILE", help="The recovery key.")],
    party: Annotated[str, typer.Option("--party", metavar="KEY", help="Whom: the first key, or 6+ digits of it.")],
    home: HomeDir = None,
) -> int:
    """Replace a lost key by a new one, with the recovery key: it counts when the time of waiting is over."""
    place = home_at(home)
    spare = read_key(using, place.passphrase(using))
    if spare.role is not Role.RECOVERY:
        raise Refused(f"{using} is no recovery key")
    whom = party_named(place, party, authority_of(place))
    new = place.key(Role.PARTY)
    noted = note_down(place, spare, lambda composer: composer.recover(whom, new))
    found = authority_of(place).recovery(noted.id)
    if found is None:
        raise NotFound("the recovery is not in the record (key.unknown)")
    result(f"From {today(found.effective)} on your key {fingerprint(new.public)} is {whom[:12]}: entry {noted.index}.")
    note(f"Until then any of its keys can object: `placet keys cancel {noted.id[:12]}`.")
    return 0


def cancel(
    recovery_id: Annotated[str, typer.Argument(metavar="ID", help="The id of the recovery, or its beginning.")],
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
) -> int:
    """Object to a recovery of your key while it waits, also where the key was revoked before."""
    place = home_at(home, passphrase_file)
    key = place.key(Role.PARTY)
    authority = authority_of(place)
    found = [r for r in authority.recoveries(authority.party_of(key.public.hex())) if r.act.id.startswith(recovery_id)]
    if len(found) != 1:
        raise NotFound(f"{recovery_id} names {len(found) or 'none'} of the recoveries of your key (key.unknown)")
    noted = note_down(place, key, lambda composer: composer.cancel_recovery(found[0].act.id))
    if authority_of(place).recoveries(authority.party_of(key.public.hex()))[-1].cancelled:
        result(f"The recovery is cancelled: entry {noted.index}.")
    else:
        result(f"You objected: entry {noted.index}. What the new key says opens nothing until its identity is checked.")
    return 0


def revoke(
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Published with it.")],
    since: Annotated[str, typer.Option("--since", metavar="TIME", help="Since when it may be a thief's.")] = "",
    which: Annotated[str, typer.Option("--which", metavar="KEY", help="Another key of yours, in 64 hex digits.")] = "",
    using: Annotated[Path | None, typer.Option("--with", metavar="FILE", help="By the recovery key.")] = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
) -> int:
    """Say that a key is lost. What it said since then binds as a no, and as nothing else."""
    place = home_at(home, passphrase_file)
    key = read_key(using, place.passphrase(using)) if using else place.key(Role.PARTY)
    lost = asked.public_key(which, "--which").hex() if which else place.key(Role.PARTY).public.hex()
    moment = asked.moment(since, "--since") if since else 0
    if using and not which:
        raise WrongUsage("say which key is lost: --which, in 64 hex digits (`placet keys list` shows it)")
    noted = note_down(place, key, lambda composer: composer.revoke_key(lost, moment, why))
    result(f"The key {fingerprint(bytes.fromhex(lost))} is revoked: entry {noted.index}.")
    if not moment:
        note("All that it said stands. Was it stolen? Say since when: --since DAY.")
    return 0
