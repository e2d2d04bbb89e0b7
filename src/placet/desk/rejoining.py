"""Clearing again by the fingerprints that an earlier run left: a newer snapshot is joined, and no media are read."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from placet.app import Home
from placet.clearance.certificate import read_certificate, total
from placet.clearance.control import USUAL, Asked
from placet.clearance.emit import check_apart
from placet.clearance.engine import Progress, begin, finished, run_units
from placet.clearance.plan import Ask, Plan, parse_plan
from placet.clearance.readers import plan_dataset
from placet.clearance.steady import watch
from placet.clearance.unit import UnitRecord
from placet.desk.believing import believe
from placet.desk.clearing import Cleared, begun_by, conclude, rules
from placet.desk.hearing import Speakers, hear_all
from placet.desk.holding import Held, hold
from placet.errors import BadInput, NotFound, Refused, Untrusted, VerificationFailed, WrongUsage
from placet.signing.keys import Role, fingerprint
from placet.snapshot.believed import heeded
from placet.snapshot.library import Library
from placet.snapshot.match import Matcher

__all__ = ["EMITS", "Again", "Earlier", "open_earlier", "reclear"]

EMITS = ("decisions", "list")
_EFFORTS = ("fast", "exact")  # what looks at nothing but the fingerprints of `clearance.prints`
_READ_BY = "; media read by "


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What `placet reclear` was asked; the question is that of the run in `earlier`, put again at `at` (None: now).

    `dataset` is where the data lie, if they are at hand; `signers` are public keys whose runs are believed beside those
    of this home.
    """

    earlier: Path
    snapshot: Path
    out: Path
    dataset: Path | None = None
    at: int | None = None
    emit: str = "decisions"
    trust: Path | None = None
    max_age: int = 30
    signers: tuple[bytes, ...] = ()
    observations: tuple[Path, ...] = ()
    observers: tuple[bytes, ...] = ()
    registry_only: bool = False
    licences: tuple[Path, ...] = ()
    holder: Path | None = None
    originals: Path | None = None
    language: str = "en"
    workers: int = 0
    prints: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A finished run that is believed; `told` is what a plan says of it."""

    folder: Path
    plan: Plan
    records: Mapping[int, UnitRecord]
    told: Mapping[str, str]


def reclear(home: Home, again: Again, progress: Progress = lambda _, __: None) -> Cleared:
    """Judge every row of an earlier run by another snapshot; a row whose fingerprints it lacks is unclear."""
    began = time.monotonic()
    earlier = open_earlier(home, again.earlier, again.signers)
    _check_places(again, earlier.plan)
    library, trust = believe(home, again.snapshot, again.trust, again.max_age, begun=begun_by(again.out))
    still = watch(library)
    asked = replace(again, registry_only=not earlier.plan.signals.get("rows"))
    speakers = hear_all(home, asked)
    _check_speakers(earlier.plan, speakers)
    at = _moment(home, again, library)
    held = hold(home, asked, library, at)
    plan = begin(_plan(earlier, again, library, speakers, held, at), again.out)
    workers, voices = again.workers or os.cpu_count() or 1, speakers.voices(plan)
    matcher = Matcher(heeded(library, plan.ask.min_voice), "exact" if plan.ask.effort == "exact" else "fast", home.hot)
    with still.during(again.out):
        records = run_units(again.dataset, plan, again.out, matcher, workers, progress, voices, earlier.folder)
    trust = f"{trust} No picture and no text was read: {_named(earlier)}."
    once = Asked(most=int(plan.control["known"])).measure(plan, matcher)
    return conclude(home, again, plan, library, trust, held, records, began, once)


def open_earlier(home: Home, folder: Path, signers: tuple[bytes, ...] = ()) -> Earlier:
    """The finished run in `folder`, signed by this home's `clear` key or one of `signers`, its files untouched."""
    try:
        data = (folder / "clearance.json").read_bytes()
        plan = parse_plan((folder / "plan.json").read_bytes())
    except OSError:
        raise NotFound(f"there is no finished clearance in {folder}: it has no clearance.json and plan.json") from None
    certificate = read_certificate(data)
    own = (home.key(Role.CLEAR).public,) if home.key_path(Role.CLEAR).exists() else ()
    if certificate.public not in (*own, *signers):
        key = certificate.public.hex()
        raise Untrusted(
            f"UNTRUSTED: the clearance in {folder} is signed by key {fingerprint(certificate.public)}, which is not"
            f" yours: name it with --signer {key} to believe its fingerprints"
        )
    records = _records(certificate.predicate, plan, folder)
    prints = "".join(f"{r.outputs.get('fingerprints', '-')}  {r.unit}\n" for _, r in sorted(records.items()))
    told = {
        "certificate": hashlib.sha256(data).hexdigest(),
        "fingerprints": hashlib.sha256(prints.encode()).hexdigest(),
        "signer": certificate.public.hex(),
    }
    return Earlier(folder=folder, plan=plan, records=records, told=told)


def _records(said: Mapping[str, object], plan: Plan, folder: Path) -> Mapping[int, UnitRecord]:
    """Those of every unit, as they were certified."""
    records = finished(plan, folder)
    missing = [unit.id for number, unit in enumerate(plan.units) if number not in records]
    if plan.digest != said["plan"] or missing:
        what = f"unit {missing[0]}" if missing else "plan.json"
        raise VerificationFailed(f"BROKEN: {what} of the earlier run was changed or removed after it was certified")
    if said["units"] != {"count": len(plan.units), "root": total(plan, records).root}:
        raise VerificationFailed("BROKEN: the records of the earlier run are not those that were certified")
    return records


def _check_places(again: Again, plan: Plan) -> None:
    """A new folder apart from both, and, where the data are at hand, data that look as they did."""
    check_apart(again.earlier, again.out)
    if plan.ask.effort not in _EFFORTS:
        raise Refused(
            f"the earlier run looked with --effort {plan.ask.effort}, for which fingerprints are not enough: clear the"
            " dataset again"
        )
    then, now = plan.rules.get("numbers", "none"), rules()["numbers"]
    if then != now:
        raise Refused(f"the earlier run read other columns of numbers ({then}; now {now}): clear the dataset again")
    if again.dataset is None:
        return
    check_apart(again.dataset, again.out)
    units, _ = plan_dataset(again.dataset, again.out)
    if units != plan.units:
        changed = next((a.id for a, b in zip(plan.units, units, strict=False) if a != b), "its list of files")
        raise Refused(f"the dataset has changed since the earlier run ({changed}): clear it again")


def _check_speakers(plan: Plan, speakers: Speakers) -> None:
    """Whoever was heard then is heard now: nothing is opened by forgetting to ask."""
    for name, how in (
        ("observations", "give them with --observations"),
        ("lists", "bring them in again with placet import-list"),
        ("crawled", "name the dataset with --dataset DIR"),
    ):
        if plan.signals.get(name) and not speakers.told.get(name):
            what = "crawls in the dataset" if name == "crawled" else name
            raise WrongUsage(f"the earlier run heard {what} that are not given now: {how}")


def _moment(home: Home, again: Again, library: Library) -> int:
    """What was published is not in the future; a run that OUT holds keeps its time (`plan.check_same`, -1)."""
    if again.at is not None:
        return again.at
    try:
        return parse_plan((again.out / "plan.json").read_bytes()).ask.at
    except (OSError, BadInput):
        return max(home.now(), library.manifest.made_at)


def _plan(earlier: Earlier, again: Again, library: Library, speakers: Speakers, held: Held, at: int) -> Plan:
    before = earlier.plan
    ask: Ask = replace(before.ask, at=at, holder=held.holder or None, licences=held.licences)
    return replace(
        before,
        snapshot=library.manifest.digest,
        ask=ask,
        emit=again.emit,
        rules=_rules(before),
        signals=speakers.told,
        licences=held.digests,
        prints=again.prints,
        earlier=dict(earlier.told),
        control={"known": str(USUAL)},  # no media are read: works are planted, and nothing is turned
    )


def _rules(before: Plan) -> dict[str, str]:
    """Those of this release; where an earlier one read the media, its versions are told."""
    now, then = rules(), before.rules.get("versions", "")
    read_by = then.rpartition(_READ_BY)[2]
    return now if read_by == now["versions"] else now | {"versions": f"{now['versions']}{_READ_BY}{read_by}"}


def _named(earlier: Earlier) -> str:
    return f"the fingerprints of the run certified as {earlier.told['certificate'][:12]} were joined"
