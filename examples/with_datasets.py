"""Clear a Hugging Face dataset: `python examples/with_datasets.py`; needs `pip install 'placet[datasets]'`.

Once by dropping what may not be used, once by columns that say so of every row. No picture is decoded for it.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from datasets import Dataset, Features, Image, Value  # noqa: E402

from examples.story.registry import a_clearance, a_stage  # noqa: E402
from placet.clearance.adapters.huggingface import annotate, keep_cleared  # noqa: E402


def main(words: list[str]) -> int:
    stage = a_stage(words)
    files = sorted((stage / "dataset").glob("*.jpg"))
    rows = {"name": [file.name for file in files], "image": [{"bytes": file.read_bytes()} for file in files]}
    dataset = Dataset.from_dict(rows, features=Features(name=Value("string"), image=Image()))
    clearance = a_clearance(stage)

    print("kept", *keep_cleared(dataset, clearance)["name"])
    for row in annotate(dataset, clearance):
        print(row["name"], row["placet_outcome"], row["image"].size, row["placet_sentence"])
    print("streamed", *(row["name"] for row in keep_cleared(dataset.to_iterable_dataset(), clearance)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
