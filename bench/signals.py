"""Rows of a LAION-like table judged a second by what their sites say, beside a plain join of hosts and answers.

    python bench/signals.py [--quick]

One Parquet of a million rows (url, caption, width, height, hash; no bytes) over 20,000 sites, whose popularity falls as
it does on the web; every site was observed: robots.txt with a few groups and paths, some with Content Signals, a
tdmrep.json or an ai.txt, some that did not answer.  Every row is read, its address taken apart and matched with the
patterns of its site, decided, written as decisions and unit record, everything synced.  The yardstick is pyarrow's hash
join of a host column that stands ready with one answer a host.  One process, one thread; rounds are interleaved; rates
are per second of processor time and of the clock.  What is done once a site and never again, however many rows follow,
is told apart: opening and hearing its observation, and its first answers.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from placet.clearance.columnar import sweeper_of
from placet.clearance.engine import begin
from placet.clearance.judge import Judge
from placet.clearance.nobody import NOBODY, nobody
from placet.clearance.plan import Ask, Plan
from placet.clearance.readers import plan_dataset
from placet.clearance.unit import clear_unit
from placet.clearance.voices import Voices
from placet.core.profile import PROFILES
from placet.core.use import Use
from placet.signals.observation import Exchange, Observation
from placet.snapshot.match import Matcher

GOAL = 1_000_000
AT = 1_790_000_000
ASK = Ask(use=Use.TRAIN_GENERATIVE, profiles=(PROFILES["eu-art4"],), at=AT)
CLEAR = "clear, sites known"
JUDGE = "read and judge, nothing written"
YARDSTICK = "plain join (hosts ready, pyarrow)"
_WORDS = ("red", "old", "house", "lake", "cat", "market", "poster", "winter", "green", "chair", "paper", "night")
_DIRS = ("images", "wp-content/uploads", "media", "photos", "assets/img", "cdn", "private", "gallery")
_GROUPS = (
    "User-agent: *\nDisallow: /private/\nDisallow: /*?session=\n",
    "User-agent: *\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\nSitemap: /sitemap.xml\n",
    "User-agent: GPTBot\nDisallow: /\n\nUser-agent: *\nDisallow: /cgi-bin/\n",
    "User-agent: *\nContent-Signal: search=yes, ai-train=no\nAllow: /\n",
    "User-agent: CCBot\nUser-agent: ClaudeBot\nDisallow: /gallery/\nDisallow: /media/*.png$\n",
    "User-agent: *\nDisallow:\n",
)


@dataclass(slots=True)
class Times:
    """Seconds of processor and of clock, one of each a round."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def add(self, work: Callable[[], object]) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        self.cpu.append(time.process_time() - cpu)
        self.wall.append(time.perf_counter() - wall)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="200,000 rows over 2,000 sites")
    quick = parser.parse_args().quick
    pa.set_cpu_count(1)
    rows, sites, rounds = (200_000, 2_000, 3) if quick else (1_000_000, 20_000, 5)
    with tempfile.TemporaryDirectory() as place:
        run(Path(place), rows, sites, rounds)
    return 0


def run(folder: Path, rows: int, sites: int, rounds: int) -> None:
    hosts = draw_table(folder / "laion.parquet", rows, sites)
    began = time.process_time()
    voices = Voices([observe(site) for site in range(sites)], at=AT, is_alone=True)
    matcher = Matcher(nobody())
    judge = Judge(matcher, ASK, voices)
    clear(folder, judge, "start")
    start = time.process_time() - began
    answers = pa.table({"host": [f"{_host(site)}" for site in range(sites)], "answer": list(range(sites))})
    contestants: dict[str, Callable[[int], object]] = {
        "read the table, and do nothing": lambda _: read(folder),
        YARDSTICK: lambda _: [read(folder), hosts.join(answers, "host", use_threads=False)],
        "clear, each site for the first time": lambda turn: clear(folder, Judge(matcher, ASK, voices), f"new-{turn}"),
        JUDGE: lambda _: judged(folder, judge),
        CLEAR: lambda turn: clear(folder, judge, str(turn)),
    }
    times = {name: Times() for name in contestants}
    for turn in range(rounds):
        for name, work in contestants.items():
            times[name].add(partial(work, turn))
    report(times, rows, sites, start)


def read(folder: Path) -> pa.Table:
    return pq.read_table(folder / "laion.parquet", columns=["url", "caption"], use_threads=False)


def clear(folder: Path, judge: Judge, turn: str) -> None:
    """Clear every unit, from the table to its record on disk; the table's digest is taken anew."""
    table, out = folder / "laion.parquet", folder / f"out-{turn}"
    units, _ = plan_dataset(table)
    plan = begin(Plan(snapshot=NOBODY, dataset=table.name, ask=ASK, emit="decisions", rules={}, units=units), out)
    table.touch()
    for number in range(len(units)):
        clear_unit(table, plan, number, judge, out)


def judged(folder: Path, judge: Judge) -> None:
    """Read every row group and judge its rows; no decision is written."""
    table = folder / "laion.parquet"
    for unit in plan_dataset(table)[0]:
        assert sweeper_of(judge, False).sweep(table, unit) is not None


# --- a web that nobody made -------------------------------------------------------------------------------


def _host(site: int) -> str:
    return f"{'www.' if site % 3 else 'cdn'}{_WORDS[site % 12]}{site}.example"


def observe(site: int) -> Observation:
    """What one site answered: most have a robots.txt, few anything else, one in fifty nothing at all."""
    rng = random.Random(site)
    told: dict[str, str | int] = {"/robots.txt": 404, "/.well-known/tdmrep.json": 404, "/ai.txt": 404}
    if site % 50 == 7:
        told["/robots.txt"] = 503
    elif rng.random() < 0.8:
        told["/robots.txt"] = "\n".join(rng.sample(_GROUPS, rng.choice((1, 1, 2))))
    if rng.random() < 0.03:
        told["/.well-known/tdmrep.json"] = '[{"location": "/photos/*", "tdm-reservation": 1}]'
    if rng.random() < 0.02:
        told["/ai.txt"] = "User-Agent: *\nDisallow: *.jpg\n"
    origin = f"https://{_host(site)}"
    exchanges = tuple(
        Exchange(url=origin + path, at=AT - 1000, status=answer)
        if isinstance(answer, int)
        else Exchange(url=origin + path, at=AT - 1000, status=200, body=answer.encode())
        for path, answer in told.items()
    )
    return Observation(about=f"{origin}/", exchanges=exchanges)


def draw_table(path: Path, rows: int, sites: int) -> pa.Table:
    """Write the table; returns its hosts."""
    rng, seed = random.Random(20261122), np.random.default_rng(20261122)
    ranks = np.minimum(seed.zipf(1.25, rows) - 1, sites - 1) if sites else np.zeros(rows, int)
    ranks[ranks == sites - 1] = seed.integers(0, sites, int((ranks == sites - 1).sum()))
    urls, hosts, captions = [], [], []
    for row, site in enumerate(ranks.tolist()):
        host = _host(site)
        scheme = "https" if row % 4 else "http"
        name = f"{rng.choice(_WORDS)}-{rng.choice(_WORDS)}-{row:x}"
        end = rng.choice((".jpg", ".jpg", ".jpeg", ".png", ".jpg?w=640&h=480", ".webp"))
        odd = "%2d" if row % 50 == 0 else " x" if row % 97 == 0 else ""  # what is not in its one spelling
        urls.append(f"{scheme}://{host}/{rng.choice(_DIRS)}/{row % 12 + 2010}/{name}{odd}{end}")
        hosts.append(host)
        captions.append(" ".join(rng.choices(_WORDS, k=rng.choice((5, 8, 12, 15)))))
    table = pa.table(
        {
            "url": urls,
            "caption": captions,
            "width": pa.array(seed.integers(200, 2000, rows), pa.int32()),
            "height": pa.array(seed.integers(200, 2000, rows), pa.int32()),
            "hash": pa.array(seed.integers(-(1 << 62), 1 << 62, rows), pa.int64()),
        }
    )
    pq.write_table(table, path, row_group_size=1_000_000)
    return pa.table({"host": hosts})


def report(times: dict[str, Times], rows: int, sites: int, start: float) -> None:
    print(f"{rows:,} rows of one Parquet, {sites:,} sites observed; one process, one thread;")
    print(f"once: {start:.1f} s of processor, {1000 * start / sites:.2f} ms a site (observations heard, first answers)")
    print()
    print(f"{'':36}{'rows/s (cpu)':>14}{'range':>24}{'ratio (cpu)':>13}{'ratio (clock)':>15}")
    limit = times[YARDSTICK]
    for name, each in times.items():
        rates = sorted(rows / seconds for seconds in each.cpu)
        cpu = statistics.median(one / own for one, own in zip(limit.cpu, each.cpu, strict=True))
        wall = statistics.median(one / own for one, own in zip(limit.wall, each.wall, strict=True))
        spread = f"{rates[0]:,.0f} to {rates[-1]:,.0f}"
        print(f"{name:36}{statistics.median(rates):>14,.0f}{spread:>24}{cpu:>13.2f}{wall:>15.2f}")
    print()
    for name in (JUDGE, CLEAR):
        rate = statistics.median(rows / seconds for seconds in times[name].cpu)
        print(f"goal {GOAL:,} rows/s, {name}: {'met' if rate >= GOAL else 'not met'} ({rate / GOAL:.2f})")


if __name__ == "__main__":
    raise SystemExit(main())
