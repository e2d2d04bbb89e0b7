"""Losing a key, and getting one's name back: recovery named beforehand, objected to, waited for, and how keys stand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from placet.app import open_home
from placet.signing.keys import read_key
from tests.cli.stage import Stage
from tests.factories import check_log

DAY = 86_400


@pytest.fixture
def lost(stage: Stage, tmp_path: Path) -> tuple[Stage, str]:
    """Ana registered works and named a recovery key; then her key is gone from the home."""
    stage("keys", "new", "--name", "Ana")
    stage("reserve", stage.works)
    stage("keys", "recovery", "--out", tmp_path / "spare.pem", "--wait", "7")
    file = stage.home / "keys" / "party.pem"
    party = read_key(file, None).public.hex()
    file.rename(tmp_path / "kept.pem")
    return stage, party


def standings(stage: Stage) -> list[str]:
    return [
        row["standing"]
        for row in map(json.loads, stage("keys", "list", "--json").out.splitlines())
        if "standing" in row
    ]


def test_a_recovery_is_waited_for_and_then_all_is_hers_again(
    lost: tuple[Stage, str], clock: list[int], tmp_path: Path
) -> None:
    stage, party = lost
    begun = stage("keys", "recover", "--with", tmp_path / "spare.pem", "--party", party[:8])
    early = stage("withdraw", "#2")
    waiting = standings(stage)
    clock[0] = 8 * DAY + 60

    taken = stage("withdraw", "#2")

    assert (begun.code, early.code, taken.code) == (0, 1, 0)
    assert f"your key {begun.out.split('your key ')[1][:16]} is {party[:12]}" in begun.out
    assert "Until then any of its keys can object: `placet keys cancel " in begun.err
    assert (waiting, standings(stage)) == (["waiting"], ["current"])
    check_log(open_home(stage.home))


def test_the_old_key_says_nothing_after_the_recovery(lost: tuple[Stage, str], clock: list[int], tmp_path: Path) -> None:
    stage, party = lost
    stage("keys", "recover", "--with", tmp_path / "spare.pem", "--party", party)
    before = stage("reserve", "isbn:9780306406157", "--key", tmp_path / "kept.pem")
    clock[0] = 8 * DAY + 60

    after = stage("reserve", "isbn:9781861972712", "--key", tmp_path / "kept.pem")

    assert (before.code, after.code) == (0, 1)
    assert "(key.ended)" in after.err


def test_whoever_has_the_key_objects_while_it_waits(lost: tuple[Stage, str], clock: list[int], tmp_path: Path) -> None:
    stage, party = lost
    begun = stage("keys", "recover", "--with", tmp_path / "spare.pem", "--party", party)
    id_ = begun.err.split("placet keys cancel ")[1][:12]
    new = stage.home / "keys" / "party.pem"
    new.rename(tmp_path / "new.pem")
    (tmp_path / "kept.pem").rename(new)

    told = stage("keys", "list")
    objected = stage("keys", "cancel", id_)
    calm = stage("keys", "list")
    clock[0] = 8 * DAY
    said = stage("withdraw", "#2", "--key", tmp_path / "new.pem")

    assert objected.code == 0
    assert f"replaces this key, by the recovery key. Is it not you? `placet keys cancel {id_}`" in told.err
    assert calm.err == ""
    assert said.code == 1
    assert stage("reserve", "isbn:9780306406157").code == 0


def test_a_thief_without_the_recovery_key_recovers_nobody(lost: tuple[Stage, str], tmp_path: Path) -> None:
    stage, party = lost
    stage("keys", "new", "--role", "recovery", "--out", tmp_path / "wrong.pem")
    size = open_home(stage.home).size

    wrong = stage("keys", "recover", "--with", tmp_path / "wrong.pem", "--party", party)
    role = stage("keys", "recover", "--with", tmp_path / "kept.pem", "--party", party)
    none = stage("keys", "recover", "--with", tmp_path / "absent.pem", "--party", party)

    assert [each.code for each in (wrong, role, none)] == [1, 1, 1]
    assert "named no such recovery key before (key.recovery)" in wrong.err
    assert "is no recovery key" in role.err
    assert f"there is no key at {tmp_path / 'absent.pem'}" in none.err
    assert [each.err.count("\n") for each in (wrong, role, none)] == [1, 1, 1]
    assert open_home(stage.home).size <= size + 1


def test_a_recovery_key_is_named_once_and_waits_a_week_at_least(stage: Stage, tmp_path: Path) -> None:
    stage("keys", "new")
    short = stage("keys", "recovery", "--out", tmp_path / "a.pem", "--wait", "3")
    first = stage("keys", "recovery", "--out", tmp_path / "a.pem")
    second = stage("keys", "recovery", "--out", tmp_path / "b.pem")

    assert (short.code, first.code, second.code) == (64, 0, 1)
    assert "--wait 3: give 7 to 30 days" in short.err
    assert "and it stays (key.recovery)" in second.err
    assert not (tmp_path / "b.pem").exists()


def test_keys_are_listed_with_what_became_of_them(stage: Stage) -> None:
    stage("keys", "new", "--name", "Ana")
    unsaid = standings(stage)
    stage("reserve", stage.works)
    first = read_key(stage.home / "keys" / "party.pem", None).public.hex()
    stage("keys", "rotate")
    rotated = standings(stage)
    stage("keys", "revoke", "--which", first, "--why", "stolen from a train", "--since", "2020-01-01")

    listed = stage("keys", "list")

    rows = [row for row in map(json.loads, stage("keys", "list", "--json").out.splitlines()) if row["role"] == "party"]
    assert (unsaid, rotated, standings(stage)) == (["unsaid"], ["current", "handed-on"], ["current", "revoked"])
    assert {row["party"] for row in rows} == {first}
    assert all(row["did"].startswith("did:key:z6Mk") for row in rows)
    assert f"speaks for party {first[:12]}" in listed.out
    assert f"revoked: says nothing more for party {first[:12]}" in listed.out
    assert all(len(line) <= 80 for line in listed.out.splitlines() if str(stage.home) not in line)


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["revoke", "--why", "lost", "--which", "12ab"], 64, "'12ab' is not the beginning of a party's key"),
        (
            ["revoke", "--why", "lost", "--which", "ab" * 32],
            1,
            "there is no key abababababababab in the record (key.unknown)",
        ),
        (["revoke", "--why", "lost", "--since", "2999-01-01"], 1, "(key.late)"),
        (["revoke", "--why", "lost", "--since", "soon"], 64, "--since soon: write a date as 2026-11-22"),
        (["cancel", "abcdef"], 1, "names none of the recoveries of your key (key.unknown)"),
    ],
    ids=["short", "unknown", "later", "no-day", "no-recovery"],
)
def test_what_cannot_be_done_to_a_key_is_said_in_a_sentence(
    stage: Stage, words: list[str], code: int, why: str
) -> None:
    stage("reserve", stage.works)
    size = open_home(stage.home).size

    said = stage("keys", *words)

    assert (said.code, said.out) == (code, "")
    assert why in said.err
    assert said.err.count("\n") == 1
    assert open_home(stage.home).size == size


def test_a_revoked_key_says_nothing_more_and_its_works_stay(stage: Stage) -> None:
    stage("reserve", stage.works)

    revoked = stage("keys", "revoke", "--why", "the laptop is gone")
    said = stage("reserve", "isbn:9780306406157")

    assert (revoked.code, said.code) == (0, 1)
    assert "(key.ended)" in said.err
    assert "reserved" in stage("lookup", stage.works / "song.txt").out
