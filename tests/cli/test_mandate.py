"""`placet mandate`: given, accepted, listed in words, ended; and what is no mandate, in one sentence."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from placet.app import open_home
from placet.signing.keys import read_key
from tests.cli.stage import Said, Stage
from tests.factories import check_log


@dataclass
class Union:
    """Ana, whose key is the home's; a union, and its local branch."""

    stage: Stage
    keys: dict[str, Path]

    def public(self, name: str) -> str:
        return read_key(self.keys[name], None).public.hex()

    def by(self, name: str, *words: object) -> Said:
        return self.stage("mandate", *words, "--key", self.keys[name])

    def grant(self, name: str, to: str, *words: object) -> str:
        return str(json.loads(self.by(name, "grant", "--to", self.public(to), *words, "--json").out)["id"])

    def listed(self, *words: object) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stage("mandate", "list", "--json", *words).out.splitlines()]

    @property
    def size(self) -> int:
        return open_home(self.stage.home).size


@pytest.fixture
def union(stage: Stage, tmp_path: Path) -> Union:
    stage("keys", "new", "--name", "Ana")
    stage("reserve", stage.works)
    keys = {"ana": stage.home / "keys" / "party.pem"}
    for number, name in enumerate(("Union", "Branch")):
        keys[name.lower()] = tmp_path / f"{name}.pem"
        stage("keys", "new", "--name", name, "--out", keys[name.lower()])
        stage("reserve", f"https://{number}.example/", "--key", keys[name.lower()])
    return Union(stage, keys)


def test_a_mandate_is_given_accepted_and_listed_in_words(union: Union) -> None:
    given = union.by("ana", "grant", "--to", union.public("union")[:8], "--until", "2199-12-31", "--territory", "FR")
    (proposed,) = union.listed()
    accepted = union.by("union", "accept", proposed["id"][:12])

    (live,) = union.listed()

    assert (given.code, accepted.code) == (0, 0)
    assert f"Mandate {live['id'][:12]} given: it counts once it is accepted: entry " in given.out
    assert f"They accept it with `placet mandate accept {live['id'][:12]}`." in given.err
    assert f"Mandate {live['id'][:12]} accepted: entry " in accepted.out
    assert (proposed["state"], live["state"]) == ("proposed", "live")
    assert (live["principal"], live["delegate"]) == ("Ana", "Union")
    assert live["words"].startswith("reserve, license; all that it has; in FR; from ")
    assert live["words"].endswith(" until 2199-12-31")
    check_log(open_home(union.stage.home))


def test_what_a_mandate_is_for_is_told(union: Union) -> None:
    union.grant(
        "ana",
        "union",
        union.stage.works,
        "likeness:me/voice",
        "--acts",
        "allow",
        "--right",
        "recording",
        "--exclusive",
        "--irrevocable",
        "--may-delegate",
    )

    said = union.stage("mandate", "list").out

    for part in (
        "proposed: Union for Ana: allow; 2 works and 1 likeness",
        "the right of recording",
        "alone",
        "for its whole time",
        "may be handed on once",
    ):
        assert part in said


def test_a_mandate_is_handed_on_once_and_no_further(union: Union) -> None:
    first = union.grant("ana", "union", "--acts", "reserve", "--may-delegate")
    union.by("union", "accept", first)

    second = union.grant("union", "branch", "--acts", "reserve", "--under", first)
    wider = union.by("union", "grant", "--to", union.public("branch"), "--acts", "allow", "--under", first)
    back = union.by("union", "grant", "--to", union.public("ana"), "--acts", "reserve", "--under", first)
    union.by("branch", "accept", second)
    third = union.by("branch", "grant", "--to", union.public("ana"), "--acts", "reserve", "--under", second)

    assert [each["state"] for each in union.listed()] == ["live", "live"]
    assert union.listed()[1]["words"].endswith(f"under mandate {first[:12]}")
    assert [each.code for each in (wider, back, third)] == [1, 1, 1]
    assert "wider list of acts than the mandate it rests on (mandate.exceeds)" in wider.err
    assert "that is a circle (mandate.circular)" in back.err
    assert "(mandate.depth)" in third.err


def test_what_was_handed_on_is_told_to_be_over_with_the_one_above(union: Union) -> None:
    first = union.grant("ana", "union", "--acts", "reserve", "--may-delegate", "all")
    union.by("union", "accept", first)
    second = union.grant("union", "branch", "--acts", "reserve", "--under", first)
    union.by("branch", "accept", second)

    union.by("ana", "revoke", first)

    assert [each["state"] for each in union.listed()] == ["revoked", "revoked"]
    assert "all that it has" in union.listed()[0]["words"]


def test_either_side_ends_it(union: Union) -> None:
    first, second = union.grant("ana", "union"), union.grant("ana", "branch")
    union.by("union", "accept", first)
    union.by("branch", "accept", second)

    laid_down = union.by("union", "revoke", first[:12])
    taken_back = union.by("ana", "revoke", second[:12])

    assert (laid_down.code, taken_back.code) == (0, 0)
    assert [each["state"] for each in union.listed()] == ["revoked", "revoked"]
    assert [each["state"] for each in union.listed("--of", union.public("branch")[:10])] == ["revoked"]


def test_an_irrevocable_one_is_laid_down_by_its_holder_alone(union: Union) -> None:
    given = union.grant("ana", "union", "--irrevocable", "--until", "2199-01-01")
    union.by("union", "accept", given)

    hers, theirs = union.by("ana", "revoke", given), union.by("union", "revoke", given)

    assert (hers.code, theirs.code) == (1, 0)
    assert "only who holds it can lay it down (mandate.bound)" in hers.err


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["--to", "ANA"], 1, "whoever holds a right speaks for it anyway (mandate.self)"),
        (["--to", "zz"], 64, "is not the beginning of a party's key: six hex digits or more"),
        (["--to", "abcdef012345"], 1, "there is no party abcdef012345 in the record"),
        (["--to", "UNION", "--acts", "sing"], 64, "--acts: 'sing' is not one of "),
        (["--to", "UNION", "--acts", ","], 64, "--acts says what may be done for you: "),
        (["--to", "UNION", "--territory", "Narnia"], 64, "--territory: 'NARNIA' is no territory"),
        (["--to", "UNION", "--until", "2001-01-01"], 64, "--until is over before it begins: give a later day"),
        (["--to", "UNION", "--until", "tomorrow"], 64, "--until: 'tomorrow' is not a day such as 2031-12-31"),
        (
            ["--to", "UNION", "--under", "abcdef"],
            1,
            "abcdef names none of the mandates in the record (mandate.unknown)",
        ),
        (["--to", "UNION", "--under", "ab"], 64, "is too short to name a mandate"),
        (["--to", "UNION", "--evidence", "no-contract.pdf"], 1, "there is no document no-contract.pdf"),
        (["--to", "UNION", "no-such-file"], 1, "no-such-file is no file, no work in the registry"),
        (["--to", "UNION", "isbn:9780306406158"], 64, "check digit"),
    ],
    ids=lambda value: "-".join(value)[:30] if isinstance(value, list) else "",
)
def test_what_is_no_mandate_is_said_in_one_sentence(union: Union, words: list[str], code: int, why: str) -> None:
    names = {"ANA": union.public("ana"), "UNION": union.public("union")}
    size = union.size

    said = union.by("ana", "grant", *(names.get(word, word) for word in words))

    assert (said.code, said.out) == (code, "")
    assert why in said.err
    assert said.err.count("\n") == 1
    assert union.size == size


def test_who_it_is_not_for_neither_accepts_nor_ends_it(union: Union) -> None:
    given = union.grant("ana", "union")

    taken, ended = union.by("branch", "accept", given), union.by("branch", "revoke", given)
    union.by("union", "accept", given)
    twice = union.by("union", "accept", given)
    unknown = union.by("union", "accept", "abcdef012345")

    assert [each.code for each in (taken, ended, twice, unknown)] == [1, 1, 1, 1]
    assert "only the party that a mandate was given to accepts it (mandate.delegate)" in taken.err
    assert "ended by who gave it or by who holds it (mandate.delegate)" in ended.err
    assert "was accepted before (mandate.delegate)" in twice.err
    assert "names none of the mandates in the record (mandate.unknown)" in unknown.err


def test_two_exclusive_mandates_for_the_same_are_refused(union: Union) -> None:
    union.grant("ana", "union", "--exclusive")

    second = union.by("ana", "grant", "--to", union.public("branch"), "--exclusive")
    other = union.by("ana", "grant", "--to", union.public("branch"), "--exclusive", "--acts", "allow")

    assert (second.code, other.code) == (1, 0)
    assert "is exclusive already, for a part of the same (mandate.exclusive)" in second.err


def test_of_the_contract_the_record_holds_a_commitment_and_she_the_opening(union: Union, tmp_path: Path) -> None:
    contract = tmp_path / "contract.txt"
    contract.write_text("Ana lets the Union speak for her, at nine per cent.")

    said = union.by("ana", "grant", "--to", union.public("union"), "--evidence", contract, "--json")

    opened = (Path(json.loads(said.out)["receipts"]) / "openings.json").read_text()
    record = b"".join(path.read_bytes() for path in (union.stage.home / "log").rglob("*") if path.is_file())
    digest = hashlib.sha256(contract.read_bytes()).hexdigest()
    assert said.code == 0
    assert digest in opened
    assert digest.encode() not in record


def test_mandates_of_a_party_that_changed_keys_are_hers(union: Union) -> None:
    given = union.grant("ana", "union")
    union.stage("keys", "rotate")

    ended = union.stage("mandate", "revoke", given)

    assert ended.code == 0
    assert [each["principal"] for each in union.listed("--of", union.public("union")[:8])] == ["Ana"]


def test_nothing_is_listed_where_nothing_was_given(stage: Stage) -> None:
    said = stage("mandate", "list")

    assert (said.code, said.out) == (0, "")
    assert said.err == "No mandate is in the record here.\n"
