"""Trust policies: read strictly, and decided by their own words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.errors import BadRecord
from placet.record.notes import COSIGNATURE, ED25519, Vkey
from placet.record.policy import Group, Policy, Witness, format_policy, parse_policy


def log_key(number: int) -> Vkey:
    return Vkey(f"log{number}.example", ED25519, (number + 2).to_bytes(32))


def witness_key(number: int) -> Vkey:
    return Vkey(f"w{number}.example", COSIGNATURE, (number + 2).to_bytes(32))


LOG, W1, W2, W3 = log_key(1), witness_key(1), witness_key(2), witness_key(3)
EXAMPLE = "\n".join(
    [
        "# the example of the standard",
        f"log {LOG}",
        *(f" \twitness X{n} {witness_key(n)}" for n in (1, 2, 3)),
        "group X-witnesses 2 X1 X2 X3",
        "",
        *(f"witness Y{n} {witness_key(10 + n)} https://y.example/{n}" for n in (1, 2, 3)),
        "group Y-witnesses any Y1 Y2 Y3",
        "group X-and-Y all X-witnesses Y-witnesses",
        "quorum X-and-Y",
        "",
    ]
)


@st.composite
def policies(draw):
    logs = tuple((log_key(n), draw(st.sampled_from(["", "https://l.example"]))) for n in range(draw(st.integers(0, 4))))
    names = draw(st.lists(st.text("aé#9/-", min_size=1, max_size=6), unique=True, max_size=9))
    cut = draw(st.integers(0, len(names)))
    witnesses = tuple(Witness(name, witness_key(n), "") for n, name in enumerate(names[:cut]))
    groups, free = [], names[:cut]
    for name in names[cut:]:
        if not free:
            break
        members, free = free[: draw(st.integers(1, len(free)))], free
        free = [each for each in free if each not in members] + [name]
        groups.append(Group(name, draw(st.integers(1, len(members))), tuple(members)))
    known = [each.name for each in (*witnesses, *groups)]
    return Policy(logs, witnesses, tuple(groups), draw(st.sampled_from(["none", *known])))


@given(policies())
def test_a_policy_is_read_as_it_was_written(policy):
    assert parse_policy(format_policy(policy)) == policy
    assert parse_policy(format_policy(policy).encode()) == policy


def test_the_example_of_the_standard_is_decided_as_it_says():
    policy = parse_policy(EXAMPLE)

    assert policy.logs == ((LOG, ""),)
    assert policy.is_met({"X1", "X3", "Y2"})
    assert not policy.is_met({"X1", "X2", "X3"})
    assert not policy.is_met({"X1", "Y1", "Y2", "Y3"})
    assert not policy.is_met({"X-and-Y"})
    assert not policy.is_met(())


def test_quorum_none_asks_for_nobody():
    assert parse_policy(f"log {LOG}\nquorum none\n").is_met(())


@given(policies(), st.data())
def test_one_more_witness_never_breaks_a_quorum(policy, data):
    names = [each.name for each in policy.witnesses]
    some = set(data.draw(st.lists(st.sampled_from(names)))) if names else set()

    assert not policy.is_met(some) or policy.is_met(set(names))


REFUSED = {
    "no quorum": (f"log {LOG}\n", "no quorum line"),
    "a cut-off line": ("quorum none", "cut off"),
    "two quorums": ("quorum none\nquorum none\n", "line 2 .* given twice"),
    "a quorum of nobody known": ("quorum W\n", "line 1 .* 'W' is not defined"),
    "a quorum before its witness": (f"quorum W\nwitness W {W1}\n", "line 1 .* not defined on a line above"),
    "a quorum of two": (f"witness W {W1}\nquorum W W\n", "a quorum line is"),
    "an unknown word": ("logs x\nquorum none\n", "'logs' is not log, witness"),
    "a shouted word": ("QUORUM none\n", "'QUORUM' is not log"),
    "a witness called none": (f"witness none {W1}\nquorum none\n", "the name 'none' is taken"),
    "one name twice": (f"witness W {W1}\nwitness W {W2}\nquorum W\n", "the name 'W' is taken"),
    "a group named as a witness": (f"witness W {W1}\ngroup W any W\nquorum W\n", "'W' is taken"),
    "one witness key twice": (f"witness V {W1}\nwitness W {W1}\nquorum W\n", "that of another witness"),
    "one log key under two names": (
        f"log {LOG}\nlog {Vkey('other', ED25519, LOG.public)}\nquorum none\n",
        "that of another log",
    ),
    "a log key for a witness": (f"witness W {LOG}\nquorum W\n", "not one for cosignatures"),
    "a member of two groups": (
        f"witness W {W1}\ngroup G any W\ngroup H any W\nquorum H\n",
        "'W' is a member already",
    ),
    "a member twice": (f"witness W {W1}\ngroup G any W W\nquorum G\n", "'W' is a member already"),
    "none as a member": (f"witness W {W1}\ngroup G any W none\nquorum G\n", "'none' is not defined"),
    "a group of itself": (f"witness W {W1}\ngroup G any W G\nquorum G\n", "'G' is not defined"),
    "an empty group": ("group G any\nquorum none\n", "a group line is"),
    "a threshold of zero": (f"witness W {W1}\ngroup G 0 W\nquorum G\n", "'0' of 1 members"),
    "a threshold too high": (f"witness W {W1}\ngroup G 2 W\nquorum G\n", "'2' of 1 members"),
    "a threshold with a zero before": (f"witness W {W1}\ngroup G 01 W\nquorum G\n", "'01' of 1 members"),
    "a carriage return": ("quorum none\r\n", "control character"),
    "a delete character": ("# \x7f\nquorum none\n", "control character"),
    "a broken key": (f"log {LOG}x\nquorum none\n", "line 1 .* base64"),
    "a log line too long": (f"log {LOG} url more\nquorum none\n", "a log line is"),
    "a witness line too short": ("witness W\nquorum none\n", "a witness line is"),
    "endless lines": ("\n" * 1001 + "quorum none\n", "1002 lines; 1000 is the limit"),
}


@pytest.mark.parametrize(("text", "why"), REFUSED.values(), ids=REFUSED)
def test_a_broken_policy_says_why(text, why):
    with pytest.raises(BadRecord, match=why):
        parse_policy(text)


def test_bytes_that_are_not_utf8_are_opaque_in_comments():
    assert parse_policy(b"# caf\xe9\nquorum none\n") == Policy()


def test_a_policy_that_no_file_can_hold_is_not_written():
    for name in ("two words", "#", ""):
        with pytest.raises(BadRecord):
            format_policy(Policy((), (Witness(name, W1, "a b"),), (), "none"))


@given(st.binary(max_size=80) | st.lists(st.sampled_from(EXAMPLE.split("\n") + EXAMPLE.split())).map(" \n".join))
def test_hostile_bytes_are_no_policy_or_one_that_can_be_written(data):
    try:
        policy = parse_policy(data)
    except BadRecord:
        return
    assert parse_policy(format_policy(policy)) == policy


def test_a_policy_without_end_is_refused_before_it_is_read():
    with pytest.raises(BadRecord, match="more than 4194304 bytes"):
        parse_policy(b"#" * (1 << 22) + b"\nquorum none\n")
