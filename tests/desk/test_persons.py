"""The voice story: one voice for one project until a date, a manager's mandate, an estate, and strangers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from placet.app import Home
from placet.core.money import parse_money
from placet.core.offer import Offer, Unit
from placet.core.person import likeness
from placet.core.profile import PROFILES
from placet.core.stance import Stance
from placet.core.title import Claim, Title
from placet.core.use import PRESETS, Use
from placet.desk.granting import Grant, give, revoke
from placet.desk.persons import Asked, ask_person
from placet.errors import Refused
from placet.registry.compose import Wish
from placet.signing.keys import Key, Role
from tests.factories import NOW, a_home, a_key, check_log

DAY = 86_400
ANA, MANAGER, STUDIO, STRANGER, ESTATE = (a_key(number) for number in range(1, 6))
HERS = ANA.public.hex()
VOICE = likeness(HERS, "voice")
DEAD = "isni:0000000121032683"
LATE = likeness(DEAD, "voice")
PROJECT = "Night Train"
LIKENESS = (Use.OUTPUT_LIKENESS,)


@dataclass
class Stage:
    home: Home
    day: int = 0
    files: list[Path] = field(default_factory=list)

    def on(self, day: int) -> None:
        self.day = day
        self.home.now = lambda: NOW + day * DAY

    def act(self, key: Key, type_: str, **body: object) -> str:
        composer = self.home.composer(key)
        entry = composer._sign(type_, body)
        self.home.log.append(composer.submission())
        return entry.id

    def say(self, key: Key, stance: Stance, *, subject=VOICE, uses=PRESETS["ai"], terms="", until=0) -> None:
        composer = self.home.composer(key)
        wish = Wish(uses=tuple(uses), stance=stance, start=self.home.now(), terms=terms, until=until)
        composer.declare([subject], wish)
        self.home.log.append(composer.submission())

    def mandate(self, *, acts=("license",), until: int = 0, scope=(VOICE,)) -> str:
        granted = self.act(
            ANA,
            "mandate.grant",
            to=MANAGER.public.hex(),
            acts=list(acts),
            scope=[str(subject) for subject in scope],
            rights=[],
            territory=[],
            **{"from": self.home.now(), "until": NOW + until * DAY if until else 0},
            exclusive=0,
            revocable=1,
            depth=0,
            parent="",
            evidence="",
        )
        self.act(MANAGER, "mandate.accept", mandate=granted)
        return granted

    def license(self, key: Key, start: int, until: int, *, subject=VOICE) -> Path:
        offer = Offer(uses=LIKENESS, unit=Unit.WORK, price=parse_money("500.00 EUR"))
        self.say(key, Stance.LICENSE, subject=subject, uses=LIKENESS, terms=offer.data().decode())
        grant = Grant(
            works=[subject],
            holder=STUDIO.public.hex(),
            uses=LIKENESS,
            offer=offer,
            model=PROJECT,
            start=NOW + start * DAY,
            until=NOW + until * DAY,
        )
        made = give(self.home, key, grant)
        self.files.append(made.path)
        return made.path

    def ask(self, day: float, *, holder: str = STUDIO.public.hex(), project: str = PROJECT, person: str = HERS):
        """The outcome for her likeness in outputs, by profile."""
        found = ask_person(
            self.home,
            Asked(
                person=person,
                aspects=("voice",),
                uses=LIKENESS,
                at=int(NOW + day * DAY),
                holder=holder,
                project=project,
                licences=tuple(self.files),
            ),
            None,
            None,
        )
        return {decision.profile.name: decision.outcome.value for decision in found.answers[0].decisions}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(a_home(tmp_path))
    for key in (ANA, MANAGER, STUDIO, STRANGER, ESTATE):
        stage.home.log.append(stage.home.composer(key).submission())
    return stage


def all_profiles(outcome: str) -> dict[str, str]:
    return dict.fromkeys(PROFILES, outcome)


def test_a_manager_licenses_one_voice_for_one_project_until_a_date(stage: Stage) -> None:
    stage.on(1)
    stage.say(ANA, Stance.RESERVE)
    stage.on(2)
    stage.mandate(until=40)
    stage.on(10)
    stage.license(MANAGER, start=12, until=20)
    stage.on(30)

    assert stage.ask(0.5) == {
        "consent": "silent",
        "uk": "silent",
        "eu-art4": "silent",
        "us": "unsettled",
        "research-art3": "silent",
    }
    assert stage.ask(5) == all_profiles("reserved")
    assert stage.ask(11) == all_profiles("reserved")
    assert stage.ask(12) == all_profiles("cleared")
    assert stage.ask(19.9) == all_profiles("cleared")
    assert stage.ask(20) == all_profiles("reserved")
    assert stage.ask(15, project="Day Train") == all_profiles("reserved")
    assert stage.ask(15, holder=STRANGER.public.hex()) == all_profiles("reserved")
    check_log(stage.home)


def test_what_the_performer_says_later_herself_is_not_lifted_by_an_older_mandate_that_ended(stage: Stage) -> None:
    stage.on(1)
    stage.say(ANA, Stance.RESERVE)
    granted = stage.mandate()
    stage.on(2)
    stage.act(ANA, "mandate.revoke", mandate=granted)

    with pytest.raises(Refused, match="mandate"):
        stage.license(MANAGER, start=3, until=9)


def test_a_licence_given_after_the_mandate_ended_lifts_nothing(stage: Stage) -> None:
    stage.on(1)
    stage.say(ANA, Stance.RESERVE)
    granted = stage.mandate()
    stage.license(MANAGER, start=2, until=9)
    stage.on(3)
    stage.act(ANA, "mandate.revoke", mandate=granted)
    offer = Offer(uses=LIKENESS, unit=Unit.WORK, price=parse_money("500.00 EUR"))
    before = stage.files.pop()
    grant = Grant(works=[VOICE], holder=STUDIO.public.hex(), uses=LIKENESS, offer=offer, until=NOW + 9 * DAY)
    stage.files = [give(stage.home, MANAGER, grant).path]

    assert stage.ask(5, project="") == all_profiles("reserved")
    stage.files = [before]
    assert stage.ask(5) == all_profiles("cleared")


def test_a_licence_that_is_taken_back_ends(stage: Stage) -> None:
    stage.on(1)
    stage.license(ANA, start=2, until=20)
    stage.on(10)
    revoke(stage.home, ANA, stage.files[0].stem)
    stage.on(12)

    assert stage.ask(5) == all_profiles("cleared")
    assert stage.ask(11) == all_profiles("licence")


def test_nobody_else_speaks_of_a_voice_named_by_a_key(stage: Stage) -> None:
    with pytest.raises(Refused, match=r"is hers: only she speaks of it, .* \(likeness\.not-yours\)"):
        stage.say(STRANGER, Stance.ALLOW)


def test_a_mandate_to_license_is_none_to_allow(stage: Stage) -> None:
    stage.mandate()

    with pytest.raises(Refused, match=r"likeness\.not-yours"):
        stage.say(MANAGER, Stance.ALLOW)


def test_an_estate_refuses_for_the_dead_and_a_stranger_opens_nothing(stage: Stage) -> None:
    stage.on(1)
    stage.say(STRANGER, Stance.ALLOW, subject=LATE)
    stage.on(2)

    assert set(stage.ask(2, person=DEAD).values()) == {"silent", "unsettled"}

    estate = ESTATE.public.hex()
    stage.act(
        stage.home.key(Role.LOG),
        "identity.attest",
        party=estate,
        kind="document",
        value="",
        commitment="ab" * 32,
        method="document",
        **{"from": stage.home.now(), "until": 0},
        evidence="",
    )
    claims = (Claim(who=estate, role="estate", right="likeness"),)
    title = Title(subject=LATE, claims=claims)
    composer = stage.home.composer(ESTATE)
    composer._sheet("claim.add", [title.data()])
    stage.home.log.append(composer.submission())
    stage.say(ESTATE, Stance.RESERVE, subject=LATE)
    stage.on(3)

    assert stage.ask(3, person=DEAD) == all_profiles("reserved")


def test_a_word_about_all_of_a_person_reaches_her_voice(stage: Stage) -> None:
    stage.say(ANA, Stance.RESERVE, subject=likeness(HERS, "likeness"))
    stage.on(1)

    assert stage.ask(1) == all_profiles("reserved")


def test_no_exception_of_copyright_opens_a_voice(stage: Stage) -> None:
    stage.on(1)
    found = ask_person(stage.home, Asked(person=HERS, aspects=("voice",), uses=(Use.MINE, Use.TRAIN)), None, None)

    assert {decision.outcome.value for decision in found.answers[0].decisions} == {"silent", "unsettled"}

    stage.say(ANA, Stance.RESERVE)
    found = ask_person(stage.home, Asked(person=HERS, uses=(Use.MINE, Use.TRAIN)), None, None)

    assert {decision.outcome.value for decision in found.answers[0].decisions} == {"reserved"}
