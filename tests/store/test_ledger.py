"""What `placet.licensing.ports.Ledger` promises, of either database; and what the database itself refuses."""

from __future__ import annotations

import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from placet.core.money import Money
from placet.errors import NotFound, Refused, StoreDamaged, TooNew
from placet.licensing import plans
from placet.licensing.ports import Kept
from placet.licensing.run import Run
from placet.store.database import open_database, writing
from placet.store.ledger import SqlLedger
from placet.store.ledger_tables import LEDGER, METADATA, Account, accounts, transfers
from tests.licensing.sheets import divided

SONGS = [("a", "anna", "1/3"), ("a", "bo", "1/3"), ("b", "anna", "1"), ("c", "", "")]
FIGHT = [("a", "anna", "1/2", ""), ("a", "bo", "1/4", "disputed"), ("a", "cem", "1/2", "disputed")]


@pytest.fixture
def engine(url):
    engine = open_database(url, LEDGER)
    yield engine
    engine.dispose()


@pytest.fixture
def ledger(engine):
    return SqlLedger(engine)


def post(ledger: SqlLedger, run: Run) -> None:
    ledger.post(run, 1, open_accounts=True)


def balance_of_all(engine) -> dict[tuple[str, int, str], int]:
    """Credits less debits of every account, computed without the ledger's own reading."""
    column = accounts.c
    with engine.connect() as connection:
        known = {row.id: (row.ledger, row.code, row.owner) for row in connection.execute(select(column))}
        found = dict.fromkeys(known.values(), 0)
        for row in connection.execute(select(transfers)):
            found[known[row.debit]] -= row.amount
            found[known[row.credit]] += row.amount
    return found


def statements(ledger: SqlLedger, party: str) -> list[tuple[int, int, int, int]]:
    return [
        (each.brought.amount, each.earned.amount, each.released.amount, each.carried.amount)
        for each in ledger.statements(party)
    ]


def test_the_migrations_make_exactly_the_tables(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "version_table": LEDGER.table})
        assert compare_metadata(context, METADATA) == []


def test_a_newer_schema_is_refused(engine, url):
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE ledger_version SET version_num = '9999'")

    with pytest.raises(TooNew, match="the database has schema 9999"):
        open_database(url, LEDGER)


def test_a_ledger_may_lie_beside_a_registry(engine, url, ledger):
    post(ledger, divided(SONGS))

    open_database(url).dispose()

    open_database(url, LEDGER).dispose()
    assert statements(ledger, "anna") == [(0, 4445, 4445, 0)]


def test_a_run_is_posted_whole_and_every_cent_has_a_place(engine, ledger):
    posted = ledger.post(divided(SONGS), 1, open_accounts=True)

    assert (posted.new, posted.released, posted.carried) == (True, Money(5556, "EUR"), Money(0, "EUR"))
    assert balance_of_all(engine) == {
        ("EUR", Account.POOL, ""): -10000,
        ("EUR", Account.OWED, "anna"): 0,
        ("EUR", Account.OWED, "bo"): 0,
        ("EUR", Account.DUE, "anna"): 1112 + 3333,
        ("EUR", Account.DUE, "bo"): 1111,
        ("EUR", Account.UNCLAIMED, "a"): 1111,
        ("EUR", Account.UNCLAIMED, "c"): 3333,
    }


def test_a_run_posted_again_changes_nothing(engine, ledger):
    post(ledger, divided(SONGS))
    before = balance_of_all(engine)

    again = ledger.post(divided(SONGS[::-1]), 99, open_accounts=False)

    assert not again.new
    assert balance_of_all(engine) == before


def test_a_run_with_another_result_is_damage(ledger):
    run = divided(SONGS)
    post(ledger, run)
    changed = Run(**{name: getattr(run, name) for name in Run.__slots__} | {"manifest": run.manifest + b" "})

    with pytest.raises(StoreDamaged, match=r"\(run.changed\)$"):
        post(ledger, changed)


def test_a_statement_outlives_the_plan_that_it_is_of(ledger, monkeypatch):
    post(ledger, divided(SONGS))
    monkeypatch.setattr(plans, "PLANS", plans.PLANS[1:])

    assert statements(ledger, "anna") == [(0, 4445, 4445, 0)]
    assert next(iter(ledger.statements("anna"))).lines[0].plan == "equal-per-work/1"


def test_a_reference_is_divided_once(ledger):
    post(ledger, divided(SONGS))

    for other in ({"pool": "100.01 EUR"}, {"pool": "100.00 USD"}, {"threshold": Money(1, "EUR")}):
        with pytest.raises(Refused, match=r"'a licence' was divided before, by run [0-9a-f]{12}: .*\(run.reference\)$"):
            post(ledger, divided(SONGS, **other))

    post(ledger, divided(SONGS, reference="another licence"))


def test_a_party_without_an_account_stops_the_run(engine, ledger):
    sentence = r"party anna has no account in EUR, and 1 more have none: .* \(party.no-account\)$"
    for refuse in (ledger.check, lambda run, **more: ledger.post(run, 1, **more)):
        with pytest.raises(Refused, match=sentence):
            refuse(divided(SONGS), open_accounts=False)

    assert balance_of_all(engine) == {}


def test_a_correction_takes_back_and_gives_anew_and_both_runs_together_are_the_new_one(engine, ledger):
    first = divided(SONGS)
    post(ledger, first)

    post(ledger, divided([("a", "bo", "1")], corrects=first.id))

    assert statements(ledger, "anna") == [(0, 0, 4445, -4445)]
    assert statements(ledger, "bo") == [(0, 10000, 10000, 0)]
    found = balance_of_all(engine)
    assert found["EUR", Account.UNCLAIMED, "a"] == found["EUR", Account.UNCLAIMED, "c"] == 0
    assert found["EUR", Account.POOL, ""] == -10000
    (line,) = (line for each in ledger.statements("bo") for line in each.lines if line.reversed)
    assert (line.work, line.amount, line.portion) == ("a", Money(-1111, "EUR"), Money(3334, "EUR"))


def test_a_run_is_corrected_once_and_a_correction_is_of_the_same_money(ledger):
    first = divided(SONGS)
    post(ledger, first)
    second = divided([("a", "bo", "1")], corrects=first.id)
    post(ledger, second)

    for wrong, sentence in (
        (divided([("a", "anna", "1")], corrects=first.id), rf"was corrected by run {second.id[:12]}: .*run.corrected"),
        (divided(SONGS, corrects=second.id, pool="1.00 USD"), r"divided 'a licence' in EUR, .*run.reference"),
        (divided(SONGS, corrects=second.id, reference="x"), r"divided 'a licence' in EUR, .*run.reference"),
    ):
        with pytest.raises(Refused, match=sentence):
            post(ledger, wrong)
    with pytest.raises(NotFound, match=r"there is no run 0{12} to correct"):
        post(ledger, divided(SONGS, corrects="0" * 64))

    assert ledger.find(first.id[:6]).corrected_by == second.id
    post(ledger, divided(SONGS, corrects=second.id))
    assert statements(ledger, "anna") == [(0, 4445, 4445, 0)]


def test_below_the_threshold_a_balance_is_carried_until_it_reaches_it(ledger):
    for number, pool in enumerate(("10.00 EUR", "10.00 EUR", "30.00 EUR"), 1):
        post(ledger, divided([("a", "anna", "1")], pool=pool, threshold=Money(2500, "EUR"), reference=str(number)))

    (last,) = ledger.statements("anna", run=divided(
        [("a", "anna", "1")], pool="30.00 EUR", threshold=Money(2500, "EUR"), reference="3").id)  # fmt: skip
    assert (last.brought, last.earned, last.released) == (Money(2000, "EUR"), Money(3000, "EUR"), Money(5000, "EUR"))
    assert statements(ledger, "anna") == [(0, 5000, 5000, 0)]


def test_what_is_disputed_is_shown_to_all_who_claim_it_until_it_is_settled(ledger):
    first = divided(FIGHT, "work party share status")
    post(ledger, first)

    held = {each.party: [(h.work, str(h.share), h.amount.amount) for h in each.held] for each in ledger.statements(
        run=first.id)}  # fmt: skip
    assert held == {"anna": [], "bo": [("a", "1/4", 5000)], "cem": [("a", "1/2", 5000)]}

    assert list(ledger.kept()) == [Kept(kind="disputed", work="a", right="", amount=Money(5000, "EUR"))]

    post(ledger, divided([("a", "anna", "1/2"), ("a", "cem", "1/2")], corrects=first.id))
    assert list(ledger.kept()) == []
    assert [each.held for party in ("anna", "cem") for each in ledger.statements(party)] == [(), ()]
    assert statements(ledger, "cem") == [(0, 5000, 5000, 0)]
    assert list(ledger.statements("bo")) == []


def test_each_currency_is_its_own_ledger(ledger):
    post(ledger, divided(SONGS))
    post(ledger, divided(SONGS, pool="7 JPY", reference="Tokyo"))

    assert [str(each.earned) for each in ledger.statements("anna")] == ["44.45 EUR", "3 JPY"]


def test_amounts_up_to_63_bits_are_kept_and_a_sum_past_them_is_refused(ledger):
    most = "92233720368547758.07 EUR"
    post(ledger, divided([("a", "anna", "1")], pool=most, threshold=Money(2**63 - 1, "EUR")))

    assert [str(each.released) for each in ledger.statements("anna")] == [most]
    with pytest.raises(Refused, match=r"would come to 9223372036854775808 smallest units.*\(money.overflow\)$"):
        post(ledger, divided([("a", "anna", "1")], pool="0.01 EUR", reference="one cent more"))


def test_a_run_is_found_by_its_beginning(ledger):
    run = divided(SONGS)
    post(ledger, run)

    assert ledger.find(run.id[:8].upper()).id == run.id
    for start, why in (("zz", "no run"), ("%", "no run")):
        with pytest.raises(NotFound, match=f"{why} of the ledger has an id that begins with"):
            ledger.find(start)
    with pytest.raises(NotFound, match="there is no account of a party 'nobody'"):
        list(ledger.statements("nobody"))


# --- what the database itself refuses ---------------------------------------------------------------------------

TABLES = ("accounts", "runs", "portions", "transfers")
RUN = "INSERT INTO ledger_runs VALUES (2, 'x', '{}', {}, 'r', {}, '', 0)"
MOVE = "INSERT INTO ledger_transfers VALUES ({}, {}, {}, {}, {}, {}, 0, '1')"
PORTION = "INSERT INTO ledger_portions VALUES (2, 0, 'equal', 'w', '1', {})"


def execute(engine, lines: list[str]) -> None:
    with writing(engine) as connection:
        for statement in lines:
            connection.execute(text(statement))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", ["DELETE FROM ledger_{}", "UPDATE ledger_{0} SET {1} = {1}"])
def test_nothing_is_changed_or_deleted(engine, ledger, table, change):
    post(ledger, divided(SONGS))
    column = "id" if table in ("accounts", "runs") else "number"

    with pytest.raises(Refused, match=r"ledger\.kept"), writing(engine) as connection:
        connection.execute(text(change.format(table, column)))

    assert statements(ledger, "anna") == [(0, 4445, 4445, 0)]


def test_nothing_is_replaced_or_emptied(engine, ledger):
    post(ledger, divided(SONGS))
    statement = (
        "INSERT OR REPLACE INTO ledger_accounts VALUES (1, 'EUR', 2, 'mallory', '', '')"
        if engine.dialect.name == "sqlite"
        else "TRUNCATE ledger_claimants"
    )

    with pytest.raises(Refused, match=r"ledger\.kept"), writing(engine) as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([RUN.format("EUR", 5, "NULL")], "imbalance"),
        ([MOVE.format(2, 0, 1, 2, 5, 1), PORTION.format(5), RUN.format("EUR", 6, "NULL")], "imbalance"),
        ([MOVE.format(2, 0, 1, 2, 5, 1), PORTION.format(5), RUN.format("USD", 5, "NULL")], "imbalance"),
        ([MOVE.format(2, 0, 2, 3, 5, 1), PORTION.format(5), RUN.format("EUR", 5, "NULL")], "imbalance"),
        ([MOVE.format(2, 0, 1, 2, 5, 1), RUN.format("EUR", 5, "NULL")], "imbalance"),
        ([MOVE.format(2, 0, 1, 2, 5, 1), PORTION.format(5), RUN.format("EUR", 5, "1")], "imbalance"),
        ([MOVE.format(1, 99, 1, 2, 5, 1)], "closed"),
        ([MOVE.format(2, 0, 1, 2, 5, 1)], "(?i:foreign key)"),
        ([MOVE.format(2, 0, 1, 99, 5, 1)], "(?i:foreign key)"),
        ([MOVE.format(2, 0, 1, 1, 5, 1)], "(?i:check)"),
        ([MOVE.format(2, 0, 1, 2, 0, 1)], "(?i:check)"),
        ([MOVE.format(2, 0, 1, 2, -5, 1)], "(?i:check)"),
    ],
)
def test_what_does_not_balance_is_not_written(engine, ledger, lines, why):
    post(ledger, divided(SONGS))
    before = balance_of_all(engine)

    with pytest.raises(Refused, match=why):
        execute(engine, lines)

    assert balance_of_all(engine) == before


def test_what_does_balance_is_written(engine, ledger):
    """The control of the test above: the same statements, without a fault."""
    post(ledger, divided(SONGS))

    execute(engine, [MOVE.format(2, 0, 1, 2, 5, 1), PORTION.format(5), RUN.format("EUR", 5, "NULL")])

    assert balance_of_all(engine)["EUR", Account.POOL, ""] == -10005


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.data(),
    pools=st.lists(st.integers(1, 2000), min_size=1, max_size=4),
    threshold=st.integers(0, 1500),
)
def test_whatever_is_divided_carried_and_corrected_the_books_are_zero(tmp_path_factory, data, pools, threshold):
    """A run and its reversal are zero; all accounts of a currency are; and the statements are the accounts."""
    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('law') / 'ledger.db'}", LEDGER)
    ledger, standing = SqlLedger(engine), dict[str, Run]()
    for number, pool in enumerate(pools):
        shares = st.tuples(st.sampled_from("abc"), st.sampled_from(["anna", "bo", "cem"]), st.just("1/3"))
        rows = data.draw(st.lists(shares, min_size=1, unique_by=lambda row: row[:2]))
        old = data.draw(st.sampled_from([None, *standing]))
        more = {"reference": str(number)} if old is None else {"reference": old, "corrects": standing[old].id}
        run = divided(rows, pool=str(Money(pool, "EUR")), threshold=Money(threshold, "EUR"), **more)
        post(ledger, run)
        standing[more["reference"]] = run

    found = balance_of_all(engine)
    engine.dispose()
    assert sum(found.values()) == 0
    assert -found["EUR", Account.POOL, ""] == sum(run.terms.pool.amount for run in standing.values())
    for code, kind in ((Account.UNCLAIMED, "unclaimed"), (Account.DISPUTED, "disputed")):
        held = sum(amount for (_, mine, _), amount in found.items() if mine == code)
        assert held == sum(getattr(run.totals, kind) for run in standing.values())
    for party in ("anna", "bo", "cem"):
        if ("EUR", Account.OWED, party) in found:
            told = statements(ledger, party)
            assert [each[3] for each in told] in ([found["EUR", Account.OWED, party]], [])
            assert [each[2] for each in told if each[2]] == [
                due for due in (found.get(("EUR", Account.DUE, party), 0),) if due
            ]


POST = """
import sys
from placet.store.database import open_database
from placet.store.ledger import SqlLedger
from placet.store.ledger_tables import LEDGER
from tests.licensing.sheets import divided
ledger = SqlLedger(open_database(sys.argv[1], LEDGER))
for number in range(6):
    run = divided([("a", "anna", "1/3"), ("b", "bo", "1")], reference=str(number))
    print(number, ledger.post(run, 1, open_accounts=True).new, flush=True)
"""


def test_two_who_post_the_same_at_once_pay_once(engine, ledger, url):
    command = [sys.executable, "-c", POST, url]
    posting = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]

    outcomes = [process.communicate(timeout=60) for process in posting]

    assert [errors for _, errors in outcomes] == ["", ""]
    lines = [line for output, _ in outcomes for line in output.splitlines()]
    assert sorted(line.split()[0] for line in lines if line.endswith("True")) == list("012345")
    assert len(lines) == 12
    assert balance_of_all(engine)["EUR", Account.POOL, ""] == -60000
    assert statements(ledger, "bo") == [(0, 30000, 30000, 0)]
