"""Laws 1 to 4 of docs/house.md section 7, for every standard that Placet hears and speaks."""

from __future__ import annotations

import random
from dataclasses import replace
from importlib.resources import files

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placet.core.declaration import Interval
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.errors import SignalError
from placet.signals.codec import Asked, Channel, Document
from placet.signals.codecs import CODECS
from placet.signals.saying import meant
from placet.signals.vectors import codec_name, documents_of
from tests.signals.reading import cases
from tests.signals.wishes import say

quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
every = pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)

TERMS = "https://maker.example/terms"
ISCC = "iscc:KACYPXW445FTYNJ3CYSXHAFJMA2HUWULUNRFE3BLHRSCXYH2M5AEGQY"
# What is spoken about, and an address that the speaker means by it.
PLACES = (
    (Subject(Kind.URL, "https://maker.example/pictures/1.html"), "https://maker.example/pictures/1.html"),
    (Subject(Kind.URL, "https://maker.example/a%2Ab$.jpg?q=1"), "https://maker.example/a%2Ab$.jpg?q=1"),
    (Subject(Kind.URL, "https://maker.example/"), "https://maker.example/"),
    (Subject(Kind.DOMAIN, "maker.example"), "https://maker.example/deep/er?x"),
    (Subject(Kind.PATTERN, "https://maker.example/pictures/*.jpg$"), "https://maker.example/pictures/a.jpg"),
    (Subject(Kind.PATTERN, "https://maker.example/pictures/"), "https://maker.example/pictures/a.jpg"),
    (Subject(Kind.IDENTIFIER, ISCC), ISCC),
    (Subject(Kind.WORK, "a" * 32), "https://maker.example/pictures/1.html"),
)


@st.composite
def wishes(draw):
    stance = draw(st.sampled_from(list(Stance)))
    return say(
        draw(st.sampled_from(list(Use))),
        stance,
        terms=draw(st.sampled_from([None, TERMS])) if stance is Stance.LICENSE else None,
        agent=draw(st.sampled_from([None, None, None, "GPTBot", "somebot"])),
        territory=draw(st.sampled_from([(), (), (), ("FR",)])),
        interval=draw(st.sampled_from([Interval(), Interval(), Interval(0, 100)])),
    )


voices = st.lists(wishes(), min_size=1, max_size=5)
places = st.sampled_from(PLACES)


def read_back(codec, documents, place=PLACES[0]):
    """Declarations and problems; what is put into a file is read where that file lies."""
    heard = [codec.read(at(document, place[1])) for document in documents]
    return [d for each in heard for d in each.declarations], [p for each in heard for p in each.problems]


def at(document, address):
    return replace(document, where=address, about="") if document.channel is Channel.EMBEDDED else document


def told(codec, declarations, url, agent=None):
    """The strictest stance on each leaf, for one who asks."""
    strictest = {}
    for said in codec.select(declarations, Asked(url=url, agent=agent)).speaking:
        for leaf in said.use.leaves:
            strictest[leaf] = max(strictest.get(leaf, said.stance), said.stance)
    return strictest


def about(wishes, place):
    return [replace(wish, id=f"{wish.id}-{number}", subject=place[0]) for number, wish in enumerate(wishes)]


def is_narrow(wish):
    return bool(wish.agent or wish.territory or wish.interval.until is not None)


@every
@quick
@given(voices, places)
def test_what_is_written_is_read_back_without_problems(codec, said, place):
    written = codec.write(about(said, place), place[0])

    _, problems = read_back(codec, written.documents, place)

    assert problems == []


@every
@quick
@given(voices, places)
def test_a_reader_is_bound_at_least_as_tightly_as_was_meant(codec, said, place):
    """Law 1: a refusal is heard by whom it speaks to, or listed as unsaid; a yes is heard only where it was meant."""
    wanted = about(said, place)
    written = codec.write(wanted, place[0])
    heard, _ = read_back(codec, written.documents, place)

    for wish in wanted:
        reading = told(codec, heard, place[1], wish.agent)
        if wish.stance is not Stance.ALLOW and wish not in written.unsaid:
            assert all(reading.get(leaf, 0) >= wish.stance for leaf in wish.use.leaves), wish
    yes = {leaf for leaf, stance in meant(wanted).items() if stance is Stance.ALLOW}
    for agent in (None, "GPTBot", "somebot", "stranger"):
        opened = {leaf for leaf, stance in told(codec, heard, place[1], agent).items() if stance is Stance.ALLOW}
        assert opened <= yes


@every
@quick
@given(voices, places)
def test_what_is_overstated_was_said_more_strictly_than_meant(codec, said, place):
    """Overstated are wishes of the list, and refusals; whatever is heard beyond the wishes has an overstated cause."""
    wanted = about(said, place)
    written = codec.write(wanted, place[0])
    heard, _ = read_back(codec, written.documents, place)

    assert set(written.overstated) <= set(wanted)
    assert set(written.unsaid) <= set(wanted)
    assert all(wish.stance is not Stance.ALLOW for wish in written.overstated)
    for wish in written.overstated:
        askers = dict.fromkeys([None, wish.agent, *(d.agent for d in heard)])
        assert is_narrow(wish) or any(is_more(told(codec, heard, place[1], asker), wish, wanted) for asker in askers)
    if is_beyond(told(codec, heard, place[1]), wanted):
        assert written.overstated


def is_more(reading, wish, wanted):
    """Stricter than this wish, or than all of them."""
    return any(reading.get(leaf, 0) > wish.stance for leaf in wish.use.leaves) or is_beyond(reading, wanted)


def is_beyond(reading, wanted):
    """Something is refused more strictly than anybody wanted."""
    most = meant(wanted)
    return any(stance > max(most.get(leaf, 0), Stance.ALLOW) for leaf, stance in reading.items())


@every
@quick
@given(voices, places, st.randoms(use_true_random=False))
def test_the_order_of_wishes_never_changes_what_is_told(codec, said, place, chance):
    wanted = about(said, place)
    other = chance.sample(wanted, len(wanted))

    one, two = codec.write(wanted, place[0]), codec.write(other, place[0])

    assert set(one.unsaid) == set(two.unsaid)
    assert set(one.overstated) == set(two.overstated)
    heard = [read_back(codec, written.documents, place)[0] for written in (one, two)]
    assert told(codec, heard[0], place[1]) == told(codec, heard[1], place[1])


def published(codec):
    """The documents of the standard's own vectors, each with the question that is asked of it."""
    folder = files("placet").joinpath("vectors", "signals")
    names = [path.name for path in folder.iterdir() if path.name.endswith(".json")]
    return [
        (documents_of(case), case["asked"])
        for name in names
        for case in cases(name.removesuffix(".json"))
        if codec_name(case, name) == codec.name
        and not any("status" in d for d in case.get("documents", [case.get("document", {})]))
    ]


def hear(codec, documents):
    said = []
    for document in documents:
        try:
            said += codec.read(document).declarations
        except SignalError:
            continue
    return said


@every
def test_the_order_of_declarations_never_changes_the_selection(codec):
    """Law 3, over everything that the vectors of a standard say, alone and four at a time."""
    chance = random.Random(20261125)
    vectors = published(codec)

    assert len(vectors) >= 3
    for number in range(min(60, len(vectors))):
        some = [vectors[number], *chance.sample(vectors, min(3, len(vectors)))]
        said = [d for documents, _ in some for d in hear(codec, documents)]
        asked = Asked(url=some[0][1]["url"], agent=some[0][1].get("agent"))
        expected = codec.select(said, asked)
        for _ in range(3):
            chance.shuffle(said)
            selected = codec.select(said, asked)
            assert set(selected.speaking) == set(expected.speaking)
            assert set(selected.lost) == set(expected.lost)


hostile = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(
        st.sampled_from(
            [b"{", b"[", b"<", b">", b'"', b":", b"/", b"\n", b"\0", b"*", b"\xff", b"a", b"1", b"&", b"%"]
        ),
        max_size=60,
    ).map(b"".join),
)
media = st.sampled_from(["", "application/json", "text/html", "application/xml", "application/rsl+xml", "image/jpeg"])


@every
@quick
@given(hostile, st.sampled_from(list(Channel)), media)
def test_hostile_bytes_give_problems_or_one_error_and_never_a_yes(codec, body, channel, media_type):
    document = Document(where="https://maker.example/x", body=body, channel=channel, media_type=media_type)

    try:
        said = codec.read(document).declarations
    except SignalError:
        return

    for agent in (None, "GPTBot"):
        assert Stance.ALLOW not in told(codec, said, "https://maker.example/x", agent).values()


@every
@quick
@given(places, st.data())
def test_a_damaged_refusal_never_becomes_a_yes(codec, place, data):
    """Law 4: a file cut short, or bytes in it that no word holds, may silence a refusal and open nothing."""
    written = codec.write(about([say(Use.ANY, Stance.RESERVE)], place), place[0])

    for document in written.documents:
        try:
            said = codec.read(replace(at(document, place[1]), body=damage(document.body, data.draw))).declarations
        except SignalError:
            continue
        assert Stance.ALLOW not in told(codec, said, place[1]).values()


def damage(body, draw):
    at = draw(st.integers(0, len(body)))
    kind = draw(st.sampled_from(["cut", "put", "spoil"]))
    junk = draw(st.sampled_from([b"\0", b"\xff", b"\x80\x81", b"<", b"\x1b"]))
    if kind == "cut":
        return body[:at]
    if kind == "put":
        return body[:at] + junk + body[at:]
    return body[:at] + junk + body[at + 1 :]


@every
def test_what_was_published_and_then_damaged_gives_problems_or_one_error(codec):
    """Every document of the vectors, cut short or spoiled at some place."""
    chance = random.Random(20261126)

    for documents, asked in published(codec):
        for document in documents:
            if len(document.body) > 100_000:
                continue
            at_ = chance.randrange(len(document.body) + 1)
            junk = bytes(chance.choices(range(256), k=chance.randint(0, 3)))
            for body in (document.body[:at_], document.body[:at_] + junk + document.body[at_ + 1 :]):
                try:
                    said = codec.read(replace(document, body=body)).declarations
                except SignalError:
                    continue
                assert all(isinstance(d.stance, Stance) for d in said)
                codec.select(said, Asked(url=asked["url"], agent=asked.get("agent")))
