"""What the record does not take about who somebody is, each with its sentence."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from placet.core.authority import DAY, Authority, Step
from placet.errors import PlacetError, Refused
from placet.registry.challenges import DNS, HTTP, LASTS, Challenge, Seen, evidence
from placet.registry.compose import Attested, Composer
from placet.registry.ladder import ladder
from placet.registry.openings import Opening
from placet.signing.keys import Key
from tests.factories import NOW, a_home, a_key, check_log, reserve, sign

ANA, BEN, SOCIETY = (a_key(number).public.hex() for number in (1, 2, 3))
CHALLENGE = Challenge(domain="ana.example", party=ANA, token="t" * 43, method=HTTP)
DOCUMENT = Opening(salt=bytes(32), value=hashlib.sha256(b"an extract of the register").hexdigest(), show=False)


def observed(challenge: Challenge = CHALLENGE, body: str = "", at: int = NOW) -> bytes:
    values = ((body or challenge.expected).encode(),)
    status = 200 if challenge.method == HTTP else 0
    seen = [Seen(source="192.0.2.1", where=challenge.where(), status=status, values=values)]
    return evidence(challenge, challenge.where(), seen, at)


DOMAIN = Attested(
    party=ANA,
    kind="domain",
    method=HTTP,
    start=NOW,
    until=NOW + LASTS,
    value="domain:ana.example",
    evidence=observed(),
)
EMAIL = Attested(party=ANA, kind="email", method="mail", start=NOW, until=NOW + 365 * DAY, commitment="11" * 32)
ISSUER = Attested(party=SOCIETY, kind="issuer", method="document", start=NOW, opening=DOCUMENT)
NUMBER = Attested(party=ANA, kind="identifier", method="issuer", start=NOW, value="ipi:00017798450")


@pytest.fixture
def home(tmp_path):
    """Ana, Ben and a society are in the record; nobody was recognised yet."""
    home = a_home(tmp_path)
    for number in (1, 2, 3):
        reserve(home, number, by=number)
    return home


def say(home, key: Key, *what: Attested):
    """Attest, one entry after the other, and return the newest entry."""
    submission, _ = home.submit(key, lambda composer: [composer.attest(each) for each in what])
    return submission.entries[-1]


def refused(home, key: Key, what: Attested, sentence: str, error: type[PlacetError] = Refused):
    before = home.size
    home.composer(key)

    with pytest.raises(error, match=sentence):
        say(home, key, what)

    assert home.size == before


def authority(home) -> Authority:
    return Authority.of(home.registry.acts())


@pytest.mark.parametrize("what", [DOMAIN, EMAIL, ISSUER, NUMBER], ids=lambda what: what.kind)
def test_the_log_attests_everything(home, what):
    say(home, home.log.key, what)

    assert authority(home).step(what.party, NOW) > Step.KEY
    check_log(home)


@pytest.mark.parametrize("what", [DOMAIN, EMAIL, ISSUER], ids=lambda what: what.kind)
def test_a_party_does_not_do_the_logs_part(home, what):
    say(home, home.log.key, ISSUER)

    for key in (a_key(2), a_key(3)):
        refused(home, key, what, rf"only the log's own key attests {what.kind} \(identity.attester\)")


def test_only_a_recognised_issuer_attests_identifiers_and_members(home):
    member = replace(NUMBER, kind="member", value="")
    for what in (NUMBER, member):
        refused(home, a_key(3), what, r"only an issuer that the log recognised attests others \(identity.attester\)")

    say(home, home.log.key, ISSUER)
    say(home, a_key(3), NUMBER, member)

    assert authority(home).step(ANA, NOW) is Step.ISSUER
    assert authority(home).bearers("ipi:00017798450", NOW) == [ANA]
    check_log(home)


def test_an_issuer_whose_time_is_over_attests_nobody(home):
    say(home, home.log.key, replace(ISSUER, start=NOW - 10, until=NOW - 1))

    refused(home, a_key(3), NUMBER, "only an issuer that the log recognised")


def test_an_issuer_that_was_taken_back_attests_nobody(home):
    recognition = say(home, home.log.key, ISSUER)
    home.submit(home.log.key, lambda composer: composer.unsay(recognition.id, 0, "it was sold"))

    refused(home, a_key(3), NUMBER, "only an issuer that the log recognised")


def test_an_issuer_does_not_attest_itself(home):
    say(home, home.log.key, ISSUER)

    refused(home, a_key(3), replace(NUMBER, party=SOCIETY), r"does not attest itself \(identity.self\)")


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        (replace(NUMBER, party="ab" * 32), r"there is no party abababababab in the record \(identity.party\)"),
        (replace(NUMBER, value="ipi:00017798451"), r"wrong check digit \(identifier.check-digit\)"),
        (replace(NUMBER, value="ipi:0OO17798450"), r"a letter where a digit stands \(identifier.look-alike\)"),
        (replace(NUMBER, value="isni:0000 0001 2146 438X"), r"is written 'isni:000000012146438X'.*spelling\)"),
        (replace(NUMBER, value=""), r"is not what an attestation of identifier names \(identity.method\)"),
        (replace(NUMBER, value="isbn:9780306406157"), "is not what an attestation of identifier names"),
        (replace(NUMBER, value="domain:ana.example"), "is not what an attestation of identifier names"),
        (replace(NUMBER, method="mail"), r"identifier is not attested by mail \(identity.method\)"),
        (replace(NUMBER, start=NOW + 1), r"nothing is attested before it was seen \(identity.term\)"),
        (replace(EMAIL, commitment=""), "is not what an attestation of email names"),
        (replace(EMAIL, value="ipi:00017798450"), "is not what an attestation of email names"),
        (replace(EMAIL, until=0), r"email is attested for at most 365 days \(identity.term\)"),
        (replace(ISSUER, opening=None), r"carries its digest, or a commitment to it \(identity.evidence\)"),
        (replace(DOMAIN, until=NOW + LASTS + 1), "domain is attested for at most 90 days"),
        (replace(DOMAIN, until=0), "domain is attested for at most 90 days"),
        (replace(DOMAIN, value="domain:Ana.example"), "is written 'domain:ana.example' in the record"),
        (replace(DOMAIN, value="domain:ben.example"), r"the evidence has another domain .*\(identity.evidence\)"),
        (replace(DOMAIN, party=BEN), "the evidence has another party than what is attested"),
        (replace(DOMAIN, method=DNS), "the evidence has another method than what is attested"),
        (replace(DOMAIN, start=NOW - 1, until=NOW), "the evidence has another moment than what is attested"),
        (replace(DOMAIN, evidence=b""), r"a domain is attested with what was observed \(identity.evidence\)"),
        (replace(DOMAIN, evidence=observed(body="t.t")), "the evidence shows another answer from 192.0.2.1"),
    ],
)
def test_what_is_not_right_is_refused_from_the_log_itself(home, what, sentence):
    refused(home, home.log.key, what, sentence)


def test_until_is_after_from(home):
    refused(home, home.log.key, replace(NUMBER, until=NOW), "until is not after", PlacetError)


def test_evidence_that_was_not_submitted_is_missed(home):
    composer = home.composer(home.log.key)
    composer.attest(DOMAIN)
    composer.blobs.clear()

    with pytest.raises(Refused, match="the evidence is missing"):
        home.log.append(composer.submission())


@pytest.mark.parametrize(
    ("identifier", "sentence"),
    [
        ("orcid:0000-0002-1825-0098", r"wrong check digit \(identifier.check-digit\)"),
        ("orcid:0000000218250097", "is written 'orcid:0000-0002-1825-0097' in the record"),
        ("domain:раypal.com", r"mixes Cyrillic and Latin letters.*\(identifier.mixed-script\)"),
        ("passport:1", r"no identifier that is known here.*\(identifier.scheme\)"),
    ],
)
def test_a_claim_is_spelled_and_computed_right(home, identifier, sentence):
    entry = sign(a_key(1), "identity.claim", home.registry.last_of(ANA), {"at": NOW, "identifiers": [identifier]})
    composer = Composer(a_key(1), "", NOW, entries=[entry])

    with pytest.raises(Refused, match=sentence):
        home.log.append(composer.submission())


def test_a_claim_raises_nothing(home):
    home.submit(a_key(1), lambda composer: composer.claim_identity(["ipi:00017798450", "domain:ana.example"]))

    assert authority(home).step(ANA, NOW) is Step.KEY
    assert authority(home).bearers("ipi:00017798450", NOW) == []
    check_log(home)


def test_what_was_attested_is_taken_back_by_who_did_or_by_the_log(home):
    say(home, home.log.key, ISSUER)
    number = say(home, a_key(3), NUMBER)
    for stranger in (1, 2):
        with pytest.raises(Refused, match=r"taken back by who made it, or by the log \(identity.unsay\)"):
            home.submit(a_key(stranger), lambda composer: composer.unsay(number.id, 0, ""))

    home.submit(a_key(3), lambda composer: composer.unsay(number.id, 0, "another of the name"))

    assert authority(home).step(ANA, NOW) is Step.KEY
    with pytest.raises(Refused, match=r"was taken back already \(identity.unsay\)"):
        home.submit(home.log.key, lambda composer: composer.unsay(number.id, 0, ""))
    check_log(home)


@pytest.mark.parametrize(("since", "step"), [(NOW - 50, Step.KEY), (NOW + 50, Step.ISSUER)])
def test_what_an_issuer_said_after_it_was_lost_goes_with_it(home, since, step):
    """The issuer said it at NOW; the log takes it back a hundred seconds later, since an earlier or a later moment."""
    recognition = say(home, home.log.key, replace(ISSUER, start=NOW - 100))
    say(home, a_key(3), NUMBER)
    home.now = lambda: NOW + 100

    home.submit(home.log.key, lambda composer: composer.unsay(recognition.id, since, "its key was stolen"))

    assert authority(home).step(ANA, NOW) is step
    assert authority(home).bearers("ipi:00017798450", NOW) == ([ANA] if step is Step.ISSUER else [])
    assert authority(home).names(ANA, NOW) == (["ipi:00017798450"] if step is Step.ISSUER else [])
    states = {rung.state for rung in ladder(authority(home), ANA, NOW, str) if rung.step is Step.ISSUER}
    assert states == {"holds" if step is Step.ISSUER else "taken back"}
    check_log(home)


@pytest.mark.parametrize(("id_", "since"), [("ab" * 32, 0), ("", NOW + 1)])
def test_nothing_else_is_taken_back(home, id_, since):
    number = say(home, home.log.key, NUMBER)

    with pytest.raises(Refused, match=r"\(identity.unsay\)"):
        home.submit(home.log.key, lambda composer: composer.unsay(id_ or number.id, since, ""))
