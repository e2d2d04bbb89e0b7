"""The identity ladder of a party, in words: each rung, by whom it was checked, when, and until when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from placet.core.act import Act
from placet.core.authority import Attestation, Authority, Step
from placet.core.domains import shown, suspicion
from placet.record.entries import Entry
from placet.registry.links import certified, fingerprint_of
from placet.signing.keys import fingerprint

__all__ = ["Rung", "clause", "identity_phrase", "ladder"]

Name = Callable[[str], str]
_ORDER = ("holds", "linked", "claimed", "lapsed", "outlived", "taken back")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """`id` is the attestation's; `state` is `holds`, `lapsed` or `taken back`.

    `claimed` is what nobody checked, and `linked` a key from elsewhere that signed for the party: neither is a rung.
    """

    step: Step
    words: str
    state: str
    since: int = 0
    until: int = 0
    id: str = ""

    @property
    def sentence(self) -> str:
        """All of it in one line."""
        when = f", checked {_day(self.since)}" if self.id else ""
        ends = f"lapsed {_day(self.until)}" if self.state == "lapsed" else f"until {_day(self.until - 1)}"
        end = f", {ends}" if self.until else ""
        more = {"taken back": ", taken back", "outlived": "; the key was recovered since: have it checked again"}
        return f"{self.words}{when}{end}{more.get(self.state, '')}"


def ladder(
    authority: Authority, party: str, at: int, name: Name, blob: Callable[[str], bytes | None] = lambda digest: None
) -> list[Rung]:
    """Every rung that the party stands or stood on, the highest first; what it only claims; what holds no more.

    `name` says whose a party is, and `blob` has what links signed.  A renewed check stands for those before it.
    """
    known = sorted(authority.attested(party), key=lambda each: (authority.in_force(each, at), each.act.index))
    newest = {(each.kind, each.value, authority.party_of(each.act.by)): each for each in known}
    rungs = [_rung(authority, each, at, name(authority.party_of(each.act.by))) for each in newest.values()]
    rungs.append(Rung(step=Step.KEY, words=Step.KEY.words, state="holds"))
    rungs += _claimed(authority, party, at)
    rungs += [_linked(authority, act, blob(act.body["signature"])) for act in authority.links(party)]
    return sorted(rungs, key=lambda rung: (_ORDER.index(rung.state), -rung.step, rung.words))


def clause(authority: Authority, party: str, at: int, name: Name) -> str:
    """The highest rung in one clause, for beside a maker's name."""
    held = [each for each in authority.attested(party) if authority.in_force(each, at)]
    if not held:
        lapsed = [each.until for each in authority.attested(party) if each.void_since is None and 0 < each.until <= at]
        return f"no check holds now; the last lapsed {_day(max(lapsed))}" if lapsed else "identity not checked"
    highest = max(held, key=lambda each: (each.step, each.start))
    rung = _rung(authority, highest, at, name(authority.party_of(highest.act.by)))
    return f"{rung.words}, checked {_day(rung.since)}"


def identity_phrase(entry: Entry) -> str:
    """What an entry about who somebody is says, in one clause; empty for any other."""
    body = entry.body
    if entry.type == "identity.claim":
        return f"{', '.join(body['identifiers'][:5])} claimed, and checked by nobody"
    if entry.type == "identity.attest":
        what = body["value"] or _PLAIN[body["kind"]]
        end = f", until {_day(body['until'] - 1)}" if body["until"] else ""
        return f"{what} attested of key {_short(body['party'])} by {body['method']}{end}"
    if entry.type == "identity.link":
        return f"{fingerprint_of(body['kind'], body['public'])} linked, which signed for key {_short(entry.by)}"
    return f"attestation {body['attestation'][:12]} taken back" if entry.type == "identity.revoke" else ""


_PLAIN = {
    "email": "an e-mail address",
    "member": "membership",
    "issuer": "that it may attest others",
    "document": "a document",
}


def _rung(authority: Authority, found: Attestation, at: int, by: str) -> Rung:
    state = "holds" if authority.in_force(found, at) else "lapsed"
    if authority.is_outlived(found, at):
        state = "outlived"  # what was checked of a key before a recovery is checked again of the new one
    elif state == "lapsed" and (found.void_since is not None or found.counts(at)):
        state = "taken back"  # by who made it, or with its issuer
    return Rung(
        step=found.step,
        words=_words(found, by),
        state=state,
        since=found.start,
        until=found.until,
        id=found.act.id,
    )


def _words(found: Attestation, by: str) -> str:
    who = "the log" if found.act.role == "log" else by
    named = f" as {found.value}" if found.value else ""
    if found.kind == "domain":
        domain = found.value.removeprefix("domain:")
        doubt = suspicion(domain)
        return f"controls {shown(domain)} ({found.act.body['method']})" + (f"; {doubt}" if doubt else "")
    return {
        "email": "a confirmed e-mail address",
        "identifier": f"{found.value}, attested by {who}",
        "member": f"a member, attested by {who}{named}",
        "issuer": f"recognised by the log as one that attests others{named}",
        "document": f"shown by a document of a registry or court{named}",
    }[found.kind]


def _claimed(authority: Authority, party: str, at: int) -> Iterator[Rung]:
    checked = set(authority.names(party, at))
    said: dict[str, int] = {}
    for act in authority.acts:
        if act.type == "identity.claim" and authority.party_of(act.by, act.at) == party:
            said |= {each: act.at for each in act.body["identifiers"] if each not in checked}
    for each, since in said.items():
        doubt = suspicion(each.removeprefix("domain:")) if each.startswith("domain:") else ""
        words = f"claims {each}; nobody checked that it is theirs" + (f"; {doubt}" if doubt else "")
        yield Rung(step=Step.KEY, words=words, state="claimed", since=since)


def _linked(authority: Authority, act: Act, signature: bytes | None) -> Rung:
    """That a key from elsewhere signed for the party: whoever holds it was checked by nobody."""
    body = act.body
    named = certified(body["kind"], signature)
    words = f"{fingerprint_of(body['kind'], body['public'])} signed for it"
    words += f", and names {named}, which nobody checked" if named else ""
    words += "; said by a key that was lost" if authority.is_flagged(act.by, act.at) else ""
    return Rung(step=Step.KEY, words=f"{words}; this raises nothing", state="linked", since=act.at)


def _short(key: str) -> str:
    return fingerprint(bytes.fromhex(key))


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
