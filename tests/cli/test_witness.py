"""`placet log witness` and `placet witness serve`: what is typed wrongly is said, and what was named is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from placet.app import open_home
from placet.record.notes import COSIGNATURE, ED25519, Vkey
from placet.record.policy import parse_policy
from placet.signing.keys import Role, generate
from tests.cli.stage import Stage

VKEYS = [str(Vkey(f"w{n}.example", COSIGNATURE, generate(bytes([n]) * 32, Role.WITNESS).public)) for n in (1, 2)]
LOG_VKEY = str(Vkey("log.example", ED25519, generate(bytes([3]) * 32, Role.LOG).public))
URL = "http://127.0.0.1:9"


@pytest.fixture
def begun(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setenv("PLACET_LOOPBACK", "1")
    stage("reserve", stage.works)
    return stage


def own_policy(stage: Stage):
    (path,) = (stage.home / "trust").glob("*.policy")
    return parse_policy(path.read_text(encoding="utf-8"))


def test_a_witness_that_does_not_answer_is_named_kept_and_said(begun: Stage) -> None:
    said = begun("log", "witness", URL, VKEYS[0], "--name", "nina")

    assert said.code == 0
    assert f"nina at {URL}: has not cosigned the checkpoint of 3 entries" in said.out
    assert "Not cosigned: the witness nina did not answer" in said.err
    assert [(each.name, each.url) for each in own_policy(begun).witnesses] == [("nina", URL)]
    assert own_policy(begun).quorum == "none"


def test_witnesses_are_counted_renamed_and_removed(begun: Stage) -> None:
    begun("log", "witness", URL, VKEYS[0], "--name", "nina")
    begun("log", "witness", URL, VKEYS[1])
    renamed = begun("log", "witness", f"{URL}/x", VKEYS[0], "--name", "anna", "--json")
    rows = [json.loads(line) for line in renamed.out.splitlines()]

    assert [(row["name"], row["cosigned"]) for row in rows] == [("w2.example", False), ("anna", False)]
    assert begun("log", "witness", "--quorum", 3).code == 1
    assert begun("log", "witness", "--remove", "nobody").code == 1
    assert begun("log", "witness", "--remove", "anna", "--dry-run").code == 0
    assert len(own_policy(begun).witnesses) == 2
    assert begun("log", "witness", "--remove", "anna").code == 0
    assert [each.name for each in own_policy(begun).witnesses] == ["w2.example"]


def test_a_quorum_that_nobody_meets_holds_the_checkpoint_back_and_loses_nothing(begun: Stage) -> None:
    before = (begun.home / "log" / "checkpoint").read_bytes()
    begun("log", "witness", URL, VKEYS[0], "--name", "nina", "--quorum", 1)
    (begun.works / "late.txt").write_text("a late tale, told when the witnesses had gone to sleep. " * 9)

    refused = begun("reserve", begun.works / "late.txt")

    assert refused.code == 1
    assert "waits for its witnesses, whose quorum 'witnesses' is not met (nina did not answer" in refused.err
    assert (begun.home / "log" / "checkpoint").read_bytes() == before
    assert begun("log", "witness", "--quorum", 0).code == 0
    assert b"\n5\n" in (begun.home / "log" / "checkpoint").read_bytes()
    assert begun("fsck").code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("log", "witness", URL, "nina"), 64),
        (("log", "witness", URL, LOG_VKEY), 64),
        (("log", "witness", "ftp://w.example", VKEYS[0]), 64),
        (("log", "witness", URL, VKEYS[0], "--name", "two words"), 64),
        (("witness", "serve"), 64),
        (("witness", "serve", "--log", "nobody"), 64),
        (("witness", "serve", "--log", VKEYS[0]), 64),
        (("witness", "serve", "--log", LOG_VKEY, "--listen", "nowhere"), 64),
        (("witness", "serve", "--log", LOG_VKEY, "--listen", "127.0.0.1:99999"), 1),
    ],
)
def test_what_cannot_be_followed_is_said_in_a_sentence(begun: Stage, words: tuple[str, ...], code: int) -> None:
    said = begun(*words)

    assert said.code == code
    assert said.err.startswith("placet: ")
    assert own_policy(begun).witnesses == ()


def test_without_a_log_there_is_nothing_to_witness(stage: Stage) -> None:
    said = stage("log", "witness", URL, VKEYS[0])

    assert said.code == 1
    assert "there is no log" in said.err


def test_a_policy_with_groups_of_its_own_is_left_to_its_editor(begun: Stage) -> None:
    (path,) = (begun.home / "trust").glob("*.policy")
    lines = path.read_text(encoding="utf-8").splitlines()[:1]
    lines += [f"witness a {VKEYS[0]}", f"witness b {VKEYS[1]}", "group mine any a b", "group all-mine all mine"]
    path.write_text("\n".join([*lines, "quorum all-mine", ""]), encoding="utf-8")

    said = begun("log", "witness", "--remove", "a")

    assert said.code == 1
    assert "is not rewritten: edit the file" in said.err


def test_a_witness_key_has_its_role_and_its_name(stage: Stage, tmp_path: Path) -> None:
    made = stage("keys", "new", "--role", "witness", "--name", "w.example/nina", "--home", tmp_path / "w")

    cosigner = open_home(tmp_path / "w").cosigner

    assert made.code == 0
    assert str(cosigner.vkey).startswith("w.example/nina+")
    assert "witness " in stage("keys", "list", "--home", tmp_path / "w").out
