"""Law 8 for tables of addresses: a million rows at once are a million rows by themselves."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.clearance.addresses import Patterns, States, hash_of, hashes, scan, walk
from placet.clearance.columnar import Sweeper
from placet.clearance.judge import Judge
from placet.clearance.ledger import Brief, brief_of
from placet.clearance.nobody import nobody
from placet.clearance.plan import Ask
from placet.clearance.readers import plan_dataset, read_unit
from placet.clearance.voices import Voices, origin_of
from placet.core.decide import decide
from placet.core.ids import canonical_url
from placet.core.profile import PROFILES
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.fingerprints.digests import digest_bytes
from placet.signals.codec import Asked
from placet.signals.observation import Observation
from placet.signals.paths import pattern_of, target_of
from placet.signals.resolve import hear, listen, question_of, resolve
from placet.snapshot.library import Library
from placet.snapshot.match import Matcher
from tests.clearance.sites import observation
from tests.factories import NOW
from tests.snapshot.world import a_world, prose

ROBOTS = (
    "User-agent: *\nDisallow: /private/\nContent-Signal: ai-train=yes\n\nUser-agent: GPTBot\nDisallow: /img/*.png$\n",
    "User-agent: *\nContent-Usage: /a train-ai=n\nAllow: /\n",
    "User-agent: CCBot\nDisallow: /\nAllow: /a\n",
    503,
    404,
)
PATHS = (
    *("private/x", "img/a.png", "img/ok.png", "a/b.jpg", "A.JPG", "img/\u00e9.png", "%41x", "img/a%2Epng", "x y.png"),
    *(
        "a?b=%5B",
        "a*",
        "./img/a.png",
        "#f",
        "",
        "robots.txt",
        "a%2Fb.png",
        "img/..",
        "q?x=1?y",
        "%c3%a9",
        "a%2",
        "%2e./x",
        "a b?c d%5b",
    ),
)
ASK = Ask(use=Use.TRAIN_GENERATIVE, profiles=(PROFILES["eu-art4"], PROFILES["consent"]), at=NOW)


def _sites() -> list[Observation]:
    tdm, ai = '[{"location":"/a*","tdm-reservation":1}]', "User-Agent: *\nDisallow: *.jpg\n"
    return [
        observation(
            f"https://s{n}.example",
            {
                "/robots.txt": ROBOTS[n % len(ROBOTS)],
                "/.well-known/tdmrep.json": tdm if n % 4 == 0 else 404,
                "/ai.txt": ai if n % 6 == 0 else 404,
            },
        )
        for n in range(20)
    ] + [observation("https://s2.example", page="/img/ok.png", headers={"tdm-reservation": "1"})]


def _urls(count: int, seed: int = 1) -> list[str | None]:
    rng = random.Random(seed)
    schemes, letters = ("http://", "https://", "HTTP://", " https://"), "sS"
    urls: list[str | None] = [
        f"{rng.choice(schemes)}{rng.choice(letters)}{rng.randrange(25)}.example{rng.choice(('', ':8080', ''))}/"
        f"{rng.choice(PATHS)}"
        for _ in range(count)
    ]
    urls[3], urls[5], urls[7] = None, "nonsense", ""
    return urls


def _voices(**more: Any) -> Voices:
    return Voices(_sites(), at=NOW, is_alone=True, **more)


def _both(path: Path, library: Library, voices: Voices | None) -> tuple[list[Brief], list[Brief]]:
    """The answers of the fast path and of the slow one, row by row."""
    matcher = Matcher(library)
    sweeper, slow = Sweeper(Judge(matcher, ASK, voices)), Judge(matcher, ASK, voices)
    fast, one_by_one = [], []
    for unit in plan_dataset(path)[0]:
        sweep = sweeper.sweep(path, unit)
        assert sweep is not None
        judged = list(slow.judge(read_unit(path, unit), path.name))
        fast += [sweep.briefs[place] for place in sweep.classes.tolist()]
        one_by_one += [brief_of(each, library) for each in judged]
        assert sweep.keys.to_pylist() == [each.row.key for each in judged]
    return fast, one_by_one


def test_ten_thousand_rows_equal_direct_calls(tmp_path: Path) -> None:
    urls = [url for url in _urls(10_000) if url and url != "nonsense"]
    pq.write_table(pa.table({"url": urls, "caption": ["a red house"] * len(urls)}), tmp_path / "u.parquet")
    heard: dict[str, list[Observation]] = {}
    for each in _sites():
        heard.setdefault(origin_of(each.about), []).append(each)

    fast, _ = _both(tmp_path / "u.parquet", nobody(), Voices(_sites()[:-1], at=NOW, is_alone=True))

    known: dict[str, object] = {}
    for url, brief in zip(urls, fast, strict=True):
        sites = heard.get(origin_of(url))
        if sites is None:
            assert brief.line.reason == "signal.unasked"
            continue
        direct = known.get(url)
        if direct is None:
            asked = Asked(url=url.strip())
            resolved = resolve(hear((), [listen(sites[0])]), asked)
            answers = [
                decide(question_of(asked, ASK.use, NOW), resolved.speaking, resolved.problems, profile=profile)
                for profile in ASK.profiles
            ]
            standards = " ".join(sorted({d.source.standard for d in answers[0].because})) or None
            direct = known[url] = tuple(answer.outcome.value for answer in answers), standards
        assert (brief.line.others, brief.line.standard) == direct, url


def test_an_arrow_table_of_addresses_is_judged_as_a_parquet_one(tmp_path: Path) -> None:
    table = pa.table({"url": _urls(2_000), "x_robots_tag": (["noai", None, "all", ""] * 500)})
    pq.write_table(table, tmp_path / "u.parquet")
    with pa.ipc.new_stream(tmp_path / "u.arrow", table.schema) as writer:
        writer.write_table(table, max_chunksize=300)

    swept, one_by_one = _both(tmp_path / "u.arrow", nobody(), _voices())
    parquet, _ = _both(tmp_path / "u.parquet", nobody(), _voices())

    assert swept == one_by_one
    assert [brief.line for brief in swept] == [brief.line for brief in parquet]


def test_a_damaged_arrow_table_is_read_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "u.arrow"
    table = pa.table({"url": _urls(600)})
    with pa.ipc.new_stream(path, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table, max_chunksize=300)
    (unit,), _ = plan_dataset(path)
    data = bytearray(path.read_bytes())
    data[unit.stop - 60 : unit.stop] = b"\xff" * 60
    path.write_bytes(data)

    assert Sweeper(Judge(Matcher(nobody()), ASK, _voices())).sweep(path, unit) is None


def test_signal_columns_digests_and_odd_rows_are_judged_as_by_themselves(tmp_path: Path) -> None:
    urls, rng = _urls(3_000, 2), random.Random(3)
    table = {
        "URL": urls,
        "TEXT": [rng.choice(("hi", None, "", "caf\u00e9")) for _ in urls],
        "x_robots_tag": [rng.choice((None, None, "noai", "index")) for _ in urls],
        "tdm_reservation": pa.array([rng.choice((None, None, None, 1, 0, 7)) for _ in urls], pa.int64()),
        "sha256": [rng.choice((None, "a" * 64, "zz", "")) for _ in urls],
    }
    pq.write_table(pa.table(table), tmp_path / "u.parquet", row_group_size=700)

    fast, slow = _both(tmp_path / "u.parquet", nobody(), _voices())

    assert fast == slow
    assert len({brief.line.outcome for brief in fast}) == 3


def test_a_registry_and_a_list_are_heard_in_a_table_too(tmp_path: Path) -> None:
    world, caption = a_world(tmp_path), "The long evening by the sea"
    world.register(1, {"hers.bin": b"hers" * 9, "tale.txt": prose(1).encode(), "line.txt": caption.encode()})
    world.say(2, [Subject(Kind.URL, "https://s3.example/a/b.jpg")], Stance.RESERVE)
    world.say(2, [Subject(Kind.DOMAIN, "s30.example")], Stance.RESERVE)
    urls, rng = [*_urls(500, 4), *(f"https://s30.example/{n}" for n in range(99))], random.Random(5)
    said = (None, "short", caption, caption.upper(), prose(1)[:900], "\u6f22\u5b57")
    table = {
        "url": urls,
        "text": [rng.choice(said) for _ in urls],
        "sha256": [rng.choice((None, digest_bytes(b"hers" * 9).sha256.hex(), "b" * 64)) for _ in urls],
    }
    pq.write_table(pa.table(table), tmp_path / "u.parquet")
    listed = {Subject(Kind.DOMAIN, "example"): listen(_sites()[2]).declarations[:1]}

    for voices in (None, _voices(), _voices(listed=listed)):
        fast, slow = _both(tmp_path / "u.parquet", world.library(f"s{id(voices)}"), voices)

        assert fast == slow
        assert {brief.line.match for brief in fast} == {None, "EXACT", "PASSAGE"}


@pytest.mark.parametrize(
    "table",
    [
        {"url": ["https://a.example/"], "image": [b"\xff\xd8"]},
        {"url": [["https://a.example/"]]},
        {"url": ["https://a.example/"], "source_url": ["https://b.example/"]},
        {"url": ["https://a.example/"], "robots_txt": ["User-agent: *\nDisallow: /x\n"]},
        {"caption": ["only words"]},
    ],
)
def test_other_tables_are_read_row_by_row(tmp_path: Path, table: dict[str, list[object]]) -> None:
    pq.write_table(pa.table(table), tmp_path / "u.parquet")
    (unit,) = plan_dataset(tmp_path / "u.parquet")[0]

    assert Sweeper(Judge(Matcher(nobody()), ASK, _voices())).sweep(tmp_path / "u.parquet", unit) is None


def _packed(texts: list[str]) -> tuple[Any, Any, Any]:
    column = pa.array(texts, pa.large_string())
    offsets = np.frombuffer(column.buffers()[1], np.int64)[: len(texts) + 1]
    return offsets[:-1], offsets[1:], np.frombuffer((column.buffers()[2] or b"") and column.buffers()[2], np.uint8)


PIECES = st.lists(
    st.sampled_from(
        ["a", "B", "/", ".", "..", "%41", "%20", "%2f", "%C3%A9", "?", "=", "*", "$", "[", "%5B", "#", " "]
    ),
    max_size=9,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["http://", "https://", "ftp://"]), st.sampled_from(["a.example", "A.b", "a:80", "a."]), PIECES)
def test_a_plain_address_is_one_that_nothing_would_change(scheme: str, host: str, rest: str) -> None:
    url = f"{scheme}{host}/{rest}"
    starts, stops, data = _packed([url])

    hosts, paths = scan(starts, stops, data)

    if hosts[0] >= 0:
        assert canonical_url(url) == "https://" + url.partition("://")[2]
        assert target_of(url) == url[int(paths[0]) :]
        assert int(hashes(hosts, stops, data)[0]) == hash_of(canonical_url(url))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.text(st.sampled_from("ab/*$"), min_size=1, max_size=7).map(lambda text: f"/{text}"), min_size=1, max_size=5
    ),
    st.lists(st.text(st.sampled_from("ab/"), max_size=8), min_size=1, max_size=6),
)
def test_equal_states_are_equal_sets_of_patterns(patterns: list[str], paths: list[str]) -> None:
    compiled = [pattern_of(text) for text in patterns]
    urls = [f"https://a.example/{path}" for path in paths]
    starts, stops, data = _packed(urls)
    hosts, begins = scan(starts, stops, data)
    zeros, flat = np.zeros(len(urls), np.int32), Patterns.flatten([[(pattern, False) for pattern in compiled]])

    states = walk(States(), zeros + 1, zeros, begins, stops, data, flat)

    matched = [tuple(pattern.matches(target_of(url)) for pattern in compiled) for url in urls]
    plain = [place for place in range(len(urls)) if hosts[place] >= 0]
    for one in plain:
        for other in plain:
            assert (states[one] == states[other]) == (matched[one] == matched[other])
