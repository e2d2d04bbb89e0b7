"""What a log entry is (docs/house.md section 4): canonical JSON `{v, type, by, prev, body, sig}`.

`by` is the speaker's Ed25519 public key, `prev` the leaf hash of the speaker's entry before this one, and
`sig` is over `placet/entry/v1`, a line feed, and the canonical JSON without `sig`.  All bytes are written as
lowercase hex; what is absent is `""`, `0` or `[]`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from placet.core.canonical import decode, encode
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.errors import BadEntry, TooNew
from placet.record.merkle import leaf_hash

__all__ = [
    "MANDATED",
    "MOST_BYTES",
    "MOST_SUBJECTS",
    "TYPES",
    "Entry",
    "commitment",
    "load_entry",
    "parse_entry",
    "parse_subject",
    "unsigned",
]

MOST_BYTES = 65_535
MOST_SUBJECTS = 500  # in one declaration, so that it stays well below MOST_BYTES
MANDATED = ("register", "reserve", "license", "allow", "collect", "notice", "litigate")  # what may be done for another
_PREFIX = b"placet/entry/v1\n"
_HEX = re.compile(r"(?:[0-9a-f]{2})*")
_CODE = re.compile(r"[A-Z]{2}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One signed statement; `data` is its canonical form and `leaf` its place in the tree."""

    type: str
    by: str
    prev: str
    body: Mapping[str, Any]
    sig: str
    data: bytes
    leaf: bytes

    @property
    def id(self) -> str:
        return self.leaf.hex()

    @property
    def message(self) -> bytes:
        """The bytes that `sig` signs: `data` is canonical, so cutting `sig` out of it leaves canonical bytes."""
        tail = f',"type":"{self.type}","v":1}}'
        return _PREFIX + self.data.removesuffix(f',"sig":"{self.sig}"{tail}'.encode()) + tail.encode()


def unsigned(type_: str, by: str, prev: str, body: Mapping[str, Any]) -> bytes:
    """The bytes to sign for a new entry; BadRecord when the body is not what its type asks for."""
    _check_body(type_, body)
    return _PREFIX + encode({"v": 1, "type": type_, "by": by, "prev": prev, "body": dict(body)})


def parse_entry(data: bytes) -> Entry:
    """The entry in these bytes; its shape is checked here, its signature by whoever knows keys."""
    if len(data) > MOST_BYTES:
        raise BadEntry(f"an entry of {len(data)} bytes; at most {MOST_BYTES} are allowed")
    value = decode(data)
    if not isinstance(value, dict) or set(value) != {"v", "type", "by", "prev", "body", "sig"}:
        raise BadEntry("an entry has exactly the fields v, type, by, prev, body and sig")
    if value["v"] != 1:
        raise TooNew(f"an entry of version {repr(value['v'])[:20]}; this release reads version 1")
    for name, size in (("by", 32), ("sig", 64)):
        _hex(size)(value[name], name)
    if value["prev"] != "":
        _hex(32)(value["prev"], "prev")
    if not isinstance(value["body"], dict) or not isinstance(value["type"], str):
        raise BadEntry("an entry's type is a word and its body an object")
    _check_body(value["type"], value["body"])
    return _entry(value, data)


def load_entry(data: bytes) -> Entry:
    """The entry in bytes that `parse_entry` has accepted before, without checking them again."""
    return _entry(json.loads(data), data)


def _entry(value: Mapping[str, Any], data: bytes) -> Entry:
    return Entry(
        type=value["type"],
        by=value["by"],
        prev=value["prev"],
        body=value["body"],
        sig=value["sig"],
        data=data,
        leaf=leaf_hash(data),
    )


def commitment(salt: bytes, value: str) -> str:
    """A salted commitment to a title, name or contact: what stays when the opening is removed."""
    if len(salt) != 32:
        raise ValueError("a commitment's salt has 32 bytes")
    return hashlib.sha256(b"placet/commitment/v1\n" + salt + value.encode()).hexdigest()


Check = Callable[[Any, str], None]


def _hex(size: int, *, empty: bool = False) -> Check:
    def check(value: Any, name: str) -> None:
        if empty and value == "":
            return
        if not isinstance(value, str) or len(value) != 2 * size or not _HEX.fullmatch(value):
            raise BadEntry(f"{name} is not {size} bytes of lowercase hex")

    return check


def _count(least: int = 0) -> Check:
    def check(value: Any, name: str) -> None:
        if type(value) is not int or value < least:
            raise BadEntry(f"{name} is not a whole number of at least {least}")

    return check


def _text(most: int) -> Check:
    def check(value: Any, name: str) -> None:
        if not _is_line(value, most):
            raise BadEntry(f"{name} is not one line of at most {most} bytes")

    return check


def _is_line(value: Any, most: int) -> bool:
    if not isinstance(value, str) or _CONTROL.search(value):
        return False
    try:
        return len(value.encode()) <= most
    except UnicodeEncodeError:
        return False


def _country(value: Any, name: str) -> None:
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise BadEntry(f"{name} is not two capital letters such as FR, or EU")


def _one_of(*words: str) -> Check:
    def check(value: Any, name: str) -> None:
        if value not in words:
            raise BadEntry(f"{name} is {repr(value)[:60]}, not one of {', '.join(words)}")

    return check


def _each(item: Check, *, least: int, most: int) -> Check:
    def check(value: Any, name: str) -> None:
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise BadEntry(f"{name} is not a list of {least} to {most}")
        for number, part in enumerate(value):
            item(part, f"{name}[{number}]")
        if len(set(value)) != len(value):
            raise BadEntry(f"{name} says something twice")

    return check


def _subject(value: Any, name: str) -> None:
    parse_subject(value, name)


def parse_subject(value: Any, name: str = "subject") -> Subject:
    """`kind:id` as it stands in an entry."""
    kind, colon, id_ = value.partition(":") if isinstance(value, str) else ("", "", "")
    if not colon or kind not in Kind.__members__.values() or not id_ or not _is_line(value, 2048):
        raise BadEntry(f"{name} is not a subject such as work:<id> or url:<address>")
    if kind == Kind.WORK:
        _hex(16)(id_, name)
    return Subject(Kind(kind), id_)


def _within(least: int, most: int) -> Check:
    def check(value: Any, name: str) -> None:
        if type(value) is not int or not least <= value <= most:
            raise BadEntry(f"{name} is not a whole number from {least} to {most}")

    return check


_DIGEST = _hex(32)
_MAYBE = _hex(32, empty=True)
_TIME = _count()
_FLAG = _within(0, 1)
_WHY = _text(400)
_PRINCIPALS = _each(_text(200), least=1, most=500)
_TERRITORY = _each(_country, least=0, most=250)
_SUBJECTS = _each(_subject, least=1, most=MOST_SUBJECTS)

# One row a type: the fields of its body, all of them required.
TYPES: dict[str, dict[str, Check]] = {
    "key.add": {"at": _TIME, "role": _one_of("party", "log", "clear", "recovery"), "name": _hex(32, empty=True)},
    "work.add": {"at": _TIME, "count": _count(1), "root": _DIGEST, "blob": _DIGEST},
    "declare": {
        "at": _TIME,
        "subjects": _SUBJECTS,
        "uses": _each(_one_of(*Use), least=1, most=len(Use)),
        "stance": _one_of(*(stance.word for stance in Stance)),
        "from": _TIME,
        "until": _TIME,
        "territory": _TERRITORY,
        "agent": _text(200),
        "right": _text(40),
        "terms": _hex(32, empty=True),
    },
    "withdraw": {
        "at": _TIME,
        "declaration": _DIGEST,
        "subjects": _each(_subject, least=0, most=MOST_SUBJECTS),
    },
    "licence.issue": {"at": _TIME, "licence": _DIGEST},
    "status.publish": {"at": _TIME, "list": _DIGEST},
    "snapshot.publish": {"at": _TIME, "size": _count(), "manifest": _DIGEST},
    "key.rotate": {"at": _TIME, "to": _DIGEST, "proof": _hex(64)},
    "key.recovery": {"at": _TIME, "commitment": _DIGEST, "wait": _within(7, 30)},
    "key.recover": {"at": _TIME, "party": _DIGEST, "to": _DIGEST, "proof": _hex(64)},
    "key.cancel": {"at": _TIME, "recover": _DIGEST},
    "key.revoke": {"at": _TIME, "key": _DIGEST, "since": _TIME, "why": _WHY},
    "identity.claim": {"at": _TIME, "identifiers": _each(_text(200), least=1, most=50)},
    "identity.link": {
        "at": _TIME,
        "kind": _one_of("ssh", "c2pa", "did"),
        "public": _text(2048),
        "signature": _DIGEST,
    },
    "identity.attest": {
        "at": _TIME,
        "party": _DIGEST,
        "kind": _one_of("email", "domain", "identifier", "member", "issuer", "document"),
        "value": _text(500),
        "commitment": _MAYBE,
        "method": _one_of("http-01", "dns-01", "mail", "issuer", "document"),
        "from": _TIME,
        "until": _TIME,
        "evidence": _MAYBE,
    },
    "identity.revoke": {"at": _TIME, "attestation": _DIGEST, "since": _TIME, "why": _WHY},
    "mandate.grant": {
        "at": _TIME,
        "to": _DIGEST,
        "acts": _each(_one_of(*MANDATED), least=1, most=len(MANDATED)),
        "scope": _each(_subject, least=0, most=MOST_SUBJECTS),
        "rights": _each(_text(40), least=0, most=40),
        "territory": _TERRITORY,
        "from": _TIME,
        "until": _TIME,
        "exclusive": _FLAG,
        "revocable": _FLAG,
        "depth": _FLAG,
        "parent": _MAYBE,
        "evidence": _MAYBE,
    },
    "mandate.accept": {"at": _TIME, "mandate": _DIGEST},
    "mandate.revoke": {"at": _TIME, "mandate": _DIGEST},
    "claim.add": {"at": _TIME, "count": _count(1), "root": _DIGEST, "blob": _DIGEST},
    "claim.withdraw": {"at": _TIME, "subjects": _SUBJECTS},
    "claim.exclude": {"at": _TIME, "who": _PRINCIPALS, "from": _TIME, "until": _TIME},
    "claim.counter": {
        "at": _TIME,
        "subjects": _SUBJECTS,
        "against": _DIGEST,
        "right": _text(40),
        "statement": _DIGEST,
        "contact": _MAYBE,
    },
    "claim.overlap": {"at": _TIME, "older": _subject, "newer": _subject, "method": _text(60), "score": _count()},
    "claim.settle": {
        "at": _TIME,
        "counter": _DIGEST,
        "outcome": _one_of("upheld", "dropped"),
        "holder": _MAYBE,
        "document": _MAYBE,
    },
    "strike.add": {"at": _TIME, "party": _DIGEST, "entry": _MAYBE, "why": _WHY},
    "made.add": {"at": _TIME, "count": _count(1), "root": _DIGEST, "blob": _DIGEST},
    "erasure.note": {"at": _TIME, "kind": _one_of("blob", "opening"), "digest": _DIGEST, "why": _text(400)},
}


def _check_body(type_: str, body: Mapping[str, Any]) -> None:
    fields = TYPES.get(type_)
    if fields is None:
        raise BadEntry(f"there is no entry type {type_[:40]!r}; this release knows {', '.join(TYPES)}")
    if set(body) != set(fields):
        raise BadEntry(f"the body of {type_} has exactly the fields {', '.join(sorted(fields))}")
    for name, check in fields.items():
        check(body[name], f"{type_} {name}")
    if body.get("until") and body["until"] <= body["from"]:
        raise BadEntry(f"{type_} until is not after {type_} from")
