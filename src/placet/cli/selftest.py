"""`placet selftest`: our published vectors on this machine."""

from __future__ import annotations

from placet.cli.options import Json
from placet.cli.talk import emit, note, result

__all__ = ["selftest"]


def selftest(json: Json = False) -> int:
    """Run every published vector here; whoever implements the same formats can run them too.

    How to read those of signals in another language stands beside them, in src/placet/vectors/signals/README.md.
    """
    from placet.desk.selftest import run_suites

    bad = 0
    for ran in run_suites():
        bad += len(ran.failed)
        if json:
            emit({"schema": "placet.selftest/1", "suite": ran.suite, "count": ran.count, "failed": list(ran.failed)})
        else:
            result(f"{'ok    ' if not ran.failed else 'FAILED'} {ran.count:>3} {ran.suite}")
        for name in ran.failed:
            note(f"  {ran.suite}: {name} does not hold")
    return 1 if bad else 0
