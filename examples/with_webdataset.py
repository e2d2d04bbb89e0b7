"""Clear the samples of a WebDataset shard: `python examples/with_webdataset.py`; `pip install 'placet[webdataset]'`.

The stage stands before decode(): what a picture is of is told by its bytes.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from webdataset import TarWriter, WebDataset  # noqa: E402

from examples.story.registry import a_clearance, a_stage  # noqa: E402
from placet.clearance.adapters.webdataset import ClearedSamples  # noqa: E402


def main(words: list[str]) -> int:
    stage, work = a_stage(words), Path(tempfile.mkdtemp(prefix="placet-webdataset-"))
    with TarWriter(str(work / "00000.tar")) as shard:
        for file in sorted((stage / "dataset").glob("*.jpg")):
            shard.write({"__key__": file.stem, "jpg": file.read_bytes(), "json": {"label": 1}})

    stage_of_clearance = ClearedSamples(
        a_clearance(stage), on_drop=lambda s, v: print("dropped", s["__key__"], v.reason)
    )
    samples = WebDataset(str(work / "00000.tar"), shardshuffle=False).compose(stage_of_clearance).decode("pil")
    for sample in samples:
        print("kept", sample["__key__"], sample["jpg"].size)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
