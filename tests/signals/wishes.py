"""Wishes as a writer gets them."""

from __future__ import annotations

from placet.core.declaration import Declaration, Source
from placet.core.stance import Stance, Voice
from placet.core.subject import Kind, Subject
from placet.core.use import Use

__all__ = ["PAGE", "say"]

PAGE = "https://maker.example/pictures/1.html"


def say(use: Use, stance: Stance, **more: object) -> Declaration:
    return Declaration(
        id=f"{use}-{stance.word}-{more}",
        subject=Subject(Kind.URL, PAGE),
        use=use,
        stance=stance,
        by="maker",
        voice=Voice.CLAIMED,
        source=Source(standard="placet", where="log"),
        **more,  # type: ignore[arg-type]
    )
