"""The commands of docs/identity.md (the ladder) and docs/people.md, run in their order as they stand there."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from placet.app import open_home
from placet.signing.keys import Role, write_key
from tests.cli.stage import Said, Stage
from tests.factories import a_key
from tests.fetch.mailbox import Mailbox, a_mailbox
from tests.fetch.nameserver import a_name_server
from tests.fetch.site import Site, a_site
from tests.snapshot.world import jpeg

ROOT = Path(__file__).parents[2]
NOW = 1_795_658_400  # a day on which the dates of the pages make sense: 2026-11-26
CREDITS = """subject,source,ai,production,role,name,who
my-picture.jpg,ai-assisted,background,isbn:9780306406157,painter,Ana Lima,
isrc:USRC17607839,human,,isbn:9780306406157,singer,Bo,isni:0000000121032683
"""


def lines_of(page: str, start: str, end: str = "") -> Iterator[list[str]]:
    """The words of each line of a page that calls a program, without what stands behind a #."""
    text = (ROOT / "docs" / page).read_text("utf-8").partition(start)[2]
    text = text.partition(end)[0] if end else text
    for line in re.findall(r"^(?: {4})?((?:placet|python) .*)$", text.replace("\\\n", " "), re.MULTILINE):
        yield shlex.split(line, comments=True)


def run(stage: Stage, words: list[str], meant: Mapping[str, str]) -> Said:
    told = [meant.get(word, word) for word in words]
    said = stage(*told[1:])
    assert said.code == 0, (told, said)
    return said


@pytest.fixture
def here(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("placet.app.time.time", lambda: NOW)
    stage("keys", "new", "--name", "Ana Lima")
    return tmp_path


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Site, Mailbox]]:
    with a_name_server() as names, a_site() as site, a_mailbox() as box:
        names.say("ana.example", "A", "127.0.0.1")
        monkeypatch.setenv("PLACET_LOOPBACK", "1")
        monkeypatch.setenv("PLACET_RESOLVERS", names.address)
        monkeypatch.setenv("PLACET_WEB_PORT", site.url.rpartition(":")[2])
        monkeypatch.setenv("PLACET_SMTP_URL", box.url)
        yield site, box


def test_who_speaks(stage: Stage, here: Path, servers: tuple[Site, Mailbox]) -> None:
    site, box = servers
    write_key(here / "society.pem", a_key(3, name="Society"), None)
    (here / "extract.pdf").write_bytes(b"an extract of the register")
    mine = open_home().key(Role.PARTY).public.hex()
    stage("reserve", stage.works / "song.txt", "--stance", "allow", "--use", "train")
    meant = {"3f8b56": mine[:8], "SOCIETY_KEY": a_key(3).public.hex(), "MEMBER_KEY": mine}
    ran: list[str] = []

    for words in lines_of("identity.md", "## The ladder", "### For who keeps a log"):
        if words[0] == "python":
            script = subprocess.run([sys.executable, ROOT / words[1], *words[2:]], capture_output=True, check=True)
            assert b"controls ana.example" in script.stdout
            continue
        ran.append(" ".join(words[1:3]))
        if ran[-1] == "identity check":
            asked = json.loads(stage("identity", "domain", "ana.example", "--json").out)
            site.say(asked["file"], asked["content"])
        said = run(stage, words, meant)
        if ran[-1] == "identity email":
            meant["TOKEN"] = re.search(r"identity confirm (\S+)", box.text())[1]
        if ran[-1] == "identity attest":
            meant["ATTESTATION"] = re.search(r"id ([0-9a-f]{12})", said.out)[1]

    verbs = ("show", "claim", "domain", "check", "email", "confirm", "recognise", "attest", "unsay")
    assert {f"identity {verb}" for verb in verbs} <= set(ran)
    assert stage("lookup", stage.works / "song.txt", "--use", "train").code == 0
    assert "taken back" in stage("identity", "show").out


def test_people(stage: Stage, here: Path) -> None:
    (here / "my-picture.jpg").write_bytes(jpeg(1))
    (here / "credits.csv").write_text(CREDITS)
    meant = {"HER_KEY": open_home().key(Role.PARTY).public.hex(), "STUDIO_KEY": a_key(4).public.hex()}
    ran: list[str] = []

    for words in lines_of("people.md", "## Voice and likeness"):
        if "SNAPSHOT" in words:
            stage("snapshot", "build", "-o", "SNAPSHOT")
        said = run(stage, words, meant)
        ran.append(" ".join(words[1:3]))

    assert ran[:4] == ["reserve likeness:me/voice", "offer likeness:me/voice", "licence issue", "lookup --person"]
    assert ran.count("made table") == 2
    assert "2 statements: 1 ai-assisted, 1 human." in said.out
    assert (here / "production.csv").read_text("utf-8").count("\n") == 3
