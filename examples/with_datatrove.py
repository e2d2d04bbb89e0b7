"""Clear documents in datatrove: `python examples/with_datatrove.py`; needs `pip install 'placet[datatrove]'`.

The filter stands where any other would; what it drops is written apart, with its reason.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from datatrove.executor import LocalPipelineExecutor  # noqa: E402
from datatrove.pipeline.readers import JsonlReader  # noqa: E402
from datatrove.pipeline.writers.jsonl import JsonlWriter  # noqa: E402

from examples.story.registry import a_clearance, a_stage  # noqa: E402
from placet.clearance.adapters.datatrove import PlacetFilter  # noqa: E402


def main(words: list[str]) -> int:
    stage, work = a_stage(words), Path(tempfile.mkdtemp(prefix="placet-datatrove-"))
    texts = {path.stem: path.read_text() for path in (stage / "portfolio" / "tale.txt", stage / "dataset" / "post.txt")}
    lines = [json.dumps({"id": name, "text": text, "url": f"https://a.example/{name}"}) for name, text in texts.items()]
    (work / "in").mkdir()
    (work / "in" / "crawl.jsonl").write_text("\n".join(lines) + "\n")

    LocalPipelineExecutor(
        [
            JsonlReader(str(work / "in")),
            PlacetFilter(a_clearance(stage), exclusion_writer=JsonlWriter(str(work / "dropped"), compression=None)),
            JsonlWriter(str(work / "kept"), compression=None),
        ],
        logging_dir=str(work / "logs"),
        workers=1,
    ).run()

    for folder in ("kept", "dropped"):
        for line in (work / folder / "00000.jsonl").read_text().splitlines():
            document = json.loads(line)
            print(folder, document["id"], document["metadata"].get("filter_reason", ""))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
