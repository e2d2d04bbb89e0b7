"""The command line: parse, call a use-case, print.  `main` is the console script `placet`."""

from __future__ import annotations

from placet.cli.run import main

__all__ = ["main"]
