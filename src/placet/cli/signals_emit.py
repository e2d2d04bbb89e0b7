"""`placet signals emit`: one small policy, in every format that a site can say it in."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placet.cli.options import DryRun, Json
from placet.cli.talk import emit as emit_json
from placet.cli.talk import note, result, row
from placet.errors import WrongUsage

if TYPE_CHECKING:
    from placet.desk.emitting import Emitted
    from placet.signals.emit.account import Account

__all__ = ["emit"]

_WIDE = 18
_WORDS = {"reserve": "no to", "license": "only with a licence to", "allow": "yes to"}


def emit(
    policy: Annotated[Path, typer.Argument(metavar="POLICY.toml", help="Your wishes, in one small file.")],
    target: Annotated[
        str,
        typer.Option(
            metavar="WHAT",
            help="dir, robots, tdmrep, rsl, ai-txt, headers, html, nginx, caddy, apache, wordpress or json.",
        ),
    ],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Put the files here.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Write over files that say something else.")] = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Write what your policy says in every standard's own words, and tell what each cannot say.

    A policy is a small TOML file: whose site it is, and a rule for each wish (docs/policy.md).
    """
    from placet.desk import emitting

    emitted = emitting.prepare(policy, target)
    if out is None and len(emitted.files) > 1 and not (dry_run or json):
        raise WrongUsage(f"{target} is {len(emitted.files)} files: say with --out DIR where to put them")
    written = out is not None and not dry_run
    if out is not None and written:
        emitting.write(emitted.files, out, replace=replace)
    if json:
        _emit_files(emitted, out)
        _emit_accounts(emitted)
        _emit_prices(emitted)
        return 0
    if out is None and not dry_run:
        sys.stdout.write(emitted.files[0].body.decode("utf-8"))
        _tell(emitted, note, lambda word, text: note(f"  {word:<{_WIDE}}{text}"))
        return 0
    _list(emitted, out or Path(), written=written)
    return 0


def _list(emitted: Emitted, folder: Path, *, written: bool) -> None:
    for file in emitted.files:
        row("written" if written else "would write", f"{folder / file.path} ({len(file.body)} bytes)")
    result("")
    _tell(emitted, result, lambda word, text: row(f"  {word}", text, wide=_WIDE + 2))
    result(f"\n{emitted.target.then}")


def _tell(emitted: Emitted, say: Callable[[str], None], line: Callable[[str, str], None]) -> None:
    """A table of what each standard cannot say, and what it says as more of a no than was meant."""
    from placet.desk.emitting import speaking, unsaid_by_all

    named = speaking(emitted.emission)
    for (path, agent), accounts in _by_listener(emitted).items():
        say(f"At {path}{f', to {agent}' if agent else ''}: {_wishes(emitted, path, agent)}.")
        for account in accounts:
            if account.standard in named:
                line(account.standard, _losses(account))
        if lost := unsaid_by_all(accounts):
            line("", f"No standard says {_words(lost)}.")
    _tell_prices(emitted, say)


def _tell_prices(emitted: Emitted, say: Callable[[str], None]) -> None:
    from placet.registry.phrases import offer_phrase
    from placet.signals.emit.prices import prices

    for price in prices(emitted.emission):
        said = "license.xml says the price" if price.said else "no file says the price"
        rest = f" ({'; '.join(price.unsaid)})" if price.unsaid else ""
        say(f"Rule {price.rule.number} asks {offer_phrase(price.offer)}: {said}{rest}.")


def _by_listener(emitted: Emitted) -> dict[tuple[str, str | None], list[Account]]:
    found: dict[tuple[str, str | None], list[Account]] = {}
    for account in emitted.emission.accounts:
        found.setdefault((account.path, account.agent), []).append(account)
    return found


def _wishes(emitted: Emitted, path: str, agent: str | None) -> str:
    from placet.signals.policy import said_at
    from placet.signals.saying import leaves_of

    said = said_at(emitted.emission.policy, path, agent)
    parts = []
    for stance, words in _WORDS.items():
        uses = leaves_of(each.use for each in said if each.stance is not None and each.stance.word == stance)
        parts += [f"{words} {_words(uses)}"] if uses else []
    return "; ".join(parts) or "nothing"


def _losses(account: Account) -> str:
    parts = [f"cannot say {_words(account.unsaid)}"] if account.unsaid else []
    parts += [f"says a stricter no to {_words(account.stricter)}"] if account.stricter else []
    return "; ".join(parts) or "says it exactly"


def _words(leaves: Iterable[object]) -> str:
    from placet.core.use import Use
    from placet.signals.emit.naming import words_for

    return ", ".join(words_for([leaf for leaf in leaves if isinstance(leaf, Use)]))


def _emit_files(emitted: Emitted, out: Path | None) -> None:
    for file in emitted.files:
        value = {
            "schema": "placet.emit/1",
            "file": file.path if out is None else str(out / file.path),
            "bytes": len(file.body),
            "sha256": hashlib.sha256(file.body).hexdigest(),
        }
        emit_json(value if out else {**value, "body": file.body.decode("utf-8")})


def _emit_prices(emitted: Emitted) -> None:
    from placet.signals.emit.prices import prices

    for price in prices(emitted.emission):
        emit_json(
            {
                "schema": "placet.emit-price/1",
                "rule": price.rule.number,
                "path": price.rule.path,
                "price": str(price.offer.price),
                "per": price.offer.unit.value,
                "said": price.said,
                "unsaid": list(price.unsaid),
            }
        )


def _emit_accounts(emitted: Emitted) -> None:
    for account in emitted.emission.accounts:
        emit_json(
            {
                "schema": "placet.emit-account/1",
                "path": account.path,
                "agent": account.agent,
                "standard": account.standard,
                "says": {leaf.value: stance.word for leaf, stance in account.heard.items()},
                "unsaid": sorted(account.unsaid),
                "stricter": sorted(account.stricter),
            }
        )
