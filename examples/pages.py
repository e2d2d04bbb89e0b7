"""The generated parts of docs/: `.venv/bin/python examples/pages.py` writes them, `--check` only compares.

`commands.md` is made from the command line's own table; in `format.md`, what stands between `<!-- name -->` and
`<!-- end -->` is made from the tables that the program runs on.
"""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from collections.abc import Callable, Iterable
from enum import EnumType
from pathlib import Path
from typing import Any, get_type_hints

import typer

from placet.clearance.ledger import columns
from placet.cli.table import COMMANDS, DOORS, Command
from placet.core.profile import PROFILES
from placet.core.reasons import REASONS, sentence
from placet.core.use import SENTENCES, Use
from placet.record.entries import TYPES
from placet.snapshot.arrays import ARRAYS

DOCS = Path(__file__).resolve().parent.parent / "docs"
PART = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
HEAD = """# Every command

Made by `.venv/bin/python examples/pages.py` from the program itself. `placet COMMAND --help` says the same.

Exit codes: 0 done, and what came out may be used; 1 could not, or verification failed; 2 done, but something is
unclear (for `lookup`: something is not cleared); 64 wrong usage; 130 stopped. Results go to stdout, all else to stderr;
with `--json` a result is JSON lines whose `schema` names their kind.
"""


def main(words: list[str]) -> int:
    stale = [path for path, text in pages().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if words == ["--check"]:
        print(*(f"{path.name} is not what examples/pages.py writes" for path in stale), sep="\n", end="")
        return 1 if stale else 0
    for path in stale:
        path.write_text(pages()[path], encoding="utf-8")
        print(f"written: {path}")
    return 0


def pages() -> dict[Path, str]:
    """Every page with something generated in it, as it should be."""
    form = DOCS / "format.md"
    filled = PART.sub(lambda found: f"{found[1]}\n{PARTS[found[2]]()}\n{found[3]}", form.read_text(encoding="utf-8"))
    return {DOCS / "commands.md": commands(), form: filled}


def commands() -> str:
    parts = [HEAD]
    for door in DOORS:
        parts.append(f"## {door}\n")
        parts += [section(command) for command in COMMANDS if command.door == door]
    return "\n".join(parts)


def section(command: Command) -> str:
    """One command: what it does, and what it takes."""
    function = called(command)
    hints = get_type_hints(function, include_extras=True)
    hints.pop("return")
    words, options = [], []
    for name, parameter in inspect.signature(function).parameters.items():
        kind, info = hints[name].__origin__, hints[name].__metadata__[0]
        if isinstance(info, typer.models.ArgumentInfo):
            words.append(info.metavar or name.upper())
        else:
            options.append(option(name, kind, info, parameter.default))
    usage = " ".join(["placet", command.name, *words, "[OPTIONS]"])
    told = inspect.getdoc(function)
    return f"### placet {command.name}\n\n    {usage}\n\n{told}\n\n{table(('Option', 'What it does'), options)}"


def called(command: Command) -> Callable[..., Any]:
    module, _, function = command.where.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def option(name: str, kind: Any, info: Any, default: Any) -> tuple[str, str]:
    """One row: the words, what they take, what they do."""
    given = [each for each in (info.default, *(info.param_decls or ())) if str(each).startswith("-")]
    decls = sorted(given, key=len) or [f"--{name.replace('_', '-')}"]
    takes = "" if kind is bool else f" {info.metavar or choices(kind)}"
    value = getattr(default, "value", default)
    needed = " Needed." if default is inspect.Parameter.empty else ""
    shown = f" Default: `{value}`." if isinstance(value, str | int) and value and not needed else ""
    return f"`{', '.join(decls)}{takes}`".replace("|", "\\|"), f"{info.help}{shown}{needed}".replace("|", "\\|")


def choices(kind: Any) -> str:
    return "|".join(kind) if isinstance(kind, EnumType) else "TEXT"


def arrays() -> str:
    rows = ((f"`arrays/{name}`", f"`{each.dtype}`", str(each.width or 1)) for name, each in ARRAYS.items())
    return table(("File", "Type", "Items a row"), rows)


def entries() -> str:
    rows = ((f"`{name}`", ", ".join(f"`{field}`" for field in fields)) for name, fields in TYPES.items())
    return table(("Type", "Fields of its body"), rows)


def decisions() -> str:
    return table(
        ("Column", "Type"), ((f"`{each.name}`", f"`{value_type(each.type)}`") for each in columns(("consent",)))
    )


def value_type(type_: Any) -> str:
    return str(getattr(type_, "value_type", type_))


def uses() -> str:
    return table(("Use", "What it is"), ((f"`{use.value}`", SENTENCES[use]) for use in Use))


def profiles() -> str:
    rows = ((f"`{each.name}`", each.sentence, each.source, each.dated) for each in PROFILES.values())
    return table(("Profile", "What silence means", "Source", "Read on"), rows)


def reasons() -> str:
    return table(("Reason", "Sentence"), ((f"`{reason}`", sentence(reason)) for reason in REASONS))


PARTS: dict[str, Callable[[], str]] = {
    "arrays": arrays,
    "entries": entries,
    "decisions": decisions,
    "uses": uses,
    "profiles": profiles,
    "reasons": reasons,
}


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(cells)} |" for cells in rows]
    return "\n".join([f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", *lines, ""])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
