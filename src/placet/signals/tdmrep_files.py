"""TDMRep outside its own file: the two properties in headers, HTML, EPUB and PDF metadata (sections 6.1 to 6.4).

The forms inside files spell them `tdm:reservation` and `tdm:policy`: EPUB with the namespace that ends in `#`,
PDF with the one that ends in `/`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

from placet.core.subject import Kind, Subject
from placet.errors import SignalError
from placet.signals import xml_tree, xmp
from placet.signals.codec import Channel, Document
from placet.signals.html_head import meta
from placet.signals.http_fields import fields

__all__ = ["EPUB", "PDF", "Pairs", "documents", "pairs"]

PDF = "http://www.w3.org/ns/tdmrep/"
EPUB = "http://www.w3.org/ns/tdmrep#"
_OPF = "http://www.idpf.org/2007/opf"


@dataclass(frozen=True, slots=True)
class Pairs:
    """All values found for the two properties, in order."""

    reservations: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


def pairs(document: Document) -> Pairs:
    """The properties in headers, a page, an EPUB package document or an XMP packet."""
    if document.channel is Channel.HEADER:
        return _gather(((name, value) for name, value, _ in fields(document.body)), "tdm-")
    if document.channel is Channel.PAGE:
        return _gather(((name, value) for name, value, _ in meta(document.body, document.media_type)), "tdm-")
    if xmp.holds_packet(document.body):
        return _from_xmp(document)
    root = xml_tree.parse(document.body, document.where)
    if root.name != (_OPF, "package"):
        raise SignalError(f"{document.where} is neither an XMP packet nor an EPUB package document")
    return _from_package(root)


def _gather(named: Iterable[tuple[str, str]], prefix: str, faults: tuple[str, ...] = ()) -> Pairs:
    found = [(name.strip().lower(), value) for name, value in named]
    reservations = tuple(value for name, value in found if name == f"{prefix}reservation")
    policies = tuple(value for name, value in found if name == f"{prefix}policy")
    return Pairs(reservations, policies, faults)


def _from_package(root: xml_tree.Node) -> Pairs:
    """EPUB 2 has `name` and `content`, EPUB 3 `property` and text, its prefix declared on the package."""
    named = []
    modern = False
    for node in root.walk():
        if node.name == (_OPF, "meta"):
            named.append((node.get("name") or "", node.get("content") or ""))
            named.append((node.get("property") or "", node.text))
            modern = modern or (node.get("property") or "").startswith("tdm:")
    declared = EPUB in (root.get("prefix") or "").split()
    faults = ("it uses the prefix tdm: without declaring it",) if modern and not declared else ()
    return _gather(named, "tdm:", faults)


def _from_xmp(document: Document) -> Pairs:
    packets = xmp.packets(document.body, document.where)
    properties = [each for packet in packets for each in packet.properties if each.namespace in (PDF, EPUB)]
    named = [(f"tdm:{each.name}", value) for each in properties for value in each.values]
    wrong = any(each.namespace == EPUB for each in properties)
    faults = (f"XMP says tdm: with the namespace of EPUB, not {PDF}",) if wrong else ()
    return _gather(named, "tdm:", faults)


def documents(subject: Subject, value: int, policy: str) -> tuple[Document, ...]:
    """The documents that say it of `subject`: of a site one file, of an address four forms, of a work its XMP."""
    if subject.kind is Kind.DOMAIN:
        return (_file(f"https://{subject.id}", "/", value, policy),)
    if subject.kind is Kind.PATTERN:
        parts = urlsplit(subject.id)
        location = subject.id.split(parts.netloc, 1)[-1] if parts.netloc else ""
        return (_file(f"https://{parts.netloc}", location or "/", value, policy),) if parts.netloc else ()
    if subject.kind is not Kind.URL or not subject.id.startswith("https://"):
        return (_packet(subject.id, value, policy),)
    parts = urlsplit(subject.id)
    path = (parts.path + ("?" + parts.query if parts.query else "")).replace("*", "%2A").replace("$", "%24")
    return (
        _file(f"https://{parts.netloc}", path + "$", value, policy),
        _header(subject.id, value, policy),
        _page(subject.id, value, policy),
        _packet(subject.id, value, policy),
    )


def _file(origin: str, location: str, value: int, policy: str) -> Document:
    rule: dict[str, object] = {"location": location, "tdm-reservation": value}
    if policy:
        rule["tdm-policy"] = policy
    body = json.dumps([rule], indent=1).encode() + b"\n"
    return Document(
        where=f"{origin}/.well-known/tdmrep.json", body=body, channel=Channel.SITE, media_type="application/json"
    )


def _header(where: str, value: int, policy: str) -> Document:
    lines = [f"tdm-reservation: {value}", *([f"tdm-policy: {policy}"] if policy else [])]
    return Document(where=where, body="\r\n".join([*lines, ""]).encode(), channel=Channel.HEADER)


def _page(where: str, value: int, policy: str) -> Document:
    names = {"tdm-reservation": str(value), **({"tdm-policy": policy} if policy else {})}
    metas_ = "".join(f'<meta name="{name}" content="{escape(text)}">\n' for name, text in names.items())
    return Document(
        where=where, body=f"<head>\n{metas_}</head>\n".encode(), channel=Channel.PAGE, media_type="text/html"
    )


def _packet(where: str, value: int, policy: str) -> Document:
    values = {(PDF, "reservation"): str(value), **({(PDF, "policy"): policy} if policy else {})}
    body = xmp.write(values, {PDF: "tdm"})
    return Document(where=where, body=body, channel=Channel.EMBEDDED, media_type="application/rdf+xml")
