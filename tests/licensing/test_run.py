"""Plans and shares: each rule once, by hand; then the laws, over every plan and currency."""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter
from fractions import Fraction
from itertools import pairwise

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.core.money import MOST, Money, currencies
from placet.errors import BadInput, BadRecord, PlacetError, Refused, TooNew
from placet.licensing import sheets
from placet.licensing.claims import Scope
from placet.licensing.plans import PLANS, find_plan
from placet.licensing.run import Terms, divide, parse_manifest, run_id
from placet.licensing.sheets import ATTRIBUTION, PRICES, SHARES, USAGE, digest, parse_exact, read_sheet
from tests.licensing.sheets import divided, paid, sheet, terms

CODES = [each.code for each in currencies()]
NAMES = ["Ana", "Bo", "Çem", "山田", "Ольга", "مريم", "אבי", "Ńgũgĩ", "😀", "o'Brien, J."]
WORKS = ["w1", "w2", "ópera", "作品", "w5"]


def test_equal_per_work_gives_each_work_the_same_and_the_first_ids_what_is_left_over():
    run = divided([("b", "x", "1"), ("a", "y", "1"), ("c", "z", "1")])

    assert paid(run) == {("a", "y"): 3334, ("b", "x"): 3333, ("c", "z"): 3333}


def test_a_share_is_exact_and_what_nobody_claims_is_nobodys():
    run = divided([("w", "x", "1/3"), ("w", "y", "33.34%"), ("v", "", "")])

    assert paid(run) == {("w", "x"): 1667, ("w", "y"): 1667, ("w", ""): 1666, ("v", ""): 5000}
    assert run.totals.unclaimed == 6666


def test_works_that_nobody_claims_are_all_unclaimed():
    assert paid(divided([("v", "", ""), ("w", "", "")])) == {("v", ""): 5000, ("w", ""): 5000}


def test_what_is_disputed_is_held_for_all_who_claim_it():
    rows = [("w", "x", "1/2", ""), ("w", "y", "1/4", "disputed"), ("w", "z", "1/2", "disputed")]

    run = divided(rows, "work party share status")

    assert paid(run) == {("w", "x"): 5000, ("w", "?"): 5000}
    assert run.claimants == ((0, "y", "1/4"), (0, "z", "1/2"))


def test_usage_counts_and_a_work_without_shares_is_unclaimed():
    usage = sheet("work count", [("a", "3"), ("a", "1.5"), ("x", "1/2"), ("b", "0")], USAGE)

    run = divided([("a", "y", "1"), ("b", "z", "1"), ("never", "z", "1")], plan="usage", other=usage)

    assert paid(run) == {("a", "y"): 9000, ("b", "z"): 0, ("x", ""): 1000}


def test_what_is_not_attributed_with_confidence_goes_to_all_works():
    rows = [
        ("o1", "a", "1/2", "0.9", "Sureel", "3"),
        ("o1", "b", "1/2", "0.49", "Sureel", "3"),
        ("o2", "", "1", "1", "Sureel", "3"),
    ]
    given_by = sheet("output work weight confidence provider version", rows, ATTRIBUTION)

    run = divided(
        [("a", "y", "1"), ("b", "z", "1")],
        plan="attributed-with-fallback",
        pool="100 JPY",
        other=given_by,
        confidence=Fraction(1, 2),
    )

    assert [(layer.basis, layer.amount) for layer in run.layers] == [("attributed", 25), ("rest", 75)]
    assert paid(run) == {("a", "y"): 25 + 38, ("b", "z"): 37}
    assert parse_manifest(run.manifest)[1]["providers"] == [{"provider": "Sureel", "version": "3", "rows": 3}]


def test_halves_where_nothing_is_stated_and_what_is_stated_elsewhere():
    rows = [
        ("both", "p", "publisher", ""),
        ("both", "a", "author", ""),
        ("both", "b", "translator", ""),
        ("own", "a", "author", ""),
        ("lost", "p", "publisher", ""),
        ("said", "p", "publisher", "1/4"),
        ("said", "a", "author", "3/4"),
    ]

    run = divided(rows, "work party role share", plan="author-publisher-50-50", pool="400.00 EUR")

    assert paid(run) == {
        ("both", "p"): 5000,
        ("both", "a"): 2500,
        ("both", "b"): 2500,
        ("own", "a"): 10000,
        ("lost", "p"): 5000,
        ("lost", ""): 5000,
        ("said", "p"): 2500,
        ("said", "a"): 7500,
    }


def test_direct_gives_each_work_its_price():
    prices = sheet("work amount", [("a", "60.01 EUR"), ("b", "39.99 EUR")], PRICES)

    run = divided([("a", "x", "1/2"), ("a", "y", "1/2"), ("b", "x", "1")], plan="direct", other=prices)

    assert paid(run) == {("a", "x"): 3001, ("a", "y"): 3000, ("b", "x"): 3999}


def test_right_territory_and_day_choose_the_shares():
    rows = [
        ("w", "fr", "1", "composition", "FR", "", ""),
        ("w", "old", "1", "composition", "DE", "", "2025-12-31"),
        ("w", "new", "1", "composition", "DE", "2026-01-01", ""),
        ("w", "label", "1", "recording", "", "", ""),
    ]
    shares = sheet("work party share right territory from until", rows)

    def who(right: str, place: str, at: int) -> dict[tuple[str, str], int]:
        return paid(divide(terms(scope=Scope(right=right, territory=(place,), at=at)), shares))

    assert who("composition", "DE", 1767225599) == {("w", "old"): 10000}
    assert who("composition", "DE", 1767225600) == {("w", "new"): 10000}
    assert who("composition", "FR", 1) == {("w", "fr"): 10000}
    assert who("composition", "US", 1) == {("w", ""): 10000}
    assert who("recording", "US", 1) == {("w", "label"): 10000}


@pytest.mark.parametrize(
    ("rows", "columns", "rule"),
    [
        ([("w", "x", "2/3"), ("w", "y", "1/2")], "work party share", "shares.over"),
        ([("w", "x", "1.01")], "work party share", "shares.unread"),
        ([("w", "x", "0")], "work party share", "shares.unread"),
        ([("w", "x", "-1/2")], "work party share", "shares.unread"),
        ([("w", "x", "1/0")], "work party share", "shares.unread"),
        ([("w", "x", "nan")], "work party share", "shares.unread"),
        ([("w", "x", "1/1000003")], "work party share", "shares.unread"),
        ([("w", "x", "")], "work party share", "shares.unstated"),
        ([("", "x", "1")], "work party share", "shares.unread"),
        ([("w", "x", "1/4"), ("w", "x", "1/4")], "work party share", "shares.twice"),
        ([("w", "x", "1", "maybe")], "work party share status", "shares.unread"),
        ([("w", "x", "1", "France")], "work party share territory", "shares.unread"),
        ([("w", "x", "1", "FR")], "work party share territory", "shares.scope"),
        ([("w", "x", "1", "2026-13-01")], "work party share from", "shares.unread"),
        ([("w", "x", "1", "2026-01-01")], "work party share from", "shares.scope"),
        ([("w", "x", "1", "a"), ("w", "x", "1", "b")], "work party share right", "shares.scope"),
        ([], "work party share", "shares.unread"),
        ([("w", "x\u202e", "1")], "work party share", "sheet.unread"),
        ([("w", "x" * 301, "1")], "work party share", "sheet.unread"),
        ([("w", "x", "1", "?")], "work party share colour", "sheet.column"),
        ([("w", "x")], "work party", "sheet.column"),
    ],
)
def test_shares_that_cannot_be_followed_stop_the_run_with_their_rule(rows, columns, rule):
    with pytest.raises(PlacetError, match=rf"\({rule}\)$"):
        divided(rows, columns)


@pytest.mark.parametrize(
    ("plan", "form", "rows", "rule"),
    [
        ("usage", USAGE, [("w", "-1")], "weights.unread"),
        ("usage", USAGE, [("w", "1e3")], "weights.unread"),
        ("usage", USAGE, [("w", "0")], "weights.zero"),
        ("usage", USAGE, [("", "1")], "weights.unread"),
        ("usage", USAGE, [], "weights.unread"),
        ("direct", PRICES, [("w", "-1.00 EUR")], "money.sign"),
        ("direct", PRICES, [("w", "0.00 EUR"), ("v", "100.00 EUR")], "money.sign"),
        ("direct", PRICES, [("w", "99.99 EUR")], "split.sum"),
        ("direct", PRICES, [("w", "100.00 USD")], "money.mixed"),
        ("direct", PRICES, [("w", "92233720368547758.07 EUR"), ("v", "100.00 EUR")], "money.overflow"),
        ("attributed-with-fallback", ATTRIBUTION, [("o", "w", "1.1", "1", "p", "1")], "weights.unread"),
        ("attributed-with-fallback", ATTRIBUTION, [("o", "w", "1", "2", "p", "1")], "weights.unread"),
        ("attributed-with-fallback", ATTRIBUTION, [("o", "w", "1", "1", "", "1")], "weights.unread"),
        (
            "attributed-with-fallback",
            ATTRIBUTION,
            [("o", "w", "2/3", "1", "p", "1"), ("o", "v", "2/3", "1", "p", "1")],
            "weights.over",
        ),
    ],
)
def test_sheets_that_cannot_be_followed_stop_the_run_with_their_rule(plan, form, rows, rule):
    with pytest.raises(PlacetError, match=rf"\({rule}\)$"):
        divided([("w", "x", "1")], plan=plan, other=sheet(" ".join(form.columns), rows, form))


@pytest.mark.parametrize("pool", [0, -1])
def test_a_pool_is_more_than_nothing(pool):
    with pytest.raises(BadInput, match=r"\(money.sign\)$"):
        Terms(plan=PLANS[0], pool=Money(pool, "EUR"), reference="x")


def test_a_plan_is_found_by_its_name_or_all_are_listed():
    assert [find_plan(plan.name) for plan in PLANS] == [find_plan(each.name, each.version) for each in PLANS]
    assert [find_plan(plan.name) for plan in PLANS] == list(PLANS)
    with pytest.raises(BadInput, match=r"choose one of equal-per-work, usage, .*direct \(split.plan\)"):
        find_plan("fair")


def test_a_manifest_tells_its_terms_again_and_another_version_is_refused():
    run = divided([("w", "x", "1")], threshold=Money(500, "EUR"), scope=Scope(at=86400))
    told, fields = parse_manifest(run.manifest)

    assert told == run.terms
    assert run_id(fields) == run.id
    with pytest.raises(TooNew, match="is at version 1 here, and the run is of 2"):
        parse_manifest(run.manifest.replace(b'"version":1', b'"version":2'))
    with pytest.raises(TooNew, match="update placet"):
        parse_manifest(run.manifest.replace(b"placet.split/1", b"placet.split/2"))
    for bad in (b"{}", b"[]", b"{", run.manifest.replace(b'"pool"', b'"loop"')):
        with pytest.raises(BadRecord):
            parse_manifest(bad)


# --- the laws --------------------------------------------------------------------------------------------------

SHARE = st.sampled_from(["1/7", "1/3", "12.5%", "0.2", "33.3333%", "1/999983", "1/999979", "1/10"])
ROWS = st.lists(
    st.tuples(st.sampled_from(WORKS), st.sampled_from(NAMES), SHARE, st.sampled_from(["", "agreed", "disputed"])),
    min_size=1,
    max_size=25,
    unique_by=lambda row: row[:2],
)
POOLS = st.one_of(st.integers(1, 50), st.integers(1, MOST))


def some_run(plan, rows, pool, code):
    """A run of any plan over these shares; None where their sum is over one."""
    others = {
        "usage": lambda: sheet("work count", [(work, len(work)) for work in WORKS], USAGE),
        "direct": lambda: sheet("work amount", [(WORKS[0], Money(pool, code))], PRICES),
        "attributed-with-fallback": lambda: sheet(
            " ".join(ATTRIBUTION.columns),
            [(str(n), work, "1/3", "1", "p", "1") for n, work in enumerate(WORKS)],
            ATTRIBUTION,
        ),
    }
    other = others[plan]() if plan in others else None
    agreed = Counter[str]()
    for work, _, share, status in rows:
        agreed[work] += (status != "disputed") * parse_exact(share)
    given_so = {"columns": "work party share status", "plan": plan, "pool": str(Money(pool, code)), "other": other}
    if max(agreed.values()) <= 1:
        return divided(rows, **given_so)
    with pytest.raises(Refused, match=r"\(shares.over\)$"):
        divided(rows, **given_so)
    return None


@settings(max_examples=120, deadline=None)
@given(plan=st.sampled_from([p.name for p in PLANS]), rows=ROWS, pool=POOLS, code=st.sampled_from(CODES))
def test_the_pool_is_conserved_whatever_the_plan_the_shares_and_the_currency(plan, rows, pool, code):
    run = some_run(plan, rows, pool, code)
    if run is None:
        return

    totals = run.totals
    assert totals.agreed + totals.disputed + totals.unclaimed == pool
    assert int(run.allocations.amount.sum()) == sum(run.amount.tolist()) == pool
    assert int(run.allocations.amount.min()) >= 0
    per_portion = [0] * len(run.work)
    for portion, amount in zip(run.allocations.portion.tolist(), run.allocations.amount.tolist(), strict=True):
        per_portion[portion] += amount
    assert per_portion == run.amount.tolist()


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, pool=POOLS, seed=st.integers(0, 99))
def test_the_order_of_rows_changes_not_a_byte(rows, pool, seed):
    mixed = random.Random(seed).sample(rows, len(rows))

    one, other = (some_run("equal-per-work", each, pool, "EUR") for each in (rows, mixed))

    assert (one is None) == (other is None)
    assert one is None or (one.manifest, one.id, paid(one)) == (other.manifest, other.id, paid(other))


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, pool=POOLS)
def test_a_larger_share_of_a_work_is_never_paid_less(rows, pool):
    run = some_run("equal-per-work", rows, pool, "EUR")
    if run is None:
        return

    found = run.allocations
    by_portion: dict[int, list[tuple[Fraction, int]]] = {}
    for portion, share, amount in zip(found.portion.tolist(), found.share, found.amount.tolist(), strict=True):
        by_portion.setdefault(portion, []).append((Fraction(share), amount))
    for slots in by_portion.values():
        ordered = sorted(slots)
        assert all(b[1] >= a[1] or a[0] == b[0] for a, b in pairwise(ordered))


def test_a_name_changes_no_digest_and_the_kind_of_file_neither():
    plain = sheet("work party share", [("w", "é", "1")])
    named = sheet("party name work share right", [("e\u0301", "Émile", "w", "1", "")])

    assert digest(plain) == digest(named)


def test_a_run_made_under_an_older_table_of_currencies_is_made_again_to_the_byte():
    shares = sheet("work party share", [("w", "x", "1/3")])
    old = divide(terms(currencies="2020-01-01"), shares)

    assert divide(parse_manifest(old.manifest)[0], shares).manifest == old.manifest
    assert old.id != divide(terms(), shares).id


def test_shares_of_many_denominators_are_summed_exactly():
    rows = [("w", f"p{n}", f"1/{under}") for n, under in enumerate([999983, 999979, 999961, 999959, 999953])]
    rest = 1 - sum(Fraction(share) for *_, share in rows)

    run = divided(rows, pool="92233720368547758.07 EUR")

    assert run.totals.unclaimed == round(MOST * rest)
    assert run.totals.agreed + run.totals.unclaimed == MOST


@settings(max_examples=60, deadline=None)
@given(name=st.text(max_size=320), work=st.text(min_size=1, max_size=40))
def test_whatever_a_party_is_called_it_is_paid_or_refused_in_a_sentence(name, work):
    try:
        run = divide(terms(), sheet("work party share", [(work, name, "1")]))
    except BadInput as error:
        assert re.search(r"\((sheet|shares)\.unread\)$", str(error))  # noqa: PT017
        return

    kept = unicodedata.normalize("NFC", name).strip()
    assert list(paid(run).values()) == [10000]
    assert run.totals.agreed == (10000 if kept else 0)


def test_a_parquet_file_that_unpacks_to_more_than_is_read_is_refused(monkeypatch):
    packed = pa.BufferOutputStream()
    pq.write_table(pa.table({name: ["1"] * 10_000 for name in ("work", "party", "share")}), packed)
    monkeypatch.setattr(sheets, "MOST_ROWS", 9_999)

    with pytest.raises(BadInput, match=r"it is more than 9,999 rows or 4 GiB \(sheet.unread\)$"):
        read_sheet(packed.getvalue().to_pybytes(), SHARES)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "Empty CSV file"),
        (b"\xff\xfe", "utf-8"),
        (b'[{"work": "w", "party": "p", "share": 0.5}]', "0.5 is a float"),
        (b'[{"work": "w", "party": "p", "share": NaN}]', "NaN is a float"),
        (b'[{"work": "w", "party": "p", "share": true}]', "a cell holds text or a whole number, not bool"),
        (b"[1]", "a row is an object"),
        (b"[" * 100_000, "it nests too deeply"),
        (b"[" + b"9" * 5000 + b"]", "a number in it has too many digits"),
        (b"PAR1PAR1", "footer"),
        (b"work,party,share\nw,p\n", "Expected 3 columns, got 2"),
        (b"work,work,party,share\n", "two columns of one name"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_a_sentence(data, why):
    with pytest.raises(BadInput, match=rf"{why}.*\(sheet\.(unread|column)\)$"):
        read_sheet(data, SHARES)
