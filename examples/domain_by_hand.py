"""Check without Placet who was shown to control a domain: `python examples/domain_by_hand.py FOLDER LOG.policy`.

FOLDER is the `log/` of an export, a mirror or a snapshot.  The whole log is read first, by `mirror_by_hand.py` beside
this file; then every attestation of a domain is judged by its evidence alone: it was written by the log's own key, the
thumbprint (RFC 7638) is that of the party's key, and everywhere that was looked the answer to its token stood.
"""

from __future__ import annotations

import json
import sys
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from mirror_by_hand import Broken, Reader, canonical, check_tree, leaf, read_checkpoint, read_entries

DAYS = 90
FIELDS = ["at", "dnssec", "domain", "expected", "method", "observed", "party", "thumbprint", "token", "v", "where"]
LOOK = ["dnssec", "from", "status", "values", "where"]


def main(words: list[str]) -> int:
    folder, policy = Path(words[0]), Path(words[1]).read_text(encoding="utf-8")
    try:
        lines = list(judged(folder, policy))
    except (Broken, InvalidSignature, OSError, ValueError, KeyError, TypeError) as error:
        print(f"BROKEN: {str(error) or 'a signature does not hold'}")
        return 1
    print(*lines or ["Nobody was shown to control a domain."], sep="\n")
    return 0


def judged(folder: Path, policy: str) -> Iterator[str]:
    """A line for each attestation of a domain; Broken when the log, or one of them, does not hold."""
    origin, size, root = read_checkpoint((folder / "checkpoint").read_bytes(), policy)
    data, reader = list(read_entries(folder, size)), Reader(folder)
    check_tree(folder, [leaf(each) for each in data], root)
    entries = [reader.check(index, each) for index, each in enumerate(data)]
    ended = {each["body"]["attestation"] for each in entries if each["type"] == "identity.revoke"}
    for index, entry in enumerate(entries):
        if entry["type"] == "identity.attest" and entry["body"]["kind"] == "domain":
            if entry["by"] not in log_keys(policy, origin):
                raise Broken(f"entry {index} attests a domain and is not by the log's own key")
            check_evidence(entry["body"], reader.blob(entry["body"]["evidence"]))
            state = "taken back" if leaf(data[index]).hex() in ended else f"until {day(entry['body']['until'])}"
            party, what = entry["body"]["party"][:16], entry["body"]["value"].removeprefix("domain:")
            yield f"entry {index}: {party} controls {what}, seen {day(entry['body']['from'])}, {state}"


def log_keys(policy: str, origin: str) -> set[str]:
    """The public keys that the policy names for this log."""
    told = [line.split()[1].split("+", 2) for line in policy.splitlines() if line.startswith("log ")]
    return {b64decode(key)[1:].hex() for name, _, key in told if name == origin}


def check_evidence(body: dict[str, Any], blob: bytes | None) -> None:
    """Broken unless what was observed is what is attested."""
    if blob is None:
        raise Broken("the evidence was withheld, and nothing can be said of it")
    seen = json.loads(blob)
    if canonical(seen) != blob or seen["v"] != 1 or sorted(seen) != FIELDS:
        raise Broken("the evidence is not written as evidence is")
    looks = seen["observed"]
    if any(sorted(look) != LOOK for look in looks) or seen["dnssec"] != dnssec(seen["method"], looks):
        raise Broken("the evidence contradicts itself")
    domain, method = body["value"].removeprefix("domain:"), body["method"]
    if (seen["domain"], seen["party"], seen["method"], seen["at"]) != (domain, body["party"], method, body["from"]):
        raise Broken("the evidence is of something else than what is attested")
    if not body["from"] < body["until"] <= body["from"] + DAYS * 86_400:
        raise Broken(f"the attestation holds longer than {DAYS} days")
    answer = f"{seen['token']}.{thumbprint(body['party'])}"
    expected = answer if method == "http-01" else base64url(sha256(answer.encode()).digest())
    if (seen["thumbprint"], seen["expected"]) != (thumbprint(body["party"]), expected):
        raise Broken("the evidence asks for the answer of another key")
    if not looks:
        raise Broken("nobody looked")
    here = method == "http-01" and all(ip_address(look["from"]).is_loopback for look in looks)
    port = f":{urlsplit(seen['where']).port}" if here and urlsplit(seen["where"]).port else ""
    for where in (seen["where"], *(look["where"] for look in looks)):
        check_place(where, method, f"{domain}{port}", seen["token"])
    for look in looks:
        check_look(look, method, expected)


def check_place(where: str, method: str, host: str, token: str) -> None:
    """It was looked where the challenge said; on another port than the usual only on one's own machine."""
    places = [f"_placet-challenge.{host}"]
    if method == "http-01":
        places = [f"{scheme}://{host}/.well-known/placet-challenge/{token}" for scheme in ("http", "https")]
    if where not in places:
        raise Broken(f"it was looked at {where[:100]}, another place")


def check_look(look: dict[str, Any], method: str, expected: str) -> None:
    """One address or resolver gave the answer: the whole body, or one of its TXT records."""
    values = [bytes.fromhex(each) for each in look["values"]]
    if [each.hex() for each in values] != look["values"]:
        raise Broken("an answer is not written in lowercase hex")
    if method == "dns-01":
        good = look["status"] == 0 and expected.encode() in values
    else:
        good = look["status"] == 200 and [each.rstrip(b" \t\r\n") for each in values] == [expected.encode()]
    if not good:
        raise Broken(f"another answer than the one asked for stood at {look['from'][:60]}")


def dnssec(method: str, looks: list[dict[str, Any]]) -> str:
    """What the resolvers said, in a word."""
    if method == "http-01":
        return "" if not any(look["dnssec"] for look in looks) else "?"
    return "authenticated" if looks and all(look["dnssec"] for look in looks) else "not authenticated"


def thumbprint(party: str) -> str:
    """RFC 7638 of an Ed25519 key (RFC 8037), in base64url."""
    return base64url(
        sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{base64url(bytes.fromhex(party))}"}}'.encode()).digest()
    )


def base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
