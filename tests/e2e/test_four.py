"""Four processes on one machine, and no other trust than a policy: a log, two witnesses, a mirror; then a fork."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


@dataclass
class Town:
    """A folder with a home for each, and the processes that run in it."""

    root: Path
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    def __call__(self, *words: object, code: int = 0) -> str:
        done = subprocess.run(self.command(*words), cwd=self.root, env=self.env, capture_output=True, text=True)
        assert done.returncode == code, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def start(self, command: list[str]) -> list[str]:
        """The first lines that a process says before it serves."""
        process = subprocess.Popen(
            command, cwd=self.root, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.running.append(process)
        assert process.stdout
        return [process.stdout.readline().strip() for _ in range(2 if "witness" in command else 1)]

    def command(self, *words: object) -> list[str]:
        return [sys.executable, "-c", "from placet.cli import main; raise SystemExit(main())", *map(str, words)]

    @property
    def env(self) -> dict[str, str]:
        return {**os.environ, "PLACET_LOOPBACK": "1", "PLACET_HOME": str(self.root / "log-home")}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    for process in made.running:
        process.kill()
        process.communicate()


def write(town: Town, *names: str) -> Path:
    folder = town.root / "-".join(names)
    folder.mkdir()
    for name in names:
        (folder / f"{name}.txt").write_text(f"the tale of {name}, which was told slowly, by the sea. " * 20)
    return folder


def test_a_log_two_witnesses_and_a_mirror_and_the_fork_that_they_catch(town: Town) -> None:
    town("reserve", write(town, "anna"))
    own = next((town.root / "log-home" / "trust").glob("*.policy"))
    for name in ("nina", "otto"):
        first, second = town.start(
            town.command("witness", "serve", "--home", name, "--listen", "127.0.0.1:0", "--log", own)
        )
        vkey, url = first.removeprefix("Witness "), second.split(" at ")[1]
        town("log", "witness", url, vkey, "--name", name)
    town("log", "witness", "--quorum", 2)
    said = town.start(
        [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", "log-home/log"]
    )
    served = f"http://127.0.0.1:{said[0].split(' port ')[1].split()[0]}"
    shutil.copy(own, town.root / "log.policy")
    trust = ("--trust", "log.policy", "--home", "reader")
    shutil.copytree(town.root / "log-home", town.root / "fork-home")

    town("reserve", write(town, "bela"))
    mirrored = town("mirror", served, "-o", "mirror", *trust)
    (receipt,) = (town.root / "log-home" / "receipts").glob("*/entry-4.tlog-proof")
    verified = town("verify", receipt, "--log", "mirror", *trust)

    assert "witnessed by nina, otto" in mirrored
    assert "checked      the quorum 'witnesses' has seen this same history: nina on " in verified
    assert "no witness has signed" not in verified
    assert "consistent" in town("compare", receipt, "mirror", "--json", *trust)

    refused = town("reserve", write(town, "cleo", "dora"), "--home", "fork-home", code=1)
    assert "waits for its witnesses, whose quorum 'witnesses' is not met" in refused
    assert refused.count("does not continue the one it saw") + refused.count("another tree of this size") == 2

    town("log", "witness", "--quorum", 0, "--home", "fork-home")
    fork = town.root / "fork-home" / "log"
    town("compare", "mirror", fork, "--out", "caught.split-view", *trust, code=1)
    assert "The split view holds" in town("verify", "caught.split-view", *trust)
    untrusted = town(
        "verify", next((town.root / "fork-home/receipts").rglob("entry-0.tlog-proof")), "--log", fork, *trust, code=1
    )
    assert "the quorum 'witnesses' has not witnessed this checkpoint" in untrusted
    shutil.rmtree(town.root / "log-home" / "log")
    shutil.copytree(fork, town.root / "log-home" / "log")
    assert "UNTRUSTED" in town("mirror", served, "-o", "mirror", *trust, code=1)
