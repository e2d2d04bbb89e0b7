"""RSL documents (Really Simple Licensing 1.0, RSL-SPEC-1.0 of 2025-12-10 with errata to 2026-08-07).

Faults make a document non-conformant, and then it licenses nothing; remarks are read past and told: the habits of
the 0.9 draft (commas, `inference`, `XBT`), and tokens that nobody defined.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from placet.core.price_tag import attach
from placet.errors import SignalError
from placet.signals import xml_tree
from placet.signals.rsl_payment import Asked, Payment
from placet.signals.saying import web_address
from placet.signals.xml_tree import Node

__all__ = ["NAMESPACE", "USAGE", "Content", "Licence", "RslDocument", "find_documents", "parse"]

NAMESPACE = "https://rslstandard.org/rsl"
USAGE = ("all", "ai-all", "ai-train", "ai-input", "ai-index", "search")  # section 3.4.1.1, broadest first
_INSIDE = {"all": frozenset(USAGE[1:]), "ai-all": frozenset(USAGE[2:5])}

_USERS = frozenset({"commercial", "non-commercial", "education", "government", "personal"})
_PAYMENTS = frozenset({"purchase", "subscription", "training", "crawl", "use", "contribution", "attribution", "free"})
_LISTS = frozenset({"usage", "user", "geo"})
_LEGAL = frozenset({"warranty", "disclaimer", "attestation", "contact", "proof"})
_REPORTS = frozenset({"telemetry", "provenance", "audit"})
# Words of the drafts of 2025, read where they refuse; where they permit, nobody knows any more what.
_DRAFT = {"train-ai": "ai-train", "train-genai": "ai-train", "ai-use": "ai-input", "ai-summarize": "ai-input"}
_GEO = re.compile(r"[A-Z]{2}")
_CURRENCY = re.compile(r"[A-Z]{3}")

# Element: its attributes, its children, and those children that stand at most once (section 3, Appendix A).
_SHAPES: dict[str, tuple[frozenset[str], frozenset[str], frozenset[str]]] = {
    name: (frozenset(attributes.split()), frozenset(children.split()), frozenset(once.split()))
    for name, attributes, children, once in (
        ("rsl", "max-age", "content", ""),
        (
            "content",
            "url server encrypted lastmod",
            "license alternate schema copyright terms",
            "schema copyright terms",
        ),
        ("license", "", "permits prohibits payment reporting legal", "payment"),
        ("payment", "type", "standard custom amount accepts", "standard custom amount accepts"),
        ("permits", "type", "", ""),
        ("prohibits", "type", "", ""),
        ("standard", "", "", ""),
        ("custom", "", "", ""),
        ("amount", "currency", "", ""),
        ("accepts", "type", "", ""),
        ("reporting", "type profile endpoint", "", ""),
        ("legal", "type", "", ""),
        ("alternate", "type", "", ""),
        ("schema", "type", "", ""),
        ("copyright", "type contactEmail contactUrl", "", ""),
        ("terms", "", "", ""),
    )
}


@dataclass(frozen=True, slots=True)
class Licence:
    """One set of terms; `conditions` when something must be paid, shown, reported or be, before anything is allowed.

    `terms` is an address, with the price behind it where one was named.
    """

    permits: dict[str, tuple[str, ...]]
    prohibits: dict[str, tuple[str, ...]]
    conditions: bool
    terms: str
    asked: Asked


@dataclass(frozen=True, slots=True)
class Content:
    url: str
    licences: tuple[Licence, ...]


@dataclass(frozen=True, slots=True)
class RslDocument:
    contents: tuple[Content, ...] = ()
    faults: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def find_documents(body: bytes, where: str) -> tuple[Node, ...]:
    """The `rsl` elements inside other XML (section 4.8), outermost only."""
    return tuple(_outermost(xml_tree.parse(body, where)))


def parse(body: bytes, where: str, *, inline: bool = False) -> RslDocument:
    """A standalone document; SignalError when its root is no `rsl`."""
    root = xml_tree.parse(body, where)
    if root.name[1] != "rsl":
        raise SignalError(f"{where} is XML, but its root is {root.name[1]}, not rsl")
    return read_root(root, where, inline=inline)


def read_root(root: Node, where: str, *, inline: bool = False, travels: bool = False) -> RslDocument:
    """`inline` documents stand in the thing they are about, and hold exactly one content (sections 4.6.2, 4.8).

    What `travels` in a file names it by an address of its own.
    """
    faults = [] if root.name[0] == NAMESPACE else [f"its namespace is {root.name[0]!r}, not {NAMESPACE}"]
    if not faults:
        faults += [*_shape_faults(root), *_value_faults(root)]
    contents = _named(root, "content")
    if inline and len(contents) != 1:
        faults.append("a document inside a page or file has exactly one content")
    if inline and any((travels or node.get("server")) and not (node.get("url") or "").strip() for node in contents):
        faults.append("a content in a file, or with a server, needs a url that is not empty")
    remarks = tuple(dict.fromkeys(_remarks(root)))
    if root.prefix and not inline:
        remarks += ("its root has a prefix (section 2.2)",)
    return RslDocument(tuple(_content(node, where) for node in contents), tuple(dict.fromkeys(faults)), remarks)


def _outermost(node: Node) -> Iterator[Node]:
    if node.name == (NAMESPACE, "rsl"):
        yield node
    else:
        for child in node.children:
            yield from _outermost(child)


def _named(node: Node, name: str) -> list[Node]:
    return [child for child in node.children if child.name == (NAMESPACE, name)]


def _ours(node: Node) -> Iterator[Node]:
    """The node and all below it, foreign elements left out with their contents (erratum of 2026-08-07)."""
    yield node
    for child in node.children:
        if child.name[0] == NAMESPACE:
            yield from _ours(child)


def _shape_faults(root: Node) -> Iterator[str]:
    """Unknown names, missing and repeated elements: the work of the schema in Appendix A."""
    for node in _ours(root):
        attributes, children, once = _SHAPES.get(node.name[1], (frozenset(), frozenset(), frozenset()))
        unknown = {local for namespace, local in node.attributes if namespace in ("", NAMESPACE)} - attributes
        yield from (f"{node.name[1]} has an unknown attribute {name}" for name in sorted(unknown))
        counted = Counter(child.name[1] for child in node.children if child.name[0] == NAMESPACE)
        yield from (f"{name} does not belong in {node.name[1]}" for name in counted if name not in children)
        yield from (f"{name} stands {counted[name]} times" for name in sorted(once) if counted[name] > 1)
        typed = Counter((child.name[1], child.get("type")) for child in node.children if child.name[0] == NAMESPACE)
        for (name, kind), count in typed.items():
            if name in ("permits", "prohibits", "legal") and count > 1:
                yield f"{name} of type {kind} stands {count} times"
    if not _named(root, "content"):
        yield "it has no content"


def _value_faults(root: Node) -> Iterator[str]:
    age = root.get("max-age")
    if age is not None and not (age.isascii() and age.isdigit() and int(age[:9]) > 0):
        yield f"max-age {age!r} is no positive number of days"
    for node in _ours(root):
        check = _CHECKS.get(node.name[1])
        if check and not check[0](node):
            yield f"{node.name[1]} {check[1]}"


def _is_content(node: Node) -> bool:
    encrypted = node.get("encrypted")
    locked = encrypted in (None, "false") or (encrypted == "true" and bool(node.get("server")))
    return node.get("url") is not None and locked and bool(_named(node, "license"))


def _is_listed(node: Node) -> bool:
    kind = node.get("type")
    return kind in _LISTS and (kind != "geo" or all(_GEO.fullmatch(token) for token in _tokens(node)))


_CHECKS = {
    "content": (_is_content, "needs a url and a license, and a server when it is encrypted"),
    "permits": (_is_listed, "has no type, or is of places without two-letter codes"),
    "prohibits": (_is_listed, "has no type, or is of places without two-letter codes"),
    "amount": (lambda node: bool(_CURRENCY.fullmatch(node.get("currency") or "")), "has no ISO 4217 currency"),
    "accepts": (lambda node: bool(node.get("type")), "has no media type"),
    "reporting": (lambda node: node.get("type") in _REPORTS and bool(node.get("profile")), "has no type or profile"),
    "legal": (lambda node: node.get("type") in _LEGAL, "has no known type"),
}


def _remarks(root: Node) -> Iterator[str]:
    for node in _ours(root):
        name, kind = node.name[1], node.get("type")
        if name in ("permits", "prohibits", "legal") and "," in node.text and kind not in ("contact", "proof"):
            yield "it lists with commas, as the draft 0.9 did"
        if name == "payment" and kind == "inference":
            yield "it names the payment inference, as the draft 0.9 did; 1.0 says use"
        elif name == "payment" and kind is not None and kind not in _PAYMENTS:
            yield f"nobody defined the payment {kind!r}"
        if name == "amount" and node.get("currency") == "XBT":
            yield "XBT is no currency of ISO 4217; the draft 0.9 used it"
        if name == "standard" and ":" not in node.text:
            yield "the standard is no absolute URI (section 3.8)"
        if name in ("permits", "prohibits") and kind in ("usage", "user"):
            known = _USERS if kind == "user" else frozenset(USAGE)
            strange = [token for token in _tokens(node) if token not in known and ":" not in token]
            yield from (f"nobody defined the {kind} {token[:80]!r}{_instead(token)}" for token in strange)
        if name == "license":
            yield from _contradictions(node)


def _contradictions(node: Node) -> Iterator[str]:
    """Section 3.1.1: what one licence permits and prohibits is not licensed."""
    permitted, prohibited = (_lists(node, name).get("usage", ()) for name in ("permits", "prohibits"))
    for token in permitted:
        wider = next((word for word in prohibited if word == token or token in _INSIDE.get(word, ())), None)
        if wider:
            yield f"it permits {token} and prohibits {wider}, so that {token} is not licensed"


def _instead(token: str) -> str:
    return f"; the drafts of 2025 did, and 1.0 says {_DRAFT[token]}" if token in _DRAFT else ""


def _tokens(node: Node) -> tuple[str, ...]:
    """Space-separated (section 3.5); commas are the draft's."""
    return tuple(node.text.replace(",", " ").split())


def _content(node: Node, where: str) -> Content:
    licences = tuple(_licence(each, where, node.get("server") or "") for each in _named(node, "license"))
    return Content((node.get("url") or "").strip(), licences)


def _licence(node: Node, where: str, server: str) -> Licence:
    permits, prohibits = _lists(node, "permits"), _lists(node, "prohibits")
    if usage := prohibits.get("usage"):
        prohibits["usage"] = tuple(_DRAFT.get(token, token) for token in usage)
    payments = _named(node, "payment")
    priced = any(payment.get("type") != "free" or _named(payment, "amount") for payment in payments)
    limited = bool({"user", "geo"} & set(permits)) or "user" in prohibits or bool(_named(node, "reporting"))
    asked = _asked(node, payments, where, server)
    return Licence(permits, prohibits, bool(server) or priced or limited, _terms(node, asked, where), asked)


def _asked(node: Node, payments: list[Node], where: str, server: str) -> Asked:
    return Asked(
        payments=tuple(_payment(payment, where) for payment in payments),
        profiles=tuple(report.get("profile") or "" for report in _named(node, "reporting")),
        server=server,
        contact=next((each.text for each in _named(node, "legal") if each.get("type") == "contact"), ""),
    )


def _payment(node: Node, where: str) -> Payment:
    named = [_joined(where, each.text) for name in ("standard", "custom") for each in _named(node, name)]
    amount = next(iter(_named(node, "amount")), None)
    return Payment(
        kind=node.get("type") or "",
        amount=amount.text if amount else "",
        currency=(amount.get("currency") or "") if amount else "",
        address=next(filter(None, named), ""),
    )


def _lists(node: Node, name: str) -> dict[str, tuple[str, ...]]:
    return {each.get("type") or "": _tokens(each) for each in _named(node, name)}


def _terms(node: Node, asked: Asked, where: str) -> str:
    """The shared or own licence that a payment names; else the document, with the digest of this licence in it."""
    address = next((payment.address for payment in asked.payments if payment.address), "")
    if not address:
        digest = hashlib.sha256(json.dumps(_canonical(node), ensure_ascii=True).encode()).hexdigest()
        address = f"{where}#sha256={digest}"
    tags = [payment.tag for payment in asked.payments if payment.tag]
    return attach(address, tags[0]) if len(tags) == 1 else address


def _joined(where: str, address: str) -> str:
    try:
        return urljoin(where, address) if address and web_address(where) else address
    except ValueError:
        return ""


def _canonical(node: Node) -> list[object]:
    """The same licence, however its XML is spaced, ordered or prefixed."""
    return [*node.name, sorted(node.attributes.items()), node.text, [_canonical(child) for child in node.children]]
