"""Our published vectors, run on this machine: does it compute what everybody else computes?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import Any

import numpy as np

from placet.core.identifiers import canonical
from placet.errors import PlacetError
from placet.fingerprints import audio_chroma, audio_landmark, image_pdq, image_plh, text_winnow
from placet.fingerprints.audio_synthetic import play
from placet.fingerprints.synthetic import draw
from placet.record.merkle import leaf_hash, root, verify_consistency, verify_inclusion
from placet.record.notes import open_note, parse_note, parse_vkey
from placet.record.tiles import Tile, parse_tile_path
from placet.registry.challenges import DNS, HTTP, Challenge, thumbprint
from placet.registry.links import binding_text, check_link
from placet.signals.codecs import CODECS
from placet.signals.vectors import codec_name, read_case
from placet.signing.envelope import pae
from placet.signing.keys import Role, generate
from placet.signing.notes import Cosigner, can_check, verifier_of

__all__ = ["SUITES", "Ran", "run_suites", "suites"]

Vectors = dict[str, Any]
Outcome = tuple[str, bool]  # a vector's name, and whether it held


@dataclass(frozen=True, slots=True)
class Ran:
    """How many vectors of a suite ran, and the names of those that did not hold."""

    suite: str
    source: str
    count: int
    failed: tuple[str, ...]


def run_suites() -> Iterator[Ran]:
    """Every suite, in order."""
    for path, check in suites().items():
        vectors = json.loads(files("placet").joinpath("vectors", path).read_text("utf-8"))
        held = list(check(vectors))
        failed = tuple(name for name, good in held if not good)
        yield Ran(path.removesuffix(".json"), str(vectors.get("from", "")), len(held), failed)


def suites() -> dict[str, Callable[[Vectors], Iterator[Outcome]]]:
    """Every file of vectors and how it is run; a signal's file is run by being there."""
    folder = files("placet").joinpath("vectors", "signals")
    names = sorted(path.name for path in folder.iterdir() if path.name.endswith(".json"))
    return SUITES | {f"signals/{name}": partial(_signals, name) for name in names}


def _signals(file_name: str, vectors: Vectors) -> Iterator[Outcome]:
    for each in vectors["cases"]:
        codec = CODECS.get(codec_name(each, file_name))
        yield each["name"], codec is not None and read_case(codec, each) == (each["reading"], each["problems"])


def _plh(vectors: Vectors) -> Iterator[Outcome]:
    for each in vectors["vectors"]:
        luma = draw(each["picture"])
        words, quality = image_plh.compute_fast(luma)
        both = {image_plh.compute(luma).hex(), words.tobytes().hex()}
        yield each["name"], both == {each["hash"]} and quality == each["quality"]


def _pdq(vectors: Vectors) -> Iterator[Outcome]:
    for each in vectors["vectors"]:
        planes = [draw(spec) for spec in each.get("planes", [each.get("picture")])]
        value, quality = image_pdq.compute(planes[0] if len(planes) == 1 else np.stack(planes, axis=-1))
        yield each["name"], (value.hex(), quality) == (each["hash"], each["quality"])


def _winnow(vectors: Vectors) -> Iterator[Outcome]:
    for each in vectors["cases"]:
        prints = text_winnow.compute(each["text"])
        hashes = [f"{value:016x}" for value in prints.hashes.tolist()]
        said = text_winnow.text_sha256(each["text"]).hex(), prints.length, hashes, prints.positions.tolist()
        yield each["name"], said == (each["sha256"], each["length"], each["hashes"], each["positions"])


def _sounds(vectors: Vectors) -> Iterator[Outcome]:
    """Floating point may move a bit elsewhere: 97 of 100 bits, and as many marks, are the same sound."""
    for each in vectors["vectors"]:
        samples = play(each["sound"])
        items, marks = audio_chroma.compute(samples), audio_landmark.compute(samples, dense=False)
        wanted, told = np.array(each["items"], np.uint32), {tuple(pair) for pair in each["marks"]}
        found = set(zip(marks.hashes.tolist(), marks.times.tolist(), strict=True))
        same = len(items) == len(wanted) and np.bitwise_count(items ^ wanted).sum() <= 0.03 * 32 * len(items)
        yield each["name"], bool(same) and len(found & told) >= 0.97 * len(found | told)


def _merkle(vectors: Vectors) -> Iterator[Outcome]:
    leaves = [leaf_hash(bytes.fromhex(leaf)) for leaf in vectors["leaves"]]
    roots = [bytes.fromhex(each) for each in vectors["roots"]]
    for size, wanted in enumerate(roots, 1):
        yield f"root of {size}", root(leaves[:size]) == wanted
    for each in vectors["inclusion"]:
        index, size, path = each["index"], each["size"], [bytes.fromhex(part) for part in each["path"]]
        proof = (leaves[index], index, size, path, roots[size - 1])
        yield f"leaf {index} in {size}", _holds(verify_inclusion, *proof)
    for each in vectors["consistency"]:
        old, new, path = each["old"], each["new"], [bytes.fromhex(part) for part in each["path"]]
        yield f"{old} before {new}", _holds(verify_consistency, old, new, path, roots[old - 1], roots[new - 1])


def _notes(vectors: Vectors) -> Iterator[Outcome]:
    for each in vectors["notes"]:
        verifier = verifier_of(parse_vkey(each["vkey"]))
        yield each["name"], _holds(open_note, parse_note(each["note"].encode()), [verifier])


def _cosignatures(vectors: Vectors) -> Iterator[Outcome]:
    """Each line is believed or not; where the witness's seed is given, we also write the very same line."""
    for each in vectors["cases"]:
        vkey, note = parse_vkey(each["vkey"]), parse_note(f"{each['text']}\n{each['line']}".encode())
        if not can_check(vkey):  # an OpenSSL without ML-DSA: such a line counts for nothing there
            continue
        good = verifier_of(vkey).verify(note.text.encode(), note.signatures[0].blob) == each["holds"]
        if "seed" in each:
            cosigner = Cosigner(generate(bytes.fromhex(each["seed"]), Role.WITNESS), vkey.name)
            good = good and str(cosigner.sign(note.text, each["time"])) == each["line"]
        yield each["name"], good


def _tiles(vectors: Vectors) -> Iterator[Outcome]:
    for each in vectors["paths"]:
        tile = Tile(each["level"], each["index"], each["width"])
        yield each["path"], tile.path == each["path"] and parse_tile_path(each["path"]) == tile


def _signing(vectors: Vectors) -> Iterator[Outcome]:
    for number, each in enumerate(vectors["ed25519"], 1):
        key = generate(bytes.fromhex(each["private"]), Role.PARTY)
        signature = key.sign(bytes.fromhex(each["message"])).hex()
        yield f"RFC 8032 test {number}", (key.public.hex(), signature) == (each["public"], each["signature"])
    for each in vectors["pae"]:
        yield f"DSSE {each['type']}", pae(each["payload"].encode(), each["type"]) == each["encoded"].encode()


def _identifiers(vectors: Vectors) -> Iterator[Outcome]:
    for each in vectors["read"]:
        yield each["text"], _spelled(each["text"]) == each["is"]
    for each in vectors["refused"]:
        yield each["text"], _spelled(each["text"]).endswith(f"({each['rule']})")


def _spelled(text: str) -> str:
    """The one spelling of an identifier, or why it has none."""
    try:
        return canonical(text)
    except ValueError as error:
        return str(error)


def _challenges(vectors: Vectors) -> Iterator[Outcome]:
    for each in vectors["vectors"]:
        named = {name: each[name] for name in ("domain", "party", "token")}
        by_file, by_txt = Challenge(**named, method=HTTP), Challenge(**named, method=DNS)
        told = (thumbprint(each["party"]), by_file.path, by_file.expected, by_txt.name, by_txt.expected)
        yield each["domain"], told == tuple(each[name] for name in ("thumbprint", "file", "content", "name", "txt"))


def _links(vectors: Vectors) -> Iterator[Outcome]:
    text, at = binding_text(vectors["key"], vectors["log"]), vectors["at"]
    for each in vectors["vectors"]:
        told = each["signature"]
        blob = bytes.fromhex(told) if each["kind"] == "did" else told.encode()
        refused = ""
        try:
            check_link(each["kind"], each["public"], blob, text, at)
        except PlacetError as error:
            refused = str(error)
        due = f"({each['refused']})" if each["refused"] else ""
        yield each["name"], text.decode() == vectors["text"] and refused.endswith(due) and bool(due) == bool(refused)


def _holds(check: Callable[..., object], *arguments: object) -> bool:
    try:
        check(*arguments)
    except PlacetError:
        return False
    return True


# A new suite is one file of vectors and one row; the vectors of signals need no row.
SUITES: dict[str, Callable[[Vectors], Iterator[Outcome]]] = {
    "record/merkle.json": _merkle,
    "record/tiles.json": _tiles,
    "record/notes.json": _notes,
    "record/cosignatures.json": _cosignatures,
    "record/signing.json": _signing,
    "identity/identifiers.json": _identifiers,
    "identity/challenges.json": _challenges,
    "identity/links.json": _links,
    "fingerprints/image-plh.json": _plh,
    "fingerprints/image-pdq.json": _pdq,
    "fingerprints/text-winnow.json": _winnow,
    "fingerprints/audio.json": _sounds,
}
