"""The certificate: signed, and every figure in it can be computed again from what lies beside it."""

from __future__ import annotations

import json
import shutil
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from placet.clearance.certificate import PREDICATE, check_outputs, read_certificate, total
from placet.clearance.engine import finished
from placet.clearance.plan import parse_plan
from placet.clearance.unit import read_record
from placet.core.stance import Stance
from placet.errors import BadRecord, PlacetError, VerificationFailed
from placet.signing.envelope import IN_TOTO, seal, statement
from tests.factories import a_key
from tests.snapshot.datasets import write_folder, write_tar
from tests.snapshot.world import a_world, jpeg


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    world = a_world(folder)
    world.register(1, {"no.jpg": jpeg(1)}, Stance.RESERVE)
    write_folder(folder / "crawl", {"a.jpg": jpeg(1, 60), "b.jpg": jpeg(5)})
    write_tar(folder / "crawl/0.tar", {"a.jpg": jpeg(1, 70), "b.jpg": jpeg(6)})
    world.clear(folder / "crawl", world.snapshot(), folder / "out")
    return folder / "out"


@pytest.fixture
def out(run: Path, tmp_path: Path) -> Path:
    shutil.copytree(run, tmp_path / "out")
    return tmp_path / "out"


def _check(out: Path) -> int:
    return check_outputs(read_certificate((out / "clearance.json").read_bytes()), out)


def test_what_it_says_is_what_was_done(out: Path) -> None:
    read = read_certificate((out / "clearance.json").read_bytes())

    assert _check(out) == 2
    assert read.predicate["counts"] == {"eu-art4": {"cleared": 2, "reserved": 2}}
    assert read.predicate["bytes_sent"] == 0
    assert [name for name, _ in read.subjects] == ["0.tar", "files:0000 (sha256sum lines)"]


def test_the_root_is_over_the_unit_records(out: Path) -> None:
    plan = parse_plan((out / "plan.json").read_bytes())
    records = finished(plan, out)

    swapped = {0: records[1], 1: records[0]}

    assert (
        total(plan, records).root == read_certificate((out / "clearance.json").read_bytes()).predicate["units"]["root"]
    )
    assert total(plan, swapped).root != total(plan, records).root
    with pytest.raises(ValueError, match="when all its units are done"):
        total(plan, {0: records[0]})


def test_another_signature_is_no_certificate(out: Path) -> None:
    data = (out / "clearance.json").read_bytes()
    envelope = json.loads(data)
    signature = bytearray(b64decode(envelope["signatures"][0]["sig"]))
    signature[5] ^= 1
    envelope["signatures"][0]["sig"] = b64encode(signature).decode()

    with pytest.raises(VerificationFailed):
        read_certificate(json.dumps(envelope).encode())
    with pytest.raises(PlacetError):
        read_certificate(data.replace(b"payload", b"paylaod"))


def test_a_statement_of_something_else_is_no_certificate() -> None:
    key = a_key(1)

    with pytest.raises(PlacetError, match="not of a clearance"):
        read_certificate(seal(statement([("a", "00" * 32)], "urn:other:1", {}), IN_TOTO, key))


def test_one_of_an_earlier_placet_is_refused_in_a_sentence(out: Path) -> None:
    read = read_certificate((out / "clearance.json").read_bytes())
    old = seal(statement(list(read.subjects), "urn:placet:clearance:1", dict(read.predicate)), IN_TOTO, a_key(1))

    with pytest.raises(BadRecord, match="of an earlier placet"):
        read_certificate(old)


def test_a_name_of_another_key_is_refused(out: Path) -> None:
    read = read_certificate((out / "clearance.json").read_bytes())
    lie = dict(read.predicate) | {"key": {"public": a_key(2).public.hex(), "name": "somebody famous"}}

    with pytest.raises(VerificationFailed):
        read_certificate(seal(statement(list(read.subjects), PREDICATE, lie), IN_TOTO, a_key(1)))


def _clear_all(out: Path) -> None:
    """Turn every no of a unit into a yes, and make its record fit."""
    path = out / "units" / "000001.parquet"
    table = pq.read_table(path)
    yes = pc.if_else(pc.equal(table.column("outcome").cast(pa.string()), "reserved"), "cleared", "cleared")
    pq.write_table(table.set_column(5, "outcome", yes), path)


def _recount(out: Path) -> None:
    path = out / "units" / "000001.json"
    path.write_bytes(replace(read_record(path), counts={"eu-art4": {"cleared": 2}}).data())


TAMPERINGS: dict[str, tuple[Callable[[Path], object], str]] = {
    "decisions": (lambda out: (out / "decisions.parquet").write_bytes(b"PAR1"), "decisions.parquet was changed"),
    "problems": (lambda out: (out / "problems.jsonl").write_text("{}"), "problems.jsonl was changed"),
    "plan": (
        lambda out: (out / "plan.json").write_bytes((out / "plan.json").read_bytes().replace(b'"at":1', b'"at":2')),
        "not the plan that was certified",
    ),
    "no plan": (lambda out: (out / "plan.json").unlink(), "plan of the run cannot be read"),
    "a unit removed": (lambda out: (out / "units/000001.json").unlink(), "unit files:0000 was changed or removed"),
    "a unit's decisions": (_clear_all, "unit files:0000 was changed or removed"),
    "a unit's counts": (_recount, "does not count its decisions"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_what_was_changed_afterwards_is_named(out: Path, name: str) -> None:
    tamper, why = TAMPERINGS[name]
    tamper(out)

    with pytest.raises(VerificationFailed, match=f"^BROKEN: .*{why}"):
        _check(out)
