"""Mandates that grant themselves, go in a circle, are over, or too wide; and keys that are not hers to change."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from placet.app import Home
from placet.core.authority import Authority
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.errors import Refused
from placet.registry.compose import NewMandate, Wish
from placet.signing.keys import Key, Role
from tests.factories import NOW, a_home, a_key, a_wish, check_identity, check_log, reserve

ANA, UNION, AGENT, ELSE = (a_key(number) for number in range(1, 5))
DAY = 86_400
PLAIN = NewMandate(to=UNION.public.hex(), acts=("reserve", "license"), start=NOW, until=NOW + 90 * DAY)


@pytest.fixture
def home(tmp_path):
    """Ana holds a work; the others are parties."""
    home = a_home(tmp_path)
    reserve(home, 1, by=1)
    for key in (UNION, AGENT, ELSE):
        home.log.append(home.composer(key).submission())
    return home


def put(home: Home, key: Key, write) -> str:
    composer = home.composer(key)
    write(composer)
    home.log.append(composer.submission())
    return composer.entries[-1].id


def grant(home: Home, mandate: NewMandate = PLAIN, by: Key = ANA) -> str:
    return put(home, by, lambda composer: composer.grant(mandate))


def accept(home: Home, id_: str, by: Key = UNION) -> str:
    return put(home, by, lambda composer: composer.accept(id_))


def say(home: Home, by: Key, stance: Stance = Stance.RESERVE, subject: Subject | None = None) -> str:
    about = subject or next(iter(home.registry.works())).subject
    wish = replace(a_wish(), stance=stance)
    return put(home, by, lambda composer: composer.declare([about], wish))


def test_a_delegate_speaks_of_her_work_from_when_it_accepts_until_it_ends(home):
    with pytest.raises(Refused, match="or have a mandate"):
        say(home, UNION)
    id_ = grant(home)
    with pytest.raises(Refused, match="or have a mandate"):
        say(home, UNION)
    accept(home, id_)
    said = say(home, UNION)
    put(home, ANA, lambda composer: composer.end_mandate(id_))

    with pytest.raises(Refused, match="or have a mandate"):
        say(home, UNION)
    check_identity(home, 2)
    (word,) = home.registry.spoken_by_id(said)
    authority = Authority.of(home.registry.acts())
    (weighed, *_) = authority.weigh(word.declarations(), ANA.public.hex())
    assert (weighed.behalf, weighed.voice.name) == (ANA.public.hex(), "MANDATED")
    check_log(home)


@pytest.mark.parametrize("checked", [(), (1,), (2,)], ids=["nobody", "who gave it", "who holds it"])
def test_a_mandate_between_keys_that_nobody_checked_makes_no_word_surer(home, checked):
    accept(home, grant(home))
    said = say(home, UNION)
    check_identity(home, *checked)

    (word,) = home.registry.spoken_by_id(said)
    (weighed, *_) = Authority.of(home.registry.acts()).weigh(word.declarations(), ANA.public.hex())

    assert (weighed.behalf, weighed.voice.name) == (ANA.public.hex(), "MANDATED" if checked else "CLAIMED")


def test_what_may_not_be_done_is_not_let(home):
    accept(home, grant(home))

    with pytest.raises(Refused, match="or have a mandate"):
        say(home, UNION, Stance.ALLOW)
    with pytest.raises(Refused, match=r"another party's \(repertoire\.not-yours\)"):
        say(home, AGENT, subject=Subject(Kind.REPERTOIRE, ANA.public.hex()))


def child(parent: str, **change) -> NewMandate:
    return replace(PLAIN, to=AGENT.public.hex(), parent=parent, **change)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"to": ANA.public.hex()}, "mandate.self"),
        ({"to": "ab" * 32}, "mandate.unknown"),
        ({"until": NOW, "start": NOW - 5}, "mandate.expired"),
        ({"parent": "cd" * 32}, "mandate.unknown"),
    ],
)
def test_a_mandate_that_says_nothing_is_refused(home, change, sentence):
    with pytest.raises(Refused, match=sentence):
        grant(home, replace(PLAIN, **change))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"acts": ("reserve", "allow")}, "mandate.exceeds"),
        ({"territory": ()}, "mandate.exceeds"),
        ({"territory": ("EU",)}, "mandate.exceeds"),
        ({"until": 0}, "mandate.exceeds"),
        ({"until": NOW + 91 * DAY}, "mandate.exceeds"),
        ({"start": NOW - 1}, "mandate.exceeds"),
        ({"exclusive": True}, "mandate.exceeds"),
        ({"may_delegate": True}, "mandate.depth"),
        ({"to": ANA.public.hex()}, "mandate.circular"),
        ({"to": UNION.public.hex()}, "mandate.self"),
    ],
)
def test_what_is_handed_on_is_no_wider_than_what_is_held(home, change, sentence):
    above = grant(home, replace(PLAIN, may_delegate=True, territory=("FR",)))
    accept(home, above)

    with pytest.raises(Refused, match=sentence):
        grant(home, replace(child(above, territory=("FR",)), **change), UNION)


def test_a_mandate_is_handed_on_once_and_falls_with_the_one_above(home):
    above = grant(home, replace(PLAIN, may_delegate=True))
    accept(home, above)
    below = grant(home, child(above), UNION)
    accept(home, below, AGENT)
    say(home, AGENT)

    with pytest.raises(Refused, match=r"mandate\.depth"):
        grant(home, replace(PLAIN, to=ELSE.public.hex(), parent=below), AGENT)
    put(home, ANA, lambda composer: composer.end_mandate(above))
    with pytest.raises(Refused, match="or have a mandate"):
        say(home, AGENT)


def test_what_was_not_asked_to_be_handed_on_is_not(home):
    above = grant(home)
    accept(home, above)

    with pytest.raises(Refused, match=r"mandate\.depth"):
        grant(home, child(above), UNION)


def test_only_the_delegate_accepts_and_only_once(home):
    id_ = grant(home)

    with pytest.raises(Refused, match=r"mandate\.delegate"):
        accept(home, id_, ELSE)
    accept(home, id_)
    with pytest.raises(Refused, match=r"accepted before"):
        accept(home, id_)
    with pytest.raises(Refused, match=r"mandate\.delegate"):
        put(home, ELSE, lambda composer: composer.end_mandate(id_))


def test_one_given_for_its_whole_time_is_laid_down_by_who_holds_it_alone(home):
    id_ = grant(home, replace(PLAIN, revocable=False))
    accept(home, id_)

    with pytest.raises(Refused, match=r"mandate\.bound"):
        put(home, ANA, lambda composer: composer.end_mandate(id_))
    put(home, UNION, lambda composer: composer.end_mandate(id_))


def test_nothing_is_given_to_two_alone(home):
    accept(home, grant(home, replace(PLAIN, exclusive=True)))

    with pytest.raises(Refused, match=r"mandate\.exclusive"):
        grant(home, replace(PLAIN, to=AGENT.public.hex(), exclusive=True, acts=("reserve",)))
    grant(home, replace(PLAIN, to=AGENT.public.hex(), exclusive=True, acts=("collect",)))


# ---- keys -----------------------------------------------------------------------------------------------


def test_a_key_hands_on_and_says_nothing_more_whatever_day_it_writes(home):
    new = a_key(11)
    put(home, ANA, lambda composer: composer.rotate(new))

    with pytest.raises(Refused, match=r"key\.ended"):
        say(home, ANA)
    home.now = lambda: NOW - 40 * DAY
    with pytest.raises(Refused, match=r"key\.ended"):
        say(home, ANA)
    home.now = lambda: NOW + 1
    say(home, new)
    assert Authority.of(home.registry.acts()).party_of(new.public.hex()) == ANA.public.hex()
    check_log(home)


def test_a_rotation_is_proven_by_a_new_key_that_never_spoke(home):
    with pytest.raises(Refused, match=r"key\.used"):
        put(home, ANA, lambda composer: composer.rotate(UNION))
    with pytest.raises(Refused, match=r"key\.proof"):
        put(home, ANA, lambda c: c._sign("key.rotate", {"to": a_key(12).public.hex(), "proof": "00" * 64}))
    with pytest.raises(Refused, match=r"key\.weak"):
        put(home, ANA, lambda c: c._sign("key.rotate", {"to": "00" * 32, "proof": "00" * 64}))


def rescue(number: int = 9) -> Key:
    return Key(Role.RECOVERY, hashlib.sha256(f"rescue {number}".encode()).digest())


def test_a_recovery_waits_is_seen_and_can_be_cancelled(home):
    spare, new = rescue(), a_key(13)
    put(home, ANA, lambda composer: composer.prepare_recovery(spare.public, 14))
    with pytest.raises(Refused, match=r"key\.recovery"):
        put(home, rescue(8), lambda composer: composer.recover(ANA.public.hex(), new))
    id_ = put(home, spare, lambda composer: composer.recover(ANA.public.hex(), new))

    with pytest.raises(Refused, match=r"key\.waiting"):
        say(home, new)
    say(home, ANA)
    put(home, ANA, lambda composer: composer.cancel_recovery(id_))
    home.now = lambda: NOW + 15 * DAY
    say(home, ANA)
    with pytest.raises(Refused, match="or have a mandate"):
        say(home, new)


def test_after_the_waiting_the_new_key_speaks_and_the_old_one_no_more(home):
    spare, new = rescue(), a_key(13)
    put(home, ANA, lambda composer: composer.prepare_recovery(spare.public, 14))
    id_ = put(home, spare, lambda composer: composer.recover(ANA.public.hex(), new))
    home.now = lambda: NOW + 15 * DAY

    with pytest.raises(Refused, match=r"key\.ended"):
        say(home, ANA)
    with pytest.raises(Refused, match=r"key\.(ended|late)"):
        put(home, ANA, lambda composer: composer.cancel_recovery(id_))
    say(home, new)
    check_log(home)


def test_nobody_else_revokes_a_key_and_a_lost_one_is_flagged(home):
    with pytest.raises(Refused, match=r"key\.not-yours"):
        put(home, ELSE, lambda composer: composer.revoke_key(ANA.public.hex(), 0, "envy"))
    put(home, ANA, lambda composer: composer.revoke_key(ANA.public.hex(), NOW - DAY, "the laptop was stolen"))

    authority = Authority.of(home.registry.acts())
    assert authority.is_flagged(ANA.public.hex(), NOW)
    assert authority.is_flagged(ANA.public.hex(), NOW - 2 * DAY)
    assert not authority.is_flagged(ANA.public.hex(), NOW - 2 * DAY - 1)
    with pytest.raises(Refused, match=r"key\.ended"):
        say(home, ANA)


def test_a_recovery_key_is_named_once(home):
    put(home, ANA, lambda composer: composer.prepare_recovery(rescue().public, 14))

    with pytest.raises(Refused, match=r"key\.recovery"):
        put(home, ANA, lambda composer: composer.prepare_recovery(rescue(7).public, 14))


def test_a_blanket_no_of_the_union_reaches_her_work(home):
    accept(home, grant(home))
    wide = Subject(Kind.REPERTOIRE, UNION.public.hex())
    wish = Wish(uses=a_wish().uses, stance=Stance.RESERVE, start=NOW)
    put(home, UNION, lambda composer: composer.declare([wide], wish))
    check_identity(home, 2)

    from placet.desk.lookups import library_of

    words = library_of(home, None, None).heard_of_work(0)
    assert any((w.said_of, w.behalf, w.voice.name) == (wide, ANA.public.hex(), "MANDATED") for w in words)
