"""Run a bench, and put what it printed into docs/benchmarks.md, so that no figure there was typed.

    python bench/page.py images [words for the bench...]

The block under the bench's own heading is replaced, or added at the end; what stands between heading and block stays.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"
END = "<!-- end figures -->"


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__.strip())
        return 64
    name, *words = sys.argv[1:]
    command = " ".join([f".venv/bin/python bench/{name}.py", *words])
    done = subprocess.run(
        [sys.executable, str(ROOT / "bench" / f"{name}.py"), *words], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    print(done.stdout, end="")
    if done.returncode:
        print(f"{command} ended with {done.returncode}: the page stays as it is", file=sys.stderr)
        return done.returncode
    PAGE.write_text(placed(PAGE.read_text(encoding="utf-8"), name, command, done.stdout), encoding="utf-8")
    return 0


def placed(page: str, name: str, command: str, output: str) -> str:
    """The page with this output under this bench's heading; a date that was printed before it is brought up to date."""
    lines = "\n".join(line.rstrip() for line in output.strip("\n").splitlines())
    block = f"```text\n{lines}\n```\n"
    found = re.search(rf"^## `\.venv/bin/python bench/{name}\.py[^`]*`\n(.*?)^```text\n.*?^```\n", page, re.M | re.S)
    if found is None:
        return page.replace(END, f"## `{command}`\n\nPrinted on {today()}.\n\n{block}\n{END}", 1)
    between = re.sub(r"Printed on \d{4}-\d\d-\d\d", f"Printed on {today()}", found[1])
    return page[: found.start()] + f"## `{command}`\n{between}{block}" + page[found.end() :]


def today() -> str:
    return datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%d")  # noqa: TID251


if __name__ == "__main__":
    raise SystemExit(main())
