"""An XMP stream put into a PDF by an incremental update (ISO 32000-2, 7.5.6): not a byte of the file changes.

What is signed stays signed; a signature covers the bytes before the update.
"""

from __future__ import annotations

import re
from typing import Final

from placet.errors import BadMedia, TooLarge
from placet.fingerprints.containers.block import Limits
from placet.fingerprints.containers.pdf import dictionary
from placet.fingerprints.containers.pdf_syntax import Entries, Objects, Ref, entries_at, inflated, reference, walk

__all__ = ["replace"]

_STARTXREF: Final = re.compile(rb"startxref[\x00\t\n\x0c\r ]+([0-9]{1,12})")
_COPIED: Final = (b"/Root", b"/Info", b"/ID")


def replace(data: bytes, packet: bytes | None, limits: Limits) -> bytes:
    """The same document with this XMP packet as its own, or with none; metadata of pictures inside is theirs."""
    objects = walk(data, limits)
    said = objects.trailer
    if b"/Encrypt" in said:
        raise BadMedia("This PDF is encrypted: a packet put into it would have to be encrypted too.")
    root, entries, text = _catalog(data, objects, limits)
    current = reference(entries.get(b"/Metadata"))
    held = current if current in objects.streams else None
    if held is None and packet is None:
        return data
    if held is not None and packet is not None and _is(data, objects, held, packet, limits):
        return data
    declared = said.get(b"/Size", b"")
    size = max(objects.largest + 1, int(declared) if declared.isdigit() and len(declared) < 11 else 0)
    if packet is None:
        changed = {root: _with_metadata(text, None)} | ({held: b"null"} if held else {})
    elif held is not None:
        changed = {held: _metadata(packet)}
    else:
        changed = {root: _with_metadata(text, (size, 0)), (size, 0): _metadata(packet)}
        size += 1
    return data + _update(data, changed, said, size)


def _catalog(data: bytes, objects: Objects, limits: Limits) -> tuple[Ref, Entries, bytes]:
    root = reference(objects.trailer.get(b"/Root"))
    found = None if root is None else dictionary(data, objects, root, limits)
    if root is None or found is None:
        raise BadMedia("The catalog of this PDF is not found: no packet can be put into it.")
    return root, *found


def _is(data: bytes, objects: Objects, ref: Ref, packet: bytes, limits: Limits) -> bool:
    return inflated(objects.streams[ref], data, "The metadata", limits) == packet


def _metadata(packet: bytes) -> bytes:
    if b"endstream" in packet:
        raise BadMedia("This XMP packet contains the word that ends a PDF stream.")
    head = b"<< /Type /Metadata /Subtype /XML /Length %d >>\nstream\n" % len(packet)
    return head + packet + b"\nendstream"


def _with_metadata(text: bytes, ref: Ref | None) -> bytes:
    """The catalog with its own entries as they were written, and this one."""
    entries, _ = entries_at(text, 0)
    kept = [key + b" " + value for key, value in entries.items() if key != b"/Metadata"]
    if ref is not None:
        kept.append(b"/Metadata %d %d R" % ref)
    return b"<< " + b"\n".join(kept) + b" >>"


def _update(data: bytes, changed: dict[Ref, bytes], said: Entries, size: int) -> bytes:
    """The changed objects, a cross-reference section in the style of the last one, and the end."""
    found = list(_STARTXREF.finditer(data, max(0, len(data) - 4096)))
    last = found[-1] if found else None
    if last is None or int(last[1]) >= len(data):
        raise BadMedia("This PDF does not say where its cross-reference table is.")
    out = bytearray(b"" if data.endswith(b"\n") else b"\n")
    places: dict[Ref, int] = {}
    for ref, body in sorted(changed.items()):
        places[ref] = len(data) + len(out)
        out += b"%d %d obj\n" % ref + body + b"\nendobj\n"
    at = len(data) + len(out)
    if at >= 10**10:
        raise TooLarge("With this XMP packet the PDF would pass the ten digits of its table.")
    tail = b" ".join(key + b" " + said[key] for key in _COPIED if key in said) + b" /Prev " + last[1]
    if data.startswith(b"xref", int(last[1])):
        out += _table(places) + b"trailer\n<< /Size %d " % size + tail + b" >>"
    else:
        out += _xref_stream(places, (size, 0), at, tail)
    return bytes(out) + b"\nstartxref\n%d\n%%%%EOF\n" % at


def _table(places: dict[Ref, int]) -> bytes:
    """7.5.4: twenty bytes an entry."""
    rows = [b"%d 1\n%010d %05d n \n" % (ref[0], at, ref[1]) for ref, at in sorted(places.items())]
    return b"xref\n" + b"".join(rows)


def _xref_stream(places: dict[Ref, int], own: Ref, at: int, tail: bytes) -> bytes:
    """7.5.8: a file whose last section is a stream is continued by a stream, which also lists itself."""
    listed = sorted({**places, own: at}.items())
    body = b"".join(b"\1" + place.to_bytes(5, "big") + ref[1].to_bytes(2, "big") for ref, place in listed)
    index = b" ".join(b"%d 1" % ref[0] for ref, _ in listed)
    head = b"<< /Type /XRef /Size %d /W [1 5 2] /Index [%s] /Length %d " % (own[0] + 1, index, len(body))
    return b"%d %d obj\n" % own + head + tail + b" >>\nstream\n" + body + b"\nendstream\nendobj"
