"""A song is looked up by its number, cleared and shared out: by the sheets of a society, a member and a stranger."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from placet.core.ids import parse_subject
from placet.core.stance import Stance, Voice
from placet.core.subject import Kind, Subject
from placet.core.title import Claim, Title
from placet.core.use import Use
from placet.desk.asof import ask_as_of
from placet.desk.lookups import Found, look_up
from placet.desk.sharing import Asked, share_sheet, shares
from placet.errors import NotFound, Refused
from placet.licensing.claims import Scope, read_claims, slots
from placet.licensing.sheets import SHARES, read_sheet
from placet.registry.compose import Attested
from placet.registry.openings import Opening
from placet.registry.sworn import Sworn
from placet.signing.keys import Role
from tests.factories import NOW, a_key
from tests.snapshot.world import World, a_world

SOCIETY, MEMBER, STRANGER = 1, 2, 3
ANA, BEN = "ipi:00017798450", "ipi:00014107338"
SONG = parse_subject("isrc:FRZ039800212") or Subject(Kind.IDENTIFIER, "")
WORK = parse_subject("iswc:T-034.524.680-1") or Subject(Kind.IDENTIFIER, "")
HALF = Fraction(1, 2)


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = a_world(tmp_path)
    for number, name in ((SOCIETY, "The Society"), (MEMBER, "Ana"), (STRANGER, "")):
        world.home.log.append(world.home.composer(a_key(number, name=name)).submission())
    attest(world, world.home.key(Role.LOG), SOCIETY, "issuer", "")
    return world


def key(number: int) -> str:
    return a_key(number).public.hex()


def attest(world: World, by, party: int, kind: str, value: str) -> None:
    composer = world.home.composer(by)
    method = "document" if kind == "issuer" else "issuer"
    commitment = "ab" * 32 if kind == "issuer" else ""
    told = Attested(party=key(party), kind=kind, value=value, method=method, start=NOW - 1, commitment=commitment)
    composer.attest(told)
    world.home.log.append(composer.submission())


def bring(world: World, by: int, *claims: Claim, also: tuple[Subject, ...] = (SONG,)) -> None:
    composer = world.home.composer(a_key(by))
    composer._sheet("claim.add", [Title(subject=WORK, also=also, claims=claims).data()])
    world.home.log.append(composer.submission())


def composed(who: str, share: Fraction = HALF, **more) -> Claim:
    return Claim(who=who, role="composer", right="composition", share=share, **more)


def repertoire(number: int) -> Subject:
    return Subject(Kind.REPERTOIRE, key(number))


def find(world: World, what: str = "isrc:FRZ039800212") -> Found:
    return look_up(world.home, what, None, None)


def outcome(found: Found, use: Use = Use.TRAIN_GENERATIVE) -> str:
    return dict(found.decisions)[use].outcome


def test_a_society_speaks_for_a_song_by_any_of_its_numbers(world: World) -> None:
    bring(world, SOCIETY, composed(ANA), composed(BEN, territory=("FR",), until=NOW + 86_400))
    world.say(SOCIETY, [repertoire(SOCIETY)], Stance.RESERVE)

    found = find(world)

    assert outcome(found) == "reserved"
    assert [words for _, words in found.voices] == [
        "said by The Society for those it lists, of the repertoire of The Society"
    ]
    assert [claim.sentence for claim in found.claims] == [
        f"1/2 of composition: {ANA}, the world; listed by The Society, identity checked",
        f"1/2 of composition: {BEN}, FR until 2025-06-16; listed by The Society, identity checked",
    ]


def test_a_members_later_word_is_hers_and_her_co_author_is_asked_too(world: World) -> None:
    bring(world, SOCIETY, composed(ANA), composed(BEN))
    world.say(SOCIETY, [repertoire(SOCIETY)], Stance.ALLOW)
    open_ = outcome(find(world))
    attest(world, a_key(SOCIETY), MEMBER, "identifier", ANA)
    world.say(MEMBER, [repertoire(MEMBER)], Stance.RESERVE)
    closed = find(world)
    world.say(MEMBER, [Subject(Kind.REPERTOIRE, ANA)], Stance.ALLOW)

    assert open_ == "cleared"
    assert outcome(closed) == "reserved"
    assert closed.voices[0][1] == "said by Ana, of the repertoire of Ana"
    assert outcome(find(world)) == "cleared"


def test_before_the_check_a_member_is_a_stranger(world: World) -> None:
    bring(world, SOCIETY, composed(ANA))
    world.say(SOCIETY, [repertoire(SOCIETY)], Stance.ALLOW)

    world.say(MEMBER, [Subject(Kind.REPERTOIRE, ANA)], Stance.RESERVE)

    assert outcome(find(world)) == "cleared"


def test_a_stranger_opens_nothing_and_closes_nothing_for_who_asks_verified_voices(world: World) -> None:
    bring(world, STRANGER, composed(key(STRANGER)), also=(SONG,))
    world.say(STRANGER, [repertoire(STRANGER), SONG, WORK], Stance.ALLOW)
    alone = outcome(find(world))
    bring(world, SOCIETY, composed(ANA))
    world.say(SOCIETY, [repertoire(SOCIETY)], Stance.ALLOW)
    library = world.library()

    claimed = library.hear(SONG, NOW, None, Voice.CLAIMED).resolved
    verified = library.hear(SONG, NOW, None, Voice.VERIFIED).resolved

    assert alone == "silent"
    assert outcome(find(world)) == "silent"  # the stranger says that half of it is his
    assert {principal for _, principal, _ in claimed.must_allow} == {key(STRANGER), f"repertoire:{key(SOCIETY)}"}
    assert {principal for _, principal, _ in verified.must_allow} == {f"repertoire:{key(SOCIETY)}"}


def test_as_of_a_day_sheets_that_came_later_are_not_heard(world: World) -> None:
    world.say(SOCIETY, [repertoire(SOCIETY)], Stance.RESERVE)
    world.home.now = lambda: NOW + 500
    bring(world, SOCIETY, composed(ANA))

    before = ask_as_of(world.home, "isrc:FRZ039800212", None, None, NOW + 400)
    after = ask_as_of(world.home, "isrc:FRZ039800212", None, None, NOW + 500)

    assert not before.found.claims
    assert outcome(before.found) == "silent"
    assert outcome(after.found) == "reserved"


def test_a_withdrawn_or_replaced_line_speaks_no_more(world: World) -> None:
    world.say(SOCIETY, [repertoire(SOCIETY)], Stance.RESERVE)
    bring(world, SOCIETY, composed(ANA, Fraction(1)))
    bring(world, SOCIETY, composed(BEN, Fraction(1)), also=())
    (held,) = shares(world.home, "iswc:T0345246801", Asked(at=NOW), None, None).rights
    composer = world.home.composer(a_key(SOCIETY))
    composer._sign("claim.withdraw", {"subjects": [str(WORK)]})
    world.home.log.append(composer.submission())

    assert [share.who for share in held[1].held] == [BEN]
    assert outcome(find(world)) == "silent"
    with pytest.raises(NotFound, match=r"title\.unlisted"):
        shares(world.home, "iswc:T0345246801", Asked(at=NOW), None, None)


def test_shares_that_contradict_wait_and_the_rest_is_unclaimed(world: World, tmp_path: Path) -> None:
    bring(world, SOCIETY, composed(ANA, HALF), composed(BEN, Fraction(1, 4)))
    asked = Asked(at=NOW, rights=("composition",))
    alone = dict(shares(world.home, "iswc:T0345246801", asked, None, None).rights)["composition"]
    bring(world, STRANGER, composed(ANA, HALF), composed(key(STRANGER), HALF))

    found = dict(shares(world.home, str(SONG.id), asked, None, None).rights)["composition"]
    sure = replace(asked, least=Voice.VERIFIED)

    assert (alone.agreed, alone.disputed, alone.unclaimed) == (Fraction(3, 4), 0, Fraction(1, 4))
    assert [(s.who, s.share) for s in found.held if not s.disputed] == [(ANA, HALF)]
    assert (found.agreed, found.disputed, found.unclaimed) == (HALF, HALF, 0)
    assert dict(shares(world.home, SONG.id, sure, None, None).rights)["composition"] == alone
    assert share_sheet(world.home, asked, tmp_path / "shares.csv", None, None) == 1
    claims = read_claims(read_sheet((tmp_path / "shares.csv").read_bytes(), SHARES), Scope(right="composition"))
    assert slots(claims).kind.tolist() == [0, 1]  # Ana's half, and what is disputed


def test_while_a_counter_claim_is_open_all_that_it_is_about_waits(world: World) -> None:
    bring(world, SOCIETY, composed(ANA, HALF))
    asked = Asked(at=NOW, rights=("composition",))
    composer = world.home.composer(a_key(STRANGER))
    contact = Opening(salt=b"c" * 32, value="c@example.org", show=False)
    composer.contest(
        [str(WORK)], key(SOCIETY), Sworn(what="this song", why="I wrote it.", forum="Lyon"), contact, "composition"
    )
    world.home.log.append(composer.submission())

    found = dict(shares(world.home, SONG.id, asked, None, None).rights)["composition"]
    other = dict(shares(world.home, SONG.id, replace(asked, rights=("recording",)), None, None).rights)["recording"]

    assert (found.agreed, found.disputed, found.unclaimed) == (0, HALF, HALF)
    assert (other.disputed, other.unclaimed) == (0, 1)


def test_a_share_of_a_part_of_the_territory_is_refused_until_it_is_said_which(world: World) -> None:
    bring(world, SOCIETY, composed(ANA, territory=("FR",)))

    with pytest.raises(Refused, match=r"hold in FR only.*\(shares\.scope\)"):
        shares(world.home, SONG.id, Asked(at=NOW), None, None)

    there = shares(world.home, SONG.id, Asked(at=NOW, territory=("FR",)), None, None)
    elsewhere = shares(world.home, SONG.id, Asked(at=NOW, territory=("DE",)), None, None)
    assert dict(there.rights)["composition"].unclaimed == HALF
    assert dict(elsewhere.rights)["composition"].unclaimed == 1
