"""Words go in, an exit code and sentences come out."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from placet.cli import run
from placet.cli.table import COMMANDS, DOORS
from placet.errors import NotFound
from tests.cli.stage import Stage


def test_help_lists_every_command_within_80_columns(stage: Stage) -> None:
    said = stage("--help")

    assert said.code == 0
    assert all(f"placet {command.name}" in said.out and command.help in said.out for command in COMMANDS)
    assert max(map(len, said.out.splitlines())) <= 80


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_is_there_and_has_help(stage: Stage, command) -> None:
    module, _, function = command.where.partition(":")

    said = stage(*command.name.split(), "--help")

    assert callable(getattr(importlib.import_module(module), function))
    assert said.code == 0
    assert f"placet {command.name}" in said.out
    assert "<bool>" not in said.out
    assert command.door in DOORS


GROUPS = sorted({command.name.split()[0] for command in COMMANDS if " " in command.name})


@pytest.mark.parametrize("noun", GROUPS)
@pytest.mark.parametrize("words", ["{} --help", "{} -h", "help {}", "--help {}"])
def test_a_noun_alone_has_help_too(stage: Stage, noun: str, words: str) -> None:
    said = stage(*words.format(noun).split())

    assert (said.code, said.err) == (0, "")
    is_command = any(command.name == noun for command in COMMANDS)
    own = [command.name for command in COMMANDS if command.name.split()[0] == noun and not is_command]
    assert all(f"placet {name} " in said.out for name in own)
    assert max(map(len, said.out.splitlines())) <= 80


@pytest.mark.parametrize(
    "words",
    [
        ["bogus"],
        ["bogus", "--help"],
        ["help", "bogus"],
        ["identity", "bogus", "--help"],
        ["keys"],
        ["reserve"],
        ["reserve", "--bogus", "x"],
        ["reserve", "x", "--stance", "maybe"],
        ["fsck", "x", "y"],
        ["report", "x"],
    ],
)
def test_wrong_usage_is_64_and_one_sentence_on_stderr(stage: Stage, words: list[str]) -> None:
    said = stage(*words)

    assert said.code == 64
    assert said.out == ""
    assert said.err.startswith("placet: ")
    assert said.err.count("\n") == 1


def test_what_could_not_be_done_is_1_and_a_sentence(stage: Stage) -> None:
    said = stage("reserve", stage.works / "nothing.png")

    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("placet: there is no file or folder")


def test_what_nobody_foresaw_is_1_and_tells_how_to_see_more(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_run", lambda _: 1 / 0)

    said = stage("fsck")

    assert said.code == 1
    assert "ZeroDivisionError" in said.err
    assert "PLACET_DEBUG=1" in said.err


def test_with_placet_debug_the_traceback_comes_through(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_run", lambda _: 1 / 0)
    monkeypatch.setenv("PLACET_DEBUG", "1")

    with pytest.raises(ZeroDivisionError):
        stage("fsck")


def test_an_interrupted_command_is_130(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: list[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "_run", interrupted)

    assert stage("fsck").code == 130


def test_a_message_cannot_move_the_cursor(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def hostile(_: list[str]) -> int:
        raise NotFound("there is no \x1b[2J\r\udcff here")

    monkeypatch.setattr(run, "_run", hostile)

    assert stage("fsck").err == "placet: there is no \\x1b[2J\\r\\udcff here (input.not-found)\n"


def test_the_module_runs_from_outside_and_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from placet.cli import main; main(['--help']);"
        "print(*(sys.modules.keys() & {'numpy', 'sqlalchemy', 'pyarrow', 'typer', 'rich', 'numba', 'PIL'}))"
    )

    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert out.stdout.splitlines()[-1] == ""


def test_reserve_does_not_load_what_only_clear_needs() -> None:
    code = "import sys, placet.cli.reserve; print('pyarrow' in sys.modules)"

    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert out.stdout == "False\n"


def test_a_reader_that_leaves_early_hears_no_traceback() -> None:
    code = "import sys; from placet.cli import main; sys.exit(max(main(['--help']) for _ in range(5000)))"

    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        complaint = process.stderr.read()

    assert process.returncode == 1
    assert complaint == b""


def test_a_command_whose_output_was_closed_still_answers_with_its_code() -> None:
    program = "import os, sys; os.close(1); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    run_it = [sys.executable, "-c", "import sys; from placet.cli import main; sys.exit(main())"]

    said = subprocess.run(
        [sys.executable, "-c", program, *run_it[1:], "signals", "lint", "nowhere"], capture_output=True, check=False
    )

    assert (said.returncode, said.stderr.count(b"not foreseen")) == (1, 0)
