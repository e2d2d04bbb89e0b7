"""False positives and misses under control: what a run measures of itself, frozen in its plan, told in its certificate.

Two measures.  The *background* is how often what is unrelated matches (`clearance.background`), the *known answers* are
registered works that were planted and must be found (`clearance.known`).  Each rate stands beside its counts, with its
one-sided 95 % bound (`clearance.confidence`): nothing is a constant, and what could not be measured is named as such.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from placet.clearance import background, known
from placet.clearance.background import BACKWARDS, GIVEN, MEDIA, TURNED, Background
from placet.clearance.confidence import is_same_bound, lower_text, upper_text
from placet.clearance.known import FILES, PRINTS, THUMBNAILS, Known, Original
from placet.clearance.plan import Ask, Plan
from placet.clearance.readers.sniff import file_part
from placet.clearance.rows import Part, PartKind, Row
from placet.errors import BadRecord, VerificationFailed, WrongUsage
from placet.fingerprints.digests import sha256_of
from placet.snapshot.library import Library
from placet.snapshot.match import Matcher

__all__ = ["USUAL", "Asked", "Control", "Folder", "ask_for", "check_form", "check_units", "control_of", "read_folder"]

USUAL: Final = 64  # rows of each medium that are turned, and works of each that are planted
MEASURES: Final = ("background", "known")
_MOST_FILES: Final = 100_000
_MOST_BYTES: Final = 64 << 20
_UNMEASURED: Final = {"audio": "audio-chroma.work", "video": "video-plh.work"}
_COMPARED = (TURNED, BACKWARDS, GIVEN)
_SOURCES = (FILES, THUMBNAILS, PRINTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What was measured; a medium that stands in neither was not measured."""

    background: tuple[Background, ...] = ()
    known: tuple[Known, ...] = ()
    others: tuple[str, ...] = ()  # media of registered works that are compared, and that no run measures

    @property
    def unmeasured(self) -> tuple[str, ...]:
        """`<measure> <medium>` of what fingerprints there are, and nothing was measured."""
        done = {("background", each.medium) for each in self.background} | {("known", k.medium) for k in self.known}
        usual = tuple(f"{what} {kind}" for what in MEASURES for kind in MEDIA if (what, str(kind)) not in done)
        return usual + tuple(f"{what} {medium}" for medium in self.others for what in MEASURES)

    def to_json(self) -> dict[str, Any]:
        """As a certificate holds it: counts, and bounds as decimal text."""
        return {
            "confidence": "one-sided 95 %, Clopper-Pearson",
            "background": [_background_json(each) for each in self.background],
            "known": [asdict(each) | {"recall_lower": lower_text(each.found, each.planted)} for each in self.known],
            "unmeasured": list(self.unmeasured),
        }


def _background_json(each: Background) -> dict[str, Any]:
    resembling = each.strong + each.verify
    return asdict(each) | {
        "pairs": each.pairs,
        "strong_upper": upper_text(each.strong, each.items),
        "verify_upper": upper_text(min(resembling, each.items), each.items),
        "pairs_strong_upper": upper_text(each.pairs_strong, each.pairs),
        "pairs_verify_upper": upper_text(min(each.pairs_strong + each.pairs_verify, each.pairs), each.pairs),
    }


# --- what is asked ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Folder:
    """Files that the user gave to measure by; `told` is how the plan names them."""

    paths: tuple[Path, ...]
    told: str

    def rows(self) -> Iterable[Row]:
        for path in self.paths:
            parts, problems = file_part(path.name, path.read_bytes(), path.name)
            yield Row(key=path.name, parts=parts, problems=problems)


def read_folder(folder: Path, option: str) -> Folder:
    """Every plain file below; WrongUsage where there is none, or more than can be measured by."""
    if not folder.is_dir():
        raise WrongUsage(f"{option} {folder}: there is no such folder")
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    paths = [path for path in paths if 0 < path.stat().st_size <= _MOST_BYTES]
    if not 0 < len(paths) <= _MOST_FILES:
        raise WrongUsage(f"{option} {folder}: from 1 to {_MOST_FILES:,} files can be measured by, not {len(paths):,}")
    digests = sorted(sha256_of(path.read_bytes()).hex() for path in paths)
    return Folder(tuple(paths), f"{len(paths)} files, sha256 {hashlib.sha256(''.join(digests).encode()).hexdigest()}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How much is measured, and by what the user gave; `told` is what the plan says of it."""

    most: int = USUAL
    unrelated: Folder | None = None
    originals: Folder | None = None

    @property
    def told(self) -> dict[str, str]:
        counts = {"background": str(self.most), "known": str(self.most)} if self.most else {}
        given = {"background_given": self.unrelated, "known_given": self.originals}
        return counts | {name: folder.told for name, folder in given.items() if folder}

    def measure(self, plan: Plan, matcher: Matcher) -> Control:
        """What is measured once a run: by the user's own folders, and with known answers."""
        files = _registered(matcher, self.originals) if self.originals else ()
        return Control(
            background=_given(matcher, plan.ask, self.unrelated) if self.unrelated else (),
            known=known.plant(matcher, plan.ask, plan.digest, self.most, files),
        )


def ask_for(most: int, unrelated: Path | None, originals: Path | None) -> Asked:
    """What the command line asked; WrongUsage when a folder is none."""
    return Asked(
        most=most,
        unrelated=read_folder(unrelated, "--background") if unrelated else None,
        originals=read_folder(originals, "--known") if originals else None,
    )


# --- what came of it --------------------------------------------------------------------------------------------


def control_of(tallies: Mapping[str, int], library: Library, once: Control) -> Control:
    """What the units measured, beside what was measured once."""
    measured = (*background.measured(tallies, library), *once.background)
    others = tuple(medium for medium, name in _UNMEASURED.items() if len(library.arrays[name]))
    return Control(background=measured, known=once.known, others=others)


def _given(matcher: Matcher, ask: Ask, unrelated: Folder) -> tuple[Background, ...]:
    counts: dict[PartKind, Counter[str]] = {}
    for kind in MEDIA:
        rows = (row for row in unrelated.rows() if any(part.kind is kind for part in row.parts))
        counts[kind] = background.measure(matcher, ask, rows)
    found = ((kind, each, background.works_in(matcher.library, kind)) for kind, each in counts.items())
    return tuple(background.background(k, GIVEN, each, works) for k, each, works in found if each["items"] and works)


def _registered(matcher: Matcher, originals: Folder) -> tuple[Original, ...]:
    """The files that are, byte for byte, works of the snapshot."""
    digests = [sha256_of(path.read_bytes()) for path in originals.paths]
    found = []
    for path, works in zip(originals.paths, matcher.exact("sha256", digests), strict=True):
        parts: tuple[Part, ...] = file_part(path.name, path.read_bytes(), path.name)[0] if works else ()
        found += [Original(frozenset(works), part.kind, bytes(part.data)) for part in parts]
    return tuple(found)


# --- checking ---------------------------------------------------------------------------------------------------


def check_form(said: object) -> Control:
    """The measures in a certificate, their bounds computed again; BadRecord where they are not of this form."""
    if said is None:
        return Control()
    try:
        control = _parsed(said)
        _check_bounds(said, control)
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise BadRecord(f"the certificate's measures of itself cannot be read: {error}") from error
    return control


def _parsed(said: Any) -> Control:
    names = {measure: kind.__dataclass_fields__ for measure, kind in (("background", Background), ("known", Known))}
    items = {m: [{name: each[name] for name in names[m]} for each in said[m]] for m in MEASURES}
    for each in (*items["background"], *items["known"]):
        _check_values(each)
    return Control(
        background=tuple(Background(**each) for each in items["background"]),
        known=tuple(Known(**each) for each in items["known"]),
        others=tuple(medium for medium in _UNMEASURED if f"known {medium}" in said["unmeasured"]),
    )


def _check_values(each: Mapping[str, Any]) -> None:
    words = {"medium": tuple(map(str, MEDIA)), "compared": _COMPARED, "source": _SOURCES}
    for name, value in each.items():
        if name == "edit":
            fits = isinstance(value, str) and 0 < len(value) < 40
        elif name in words:
            fits = value in words[name]
        else:
            fits = type(value) is int and value >= 0
        if not fits:
            raise ValueError(f"{name} is {value!r}")


def _check_bounds(said: Any, control: Control) -> None:
    """Counts that cannot be, and bounds that do not belong to their counts, are no measure."""
    for each in control.background:
        if each.items < 1 or max(each.strong, each.verify) > each.items:
            raise ValueError(f"{each.items} items of which more matched")
    for planted in control.known:
        if planted.planted < 1 or planted.found + planted.unclear > planted.planted:
            raise ValueError(f"{planted.planted} planted of which more were found")
    ours = control.to_json()
    for measure in MEASURES:
        for mine, theirs in zip(ours[measure], said[measure], strict=True):
            _check_same(mine, theirs)
    if said["unmeasured"] != ours["unmeasured"]:
        raise ValueError("what was not measured is not what is missing")


def _check_same(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> None:
    for name, value in ours.items():
        is_bound = name.endswith(("_upper", "_lower"))
        if not (is_same_bound(value, theirs[name]) if is_bound else theirs[name] == value):
            raise ValueError(f"{name} is {theirs[name]!r}, and {value!r} follows from the counts")


def check_units(said: Control, tallies: Mapping[str, int]) -> None:
    """What the units measured is what the certificate says they did; VerificationFailed otherwise."""
    for each in said.background:
        if each.compared == GIVEN:
            continue
        theirs = {"items": each.items, "strong": each.strong, "verify": each.verify}
        theirs |= {"pairs-strong": each.pairs_strong, "pairs-verify": each.pairs_verify}
        if any(tallies.get(f"background:{each.medium}.{what}", 0) != n for what, n in theirs.items()):
            raise VerificationFailed("BROKEN: the certificate's background rate is not what the units measured")
    told = {each.medium for each in said.background if each.compared != GIVEN}
    hidden = {name.partition(":")[2].partition(".")[0] for name in tallies if name.startswith("background:")} - told
    if hidden:
        raise VerificationFailed(f"BROKEN: the units measured a background rate ({min(hidden)}) that is not told")
