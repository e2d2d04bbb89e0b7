"""A word told of something else: every field that is not about that stays."""

from __future__ import annotations

from dataclasses import fields, replace

from placet.core.declaration import Declaration, Interval, Source
from placet.core.stance import Stance, Voice
from placet.core.subject import Kind, Subject
from placet.core.use import Use

SONG, ALL = Subject(Kind.IDENTIFIER, "isrc:FRZ039800212"), Subject(Kind.REPERTOIRE, "ab" * 32)


def test_a_word_told_of_something_else_is_the_same_in_all_other_fields() -> None:
    word = Declaration(
        id="1f" * 32,
        subject=ALL,
        use=Use.TRAIN,
        stance=Stance.LICENSE,
        by="ab" * 32,
        voice=Voice.VERIFIED,
        source=Source(standard="placet", where="entry 7", heard_at=5),
        interval=Interval(3, 9),
        territory=("FR",),
        agent="Bot",
        right="author",
        terms="cd" * 32,
        index=7,
        behalf="ef" * 32,
        exclusive=True,
        flagged=True,
    )
    unlike = [each.name for each in fields(word) if getattr(word, each.name) == each.default]

    told = word.told_of(SONG, ALL, "recording", "", Voice.CLAIMED)

    assert told == replace(word, subject=SONG, said_of=ALL, right="recording", behalf="", voice=Voice.CLAIMED)
    assert set(unlike) == {"right", "withdraws", "said_of"}
