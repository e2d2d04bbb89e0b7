"""One party, many keys: what the older key said and registered is hers under the newer, and the older says no more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from placet.app import Home, open_home
from placet.core.act import Act
from placet.core.authority import DAY, Authority
from placet.core.stance import Stance
from placet.desk.licensed import Giving, weigh_licence
from placet.licensing.document import parse_file
from placet.signing.keys import Role, read_key
from tests.cli.stage import Said, Stage
from tests.factories import check_log

BUYER = "2c" * 32
BOOK = "isbn:9780306406157"


def rotate(stage: Stage) -> Path:
    """Hand on to a new key; returns where the old one lies."""
    before = len(list((stage.home / "keys").glob("party-*.pem")))
    assert stage("keys", "rotate").code == 0
    return stage.home / "keys" / f"party-{before + 1}.pem"


def home_of(stage: Stage) -> Home:
    return open_home(stage.home)


def uses_of(said: Said) -> dict[str, str]:
    return json.loads(said.out)["decisions"]


def test_the_new_key_takes_back_what_the_old_one_said(stage: Stage) -> None:
    stage("reserve", stage.works, BOOK)
    rotate(stage)

    taken = stage("withdraw", "#2")
    again = stage("withdraw", "#2")

    assert taken.code == 0
    assert "Taken back: no AI use (mine, train, input, output, dataset) of 2 works and 1 identifier" in taken.out
    assert (again.code, "taken back before" in again.err) == (1, True)
    assert set(uses_of(stage("lookup", stage.works / "song.txt", "--json")).values()) == {"silent"}
    check_log(home_of(stage))


def test_an_address_or_number_is_withdrawn_by_its_name_whichever_key_spoke(stage: Stage) -> None:
    stage("reserve", BOOK)
    rotate(stage)
    stage("reserve", BOOK, "--stance", "license")

    said = stage("withdraw", BOOK)

    assert said.code == 0
    assert said.out.count("of 1 identifier") == 2
    assert "entries 5-6" in said.out


def test_the_old_key_says_nothing_more(stage: Stage) -> None:
    stage("reserve", stage.works)
    old = rotate(stage)

    for words in (["withdraw", "#2"], ["reserve", BOOK], ["reserve", stage.works, "--stance", "allow"]):
        said = stage(*words, "--key", old)
        assert said.code == 1
        assert said.err.count("(key.ended)") == 1
    assert home_of(stage).size == 4


def test_the_same_files_under_the_new_key_are_the_same_works_and_said_already(stage: Stage) -> None:
    stage("reserve", stage.works)
    rotate(stage)
    size = home_of(stage).size

    same = stage("reserve", stage.works)

    assert same.code == 0
    assert home_of(stage).size == size
    assert "already" in same.out


def test_the_new_key_says_something_else_about_the_works_of_the_old_one(stage: Stage) -> None:
    stage("reserve", stage.works)
    rotate(stage)

    stage("reserve", stage.works, "--use", "train", "--stance", "license")

    home = home_of(stage)
    assert len(home.registry.works_like("id", "")) == 2
    answers = uses_of(stage("lookup", stage.works / "song.txt", "--json"))
    assert (answers["train.generative"], answers["mine"]) == ("licence", "reserved")
    check_log(home)


def test_all_that_she_has_is_named_by_her_first_key(stage: Stage) -> None:
    stage("reserve", BOOK)
    first = read_key(stage.home / "keys" / "party.pem", None).public.hex()
    rotate(stage)

    said = stage("reserve", "repertoire:me", "likeness:me/voice")

    assert said.code == 0
    (newest,) = (each for each in home_of(stage).registry.spoken() if len(each.subjects) == 2)
    assert {str(subject) for subject in newest.subjects} == {f"repertoire:{first}", f"likeness:{first}/voice"}


@pytest.fixture
def sold(stage: Stage, tmp_path: Path) -> Path:
    """A licence that the older key gave, at an offer of its own; then the key was handed on."""
    stage("offer", stage.works, "--price", "12.00 EUR", "--use", "train.generative")
    stage("licence", "issue", "all", "--to", BUYER, "-o", tmp_path / "old.licence")
    rotate(stage)
    return tmp_path / "old.licence"


def test_the_new_key_licenses_at_the_offer_of_the_old_one(stage: Stage, sold: Path, tmp_path: Path) -> None:
    said = stage("licence", "issue", "all", "--to", BUYER, "-o", tmp_path / "new.licence")

    old, new = (parse_file(path.read_bytes()).agreement for path in (sold, tmp_path / "new.licence"))
    assert "for 2 of your works, at 24.00 EUR" in said.out
    assert (new.root, new.price, new.offer) == (old.root, old.price, old.offer)
    assert new.licensor != old.licensor
    assert stage("licence", "verify", tmp_path / "new.licence", "--log", stage.home / "log").code == 0


def test_the_new_key_takes_back_a_licence_of_the_old_one(stage: Stage, sold: Path) -> None:
    id_ = parse_file(sold.read_bytes()).agreement.id
    before = stage("licence", "verify", sold, "--log", stage.home / "log")

    taken = stage("licence", "revoke", id_[:8])
    after = stage("licence", "verify", sold, "--log", stage.home / "log")
    again = stage("licence", "revoke", id_[:8])

    assert (before.code, taken.code, after.code, again.code) == (0, 0, 1, 1)
    assert "it was taken back (licence.revoked)" in after.out
    check_log(home_of(stage))


def test_a_licence_taken_back_stays_so_through_a_second_change_of_keys(stage: Stage, sold: Path) -> None:
    stage("licence", "revoke", parse_file(sold.read_bytes()).agreement.id)
    rotate(stage)

    stage("licence", "issue", "all", "--to", BUYER)

    assert stage("licence", "verify", sold, "--log", stage.home / "log").code == 1
    told = [json.loads(line)["valid"] for line in stage("licence", "list", "--json").out.splitlines()]
    assert sorted(told) == [False, True]


def test_a_licence_dated_back_before_its_key_was_lost_lifts_nothing(stage: Stage, sold: Path) -> None:
    """The licence bears a day of its own; that of its entry is held to the clock of the log."""
    file = parse_file(sold.read_bytes())
    said = file.agreement
    lost = Act(
        index=9, id="9" * 64, by=said.licensor, role="party", type="key.revoke", at=said.issued_at + 40 * DAY,
        body={"at": said.issued_at + 40 * DAY, "key": said.licensor, "since": said.issued_at + 20 * DAY, "why": ""},
    )  # fmt: skip
    authority = Authority.of([lost])

    honest, thief = (
        weigh_licence(file, Giving(8, at), authority) for at in (said.issued_at, said.issued_at + 30 * DAY)
    )

    assert (honest.licensor, thief.licensor) == (said.licensor, "")


def test_the_old_key_neither_gives_nor_takes_back(stage: Stage, sold: Path) -> None:
    old = stage.home / "keys" / "party-1.pem"

    given = stage("licence", "issue", "all", "--to", BUYER, "--key", old)
    taken = stage("licence", "revoke", parse_file(sold.read_bytes()).agreement.id, "--key", old)

    assert (given.code, taken.code) == (1, 1)
    assert "(key.ended)" in given.err
    assert "(key.ended)" in taken.err
    assert stage("licence", "verify", sold, "--log", stage.home / "log").code == 0


def test_a_quote_asks_one_party_whichever_key_spoke(stage: Stage, sold: Path, tmp_path: Path) -> None:
    (stage.works / "third.txt").write_text("A third tale of the harbour, of ropes and of rain. " * 20)
    stage("offer", stage.works, "--price", "12.00 EUR", "--use", "train.generative")
    stage("snapshot", "build", "-o", tmp_path / "registry")
    against = ("--snapshot", tmp_path / "registry")
    stage(
        "clear", stage.works, *against, "--use", "train.generative", "--profile", "consent", "--out", tmp_path / "out"
    )
    stage("quote", tmp_path / "out", *against)

    (line,) = json.loads((tmp_path / "out" / "quote.json").read_text())["lines"]
    issued = stage("licence", "issue", tmp_path / "out" / "quote.json", "--to", BUYER)

    assert len(line["works"]) == 3
    assert "for 3 of your works" in issued.out


def test_receipts_are_found_again_for_both_keys(stage: Stage) -> None:
    stage("reserve", stage.works)
    rotate(stage)
    for path in stage.home.glob("receipts/*/entry-2.tlog-proof"):
        path.unlink()

    said = stage("receipts")

    assert "Without a receipt: entry 2." in said.out
    assert stage("receipts").out == ""


def test_a_receipt_says_that_another_key_of_the_party_took_it_back(stage: Stage) -> None:
    stage("reserve", stage.works)
    kept = stage.receipt(2)
    rotate(stage)
    stage("withdraw", "#2")

    said = stage("verify", kept, "--log", stage.home / "log")

    assert "TAKEN BACK by another key of its party in entry 5" in said.out


def test_what_a_lost_key_said_is_said_again_and_taken_back(stage: Stage) -> None:
    stage("reserve", stage.works)
    lost = stage.home / "keys" / "party.pem"
    thief = stage.home / "thief.pem"
    thief.touch(0o600)
    thief.write_bytes(lost.read_bytes())
    stage("reserve", stage.works, "--stance", "allow", "--key", thief)
    rotate(stage)
    stage("keys", "revoke", "--which", read_key(thief, None).public.hex(), "--why", "stolen", "--since", "2020-01-01")

    again = stage("reserve", stage.works)
    taken = stage("withdraw", "#3")

    home = home_of(stage)
    newest = list(home.registry.spoken())[-2]
    assert (again.code, taken.code) == (0, 0)
    assert (newest.by, newest.stance) == (home.key(Role.PARTY).public.hex(), Stance.RESERVE)
    assert uses_of(stage("lookup", stage.works / "song.txt", "--json"))["mine"] == "reserved"


def test_disputes_and_statements_are_the_partys(stage: Stage, tmp_path: Path) -> None:
    stage("keys", "new", "--out", tmp_path / "eve.pem")
    song, sworn = stage.works / "song.txt", tmp_path / "sworn.json"
    told = {"what": "the song", "why": "I wrote it", "forum": "Lyon", "contact": "Ana, Lyon", "sworn": True}
    sworn.write_text(json.dumps(told))
    stage("reserve", song, "--key", tmp_path / "eve.pem")
    stage("reserve", song)
    me, eve = (read_key(path, None).public.hex() for path in (stage.home / "keys" / "party.pem", tmp_path / "eve.pem"))
    contested = stage("claim", "counter", song, "--against", eve, "--statement", sworn)
    made = stage("made", "say", song, "--as", "human")
    rotate(stage)

    shown = json.loads(stage("claim", "show", song, "--json").out.splitlines()[0])
    (mine,) = (each["id"] for each in shown["disputes"] if each["by"] == me and each["against"] == eve)
    settled = stage("claim", "settle", mine, "--drop")
    again = stage("made", "say", song, "--as", "human")
    withdrawn = stage("claim", "withdraw", song)

    assert [each.code for each in (contested, made, settled, again, withdrawn)] == [0] * 5
    check_log(home_of(stage))


def test_erasing_reaches_the_titles_of_both_keys(stage: Stage) -> None:
    stage("keys", "new", "--name", "Ana")
    stage("reserve", stage.works)
    rotate(stage)

    said = stage("erase", "--why", "she asked", "--yes")

    left = b"".join(p.read_bytes() for p in stage.home.rglob("*") if p.is_file() and "receipts" not in p.parts)
    assert said.code == 0
    assert b"song.txt" not in left
    assert stage("fsck").code == 0


def test_a_locked_key_hands_on_to_a_locked_key(stage: Stage, tmp_path: Path) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("correct horse battery\n", encoding="utf-8")
    stage("keys", "new", "--passphrase-file", secret)

    said = stage("keys", "rotate", "--passphrase-file", secret)

    assert said.code == 0
    for path in (stage.home / "keys").glob("*.pem"):
        assert ("ENCRYPTED" in path.read_text(encoding="utf-8")) == (path.name != "log.pem"), path.name
    assert stage("reserve", stage.works, "--passphrase-file", secret).code == 0


def test_a_recovery_key_that_was_written_and_not_named_is_named_the_next_time(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage("reserve", stage.works)
    with monkeypatch.context() as cut:
        cut.setattr("placet.cli.keys_change.note_down", lambda *_: 1 / 0)
        assert stage("keys", "recovery", "--out", tmp_path / "spare.pem").code != 0
    before = (tmp_path / "spare.pem").read_bytes()

    said = stage("keys", "recovery", "--out", tmp_path / "spare.pem")

    assert said.code == 0
    assert (tmp_path / "spare.pem").read_bytes() == before
    assert "you named a recovery key before" in stage("keys", "recovery", "--out", tmp_path / "other.pem").err


def test_who_uses_the_recovery_key_names_the_key_that_is_lost(stage: Stage, tmp_path: Path) -> None:
    stage("reserve", stage.works)
    stage("keys", "recovery", "--out", tmp_path / "spare.pem")

    said = stage("keys", "revoke", "--why", "stolen", "--with", tmp_path / "spare.pem")

    assert said.code == 64
    assert "say which key is lost: --which" in said.err
