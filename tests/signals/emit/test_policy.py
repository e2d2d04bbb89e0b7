"""A policy: what it means, and one sentence with its place for everything that it cannot mean."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from placet.core.stance import Stance
from placet.core.use import Use
from placet.errors import BadInput
from placet.signals.overlap import contains, meets
from placet.signals.paths import pattern_of
from placet.signals.policy import listeners, said_at, said_to
from placet.signals.policy_file import MOST_BYTES, MOST_PATHS, MOST_RULES, parse_policy
from placet.signals.saying import leaves_of, meant
from tests.signals.emit.policies import SITE, parse, toml

EXAMPLE = Path(__file__).parents[3] / "examples" / "policy.toml"

BROKEN = [
    (b"site = ", "p.toml is not TOML: "),
    (b"\xff", "p.toml is not TOML: "),
    (b"a = " + b"[" * 20_000, "p.toml is not TOML: "),
    (b"#" * (MOST_BYTES + 1), f"p.toml has {MOST_BYTES + 1} bytes; a policy has at most {MOST_BYTES}"),
    (b"", "p.toml has no rule, so it says nothing"),
    (b"[[rule]]", "p.toml does not say whose it is"),
    (b'site = "studio.example"\n[[rule]]', "site is 'studio.example', not the address of a site"),
    (b'site = "https://studio.example/blog/"\n[[rule]]', "not the address of a site"),
    (b'site = "https://a.example\\";}"\n[[rule]]', "not the address of a site"),
    (b"site = 7\n[[rule]]", "site is 7"),
    (toml([{}], sites="x"), "the policy has no key 'sites'"),
    (toml([{}], contact="call me"), "contact is 'call me'"),
    (toml([{}], contact="a@b.example\n"), "contact is "),
    (toml([{}], stricter="no"), "stricter is true or false"),
    (toml([{}], defaults=3), "defaults is a table"),
    (toml([], rule={}), "rule is a list"),
    (toml([{}] * (MOST_RULES + 1)), f"p.toml has {MOST_RULES + 1} rules"),
    (toml([{"path": f"/{n:02d}/"} for n in range(MOST_PATHS + 1)]), f"p.toml speaks of {MOST_PATHS + 1} paths"),
    (toml([{"pth": "/"}]), "p.toml:3: rule 1 has no key 'pth'"),
    (toml([{}, {"use": "trian"}]), "p.toml:5: rule 2: there is no use called 'trian'"),
    (toml([{"use": ["ai", 3]}]), "rule 1: use is ['ai', 3]"),
    (toml([{"use": " , "}]), "rule 1: use names nothing"),
    (toml([{"stance": "no"}]), "stance is 'no'; it is one of allow, license, reserve"),
    (toml([{"stance": ["allow"]}]), "stance is ['allow']"),
    (toml([{"stance": "license", "terms": "/terms"}]), "terms is '/terms'; it is an absolute address"),
    (toml([{"stance": "license", "terms": 'https://a.example/$x"'}]), "terms is "),
    (toml([{"stance": "license", "terms": "javascript:x"}]), "terms is "),
    (toml([{"terms": "https://a.example/t"}]), "terms belong to the stance license, and this is reserve"),
    (toml([{"price": "12.00 EUR"}]), "price belongs to the stance license, and this is reserve"),
    (toml([{"stance": "license", "price": 12}]), "rule 1: price is 12, not a text in quotes"),
    (toml([{"stance": "license", "price": "12 euros"}]), "is no amount of money"),
    (toml([{"stance": "license", "price": "-1.00 EUR"}]), "its price is not above zero"),
    (toml([{"stance": "license", "price": "0 JPY"}]), "its price is not above zero"),
    (toml([{"stance": "license", "price": "1.00 XBT"}]), "no currency with a smallest unit"),
    (toml([{"stance": "license", "price": "9" * 30 + " JPY"}]), "do not fit into 63 bits"),
    (toml([{"stance": "license", "credit": "Ana"}]), "credit belongs to a price"),
    (toml([{"stance": "license", "price": "1 JPY", "per": "page"}]), "per is 'page'; it is one of work, work-model"),
    (toml([{"stance": "license", "price": "1 JPY", "report": "daily"}]), "report is 'daily'; it is one of never"),
    (toml([{"stance": "license", "price": "1 JPY", "credit": "a\nb"}]), "single lines"),
    (toml([{"until": "soon"}]), "until is 'soon', not a day"),
    (toml([{"until": 2030}]), "until is 2030, not a day"),
    (toml([{"territory": "France"}]), "'FRANCE' is no territory"),
    (toml([{"territory": [1]}]), "territory is [1]"),
    (toml([{"agent": "*"}]), "agent is '*'; leave it out"),
    (toml([{"agent": "GPTBot/1.0"}]), "agent is 'GPTBot/1.0'"),
    (toml([{"agent": "GPT\nDisallow: /"}]), "a crawler's token has letters"),
    (toml([{"agent": "GPTBot", "stance": "allow"}]), "a yes to GPTBot alone lifts no refusal"),
    (toml([{"path": "press"}]), "path is 'press'; a path begins with a slash"),
    (toml([{"path": "/" + "a" * 300}]), "the path has 301 octets"),
    (toml([{"path": "/a?b=1"}]), "no query"),
    (toml([{"path": "/a//b"}]), "servers and crawlers fold //"),
    (toml([{"path": "/a/../b"}]), "servers and crawlers fold //"),
    (toml([{}, {"use": "mine"}]), "rule 2: it speaks of mine at /, and so does rule 1"),
    (toml([{"path": "/a*"}, {"path": "/a"}]), "rule 2: it speaks of mine at /a"),
    (toml([{"path": "/*.jpg"}, {"path": "/press/"}]), "rule 2: /press/ and /*.jpg of rule 1 meet"),
    (toml([{"path": "/*a"}, {"path": "/xa"}]), "standards disagree on which wins"),
]

HOSTILE = ['/a"b', "/a'b", "/a\\b", "/a`b", "/a;b", "/a{b}", "/a$b", "/a$$", "/a|b", "/a^b", "/a<b>", "/a#b", "/a%2Fb"]
CONTROL = ["/a%0Ab", "/a%00", "/a%7F", "/a%FF", "/a\nb", "/a\x00b"]


@pytest.mark.parametrize(("text", "sentence"), BROKEN)
def test_what_is_wrong_is_one_sentence_with_its_place(text: bytes, sentence: str) -> None:
    with pytest.raises(BadInput) as error:
        parse_policy(text, "p.toml")

    assert sentence in str(error.value)
    assert "\n" not in str(error.value).partition("not TOML")[0]


@pytest.mark.parametrize("path", [*HOSTILE, *CONTROL])
def test_a_path_that_a_server_could_misread_is_refused(path: str) -> None:
    with pytest.raises(BadInput, match="rule 1: path is"):
        parse({"path": path})


@given(st.text(max_size=30).map(lambda path: f"/{path}"))
@example("/ツ/*.png$")
def test_every_path_is_plain_or_refused(path: str) -> None:
    try:
        (rule,) = parse({"path": path.encode("utf-8", "replace").decode()}).rules
    except BadInput:
        return

    assert not set(rule.path[:-1]) & set("\"'\\`;{}$|^<># \n\0")
    assert rule.path.isascii()


@given(st.binary(max_size=60))
def test_hostile_bytes_are_one_error(text: bytes) -> None:
    with pytest.raises(BadInput):
        parse_policy(b"site = 'https://a.example'\n" + text + b"\n[[rule]]\nuse = 'nothing'", "p.toml")


def test_the_example_of_six_lines_is_a_policy() -> None:
    policy = parse_policy(EXAMPLE.read_bytes(), EXAMPLE.name)

    assert len(EXAMPLE.read_text().splitlines()) <= 6
    assert meant(said_at(policy, "/")) == dict.fromkeys(parse({}).rules[0].leaves, Stance.RESERVE)


def test_the_narrowest_rule_that_names_a_use_speaks_for_it() -> None:
    policy = parse({}, {"path": "/press/", "use": "train", "stance": "allow"})

    said = meant(said_at(policy, "/press/"))

    assert {said[leaf] for leaf in Use.TRAIN.leaves} == {Stance.ALLOW}
    assert said[Use.MINE] is Stance.RESERVE
    assert {d.source.place for d in said_at(policy, "/press/")} == {1, 2}


def test_a_use_that_is_narrowed_in_part_is_said_leaf_by_leaf() -> None:
    policy = parse({"use": "train"}, {"path": "/a/", "use": "train.other", "stance": "allow"})

    said = {d.use: d.stance for d in said_at(policy, "/a/")}

    assert said[Use.TRAIN_OTHER] is Stance.ALLOW
    assert said[Use.TRAIN_GENERATIVE_FINETUNE] is Stance.RESERVE
    assert Use.TRAIN not in said


def test_defaults_are_what_a_rule_does_not_say() -> None:
    text = f'site = "{SITE}"\n[defaults]\nstance = "license"\nterms = "{SITE}/t"\n[[rule]]\n[[rule]]\nuse = "search"\n'
    policy = parse_policy(text.encode(), "p.toml")

    assert {(rule.stance, rule.terms) for rule in policy.rules} == {(Stance.LICENSE, f"{SITE}/t")}


def test_until_is_the_whole_last_day() -> None:
    (rule,) = parse({"until": "1970-01-01"}).rules

    assert rule.until == 86_400


def test_one_crawler_hears_what_all_hear_and_its_own() -> None:
    policy = parse({"use": "train"}, {"use": "search", "agent": "GPTBot"})

    assert listeners(policy) == ("GPTBot",)
    assert set(meant(said_at(policy, "/"))) == set(leaves_of([Use.TRAIN]))
    assert set(meant(said_to(policy, "/", "GPTBot"))) == set(leaves_of([Use.TRAIN, Use.SEARCH]))


PATTERNS = st.text("ab*", max_size=3).flatmap(lambda text: st.sampled_from([f"/{text}", f"/{text}$"]))
TARGETS = [f"/{''.join(letters)}" for size in range(7) for letters in product("abc", repeat=size)]


@given(PATTERNS, PATTERNS)
def test_meeting_and_holding_are_what_trying_every_path_says(one: str, other: str) -> None:
    first, second = pattern_of(one), pattern_of(other)
    mine = {each for each in TARGETS if first.matches(each)}
    its = {each for each in TARGETS if second.matches(each)}

    assert contains(first, second) == (its <= mine)
    assert meets(first, second) == bool(mine & its)
