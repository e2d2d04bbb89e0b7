"""Two commands for a fresh machine with python3 (3.11 or newer) and pip:

    python3 dev.py demo [FOLDER]    the main job, on the bundled story or on your own pictures
    python3 dev.py test [--quick]   everything the tests need, then the tests

Each does its own set-up, once, into .venv, and says what it is doing.  Standard library only.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
CONSTRAINTS = ROOT / "requirements" / "constraints.txt"
PROGRAMS = {"chromium": "chromium", "openssl": "openssl", "nginx": "nginx", "ssh-keygen": "openssh-client"}
QUICK = ["-m", "not slow and not browser and not postgres"]


def main(argv: list[str]) -> int:
    commands = {"demo": demo, "test": test}
    if sys.version_info < (3, 11):
        print("dev.py: placet needs Python 3.11 or newer", file=sys.stderr)
        return 1
    if argv[1:] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    if len(argv) < 2 or argv[1] not in commands:
        print(__doc__, file=sys.stderr)
        return 64
    try:
        return commands[argv[1]](argv[2:])
    except subprocess.CalledProcessError as error:
        print(f"dev.py: this step failed: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return 1


def demo(words: list[str]) -> int:
    """The base install only: what a newcomer gets."""
    install("")
    return subprocess.run([PYTHON, ROOT / "examples" / "demo.py", *words]).returncode


def test(words: list[str]) -> int:
    """Format, lint, types, then the tests, whose summary comes last; the first failure is the exit code."""
    install("dev")
    quick = "--quick" in words
    if not quick and not programs():
        return 1
    pytest = ["pytest", *(QUICK if quick else ["-n", "auto"]), *(w for w in words if w != "--quick")]
    worst = 0
    for step in (["ruff", "format", "--check", "-q", "."], ["ruff", "check", "-q", "."], ["mypy"], pytest):
        began = time.monotonic()
        code = subprocess.run([PYTHON, "-m", *step], cwd=ROOT).returncode
        if step is not pytest:
            print(
                f"{step[0]}: {'ok' if code == 0 else 'FAILED'} in {time.monotonic() - began:.1f} s",
                flush=True,
            )
        worst = worst or code
    return worst


def install(extra: str) -> None:
    """Install the package into .venv, unless exactly that was done before."""
    stamp = VENV / f"placet-{extra or 'base'}.stamp"
    files = b"".join(path.read_bytes() for path in (ROOT / "pyproject.toml", CONSTRAINTS))
    wanted = hashlib.sha256(files + repr((str(ROOT), sys.version)).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if not PYTHON.exists():
        print("dev.py: making .venv", file=sys.stderr, flush=True)
        make_venv()
    target = f"{ROOT}[{extra}]" if extra else str(ROOT)
    print(f"dev.py: installing placet{f'[{extra}]' if extra else ''} into .venv", file=sys.stderr, flush=True)
    quiet = ["-q", "--disable-pip-version-check", "--no-warn-script-location"]
    command = [PYTHON, "-m", "pip", "install", *quiet, "-c", CONSTRAINTS, "-e", target]
    environment = {**os.environ, "PIP_CONSTRAINT": str(CONSTRAINTS)}
    done = subprocess.run(command, env=environment, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        raise subprocess.CalledProcessError(done.returncode, command)
    stamp.write_text(wanted)


def make_venv() -> None:
    try:
        venv.create(VENV, with_pip=True)
    except (subprocess.CalledProcessError, OSError) as error:
        shutil.rmtree(VENV, ignore_errors=True)
        print("dev.py: on Debian, `apt-get install python3-venv` first", file=sys.stderr)
        raise subprocess.CalledProcessError(1, ["python3", "-m", "venv", VENV]) from error


def programs() -> bool:
    """The programs that the tests drive: installed where we may, named where we may not."""
    missing = [package for program, package in PROGRAMS.items() if not found(program)]
    if missing and shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        print(f"dev.py: installing {', '.join(missing)}", file=sys.stderr, flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=True, stdout=subprocess.DEVNULL)
        install = ["apt-get", "install", "-y", "-qq", *missing]
        subprocess.run(install, check=True, env=quiet, stdout=subprocess.DEVNULL)
        return True
    for package in missing:
        print(f"dev.py: please install {package}", file=sys.stderr)
    return not missing


def found(program: str) -> bool:
    """On the path, or where Debian keeps what only root has on hers."""
    return bool(shutil.which(program) or shutil.which(program, path="/usr/sbin"))


if __name__ == "__main__":
    sys.exit(main(sys.argv))
