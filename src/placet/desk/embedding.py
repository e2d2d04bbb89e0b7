"""A maker's wish put into her own files: XMP for whoever looks for words, a signed C2PA manifest for whoever checks.

Pixels and samples are never decoded.  What was put in is read back, as anybody would read it, before a file is given
out; what a kind of file has no place for is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from placet.app import Home
from placet.clearance.embedded import LIMITS, documents
from placet.core.declaration import Declaration, Source
from placet.core.stance import Stance, Voice
from placet.core.subject import Kind, Subject
from placet.core.use import PRESETS, Use
from placet.errors import BadMedia, NotFound, Refused, SignalError
from placet.fingerprints.containers import Block, blocks, replace_member, replace_xmp
from placet.fingerprints.containers import Kind as BlockKind
from placet.fingerprints.containers.c2pa_manifest import media_type, sign
from placet.fingerprints.containers.jumbf import check
from placet.log.files import write_durable
from placet.signals import c2pa, iptc, opf_edit, tdmrep, tdmrep_files, xmp
from placet.signals.codec import Asked
from placet.signals.origin import BASE
from placet.signals.policy import Policy, said_at
from placet.signals.resolve import hear, resolve
from placet.signals.saying import leaves_of, meant, web_address
from placet.signals.xmp_edit import change
from placet.signing.certificate import Signer, given, self_signed, signer_of
from placet.signing.keys import Key, Role, generate

__all__ = ["Embedded", "Wish", "embed", "own_signer", "read_signer", "trust_words", "wish_of", "wish_of_policy"]

_RIGHTS: Final = "http://ns.adobe.com/xap/1.0/rights/"
_DC: Final = "http://purl.org/dc/elements/1.1/"
_PREFIXES: Final = {
    iptc.PLUS: "plus",
    _RIGHTS: "xmpRights",
    _DC: "dc",
    tdmrep_files.PDF: "tdm",
    iptc.EXT: "Iptc4xmpExt",
}
_ARRAYS: Final = {(iptc.PLUS, "OtherConstraints"): "Alt", (_DC, "creator"): "Seq"}
_PACKETS: Final = frozenset({BlockKind.XMP, BlockKind.PDF_XMP})

_BOOK: Final = "application/epub+zip"
_PLACES: Final = frozenset(
    {f"image/{kind}" for kind in ("jpeg", "png", "gif", "tiff", "webp")}
    | {"application/pdf", "audio/wav", "video/avi", "audio/mpeg"}
)

Name = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What every file shall say; `author`, `terms` and `source`, a digital source type, stand beside it in XMP."""

    declarations: tuple[Declaration, ...]
    author: str = ""
    terms: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """A file that says it.  `forms` are those it is said in, `missing` sentences on those it is not.

    `unsaid` is wished for and heard from neither; `beyond` is closed by a word wider than the wish; on `older`
    something that stood in the file before is stricter, and still holds.
    """

    data: bytes
    forms: tuple[str, ...]
    said: Mapping[Use, Stance]
    missing: tuple[str, ...] = ()
    unsaid: tuple[Use, ...] = ()
    beyond: tuple[Use, ...] = ()
    older: tuple[Use, ...] = ()


# ---- the wish -----------------------------------------------------------------------------------


def wish_of(uses: Iterable[Use], stance: Stance, *, author: str = "", terms: str = "") -> Wish:
    """One stance on these uses.  `ai` leaves search as it is, and says so where a standard asks (house.md, 2)."""
    uses = tuple(uses)
    said = [_say(use, stance, terms) for use in uses]
    if set(PRESETS["ai"]) <= set(uses) and not {Use.SEARCH, Use.ANY} & set(uses):
        said.append(_say(Use.SEARCH, Stance.ALLOW, ""))
    return Wish(declarations=tuple(said), author=author, terms=terms)


def wish_of_policy(policy: Policy, *, author: str = "", terms: str = "") -> Wish:
    """What a site's policy says of all its pages to everybody; rules for paths and single crawlers stay on the site."""
    said = said_at(policy, "/")
    if not said:
        raise Refused(f"{policy.where} has no rule for the whole site, and a file has no path of its own")
    links = sorted({each.terms for each in said if each.terms})
    return Wish(declarations=tuple(said), author=author, terms=terms or (links[0] if len(links) == 1 else ""))


def _say(use: Use, stance: Stance, terms: str) -> Declaration:
    return Declaration(
        id=f"{use}-{stance.word}",
        subject=Subject(Kind.URL, "file"),
        use=use,
        stance=stance,
        by="",
        voice=Voice.EMBEDDED,
        source=Source(standard="wish", where="file"),
        terms=terms or None,
    )


# ---- who signs ----------------------------------------------------------------------------------


def own_signer(home: Home, name: str, *, keep: bool = True) -> Signer:
    """The home's key for embedding and its self-made certificate, both made on first use and kept."""
    if not keep and not home.key_path(Role.EMBED).exists():
        key = generate(home.random(32), Role.EMBED, name)
        return signer_of(key, self_signed(key, home.now()))
    key = home.key(Role.EMBED) if home.key_path(Role.EMBED).exists() else home.new_key(Role.EMBED, name)
    return signer_of(key, _certificate(home, key))


def _certificate(home: Home, key: Key) -> bytes:
    path = home.key_path(Role.EMBED).with_suffix(".crt")
    if not path.exists():
        write_durable(path, self_signed(key, home.now()))
    return path.read_bytes()


def read_signer(certificate: Path, key: Path, passphrase: bytes | None) -> Signer:
    """A certificate and key that somebody else made, from their files."""
    texts = []
    for path in (certificate, key):
        try:
            texts.append(path.read_bytes())
        except (FileNotFoundError, IsADirectoryError):
            raise NotFound(f"there is no file {path}") from None
    return given(texts[0], texts[1], passphrase)


def trust_words(signer: Signer) -> str:
    """What the signature is worth, no more."""
    if signer.self_made:
        return (
            f"Valid, signed by a certificate you made yourself ({signer.name}): "
            "it shows that nobody changed the file since, not who you are."
        )
    return (
        f"Valid, signed by the certificate of {signer.name}: it shows that nobody changed the file since; "
        "whoever trusts its issuer sees Trusted, everybody else only Valid."
    )


# ---- embedding ----------------------------------------------------------------------------------


def embed(data: bytes, name: str, wish: Wish, signer: Signer, at: int) -> Embedded:
    """The file with the wish in it, in as many forms as it has places for.

    BadMedia or Refused when nothing can be said in it, or what was said is not read back.
    """
    forms, missing, current = [], [], data
    if not media_type(data):
        raise BadMedia("this kind of file has no place for XMP or a C2PA manifest; `placet reserve` registers it")
    is_book = media_type(data) == _BOOK
    for block in blocks(data, limits=LIMITS):
        if block.kind is BlockKind.CONTAINER:
            raise BadMedia(_lower(BadMedia(block.problems[0].why)))
    try:
        current = _with_opf(data, wish) if is_book else _with_xmp(data, wish)
        forms.append("TDMRep" if is_book else "XMP")
    except (BadMedia, SignalError) as error:
        missing.append(f"no {'TDMRep' if is_book else 'XMP'}: {_lower(error)}")
    stated = c2pa.entries(wish.declarations)
    try:
        current = _with_manifest(current, data, name, stated, signer)
        forms.append("C2PA")
    except BadMedia as error:
        why = _lower(error)
        missing.append(why if why.startswith("no C2PA") else f"no C2PA: {why}")
    if not forms:
        raise BadMedia(f"{'; '.join(missing)}; `placet reserve` says it of this file in the registry")
    return _read_back(current, data, name, wish, at, Embedded(data=current, forms=tuple(forms), said={}), missing)


def _with_xmp(data: bytes, wish: Wish) -> bytes:
    held = [block for block in blocks(data) if block.kind in _PACKETS]
    values = _values(wish, is_pdf=_is_pdf(data))
    if not values:
        raise BadMedia("IPTC has no word for this wish.")
    if len(held) > 1:
        raise BadMedia("it holds several XMP packets, or one in several parts, which are left as they are.")
    if media_type(data) not in _PLACES:
        raise BadMedia("this kind of file has no place for it.")
    if not held:
        return replace_xmp(data, xmp.write(values, _used(values), arrays=_ARRAYS))
    return replace_xmp(data, _changed(held[0], values))


def _with_opf(data: bytes, wish: Wish) -> bytes:
    """TDMRep in each package document of a book (its section 6.3)."""
    reservation, policy = _reservation(wish)
    current = data
    for block in blocks(data):
        if block.kind is BlockKind.EPUB_OPF:
            if block.problems:
                raise BadMedia(block.problems[0].why)
            body = opf_edit.reserve(block.data, block.where, reservation, policy)
            current = replace_member(current, block.where, body)
    return current


def _reservation(wish: Wish) -> tuple[int, str]:
    """Value and policy, as the packet of TDMRep has them."""
    values = {name: text for (_, name), text in _tdm(wish).items()}
    if not values:
        raise BadMedia("TDMRep has no word for this wish, or only a wider one.")
    return int(values["reservation"]), values.get("policy", "")


def _changed(block: Block, values: dict[Name, str]) -> bytes:
    """A creator who is named already stays named; conditions of an older wish go."""
    if block.problems:
        raise BadMedia(f"its XMP packet is damaged: {block.problems[0].why}")
    (packet,) = xmp.packets(block.data, "the file's XMP")[:1]
    if packet.values(_DC, "creator"):
        values = {key: text for key, text in values.items() if key != (_DC, "creator")}
    return change(block.data, values, _used(values), arrays=_ARRAYS, remove=[(iptc.PLUS, "OtherConstraints")])


def _values(wish: Wish, *, is_pdf: bool) -> dict[Name, str]:
    values = dict(iptc.properties(wish.declarations)[1])
    if is_pdf:
        values |= _tdm(wish)
    if values and web_address(wish.terms):
        values[_RIGHTS, "WebStatement"] = wish.terms
    if values and wish.author:
        values[_DC, "creator"] = wish.author
    if values and wish.source:
        values[iptc.EXT, "DigitalSourceType"] = BASE + wish.source
    return values


def _tdm(wish: Wish) -> dict[Name, str]:
    """TDMRep inside a PDF (its section 6.4), where that says no more than was wished."""
    written = tdmrep.write(wish.declarations, Subject(Kind.URL, "file"))
    if written.overstated or not written.documents:
        return {}
    (packet,) = xmp.packets(written.documents[0].body, "file")
    return {(each.namespace, each.name): each.values[0] for each in packet.properties}


def _is_pdf(data: bytes) -> bool:
    return data.startswith(b"%PDF-")


def _used(values: Mapping[Name, str]) -> dict[str, str]:
    return {namespace: _PREFIXES[namespace] for namespace in dict.fromkeys(namespace for namespace, _ in values)}


def _with_manifest(
    data: bytes, original: bytes, name: str, stated: Mapping[str, Mapping[str, str]], signer: Signer
) -> bytes:
    if not stated:
        raise BadMedia("CAWG has no word for this wish.")
    for block in blocks(original, limits=LIMITS):
        if block.kind is BlockKind.C2PA:
            check(block.data)
    return sign(
        data,
        {c2pa.LABEL: {"entries": stated}},
        original=original,
        name=name,
        algorithm=signer.algorithm,
        chain=signer.chain,
        key=signer.key,
    )


# ---- reading back -------------------------------------------------------------------------------


def _read_back(
    after: bytes, before: bytes, name: str, wish: Wish, at: int, embedded: Embedded, missing: Sequence[str]
) -> Embedded:
    """What anybody hears in the file now, beside what was meant."""
    heard, problems = _heard(after, name, at)
    known = _heard(before, name, at)[1]
    if fresh := [each for each in problems if each not in known]:
        raise Refused(f"what was put into it is not read back: {fresh[0]}")
    ours = _ours(wish, embedded.forms, is_pdf=_is_pdf(after))
    wanted = meant(wish.declarations)
    if lost := [leaf for leaf, stance in ours.items() if heard.get(leaf, 0) < stance]:
        raise Refused(f"what was put into it is not read back: {lost[0]} is not heard")
    asked = _asked(wanted)
    stances = [(leaf, wanted.get(leaf, Stance.ALLOW), heard.get(leaf)) for leaf in Use if leaf in {*wanted, *heard}]
    return replace(
        embedded,
        said=heard,
        missing=tuple(missing),
        unsaid=tuple(leaf for leaf, meant_, said in stances if leaf in asked and (said is None or said < meant_)),
        beyond=tuple(leaf for leaf, meant_, _ in stances if ours.get(leaf, Stance.ALLOW) > meant_),
        older=tuple(leaf for leaf, _, said in stances if said and said > ours.get(leaf, Stance.ALLOW)),
    )


def _heard(data: bytes, name: str, at: int) -> tuple[dict[Use, Stance], list[str]]:
    """The strictest stance on each leaf, and the sentences of all problems."""
    found, problems = documents(data, name, at)
    resolved = resolve(hear(found), Asked(url=name))
    said: dict[Use, Stance] = {}
    for each in resolved.speaking:
        for leaf in each.use.leaves:
            said[leaf] = max(said.get(leaf, Stance.ALLOW), each.stance or Stance.RESERVE)
    return said, [each.why for each in (*problems, *resolved.problems)]


def _asked(wanted: Mapping[Use, Stance]) -> set[Use]:
    """What must not stay unsaid: beside a refusal, a yes is only how far it goes."""
    closed = {leaf for leaf, stance in wanted.items() if stance is not Stance.ALLOW}
    return closed or set(wanted)


def _ours(wish: Wish, forms: Sequence[str], *, is_pdf: bool) -> dict[Use, Stance]:
    """The strictest of what the forms that were put in say."""
    subject = Subject(Kind.URL, "file")
    codecs = [codec for form, codec in (("XMP", iptc.CODEC), ("C2PA", c2pa.CODEC)) if form in forms]
    if "TDMRep" in forms or (is_pdf and "XMP" in forms and _tdm(wish)):
        codecs.append(tdmrep.CODEC)
    said: dict[Use, Stance] = {}
    for codec in codecs:
        for document in codec.write(wish.declarations, subject).documents:
            for each in codec.read(document).declarations:
                for leaf in leaves_of([each.use]):
                    said[leaf] = max(said.get(leaf, Stance.ALLOW), each.stance or Stance.RESERVE)
    return said


def _lower(error: Exception) -> str:
    text = str(error).rstrip(".")
    return text if text[:4] in ("XMP ", "C2PA", "IPTC", "CAWG", "JPEG") else text[:1].lower() + text[1:]
