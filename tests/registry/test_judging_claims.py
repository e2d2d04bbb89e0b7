"""Sheets of titles: what enters the record, and what is refused with its line and rule."""

from __future__ import annotations

from fractions import Fraction

import pytest

from placet.core.subject import Kind, Subject
from placet.core.title import Claim, Title
from placet.errors import BadRecord
from placet.registry.judging_claims import check_subject, check_title, check_who

SONG = Subject(Kind.IDENTIFIER, "iswc:T0345246801")


@pytest.mark.parametrize(
    "who", ["isni:0000000121032683", "orcid:0000-0002-1825-0097", f"name:{'ab' * 32}", "cd" * 32, "ipi:00000000199"]
)
def test_claimants_in_their_one_spelling_are_taken(who: str) -> None:
    title = Title(subject=SONG, claims=(Claim(who=who, right="composition", share=Fraction(1, 3)),))

    check_title(title)

    assert title.claims[0].who == who


@pytest.mark.parametrize(
    ("who", "rule"),
    [
        ("isni:0000 0001 2103 2683", "identifier.form"),
        ("isni:0000000121032684", "identifier.check-digit"),
        ("isni:OOOO000121032683", "identifier.look-alike"),
        ("iswc:T0345246801", "identifier.scheme"),
        ("Ana", "identifier.scheme"),
        ("CD" * 32, "identifier.scheme"),
        ("name:ana", "identifier.scheme"),
    ],
)
def test_claimants_in_another_spelling_are_refused(who: str, rule: str) -> None:
    with pytest.raises(BadRecord, match=rf"\({rule}\)"):
        check_who(who)


@pytest.mark.parametrize(
    "subject",
    [
        Subject(Kind.IDENTIFIER, "iswc:T-034.524.680-1"),
        Subject(Kind.IDENTIFIER, "iswc:T0345246802"),
        Subject(Kind.IDENTIFIER, "shelf:12"),
        Subject(Kind.URL, "http://Example.org/a"),
        Subject(Kind.WORK, "AB" * 16),
        Subject(Kind.LIKENESS, "ana/voice"),
    ],
    ids=range(6),
)
def test_names_in_another_spelling_are_refused(subject: Subject) -> None:
    with pytest.raises(BadRecord):
        check_subject(subject)
