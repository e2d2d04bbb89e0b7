"""Thorough clearing by an embedding model: what it finds alike is looked at or unclear, never certain, never opens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from placet.clearance.judge import Judge, Judged
from placet.clearance.plan import Ask
from placet.clearance.resemblance import VERIFY
from placet.clearance.rows import Part, PartKind, Row
from placet.clearance.thorough import rules
from placet.core.decision import Outcome
from placet.core.profile import PROFILES
from placet.core.stance import Stance
from placet.core.use import Use
from placet.desk.snapshots import publish_snapshot
from placet.errors import BadRecord, NotFound, PlanChanged, WrongUsage
from placet.fingerprints.describe import describe
from placet.fingerprints.image_embedding import Embedding, Model, in_rows, open_model
from placet.registry.compose import NewWork, Wish
from placet.snapshot.library import Library, open_library
from placet.snapshot.local import Corners
from placet.snapshot.match import Matcher, MatchKind
from placet.snapshot.vectors import LEAST, SHORTLIST, Near, Vectors
from tests.factories import NOW, a_key, works_of
from tests.fingerprints.models import pooling
from tests.fingerprints.pictures import scene
from tests.snapshot.world import World, a_world, jpeg, picture

pytest.importorskip("onnxruntime", reason="embedding models need ONNX Runtime (extra `embedding`)")


def a_model(folder: Path, **shape: int) -> Model:
    path = folder / f"pooling{len(list(folder.glob('*.onnx')))}.onnx"
    path.write_bytes(pooling(**shape))
    return open_model(path)


def register(world: World, by: int, image: Image.Image, stance: Stance, **shown: Any) -> None:
    described = describe(jpeg(image), "work.jpg", **shown)
    composer = world.home.composer(a_key(by))
    ids = composer.register([NewWork(record=described.record, sheet=described.sheet, title=None, thumb=b"")])
    composer.declare(works_of(ids), Wish(uses=(Use.TRAIN,), stance=stance, start=NOW - 100))
    world.home.log.append(composer.submission())


def edited(image: Image.Image) -> Image.Image:
    """Cropped by more than a whole hash bears, and too small for corners."""
    width, height = image.size
    return image.crop((width // 14, height // 14, width - width // 20, height - height // 20))


def judged(library: Library, model: Model | None, image: Image.Image, profile: str = "eu-art4") -> Judged:
    ask = Ask(use=Use.TRAIN_GENERATIVE, profiles=(PROFILES[profile],), at=NOW, effort="thorough")
    row = Row(key="row", parts=(Part("a.jpg", PartKind.IMAGE, jpeg(image, 80)),))
    (answer,) = Judge(Matcher(library, "thorough", model=model), ask).judge([row])
    return answer


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return a_model(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, model: Model) -> Library:
    """Three pictures with their vectors: refused, allowed, and one that has none; no corners."""
    world = a_world(tmp_path_factory.mktemp("resemblance"))
    register(world, 1, picture(1), Stance.RESERVE, model=model)
    register(world, 2, picture(2), Stance.ALLOW, model=model)
    register(world, 3, picture(3), Stance.RESERVE)
    return world.library()


@pytest.mark.parametrize("seed", [1, 2])
def test_what_only_the_model_finds_is_unclear_whatever_its_maker_said(
    library: Library, model: Model, seed: int
) -> None:
    without, answer = (judged(library, each, edited(picture(seed))) for each in (None, model))

    assert without.matches == ()
    (match,) = answer.matches
    assert match.kind is MatchKind.VERIFY
    assert match.method == "image-embedding/1"
    assert match.score >= VERIFY * 1000
    assert answer.decisions[0].outcome is Outcome.UNCLEAR
    assert "image-embedding/1" in answer.problems[0].why


def test_a_yes_to_what_only_resembles_opens_nothing(library: Library, model: Model) -> None:
    answer = judged(library, model, edited(picture(2)), "consent")

    assert answer.decisions[0].outcome is Outcome.UNCLEAR


def test_a_weak_resemblance_is_told_and_decides_nothing(library: Library, model: Model, monkeypatch: Any) -> None:
    monkeypatch.setattr(Vectors, "near", lambda *_: [Near(((0, 0.8),), False)])

    answer = judged(library, model, picture(30))

    assert [match.kind for match in answer.matches] == [MatchKind.POSSIBLE]
    assert answer.decisions[0].outcome is Outcome.CLEARED


def test_a_copy_needs_no_model_and_a_stranger_resembles_nothing(library: Library, model: Model) -> None:
    copy, stranger = judged(library, model, picture(1)), judged(library, model, picture(30))

    assert copy.decisions[0].outcome is Outcome.RESERVED
    assert all(match.method != "image-embedding/1" for match in copy.matches)
    assert stranger.matches == ()
    assert stranger.decisions[0].outcome is Outcome.CLEARED


def test_a_work_without_a_vector_is_not_found_by_it(library: Library, model: Model) -> None:
    assert judged(library, model, edited(picture(3))).matches == ()
    assert len(Vectors(library, model)) == 2


def test_corners_bear_out_what_the_model_found(tmp_path: Path, model: Model, monkeypatch: Any) -> None:
    pytest.importorskip("cv2", reason="local features need OpenCV (extra `thorough`)")
    world = a_world(tmp_path)
    drawn = Image.fromarray(scene(1)).convert("RGB")
    register(world, 1, drawn, Stance.RESERVE, model=model, local=True)
    library = world.library()
    monkeypatch.setattr(Corners, "find", lambda *_: ((), False))  # as where votes find none

    width, height = drawn.size
    crop = drawn.crop((width // 12, height // 12, width - width // 20, height - height // 20))
    without, answer = (judged(library, each, crop) for each in (None, model))

    assert without.matches == ()
    assert answer.best is not None
    assert answer.best.kind is MatchKind.CONFIRMED
    assert answer.decisions[0].outcome is Outcome.RESERVED


def test_a_crowd_of_resemblances_leaves_the_row_unclear(tmp_path: Path, library: Library, model: Model) -> None:
    vector = model.embed(jpeg(40)).vector
    crowd = of_vectors(library, model, [vector] * (SHORTLIST + 1))
    hers = model.embed(jpeg(edited(picture(40)), 80)).vector

    (near,) = Vectors(crowd, model).near([hers])

    assert near.capped
    assert len(near.works) == SHORTLIST
    assert all(cosine >= LEAST for _, cosine in near.works)
    assert not Vectors(library, model).near([hers])[0].capped


def of_vectors(library: Library, model: Model, vectors: list[Any], digest: str = "") -> Library:
    """A library of nothing but these vectors, one a work."""
    rows = [in_rows(vector) for vector in vectors]
    works = np.repeat(np.arange(len(rows), dtype=np.uint32), [len(each) for each in rows])
    owner = np.frombuffer(bytes.fromhex(digest or model.sha256), np.uint8)
    arrays = {
        "image-embedding.model": np.tile(owner, (len(works), 1)),
        "image-embedding.work": works,
        "image-embedding.value": np.concatenate(rows),
    }
    return replace(library, arrays=library.arrays | arrays)


def test_near_is_what_a_plain_product_says_in_whatever_blocks(library: Library, model: Model, monkeypatch: Any) -> None:
    vectors = [model.embed(jpeg(seed % 7 if seed % 3 else edited(picture(seed % 7)))).vector for seed in range(24)]
    held = of_vectors(library, model, vectors)
    whole = Vectors(held, model).near(vectors[:5])
    monkeypatch.setattr("placet.snapshot.vectors._BLOCK", 5 * 256)

    pieces = Vectors(held, model).near(vectors[:5])

    alone = [Vectors(held, model).near([each])[0] for each in vectors[:5]]
    assert whole == pieces == alone
    for at, near in enumerate(whole):
        cosines = [float(vectors[at].astype(float) @ each.astype(float)) for each in vectors]
        expected = sorted((-cosine, work) for work, cosine in enumerate(cosines) if cosine >= LEAST)
        assert list(near.works) == [(work, -cosine) for cosine, work in expected]


@pytest.mark.parametrize("value", [np.nan, np.inf, 2.0, 0.00001])
def test_a_forged_array_is_refused(library: Library, model: Model, value: float) -> None:
    vector = model.embed(jpeg(1)).vector.copy()
    vector[3] = value

    with pytest.raises(BadRecord, match="no vector of length 1"):
        Vectors(of_vectors(library, model, [vector]), model)


def test_an_unsorted_array_is_refused(library: Library, model: Model) -> None:
    held = of_vectors(library, model, [model.embed(jpeg(1)).vector, model.embed(jpeg(2)).vector])
    turned = {"image-embedding.work": held.arrays["image-embedding.work"][::-1].copy()}

    with pytest.raises(BadRecord, match="not sorted"):
        Vectors(replace(held, arrays=held.arrays | turned), model)


def test_vectors_of_another_length_or_model_are_left_out_and_counted(library: Library, model: Model) -> None:
    right = model.embed(jpeg(1)).vector
    short = Embedding(model.sha256, np.eye(1, 64, dtype=np.float16)[0]).vector

    mixed = Vectors(of_vectors(library, model, [short, right]), model)
    other = Vectors(of_vectors(library, model, [right, right], digest="ab" * 32), model)

    assert (len(mixed), mixed.others) == (1, 1)
    assert mixed.near([right])[0].works[0][0] == 1
    assert (len(other), other.others) == (0, 2)


def test_a_snapshot_without_vectors_of_the_model_is_refused(tmp_path: Path, library: Library) -> None:
    other = a_model(tmp_path, cells=4)

    with pytest.raises(NotFound, match="holds no vectors of the embedding model"):
        rules("thorough", library, other)


def test_the_plan_names_the_model_and_another_one_does_not_go_on(tmp_path: Path) -> None:
    world, ours, other = a_world(tmp_path), a_model(tmp_path), a_model(tmp_path, cells=4)
    register(world, 1, picture(1), Stance.RESERVE, model=ours)
    register(world, 2, picture(2), Stance.RESERVE, model=other)
    snapshot, dataset = world.snapshot(), tmp_path / "dataset"
    dataset.mkdir()
    (dataset / "a.jpg").write_bytes(jpeg(edited(picture(1)), 80))
    (dataset / "b.jpg").write_bytes(jpeg(30))
    asked = {"effort": "thorough", "embedding": ours.path}

    cleared = world.clear(dataset, snapshot, tmp_path / "out", **asked)

    assert ours.sha256 in cleared.plan.rules["embedding"]
    assert "works compared: 1, left out for lack of such a vector: 1" in cleared.plan.rules["embedding"]
    decided = pq.read_table(tmp_path / "out" / "decisions.parquet").to_pylist()
    assert {each["row"]: each["outcome"] for each in decided} == {"a.jpg": "unclear", "b.jpg": "cleared"}
    assert ours.sha256[:12] in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    for changed in ({"effort": "thorough", "embedding": other.path}, {"effort": "thorough"}):
        with pytest.raises(PlanChanged, match="rule of embedding"):
            world.clear(dataset, snapshot, tmp_path / "out", **changed)
    with pytest.raises(WrongUsage, match="add --effort thorough"):
        world.clear(dataset, snapshot, tmp_path / "other", embedding=ours.path)


def test_a_snapshot_in_segments_holds_the_vectors_of_all(tmp_path: Path, model: Model) -> None:
    world, other = a_world(tmp_path), a_model(tmp_path, cells=4)
    for seed, by in ((1, model), (2, other)):
        register(world, seed, picture(seed), Stance.RESERVE, model=by)
    older = world.snapshot("older")
    for seed, by in ((3, other), (4, model)):
        register(world, seed, picture(seed), Stance.RESERVE, model=by)
    publish_snapshot(world.home, tmp_path / "newer", older)
    library = open_library(tmp_path / "newer")

    found = Vectors(library, model).near([model.embed(jpeg(seed)).vector for seed in (1, 4)])

    assert [near.works[0][0] for near in found] == [0, 3]
    assert len(Vectors(library, other)) == 2


@pytest.mark.slow
def test_one_process_or_two_decide_the_same(tmp_path: Path) -> None:
    world, model = a_world(tmp_path), a_model(tmp_path)
    for seed in (1, 2, 3):
        register(world, seed, picture(seed), Stance.RESERVE, model=model)
    snapshot, dataset = world.snapshot(), tmp_path / "dataset"
    dataset.mkdir()
    for seed in range(1, 7):
        (dataset / f"{seed}.jpg").write_bytes(jpeg(edited(picture(seed)), 80))

    outs = [tmp_path / f"out{workers}" for workers in (1, 2)]
    for workers, out in zip((1, 2), outs, strict=True):
        world.clear(dataset, snapshot, out, effort="thorough", embedding=model.path, workers=workers)

    one, two = ((out / "decisions.parquet").read_bytes() for out in outs)
    assert one == two
    assert pq.read_table(outs[0] / "decisions.parquet").column("outcome").to_pylist().count("unclear") == 3
