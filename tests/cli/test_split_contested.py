"""`placet split --hold`: the money of what is contested waits, to the last cent, and is paid out once that is over."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from pathlib import Path

import pytest

from placet.app import Home
from placet.core.subject import Kind, Subject
from placet.core.title import Claim, Title
from placet.registry.compose import Composer
from placet.registry.openings import Opening
from placet.registry.sworn import Sworn
from tests.cli.stage import Stage
from tests.factories import a_key, reserve

HER, HIM, SHE = (a_key(number).public.hex() for number in (1, 2, 3))
SONG = Subject(Kind.IDENTIFIER, "isrc:GBAYE0601498")
SWORN = Sworn(what="it", why="I drew it in 2019", forum="Lyon, France")


@pytest.fixture
def works(stage: Stage) -> list[str]:
    """Two works of hers, one of his, and a song that her sheet lists as the first of them too."""
    home = Home(stage.home)
    found = [*reserve(home, 1, 2, by=1), *reserve(home, 3, by=2)]
    say(home, 1, lambda c: _list(c, found[0]))
    home.engine.dispose()
    return found


def _list(composer: Composer, work: str) -> None:
    claims = (Claim(who=HER, right="recording", share=Fraction(1)),)
    composer._sheet("claim.add", [Title(subject=SONG, also=(Subject(Kind.WORK, work),), claims=claims).data()])


def say(home: Home, number: int, write: object) -> str:
    key = a_key(number) if number else home.log.key
    home.submit(key, write)  # type: ignore[arg-type]
    return home.registry.last_of(key.public.hex())


def contest(stage: Stage, what: str, right: str = "") -> str:
    home = Home(stage.home)
    contact = Opening(salt=hashlib.sha256(b"his").digest(), value="Lyon", show=False)
    dispute = say(home, 2, lambda c: c.contest([what], HER, SWORN, contact, right))
    home.engine.dispose()
    return dispute


def settle(stage: Stage, by: int, dispute: str, holder: str, document: str = "") -> None:
    home = Home(stage.home)
    say(home, by, lambda c: c.settle(dispute, "upheld" if holder else "dropped", holder, document))
    home.engine.dispose()


def sheet(path: Path, *rows: tuple[str, str, str]) -> Path:
    path.write_text("work,party,share\n" + "".join(f"{work},{party},{share}\n" for work, party, share in rows))
    return path


def divide(stage: Stage, shares: Path, *more: object, pool: str = "100.01 EUR") -> dict[str, object]:
    words = ["split", "equal-per-work", "--pool", pool, "--shares", shares, "--reference", "Q3", "--open-accounts"]
    said = stage(*words, *more, "--json")
    assert said.code == 0, said.err
    return dict(json.loads(said.out))


def amounts(run: dict[str, object]) -> tuple[object, ...]:
    return run["to_parties"], run["disputed"], run["unclaimed"]


def balance(stage: Stage, party: str) -> list[str]:
    return [line for line in stage("statement", party).out.splitlines() if "EUR" in line][:1]


def test_what_is_contested_waits_and_goes_to_whoever_is_upheld_to_the_last_cent(
    stage: Stage, works: list[str], tmp_path: Path
) -> None:
    drawing, other, _ = works
    shares = sheet(tmp_path / "a.csv", (drawing, HER, "1"), (other, HER, "1/3"), (other, SHE, "2/3"))
    dispute = contest(stage, f"work:{drawing}")

    first = divide(stage, shares, "--hold")
    again = divide(stage, shares, "--hold")
    kept = stage("split", "kept")
    checked = stage("split", "verify", Path(str(first["folder"])) / "manifest.json")
    settle(stage, 0, dispute, HIM, "ab" * 32)
    both = sheet(tmp_path / "b.csv", (drawing, HER, "1"), (drawing, HIM, "1"), (other, HER, "1/3"), (other, SHE, "2/3"))
    after = divide(stage, both, "--hold", "--correct", first["run"])

    assert (first["held"], amounts(first)) == ([drawing], ("50.00 EUR", "50.01 EUR", "0.00 EUR"))
    assert (again["run"], again["new"]) == (first["run"], False)
    assert f"50.01 EUR of {drawing}" in kept.out
    assert checked.code == 0
    assert (after["held"], amounts(after)) == ([drawing], ("100.01 EUR", "0.00 EUR", "0.00 EUR"))
    assert balance(stage, HIM)[0].startswith(f"{HIM}: 50.01 EUR")
    assert balance(stage, HER)[0].startswith(f"{HER}: 16.67 EUR")
    assert stage("split", "kept").err.endswith("Nothing is unclaimed, and nothing disputed.\n")


@pytest.mark.parametrize(("by", "holder"), [(2, ""), (2, HER)], ids=["dropped", "given in"])
def test_what_was_held_is_released_when_the_other_side_stops(
    stage: Stage, works: list[str], tmp_path: Path, by: int, holder: str
) -> None:
    shares = sheet(tmp_path / "a.csv", (works[0], HER, "1"), (works[1], SHE, "1"))
    dispute = contest(stage, f"work:{works[0]}")
    first = divide(stage, shares, "--hold")

    settle(stage, by, dispute, holder)
    after = divide(stage, shares, "--hold", "--correct", first["run"])

    assert amounts(first)[1] == "50.01 EUR"
    assert amounts(after) == ("100.01 EUR", "0.00 EUR", "0.00 EUR")


def test_a_dispute_holds_what_goes_by_another_of_its_names_in_its_own_right_alone(
    stage: Stage, works: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    rows = [f"isrc:GB-AYE-06-01498,{right},{HER},1\n" for right in ("recording", "composition")]
    path.write_text("work,right,party,share\n" + "".join(rows))
    contest(stage, f"work:{works[0]}", right="recording")

    held = {
        right: amounts(divide(stage, path, "--hold", "--right", right, "--dry-run"))[1]
        for right in ("recording", "composition")
    }

    assert held == {"recording": "100.01 EUR", "composition": "0.00 EUR"}


def test_a_snapshot_says_what_waits_and_nothing_waits_unless_asked_for(
    stage: Stage, works: list[str], tmp_path: Path
) -> None:
    shares = sheet(tmp_path / "a.csv", (works[0], HER, "1"))
    contest(stage, f"work:{works[0]}")
    assert stage("snapshot", "build", "-o", tmp_path / "snapshot").code == 0

    plain = divide(stage, shares, "--dry-run")
    by_snapshot = divide(stage, shares, "--snapshot", tmp_path / "snapshot", "--dry-run")
    told = stage(
        "split", "equal-per-work", "--pool", "1 EUR", "--shares", shares, "--reference", "x", "--hold", "--dry-run"
    )

    assert (amounts(plain)[1], amounts(by_snapshot)[1]) == ("0.00 EUR", "100.01 EUR")
    assert "By the record the money of 1 work waits" in told.err


def test_a_troll_who_contests_everything_takes_nothing(stage: Stage, works: list[str], tmp_path: Path) -> None:
    shares = sheet(tmp_path / "a.csv", (works[0], HER, "1"), (works[0], HIM, "1"))
    dispute = contest(stage, f"work:{works[0]}")

    during = divide(stage, shares, "--hold", "--dry-run")
    settle(stage, 2, dispute, "")
    path = sheet(tmp_path / "b.csv", (works[0], HER, "1"))
    after = divide(stage, path, "--hold", "--dry-run")

    assert amounts(during) == ("0.00 EUR", "100.01 EUR", "0.00 EUR")
    assert amounts(after) == ("100.01 EUR", "0.00 EUR", "0.00 EUR")
