"""What is emitted for nginx, served by a real nginx and explained: the policy, on pages and on pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from placet.app import Home, open_home
from placet.cli import main
from placet.core.stance import Stance
from placet.core.use import Use
from placet.desk.explaining import Explained, explain
from placet.desk.linting import scene_of
from placet.desk.sources import Wish, observed
from placet.signals.emit.compose import Emission, compose
from placet.signals.lint import lint
from placet.signals.policy_file import parse_policy
from tests.e2e.nginx import HOST, Server, free_port, serving
from tests.fetch.site import NOW

pytestmark = pytest.mark.slow

PAGE = "<!doctype html>\n<html><head>{head}</head><body><img src='picture.png'></body></html>\n"
POLICY = """
site = "https://{host}:{port}"
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
TARGETS = {
    "/": ("/", "/index.html", "/picture.png", "/missing/page", "/stock/index.html"),
    "/press/": ("/press/index.html", "/press/picture.png", "/%70ress/picture.png", "/press/missing"),
    "/press/%E3%83%84/": ("/press/%E3%83%84/picture.png", "/press/%e3%83%84/x"),
    "/stock/*.png$": ("/stock/picture.png", "/stock/deep/picture.png"),
}
EVERY = [(path, target) for path, targets in TARGETS.items() for target in targets]
SOME = [(path, target) for path, target in EVERY if target.endswith((".png", ".html")) and "%70" not in target]


@dataclass(frozen=True)
class Stand:
    server: Server
    emission: Emission
    home: Home
    explained: dict[str, Explained] = field(default_factory=dict)

    def explain(self, target: str) -> Explained:
        if target not in self.explained:
            with self.server.visitor() as visitor:
                source = observed(visitor.observe(self.server.site + target))
            self.explained[target] = explain(self.home, source, Wish(uses=Use.ANY.leaves, at=NOW))
        return self.explained[target]

    def hear(self, target: str) -> dict[Use, Stance]:
        said: dict[Use, Stance] = {}
        for declaration in self.explain(target).resolved.speaking:
            for leaf in declaration.use.leaves:
                said[leaf] = max(said.get(leaf, Stance.ALLOW), declaration.stance or Stance.ALLOW)
        return said


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    place = tmp_path_factory.mktemp("site")
    port = free_port()
    policy = place / "policy.toml"
    policy.write_text(POLICY.format(host=HOST, port=port), encoding="utf-8")
    assert main(["signals", "emit", str(policy), "--target", "nginx", "--out", str(place / "out")]) == 0
    emission = compose(parse_policy(policy.read_bytes(), policy.name))
    root = place / "out" / "www"
    heads = {each.path: each.head for each in emission.places}
    for folder, head in (("", "/"), ("press/", "/press/"), ("press/ツ/", "/press/%E3%83%84/"), ("stock/", "/")):
        (root / folder).mkdir(exist_ok=True)
        (root / folder / "index.html").write_text(PAGE.format(head=heads[head]), encoding="utf-8")
        (root / folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (root / "app.html").write_text(PAGE.format(head=""), encoding="utf-8")
    with serving(place / "nginx", port, place / "out", root) as server:
        yield Stand(server, emission, open_home(place / "home"))


@pytest.mark.parametrize(("path", "target"), EVERY)
def test_every_answer_carries_the_words_of_its_place(stand: Stand, path: str, target: str) -> None:
    (wanted,) = (each for each in stand.emission.places if each.path == path)

    answer = stand.server.ask(target)

    names = {name.lower() for each in stand.emission.places for name in each.fields}
    sent = {name.lower(): value for name, value in answer.headers if name.lower() in names}
    assert sent == {name.lower(): value for name, value in wanted.fields.items()}


@pytest.mark.parametrize(("path", "target"), SOME)
def test_explain_hears_exactly_what_was_emitted(stand: Stand, path: str, target: str) -> None:
    strictest: dict[Use, Stance] = {}
    for account in stand.emission.accounts:
        for leaf, stance in account.heard.items() if account.path == path else ():
            strictest[leaf] = max(strictest.get(leaf, stance), stance)

    said = stand.hear(target)

    assert stand.explain(target).resolved.problems == ()
    assert said == strictest


@pytest.mark.parametrize("name", ["index.html", "picture.png"])
def test_a_page_and_a_picture_say_what_the_policy_says(stand: Stand, name: str) -> None:
    home, press, stock = (stand.hear(f"/{folder}{name}") for folder in ("", "press/", "stock/"))

    refused = (Use.TRAIN_GENERATIVE, Use.MINE, Use.INPUT_RETRIEVE, Use.DATASET, Use.OUTPUT_STYLE)
    assert {home[use] for use in refused} == {Stance.RESERVE}
    assert {said[Use.SEARCH] for said in (home, press, stock)} == {Stance.ALLOW}
    assert {press[leaf] for leaf in (Use.TRAIN_GENERATIVE, Use.MINE, Use.TRAIN_OTHER)} == {Stance.ALLOW}
    assert stock[Use.TRAIN_OTHER] >= Stance.LICENSE


def test_the_files_of_the_site_are_sent_as_what_they_are(stand: Stand) -> None:
    answers = {name: stand.server.ask(name) for name in stand.emission.files}

    assert {name: answer.body for name, answer in answers.items()} == {
        name: file.body for name, file in stand.emission.files.items()
    }
    assert answers["/license.xml"].header("content-type") == "application/rsl+xml"
    assert answers["/.well-known/tdmrep.json"].header("content-type") == "application/json"
    assert stand.server.log.read_text() == ""


def test_the_linter_finds_nothing_that_is_not_heard(stand: Stand) -> None:
    scene = scene_of(f"{stand.server.site}/", stand.server.visitor)

    found = {finding.rule for finding in lint(scene)}

    assert any(document.where.endswith("picture.png") for document in scene.documents)
    assert found <= {"contradiction"}  # a price is a no in the standards that know none
