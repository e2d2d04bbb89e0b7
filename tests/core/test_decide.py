"""The laws of house.md section 7 that concern decisions, and the five rules by example."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.core import (
    PROFILES,
    Basis,
    Declaration,
    Interval,
    Kind,
    Licence,
    Outcome,
    Problem,
    Question,
    Rule,
    Source,
    Stance,
    Subject,
    Use,
    Voice,
    decide,
)
from placet.core.reasons import LANGUAGES, REASONS
from tests.strategies import declarations, licences, problems, profiles, questions

WORK = Subject(Kind.WORK, "a" * 32)
OTHER = Subject(Kind.WORK, "b" * 32)
HOST = Subject(Kind.DOMAIN, "host.example")
CONSENT = PROFILES["consent"]
heards = st.lists(declarations(), max_size=8)


def say(stance, index=1, *, use=Use.ANY, by="ana", subject=WORK, voice=None, **more):
    """A word; a yes is said by a checked voice, since no other yes counts."""
    standard = more.pop("standard", "placet")
    voice = voice or (Voice.VERIFIED if stance is Stance.ALLOW else Voice.CLAIMED)
    return Declaration(
        id=f"{by}{index}",
        subject=subject,
        use=use,
        stance=stance,
        by=by,
        voice=voice,
        source=Source(standard=standard, where="log"),
        index=index if standard == "placet" else None,
        **more,
    )


def ask(*subjects, use=Use.TRAIN_GENERATIVE, at=150, **more):
    return Question(subjects=subjects or (WORK,), use=use, at=at, **more)


# --- laws ---------------------------------------------------------------------------------------------


@given(questions, heards, st.lists(problems, max_size=2), st.lists(licences, max_size=2), profiles, st.randoms())
def test_order_never_changes_a_decision(question, heard, unread, held, profile, random):
    first = decide(question, heard, unread, held, profile)
    for values in (heard, unread, held):
        random.shuffle(values)

    assert decide(question, heard, unread, held, profile) == first


@given(questions, heards, st.lists(problems, max_size=1), profiles, declarations())
def test_a_refusal_added_by_another_voice_never_loosens(question, heard, unread, profile, refusal):
    added = replace(refusal, by="dora", stance=Stance.RESERVE, withdraws=None)
    before = decide(question, heard, unread, (), profile)

    assert decide(question, [*heard, added], unread, (), profile).outcome.rank >= before.outcome.rank


@given(questions, heards, profiles, problems)
def test_a_problem_never_becomes_a_yes(question, heard, profile, problem):
    decision = decide(question, heard, [problem], (), profile)

    assert decision.outcome in (Outcome.UNCLEAR, Outcome.RESERVED)


@given(questions, heards, profiles)
def test_a_node_is_answered_by_its_strictest_leaf(question, heard, profile):
    whole = decide(question, heard, (), (), profile)
    leaves = [decide(replace(question, use=leaf), heard, (), (), profile) for leaf in question.use.leaves]

    assert whole.outcome.rank == max(leaf.outcome.rank for leaf in leaves)


@given(questions, heards, profiles, st.lists(licences, max_size=2))
def test_no_choice_of_a_voice_opens_a_row_by_itself(question, heard, profile, held):
    chosen = decide(question, heard, (), held, profile)
    usual = decide(replace(question, min_voice=Voice.CLAIMED), heard, (), held, profile)

    if chosen.may_use and not usual.may_use:
        assert chosen.basis in (Basis.DECLARED, Basis.LICENSED)
        assert all(d.voice >= question.min_voice for d in chosen.because if d.source.standard == "placet")


@given(questions, heards, profiles, st.lists(licences, max_size=3))
def test_a_licence_lifts_only_the_licensors_own_refusal_and_never_access(question, heard, profile, held):
    without = decide(question, heard, (), (), profile)
    decision = decide(question, heard, (), held, profile)

    assert decision.outcome.rank <= without.outcome.rank
    for lost in decision.overruled:
        if lost.rule is Rule.LICENSED:
            assert lost.declaration.by in {licence.licensor for licence in decision.licences}
    others = [d for d in without.because if d.by not in {x.licensor for x in held}]
    if without.outcome is Outcome.RESERVED and others:
        assert decision.outcome is Outcome.RESERVED
    if question.use is Use.ACCESS:
        assert decision == without


@given(questions, heards, profiles)
def test_silence_never_beats_a_voice(question, heard, profile):
    """Asking about one more thing, of which nobody spoke, loosens nothing."""
    silent = Subject(Kind.WORK, "c" * 32)
    wider = replace(question, subjects=(*question.subjects, silent))
    before, after = (decide(q, heard, (), (), profile) for q in (question, wider))

    if before.basis is Basis.DECLARED and before.outcome is not Outcome.CLEARED:
        assert after.outcome.rank >= before.outcome.rank
    if before.outcome is Outcome.RESERVED:
        assert after.because == before.because


@given(questions, heards, profiles, st.sampled_from(list(Stance)))
def test_adding_somebody_elses_work_never_clears_a_row_that_matched_another(question, heard, profile, stance):
    new = Subject(Kind.WORK, "d" * 32)
    works = [subject for subject in question.subjects if subject.kind is Kind.WORK]
    before = decide(question, heard, (), (), profile)
    crowd = say(stance, 99, by="stranger", subject=new)
    after = decide(replace(question, subjects=(*question.subjects, new)), [*heard, crowd], (), (), profile)

    if works and not before.may_use:
        assert not after.may_use


# --- two claimants: the strictest at or above the voice that was chosen -------------------------------


def outcome_of(*heard, min_voice=Voice.CLAIMED, subjects=(WORK,), profile="eu-art4"):
    return decide(ask(*subjects, min_voice=min_voice), heard, (), (), PROFILES[profile])


def test_of_two_claimants_the_strictest_decides():
    claimed, verified = say(Stance.RESERVE), say(Stance.ALLOW, 2, by="ben", voice=Voice.VERIFIED)

    assert outcome_of(claimed, verified).outcome is Outcome.RESERVED
    assert outcome_of(claimed, verified).because == (claimed,)


def test_the_strictest_at_or_above_the_chosen_voice_decides():
    claimed, verified = say(Stance.RESERVE), say(Stance.LICENSE, 2, by="ben", voice=Voice.VERIFIED)
    mandated = say(Stance.ALLOW, 3, by="cleo", voice=Voice.MANDATED)

    decision = outcome_of(claimed, verified, mandated, min_voice=Voice.VERIFIED)

    assert (decision.outcome, decision.because) == (Outcome.LICENCE, (verified,))
    assert (claimed, Rule.VOICE) in {(lost.declaration, lost.rule) for lost in decision.overruled}
    assert outcome_of(claimed, verified, mandated, min_voice=Voice.MANDATED).outcome is Outcome.CLEARED


@pytest.mark.parametrize("profile", ["eu-art4", "us", "consent"])
def test_a_refusal_beneath_the_chosen_voice_is_no_silence(profile):
    decision = outcome_of(say(Stance.RESERVE), min_voice=Voice.VERIFIED, profile=profile)

    assert (decision.outcome, decision.reason) == (Outcome.SILENT, "silent.below")
    assert outcome_of(min_voice=Voice.VERIFIED).outcome is Outcome.CLEARED


def test_a_yes_beneath_the_chosen_voice_opens_nothing():
    yes = say(Stance.ALLOW, voice=Voice.VERIFIED)
    decision = outcome_of(yes, min_voice=Voice.MANDATED, profile="consent")

    assert (decision.outcome, decision.reason) == (Outcome.SILENT, "silent.unheeded")


def test_a_verified_stranger_who_registers_it_again_opens_nothing():
    hers, again = say(Stance.RESERVE), say(Stance.ALLOW, 2, by="ben", subject=OTHER, voice=Voice.VERIFIED)

    assert outcome_of(hers, again, min_voice=Voice.VERIFIED, subjects=(WORK, OTHER)).outcome is Outcome.SILENT


def test_the_chosen_voice_is_for_the_registry_and_not_for_what_a_site_or_file_says_of_itself():
    file = say(Stance.RESERVE, voice=Voice.EMBEDDED, standard="c2pa")

    assert outcome_of(file, min_voice=Voice.MANDATED).outcome is Outcome.RESERVED


@given(questions, heards, profiles)
def test_every_decision_has_a_sentence_in_every_language(question, heard, profile):
    decision = decide(question, heard, (), (), profile)

    assert len(REASONS[decision.reason]) == len(LANGUAGES)


# --- the rules by example -----------------------------------------------------------------------------


def test_a_reserved_work_says_so_and_names_who_said_it():
    no = say(Stance.RESERVE)

    decision = decide(ask(), [no], profile=CONSENT)

    assert (decision.outcome, decision.because) == (Outcome.RESERVED, (no,))


def test_a_later_word_of_the_same_maker_makes_the_earlier_one_history():
    words = [say(Stance.RESERVE, 1), say(Stance.ALLOW, 2)]

    assert decide(ask(), words, profile=CONSENT).outcome is Outcome.CLEARED


def test_a_later_narrower_word_leaves_the_other_uses_as_they_were():
    words = [say(Stance.RESERVE, 1), say(Stance.ALLOW, 2, use=Use.SEARCH)]

    assert decide(ask(use=Use.SEARCH), words, profile=CONSENT).may_use
    assert decide(ask(use=Use.MINE), words, profile=CONSENT).outcome is Outcome.RESERVED


def test_a_withdrawal_is_followed_by_silence_and_not_by_an_older_word():
    words = [say(Stance.ALLOW, 1), say(Stance.RESERVE, 2), say(None, 3, withdraws=2)]

    assert decide(ask(), words, profile=CONSENT).outcome is Outcome.SILENT


def test_a_withdrawal_of_history_leaves_the_living_word():
    words = [say(Stance.ALLOW, 1), say(Stance.RESERVE, 2), say(None, 3, withdraws=1)]

    assert decide(ask(), words, profile=CONSENT).outcome is Outcome.RESERVED


def test_withdrawing_a_word_about_france_leaves_the_word_about_the_world():
    words = [
        say(Stance.RESERVE, 1),
        say(Stance.LICENSE, 2, territory=("FR",)),
        say(None, 3, withdraws=2, territory=("FR",)),
    ]

    assert decide(ask(territory="US"), words, profile=CONSENT).outcome is Outcome.RESERVED
    assert decide(ask(), words, profile=CONSENT).outcome is Outcome.RESERVED


def test_before_its_withdrawal_a_word_was_in_force():
    words = [say(Stance.RESERVE, 1), say(None, 2, withdraws=1, interval=Interval(100))]

    assert decide(ask(at=99), words, profile=CONSENT).outcome is Outcome.RESERVED
    assert decide(ask(at=100), words, profile=CONSENT).outcome is Outcome.SILENT


def test_a_yes_for_france_opens_nothing_elsewhere_and_hides_no_wider_no():
    words = [say(Stance.RESERVE, 1), say(Stance.ALLOW, 2, territory=("FR",))]

    assert decide(ask(territory="FR"), words, profile=CONSENT).may_use
    assert decide(ask(territory="US"), words, profile=CONSENT).outcome is Outcome.RESERVED
    assert decide(ask(), words, profile=CONSENT).outcome is Outcome.RESERVED


def test_a_no_for_the_eu_binds_in_france():
    words = [say(Stance.RESERVE, 1, territory=("EU",))]

    assert decide(ask(territory="FR"), words, profile=CONSENT).outcome is Outcome.RESERVED
    assert decide(ask(territory="US"), words, profile=CONSENT).outcome is Outcome.SILENT


def test_of_several_makers_the_strictest_decides_and_the_softer_is_named_as_overruled():
    yes, no = say(Stance.ALLOW, 1, by="ben"), say(Stance.RESERVE, 2)

    decision = decide(ask(), [yes, no], profile=CONSENT)

    assert decision.because == (no,)
    assert [(o.declaration, o.rule) for o in decision.overruled] == [(yes, Rule.STRICTER)]


def test_co_authors_must_all_allow():
    both = ((WORK, "ana"), (WORK, "ben"))
    yes = say(Stance.ALLOW, 1)

    alone = decide(ask(must_allow=both), [yes], profile=CONSENT)
    together = decide(ask(must_allow=both), [yes, say(Stance.ALLOW, 2, by="ben")], profile=CONSENT)

    assert alone.outcome is Outcome.SILENT
    assert alone.overruled[0].rule is Rule.NOT_ALL
    assert together.may_use


def test_a_yes_in_one_right_is_none_in_another():
    both = ((WORK, "ana", "composition"), (WORK, "ana", "recording"))
    one = say(Stance.ALLOW, 1, right="composition")

    alone = decide(ask(must_allow=both), [one], profile=CONSENT)
    together = decide(ask(must_allow=both), [one, say(Stance.ALLOW, 2, right="recording")], profile=CONSENT)

    assert alone.outcome is Outcome.SILENT
    assert together.may_use


def test_a_host_that_says_yes_does_not_speak_for_a_silent_maker():
    yes = say(Stance.ALLOW, subject=HOST, voice=Voice.VERIFIED)

    assert decide(ask(WORK, HOST), [yes], profile=CONSENT).outcome is Outcome.SILENT


def test_a_claimed_domain_is_reported_and_refuses_only_once_verified():
    claimed = say(Stance.RESERVE, subject=HOST)
    verified = replace(claimed, voice=Voice.VERIFIED)

    weak = decide(ask(HOST), [claimed], profile=CONSENT)

    assert (weak.outcome, weak.overruled[0].rule) == (Outcome.SILENT, Rule.VOICE)
    assert decide(ask(HOST), [verified], profile=CONSENT).outcome is Outcome.RESERVED


def test_what_a_site_says_of_itself_is_heard():
    no = say(Stance.RESERVE, subject=HOST, voice=Voice.SITE, standard="robots")

    assert decide(ask(HOST), [no], profile=CONSENT).outcome is Outcome.RESERVED


@pytest.mark.parametrize(
    ("said", "profile", "reason"),
    [
        (say(Stance.ALLOW, voice=Voice.EMBEDDED, standard="iptc"), "consent", "silent.unheeded"),
        (say(Stance.RESERVE, voice=Voice.THIRD_PARTY, standard="list"), "eu-art4", "cleared.unheeded"),
        (say(Stance.RESERVE), "research-art3", "cleared.unheeded"),
        (say(Stance.ALLOW, voice=Voice.SITE, standard="robots"), "us", "unsettled.unheeded"),
        (say(Stance.RESERVE, use=Use.SEARCH), "consent", "silent.silence"),
    ],
    ids=str,
)
def test_what_was_said_and_does_not_count_is_not_called_silence(said, profile, reason):
    assert decide(ask(), [said], profile=PROFILES[profile]).reason == reason


def test_a_licence_for_one_model_version_lifts_nothing_for_another():
    amber = say(Stance.LICENSE)
    licence = Licence(
        id="l", licensor="ana", holder="lab", subjects=frozenset({WORK}), uses=(Use.TRAIN,), model="Lab 2"
    )

    asked = [ask(holder="lab", model=model) for model in ("Lab 2", "Lab 3", None)]
    outcomes = [decide(each, [amber], (), [licence], CONSENT).outcome for each in asked]

    assert outcomes == [Outcome.CLEARED, Outcome.LICENCE, Outcome.LICENCE]


def test_a_licence_lifts_what_it_names_for_its_holder_only():
    amber = say(Stance.LICENSE)
    licence = Licence(id="l", licensor="ana", holder="lab", subjects=frozenset({WORK}), uses=(Use.TRAIN,))

    mine = decide(ask(holder="lab"), [amber], (), [licence], CONSENT)
    theirs = decide(ask(holder="rival"), [amber], (), [licence], CONSENT)
    access = decide(ask(holder="lab", use=Use.ACCESS), [amber], (), [licence], CONSENT)

    assert (mine.outcome, mine.basis, mine.licences) == (Outcome.CLEARED, Basis.LICENSED, (licence,))
    assert theirs.outcome is Outcome.LICENCE
    assert access.outcome is Outcome.LICENCE


@pytest.mark.parametrize(
    ("profile", "use", "outcome"),
    [
        ("consent", Use.TRAIN_GENERATIVE, Outcome.SILENT),
        ("uk", Use.TRAIN_GENERATIVE, Outcome.SILENT),
        ("eu-art4", Use.TRAIN_GENERATIVE, Outcome.CLEARED),
        ("eu-art4", Use.OUTPUT_STYLE, Outcome.SILENT),
        ("eu-art4", Use.ANY, Outcome.SILENT),
        ("us", Use.TRAIN_GENERATIVE, Outcome.UNSETTLED),
        ("research-art3", Use.MINE, Outcome.CLEARED),
    ],
)
def test_silence_means_what_the_profile_says(profile, use, outcome):
    assert decide(ask(use=use), [], profile=PROFILES[profile]).outcome is outcome


def test_research_hears_a_refusal_of_mining_as_advice_and_of_access_as_a_refusal():
    no, research = say(Stance.RESERVE), PROFILES["research-art3"]

    advised = decide(ask(use=Use.MINE), [no], profile=research)

    assert (advised.outcome, advised.overruled[0].rule) == (Outcome.CLEARED, Rule.ADVISORY)
    assert decide(ask(use=Use.ACCESS), [no], profile=research).outcome is Outcome.RESERVED


def test_a_yes_to_fine_tuning_does_not_open_training():
    yes = say(Stance.ALLOW, use=Use.TRAIN_GENERATIVE_FINETUNE)

    assert decide(ask(use=Use.TRAIN_GENERATIVE), [yes], profile=CONSENT).outcome is Outcome.SILENT


def test_a_problem_beats_a_price_and_a_no_beats_a_problem():
    cut = Problem("row 1", "media.unreadable", "it ends early")

    assert decide(ask(), [say(Stance.LICENSE)], [cut], profile=CONSENT).outcome is Outcome.UNCLEAR
    assert decide(ask(), [say(Stance.RESERVE)], [cut], profile=CONSENT).outcome is Outcome.RESERVED


def test_without_a_profile_there_is_no_answer():
    with pytest.raises(ValueError, match="choose a profile"):
        decide(ask(), [])


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_under_no_profile_a_yes_counts_whose_speaker_was_not_checked(profile):
    claimed = say(Stance.ALLOW, voice=Voice.CLAIMED)

    assert decide(ask(use=Use.INPUT), [claimed], profile=profile).outcome is not Outcome.CLEARED


@pytest.mark.parametrize("kind", [Kind.URL, Kind.DOMAIN, Kind.PATTERN, Kind.IDENTIFIER, Kind.REPERTOIRE])
def test_what_anybody_may_name_is_opened_only_by_who_was_checked(kind):
    named = Subject(kind, "named")
    claimed = say(Stance.ALLOW, subject=named, voice=Voice.CLAIMED)

    assert decide(ask(named), [claimed], profile=CONSENT).outcome is Outcome.SILENT
    assert decide(ask(named), [replace(claimed, voice=Voice.VERIFIED)], profile=CONSENT).may_use


def test_a_members_later_word_replaces_what_was_said_for_her():
    spoken_for = say(Stance.RESERVE, 1, by="union", behalf="ana", voice=Voice.MANDATED)
    own = say(Stance.ALLOW, 2, by="ana")

    assert decide(ask(), [spoken_for, own], profile=CONSENT).may_use
    assert decide(ask(), [replace(spoken_for, index=3), own], profile=CONSENT).outcome is Outcome.RESERVED
    assert decide(ask(), [replace(spoken_for, exclusive=True), own], profile=CONSENT).outcome is Outcome.RESERVED


def test_what_a_lost_key_said_binds_as_a_refusal_alone():
    before = say(Stance.RESERVE, 1)
    stolen = say(Stance.ALLOW, 2, flagged=True)
    taken_back = say(None, 3, withdraws=1, flagged=True)

    decision = decide(ask(), [before, stolen, taken_back], profile=CONSENT)

    assert decision.outcome is Outcome.RESERVED
    assert [lost.rule for lost in decision.overruled] == [Rule.FLAGGED]
    assert decide(ask(), [replace(stolen, stance=Stance.RESERVE)], profile=CONSENT).outcome is Outcome.RESERVED


def test_a_delegates_licence_lifts_what_it_may_and_nothing_else():
    own = say(Stance.RESERVE, 1, by="ana")
    offered = say(Stance.LICENSE, 2, by="union", behalf="ana", voice=Voice.MANDATED)
    held = Licence(id="l", licensor="union", holder="lab", subjects=frozenset({WORK}), uses=(Use.TRAIN,))
    question = ask(holder="lab")

    assert decide(question, [own, offered], (), [held], CONSENT).outcome is Outcome.RESERVED
    assert decide(question, [own, offered], (), [replace(held, behalf=("ana",))], CONSENT).may_use
    assert decide(question, [own, offered], (), [replace(held, within=(("ana", own.right),))], CONSENT).may_use
    assert not decide(question, [own, offered], (), [replace(held, within=(("ana", "recording"),))], CONSENT).may_use
    assert decide(question, [offered], (), [held], CONSENT).may_use
    assert not decide(question, [replace(offered, voice=Voice.CLAIMED)], (), [held], CONSENT).may_use
    assert decide(question, [replace(offered, stance=Stance.RESERVE)], (), [held], CONSENT).outcome is Outcome.RESERVED
