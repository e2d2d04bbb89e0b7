"""A key is named as it is shown, by its beginning or its fingerprint's; and so is one that was handed on to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from placet.app import Home, open_home
from placet.core.act import Act
from placet.core.authority import Authority
from placet.desk.identifying import authority_of
from placet.desk.naming import key_named, keys_like, party_named
from placet.errors import NotFound, WrongUsage
from placet.signing.keys import fingerprint, read_key
from tests.cli.stage import Stage


@pytest.fixture
def keys(stage: Stage) -> tuple[str, str]:
    """Ana's first key, and the one that she handed on to, which has said nothing yet."""
    stage("keys", "new", "--name", "Ana")
    stage("reserve", stage.works)
    stage("keys", "rotate")
    folder = stage.home / "keys"
    return tuple(read_key(folder / name, None).public.hex() for name in ("party-1.pem", "party.pem"))


@pytest.mark.parametrize("which", [0, 1], ids=["first", "handed-on-to"])
@pytest.mark.parametrize("shown", ["hex", "fingerprint"])
def test_each_key_of_hers_names_her(stage: Stage, keys: tuple[str, str], which: int, shown: str) -> None:
    word = keys[which] if shown == "hex" else fingerprint(bytes.fromhex(keys[which]))

    said = [stage("identity", "show", each) for each in (word, word[:6], word[:8].upper())]

    assert [each.code for each in said] == [0, 0, 0]
    assert all(each.out.startswith(f"Ana: {keys[0]}\n") for each in said)


def test_identity_show_names_the_keys_and_how_they_stand(stage: Stage, keys: tuple[str, str]) -> None:
    first, second = (fingerprint(bytes.fromhex(key)) for key in keys)

    plain = stage("identity", "show").out
    rows = [json.loads(line) for line in stage("identity", "show", "--json").out.splitlines()]

    assert f"  key {first}  handed on to {second}, of this party\n" in plain
    assert f"  key {second}  speaks for this party\n" in plain
    stood = [(row["key"], row["standing"]) for row in rows if row["schema"] == "placet.party-key/1"]
    assert stood == [(keys[0], "handed-on"), (keys[1], "current")]


def test_identity_show_tells_a_recovery_that_waits_and_a_revoked_key(stage: Stage, tmp_path: Path) -> None:
    stage("reserve", stage.works)
    stage("keys", "recovery", "--out", tmp_path / "spare.pem")
    old = read_key(stage.home / "keys" / "party.pem", None).public.hex()
    stage("keys", "revoke", "--with", tmp_path / "spare.pem", "--which", old, "--why", "stolen")
    stage("keys", "recover", "--with", tmp_path / "spare.pem", "--party", old)

    said = stage("identity", "show", old[:8]).out

    assert f"  key {fingerprint(bytes.fromhex(old))}  revoked: says nothing more for this party\n" in said
    new = read_key(stage.home / "keys" / "party.pem", None).public
    assert f"  key {fingerprint(new)}  waits until " in said


def test_a_mandate_tells_both_parties_in_full(stage: Stage, keys: tuple[str, str], tmp_path: Path) -> None:
    stage("keys", "new", "--out", tmp_path / "union.pem")
    stage("reserve", "isbn:9780306406157", "--key", tmp_path / "union.pem")
    union = read_key(tmp_path / "union.pem", None).public.hex()
    stage("mandate", "grant", "--to", fingerprint(bytes.fromhex(union)), "--until", "2099-12-31")

    (row,) = map(json.loads, stage("mandate", "list", "--json").out.splitlines())

    assert (row["principal_key"], row["delegate_key"]) == (keys[0], union)


def test_a_key_that_never_spoke_is_told_how_it_enters(stage: Stage, tmp_path: Path) -> None:
    stage("reserve", stage.works)
    stage("keys", "new", "--out", tmp_path / "union.pem")
    union = read_key(tmp_path / "union.pem", None).public.hex()

    said = stage("mandate", "grant", "--to", union, "--until", "2099-12-31")

    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "it enters with the first thing that it says, such as `placet identity claim" in said.err


def test_what_begins_two_names_is_refused(stage: Stage, keys: tuple[str, str]) -> None:
    home = open_home(stage.home)
    first = fingerprint(bytes.fromhex(keys[0]))
    other = first + "0" * 48  # a key that begins as her fingerprint does
    handed = Act(type="key.rotate", index=99, id="9" * 64, by="aa" * 32, role="party", at=1, body={"to": other})
    authority = Authority.of([*authority_of(home).acts, handed])

    assert keys_like(home, first, authority) == [keys[0], other]
    with pytest.raises(WrongUsage, match="of 2 parties: give more of it"):
        party_named(home, first, authority)
    with pytest.raises(WrongUsage, match="begins 2 keys"):
        key_named(home, first, authority)


@pytest.mark.parametrize("words", ["", "  ", "12ab", "ana", "0x12ab34", "g" * 64])
def test_what_is_no_beginning_is_wrong_usage(tmp_path: Path, words: str) -> None:
    with pytest.raises(WrongUsage, match="not the beginning of a party's key"):
        party_named(Home(tmp_path), words, Authority())


def test_a_key_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no party"):
        party_named(Home(tmp_path), "ab" * 32, Authority())
    with pytest.raises(NotFound, match=r"\(key\.unknown\)"):
        key_named(Home(tmp_path), "ab" * 32, Authority())
