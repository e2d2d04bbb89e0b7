"""Judging rows: the fast path is the slow one, certain refusals win, and nobody loosens by crowding."""

from __future__ import annotations

import hashlib
import random
from functools import partial
from itertools import starmap
from pathlib import Path

import numpy as np
import pytest

from placet.clearance import judge as judge_module
from placet.clearance.judge import Judge, Judged
from placet.clearance.plan import Ask
from placet.clearance.rows import Part, PartKind, Row
from placet.core.decide import decide
from placet.core.decision import Outcome
from placet.core.declaration import Problem
from placet.core.ids import canonical_url, domain_of
from placet.core.profile import PROFILES
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.fingerprints.digests import digest_bytes
from placet.snapshot import hamming, match
from placet.snapshot.library import Library
from placet.snapshot.match import Match, Matcher, MatchKind, PictureHit
from tests.factories import NOW
from tests.gallery.media import BROKEN
from tests.snapshot.world import World, a_world, jpeg, picture, prose

URLS = [f"https://{host}/{n}.jpg" for host in ("maker.example", "other.example") for n in range(4)]
PROBLEMS = ("media.unreadable", "match.capped", "row.malformed")
OPEN = "eu-art4"


def _ask(*profiles: str, use: Use = Use.TRAIN_GENERATIVE) -> Ask:
    return Ask(use=use, profiles=tuple(PROFILES[name] for name in profiles or (OPEN,)), at=NOW)


def _judge(library: Library, rows: list[Row], *profiles: str) -> list[Judged]:
    return list(Judge(Matcher(library), _ask(*profiles)).judge(rows))


def _row(key: str, *parts: tuple[str, PartKind, bytes]) -> Row:
    return Row(key=key, parts=tuple(starmap(Part, parts)))


def _image(data: bytes, key: str = "row") -> Row:
    return _row(key, ("a.jpg", PartKind.IMAGE, data))


def _text(text: str, key: str = "row") -> Row:
    return _row(key, ("a.txt", PartKind.TEXT, text.encode()))


def _crowded_library(folder: Path) -> tuple[Library, dict[str, bytes]]:
    """Works that share files among parties, with every stance, in places and for times; and words about addresses."""
    world, files = a_world(folder), {f"{n}.bin": b"%d" % n * 40 for n in range(5)}
    every = list(files.items())
    world.register(1, dict(every[:3]), Stance.RESERVE)
    world.register(2, {f"two {n}": d for n, d in every[2:]}, Stance.ALLOW, titles=True)
    world.register(3, {f"three {n}": d for n, d in every[1:4]}, Stance.LICENSE, titles=True, territory=("FR",))
    world.register(4, {f"four {n}": d for n, d in every[3:]}, None, titles=True)
    world.say(2, [Subject(Kind.URL, url) for url in URLS[:3]], Stance.RESERVE)
    world.say(3, [Subject(Kind.URL, url) for url in URLS[2:6]], Stance.ALLOW, Use.ANY)
    world.say(1, [Subject(Kind.DOMAIN, "other.example")], Stance.RESERVE, Use.TRAIN_GENERATIVE)
    return world.library(), files


def _random_rows(files: dict[str, bytes], count: int) -> list[Row]:
    rng, contents = random.Random(8), list(files.values())
    rows = []
    for number in range(count):
        some = rng.sample(contents, rng.choice((0, 1, 1, 2)))
        parts = tuple(Part(f"{n}.bin", PartKind.OTHER, data) for n, data in enumerate(some[:1]))
        digests = tuple(("sha256", digest_bytes(data).sha256) for data in some[1:])
        urls = tuple(rng.sample([*URLS, "no address at all", "https://silent.example/"], rng.choice((0, 1, 2))))
        reasons = rng.sample(PROBLEMS, rng.choice((0, 0, 0, 1, 2)))
        problems = tuple(Problem(f"row {number}", reason, "why") for reason in reasons)
        rows.append(Row(key=str(number), parts=parts, urls=urls, digests=digests, problems=problems))
    return rows


def _subjects(row: Row, records: list[tuple[str, str]]) -> tuple[Subject, ...]:
    """All that a row names, found without any of the machinery: by comparing with every record."""
    wanted = {digest_bytes(part.data).sha256.hex() for part in row.parts} | {d.hex() for _, d in row.digests}
    found = [Subject(Kind.WORK, id_) for id_, sha256 in records if sha256 in wanted]
    for url in row.urls:
        try:
            canonical = canonical_url(url)
        except ValueError:
            continue
        found += [Subject(Kind.URL, canonical), Subject(Kind.DOMAIN, domain_of(canonical))]
    return tuple(found)


@pytest.mark.slow
def test_ten_thousand_interned_answers_are_those_of_direct_calls(tmp_path: Path) -> None:
    library, files = _crowded_library(tmp_path)
    rows, profiles = _random_rows(files, 10_000), ("consent", "eu-art4")
    heard = library.authority.weigh(said for word in library.words for said in word.declarations())
    records = [(each["id"], each["sha256"]) for each in library.records()]
    judge, seen = Judge(Matcher(library), _ask(*profiles)), set[str]()

    for number, (row, judged) in enumerate(zip(rows, judge.judge(rows), strict=True)):
        fast, profile = judged.decisions[number % 2], PROFILES[profiles[number % 2]]
        slow = decide(_ask().question(_subjects(row, records)), heard, judged.problems, (), profile)
        assert (fast.outcome, fast.stance, fast.basis) == (slow.outcome, slow.stance, slow.basis), row
        assert (fast.because, fast.overruled) == (slow.because, slow.overruled), row
        seen.add(fast.outcome)

    assert seen >= {"cleared", "silent", "licence", "unclear", "reserved"}
    assert judge.distinct < 2_000


@pytest.mark.parametrize("name", ["picture.jpg", "prose.txt", "tune.bin"])
def test_an_exact_copy_is_found_by_blake3_alone_and_judged_as_with_sha256(tmp_path: Path, name: str) -> None:
    world, data = (
        a_world(tmp_path),
        {"picture.jpg": jpeg(1), "prose.txt": prose(5).encode(), "tune.bin": b"\0tune" * 99},
    )
    world.register(1, {name: data[name]})
    kind = {"jpg": PartKind.IMAGE, "txt": PartKind.TEXT}.get(name[-3:], PartKind.OTHER)
    row, judge = Row(key="row", parts=(Part(name, kind, data[name]),)), Judge(Matcher(world.library()), _ask())

    (quick,), (full,) = judge.judge([row]), judge.judge([row], sha256=True)

    assert not quick.sha256
    assert full.sha256 == hashlib.sha256(data[name]).digest()
    assert quick.best is not None
    assert quick.best.kind is MatchKind.EXACT
    assert (quick.decisions, quick.problems) == (full.decisions, full.problems)
    assert quick.decisions[0].outcome is Outcome.RESERVED


@pytest.mark.parametrize("large", [0, 1 << 20])
def test_rows_looked_at_together_are_judged_as_each_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    monkeypatch.setattr(judge_module, "_LARGE", large)
    world = a_world(tmp_path)
    world.register(1, {"hers.jpg": jpeg(1), "song.txt": prose(5, 300).encode()})
    library = world.library()
    broken, text = _image(jpeg(2)[:900]), Part("a.txt", PartKind.TEXT, prose(5, 300).encode())
    pair = Row(key="pair", parts=(*_image(jpeg(3)).parts, *_image(jpeg(1, 60)).parts, text))
    rows = [_image(jpeg(7)), _image(jpeg(1, 60)), broken, pair, Row(key="empty"), _image(jpeg(8)), _image(jpeg(9))] * 6

    together = list(Judge(Matcher(library), _ask()).judge(rows))

    assert together == [judged for row in rows for judged in Judge(Matcher(library), _ask()).judge([row])]


def test_a_refused_picture_is_found_and_named(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    ids = world.register(1, {"hers.jpg": jpeg(1)})

    (judged,) = _judge(world.library(), [_image(jpeg(1, 60))])

    assert judged.decisions[0].outcome is Outcome.RESERVED
    assert judged.best is not None
    assert judged.best.kind is MatchKind.STRONG
    assert judged.decisions[0].because[0].subject.id == ids["hers.jpg"]


def test_a_caption_and_its_picture_are_both_judged(tmp_path: Path) -> None:
    world, caption = a_world(tmp_path), prose(5)
    world.register(1, {"hers.jpg": jpeg(1)}, Stance.ALLOW)
    world.register(2, {"his.txt": caption.encode()}, Stance.RESERVE)

    row = _row("row", ("a.jpg", PartKind.IMAGE, jpeg(1, 70)), ("a.txt", PartKind.TEXT, caption[:900].encode()))
    (judged,) = _judge(world.library(), [row])

    assert {each.part for each in judged.matches} == {0, 1}
    assert judged.decisions[0].outcome is Outcome.RESERVED


def test_what_nothing_reads_is_unclear_until_all_of_it_is_registered_bytes(tmp_path: Path) -> None:
    world, song, other = a_world(tmp_path), b"\0song" * 90, b"\0other" * 90
    world.register(1, {"song.mp3": song}, Stance.ALLOW)
    library = world.library()

    def outcome(*parts: bytes) -> Outcome:
        row = _row("row", *((f"{n}.mp3", PartKind.OTHER, data) for n, data in enumerate(parts)))
        return _judge(library, [row])[0].decisions[0].outcome

    assert outcome(other) is Outcome.UNCLEAR
    assert outcome(song) is Outcome.CLEARED
    assert outcome(song, other) is Outcome.UNCLEAR
    assert outcome(other, song) is Outcome.UNCLEAR


def test_a_claimed_digest_excuses_nothing(tmp_path: Path) -> None:
    world, song = a_world(tmp_path), b"\0song" * 90
    world.register(1, {"song.mp3": song}, Stance.ALLOW)

    part = Part("x.mp3", PartKind.OTHER, b"\0other" * 90)
    row = Row(key="row", parts=(part,), digests=(("sha256", digest_bytes(song).sha256),))
    (judged,) = _judge(world.library(), [row])

    assert judged.decisions[0].outcome is Outcome.UNCLEAR


def test_a_broken_picture_stays_unclear_even_when_its_bytes_are_allowed(tmp_path: Path) -> None:
    """Or anybody could open a row by registering the broken copy that a dataset holds."""
    world, broken = a_world(tmp_path), BROKEN["truncated.jpg"]()
    world.register(1, {"broken.jpg": broken}, Stance.ALLOW)

    (judged,) = _judge(world.library(), [_image(broken)])

    assert judged.decisions[0].outcome is Outcome.UNCLEAR


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("bomb.png", "media.too-large"),
        ("bomb.tiff", "media.too-large"),
        ("many-scans.jpg", "media.too-large"),
        ("truncated.jpg", "media.unreadable"),
        ("html.jpg", "media.unreadable"),
    ],
)
def test_a_picture_that_cannot_be_read_says_why(tmp_path: Path, name: str, reason: str) -> None:
    world = a_world(tmp_path)
    world.register(1, {"hers.jpg": jpeg(1)})

    (judged,) = _judge(world.library(), [_image(BROKEN[name](), key=name)])

    assert [problem.reason for problem in judged.problems] == [reason]
    assert judged.problems[0].why.startswith(f"{name}: This")
    assert judged.decisions[0].outcome is Outcome.UNCLEAR


class _Resembling(Matcher):
    """A look-up that is unsure of whatever was read at a quarter, and answers `again` for what was read whole."""

    def __init__(self, library: Library, *again: Match) -> None:
        super().__init__(library)
        self.asked: list[int] = []
        self._again = again

    def pictures(self, words: np.ndarray, qualities: list[int]) -> list[PictureHit]:  # type: ignore[override]
        self.asked.append(len(words))
        first = (Match(0, MatchKind.VERIFY, "image-plh/1", 20),)
        return [PictureHit(self._again if len(self.asked) > 1 else first, False) for _ in words]


@pytest.mark.parametrize(
    ("again", "outcome"),
    [
        ((Match(0, MatchKind.STRONG, "image-plh/1", 9),), Outcome.RESERVED),
        ((Match(0, MatchKind.VERIFY, "image-plh/1", 18),), Outcome.UNCLEAR),
        ((), Outcome.UNCLEAR),
    ],
)
def test_a_resemblance_is_looked_at_again_at_full_size(tmp_path: Path, again: tuple[Match], outcome: Outcome) -> None:
    world = a_world(tmp_path)
    world.register(1, {"hers.jpg": jpeg(1)})
    matcher = _Resembling(world.library(), *again)

    (judged,) = Judge(matcher, _ask()).judge([_image(jpeg(picture(7, 800, 600)))])

    assert matcher.asked == [1, 1]
    assert judged.decisions[0].outcome is outcome


def test_a_certain_refusal_beats_a_resemblance(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    world.register(1, {"a.jpg": jpeg(1)}, Stance.ALLOW)
    world.register(2, {"b.bin": b"\0his" * 50}, Stance.RESERVE)
    matcher = _Resembling(world.library(), Match(0, MatchKind.VERIFY, "image-plh/1", 20))

    row = Row(
        key="row",
        parts=(Part("a.jpg", PartKind.IMAGE, jpeg(7)),),
        digests=(("sha256", digest_bytes(b"\0his" * 50).sha256),),
    )
    (judged,) = Judge(matcher, _ask()).judge([row])

    assert {problem.reason for problem in judged.problems} == {"match.verify"}
    assert judged.decisions[0].outcome is Outcome.RESERVED


# ---- nobody loosens by crowding -------------------------------------------------------------------


def _known(judged: Judged) -> bool:
    """Somebody's work, or something unread, stood in the way."""
    return bool(judged.matches or judged.problems)


def _crowd(world: World, files: dict[str, bytes], parties: int = 3) -> None:
    names = list(files)
    for by in range(parties):
        world.register(100 + by, {name: files[name] for name in names[by::parties]}, Stance.ALLOW, titles=True)


def _before_and_after(world: World, rows: list[Row], crowd: dict[str, bytes]) -> list[tuple[Judged, Judged]]:
    before = _judge(world.library("before"), rows)
    _crowd(world, crowd)
    after = _judge(world.library("after"), rows)
    return list(zip(before, after, strict=True))


def _never_loosened(pairs: list[tuple[Judged, Judged]]) -> None:
    for old, new in pairs:
        if _known(old) and not old.decisions[0].may_use:
            assert not new.decisions[0].may_use, f"{old.row.key}: {old.decisions[0].outcome} became cleared"


@pytest.mark.slow
@pytest.mark.parametrize("shown", [40, 90, 130, 170, 230, 320])
def test_copies_of_part_of_a_passage_never_hide_it(tmp_path: Path, shown: int) -> None:
    """More works than a fingerprint may have carry the start of what was quoted: it is quarantined, and told."""
    world, hers = a_world(tmp_path), prose(1, 400)
    world.register(1, {"hers.txt": hers.encode()}, Stance.RESERVE)
    rows = [_text(hers[600 : 600 + size], f"{size} characters") for size in range(200, 420, 20)]

    crowd = {f"{n}.txt": f"{prose(1000 + n, 60)} {hers[600 : 600 + shown]}".encode() for n in range(70)}
    pairs = _before_and_after(world, rows, crowd)

    _never_loosened(pairs)
    assert any(_known(old) for old, _ in pairs)


def test_copies_of_a_whole_text_make_it_unclear_and_never_clear(tmp_path: Path) -> None:
    world, hers = a_world(tmp_path), prose(1, 400)
    world.register(1, {"hers.txt": hers.encode()}, Stance.RESERVE)
    rows = [_text(hers[300:900], "excerpt"), _text(hers, "whole")]

    pairs = _before_and_after(world, rows, {f"{n}.txt": f"{hers} {n}".encode() for n in range(70)})

    assert [new.decisions[0].outcome for _, new in pairs] == [Outcome.UNCLEAR, Outcome.RESERVED]
    assert pairs[0][1].problems[0].reason == "match.capped"


def test_more_pictures_than_a_bucket_holds_make_a_row_unclear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(match.hamming, "build", partial(hamming.build, cap=20))
    world = a_world(tmp_path)
    world.register(1, {"hers.jpg": jpeg(1)}, Stance.RESERVE)

    crowd = {f"{n}.jpg": jpeg(picture(1), 50 + n) for n in range(40)}
    pairs = _before_and_after(world, [_image(jpeg(1, 95)), _image(jpeg(1, 40), "poor")], crowd)

    _never_loosened(pairs)
    assert {old.decisions[0].outcome for old, _ in pairs} == {Outcome.RESERVED}
    assert any("match.capped" in {problem.reason for problem in new.problems} for _, new in pairs)


def test_anothers_yes_to_the_same_picture_opens_nothing(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    world.register(1, {"no.jpg": jpeg(1)}, Stance.RESERVE)
    world.register(1, {"price.jpg": jpeg(2)}, Stance.LICENSE)
    world.register(1, {"silent.jpg": jpeg(3)}, None)
    rows = [_image(jpeg(n, 70), str(n)) for n in (1, 2, 3)] + [_image(BROKEN["truncated.jpg"](), "broken")]
    crowd = {f"{n} again.jpg": jpeg(n, 85) for n in (1, 2, 3)} | {"broken.jpg": BROKEN["truncated.jpg"]()}

    before = _judge(world.library("before"), rows, "consent")
    _crowd(world, crowd)
    after = _judge(world.library("after"), rows, "consent")

    assert [judged.decisions[0].outcome for judged in after] == [judged.decisions[0].outcome for judged in before]
