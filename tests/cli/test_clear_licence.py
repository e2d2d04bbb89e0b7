"""`clear --licence`: what a licence lifts when its licensor changed keys, acts for somebody, or lost the key."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from placet.app import Home, open_home
from placet.core.authority import DAY, Authority
from placet.core.money import parse_money
from placet.core.offer import Offer, Unit
from placet.core.stance import Stance
from placet.core.subject import Subject
from placet.core.use import Use
from placet.desk.granting import Grant, give
from placet.desk.licensed import given_at, weigh_licence
from placet.licensing.document import parse_file
from placet.registry.compose import NewMandate, Wish
from placet.signing.keys import Key, Role, read_key
from tests.cli.stage import Said, Stage

USES = (Use.TRAIN_GENERATIVE,)
OFFER = Offer(uses=USES, unit=Unit.WORK, price=parse_money("12.00 EUR"))


@pytest.fixture
def shop(stage: Stage, tmp_path: Path) -> Stage:
    """Two works that are licensed at a price, a buyer's key, and an agent's."""
    stage("keys", "new", "--role", "clear", "--out", tmp_path / "lab.pem")
    stage("keys", "new", "--out", tmp_path / "agent.pem")
    stage("offer", stage.works, "--price", "12.00 EUR", "--use", "train.generative")
    return stage


def home_of(stage: Stage) -> Home:
    return open_home(stage.home)


def public(path: Path) -> str:
    return read_key(path, None).public.hex()


def works_of(home: Home) -> list[Subject]:
    return [work.subject for work in home.registry.works_like("id", "")]


def buy(stage: Stage, folder: Path) -> Path:
    stage("licence", "issue", "all", "--to", public(folder / "lab.pem"), "-o", folder / "a.licence")
    return folder / "a.licence"


def by_agent(stage: Stage, folder: Path, acts: tuple[str, ...], **more: object) -> Path:
    """Her agent licenses both works at its own price, under a mandate that it accepted."""
    home, agent = home_of(stage), read_key(folder / "agent.pem", None)
    hers = home.key(Role.PARTY)
    home.submit(agent, lambda composer: None)
    start = home.now()
    mandate = NewMandate(to=agent.public.hex(), acts=acts, start=start, **more)
    granted = home.submit(hers, lambda composer: composer.grant(mandate))[0].entries[-1].id
    home.submit(agent, lambda composer: composer.accept(granted))
    works = works_of(home)
    wish = Wish(uses=USES, stance=Stance.LICENSE, start=start, terms=OFFER.data().decode())
    home.submit(agent, lambda composer: composer.declare(works, wish))
    return licensed(home, agent, works, public(folder / "lab.pem"))


def licensed(home: Home, key: Key, works: list[Subject], holder: str) -> Path:
    return give(home, key, Grant(works=works, holder=holder, uses=USES, offer=OFFER)).path


def clear(stage: Stage, folder: Path, *licences: Path, holder: Path | None = None) -> Said:
    stage("snapshot", "build", "-o", folder / "registry")
    named = [word for path in licences for word in ("--licence", path)]
    asked = ("--use", "train.generative", "--profile", "consent", "--snapshot", folder / "registry")
    return stage(
        "clear", stage.works, *asked, *named, "--holder", holder or folder / "lab.pem", "--out", folder / "out"
    )


def outcomes(folder: Path) -> list[str]:
    return pq.read_table(folder / "out" / "decisions.parquet").column("outcome").to_pylist()


def test_a_licence_of_the_older_key_lifts_what_the_newer_one_asks(shop: Stage, tmp_path: Path) -> None:
    licence = buy(shop, tmp_path)
    shop("keys", "rotate")
    shop("offer", shop.works, "--price", "15.00 EUR", "--use", "train.generative")

    clear(shop, tmp_path, licence)

    assert outcomes(tmp_path) == ["cleared", "cleared"]


def test_a_licence_of_the_newer_key_lifts_what_the_older_one_asked(shop: Stage, tmp_path: Path) -> None:
    shop("keys", "rotate")

    clear(shop, tmp_path, buy(shop, tmp_path))

    assert outcomes(tmp_path) == ["cleared", "cleared"]


def test_a_licence_that_the_newer_key_took_back_lifts_nothing(shop: Stage, tmp_path: Path) -> None:
    licence = buy(shop, tmp_path)
    shop("keys", "rotate")
    (row,) = map(json.loads, shop("licence", "list", "--json").out.splitlines())
    shop("licence", "revoke", row["id"])

    said = clear(shop, tmp_path, licence)

    assert outcomes(tmp_path) == ["licence", "licence"]
    assert "it was taken back (licence.revoked)" in " ".join(said.err.split())


def test_a_buyer_who_changed_keys_holds_what_she_bought(shop: Stage, tmp_path: Path) -> None:
    buyer = tmp_path / "buyer"
    shop("keys", "new", "--home", buyer)
    key = read_key(buyer / "keys" / "party.pem", None)
    home = home_of(shop)
    new = home.new_key(Role.PARTY, "", None, tmp_path / "new.pem")
    home.submit(key, lambda composer: composer.rotate(new))
    shop("licence", "issue", "all", "--to", key.public.hex(), "-o", tmp_path / "a.licence")

    clear(shop, tmp_path, tmp_path / "a.licence", holder=tmp_path / "new.pem")
    old = clear(shop, tmp_path / "old", tmp_path / "a.licence", holder=buyer / "keys" / "party.pem")

    assert outcomes(tmp_path) == ["cleared", "cleared"]
    assert old.code == 1
    assert "was handed on or revoked: give the key that came after it with --holder (key.ended)" in old.err


def test_an_agents_licence_within_its_mandate_lifts_what_she_asks(shop: Stage, tmp_path: Path) -> None:
    licence = by_agent(shop, tmp_path, ("reserve", "license"))

    clear(shop, tmp_path, licence)

    assert outcomes(tmp_path) == ["cleared", "cleared"]


@pytest.mark.parametrize(
    "more", [{"territory": ("FR",)}, {"rights": ("recording",)}, {"scope": "first"}], ids=["place", "right", "scope"]
)
def test_an_agents_licence_beyond_its_mandate_lifts_nothing_of_hers(
    shop: Stage, tmp_path: Path, more: dict[str, object]
) -> None:
    home, agent = home_of(shop), read_key(tmp_path / "agent.pem", None)
    hers, works, start = home.key(Role.PARTY), works_of(home), home.now()
    more = {"scope": tuple(works[:1])} if "scope" in more else more
    home.submit(agent, lambda composer: None)
    for each in (
        NewMandate(to=agent.public.hex(), acts=("license",), start=start, **more),
        NewMandate(to=agent.public.hex(), acts=("allow",), start=start),
    ):
        granted = home.submit(hers, lambda composer, each=each: composer.grant(each))[0].entries[-1].id
        home.submit(agent, lambda composer, granted=granted: composer.accept(granted))
    home.submit(agent, lambda composer: composer.declare(works, Wish(uses=USES, stance=Stance.ALLOW, start=start)))

    clear(shop, tmp_path, licensed(home, agent, works, public(tmp_path / "lab.pem")))

    assert outcomes(tmp_path) == ["licence", "licence"]


def test_an_agents_licence_for_one_right_lifts_what_she_asks_in_that_right(shop: Stage, tmp_path: Path) -> None:
    licence = by_agent(shop, tmp_path, ("license",), rights=("author",))

    clear(shop, tmp_path, licence)

    assert outcomes(tmp_path) == ["cleared", "cleared"]


def test_an_agents_licence_given_after_the_mandate_was_ended_lifts_nothing(shop: Stage, tmp_path: Path) -> None:
    by_agent(shop, tmp_path, ("license",))
    (mandate,) = (json.loads(line)["id"] for line in shop("mandate", "list", "--json").out.splitlines())
    shop("mandate", "revoke", mandate)
    home = home_of(shop)
    late = licensed(home, read_key(tmp_path / "agent.pem", None), works_of(home), public(tmp_path / "lab.pem"))

    clear(shop, tmp_path, late)

    assert outcomes(tmp_path) == ["licence", "licence"]


def test_what_a_lost_key_gave_lifts_nothing_and_is_told(shop: Stage, tmp_path: Path) -> None:
    licence = buy(shop, tmp_path)
    lost = public(shop.home / "keys" / "party.pem")
    shop("keys", "rotate")
    shop("keys", "revoke", "--which", lost, "--why", "stolen", "--since", "2020-01-01")
    shop("offer", shop.works, "--price", "15.00 EUR", "--use", "train.generative")

    said = clear(shop, tmp_path, licence)

    assert outcomes(tmp_path) == ["licence", "licence"]
    assert "the key that gave it was lost by then (licence.lost)" in " ".join(said.err.split())


def test_a_licence_that_a_key_signs_after_it_handed_on_lifts_nothing(shop: Stage, tmp_path: Path) -> None:
    elsewhere = tmp_path / "thief"
    thief = read_key(shop.home / "keys" / "party.pem", None)
    shop("keys", "rotate")
    away = open_home(elsewhere)
    for path in sorted(shop.works.iterdir()):
        shop("offer", path, "--price", "12.00 EUR", "--home", elsewhere, "--key", shop.home / "keys" / "party-1.pem")
    forged = licensed(away, thief, works_of(away), public(tmp_path / "lab.pem"))

    said = clear(shop, tmp_path, forged)

    assert outcomes(tmp_path) == ["licence", "licence"]
    assert "the log does not hold that it was given (licence.unlogged)" in " ".join(said.err.split())


def test_an_agents_licence_ends_with_its_mandate_whatever_end_it_bears(shop: Stage, tmp_path: Path) -> None:
    """Taken back early the mandate ends no licence; and no licence lasts longer than it was given for."""
    path = by_agent(shop, tmp_path, ("license",), until=home_of(shop).now() + 90 * DAY)
    (mandate,) = (json.loads(line)["id"] for line in shop("mandate", "list", "--json").out.splitlines())
    shop("mandate", "revoke", mandate)
    home, file = home_of(shop), parse_file(path.read_bytes())
    authority, giving = Authority.of(home.registry.acts()), given_at(home.log_files.folder, [file])

    held = weigh_licence(file, giving[file.agreement.id], authority)
    late = weigh_licence(file, replace(giving[file.agreement.id], at=home.now() + 91 * DAY), authority)

    assert file.agreement.until == 0
    assert held.behalf == (home.key(Role.PARTY).public.hex(),)
    assert 89 * DAY < held.interval.until - file.agreement.issued_at <= 90 * DAY
    assert late.behalf == ()
