"""`placet keys rotate|recovery|recover|cancel|revoke`: changing a key, and what to do when it is lost."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from placet.app import Home, today
from placet.cli import asked
from placet.cli.options import HomeDir, KeyFile, PassphraseFile, home_at, own_key
from placet.cli.talk import note, result
from placet.core.authority import Authority, Recovery
from placet.desk.identifying import authority_of, entered, note_down
from placet.desk.naming import key_named, party_named
from placet.errors import NotFound, Refused, WrongUsage
from placet.log.files import write_durable
from placet.signing.keys import Key, Role, fingerprint, read_key

__all__ = ["cancel", "recover", "recovery", "revoke", "rotate"]

_LEAST = 6


def rotate(passphrase_file: PassphraseFile = None, home: HomeDir = None) -> int:
    """Hand on to a new key, which is made now: it is you from here on, and the old one says nothing more."""
    place = home_at(home, passphrase_file)
    secret = place.passphrase(place.key_path(Role.PARTY))
    place.passphrase = lambda _: secret  # the new key is locked as the old one is
    old = own_key(place)
    entered(place, old)
    waiting = place.key_path(Role.PARTY).with_name("party-next.pem")
    new = read_key(waiting, secret) if waiting.exists() else place.new_key(Role.PARTY, "", secret, waiting)
    if authority_of(place).party_of(new.public.hex()) != authority_of(place).party_of(old.public.hex()):
        note_down(place, old, lambda composer: composer.rotate(new))
    _take_over(place, waiting)
    result(f"Your key is now {fingerprint(new.public)}. The old one, {fingerprint(old.public)}, says nothing more.")
    note("All that you said and registered stays yours.")
    return 0


def _take_over(place: Home, waiting: Path) -> Path | None:
    """The new key's file takes the place of the old one's, which is kept beside it: where; None without one."""
    current = place.key_path(Role.PARTY)
    if not current.exists():
        waiting.replace(current)
        return None
    names = (current.with_name(f"party-{number}.pem") for number in range(1, 1000))
    kept = next(path for path in names if not path.exists())
    write_durable(kept, current.read_bytes())
    kept.chmod(0o600)
    waiting.replace(current)
    return kept


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
    key = own_key(place)
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
    party: Annotated[str, typer.Option("--party", metavar="KEY", help="Whom: a key of yours, or 6+ digits of it.")],
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
) -> int:
    """Replace a lost key by a new one, which is made now: it counts when the time of waiting is over."""
    place = home_at(home, passphrase_file)
    spare = read_key(using, place.passphrase(using))
    if spare.role is not Role.RECOVERY:
        raise Refused(f"{using} is no recovery key")
    authority = authority_of(place)
    whom = party_named(place, party, authority)
    _check_named(authority, whom, spare)
    new, file = _heir(place, authority, whom)
    found = _waiting(place, whom, new) or _begin(place, spare, whom, new)
    kept = _take_over(place, file) if file != place.key_path(Role.PARTY) else None
    on = today(found.effective)
    result(f"From {on} on your key {fingerprint(new.public)} is {whom[:12]}: entry {found.act.index}.")
    note(f"The new key lies in {place.key_path(Role.PARTY)}, and says nothing before. Keep a copy in a safe place.")
    older = kept or "FILE"
    if kept:
        note(f"The older key is kept beside it: {kept}")
    note(f"Until then any of its keys can object: `placet keys cancel {found.act.id[:12]} --key {older}`.")
    return 0


def _check_named(authority: Authority, whom: str, spare: Key) -> None:
    """As admission asks, before a key is made in vain."""
    precaution = authority.precaution(whom)
    if precaution is None or precaution[0] != sha256(spare.public).hexdigest():
        raise Refused(f"the party {whom[:12]} named no such recovery key before (key.recovery)")


def _heir(place: Home, authority: Authority, whom: str) -> tuple[Key, Path]:
    """The new key and where it lies: one in the home that never spoke, else one beside the older.

    What a run that was cut off had made is taken up again.  An older key that stays locked is no obstacle, since its
    passphrase may be what is lost.
    """
    current = place.key_path(Role.PARTY)
    beside = current.with_name("party-recovered.pem")
    try:
        secret = place.passphrase(current)
        old = read_key(current, secret) if current.exists() else None
    except Refused:
        secret, old = None, None
    if old and (_waiting(place, whom, old) or not _has_spoken(place, old, authority)):
        return old, current
    if beside.exists():
        return read_key(beside, secret), beside
    if any(not each.cancelled and place.now() < each.effective for each in authority.recoveries(whom)):
        raise Refused(f"the party {whom[:12]} is being recovered already (key.recovery)")
    return place.new_key(Role.PARTY, "", secret, beside), beside


def _has_spoken(place: Home, key: Key, authority: Authority) -> bool:
    public = key.public.hex()
    return authority.is_known(public) or bool(place.begun and place.registry.last_of(public))


def _waiting(place: Home, whom: str, new: Key) -> Recovery | None:
    """The recovery that makes this key the party's, where the record holds it already and it waits."""
    found = authority_of(place).pending(new.public.hex())
    return next((each for each in found if each.party == whom and place.now() < each.effective), None)


def _begin(place: Home, spare: Key, whom: str, new: Key) -> Recovery:
    noted = note_down(place, spare, lambda composer: composer.recover(whom, new))
    found = authority_of(place).recovery(noted.id)
    if found is None:
        raise NotFound("the recovery is not in the record (key.unknown)")
    return found


def cancel(
    recovery_id: Annotated[str, typer.Argument(metavar="ID", help="The id of the recovery, or its beginning.")],
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
) -> int:
    """Object to a recovery of your key while it waits, also where the key was revoked before."""
    if len(recovery_id) < _LEAST:
        raise WrongUsage(f"{recovery_id!r} is too short to name a recovery: give {_LEAST} characters of its id or more")
    place = home_at(home, passphrase_file)
    speaker = own_key(place, key)
    authority, public = authority_of(place), speaker.public.hex()
    start = recovery_id.lower()
    found = [each for each in authority.recoveries(authority.party_of(public)) if each.act.id.startswith(start)]
    if len(found) != 1:
        raise NotFound(f"{recovery_id} names {len(found) or 'none'} of the recoveries of your key (key.unknown)")
    if found[0].to == public:
        raise Refused("this is the key that the recovery brings: object by an older one, with --key FILE (key.waiting)")
    noted = note_down(place, speaker, lambda composer: composer.cancel_recovery(found[0].act.id))
    stood = authority_of(place).recovery(found[0].act.id)
    if stood and stood.cancelled:
        result(f"The recovery is cancelled: entry {noted.index}.")
    else:
        result(f"You objected: entry {noted.index}. What the new key says opens nothing until its identity is checked.")
    return 0


def _refuse_twice(place: Home, key: Key, lost: str, moment: int) -> None:
    """A later revocation says something new where it names a moment, and the same key named none so early before."""
    before = [act for act in authority_of(place).acts if act.type == "key.revoke" and act.body["key"] == lost]
    told = [act.body["since"] for act in before if act.by == key.public.hex() and act.body["since"]]
    if before and (not moment or any(since <= moment for since in told)):
        raise Refused(f"the key {lost[:12]} was revoked by entry {before[-1].index}, and this says nothing new of it")


def revoke(
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Published with it.")],
    since: Annotated[str, typer.Option("--since", metavar="TIME", help="Since when it may be a thief's.")] = "",
    which: Annotated[
        str, typer.Option("--which", metavar="KEY", help="Another key of yours, or 6+ digits of it.")
    ] = "",
    using: Annotated[Path | None, typer.Option("--with", metavar="FILE", help="By the recovery key.")] = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
) -> int:
    """Say that a key is lost. What it said since then binds as a no, and as nothing else."""
    if using and not which:
        raise WrongUsage("say which key is lost: --which, its first digits (`placet keys list` shows them)")
    place = home_at(home, passphrase_file)
    key = read_key(using, place.passphrase(using)) if using else own_key(place)
    lost = key_named(place, which, authority_of(place)) if which else key.public.hex()
    moment = asked.moment(since, "--since") if since else 0
    line = asked.line(why, "--why")
    _refuse_twice(place, key, lost, moment)
    noted = note_down(place, key, lambda composer: composer.revoke_key(lost, moment, line))
    result(f"The key {fingerprint(bytes.fromhex(lost))} is revoked: entry {noted.index}.")
    if not moment:
        note("All that it said stands. Was it stolen? Say since when: --since DAY.")
    return 0
