"""The folder of docs/quickstart.md and of the README's three doors: `.venv/bin/python examples/first_hour.py FOLDER`.

`portfolio/` is what Ana made, and `policy.toml` what she wants; `dataset/` is what a crawler took, from her and others.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from examples.story.draw import draw  # noqa: E402

__all__ = ["lay_out"]

TALE = "The ferry left without her, and the harbour kept its lamps lit all the same, one for each boat. "


def main(words: list[str]) -> int:
    folder = Path(words[0] if words else "first-hour")
    if folder.exists():
        print(f"first_hour: {folder} is there already; give a new folder", file=sys.stderr)
        return 1
    lay_out(folder)
    print(f"{folder} holds portfolio, dataset and policy.toml. The commands of docs/quickstart.md run in there,")
    print(f"with {Path(sys.executable).parent} on your PATH.")
    return 0


def lay_out(folder: Path) -> None:
    """Ana's two drawings and her tale; and a crawl that holds one of them, smaller, beside two that are not hers."""
    own, crawl = folder / "portfolio", folder / "dataset"
    policy = 'site = "https://ana.example"\n\n[[rule]]\nuse = "ai"\nstance = "reserve"\n'
    own.mkdir(parents=True)
    crawl.mkdir()
    harbour = draw("harbour-at-dusk")
    harbour.save(own / "harbour.jpg", quality=92)
    draw("paper-forest").save(own / "forest.jpg", quality=92)
    (folder / "policy.toml").write_text(policy, encoding="utf-8")
    (own / "tale.txt").write_text(" ".join(f"{n}. {TALE}" for n in range(12)), encoding="utf-8")
    harbour.resize((320, 225)).save(crawl / "found.jpg", quality=80)
    draw("garden-tiles", 13).save(crawl / "tiles.jpg", quality=80)
    (crawl / "post.txt").write_text("Nobody wrote this before, and nobody was asked about it.", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
