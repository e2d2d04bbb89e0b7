"""Signatures of a long log in other processes: the same first error as one after the other."""

from __future__ import annotations

import pytest

from placet.errors import StoreDamaged
from placet.log import fsck
from placet.log.processes import can_travel, first_bad
from placet.record.entries import parse_entry
from placet.registry.admission import check_signature
from tests.factories import a_composer, a_home, a_wish, a_work, check_log, works_of


@pytest.fixture
def home(tmp_path):
    home = a_home(tmp_path / "home")
    composer = a_composer(home)
    ids = composer.register([a_work()])
    for _ in range(1_300):
        composer.declare(works_of(ids), a_wish())
        composer.at += 1
    home.log.append(composer.submission())
    return home


def forge(data):
    return data.replace(parse_entry(data).sig[:8].encode(), b"00000000")


@pytest.mark.slow
def test_the_first_entry_that_is_forged_is_named_whichever_process_finds_one_first(home):
    entries = [entry.data for entry in check_log(home).entries]
    assert first_bad(check_signature, entries, 2) is None
    entries[1_200], entries[1_100] = forge(entries[1_200]), forge(entries[1_100])

    bad = first_bad(check_signature, entries, 2)

    assert bad is not None
    assert bad[0] == 1_100
    assert "is not signed by the key it names" in bad[1]


@pytest.mark.slow
def test_fsck_of_a_long_log_says_the_same_as_of_a_short_one(home, monkeypatch):
    monkeypatch.setattr(fsck, "LEAST", 100)
    monkeypatch.setattr("os.cpu_count", lambda: 2)

    entries = check_log(home).entries

    assert len(entries) == 1_302
    assert list(entries) == [parse_entry(entry.data) for entry in entries]
    data = [entry.data for entry in entries]
    for least in (100, 10_000):
        monkeypatch.setattr(fsck, "LEAST", least)
        with pytest.raises(StoreDamaged, match=r"^entry 7: entry .* is not signed by the key it names"):
            fsck._checked([*data[:7], forge(data[7]), *data[8:]], check_signature)
        with pytest.raises(StoreDamaged, match=r"^entry 9 cannot be read: .*canonical"):
            fsck._checked([*data[:9], data[9] + b" ", *data[10:]], check_signature)


def test_a_check_that_no_other_process_knows_stays_here():
    assert can_travel(check_signature)
    assert not can_travel(lambda entry: None)
