"""`placet claim` as people meet it: who is told that a work is contested, and what is shown of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from placet.app import Home
from placet.signing.keys import Role, write_key
from tests.cli.stage import Stage
from tests.factories import a_key
from tests.snapshot.world import prose


@pytest.fixture
def rival(stage: Stage, tmp_path: Path) -> Path:
    """Somebody else's key file; her text is older than ours."""
    path = tmp_path / "rival.pem"
    write_key(path, a_key(5), None)
    (tmp_path / "hers").mkdir()
    (tmp_path / "hers" / "poem.txt").write_text(prose(1))
    assert stage("reserve", tmp_path / "hers", "--key", path).code == 0
    return path


def copy_of_hers(folder: Path) -> Path:
    """A text that is nearly hers, changed here and there."""
    folder.mkdir()
    path = folder / "own.txt"
    path.write_text(" ".join("gramophone" if n % 60 == 59 else word for n, word in enumerate(prose(1).split())))
    return path


def test_a_near_copy_is_contested_when_it_is_reserved_and_both_are_told(
    stage: Stage, rival: Path, tmp_path: Path
) -> None:
    ours = copy_of_hers(tmp_path / "ours")

    said = stage("reserve", ours)

    assert "1 work is contested from the start" in said.err
    shown = stage("claim", "show", ours)
    assert "CONTESTED" in shown.out
    assert "text-winnow/1" in shown.out
    assert "CONTESTED" in stage("claim", "show", tmp_path / "hers" / "poem.txt").out
    watched = stage("monitor", stage.home, "--works", tmp_path / "hers", "--json")
    assert "claim.overlap" in [json.loads(line).get("type") for line in watched.out.splitlines()]


def test_a_near_copy_in_an_import_is_contested_too(stage: Stage, rival: Path, tmp_path: Path) -> None:
    copy_of_hers(tmp_path / "list")
    (tmp_path / "list" / "works.csv").write_text("Datei;ISRC;Titel\nown.txt;USRC17607839;One\n")

    said = stage("import", tmp_path / "list")

    assert said.code == 0
    assert "1 work is contested from the start" in said.err
    assert "CONTESTED" in stage("claim", "show", tmp_path / "list" / "own.txt").out


def test_who_watches_is_told_how_it_ended(stage: Stage, rival: Path, tmp_path: Path) -> None:
    ours = copy_of_hers(tmp_path / "ours")
    stage("reserve", ours)
    dispute = re.search(r"\[([0-9a-f]{12})\]", stage("claim", "show", ours).out)
    stage("monitor", stage.home, "--works", tmp_path / "hers")
    assert dispute

    settled = stage("claim", "settle", dispute[1], "--drop", "--key", rival)
    watched = stage("monitor", stage.home, "--works", tmp_path / "hers")

    assert settled.code == 0
    assert "it ends a dispute about" in watched.out
    assert "nobody contests it" in stage("claim", "show", ours).out


def test_strikes_are_shown_where_the_party_is(stage: Stage, rival: Path, tmp_path: Path) -> None:
    party = a_key(5).public.hex()

    struck = stage("claim", "strike", party[:12], "--why", "registered 4,000 pictures of a museum")

    assert "1 strike against" in struck.out
    assert "(1 strike)" in stage("claim", "show", tmp_path / "hers" / "poem.txt").out
    shown = stage("identity", "show", party[:12])
    assert ": registered 4,000 pictures of a museum" in shown.out
    assert "Strikes change no decision" in shown.err
    told = json.loads(stage("identity", "show", party[:12], "--json").out.splitlines()[-1])
    assert (told["schema"], told["party"], told["why"][:10]) == ("placet.strike/1", party, "registered")


def test_who_gives_something_up_signs_it_and_nobody_else_can(stage: Stage, rival: Path, tmp_path: Path) -> None:
    ours = copy_of_hers(tmp_path / "ours")
    stage("reserve", ours)
    found = re.search(r"\[([0-9a-f]{12})\]", stage("claim", "show", ours).out)
    assert found
    own = Home(stage.home).key(Role.PARTY).public.hex()

    grabbed = stage("claim", "settle", found[1], "--for", own)
    given = stage("claim", "settle", found[1], "--for", a_key(5).public.hex())

    assert (grabbed.code, "(settle.own-cause)" in grabbed.err) == (1, True)
    assert given.code == 0
    assert "the other side gave in" in stage("claim", "show", ours).out
