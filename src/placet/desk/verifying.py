"""Verifying a snapshot or a certificate: each finding says what was checked, what broke, or what was not."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from placet.app import Home, today
from placet.clearance.background import GIVEN
from placet.clearance.certificate import Certificate, check_outputs, read_certificate
from placet.clearance.control import check_form
from placet.core.authority import Step
from placet.core.ids import short
from placet.desk.believing import beside_seen
from placet.desk.snapshots import check_deeply
from placet.errors import BadInput, PlacetError, Untrusted
from placet.log.files import read_plain
from placet.record.policy import Policy
from placet.registry.phrases import count
from placet.signing.findings import Finding, Mark
from placet.signing.keys import fingerprint
from placet.signing.witnessed import witness_findings
from placet.snapshot.library import Library, read_manifest

__all__ = ["certificate", "snapshot"]

_NO_PRINTS = (
    "that the fingerprints are those of the works (the arrays image-plh, text-winnow, text-sha256, quality):"
    " whoever has a work can look it up in the snapshot, and see that it is found"
)
_NO_NAMES = "who holds the keys that speak in it"


class Ask(Protocol):
    """What a check is given besides the path."""

    @property
    def home(self) -> Home: ...
    def policy(self, origin: str) -> Policy | None: ...


def snapshot(path: Path, ask: Ask) -> tuple[Finding, ...]:
    """A snapshot: published by its log, its files untouched, its words those of the log's entries."""
    manifest = read_manifest(path)
    try:
        policy = ask.policy(manifest.origin)
        checked = check_deeply(path, policy)
    except Untrusted as error:
        return (Finding(Mark.UNTRUSTED, str(error).removeprefix("UNTRUSTED: ")),)
    except PlacetError as error:
        return (Finding(Mark.BROKEN, str(error).removeprefix("BROKEN: ")),)
    said, works = count(manifest.counts["words"], "declaration"), count(len(checked.library), "work")
    return (
        Finding(Mark.CHECKED, f"log {manifest.origin} published this manifest, made on {today(manifest.made_at)}"),
        Finding(Mark.CHECKED, f"{count(len(manifest.files), 'file')} are what the manifest says"),
        Finding(Mark.CHECKED, f"{count(checked.entries, 'entry', 'entries')}: each signed by the key it names"),
        Finding(Mark.CHECKED, f"{said} and {works} are exactly those of the log's entries"),
        *beside_seen(ask.home, path, checked.publication),
        Finding(Mark.OPEN, _NO_PRINTS),
        *witness_findings(checked.publication.proof.checkpoint, policy),
        Finding(Mark.OPEN, _NO_NAMES + _known(checked.library, manifest.made_at)),
    )


def _known(library: Library, at: int) -> str:
    """How many of the parties the log, or an issuer that it knows, says that it checked; that they did is not shown."""
    authority = library.authority
    parties = {authority.party_of(party.key) for party in library.parties.values() if party.role == "party"}
    known = sum(authority.step(party, at) >= Step.DOMAIN for party in parties)
    return f": the log says that it checked {known} of {count(len(parties), 'party', 'parties')}" if known else ""


def certificate(path: Path, ask: Ask) -> tuple[Finding, ...]:
    """A clearance: signed, and everything it says recomputed from the run's files where they lie beside it."""
    folder = path if path.is_dir() else path.parent
    file = path / "clearance.json" if path.is_dir() else path
    try:
        read = read_certificate(read_plain(file) or b"")
    except PlacetError as error:
        return (Finding(Mark.BROKEN, str(error).removeprefix("BROKEN: ")),)
    findings = [Finding(Mark.CHECKED, f"signed by key {fingerprint(read.public)}{_called(read)}")]
    findings.append(_recomputed(read, folder))
    question = read.predicate["question"]
    if licences := read.predicate.get("licences"):
        names = ", ".join(short(id_) for id_ in licences)
        findings.append(Finding(Mark.OPEN, f"the licences relied on ({names}): `placet licence verify` each"))
    findings += [
        Finding(Mark.OPEN, f"who holds key {fingerprint(read.public)}: a name in a certificate is a claim"),
        Finding(Mark.OPEN, _registry(read)),
        *_signals(read),
        *_earlier(read),
        *_measures(read),
        Finding(Mark.OPEN, "that the run was honest: clear the same data again, and compare decisions.parquet"),
        Finding(Mark.OPEN, f"the data itself, {count(len(read.subjects), 'digest')}: compare with `sha256sum`"),
        Finding(Mark.OPEN, f"what the law makes of it: {', '.join(question['profiles'])} is a choice of the asker"),
    ]
    return tuple(findings)


def _recomputed(read: Certificate, folder: Path) -> Finding:
    if not (folder / "plan.json").exists():
        return Finding(Mark.OPEN, "the unit records: they do not lie beside the certificate")
    try:
        units = check_outputs(read, folder)
    except (PlacetError, BadInput) as error:
        return Finding(Mark.BROKEN, str(error).removeprefix("BROKEN: "))
    rows = count(read.predicate["rows"], "row")
    return Finding(Mark.CHECKED, f"{rows} in {count(units, 'unit')}: plan, records, counts and decisions recomputed")


def _registry(read: Certificate) -> str:
    snapshot = read.predicate["snapshot"]
    if not snapshot:
        return "whether a registry says no: none was consulted, as the certificate says"
    return f"the snapshot {snapshot['manifest'][:12]}: `placet verify` it by itself"


def _measures(read: Certificate) -> tuple[Finding, ...]:
    """Its bounds follow from its counts; what a user gave to measure by is her word."""
    said = check_form(read.predicate.get("control"))
    if not (said.background or said.known):
        return (Finding(Mark.OPEN, "how often it is wrong: the run did not measure it"),)
    given = [each for each in said.background if each.compared == GIVEN]
    findings = [Finding(Mark.CHECKED, "its false matches and known answers: each bound follows from its counts")]
    if given:
        findings.append(Finding(Mark.OPEN, "that what was given as unrelated is nobody's: the asker says so"))
    return tuple(findings)


def _signals(read: Certificate) -> tuple[Finding, ...]:
    """Whose observations were believed; nothing here hears them again."""
    observed = read.predicate["signals"].get("observed", "")
    if not observed:
        return ()
    keys = ", ".join(key[:12] for key in read.predicate["signals"]["observers"].split())
    return (Finding(Mark.OPEN, f"what the sites said: {observed}, on the word of key {keys}"),)


def _earlier(read: Certificate) -> tuple[Finding, ...]:
    """What was judged in place of the media."""
    earlier = read.predicate.get("earlier")
    if not earlier:
        return ()
    run = f"the clearance certified as {earlier['certificate'][:12]}, signed by key {earlier['signer'][:12]}"
    return (Finding(Mark.OPEN, f"the media, which were not read again: {run}, left the fingerprints"),)


def _called(read: Certificate) -> str:
    name = read.predicate["key"].get("name", "")
    return f", which calls itself {name!r}" if name else ""
