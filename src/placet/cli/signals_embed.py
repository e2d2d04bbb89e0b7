"""`placet signals embed`: your wish inside your own files, where it travels with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placet.cli import asked
from placet.cli.options import DryRun, HomeDir, Json, PassphraseFile, home_at, read_passphrase
from placet.cli.talk import emit, note, result, row, watched
from placet.core.stance import Stance
from placet.errors import NotFound, PlacetError, Refused, WrongUsage
from placet.registry.made_sheet import source_of
from placet.registry.phrases import count

if TYPE_CHECKING:
    from placet.app import Home
    from placet.core.use import Use
    from placet.desk.embedding import Embedded, Wish
    from placet.signing.certificate import Signer

__all__ = ["embed"]

_FORMS = {"XMP": "XMP", "TDMRep": "a TDMRep reservation", "C2PA": "a signed C2PA manifest"}
_MOST_ROWS = 20
_WORDS = {Stance.RESERVE: "no to", Stance.LICENSE: "only with a licence:", Stance.ALLOW: "yes to"}


class StanceWord(StrEnum):
    ALLOW = "allow"
    LICENSE = "license"
    RESERVE = "reserve"


def embed(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files, or folders of them.")],
    out: Annotated[Path | None, typer.Option("-o", "--out", metavar="DIR", help="Put the copies here.")] = None,
    in_place: Annotated[bool, typer.Option("--in-place", help="Write over the files themselves.")] = False,
    stance: Annotated[StanceWord, typer.Option(help="No, only with a licence, or yes.")] = StanceWord.RESERVE,
    use: Annotated[str, typer.Option(help="Which uses, by comma; `ai` is every use by AI.")] = "ai",
    policy: Annotated[
        Path | None, typer.Option(metavar="POLICY.toml", help="Take both from your site's policy instead.")
    ] = None,
    terms: Annotated[str, typer.Option(metavar="URL", help="Where your terms are read, or a licence is got.")] = "",
    author: Annotated[str, typer.Option(metavar="NAME", help="Your name: in XMP, and in a certificate made now.")] = "",
    made: Annotated[str, typer.Option(metavar="WORD", help="How it was made: human, ai-assisted, ...")] = "",
    certificate: Annotated[
        Path | None, typer.Option(metavar="PEM", help="Sign with this certificate (chain) instead of your own.")
    ] = None,
    key: Annotated[Path | None, typer.Option(metavar="PEM", help="The private key of that certificate.")] = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Put your wish into your own files: XMP for whoever looks, a signed C2PA manifest for whoever checks.

    Pixels and samples stay as they are. Nothing is bought and nothing is sent: the certificate is made here, once.
    """
    from placet.desk.embedding import trust_words

    if (out is None) == (not in_place) and not dry_run:
        raise WrongUsage("say where the files go: copies into --out DIR, or --in-place over the originals")
    wish = replace(_wish(policy, use, stance, terms, author), source=_source(made))
    found = asked.gather_all(files)
    if found.subjects:
        raise WrongUsage(f"{found.subjects[0].id} is no file on this computer; `placet signals emit` speaks for a site")
    place = home_at(home, passphrase_file)
    targets = _targets(found.files, out)
    signer = _signer(place, author, certificate, key, passphrase_file, keep=not dry_run)
    done: dict[Path, Embedded] = {}
    failed = list(found.left_out)
    if json:
        for why in failed:
            emit({"schema": "placet.embed/1", "error": why})
    for path in watched(list(targets), "Embedding"):
        try:
            one = _one(path, wish, signer, place, None if dry_run else targets[path])
        except (PlacetError, OSError) as error:
            failed.append(f"{path}: {_sentence(error)}")
            if json:
                emit({"schema": "placet.embed/1", "file": str(path), "error": _sentence(error)})
            continue
        done[path] = replace(one, data=b"")
        if json:
            _emit_file(path, None if dry_run else targets[path], one)
    if not json and done:
        word = "would write" if dry_run else "written"
        if len(done) > _MOST_ROWS:
            _tell_kinds(word, list(done.values()))
        else:
            for path, one in done.items():
                _tell_file(word, targets[path], one)
        signed = any("C2PA" in one.forms for one in done.values())
        _tell_all(list(done.values()), trust_words(signer) if signed else "")
    for why in failed if len(failed) <= _MOST_ROWS else failed[:5]:
        note(f"Left as it is: {why}")
    if len(failed) > _MOST_ROWS:
        note(f"and {len(failed) - 5:,} more, all told by --json")
    if not done:
        raise Refused("nothing was put into any file")
    return 2 if failed else 0


def _source(word: str) -> str:
    try:
        return source_of(word) if word else ""
    except ValueError as error:
        raise WrongUsage(f"--made: {error}") from error


def _wish(policy: Path | None, use: str, stance: StanceWord, terms: str, author: str) -> Wish:
    from placet.desk.embedding import wish_of, wish_of_policy
    from placet.signals.policy_file import parse_policy
    from placet.signals.saying import web_address

    if terms and not web_address(terms):
        raise WrongUsage(f"--terms: {terms!r} is no address such as https://example.org/licence")
    if policy is None:
        return wish_of(asked.uses(use), Stance[stance.name], author=author, terms=terms)
    if use != "ai" or stance is not StanceWord.RESERVE:
        raise WrongUsage("--policy says which uses and how: leave --use and --stance out")
    try:
        return wish_of_policy(parse_policy(policy.read_bytes(), policy.name), author=author, terms=terms)
    except FileNotFoundError:
        raise NotFound(f"there is no policy {policy}") from None


def _signer(
    home: Home, author: str, certificate: Path | None, key: Path | None, passphrase_file: Path | None, *, keep: bool
) -> Signer:
    from placet.desk.embedding import own_signer, read_signer

    if (certificate is None) != (key is None):
        raise WrongUsage("--certificate and --key belong together: give both, or neither")
    if certificate is None or key is None:
        return own_signer(home, author, keep=keep)
    passphrase = read_passphrase(passphrase_file, "") if passphrase_file else None
    return read_signer(certificate, key, passphrase)


def _targets(files: Sequence[Path], out: Path | None) -> dict[Path, Path]:
    """Where each file goes; names that would meet in one folder are refused before anything is written."""
    if out is None:
        return {path: path for path in files}
    if out.exists() and not out.is_dir():
        raise Refused(f"{out} is a file; give a folder for the copies")
    twice = [name for name, number in Counter(path.name for path in files).items() if number > 1]
    if twice:
        raise Refused(f"several files are called {twice[0]}: embed them into folders of their own")
    return {path: out / path.name for path in files}


def _one(path: Path, wish: Wish, signer: Signer, home: Home, target: Path | None) -> Embedded:
    from placet.desk.embedding import embed as embed_one
    from placet.log.files import write_durable

    if target and target != path and target.exists():
        raise Refused(f"{target} is there already, and is not written over")
    mode = path.stat().st_mode & 0o777
    one = embed_one(path.read_bytes(), path.name, wish, signer, home.now())
    if target:
        write_durable(target, one.data)
        target.chmod(mode)
    return one


def _emit_file(path: Path, target: Path | None, one: Embedded) -> None:
    emit(
        {
            "schema": "placet.embed/1",
            "file": str(path),
            "written": str(target) if target else None,
            "forms": list(one.forms),
            "said": {leaf.value: stance.word for leaf, stance in one.said.items()},
            "unsaid": [leaf.value for leaf in one.unsaid],
            "beyond": [leaf.value for leaf in one.beyond],
            "older": [leaf.value for leaf in one.older],
            "missing": list(one.missing),
        }
    )


def _tell_file(word: str, target: Path, one: Embedded) -> None:
    row(word, f"{target}: {' and '.join(_FORMS[form] for form in one.forms)}")
    for why in one.missing:
        row("", f"{why}.")
    if one.older:
        row("", f"What stood in it before is stricter on {_words(one.older)}, and still holds.")


def _tell_kinds(word: str, done: Sequence[Embedded]) -> None:
    """Many files, told by what was put into them; `--json` tells each."""
    kinds = Counter((one.forms, one.missing, one.older) for one in done)
    for (forms, missing, older), number in kinds.most_common():
        row(word, f"{count(number, 'file')}: {' and '.join(_FORMS[form] for form in forms)}")
        for why in missing:
            row("", f"{why}.")
        if older:
            row("", f"What stood in them before is stricter on {_words(older)}, and still holds.")


def _tell_all(done: Sequence[Embedded], trust: str) -> None:
    result("")
    for number, words in enumerate(_common(done)):
        row("" if number else "says" if len(done) == 1 else "all say", words)
    if beyond := {leaf for one in done for leaf in one.beyond}:
        row("and more", f"XMP has no narrower word, and also closes {_words(beyond)}.")
    if unsaid := {leaf for one in done for leaf in one.unsaid}:
        row("not said", f"{_words(unsaid)}: not everywhere is there a word for it; `placet reserve` says it all.")
    if trust:
        row("trust", trust)
    row("mind", "Many sites strip what stands inside a file, so say it on your site and in the registry too.")


def _common(done: Sequence[Embedded]) -> list[str]:
    """What all of the files say alike, the strictest first."""
    alike = set(done[0].said.items()).intersection(*(one.said.items() for one in done[1:]))
    return [
        f"{_WORDS[stance]} {_words(leaf for leaf, said in alike if said is stance)}"
        for stance in sorted({said for _, said in alike}, reverse=True)
    ]


def _words(leaves: Iterable[Use]) -> str:
    from placet.signals.emit.naming import words_for

    return ", ".join(words_for(list(leaves)))


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"it cannot be read or written: {error.strerror or error}"
    return str(error)
