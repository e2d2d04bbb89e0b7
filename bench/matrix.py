"""What a clearance finds after which edit, of pictures, texts, sounds and films, as a person would run it.

    python bench/matrix.py [--effort thorough]

Registers all of `../shared/data` (`$PLACET_SHARED`) and a few films that are drawn here, each work by a party of its
own, pictures with their corners and windows; makes one folder of files: every work after every edit of
`edits_image.py`, `edits_text.py`, `edits_audio.py` and `films.py`, and the same of strangers: every fourth work of
each kind is left unregistered. It is cleared in one run; and by edit it is told how many were found under their own
work's name, how many under another's, how many were left unclear and how many were passed over.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import os
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import edits_audio
import edits_image
import edits_text
import films
import pyarrow.parquet as pq
import soundfile
from PIL import Image, ImageOps

from placet.app import Home
from placet.core.profile import PROFILES
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.desk.clearing import Request, clear
from placet.desk.snapshots import publish_snapshot
from placet.fingerprints.describe import describe
from placet.registry.compose import NewWork, Wish
from placet.signing.keys import Key, Role

SHARED = Path(os.environ.get("PLACET_SHARED", Path(__file__).parents[2] / "shared"))
SIDE = 1280
FILMS = 4
ROUNDS = {"picture": 2, "text": 2, "sound": 1, "film": 1}  # copies of each work in each edit
SOUND = 60.0  # seconds of each are taken
STRANGER = "nobody's"


@dataclass(frozen=True, slots=True)
class Copy:
    """A file of the dataset: of which work, after which edit; `of` is empty for a stranger's."""

    kind: str
    of: str
    edit: str
    suffix: str
    data: bytes


@dataclass(slots=True)
class Score:
    rows: int = 0
    found: int = 0
    wrong: int = 0
    unclear: int = 0
    states: Counter[str] = field(default_factory=Counter)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--effort", default="thorough", choices=("fast", "exact", "thorough"))
    effort = parser.parse_args().effort
    if not (SHARED / "data" / "images").is_dir():
        print(f"{SHARED} is not here: there is nothing to measure on")
        return 1
    with tempfile.TemporaryDirectory() as place:
        scores = run(Path(place), effort)
    tell(scores, effort)
    return 0


def run(folder: Path, effort: str) -> Mapping[tuple[str, str], Score]:
    counter = itertools.count()
    home = Home(folder / "home", random=lambda size: hashlib.shake_128(b"%d" % next(counter)).digest(size))
    works, copies = gather()
    ids = register(home, works)
    publish_snapshot(home, folder / "snapshot")
    data = folder / "data"
    data.mkdir()
    rows = {}
    for number, copy in enumerate(copies):
        name = f"{number:05d}.{copy.suffix}"
        (data / name).write_bytes(copy.data)
        rows[name] = copy
    request = Request(
        dataset=data,
        snapshot=folder / "snapshot",
        out=folder / "out",
        use=Use.TRAIN_GENERATIVE,
        profiles=(PROFILES["eu-art4"],),
        effort=effort,
    )
    done = clear(home, request)
    print(f"{len(works)} works, {len(copies):,} files cleared in {done.seconds:,.0f} s, effort {effort}")
    return count(rows, folder / "out", ids)


def count(rows: Mapping[str, Copy], out: Path, ids: Mapping[str, str]) -> Mapping[tuple[str, str], Score]:
    scores: dict[tuple[str, str], Score] = {}
    names = {id_: name for name, id_ in ids.items()}
    met = set[str]()
    for line in pq.read_table(out / "decisions.parquet").to_pylist():
        copy = rows[line["row"]]
        met.add(line["row"])
        score = scores.setdefault((copy.kind, copy.edit), Score())
        named = names.get(line["work"], "") if line["outcome"] == "reserved" else ""
        score.rows += 1
        score.found += bool(copy.of) and named == copy.of
        score.wrong += bool(named) and named not in (copy.of, *SAME.get(copy.of, ()))
        score.unclear += line["outcome"] == "unclear"
        score.states[line["match"] or ""] += 1
    assert met == set(rows), "every file has a row"
    return scores


# Two scans of one painting, registered apart.
SAME = {"starry_night.jpg": ("starry_night_google.jpg",), "starry_night_google.jpg": ("starry_night.jpg",)}


def register(home: Home, works: Mapping[str, bytes]) -> dict[str, str]:
    """Every work by a party of its own, who says no; ids by name."""
    ids = {}
    for name, data in works.items():
        composer = home.composer(Key(Role.PARTY, hashlib.sha256(name.encode()).digest()))
        told = describe(data, name, local=True, crops=True)
        (ids[name],) = composer.register([NewWork(record=told.record, sheet=told.sheet)])
        composer.declare([Subject(Kind.WORK, ids[name])], Wish(uses=(Use.TRAIN,), stance=Stance.RESERVE, start=0))
        home.log.append(composer.submission())
    return ids


# ---- works, copies and strangers ----------------------------------------------------------------


def gather() -> tuple[dict[str, bytes], list[Copy]]:
    """Of each kind every fourth work stays unregistered: it is a stranger, in all its edits."""
    works: dict[str, bytes] = {}
    copies: list[Copy] = []
    for kind, found in (("picture", pictures()), ("text", texts()), ("sound", sounds()), ("film", drawn())):
        for number, (name, data, edited) in enumerate(found):
            known = number % 4 != 3
            if known:
                works[name] = data
            for edit, suffix, bytes_ in edited:
                copies.append(Copy(kind, name if known else "", edit if known else STRANGER, suffix, bytes_))
    return works, copies


Found = Iterator[tuple[str, bytes, Iterator[tuple[str, str, bytes]]]]


def pictures() -> Found:
    for path in sorted((SHARED / "data" / "images").glob("*.jpg")):
        with Image.open(path) as opened:
            picture = ImageOps.contain(opened.convert("RGB"), (SIDE, SIDE), Image.Resampling.LANCZOS)
        yield path.name, edits_image.encode(picture, 92), edited_pictures(path.name, picture)


def edited_pictures(name: str, picture: Image.Image) -> Iterator[tuple[str, str, bytes]]:
    for edit, change in edits_image.EDITS.items():
        for number in range(ROUNDS["picture"]):
            rng = random.Random(f"{name} {edit} {number}")
            yield edit, "jpg", edits_image.encode(change(picture, rng), rng.randint(70, 92))


def texts() -> Found:
    paths = sorted((SHARED / "data" / "texts").glob("*/*.txt"))
    told = [path.read_text(encoding="utf-8") for path in paths]
    for number, path in enumerate(paths):
        yield f"{path.parent.name}-{path.name}", told[number].encode(), edited_texts(told, number)


def edited_texts(told: Sequence[str], number: int) -> Iterator[tuple[str, str, bytes]]:
    for edit, (size, change) in edits_text.EDITS.items():
        for again in range(ROUNDS["text"]):
            rng = random.Random(f"{number} {edit} {again}")
            yield edit, "txt", edits_text.piece(rng, told, number, size, change).encode()


def sounds() -> Found:
    folder = SHARED / "data" / "audio"
    (spoken, *_) = sorted(folder.glob("*.wav"))
    voice = load(spoken)
    for path in sorted(folder.glob("*.flac")):
        clip = load(path)
        edits = edits_audio.EDITS.items()
        yield path.name, edits_audio.encode(clip), ((e, "sound", change(clip, voice)) for e, change in edits)


def load(path: Path) -> edits_audio.Clip:
    with soundfile.SoundFile(path) as file:
        most = int(SOUND * file.samplerate)
        return edits_audio.Clip(file.read(most, "float32", always_2d=True), file.samplerate)


def drawn() -> Found:
    for seed in range(FILMS):
        film = films.make(seed)
        edits = films.EDITS.items()
        yield f"film-{seed}.mp4", films.write(film), ((e, "mp4", films.write(change(film))) for e, change in edits)


def tell(scores: Mapping[tuple[str, str], Score], effort: str) -> None:
    for kind in ("picture", "text", "sound", "film"):
        print(f"\n{kind + 's':42}{'n':>5}{'recall':>8}{'another':>9}{'unclear':>9}{'passed':>8}")
        for (of, edit), score in scores.items():
            if of == kind:
                recall = f"{score.found / score.rows:8.2f}" if edit != STRANGER else f"{'':8}"
                passed = score.rows - score.found - score.wrong - score.unclear
                print(f"{edit:42}{score.rows:5}{recall}{score.wrong:9}{score.unclear:9}{passed:8}")
    print("\n`another`: refused in the name of a work that it is not")
    print(f"`passed`: taken for nobody's, at --effort {effort}")


if __name__ == "__main__":
    raise SystemExit(main())
