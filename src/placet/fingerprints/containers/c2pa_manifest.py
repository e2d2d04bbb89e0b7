"""The C2PA manifest store of a file, as the reference library (c2pa-rs) reports it, and signing a new one.

C2PA 2.4.  Nothing is fetched: no manifest that lies elsewhere, no revocation list, no time stamp.  Without `anchors` a
good signature is `Valid`, whoever made it; `Trusted` is only what leads to a certificate that the caller gave.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from placet.errors import BadMedia, TooLarge
from placet.fingerprints.containers import bmff, epub, gif, id3, jpeg, pdf, png, riff, tiff, vorbis, zipped
from placet.fingerprints.containers.block import holds
from placet.fingerprints.containers.jumbf import check

__all__ = ["MOST_BYTES", "media_type", "report", "sign"]

MOST_BYTES: Final = 1 << 30
_CLASS: Final = re.compile(r"^(?:[A-Z][A-Za-z]+: )+")
_MOST_REPORT: Final = 4 << 20
_FORMS: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/avi"}
_PURPOSES: Final = "\n".join(("1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.36", "1.3.6.1.4.1.62558.2.1"))


def media_type(data: bytes | memoryview) -> str:
    """The media type of a container that can hold a manifest here; empty for any other."""
    view = memoryview(data).cast("B")
    head = bytes(view[:16])
    plain = {jpeg.MAGIC: "image/jpeg", png.MAGIC: "image/png", pdf.MAGIC: "application/pdf"}
    plain |= dict.fromkeys(gif.MAGICS, "image/gif") | dict.fromkeys(tiff.MAGICS, "image/tiff")
    for magic, kind in plain.items():
        if head.startswith(magic):
            return kind
    if head.startswith(riff.MAGIC):
        return _FORMS.get(head[8:12], "")
    if bmff.is_bmff(view):
        return bmff.media_type(view)
    if head.startswith(zipped.MAGIC):
        return "application/epub+zip" if epub.is_epub(view) else ""
    return _audio(view)


def _audio(view: memoryview) -> str:
    try:
        at = id3.after_tags(view)
    except BadMedia:
        return ""
    if holds(view, at, vorbis.FLAC):
        return "audio/flac"
    return "audio/mpeg" if id3.is_mpeg(bytes(view[at : at + 4])) else ""


def report(data: bytes | memoryview, manifest: bytes, *, anchors: str = "") -> bytes:
    """The report on a file and the manifest store found in it, as JSON: Trusted, Valid or Invalid.

    The store is handed over as it was found and checked, so that the library looks at no other.  `anchors` are
    certificates in PEM to which a signer must lead to be Trusted.  BadMedia when the store cannot be read.
    """
    import c2pa

    check(manifest)
    kind = _supported(data)
    try:
        with c2pa.Reader(kind, io.BytesIO(data), manifest_data=manifest, context=_context(anchors)) as reader:
            text: str = reader.json()
    except Exception as error:  # whatever a foreign library makes of hostile bytes
        raise BadMedia(f"The C2PA manifest in this file cannot be read: {_words(error)}.") from error
    if len(text) > _MOST_REPORT:
        raise TooLarge(f"The C2PA manifests of this file take {len(text):,} bytes to report; at most {_MOST_REPORT:,}.")
    return text.encode("utf-8", "replace")


def sign(
    data: bytes, assertions: Mapping[str, Any], *, original: bytes, name: str, algorithm: str, chain: bytes, key: bytes
) -> bytes:
    """The same file with a new active manifest that holds these assertions (label to data).

    It says that `original` was opened and nothing about how it was made; manifests that were in it stay behind this
    one, as its parents.  `chain` and `key` are PEM, `algorithm` a name of COSE in small letters.  BadMedia when it
    cannot be done.
    """
    import c2pa

    kind = _supported(data)
    definition = {
        "claim_generator_info": [{"name": "placet"}],
        "title": name,
        "assertions": [{"label": label, "data": value} for label, value in assertions.items()],
    }
    info = c2pa.C2paSignerInfo(alg=algorithm.encode(), sign_cert=chain, private_key=key, ta_url=None)
    signed = io.BytesIO()
    try:
        with (
            c2pa.Signer.from_info(info) as signer,
            c2pa.Builder(json.dumps(definition), context=_context("")) as builder,
        ):
            builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
            parent = json.dumps({"title": name, "relationship": "parentOf"})
            builder.add_ingredient(parent, kind, io.BytesIO(original))
            builder.sign(signer, kind, io.BytesIO(data), signed)
    except Exception as error:  # whatever a foreign library makes of a file or a certificate
        raise BadMedia(f"No C2PA manifest could be put into this file: {_words(error)}.") from error
    return signed.getvalue()


def _supported(data: bytes | memoryview) -> str:
    if len(data) > MOST_BYTES:
        raise TooLarge(f"This file has {len(data):,} bytes; a C2PA manifest is read in files of up to {MOST_BYTES:,}.")
    kind = media_type(data)
    if not kind:
        raise BadMedia("C2PA manifests are not read or written in this kind of file.")
    return kind


@cache
def _context(anchors: str) -> Any:
    import c2pa

    trust = {"trust_anchors": anchors, "trust_config": _PURPOSES} if anchors else {}
    settings = {
        "version": 1,
        "trust": trust,
        "verify": {"verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False},
        "builder": {"thumbnail": {"enabled": False}},
    }
    return c2pa.Context(settings=c2pa.Settings.from_dict(settings))


def _words(error: Exception) -> str:
    """The first line of what the library says, without the name of its class."""
    lines = str(error).strip().splitlines()
    return _CLASS.sub("", lines[0])[:300].rstrip(".: ") if lines else type(error).__name__
