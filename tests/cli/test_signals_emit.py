"""`placet signals emit`: from one small file to every standard, as who types it sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from placet.signals.emit.targets import TARGETS
from tests.cli.stage import Stage, everything

POLICY = """site = "https://studio.example"

[[rule]]
use = "ai"

[[rule]]
path = "/press/"
use = "train"
stance = "allow"
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(POLICY)
    return path


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_is_written_and_says_what_to_do(stage: Stage, policy: Path, tmp_path: Path, target: str) -> None:
    out = tmp_path / "out"

    said = stage("signals", "emit", policy, "--target", target, "--out", out)

    assert said.code == 0, said.err
    assert everything(out)
    assert said.out.count("written  ") == len(everything(out))
    assert said.out.rstrip().endswith(TARGETS[target].then)


def test_the_table_says_what_each_standard_cannot_say_and_says_too_strictly(stage: Stage, policy: Path) -> None:
    said = stage("signals", "emit", policy, "--target", "dir", "--dry-run")

    assert said.code == 0
    assert "At /: no to ai." in said.out
    assert "At /press/: no to input, output, mine, dataset; yes to train." in said.out
    table = said.out.split("At /press/")[1]
    row = next(line for line in table.splitlines() if line.strip().startswith("tdmrep"))
    assert row.split(maxsplit=1)[1] == "cannot say input, output; says a stricter no to train"
    assert "would write" in said.out


def test_dry_run_writes_nothing(stage: Stage, policy: Path, tmp_path: Path) -> None:
    before = everything(tmp_path)

    stage("signals", "emit", policy, "--target", "apache", "--out", tmp_path / "out", "--dry-run")

    assert everything(tmp_path) == before


def test_one_file_goes_to_stdout_and_the_table_beside_it(stage: Stage, policy: Path) -> None:
    said = stage("signals", "emit", policy, "--target", "robots")

    assert said.out.startswith("# Made by placet from the policy sha256:")
    assert "User-agent: *" in said.out
    assert "cannot say" in said.err


def test_several_files_need_a_place(stage: Stage, policy: Path) -> None:
    said = stage("signals", "emit", policy, "--target", "dir")

    assert said.code == 64
    assert "say with --out DIR where to put them" in said.err


def test_a_file_that_says_something_else_is_not_written_over(stage: Stage, policy: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "robots.txt").write_text("User-agent: *\nDisallow: /cart/\n")

    refused = stage("signals", "emit", policy, "--target", "dir", "--out", out)
    kept = everything(out)
    replaced = stage("signals", "emit", policy, "--target", "dir", "--out", out, "--replace")
    again = stage("signals", "emit", policy, "--target", "dir", "--out", out)

    assert (refused.code, replaced.code, again.code) == (1, 0, 0)
    assert "robots.txt is there already and says something else" in refused.err
    assert list(kept) == ["robots.txt"]


def test_json_gives_the_files_and_an_account_of_every_standard(stage: Stage, policy: Path) -> None:
    said = stage("signals", "emit", policy, "--target", "dir", "--json")

    lines = [json.loads(line) for line in said.out.splitlines()]
    files = {line["file"]: line["body"] for line in lines if line["schema"] == "placet.emit/1"}
    accounts = [line for line in lines if line["schema"] == "placet.emit-account/1"]
    assert json.loads(files[".well-known/tdmrep.json"])[-1] == {"location": "/", "tdm-reservation": 1}
    assert {line["path"] for line in accounts} == {"/", "/press/"}
    tdmrep = next(line for line in accounts if (line["standard"], line["path"]) == ("tdmrep", "/press/"))
    assert set(tdmrep["stricter"]) == {"train.generative", "train.generative.finetune", "train.other"}


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["policy.toml", "--target", "iis"], 64, "there is no target 'iis'; the targets are dir, robots,"),
        (["nothing.toml", "--target", "dir"], 1, "there is no policy nothing.toml"),
        (["bad.toml", "--target", "dir"], 1, "bad.toml:2: rule 1: there is no use called 'trian'"),
        (["search.toml", "--target", "tdmrep"], 1, "no rule of it can be said in /.well-known/tdmrep.json"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy.toml").write_text(POLICY)
    (tmp_path / "bad.toml").write_text('site = "https://a.example"\n[[rule]]\nuse = "trian"\n')
    (tmp_path / "search.toml").write_text('site = "https://a.example"\n[[rule]]\nuse = "search"\n')

    said = stage("signals", "emit", *words)

    assert said.code == code
    assert sentence in said.err
