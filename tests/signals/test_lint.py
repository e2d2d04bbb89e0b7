"""The linter: for every rule a smallest site that breaks it, and one that does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.core.declaration import Problem
from placet.signals.codec import Channel, Document
from placet.signals.emit.compose import compose
from placet.signals.lint import lint
from placet.signals.lint_near import pictures
from placet.signals.lint_rules import RULES
from placet.signals.lint_scene import Finding, Scene
from placet.signals.observation import documents
from placet.signals.policy_file import parse_policy
from placet.signals.robots_file import MOST
from placet.signals.sarif import sarif

SITE = "https://maker.example"
POLICY = Path(__file__).parents[2] / "examples" / "policy.toml"
PAGE = b"<!doctype html><html><head>%s</head><body></body></html>"
LICENCE = (
    b'<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license>'
    b'<%s type="usage">%s</%s></license></content></rsl>'
)


def robots(text: str | bytes) -> Document:
    body = text.encode() if isinstance(text, str) else text
    return Document(where=f"{SITE}/robots.txt", body=body, channel=Channel.ROBOTS, media_type="text/plain")


def tdmrep(text: str) -> Document:
    where = f"{SITE}/.well-known/tdmrep.json"
    return Document(where=where, body=text.encode(), channel=Channel.SITE, media_type="application/json")


def ai_txt(text: str) -> Document:
    return Document(where=f"{SITE}/ai.txt", body=text.encode(), channel=Channel.SITE, media_type="text/plain")


def licence(verb: str = "prohibits", words: str = "ai-train", body: bytes = b"") -> Document:
    body = body or LICENCE % (verb.encode(), words.encode(), verb.encode())
    return Document(where=f"{SITE}/license.xml", body=body, channel=Channel.SITE, media_type="application/rsl+xml")


def fields(path: str, *lines: str) -> Document:
    body = "".join(f"{line}\r\n" for line in lines).encode()
    return Document(where=SITE + path, body=body, channel=Channel.HEADER)


def page(head: str = "", path: str = "/") -> Document:
    return Document(where=SITE + path, body=PAGE % head.encode(), channel=Channel.PAGE, media_type="text/html")


def rules(*told: Document) -> set[str]:
    return {finding.rule for finding in lint(Scene(told))}


LINK = f"License: {SITE}/license.xml\n"
ALL = "User-agent: *\n"
PICTURE = "Content-Type: image/png"
USAGE = "Content-Usage: train-ai=n"

# rule: a site that breaks it, the line that is named, and the nearest site that does not.
CASES: dict[str, tuple[list[Document], int, list[Document]]] = {
    "contradiction": (
        [robots(f"{ALL}Content-Signal: ai-train=yes\n"), tdmrep('[{"location":"/","tdm-reservation":1}]')],
        0,
        [robots(f"{ALL}Content-Signal: ai-train=no\n"), tdmrep('[{"location":"/","tdm-reservation":1}]')],
    ),
    "document.problem": (
        [robots(b"User-agent: *\nDisallow: /caf\xe9\n")],
        2,
        [robots("User-agent: *\nDisallow: /café\n")],
    ),
    "robots.html": ([robots("<!DOCTYPE html><title>Welcome</title>")], 1, [robots("# <!DOCTYPE html>")]),
    "robots.too-long": ([robots("#" * (MOST + 1))], 0, [robots("#" * MOST)]),
    "robots.outside-groups": ([robots("Disallow: /x\nUser-agent: *\n")], 1, [robots("User-agent: *\nDisallow: /x\n")]),
    "robots.inert-group": (
        [robots(f"{ALL}{USAGE}\nAllow: /\nUser-agent: Bingbot\nDisallow: /x\n")],
        4,
        [robots(f"{ALL}{USAGE}\nAllow: /\nUser-agent: Bingbot\nDisallow: /x\n{USAGE}\n")],
    ),
    "robots.wildcard-token": (
        [robots("User-agent: Bing*\nDisallow: /\n")],
        1,
        [robots("User-agent: Bingbot\nDisallow: /\n")],
    ),
    "robots.bad-token": (
        [robots("User-agent: Bingbot/2.0\nDisallow: /\n")],
        1,
        [robots("User-agent: ChatGPT Agent\nDisallow: /\n")],
    ),
    "robots.training-forgotten": (
        [robots("User-agent: GPTBot\nDisallow: /\n")],
        1,
        [robots("User-agent: Bingbot\nDisallow: /\n")],
    ),
    "robots.empty-disallow": (
        [robots("User-agent: Bingbot\nDisallow:\n")],
        2,
        [robots("User-agent: *\nDisallow:\n")],
    ),
    "robots.no-slash": ([robots(f"{ALL}Disallow: private\n")], 2, [robots(f"{ALL}Disallow: /private\n")]),
    "robots.misspelt": ([robots(f"{ALL}Content-Signals: ai-train=no\n")], 2, [robots(f"{ALL}Sitemap: {SITE}/s.xml\n")]),
    "robots.between-agents": (
        [robots("User-agent: Bingbot\nSitemap: /s\nUser-agent: Otherbot\nDisallow: /\n")],
        2,
        [robots("User-agent: Bingbot\nUser-agent: Otherbot\nDisallow: /\nSitemap: /s\n")],
    ),
    "aipref.unparsable": ([robots(f"{ALL}Content-Usage: train-ai = n\n")], 2, [robots(f"{ALL}{USAGE}\n")]),
    "aipref.unknown-value": ([fields("/", "Content-Usage: train-ai=no")], 1, [fields("/", USAGE)]),
    "aipref.legacy-label": (
        [robots(f"{ALL}Content-Usage: /a/ genai=n\n")],
        2,
        [robots(f"{ALL}Content-Usage: /a/ ai-use=n\n")],
    ),
    "content-signals.unknown": (
        [robots(f"{ALL}Content-Signal: ai-train=n\n")],
        2,
        [robots(f"{ALL}Content-Signal: /a/ ai-train=no, use=reference\n")],
    ),
    "tdmrep.unparsable": ([tdmrep("[1")], 0, [tdmrep("[]")]),
    "tdmrep.not-array": (
        [tdmrep('{"location":"/","tdm-reservation":1}')],
        0,
        [tdmrep('[{"location":"/","tdm-reservation":1}]')],
    ),
    "tdmrep.location": (
        [tdmrep('[{"location":"img","tdm-reservation":1}]')],
        1,
        [tdmrep('[{"location":"/img","tdm-reservation":1}]')],
    ),
    "tdmrep.number": (
        [tdmrep('[\n{"location":"/","tdm-reservation":"1"}]')],
        2,
        [tdmrep('[\n{"location":"/","tdm-reservation":1}]')],
    ),
    "tdmrep.relative-policy": (
        [tdmrep('[{"location":"/","tdm-reservation":1,"tdm-policy":"/p"}]')],
        1,
        [tdmrep('[{"location":"/","tdm-reservation":1,"tdm-policy":"https://maker.example/p"}]')],
    ),
    "tdmrep.hidden-rule": (
        [tdmrep('[{"location":"/","tdm-reservation":1},\n{"location":"/a/","tdm-reservation":0}]')],
        2,
        [tdmrep('[{"location":"/a/","tdm-reservation":0},\n{"location":"/","tdm-reservation":1}]')],
    ),
    "rsl.not-conformant": (
        [robots(ALL + LINK), licence(body=b'<rsl xmlns="https://rslstandard.org/rsl"/>')],
        0,
        [robots(ALL + LINK), licence()],
    ),
    "rsl.draft": (
        [robots(ALL + LINK), licence(words="ai-train,search")],
        0,
        [robots(ALL + LINK), licence(words="ai-train search")],
    ),
    "rsl.remark": ([robots(ALL + LINK), licence(words="ai-dreams")], 0, [robots(ALL + LINK), licence(words="ai-all")]),
    "rsl.relative-link": ([robots(f"{ALL}License: /license.xml\n")], 2, [robots(ALL + LINK), licence()]),
    "rsl.unobtainable": ([robots(ALL + LINK)], 2, [robots(f"{ALL}License: https://elsewhere.example/license.xml\n")]),
    "rsl.not-linked": ([robots(ALL), licence()], 0, [robots(ALL + LINK), licence()]),
    "ai-txt.alone": (
        [ai_txt("User-Agent: *\nDisallow: /\n"), robots(ALL)],
        0,
        [ai_txt("User-Agent: *\nDisallow: /\n"), robots(f"{ALL}{USAGE}\n")],
    ),
    "headers.no-picture": (
        [page(), fields("/", USAGE), fields("/a.png", PICTURE)],
        0,
        [page(), fields("/", USAGE), fields("/a.png", PICTURE, USAGE)],
    ),
    "near.control-token": (
        [page('<meta name="google-extended" content="noai">')],
        1,
        [page('<meta name="robots" content="noai">')],
    ),
}


@pytest.mark.parametrize("rule", CASES)
def test_a_site_that_breaks_a_rule_is_told_so_at_its_line(rule: str) -> None:
    bad, line, _ = CASES[rule]

    found = [finding for finding in lint(Scene(tuple(bad))) if finding.rule == rule]

    assert [finding.line for finding in found][:1] == [line]
    assert all(finding.where.startswith(SITE) for finding in found)


@pytest.mark.parametrize("rule", CASES)
def test_a_site_that_keeps_it_is_left_in_peace(rule: str) -> None:
    *_, good = CASES[rule]

    assert rule not in rules(*good)


def test_every_rule_is_tested() -> None:
    assert set(CASES) | {"document.unheard", "document.unasked"} == set(RULES)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("if ($http_user_agent ~* Google-Extended) { return 403; }", [2]),
        ("RewriteCond %{HTTP_USER_AGENT} (GPTBot|google-extended) [NC]", [2]),
        ("if ($http_user_agent ~* GPTBot) { return 403; }", []),
        ("# Google-Extended has no name of its own", []),
    ],
)
def test_a_server_that_waits_for_a_name_that_nobody_sends_is_told(line: str, found: list[int]) -> None:
    conf = Document(where="site.conf", body=f"\n{line}\n".encode(), channel=Channel.SITE)

    assert [finding.line for finding in lint(Scene((), settings=(conf,)))] == found


def test_what_could_not_be_obtained_is_an_error() -> None:
    problem = Problem(f"{SITE}/robots.txt", "signal.unreachable", "it answered 503.")

    (finding,) = lint(Scene((), problems=(problem,)))

    assert finding == Finding(f"{SITE}/robots.txt", 0, "document.unheard", "it answered 503.")


def test_a_file_alone_is_not_asked_for_its_companions() -> None:
    told = (robots(ALL + LINK), ai_txt("User-Agent: *\nDisallow: /\n"))

    assert {"rsl.unobtainable"} <= rules(*told)
    assert not {f.rule for f in lint(Scene(told, whole=False))} & {"rsl.unobtainable", "ai-txt.alone"}


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        (robots(f"{ALL}Content-Usage: search=y\n"), licence("permits", "ai-train")),
        (fields("/", "tdm-reservation: 0"), fields("/", "X-Robots-Tag: noai")),
        (robots(f"{ALL}Content-Usage: /a/ train-ai=y\n"), tdmrep('[{"location":"/a/","tdm-reservation":1}]')),
        (page('<meta name="tdm-reservation" content="0">'), robots(f"{ALL}Content-Signal: ai-train=no\n")),
    ],
)
def test_yes_in_one_standard_and_no_in_another_is_named_with_both(yes: Document, no: Document) -> None:
    found = [finding for finding in lint(Scene((yes, no))) if finding.rule == "contradiction"]

    assert found
    assert found[0].where == no.where
    assert "says yes" in found[0].detail


def test_a_crawler_that_is_refused_is_no_contradiction() -> None:
    told = robots(
        f"{ALL}Content-Signal: ai-train=yes\nAllow: /\nUser-agent: GPTBot\nDisallow: /\nContent-Signal: ai-train=yes\n"
    )

    assert "contradiction" not in rules(told)


def test_what_placet_emits_has_nothing_to_mend() -> None:
    emission = compose(parse_policy(POLICY.read_bytes(), "policy.toml"))
    (place,) = emission.places

    told = [
        documents(emission.observation(f"{emission.policy.site}/{name}", place, page=page)).documents
        for name, page in (("", True), ("a.png", False))
    ]

    assert lint(Scene(tuple(dict.fromkeys(document for each in told for document in each)))) == ()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([robots, tdmrep, ai_txt]), st.text(max_size=200))
def test_whatever_a_file_holds_the_linter_answers(make, text: str) -> None:  # type: ignore[no-untyped-def]
    text = text.encode("utf-8", "replace").decode()

    for finding in lint(Scene((make(text),))):
        assert finding.rule in RULES


def test_sarif_has_all_that_version_2_1_0_requires() -> None:
    finding = Finding("a b/robots.txt", 3, "robots.no-slash", "disallow: x")

    log = sarif([finding, Finding("https://maker.example/", 0, "contradiction")], "1")

    (run,) = log["runs"]
    assert (log["version"], set(log)) == ("2.1.0", {"$schema", "version", "runs"})
    assert run["tool"]["driver"]["name"] == "placet"
    names = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert names == list(RULES)
    for result in run["results"]:
        assert names[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note"}
        assert result["message"]["text"]
    first, second = (result["locations"][0]["physicalLocation"] for result in run["results"])
    assert first == {"artifactLocation": {"uri": "a%20b/robots.txt"}, "region": {"startLine": 3}}
    assert second == {"artifactLocation": {"uri": "https://maker.example/"}}


def test_every_rule_has_a_sentence_and_a_remedy_in_both_languages() -> None:
    for rule in RULES.values():
        assert all(text.strip().endswith((".", "!")) for text in (*rule.means, *rule.mend)), rule.id
        assert rule.means[0] != rule.means[1]


def test_the_pictures_of_a_page_are_found_as_they_are_written() -> None:
    body = b"<img src=\"a.png\"><IMG alt='x' src='/b.jpg'><img src=c.gif><p src=d.png>"

    assert pictures(body) == ["a.png", "/b.jpg", "c.gif"]
