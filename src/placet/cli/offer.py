"""`placet offer`: at what price, for what, and on which conditions."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from placet.cli import asked
from placet.cli.options import DryRun, For, HomeDir, Json, KeyFile, PassphraseFile, home_at
from placet.cli.reserve import Said, speak
from placet.core.money import parse_money
from placet.core.offer import Offer, Report, Step, Unit
from placet.core.stance import Stance
from placet.errors import BadInput, WrongUsage
from placet.registry.compose import Wish
from placet.registry.reserve import Choice

__all__ = ["offer"]


class Per(StrEnum):
    WORK = "work"
    MODEL = "work-model"
    REPERTOIRE = "repertoire"


def offer(
    what: Annotated[
        list[str], typer.Argument(metavar="WHAT...", help="Files, folders, https://..., isbn:..., isrc:...")
    ],
    price: Annotated[str, typer.Option(metavar='"12.00 EUR"', help="What a licence costs.")] = "",
    per: Annotated[Per, typer.Option(help="Each work; each work and model version; all your works.")] = Per.WORK,
    share: Annotated[str, typer.Option(metavar="5%|1/20", help="A share of the revenue, in place of a price.")] = "",
    bulk: Annotated[
        list[str] | None, typer.Option(metavar='"100:9.00 EUR"', help="From 100 works on, each for less.")
    ] = None,
    use: Annotated[str, typer.Option(help="Which uses, by comma; `ai` is every use by AI.")] = "ai",
    until: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The last day it holds (UTC).")] = "",
    since: Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD", help="The first day it holds (UTC).")] = "",
    territory: Annotated[str, typer.Option(metavar="FR,EU", help="Only there.")] = "",
    credit: Annotated[str, typer.Option(metavar="LINE", help="The line that must name you.")] = "",
    report: Annotated[Report, typer.Option(help="How often a licensee reports the use.")] = Report.NEVER,
    contact: Annotated[str, typer.Option(metavar="LINE", help="Where to reach you; published.")] = "",
    whom: For = "",
    show_titles: Annotated[bool, typer.Option("--show-titles", help="Publish the names of the files.")] = False,
    thumbnail: Annotated[bool, typer.Option("--thumbnail", help="Publish a picture of 256 pixels.")] = False,
    receipts: Annotated[Path | None, typer.Option(metavar="DIR", help="Put the receipts here.")] = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Ask for a licence at a price: who clears a dataset with your works in it is quoted this.

    A newer offer replaces an older one; `placet reserve` takes it back. Licences that you gave stay as you gave them.
    """
    place = home_at(home, passphrase_file)
    start, end = asked.day(since, "--from"), asked.day(until, "--until", after=True)
    uses, where = asked.uses(use), asked.territory(territory)
    if bool(price) == bool(share):
        raise WrongUsage('say what it costs: --price "12.00 EUR", or --share 5% of the revenue (offer.terms)')
    try:
        made = Offer(
            uses=uses,
            unit=Unit.REVENUE if share else Unit(per.value),
            price=parse_money(price) if price else None,
            rate=asked.fraction(share, "--share") if share else None,
            bulk=tuple(_step(words, price) for words in bulk or ()),
            territory=where,
            start=start,
            until=end,
            credit=credit,
            report=report,
            contact=contact,
        )
    except BadInput as error:
        raise WrongUsage(str(error)) from error
    wish = Wish(
        uses=uses,
        stance=Stance.LICENSE,
        start=start or place.now(),
        until=end,
        territory=where,
        terms=made.data().decode(),
    )
    choice = Choice(show_titles=show_titles, thumbnails=thumbnail)
    return speak(place, Said(what=what, wish=wish, choice=choice, key=key, receipts=receipts, whom=whom), dry_run, json)


def _step(words: str, price: str) -> Step:
    """`100:9.00 EUR`, in the currency of the price."""
    least, colon, each = words.partition(":")
    if not colon or not least.isdecimal() or not price:
        raise WrongUsage(f"--bulk {words}: write it like 100:9.00 EUR, beside a --price")
    money = parse_money(each)
    if money.currency != parse_money(price).currency:
        raise WrongUsage(f"--bulk {words}: it is in another currency than the price")
    return Step(least=int(least), amount=money.amount)
