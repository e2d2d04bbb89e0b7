"""What is registered a second time is contested at birth: by bytes, by looks, by text, and what is nobody's."""

from __future__ import annotations

from pathlib import Path

import pytest

from placet.core.authority import Authority
from placet.core.stance import Stance
from placet.core.standing import PUBLIC_DOMAIN, Disputes, State
from placet.desk.overlapping import commons_digest, look_for_overlaps, take_commons
from tests.factories import NOW, a_key, append, check_log, sign
from tests.snapshot.world import World, a_world, jpeg, prose

HER, HIM = (a_key(number).public.hex() for number in (1, 2))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_world(tmp_path)


def _disputes(world: World) -> Disputes:
    holders = {work.id: work.by for work in world.home.registry.works()}
    return Disputes.of(Authority.of(world.home.registry.acts()), lambda work: holders.get(work, ""))


@pytest.mark.parametrize(
    ("hers", "his", "method"),
    [
        (b"\0song" * 40, b"\0song" * 40, "sha256"),
        (jpeg(1), jpeg(1, 70), "image-plh/1"),
        (prose(1).encode(), prose(1).upper().encode() + b"\n", "text-sha256"),
    ],
    ids=["the same bytes", "the same picture", "the same text"],
)
def test_a_copy_of_an_older_work_is_contested_at_birth(world: World, hers: bytes, his: bytes, method: str) -> None:
    older = world.register(1, {"hers": hers})["hers"]
    first = look_for_overlaps(world.home)
    newer = world.register(2, {"his": his}, titles=True)["his"]

    (found,) = look_for_overlaps(world.home)

    assert first == []
    assert (found.older.id, found.newer, found.method) == (older, newer, method)
    (dispute,) = _disputes(world).about(f"work:{newer}")
    assert (dispute.by, dispute.against) == (HER, HIM)
    assert _disputes(world).standing(f"work:{older}").state is State.CONTESTED
    check_log(world.home)


def test_what_was_said_once_is_not_said_again_even_if_the_cache_is_lost(world: World) -> None:
    world.register(1, {"hers.jpg": jpeg(1)})
    world.register(2, {"his.jpg": jpeg(1, 70)})
    told = look_for_overlaps(world.home)
    again = look_for_overlaps(world.home)
    for file in (world.home.path / "cache" / "overlaps").iterdir():
        file.unlink()

    anew = look_for_overlaps(world.home)

    assert (len(told), again, anew) == (1, [], [])


def test_other_pictures_own_copies_and_a_crop_are_no_overlap(world: World) -> None:
    world.register(1, {"hers.jpg": jpeg(1)})
    world.register(1, {"again.jpg": jpeg(1, 70)})
    world.register(2, {"other.jpg": jpeg(2), "text": prose(3).encode()})

    assert look_for_overlaps(world.home) == []


def test_whoever_acts_for_the_other_contests_nothing(world: World) -> None:
    home = world.home
    world.register(1, {"hers.jpg": jpeg(1)})
    world.register(2, {"other.jpg": jpeg(9)})
    body: dict[str, object] = {
        "at": NOW,
        "to": HIM,
        "acts": ["reserve"],
        "scope": [],
        "rights": [],
        "territory": [],
        "from": NOW,
        "until": 0,
        "exclusive": 0,
        "revocable": 1,
        "depth": 0,
        "parent": "",
        "evidence": "",
    }
    grant = sign(a_key(1), "mandate.grant", home.registry.last_of(HER), body)
    append(home, [grant])
    append(home, [sign(a_key(2), "mandate.accept", home.registry.last_of(HIM), {"at": NOW, "mandate": grant.id})])
    world.register(2, {"for her.jpg": jpeg(1, 70)})

    assert look_for_overlaps(home) == []


def test_what_is_in_the_public_domain_is_contested_and_never_refused(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "old masters"
    folder.mkdir()
    (folder / "one.jpg").write_bytes(jpeg(1))
    (folder / "two.txt").write_bytes(prose(2).encode())
    count, digest = take_commons(world.home, folder)
    again, _ = take_commons(world.home, folder)
    works = world.register(
        2, {"mine.jpg": jpeg(1, 70), "mine.txt": prose(2).encode(), "own.jpg": jpeg(3)}, Stance.RESERVE
    )

    found = look_for_overlaps(world.home)

    assert (count, again) == (2, 2)
    assert {each.newer for each in found} == {works["mine.jpg"], works["mine.txt"]}
    (dispute,) = _disputes(world).about(f"work:{works['mine.jpg']}")
    assert (dispute.by, dispute.why) == ("", f"{PUBLIC_DOMAIN} {commons_digest(world.home)[:16]}")
    assert digest == commons_digest(world.home)
    check_log(world.home)


def test_many_at_once_are_found_as_one_by_one(world: World) -> None:
    world.register(1, {f"{seed}.jpg": jpeg(seed) for seed in range(70)})
    world.register(2, {f"{seed}.jpg": jpeg(seed, 70) for seed in range(70)})

    found = look_for_overlaps(world.home)

    assert len(found) == 70
    assert {each.method for each in found} == {"image-plh/1"}


def _changed(text: str, every: int) -> str:
    """The same text with each so-and-so-many-th word replaced."""
    return " ".join("gramophone" if n % every == every - 1 else word for n, word in enumerate(text.split()))


@pytest.mark.parametrize(
    "his",
    [
        _changed(prose(1), 60),
        f"By me. {prose(1)} The end.",
        " ".join(prose(1).split()[:200]),
        f"{prose(1)} {prose(2, 150)}",
    ],
    ids=["words changed", "framed", "two thirds of it", "with half as much again"],
)
def test_a_text_that_is_nearly_an_older_one_is_contested_at_birth(world: World, his: str) -> None:
    older = world.register(1, {"hers": prose(1).encode()})["hers"]
    look_for_overlaps(world.home)
    newer = world.register(2, {"his": his.encode()})["his"]

    (found,) = look_for_overlaps(world.home)

    assert (found.older.id, found.newer, found.method) == (older, newer, "text-winnow/1")
    assert 0 <= found.score <= 50
    check_log(world.home)


@pytest.mark.parametrize(
    "his",
    [prose(3), f"{prose(3)} {' '.join(prose(1).split()[:60])}", f"{prose(1)} {prose(4, 900)}", "Call me Ishmael."],
    ids=["another", "with a quotation", "an anthology", "a line"],
)
def test_a_text_that_only_shares_passages_is_no_overlap(world: World, his: str) -> None:
    world.register(1, {"hers": prose(1).encode()})
    world.register(2, {"his": his.encode()})

    assert look_for_overlaps(world.home) == []


@pytest.mark.parametrize(
    "mine",
    [" ".join(prose(2, 3_000).split()[400:480]), _changed(prose(2, 3_000), 60), f"{prose(2, 100)} {prose(3, 100)}"],
    ids=["an excerpt", "an edition", "out of two of them"],
)
def test_who_claims_a_part_of_the_commons_is_contested_too(world: World, tmp_path: Path, mine: str) -> None:
    folder = tmp_path / "books"
    folder.mkdir()
    (folder / "one.txt").write_bytes(prose(2, 3_000).encode())
    (folder / "two.txt").write_bytes(f"{prose(5, 900)} {prose(3, 500)}".encode())
    take_commons(world.home, folder)
    work = world.register(2, {"mine": mine.encode()}, Stance.RESERVE)["mine"]

    (found,) = look_for_overlaps(world.home)

    assert (found.newer, found.by) == (work, "")
    assert found.older.id.startswith("sha256:")
    check_log(world.home)
