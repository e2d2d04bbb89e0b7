"""The letters of a text: `text-winnow/1` reads nothing else of it. Frozen; the rule is that of `text_winnow`, step 1.

Each code point becomes the letters and digits (categories L and N of Unicode 14.0) of its compatibility
decomposition, case-folded (UAX #15, #31). The sets are packed here, because Python's own tables differ from release
to release. Two kernels fold: one reads code points of any script and can say where each letter came from; the other
reads UTF-8 (The Unicode Standard, table 3-7) as long as every letter is one of ASCII's, a byte each.
"""

from __future__ import annotations

import base64
import itertools
import unicodedata
import zlib
from functools import cache
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["Bytes", "Offsets", "Points", "count_cjk", "fold_points", "fold_utf8", "is_cjk", "tables"]

CJK_FIRST: Final = 0x2E80
_LIMIT = 0x110000

Bytes = NDArray[np.uint8]
Points = NDArray[np.uint32]
Offsets = NDArray[np.uint32]


def fold_points(text: str, *, keep_offsets: bool) -> tuple[Points, Offsets, int]:
    """Return the letters of a text, for each the place of its character, and how many are CJK."""
    letters, expansions, _ = tables()
    source = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.dtype("<u4"))
    return _fold_wide(source.astype(np.uint32, copy=False), letters, expansions, keep_offsets)


# Category L or N, and "the fold is another", in Unicode 14.0: zlib of varints, gap and length in turn.
_KEPT = (
    "c-mc5ONbm*6y@A^-=|(xb#+(&KhxDoIz7|V)9KD<#w5BJGiE}F#6UD5f`W*O8c;}fZd8I<XtoM2;zG$z)QvI=Axey(W+7;n;s<qM"
    "a3$i>TiuBetNPXJ_wK#t-Ossi>TS!kCa?r3f<he`zET_&v<2`AG>8~5B9?UpC-FMm6<|Ox!y|3x@u=#V@Fb9sO$bGxyKp8%VHAj="
    "t}%ifwrNA%fGI5>TvJG4J$n?{5m60tl42#6v3S4{8G<uBmr(v@;(_&~iaFGLSLY}Ru@4a5L7DA#a|{m~iqlGgB`SavDW#$ss&VRO"
    "Q5F?iB9h>|lk<7L>vM!mwgrJo`Dw#EBH8p@hS8~NNH`#y`O*{=*}yO6_!<rQicJ90K;Vgc$SRRTzpc-WDxonf5h}8Z<482kAUC2B"
    "ZV;IAR5J}_Z2NDO;DCHL3Kdl>o+6`eF_qBL$5d$3xLimJF;uc|2N=p5U-RaS)wEquH+{CaL^@pImI-&(gVmA9V>~t~Ipv4lcz>(k"
    "@oF~(c0_8(Qd&~bSF!#kN#+MK9Oh3(tFziDh}&d1mOR*VqNPI<KP4xV7pXRLZAM6}wUp}MO?}_-+TYy0<$i^c3P@Jw@$R=M)&q;X"
    "-V^v<sb(PVYd&QZ9tG<W9+xWirp2D`IwU>6m|Uf+d)F_$kBwb)iBzXDDQ0wHF`#E?UC(OJC`!E;_1O4*g*_eL5G>)uz}K4#cG3xr"
    "Miaxjf@5!FQhRdF)6BS`D6}dv61|!EH$uUji@ka8bX4cv7Y_YN^xVKkTIXesB^J!6d3M_$l&;g-QgmM9BFeLN3eTt+5UCvzS}2QN"
    "LWS)wMdRo|iT=WZ+FfjOKj`X#?^0j5r<X5FGEJZRyyW&pA(9!LZ_gW_P*C%(VX%zguyhAj@|sbdG8(vGDhKFo+}hmF6`CYM2rT%Z"
    "o}t%s=onpG^EGPgR^6UBde7c?uU(G(70R$|==hSWh1^bebt?5}wbhk=Ks@d>tq=N%mjc7>P>7}l4yB*C5~gTAJmaT$=Ix~9?{2;n"
    "k-m)8l(pBYJFSST&R@Y~$o**rp&yK5Y2>wbHDbGkmGdVfCs}l2+(-nq;5QvD$_;`J{E|f#;jS{$qZfriJ4;9wboa&lq(N0$%m{JO"
    "D+u1lRQ^=1pX%ss`}7N?Yxt(}MDl_AHv5vdHn!Mi(rypQ=%&*mM{+fws>>hh)6X8$I25mokDY%e?q;wY{C=2ck-SS|Rbuysx{yAv"
    "V-;9`eWh}?c@dA`NS-3f??h>1QNCZA)XChDln5!5#dkzaAzJpo;b_mxh3qFa_Ld~GpHVkmVgH+uEl+cTFXZx=J|HXqmbo`4@`Ga}"
    "pNp_9;{503Kk}QH=l!N`@85ayRqj5|6g)~&4~^0_j(@58*W8acsJGR#KY(5x7d|@pPUABF9DY6c7d;??Km"
)
_FOLDED = (
    "c-pm8J8M)?5a#>loOAEp_h!wS7bb3WS)#<%m{`~(prjMQS0RWNB51%;MbRK)0-|6WLqN2$v9c3QVg7+yT1Y@7U@Zj1nVXFUWJM#+"
    "x#uu<nDfn<=S0t8L;xJ<C=hH#0SN*<I?!pH?pReS=mJ%d5IQ@BdddFn3&sheZq+=XC`N@qkVv&sI+ye-?rFU{)RKsSnfWa!lo938"
    "j%3X?M-o(NzfRg}wkW}-$o*tB2I`WoJY+LatT!<Sf5c7dPYLgwLJ@=UB^K3(W6IYwh@Z``BF8W)*Kq|Fw3~9@JUNbAXmA)~>WfQP"
    "&b;yw${Qq8xK>vohOz3yY+*wn8fnOYmrSBvlqo@0liHU@ZRhyB1@v^PSY=>ccig(z&ruXnU_eDvnjjk#Jtwi|N{d7lV#%u~C9)U!"
    "EKWHXFzG2jVwgp6J~Tydme_%9vfnC9i%VasC?(}Bp;g@(Po-c7Yp&^nJIEKjhsPOQkn?!LW)o(5Jv&73`0o^_#%|y_HBq_u7{aK&"
    "qTDXi>1nB3Th)}${joNkaPJu@ob5*=-h*jbT>iV~R(@NDciObbKg6cxM5|%g4%Nf|+Fv0Rc02N8a5`a*F3#Zr(+1C^(3C^GSdVgE"
    "^}14Ji__Hh6?TkstdXx|s+}6$3S2q{X5d~y0&R(C!#<1~v)D1ORamr^TM@7MOO}$6Pc~}`xD7sX{9-0o!DT;i6*JE;@NEgv$?)2p"
    "z@+t!)}!?o6k-C7HU#_h`T88S@s@l_?whXFJ|qsktudHc8y{hPibzYoA@j5;;8KMQ%HBGp{KjQ{KL&ba5SJyt+a(bfDw(@qWx;(1"
    "8_`EX"
)
_HANGUL = range(0xAC00, 0xD7A4)
_NARROW = 128  # letters below are ASCII's


def _unpack(packed: str) -> list[range]:
    numbers, value, shift = [], 0, 0
    for byte in zlib.decompress(base64.b85decode(packed)):
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append(value)
            value = shift = 0
    edges = list(itertools.accumulate(numbers))
    return [range(start, stop) for start, stop in zip(edges[::2], edges[1::2], strict=True)]


def _fold(char: str) -> str:
    once = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    return unicodedata.normalize("NFKD", once.casefold())


@cache
def tables() -> tuple[Points, Points, Bytes]:
    """Return per code point 0, its letter, or 2**31 | start << 6 | count of letters in the second array.

    The third is the first for ASCII, a byte each.
    """
    letters = np.zeros(_LIMIT, np.uint32)
    for kept in _unpack(_KEPT):
        letters[kept.start : kept.stop] = np.arange(kept.start, kept.stop, dtype=np.uint32)
    solid = letters != 0
    expansions: list[int] = []
    for point in itertools.chain(*_unpack(_FOLDED), _HANGUL):
        fold = [ord(char) for char in _fold(chr(point)) if solid[ord(char)]]
        letters[point] = _entry(fold, len(expansions))
        expansions += fold if len(fold) > 1 else []
    letters.setflags(write=False)
    return letters, np.array(expansions, np.uint32), letters[:_NARROW].astype(np.uint8)


def _entry(fold: list[int], start: int) -> int:
    if len(fold) > 1:
        return 1 << 31 | start << 6 | len(fold)
    return fold[0] if fold else 0


@njit(cache=True, nogil=True)
def is_cjk(point: int) -> bool:
    if point < CJK_FIRST:
        return False
    return (
        point <= 0xA4CF  # radicals, kana, bopomofo, ideographs, Yi
        or 0xF900 <= point <= 0xFAFF  # compatibility ideographs
        or 0x16FE0 <= point <= 0x1B2FF  # Tangut, Khitan, old kana, Nushu
        or 0x20000 <= point <= 0x3FFFF  # ideographic planes
    )


@njit(cache=True, nogil=True)
def count_cjk(points: Points) -> int:
    count = 0
    for point in points:
        count += is_cjk(point)
    return count


@njit(cache=True, nogil=True)
def _grown(array: Points, size: int) -> Points:
    out = np.empty(size, np.uint32)
    out[: len(array)] = array
    return out


@njit(cache=True, nogil=True)
def _fold_wide(source: Points, letters: Points, expansions: Points, keep_offsets: bool) -> tuple[Points, Offsets, int]:
    points = np.empty(len(source), np.uint32)
    offsets = np.empty(len(source) if keep_offsets else 0, np.uint32)
    size = cjk = 0
    for at in range(len(source)):
        letter = letters[source[at]]
        if letter < _LIMIT:
            points[size] = letter
            if keep_offsets:
                offsets[size] = at
            size += letter != 0
            if letter >= CJK_FIRST:
                cjk += is_cjk(letter)
            continue
        start, count = (letter & 0x7FFFFFFF) >> 6, letter & 63
        room = size + count + len(source) - at
        if room > len(points):
            points = _grown(points, 2 * room)
            offsets = _grown(offsets, 2 * room) if keep_offsets else offsets
        for step in range(count):
            points[size] = expansions[start + step]
            if keep_offsets:
                offsets[size] = at
            cjk += is_cjk(points[size])
            size += 1
    return points[:size], offsets[:size], cjk


@njit(cache=True, nogil=True)
def _decode(source: Bytes, at: int, stop: int) -> tuple[int, int]:
    """Return the code point that begins at a byte that is not ASCII, and its length; 0 where that is no UTF-8."""
    lead, left = np.int64(source[at]), stop - at
    length = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
    if lead < 0xC2 or lead > 0xF4 or left < length:
        return 0, 0
    point = lead & (0x7F >> length)
    for step in range(1, length):
        byte = np.int64(source[at + step])
        if byte & 0xC0 != 0x80:
            return 0, 0
        point = point << 6 | byte & 0x3F
    is_overlong = (length == 3 and point < 0x800) or (length == 4 and point < 0x10000)
    if is_overlong or 0xD800 <= point < 0xE000 or point >= _LIMIT:
        return 0, 0
    return int(point), length


@njit(cache=True, nogil=True, inline="always")
def _are_ascii(eight: Bytes) -> bool:
    bits = np.uint8(0)
    for at in range(8):
        bits |= eight[at]
    return bool(bits < _NARROW)


@njit(cache=True, nogil=True)
def fold_utf8(
    source: Bytes, start: int, stop: int, out: Bytes, size: int, letters: Points, expansions: Points, narrow: Bytes
) -> int:
    """Write the letters of `source[start:stop]` from `out[size]` on, and return where they end.

    -1 where the bytes are not UTF-8, a letter is none of ASCII's, or there are more letters than bytes: `out` has a
    place for each byte.
    """
    at, first = start, size
    while at < stop:
        while stop - at >= 8 and _are_ascii(source[at : at + 8]):
            for step in range(8):
                letter = narrow[source[at + step]]
                out[size] = letter
                size += letter != 0
            at += 8
        if at == stop:
            break
        byte = source[at]
        if byte < _NARROW:
            out[size] = narrow[byte]
            size += narrow[byte] != 0
            at += 1
            continue
        point, length = _decode(source, at, stop)
        if length == 0:
            return -1
        at += length
        letter = letters[point]
        if letter < _NARROW:
            out[size] = letter
            size += letter != 0
            continue
        begin, count = np.int64(letter & 0x7FFFFFFF) >> 6, np.int64(letter & 63)
        if letter < _LIMIT or size - first + count > at - start:
            return -1
        for step in range(count):
            if expansions[begin + step] >= _NARROW:
                return -1
            out[size + step] = expansions[begin + step]
        size += int(count)
    return size
