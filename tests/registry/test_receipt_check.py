"""A receipt says what it proves; whoever rewrites the log is shown by it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from placet.app import Home
from placet.record.policy import Policy
from placet.record.proof import format_proof, parse_proof
from placet.registry.receipt_check import ReceiptReport, verify_receipt_file
from placet.signing.findings import LOG, Mark, verdict
from placet.signing.keys import Role, generate, write_key
from tests.registry.liar import BEN, Honest, honest, rebuilt


@pytest.fixture
def log(tmp_path: Path) -> Honest:
    return honest(tmp_path)


def _check(log: Honest, receipt: Path, folder: Path | None = None) -> ReceiptReport:
    return verify_receipt_file(receipt, log.home.policy, folder)


def _broken(report: ReceiptReport) -> list[str]:
    return [finding.sentence for finding in report.findings if finding.mark is Mark.BROKEN]


def test_an_honest_receipt_holds_and_says_what_it_did_not_check(log: Honest) -> None:
    report = _check(log, log.receipt(2), log.home.path / "log")

    assert verdict(report.findings) is Mark.CHECKED
    open_ = [finding.sentence for finding in report.findings if finding.mark is Mark.OPEN]
    assert any("no witness" in sentence for sentence in open_)
    assert any("identity" in sentence for sentence in open_)


@pytest.mark.parametrize("more", [0, 1, 2, 5, 300])
def test_a_log_that_only_grew_still_holds_every_receipt(log: Honest, more: int) -> None:
    receipts = [log.receipt(index) for index in range(6)]
    log.more(more)

    for receipt in receipts:
        assert _broken(_check(log, receipt, log.home.path / "log")) == []


@pytest.mark.parametrize("more", [0, 1, 2, 9])
def test_an_operator_who_deletes_her_no_is_shown_whatever_size_the_log_has_then(
    log: Honest, tmp_path: Path, more: int
) -> None:
    receipt = log.receipt(2)

    folder = rebuilt(log, tmp_path / "liar", without={2}, more=more)

    report = _check(log, receipt, folder)
    (sentence,) = _broken(report)
    assert 'entry 2, "no AI use (mine, train, input, output, dataset) of 1 work"' in sentence
    assert "no longer holds" in sentence
    assert "signed by the same key" in sentence
    assert "together prove" in sentence
    assert [finding.of for finding in report.findings if finding.mark is Mark.BROKEN] == [LOG]


@pytest.mark.parametrize("index", range(6))
@pytest.mark.parametrize("more", [0, 1, 4])
def test_deleting_any_last_word_breaks_every_receipt(log: Honest, tmp_path: Path, index: int, more: int) -> None:
    receipt = log.receipt(index)

    folder = rebuilt(log, tmp_path / "liar", without={5}, more=more)

    assert len(_broken(_check(log, receipt, folder))) == 1


def test_an_early_receipt_vouches_for_what_was_there_before_it_and_for_no_more(log: Honest, tmp_path: Path) -> None:
    receipt = log.receipt(2)
    log.more(4)

    later = rebuilt(log, tmp_path / "liar", without={9})

    assert _broken(_check(log, receipt, later)) == []


def test_a_shorter_log_that_still_has_the_entry_may_be_an_old_copy(log: Honest, tmp_path: Path) -> None:
    receipt = log.receipt(2)

    folder = rebuilt(log, tmp_path / "cut", without={3, 4, 5})

    (sentence,) = _broken(_check(log, receipt, folder))
    assert "still holds" in sentence
    assert "it is an old copy, or entries were taken out" in sentence


def test_a_log_cut_before_the_entry_says_that_it_shrank(log: Honest, tmp_path: Path) -> None:
    receipt = log.receipt(5)

    folder = rebuilt(log, tmp_path / "cut", without={3, 4, 5})

    (sentence,) = _broken(_check(log, receipt, folder))
    assert "does not hold" in sentence
    assert "it had 6 entries when it signed the receipt, and has 3 now" in sentence


def test_a_cut_log_whose_beginning_was_changed_too_is_no_old_copy(log: Honest, tmp_path: Path) -> None:
    receipt = log.receipt(5)

    folder = rebuilt(log, tmp_path / "cut", without={1, 2})

    assert "what came before it was changed" in _broken(_check(log, receipt, folder))[0]


def test_a_log_rebuilt_without_lies_is_the_same_log(log: Honest, tmp_path: Path) -> None:
    receipt = log.receipt(4)

    folder = rebuilt(log, tmp_path / "again", without=())

    assert _broken(_check(log, receipt, folder)) == []


def test_tiles_that_do_not_lead_to_the_signed_root_prove_nothing_and_are_broken(log: Honest) -> None:
    receipt = log.receipt(2)
    log.more(1)
    (tile,) = (log.home.path / "log" / "tile" / "0").rglob("7")
    data = bytearray(tile.read_bytes())
    data[2 * 32] ^= 1
    tile.write_bytes(data)

    (sentence,) = _broken(_check(log, receipt, log.home.path / "log"))
    assert "cannot show that it still holds" in sentence
    assert "prove" not in sentence


def test_a_missing_log_folder_is_broken_and_named(log: Honest, tmp_path: Path) -> None:
    (sentence,) = _broken(_check(log, log.receipt(2), tmp_path / "nowhere"))

    assert "nowhere" in sentence


def test_without_a_policy_it_is_untrusted(log: Honest) -> None:
    report = verify_receipt_file(log.receipt(2), None)

    assert verdict(report.findings) is Mark.UNTRUSTED


def test_under_a_policy_of_another_log_it_is_untrusted(log: Honest, tmp_path: Path) -> None:
    report = verify_receipt_file(log.receipt(2), Policy())

    assert verdict(report.findings) is Mark.UNTRUSTED


def test_a_forged_receipt_cannot_accuse_an_honest_log(log: Honest) -> None:
    path = log.receipt(2)
    proof = parse_proof(path.read_bytes())
    forged = proof.checkpoint.replace(b"\n6\n", b"\n7\n")
    path.write_bytes(format_proof(replace(proof, checkpoint=forged)))

    report = _check(log, path, log.home.path / "log")

    assert not [finding for finding in report.findings if finding.of == LOG and finding.mark is Mark.BROKEN]
    assert verdict(report.findings) is not Mark.CHECKED


def test_no_single_changed_character_leaves_a_receipt_standing(log: Honest) -> None:
    path = log.receipt(2)
    data = path.read_bytes()

    for place in range(0, len(data), 7):
        for change in (1, 2):
            path.write_bytes(data[:place] + bytes([data[place] ^ change]) + data[place + 1 :])
            assert verdict(_check(log, path).findings) is not Mark.CHECKED, (place, change)


def test_the_proof_of_one_entry_does_not_serve_another(log: Honest) -> None:
    first, second = (parse_proof(log.receipt(index).read_bytes()) for index in (1, 2))
    path = log.receipt(2)
    path.write_bytes(format_proof(replace(second, extra=first.extra)))

    assert "not the one that the checkpoint holds" in _broken(_check(log, path))[0]


def test_works_beside_the_receipt_are_held_to_it(log: Honest) -> None:
    path = log.receipt(1)
    assert any("works.jsonl is not beside" in finding.sentence for finding in _check(log, path).findings)
    entry = _check(log, path).entry
    assert entry
    works = log.home.log_files.blob(entry.body["blob"])
    assert works

    (path.parent / "works.jsonl").write_bytes(works)
    assert _broken(_check(log, path)) == []
    (path.parent / "works.jsonl").write_bytes(works.replace(b'"weak":0', b'"weak":1'))
    assert "are not those" in _broken(_check(log, path))[0]


def test_a_withdrawal_is_told(log: Honest) -> None:
    receipt = log.receipt(5)
    said = list(log.home.registry.spoken())[-1]
    log.home.submit(BEN, lambda composer: composer.withdraw(said))

    sentences = [finding.sentence for finding in _check(log, receipt, log.home.path / "log").findings]
    assert any("TAKEN BACK by its own key in entry 6" in sentence for sentence in sentences)


def test_a_log_signed_by_another_key_of_that_name_is_untrusted(log: Honest, tmp_path: Path) -> None:
    stranger = generate(b"s" * 32, Role.LOG, log.home.log.origin)
    other = Home(tmp_path / "other", now=lambda: 1, random=lambda size: b"r" * size)
    other.key_path(Role.LOG).parent.mkdir(parents=True)
    write_key(other.key_path(Role.LOG), stranger, None)
    Honest(home=other, folder=tmp_path).more(6)

    report = _check(log, log.receipt(2), other.path / "log")

    assert verdict(report.findings) is Mark.UNTRUSTED
