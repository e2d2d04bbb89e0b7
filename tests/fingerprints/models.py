"""Tiny ONNX models, written byte by byte: protobuf as onnx.proto (IR version 8, opset 13) lays it out."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["attribute", "graph", "node", "pooling", "weights_elsewhere"]

Dims = Sequence[int | str]


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def attribute(name: str, values: Sequence[int]) -> bytes:
    """A list of integers."""
    return _bytes(5, _bytes(1, name) + b"".join(_number(8, value) for value in values) + _number(20, 7))


def node(operator: str, inputs: Sequence[str], outputs: Sequence[str], *attributes: bytes) -> bytes:
    names = [_bytes(1, name) for name in inputs] + [_bytes(2, name) for name in outputs]
    return _bytes(1, b"".join([*names, _bytes(4, operator), *attributes]))


def _value(field: int, name: str, dims: Dims) -> bytes:
    shape = b"".join(_bytes(1, _number(1, dim) if isinstance(dim, int) else _bytes(2, dim)) for dim in dims)
    return _bytes(field, _bytes(1, name) + _bytes(2, _bytes(1, _number(1, 1) + _bytes(2, shape))))


def graph(nodes: Sequence[bytes], inputs: Sequence[tuple[str, Dims]], length: int, extra: bytes = b"") -> bytes:
    """A model of these nodes whose output is "y"; all its values are float32."""
    values = [_value(11, *each) for each in inputs] + [_value(12, "y", (1, length))]
    body = b"".join([*nodes, _bytes(2, "tiny"), extra, *values])
    return _number(1, 8) + _bytes(7, body) + _bytes(8, _bytes(1, "") + _number(2, 13))


def pooling(side: int = 32, cells: int = 8, batch: int | str = "n") -> bytes:
    """The mean colours of `cells` x `cells` fields: no model of copies, but one that edits leave nearly as it was."""
    sizes = attribute("kernel_shape", [side // cells] * 2), attribute("strides", [side // cells] * 2)
    nodes = [node("AveragePool", ["x"], ["p"], *sizes), node("Flatten", ["p"], ["y"])]
    return graph(nodes, [("x", (batch, 3, side, side))], 3 * cells * cells)


def weights_elsewhere(location: str) -> bytes:
    """A model that wants 192 weights from a second file."""
    place = _bytes(13, _bytes(1, "location") + _bytes(2, location))
    weights = _bytes(5, _number(1, 192) + _number(2, 1) + _bytes(8, "w") + place + _number(14, 1))
    sizes = attribute("kernel_shape", [4, 4]), attribute("strides", [4, 4])
    nodes = [
        node("AveragePool", ["x"], ["p"], *sizes),
        node("Flatten", ["p"], ["q"]),
        node("Add", ["q", "w"], ["y"]),
    ]
    return graph(nodes, [("x", (1, 3, 32, 32))], 192, weights)
