"""`placet signals explain`: a site, a file, a folder, a crawl, and what was saved, in words and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from placet.core.subject import Kind, Subject
from placet.fingerprints.containers import replace_xmp
from placet.signals import tdmrep_files
from tests.clearance.sites import says_no
from tests.cli.stage import Said, Stage
from tests.fetch.site import Site, a_site
from tests.gallery.crawls import html, http, record, warc
from tests.snapshot.world import jpeg

MAKER = "https://maker.example"


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PLACET_LOOPBACK", "1")
    with a_site() as site:
        yield site


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "site"
    (root / ".well-known").mkdir(parents=True)
    (root / "pictures").mkdir()
    (root / "robots.txt").write_text("User-agent: *\nDisallow: /private/\n\nUser-agent: GPTBot\nDisallow: /\n")
    rules = [{"location": "/pictures/*", "tdm-reservation": 1}, {"location": "/", "tdm-reservation": 0}]
    (root / ".well-known" / "tdmrep.json").write_text(json.dumps(rules))
    (root / "pictures" / "1.html").write_text("<title>One</title>")
    (root / "index.html").write_text("<title>Home</title>")
    return root


def shown(said: Said) -> dict:
    (line,) = said.out.splitlines()
    return json.loads(line)


def outcomes(answer: dict) -> dict[str, str]:
    return {use: each["outcome"] for use, each in answer["answers"]["uses"].items()}


def test_a_site_is_asked_and_each_sentence_is_shown_with_what_became_of_it(stage: Stage, site: Site) -> None:
    site.say("/robots.txt", "User-agent: GPTBot\nDisallow: /\n")
    site.say("/.well-known/tdmrep.json", '[{"location": "/", "tdm-reservation": 0}]', "application/json")
    site.say("/1.html", "<title>One</title>", "text/html", tdm_reservation="1")

    said = stage("signals", "explain", f"{site.url}/1.html", "--profile", "eu-art4", "--use", "train.generative,search")

    assert said.code == 2
    assert said.out.splitlines()[0] == f"{site.url}/1.html"
    assert "no to train.generative" in said.out or "no to mine, train, dataset" in said.out
    assert "header of /1.html: decides" in said.out
    assert "/robots.txt, line 2: decides" in said.out
    assert "something nearer or more specific" in said.out
    assert "/ai.txt (404)" in said.out
    assert "may be fetched  nobody refuses it" in said.out
    assert "train.generative" in said.out
    assert "not legal advice" in " ".join(said.out.split())
    assert max(map(len, said.out.splitlines())) <= 80


def test_a_picture_whose_own_words_were_not_heard_is_not_called_free(stage: Stage, site: Site) -> None:
    site.say("/.well-known/tdmrep.json", '[{"location": "/", "tdm-reservation": 0}]', "application/json")
    site.say("/1.jpg", jpeg(1), "image/jpeg")
    site.say("/1.html", "<title>One</title>", "text/html")
    asked = ("--profile", "eu-art4", "--use", "train.generative")

    picture = stage("signals", "explain", f"{site.url}/1.jpg", *asked)
    page = stage("signals", "explain", f"{site.url}/1.html", *asked)

    assert "Not heard" in picture.out
    assert (picture.code, page.code) == (2, 0)


def test_a_group_for_many_crawlers_is_one_sentence_that_names_the_asking_one(stage: Stage, tmp_path: Path) -> None:
    names = "".join(f"User-agent: {token}\n" for token in ("Bot-A", "Bot-B", "Bot-C", "Bot-D", "GPTBot"))
    (tmp_path / "robots.txt").write_text(f"{names}Disallow: /\nContent-Signal: ai-train=no\n")
    (tmp_path / "index.html").write_text("<title>Home</title>")

    anybody = stage("signals", "explain", tmp_path, "--use", "train")
    one = stage("signals", "explain", tmp_path, "--use", "train", "--agent", "gptbot")

    assert "no to train, for bot-a, bot-b, bot-c and 2 more" in " ".join(anybody.out.split())
    assert anybody.out.count("content-signals no to") == 1
    assert "no to train, for GPTBot\n" in one.out
    assert "say it with --about URL" in anybody.out


def test_what_was_not_asked_is_not_called_silent(stage: Stage, site: Site) -> None:
    site.say("/robots.txt", "", status=302, location="http://169.254.169.254/latest/")

    said = stage("signals", "explain", f"{site.url}/1.html", "--profile", "eu-art4")

    assert said.code == 2
    assert "169.254.169.254" in said.out.split("Silent about it")[0]
    assert "169.254.169.254" not in said.out.split("Silent about it")[1]


def test_without_a_profile_silence_is_given_no_meaning(stage: Stage, folder: Path) -> None:
    said = stage("signals", "explain", folder, "--about", f"{MAKER}/index.html", "--use", "mine,output")

    assert said.code == 0
    assert "output          nobody speaks of it" in said.out
    assert "choose one with --profile" in said.out
    assert "cleared" not in said.out.split("What silence means")[0]
    assert "answers" not in shown(stage("signals", "explain", folder, "--about", f"{MAKER}/index.html", "--json"))


def test_a_crawler_is_told_what_its_own_group_says(stage: Stage, folder: Path) -> None:
    page = ["signals", "explain", folder, "--about", f"{MAKER}/", "--profile", "us", "--use", "train", "--json"]

    assert shown(stage(*page, "--agent", "gptbot/1.1"))["answers"]["acquisition"]["outcome"] == "reserved"
    assert shown(stage(*page, "--agent", "CCBot"))["answers"]["acquisition"]["outcome"] == "unsettled"


def test_the_pages_of_a_folder_are_told_a_line_each(stage: Stage, folder: Path) -> None:
    said = stage("signals", "explain", folder, "--about", MAKER, "--profile", "eu-art4", "--use", "mine")

    assert said.code == 2
    assert f"  cleared          {MAKER}/\n" in said.out
    assert f"  reserved         {MAKER}/pictures/1.html\n" in said.out
    assert "1 cleared, 1 reserved" in said.out


def test_a_folder_follows_no_link_out_of_it(stage: Stage, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("User-agent: *\nAllow: /\n")
    (folder / "robots.txt").unlink()
    (folder / "robots.txt").symlink_to(tmp_path / "secret")

    found = shown(stage("signals", "explain", folder, "--about", f"{MAKER}/", "--json"))

    assert "/robots.txt (404)" in found["silent"]


def test_a_file_speaks_for_itself(stage: Stage, tmp_path: Path) -> None:
    (packet,) = tdmrep_files.documents(Subject(Kind.IDENTIFIER, "isbn:9780306406157"), 1, "")
    path = tmp_path / "1.jpg"
    path.write_bytes(replace_xmp(jpeg(1), packet.body))

    said = stage("signals", "explain", path, "--profile", "eu-art4", "--use", "mine")

    assert said.code == 2
    assert "inside the file: decides" in said.out


def test_a_host_says_yes_and_the_file_says_no(stage: Stage, site: Site, tmp_path: Path) -> None:
    (packet,) = tdmrep_files.documents(Subject(Kind.IDENTIFIER, "isbn:9780306406157"), 1, "")
    (tmp_path / "1.jpg").write_bytes(replace_xmp(jpeg(1), packet.body))
    site.say("/1.jpg", (tmp_path / "1.jpg").read_bytes(), "image/jpeg", Content_Usage="train-ai=y")
    kept = tmp_path / "kept.observations.jsonl"

    alone = stage("signals", "explain", f"{site.url}/1.jpg", "--save", kept, "--profile", "eu-art4", "--use", "train")
    both = stage(
        "signals", "explain", tmp_path / "1.jpg", "--observation", kept, "--profile", "eu-art4", "--use", "train"
    )

    assert "What the file says of itself" in alone.out
    assert "What the file says of itself" not in both.out
    assert "inside the file: decides" in both.out
    assert "header of /1.jpg" in both.out
    assert "train           reserved, by tdmrep" in both.out


def test_several_addresses_are_asked_one_after_the_other(stage: Stage, site: Site, tmp_path: Path) -> None:
    kept = tmp_path / "kept.observations.jsonl"

    said = stage("signals", "explain", f"{site.url}/1", f"{site.url}/2", "--save", kept, "--json")

    assert [json.loads(line)["address"] for line in said.out.splitlines()] == [f"{site.url}/1", f"{site.url}/2"]
    assert len(kept.read_bytes().splitlines()) == 2
    site.say("/1", says_no(jpeg(1)), "image/jpeg")
    site.say("/2", "<title>Two</title>", "text/html")
    assert "was not heard of 1 of them" in stage("signals", "explain", f"{site.url}/1", f"{site.url}/2").out


def test_the_files_of_owners_are_read_as_such(stage: Stage, folder: Path) -> None:
    found = shown(stage("signals", "explain", folder / "robots.txt", "--agent", "GPTBot", "--profile", "us", "--json"))

    assert found["answers"]["acquisition"]["outcome"] == "reserved"


def test_a_crawl_is_judged_as_of_its_own_day(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "crawl.warc.gz"
    path.write_bytes(
        warc(
            [
                record(f"{MAKER}/robots.txt", http(b"User-agent: *\nDisallow: /no/\n")),
                record(f"{MAKER}/1.html", html("<p>")),
                record(f"{MAKER}/no/2.html", html("<p>")),
            ],
            packed=True,
        )
    )

    every = stage("signals", "explain", path, "--profile", "eu-art4", "--use", "mine")
    one = shown(stage("signals", "explain", path, "--about", f"{MAKER}/no/2.html", "--profile", "eu-art4", "--json"))

    assert "1 cleared, 1 reserved" in every.out
    assert one["answers"]["acquisition"]["at"] == 1_714_564_800
    assert one["answers"]["acquisition"]["outcome"] == "reserved"


def test_a_crawl_that_is_broken_is_unclear_where_it_broke(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "bad.warc").write_bytes(b"WARC/1.0\r\n")
    (tmp_path / "half.warc").write_bytes(record(f"{MAKER}/1.html", html("<p>")) + b"WARC/1.0\r\n")
    (tmp_path / "none.warc").write_bytes(record("", b"software: x\r\n", "warcinfo"))

    bad = stage("signals", "explain", tmp_path / "bad.warc")
    half = stage("signals", "explain", tmp_path / "half.warc", "--profile", "eu-art4", "--use", "mine")
    none = stage("signals", "explain", tmp_path / "none.warc")

    assert (bad.code, "byte 0" in " ".join(bad.out.split())) == (2, True)
    assert (half.code, "1 cleared, 1 unclear" in half.out) == (2, True)
    assert (none.code, "no answer of any site" in none.err) == (1, True)


def test_what_is_saved_is_signed_and_heard_again_the_same(stage: Stage, site: Site, tmp_path: Path) -> None:
    site.say("/1.html", "<p>", "text/html", tdm_reservation="1")
    kept = tmp_path / "kept.observations.jsonl"
    ask = ["--profile", "eu-art4", "--at", "2030-01-01", "--json"]

    live = stage("signals", "explain", f"{site.url}/1.html", *ask, "--save", kept)
    asked = len(site.asked)
    again = stage("signals", "explain", f"{site.url}/1.html", *ask, "--observation", kept)

    assert live.out == again.out
    assert len(site.asked) == asked
    assert stage("signals", "explain", kept, *ask).out == live.out


def test_what_somebody_else_saved_is_believed_when_her_key_is_named(stage: Stage, site: Site, tmp_path: Path) -> None:
    kept, other = tmp_path / "kept.observations.jsonl", tmp_path / "other"
    stage("signals", "explain", f"{site.url}/", "--save", kept)
    key = next(json.loads(line) for line in stage("keys", "list", "--json").out.splitlines())["public"]

    unknown = stage("signals", "explain", kept, "--home", other)
    known = stage("signals", "explain", kept, "--home", other, "--observer", key)

    assert (unknown.code, "UNTRUSTED" in unknown.err) == (1, True)
    assert site.url in known.out


def test_one_changed_letter_is_noticed(stage: Stage, site: Site, tmp_path: Path) -> None:
    kept = tmp_path / "kept.observations.jsonl"
    stage("signals", "explain", f"{site.url}/", "--save", kept)
    data = bytearray(kept.read_bytes())
    data[60] ^= 1
    kept.write_bytes(data)

    assert stage("signals", "explain", kept).code == 1


def test_a_list_of_others_is_shown_and_decides_nothing(stage: Stage, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("maker.example\n")
    stage("import-list", tmp_path / "list.txt", "--source", "https://lists.example/")

    said = stage("signals", "explain", folder, "--about", f"{MAKER}/", "--profile", "eu-art4", "--use", "mine")

    assert "on the list https://lists.example/" in " ".join(said.out.split())
    assert said.code == 0


@pytest.mark.parametrize("status", [403, 429, 500])
def test_what_does_not_answer_is_unclear(stage: Stage, site: Site, status: int) -> None:
    site.say("/1.html", "<p>", "text/html")
    site.say("/ai.txt", status=status)

    said = stage("signals", "explain", f"{site.url}/1.html")

    assert said.code == 2
    assert f"/ai.txt answered {status}" in " ".join(said.out.split())


def test_this_machine_is_not_asked_unless_it_is_opened(stage: Stage, site: Site, monkeypatch) -> None:
    monkeypatch.delenv("PLACET_LOOPBACK")

    said = stage("signals", "explain", f"{site.url}/1.html", "--profile", "eu-art4")

    assert (said.code, site.asked) == (2, [])
    assert "not on the public internet" in " ".join(said.out.split()) or "not asked" in " ".join(said.out.split())


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["maker.example"], 1, "begin it with https://"),
        (["ftp://maker.example/"], 1, "not an http(s) address"),
        ([".", "--profile", "mine"], 64, "there is no profile 'mine'"),
        ([".", "--use", "everything"], 64, "there is no use called"),
        ([".", "--about", "maker.example"], 64, "begin it with https://"),
        ([".", "--at", "yesterday"], 64, "ISO 8601"),
        ([".", "--save", "x.json"], 64, "observations.jsonl"),
        ([".", "--observer", "me"], 64, "64 hex digits"),
        (["gone.observations.jsonl"], 1, "there are no observations"),
    ],
)
def test_words_that_cannot_be_followed_are_told(
    stage: Stage, tmp_path: Path, monkeypatch, words: list[str], code: int, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)

    said = stage("signals", "explain", *words)

    assert (said.code, sentence in " ".join(said.err.split())) == (code, True), said.err
