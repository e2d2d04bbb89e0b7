"""`placet reserve`: what AI may do with these works, addresses and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from placet.app import Home
from placet.cli import asked
from placet.cli.claim import tell_overlaps
from placet.cli.keys import KEEP
from placet.cli.options import DryRun, For, HomeDir, Json, KeyFile, PassphraseFile, home_at, party_key
from placet.cli.reserved import Done, emit_all, sentence, tell
from placet.cli.talk import note, result, watched
from placet.core.authority import ACT_OF, Authority
from placet.core.host import host_of
from placet.core.offer import is_offer
from placet.core.stance import Stance, Voice
from placet.core.subject import Kind, Subject
from placet.desk.behalf import Behalf, Word, speak_for
from placet.desk.identifying import speaker_of
from placet.errors import NotFound, Refused, WrongUsage
from placet.fingerprints.image_embedding import open_model
from placet.log.sequencer import Submission
from placet.registry.compose import Wish
from placet.registry.phrases import entries_phrase
from placet.registry.receipts import refuse_full
from placet.registry.reserve import Choice, NothingYet, Order
from placet.registry.reserve import reserve as reserve_all
from placet.signing.keys import Key, Role

__all__ = ["Said", "reserve", "speak"]

_MINE = ("likeness:me/", "repertoire:me")


class StanceWord(StrEnum):
    ALLOW = "allow"
    LICENSE = "license"
    RESERVE = "reserve"


def reserve(
    what: Annotated[
        list[str], typer.Argument(metavar="WHAT...", help="Files, folders, https://..., isbn:..., isrc:...")
    ],
    use: Annotated[str, typer.Option(metavar="USES", help="Which uses, by comma; `ai` is every use by AI.")] = "ai",
    stance: Annotated[StanceWord, typer.Option(help="No, only with a licence, or yes.")] = StanceWord.RESERVE,
    until: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The last day it holds (UTC).")] = "",
    since: Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD", help="The first day it holds (UTC).")] = "",
    territory: Annotated[str, typer.Option(metavar="FR,EU", help="Only there.")] = "",
    agent: Annotated[str, typer.Option(metavar="NAME", help="Only to this user agent.")] = "",
    terms: Annotated[str, typer.Option(metavar="TEXT|@FILE", help="Your terms, published with it.")] = "",
    right: Annotated[str, typer.Option(metavar="RIGHT", help="In this right alone, e.g. recording.")] = "author",
    whom: For = "",
    show_titles: Annotated[bool, typer.Option("--show-titles", help="Publish the names of the files.")] = False,
    thumbnail: Annotated[bool, typer.Option("--thumbnail", help="Publish a picture of 256 pixels.")] = False,
    local_features: Annotated[
        bool,
        typer.Option(
            "--local-features",
            help="Publish 64 corners a picture, so that crops, collages and turned copies are found; who holds them can"
            " sketch its outlines.",
        ),
    ] = False,
    crop_hashes: Annotated[
        bool, typer.Option("--crop-hashes", help="Publish the hashes of 18 windows of each picture too.")
    ] = False,
    embedding_model: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Publish each picture's vector by this ONNX model; from a vector one can guess what a picture shows.",
        ),
    ] = None,
    receipts: Annotated[Path | None, typer.Option(metavar="DIR", help="Put the receipts here.")] = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Say what AI may do with your works: without options, nothing.

    Only digests and fingerprints of a work are registered; the files stay where they are.
    """
    place = home_at(home, passphrase_file)
    wish = Wish(
        uses=asked.uses(use),
        stance=Stance[stance.name],
        start=asked.day(since, "--from") or place.now(),
        until=asked.day(until, "--until", after=True),
        territory=asked.territory(territory),
        agent=agent,
        right=asked.right(right),
        terms=asked.terms(terms),
    )
    choice = Choice(
        show_titles=show_titles,
        thumbnails=thumbnail,
        local=local_features,
        crops=crop_hashes,
        model=open_model(embedding_model.absolute()) if embedding_model else None,
    )
    return speak(place, Said(what=what, wish=wish, choice=choice, key=key, receipts=receipts, whom=whom), dry_run, json)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A wish about these words on the command line, by the key in this file, for whom; receipts into that folder."""

    what: list[str]
    wish: Wish
    choice: Choice
    key: Path | None
    receipts: Path | None
    whom: str = ""


def speak(place: Home, said: Said, dry_run: bool, json: bool) -> int:
    """Say a wish, tell what came of it, and return the exit code."""
    _refuse_past(said.wish, place.now())
    if said.receipts:
        refuse_full(said.receipts)
    behalf = _behalf(place, said) if said.whom else None
    things = asked.Asked(list(behalf.subjects)) if behalf else asked.gather_all(_own(said, place, dry_run=dry_run))
    if not things.files and not things.subjects:
        raise Refused(f"there is nothing to register: {things.left_out[0] if things.left_out else 'no file in there'}")
    speaker = party_key(place, said.key)
    order = Order(
        files=watched(things.files, "Describing"),
        subjects=things.subjects,
        wish=said.wish,
        choice=said.choice,
        speaker=speaker_of(place, speaker),
    )
    done = replace(_look(place, order) if dry_run else _do(place, order, said.key, said.receipts), behalf=behalf)
    emit_all(done) if json else result(sentence(done))
    if speaker is None and done.folder:
        note(f"Your key was made: {place.key_path(Role.PARTY)}")
        note(KEEP)
    tell(done, things.left_out)
    if done.folder and done.report.new:
        tell_overlaps(place)
    if done.folder and said.wish.stance is Stance.ALLOW and not behalf:
        _tell_step(place, said.key, things.subjects)
    if done.folder and said.wish.stance is not Stance.ALLOW and not behalf:
        _tell_wide(place, said.key, things.subjects)
    if speaker and not done.folder and place.begun:
        _remind(place, speaker)
    return 2 if done.report.unread else 0


def _tell_step(place: Home, file: Path | None, subjects: Sequence[Subject]) -> None:
    """A yes of which nobody knows who says it, or whose the address is, is kept, and opens nothing."""
    authority, now = Authority.of(place.registry.acts()), place.now()
    key = place.key(Role.PARTY, file).public.hex()
    if authority.voice(key, now) >= Voice.VERIFIED:
        hosts = sorted({host for each in subjects if (host := host_of(each))})
        for host in (host for host in hosts if not authority.controls(authority.party_of(key), host, now)):
            note(f"Your yes to {host} opens nothing until it is shown to be yours: placet identity domain {host}")
    else:
        note(
            "Your yes opens nothing yet: it is not known who you are, and anybody could say yes to what is not theirs."
        )
        note("Show it once with `placet identity domain`, or through your union; the yes need not be said again.")


def _tell_wide(place: Home, file: Path | None, subjects: Sequence[Subject]) -> None:
    """A no to what is not there yet, or is a whole domain, counts from who was checked (house.md, rule 3)."""
    wide = sorted({str(each.kind) for each in subjects if each.kind in (Kind.REPERTOIRE, Kind.DOMAIN, Kind.PATTERN)})
    authority, key = Authority.of(place.registry.acts()), place.key(Role.PARTY, file).public.hex()
    if wide and authority.voice(key, place.now()) < Voice.VERIFIED:
        note(f"Your no to a {' or '.join(wide)} is told and decides nothing yet: it is not known who you are.")
        note("Show it once with `placet identity domain`, or through your union. A no to one work counts at once.")


def _behalf(place: Home, said: Said) -> Behalf:
    key = party_key(place, said.key)
    if key is None or not place.begun:
        raise NotFound(f"nothing was said from {place.path} yet: a mandate is given to a key that is in the record")
    word = Word(act=ACT_OF[said.wish.stance], right=said.wish.right, territory=said.wish.territory)
    behalf = speak_for(place, speaker_of(place, key), said.whom, said.what, word)
    if behalf.where and is_offer(said.wish.terms.encode()):
        where = ", ".join(behalf.where)
        raise Refused(f"your mandate is for {where} alone: offer it there, with --territory {where} (mandate.exceeds)")
    return behalf


def _own(said: Said, place: Home, *, dry_run: bool) -> list[str]:
    """`likeness:me/voice` and `repertoire:me` name whose key speaks, which is made on first use."""
    if not any(word.startswith(_MINE) for word in said.what):
        return said.what
    key = party_key(place, said.key) if dry_run else place.key(Role.PARTY, said.key)
    if key is None:
        raise NotFound("you have no key yet, by which “me” would be named: leave --dry-run out, and it is made")
    mine = f":{speaker_of(place, key).party}"
    return [word.replace(":me", mine, 1) if word.startswith(_MINE) else word for word in said.what]


def _remind(home: Home, key: Key) -> None:
    """Nothing new was said: perhaps since something came between the first time and its receipt."""
    from placet.desk.receipting import find

    if missing := find(home, key, every=False).entries:
        indexes = [index for index, _ in missing]
        note(f"No receipt of {entries_phrase(indexes)} lies in {home.path / 'receipts'}.")
        note("If you have none elsewhere either, `placet receipts` writes it.")


def _refuse_past(wish: Wish, now: int) -> None:
    if wish.until and wish.until <= max(wish.start, now):
        raise WrongUsage("--until is over before it begins: give a later day")


def _look(home: Home, order: Order) -> Done:
    register = home.registry if home.begun else NothingYet()
    report = reserve_all(order, register, home.random, None, lambda _, __: None)
    return Done(wish=order.wish, report=report, dry_run=True)


def _do(home: Home, order: Order, key_file: Path | None, chosen: Path | None) -> Done:
    key = home.key(Role.PARTY, key_file)
    receipts = home.receipts(chosen)

    def keep(submission: Submission, indexes: list[int]) -> None:
        receipts.add(home.written(submission, indexes), submission.blobs)

    report = reserve_all(order, home.registry, home.random, partial(home.submit, key), keep)
    if receipts.folder:
        receipts.close(report.rows, report.openings, key.name)
    return Done(wish=order.wish, report=report, log=home.log.origin, folder=receipts.folder)
