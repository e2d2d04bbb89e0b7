"""One troll, with keys that nobody checked or with a stolen one, against a holder's refusal: no move opens her row."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from placet.clearance.judge import Judge
from placet.clearance.plan import Ask
from placet.clearance.rows import Part, PartKind, Row
from placet.core.decision import Outcome
from placet.core.profile import PROFILES
from placet.core.stance import Stance, Voice
from placet.core.subject import Kind, Subject
from placet.core.title import Claim, Title
from placet.core.use import Use
from placet.desk.overlapping import look_for_overlaps, take_commons
from placet.errors import PlacetError
from placet.registry.compose import Composer, NewMandate, Wish
from placet.registry.openings import Opening
from placet.registry.sworn import Sworn
from placet.signing.keys import Key, Role
from placet.snapshot.believed import heeded
from placet.snapshot.library import Library, open_library
from placet.snapshot.match import Matcher
from tests.factories import NOW, a_key, works_of
from tests.snapshot.world import World, _new_work, a_world, jpeg, prose

HER, TROLL, PAL = (a_key(number) for number in (1, 8, 9))
SPARE, NEXT = a_key(7, Role.RECOVERY), a_key(6)
HERS, TROLLS, PALS = (key.public.hex() for key in (HER, TROLL, PAL))
SONG = Subject(Kind.IDENTIFIER, "isrc:GBAYE0601498")
FILES = {"hers.jpg": jpeg(1), "hers.txt": prose(4).encode()}
SWORN = Sworn(what="it", why="mine", forum="nowhere")
ALLOW = Wish(uses=(Use.ANY,), stance=Stance.ALLOW, start=NOW - 50)


@dataclass
class Story:
    """Her picture, text and song, all refused; `works` are her two works by name."""

    world: World
    works: dict[str, str]

    def say(self, key: Key, write: Callable[[Composer], object]) -> str:
        """The id of the last entry, or "" where it was refused: the troll goes on."""
        composer = self.world.home.composer(key)
        try:
            write(composer)
            self.world.home.log.append(composer.submission())
        except PlacetError:
            return ""
        return composer.entries[-1].id

    @property
    def subject(self) -> str:
        return f"work:{self.works['hers.jpg']}"

    def copy(self, key: Key, seed: int = 1, quality: int = 60) -> None:
        """A copy of her picture under the troll's own name, with a yes."""

        def write(composer: Composer) -> None:
            ids = composer.register([_new_work(jpeg(seed, quality), f"{key.public.hex()}.jpg", False, False)])
            composer.declare(works_of(ids), ALLOW)

        self.say(key, write)
        look_for_overlaps(self.world.home)

    def contest(self, key: Key, subject: str, against: Key, right: str = "") -> str:
        contact = Opening(salt=hashlib.sha256(key.public).digest(), value="nobody", show=False)
        return self.say(key, lambda c: c.contest([subject], against.public.hex(), SWORN, contact, right))

    def settle(self, key: Key, dispute: str, outcome: str, holder: str = "", document: str = "") -> None:
        self.say(key, lambda c: c.settle(dispute or "00" * 32, outcome, holder, document))

    def overlaps(self) -> Iterator[str]:
        yield from (act.id for act in self.world.home.registry.acts() if act.type == "claim.overlap")

    def list(self, key: Key, *claims: Claim, subject: Subject = SONG) -> None:
        also = tuple(works_of(self.works.values()))
        line = Title(subject=subject, also=also, claims=claims).data()
        self.say(key, lambda c: c._sheet("claim.add", [line]))


def a_story(folder: Path) -> Story:
    world = a_world(folder)
    works = world.register(1, FILES, Stance.RESERVE, uses=(Use.ANY,))
    world.say(1, [SONG], Stance.RESERVE, Use.ANY)
    story = Story(world, works)
    story.say(HER, lambda c: c.prepare_recovery(SPARE.public, 7))
    for key in (TROLL, PAL):
        story.say(key, lambda c: c.claim_identity(["isni:0000000121032683"]))
    return story


def outcomes(library: Library) -> dict[tuple[str, str, Voice], Outcome]:
    kinds = {"hers.jpg": PartKind.IMAGE, "hers.txt": PartKind.TEXT}
    rows = [Row(key=name, parts=(Part("0", kinds[name], data),)) for name, data in FILES.items()]
    rows.append(Row(key="a copy", parts=(Part("0", PartKind.IMAGE, jpeg(1, 60)),)))
    rows.append(Row(key="the song", identifiers=(SONG,)))
    found: dict[tuple[str, str, Voice], Outcome] = {}
    for voice in (Voice.CLAIMED, Voice.VERIFIED):
        ask = Ask(use=Use.TRAIN_GENERATIVE, profiles=tuple(PROFILES.values()), at=NOW + 100, min_voice=voice)
        for each in Judge(Matcher(heeded(library, voice)), ask).judge(rows):
            found |= {(each.row.key, d.profile.name, voice): d.outcome for d in each.decisions if d.profile}
    return found


def opened(story: Story, before: dict[tuple[str, str, Voice], Outcome], name: str) -> list[tuple[str, str, Voice]]:
    after = outcomes(open_library(story.world.snapshot(name)))
    return [k for k, now in after.items() if now is Outcome.CLEARED and before[k] is not Outcome.CLEARED]


# ---- with keys that nobody checked -------------------------------------------------------------------------------


def own_copies_settled_between_friends(story: Story) -> None:
    for key in (TROLL, PAL):
        story.copy(key)
    for dispute in list(story.overlaps()):
        for key, holder in ((TROLL, PALS), (PAL, TROLLS), (TROLL, TROLLS), (TROLL, HERS)):
            story.settle(key, dispute, "upheld", holder, "ab" * 32)
            story.settle(key, dispute, "dropped")


def counter_claims_of_every_kind(story: Story) -> None:
    for right in ("", "recording", "picture"):
        first = story.contest(TROLL, story.subject, HER, right)
        for key in (TROLL, PAL):
            for holder in (TROLLS, PALS, HERS):
                story.settle(key, first, "upheld", holder, "ab" * 32)
            story.settle(key, first, "dropped")
        story.contest(PAL, story.subject, HER, right)
        story.contest(TROLL, f"identifier:{SONG.id}", HER, right)


def withdrawals_of_what_is_hers(story: Story) -> None:
    for subject in (story.subject, f"identifier:{SONG.id}", f"likeness:{HERS}/voice"):
        story.say(TROLL, lambda c, subject=subject: c.unclaim([subject]))
    (said, *_) = story.world.home.registry.spoken_about(Subject(Kind.WORK, story.works["hers.jpg"]))
    story.say(TROLL, lambda c: c.withdraw(said))


def titles_with_all_the_shares(story: Story) -> None:
    whole = Fraction(1)
    story.list(TROLL, *(Claim(who=TROLLS, right=right, share=whole) for right in ("recording", "picture", "author")))
    story.list(PAL, Claim(who=HERS, right="recording", share=whole, start=1, until=2))
    story.list(PAL, Claim(who=HERS, right="author", share=whole))
    for key in (TROLL, PAL):
        story.say(key, lambda c: c.declare([SONG], ALLOW))
        story.say(key, lambda c, key=key: c.declare([Subject(Kind.REPERTOIRE, key.public.hex())], ALLOW))
    story.say(PAL, lambda c: c.unclaim([f"identifier:{SONG.id}", story.subject]))


def a_lost_dispute_of_its_own_making(story: Story) -> None:
    story.list(TROLL, Claim(who=TROLLS, right="author"))
    story.list(PAL, Claim(who=HERS, right="author"))
    for subject in (f"identifier:{SONG.id}", story.subject):
        for by, against in ((PAL, TROLL), (TROLL, PAL)):
            story.settle(against, story.contest(by, subject, against), "upheld", by.public.hex())


def names_and_mandates_of_its_own(story: Story) -> None:
    story.say(TROLL, lambda c: c.claim_identity(["isni:0000000121032683", "domain:example.org"]))
    for to in (HERS, PALS):
        grant = NewMandate(to=to, acts=("allow", "reserve"), start=NOW, exclusive=True)
        mandate = story.say(TROLL, lambda c, grant=grant: c.grant(grant))
        story.say(PAL, lambda c, mandate=mandate: c.accept(mandate))
    story.say(PAL, lambda c: c.declare(works_of(story.works.values()), ALLOW))
    story.say(TROLL, lambda c: c.strike(HERS, "she is a troll"))
    story.say(TROLL, lambda c: c._sign("claim.exclude", {"who": [HERS], "from": 1, "until": 0}))


MOVES = (
    own_copies_settled_between_friends,
    counter_claims_of_every_kind,
    withdrawals_of_what_is_hers,
    titles_with_all_the_shares,
    a_lost_dispute_of_its_own_making,
    names_and_mandates_of_its_own,
)


@pytest.mark.slow
def test_no_move_of_unchecked_keys_opens_her_row_alone_or_with_the_others(tmp_path: Path) -> None:
    story = a_story(tmp_path)
    before = outcomes(open_library(story.world.snapshot("before")))
    assert all(now is not Outcome.CLEARED for (_, profile, _), now in before.items() if profile == "eu-art4")

    for number, move in enumerate(MOVES):
        size = story.world.home.size
        move(story)

        assert story.world.home.size > size, move.__name__
        assert opened(story, before, f"after-{number}") == [], move.__name__
    story.world.home.check_database(story.world.home.check_log())


# ---- with her key, until she says that it was stolen --------------------------------------------------------------


def gives_everything_up(story: Story) -> None:
    story.settle(HER, story.contest(TROLL, story.subject, HER), "upheld", TROLLS)
    story.copy(TROLL)
    for dispute in list(story.overlaps()):
        story.settle(HER, dispute, "upheld", TROLLS)
        story.settle(HER, dispute, "dropped")
    story.say(HER, lambda c: c.unclaim([story.subject, f"identifier:{SONG.id}"]))


def says_yes_for_her(story: Story) -> None:
    story.say(HER, lambda c: c.declare([*works_of(story.works.values()), SONG], ALLOW))
    for subject in (*works_of(story.works.values()), SONG):
        for said in story.world.home.registry.spoken_about(subject):
            story.say(HER, lambda c, said=said: c.withdraw(said))


def lists_the_troll(story: Story) -> None:
    story.list(HER, Claim(who=TROLLS, right="author", share=Fraction(1)))
    mandate = story.say(HER, lambda c: c.grant(NewMandate(to=TROLLS, acts=("allow",), start=NOW)))
    assert story.say(TROLL, lambda c: c.accept(mandate))
    story.say(TROLL, lambda c: c.declare([*works_of(story.works.values()), SONG], ALLOW))


def hands_her_key_on_and_gives_up(story: Story) -> None:
    dispute = story.contest(TROLL, story.subject, HER)
    story.say(HER, lambda c: c.rotate(NEXT))
    story.settle(NEXT, dispute, "upheld", TROLLS)
    story.say(NEXT, lambda c: c.unclaim([story.subject]))


@pytest.mark.slow
@pytest.mark.parametrize(
    "move",
    [gives_everything_up, says_yes_for_her, hands_her_key_on_and_gives_up, lists_the_troll],
    ids=lambda m: m.__name__,
)
def test_what_a_thief_gave_up_is_hers_again_once_she_says_so(tmp_path: Path, move: Callable[[Story], None]) -> None:
    story = a_story(tmp_path)
    before = outcomes(open_library(story.world.snapshot("before")))

    move(story)
    assert bool(opened(story, before, "during")) is (move is not lists_the_troll)
    assert story.say(SPARE, lambda c: c.revoke_key(HERS, NOW - 10, "stolen"))

    assert opened(story, before, "after") == []
    story.world.home.check_database(story.world.home.check_log())


# ---- against what is everybody's ----------------------------------------------------------------------------------


def _text(words: str) -> Row:
    return Row(key=words[:20], parts=(Part("0", PartKind.TEXT, words.encode()),))


@pytest.mark.slow
def test_parts_and_editions_of_the_commons_close_no_row_for_who_asks_for_checked_voices(tmp_path: Path) -> None:
    world, folder = a_world(tmp_path), tmp_path / "commons"
    folder.mkdir()
    book = prose(20, 2_000)
    (folder / "book.txt").write_text(book)
    (folder / "old.jpg").write_bytes(jpeg(11))
    take_commons(world.home, folder)
    words = book.split()
    claims = {
        "whole.txt": book,
        "excerpt.txt": " ".join(words[500:600]),
        "edition.txt": " ".join("thee" if n % 90 == 0 else word for n, word in enumerate(words)),
    }
    unchecked = world.register(8, {name: text.encode() for name, text in claims.items()}, uses=(Use.ANY,))
    unchecked |= world.register(9, {"old.jpg": jpeg(11, 60)}, uses=(Use.ANY,))
    contested = {each.newer for each in look_for_overlaps(world.home)}

    library = world.library()
    rows = [_text(book), _text(" ".join(words[450:650])), Row(key="old", parts=(Part("0", PartKind.IMAGE, jpeg(11)),))]
    found = {
        (each.row.key, voice): (each.decisions[0].outcome, each.changed)
        for voice in (Voice.CLAIMED, Voice.VERIFIED)
        for each in Judge(
            Matcher(heeded(library, voice)),
            Ask(use=Use.TRAIN_GENERATIVE, profiles=(PROFILES["eu-art4"],), at=NOW + 100, min_voice=voice),
        ).judge(rows)
    }

    assert contested == set(unchecked.values())
    assert {now for (_, voice), now in found.items() if voice is Voice.CLAIMED} == {(Outcome.RESERVED, "")}
    told = (Outcome.CLEARED, "reserved>cleared")  # what the choice of a voice changed is counted
    assert {now for (_, voice), now in found.items() if voice is Voice.VERIFIED} == {told}


@pytest.mark.slow
def test_who_speaks_for_her_still_does_after_giving_up_a_claim_of_its_own(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    works = world.register(1, {"hers.jpg": FILES["hers.jpg"], "hers.txt": FILES["hers.txt"]}, None)
    story = Story(world, works)
    story.say(TROLL, lambda c: c.claim_identity(["isni:0000000121032683"]))
    mandate = story.say(HER, lambda c: c.grant(NewMandate(to=TROLLS, acts=("reserve",), start=NOW - 90)))
    assert story.say(TROLL, lambda c: c.accept(mandate))
    wish = Wish(uses=(Use.ANY,), stance=Stance.RESERVE, start=NOW - 50)
    assert story.say(TROLL, lambda c: c.declare(works_of(works.values()), wish))
    story.list(TROLL, Claim(who=TROLLS, right="author"))
    before = outcomes(open_library(world.snapshot("before")))

    story.settle(TROLL, story.contest(PAL, story.subject, TROLL), "upheld", PALS)
    story.say(TROLL, lambda c: c.unclaim([f"work:{works['hers.txt']}"]))

    after = outcomes(open_library(world.snapshot("after")))
    assert before["hers.jpg", "eu-art4", Voice.CLAIMED] is Outcome.RESERVED
    hers = {key: now for key, now in after.items() if key[0] != "the song"}  # that was the agent's word alone
    assert {key: now for key, now in hers.items() if now is not before[key]} == {}


@pytest.mark.slow
def test_two_keys_of_one_troll_open_nothing_and_close_nothing_by_a_mandate_between_them(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    world.register(1, {"another.jpg": jpeg(31)})
    before = outcomes(open_library(world.snapshot("before")))
    works = world.register(8, FILES, None)
    story = Story(world, works)
    story.list(TROLL, Claim(who=TROLLS, right="author"))
    story.say(PAL, lambda c: c.claim_identity(["isni:0000000121032683"]))
    grant = NewMandate(to=PALS, acts=("allow", "reserve"), start=NOW - 90)
    mandate = story.say(TROLL, lambda c: c.grant(grant))
    assert story.say(PAL, lambda c: c.accept(mandate))

    assert story.say(PAL, lambda c: c.declare([*works_of(works.values()), SONG], ALLOW))
    yes = opened(story, before, "yes")
    refusal = Wish(uses=(Use.ANY,), stance=Stance.RESERVE, start=NOW - 50)
    assert story.say(PAL, lambda c: c.declare(works_of(works.values()), refusal))
    no = outcomes(open_library(world.snapshot("no")))

    assert yes == []
    assert Outcome.RESERVED not in {now for key, now in no.items() if key[2] is Voice.VERIFIED}
    assert no["hers.jpg", "eu-art4", Voice.CLAIMED] is Outcome.RESERVED
