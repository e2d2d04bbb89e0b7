"""Sending one plain letter by SMTP (RFC 5321), through the server that the operator named.

`smtps://` is TLS from the first byte; `smtp://` takes STARTTLS where it is offered (RFC 3207), and needs it before a
password is sent anywhere but to this machine.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import parse_qs, unquote, urlsplit

from placet.errors import Refused, WrongUsage

__all__ = ["Server", "parse_server", "send"]

_SECONDS = 20.0
_PORTS = {"smtp": 25, "smtps": 465}
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Server:
    scheme: str
    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)


def parse_server(url: str) -> Server:
    """`smtp://user:password@host:587?from=registry@example.org`; WrongUsage, without its password, when it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    sender = parse_qs(parts.query).get("from", [""])[0]
    if parts.scheme not in _PORTS or not parts.hostname or sender.count("@") != 1:
        raise WrongUsage(
            "a mail server is named as smtp://host:25?from=ADDRESS, or smtps://user:password@host?from=..."
        )
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Server(parts.scheme, parts.hostname, port or _PORTS[parts.scheme], sender, user, password)


def send(url: str, to: str, subject: str, text: str) -> None:
    """Hand the letter over.  A recipient who is refused is not told of: nobody learns here which addresses live."""
    server = parse_server(url)
    letter = _letter(server, to, subject, text)
    try:
        with _connected(server) as connection:
            _enter(connection, server)
            connection.send_message(letter)
    except smtplib.SMTPRecipientsRefused:
        return
    except (smtplib.SMTPException, OSError) as error:
        raise Refused(f"the mail server {server.host}:{server.port} took no letter ({_clause(error)})") from None


def _letter(server: Server, to: str, subject: str, text: str) -> EmailMessage:
    letter = EmailMessage(policy=SMTP)
    try:
        letter["From"], letter["To"], letter["Subject"] = server.sender, to, subject
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answers it
    except (ValueError, IndexError) as error:
        raise Refused(f"the letter cannot be addressed: {error}") from None
    letter.set_content(text)
    return letter


@contextmanager
def _connected(server: Server) -> Iterator[smtplib.SMTP]:
    if server.scheme == "smtps":
        with smtplib.SMTP_SSL(server.host, server.port, timeout=_SECONDS, context=ssl.create_default_context()) as made:
            yield made
    else:
        with smtplib.SMTP(server.host, server.port, timeout=_SECONDS) as made:
            yield made


def _enter(connection: smtplib.SMTP, server: Server) -> None:
    connection.ehlo_or_helo_if_needed()
    secure = server.scheme == "smtps"
    if not secure and connection.has_extn("starttls"):
        connection.starttls(context=ssl.create_default_context())
        secure = True
    if server.user:
        if not secure and server.host not in _HERE:
            raise smtplib.SMTPException("it offers no TLS, and a password is not sent in the clear")
        connection.login(server.user, server.password)


def _clause(error: Exception) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
