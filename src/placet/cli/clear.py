"""`placet clear`: which rows of a dataset may be used, and why."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from placet.cli.asked import agent_token, moment, one_territory, public_key
from placet.cli.options import HomeDir, Json, home_at
from placet.cli.snapshot import Trust
from placet.cli.talk import emit, note, result
from placet.core.decision import Outcome
from placet.core.profile import NOT_ADVICE, PROFILES, Profile
from placet.core.reasons import LANGUAGES
from placet.core.stance import Voice
from placet.core.use import SENTENCES, Use, parse_uses
from placet.errors import WrongUsage
from placet.registry.phrases import count

if TYPE_CHECKING:
    from placet.desk.clearing import Cleared, Request

__all__ = ["WORDS", "clear", "told", "watched_run"]

ALL = "all"
WORDS = {
    Outcome.RESERVED: "a maker, a site or the file itself said no",
    Outcome.LICENCE: "a maker, a site or the file itself asks for a licence first",
    Outcome.UNCLEAR: "could not be judged, so not cleared",
    Outcome.CLEARED: "may be used",
    Outcome.SILENT: "nobody spoke whose word counts, and here silence is no",
    Outcome.UNSETTLED: "nobody spoke whose word counts, and here silence settles nothing",
}


def clear(
    dataset: Annotated[
        str, typer.Argument(help="A folder, .tar, Parquet, Arrow, JSON lines, WARC or WET; or s3://... and its like.")
    ],
    use: Annotated[str, typer.Option(metavar="USE", help="What you mean to do, e.g. train.generative.")],
    out: Annotated[Path, typer.Option(metavar="OUT", help="A new folder for decisions, report, certificate.")],
    profile: Annotated[str, typer.Option(metavar="NAME", help="What silence means; leave it out to list them.")] = "",
    snapshot: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The registry to clear against; without one, signals alone.")
    ] = None,
    observations: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="What sites were seen to say: signed files, or a folder of them."),
    ] = None,
    observer: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="Believe observations signed by this public key too.")
    ] = None,
    agent: Annotated[str, typer.Option(metavar="TOKEN", help="Who trains, as robots.txt knows you, e.g. GPTBot.")] = "",
    at: Annotated[str, typer.Option(metavar="TIME", help="Judge as of then: 2026-11-22 or an ISO 8601 time.")] = "",
    territory: Annotated[str, typer.Option(metavar="CODE", help="Where it will be used, e.g. FR or EU.")] = "",
    effort: Annotated[
        str, typer.Option(metavar="fast|exact|thorough", help="How hard to look; thorough finds parts of pictures.")
    ] = "fast",
    embedding_model: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With thorough: an ONNX model; what it finds alike is looked at or unclear."),
    ] = None,
    emit_as: Annotated[
        str, typer.Option("--emit", metavar="WHAT", help="decisions, list, skip-index or dataset.")
    ] = "decisions",
    min_voice: Annotated[
        str, typer.Option("--min-voice", metavar="VOICE", help="The least voice that decides: claimed or above.")
    ] = "claimed",
    drop_generated: Annotated[
        bool, typer.Option("--drop-generated", help="Hand on nothing that says a model made it, wholly or in part.")
    ] = False,
    registry_only: Annotated[
        bool, typer.Option("--registry-only", help="Hear no signals: neither sites, lists nor the rows themselves.")
    ] = False,
    licence: Annotated[
        list[Path] | None, typer.Option("--licence", metavar="FILE", help="A licence you hold; may be repeated.")
    ] = None,
    holder: Annotated[
        Path | None, typer.Option(metavar="KEY", help="The key file that your licences were given to.")
    ] = None,
    model: Annotated[str, typer.Option(metavar="NAME", help="The model version, for licences that name one.")] = "",
    originals: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Registered pictures kept here, to show in the report.")
    ] = None,
    control: Annotated[
        int, typer.Option(metavar="N", min=0, help="Rows and works to measure errors by; 0 measures nothing.")
    ] = 64,
    background: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Files that are certainly nobody's, to count false matches in.")
    ] = None,
    known_answers: Annotated[
        Path | None, typer.Option("--known", metavar="DIR", help="Registered originals, to plant and find again.")
    ] = None,
    trust: Trust = None,
    max_age: Annotated[int, typer.Option(metavar="DAYS", min=0, help="Refuse an older snapshot.")] = 30,
    no_fingerprints: Annotated[
        bool, typer.Option("--no-fingerprints", help="Leave none: a newer snapshot will need the media again.")
    ] = False,
    lang: Annotated[str, typer.Option(metavar="LANG", help="The report's language: en or fr.")] = "en",
    workers: Annotated[int, typer.Option(metavar="N", min=0, help="Processes; all cores by default.")] = 0,
    engine: Annotated[
        str, typer.Option(metavar="pool|ray", help="Who runs them: this machine's processes, or Ray.")
    ] = "pool",
    address: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="The Ray cluster to run on; one of its own by default.")
    ] = "",
    home: HomeDir = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, and write nothing.")] = False,
    json: Json = False,
) -> int:
    """Judge every row of a dataset by all that is said about it, offline: nothing leaves this machine.

    The registry speaks, if you name a snapshot; so do saved observations of sites, imported lists, the metadata of
    the files, and columns such as x_robots_tag.
    """
    from placet.desk.clearing import EMITS, Request, look_ahead
    from placet.desk.clearing import clear as run
    from placet.fetch.remote import is_remote
    from placet.snapshot.match import EFFORTS

    profiles = _profiles(profile)
    uses = _only_use(use)
    for option, value, known in (("--effort", effort, EFFORTS), ("--emit", emit_as, EMITS)):
        if value not in known:
            raise WrongUsage(f"{option} {value}: choose one of {', '.join(known)}")
    if lang not in LANGUAGES:
        raise WrongUsage(f"--lang {lang}: choose one of {', '.join(LANGUAGES)}")
    if emit_as != "decisions" and len(profiles) > 1:
        raise WrongUsage(f"--emit {emit_as} needs one profile: what may be used differs from one to the next")
    request = Request(
        dataset=Path(dataset),
        place=dataset if is_remote(dataset) else "",
        snapshot=snapshot,
        out=out,
        use=uses,
        profiles=profiles,
        at=moment(at, "--at") if at else None,
        territory=one_territory(territory),
        effort=effort,
        embedding=embedding_model,
        emit=emit_as,
        trust=trust,
        max_age=max_age,
        originals=originals,
        observations=tuple(observations or ()),
        observers=tuple(public_key(key, "--observer") for key in observer or ()),
        agent=agent_token(agent),
        drop_generated=drop_generated,
        registry_only=registry_only,
        licences=tuple(licence or ()),
        holder=holder,
        model=model or None,
        min_voice=_voice(min_voice),
        control=control,
        background=background,
        known=known_answers,
        prints=not no_fingerprints,
        language=lang,
        workers=workers,
        engine=engine,
        address=address,
    )
    place, goes_on = home_at(home), (out / "plan.json").exists()
    if dry_run:
        return _look_ahead(look_ahead(place, request), request)
    return told(watched_run(lambda progress: run(place, request, progress)), out, goes_on=goes_on, json=json)


def told(cleared: Cleared, out: Path, *, goes_on: bool, json: bool) -> int:
    """Say what came of a run, and return how the command ends."""
    from placet.cli.control import told_control

    (_emit if json else _tell)(cleared, out)
    if goes_on:
        note(f"{out} held this run already: it was gone on with, and judges as of {_when(cleared.plan.ask.at)}.")
    _tell_problems(out, cleared)
    if cleared.plan.snapshot:
        for said in told_control(cleared.measured, cleared.plan.ask.min_voice.name.lower(), cleared.totals.tallies):
            note(said)
    for sentence in (*cleared.idle, *_unsought(cleared)):
        note(sentence)
    return 2 if any(counts.get(Outcome.UNCLEAR.value) for counts in cleared.totals.counts.values()) else 0


def _profiles(name: str) -> tuple[Profile, ...]:
    if name == ALL:
        return tuple(PROFILES.values())
    if name in PROFILES:
        return (PROFILES[name],)
    lines = [f"  --profile {each.name:13} {each.sentence} ({each.source})" for each in PROFILES.values()]
    lines.append(f"  --profile {ALL:13} One column for each of them.")
    head = f"there is no profile {name!r}." if name else "choose what silence means; it is never assumed for you."
    raise WrongUsage("\n".join([head, *lines, f"  {NOT_ADVICE}"]))


def _only_use(words: str) -> Use:
    try:
        (use,) = parse_uses(words)
    except ValueError as error:
        why = str(error) if "no use called" in str(error) else f"name one use, such as {Use.TRAIN_GENERATIVE}"
        raise WrongUsage(f"--use {words}: {why}") from error
    return use


def _unsought(cleared: Cleared) -> list[str]:
    """What the effort that was asked could not look for."""
    from placet.clearance import resemblance, thorough

    plan = cleared.plan
    said = thorough.told(plan.ask.effort, cleared.library), resemblance.told(plan.rules.get("embedding", ""))
    return [each for each in said if each]


def _voice(name: str) -> Voice:
    known = {voice.name.lower(): voice for voice in Voice if voice >= Voice.CLAIMED}
    if name not in known:
        told = "; ".join(f"{each} ({voice.words})" for each, voice in known.items())
        raise WrongUsage(f"--min-voice {name}: choose one of {told}")
    return known[name]


def _when(seconds: int) -> str:
    from placet.app import today

    return today(seconds)


def watched_run(run: Callable[[Callable[[int, int], None]], Cleared]) -> Cleared:
    if not sys.stderr.isatty():
        return run(lambda _, __: None)
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("clearing", total=None)
        return run(lambda done, total: bar.update(task, completed=done, total=total))


def _tell(cleared: Cleared, out: Path) -> None:
    ask = cleared.plan.ask
    rows = count(cleared.totals.rows, "row")
    sent = f"read from {url}" if (url := cleared.plan.place.get("url")) else "0 bytes sent"
    result(f"{cleared.plan.dataset}: {rows} judged for {SENTENCES[ask.use]} in {cleared.seconds:.1f} s, {sent}.")
    if len(ask.profiles) > 1:
        _tell_all(cleared)
    else:
        result(f"Under {ask.profiles[0].name} ({ask.profiles[0].sentence})")
        for outcome, words in WORDS.items():
            if number := cleared.count(outcome):
                result(f"  {number:>8,} {outcome.value:10} {words}")
    if unseen := cleared.totals.tallies.get("unseen:address-only"):
        hold = "holds" if unseen == 1 else "hold"
        note(f"{count(unseen, 'row')} {hold} an address and no picture: only address, digest and words were judged.")
    if not cleared.plan.snapshot:
        note("No registry was consulted: only sites, files and the dataset's own columns could speak.")
    if kept_back := sum(rows for name, rows in cleared.totals.tallies.items() if name.startswith("dropped:")):
        note(f"{count(kept_back, 'row')} left out by --drop-generated: by their own word a model made them.")
    if (credits := out / "CREDITS.txt").exists():
        note(f"Credits owed for what may be used: {credits}")
    note(f"Report: {out / 'report.html'}")
    note(f"Certificate: {out / 'clearance.json'}, signed by key {cleared.signer}")


def _tell_all(cleared: Cleared) -> None:
    result(f"  {'':13}" + "".join(f"{outcome.value:>10}" for outcome in WORDS))
    for profile in cleared.plan.ask.profiles:
        counts = cleared.totals.counts[profile.name]
        result(f"  {profile.name:13}" + "".join(f"{counts.get(outcome.value, 0):>10,}" for outcome in WORDS))


def _tell_problems(out: Path, cleared: Cleared) -> None:
    from itertools import islice
    from json import loads

    found = sum(rows for name, rows in cleared.totals.tallies.items() if name.startswith("problem:"))
    if not found:
        return
    note(f"{count(found, 'problem')} kept rows from being judged in full:")
    with (out / "problems.jsonl").open(encoding="utf-8") as lines:
        for told in map(loads, islice(lines, 5)):
            note(f"  {told['why']}" + (f" ({count(told['rows'], 'row')})" if told["rows"] > 1 else ""))
            found -= told["rows"]
    if found > 0:
        note(f"  and {found:,} more, all in {out / 'problems.jsonl'}")


def _emit(cleared: Cleared, out: Path) -> None:
    from placet.cli.control import rows_of

    shown: dict[str, Any] = {
        "schema": "placet.clear/1",
        "dataset": cleared.plan.dataset,
        "rows": cleared.totals.rows,
        "counts": {name: dict(rows) for name, rows in cleared.totals.counts.items()},
        "out": str(out),
        "signer": cleared.signer,
        "disputed": rows_of(cleared.totals.tallies, "disputed:"),
        "changed_by_voice": rows_of(cleared.totals.tallies, "voice:"),
        "control": cleared.measured.to_json(),
    }
    emit(shown)


def _look_ahead(units: int, request: Request) -> int:
    said = "The snapshot is trusted" if request.snapshot else "No registry would be consulted"
    note(f"{said} and {count(units, 'unit')} would be read. Nothing was written.")
    return 0
