"""The plan of a run: everything that decides its outcome, frozen in `plan.json` before the first row.

Law 6: the same snapshot, data and plan give the same decisions, byte for byte; a resume refuses a changed plan.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from placet.clearance.rows import Unit
from placet.core.canonical import decode, encode
from placet.core.decision import Question
from placet.core.licence import Licence
from placet.core.profile import PROFILES, Profile
from placet.core.stance import Voice
from placet.core.subject import Subject
from placet.core.use import Use
from placet.errors import BadRecord, PlanChanged, TooNew

__all__ = ["FORMAT", "Ask", "Plan", "check_same", "parse_plan"]

FORMAT = 2  # 2: a snapshot may be missing, signals speak beside it, and an agent may be named


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """The question put to every row; several profiles are answered in one pass.

    `licences` are held by `holder`, genuine and standing: what made sure of that is who makes an Ask.
    """

    use: Use
    profiles: tuple[Profile, ...]
    at: int
    territory: str | None = None
    effort: str = "fast"
    agent: str | None = None
    holder: str | None = None
    model: str | None = None
    licences: tuple[Licence, ...] = ()
    min_voice: Voice = Voice.CLAIMED

    def question(self, subjects: tuple[Subject, ...]) -> Question:
        return Question(
            subjects=subjects,
            use=self.use,
            at=self.at,
            territory=self.territory,
            agent=self.agent,
            holder=self.holder,
            model=self.model,
            min_voice=self.min_voice,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`snapshot` is the manifest's digest, empty when no registry is asked.

    `signals` says what speaks beside it, each with the digest of what it says; `licences` are those that the asker
    holds, each by its id with the digest of its signed document; `rules` are the versions and
    thresholds the matching goes by. With `drop_generated` nothing that says it was generated is handed on.
    With `prints` the run leaves the fingerprints of what it read. `earlier` names the run whose fingerprints are judged
    in place of the media: its `certificate` and its units' `fingerprints` by SHA-256, and the key of its `signer`.
    `control` is what the run measures itself by (`clearance.control`); it decides no row. `place` is where a dataset
    lies that is not on this disk: its `url`, and the digest of its `listing` (names, sizes and versions).
    """

    snapshot: str
    dataset: str
    ask: Ask
    emit: str
    rules: Mapping[str, str]
    units: tuple[Unit, ...]
    signals: Mapping[str, str] = field(default_factory=dict)
    drop_generated: bool = False
    licences: Mapping[str, str] = field(default_factory=dict)
    prints: bool = True
    earlier: Mapping[str, str] = field(default_factory=dict)
    control: Mapping[str, str] = field(default_factory=dict)
    place: Mapping[str, str] = field(default_factory=dict)

    def data(self) -> bytes:
        ask = self.ask
        value = {
            "v": FORMAT,
            "snapshot": self.snapshot,
            "dataset": self.dataset,
            "use": ask.use.value,
            "profiles": [profile.name for profile in ask.profiles],
            "at": ask.at,
            "territory": ask.territory or "",
            "effort": ask.effort,
            "agent": ask.agent or "",
            "holder": ask.holder or "",
            "model": ask.model or "",
            "licences": dict(self.licences),
            "signals": dict(self.signals),
            "drop_generated": int(self.drop_generated),
            "emit": self.emit,
            "rules": dict(self.rules),
            "units": [unit.to_json() for unit in self.units],
        }
        value |= {"control": dict(self.control)} if self.control else {}
        value |= {"min_voice": ask.min_voice.name.lower()} if ask.min_voice is not Voice.CLAIMED else {}
        value |= {} if self.prints else {"prints": 0}
        value |= {"earlier": dict(self.earlier)} if self.earlier else {}
        value |= {"place": dict(self.place)} if self.place else {}
        return encode(value)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.data()).hexdigest()


def parse_plan(data: bytes) -> Plan:
    """The plan in these bytes."""
    value = decode(data)
    if not isinstance(value, dict) or type(value.get("v")) is not int:
        raise BadRecord("plan.json is no plan of a clearance")
    if value["v"] > FORMAT:
        raise TooNew(f"plan.json has format {value['v']}; this release reads up to {FORMAT}: update placet")
    if value["v"] < FORMAT:
        raise BadRecord(f"plan.json has format {value['v']}, of an earlier placet: clear again with this one")
    try:
        return _plan(value)
    except (KeyError, TypeError, ValueError) as error:
        raise BadRecord(f"plan.json lacks or misstates {error}") from error


def _plan(value: Mapping[str, Any]) -> Plan:
    ask = Ask(
        use=Use(value["use"]),
        profiles=tuple(PROFILES[name] for name in value["profiles"]),
        at=int(value["at"]),
        territory=value["territory"] or None,
        effort=str(value["effort"]),
        agent=value["agent"] or None,
        holder=value["holder"] or None,
        model=value["model"] or None,
        min_voice=Voice[str(value.get("min_voice", "claimed")).upper()],
    )
    return Plan(
        snapshot=str(value["snapshot"]),
        dataset=str(value["dataset"]),
        ask=ask,
        emit=str(value["emit"]),
        rules={str(name): str(rule) for name, rule in value["rules"].items()},
        units=tuple(Unit.from_json(unit) for unit in value["units"]),
        signals={str(name): str(digest) for name, digest in value["signals"].items()},
        drop_generated=bool(value["drop_generated"]),
        licences={str(id_): str(digest) for id_, digest in value["licences"].items()},
        prints=bool(value.get("prints", 1)),
        earlier={str(name): str(digest) for name, digest in value.get("earlier", {}).items()},
        control={str(name): str(said) for name, said in value.get("control", {}).items()},
        place={str(name): str(said) for name, said in value.get("place", {}).items()},
    )


def check_same(begun: Plan, now: Plan) -> Plan:
    """The plan to resume by; PlanChanged names the first thing that differs.

    A run that was begun without a stated time goes on with the time it began at: `now` says so by `at` -1.
    """
    if now.ask.at == -1:
        now = replace(now, ask=replace(now.ask, at=begun.ask.at))
    for what, old, new in (
        ("dataset", begun.dataset, now.dataset),
        ("place", begun.place.get("url"), now.place.get("url")),
        ("snapshot", begun.snapshot or None, now.snapshot or None),
        ("use", begun.ask.use, now.ask.use),
        ("profile", [p.name for p in begun.ask.profiles], [p.name for p in now.ask.profiles]),
        ("time", begun.ask.at, now.ask.at),
        ("territory", begun.ask.territory, now.ask.territory),
        ("effort", begun.ask.effort, now.ask.effort),
        ("agent", begun.ask.agent, now.ask.agent),
        ("holder", begun.ask.holder, now.ask.holder),
        ("model", begun.ask.model, now.ask.model),
        ("minimum voice", begun.ask.min_voice.name.lower(), now.ask.min_voice.name.lower()),
        ("set of licences", _held(begun), _held(now)),
        *((f"choice of {name}", begun.signals.get(name), now.signals.get(name)) for name in now.signals),
        ("choice to drop what was generated", _yes(begun.drop_generated), _yes(now.drop_generated)),
        ("choice to leave fingerprints", _yes(begun.prints), _yes(now.prints)),
        ("earlier run", begun.earlier.get("certificate"), now.earlier.get("certificate")),
        ("output", begun.emit, now.emit),
        *((f"measure of {name}", begun.control.get(name), now.control.get(name)) for name in _both(begun, now)),
        *((f"rule of {name}", begun.rules.get(name), now.rules.get(name)) for name in {**begun.rules, **now.rules}),
    ):
        if old != new:
            raise PlanChanged(
                f"this run was begun with another {what} ({_told(old)}, now {_told(new)}): choose a new OUT"
            )
    if begun.units != now.units:
        changed = next((a.id for a, b in zip(begun.units, now.units, strict=False) if a != b), "its list of files")
        raise PlanChanged(f"the dataset has changed since this run was begun ({changed}): choose a new OUT")
    if begun.place != now.place:
        raise PlanChanged("the dataset has changed since this run was begun (a file was replaced): choose a new OUT")
    return replace(begun, ask=replace(begun.ask, licences=now.ask.licences))


def _held(plan: Plan) -> list[str]:
    return sorted(f"{id_[:12]} ({digest[:12]})" for id_, digest in plan.licences.items())


def _both(begun: Plan, now: Plan) -> list[str]:
    return sorted({*begun.control, *now.control})


def _yes(choice: bool) -> str:
    return "yes" if choice else "no"


def _told(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return "none" if value is None else str(value)
