"""One letter to a real server; who is refused there is not told of."""

from __future__ import annotations

import pytest

from placet.errors import Refused, WrongUsage
from placet.fetch.mail import Server, parse_server, send
from tests.fetch.mailbox import a_mailbox


def test_a_letter_arrives():
    with a_mailbox() as box:
        send(box.url, "ana@ana.example", "Is this your address?", "Bonjour à vous\n.\nEnd\n")

    (letter,) = box.letters
    assert (letter["From"], letter["To"]) == ("registry@log.example", "ana@ana.example")
    assert letter["Auto-Submitted"] == "auto-generated"
    assert "Bonjour à vous" in box.text()
    assert "End" in box.text()


def test_an_unknown_recipient_is_not_told_of():
    with a_mailbox() as box:
        box.unknown.add("ghost@ana.example")

        send(box.url, "ghost@ana.example", "Is this your address?", "Hello")

    assert box.letters == []


def test_a_server_that_takes_nothing_is_told_of():
    with a_mailbox() as box:
        box.code = "554 no"

        with pytest.raises(Refused, match=r"the mail server 127.0.0.1:\d+ took no letter \(.*554"):
            send(box.url, "ana@ana.example", "Is this your address?", "Hello")


def test_no_server_is_told_of():
    with pytest.raises(Refused, match=r"the mail server 127\.0\.0\.1:1 took no letter"):
        send("smtp://127.0.0.1:1?from=a@b.example", "ana@ana.example", "Is this your address?", "Hello")


@pytest.mark.parametrize("to", ["ana@ana.example\r\nBcc: all@ana.example", "ana@ana.example\nX: y"])
def test_no_header_is_smuggled_in(to):
    with a_mailbox() as box, pytest.raises(Refused, match="the letter cannot be addressed"):
        send(box.url, to, "Is this your address?", "Hello")

    assert box.letters == []


def test_a_server_is_named_with_its_password_which_is_never_shown():
    server = parse_server("smtp://me:s%40cret@mail.example:587?from=a@b.example")

    assert server == Server("smtp", "mail.example", 587, "a@b.example", "me", "s@cret")
    assert "cret" not in repr(server)


def test_a_password_does_not_leave_this_machine_in_the_clear(monkeypatch):
    monkeypatch.setattr("placet.fetch.mail._HERE", frozenset())
    with a_mailbox() as box, pytest.raises(Refused, match="offers no TLS, and a password is not sent in the clear"):
        send(box.url.replace("//", "//me:secret@"), "ana@ana.example", "Is this your address?", "Hello")

    assert box.letters == []


@pytest.mark.parametrize("url", ["", "mail.example", "http://mail.example?from=a@b.example", "smtp://mail.example"])
def test_what_names_no_server_is_refused_without_its_password(url):
    with pytest.raises(WrongUsage, match="a mail server is named as smtp://"):
        parse_server(url)
