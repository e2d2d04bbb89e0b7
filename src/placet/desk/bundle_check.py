"""Verifying a bundle: the bag, the custody, and each piece by what verifies it alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cryptography import x509

from placet.app import Home, today
from placet.clearance.observations import SUFFIX, read_observations
from placet.core.canonical import flaw
from placet.desk import verifying
from placet.desk.bundling import parse_case_record
from placet.desk.granting import Asked, examine
from placet.errors import BadRecord, PlacetError, Untrusted
from placet.evidence.bag import Bag, check_bag
from placet.evidence.custody import parse_custody
from placet.log.files import read_plain
from placet.record.policy import Policy
from placet.record.proof import parse_proof
from placet.registry.openings import parse_opening
from placet.registry.phrases import count
from placet.registry.receipt_check import origin_of, verify_receipt_file
from placet.signing.anchors import parse_anchor, verify_anchor
from placet.signing.findings import Finding, Mark
from placet.signing.keys import fingerprint
from placet.signing.time import verify_stamp
from placet.signing.trust import verify_checkpoint
from placet.signing.trusted_list import Service

__all__ = ["INCOMPLETE", "Reader", "outcome", "verify"]

INCOMPLETE = "incomplete"
_RECEIPT, _STAMP, _ANCHOR = ".tlog-proof", ".tsr", ".ots"
_MOST = 64 << 20
_MOST_STAMPED = 1 << 31  # bytes of a file that is read in order to compare it with its stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Whom the reader believes; nothing of it comes from the bundle."""

    home: Home
    trust: Policy | None = None
    authorities: Sequence[x509.Certificate] = ()
    listed: Sequence[Service] = ()
    observers: Sequence[bytes] = ()
    headers: Mapping[int, bytes] = field(default_factory=dict)
    log: Path | None = None

    def policy(self, origin: str) -> Policy | None:
        return self.trust or self.home.policy_for(origin)


def outcome(findings: Sequence[Finding]) -> int:
    """0 verified, 1 something is broken, 2 something is missing or nobody said whom to believe about it."""
    if any(each.mark is Mark.BROKEN for each in findings):
        return 1
    return 2 if any(each.mark is Mark.UNTRUSTED or each.of == INCOMPLETE for each in findings) else 0


def verify(folder: Path, reader: Reader) -> tuple[Finding, ...]:
    """Every finding about the bundle; BadRecord when the folder is none."""
    bag = check_bag(folder)
    findings = [Finding(Mark.BROKEN, fault) for fault in bag.faults]
    if findings:
        kept = Finding(Mark.OPEN, "what the files mean: a bag that was changed shows nothing", INCOMPLETE)
        return (*findings, kept)
    whole = f"the bag is whole: {count(len(bag.sha256), 'file')}, each as the manifests say"
    findings.append(Finding(Mark.CHECKED, whole))
    findings += [
        Finding(Mark.OPEN, f"{path}: it lies elsewhere, as fetch.txt says", INCOMPLETE) for path in bag.missing
    ]
    findings += _custody(folder, bag)
    findings += _case(folder, bag)
    findings += _together((path, each) for path in sorted(bag.payload) for each in _piece(folder, path, bag, reader))
    findings += _works(folder, bag)
    findings.append(Finding(Mark.OPEN, "that nothing was left out of the bundle, and who holds the keys in it"))
    return tuple(findings)


def _custody(folder: Path, bag: Bag) -> Iterator[Finding]:
    file = folder / "custody.jsonl"
    if "custody.jsonl" not in bag.sha256:
        yield Finding(Mark.OPEN, "who did what to it: there is no custody log", INCOMPLETE)
        return
    try:
        steps = parse_custody(_bytes(file))
    except PlacetError as error:
        yield Finding(Mark.BROKEN, f"custody.jsonl: {error}")
        return
    if steps[-1].manifest != bag.sha256.get("manifest-sha256.txt", ""):
        yield Finding(Mark.BROKEN, "custody.jsonl: its last step is about another manifest than this (custody.chain)")
        return
    keys = ", ".join(dict.fromkeys(fingerprint(bytes.fromhex(step.by)) for step in steps))
    said = (
        f"{count(len(steps), 'step')} of custody, chained and signed by key {keys}, the last on {today(steps[-1].at)}"
    )
    yield Finding(Mark.CHECKED, said)


def _case(folder: Path, bag: Bag) -> Iterator[Finding]:
    if "data/case.json" not in bag.sha256:
        yield Finding(Mark.OPEN, "what it is meant to show: there is no case.json", INCOMPLETE)
        return
    try:
        said = parse_case_record(_bytes(folder / "data/case.json"))
    except PlacetError as error:
        yield Finding(Mark.BROKEN, f"data/case.json: {error}")
        return
    for piece in said["pieces"]:
        if not piece["place"]:
            what = f"{piece['name']!r}, of which only the SHA-256 is here ({str(piece['sha256'])[:16]})"
            yield Finding(Mark.OPEN, f"{what}: compare it with `sha256sum` where you are given the file")


def _piece(folder: Path, path: str, bag: Bag, reader: Reader) -> Iterator[Finding]:
    """What verifies this file alone; nothing for files that belong to another."""
    file = folder / path
    try:
        if path.endswith(_RECEIPT):
            found = verify_receipt_file(file, reader.policy(origin_of(file)), reader.log).findings
        elif path.endswith(_STAMP):
            found = tuple(_stamp(file, path, bag, reader))
        elif path.endswith(_ANCHOR):
            found = (_anchor(file, path, bag, reader),)
        elif file.name == "clearance.json":
            found = verifying.certificate(file.parent, _Ask(reader))
            if not (file.parent / "plan.json").is_file():
                found = tuple(
                    replace(each, of=INCOMPLETE) if "unit records" in each.sentence else each for each in found
                )
        elif file.name == "manifest.json" and (file.parent / "arrays").is_dir():
            found = verifying.snapshot(file.parent, _Ask(reader))
        elif file.name == "openings.json":
            found = (_openings(file),)
        elif path.endswith(SUFFIX):
            found = (_observations(file, reader),)
        elif _holds(file, b'"placet_licence"') and path.endswith(".json"):
            now = reader.home.now()
            found = examine(file, Asked(at=now, now=now, log=reader.log))
        elif file.name.endswith("checkpoint"):
            found = (_checkpoint(file, reader),)
        else:
            return
    except Untrusted as error:
        found = (Finding(Mark.UNTRUSTED, str(error).removeprefix("UNTRUSTED: ")),)
    except (PlacetError, OSError, ValueError) as error:
        found = (Finding(Mark.BROKEN, str(error).removeprefix("BROKEN: ")),)
    yield from found


def _together(found: Iterable[tuple[str, Finding]]) -> Iterator[Finding]:
    """Findings under the names of their files; one that is the same for several is told once."""
    names: dict[Finding, list[str]] = {}
    for path, finding in found:
        names.setdefault(finding, []).append(path.removeprefix("data/"))
    for each, paths in names.items():
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        yield Finding(each.mark, f"{paths[0]}{more}: {each.sentence}", each.of)


@dataclass(frozen=True, slots=True)
class _Ask:
    """`placet.desk.verifying.Ask` of a reader."""

    reader: Reader

    @property
    def home(self) -> Home:
        return self.reader.home

    def policy(self, origin: str) -> Policy | None:
        return self.reader.policy(origin)


def _stamp(file: Path, path: str, bag: Bag, reader: Reader) -> Iterator[Finding]:
    """A time stamp stands beside what it stamps, under its name and `.tsr`."""
    about = path.removesuffix(_STAMP)
    if about not in bag.sha256:
        yield Finding(Mark.OPEN, f"when: {about.rpartition('/')[2]!r}, which it stamps, is not beside it", INCOMPLETE)
        return
    data = _bytes(file.parent / about.rpartition("/")[2], _MOST_STAMPED)
    stamp = verify_stamp(_bytes(file), data, reader.authorities, reader.home.now(), reader.listed)
    said = f"{about.rpartition('/')[2]} existed on {_moment(stamp.at)}, says {stamp.authority}; {stamp.qualified}"
    yield Finding(Mark.CHECKED, said)
    held = [proof for proof in bag.payload if proof.endswith(_RECEIPT) and _is_under(file, path, proof, data)]
    if held:
        names = ", ".join(map(_name, sorted(held)))
        yield Finding(Mark.CHECKED, f"before that, the log held what these prove under it: {names}")


def _anchor(file: Path, path: str, bag: Bag, reader: Reader) -> Finding:
    about = path.removesuffix(_ANCHOR)
    if about not in bag.sha256:
        return Finding(Mark.OPEN, f"when: {_name(about)!r}, which it is about, is not beside it", INCOMPLETE)
    height, at = verify_anchor(
        parse_anchor(_bytes(file)), _bytes(file.parent / _name(about), _MOST_STAMPED), reader.headers
    )
    said = f"{_name(about)} is in Bitcoin block {height}, dated {_moment(at)}, by the header that was given"
    return Finding(Mark.CHECKED, said)


def _is_under(file: Path, path: str, proof: str, note: bytes) -> bool:
    root = Path(str(file).removesuffix(path))
    return parse_proof(_bytes(root / proof)).checkpoint == note


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _openings(file: Path) -> Finding:
    said = _loaded(_bytes(file))
    if not isinstance(said, dict):
        raise BadRecord("it is no object of openings by their commitments")
    for name, opening in said.items():
        parse_opening(json.dumps(opening, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode(), name)
    return Finding(Mark.CHECKED, f"{count(len(said), 'name')}, each of which opens its commitment")


def _loaded(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadRecord(f"this is no JSON: {flaw(error)}") from None


def _observations(file: Path, reader: Reader) -> Finding:
    if not reader.observers:
        return Finding(Mark.UNTRUSTED, "nobody said whose observations to believe; name the key with --observer")
    seen = read_observations([file], reader.observers)
    return Finding(Mark.CHECKED, f"{count(len(seen.observations), 'observation')}, signed by a key you believe")


def _checkpoint(file: Path, reader: Reader) -> Finding:
    note = _bytes(file)
    from placet.record.checkpoint import parse_checkpoint
    from placet.record.notes import parse_note

    origin = parse_checkpoint(parse_note(note).text).origin
    found, _ = verify_checkpoint(note, reader.policy(origin))
    return Finding(Mark.CHECKED, f"the log {origin} signed it, at {count(found.size, 'entry', 'entries')}")


def _works(folder: Path, bag: Bag) -> Iterator[Finding]:
    """Which files of the bundle are works that a receipt in it speaks of."""
    registered: dict[str, str] = {}
    for path in bag.payload:
        if _name(path).startswith("works") and path.endswith(".jsonl") and (folder / path).stat().st_size <= _MOST:
            lines = _bytes(folder / path).splitlines()
            registered |= dict.fromkeys((digest for line in lines for digest in _digests(line)), path)
    for path in sorted(bag.payload):
        if (digest := bag.sha256[path]) in registered:
            short, where = path.removeprefix("data/"), registered[digest].removeprefix("data/")
            yield Finding(Mark.CHECKED, f"{short}: its bytes are those of a work in {where}")


def _digests(line: bytes) -> Iterator[str]:
    try:
        said = _loaded(line)
    except BadRecord:
        return
    if isinstance(said, dict) and isinstance(said.get("sha256"), str):
        yield said["sha256"]


def _bytes(file: Path, most: int = _MOST) -> bytes:
    """A piece of a stranger's bundle; StoreDamaged, unread, when it is longer than any such piece is."""
    return read_plain(file, most) or b""


def _holds(file: Path, word: bytes) -> bool:
    return file.stat().st_size <= _MOST and word in file.read_bytes()


def _moment(seconds: int) -> str:
    from placet.clearance.pages import moment

    return moment(seconds)
