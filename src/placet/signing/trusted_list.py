"""Trusted lists of the EU: which services a member state says are qualified to stamp time, and since when.

Source: ETSI TS 119 612 v2.3.1 sections 5.4 and 5.5; Regulation (EU) 910/2014 article 22.  The list's own signature
is not checked here: whoever gives the list answers for where it is from.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from xml.parsers import expat

from placet.errors import BadRecord

__all__ = ["MOST_BYTES", "Service", "parse_list"]

MOST_BYTES = 32 << 20
_DEEPEST = 64
_SPACE = "http://uri.etsi.org/02231/v2# "
_STAMPS = "http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST"
_GRANTED = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"


@dataclass(frozen=True, slots=True)
class Service:
    """A qualified time-stamping service: its name, since when (UTC seconds) it is granted, its certificates (DER)."""

    name: str
    since: int
    certificates: tuple[bytes, ...]


@dataclass(slots=True)
class _Reader:
    """Collects what stands in each ServiceInformation; the history of a service is not read."""

    found: list[Service] = field(default_factory=list)
    said: dict[str, list[str]] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)

    def start(self, name: str, _: dict[str, str]) -> None:
        self.path.append(name.removeprefix(_SPACE))
        if len(self.path) > _DEEPEST:
            raise BadRecord(f"the trusted list nests deeper than {_DEEPEST} elements (time.list)")
        self.text.clear()
        if self.path[-1] == "ServiceInformation":
            self.said = {}

    def end(self, _: str) -> None:
        name = self.path.pop()
        if "ServiceInformation" in self.path:
            self.said.setdefault(name, []).append("".join(self.text).strip())
        elif name == "ServiceInformation":
            self._close()
        self.text.clear()

    def refuse(self, *_: Any) -> None:
        raise BadRecord("the trusted list declares a document type, which none needs (time.list)")

    def _close(self) -> None:
        one = {name: values[0] for name, values in self.said.items()}
        if one.get("ServiceTypeIdentifier") == _STAMPS and one.get("ServiceStatus") == _GRANTED:
            certificates = tuple(map(_der, self.said.get("X509Certificate", ())))
            self.found.append(Service(one.get("Name", ""), _seconds(one.get("StatusStartingTime", "")), certificates))


def parse_list(data: bytes) -> tuple[Service, ...]:
    """The qualified time-stamping services that the list grants; BadRecord when it is no trusted list."""
    if len(data) > MOST_BYTES:
        raise BadRecord(f"the trusted list has more than {MOST_BYTES >> 20} MiB (time.list)")
    reader, parser = _Reader(), expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text.append
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = reader.refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise BadRecord(f"the trusted list is no XML, line {error.lineno} (time.list)") from None
    return tuple(reader.found)


def _der(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        raise BadRecord("a certificate in the trusted list is no base64 (time.list)") from None


def _seconds(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadRecord("a service in the trusted list does not say since when it is granted (time.list)") from None
    if moment.tzinfo is None:
        raise BadRecord("a time in the trusted list has no time zone (time.list)")
    return int(moment.timestamp())
