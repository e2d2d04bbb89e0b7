"""Saying a word for somebody: under a mandate, refused in one sentence without, and told to whoever looks it up."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from placet.app import open_home
from placet.errors import Refused
from placet.licensing.document import parse_file
from placet.signing.keys import Role, read_key
from tests.cli.stage import Said, Stage
from tests.factories import check_log

BOOK = "isbn:9780306406157"


@dataclass
class Pair:
    """Ana, whose key is the home's, and her agent, whose key lies beside."""

    stage: Stage
    agent: Path
    ana: str
    his: str

    def grant(self, *words: object) -> str:
        given = json.loads(self.stage("mandate", "grant", "--to", self.his, *words, "--json").out)
        assert self.stage("mandate", "accept", given["id"], "--key", self.agent).code == 0
        return str(given["id"])

    def by_agent(self, *words: object) -> Said:
        return self.stage(*words, "--key", self.agent)

    def answers(self, what: object) -> dict[str, str]:
        return dict(json.loads(self.stage("lookup", what, "--json").out)["decisions"])


@pytest.fixture
def pair(stage: Stage, tmp_path: Path) -> Pair:
    stage("keys", "new", "--name", "Ana")
    stage("reserve", stage.works, "--use", "dataset")
    stage("keys", "new", "--name", "Bea", "--out", tmp_path / "agent.pem")
    stage("reserve", "https://agency.example/", "--key", tmp_path / "agent.pem")
    ana = read_key(stage.home / "keys" / "party.pem", None).public.hex()
    his = read_key(tmp_path / "agent.pem", None).public.hex()
    return Pair(stage, tmp_path / "agent.pem", ana, his)


def test_an_agent_says_a_word_about_her_works_and_lookup_tells_for_whom(pair: Pair) -> None:
    mandate = pair.grant("--acts", "reserve")

    said = pair.by_agent("reserve", pair.stage.works, "--for", pair.ana[:8], "--use", "train")

    assert said.code == 0
    assert f"Reserved 2 works from train, for Ana under mandate {mandate[:12]}: entry " in said.out
    assert pair.answers(pair.stage.works / "song.txt")["train.generative"] == "reserved"
    shown = pair.stage("lookup", pair.stage.works / "song.txt").out
    assert f"said by Bea for Ana under mandate {mandate[:12]}" in shown
    check_log(open_home(pair.stage.home))


@pytest.mark.parametrize(
    ("granted", "words", "why"),
    [
        (None, (), "Ana gave you no mandate: she does with `placet mandate grant --to "),
        (("--acts", "license"), (), "lets you license, and not reserve (mandate.none)"),
        (("--acts", "reserve", "--territory", "FR"), ("--territory", "US"), "is for FR alone (mandate.none)"),
        (("--acts", "reserve", "--right", "recording"), (), "is for the right of recording: say it in that right"),
        (("--acts", "reserve", BOOK), (), "is for 1 identifier, and work "),
        (("--acts", "reserve", "--from", "2099-01-01"), (), "begins on 2099-01-01 (mandate.none)"),
    ],
    ids=["none", "act", "place", "right", "scope", "early"],
)
def test_without_a_mandate_for_it_nothing_is_said(pair: Pair, granted, words, why: str) -> None:
    if granted:
        pair.grant(*granted)
    size = open_home(pair.stage.home).size

    said = pair.by_agent("reserve", pair.stage.works / "song.txt", "--for", pair.ana, *words)

    assert said.code == 1
    assert why in said.err
    assert said.err.count("\n") == 1
    assert open_home(pair.stage.home).size == size


def test_a_mandate_waits_to_be_accepted_and_ends(pair: Pair) -> None:
    given = json.loads(pair.stage("mandate", "grant", "--to", pair.his, "--json").out)["id"]
    early = pair.by_agent("reserve", "all", "--for", pair.ana)
    pair.by_agent("mandate", "accept", given)
    pair.stage("mandate", "revoke", given)

    late = pair.by_agent("reserve", "all", "--for", pair.ana)

    assert f"was not accepted yet: `placet mandate accept {given[:12]}` (mandate.none)" in early.err
    assert f"mandate {given[:12]} is over (mandate.none)" in late.err


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("all", "--for", "12"), 64, "six hex digits or more"),
        (("all", "--for", "abcdef123456"), 1, "there is no party"),
        (("all", "--for", "isni:0000000121032683"), 1, "no parties were checked to be isni:0000000121032683"),
        (("all", "--for", "isni:0000000121032684"), 64, "--for: "),
        (("nothing-here", "--for", "ANA"), 1, "nothing-here is no work of Ana in the registry here (mandate.not-hers)"),
        (("isbn:9780306406158", "--for", "ANA"), 64, "check digit"),
        (("all", "--for", "ANA", "--right", "flying"), 64, "--right flying: known are author, "),
        (("all", "--for", "BEA"), 64, "that is you; leave it out (mandate.self)"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_said_in_a_sentence(pair: Pair, words, code: int, why: str) -> None:
    pair.grant("--acts", "reserve")
    named = [{"ANA": pair.ana, "BEA": pair.his}.get(word, word) for word in words]

    said = pair.by_agent("reserve", *named)

    assert said.code == code
    assert why in said.err
    assert said.err.count("\n") == 1


def test_a_file_that_is_not_hers_is_none_of_what_is_said_for_her(pair: Pair, tmp_path: Path) -> None:
    pair.grant("--acts", "reserve")
    (tmp_path / "other.txt").write_text("A text that Ana never registered, about the weather. " * 20)

    said = pair.by_agent("reserve", tmp_path / "other.txt", "--for", pair.ana)

    assert said.code == 1
    assert "other.txt is no work of Ana in the registry here (mandate.not-hers)" in said.err


def test_a_word_about_all_that_she_has_reaches_her_works(pair: Pair) -> None:
    pair.grant("--acts", "reserve,license")

    said = pair.by_agent("reserve", "repertoire:them", "--for", pair.ana, "--use", "mine")

    assert said.code == 0
    pair.stage("snapshot", "build", "-o", pair.stage.home / "built")
    (word,) = (each for each in open_home(pair.stage.home).registry.spoken() if each.by == pair.his and each.index > 4)
    assert str(word.subjects[0]) == f"repertoire:{pair.ana}"


def test_her_voice_is_spoken_of_by_whom_she_let(pair: Pair) -> None:
    refused = pair.by_agent("reserve", "likeness:them/voice", "--for", pair.ana)
    mandate = pair.grant("likeness:me/voice", "--acts", "reserve")

    said = pair.by_agent("reserve", "likeness:them/voice", "--for", pair.ana)

    assert (refused.code, said.code) == (1, 0)
    shown = pair.stage("lookup", "--person", pair.ana).out
    assert f"said by Bea for Ana under mandate {mandate[:12]}" in " ".join(shown.split())
    assert mandate[:12] in said.out


def test_a_number_is_heard_as_the_speakers_own_until_it_is_listed_as_hers(pair: Pair) -> None:
    pair.grant("--acts", "reserve")

    said = pair.by_agent("reserve", BOOK, "--for", pair.ana)

    assert said.code == 0
    assert "Heard as your own word until a sheet lists it as a work of Ana:" in said.err
    assert BOOK in said.err


def test_her_mandate_outlives_a_change_of_keys_on_either_side(pair: Pair) -> None:
    mandate = pair.grant("--acts", "reserve")
    pair.stage("keys", "rotate")
    pair.stage("reserve", BOOK)
    home = open_home(pair.stage.home)
    new = home.new_key(Role.PARTY, "", None, pair.agent.with_name("newer.pem"))
    home.submit(read_key(pair.agent, None), lambda composer: composer.rotate(new))
    named = read_key(pair.stage.home / "keys" / "party.pem", None).public.hex()

    old = pair.by_agent("reserve", "all", "--for", named)
    said = pair.stage("reserve", "all", "--for", named, "--key", pair.agent.with_name("newer.pem"))

    assert (old.code, "(key.ended)" in old.err) == (1, True)
    assert (said.code, f"for Ana under mandate {mandate[:12]}" in said.out) == (0, True)


def test_an_agent_offers_and_licenses_for_her(pair: Pair, tmp_path: Path) -> None:
    pair.grant("--acts", "license")
    offered = pair.by_agent("offer", "all", "--for", pair.ana, "--price", "12.00 EUR", "--use", "train.generative")

    sold = pair.by_agent("licence", "issue", "all", "--for", pair.ana, "--to", "2c" * 32, "-o", tmp_path / "a.licence")

    agreement = parse_file((tmp_path / "a.licence").read_bytes()).agreement
    assert (offered.code, sold.code) == (0, 0)
    assert "for 2 of Ana's works, at 24.00 EUR" in sold.out
    assert (agreement.licensor, agreement.count, str(agreement.price)) == (pair.his, 2, "24.00 EUR")


def test_a_mandate_for_one_right_licenses_in_that_right(pair: Pair, tmp_path: Path) -> None:
    pair.grant("--acts", "license", "--right", "author")
    pair.by_agent("offer", "all", "--for", pair.ana, "--price", "12.00 EUR", "--use", "train.generative")
    sell = ("licence", "issue", "all", "--for", pair.ana, "--to", "2c" * 32, "-o", tmp_path / "a.licence")

    whole, part = pair.by_agent(*sell), pair.by_agent(*sell, "--right", "author")

    assert (whole.code, part.code) == (1, 0)
    assert "is for the right of author: say it in that right alone, with --right (mandate.none)" in whole.err


def test_an_agent_takes_back_what_it_said_for_her(pair: Pair) -> None:
    pair.grant("--acts", "reserve")
    said = json.loads(pair.by_agent("reserve", "all", "--for", pair.ana, "--use", "train", "--json").out)

    taken = pair.by_agent("withdraw", f"#{said['entries'][0]}")

    assert taken.code == 0
    assert pair.answers(pair.stage.works / "song.txt")["train.generative"] == "silent"


def test_a_dry_run_says_for_whom_and_writes_nothing(pair: Pair) -> None:
    mandate = pair.grant("--acts", "reserve")
    size = open_home(pair.stage.home).size

    said = pair.by_agent("reserve", "all", "--for", pair.ana, "--dry-run")

    assert "Would reserve 2 works from AI use" in said.out
    assert f"for Ana under mandate {mandate[:12]}. Nothing was written." in said.out
    assert open_home(pair.stage.home).size == size


def said_for_her(pair: Pair, *words: object) -> int:
    said = pair.by_agent("reserve", "all", "--for", pair.ana, "--use", "train", "--json", *words)
    return int(json.loads(said.out)["entries"][0])


def test_she_takes_back_what_was_said_for_her(pair: Pair) -> None:
    mandate = pair.grant("--acts", "reserve")
    entry = said_for_her(pair)
    pair.stage("mandate", "revoke", mandate)
    before = pair.answers(pair.stage.works / "song.txt")

    taken = pair.stage("withdraw", f"#{entry}")
    again = pair.stage("withdraw", f"#{entry}")

    answers = pair.answers(pair.stage.works / "song.txt")
    assert (taken.code, again.code) == (0, 1)
    assert before["train.generative"] == "reserved"
    assert (answers["train.generative"], answers["dataset"]) == ("silent", "reserved")
    check_log(open_home(pair.stage.home))


def test_she_takes_it_back_for_one_work_and_the_rest_stays(pair: Pair) -> None:
    pair.grant("--acts", "reserve")
    entry = said_for_her(pair)
    song, _ = open_home(pair.stage.home).registry.works_like("id", "")

    pair.stage("withdraw", f"#{entry}", "--work", song.id[:12])

    found = {pair.answers(pair.stage.works / f"{name}.txt")["train.generative"] for name in ("song", "tale")}
    assert found == {"silent", "reserved"}


def test_what_she_left_to_the_other_alone_is_not_hers_to_take_back(pair: Pair) -> None:
    pair.grant("--acts", "reserve", "--exclusive")
    entry = said_for_her(pair)

    said = pair.stage("withdraw", f"#{entry}")

    assert said.code == 1
    assert "was made by another key: it is taken back by who made it, or for whose works" in said.err
    assert "as she left to it alone" in pair.stage("lookup", pair.stage.works / "song.txt").out


def test_a_stranger_takes_back_nothing(pair: Pair, tmp_path: Path) -> None:
    pair.grant("--acts", "reserve")
    entry = said_for_her(pair)
    pair.stage("keys", "new", "--out", tmp_path / "eve.pem")
    pair.stage("reserve", BOOK, "--key", tmp_path / "eve.pem")

    said = pair.stage("withdraw", f"#{entry}", "--key", tmp_path / "eve.pem")

    home, eve = open_home(pair.stage.home), read_key(tmp_path / "eve.pem", None)
    (word,) = home.registry.spoken_by_id(f"#{entry}")
    assert said.code == 1
    with pytest.raises(Refused, match="only who said it, or for whom it was said"):
        home.submit(eve, lambda composer: composer.withdraw(word))


def test_her_blanket_said_by_another_is_taken_back_by_her(pair: Pair, tmp_path: Path) -> None:
    (tmp_path / "extract.txt").write_text("Bea's agency, as the register has it.")
    pair.stage("identity", "recognise", pair.his, "--document", tmp_path / "extract.txt")
    pair.grant("--acts", "reserve")
    said = pair.by_agent("reserve", "repertoire:them", "--for", pair.ana, "--use", "mine", "--json")
    before = pair.answers(pair.stage.works / "song.txt")

    taken = pair.stage("withdraw", f"#{json.loads(said.out)['entries'][0]}")

    assert (before["mine"], taken.code) == ("reserved", 0)
    assert pair.answers(pair.stage.works / "song.txt")["mine"] == "silent"


def test_a_word_that_a_mandate_narrows_is_told_to_be_narrower(pair: Pair) -> None:
    pair.grant("--acts", "reserve", "--territory", "FR")
    pair.grant("--acts", "reserve", "--territory", "JP")

    world = pair.by_agent("reserve", "all", "--for", pair.ana, "--use", "train")
    there = pair.by_agent("reserve", "all", "--for", pair.ana, "--use", "train", "--territory", "FR")

    assert "It speaks for Ana in FR, JP alone, as far as her mandate." in world.err
    assert "alone" not in there.err
    assert "FR" not in there.err


def test_a_receipt_of_what_was_said_for_her_tells_that_she_took_it_back(pair: Pair) -> None:
    pair.grant("--acts", "reserve")
    entry = said_for_her(pair)
    kept = pair.stage.receipt(entry)
    pair.stage("withdraw", f"#{entry}")

    said = pair.stage("verify", kept, "--log", pair.stage.home / "log")

    assert "it was TAKEN BACK by the key " in said.out
    assert ", for whom it was said, as the log found, in entry " in said.out


def test_a_quote_of_the_agents_price_is_licensed_for_her(pair: Pair, tmp_path: Path) -> None:
    stage, against = pair.stage, ("--snapshot", tmp_path / "registry")
    pair.grant("--acts", "license")
    pair.by_agent("offer", "all", "--for", pair.ana, "--price", "12.00 EUR", "--use", "train.generative")
    stage("snapshot", "build", "-o", tmp_path / "registry")
    stage(
        "clear", stage.works, *against, "--use", "train.generative", "--profile", "consent", "--out", tmp_path / "out"
    )
    stage("quote", tmp_path / "out", *against)
    quote = tmp_path / "out" / "quote.json"

    sold = pair.by_agent("licence", "issue", quote, "--for", pair.ana, "--to", "2c" * 32)

    assert (sold.code, "for 2 of Ana's works" in sold.out) == (0, True)


def selling(pair: Pair, *words: object) -> Said:
    return pair.by_agent("licence", "issue", *words, "--to", "2c" * 32)


OFFER = ("--price", "12.00 EUR", "--use", "train.generative")


@pytest.fixture
def quote(pair: Pair, tmp_path: Path) -> Path:
    """What her works cost, by the agent's price."""
    stage, against = pair.stage, ("--snapshot", tmp_path / "registry")
    stage("snapshot", "build", "-o", tmp_path / "registry")
    use = ("--use", "train.generative", "--profile", "consent")
    stage("clear", stage.works, *against, *use, "--out", tmp_path / "out")
    stage("quote", tmp_path / "out", *against)
    return tmp_path / "out" / "quote.json"


def list_as_hers(pair: Pair, tmp_path: Path) -> None:
    sheet = tmp_path / "hers.csv"
    sheet.write_text(f"isbn;title;party;role;share\n9780306406157;Tale;{pair.ana};author;100\n")
    assert pair.stage("import", sheet).code == 0


@pytest.fixture
def offered(pair: Pair, tmp_path: Path) -> str:
    """The mandate by which the agent asks a price for her works and a number that her sheet lists."""
    list_as_hers(pair, tmp_path)
    mandate = pair.grant("--acts", "license")
    assert pair.by_agent("offer", "all", BOOK, "--for", pair.ana, *OFFER).code == 0
    return mandate


@pytest.mark.parametrize("over", [False, True], ids=["in-force", "revoked"])
def test_without_for_nobody_sells_what_is_hers(offered: str, pair: Pair, quote: Path, over: bool) -> None:
    if over:
        pair.stage("mandate", "revoke", offered)
    size = open_home(pair.stage.home).size

    whole, number = selling(pair, quote), selling(pair, BOOK)

    assert [each.code for each in (whole, number)] == [1, 1]
    assert f"is Ana's, not yours: a licence of it is given with --for {pair.ana[:12]}" in whole.err
    assert f"{BOOK} is Ana's, not yours" in number.err
    assert all(each.err.count("\n") == 1 and "(licence.not-yours)" in each.err for each in (whole, number))
    assert open_home(pair.stage.home).size == size


def test_with_for_nothing_is_sold_after_the_mandate(offered: str, pair: Pair) -> None:
    pair.stage("mandate", "revoke", offered)

    said = selling(pair, "all", "--for", pair.ana)

    assert (said.code, f"mandate {offered[:12]} is over (mandate.none)" in said.err) == (1, True)


def test_a_number_that_only_strangers_list_is_sold_as_before(pair: Pair, tmp_path: Path) -> None:
    list_as_hers(pair, tmp_path)
    pair.by_agent("offer", BOOK, *OFFER)

    assert selling(pair, BOOK).code == 0


def test_an_offer_is_no_wider_than_the_mandate(pair: Pair) -> None:
    pair.grant("--acts", "license", "--territory", "FR")

    wide = pair.by_agent("offer", "all", "--for", pair.ana, *OFFER)
    wider = pair.by_agent("offer", "all", "--for", pair.ana, *OFFER, "--territory", "FR,US")
    there = pair.by_agent("offer", "all", "--for", pair.ana, *OFFER, "--territory", "FR")

    assert [each.code for each in (wide, wider, there)] == [1, 1, 0]
    assert "your mandate is for FR alone: offer it there, with --territory FR (mandate.exceeds)" in wide.err
    assert "(mandate.exceeds)" in wider.err
    assert selling(pair, "all", "--for", pair.ana).code == 0


def test_a_licence_is_no_wider_than_the_mandate_that_is_left(offered: str, pair: Pair) -> None:
    pair.stage("mandate", "revoke", offered)
    narrower = pair.grant("--acts", "license", "--territory", "FR")

    said = selling(pair, "all", "--for", pair.ana)

    assert said.code == 1
    assert f"the whole world is wider than mandate {narrower[:12]}, which is for FR alone" in said.err
    assert said.err.endswith("(mandate.exceeds)\n")


def test_a_licence_ends_with_the_mandate_at_the_latest(pair: Pair) -> None:
    mandate = pair.grant("--acts", "license", "--until", "2098-12-31")
    pair.by_agent("offer", "all", "--for", pair.ana, *OFFER)

    ever, later, last = (
        selling(pair, "all", "--for", pair.ana, *words)
        for words in ((), ("--until", "2099-01-01"), ("--until", "2098-12-31"))
    )

    assert [each.code for each in (ever, later, last)] == [1, 1, 0]
    assert f"mandate {mandate[:12]} ends on 2098-12-31, before the licence would: give --until 2098-12-31" in ever.err
    assert "(mandate.exceeds)" in later.err


def test_her_offer_and_her_agents_later_one_both_stand_and_the_quote_names_both(pair: Pair, tmp_path: Path) -> None:
    pair.grant("--acts", "license")
    song = tmp_path / "data"
    song.mkdir()
    (song / "song.txt").write_bytes((pair.stage.works / "song.txt").read_bytes())
    pair.stage("offer", song, "--price", "12 EUR")
    pair.by_agent("offer", song, "--price", "30 EUR", "--for", pair.ana)
    pair.stage("snapshot", "build", "-o", tmp_path / "registry")
    known = ("--snapshot", tmp_path / "registry")
    pair.stage("clear", song, *known, "--use", "train", "--profile", "consent", "--out", tmp_path / "out")

    said = pair.stage("quote", tmp_path / "out", *known, "--json")

    told = json.loads((tmp_path / "out" / "quote.json").read_bytes())
    assert said.code == 0
    assert told["lines"] == []
    assert {(each["party"], each["why"]) for each in told["unquoted"]} == {
        (pair.ana, "quote.disputed"),
        (pair.his, "quote.disputed"),
    }
