"""Sites that were asked and what they answered, signed as a visit would sign it; and pictures that speak."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from placet.fingerprints.containers.replace import replace_xmp
from placet.signals.observation import PAYLOAD_TYPE, Exchange, Observation, encode
from placet.signing.envelope import seal
from placet.signing.keys import Key
from tests.factories import NOW

__all__ = ["is_generated", "observation", "save", "says_no", "xmp"]

_PLUS = "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED"


def observation(
    origin: str,
    answers: Mapping[str, str | int] | None = None,
    *,
    page: str = "/",
    headers: Mapping[str, str] | None = None,
    at: int = NOW - 100,
    body: bytes = b"",
) -> Observation:
    """What a site answered: `answers` maps a path to a body or a status; files that are not in it are not there."""
    told = {"/robots.txt": 404, "/.well-known/tdmrep.json": 404, "/ai.txt": 404} | dict(answers or {})
    exchanges = [_exchange(f"{origin}{path}", answer, at) for path, answer in told.items()]
    if headers is not None:
        fields = tuple((headers or {}).items())
        exchanges.append(Exchange(url=origin + page, at=at, status=200, headers=fields, body=body))
    return Observation(about=origin + page, exchanges=tuple(exchanges), agent="placet")


def _exchange(url: str, answer: str | int, at: int) -> Exchange:
    if isinstance(answer, int):
        return Exchange(url=url, at=at, status=answer or None, error="" if answer else "timed out")
    kind = "application/json" if url.endswith(".json") else "text/plain"
    return Exchange(url=url, at=at, status=200, headers=(("content-type", kind),), body=answer.encode())


def save(folder: Path, key: Key, *observations: Observation, name: str = "one") -> Path:
    """A file of signed observations, one a line."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.observations.jsonl"
    path.write_bytes(b"".join(seal(encode(each), PAYLOAD_TYPE, key) + b"\n" for each in observations))
    return path


def xmp(*properties: str) -> bytes:
    """An XMP packet with these properties of one description."""
    names = 'xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/"'
    names += ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    inside = "".join(properties)
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{rdf}">'
        f'<rdf:Description rdf:about="" {names}>{inside}</rdf:Description></rdf:RDF></x:xmpmeta>'
    ).encode()


def says_no(picture: bytes) -> bytes:
    """The same picture, whose IPTC metadata prohibits data mining."""
    return replace_xmp(picture, xmp(f"<plus:DataMining>{_PLUS}</plus:DataMining>"))


def is_generated(picture: bytes) -> bytes:
    """The same picture, whose IPTC metadata says that a model made it."""
    term = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    return replace_xmp(picture, xmp(f"<Iptc4xmpExt:DigitalSourceType>{term}</Iptc4xmpExt:DigitalSourceType>"))
