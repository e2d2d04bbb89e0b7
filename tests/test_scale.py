"""docs/scale.md has no figure that its benchmark did not print."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = (Path(__file__).parent.parent / "docs" / "scale.md").read_text(encoding="utf-8")
NUMBER = re.compile(r"\d[\d,.]*\d|\d")


def test_no_number_of_the_page_was_not_printed() -> None:
    before, printed, after = re.split(r"<!-- printed by bench/scale\.py -->|<!-- end of what was printed -->", PAGE)
    commands = re.compile(r"^    placet clear .*$", re.MULTILINE)

    prose = commands.sub("", before + after)

    assert len(NUMBER.findall(printed)) > 60
    assert set(NUMBER.findall(prose)) <= set(NUMBER.findall(printed))
    assert "```text" in printed
