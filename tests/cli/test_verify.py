"""`placet verify`: what holds, what does not, and what was not looked at, from anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from placet.signing.notes import Cosigner
from tests.cli.stage import Stage
from tests.factories import a_key
from tests.registry.liar import honest, rebuilt

PLACET = [sys.executable, "-c", "import sys; from placet.cli import main; sys.exit(main())"]


def test_a_receipt_holds_and_says_what_was_not_checked(stage: Stage) -> None:
    stage("reserve", stage.works)

    said = stage("verify", stage.receipt(2), "--log", stage.home / "log")

    assert said.code == 0
    assert "checked      the log as it is now, of 3 entries, still holds it" in said.out
    assert "not checked  who holds the key" in said.out
    assert said.out.endswith("The receipt holds, as far as it was checked.\n")


def test_a_stranger_believes_nobody_until_she_says_whom(stage: Stage, tmp_path: Path) -> None:
    stage("reserve", stage.works)
    elsewhere = ["--home", tmp_path / "elsewhere"]

    untrusted = stage("verify", stage.receipt(2), *elsewhere)
    policy = stage.receipt(2).parent / "log.policy"
    trusted = stage("verify", stage.receipt(2), "--trust", policy, *elsewhere)

    assert untrusted.code == 1
    assert "UNTRUSTED    nobody said whether to believe the log local.placet/" in untrusted.out
    assert "--trust" in untrusted.out
    assert trusted.code == 0


def test_a_receipt_moved_anywhere_verifies_alone(stage: Stage, tmp_path: Path) -> None:
    stage("reserve", stage.works)
    alone = tmp_path / "mail.bin"
    alone.write_bytes(stage.receipt(1).read_bytes())

    said = stage("verify", alone)

    assert said.code == 0
    assert "works.jsonl is not beside the receipt" in said.out


def test_a_deleted_no_is_broken_in_a_sentence_from_outside(tmp_path: Path) -> None:
    log = honest(tmp_path)
    receipt, policy = log.receipt(2), tmp_path / "log.policy"
    policy.write_text(log.home.policy_text)
    folder = rebuilt(log, tmp_path / "liar", without={2}, more=1)

    command = [*PLACET, "verify", receipt, "--trust", policy, "--log", folder, "--home", tmp_path / "reader"]
    out = subprocess.run(command, capture_output=True, text=True, check=False)

    assert out.returncode == 1
    assert out.stdout.endswith("BROKEN: the receipt holds, and the log does not keep what it signed (verify.failed).\n")
    assert 'the log no longer holds entry 2, "no AI use' in out.stdout
    assert out.stderr == ""


def test_a_log_that_goes_back_is_caught_even_where_the_receipt_is_older(stage: Stage, tmp_path: Path) -> None:
    log = honest(tmp_path)
    receipt, policy = log.receipt(2), tmp_path / "log.policy"
    policy.write_text(log.home.policy_text)
    log.more(3)
    words = ["verify", receipt, "--trust", policy, "--log"]
    assert stage(*words, log.home.path / "log").code == 0

    said = stage(*words, rebuilt(log, tmp_path / "liar", without={8}))

    assert said.code == 1
    assert "had 9 entries when it was last seen here, and shows 8 now" in said.out


def test_a_damaged_receipt_is_broken(stage: Stage) -> None:
    stage("reserve", stage.works)
    path = stage.receipt(2)
    path.write_bytes(path.read_bytes()[:-20])

    said = stage("verify", path)

    assert said.code == 1
    assert said.out.endswith("BROKEN: the receipt does not hold (verify.failed).\n")


def test_a_policy_that_cannot_be_read_is_no_silent_distrust(stage: Stage) -> None:
    stage("reserve", stage.works)
    broken = stage.works / "policy"
    broken.write_text("log nonsense\n")

    said = stage("verify", stage.receipt(2), "--trust", broken)

    assert (said.code, said.out) == (1, "")
    assert "line 1 of the policy" in said.err


def test_what_is_no_receipt_is_not_verified(stage: Stage) -> None:
    said = stage("verify", stage.works / "song.txt")

    assert said.code == 1
    assert "is nothing that placet verifies" in said.err


def test_a_folder_of_receipts_is_told_to_be_one(stage: Stage) -> None:
    stage("reserve", stage.works)

    said = stage("verify", stage.receipt(2).parent)

    assert said.code == 1
    assert "is a folder of receipts: verify one of them" in said.err


def test_a_policy_or_a_key_that_is_none_is_named(stage: Stage, tmp_path: Path) -> None:
    stage("reserve", stage.works)
    (stage.home / "trust" / "half.policy").write_bytes(b"")
    (stage.home / "keys" / "clear.pem").touch(0o600)

    trusted, listed = stage("verify", stage.receipt(2)), stage("keys", "list")
    given = stage("verify", stage.receipt(2), "--trust", stage.home / "keys" / "clear.pem")

    assert f"{stage.home / 'trust' / 'half.policy'}: the policy has no quorum line" in trusted.err
    assert f"{stage.home / 'keys' / 'clear.pem'}: " in given.err
    assert listed.err.count("clear.pem") == 1


def test_a_home_that_is_a_file_is_told_so(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    said = stage("reserve", stage.works, "--home", tmp_path / "file")

    assert said.code == 1
    assert "is no folder, and keys, log and receipts are kept in one" in said.err


def test_json_gives_a_line_a_finding_and_the_verdict(stage: Stage) -> None:
    stage("reserve", stage.works)

    *findings, whole = map(json.loads, stage("verify", stage.receipt(2), "--json").out.splitlines())

    assert whole["verdict"] == "checked"
    assert {line["mark"] for line in findings} == {"checked", "not checked"}


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals")
def test_at_a_terminal_of_80_columns_no_line_is_longer(stage: Stage) -> None:
    import pty

    stage("reserve", stage.works)
    main_end, far_end = pty.openpty()
    command = [*PLACET, "verify", str(stage.receipt(2)), "--log", str(stage.home / "log")]

    subprocess.run(command, stdout=far_end, env=os.environ | {"COLUMNS": "80"}, check=True)
    os.close(far_end)
    lines = os.read(main_end, 100_000).decode().splitlines()
    os.close(main_end)

    assert len(lines) > 8
    assert max(map(len, lines)) <= 80


def test_a_checkpoint_that_the_quorum_has_not_seen_is_vouched_for_by_nobody(stage: Stage, tmp_path: Path) -> None:
    stage("reserve", stage.works)
    witness = Cosigner(a_key(7), "w.example/1").vkey
    policy = (stage.receipt(2).parent / "log.policy").read_text().replace("quorum none\n", "")
    (tmp_path / "strict.policy").write_text(f"{policy}witness w {witness}\nquorum w\n")

    said = stage("verify", stage.receipt(2), "--trust", tmp_path / "strict.policy")

    assert said.code == 1
    assert "the quorum 'w' has not witnessed this checkpoint" in said.out
    assert said.out.endswith("nobody whom you believe vouches for it (verify.untrusted).\n")


def test_a_file_of_holes_is_nothing_that_is_verified(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "huge.json").write_bytes(b"")
    os.truncate(tmp_path / "huge.json", 1 << 34)

    said = stage("verify", tmp_path / "huge.json")

    assert (said.code, "is nothing that placet verifies" in said.err) == (1, True)


def test_a_policy_that_cannot_be_read_is_refused_by_its_own_rule(stage: Stage, tmp_path: Path) -> None:
    stage("reserve", stage.works)
    (tmp_path / "bad.policy").write_text("log nothing\nquorum none\n")

    said = stage("verify", stage.receipt(2), "--trust", tmp_path / "bad.policy")

    assert (said.code, said.err.endswith("(policy.form)\n")) == (1, True)
