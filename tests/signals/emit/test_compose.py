"""What is emitted is what was meant: read by every standard, decided by the resolver, for pages and for pictures."""

from __future__ import annotations

import json

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from placet.core.stance import Stance
from placet.core.use import PRESETS, Use
from placet.signals import aipref, robots_file
from placet.signals.agents import agents
from placet.signals.codec import Asked
from placet.signals.emit.compose import Emission, Place, compose
from placet.signals.emit.naming import example_of, words_for
from placet.signals.emit.targets import TARGETS
from placet.signals.policy import Policy, said_at, said_to
from placet.signals.resolve import Resolved, listen, resolve
from placet.signals.robots_file import token_of
from placet.signals.saying import leaves_of, meant
from tests.signals.emit.policies import SITE, parse, policies

TAILS = ("", "x.html?a=1&b=*", "deep/%E3%83%84")


def spoken(resolved: Resolved) -> dict[Use, Stance]:
    said: dict[Use, Stance] = {}
    for declaration in resolved.speaking:
        for leaf in declaration.use.leaves:
            said[leaf] = max(said.get(leaf, Stance.ALLOW), declaration.stance or Stance.ALLOW)
    return said


def read(emission: Emission, place: Place, url: str, *, page: bool, agent: str | None = None) -> Resolved:
    return resolve(listen(emission.observation(url, place, page=page)), Asked(url=url, agent=agent))


def addresses(policy: Policy, path: str) -> list[str]:
    """Some addresses that the path is the narrowest for."""
    first = example_of(path, policy.paths)
    return [f"{SITE}{first}", *([] if path.endswith("$") else [f"{SITE}{first}{tail}" for tail in TAILS])]


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(policies(), st.booleans())
def test_what_is_emitted_is_heard_as_it_was_meant(policy: Policy, page: bool) -> None:
    emission = compose(policy)

    for place in emission.places:
        wanted = meant(said_at(policy, place.path))
        accounts = [each for each in emission.accounts if each.path == place.path]
        said = {leaf for each in accounts for leaf in set(each.heard) - each.unsaid} - {Use.ACCESS}
        stricter = leaves_of(leaf for each in accounts for leaf in each.stricter)
        for url in addresses(policy, place.path):
            resolved = read(emission, place, url, page=page)
            heard = spoken(resolved)
            assert resolved.problems == ()
            for leaf in said & set(wanted):
                assert heard[leaf] >= wanted[leaf], (url, leaf)
            for leaf in set(heard) - stricter - {Use.ACCESS}:
                assert heard[leaf] == wanted.get(leaf), (url, leaf)
        assert not any(each.looser for each in accounts)


@settings(max_examples=10, deadline=None)
@given(policies())
def test_the_same_policy_gives_the_same_bytes(policy: Policy) -> None:
    files = [[file for name in ("nginx", "apache", "caddy", "json") for file in TARGETS[name].make(compose(policy))]]
    files.append(
        [file for name in ("nginx", "apache", "caddy", "json") for file in TARGETS[name].make(compose(policy))]
    )

    assert files[0] == files[1]


def test_every_group_of_robots_txt_says_what_all_hear() -> None:
    emission = compose(parse({}, {"path": "/press/", "use": "train", "stance": "allow"}))

    file = robots_file.parse(emission.files["/robots.txt"].body)

    preferences = {
        tuple(line.name for line in file.lines(agent) if line.name not in ("allow", "disallow"))
        for agent in file.agents
    }
    assert len(preferences) == 1
    assert set(preferences.pop()) >= {"content-usage", "license"}
    assert file.problems == ()
    ai = set(leaves_of(PRESETS["ai"]))
    refused = {token_of(agent.token) for agent in agents() if agent.uses and leaves_of(agent.uses) <= ai}
    assert set(file.agents) == refused | {"*"}


def test_a_crawler_that_is_refused_more_has_a_group_with_everything_in_it() -> None:
    policy = parse({"path": "/private/", "use": "access"}, {"use": "search", "agent": "PressBot"})

    body = compose(policy).files["/robots.txt"].body.decode()

    group = body.split("User-agent: PressBot\n")[1].split("\n\n")[0].splitlines()
    assert "Disallow: /private/" in group
    assert "Content-Usage: search=n" in group
    assert "search=n" not in body.split("User-agent: *\n")[1]


@pytest.mark.parametrize("agent", ["GPTBot", "PressBot", "OAI-SearchBot"])
def test_one_crawler_is_told_all_that_everybody_is_and_its_own(agent: str) -> None:
    policy = parse({"use": "train, mine"}, {"use": "search, input, output", "agent": agent}, {"path": "/a/"})
    emission = compose(policy)

    for place in emission.places:
        url = f"{SITE}{place.path}"
        heard = spoken(read(emission, place, url, page=False, agent=agent))
        wanted = meant(said_to(policy, place.path, agent))
        if heard.get(Use.ACCESS) is not Stance.RESERVE:
            assert {leaf: heard.get(leaf) for leaf in (Use.SEARCH, Use.INPUT_RETRIEVE)} == dict.fromkeys(
                (Use.SEARCH, Use.INPUT_RETRIEVE), Stance.RESERVE
            )
        assert all(heard[leaf] >= wanted[leaf] for leaf in set(wanted) & set(heard))
        assert heard[Use.TRAIN_GENERATIVE] is Stance.RESERVE


def test_a_refused_crawler_is_let_in_where_its_use_is_open() -> None:
    emission = compose(parse({"use": "train"}, {"path": "/press/", "stance": "allow", "use": "train"}))

    file = robots_file.parse(emission.files["/robots.txt"].body)

    rules = [(line.name, line.value) for line in file.lines("GPTBot") if line.name in ("allow", "disallow")]
    assert rules == [("disallow", "/"), ("allow", "/press/")]


def test_a_yes_that_cannot_be_taken_back_is_not_said() -> None:
    """`train-ai` has one word for two leaves: with one refused below, the label goes unsaid there."""
    policy = parse({"use": "train.generative", "stance": "allow"}, {"path": "/a/", "use": "train.generative.finetune"})

    emission = compose(policy)

    heard = {each.path: each for each in emission.accounts if each.standard == aipref.CODEC.name}
    assert all(each.heard.get(Use.TRAIN_GENERATIVE_FINETUNE) is not Stance.ALLOW for each in heard.values())
    assert "train-ai=y" not in emission.files["/robots.txt"].body.decode()


def test_in_tdmrep_the_narrowest_rule_stands_first() -> None:
    emission = compose(parse({}, {"path": "/a/b/"}, {"path": "/a/"}))

    rules = json.loads(emission.files["/.well-known/tdmrep.json"].body)

    assert [rule["location"] for rule in rules] == ["/a/b/", "/a/", "/"]


def test_without_stricter_nothing_is_said_that_goes_too_far() -> None:
    wish = {"use": "train.generative"}

    loud, quiet = compose(parse(wish)), compose(parse(wish, stricter=False))

    assert any(each.stricter for each in loud.accounts)
    assert not any(each.stricter for each in quiet.accounts)
    assert any(each.heard for each in quiet.accounts)


def test_every_file_says_who_made_it_and_of_what() -> None:
    policy = parse({}, contact="rights@studio.example")
    emission = compose(policy)

    for target in TARGETS.values():
        if target.name != "ai-txt" or "/ai.txt" in emission.files:
            for file in target.make(emission):
                if not file.path.endswith("tdmrep.json"):
                    assert policy.digest.hex().encode() in file.body, (target.name, file.path)


def test_words_for_leaves_are_the_fewest() -> None:
    assert words_for(leaves_of([Use.ANY])) == ("any",)
    assert words_for(leaves_of([Use.TRAIN, Use.MINE])) == ("train", "mine")
    assert words_for([]) == ()


@pytest.mark.parametrize(("path", "others"), [("/", ("/placet",)), ("/*.jpg$", ("/", "/a*.jpg$")), ("/a$", ("/",))])
def test_an_example_lies_in_its_path_and_in_none_below(path: str, others: tuple[str, ...]) -> None:
    from placet.signals.paths import pattern_of

    example = example_of(path, (path, *others))

    assert pattern_of(path).matches(example)
    assert not any(pattern_of(o).matches(example) for o in others if len(o) > len(path))
