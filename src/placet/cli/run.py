"""From words on the command line to an exit code: 0 done, 1 could not, 2 unclear rows, 64 wrong usage, 130."""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TextIO

from placet.cli.table import COMMANDS, DOORS, Command
from placet.errors import PlacetError, WrongUsage, told

__all__ = ["main"]

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 64, 130
_EMPTY = re.compile(r"(--[a-z-]+=)?")
_WIDE = max(len(command.name) for command in COMMANDS)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; never raises, except where PLACET_DEBUG asks for the traceback."""
    words = list(sys.argv[1:] if argv is None else argv)
    sys.stdout, sys.stderr = sys.stdout or _nowhere(), sys.stderr or _nowhere()  # None where they were closed
    try:
        return _run(words)
    except KeyboardInterrupt:
        return _say("stopped", INTERRUPTED)
    except BrokenPipeError:
        return _hush()
    except WrongUsage as error:
        return _say(told(error), USAGE)
    except PlacetError as error:
        return _say(told(error), FAILED)
    except OSError as error:
        return _unforeseen(error, _os_sentence(error))
    except Exception as error:
        return _unforeseen(error, f"something happened that was not foreseen: {type(error).__name__}: {error}")


def _run(words: list[str]) -> int:
    if words[:1] == ["--version"]:
        return _version()
    if not words or words[0] in ("-h", "--help", "help"):
        return _overview(words[1:])
    if words[1:] in (["-h"], ["--help"], ["help"]) and (group := _group(words[0])):
        return _print([f"placet {words[0]} needs one more word:", "", *_rows(group)])
    command, rest = _find(words)
    return _call(command, rest)


def _find(words: list[str]) -> tuple[Command, list[str]]:
    for length in (2, 1):
        for command in COMMANDS:
            if command.name.split() == words[:length]:
                return command, words[length:]
    if same := [command.name for command in _group(words[0])]:
        raise WrongUsage(f"{words[0]} needs one more word: {', '.join(same)}")
    raise WrongUsage(f"there is no command {words[0]!r}; `placet --help` lists them")


def _group(word: str) -> list[Command]:
    """The commands of which a word is the noun; none where it is a command itself."""
    same = [command for command in COMMANDS if command.name.split()[0] == word]
    return [] if any(command.name == word for command in same) else same


def _call(command: Command, words: list[str]) -> int:
    import typer

    if any(map(_EMPTY.fullmatch, words)):
        raise WrongUsage("one of the words is empty, as a variable is that was never set: fill it, or leave it out")
    app = typer.Typer(add_completion=False)
    app.command(help=None)(_load(command))
    called = _plain(typer.main.get_command(app), typer.Context)
    usage: type[Exception] = typer.BadParameter.__bases__[0]  # UsageError, wherever this typer keeps it
    try:
        asked = ["--help"] if words == ["-h"] else words
        code = called.main(asked, prog_name=f"placet {command.name}", standalone_mode=False)
    except usage as error:
        text = " ".join(getattr(error, "format_message", error.__str__)().replace("Value error, ", "").split())
        raise WrongUsage(f"{text.rstrip('.')}; `placet {command.name} --help` shows what it takes") from error
    except typer.Abort:
        raise KeyboardInterrupt from None
    return code if isinstance(code, int) else DONE


def _plain(called: Any, context: Any) -> Any:
    """A switch takes no value, and its help must not look as if it did."""
    for option in called.get_params(context(called)):
        if getattr(option, "is_flag", False):
            option.metavar = ""
    return called


def _load(command: Command) -> Callable[..., Any]:
    module, _, function = command.where.partition(":")
    loaded: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return loaded


def _overview(words: list[str]) -> int:
    if len(words) == 1 and _group(words[0]):
        return _run([words[0], "--help"])
    if words:
        return _call(_find(words)[0], ["--help"])
    lines = ["Creators say no, yes, or at what price. Training sets obey. Anyone can check."]
    for door in DOORS:
        rows = _rows(each for each in COMMANDS if each.door == door)
        lines += ["", door, *rows] if rows else []
    return _print([*lines, "", "placet COMMAND --help tells more. All is kept in PLACET_HOME, or --home DIR."])


def _rows(commands: Iterable[Command]) -> list[str]:
    return [f"  placet {each.name:{_WIDE}}  {each.help}" for each in commands]


def _print(lines: Iterable[str]) -> int:
    print(*lines, sep="\n")  # noqa: T201
    return DONE


def _version() -> int:
    from importlib.metadata import version

    print(f"placet {version('placet')}")  # noqa: T201
    return DONE


def _say(sentence: str, code: int) -> int:
    from placet.cli.talk import note

    note(f"placet: {sentence}")
    return code


def _unforeseen(error: Exception, sentence: str) -> int:
    if os.environ.get("PLACET_DEBUG"):
        raise error
    rule = "system.error" if isinstance(error, OSError) else PlacetError.rule
    return _say(f"{sentence}. PLACET_DEBUG=1 shows where ({rule})", FAILED)


def _os_sentence(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}"


def _hush() -> int:
    """Whoever read our output has left; Python must not complain of it at exit."""
    sys.stdout = _nowhere()
    return FAILED


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123
