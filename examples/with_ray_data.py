"""Clear a table in Ray Data: `python examples/with_ray_data.py`; needs `pip install 'placet[ray]'`.

The same function on one machine or many; every worker maps the snapshot, which lies where all of them see it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # Ray reports home unless it is told not to

import ray  # noqa: E402

from examples.story.registry import a_clearance, a_stage  # noqa: E402
from placet.clearance.adapters.ray_data import annotate, keep_cleared  # noqa: E402


def main(words: list[str]) -> int:
    stage = a_stage(words)
    files = sorted((stage / "dataset").iterdir())
    texts, pictures = [], []
    for file in files:
        texts.append(file.read_text() if file.suffix == ".txt" else None)
        pictures.append(file.read_bytes() if file.suffix == ".jpg" else None)
    ray.init(num_cpus=2, object_store_memory=80 << 20, include_dashboard=False, log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    try:
        rows = [{"name": f.name, "text": t, "image": p} for f, t, p in zip(files, texts, pictures, strict=True)]
        dataset, clearance = ray.data.from_items(rows), a_clearance(stage)
        print("kept", *sorted(row["name"] for row in keep_cleared(dataset, clearance).take_all()))
        for row in sorted(annotate(dataset, clearance).take_all(), key=lambda row: row["name"]):
            print(row["name"], row["placet_outcome"], row["placet_sentence"])
    finally:
        ray.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
