"""Showing control of a domain, as in ACME (RFC 8555, section 8) under names of our own.

The log draws a token.  Who controls the host answers with a key authorization: the token, a point, and the thumbprint
(RFC 7638) of the party's Ed25519 key (RFC 8037), so that an answer is worth nothing to another party.  It stands in a
file (`http-01`), or its SHA-256 in a TXT record (`dns-01`).  What was seen, from where, is kept as evidence, canonical
JSON that anybody can judge again: `check` needs no network.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from placet.core.authority import DAY
from placet.core.canonical import decode, encode
from placet.errors import BadRecord, Refused

__all__ = [
    "AGAIN",
    "DNS",
    "HTTP",
    "LASTS",
    "MOST_ANSWER",
    "MOST_SEEN",
    "Challenge",
    "Seen",
    "answers",
    "check",
    "evidence",
    "read_evidence",
    "thumbprint",
]

HTTP: Final = "http-01"
DNS: Final = "dns-01"
LASTS: Final = 90 * DAY
AGAIN: Final = 60 * DAY  # when it is looked again
MOST_ANSWER: Final = 1024  # bytes of one answer
MOST_SEEN: Final = 64  # places that are asked
_FOLDER: Final = "/.well-known/placet-challenge/"
_LABEL: Final = "_placet-challenge."
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_FIELDS: Final = frozenset(
    {"v", "method", "domain", "where", "token", "party", "thumbprint", "expected", "observed", "at", "dnssec"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What a party (64 hex digits) was asked to show at a host, and where; `token` is 43 signs of base64url."""

    domain: str
    party: str
    token: str
    method: str

    @property
    def authorization(self) -> str:
        """The whole content of the file."""
        return f"{self.token}.{thumbprint(self.party)}"

    @property
    def expected(self) -> str:
        """The content of the file, or the value of the TXT record."""
        return self.authorization if self.method == HTTP else _base64url(sha256(self.authorization.encode()).digest())

    @property
    def path(self) -> str:
        return _FOLDER + self.token

    @property
    def name(self) -> str:
        """The name of the TXT record."""
        return _LABEL + self.domain

    def where(self, port: int = 80) -> str:
        """What is asked for: an address of the web, or a name of the DNS."""
        if self.method == DNS:
            return self.name
        return f"http://{self.domain}{'' if port == 80 else f':{port}'}{self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One look: `source` is the address of the web server or of the resolver that answered.

    `status` is HTTP's, or the RCODE of the DNS; `values` is the body, or each TXT record with its strings joined.
    `authentic` is what the resolver said of DNSSEC (the AD bit, RFC 4035 section 3.2.3); nobody checked it here.
    """

    source: str
    where: str
    status: int
    values: tuple[bytes, ...]
    authentic: bool = False


def thumbprint(party: str) -> str:
    """RFC 7638 of the public key as a JWK of type OKP (RFC 8037, appendix A.3), in base64url."""
    jwk = f'{{"crv":"Ed25519","kty":"OKP","x":"{_base64url(bytes.fromhex(party))}"}}'
    return _base64url(sha256(jwk.encode()).digest())


def evidence(challenge: Challenge, where: str, seen: Sequence[Seen], at: int) -> bytes:
    """What was observed, as the blob of an attestation."""
    observed = [
        {
            "from": each.source,
            "where": each.where,
            "status": each.status,
            "values": [value[:MOST_ANSWER].hex() for value in each.values],
            "dnssec": int(each.authentic),
        }
        for each in seen
    ]
    return encode(
        {
            "v": 1,
            "method": challenge.method,
            "domain": challenge.domain,
            "where": where,
            "token": challenge.token,
            "party": challenge.party,
            "thumbprint": thumbprint(challenge.party),
            "expected": challenge.expected,
            "observed": observed,
            "at": at,
            "dnssec": _dnssec(challenge.method, [each.authentic for each in seen]),
        }
    )


def read_evidence(data: bytes) -> tuple[Challenge, Mapping[str, Any]]:
    """The challenge in a piece of evidence, and all of it; BadRecord when it has not the form."""
    value = decode(data)
    if not isinstance(value, dict) or set(value) != _FIELDS or value["v"] != 1:
        raise BadRecord("the evidence is not of version 1, or has other fields than its own (identity.evidence)")
    texts = ("method", "domain", "where", "token", "party", "thumbprint", "expected", "dnssec")
    looks = value["observed"]
    if (
        any(type(value[name]) is not str for name in texts)
        or type(value["at"]) is not int
        or value["method"] not in (HTTP, DNS)
        or not re.fullmatch(r"[0-9a-f]{64}", value["party"])
        or not _TOKEN.fullmatch(value["token"])
        or not isinstance(looks, list)
        or not all(map(_is_look, looks))
    ):
        raise BadRecord("a field of the evidence does not have its form (identity.evidence)")
    named = {name: value[name] for name in ("domain", "party", "token", "method")}
    return Challenge(**named), value


def _is_look(look: object) -> bool:
    return (
        isinstance(look, dict)
        and set(look) == {"from", "where", "status", "values", "dnssec"}
        and isinstance(look["from"], str)
        and isinstance(look["where"], str)
        and type(look["status"]) is int
        and look["dnssec"] in (0, 1)
        and isinstance(look["values"], list)
        and all(isinstance(each, str) and re.fullmatch(r"(?:[0-9a-f]{2}){0,1024}", each) for each in look["values"])
    )


def check(data: bytes, *, party: str, domain: str, method: str, at: int) -> None:
    """Refused unless the evidence shows that the party answered at the domain, from everywhere that was looked."""
    challenge, value = read_evidence(data)
    told = {"party": party, "domain": domain, "method": method, "at": at, "thumbprint": thumbprint(party)}
    for name, wanted in (told | {"expected": challenge.expected}).items():
        if value[name] != wanted:
            word = "moment" if name == "at" else name
            raise Refused(f"the evidence has another {word} than what is attested (identity.evidence)")
    looks = value["observed"]
    authentic = [look["dnssec"] for look in looks]
    if value["dnssec"] != _dnssec(method, authentic) or (method == HTTP and any(authentic)):
        raise Refused("the evidence contradicts itself about DNSSEC (identity.evidence)")
    if not 1 <= len(looks) <= MOST_SEEN or not _is_there(challenge, value):
        raise Refused("the evidence was not looked for at the host that is attested (identity.evidence)")
    for look in looks:
        if not answers(challenge, look["status"], [bytes.fromhex(each) for each in look["values"]]):
            raise Refused(f"the evidence shows another answer from {look['from'][:60]} (identity.evidence)")


def answers(challenge: Challenge, status: int, values: Sequence[bytes]) -> bool:
    """Whether one look found what was asked for: the one body, or any one of the TXT records."""
    expected = challenge.expected.encode()
    if challenge.method == DNS:
        return status == 0 and expected in values
    return status == 200 and [value.rstrip(b" \t\r\n") for value in values] == [expected]


def _is_there(challenge: Challenge, value: Mapping[str, Any]) -> bool:
    """Every look was at the challenge's place; on another port than the usual only where all was on one machine."""
    places = [value["where"], *(look["where"] for look in value["observed"])]
    if challenge.method == DNS:
        return set(places) == {challenge.name}
    try:
        port = urlsplit(value["where"]).port
        local = all(ip_address(look["from"]).is_loopback for look in value["observed"])
    except ValueError:
        return False
    if port is not None and not local:
        return False
    host = challenge.domain if port is None else f"{challenge.domain}:{port}"
    return set(places) <= {f"{scheme}://{host}{challenge.path}" for scheme in ("http", "https")}


def _dnssec(method: str, authentic: Sequence[object]) -> str:
    """What the resolvers said of it, in a word; the web says nothing of it."""
    if method == HTTP:
        return ""
    return "authenticated" if authentic and all(authentic) else "not authenticated"


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
