"""The main job, start to finish, in a throw-away home: `python3 dev.py demo [FOLDER]`.

With a folder, its pictures and texts take the place of the story's: a crawler takes them, and they are found.
Everything goes through the same functions as the command line.
"""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
import textwrap
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import pyarrow.parquet as pq  # noqa: E402

from examples.story.cast import CAST, lay_out, strangers  # noqa: E402
from examples.story.crawl import Truth, make_crawl  # noqa: E402
from examples.story.market import PRICE, pay, quoted, sell  # noqa: E402
from examples.story.operator import broken, forge  # noqa: E402
from examples.story.photographs import photographs  # noqa: E402
from placet.app import Home  # noqa: E402
from placet.cli import main as placet  # noqa: E402
from placet.core import PROFILES, Outcome, Stance, Use  # noqa: E402
from placet.desk.clearing import Cleared, Request, clear  # noqa: E402
from placet.desk.lookups import look_up  # noqa: E402
from placet.desk.snapshots import publish_snapshot  # noqa: E402
from placet.errors import BadMedia, PlacetError  # noqa: E402
from placet.fingerprints.decode import read_luma  # noqa: E402
from placet.signing.keys import read_key  # noqa: E402

WORDS = {Stance.RESERVE: "no", Stance.LICENSE: "at a price", Stance.ALLOW: "yes, with credit"}
INDENT = {"initial_indent": "   ", "subsequent_indent": "   ", "break_on_hyphens": False}
CREDIT = "Use it if you name me."
PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"}


@dataclass(frozen=True)
class Stage:
    """Where the story is played."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def makers(self) -> Path:
        return self.folder / "makers"

    @property
    def crawl(self) -> Path:
        return self.folder / "crawl"


def main(words: list[str]) -> int:
    stage = Stage(Path(tempfile.mkdtemp(prefix="placet-demo-")))
    try:
        return own_pictures(stage, Path(words[0])) if words else story(stage)
    except PlacetError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1


def story(stage: Stage) -> int:
    cache = ROOT / ".venv" / "demo"
    found = photographs(cache, lambda sentence: print(sentence, file=sys.stderr))
    lay_out(stage.makers, found)
    say("1  Three makers say what AI may do with their works; fingerprints are logged:")
    receipts = {maker.name: register(stage, maker.name, maker.trade, maker.stance) for maker in CAST}
    truth = make_crawl(stage.makers, strangers(found), stage.crawl)
    taken = sum(row.piece is not None for row in truth)
    say(f"2  A crawler takes their works and others', {len(truth)} rows: resized with borders,")
    say("   cropped to squares, mirrored, greyed, re-encoded; texts quoted in posts.")
    home = Home(stage.home)
    publish_snapshot(home, stage.folder / "snapshot")
    cleared = run(stage, home)
    right, missed, wrong = compare(stage, truth, cleared)
    say(f"   {right} of {taken} taken pieces recognised as what they are, {wrong} of the others mistaken.")
    name_one(stage, truth, cleared)
    under_each_profile(cleared)
    dishonest(stage, home, receipts["Ana"])
    market(stage, home)
    say(f"7  The report: {stage.folder / 'out' / 'report.html'}")
    say("   Your own pictures: python3 dev.py demo ~/Pictures")
    say("   All commands:      .venv/bin/placet")
    return 0 if not missed and not wrong else 1


def own_pictures(stage: Stage, folder: Path) -> int:
    """The same path over somebody's own files; strangers are the story's drawings."""
    own = stage.makers / "you"
    own.mkdir(parents=True)
    if not folder.is_dir():
        print(f"demo: {folder} is no folder; give one with pictures or .txt files of yours", file=sys.stderr)
        return 1
    count = copy_some(folder, own)
    if not count:
        print(f"demo: there are no pictures or .txt files in {folder}", file=sys.stderr)
        return 1
    say(f"1  You say no to AI for {count} of your files; fingerprints are logged:")
    register(stage, "you", "", Stance.RESERVE)
    truth = make_crawl(stage.makers, strangers({}), stage.crawl)
    taken = sum(row.piece is not None for row in truth)
    say(f"2  A crawler takes them and others', {len(truth)} rows:")
    say("   resized, mirrored, greyed, re-encoded; texts quoted in posts.")
    home = Home(stage.home)
    publish_snapshot(home, stage.folder / "snapshot")
    cleared = run(stage, home)
    right, missed, wrong = compare(stage, truth, cleared)
    say(f"   {right} of {taken} taken works recognised, {missed} missed, {wrong} of the others mistaken.")
    under_each_profile(cleared)
    say(f"5  The report: {stage.folder / 'out' / 'report.html'}")
    return 0


def copy_some(folder: Path, own: Path, most: int = 40) -> int:
    """Copy the first pictures and texts that can be read; the crawler could not take the others either."""
    count = 0
    for path in sorted(folder.rglob("*")):
        if count < most and path.is_file() and not path.is_symlink() and readable(path):
            (own / f"{count:03d}-{path.name}").write_bytes(path.read_bytes())
            count += 1
    return count


def readable(path: Path) -> bool:
    try:
        if path.suffix.lower() in PICTURES:
            read_luma(path.read_bytes())
        else:
            return path.suffix == ".txt" and bool(path.read_text(encoding="utf-8").strip())
    except (BadMedia, UnicodeDecodeError, OSError) as error:
        print(f"demo: {path} is left out: {error}", file=sys.stderr)
        return False
    return True


def register(stage: Stage, name: str, trade: str, stance: Stance) -> Path:
    """`placet keys new` and `placet reserve`, as she would type them; returns her folder of receipts."""
    works = stage.makers / name.lower()
    key, receipts = stage.folder / f"{name.lower()}.pem", stage.folder / "receipts" / name.lower()
    quiet("keys", "new", "--name", name, "--out", str(key), home=stage)
    options = ["--key", str(key), "--receipts", str(receipts), "--show-titles", "--thumbnail"]
    verb = {
        Stance.RESERVE: ["reserve"],
        Stance.LICENSE: ["offer", "--price", PRICE, "--credit", f"Photograph: {name}"],
        Stance.ALLOW: ["reserve", "--stance", "allow", "--terms", CREDIT],
    }[stance]
    quiet(*verb, str(works), *options, home=stage)
    pieces = Counter("text" if path.suffix == ".txt" else "picture" for path in works.iterdir())
    listed = " and ".join(f"{number} {what}{'s' * (number > 1)}" for what, number in sorted(pieces.items()))
    who = f"{name}, {trade}" if trade else name
    say(f"     {who + ':':34} {WORDS[stance]:17} {listed}")
    if stance is Stance.ALLOW:
        recognise(stage, name, key)
    return receipts


def recognise(stage: Stage, name: str, key: Path) -> None:
    """`placet identity recognise`: a yes counts from whom the log knows, and from nobody else."""
    paper = stage.folder / f"{name.lower()}-contract.txt"
    paper.write_text(f"A contract that shows who {name} is.\n", encoding="utf-8")
    party = read_key(key, None).public.hex()
    quiet("identity", "recognise", party, "--document", str(paper), home=stage)
    say(f"     The log was shown who {name} is: a yes counts only then. A no needs no papers.")


def run(stage: Stage, home: Home) -> Cleared:
    say("3  placet clear crawl --use train.generative --profile all --snapshot ...")
    warm(stage, home)
    cleared = clear(home, order(stage, "out"))
    say(f"   {cleared.totals.rows} rows, {cleared.seconds:.1f} s, 0 bytes sent: {outcomes(cleared)}")
    return cleared


def order(stage: Stage, out: str, **more: object) -> Request:
    return Request(
        dataset=stage.crawl,
        snapshot=stage.folder / "snapshot",
        out=stage.folder / out,
        use=Use.TRAIN_GENERATIVE,
        profiles=tuple(PROFILES.values()),
        workers=1,
        **more,  # type: ignore[arg-type]
    )


def outcomes(cleared: Cleared) -> str:
    counts = cleared.totals.counts["consent"]
    return ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in reversed(Outcome) if counts.get(outcome))


def warm(stage: Stage, home: Home) -> None:
    """Compile the kernels before the clock starts; later runs find them on disk."""
    print("   (the first time, this compiles for some seconds)", file=sys.stderr, flush=True)
    for suffix in (".jpg", ".txt"):
        for path in sorted(stage.makers.rglob(f"*{suffix}"))[:1]:
            look_up(home, str(path), stage.folder / "snapshot", None)


@dataclass(frozen=True)
class Row:
    """One decision, as it stands in `decisions.parquet`."""

    outcome: str
    work: str | None
    match: str | None
    score: int | None


def decisions(stage: Stage) -> dict[tuple[str, str], Row]:
    """By file and row, numbered as the crawler knows them."""
    found = {}
    for row in pq.read_table(stage.folder / "out" / "decisions.parquet").to_pylist():
        unit, key = row["unit"], row["row"]
        place = (key, key) if unit.startswith("files:") else (unit, key)
        if unit.endswith(".jsonl"):
            place = (unit, str(int(key) - 1))
        found[place] = Row(row["outcome"], row["work"], row["match"], row["score"])
    return found


def compare(stage: Stage, truth: list[Truth], cleared: Cleared) -> tuple[int, int, int]:
    """How many taken works were recognised as the right one, how many missed, how many strangers mistaken."""
    titles = {cleared.library.work_id(n): cleared.library.work(n).title for n in range(len(cleared.library))}
    found, tally = decisions(stage), Counter[str]()
    for row in truth:
        said = found[row.unit, row.row]
        seen = titles[said.work] if said.work else None
        piece = row.piece.rpartition("/")[2] if row.piece else None
        tally["right" if seen == piece else "missed" if piece and not seen else "wrong"] += piece == piece
        tally["strangers"] += seen is None and piece is None
    return tally["right"] - tally["strangers"], tally["missed"], tally["wrong"]


def name_one(stage: Stage, truth: list[Truth], cleared: Cleared) -> None:
    """One found picture: whose it is, what she said, and where that stands in the log."""
    found, numbers = decisions(stage), {cleared.library.work_id(n): n for n in range(len(cleared.library))}
    row = next(t for t in truth if t.piece and t.piece.startswith("ana/") and "mirrored" in t.transform)
    said = found[row.unit, row.row]
    work = numbers[said.work or ""]
    maker = cleared.library.parties[cleared.library.work(work).by].name
    (entry,) = {word.index for word in cleared.library.heard_of_work(work)}
    say(f"   {row.unit}, row {row.row}, is {maker}'s {cleared.library.work(work).title},")
    say(f"   {row.transform}; {said.score} of 256 bits differ.")
    say(f"   She said no: entry {entry} of the log.")


def under_each_profile(cleared: Cleared) -> None:
    say("4  The same crawl, by what silence is taken to mean:")
    order = [o for o in reversed(Outcome) if any(c.get(o) for c in cleared.totals.counts.values())]
    say(f"     {'':14}" + "".join(f"{outcome.value:>11}" for outcome in order))
    for name, counts in cleared.totals.counts.items():
        say(f"     {name:14}" + "".join(f"{counts.get(outcome, 0):>11}" for outcome in order))


def dishonest(stage: Stage, home: Home, receipts: Path) -> None:
    """The log's operator deletes Ana's no and signs everything anew; her receipt convicts him."""
    her_no = next(word for word in home.registry.spoken() if word.stance is Stance.RESERVE)
    receipt = receipts / f"entry-{her_no.index}.tlog-proof"
    forged = forge(home, her_no.id, stage.folder / "forged")
    say("5  A dishonest operator deletes Ana's no and signs the log anew. She checks:")
    say(f"   placet verify {receipt.name} --log forged/log")
    say(textwrap.fill(f"BROKEN: {shortly(stage, broken(receipt, forged))}", 79, **INDENT))


def market(stage: Stage, home: Home) -> None:
    """The amber part: a quote, a licence, the same crawl again with it, the credits, and who is paid."""
    licence, buyer = stage.folder / "ben.licence", stage.folder / "lab.pem"

    def call(*words: object) -> str:
        return quiet(*map(str, words), home=stage)

    deal = quoted(call, stage.folder / "out", stage.folder / "snapshot")
    say(f"6  The lab asks what amber costs: {deal.total} to {deal.party}, for {len(deal.works)} works, {PRICE} each.")
    credit = sell(call, stage.folder / "ben.pem", buyer, licence)
    cleared = clear(home, order(stage, "licensed", licences=(licence,), holder=buyer))
    say(f"   With {deal.party}'s licence the same crawl is: {outcomes(cleared)};")
    say(f"   CREDITS.txt asks for “{credit}” and what Cleo said.")
    earned, why = pay(call, deal, stage.folder / "paid")
    say(textwrap.fill(f"{deal.party}'s statement, beside an agency's: {earned}. {why}", 79, **INDENT))


def quiet(*words: str, home: Stage) -> str:
    """One command of the command line, and what it printed; its words are shown only when it fails."""
    said, aside = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(aside):
        code = placet([*words, "--home", str(home.home)])
    if code:
        why = f"{said.getvalue()}{aside.getvalue()}".strip()
        raise PlacetError(f"placet {' '.join(words)} ended with {code}: {why}")
    return said.getvalue()


def shortly(stage: Stage, sentence: str) -> str:
    return sentence.replace(f"{stage.folder}/", "")


def say(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
