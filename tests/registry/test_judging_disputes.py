"""A gallery of disputes that are not taken, and of those that are: who may contest, settle and strike."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from placet.app import Home
from placet.core.authority import Authority
from placet.core.standing import Disputes, End, State
from placet.core.subject import Kind, Subject
from placet.errors import BadRecord, PlacetError, Refused
from placet.record.entries import Entry
from placet.registry.compose import Attested, Composer
from placet.registry.openings import Opening
from placet.registry.sworn import Sworn, parse_sworn
from tests.factories import NOW, a_composer, a_home, a_key, append, check_log, reserve, sign

HER, HIM, SHE = (a_key(number).public.hex() for number in (1, 2, 3))
SWORN = Sworn(what="the picture of entry 1", why="I drew it in 2019", forum="Lyon, France")
PAPER, OTHER = "ab" * 32, "cd" * 32
NOTHING = hashlib.sha256(b"").hexdigest()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return a_home(tmp_path / "home")


def contact(number: int = 1) -> Opening:
    return Opening(salt=hashlib.sha256(b"%d" % number).digest(), value="A. Weber, Lyon, +33 4", show=False)


def do(home: Home, number: int, write: Callable[[Composer], Entry]) -> Entry:
    composer = a_composer(home, number) if number else home.composer(home.log.key)
    entry = write(composer)
    home.log.append(composer.submission())
    return entry


def counter(home: Home, work: str, by: int = 2, against: str = HER, document: str = "") -> Entry:
    sworn = Sworn(what=SWORN.what, why=SWORN.why, forum=SWORN.forum, document=document)
    return do(home, by, lambda c: c.contest([f"work:{work}"], against, sworn, contact(by)))


def settle(home: Home, by: int, dispute: Entry, outcome: str, holder: str = "", document: str = "") -> Entry:
    return do(home, by, lambda c: c.settle(dispute.id, outcome, holder, document))


def withdraw(home: Home, by: int, work: str) -> None:
    key = a_key(by)
    body: dict[str, object] = {"at": NOW, "subjects": [f"work:{work}"]}
    append(home, [sign(key, "claim.withdraw", home.registry.last_of(key.public.hex()), body)])


def an_issuer(home: Home, number: int) -> None:
    a_composer(home, number)
    reserve(home, 90 + number, by=number)
    party = a_key(number).public.hex()
    told = Attested(party=party, kind="issuer", method="document", start=NOW, commitment="ab" * 32)
    do(home, 0, lambda c: c.attest(told))


def state_of(home: Home, work: str) -> State:
    (found,) = home.registry.works_like("id", work)
    return Disputes.of(Authority.of(home.registry.acts()), lambda _: found.by).standing(f"work:{work}").state


def test_a_counter_claim_makes_it_contested_and_is_on_the_record_with_its_statement(home: Home) -> None:
    (work,) = reserve(home, 1)
    before = state_of(home, work)

    entry = counter(home, work)

    assert (before, state_of(home, work)) == (State.UNCONTESTED, State.CONTESTED)
    assert parse_sworn(home.log_files.blob(entry.body["statement"]) or b"") == SWORN
    check_log(home)


def test_its_contact_stays_with_its_maker(home: Home) -> None:
    (work,) = reserve(home, 1)

    counter(home, work)

    everything = b"".join(path.read_bytes() for path in home.log_files.folder.rglob("*") if path.is_file())
    assert b"Weber" not in everything


REFUSED: dict[str, Callable[[Home, str], object]] = {
    "counter.own": lambda home, work: counter(home, work, by=1),
    "counter.unclaimed": lambda home, work: counter(home, work, by=1, against=HIM),
    "counter.twice": lambda home, work: [counter(home, work), counter(home, work)],
    "settle.unknown": lambda home, work: do(home, 2, lambda c: c.settle("00" * 32, "dropped")),
    "settle.not-yours": lambda home, work: settle(home, 1, counter(home, work), "dropped"),
    "settle.own-cause": lambda home, work: settle(home, 2, counter(home, work), "upheld", HIM, PAPER),
    "settle.holder": lambda home, work: settle(home, 0, counter(home, work), "upheld", SHE, PAPER),
    "settle.document": lambda home, work: settle(home, 0, counter(home, work), "upheld", HIM),
    "settle.stranger": lambda home, work: settle(home, 3, counter(home, work), "upheld", HIM, PAPER),
    "strike.stranger": lambda home, work: do(home, 2, lambda c: c.strike(HER, "I dislike her")),
    "strike.why": lambda home, work: do(home, 0, lambda c: c.strike(HER, " ")),
    "strike.party": lambda home, work: do(home, 0, lambda c: c.strike("ef" * 32, "it spams")),
    "overlap.own": lambda home, work: do(home, 0, lambda c: overlap(c, work, reserve(home, 5)[0])),
    "overlap.unknown": lambda home, work: do(home, 0, lambda c: overlap(c, work, "00" * 16)),
}


def overlap(composer: Composer, older: str, newer: str) -> Entry:
    return composer.overlap(Subject(Kind.WORK, older), Subject(Kind.WORK, newer), "sha256", 0)


@pytest.mark.parametrize("rule", sorted(REFUSED))
def test_what_is_not_taken_says_why(home: Home, rule: str) -> None:
    (work,) = reserve(home, 1)
    reserve(home, 2, by=2)

    with pytest.raises(Refused, match=rf"\({rule}\)"):
        REFUSED[rule](home, work)


def test_a_document_of_no_bytes_settles_nothing(home: Home) -> None:
    (work,) = reserve(home, 1)
    dispute = counter(home, work)

    with pytest.raises(Refused, match=r"\(settle\.document\)"):
        settle(home, 0, dispute, "upheld", HIM, NOTHING)

    assert state_of(home, work) is State.CONTESTED


def test_what_was_settled_is_contested_anew_by_somebody_else_or_with_a_new_document(home: Home) -> None:
    (work,) = reserve(home, 1)
    settle(home, 0, counter(home, work, document=PAPER), "upheld", HER, OTHER)

    for document in ("", NOTHING, PAPER, OTHER):
        with pytest.raises(Refused, match=r"counter\.settled"):
            counter(home, work, document=document)

    assert state_of(home, work) is State.UPHELD
    counter(home, work, by=3)
    counter(home, work, document="ef" * 32)
    assert state_of(home, work) is State.CONTESTED


def test_an_issuer_records_a_document_about_others_and_gives_no_right_to_itself(home: Home) -> None:
    (work,) = reserve(home, 1)
    an_issuer(home, 3)
    own = counter(home, work, by=3)
    other = counter(home, work, by=2)

    settle(home, 3, other, "upheld", HIM, PAPER)

    with pytest.raises(Refused, match=r"settle\.own-cause"):
        settle(home, 3, own, "upheld", SHE, PAPER)
    disputes = Disputes.of(_authority(home))
    assert (disputes.about(f"work:{work}")[1].end, disputes.is_lost(HER, f"work:{work}")) == (End.UPHELD, True)


def _authority(home: Home) -> Authority:
    return Authority.of(home.registry.acts())


def test_who_withdrew_claims_nothing_that_could_be_contested(home: Home) -> None:
    (work,) = reserve(home, 1)
    reserve(home, 2, by=2)
    withdraw(home, 1, work)

    with pytest.raises(Refused, match=r"counter\.unclaimed"):
        counter(home, work)

    assert state_of(home, work) is State.WITHDRAWN


def test_strikes_are_counted_and_end_no_claim(home: Home) -> None:
    (work,) = reserve(home, 1)

    for _ in range(3):
        do(home, 0, lambda c: c.strike(HER, "registers what is not hers"))

    disputes = Disputes.of(_authority(home))
    assert len(disputes.strikes(HER)) == 3
    assert not disputes.is_dead(HER, f"work:{work}")


BROKEN: dict[str, bytes] = {
    "a field is missing": b'{"document":"","forum":"Lyon","sworn":1,"v":1,"what":"it"}',
    "not sworn": b'{"document":"","forum":"Lyon","sworn":0,"v":1,"what":"it","why":"mine"}',
    "says nothing": b'{"document":"","forum":"Lyon","sworn":1,"v":1,"what":"it","why":" "}',
    "endless": b'{"document":"","forum":"Lyon","sworn":1,"v":1,"what":"it","why":"' + b"x" * 4001 + b'"}',
    "no digest": b'{"document":"zz","forum":"Lyon","sworn":1,"v":1,"what":"it","why":"mine"}',
    "no object": b"[1]",
    "no canonical JSON": b'{"v": 1}',
}


@pytest.mark.parametrize("data", list(BROKEN.values()), ids=list(BROKEN))
def test_a_statement_that_lacks_an_element_is_refused(data: bytes) -> None:
    with pytest.raises(PlacetError):
        parse_sworn(data)


def test_a_statement_in_another_form_is_not_taken(home: Home) -> None:
    (work,) = reserve(home, 1)
    composer = a_composer(home, 2)
    blob = composer._keep(BROKEN["not sworn"])
    body = {"subjects": [f"work:{work}"], "against": HER, "right": "", "statement": blob, "contact": PAPER}
    composer._sign("claim.counter", body)

    with pytest.raises(BadRecord, match=r"counter\.statement"):
        home.log.append(composer.submission())


def test_what_an_issuer_upheld_is_open_again_once_the_log_takes_it_back_and_the_log_replays(home: Home) -> None:
    (work,) = reserve(home, 1)
    an_issuer(home, 3)
    dispute = counter(home, work)
    settle(home, 3, dispute, "upheld", HIM, PAPER)
    counter(home, reserve(home, 8)[0])  # whoever reads the log in order has read the settlement by now
    (told,) = [act for act in home.registry.acts() if act.type == "identity.attest"]

    do(home, 0, lambda c: c.unsay(told.id, NOW - 1, "it was none"))

    assert state_of(home, work) is State.CONTESTED
    settle(home, 0, dispute, "upheld", HER, OTHER)
    assert Disputes.of(_authority(home)).is_lost(HIM, f"work:{work}")
    check_log(home)
