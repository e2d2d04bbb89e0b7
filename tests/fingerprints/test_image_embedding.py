"""Embedding models: what is one, what its vectors are, and what a sheet may hold."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from placet.core.canonical import decode, encode
from placet.errors import BadInput, BadMedia, BadRecord, MissingExtra
from placet.fingerprints import image_embedding
from placet.fingerprints.describe import describe
from placet.fingerprints.image_embedding import Model, are_units, open_model
from placet.fingerprints.sheet import format_sheet, parse_sheet
from tests.fingerprints.models import attribute, graph, node, pooling, weights_elsewhere
from tests.snapshot.world import jpeg, picture

pytest.importorskip("onnxruntime", reason="embedding models need ONNX Runtime (extra `embedding`)")


@pytest.fixture
def model(tmp_path: Path) -> Model:
    path = tmp_path / "pooling.onnx"
    path.write_bytes(pooling())
    return open_model(path)


def cosine(model: Model, one: bytes, other: bytes) -> float:
    a, b = (model.embed(each).vector.astype(np.float64) for each in (one, other))
    return float(a @ b)


def test_a_model_says_what_it_takes_and_gives(model: Model) -> None:
    assert (model.height, model.width, model.length) == (32, 32, 192)
    assert len(model.sha256) == 64


def test_a_picture_is_near_its_edits_and_far_from_others(model: Model) -> None:
    original = picture(1)
    cropped = original.crop((9, 6, 231, 154))

    assert cosine(model, jpeg(original), jpeg(cropped, 60)) > 0.9
    assert cosine(model, jpeg(original), jpeg(2)) < 0.5


def test_a_vector_has_length_one_in_steps_that_sum_exactly(model: Model) -> None:
    vectors = np.stack([model.embed(jpeg(seed)).vector for seed in range(8)])

    assert are_units(vectors.astype(np.float32))
    single = vectors.astype(np.float32)
    exact = vectors.astype(np.float64) @ vectors.astype(np.float64).T
    for order in (np.arange(192), np.arange(192)[::-1], np.random.default_rng(1).permutation(192)):
        assert np.array_equal((single[:, order] @ single[:, order].T).astype(np.float64), exact)


def test_the_means_and_deviations_are_those_of_imagenet(tmp_path: Path) -> None:
    path = tmp_path / "flat.onnx"
    path.write_bytes(pooling())

    vector = open_model(path).embed(jpeg(Image.new("RGB", (64, 64), "white"), 100)).vector.astype(float)

    expected = np.repeat([(1 - 0.485) / 0.229, (1 - 0.456) / 0.224, (1 - 0.406) / 0.225], 64)
    assert np.abs(vector - expected / np.linalg.norm(expected)).max() <= 1 / 2048


def test_another_process_opens_the_same_model_and_no_other(model: Model) -> None:
    there = pickle.loads(pickle.dumps(model))  # noqa: S301  our own bytes
    assert np.array_equal(there.embed(jpeg(1)).vector, model.embed(jpeg(1)).vector)

    model.path.write_bytes(pooling(cells=4))
    image_embedding._session.cache_clear()

    with pytest.raises(BadInput, match="was replaced"):
        there.embed(jpeg(1))


def wrong_models() -> dict[str, tuple[bytes, str]]:
    sizes = attribute("kernel_shape", [4, 4]), attribute("strides", [4, 4])
    pool, flat = node("AveragePool", ["x"], ["p"], *sizes), node("Flatten", ["p"], ["y"])
    takes = [("x", (1, 3, 32, 32))]
    return {
        "nothing": (b"", "no ONNX model"),
        "a text": (b"hello, world", "no ONNX model"),
        "cut short": (pooling()[:60], "no ONNX model"),
        "an operator nobody knows": (graph([node("Nonsense", ["x"], ["y"])], takes, 48), "no ONNX model"),
        "two inputs": (graph([pool, flat], [*takes, ("z", (1, 3, 32, 32))], 192), "one picture"),
        "a batch": (pooling(batch=4), "takes 4 pictures at once"),
        "any size": (graph([pool, flat], [("x", (1, 3, "h", "w"))], 192), "export it for one size"),
        "too large": (pooling(side=4096), "export it for one size"),
        "one colour": (graph([pool, flat], [("x", (1, 1, 32, 32))], 64), "one picture"),
        "a long vector": (graph([node("Flatten", ["x"], ["y"])], takes, 3072), "at most 2,048"),
        "a short vector": (pooling(cells=1), "16 to 2,048 values is expected, and it gives one of 3"),
        "nothing but zeros": (
            graph([pool, node("Sub", ["p", "p"], ["q"]), node("Flatten", ["q"], ["y"])], takes, 192),
            "gives none",
        ),
        "chance": (graph([node("RandomNormal", [], ["y"], attribute("shape", [1, 48]))], takes, 48), "another vector"),
    }


@pytest.mark.parametrize("name", wrong_models())
def test_a_wrong_model_is_one_sentence(tmp_path: Path, name: str) -> None:
    data, why = wrong_models()[name]
    path = tmp_path / "model.onnx"
    path.write_bytes(data)

    with pytest.raises(BadInput, match=why) as refused:
        open_model(path)

    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("where", ["beside", "absolute", "above"])
def test_weights_in_a_second_file_are_not_read(tmp_path: Path, monkeypatch: Any, where: str) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for place in (folder, tmp_path):
        (place / "weights.bin").write_bytes(np.ones(192, "<f4").tobytes())
    location = {"beside": "weights.bin", "absolute": str(tmp_path / "weights.bin"), "above": "../weights.bin"}[where]
    (folder / "model.onnx").write_bytes(weights_elsewhere(location))

    with pytest.raises(BadInput, match="no ONNX model that can be run"):
        open_model(folder / "model.onnx")


def test_no_file_and_no_runtime_are_one_sentence(tmp_path: Path, model: Model, monkeypatch: Any) -> None:
    with pytest.raises(BadInput, match="there is no such file"):
        open_model(tmp_path)

    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    image_embedding._session.cache_clear()

    with pytest.raises(MissingExtra, match=r"placet\[embedding\]"):
        open_model(model.path)


def test_what_is_no_picture_has_no_vector(model: Model) -> None:
    with pytest.raises(BadMedia):
        model.embed(b"\xff\xd8\xff")


def test_a_picture_without_a_vector_is_registered_by_the_rest(tmp_path: Path) -> None:
    sizes = attribute("kernel_shape", [4, 4]), attribute("strides", [4, 4])
    nodes = [node("AveragePool", ["x"], ["p"], *sizes), node("Relu", ["p"], ["q"]), node("Flatten", ["q"], ["y"])]
    path = tmp_path / "bright.onnx"
    path.write_bytes(graph(nodes, [("x", (1, 3, 32, 32))], 192))
    dark = jpeg(picture(1).point(lambda value: value * 2 // 5))

    described, plain = describe(dark, "dark.jpg", model=open_model(path)), describe(dark, "dark.jpg")

    assert "no vector for it" in described.weakness
    assert described.sheet == plain.sheet
    assert described.record == plain.record


def test_a_sheet_tells_the_vector_only_where_a_model_was_named(model: Model) -> None:
    told, silent = describe(jpeg(1), "a.jpg", model=model), describe(jpeg(1), "a.jpg")

    embedding = parse_sheet(told.sheet).embedding
    assert embedding is not None
    assert embedding.model == model.sha256
    assert np.array_equal(embedding.vector, model.embed(jpeg(1)).vector)
    assert format_sheet(parse_sheet(told.sheet)) == told.sheet
    assert parse_sheet(silent.sheet).embedding is None
    assert b"image-embedding" not in silent.sheet


def _hex(values: Any) -> str:
    return np.asarray(values, "<f2").tobytes().hex()


ONE = [1.0] + [0.0] * 15
FORGED: dict[str, Any] = {
    "not a number": {"model": "ab" * 32, "vector": _hex([np.nan] * 16)},
    "one not a number": {"model": "ab" * 32, "vector": _hex([*ONE[:15], np.nan])},
    "infinite": {"model": "ab" * 32, "vector": _hex([np.inf] * 16)},
    "of length 0": {"model": "ab" * 32, "vector": _hex([0.0] * 16)},
    "of length 2": {"model": "ab" * 32, "vector": _hex([0.5] * 16)},
    "huge values": {"model": "ab" * 32, "vector": _hex([65504.0] * 16)},
    "finer steps": {"model": "ab" * 32, "vector": _hex([1.0, 0.0001, *[0.0] * 14])},
    "too short": {"model": "ab" * 32, "vector": _hex(ONE[:15])},
    "too long": {"model": "ab" * 32, "vector": _hex([1.0] + [0.0] * 2048)},
    "half a value": {"model": "ab" * 32, "vector": _hex(ONE) + "00"},
    "no hex": {"model": "ab" * 32, "vector": "zz" * 32},
    "no text": {"model": "ab" * 32, "vector": [1]},
    "no model": {"vector": _hex(ONE)},
    "a model by another name": {"model": "../model", "vector": _hex(ONE)},
    "a list": [],
    "nothing in it": {},
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_vector_is_refused(name: str) -> None:
    sheet = encode({"v": 1, "image-embedding/1": FORGED[name]})

    with pytest.raises(BadRecord, match="cannot be read"):
        parse_sheet(sheet)


def test_the_plainest_vector_is_read() -> None:
    sheet = encode({"v": 1, "image-embedding/1": {"model": "ab" * 32, "vector": _hex(ONE)}})

    embedding = parse_sheet(sheet).embedding

    assert embedding is not None
    assert embedding.vector.tolist() == ONE
    assert decode(sheet)["image-embedding/1"]["model"] == embedding.model
