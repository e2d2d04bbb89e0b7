"""Every rule that a refusal names can be looked up."""

from __future__ import annotations

import re
from pathlib import Path

from placet.core.reasons import REASONS
from placet.licensing.quote import WHYS
from placet.store.ledger_migrations.versions import v0001_ledger

SRC = Path(__file__).parents[2] / "src" / "placet"
FILES = ["core/money.py", "desk/paying.py", "store/ledger.py", "store/ledger_reading.py"]
FILES += ["core/offer.py", "desk/granting.py", "desk/holding.py", "desk/quoting.py", "desk/scoping.py"]
FILES += ["desk/selling.py", "desk/status_lists.py"]
FILES += [f"licensing/{name}.py" for name in ("agreement", "check", "claims", "document", "plans", "run", "sheets")]
FAMILIES = ("money", "sheet", "shares", "weights", "split", "party", "run", "ledger", "offer", "quote", "licence")
OUTCOMES = {"licence.declared"}  # what a row is answered, no refusal of a command


def test_every_rule_that_a_sentence_names_is_in_the_catalogue_and_every_such_row_is_named() -> None:
    text = "".join((SRC / name).read_text(encoding="utf-8") for name in FILES)
    named = set(re.findall(r" \(([a-z]+\.[a-z-]+)\)\"", text))
    named |= set(re.findall(r"(?:rule =|return) \"[^\"]+\", \"([a-z]+\.[a-z-]+)\"", text)) | set(WHYS)
    named |= {each.partition(":")[0] for each in (v0001_ledger.KEPT, v0001_ledger.CLOSED, v0001_ledger.IMBALANCE)}

    assert {rule for rule in named if rule.partition(".")[0] in FAMILIES} == {
        rule for rule in REASONS if rule.partition(".")[0] in FAMILIES
    } - OUTCOMES
