"""`placet clear` on a crawl: rows speak in their headers, and their sites in the robots.txt of that day."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.cli.stage import Stage
from tests.gallery.crawls import html, http, record, warc

MAKER = "https://maker.example"
ROBOTS = record(f"{MAKER}/robots.txt", http(b"User-agent: *\nDisallow: /no/\n", Content_Type="text/plain"))
PAGES = [
    record(f"{MAKER}/1.html", html("<p>the first page of a site by the sea")),
    record(f"{MAKER}/no/2.html", html("<p>the second page of a site by the sea")),
    record(f"{MAKER}/3.html", html("<p>the third page of a site by the sea", tdm_reservation="1")),
    record("https://other.example/4.html", html("<p>a page of a site whose robots.txt was not kept")),
]


def outcomes(stage: Stage, dataset: Path, out: Path, *more: str) -> dict[str, tuple[str, str | None]]:
    said = stage("clear", dataset, "--use", "mine", "--profile", "eu-art4", "--out", out, *more)
    assert said.code in (0, 2), said.err
    rows = pq.read_table(out / "decisions.parquet").to_pylist()
    return {f"{row['unit']}:{row['row']}": (row["outcome"], row["standard"]) for row in rows}


@pytest.mark.parametrize("apart", [False, True])
def test_a_site_speaks_wherever_in_the_crawl_its_robots_txt_lies(stage: Stage, tmp_path: Path, apart: bool) -> None:
    crawl = tmp_path / "crawl"
    crawl.mkdir()
    (crawl / "pages.warc.gz").write_bytes(warc(PAGES if apart else [*PAGES, ROBOTS], packed=True))
    if apart:
        (crawl / "robots.warc").write_bytes(ROBOTS)

    found = outcomes(stage, crawl, tmp_path / "out")

    assert [found[f"pages.warc.gz:{row}"] for row in (1, 2, 3, 4)] == [
        ("cleared", None),
        ("reserved", "robots"),
        ("reserved", "tdmrep"),
        ("cleared", None),
    ]


def test_what_may_be_used_comes_out_as_a_crawl(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "crawl.warc").write_bytes(warc([*PAGES, ROBOTS]))

    outcomes(stage, tmp_path / "crawl.warc", tmp_path / "out", "--emit", "dataset")

    given = (tmp_path / "out" / "dataset" / "crawl.warc").read_bytes()
    assert given == warc([PAGES[0], PAGES[3], ROBOTS])


def test_a_robots_txt_that_failed_then_opens_nothing(stage: Stage, tmp_path: Path) -> None:
    failed = record(f"{MAKER}/robots.txt", http(status="503 Unavailable"))
    (tmp_path / "crawl.warc").write_bytes(warc([PAGES[0], failed]))

    found = outcomes(stage, tmp_path / "crawl.warc", tmp_path / "out")

    assert {outcome for outcome, _ in found.values()} <= {"unclear", "reserved"}


def test_what_concerns_many_rows_is_told_once_and_counted(stage: Stage, tmp_path: Path) -> None:
    lines = [json.dumps({"url": f"{MAKER}/{number}.jpg"}) for number in range(30)]
    (tmp_path / "rows.jsonl").write_text("\n".join(lines))

    said = stage("clear", tmp_path / "rows.jsonl", "--use", "train", "--profile", "eu-art4", "--out", tmp_path / "out")

    told = said.err.split("from being judged in full:\n")[1].splitlines()
    assert said.code == 2
    assert told[0].startswith("  Nobody who could speak of it was asked")
    assert told[0].endswith("(30 rows)")
    assert not [line for line in told if not line.strip() or "more, all in" in line]


def test_the_certificate_names_what_the_crawl_knew(stage: Stage, tmp_path: Path) -> None:
    import base64

    (tmp_path / "crawl.warc").write_bytes(warc([PAGES[0], ROBOTS]))

    outcomes(stage, tmp_path / "crawl.warc", tmp_path / "out")

    envelope = json.loads((tmp_path / "out" / "clearance.json").read_text())
    said = json.loads(base64.b64decode(envelope["payload"]))["predicate"]["signals"]
    assert len(said["crawled"]) == 64
