"""RSL: the published vectors, its associations and their order, and what its words cannot say."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.errors import SignalError
from placet.signals import rsl
from placet.signals.codec import Asked, Channel, Document
from placet.signals.rsl_document import NAMESPACE
from placet.signals.rsl_words import REFUSED
from tests.signals.reading import cases, read_case, spoken
from tests.signals.wishes import PAGE, say

CASES = cases("rsl")
LICENCE = "https://maker.example/license.xml"
POINTER = Document(
    where="https://maker.example/robots.txt", body=b"License: %s\n" % LICENCE.encode(), channel=Channel.ROBOTS
)


def licence(terms, url="/", where=LICENCE, **more):
    body = f'<rsl xmlns="{NAMESPACE}"><content url="{url}"><license>{terms}</license></content></rsl>'
    return Document(where=where, body=body.encode(), channel=Channel.SITE, about="https://maker.example/", **more)


def permits(words):
    return f'<permits type="usage">{words}</permits>'


def prohibits(words):
    return f'<prohibits type="usage">{words}</prohibits>'


def robots(text):
    return Document(where="https://maker.example/robots.txt", body=text.encode(), channel=Channel.ROBOTS)


def page(terms):
    script = f'<script type="application/rsl+xml">{licence(terms, "").body.decode()}</script>'
    return Document(where=PAGE, body=script.encode(), channel=Channel.PAGE, media_type="text/html")


def hear(*documents):
    return [d for document in documents for d in rsl.read(document).declarations]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_every_vector_reads_as_published(case):
    assert read_case(rsl.CODEC, case) == (case["reading"], case["problems"])


def test_a_pointer_falls_silent_when_what_it_points_to_was_heard():
    reading = spoken(rsl.CODEC, [POINTER, licence(permits("all"))], PAGE)

    assert (reading["train.other"], "output.style" in reading) == ("allow", False)


def test_a_pointer_to_another_licence_stays():
    other = licence(permits("all"), where="https://maker.example/other.xml")

    assert set(spoken(rsl.CODEC, [POINTER, other], PAGE).values()) == {"reserve"}


def test_what_could_not_be_obtained_leaves_the_site_unlicensed():
    gone = rsl.unobtainable(LICENCE, about=PAGE, heard_at=7)

    speaking = rsl.select([*hear(POINTER), *gone.declarations], Asked(url=PAGE)).speaking

    assert {d.stance for d in speaking} == {Stance.RESERVE}
    assert {(d.source.where, d.source.heard_at) for d in speaking} == {(LICENCE, 7)}


def test_the_licence_of_a_group_replaces_that_of_the_site():
    both = robots(f"License: {LICENCE}\nUser-agent: GPTBot\nLicense: https://maker.example/gpt.xml\nAllow: /\n")
    own = licence(permits("ai-train"), where="https://maker.example/gpt.xml")
    documents = [both, own, licence(prohibits("all"))]

    assert spoken(rsl.CODEC, documents, PAGE, "GPTBot")["train.other"] == "allow"
    assert spoken(rsl.CODEC, documents, PAGE, "CCBot")["train.other"] == "reserve"


def test_asked_for_anybody_the_licence_of_one_crawler_speaks_with_its_name():
    text = f"User-agent: *\nLicense: {LICENCE}\nUser-agent: GPTBot\nLicense: https://maker.example/gpt.xml\n\n"
    text = text.replace("\nUser-agent: GPTBot", "\nAllow: /\nUser-agent: GPTBot")
    own = licence(prohibits("ai-train"), where="https://maker.example/gpt.xml")

    speaking = rsl.select(hear(robots(text), licence(permits("all")), own), Asked(url=PAGE)).speaking

    assert {(d.stance, d.agent) for d in speaking if d.use is Use.TRAIN_OTHER} == {
        (Stance.ALLOW, None),
        (Stance.RESERVE, "GPTBot"),
    }


def test_a_group_without_a_licence_is_unlicensed_though_that_of_the_others_was_heard():
    text = f"User-agent: *\nLicense: {LICENCE}\nAllow: /\nUser-agent: GPTBot\nAllow: /\n"
    documents = [robots(text), licence(permits("all"))]

    assert spoken(rsl.CODEC, documents, PAGE, "CCBot")["train.other"] == "allow"
    assert set(spoken(rsl.CODEC, documents, PAGE, "GPTBot").values()) == {"reserve"}
    assert spoken(rsl.CODEC, documents, PAGE)["train.other"] == "reserve"
    assert spoken(rsl.CODEC, [*documents, page(permits("all"))], PAGE, "GPTBot")["train.other"] == "allow"


def test_a_licence_that_was_heard_for_another_site_silences_nothing_here():
    theirs = replace(licence(permits("all")), about="https://other.example/")

    assert set(spoken(rsl.CODEC, [POINTER, theirs], PAGE).values()) == {"reserve"}


@pytest.mark.parametrize("terms", ["", '<payment type="free"/>'])
def test_a_licence_that_says_nothing_of_uses_silences_its_pointer(terms):
    assert spoken(rsl.CODEC, [POINTER, licence(terms)], PAGE) == {}


def test_a_licence_about_other_paths_silences_its_pointer():
    assert spoken(rsl.CODEC, [POINTER, licence(prohibits("all"), "/other/")], PAGE) == {}


def test_a_licence_that_is_not_conformant_silences_nothing():
    assert set(spoken(rsl.CODEC, [POINTER, licence("<permit/>")], PAGE).values()) == {"reserve"}


def test_the_page_supersedes_the_site_in_both_directions():
    yes, no = permits("all"), prohibits("ai-train")

    assert spoken(rsl.CODEC, [licence(no), page(yes)], PAGE)["train.other"] == "allow"
    assert spoken(rsl.CODEC, [licence(yes), page(no)], PAGE)["train.other"] == "reserve"


def test_of_two_documents_of_one_rank_the_most_restrictive():
    other = licence(prohibits("ai-train"), where="https://maker.example/other.xml")

    selected = rsl.select(hear(licence(permits("all")), other), Asked(url=PAGE))

    assert {d.stance for d in selected.speaking if d.use is Use.TRAIN_OTHER} == {Stance.ALLOW, Stance.RESERVE}
    assert spoken(rsl.CODEC, [licence(permits("all")), other], PAGE)["train.other"] == "reserve"


def test_what_lost_is_named():
    selected = rsl.select(hear(licence(prohibits("ai-train")), page(permits("ai-train"))), Asked(url=PAGE))

    assert {d.source.where for d in selected.lost} == {LICENCE}
    assert {d.subject for d in selected.speaking} == {Subject(Kind.URL, PAGE)}


@pytest.mark.parametrize(
    ("payment", "terms"),
    [
        (
            '<payment type="use"><standard>https://collective.example/1</standard></payment>',
            "https://collective.example/1",
        ),
        ("<payment><custom>/ask</custom></payment>", "https://maker.example/ask"),
        ("<payment><custom>ask?a=1</custom></payment>", "https://maker.example/ask?a=1"),
    ],
)
def test_terms_lead_to_where_a_licence_can_be_had(payment, terms):
    heard = hear(licence(permits("ai-train") + payment))

    assert {d.terms for d in heard if d.stance is Stance.LICENSE} == {terms}


def test_a_price_without_an_address_is_named_by_the_digest_of_its_licence():
    def terms(priced):
        (found,) = {d.terms for d in hear(licence(priced)) if d.stance is Stance.LICENSE}
        return found

    crawl = terms('<payment type="crawl"/>')

    assert crawl.startswith(f"{LICENCE}#sha256=")
    assert terms('<payment   type="crawl"></payment>') == crawl
    assert terms('<payment type="training"/>') != crawl


def test_a_country_that_is_refused_is_refused_there():
    heard = hear(licence(permits("ai-train") + '<prohibits type="geo">US CA</prohibits>'))

    assert {d.territory for d in heard if d.stance is Stance.RESERVE and d.use is Use.TRAIN_OTHER} == {("US", "CA")}


@pytest.mark.parametrize(
    "subject",
    [
        Subject(Kind.URL, PAGE),
        Subject(Kind.DOMAIN, "maker.example"),
        Subject(Kind.PATTERN, "https://maker.example/p/*"),
    ],
    ids=str,
)
def test_what_is_written_is_read_back_without_problems(subject):
    for wish in (say(Use.TRAIN, Stance.RESERVE), say(Use.ANY, Stance.LICENSE), say(Use.SEARCH, Stance.ALLOW)):
        for document in rsl.write([wish], subject).documents:
            assert rsl.read(document).problems == ()


def test_a_finer_no_is_said_as_the_wider_one_and_told():
    wish = say(Use.TRAIN_GENERATIVE, Stance.RESERVE)

    written = rsl.write([wish], Subject(Kind.DOMAIN, "maker.example"))

    assert (written.overstated, written.unsaid) == ((wish,), ())
    assert spoken(rsl.CODEC, list(written.documents[:1]), PAGE)["train.other"] == "reserve"


def test_a_yes_that_would_close_what_was_left_open_stays_unsaid():
    wish = say(Use.SEARCH, Stance.ALLOW)

    written = rsl.write([wish], Subject(Kind.URL, PAGE))

    assert (written.documents, written.unsaid) == ((), (wish,))


def test_a_whole_policy_is_said_as_it_was_meant():
    wishes = [say(Use.SEARCH, Stance.ALLOW), say(Use.TRAIN, Stance.LICENSE, terms="https://maker.example/t")]
    wishes += [say(use, Stance.RESERVE) for use in (Use.MINE, Use.INPUT, Use.OUTPUT, Use.DATASET)]

    written = rsl.write(wishes, Subject(Kind.URL, PAGE))

    assert written.unsaid == ()
    for document in written.documents:
        reading = spoken(rsl.CODEC, [document], PAGE)
        assert (reading["search"], reading["train.other"], reading["mine"]) == ("allow", "license", "reserve")


def test_a_thing_without_address_gets_no_document():
    wish = say(Use.TRAIN, Stance.RESERVE)

    written = rsl.write([wish], Subject(Kind.IDENTIFIER, "isbn:9783161484100"))

    assert (written.documents, written.unsaid) == ((), (wish,))


@pytest.mark.parametrize("name", ["https://maker.example/\x01", "https://maker.example/\ud800"], ids=ascii)
def test_an_address_that_no_xml_can_hold_is_not_written(name):
    assert rsl.write([say(Use.TRAIN, Stance.RESERVE)], Subject(Kind.PATTERN, name)).documents == ()


def test_ten_thousand_contents_are_selected_from_in_a_moment():
    content = f'<content url="/"><license>{prohibits("ai-train")}</license></content>'
    body = f'<rsl xmlns="{NAMESPACE}">{content * 10_000}</rsl>'.encode()
    heard = hear(Document(where=LICENCE, body=body, channel=Channel.SITE))
    began = time.perf_counter()

    rsl.select(heard, Asked(url=PAGE))

    assert time.perf_counter() - began < 5


def test_a_file_of_tokens_and_licences_is_bounded_and_told():
    text = "".join(f"License: https://maker.example/{n}\n" for n in range(2_000))
    text += "".join(f"User-agent: bot{n}\nAllow: /\n" for n in range(2_000))

    heard = rsl.read(robots(text))

    assert len(heard.declarations) == 50_000
    assert any("the rest was not read" in problem.why for problem in heard.problems)


lists_of_words = st.lists(st.sampled_from(["all", "ai-all", "ai-train", "ai-input", "ai-index", "search"]), max_size=3)
licences = st.builds(
    lambda may, may_not, price: (
        (permits(" ".join(may)) if may else "") + (prohibits(" ".join(may_not)) if may_not else "") + price
    ),
    lists_of_words,
    lists_of_words,
    st.sampled_from(["", '<payment type="free"/>', '<payment type="crawl"/>']),
)
contents = st.lists(
    st.tuples(st.sampled_from(["/", "/pictures/", "/pictures/*.html$", "/other/"]), licences), max_size=4
)


def document(found):
    body = "".join(f'<content url="{url}"><license>{terms}</license></content>' for url, terms in found)
    return Document(where=LICENCE, body=f'<rsl xmlns="{NAMESPACE}">{body}</rsl>'.encode(), channel=Channel.SITE)


@given(contents.filter(bool).flatmap(lambda found: st.tuples(st.just(found), st.permutations(found))))
def test_the_order_of_contents_changes_nothing(orders):
    one, two = (spoken(rsl.CODEC, [document(found)], PAGE) for found in orders)

    assert one == two


@given(contents, st.sampled_from(["ai-train", "ai-all", "search", "all"]), st.sampled_from(["/pictures/*.html$"]))
def test_a_prohibition_added_at_the_narrowest_path_is_always_heard(found, word, url):
    reading = spoken(rsl.CODEC, [document([*found, (url, prohibits(word))])], PAGE)

    assert {reading[leaf.value] for use in REFUSED[word] for leaf in use.leaves} == {"reserve"}


@given(contents.filter(bool), st.integers(0, 3), st.sampled_from(["ai-train", "ai-input", "search", "all"]))
def test_a_prohibition_added_to_a_licence_never_loosens(found, number, word):
    url, _ = found[number % len(found)]
    more = [*found, (url, prohibits(word))]
    order = ["allow", "license", "reserve"]

    before, after = (spoken(rsl.CODEC, [document(each)], PAGE) for each in (found, more))

    assert all(leaf in after and order.index(after[leaf]) >= order.index(stance) for leaf, stance in before.items())


@given(st.binary(max_size=200), st.sampled_from(list(Channel)), st.sampled_from(["", "application/rsl+xml"]))
def test_hostile_bytes_are_never_a_yes(body, channel, media_type):
    document = Document(where=PAGE, body=body, channel=channel, media_type=media_type)

    try:
        heard = rsl.read(document)
    except SignalError:
        return

    assert all(d.stance is not Stance.ALLOW for d in heard.declarations)


@pytest.mark.parametrize("depth", [70, 5_000])
def test_deep_xml_is_refused(depth):
    with pytest.raises(SignalError, match="deeper"):
        rsl.read(Document(where=LICENCE, body=b"<a>" * depth, channel=Channel.SITE))
