"""The files that lie on the site itself, one by one or as the folder to upload."""

from __future__ import annotations

from collections.abc import Callable

from placet.errors import BadInput
from placet.signals.emit.compose import Emission
from placet.signals.emit.file import File

__all__ = ["folder", "one", "under"]


def folder(emission: Emission) -> tuple[File, ...]:
    return under("", emission)


def under(prefix: str, emission: Emission) -> tuple[File, ...]:
    return tuple(File(prefix + name.removeprefix("/"), file.body) for name, file in emission.files.items())


def one(name: str) -> Callable[[Emission], tuple[File, ...]]:
    """The one file of this name; BadInput when no rule of the policy can be said in it."""

    def make(emission: Emission) -> tuple[File, ...]:
        if name not in emission.files:
            raise BadInput(f"{emission.policy.where}: no rule of it can be said in {name}")
        return (File(name.removeprefix("/"), emission.files[name].body),)

    return make
