"""A stolen key, as docs/identity.md tells it; what a cut-off recovery leaves; and homes where there is no key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from placet.app import open_home
from placet.cli import keys_change
from placet.signing.keys import fingerprint, read_key
from tests.cli.stage import Stage, everything
from tests.factories import check_log

DAY = 86_400


@pytest.fixture
def spare(stage: Stage, tmp_path: Path) -> Path:
    """Ana registered works and named a recovery key; her key is in the home still."""
    stage("keys", "new", "--name", "Ana")
    stage("reserve", stage.works)
    assert stage("keys", "recovery", "--out", tmp_path / "spare.pem", "--wait", "7").code == 0
    return tmp_path / "spare.pem"


def key_in(stage: Stage, name: str = "party.pem") -> str:
    return read_key(stage.home / "keys" / name, None).public.hex()


def standings(stage: Stage) -> dict[str, str]:
    rows = map(json.loads, stage("keys", "list", "--json").out.splitlines())
    return {Path(row["file"]).name: row["standing"] for row in rows if "standing" in row}


def test_a_stolen_key_is_revoked_and_recovered_where_it_lies(stage: Stage, spare: Path, clock: list[int]) -> None:
    old = key_in(stage)
    shown = fingerprint(bytes.fromhex(old))
    revoked = stage("keys", "revoke", "--with", spare, "--which", shown[:8], "--why", "stolen", "--since", "2026-01-01")
    recovered = stage("keys", "recover", "--with", spare, "--party", shown)
    early = stage("withdraw", "#2")
    waiting = standings(stage)
    clock[0] = 8 * DAY + 60

    taken = stage("withdraw", "#2")

    assert (revoked.code, recovered.code, early.code, taken.code) == (0, 0, 1, 0)
    assert f"your key {fingerprint(bytes.fromhex(key_in(stage)))} is {old[:12]}" in recovered.out
    assert f"The older key is kept beside it: {stage.home / 'keys' / 'party-1.pem'}" in recovered.err
    assert key_in(stage, "party-1.pem") == old
    assert waiting == {"party.pem": "waiting", "party-1.pem": "revoked"}
    assert standings(stage) == {"party.pem": "current", "party-1.pem": "revoked"}
    check_log(open_home(stage.home))


def test_the_older_key_objects_with_its_file(stage: Stage, spare: Path) -> None:
    begun = stage("keys", "recover", "--with", spare, "--party", key_in(stage))
    words = begun.err.split("`placet ")[1].split("`")[0].split()

    by_new = stage(*words[:3])
    by_old = stage(*words)

    assert (by_new.code, "object by an older one, with --key FILE (key.waiting)" in by_new.err) == (1, True)
    assert (by_old.code, "The recovery is cancelled" in by_old.out) == (0, True)
    assert standings(stage)["party-1.pem"] == "current"


@pytest.mark.parametrize("step", ["_begin", "_take_over"])
def test_a_recovery_that_was_cut_off_goes_on_with_the_same_key(
    stage: Stage, spare: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    old = key_in(stage)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr(keys_change, step, stop)
        assert stage("keys", "recover", "--with", spare, "--party", old).code == 130
    new = key_in(stage, "party-recovered.pem")

    said = [stage("keys", "recover", "--with", spare, "--party", old) for _ in range(2)]

    assert [each.code for each in said] == [0, 0]
    assert said[0].out == said[1].out
    assert (key_in(stage), key_in(stage, "party-1.pem")) == (new, old)
    assert sorted(path.name for path in (stage.home / "keys").glob("party*.pem")) == ["party-1.pem", "party.pem"]


def test_a_key_whose_passphrase_is_lost_is_recovered(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "words").write_text("open sesame\n")
    stage("keys", "new", "--passphrase-file", tmp_path / "words")
    stage("reserve", stage.works, "--passphrase-file", tmp_path / "words")
    stage("keys", "recovery", "--out", tmp_path / "spare.pem", "--passphrase-file", tmp_path / "words")
    locked = (stage.home / "keys" / "party.pem").read_bytes()
    (party,) = (each.key for each in open_home(stage.home).registry.parties() if each.role == "party")

    said = stage("keys", "recover", "--with", tmp_path / "spare.pem", "--party", party)

    assert said.code == 0
    assert (stage.home / "keys" / "party-1.pem").read_bytes() == locked


def test_a_wrong_recovery_key_makes_no_key(stage: Stage, spare: Path, tmp_path: Path) -> None:
    stage("keys", "new", "--role", "recovery", "--out", tmp_path / "wrong.pem")
    before, size = everything(stage.home / "keys"), open_home(stage.home).size

    said = stage("keys", "recover", "--with", tmp_path / "wrong.pem", "--party", key_in(stage))

    assert (said.code, "named no such recovery key before (key.recovery)" in said.err) == (1, True)
    assert (everything(stage.home / "keys"), open_home(stage.home).size) == (before, size)


@pytest.mark.parametrize(
    "words",
    [
        ["keys", "rotate"],
        ["keys", "recovery", "--out", "{}/spare.pem"],
        ["keys", "revoke", "--why", "lost"],
        ["keys", "cancel", "abcdef"],
        ["mandate", "accept", "abcdef"],
        ["mandate", "revoke", "abcdef"],
    ],
    ids=" ".join,
)
def test_in_a_mistyped_home_there_is_no_key_and_none_is_made(stage: Stage, tmp_path: Path, words: list[str]) -> None:
    home = tmp_path / "tpyo"

    said = stage(*(word.format(tmp_path) for word in words), "--home", home)

    assert (said.code, said.out) == (1, "")
    assert f"there is no key in {home}: say with --home DIR where yours is" in said.err
    assert not home.exists()
    assert not (tmp_path / "spare.pem").exists()


def test_with_the_recovery_key_a_mistyped_home_stays_empty(stage: Stage, spare: Path, tmp_path: Path) -> None:
    home = tmp_path / "tpyo"
    old = key_in(stage)

    revoked = stage("keys", "revoke", "--with", spare, "--which", old, "--why", "lost", "--home", home)
    recovered = stage("keys", "recover", "--with", spare, "--party", old, "--home", home)

    assert (revoked.code, recovered.code) == (1, 1)
    assert "in the record" in revoked.err
    assert "in the record" in recovered.err
    assert not home.exists()
