"""Challenges: known thumbprints, what answers, and evidence of which not one bit may change."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.core.canonical import encode
from placet.errors import BadRecord, Refused
from placet.registry.challenges import DNS, HTTP, Challenge, Seen, answers, check, evidence, read_evidence, thumbprint

# RFC 8037, appendix A.3: the thumbprint of the key of appendix A.1.
RFC_KEY = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
RFC_THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
TOKEN = "DGyRejmCefe7v4NfDGDKfA_ycW9_zy9X0_3p7hqkp8Y"
NOW = 1_750_000_000
BY_FILE = Challenge(domain="ana.example", party=RFC_KEY, token=TOKEN, method=HTTP)
BY_TXT = replace(BY_FILE, method=DNS)

UNSIGNED = Seen(source="1.1.1.1", where=BY_TXT.name, status=0, values=(BY_TXT.expected.encode(),))


def file_evidence(*bodies: bytes, where: str = BY_FILE.where(), source: str = "192.0.2.1", status: int = 200) -> bytes:
    seen = [Seen(source=source, where=where, status=status, values=(body,)) for body in bodies]
    return evidence(BY_FILE, BY_FILE.where(), seen, NOW)


def judge(data: bytes, **other: object) -> None:
    known = {"party": RFC_KEY, "domain": "ana.example", "method": HTTP, "at": NOW}
    check(data, **(known | other))


def test_the_thumbprint_is_that_of_the_rfc():
    assert thumbprint(RFC_KEY) == RFC_THUMBPRINT


def test_what_is_asked_for_is_as_in_acme_under_names_of_our_own():
    hashed = urlsafe_b64encode(sha256(f"{TOKEN}.{RFC_THUMBPRINT}".encode()).digest()).rstrip(b"=").decode()

    assert BY_FILE.where() == f"http://ana.example/.well-known/placet-challenge/{TOKEN}"
    assert BY_FILE.expected == f"{TOKEN}.{RFC_THUMBPRINT}"
    assert BY_TXT.where() == "_placet-challenge.ana.example"
    assert BY_TXT.expected == hashed


def test_one_body_answers_with_or_without_its_last_line_feed():
    right = BY_FILE.expected.encode()

    assert answers(BY_FILE, 200, [right])
    assert answers(BY_FILE, 200, [right + b"\r\n"])
    assert not answers(BY_FILE, 200, [b" " + right])
    assert not answers(BY_FILE, 404, [right])
    assert not answers(BY_FILE, 200, [right, right])
    assert not answers(BY_FILE, 200, [])


def test_one_txt_record_among_others_answers():
    right = BY_TXT.expected.encode()

    assert answers(BY_TXT, 0, [b"v=spf1 -all", right])
    assert not answers(BY_TXT, 3, [right])
    assert not answers(BY_TXT, 0, [right + b" "])


def test_what_the_resolvers_say_of_dnssec_is_kept_as_told():
    seen = [
        Seen(source=each, where=BY_TXT.name, status=0, values=(BY_TXT.expected.encode(),), authentic=True)
        for each in ("9.9.9.9", "127.0.0.1:5353")
    ]
    all_say, one_says = evidence(BY_TXT, BY_TXT.name, seen, NOW), evidence(BY_TXT, BY_TXT.name, [*seen, UNSIGNED], NOW)

    judge(all_say, method=DNS)
    judge(one_says, method=DNS)

    assert read_evidence(all_say)[1]["dnssec"] == "authenticated"
    assert read_evidence(one_says)[1]["dnssec"] == "not authenticated"
    with pytest.raises(Refused, match="contradicts itself about DNSSEC"):
        judge(one_says.replace(b'"not authenticated"', b'"authenticated"'), method=DNS)


def test_evidence_is_judged_again_without_a_network():
    data = file_evidence(BY_FILE.expected.encode())

    judge(data)

    assert read_evidence(data)[0] == BY_FILE


def test_every_flipped_bit_of_evidence_is_refused():
    data = file_evidence(BY_FILE.expected.encode())
    judge(data)
    kept = {data.index(b'"from":"') + 8 + place for place in range(len("192.0.2.1"))}  # another place is another fact
    for place in range(len(data)):
        for bit in range(8) if place not in kept else ():
            changed = data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]
            with pytest.raises((Refused, BadRecord)):
                judge(changed)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (file_evidence(BY_FILE.expected.encode(), b"nothing"), "shows another answer from 192.0.2.1"),
        (file_evidence(f"{TOKEN}.{thumbprint('11' * 32)}".encode()), "shows another answer"),
        (file_evidence(BY_FILE.expected.encode(), status=302), "shows another answer"),
        (file_evidence(), "not looked for at the host"),
        (file_evidence(BY_FILE.expected.encode(), where="http://other.example" + BY_FILE.path), "not looked for at"),
        (file_evidence(BY_FILE.expected.encode(), where="http://ana.example:8080" + BY_FILE.path), "not looked for at"),
        (file_evidence(BY_FILE.expected.encode(), where="http://ana.example/x"), "not looked for at"),
    ],
    ids=["one address differs", "another key", "a redirect", "nobody looked", "host", "port", "path"],
)
def test_evidence_that_does_not_show_it_is_refused(data, why):
    with pytest.raises(Refused, match=rf"{why}.*\(identity.evidence\)$"):
        judge(data)


def test_https_on_the_same_host_and_another_port_of_this_machine_are_where_it_was_asked():
    judge(file_evidence(BY_FILE.expected.encode(), where="https://ana.example" + BY_FILE.path))
    seen = Seen(source="127.0.0.1", where=BY_FILE.where(8080), status=200, values=(BY_FILE.expected.encode(),))

    judge(evidence(BY_FILE, BY_FILE.where(8080), [seen], NOW))

    with pytest.raises(Refused, match="not looked for at the host"):
        judge(evidence(BY_FILE, BY_FILE.where(), [seen], NOW))


@pytest.mark.parametrize(
    ("name", "value"),
    [("party", "22" * 32), ("domain", "ben.example"), ("method", DNS), ("at", NOW + 1)],
)
def test_evidence_for_something_else_is_refused(name, value):
    with pytest.raises(Refused, match=rf"another {name if name != 'at' else 'moment'} than what is attested"):
        judge(file_evidence(BY_FILE.expected.encode()), **{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("v", 2),
        ("token", "../../../etc/passwd"),
        ("party", "zz" * 32),
        ("observed", [{"from": "192.0.2.1"}]),
        ("observed", "all"),
        ("method", "tls-alpn-01"),
        ("more", 1),
    ],
)
def test_evidence_of_another_form_is_refused(name, value):
    told = json.loads(file_evidence(BY_FILE.expected.encode())) | {name: value}

    with pytest.raises(BadRecord, match=r"\(identity.evidence\)"):
        read_evidence(encode(told))


def test_what_is_kept_of_an_answer_is_capped():
    data = file_evidence(b"x" * 100_000)

    assert len(data) < 4000
    with pytest.raises(Refused):
        judge(data)


KEYS = st.binary(min_size=32, max_size=32).map(bytes.hex)
PLAIN = st.recursive(
    st.integers(-9, 2**53 - 1) | st.text(max_size=20) | st.sampled_from([HTTP, DNS, "http://[", TOKEN, RFC_KEY]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["from", "v", "at"]), inner),
    max_leaves=6,
)


@given(KEYS, KEYS, st.sampled_from([HTTP, DNS]))
def test_an_answer_is_worth_something_to_one_party_only(party, other, method):
    mine, theirs = (replace(BY_FILE, party=each, method=method) for each in (party, other))

    worth = answers(mine, 200 if method == HTTP else 0, [theirs.expected.encode()])

    assert worth is (party == other)


@given(st.sampled_from(sorted(json.loads(file_evidence(b"x")))), PLAIN)
def test_whatever_stands_in_evidence_it_is_refused_in_a_sentence(name, value):
    told = json.loads(file_evidence(BY_FILE.expected.encode()))
    changed = told | {name: value}

    outcome = judged(encode(changed))

    assert outcome == "" if changed == told else outcome.endswith("(identity.evidence)")


@given(st.sampled_from(["where", "status", "values", "dnssec"]), PLAIN)
def test_whatever_stands_in_a_look_it_is_refused_in_a_sentence(name, value):
    told = json.loads(file_evidence(BY_FILE.expected.encode()))
    before = told["observed"][0][name]
    told["observed"][0][name] = value

    outcome = judged(encode(told))

    assert outcome == "" if value == before else outcome.endswith("(identity.evidence)")


def judged(data: bytes) -> str:
    try:
        judge(data)
    except (Refused, BadRecord) as error:
        return str(error)
    return ""
