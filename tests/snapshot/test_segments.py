"""A snapshot that grew by segments says what a whole build of the same size says; and segments that lie."""

from __future__ import annotations

import hashlib
import math
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placet.core.act import Act
from placet.core.line import Line
from placet.core.spoken import Spoken
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.core.work import Party, Work
from placet.errors import BadRecord, Refused
from placet.fingerprints.describe import Description, describe
from placet.record.checkpoint import Checkpoint
from placet.snapshot import segments
from placet.snapshot.arrays import ARRAYS, save_array
from placet.snapshot.build import build_snapshot, digest_files
from placet.snapshot.extend import extend_snapshot, refuse_to_extend
from placet.snapshot.library import Library, open_library, read_manifest
from placet.snapshot.manifest import MOST_SEGMENTS, Manifest, Segment
from tests.factories import NOW
from tests.fingerprints.sounds import wave
from tests.snapshot.world import jpeg, picture, prose

_SITE = Subject(Kind.DOMAIN, "maker.example")
_MEDIA = 9


@lru_cache
def _medium(number: int) -> tuple[Description, bytes]:
    """Four pictures, one with corners and one flat, three texts, two sounds; and a thumbnail's bytes, for some."""
    if number < 4:
        image = picture(number, 160, 120) if number < 3 else picture(0).resize((1, 1)).resize((160, 120))
        return describe(jpeg(image), "a.jpg", local=number == 1, crops=number == 2), b"\xff\xd8 %d" % number
    if number < 7:
        return describe(prose(number, 90).encode(), "a.txt"), b""
    tones = (9_000 * math.sin(at * at * number / 4e6) for at in range(11_025 * 4))
    return describe(wave(rate=11_025, data=array("h", map(int, tones)).tobytes()), "a.wav"), b""


@dataclass
class Town:
    """A registry in memory, in which what was published can be withheld and given back."""

    entries: int = 0
    all_works: list[Work] = field(default_factory=list)
    words: list[Spoken] = field(default_factory=list)
    people: list[Party] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    withheld: set[str] = field(default_factory=set)

    def works(self, size: int) -> Iterator[Work]:
        yield from sorted((w for w in self.all_works if w.index < size), key=lambda w: (w.index, w.id))

    def spoken(self, size: int) -> Iterator[Spoken]:
        yield from (word for word in self.words if word.index < size)

    def acts(self, size: int) -> Sequence[Act]:
        return ()

    def lines(self, size: int) -> Iterator[Line]:
        return iter(())

    def parties(self, size: int) -> Sequence[Party]:
        return [party for party in self.people if party.index < size]

    def blob(self, digest: str) -> bytes | None:
        return None if digest in self.withheld else self.blobs[digest]

    def title(self, commitment: str) -> str:
        return "" if commitment in self.withheld else self.titles[commitment]

    def register(self, media: Sequence[int], by: int) -> None:
        self._introduce(by)
        index = self._next()
        for number in media:
            described, thumb = _medium(number)
            id_ = self.id_of(len(self.all_works))
            names = {
                "prints": self._keep(described.sheet),
                "thumb": self._keep(thumb),
                "title": hashlib.sha256(f"title {id_}".encode()).hexdigest() if number % 2 else "",
            }
            self.titles[names["title"]] = f"Work {id_[:6]}"
            record = replace(described.record, **names)  # type: ignore[arg-type]
            self.all_works.append(Work(id=id_, by=_key(by), index=index, record=record))

    def say(self, by: int, numbers: Sequence[int], stance: Stance, site: bool) -> None:
        """About works, also some that nobody has registered yet."""
        self._introduce(by)
        index = self._next()
        about = [Subject(Kind.WORK, self.id_of(number)) for number in numbers] + ([_SITE] if site else [])
        self.words.append(_word(index, by, about or [_SITE], stance))

    def withdraw(self, which: int) -> None:
        said = [word for word in self.words if word.stance is not None]
        if said:
            word = said[which % len(said)]
            index = self._next()
            taken = replace(word, index=index, id=_hex(index), stance=None, withdraws=word.index)
            self.words.append(taken)

    def turn(self, which: int, what: str) -> None:
        """Withhold what a work's holder published, or let it be seen again."""
        if self.all_works and (name := getattr(self.all_works[which % len(self.all_works)].record, what)):
            self.withheld ^= {name}

    @staticmethod
    def id_of(number: int) -> str:
        return f"{number:02x}" + hashlib.sha256(f"work {number}".encode()).hexdigest()[:30]

    def checkpoint(self) -> Checkpoint:
        return Checkpoint("placet.example/town", self.entries, hashlib.sha256(b"%d" % self.entries).digest())

    def build(self, folder: Path) -> Library:
        build_snapshot(self, self.checkpoint(), NOW, folder)
        return open_library(folder)

    def extend(self, before: Library, folder: Path) -> Library:
        extend_snapshot(before, self, self.checkpoint(), NOW, folder)
        return open_library(folder)

    def _introduce(self, by: int) -> None:
        if all(party.key != _key(by) for party in self.people):
            self.people.append(Party(key=_key(by), index=self._next(), role="party", name=f"maker {by}"))

    def _next(self) -> int:
        self.entries += 1
        return self.entries - 1

    def _keep(self, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest() if data else ""
        self.blobs[digest] = data
        return digest


def _key(by: int) -> str:
    return hashlib.sha256(b"party %d" % by).hexdigest()


def _hex(index: int) -> str:
    return hashlib.sha256(b"entry %d" % index).hexdigest()


def _word(index: int, by: int, about: Sequence[Subject], stance: Stance) -> Spoken:
    return Spoken(
        index=index,
        id=_hex(index),
        by=_key(by),
        stance=stance,
        subjects=tuple(about),
        uses=(Use.TRAIN,),
        start=NOW - 100,
        until=0,
        at=NOW - 100,
    )


def _shown(library: Library) -> dict[str, Any]:
    """All that anybody can ask of a library, by the ids of works."""
    works = range(len(library))
    names = np.array([*library.manifest.readings, ""], object)
    return {
        "records": library.records(),
        "rows": [library.work(row) for row in works],
        "words": library.words,
        "heard": [library.heard_of_work(row) for row in works],
        "elsewhere": {subject: library.heard_of(subject) for subject in library.named},
        "parties": library.parties,
        "thumbnails": library.thumbnails,
        "readings": names[library.arrays["image-plh.reading"]].tolist(),
        "counts": dict(library.manifest.counts),
    }


def _assert_same(grown: Library, whole: Library) -> None:
    assert _shown(grown) == _shown(whole)
    for name in sorted(ARRAYS.keys() - {"image-plh.reading", "works.number"}):
        assert grown.arrays[name].dtype == whole.arrays[name].dtype, name
        np.testing.assert_array_equal(grown.arrays[name], whole.arrays[name], err_msg=name)


_numbers = st.integers(0, 11)
_deeds = st.one_of(
    st.tuples(st.just("register"), st.lists(st.integers(0, _MEDIA - 1), min_size=1, max_size=3), st.integers(1, 3)),
    st.tuples(
        st.just("say"),
        st.integers(1, 3),
        st.lists(_numbers, max_size=3, unique=True),
        st.sampled_from(list(Stance)),
        st.booleans(),
    ),
    st.tuples(st.just("withdraw"), _numbers),
    st.tuples(st.just("turn"), _numbers, st.sampled_from(["prints", "thumb", "title"])),
)


@pytest.mark.slow
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(_deeds, min_size=1, max_size=5), min_size=2, max_size=4))
def test_a_snapshot_that_grew_says_what_a_whole_build_says(days: list[list[tuple[Any, ...]]]) -> None:
    town = Town()
    town.register([0, 4], 1)

    with TemporaryDirectory() as name:
        folder = Path(name)
        grown = town.build(folder / "0")
        for day, deeds in enumerate(days, start=1):
            for deed, *how in deeds:
                getattr(town, deed)(*how)
            town.say(1, [0], Stance.RESERVE, site=False)
            grown = town.extend(grown, folder / str(day))
            _assert_same(grown, town.build(folder / f"whole {day}"))


@pytest.fixture
def town() -> Town:
    town = Town()
    town.register([0, 1, 4], 1)
    town.say(1, [0, 1, 2, 3], Stance.RESERVE, site=True)
    return town


@pytest.fixture
def grown(town: Town, tmp_path: Path) -> Library:
    before = town.build(tmp_path / "before")
    town.register([2, 5], 2)
    town.turn(0, "prints")
    return town.extend(before, tmp_path / "grown")


def test_every_family_of_arrays_has_its_order() -> None:
    assert {name.split(".")[0] for name in ARRAYS} - {"works"} <= segments._ORDER.keys()


def test_older_files_stay_as_they_are_and_one_segment_comes(grown: Library, tmp_path: Path) -> None:
    old, new = read_manifest(tmp_path / "before").files, grown.manifest.files
    (segment,) = grown.manifest.segments

    assert {path: new[path] for path in old if path != "parties.parquet"} == {
        path: file for path, file in old.items() if path != "parties.parquet"
    }
    assert all(path.startswith(segment.folder) for path in new.keys() - old.keys())
    assert (segment.works, segment.words, segment.again) == (2, 0, 1)
    assert (tmp_path / "grown/works.parquet").samefile(tmp_path / "before/works.parquet")


def test_what_is_withheld_is_found_no_more_though_its_segment_has_it(grown: Library, tmp_path: Path) -> None:
    assert 0 in open_library(tmp_path / "before").arrays["image-plh.work"]
    assert 0 not in grown.arrays["image-plh.work"]
    assert grown.manifest.counts["withheld"] == 1


def test_a_word_about_a_work_that_came_later_is_heard(grown: Library) -> None:
    assert [word.index for word in grown.heard_of_work(3)] == [2]


def test_another_registry_is_not_grown_upon(town: Town, tmp_path: Path) -> None:
    before = town.build(tmp_path / "before")
    other = Town()
    other.register([4], 1)
    other.say(1, [0], Stance.ALLOW, site=False)
    other.register([0], 2)

    with pytest.raises(Refused, match=r"holds (more|other) (works|words) than the registry: build the whole"):
        other.extend(before, tmp_path / "grown")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"origin": "placet.example/other"}, "is of the log placet.example/other, and this is placet.example/town"),
        ({"size": 3}, "has 3 entries already, of 3"),
        ({"segments": (Segment(start=1, until=2, works=0, words=0, again=0),) * 16}, "has 16 segments"),
    ],
    ids=["another log", "nothing new", "many segments"],
)
def test_what_cannot_grow_is_told(town: Town, tmp_path: Path, change: Mapping[str, Any], sentence: str) -> None:
    before = replace(town.build(tmp_path / "before").manifest, **{"size": 2} | dict(change))

    with pytest.raises(Refused, match=sentence):
        refuse_to_extend(before, town.checkpoint())


# ---- segments that lie ------------------------------------------------------------------------------


def _segment(manifest: Manifest, **change: int) -> Manifest:
    return replace(manifest, segments=(replace(manifest.segments[0], **change),))


_MANIFESTS: dict[str, Callable[[Manifest], Manifest]] = {
    "a gap": lambda m: replace(
        m, segments=(replace(m.segments[0], until=4), replace(m.segments[0], start=5, until=m.size))
    ),
    "overlap": lambda m: replace(m, segments=(m.segments[0], m.segments[0])),
    "the end is missing": lambda m: _segment(m, until=m.size - 1),
    "beyond the end": lambda m: _segment(m, until=m.size + 1),
    "backwards": lambda m: _segment(m, start=m.size + 1),
    "from nothing": lambda m: _segment(m, start=0),
    "negative": lambda m: _segment(m, works=-1),
    "too many works": lambda m: _segment(m, works=3),
    "too few told again": lambda m: _segment(m, again=0),
    "beyond all numbers": lambda m: _segment(m, works=1 << 32),
    "too many words": lambda m: _segment(m, words=1),
    "too many segments": lambda m: replace(
        m,
        segments=tuple(replace(m.segments[0], start=n + 1, until=n + 2) for n in range(MOST_SEGMENTS + 1)),
    ),
    "a table not listed": lambda m: replace(m, files={p: f for p, f in m.files.items() if "/works.parquet" not in p}),
    "an array not listed": lambda m: replace(
        m, files={p: f for p, f in m.files.items() if not p.endswith("/arrays/sha256.work")}
    ),
    "numbers not listed": lambda m: replace(m, files={p: f for p, f in m.files.items() if "works.number" not in p}),
    "a table of the first part not listed": lambda m: replace(
        m, files={p: f for p, f in m.files.items() if p != "words.parquet"}
    ),
}


@pytest.mark.parametrize("lie", _MANIFESTS)
def test_a_manifest_that_misstates_its_segments_is_refused(grown: Library, lie: str) -> None:
    told = _MANIFESTS[lie](grown.manifest)
    (grown.folder / "manifest.json").write_bytes(told.data())

    with pytest.raises(BadRecord):
        open_library(grown.folder)


_ARRAYS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "told again twice": ("works.number", lambda a: [0, 3, 3]),
    "told again later": ("works.number", lambda a: [3, 3, 4]),
    "another number": ("works.number", lambda a: [1, 3, 4]),
    "a number beyond": ("works.number", lambda a: [0, 3, 9]),
    "another id": ("works.id", lambda a: a[::-1]),
    "fewer qualities": ("works.quality", lambda a: a[:1]),
    "a print of a work beyond": ("image-plh.work", lambda a: np.full_like(a, 5)),
    "a print of a work told elsewhere": ("image-plh.work", lambda a: np.full_like(a, 1)),
    "prints of other length": ("image-plh.hash", lambda a: a[:-1]),
    "a digest of an earlier work": ("sha256.work", lambda a: np.zeros_like(a)),
    "a digest of a work beyond": ("blake3.work", lambda a: np.full_like(a, 5)),
    "a word about a work beyond": ("said.work", lambda a: np.full_like(a, 5)),
    "a word that is not there": ("said.word", lambda a: np.full_like(a, 9)),
    "a reading without a name": ("image-plh.reading", lambda a: np.full_like(a, 255)),
}


@pytest.mark.parametrize("lie", _ARRAYS)
def test_a_segment_of_other_works_is_refused(grown: Library, lie: str) -> None:
    name, forge = _ARRAYS[lie]
    path = grown.folder / grown.manifest.segments[0].folder / "arrays" / name
    held = np.frombuffer(path.read_bytes(), ARRAYS[name].dtype)
    held = held.reshape(-1, ARRAYS[name].width) if ARRAYS[name].width else held
    assert len(held)
    path.unlink()
    save_array(path, name, np.asarray(forge(held)))
    told = replace(grown.manifest, files=digest_files(grown.folder))
    (grown.folder / "manifest.json").write_bytes(told.data())

    with pytest.raises(BadRecord):
        open_library(grown.folder)
