"""`placet report`: from a clearance to the form that the law asks for."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import pytest

from tests.cli.stage import Stage

FORM = ("report", "--template", "eu-53-1-d")


@pytest.fixture
def cleared(stage: Stage, tmp_path: Path) -> Stage:
    dataset = tmp_path / "dataset"
    dataset.mkdir()
    rows = [
        {"text": "A word of mine.", "url": "https://a.example/1", "x_robots_tag": "ai-train=y"},
        {"text": "More words, from the same site.", "url": "https://a.example/2", "x_robots_tag": ""},
    ]
    (dataset / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    use = ("--use", "mine", "--profile", "eu-art4")
    said = stage("clear", dataset, *use, "--out", tmp_path / "out")
    assert said.code in (0, 2)
    return stage


def given(folder: Path) -> tuple[object, ...]:
    return (folder / "out", "--data", folder / "dataset")


def test_a_summary_is_filled_from_a_run_and_says_what_is_left(cleared: Stage, tmp_path: Path) -> None:
    said = cleared(*FORM, *given(tmp_path), "--as", "crawled", "--json")

    value = json.loads(said.out)
    assert said.code == 2
    answers = {each["key"]: each for each in value["answers"]}
    assert answers["crawled.used"]["said"] == [{"by": "run", "text": "Yes."}]
    assert answers["provider.name"]["state"] == "missing"
    assert "provider.name" in value["missing"]
    assert {path.name for path in (tmp_path / "out").glob("training-*")} == {
        "training-summary.json",
        "training-summary.html",
        "training-domains.csv",
        "training-facts.toml",
    }


def test_a_facts_file_that_is_there_is_left_alone(cleared: Stage, tmp_path: Path) -> None:
    cleared(*FORM, *given(tmp_path))
    facts = tmp_path / "out" / "training-facts.toml"
    facts.write_text(facts.read_text().replace('name = ""', 'name = "Ada Ltd"', 1))

    said = cleared(*FORM, *given(tmp_path), "--facts", facts)

    assert said.code == 2
    assert "Ada Ltd" in facts.read_text()
    assert "Ada Ltd" in (tmp_path / "out" / "training-summary.html").read_text()


def test_runs_may_be_listed_in_the_facts(cleared: Stage, tmp_path: Path) -> None:
    facts = tmp_path / "facts.toml"
    facts.write_text('[[run]]\nout = "out"\ndata = "dataset"\nkind = "public"\n')

    said = cleared(*FORM, "--facts", facts, "--into", tmp_path / "summary", "--json")

    assert json.loads(said.out)["runs"][0]["kind"] == "public"
    assert (tmp_path / "summary" / "training-summary.html").is_file()


def test_another_dataset_than_the_one_that_was_judged_is_refused(cleared: Stage, tmp_path: Path) -> None:
    with (tmp_path / "dataset" / "rows.jsonl").open("a") as file:
        file.write('{"text": "One more."}\n')

    said = cleared(*FORM, *given(tmp_path))

    assert said.code == 1
    assert "training.other-data" in said.err


def test_the_hours_of_sounds_are_those_that_their_headers_tell(stage: Stage, tmp_path: Path) -> None:
    folder = tmp_path / "sounds"
    folder.mkdir()
    with wave.open(str(folder / "tone.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(b"\x10\x20" * 8000 * 36)
    stage("keys", "new")
    stage("reserve", folder / "tone.wav", "--stance", "allow")
    stage("snapshot", "build", "-o", tmp_path / "registry")
    use = ("--use", "mine", "--profile", "eu-art4", "--snapshot", tmp_path / "registry")
    stage("clear", folder, *use, "--out", tmp_path / "out")

    said = stage(*FORM, tmp_path / "out", "--data", folder, "--json")

    answers = {each["key"]: each for each in json.loads(said.out)["answers"]}
    (told,) = answers["data.audio"]["said"]
    assert told["text"].startswith("1 file in 576.0 kB. 0.0 hours. Band: less than 10,000 hours.")


def test_a_dry_run_writes_nothing(cleared: Stage, tmp_path: Path) -> None:
    said = cleared(*FORM, *given(tmp_path), "--dry-run")

    assert said.code == 2
    assert not list((tmp_path / "out").glob("training-*"))


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        ((), 64, "say by --into"),
        (("out",), 64, "go together"),
        (("nowhere", "--data", "dataset"), 1, "training.no-clearance"),
        (("out", "--data", "dataset", "--facts", "none.toml"), 1, "training.facts"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    cleared: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int, why: str
) -> None:
    monkeypatch.chdir(tmp_path)

    said = cleared(*FORM, *words)

    assert said.code == code
    assert why in said.err
    assert said.err.count("\n") == 1
