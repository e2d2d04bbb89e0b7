"""`placet licence`: what was sold, to whom, for how long, and what it is worth then and now."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from placet.app import Home
from placet.core.use import Use
from placet.desk.granting import Grant, given, offer_for, revoke
from placet.desk.granting import give as give_licence
from placet.desk.identifying import speaker_of
from placet.desk.scoping import scope_of
from placet.desk.status_lists import statuses_in
from placet.licensing.document import parse_file
from placet.signing.keys import Role, generate
from tests.cli.stage import Said, Stage

BUYER = "2c" * 32


@pytest.fixture
def seller(stage: Stage) -> Stage:
    stage("offer", stage.works, "--price", "12.00 EUR", "--credit", "© A. Turner", "--use", "train.generative")
    return stage


def give(stage: Stage, out: Path, *words: object) -> Said:
    return stage("licence", "issue", "all", "--to", BUYER, "-o", out, *words)


def test_a_licence_is_given_at_the_standing_offer(seller: Stage, tmp_path: Path) -> None:
    said = give(seller, tmp_path / "a.licence", "--until", "2031-12-31", "--model", "Lab 2")

    agreement = parse_file((tmp_path / "a.licence").read_bytes()).agreement
    assert said.code == 0
    assert "for 2 of your works, at 24.00 EUR" in said.out
    assert (str(agreement.price), agreement.holder, agreement.model) == ("24.00 EUR", BUYER, "Lab 2")
    assert agreement.credit == "© A. Turner"


def test_a_snapshot_proves_that_it_was_logged(seller: Stage, tmp_path: Path) -> None:
    give(seller, tmp_path / "a.licence")
    seller("snapshot", "build", "-o", tmp_path / "registry")

    said = seller("licence", "verify", tmp_path / "a.licence", "--log", tmp_path / "registry")

    assert said.code == 0
    assert "holds its commitment" in said.out
    assert said.out.endswith("The licence holds, as far as it was checked.\n")


def test_what_was_taken_back_held_before_and_does_not_now(seller: Stage, tmp_path: Path) -> None:
    give(seller, tmp_path / "a.licence")
    (row,) = map(json.loads, seller("licence", "list", "--json").out.splitlines())

    taken = seller("licence", "revoke", row["id"][:8])
    after = seller("licence", "verify", tmp_path / "a.licence", "--log", seller.home / "log")
    again = seller("licence", "revoke", row["id"][:8])

    assert (taken.code, after.code, again.code) == (0, 1, 1)
    assert "it was taken back" in after.out
    assert "taken back before" in again.err


def test_taking_one_back_forgets_no_other(seller: Stage, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        give(seller, tmp_path / f"{name}.licence")
    rows = [json.loads(line) for line in seller("licence", "list", "--json").out.splitlines()]

    for row in rows[:2]:
        seller("licence", "revoke", row["id"])
    give(seller, tmp_path / "d.licence")

    left = [json.loads(line) for line in seller("licence", "list", "--json").out.splitlines()]
    assert [row["valid"] for row in left].count(False) == 2
    licensor = parse_file((tmp_path / "a.licence").read_bytes()).agreement.licensor
    assert max(len(each.revoked) for each in statuses_in(seller.home / "log", {licensor})) == 2


def test_the_log_tells_nobody_what_was_licensed_to_whom(seller: Stage, tmp_path: Path) -> None:
    give(seller, tmp_path / "a.licence")

    for path in (seller.home / "log").rglob("*"):
        assert not path.is_file() or BUYER.encode() not in path.read_bytes()


def test_fsck_and_a_rebuild_find_all_in_order(seller: Stage, tmp_path: Path) -> None:
    give(seller, tmp_path / "a.licence")

    assert seller("fsck").code == 0
    assert seller("fsck", "--rebuild").code == 0
    assert seller("licence", "list").out.endswith("valid\n")


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["all", "--to", "ab"], 64, "64 hex digits"),
        (["nothing-here", "--to", BUYER], 1, "no work of yours"),
        (["isbn:9780306406157", "--to", BUYER], 1, "no offer"),
        (["all", "--to", BUYER, "--use", "dataset"], 1, "no offer"),
        (["all", "--to", BUYER, "--use", "access"], 1, "no offer"),
        (["all", "--to", BUYER, "--until", "2001-01-01"], 1, "over before it begins"),
    ],
    ids=str,
)
def test_what_cannot_be_given_is_refused(seller: Stage, words, code, why) -> None:
    said = seller("licence", "issue", *words)

    assert said.code == code
    assert why in said.err
    assert seller("licence", "list").out == ""


def test_two_offers_are_two_licences(seller: Stage) -> None:
    seller("offer", "isbn:9780306406157", "--price", "15.00 EUR", "--use", "train.generative")

    said = seller("licence", "issue", "all", "isbn:9780306406157", "--to", BUYER)

    assert said.code == 1
    assert "more than one offer" in said.err


def test_somebody_else_cannot_license_her_works(seller: Stage, tmp_path: Path) -> None:
    seller("keys", "new", "--out", tmp_path / "other.pem")
    seller("offer", "https://other.example/", "--price", "1 EUR", "--key", tmp_path / "other.pem")

    said = seller("licence", "issue", "all", "--to", BUYER, "--key", tmp_path / "other.pem")

    assert said.code == 1
    assert "no work of yours" in said.err


def test_a_licence_is_never_overwritten(seller: Stage, tmp_path: Path) -> None:
    give(seller, tmp_path / "a.licence")
    before = (tmp_path / "a.licence").read_bytes()

    said = give(seller, tmp_path / "a.licence")

    assert said.code == 1
    assert (tmp_path / "a.licence").read_bytes() == before


def test_a_cut_off_licence_is_told_with_its_name(seller: Stage, tmp_path: Path) -> None:
    give(seller, tmp_path / "a.licence")
    (tmp_path / "a.licence").write_bytes((tmp_path / "a.licence").read_bytes()[:-200])

    said = seller("licence", "verify", tmp_path / "a.licence")

    assert said.code == 1
    assert "a.licence" in said.out
    assert said.out.endswith("BROKEN: it does not hold (verify.failed).\n")


def test_a_licence_of_another_log_is_not_in_this_one(seller: Stage, stage: Stage, tmp_path: Path) -> None:
    give(seller, tmp_path / "a.licence")
    other = tmp_path / "other"
    seller("reserve", "isbn:9780306406157", "--home", other)

    said = seller("licence", "verify", tmp_path / "a.licence", "--log", other / "log")

    assert said.code == 1
    assert "holds no such licence" in said.out


def test_a_licence_taken_back_after_the_clock_was_set_back_is_taken_back(seller: Stage, tmp_path: Path) -> None:
    now = int(tmp_path.stat().st_mtime)
    fast = Home(seller.home, now=lambda: now + 3600)
    key = fast.key(Role.PARTY)
    works = scope_of(fast, ["all"], speaker_of(fast, key))
    offer, name = offer_for(fast, works, (Use.TRAIN_GENERATIVE,), speaker_of(fast, key))
    sold = Grant(works=works, holder=BUYER, uses=(Use.TRAIN_GENERATIVE,), offer=offer, digest=name)
    licence = give_licence(fast, key, sold).file.agreement

    revoke(Home(seller.home, now=lambda: now), key, licence.id)

    for later in (0, 3000, 3600, 9000):
        (each,) = given(Home(seller.home, now=lambda later=later: now + later))
        assert each.standing.why == "it was taken back"


def test_a_price_that_overflows_is_said_with_its_id_and_nothing_is_given(stage: Stage, tmp_path: Path) -> None:
    stage("offer", stage.works, "--price", "90071992547409.91 EUR", "--use", "train.generative")

    said = give(stage, tmp_path / "a.licence")

    assert said.code == 1
    assert "2 works at 90071992547409.91 EUR cost more than can be written exactly (money.overflow)" in said.err
    assert not (tmp_path / "a.licence").exists()
    assert "No licence was given" in stage("licence", "list").err


def test_a_file_without_end_is_not_read(stage: Stage, tmp_path: Path) -> None:
    with (tmp_path / "huge.licence").open("wb") as file:
        file.truncate(1 << 40)

    said = stage("licence", "verify", tmp_path / "huge.licence")

    assert said.code == 1
    assert "no licence is" in said.out


def test_a_folder_is_no_licence(stage: Stage, tmp_path: Path) -> None:
    said = stage("licence", "verify", tmp_path)

    assert said.code == 1
    assert "it is no file" in said.out


def test_an_offer_that_was_withdrawn_sells_no_more_and_what_was_sold_stays(seller: Stage, tmp_path: Path) -> None:
    give(seller, tmp_path / "a.licence")
    taken = seller("withdraw", "#2")

    refused = give(seller, tmp_path / "b.licence")
    kept = seller("licence", "verify", tmp_path / "a.licence", "--log", seller.home / "log")

    assert (taken.code, refused.code, kept.code) == (0, 1, 0)
    assert "licence.no-offer" in refused.err


def test_many_works_are_sold_as_few_are(stage: Stage, tmp_path: Path) -> None:
    pages = [f"https://maker.example/{number}" for number in range(40)]
    stage("offer", *pages, "--price", "0.50 EUR")

    all_of_them = stage("licence", "issue", *pages, "--to", BUYER, "-o", tmp_path / "many.licence")
    stage("offer", pages[39], "--price", "9.00 EUR")
    mixed = stage("licence", "issue", *pages, "--to", BUYER)
    stage("reserve", pages[39])
    refused = stage("licence", "issue", *pages, "--to", BUYER)

    assert "for 40 of your works, at 20.00 EUR" in all_of_them.out
    assert "licence.two-offers" in mixed.err
    assert "no offer for train.generative of url:https://maker.example/39" in refused.err


def works_of(path: Path) -> list[str]:
    return [str(work) for work in json.loads(path.read_text())["works"]]


def test_a_part_is_handed_on_and_holds_by_itself(seller: Stage, tmp_path: Path) -> None:
    give(seller, tmp_path / "whole.licence")
    work = works_of(tmp_path / "whole.licence")[0]

    made = seller("licence", "part", tmp_path / "whole.licence", work[5:17], "-o", tmp_path / "part.licence")

    assert made.code == 0
    shown = json.loads((tmp_path / "part.licence").read_text())
    assert (shown["works"], [proof[0] for proof in shown["proofs"]]) == ([], [work])
    verified = seller("licence", "verify", tmp_path / "part.licence")
    assert verified.code == 0
    assert "the file shows 1 of them" in verified.out


def test_a_part_shows_no_work_that_the_licence_is_not_for(seller: Stage, tmp_path: Path) -> None:
    give(seller, tmp_path / "whole.licence")

    said = seller("licence", "part", tmp_path / "whole.licence", "work:" + "f" * 32, "-o", tmp_path / "p.licence")

    assert said.code == 1
    assert "licence.not-shown" in said.err
    assert not (tmp_path / "p.licence").exists()


def test_what_a_stranger_calls_a_status_list_disturbs_nobody(seller: Stage, tmp_path: Path) -> None:
    give(seller, tmp_path / "a.licence")
    home = Home(path=seller.home)
    home.submit(generate(b"x" * 32, Role.PARTY), lambda composer: composer.list_status(b"no list at all"))

    after = seller("licence", "verify", tmp_path / "a.licence", "--log", seller.home / "log")

    assert after.code == 0
    assert seller("licence", "list").code == 0
    assert give(seller, tmp_path / "b.licence").code == 0


def test_a_newest_list_that_is_withheld_is_no_yes(seller: Stage, tmp_path: Path) -> None:
    give(seller, tmp_path / "a.licence")
    (row,) = map(json.loads, seller("licence", "list", "--json").out.splitlines())
    seller("licence", "revoke", row["id"])
    blobs = (path for path in (seller.home / "log" / "blobs").rglob("*") if path.is_file())
    lists = [path for path in blobs if b"." in path.read_bytes() and path.read_bytes().startswith(b"eyJ")]
    max(lists, key=lambda path: path.stat().st_mtime_ns).unlink()

    said = seller("licence", "verify", tmp_path / "a.licence", "--log", seller.home / "log")

    assert said.code == 1
    assert "licence.status" in said.out


def test_a_time_is_no_day_only(seller: Stage, tmp_path: Path) -> None:
    give(seller, tmp_path / "a.licence")
    issued = parse_file((tmp_path / "a.licence").read_bytes()).agreement.issued_at
    before = datetime.fromtimestamp(issued - 3600, UTC).isoformat()

    early = seller("licence", "verify", tmp_path / "a.licence", "--at", before)
    wrong = seller("licence", "verify", tmp_path / "a.licence", "--at", "yesterday")

    assert (early.code, wrong.code) == (1, 64)
    assert "licence.early" in early.out


def test_a_licence_that_did_not_reach_the_log_is_no_licence_and_is_not_lost(
    seller: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Home, "submit", die)
        killed = give(seller, tmp_path / "a.licence")

    (kept,) = (seller.home / "licences").glob("*.unlogged")
    assert killed.code == 130
    assert parse_file(kept.read_bytes()).agreement.holder == BUYER
    assert not (tmp_path / "a.licence").exists()
    assert seller("licence", "list").out == ""
    assert give(seller, tmp_path / "a.licence").code == 0
