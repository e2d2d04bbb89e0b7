"""Keys are made once, locked when asked, and never overwritten."""

from __future__ import annotations

import json

from tests.cli.stage import Stage


def test_a_new_key_is_named_and_listed(stage: Stage) -> None:
    made = stage("keys", "new", "--name", "Ana")

    listed = stage("keys", "list")

    assert made.out.startswith("Made a party key for Ana: ")
    assert "Ana" in listed.out
    assert str(stage.home / "keys" / "party.pem") in listed.out


def test_a_key_is_never_overwritten(stage: Stage) -> None:
    stage("keys", "new")
    before = (stage.home / "keys" / "party.pem").read_bytes()

    said = stage("keys", "new", "--name", "Eve")

    assert said.code == 1
    assert "never overwritten" in said.err
    assert (stage.home / "keys" / "party.pem").read_bytes() == before


def test_a_locked_key_speaks_only_with_its_passphrase(stage: Stage) -> None:
    secret = stage.works.parent / "secret"
    secret.write_text("correct horse\n")
    stage("keys", "new", "--passphrase-file", secret)

    refused = stage("reserve", stage.works)
    opened = stage("reserve", stage.works, "--passphrase-file", secret)

    assert refused.code == 1
    assert "nobody is here to type its passphrase" in refused.err
    assert opened.code == 0


def test_a_key_of_one_role_does_not_do_another_ones_work(stage: Stage) -> None:
    stage("keys", "new", "--role", "clear")

    said = stage("reserve", stage.works, "--key", stage.home / "keys" / "clear.pem")

    assert said.code == 1
    assert "one role only" in said.err


def test_the_list_is_empty_before_there_is_a_home(stage: Stage) -> None:
    said = stage("keys", "list")

    assert (said.code, said.out) == (0, "")
    assert not stage.home.exists()


def test_the_private_key_is_in_no_output(stage: Stage) -> None:
    stage("keys", "new")

    said = stage("keys", "list", "--json")

    shown = {"schema", "role", "name", "public", "fingerprint", "file", "did", "party", "standing"}
    assert set(json.loads(said.out)) == shown
