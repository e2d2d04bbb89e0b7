"""Digests in a column of texts: those that are, whatever their capitals, and what their first bytes mean."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from placet.clearance.addresses import hex_digits

_DIGEST = st.binary(min_size=32, max_size=32).map(bytes.hex)
_TEXT = (
    _DIGEST
    | _DIGEST.map(str.upper)
    | st.text(max_size=70)
    | st.text("0123456789abcdefgG/:@`", min_size=64, max_size=64)
)


@given(st.lists(_TEXT, max_size=12))
def test_a_digest_is_so_many_hex_digits(texts: list[str]) -> None:
    coded = [text.encode() for text in texts]
    offsets = np.concatenate([[0], np.cumsum([len(text) for text in coded])]).astype(np.int64)

    kinds, firsts = hex_digits(offsets, np.frombuffer(b"".join(coded) + b"\0", np.uint8), 64)

    assert kinds.tolist() == [_kind(text) for text in texts]
    assert [first for first, kind in zip(firsts.tolist(), kinds.tolist(), strict=True) if kind > 0] == [
        int(text[:16], 16) for text in texts if _kind(text) > 0
    ]


def _kind(text: str) -> int:
    if not text:
        return 0
    return 1 if len(text) == 64 and set(text) <= set("0123456789abcdefABCDEF") else -1
