"""Path patterns: one spelling on both sides, and many compiled together say what each says alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.signals.matcher import Matcher
from placet.signals.paths import exactly, normal_target, pattern_of, split_pattern, target_of

patterns = st.text(alphabet="/ab*$", max_size=8).map(lambda text: f"/{text}")
targets = st.text(alphabet="/ab", max_size=12).map(lambda text: f"/{text}")


@settings(max_examples=100, deadline=None)
@given(st.lists(patterns, max_size=12), st.lists(targets, min_size=1, max_size=4))
def test_many_compiled_agree_with_each_alone(texts, asked):
    matcher = Matcher((text, number) for number, text in enumerate(texts))

    for target in asked * 60:  # past the patience, after which pieces are looked for
        matching = [(pattern_of(text).octets, n) for n, text in enumerate(texts) if pattern_of(text).matches(target)]
        most = max((octets for octets, _ in matching), default=0)
        assert set(matcher.longest(target)) == {n for octets, n in matching if octets == most}


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://a.example/x/y?z", "/x/y?z"),
        ("https://a.example", "/"),
        ("https://a.example?q=/1", "/?q=/1"),
        ("https://a.example/x#y", "/x"),
        ("https://a.example/a b", "/a%20b"),
        ("https://a.example/a%2fb%7e", "/a%2Fb~"),
        ("https://a.example/$*", "/%24%2A"),
        ("https://a.example/ü", "/%C3%BC"),
        ("https://a.example/x?u=https%3A%2F%2Fb", "/x?u=https://b"),
    ],
)
def test_the_path_and_query_of_an_address(url, target):
    assert target_of(url) == target


@given(targets | st.text(max_size=20).map(lambda text: f"/{text}"))
def test_one_spelling_is_spelled_once(target):
    spelled = normal_target(target)

    assert normal_target(spelled) == spelled
    assert pattern_of(exactly(target)).matches(spelled)


def test_a_pattern_is_split_from_its_site():
    assert split_pattern("HTTPS://A.example:8/x?*") == ("https://a.example:8", "/x?*")
    assert split_pattern("/x") == ("", "/x")
