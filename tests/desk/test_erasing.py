"""After `placet erase`: neither the value nor a key that opens it is found in what was kept, copied or exported."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from placet.app import Home
from placet.desk.about import held_about
from placet.desk.erasing import ERASE_STEPS, erase, plan
from placet.desk.exporting import export_record, import_record
from placet.desk.lookups import look_up
from placet.desk.mirroring import mirror
from placet.desk.snapshots import check_deeply, publish_snapshot
from placet.desk.telling import tell_about
from placet.errors import NotFound, StoreDamaged
from placet.log.files import LogFiles
from placet.log.sequencer import Submission
from placet.record.entries import commitment
from placet.registry.compose import NewWork
from placet.registry.openings import Opening
from placet.registry.projection import named
from placet.signing.keys import Role
from placet.store.tables import parties
from tests.factories import NOW, a_home, a_key, a_wish, a_work, sign, works_of

NAME, TITLE, MAIL = "Zuzana Ďurčanská-Quillfeather", "The Unfindable Evening of Ōsaka", "zuzana@quillfeather.example"
VALUES = (NAME, TITLE, MAIL)
OTHER = "Kept Title of Somebody Else"


class Died(Exception):
    """The process, in the middle."""


def tell(home: Home, number: int, name: str, title: str) -> tuple[str, str]:
    """A party with a name and a work with a title, both to be shown; her key and the work's id."""
    key = a_key(number, name=name)
    composer = home.composer(key)
    work = a_work(number)
    shown = Opening(salt=home.random(32), value=title, show=True)
    (id_,) = composer.register([NewWork(record=work.record, sheet=work.sheet, title=shown)])
    composer.declare(works_of([id_]), a_wish())
    home.log.append(composer.submission())
    return key.public.hex(), id_


def a_story(path: Path, url: str = "") -> tuple[Home, str, str]:
    home = a_home(path)
    home.database = url
    party, work = tell(home, 1, NAME, TITLE)
    tell(home, 2, "Kept Name", OTHER)
    home.vault.put(party, "email", MAIL)
    return home, party, work


def keys(home: Home, party: str) -> tuple[bytes, ...]:
    return home.vault.keys(party)


def needles(*secrets: str | bytes) -> Iterator[bytes]:
    """Every way in which a value is likely to lie on a disk."""
    for secret in secrets:
        plain = secret.encode() if isinstance(secret, str) else secret
        if isinstance(secret, str):
            yield from (secret.encode("utf-16-le"), secret.encode("utf-16-be"), json.dumps(secret)[1:-1].encode())
        yield from (plain, plain.hex().encode(), plain.hex().upper().encode())
        for skipped in range(3):  # base64 looks otherwise at each of three places
            yield base64.b64encode(plain[skipped : skipped + (len(plain) - skipped) // 3 * 3])


def found(folder: Path, *secrets: str | bytes) -> list[str]:
    wanted = list(needles(*secrets))
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return sorted(str(path) for path in files if any(each in path.read_bytes() for each in wanted))


def backup(home: Home, to: Path) -> Path:
    """All of a home but the one folder that no backup holds."""
    shutil.copytree(home.path, to, ignore=lambda at, names: ["keys"] if Path(at) == home.path / "vault" else [])
    return to


def rows(home: Home) -> bytes:
    return repr(home.registry.dump()).encode()


def test_nothing_is_found_after_an_erasure(tmp_path, url, request):
    home, party, work = a_story(tmp_path / "home", url)
    secrets = keys(home, party)
    snapshot, out = tmp_path / "snapshot", tmp_path / "export"
    publish_snapshot(home, snapshot)
    shutil.move(snapshot, tmp_path / "given")  # it is elsewhere, and holds what was shown by consent
    export_record(home, out)
    before = look_up(home, work, None, None)
    assert (before.works[0].title, before.works[0].maker) == (TITLE, NAME)
    home.engine.dispose()
    kept = backup(home, tmp_path / "backup")
    assert [party.name for party in home.registry.parties()][:2] == [NAME, "Kept Name"]
    assert found(home.path, *secrets)  # the search finds what is there

    done = erase(home, plan(home, party), "she asked")

    places = [home.path, kept, out]
    places += [tmp_path / "placet.db"] if url.startswith("sqlite") else []
    for place in places:
        assert found(place if place.is_dir() else place.parent / "home", *VALUES, *secrets) == []
    if url.startswith("sqlite"):
        assert not [
            f for f in tmp_path.glob("placet.db*") if any(n in f.read_bytes() for n in needles(*VALUES, *secrets))
        ]
    else:
        postgres = request.getfixturevalue("postgres")
        postgres.run("postgres", "CHECKPOINT")
        assert found(postgres.folder / "data", *VALUES, *secrets) == []
    assert not any(each in rows(home) for each in needles(*VALUES))
    assert len(done.notes) == 2
    assert any(str(snapshot) in each for each in done.beyond)
    sound = home.check_log()
    home.check_database(sound)
    home.rebuild_database(sound)
    home.check_database(sound)
    assert [each.name for each in home.registry.parties() if each.role == "party"] == ["", "Kept Name"]
    after = look_up(home, work, None, None)
    assert (after.works[0].title, after.works[0].maker, after.decisions) == ("", "", before.decisions)
    assert check_deeply(tmp_path / "given", home.own_policy).entries
    home.engine.dispose()


def test_a_backup_of_before_opens_what_is_left_and_not_what_went(tmp_path):
    home, party, _ = a_story(tmp_path / "home")
    home.engine.dispose()
    kept = backup(home, tmp_path / "backup")

    erase(home, plan(home, party), "she asked")
    shutil.copytree(home.path / "vault" / "keys", kept / "vault" / "keys")

    again = a_home(kept)
    assert [each.name for each in again.registry.parties() if each.role == "party"] == ["", "Kept Name"]
    assert {each.value for each in held_about(again)} == {None, "Kept Name", OTHER}


def test_one_field_goes_and_the_others_stay(tmp_path):
    home, party, work = a_story(tmp_path / "home")
    old = keys(home, party)
    home.engine.dispose()
    kept = backup(home, tmp_path / "backup")

    done = erase(home, plan(home, f"title of {work[:12]}"), "she asked")

    assert len(done.notes) == 1
    assert {each.value for each in held_about(home)} == {NAME, MAIL, "Kept Name", OTHER}
    assert keys(home, party) != old
    for place in (home.path, kept):
        assert found(place, TITLE, *old) == []
    shutil.copytree(home.path / "vault" / "keys", kept / "vault" / "keys")
    with pytest.raises(StoreDamaged, match="is not opened by its own key"):  # the new key opens none of the old bytes
        list(held_about(a_home(kept)))
    home.check_database(home.check_log())


@pytest.mark.parametrize("what", ["party", "field"])
@pytest.mark.parametrize("died", ERASE_STEPS)
def test_a_run_that_died_is_finished_by_the_next(tmp_path, died, what):
    home, party, work = a_story(tmp_path / "home")

    def step(reached: str) -> None:
        if reached == died:
            raise Died

    with pytest.raises(Died):
        erase(home, plan(home, party if what == "party" else f"title of {work}"), "she asked", step)
    home.engine.dispose()
    home = a_home(tmp_path / "home")
    erase(home, plan(home, party), "she asked")
    size = home.size
    again = erase(home, plan(home, party), "she asked")

    assert (again.notes, home.size) == ((), size)
    assert found(home.path, *VALUES) == []
    notes = [entry for entry in home.check_log().entries if entry.type == "erasure.note"]
    assert len(notes) == len({entry.body["digest"] for entry in notes}) == 2
    home.check_database(home.check_log())


@pytest.mark.parametrize("broken", range(1, 9))
def test_an_exchange_of_keys_that_dies_anywhere_loses_nothing_else(tmp_path, monkeypatch, broken):
    home, party, work = a_story(tmp_path / "home")
    left = broken
    real = type(home.vault)._again

    def dies(vault, path, subject, gone):
        nonlocal left
        left -= 1
        if left == 0:
            raise Died
        real(vault, path, subject, gone)

    monkeypatch.setattr(type(home.vault), "_again", dies)
    try:
        erase(home, plan(home, f"title of {work}"), "she asked")
    except Died:
        monkeypatch.undo()
        erase(home, plan(home, plan(home, party).fields[0].commitment), "her name too")

    assert {MAIL, "Kept Name", OTHER} <= {each.value for each in held_about(home)}
    assert found(home.path, TITLE) == []


def test_what_an_older_release_left_open_goes_too(tmp_path):
    home, party, _ = a_story(tmp_path / "home")
    for each in held_about(home):
        if each.entry is not None:
            path = home.path / "log" / home.log_files.opening_path(each.commitment)
            path.write_bytes(home.log_files.opening(each.commitment))
    assert found(home.path, NAME, TITLE)
    assert [each.name for each in home.registry.parties()][:2] == [NAME, "Kept Name"]

    erase(home, plan(home, party), "she asked")

    assert found(home.path, *VALUES) == []
    assert found(home.path, OTHER) == []  # sealed by now
    assert "Kept Name" in [each.name for each in home.registry.parties()]
    home.check_database(home.check_log())


def test_a_database_of_before_the_vault_loses_its_names(tmp_path):
    home, party, _ = a_story(tmp_path / "home")
    with home.engine.begin() as connection:
        connection.execute(parties.update().where(parties.c.key == party).values(name=NAME))
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0002'")
    home.engine.dispose()
    home = a_home(tmp_path / "home")

    with home.engine.connect() as connection:
        names = list(connection.execute(select(parties.c.name)).scalars())
    erase(home, plan(home, party), "she asked")

    assert NAME not in names
    home.engine.dispose()
    assert found(home.path, *VALUES) == []


def test_her_own_name_lies_sealed_beside_her_key(tmp_path):
    home = a_home(tmp_path / "home")
    home.new_key(Role.PARTY, NAME)
    home.submit(home.key(Role.PARTY), lambda composer: None)
    assert (home.key(Role.PARTY).name, found(home.path / "keys", NAME)) == (NAME, [])

    erase(home, plan(home, ""), "I ask")

    assert home.key(Role.PARTY).name == ""
    assert found(home.path, NAME) == []


def test_her_receipt_opens_her_commitment_afterwards(tmp_path):
    home, party, _ = a_story(tmp_path / "home")
    hers = tmp_path / "hers"
    tell_about(home, party, hers)

    erase(home, plan(home, party), "she asked")

    openings = json.loads((hers / "openings.json").read_text(encoding="utf-8"))
    entries = [json.loads(line) for line in (hers / "entries.jsonl").read_text().splitlines()]
    (name,) = (each["entry"]["body"]["name"] for each in entries if each["entry"]["type"] == "key.add" and each["own"])
    assert commitment(bytes.fromhex(openings[name]["salt"]), openings[name]["value"]) == name
    assert openings[name]["value"] == NAME
    assert json.loads((hers / "receipts" / "openings.json").read_text())[name] == openings[name]


def test_the_lines_that_the_page_gives_her_open_them(tmp_path):
    home, party, _ = a_story(tmp_path / "home")
    tell_about(home, party, tmp_path / "hers")
    erase(home, plan(home, party), "she asked")
    page = (Path(__file__).parents[2] / "docs" / "erasure.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)

    ran = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", lines], cwd=tmp_path / "hers" / "receipts", capture_output=True, check=True
    )

    assert sorted(ran.stdout.decode().splitlines()) == sorted([f"True {NAME}", f"True {TITLE}"])


def test_all_that_is_held_about_her_is_told_and_nothing_of_others(tmp_path):
    home, party, _ = a_story(tmp_path / "home")

    told = tell_about(home, party[:12], tmp_path / "hers")

    about = json.loads((tmp_path / "hers" / "about.json").read_text(encoding="utf-8"))
    assert (told.entries, told.fields, told.receipts) == (3, 3, 3)
    assert {(each["what"], each["value"]) for each in about["fields"]} == {
        ("name", NAME),
        ("title", TITLE),
        ("email", MAIL),
    }
    assert found(tmp_path / "hers", OTHER, "Kept Name") == []
    assert all(each in (tmp_path / "hers" / "about.html").read_text(encoding="utf-8") for each in VALUES)


def test_an_export_is_sealed_and_names_are_given_only_where_asked_for(tmp_path):
    home, party, _ = a_story(tmp_path / "home")
    export_record(home, tmp_path / "sealed")
    export_record(home, tmp_path / "named", names=True)

    assert found(tmp_path / "sealed", *VALUES) == []
    assert len(found(tmp_path / "named", NAME, TITLE)) == 2
    assert found(tmp_path / "named", MAIL) == []
    done = erase(home, plan(home, party), "she asked")
    assert any("the export with names" in each and str(tmp_path / "named") in each for each in done.beyond)
    export_record(home, tmp_path / "named", names=True)
    assert found(tmp_path / "named", NAME, TITLE) == []  # brought up to date, it forgets too
    elsewhere = a_home(tmp_path / "elsewhere")
    import_record(elsewhere, tmp_path / "sealed", tmp_path / "sealed" / "log.policy")
    assert {each.name for each in elsewhere.registry.parties()} == {""}
    elsewhere.check_database(elsewhere.check_log())


def what_her_receipt_holds(home: Home, party: str) -> Submission:
    """What she said first, with all that opens it: she, or anybody with her receipt, can send it in again."""
    entries = tuple(entry for entry in home.check_log().entries if entry.by == party)
    names = {pair for entry in entries for pair in named(entry, home.log_files.blob)}
    blobs = {name: home.log_files.blob(name) for kind, name in names if kind == "blob"}
    openings = {name: home.log_files.opening(name) for kind, name in names if kind == "opening"}
    return Submission(entries, blobs, openings)


def test_what_was_erased_is_not_taken_in_again(tmp_path, url):
    home, party, _ = a_story(tmp_path / "home", url)
    receipt, told = what_her_receipt_holds(home, party), []
    home.tell = told.append
    erase(home, plan(home, party), "she asked")

    indexes = home.log.append(receipt)
    home.log.append(_of_somebody_else(receipt))

    assert (len(receipt.openings), indexes) == (2, [0, 1, 2])
    assert len([each for each in told if "is not kept again" in each]) == 3
    assert found(home.path, *VALUES) == []
    assert home.vault.keys(party) == ()
    home.rebuild_database(home.check_log())
    home.log.append(receipt)
    assert home.vault.keys(party) == ()
    home.check_database(home.check_log())
    home.engine.dispose()


def _of_somebody_else(receipt: Submission) -> Submission:
    """A new entry, by a stranger, that names the commitment to her name as one to his own."""
    (name,) = (entry.body["name"] for entry in receipt.entries if entry.type == "key.add")
    entry = sign(a_key(9), "key.add", "", {"at": NOW, "role": "party", "name": name})
    return Submission((entry,), {}, {name: receipt.openings[name]})


def test_an_erasure_that_died_takes_nothing_in_either(tmp_path):
    home, party, _ = a_story(tmp_path / "home")
    receipt = what_her_receipt_holds(home, party)

    def step(reached: str) -> None:
        if reached == "destroyed":
            raise Died

    with pytest.raises(Died):
        erase(home, plan(home, party), "she asked", step)
    home.log.append(receipt)

    assert home.vault.keys(party) == ()


def test_an_older_copy_that_is_put_back_is_destroyed_again(tmp_path, url):
    home, party, _ = a_story(tmp_path / "home", url)
    export_record(home, tmp_path / "named", names=True)
    erase(home, plan(home, party), "she asked")

    shutil.copytree(tmp_path / "named" / "log" / "openings", home.path / "log" / "openings", dirs_exist_ok=True)
    assert len(found(home.path, NAME, TITLE)) == 2
    home.rebuild_database(home.check_log())

    assert found(home.path, *VALUES) == []
    home.check_database(home.check_log())
    home.engine.dispose()


def test_a_mirror_and_an_import_forget_when_the_log_says_so(tmp_path, url):
    home, party, _ = a_story(tmp_path / "home")
    export_record(home, tmp_path / "named", names=True)
    policy = tmp_path / "named" / "log.policy"
    reader = a_home(tmp_path / "reader")
    mirror(reader, str(tmp_path / "named"), tmp_path / "mirror", policy)
    shutil.copytree(tmp_path / "named", tmp_path / "old")
    before = found(tmp_path / "mirror", NAME, TITLE)

    erase(home, plan(home, party), "she asked")
    export_record(home, tmp_path / "named")
    mirror(reader, str(tmp_path / "named"), tmp_path / "mirror", policy)
    late = tmp_path / "named" / "log" / "openings"
    shutil.copytree(tmp_path / "old" / "log" / "openings", late, dirs_exist_ok=True)
    ours = a_home(tmp_path / "ours")
    ours.database = url
    import_record(ours, tmp_path / "named", policy)

    assert len(before) == 2
    assert found(tmp_path / "mirror", *VALUES) == []
    assert found(ours.path, *VALUES) == []
    ours.check_database(ours.check_log())
    ours.engine.dispose()


def test_what_is_not_held_is_said_so(tmp_path):
    home, _, _ = a_story(tmp_path / "home")

    for what in ("title of ffffffffffff", "ab" * 32):
        with pytest.raises(NotFound):
            plan(home, what)


def test_a_stranger_with_the_folder_opens_nothing(tmp_path):
    home, _, _ = a_story(tmp_path / "home")
    names = [path.name for path in (home.path / "log" / "openings").glob("*/*")]

    assert len(names) == 4
    assert {LogFiles(home.path / "log").opening(name) for name in names} == {None}
