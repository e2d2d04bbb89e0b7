"""Digests agree with the published values, from memory and from a file."""

from __future__ import annotations

import hashlib

import pytest
from blake3 import blake3

from placet.fingerprints.digests import blake3_of, digest_bytes, digest_file, sha256_of


def test_the_digests_of_abc_are_the_published_ones():
    digests = digest_bytes(b"abc")

    assert digests.sha256.hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digests.blake3.hex() == "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"
    assert digests.size == 3
    assert (sha256_of(b"abc"), blake3_of(memoryview(b"abc"))) == (digests.sha256, digests.blake3)


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (2 << 20) + 7])
def test_a_file_digests_as_its_bytes_do(tmp_path, size):
    data = bytes(i * 31 % 251 for i in range(size % 1000)) + bytes(size - size % 1000)
    path = tmp_path / "work.bin"
    path.write_bytes(data)

    assert digest_file(path) == digest_bytes(data)
    assert digest_file(path).sha256 == hashlib.sha256(data).digest()
    assert digest_file(str(path)).blake3 == blake3(data).digest()
    assert digest_file(path).size == size
