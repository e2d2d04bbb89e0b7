"""A quote over a million decided rows, and licences checked a second, beside what the machine does at most.

    python bench/licences.py [--quick]

A registry of works for sale is published; a finished clearance of a million rows is laid out, of which every fifth is
amber, by one work or by two.  `placet quote` reads it, beside counting the same columns and doing nothing else.  Then
proofs that a work is licensed are checked, beside the bare hashes they are made of; and whole licences, beside bare
Ed25519 verifications.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from placet.app import Home
from placet.clearance.plan import Ask, Plan
from placet.core.money import Money
from placet.core.offer import Offer, Step, Unit
from placet.core.profile import PROFILES
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.core.work import Medium, WorkRecord
from placet.desk.granting import Grant, give
from placet.desk.quoting import Order, quote
from placet.desk.snapshots import publish_snapshot
from placet.licensing.document import open_licence
from placet.licensing.scope import check_proof, prove
from placet.record.merkle import node_hash
from placet.registry.compose import Composer, NewWork, Wish
from placet.signing.keys import Key, Role, verify

NOW = 1_750_000_000
PARTIES = 40
GOALS = {"quote": 5.0, "proofs": 10_000}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows")
    rows = 100_000 if parser.parse_args().quick else 1_000_000
    with tempfile.TemporaryDirectory() as place:
        return measure(Path(place), rows)


def measure(place: Path, rows: int) -> int:
    home = Home(place / "home", now=lambda: NOW)
    seller, works = sell(home, 500)
    manifest = publish_snapshot(home, place / "registry")
    out = lay_out(place / "out", home, manifest.digest, rows)
    seconds = quoting(home, Order(out=out, snapshot=place / "registry"), rows)
    rate = checking(home, seller, works)
    print(f"goal: a quote over 1,000,000 rows in {GOALS['quote']:.0f} s: {verdict(seconds < GOALS['quote'])}")
    print(f"goal: {GOALS['proofs']:,} licence proofs a second: {verdict(rate >= GOALS['proofs'])}")
    return 0


def verdict(held: bool) -> str:
    return "met" if held else "MISSED"


def sell(home: Home, each: int) -> tuple[Key, list[Subject]]:
    """Works of many parties, every one with an offer; returns the last party and her works."""
    made: list[Subject] = []
    for number in range(PARTIES):
        key = Key(Role.PARTY, random.Random(number).randbytes(32))
        offer = Offer(
            uses=(Use.TRAIN,),
            unit=Unit.WORK,
            price=Money(100 + number, "EUR"),
            bulk=(Step(least=100, amount=90 + number),) if number < 10 else (),
        )
        wish = Wish(uses=(Use.TRAIN,), stance=Stance.LICENSE, start=NOW, terms=offer.data().decode())

        def write(composer: Composer, number: int = number, wish: Wish = wish) -> None:
            ids = composer.register([work(number * each + place) for place in range(each)])
            made[:] = [Subject(Kind.WORK, id_) for id_ in ids]
            composer.declare(made, wish)

        home.submit(key, write)
    return key, made


def work(number: int) -> NewWork:
    digest = random.Random(-1 - number).randbytes(32).hex()
    return NewWork(record=WorkRecord(medium=Medium.IMAGE, sha256=digest, blake3=digest, size=1, iscc=""))


def lay_out(out: Path, home: Home, snapshot: str, rows: int) -> Path:
    """The files of a finished clearance that a quote reads."""
    out.mkdir()
    ask = Ask(use=Use.TRAIN_GENERATIVE, profiles=(PROFILES["consent"],), at=NOW)
    plan = Plan(snapshot=snapshot, dataset="bench", ask=ask, emit="decisions", rules={}, units=())
    (out / "plan.json").write_bytes(plan.data())
    (out / "clearance.json").write_bytes(b"{}")
    (out / "heard.jsonl").write_bytes(b"")
    said = [f"{word.id}@{subject}" for word in home.registry.spoken() for subject in word.subjects]
    draw = random.Random(7)
    because = [None if place % 5 else " ".join(sorted(draw.sample(said, 1 + place % 2))) for place in range(rows)]
    outcome = ["silent" if each is None else "licence" for each in because]
    many, few = pa.dictionary(pa.int32(), pa.string()), pa.dictionary(pa.int8(), pa.string())
    table = pa.table({"outcome": pa.array(outcome).cast(few), "because": pa.array(because).cast(many)})
    pq.write_table(table, out / "decisions.parquet", compression="zstd", row_group_size=100_000)
    return out


def quoting(home: Home, order: Order, rows: int) -> float:
    quote(home, order)  # the snapshot's digests are remembered from now on
    start = time.perf_counter()
    counted = pq.read_table(order.out / "decisions.parquet").unify_dictionaries()
    counted.group_by(["outcome", "because"]).aggregate([([], "count_all")])
    bare = time.perf_counter() - start
    start = time.perf_counter()
    said = quote(home, order)
    seconds = time.perf_counter() - start
    print(f"{rows:,} rows, {said.rows:,} of them amber, {len(said.lines)} parties, {said.totals[0]}")
    print(f"quote: {seconds:.2f} s; counting its columns and nothing else: {bare:.2f} s, {seconds / bare:.1f}x")
    return seconds


def checking(home: Home, seller: Key, works: list[Subject]) -> float:
    offer = Offer(uses=(Use.TRAIN,), unit=Unit.WORK, price=Money(100, "EUR"))
    grant = Grant(works=works, holder="ab" * 32, uses=(Use.TRAIN,), offer=offer)
    file = give(home, seller, grant).file
    proofs = prove(file.works, file.works) * 40
    start = time.perf_counter()
    for proof in proofs:
        check_proof(proof, file.agreement.root, file.agreement.count)
    rate = len(proofs) / (time.perf_counter() - start)
    steps = sum(len(proof.path) + 1 for proof in proofs)
    start = time.perf_counter()
    for _ in range(steps):
        node_hash(b"a" * 32, b"b" * 32)
    bare = len(proofs) / (time.perf_counter() - start)
    print(f"licence proofs: {rate:,.0f}/s = {rate / bare:.2f} of their bare hashes ({steps // len(proofs)} each)")
    start = time.perf_counter()
    for _ in range(2_000):
        open_licence(file.token)
    whole = 2_000 / (time.perf_counter() - start)
    signature = seller.sign(file.token.encode())
    start = time.perf_counter()
    for _ in range(2_000):
        verify(seller.public, file.token.encode(), signature)
    alone = 2_000 / (time.perf_counter() - start)
    print(f"licences opened, signature and agreement: {whole:,.0f}/s = {whole / alone:.2f} of bare verifications")
    return rate


if __name__ == "__main__":
    sys.exit(main())
