"""`placet verify`: what holds, what does not, and what was not looked at."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from placet.app import Home, read_policy
from placet.cli.options import HomeDir, Json, home_at
from placet.cli.talk import emit, result, row
from placet.errors import BadInput, NotFound, Refused, Rollback, Untrusted, VerificationFailed
from placet.log.files import MOST_FILE, LogFiles
from placet.record.policy import Policy
from placet.signing.findings import LOG, Finding, Mark, verdict

__all__ = ["KINDS", "Ask", "Kind", "verify"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a check is given besides the path."""

    home: Home
    trust: Path | None = None
    log: Path | None = None

    def policy(self, origin: str) -> Policy | None:
        """The reader's policy file, else what the home trusts of this log; None when nobody said."""
        if self.trust is None:
            return self.home.policy_for(origin)
        return read_policy(self.trust)


@dataclass(frozen=True, slots=True)
class Kind:
    """`check` is `module:function`, called with the path and an Ask; it returns findings."""

    name: str
    matches: Callable[[Path], bool]
    check: str


def _is_receipt(path: Path) -> bool:
    return path.suffix == ".tlog-proof" or _begins(path, b"c2sp.org/tlog-proof@")


def _is_snapshot(path: Path) -> bool:
    return (path / "manifest.json").is_file()


def _is_certificate(path: Path) -> bool:
    """A DSSE envelope (its JSON has a payloadType), or the folder of a run."""
    return (path / "clearance.json").is_file() or (path.suffix == ".json" and _holds(path, b'"payloadType"'))


def _is_split_view(path: Path) -> bool:
    return path.suffix == ".split-view" or _begins(path, b"placet/split-view/")


def _holds(path: Path, word: bytes) -> bool:
    return path.is_file() and path.stat().st_size <= MOST_FILE and word in path.read_bytes()


def _begins(path: Path, start: bytes) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(start)) == start


# The first kind that matches is the one; a new kind of file is a new row.
KINDS: tuple[Kind, ...] = (
    Kind("receipt", _is_receipt, "placet.cli.verify:receipt"),
    Kind("snapshot", _is_snapshot, "placet.desk.verifying:snapshot"),
    Kind("split view", _is_split_view, "placet.desk.comparing:split_view"),
    Kind("certificate", _is_certificate, "placet.desk.verifying:certificate"),
)


def verify(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A receipt, a snapshot or a certificate.")],
    trust: Annotated[Path | None, typer.Option(metavar="FILE", help="The policy: whose log to believe.")] = None,
    log: Annotated[Path | None, typer.Option(metavar="DIR", help="The log's public folder as it is now.")] = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Check a file against keys you trust; says what it did and did not check. Works offline."""
    if not path.exists():
        raise NotFound(f"there is no file or folder {path}")
    kind = next((kind for kind in KINDS if kind.matches(path)), None)
    if kind is None:
        raise BadInput(_nothing(path))
    module, _, function = kind.check.partition(":")
    findings = getattr(importlib.import_module(module), function)(path, Ask(home=home_at(home), trust=trust, log=log))
    return _print(path, kind, findings, as_json=json)


def _nothing(path: Path) -> str:
    if path.is_dir() and any(path.glob("*.tlog-proof")):
        return f"{path} is a folder of receipts: verify one of them, {path}/entry-*.tlog-proof"
    return f"{path} is nothing that placet verifies: {', '.join(kind.name for kind in KINDS)}"


def receipt(path: Path, ask: Ask) -> tuple[Finding, ...]:
    """A receipt, and with --log whether the log kept its word."""
    from placet.registry.receipt_check import origin_of, verify_receipt_file

    policy = ask.policy(origin_of(path))
    findings = verify_receipt_file(path, policy, ask.log).findings
    if ask.log and policy and verdict(findings) is Mark.CHECKED:
        findings += _remember(ask.home, ask.log)
    return findings


def _remember(home: Home, folder: Path) -> tuple[Finding, ...]:
    try:
        home.remember(LogFiles(folder))
    except Rollback as error:
        return (Finding(Mark.BROKEN, str(error), LOG),)
    except (OSError, Refused) as error:
        return (Finding(Mark.OPEN, f"the log's size was not remembered for the next time: {error}"),)
    return ()


def _print(path: Path, kind: Kind, findings: tuple[Finding, ...], *, as_json: bool) -> int:
    mark = verdict(findings)
    if as_json:
        for each in findings:
            emit({"schema": "placet.finding/1", "mark": each.mark.value, "sentence": each.sentence})
        said = {"file": str(path), "kind": kind.name, "verdict": mark.value, "rule": _RULES.get(mark, "")}
        emit({"schema": "placet.verify/1", **said})
    else:
        for each in findings:
            row(each.mark.value, each.sentence)
        result(_conclude(mark, kind, findings))
    return 0 if mark is Mark.CHECKED else 1


def _conclude(mark: Mark, kind: Kind, findings: tuple[Finding, ...]) -> str:
    bad = [each for each in findings if each.mark in (Mark.BROKEN, Mark.UNTRUSTED)]
    if mark is Mark.BROKEN and all(each.of == LOG for each in bad):
        return f"BROKEN: the {kind.name} holds, and the log does not keep what it signed ({_RULES[mark]})."
    return _VERDICTS[mark].format(kind=kind.name)


_RULES = {Mark.UNTRUSTED: Untrusted.rule, Mark.BROKEN: VerificationFailed.rule}
_VERDICTS = {
    Mark.CHECKED: "The {kind} holds, as far as it was checked.",
    Mark.UNTRUSTED: f"UNTRUSTED: the {{kind}} may hold, and nobody whom you believe vouches for it ({Untrusted.rule}).",
    Mark.BROKEN: f"BROKEN: the {{kind}} does not hold ({VerificationFailed.rule}).",
}
