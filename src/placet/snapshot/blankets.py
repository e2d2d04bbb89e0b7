"""What reaches a work because of whose it is: words about all that its holder has, said by her or under her mandate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from placet.core.authority import Authority
from placet.core.declaration import Declaration
from placet.core.subject import Kind, Subject
from placet.core.taken_back import taken_back

__all__ = ["blankets"]

Words = Callable[[Subject], Sequence[Declaration]]


def blankets(owner: str, subject: Subject, authority: Authority, words: Words) -> list[Declaration]:
    """The words about the repertoires by which the work of this party is spoken of, as words about the work.

    `words` gives those about a repertoire, weighed (`Authority.weigh`).
    """
    found = list(_of_owner(owner, subject, authority, words))
    for delegate in dict.fromkeys(delegate for delegate, _ in authority.delegates(owner)):
        found += _of_delegate(delegate, owner, subject, authority, words)
    return [replace(word, subject=subject, said_of=word.subject) for word in _with_withdrawals(found)]


def _of_owner(owner: str, subject: Subject, authority: Authority, words: Words) -> Iterator[Declaration]:
    """Her own about all she has, and what a delegate said of it by name."""
    wide = Subject(Kind.REPERTOIRE, owner)
    for word in words(wide):
        if word.by == owner:
            yield word
        elif (said := authority.for_principal(word, owner, (subject, wide))).behalf or word.stance is None:
            yield said


def _of_delegate(
    delegate: str, owner: str, subject: Subject, authority: Authority, words: Words
) -> Iterator[Declaration]:
    """What a society says of its repertoire, as far as her mandate makes her work a part of it."""
    names = (subject, Subject(Kind.REPERTOIRE, owner))
    for word in words(Subject(Kind.REPERTOIRE, delegate)):
        if word.by == delegate:
            said = authority.for_principal(word, owner, names)
            if said.behalf or said.stance is None:
                yield said


def _with_withdrawals(words: Sequence[Declaration]) -> Iterator[Declaration]:
    """To take back what was said for her is said for her too; a withdrawal of what is not heard is left out."""
    said = {word.index: word for word in words if word.stance is not None}
    for word in words:
        if word.stance is not None:
            yield word
        elif word.withdraws in said:
            yield taken_back(word, said[word.withdraws])
