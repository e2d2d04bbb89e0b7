"""A certificate made for tests, and files signed with it."""

from __future__ import annotations

from functools import cache

from placet.fingerprints.containers.c2pa_manifest import sign
from placet.signing.certificate import Signer, self_signed, signer_of
from placet.signing.keys import Role, generate

__all__ = ["signed", "signer"]

_BEGIN = 1_735_689_600  # 2025-01-01


@cache
def signer(name: str = "Ana") -> Signer:
    """A key with its self-made certificate; the same for the same name."""
    key = generate(name.encode().ljust(32, b"."), Role.EMBED, name)
    return signer_of(key, self_signed(key, _BEGIN))


def signed(data: bytes, use: str = "notAllowed", entry: str = "cawg.ai_generative_training", by: str = "Ana") -> bytes:
    """The file with a manifest that answers one question."""
    who = signer(by)
    said = {"cawg.training-mining": {"entries": {entry: {"use": use}}}}
    return sign(data, said, original=data, name="work", algorithm=who.algorithm, chain=who.chain, key=who.key)
