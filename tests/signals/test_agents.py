"""The table of crawlers: whole, dated, and the same as the public list where that knows."""

from __future__ import annotations

import json
import re
from datetime import date
from importlib.resources import files

import pytest

from placet.core.use import Use
from placet.signals.agents import agent_of, agents, dated
from placet.signals.robots_file import token_of
from tests.fingerprints.pictures import shared

TABLE = json.loads(files("placet.signals").joinpath("data", "agents.json").read_text("utf-8"))


def test_every_name_of_the_public_list_is_there_or_left_out_for_a_reason():
    if not (folder := shared()):
        pytest.skip("the public list is not here: set PLACET_SHARED to the folder that holds data/")
    listed = json.loads((folder / "data" / "agents" / "ai_robots_txt.json").read_text("utf-8"))
    left_out = {name for names in TABLE["left_out"]["names"].values() for name in names}

    missing = {name for name in listed if not agent_of(name)}

    assert len(listed) == 166
    assert missing == left_out
    assert TABLE["left_out"]["names"].keys() == TABLE["left_out"]["why"].keys()


def test_no_token_stands_twice():
    tokens = [token_of(row["token"]) for row in TABLE["agents"]]

    assert len(tokens) == len(set(tokens)) == len(agents())
    assert all(tokens)


@pytest.mark.parametrize(
    ("token", "uses", "control_only"),
    [
        ("GPTBot", {Use.TRAIN}, False),
        ("OAI-SearchBot", {Use.SEARCH, Use.INPUT_INDEX, Use.OUTPUT_SUMMARY}, False),
        ("ChatGPT-User", {Use.INPUT_RETRIEVE, Use.INPUT_USER}, False),
        ("CCBot", {Use.MINE, Use.TRAIN, Use.DATASET}, False),
        ("Google-Extended", {Use.TRAIN_GENERATIVE, Use.INPUT_RETRIEVE}, True),
        ("Applebot-Extended", {Use.TRAIN_GENERATIVE}, True),
        ("facebookexternalhit", set(), False),
    ],
)
def test_what_each_fetches_for(token, uses, control_only):
    agent = agent_of(token)

    assert set(agent.uses) == uses
    assert agent.control_only is control_only


def test_a_name_is_known_whatever_its_capitals_and_version():
    assert agent_of("gptbot/1.2 (+https://openai.com/gptbot)") == agent_of("GPTBot")
    assert agent_of("Meta-ExternalAgent") == agent_of("meta-externalagent")
    assert agent_of("GPTBot-Nonsense") is None
    assert agent_of("") is None


def test_each_row_says_who_and_whether_it_claims_to_obey():
    for agent in agents():
        assert agent.operator
        assert agent.obeys in ("yes", "no", "unclear", "mixed")
        assert not agent.verify or re.match("https://", agent.verify)


def test_the_table_is_dated():
    assert date.fromisoformat(dated()) >= date(2026, 11, 22)
