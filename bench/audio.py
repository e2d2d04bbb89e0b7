"""Sound: how fast it is cleared beside decoding it, how well notes agree with fpcalc, what is found after which edit.

    python bench/audio.py [--music FOLDER] [--tracks 10] [--quick]

Works: the shared loops and sounds of three seconds or more (`$PLACET_SHARED`), those of Debian's sonic-pi-samples where
it is installed, and seeded tracks; with `--music` a minute of each file of a folder, every other one as a stranger.
Speed: whole FLACs of a minute through the judge (digests, decoding, prints, look-up, decision), against decoding them
with soundfile and nothing else, in one process and in turns; processor time. fpcalc (Debian's libchromaprint-tools) is
asked where it is there.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import itertools
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile

from bench.edits_audio import EDITS, Clip, Edit, encode, synthesise
from placet.app import Home
from placet.clearance.judge import Judge, Judged
from placet.clearance.plan import Ask
from placet.clearance.rows import Part, PartKind, Row
from placet.core.profile import PROFILES
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.desk.snapshots import publish_snapshot
from placet.fingerprints import audio_chroma
from placet.fingerprints.audio_decode import read_sound
from placet.fingerprints.describe import describe
from placet.registry.compose import NewWork, Wish
from placet.signing.keys import Role
from placet.snapshot.library import open_library
from placet.snapshot.match import Matcher

SHARED = Path(os.environ.get("PLACET_SHARED", Path(__file__).parents[2] / "shared"))
SAMPLES = Path("/usr/share/sonic-pi/samples")
GOAL_SPEED, GOAL_AGREEMENT = 0.45, 0.97
ROUNDS = 5
LEAST, LONG = 3.0, 20.0


@dataclass
class Score:
    """Rows by what became of them: the work itself, another's name, unclear, nothing."""

    found: int = 0
    wrong: int = 0
    unclear: int = 0
    missed: int = 0

    def __str__(self) -> str:
        rows = max(1, self.found + self.unclear + self.missed)
        return f"{self.found / rows:9.2f}{self.unclear:9}{self.missed:9}{self.wrong:9}"


@dataclass
class Bench:
    """`works` are registered, `strangers` are not, and `voice` is laid over works."""

    works: dict[str, Clip] = field(default_factory=dict)
    strangers: dict[str, Clip] = field(default_factory=dict)
    voice: Clip = field(default_factory=lambda: synthesise(999, 5))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--music", type=Path)
    parser.add_argument("--tracks", type=int, default=10)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    bench = gather(asked.music, 2 if asked.quick else asked.tracks)
    if asked.quick:
        bench.works = {name: bench.works[name] for name in list(bench.works)[-6:]}
    with tempfile.TemporaryDirectory() as folder:
        judge = register(Path(folder), bench.works)
        goals = [print_speed(judge, bench), print_agreement(bench)]
        print_matrix(judge, bench)
    return 0 if all(goals) else 1


def gather(music: Path | None, tracks: int) -> Bench:
    """What is registered, what is not, and a voice."""
    bench = Bench()
    seen = set[str]()
    for path in sorted([*(SHARED / "data/audio").glob("*.flac"), *SAMPLES.glob("*.flac")]):
        clip = load(path)
        if clip.seconds >= LEAST and path.name not in seen:
            bench.works[path.name] = clip
            seen.add(path.name)
    for seed in range(tracks):
        bench.works[f"track {seed}"] = synthesise(seed)
        bench.strangers[f"stranger {seed}"] = synthesise(1000 + seed)
    for number, path in enumerate(sorted(music.rglob("*")) if music else []):
        if path.suffix.lower() in (".ogg", ".flac", ".wav", ".mp3"):
            clip = load(path, start=20, seconds=60)
            if clip.seconds >= 30:
                (bench.strangers if number % 2 else bench.works)[path.name] = clip
    for path in sorted((SHARED / "data/audio").glob("*.wav")):
        bench.voice = bench.strangers[path.name] = load(path)
    print(f"{len(bench.works)} works, {minutes(bench.works):.0f} minutes; {len(bench.strangers)} strangers,"
          f" {minutes(bench.strangers):.0f} minutes")  # fmt: skip
    return bench


def load(path: Path, start: float = 0, seconds: float | None = None) -> Clip:
    with soundfile.SoundFile(path) as file:
        file.seek(min(file.frames, int(start * file.samplerate)))
        samples = file.read(-1 if seconds is None else int(seconds * file.samplerate), "float32", always_2d=True)
        return Clip(samples, file.samplerate)


def minutes(clips: dict[str, Clip]) -> float:
    return sum(clip.seconds for clip in clips.values()) / 60


def register(folder: Path, works: dict[str, Clip]) -> Judge:
    """A judge over a snapshot in which one party says no for every work; a work's title is told by its order."""
    counter = itertools.count()
    home = Home(folder / "home", random=lambda size: hashlib.shake_128(b"%d" % next(counter)).digest(size))
    composer = home.composer(home.key(Role.PARTY))
    told = [describe(encode(clip), f"{name}.flac") for name, clip in works.items()]
    ids = composer.register([NewWork(record=each.record, sheet=each.sheet) for each in told])
    subjects = [Subject(Kind.WORK, id_) for id_ in ids]
    composer.declare(subjects, Wish(uses=(Use.TRAIN,), stance=Stance.RESERVE, start=home.now()))
    home.log.append(composer.submission())
    publish_snapshot(home, folder / "snapshot")
    library = open_library(folder / "snapshot")
    ask = Ask(use=Use.TRAIN_GENERATIVE, profiles=(PROFILES["eu-art4"],), at=home.now())
    weak = sum(bool(each.weakness) for each in told)
    blobs = sum(len(each.sheet) for each in told) / (60 * minutes(works))
    print(f"registered: {blobs:,.0f} bytes a second of sound in sheets; {weak} works are told that they are weak")
    NAMES.update(zip(ids, works, strict=True))
    return Judge(Matcher(library), ask)


NAMES: dict[str, str] = {}


def judged(judge: Judge, data: bytes) -> Judged:
    (found,) = judge.judge([Row(key="row", parts=(Part("a", PartKind.AUDIO, data),))])
    return found


def name_of(judge: Judge, work: int) -> str:
    return NAMES[judge.library.work_id(work)]


# ---- speed ------------------------------------------------------------------------------------


def print_speed(judge: Judge, bench: Bench) -> bool:
    files = [encode(clip) for clip in minute_long(bench)]
    seconds = sum(soundfile.info(io.BytesIO(data)).duration for data in files)
    steps: dict[str, Callable[[], None]] = {
        "decode (soundfile), and nothing else": lambda: each(decode, files),
        "decode, resample": lambda: each(read_sound, files),
        "decode, resample, notes": lambda: each(notes, files),
        "clear": lambda: each(lambda data: judged(judge, data), files),
    }
    for step in steps.values():
        step()
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(ROUNDS):
        for name, step in steps.items():
            times[name].append(spent(step))
    decoding = next(iter(times.values()))
    size = sum(map(len, files)) / 1e6
    print(f"\n{len(files)} FLACs of a minute, 44.1 kHz stereo, {size:.0f} MB; median of {ROUNDS} rounds in turns, cpu")
    print(f"{'':40}{'x real time':>12}{'ratio':>8}{'range':>16}")
    ratios = {}
    for name, spans in times.items():
        shares = [one / other for one, other in zip(decoding, spans, strict=True)]
        ratios[name] = statistics.median(shares)
        speed = seconds / statistics.median(spans)
        print(f"{name:40}{speed:12,.0f}{ratios[name]:8.2f}{min(shares):8.2f} to {max(shares):.2f}")
    print_peer(files, seconds, statistics.median(decoding))
    good = ratios["clear"] >= GOAL_SPEED
    print(f"goal: clear at {GOAL_SPEED} of decoding: {'met' if good else 'NOT MET'}")
    return good


def minute_long(bench: Bench) -> list[Clip]:
    """Real sounds one after another, where there are any; 44.1 kHz in stereo, of a minute each."""
    loops = [clip for name, clip in bench.works.items() if clip.rate == 44_100 and not name.startswith("track")]
    if not loops:
        return [synthesise(seed, 60, 44_100) for seed in range(4)]
    stereo = [np.repeat(c.samples, 2, axis=1) if c.samples.shape[1] == 1 else c.samples for c in loops]
    whole = np.concatenate(stereo)
    whole = np.tile(whole, (-(-4 * 60 * 44_100 // len(whole)), 1))
    return [Clip(whole[n * 60 * 44_100 : (n + 1) * 60 * 44_100], 44_100) for n in range(4)]


def each(step: Callable[[bytes], object], files: list[bytes]) -> None:
    for data in files:
        step(data)


def decode(data: bytes) -> None:
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        space = np.empty((1 << 16, file.channels), np.int16)
        while len(file.read(out=space)):
            pass


def notes(data: bytes) -> None:
    audio_chroma.compute(read_sound(data).samples)


def spent(step: Callable[[], None]) -> float:
    before = time.process_time()
    step()
    return time.process_time() - before


def print_peer(files: list[bytes], seconds: float, decoding: float) -> None:
    if shutil.which("fpcalc") is None:
        print("fpcalc is not installed, so there is no peer to compare with")
        return
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    for data in files:
        fpcalc(data)
    span = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    print(
        f"{'peer: fpcalc, which decodes and notes':40}{seconds / span:12,.0f}{decoding / span:8.2f}   (a process each)"
    )


def fpcalc(data: bytes) -> list[int]:
    """What Debian's fpcalc says of a file; nothing where it is too short for it."""
    with tempfile.NamedTemporaryFile(suffix=".flac") as file:
        file.write(data)
        file.flush()
        command = ["fpcalc", "-raw", "-plain", "-length", "0", "-ignore-errors", file.name]
        said = subprocess.run(command, capture_output=True, text=True).stdout.strip()
    return [int(item) for item in said.split(",")] if said else []


def print_agreement(bench: Bench) -> bool:
    if shutil.which("fpcalc") is None:
        return True
    wrong = bits = 0
    for clip in bench.works.values():
        data = encode(clip)
        theirs = np.array(fpcalc(data), np.uint32)
        ours = audio_chroma.compute(read_sound(data).samples)
        many = min(len(ours), len(theirs))
        wrong += int(np.bitwise_count(ours[:many] ^ theirs[:many]).sum())
        bits += 32 * many
    share = 1 - wrong / bits
    verdict = "met" if share >= GOAL_AGREEMENT else "NOT MET"
    print(f"\nnotes that agree with fpcalc: {share:.4%} of {bits:,} bits; goal {GOAL_AGREEMENT:.0%}: {verdict}")
    return share >= GOAL_AGREEMENT


# ---- what is found ----------------------------------------------------------------------------


def print_matrix(judge: Judge, bench: Bench) -> None:
    longer = {name: clip for name, clip in bench.works.items() if clip.seconds >= LONG}
    shorter = {name: clip for name, clip in bench.works.items() if clip.seconds < LONG}
    print(f"\n{'':24}{f'{len(longer)} works of {LONG:.0f} s or more':^36}{f'{len(shorter)} shorter ones':^36}")
    print(f"{'edit':24}" + 2 * f"{'recall':>9}{'unclear':>9}{'missed':>9}{'wrong':>9}")
    for name, edit in EDITS.items():
        line = "".join(str(scored(judge, edit, works, bench.voice)) for works in (longer, shorter))
        print(f"{name:24}{line}", flush=True)
    print_strangers(judge, bench)


def scored(judge: Judge, edit: Edit, works: dict[str, Clip], voice: Clip) -> Score:
    score = Score()
    for work, clip in works.items():
        count(score, work, judged(judge, edit(clip, voice)), judge)
    return score


def count(score: Score, work: str, found: Judged, judge: Judge) -> None:
    certain = {name_of(judge, match.work) for match in found.matches if match.kind.certain}
    score.wrong += bool(certain - {work})
    if work in certain:
        score.found += 1
    elif found.decisions[0].outcome == "unclear":
        score.unclear += 1
    else:
        score.missed += 1


def print_strangers(judge: Judge, bench: Bench) -> None:
    said = Counter[str]()
    for data in edited(bench):
        found = judged(judge, data)
        kind = found.best.kind if found.best else None
        said["found" if kind and kind.certain else "unclear" if found.problems else "nothing"] += 1
    rows = sum(said.values())
    print(f"{rows} strangers, whole and 5 s of each: {said['found']} found, {said['unclear']} unclear")


def edited(bench: Bench) -> Iterator[bytes]:
    for clip in bench.strangers.values():
        yield encode(clip)
        yield EDITS["5 s excerpt, MP3"](clip, bench.voice)


if __name__ == "__main__":
    sys.exit(main())
