"""Confs: a path means what it means in robots.txt, and no value ends a quotation."""

from __future__ import annotations

import re
from urllib.parse import unquote, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.errors import BadInput
from placet.signals.emit import apache, caddy, html, nginx, wordpress
from placet.signals.emit.compose import Emission, Place, compose
from placet.signals.emit.quoting import match_octets, match_raw, match_text, safe
from placet.signals.paths import normal_target, pattern_of
from tests.signals.emit.policies import parse

PATHS = [
    "/",
    "/a",
    "/a.b$",
    "/*.jpg$",
    "/a*b",
    "/a-b/",
    "/caf%C3%A9/*x",
    "/%E3%83%84$",
    "/q(1)+[2]",
    "/a%20b",
    "/x%25y",
]
SIGNS = st.text("abq.*-/()1+é ツ%\n", max_size=8)


def policy_path(path: str) -> str:
    """The path as a policy spells it; `[` and `]` are none of its signs."""
    return path.replace("[", "%5B").replace("]", "%5D")


def python(expression: str) -> str:
    """Python before 3.14 spells the end `\\Z`, and a character of any width otherwise."""
    return re.sub(r"\\x\{([0-9A-F]+)\}", lambda found: re.escape(chr(int(found[1], 16))), expression).replace(
        r"\z", r"\Z"
    )


@pytest.mark.parametrize("path", PATHS)
@given(SIGNS)
def test_a_server_matches_what_a_crawler_matches(path: str, tail: str) -> None:
    spelled = policy_path(path)
    pattern = pattern_of(spelled)
    head = spelled.split("*")[0].removesuffix("$")
    for target in (normal_target("/" + tail.replace("%", "%25")), normal_target(head + tail.replace("%", "%25"))):
        octets = unquote_to_bytes(target)
        wanted = pattern.matches(target)

        assert bool(re.search(python(match_octets(spelled)).encode(), octets)) == wanted
        assert bool(re.search(python(match_text(spelled)), unquote(target))) == wanted
        assert bool(re.search(match_raw(spelled), f"GET {target} HTTP/1.1")) == wanted


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b", "a\x7fb", "café", "a$b", "a\\b"])
def test_a_value_that_a_conf_would_read_as_its_own_is_refused(value: str) -> None:
    with pytest.raises(BadInput, match="holds a sign that this server's conf would read"):
        safe(value, "$\\")


HOSTILE = ['1";} return 200 "x', "$host", "a\\", "a\nX-Evil: 1", "`", "{env.HOME}", "%{HTTP_HOST}e", "${PATH}"]


@pytest.fixture(scope="module")
def emission() -> Emission:
    return compose(parse({}))


def with_value(emission: Emission, value: str) -> Emission:
    return Emission(emission.policy, emission.files, (Place("/", {"X-Said": value}, ""),), ())


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_breaks_out_of_an_nginx_conf(emission: Emission, value: str) -> None:
    try:
        (http, *_) = nginx.make(with_value(emission, value))
    except BadInput:
        assert set(value) & set("$\\{}\n")
        return

    (line,) = (line for line in http.body.decode().splitlines() if line.strip().startswith("0 "))
    assert re.fullmatch(r' {4}0 "(?:[^"\\$]|\\")*";', line)


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_breaks_out_of_a_htaccess(emission: Emission, value: str) -> None:
    try:
        (rules, *_) = apache.make(with_value(emission, value))
    except BadInput:
        assert set(value) & set("$\\\n")
        return

    (line,) = (line for line in rules.body.decode().splitlines() if "Header always set" in line)
    assert re.fullmatch(r' {4}Header always set X-Said "(?:[^"\\$%]|\\"|%%)*"', line)


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_breaks_out_of_a_caddyfile(emission: Emission, value: str) -> None:
    try:
        (rules, *_) = caddy.make(with_value(emission, value))
    except BadInput:
        assert set(value) & set("`{}\n")
        return

    assert f"\tX-Said `{value}`" in rules.body.decode().splitlines()


@pytest.mark.parametrize("value", HOSTILE)
def test_php_reads_back_the_very_value(emission: Emission, value: str) -> None:
    (plugin,) = wordpress.make(with_value(emission, value))

    (quoted,) = re.findall(r"'X-Said' => '((?:[^'\\]|\\.)*)'", plugin.body.decode(), re.DOTALL)
    assert re.sub(r"\\([\\'])", r"\1", quoted) == value


@pytest.mark.parametrize("path", ["/--", "/a--b/", "/-", "/---"])
def test_a_path_ends_no_comment_of_a_page(path: str) -> None:
    (file,) = html.make(compose(parse({"path": path})))

    comments = re.findall(r"<!--(.*?)-->", file.body.decode(), re.DOTALL)
    assert len(comments) == 2
    assert not any("--" in comment or comment.endswith("-") for comment in comments)
