"""What is emitted for nginx, served by a real nginx: every standard hears the policy, on pages and on pictures."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import pytest

from placet.cli import main
from placet.core.stance import Stance
from placet.core.use import Use
from placet.signals.codec import Asked, Document, Heard
from placet.signals.emit.compose import Emission, compose
from placet.signals.observation import Exchange, Observation, documents
from placet.signals.policy_file import parse_policy
from placet.signals.resolve import hear, resolve
from tests.e2e.nginx import Server, free_port, serving

pytestmark = pytest.mark.slow

PAGE = b"<!doctype html>\n<html><head><title>A page</title></head><body>Words</body></html>\n"
POLICY = """
site = "https://127.0.0.1:{port}"
contact = "rights@studio.example"

[[rule]]
use = "ai"

[[rule]]
use = "search"
stance = "allow"

[[rule]]
path = "/press/"
use = "ai"
stance = "allow"

[[rule]]
path = "/press/ツ/"
use = "train"

[[rule]]
path = "/stock/*.png$"
use = "ai"
stance = "license"
terms = "https://studio.example/terms?for=(you)&me;100%25"
"""
PLACES = {
    "/": ("/", "/index.html", "/picture.png", "/missing/page", "/stock/a.html"),
    "/press/": ("/press/index.html", "/press/picture.png", "/%70ress/picture.png", "/press/missing"),
    "/press/%E3%83%84/": ("/press/%E3%83%84/picture.png", "/press/%e3%83%84/x"),
    "/stock/*.png$": ("/stock/picture.png", "/stock/deep/picture.png"),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Emission]]:
    home = tmp_path_factory.mktemp("site")
    port = free_port()
    policy = home / "policy.toml"
    policy.write_text(POLICY.format(port=port), encoding="utf-8")
    assert main(["signals", "emit", str(policy), "--target", "nginx", "--out", str(home / "out")]) == 0
    root = home / "out" / "www"
    for folder in ("", "press", "press/ツ", "stock", "stock/deep"):
        (root / folder).mkdir(exist_ok=True)
        for name in ("index.html", "app.html", "a.html"):
            (root / folder / name).write_bytes(PAGE)
        (root / folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with serving(home / "nginx", port, home / "out", root) as server:
        yield server, compose(parse_policy(policy.read_bytes(), policy.name))


@lru_cache
def hear_one(document: Document) -> Heard:
    return hear([document])


def heard(server: Server, target: str) -> tuple[dict[Use, Stance], Exchange]:
    """What an observation of the address amounts to, in all standards; no problem may be in it."""
    asked = server.ask(target)
    site = [server.ask(name) for name in ("/robots.txt", "/.well-known/tdmrep.json", "/license.xml", "/ai.txt")]
    files = [each for each in site if b"<html" not in each.body]
    told = documents(Observation(about=asked.url, exchanges=(asked, *files)))
    resolved = resolve(hear([], [told.heard, *map(hear_one, told.documents)]), Asked(url=asked.url))
    assert resolved.problems == ()
    said: dict[Use, Stance] = {}
    for declaration in resolved.speaking:
        for leaf in declaration.use.leaves:
            said[leaf] = max(said.get(leaf, Stance.ALLOW), declaration.stance or Stance.ALLOW)
    return said, asked


@pytest.mark.parametrize(("path", "target"), [(path, target) for path, targets in PLACES.items() for target in targets])
def test_every_answer_carries_the_words_of_its_place(place: tuple[Server, Emission], path: str, target: str) -> None:
    server, emission = place
    (wanted,) = (each for each in emission.places if each.path == path)

    answer = server.ask(target)

    names = {name.lower() for each in emission.places for name in each.fields}
    sent = {name.lower(): value for name, value in answer.headers if name.lower() in names}
    assert sent == {name.lower(): value for name, value in wanted.fields.items()}


@pytest.mark.parametrize(("path", "target"), [(path, target) for path, targets in PLACES.items() for target in targets])
def test_all_standards_together_hear_the_policy(place: tuple[Server, Emission], path: str, target: str) -> None:
    server, emission = place

    said, _ = heard(server, target)

    accounts = [each for each in emission.accounts if each.path == path]
    strictest: dict[Use, Stance] = {}
    for each in accounts:
        for leaf, stance in each.heard.items():
            strictest[leaf] = max(strictest.get(leaf, stance), stance)
    assert {leaf: said[leaf] for leaf in said if leaf is not Use.ACCESS} == {
        leaf: stance for leaf, stance in strictest.items() if leaf is not Use.ACCESS
    }


@pytest.mark.parametrize("name", ["index.html", "picture.png"])
def test_a_page_and_a_picture_say_what_the_policy_says(place: tuple[Server, Emission], name: str) -> None:
    server, _ = place

    home, press, stock = (heard(server, f"/{folder}{name}")[0] for folder in ("", "press/", "stock/"))

    assert (
        home[Use.TRAIN_GENERATIVE] is home[Use.MINE] is home[Use.INPUT_RETRIEVE] is home[Use.DATASET] is Stance.RESERVE
    )
    assert home[Use.SEARCH] is press[Use.SEARCH] is Stance.ALLOW
    assert press[Use.TRAIN_GENERATIVE] is press[Use.MINE] is press[Use.TRAIN_OTHER] is Stance.ALLOW
    assert stock[Use.TRAIN_OTHER] >= Stance.LICENSE


def test_the_files_of_the_site_are_sent_as_what_they_are(place: tuple[Server, Emission]) -> None:
    server, emission = place

    answers = {name: server.ask(name) for name in emission.files}

    assert {name: answer.body for name, answer in answers.items()} == {
        name: file.body for name, file in emission.files.items()
    }
    assert answers["/license.xml"].header("content-type") == "application/rsl+xml"
    assert answers["/.well-known/tdmrep.json"].header("content-type") == "application/json"
    assert server.log.read_text() == ""
