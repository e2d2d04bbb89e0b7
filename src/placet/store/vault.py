"""The vault on disk: `keys/`, one file of 32 bytes a subject, and `sealed/`, what was put there by itself.

Only `keys/` is secret, and only `keys/` must be in no backup: all else is bytes that nobody reads without it.
A subject's key is exchanged for a new one when one value of several is erased: the others are sealed again under
`SUBJECT.next`, the old key is destroyed, and the new one takes its name.  Whichever of the two is there opens.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from placet.errors import BadRecord, StoreDamaged
from placet.log.files import LogFiles, shred, sync_folder, told, write_durable
from placet.registry.openings import Opening, parse_opening
from placet.signing.sealing import KEY_SIZE, NONCE_SIZE, is_sealed, parse_sealed, seal, unseal

__all__ = ["FileVault", "overwrite"]

_NEXT = ".next"


def overwrite(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Put `data` where a file lies, whole or not at all, and destroy what lay there."""
    old, new = path.with_name(f".{path.name}.old"), path.with_name(f".{path.name}.new")
    shred(old)
    new.unlink(missing_ok=True)
    with told(path):
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(path, old)
        new.replace(path)
        sync_folder(path.parent)
    shred(old)


class FileVault:
    """`placet.registry.vault.Vault` in a folder; `random` gives bytes."""

    def __init__(self, folder: Path, random: Callable[[int], bytes]) -> None:
        self.folder = folder
        self._random = random

    # --- values of their own ----------------------------------------------------------------------------

    def put(self, subject: str, field: str, value: str) -> str:
        if not re.fullmatch("[a-z]{1,40}", field):
            raise BadRecord(f"{field[:40]!r} is not the name of a field: up to forty small letters")
        opening = Opening(salt=self._random(32), value=json.dumps([field, value]), show=False)
        write_durable(self._place(opening.commitment), self.seal(subject, opening.commitment, opening.data()))
        return opening.commitment

    def get(self, commitment: str) -> str | None:
        data = self._read(commitment)
        opened = self.unseal(commitment, data) if data is not None else None
        return str(json.loads(parse_opening(opened, commitment).value)[1]) if opened is not None else None

    def field(self, commitment: str) -> str | None:
        """What kind of value was put under this commitment; None when it cannot be opened."""
        data = self._read(commitment)
        opened = self.unseal(commitment, data) if data is not None else None
        return str(json.loads(parse_opening(opened, commitment).value)[0]) if opened is not None else None

    def held(self, subjects: Collection[str] | None = None) -> Iterator[str]:
        """The commitments of what was put for these subjects, or for anybody."""
        for path in sorted((self.folder / "sealed").glob("*/*")):
            data = None if path.name.startswith(".") else self._read(path.name)
            if data is not None and (subjects is None or parse_sealed(data).subject in subjects):
                yield path.name

    def subject(self, commitment: str) -> str:
        """Under whose key a value lies; empty where nothing lies."""
        data = self._read(commitment)
        return parse_sealed(data).subject if data is not None else ""

    def forget(self, commitment: str) -> None:
        shred(self._place(commitment))

    def _read(self, commitment: str) -> bytes | None:
        return LogFiles(self.folder).read(f"sealed/{commitment[:2]}/{commitment}")

    def _place(self, commitment: str) -> Path:
        return self.folder / "sealed" / commitment[:2] / commitment

    # --- keys -------------------------------------------------------------------------------------------

    def seal(self, subject: str, commitment: str, value: bytes) -> bytes:
        """The value as it may lie anywhere; the subject's key is made on first use."""
        return seal(self._newest(subject), subject, commitment, self._random(NONCE_SIZE), value).data()

    def unseal(self, commitment: str, data: bytes) -> bytes | None:
        """The value; None when its key is not here, and StoreDamaged when it is and does not open it."""
        sealed = parse_sealed(data)
        keys = self.keys(sealed.subject)
        if not keys:
            return None
        opened = (unseal(key, sealed, commitment) for key in keys)
        value = next((each for each in opened if each is not None), None)
        if value is None:
            raise StoreDamaged(f"what was sealed as {commitment[:12]} is not opened by its own key: it was changed")
        return value

    def keys(self, subject: str) -> tuple[bytes, ...]:
        """The key, and while it is being exchanged the next one too."""
        paths = (self._key(subject), self._key(subject + _NEXT))
        return tuple(_whole(path) for path in paths if path.is_file())

    def destroy(self, subject: str) -> None:
        for commitment in list(self.held({subject})):
            self.forget(commitment)
        shred(self._key(subject + _NEXT))
        shred(self._key(subject))

    def exchange(self, subject: str, files: LogFiles, gone: set[str]) -> None:
        """A new key for all of a subject's values but those that are `gone`; begun again after a crash.

        The old key is destroyed last, so that a backup of what is gone is opened by nothing any more.
        """
        if not self.keys(subject):
            return
        if not self._key(subject + _NEXT).exists():
            self._write(subject + _NEXT)
        for folder in (files.folder / "openings", self.folder / "sealed"):
            for path in sorted(folder.glob("*/*")):
                self._again(path, subject, gone)
        shred(self._key(subject))
        self._key(subject + _NEXT).replace(self._key(subject))
        sync_folder(self.folder / "keys")

    def _again(self, path: Path, subject: str, gone: set[str]) -> None:
        data = LogFiles(path.parent).read(path.name)
        if path.name.startswith(".") or data is None or not is_sealed(data) or parse_sealed(data).subject != subject:
            return
        if path.name in gone:
            shred(path)
        elif (value := self.unseal(path.name, data)) is not None:
            write_durable(path, self.seal(subject, path.name, value))

    def _newest(self, subject: str) -> bytes:
        if not (keys := self.keys(subject)):
            self._write(subject)
            keys = self.keys(subject)
        return keys[-1]

    def _write(self, name: str) -> None:
        """For its owner's eyes only, and never over another one."""
        path = self._key(name)
        new = path.with_name(f".{name}.{os.getpid()}.tmp")
        with told(path):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(self._random(KEY_SIZE))
                file.flush()
                os.fsync(file.fileno())
            _settle(new, path)
            sync_folder(path.parent)

    def _key(self, name: str) -> Path:
        if not re.fullmatch(r"[0-9a-f]{64}(\.next)?", name):
            raise BadRecord(f"{name[:64]!r} is not the name of a subject: 64 hex digits")
        return self.folder / "keys" / name


def _settle(new: Path, path: Path) -> None:
    """Under its name, unless another process was faster: its key may have sealed already."""
    try:
        os.link(new, path)
    except FileExistsError:
        shred(new)
    else:
        new.unlink()


def _whole(path: Path) -> bytes:
    key = path.read_bytes()
    if len(key) != KEY_SIZE:
        raise StoreDamaged(f"{path} has {len(key)} bytes, and a key has {KEY_SIZE}")
    return key
