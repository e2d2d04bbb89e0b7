"""`placet split`, `statement` and `split verify` from the chair of who types them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from placet.store.database import sqlite_url
from tests.cli.stage import Stage, everything

SHARES = """work,party,role,share,status,name
ferry,anna,,1/3,,Anna Lind
ferry,bo,,33.34%,,
harbour,anna,,1/2,disputed,
harbour,cem,,3/4,disputed,Çem Öz
lamp,,,,,
tale,山田,,1,,山田 太郎
"""


@pytest.fixture
def shares(tmp_path: Path) -> Path:
    path = tmp_path / "shares.csv"
    path.write_text(SHARES, encoding="utf-8")
    return path


def words(shares: Path, *more: object, plan: str = "equal-per-work", pool: str = "1000.00 EUR") -> list[object]:
    return ["split", plan, "--pool", pool, "--shares", shares, "--reference", "2026-Q3", "--open-accounts", *more]


def manifest(stage: Stage) -> Path:
    (found,) = stage.home.glob("runs/*/manifest.json")
    return found


def test_a_pool_is_divided_told_and_divided_once(stage: Stage, shares: Path) -> None:
    said = stage(*words(shares))
    kept = everything(stage.home)

    again = stage(*words(shares))

    assert (said.code, again.code) == (0, 0)
    assert said.out.startswith(
        "Divided: 1000.00 EUR by equal-per-work, 4 portions, 6 amounts.\nto parties   416.68 EUR\n"
    )
    assert "disputed     250.00 EUR\nunclaimed    333.32 EUR\n" in said.out
    assert again.out == said.out.replace("Divided:", "Divided before:")
    assert "nobody is paid twice" in again.err
    assert {path: data for path, data in everything(stage.home).items() if path != "ledger.db"} == {
        path: data for path, data in kept.items() if path != "ledger.db"
    }


def test_a_statement_says_why_to_the_last_cent(stage: Stage, shares: Path) -> None:
    stage(*words(shares))

    said = stage("statement", "anna")

    assert said.code == 0
    assert said.out == (
        "Anna Lind (anna): 83.33 EUR of every run so far.\n"
        "83.33 EUR    ferry. The work got 250.00 EUR, one of 4 equal parts of 1000.00 EUR. This party's share is 1/3 of"
        " it, exactly 83.33333333…, rounded down: a part of a unit is not paid.\n"
        "held         250.00 EUR of harbour, since it is disputed; 1/2 of the work is claimed here.\n"
        "before       0.00 EUR\nreleased     83.33 EUR\ncarried      0.00 EUR\n"
    )


def test_statements_of_a_run_come_to_its_pool(stage: Stage, shares: Path) -> None:
    run = json.loads(stage(*words(shares, "--json")).out)

    told = [json.loads(line) for line in stage("statement", "--run", run["run"][:8], "--json").out.splitlines()]

    assert [each["party"] for each in told] == ["anna", "bo", "山田", "cem"]
    assert [each["earned"] for each in told] == ["83.33 EUR", "83.35 EUR", "250.00 EUR", "0.00 EUR"]
    assert run["to_parties"] == "416.68 EUR"
    assert all(each["schema"] == "placet.statement/1" for each in told)


def test_a_run_is_made_again_from_its_manifest_by_someone_else(stage: Stage, shares: Path, tmp_path: Path) -> None:
    stage(*words(shares))

    here = stage("split", "verify", manifest(stage))
    elsewhere = stage("split", "verify", manifest(stage), "--home", tmp_path / "other", "--json")

    assert here.code == elsewhere.code == 0
    assert here.out.startswith("The same: run ")
    assert "The ledger here has this run." in here.err
    assert json.loads(elsewhere.out)["in_ledger"] is False
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("name", "old", "new", "why"),
    [
        ("shares.csv", "1/3", "1/4", "does not hold the shares that the run was made from"),
        ("manifest.json", "416.68", "416.69", "the same inputs come to another result: agreed"),
        ("manifest.json", '"pool":"1000.00 EUR"', '"pool":"1001.00 EUR"', "the same inputs come to another result"),
        ("manifest.json", '"at":0', '"at":00', "not canonical JSON"),
    ],
)
def test_whatever_is_changed_is_found(stage: Stage, shares: Path, name: str, old: str, new: str, why: str) -> None:
    stage(*words(shares))
    path = manifest(stage).with_name(name)
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")

    said = stage("split", "verify", manifest(stage))

    assert said.code == 1
    assert why in said.err


def test_a_correction_takes_back_and_what_was_too_much_is_carried(stage: Stage, shares: Path) -> None:
    stage(*words(shares))
    run = manifest(stage).parent.name

    said = stage(*words(shares, "--correct", run, pool="900.00 EUR", plan="author-publisher-50-50"))

    assert said.code == 0
    assert "released     0.00 EUR\ncarried      -41.66 EUR\n" in said.out
    assert "Taken back, since run " in stage("statement", "bo").out
    assert "run.corrected" in stage(*words(shares, "--correct", run, pool="800.00 EUR")).err


def test_what_is_nobodys_is_listed_until_it_is_somebodys(stage: Stage, shares: Path) -> None:
    assert "Nothing is unclaimed" in stage("split", "kept").err
    stage(*words(shares))

    said = stage("split", "kept")

    assert said.out == (
        "unclaimed    83.32 EUR of ferry\ndisputed     250.00 EUR of harbour\nunclaimed    250.00 EUR of lamp\n"
    )
    shares.write_text("work,party,share\nlamp,bo,1\n", encoding="utf-8")
    stage(*words(shares, "--correct", manifest(stage).parent.name))
    assert "Nothing is unclaimed" in stage("split", "kept", "--json").err


def test_a_dry_run_writes_nothing_and_says_what_a_run_would_refuse(stage: Stage, shares: Path) -> None:
    said = stage(*words(shares, "--dry-run"))

    assert said.code == 0
    assert said.out.startswith("Would divide: 1000.00 EUR")
    assert not stage.home.exists()
    stage(*words(shares))
    assert "run.reference" in stage(*words(shares, "--dry-run", pool="1.00 EUR")).err


def test_the_same_shares_as_parquet_or_json_are_the_same_run(stage: Stage, shares: Path, tmp_path: Path) -> None:
    rows = [
        dict(zip(SHARES.split("\n")[0].split(","), line.split(","), strict=True)) for line in SHARES.split("\n")[1:-1]
    ]
    pq.write_table(pa.Table.from_pylist(rows[::-1]), tmp_path / "shares.parquet")
    (tmp_path / "shares.json").write_text(json.dumps(rows), "utf-8")

    ids = {
        json.loads(stage(*words(path, "--json", "--dry-run")).out)["run"]
        for path in (shares, tmp_path / "shares.parquet", tmp_path / "shares.json")
    }

    assert len(ids) == 1


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["--usage", "x"], "plan equal-per-work takes no --usage"),
        (["--right", "recording"], "no share is of the right 'recording'"),
        (["--threshold", "1 JPY"], "money.mixed"),
        (["--threshold", "-1.00 EUR"], "money.sign"),
        (["--correct", "abc"], "there is no run abc to correct"),
    ],
)
def test_what_cannot_be_followed_is_one_sentence(stage: Stage, shares: Path, more: list[str], why: str) -> None:
    said = stage(*words(shares, *more))

    assert said.code == 1
    assert why in said.err
    assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["--at", "yesterday"], "--at yesterday: write a day like 2026-11-22"),
        (["--confidence", "2"], "--confidence 2: a part of one"),
        (["--territory", "France"], "--territory: 'FRANCE' is no territory"),
    ],
)
def test_wrong_usage_is_64(stage: Stage, shares: Path, more: list[str], why: str) -> None:
    said = stage(*words(shares, *more))

    assert said.code == 64
    assert why in said.err


def test_files_and_parties_that_are_not_there_are_named(stage: Stage, shares: Path, tmp_path: Path) -> None:
    assert "nothing was divided in" in stage("statement", "anna").err
    assert "there is no file" in stage(*words(tmp_path / "none.csv")).err
    stage(*words(shares))
    assert "there is no account of a party 'dora' (party.no-account)" in stage("statement", "dora").err
    assert stage("statement").code == 64
    assert "there is no manifest" in stage("split", "verify", tmp_path / "none.json").err


def test_fsck_neither_reads_nor_loses_the_ledger(stage: Stage, shares: Path) -> None:
    stage("reserve", stage.works)
    stage(*words(shares))
    before = stage("statement", "anna").out

    assert stage("fsck", "--rebuild").code == 0

    assert stage("statement", "anna").out == before
    assert stage("fsck").code == 0


def test_the_ledger_may_lie_elsewhere(stage: Stage, shares: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PLACET_LEDGER_URL", sqlite_url(tmp_path / "books.db"))

    assert stage(*words(shares)).code == 0

    assert (tmp_path / "books.db").exists()
    assert not (stage.home / "ledger.db").exists()
    assert stage("statement", "anna").code == 0


def test_a_pdf_is_the_statement_and_the_same_bytes_each_time(stage: Stage, shares: Path, tmp_path: Path) -> None:
    stage(*words(shares))

    for name in ("one.pdf", "two.pdf"):
        assert stage("statement", "anna", "--pdf", tmp_path / name).code == 0

    one = (tmp_path / "one.pdf").read_bytes()
    assert one.startswith(b"%PDF-")
    assert one == (tmp_path / "two.pdf").read_bytes()


def test_without_typst_a_pdf_says_what_to_install(stage: Stage, shares: Path, tmp_path: Path, monkeypatch) -> None:
    stage(*words(shares))
    monkeypatch.setitem(sys.modules, "typst", None)

    said = stage("statement", "anna", "--pdf", tmp_path / "one.pdf")

    assert said.code == 1
    assert said.err == "placet: a PDF needs typst: pip install 'placet[documents]' (extra.missing)\n"


# Dies before the first call of which its name, its path or its table holds the word; or when all is posted.
KILLED = """
import os, signal, sys
from placet.desk import paying
from placet.store import ledger
moment = sys.argv.pop(1)
def dying(function, name):
    def call(*given, **more):
        here = name + " " + " ".join(str(getattr(each, "name", each)) for each in given[:2])
        if moment in here:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*given, **more)
    return call
def then_dying(function):
    def call(*given, **more):
        done = function(*given, **more)
        if moment == "posted":
            os.kill(os.getpid(), signal.SIGKILL)
        return done
    return call
paying.write_durable = dying(paying.write_durable, "write")
ledger._Posting._add = dying(ledger._Posting._add, "add")
ledger.SqlLedger.post = then_dying(ledger.SqlLedger.post)
from placet.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
def test_killed_anywhere_between_the_sheets_and_the_statement_nothing_is_paid_twice(stage: Stage, shares: Path) -> None:
    environment = {**os.environ, "PLACET_HOME": str(stage.home)}
    command = [*map(str, words(shares)), "--threshold", "1.00 EUR"]
    moments = ("shares.csv", "ledger_transfers", "ledger_runs", "posted", "manifest.json")
    for moment in moments:
        died = subprocess.run([sys.executable, "-c", KILLED, moment, *command], env=environment, capture_output=True)
        assert died.returncode == -signal.SIGKILL, (moment, died.stderr)
        assert not list(stage.home.glob("runs/*/manifest.json"))

    said = stage(*command)

    assert said.code == 0
    assert said.out.startswith("Divided before:")  # the last death came after the ledger had it
    assert stage("split", "verify", manifest(stage)).code == 0
    told = [json.loads(stage("statement", party, "--json").out) for party in ("anna", "bo", "山田")]
    assert [(each["earned"], each["released"]) for each in told] == [
        ("83.33 EUR", "83.33 EUR"),
        ("83.35 EUR", "83.35 EUR"),
        ("250.00 EUR", "250.00 EUR"),
    ]
    assert [len(each["lines"]) for each in told] == [1, 1, 1]


@pytest.mark.parametrize("words", [("--pool", "1 XYZ"), ("--pool", "1 EUR", "--threshold", "cheap")], ids=str)
def test_money_that_cannot_be_read_is_wrong_usage(stage: Stage, tmp_path: Path, words: tuple[str, ...]) -> None:
    said = stage("split", "equal-per-work", *words, "--shares", tmp_path / "shares.csv", "--reference", "r")

    assert said.code == 64
    assert "(money." in said.err
