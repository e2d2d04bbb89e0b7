"""What the pages say is what the program does: their commands run, their output is real, their links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from examples import pages
from examples.first_hour import lay_out
from placet.cli import main
from placet.cli.table import COMMANDS
from placet.core.reasons import REASONS
from placet.record.entries import TYPES
from placet.snapshot.arrays import ARRAYS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
QUICKSTART = (ROOT / "docs" / "quickstart.md").read_text(encoding="utf-8")
MARKDOWN = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(text: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def commands(text: str) -> Iterator[tuple[str, int]]:
    """Each command of a page, and the exit code that its comment names."""
    for block in blocks(text, "sh(?: doors)?"):
        for line in filter(None, block.replace("\\\n", " ").splitlines()):
            said = re.search(r"# exit (\d+)", line)
            yield line, int(said[1]) if said else 0


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the pages speak of: what Ana made, and what a crawler took from her and from others."""
    lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLACET_HOME", str(tmp_path / "home"))
    return tmp_path


def run_all(text: str) -> int:
    count = 0
    for line, wanted in commands(text):
        program, *words = shlex.split(line, comments=True)
        assert program == "placet", line
        assert main(words) == wanted, line
        count += 1
    return count


@pytest.mark.slow
def test_the_three_doors_of_the_readme_open_one_after_the_other(table: Path) -> None:
    ran = run_all(README)

    assert ran == 9
    assert (table / "cleared" / "report.html").stat().st_size > 10_000


@pytest.mark.slow
def test_every_command_of_the_quickstart_runs_and_ends_as_the_page_says(table: Path) -> None:
    ran = run_all(QUICKSTART)

    assert ran > 15
    assert sorted(path.name for path in (table / "cleared" / "dataset").iterdir()) == ["post.txt", "tiles.jpg"]


@pytest.mark.slow
def test_the_readme_shows_what_the_demo_really_prints(tmp_path: Path) -> None:
    (shown,) = blocks(README, "text demo")
    quiet = {**os.environ, "TMPDIR": str(tmp_path)}

    demo = subprocess.run(
        [sys.executable, ROOT / "examples" / "demo.py"], capture_output=True, text=True, check=True, env=quiet
    )

    alike = without_times if "could not be fetched" not in demo.stderr else without_numbers
    printed = [alike(line) for line in demo.stdout.splitlines()]
    assert len(shown.splitlines()) == 10
    for line in shown.splitlines():
        assert any(each.startswith(alike(line)) for each in printed), line


def without_times(line: str) -> str:
    return re.sub(r"\d+\.\d s\b", "N s", line)


def without_numbers(line: str) -> str:
    """Without the photographs there are fewer pieces, and every count is another."""
    return re.sub(r"pictures\b", "picture", re.sub(r"\d+", "N", without_times(line)))


def test_the_readme_says_first_what_it_is_then_shows_it_then_opens_three_doors() -> None:
    marks = ["Creators say no, yes, or at what price.", "](docs/picture.png)", "python3 dev.py demo", "```text demo"]
    marks += ["**I make things.**", "**I train models.**", "**I don't believe you.**", "| What the petitions ask |"]
    marks += ["does not stop a scraper; cleared is not a legal opinion", "## How it works"]

    places = [README.index(mark) for mark in marks]

    assert places == sorted(places)
    assert [len(block.splitlines()) for block in blocks(README, "sh doors")] == [3, 3, 3]


def test_the_generated_pages_are_what_the_program_says() -> None:
    stale = [path.name for path, text in pages.pages().items() if path.read_text(encoding="utf-8") != text]

    assert stale == [], "run .venv/bin/python examples/pages.py"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: str(command.name))
def test_every_command_has_a_section_with_all_its_options(command) -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    section = page.split(f"### placet {command.name}\n")[1].split("\n#")[0]
    app = typer.Typer(add_completion=False)
    app.command()(pages.called(command))

    options = [word for each in typer.main.get_command(app).params for word in each.opts if word.startswith("-")]

    assert [word for word in options if word != "--help" and word not in section] == []


def test_the_format_page_names_every_file_type_and_reason_there_is() -> None:
    page = (ROOT / "docs" / "format.md").read_text(encoding="utf-8")

    missing = [name for name in (*ARRAYS, *TYPES, *REASONS) if f"{name}`" not in page]

    assert missing == []


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: path.name)
def test_every_link_inside_the_repository_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8"))

    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_script_that_a_page_names_is_there() -> None:
    named = {name for path in MARKDOWN for name in re.findall(r"(?:bench|examples)/\w+\.py", path.read_text("utf-8"))}

    assert len(named) >= 6
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_changelog_tells_of_every_command() -> None:
    log = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert [each.name for each in COMMANDS if each.name.split()[0] not in log] == []


def test_the_picture_is_small_enough_to_be_looked_at_everywhere() -> None:
    assert (ROOT / "docs" / "picture.png").stat().st_size <= 150_000
