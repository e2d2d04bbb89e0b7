"""Nothing that a thief says with a stolen key opens what its holder closed: a machine that steals, and tries.

The model is a sentence: before the theft Ana said no, and whoever stole one of her two keys may say whatever the record
lets him.  Once she has done what the docs tell her to, the answer is still no, under every profile.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from placet.app import Home
from placet.core import PROFILES, Outcome, Question, Stance, Use, decide
from placet.core.authority import DAY, Authority
from placet.core.declaration import Declaration
from placet.core.person import likeness
from placet.core.stance import Voice
from placet.core.subject import Kind, Subject
from placet.errors import Refused
from placet.registry.compose import Attested, Composer, NewMandate, Wish
from placet.signing.keys import Key, Role
from placet.snapshot.blankets import blankets
from tests.factories import NOW, a_home, a_key, a_wish, a_work, check_identity, check_log, works_of

ANA, PAL, UNION = (a_key(number) for number in (1, 2, 3))
SPARE = a_key(7, Role.RECOVERY)
HERS = ANA.public.hex()
REPERTOIRE, VOICE = Subject(Kind.REPERTOIRE, HERS), likeness(HERS, "voice")
ALL = (Use.TRAIN, Use.OUTPUT_LIKENESS)


def put(home: Home, key: Key, write: Callable[[Composer], object], at: int = 0) -> str:
    composer = home.composer(key)
    composer.at = at or home.now()
    write(composer)
    home.log.append(composer.submission())
    return composer.entries[-1].id


def wish(stance: Stance) -> Wish:
    return a_wish(stance, uses=ALL)


def closed(home: Home, stance: Stance = Stance.RESERVE, *, spare: bool = True, checked: bool = True) -> Subject:
    """Ana registers a work and closes it, all she has and her voice; the log checked who she and her pal are."""
    composer = home.composer(ANA)
    (work,) = works_of(composer.register([a_work(1)]))
    composer.declare([work, REPERTOIRE, VOICE], wish(stance))
    home.log.append(composer.submission())
    for key in (PAL, UNION):
        home.log.append(home.composer(key).submission())
    check_identity(home, *((1, 2) if checked else (2,)))
    if spare:
        put(home, ANA, lambda composer: composer.prepare_recovery(SPARE.public, 7))
    return work


def outcomes(home: Home, work: Subject, at: int) -> dict[tuple[object, ...], Outcome]:
    """What is answered about her work and her voice, to whom asks anybody or only whom was checked."""
    authority = Authority.of(home.registry.acts())

    def words(subject: Subject) -> list[Declaration]:
        return [d for s in home.registry.spoken_about(subject) for d in s.about(subject)]

    def weighed(subject: Subject) -> list[Declaration]:
        return authority.weigh(words(subject))

    of_work = authority.weigh(words(work), HERS) + blankets(HERS, work, authority, weighed)
    return {
        (subject.kind, use, least, profile.name): decide(
            Question(subjects=(subject,), use=use, at=at, min_voice=least), heard, profile=profile
        ).outcome
        for subject, heard in ((work, of_work), (VOICE, weighed(VOICE)))
        for use in (Use.TRAIN_GENERATIVE, Use.OUTPUT_LIKENESS)
        for least in (Voice.CLAIMED, Voice.VERIFIED)
        for profile in PROFILES.values()
    }


class Theft(RuleBasedStateMachine):
    """Time passes by days; the thief has her key, her recovery key, or hers and a pal of his own who was checked."""

    template: Path
    folder: Path
    work: Subject

    @initialize(stolen=st.sampled_from(["key", "spare"]), stance=st.sampled_from([Stance.RESERVE, Stance.LICENSE]))
    def steal(self, stolen: str, stance: Stance) -> None:
        source = self.template / stance.name
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(source, self.folder)
        self.home, self.clock = replace(a_home(self.folder), now=lambda: self.clock), NOW + 30 * DAY
        (self.work,) = (each.subject for each in self.home.registry.works())
        self.stolen, self.stance, self.since = stolen, stance, self.clock
        self.keys: list[Key] = [ANA] if stolen == "key" else []
        self.made = 100
        self.recoveries: list[str] = []
        self.mandates: list[str] = []

    def try_(self, key: Key, write: Callable[[Composer], object], at: int = 0) -> str:
        try:
            return put(self.home, key, write, at)
        except Refused:
            return ""

    def new(self) -> Key:
        self.made += 1
        return a_key(self.made)

    # ---- the thief -------------------------------------------------------------------------------------

    @precondition(lambda self: self.keys)
    @rule(
        stance=st.sampled_from([*Stance]), back=st.integers(-1, 1), which=st.integers(0, 9), subject=st.integers(0, 2)
    )
    def say(self, stance: Stance, back: int, which: int, subject: int) -> None:
        key, about = self.keys[which % len(self.keys)], (self.work, REPERTOIRE, VOICE)[subject]
        self.try_(key, lambda composer: composer.declare([about], wish(stance)), self.clock - back * DAY)

    @precondition(lambda self: self.keys)
    @rule(back=st.integers(-1, 1), which=st.integers(0, 9), subject=st.integers(0, 2))
    def take_back(self, back: int, which: int, subject: int) -> None:
        about = (self.work, REPERTOIRE, VOICE)[subject]
        for said in self.home.registry.spoken_about(about):
            if said.stance in (Stance.RESERVE, Stance.LICENSE):
                key = self.keys[which % len(self.keys)]
                self.try_(key, lambda composer, said=said: composer.withdraw(said), self.clock - back * DAY)

    @precondition(lambda self: self.keys)
    @rule(which=st.integers(0, 9), back=st.integers(-1, 1))
    def hand_on(self, which: int, back: int) -> None:
        new = self.new()
        if self.try_(self.keys[which % len(self.keys)], lambda c: c.rotate(new), self.clock - back * DAY):
            self.keys.append(new)

    @precondition(lambda self: self.keys)
    @rule(which=st.integers(0, 9), exclusive=st.booleans())
    def let_a_pal(self, which: int, exclusive: bool) -> None:
        mandate = NewMandate(
            to=PAL.public.hex(), acts=("allow", "reserve", "license"), start=self.clock - DAY, exclusive=exclusive
        )
        if id_ := self.try_(self.keys[which % len(self.keys)], lambda c: c.grant(mandate), self.clock - DAY):
            self.try_(PAL, lambda composer: composer.accept(id_))

    @rule(subject=st.integers(0, 2), back=st.integers(-1, 1))
    def the_pal_says_yes(self, subject: int, back: int) -> None:
        about = (self.work, REPERTOIRE, VOICE)[subject]
        self.try_(PAL, lambda composer: composer.declare([about], wish(Stance.ALLOW)), self.clock - back * DAY)

    @rule(
        by=st.integers(0, 9),
        whom=st.integers(0, 9),
        back=st.integers(-1, 1),
        since=st.sampled_from([-1, 0, 1, 5, 40]),
    )
    def revoke(self, by: int, whom: int, back: int, since: int) -> None:
        """Any key that he has says of any of the party's that it was lost: never, a while ago, or just now."""
        his = [*self.keys, *([SPARE] if self.stolen == "spare" else [])]
        known = [ANA, *self.keys]
        key, lost = his[by % len(his)], known[whom % len(known)].public.hex()
        when, at = (0 if since < 0 else self.clock - since * DAY), self.clock - back * DAY
        self.try_(key, lambda composer: composer.revoke_key(lost, min(when, at), "because"), at)

    @precondition(lambda self: self.stolen == "spare")
    @rule(back=st.integers(-1, 1))
    def recover(self, back: int) -> None:
        new = self.new()
        if id_ := self.try_(SPARE, lambda composer: composer.recover(HERS, new), self.clock - back * DAY):
            self.keys.append(new)
            self.recoveries.append(id_)
            self.try_(ANA, lambda composer: composer.cancel_recovery(id_))

    @precondition(lambda self: self.keys)
    @rule(which=st.integers(0, 9))
    def name_a_recovery_key(self, which: int) -> None:
        public = a_key(9, Role.RECOVERY).public
        self.try_(self.keys[which % len(self.keys)], lambda composer: composer.prepare_recovery(public, 7))

    @precondition(lambda self: self.recoveries and self.keys)
    @rule(which=st.integers(0, 9))
    def object(self, which: int) -> None:
        key = self.keys[which % len(self.keys)]
        self.try_(key, lambda composer: composer.cancel_recovery(self.recoveries[-1]))

    # ---- everybody -------------------------------------------------------------------------------------

    @rule(days=st.integers(1, 12))
    def wait(self, days: int) -> None:
        self.clock += days * DAY

    def teardown(self) -> None:
        """She does what the docs say: revoke the stolen key by the spare one, since the day it was stolen."""
        if not hasattr(self, "home"):
            return
        if self.stolen == "key":
            put(self.home, SPARE, lambda composer: composer.revoke_key(HERS, self.since, "stolen"))
        before = outcomes(a_home(self.template / self.stance.name), self.work, self.clock)
        after = outcomes(self.home, self.work, self.clock)
        assert [asked for asked, outcome in after.items() if outcome.rank < before[asked].rank] == []
        check_log(self.home)


@pytest.mark.slow
def test_nothing_that_a_thief_says_opens_what_its_holder_closed(tmp_path: Path) -> None:
    for stance in (Stance.RESERVE, Stance.LICENSE):
        closed(a_home(tmp_path / stance.name), stance)
    Theft.template, Theft.folder = tmp_path, tmp_path / "home"

    run_state_machine_as_test(
        Theft,
        settings=settings(
            max_examples=30,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.explicit, Phase.generate, Phase.shrink),
        ),
    )


# ---- one rule each -------------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return a_home(tmp_path)


def is_reserved(home: Home, work: Subject, at: int = NOW + 40 * DAY) -> bool:
    found = outcomes(home, work, at)
    return found[Kind.WORK, Use.TRAIN_GENERATIVE, Voice.CLAIMED, "eu-art4"] is Outcome.RESERVED


def take_back(home: Home, key: Key, work: Subject, at: int) -> None:
    (said,) = home.registry.spoken_about(work)
    put(home, key, lambda composer: composer.withdraw(said), at)


def revoke(home: Home, since: int, by: Key = SPARE) -> str:
    return put(home, by, lambda composer: composer.revoke_key(HERS, since, "stolen"))


def test_what_a_thief_dates_back_by_a_day_falls_too(home: Home) -> None:
    work = closed(home)
    home = replace(home, now=lambda: NOW + 30 * DAY)
    take_back(home, ANA, work, NOW + 29 * DAY)

    revoke(home, NOW + 30 * DAY)

    assert is_reserved(home, work)


def test_what_she_took_back_before_stays_so(home: Home) -> None:
    work = closed(home)
    take_back(home, ANA, work, NOW)
    home = replace(home, now=lambda: NOW + 30 * DAY)

    revoke(home, NOW + 30 * DAY)

    assert not is_reserved(home, work)


@pytest.mark.parametrize(("days", "id_"), [(2, "clock.ahead"), (-2, "clock.behind")])
def test_no_entry_is_dated_far_from_the_clock_of_the_log(home: Home, days: int, id_: str) -> None:
    closed(home)

    with pytest.raises(Refused, match=rf"2 days .*{id_}"):
        put(home, PAL, lambda composer: composer.claim_identity(["orcid:0000-0002-1825-0097"]), NOW + days * DAY)


def test_the_key_to_which_a_thief_handed_on_is_his(home: Home) -> None:
    work = closed(home)
    thief = a_key(101)
    put(home, ANA, lambda composer: composer.rotate(thief))
    take_back(home, thief, work, NOW)
    assert not is_reserved(home, work)

    revoke(home, NOW)

    assert is_reserved(home, work)
    with pytest.raises(Refused, match=r"key\.ended"):
        put(home, thief, lambda composer: composer.rotate(a_key(102)))


@pytest.mark.parametrize("shield", ["the first", "the second", "both", "hers"])
def test_a_thief_does_not_shield_his_keys_by_calling_them_lost_later(home: Home, shield: str) -> None:
    work = closed(home)
    first, second = a_key(101), a_key(102)
    put(home, ANA, lambda composer: composer.rotate(first))
    take_back(home, first, work, NOW)
    home = replace(home, now=lambda: NOW + 3 * DAY)
    put(home, first, lambda composer: composer.rotate(second))
    put(home, second, lambda composer: composer.declare([work], wish(Stance.ALLOW)))
    home = replace(home, now=lambda: NOW + 6 * DAY)
    lost = {"the first": [first], "the second": [second], "both": [first, second], "hers": [ANA]}[shield]
    for key in lost:
        public = key.public.hex()
        put(home, second, lambda composer, public=public: composer.revoke_key(public, NOW + 5 * DAY, "old"))

    put(home, SPARE, lambda composer: composer.revoke_key(HERS, NOW, "stolen"))

    assert is_reserved(home, work)
    for key in (first, second):
        with pytest.raises(Refused, match=r"key\.ended"):
            put(home, key, lambda composer: composer.claim_identity(["orcid:0000-0002-1825-0097"]))


def test_who_hands_on_after_a_theft_and_says_so_keeps_her_new_key(home: Home) -> None:
    work = closed(home)
    new = a_key(101)
    put(home, ANA, lambda composer: composer.rotate(new))

    revoke(home, NOW - 5 * DAY, by=new)

    take_back(home, new, work, NOW)
    assert not is_reserved(home, work)


def test_a_mandate_that_a_thief_gave_opens_nothing(home: Home) -> None:
    work = closed(home)
    mandate = NewMandate(to=PAL.public.hex(), acts=("allow",), start=NOW, exclusive=True)
    given = put(home, ANA, lambda composer: composer.grant(mandate))
    put(home, PAL, lambda composer: composer.accept(given))
    put(home, PAL, lambda composer: composer.declare([work], wish(Stance.ALLOW)))

    revoke(home, NOW)

    assert is_reserved(home, work)


def test_a_price_that_a_thief_may_have_set_still_is_no_yes(home: Home) -> None:
    """She asked a price; whoever says that her key was lost since ever does not make silence of it."""
    work = closed(home, Stance.LICENSE)

    revoke(home, 1)

    found = outcomes(home, work, NOW)
    assert found[Kind.WORK, Use.TRAIN_GENERATIVE, Voice.CLAIMED, "eu-art4"] is Outcome.LICENCE


def recover(home: Home, new: Key, by: Key = SPARE) -> str:
    return put(home, by, lambda composer: composer.recover(HERS, new))


def test_a_stolen_recovery_key_silences_its_party_and_opens_nothing(home: Home) -> None:
    work, thief = closed(home), a_key(101)
    revoke(home, 1)
    pending = recover(home, thief)
    put(home, ANA, lambda composer: composer.cancel_recovery(pending))  # revoked, she still may object

    home = replace(home, now=lambda: NOW + 8 * DAY)
    take_back(home, thief, work, NOW + 8 * DAY)

    assert is_reserved(home, work)


def test_a_disputed_recovery_counts_once_the_log_checked_the_new_key(home: Home) -> None:
    work, new = closed(home), a_key(101)
    revoke(home, NOW - 2 * DAY)
    pending = recover(home, new)
    put(home, ANA, lambda composer: composer.cancel_recovery(pending))
    home = replace(home, now=lambda: NOW + 8 * DAY)
    take_back(home, new, work, NOW + 8 * DAY)
    assert is_reserved(home, work)

    check_identity(home, 1)
    assert is_reserved(home, work)
    check_identity(home, 101)

    assert not is_reserved(home, work)


def test_a_recovery_to_which_nobody_objects_counts_when_its_time_has_come(home: Home) -> None:
    work, new = closed(home), a_key(101)
    recover(home, new)
    with pytest.raises(Refused, match=r"key\.waiting"):
        take_back(home, new, work, NOW)
    home = replace(home, now=lambda: NOW + 8 * DAY)

    take_back(home, new, work, NOW + 8 * DAY)

    assert not is_reserved(home, work)
    with pytest.raises(Refused, match=r"key\.ended"):
        put(home, ANA, lambda composer: composer.claim_identity(["orcid:0000-0002-1825-0097"]))


def test_a_recovery_brings_the_name_and_not_the_rungs(home: Home) -> None:
    """So a thief of the recovery key whom nobody notices says no yes; and she has herself checked again."""
    closed(home)
    recover(home, a_key(101))
    home = replace(home, now=lambda: NOW + 8 * DAY)
    put(home, a_key(101), lambda composer: composer.declare([VOICE], wish(Stance.ALLOW)))

    def voices() -> list[Voice]:
        authority = Authority.of(home.registry.acts())
        return [authority.voice(HERS, at) for at in (NOW, NOW + 8 * DAY)]

    assert voices() == [Voice.VERIFIED, Voice.CLAIMED]
    check_identity(home, 1)
    assert voices() == [Voice.VERIFIED, Voice.CLAIMED]
    check_identity(home, 101)
    assert voices() == [Voice.VERIFIED, Voice.VERIFIED]


def test_the_key_to_which_she_hands_on_while_a_recovery_waits_ends_with_it(home: Home) -> None:
    closed(home)
    recover(home, a_key(101))
    other = a_key(102)
    put(home, ANA, lambda composer: composer.rotate(other))
    home = replace(home, now=lambda: NOW + 8 * DAY)

    with pytest.raises(Refused, match=r"key\.ended"):
        put(home, other, lambda composer: composer.claim_identity(["orcid:0000-0002-1825-0097"]))


def test_a_recovery_waits_from_what_the_record_reached_whatever_day_it_writes(home: Home) -> None:
    closed(home)

    pending = put(home, SPARE, lambda composer: composer.recover(HERS, a_key(101)), NOW - DAY)

    found = Authority.of(home.registry.acts()).recovery(pending)
    assert found is not None
    assert found.effective == NOW + 8 * DAY


def test_a_recovery_key_that_a_thief_named_brings_nothing(home: Home) -> None:
    work = closed(home, spare=False)
    put(home, ANA, lambda composer: composer.prepare_recovery(SPARE.public, 7))
    revoke(home, NOW, by=ANA)
    recover(home, a_key(101))
    home = replace(home, now=lambda: NOW + 8 * DAY)

    take_back(home, a_key(101), work, NOW + 8 * DAY)

    assert is_reserved(home, work)


def test_a_party_is_recovered_again_by_the_same_recovery_key(home: Home) -> None:
    work, second = closed(home), a_key(102)
    recover(home, a_key(101))
    with pytest.raises(Refused, match=r"key\.recovery"):
        recover(home, second)
    home = replace(home, now=lambda: NOW + 8 * DAY)
    recover(home, second)
    home = replace(home, now=lambda: NOW + 16 * DAY)

    take_back(home, second, work, NOW + 16 * DAY)

    assert not is_reserved(home, work)


def test_what_a_lost_issuer_attests_or_takes_back_changes_nothing(home: Home) -> None:
    closed(home, checked=False)
    log = home.log.key
    issuer = Attested(party=UNION.public.hex(), kind="issuer", method="document", start=NOW, commitment="ab" * 32)
    put(home, log, lambda composer: composer.attest(issuer))
    member = Attested(party=HERS, kind="member", method="issuer", start=NOW)
    hers = put(home, UNION, lambda composer: composer.attest(member))
    home = replace(home, now=lambda: NOW + 10 * DAY)
    stranger = Attested(party=PAL.public.hex(), kind="identifier", method="issuer", start=NOW, value="ipi:00000000199")
    put(home, UNION, lambda composer: composer.attest(stranger))
    put(home, UNION, lambda composer: composer.unsay(hers, NOW, "a thief's"))
    key = UNION.public.hex()
    put(home, UNION, lambda composer: composer.revoke_key(key, NOW + 5 * DAY, "stolen"))

    authority = Authority.of(home.registry.acts())

    assert authority.voice(HERS, NOW + 10 * DAY) is Voice.VERIFIED
    assert authority.bearers("ipi:00000000199", NOW + 10 * DAY) == []


def test_an_heir_of_the_new_key_waits_as_long_as_it(home: Home) -> None:
    """Rotations may not bear a day before the recovery: else the thief's third key would have been hers already."""
    closed(home)
    first, second, third = a_key(101), a_key(102), a_key(103)
    pending = recover(home, first)
    home = replace(home, now=lambda: NOW + 7 * DAY)
    put(home, first, lambda composer: composer.rotate(second), NOW + 8 * DAY)
    put(home, second, lambda composer: composer.rotate(third), NOW + 7 * DAY)

    with pytest.raises(Refused, match=r"key\.(not-yours|late)"):
        put(home, third, lambda composer: composer.cancel_recovery(pending), NOW + 7 * DAY)

    authority = Authority.of(home.registry.acts())
    assert authority.party_of(third.public.hex(), NOW + 7 * DAY) != HERS
    assert authority.voice(third.public.hex(), NOW + 8 * DAY) is Voice.CLAIMED


def test_who_dates_ahead_shortens_no_waiting(home: Home) -> None:
    closed(home)
    pending = recover(home, a_key(101))
    home = replace(home, now=lambda: NOW + 6 * DAY)
    put(home, PAL, lambda composer: composer.claim_identity(["orcid:0000-0002-1825-0097"]), NOW + 7 * DAY)

    put(home, ANA, lambda composer: composer.cancel_recovery(pending))

    found = Authority.of(home.registry.acts()).recovery(pending)
    assert found is not None
    assert found.cancelled


def test_a_mandate_that_a_thief_ended_or_accepted_is_as_it_was(home: Home) -> None:
    work = closed(home)
    mandate = NewMandate(to=UNION.public.hex(), acts=("reserve",), start=NOW)
    given = put(home, ANA, lambda composer: composer.grant(mandate))
    put(home, UNION, lambda composer: composer.accept(given))
    other = put(home, PAL, lambda composer: composer.grant(replace(mandate, to=HERS)))
    home = replace(home, now=lambda: NOW + 30 * DAY)
    put(home, ANA, lambda composer: composer.end_mandate(given))
    put(home, ANA, lambda composer: composer.accept(other))

    revoke(home, NOW + 30 * DAY)

    authority = Authority.of(home.registry.acts())
    assert [authority.mandate(id_).ended for id_ in (given, other)] == [None, None]
    assert authority.mandate(other).accepted is None
    put(home, UNION, lambda composer: composer.declare([work], wish(Stance.RESERVE)))


def test_a_thief_who_calls_an_issuers_key_lost_since_ever_takes_no_members_voice(home: Home) -> None:
    """What the society attested still carries a no, and no yes until the log or another issuer attests it again."""
    closed(home, checked=False)
    issuer = Attested(party=UNION.public.hex(), kind="issuer", method="document", start=NOW, commitment="ab" * 32)
    put(home, home.log.key, lambda composer: composer.attest(issuer))
    member = Attested(party=HERS, kind="member", method="issuer", start=NOW)
    put(home, UNION, lambda composer: composer.attest(member))
    put(home, ANA, lambda composer: composer.declare([REPERTOIRE], wish(Stance.RESERVE)))
    put(home, ANA, lambda composer: composer.declare([REPERTOIRE], wish(Stance.ALLOW)))

    put(home, UNION, lambda composer: composer.revoke_key(UNION.public.hex(), 1, "a thief says so"))

    authority = Authority.of(home.registry.acts())
    said = [d for s in home.registry.spoken_about(REPERTOIRE) for d in s.about(REPERTOIRE)]
    found = {(word.stance, word.voice) for word in authority.weigh(said)}
    assert found == {(Stance.RESERVE, Voice.VERIFIED), (Stance.ALLOW, Voice.CLAIMED)}
