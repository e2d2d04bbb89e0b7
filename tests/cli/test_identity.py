"""`placet identity` as people meet it: the ladder from a key to a document, with real servers on loopback."""

from __future__ import annotations

import json
import re

import pytest

from placet.app import Home, open_home
from placet.desk.identifying import authority_of
from placet.desk.mailing import opening_of
from placet.signing.keys import Role
from tests.factories import a_key, check_log
from tests.fetch.mailbox import Mailbox, a_mailbox
from tests.fetch.nameserver import NameServer, a_name_server
from tests.fetch.site import Site, a_site
from tests.snapshot.world import jpeg


@pytest.fixture(scope="module")
def servers():
    with a_name_server() as names, a_site() as site, a_mailbox() as box:
        yield names, site, box


@pytest.fixture
def world(servers, stage, monkeypatch) -> tuple[NameServer, Site, Mailbox]:
    names, site, box = servers
    names.__init__(address=names.address)
    names.say("ana.example", "A", "127.0.0.1")
    site.answers.clear()
    box.letters.clear()
    box.unknown.clear()
    monkeypatch.setenv("PLACET_LOOPBACK", "1")
    monkeypatch.setenv("PLACET_RESOLVERS", names.address)
    monkeypatch.setenv("PLACET_WEB_PORT", site.url.rpartition(":")[2])
    monkeypatch.setenv("PLACET_SMTP_URL", box.url)
    stage("keys", "new", "--name", "Ana Amsel")
    return names, site, box


def the_home() -> Home:
    return open_home()


def enter(number: int) -> str:
    """Another party, brought into the record of this home."""
    home = the_home()
    home.submit(a_key(number, name=f"Party {number}"), lambda _: None)
    return a_key(number).public.hex()


def key_file(stage, number: int):
    from placet.signing.keys import write_key

    path = stage.home.parent / f"party-{number}.pem"
    if not path.exists():
        write_key(path, a_key(number, name=f"Party {number}"), None)
    return path


def test_a_domain_from_the_challenge_to_the_ladder(stage, world):
    _, site, _ = world
    asked = json.loads(stage("identity", "domain", "ana.example", "--json").out)
    early = stage("identity", "check", "ana.example")
    site.say(asked["file"], asked["content"] + "\n")

    said = stage("identity", "check")

    assert early.code == 2
    assert "no such file at 127.0.0.1 (404), and no TXT record _placet-challenge.ana.example by" in early.err
    assert "(identity.unanswered)" in early.err
    assert said.code == 0
    assert "ana.example is theirs" in said.out
    shown = stage("identity", "show")
    assert re.search(r"\+ controls ana.example \(http-01\), checked \d{4}-\d\d-\d\d, until ", shown.out)
    assert stage("identity", "check").code == 1
    assert stage("identity", "recheck").err.startswith("No domain is due")
    check_log(the_home())


def test_a_lookup_says_how_well_the_maker_is_known(stage, world):
    _, site, _ = world
    stage("reserve", stage.works / "song.txt")
    before = stage("lookup", stage.works / "song.txt").out
    asked = json.loads(stage("identity", "domain", "ana.example", "--json").out)
    site.say(asked["file"], asked["content"])
    stage("identity", "check")

    after = stage("lookup", stage.works / "song.txt").out

    assert "\n    Ana Amsel: identity not checked\n" in before
    assert re.search(r"\n    Ana Amsel: controls ana.example \(http-01\), checked \d{4}-\d\d-\d\d\n", after)


@pytest.mark.slow
def test_a_report_of_a_clearance_says_whose_identity_was_checked(stage, world, tmp_path):
    _, site, _ = world
    (stage.works / "tiles.jpg").write_bytes(jpeg(1))
    (tmp_path / "crawled").mkdir()
    (tmp_path / "crawled" / "found.jpg").write_bytes(jpeg(1, 60))
    stage("reserve", stage.works / "tiles.jpg")
    asked = json.loads(stage("identity", "domain", "ana.example", "--json").out)
    told = {}
    for name in ("before", "after"):
        snapshot, out = tmp_path / f"{name}-snapshot", tmp_path / name
        assert stage("snapshot", "build", "-o", snapshot).code == 0
        words = ["--snapshot", snapshot, "--profile", "consent", "--use", "train", "--out", out]
        said = stage("clear", tmp_path / "crawled", *words)
        assert said.code == 0, said.err
        told[name] = (out / "report.html").read_text("utf-8")
        site.say(asked["file"], asked["content"])
        stage("identity", "check")

    assert "signed by a key; identity not checked" in told["before"]
    assert "signed; identity checked" in told["after"]
    assert "identity not checked" not in told["after"]


def test_the_dns_is_an_answer_too(stage, world):
    names, _, _ = world
    asked = json.loads(stage("identity", "domain", "ana.example", "--json").out)
    names.say(asked["name"], "TXT", f'"{asked["txt"]}"')

    said = stage("identity", "check", "ana.example", "--dns", "--json")

    assert said.code == 0
    assert json.loads(said.out)["schema"] == "placet.identity/1"
    assert "(dns-01)" in stage("identity", "show").out


def test_an_operator_asks_and_checks_for_another_party(stage, world):
    _, site, box = world
    ben = enter(2)
    asked = json.loads(stage("identity", "domain", "ana.example", "--party", ben[:8], "--json").out)
    site.say(asked["file"], asked["content"])

    assert stage("identity", "check", "--http").code == 0
    assert stage("identity", "email", "ben@ben.example", "--party", ben).code == 0
    assert stage("identity", "confirm", re.search(r"identity confirm (\S+)", box.text())[1]).code == 0

    assert asked["party"] == ben
    shown = stage("identity", "show", ben).out
    assert "+ controls ana.example (http-01)" in shown
    assert "+ a confirmed e-mail address" in shown
    assert ben in box.text()


def test_what_to_do_is_told_in_words_at_80_columns(stage, world):
    said = stage("identity", "domain", "ana.example")

    assert "do one of two things" in said.out
    assert "/.well-known/placet-challenge/" in said.out
    assert "_placet-challenge.ana.example" in said.out
    assert "placet identity check ana.example" in said.out
    assert stage("identity", "domain", "ana.example").out == said.out


def test_a_name_that_looks_like_another_is_told(stage, world):
    said = stage("identity", "domain", "аррӏе.com")

    assert said.code == 0
    assert "is written in Cyrillic letters and looks like apple.com" in said.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["identity", "domain", "рaypal.com"], "(identifier.mixed-script)"),
        (["identity", "claim", "orcid:0000-0002-1825-0098"], "wrong check digit (identifier.check-digit)"),
        (["identity", "claim", "Ana"], "no identifier that is known here"),
        (["identity", "email", "ana at ana.example"], "is not an e-mail address"),
        (["identity", "attest", "zz", "--as", "ipi:00017798450"], "not the beginning of a party's key"),
    ],
)
def test_what_cannot_be_followed_is_wrong_usage(stage, world, words, sentence):
    said = stage(*words)

    assert said.code == 64
    assert sentence in said.err


def test_a_letter_confirms_an_address_once_and_the_log_holds_a_commitment(stage, world):
    _, _, box = world
    said = stage("identity", "email", "Ana@ana.example")
    token = re.search(r"identity confirm (\S+)", box.text())[1]

    confirmed = stage("identity", "confirm", token)

    assert len(bytes.fromhex(token)) * 8 >= 128
    assert confirmed.code == 0
    again = stage("identity", "confirm", token)
    assert again.code == 1
    assert again.err == "placet: " + "this token opens nothing: it is wrong, was used, or is older than 48 hours" + (
        " (identity.token)\n"
    )
    assert stage("identity", "confirm", "wrong").err == again.err
    assert "+ a confirmed e-mail address, checked" in stage("identity", "show").out
    home = the_home()
    (found,) = authority_of(home).attested(home.key(Role.PARTY).public.hex())
    assert found.act.body["commitment"] == opening_of(token, "Ana@ana.example").commitment
    assert said.out.startswith("If letters reach Ana@ana.example, one is on its way.")
    check_log(home)


def test_neither_address_nor_token_is_kept(stage, world):
    _, _, box = world
    stage("identity", "email", "secret.name@ana.example")
    token = re.search(r"identity confirm (\S+)", box.text())[1]
    before = [path.read_bytes() for path in stage.home.rglob("*") if path.is_file()]
    stage("identity", "confirm", token)

    after = [path.read_bytes() for path in stage.home.rglob("*") if path.is_file()]

    assert not any(b"secret.name" in data or token.encode() in data for data in before + after)


def test_the_answer_is_the_same_for_an_address_that_nobody_has(stage, world):
    _, _, box = world
    known = stage("identity", "email", "ana@ana.example")
    box.unknown.add("ghost@ana.example")

    unknown = stage("identity", "email", "ghost@ana.example")

    assert unknown.out.replace("ghost", "ana") == known.out
    assert (unknown.code, unknown.err) == (known.code, "")
    assert len(box.letters) == 1


def test_a_token_grows_old(stage, world, monkeypatch):
    _, _, box = world
    stage("identity", "email", "ana@ana.example")
    token = re.search(r"identity confirm (\S+)", box.text())[1]
    later = the_home().now() + 48 * 3600 + 1
    monkeypatch.setattr("placet.app.time.time", lambda: later)

    said = stage("identity", "confirm", token)

    assert said.code == 1
    assert "(identity.token)" in said.err


def test_a_party_is_sent_only_so_many_letters(stage, world):
    for number in range(5):
        assert stage("identity", "email", f"ana{number}@ana.example").code == 0

    said = stage("identity", "email", "ana9@ana.example")

    assert said.code == 1
    assert "5 letters of this party wait for an answer" in said.err


def test_a_society_is_recognised_and_attests_its_members(stage, world, tmp_path):
    society, ben = enter(3), enter(2)
    (tmp_path / "extract.pdf").write_bytes(b"an extract of the register")

    early = stage("identity", "attest", ben, "--as", "ipi:00017798450", "--key", key_file(stage, 3))
    recognised = stage("identity", "recognise", society[:12], "--document", tmp_path / "extract.pdf", "--issuer")
    attested = stage("identity", "attest", ben[:12], "--as", "ipi:00017798450", "--key", key_file(stage, 3))
    member = stage("identity", "attest", ben, "--member", "--until", "2099-12-31", "--key", key_file(stage, 3))

    assert early.code == 1
    assert "(identity.attester)" in early.err
    assert [said.code for said in (recognised, attested, member)] == [0, 0, 0]
    shown = stage("identity", "show", ben[:10]).out
    assert "Party 2: " in shown
    assert "+ ipi:00017798450, attested by Party 3, checked " in shown
    assert "+ a member, attested by Party 3, checked " in shown
    assert "until 2099-12-31" in shown
    assert "+ recognised by the log as one that attests others, checked" in stage("identity", "show", society).out
    assert b"extract of the register" not in b"".join(
        path.read_bytes() for path in (stage.home / "log").rglob("*") if path.is_file()
    )
    check_log(the_home())


def test_a_document_may_be_published(stage, world, tmp_path):
    ben = enter(2)
    (tmp_path / "extract.pdf").write_bytes(b"an extract of the register")

    said = stage(
        "identity",
        "recognise",
        ben,
        "--document",
        tmp_path / "extract.pdf",
        "--publish",
        "--as",
        "lei:HWUPKR0MPOU8FGXBT394",
    )

    assert said.code == 0
    assert (
        "+ shown by a document of a registry or court as lei:HWUPKR0MPOU8FGXBT394" in stage("identity", "show", ben).out
    )
    (found,) = authority_of(the_home()).attested(ben)
    assert the_home().log_files.blob(found.act.body["evidence"]) == b"an extract of the register"


def test_what_was_attested_is_taken_back_in_words(stage, world, tmp_path):
    ben = enter(2)
    (tmp_path / "extract.pdf").write_bytes(b"an extract of the register")
    done = json.loads(stage("identity", "recognise", ben, "--document", tmp_path / "extract.pdf", "--json").out)

    said = stage("identity", "unsay", done["id"][:12], "--why", "forged")
    again = stage("identity", "unsay", done["id"][:12])

    assert said.code == 0
    assert "Taken back: attestation" in said.out
    assert again.code == 1
    assert "was taken back already (identity.unsay)" in again.err
    shown = stage("identity", "show", ben).out
    assert re.search(r"- shown by a document of a registry or court, checked .*, taken back", shown)
    assert shown.splitlines()[1] == "  + a key; identity not checked"


def test_a_claim_is_told_to_be_one_and_doubts_are_told(stage, world):
    enter(2)
    first = stage("identity", "claim", "orcid:0000000218250097", "domain:music.example")

    second = stage(
        "identity", "claim", "orcid:0000-0002-1825-0097", "domain:rnusic.example", "--key", key_file(stage, 2)
    )

    assert "It is a claim: nobody checked it." in first.out
    assert "? claims orcid:0000-0002-1825-0097; nobody checked that it is theirs" in stage("identity", "show").out
    assert "orcid:0000-0002-1825-0097 is claimed by another party too" in second.err
    assert "rnusic.example is easily taken for music.example, which is another party's" in second.err


def test_a_party_that_is_not_there_is_told(stage, world):
    assert stage("identity", "show", "abcdef").code == 1
    assert stage("identity", "show", "xyz").code == 64
    assert stage("identity", "check", "ben.example").code == 1


def test_a_ladder_is_json_too(stage, world):
    stage("identity", "claim", "ipi:00017798450")

    rows = [json.loads(line) for line in stage("identity", "show", "--json").out.splitlines()]

    rungs = [row for row in rows if row["schema"] == "placet.rung/1"]
    assert [(rung["step"], rung["state"]) for rung in rungs] == [("key", "holds"), ("key", "claimed")]


def test_an_identifier_is_told_as_it_is_written_down_and_written_down_once(stage, world):
    first = stage("identity", "claim", "ORCID: 0000000218250097")
    size = the_home().newest.size
    again = stage("identity", "claim", "https://orcid.org/0000-0002-1825-0097")
    told = stage("identity", "claim", "orcid:0000-0002-1825-0097", "--json")
    both = stage("identity", "claim", "https://www.isni.org/isni/0000000121032683/", "orcid:0000-0002-1825-0097")

    assert first.out.startswith("Claimed: orcid:0000-0002-1825-0097. It is a claim")
    assert again.out == "Already claimed, and not written again: orcid:0000-0002-1825-0097.\n"
    assert (again.code, told.code, both.code) == (0, 0, 0)
    assert json.loads(told.out)["entry"] is None
    assert both.out.startswith("Claimed: isni:0000000121032683. It is a claim")
    assert both.err == again.out
    assert the_home().newest.size == size + 1
    shown = stage("identity", "show").out
    assert shown.count("claims orcid:") == shown.count("claims isni:") == 1


@pytest.mark.parametrize(
    "page", ["https://example.org/0000-0002-1825-0097", "https://orcid.org.evil.example/0000-0002-1825-0097"]
)
def test_only_the_pages_of_the_two_registers_are_taken_for_numbers(stage, world, page):
    said = stage("identity", "claim", page)

    assert said.code == 64
    assert "no identifier that is known here" in said.err


def test_a_yes_that_was_open_closes_when_its_attestation_is_taken_back_since_an_earlier_day(stage, world, tmp_path):
    society = enter(3)
    (tmp_path / "extract.pdf").write_bytes(b"an extract of the register")
    stage("reserve", stage.works / "song.txt", "--stance", "allow", "--use", "train")
    mine = the_home().key(Role.PARTY).public.hex()
    ask = ("lookup", stage.works / "song.txt", "--use", "train")
    stage("identity", "recognise", society, "--document", tmp_path / "extract.pdf", "--issuer")
    before = stage(*ask)
    stage("identity", "attest", mine, "--as", "ipi:00017798450", "--key", key_file(stage, 3), "--json")
    opened = stage(*ask)
    (found,) = authority_of(the_home()).attested(mine)

    said = stage("identity", "unsay", found.act.id[:12], "--since", "2001-01-01", "--key", key_file(stage, 3))
    closed = stage(*ask)

    assert [each.code for each in (before, opened, said, closed)] == [2, 0, 0, 2]
    assert "cleared   train" in opened.out
    assert "says yes to train; nobody checked who says it, so it opens nothing" in closed.out
    check_log(the_home())


def test_a_yes_closes_too_when_the_log_takes_its_issuer_back_since_an_earlier_day(stage, world, tmp_path):
    society = enter(3)
    (tmp_path / "extract.pdf").write_bytes(b"an extract of the register")
    stage("reserve", stage.works / "song.txt", "--stance", "allow", "--use", "train")
    mine = the_home().key(Role.PARTY).public.hex()
    stage("identity", "recognise", society, "--document", tmp_path / "extract.pdf", "--issuer")
    stage("identity", "attest", mine, "--member", "--key", key_file(stage, 3))
    opened = stage("lookup", stage.works / "song.txt", "--use", "train")
    (found,) = authority_of(the_home()).attested(society)

    said = stage("identity", "unsay", found.act.id[:12], "--since", "2001-01-01")
    closed = stage("lookup", stage.works / "song.txt", "--use", "train")

    assert [each.code for each in (opened, said, closed)] == [0, 0, 2]
    assert "a member, attested by Party 3" in opened.out
    assert "identity not checked" in closed.out


def test_a_check_that_lapsed_is_told_and_what_was_said_while_it_held_stays(stage, world, monkeypatch):
    _, site, _ = world
    asked = json.loads(stage("identity", "domain", "ana.example", "--json").out)
    site.say(asked["file"], asked["content"])
    stage("identity", "check")
    stage("reserve", stage.works / "song.txt", "--stance", "allow", "--use", "train")
    later = the_home().now() + 91 * 86_400
    monkeypatch.setattr("placet.app.time.time", lambda: later)

    said = stage("lookup", stage.works / "song.txt", "--use", "train")

    assert said.code == 0
    assert re.search(r"Ana Amsel: no check holds now; the last lapsed \d{4}-\d\d-\d\d\n", said.out)
    after = stage("reserve", stage.works / "tale.txt", "--stance", "allow", "--use", "train")
    assert "Your yes opens nothing yet" in after.err


def test_a_yes_to_somebody_elses_address_is_told_to_open_nothing(stage, world):
    _, site, _ = world
    asked = json.loads(stage("identity", "domain", "ana.example", "--json").out)
    site.say(asked["file"], asked["content"])
    stage("identity", "check")

    said = stage("reserve", "https://www.ana.example/a", "https://ben.example/b", "--stance", "allow")

    assert said.err.count("opens nothing until it is shown to be yours: placet identity domain ben.example") == 1
    assert "domain www.ana.example" not in said.err
    assert stage("lookup", "https://www.ana.example/a", "--use", "train").code == 0
    assert stage("lookup", "https://ben.example/b", "--use", "train").code == 2


def test_a_claim_to_a_name_that_many_hold_names_under_is_doubted(stage, world):
    said = stage("identity", "claim", "domain:co.uk", "domain:ana.co.uk")

    assert (said.code, said.err) == (0, "Note that under co.uk many people hold names.\n")


def test_after_a_recovery_the_domain_is_shown_by_the_new_key(stage, world, tmp_path, monkeypatch):
    """The answer of the lost key still stands at the host, and says nothing of who has the new one."""
    _, site, _ = world
    asked = json.loads(stage("identity", "domain", "ana.example", "--json").out)
    site.say(asked["file"], asked["content"])
    stage("identity", "check")
    stage("keys", "recovery", "--out", tmp_path / "spare.pem", "--wait", "7")
    party = json.loads(stage("keys", "list", "--json").out.splitlines()[0])["party"]
    assert stage("keys", "recover", "--with", tmp_path / "spare.pem", "--party", party).code == 0
    later = the_home().now() + 65 * 86_400
    monkeypatch.setattr("placet.app.time.time", lambda: later)

    lost = stage("identity", "show")
    again = stage("identity", "recheck")
    still = stage("identity", "show")
    asked = json.loads(stage("identity", "domain", "ana.example", "--json").out)
    site.say(asked["file"], asked["content"])
    checked = stage("identity", "check")
    found = stage("identity", "show")

    assert "the key was recovered since: have it checked again" in lost.out
    assert "+ controls" not in lost.out + still.out
    assert again.code in (0, 2)
    assert checked.code == 0
    assert "+ controls ana.example (http-01)" in found.out
    check_log(the_home())
