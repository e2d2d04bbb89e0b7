"""The record leaves its operator: out of a home as plain files, and into an empty home to the same root."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from placet.app import Home
from placet.desk.about import seal_open
from placet.desk.given import remember_given
from placet.desk.mirroring import check_folder, log_folder, policies
from placet.errors import NotFound, Refused
from placet.log.files import LogFiles, shred, write_durable
from placet.log.lock import locked
from placet.log.mirror import Copied, Mirror, need_checkpoint
from placet.log.signed import FolderSource
from placet.record.checkpoint import Checkpoint, parse_checkpoint
from placet.record.notes import parse_note
from placet.record.policy import Policy, format_policy
from placet.registry.gather import MARKER, MARKER_TEXT
from placet.registry.openings import parse_opening
from placet.registry.projection import named
from placet.store.vault import overwrite

__all__ = ["POLICY", "Imported", "export_record", "import_record"]

POLICY = "log.policy"
_README = """The whole record of the log {origin}: {size} entries, under the root
{root}

log/         checkpoint, tiles, entries, blobs and openings, as docs/format.md of Placet describes them;
             a web server that serves this folder is a mirror
log.policy   the log's public key and its witnesses: whom these files ask you to believe

    placet fsck FOLDER --trust log.policy      is it sound?
    placet import FOLDER --trust log.policy    make a registry of it again, on an empty machine

No private key is in here, and nothing about money: copy keys/, ledger.db and runs/ yourself. Names and titles
are sealed, unless they were asked for; what opens them is vault/keys/ of the home, which belongs into no backup.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """`withheld` is what the log names and the export does not have; `writes` whether the log's key is here too."""

    checkpoint: Checkpoint
    withheld: tuple[str, ...]
    writes: bool


def export_record(home: Home, out: Path, *, names: bool = False) -> Copied:
    """Copy the log of this home into the new folder `out`; a second run brings an export up to date.

    Names and titles are sealed in it; with `names` those that their holders let be shown are open, and it is
    remembered that they were given out.
    """
    if not home.log_files.read("checkpoint"):
        raise NotFound(f"there is no log in {home.path} yet")
    if home.has_log:
        home.log.recover()
    if out.exists() and any(out.iterdir()) and not (out / MARKER).exists():
        raise Refused(f"{out} holds other things: an export has a folder of its own")
    write_durable(out / MARKER, MARKER_TEXT)
    with locked(home.path / "log.lock"):
        seal_open(home)
    copied = _copy(home, LogFiles(out / "log"), home.log_files.folder, home.policy)
    if names:
        remember_given(home, "export", out)
    _settle_openings(home.log_files, LogFiles(out / "log"), names=names)
    origin = copied.checkpoint.origin
    write_durable(out / POLICY, format_policy(_about(home.policy_for(origin) or home.policy, origin)).encode())
    said = {"origin": origin, "size": copied.checkpoint.size, "root": copied.checkpoint.root.hex()}
    write_durable(out / "README.txt", _README.format(**said).encode())
    return copied


def import_record(home: Home, folder: Path, trust: Path | None) -> Imported:
    """Make the registry again in an empty home, out of an export, a mirror or a snapshot's log.

    Everything is recomputed first.  A run that was interrupted is begun again; a home that holds entries is refused.
    """
    _refuse_full(home)
    sound = check_folder(home, folder, trust)
    origin = sound.checkpoint.origin
    if home.has_log and home.log.origin != origin:
        raise Refused(f"the key in {home.path} signs the log {home.log.origin}, and {folder} holds the log {origin}")
    policy = policies(home, trust)(origin)
    if policy is None:
        raise Refused(f"nobody said whose key to believe for the log {origin}")
    home.begin()
    _trust(home, policy, origin)
    _copy(home, home.log_files, log_folder(folder), policy)
    home.rebuild_database(sound)
    return Imported(checkpoint=sound.checkpoint, withheld=sound.withheld, writes=home.has_log)


def _settle_openings(ours: LogFiles, copy: LogFiles, *, names: bool) -> None:
    """What was erased here goes there too; what may be shown lies open where that was asked for, and nowhere else."""
    for path in sorted((copy.folder / "openings").glob("*/*")):
        name, sealed = path.name, ours.read(ours.opening_path(path.name))
        opened = ours.opening(name) if names and sealed is not None else None
        due = opened if opened is not None and parse_opening(opened, name).show else sealed
        if due is None:
            shred(path)
        elif due != path.read_bytes():
            overwrite(path, due)


def _copy(home: Home, files: LogFiles, folder: Path, policy: Policy) -> Copied:
    source = FolderSource(folder)
    return Mirror(files, source, named, parse_opening).copy(
        need_checkpoint(source), lambda _: policy, lambda *_: None, again=True
    )


def _refuse_full(home: Home) -> None:
    if home.begun and (size := home.size):
        raise Refused(f"{home.path} holds {size} entries already: a record is imported into an empty home")
    note = home.log_files.read("checkpoint")
    if note and home.begun and parse_checkpoint(parse_note(note).text).size and home.has_log:
        raise Refused(f"{home.path} holds a log whose database is gone: `placet fsck --rebuild` makes it again")


def _trust(home: Home, policy: Policy, origin: str) -> None:
    """The log is believed here from now on, by the keys that it was believed by when it was imported."""
    about = _about(policy, origin)
    for vkey, url in about.logs:
        path = home.path / "trust" / f"{vkey.id.hex()}.policy"
        if not path.exists():
            write_durable(path, format_policy(replace(about, logs=((vkey, url),))).encode())


def _about(policy: Policy, origin: str) -> Policy:
    """What a policy says of one log; its witnesses and their quorum are of all logs alike."""
    return replace(policy, logs=tuple((vkey, url) for vkey, url in policy.logs if vkey.name == origin))
