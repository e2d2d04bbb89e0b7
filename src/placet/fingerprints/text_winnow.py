"""Winnowed fingerprints of a text: every long enough passage shares one. ``text-winnow/1``, frozen.

Source: S. Schleimer, D. Wilkerson, A. Aiken, "Winnowing: Local Algorithms for Document Fingerprinting",
SIGMOD 2003 (robust winnowing); normalisation after Unicode 14.0 NFKC_Casefold (UAX #15, #31), then only
letters.

1. *Normalise.* Each code point becomes the letters and digits (categories L and N of Unicode 14.0) of its
   compatibility decomposition, case-folded. Spaces, punctuation, soft hyphens, zero-width characters and
   all combining marks fall away, so "É" is "e" and "E + U+0301" is "e"; Hangul syllables become their jamo.
   The rule looks at one code point at a time, so an excerpt normalises as it does inside its work. HTML
   entities are not decoded. Confusables are not folded: a Cyrillic "а" is not a Latin "a". The sets are
   frozen here, because Python's own tables differ from release to release.
2. *Grams.* A letter weighs 3, a CJK character (ideograph, kana, bopomofo, Yi) weighs 8; a gram is the
   shortest run that weighs 96: k = 32 letters, k = 12 CJK characters, and what lies between in mixed text.
   Its ends depend on its own characters alone, so an excerpt set in a text of another script keeps its
   grams.
3. *Hash.* Polynomial of mixed code points modulo 2**64 with an odd base, then a bijective finaliser.
4. *Winnow.* In each window of grams weighing 96 (w = 32 letters, 12 CJK) the least order wins; on a tie the
   one chosen before stays, else the rightmost is taken.

**Guarantee**: every shared run of 63 normalised letters, of 23 CJK characters, or of weight 191 in any
mixture, shares a fingerprint. A text that weighs less is `weak`: it keeps at most one fingerprint, and none
of its passages is sure to be found; match it whole, by `text_sha256`.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import unicodedata
import zlib
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = [
    "ALGORITHM",
    "GRAM",
    "GRAM_CJK",
    "TextPrints",
    "compute",
    "normalise",
    "quote",
    "text_sha256",
    "winnow",
]

ALGORITHM: Final = "text-winnow/1"
GRAM: Final = 32
GRAM_CJK: Final = 12

_LETTER, _CJK, _FULL = 3, 8, 96
_LIMIT = 0x110000
_CJK_FIRST = 0x2E80
_WINDOW = GRAM

Points = NDArray[np.uint32]
Offsets = NDArray[np.uint32]
Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TextPrints:
    """The fingerprints of one text; `positions` are where their grams begin, in normalised characters."""

    hashes: Hashes
    positions: Points
    length: int  # normalised characters
    cjk: int  # how many of them are CJK
    weak: bool  # too short for the guarantee

    @property
    def dense(self) -> bool:
        """True where most characters are CJK, so that a passage needs fewer of them."""
        return 2 * self.cjk > self.length

    @property
    def gram(self) -> int:
        """How many characters one of its fingerprints covers."""
        return GRAM_CJK if self.dense else GRAM


def compute(text: str) -> TextPrints:
    """Return the winnowed fingerprints of a text."""
    points, _, cjk = _normalise(text, keep_offsets=False)
    hashes, positions, weak = _winnow(points, cjk)
    return TextPrints(hashes=hashes, positions=positions, length=len(points), cjk=cjk, weak=weak)


def winnow(points: Points) -> TextPrints:
    """Return the fingerprints of code points that are already normalised."""
    points = np.ascontiguousarray(points, np.uint32)
    cjk = int(_count_cjk(points))
    hashes, positions, weak = _winnow(points, cjk)
    return TextPrints(hashes=hashes, positions=positions, length=len(points), cjk=cjk, weak=weak)


def normalise(text: str) -> tuple[Points, Offsets]:
    """Return the normalised code points, and for each the index of the character of `text` it came from."""
    points, offsets, _ = _normalise(text, keep_offsets=True)
    return points, offsets


def quote(text: str, start: int, stop: int) -> str:
    """Return the part of `text` that holds its normalised characters `start` to `stop`, as it was written."""
    _, offsets = normalise(text)
    picked = offsets[max(start, 0) : max(stop, 0)]
    return text[int(picked[0]) : int(picked[-1]) + 1] if len(picked) else ""


def text_sha256(text: str) -> bytes:
    """Return SHA-256 of the normalised text in UTF-8: blind to case, spaces and punctuation."""
    points, _ = normalise(text)
    return hashlib.sha256(points.astype("<u4").tobytes().decode("utf-32-le").encode()).digest()


def _normalise(text: str, *, keep_offsets: bool) -> tuple[Points, Offsets, int]:
    letters, expansions = _tables()
    if text.isascii():
        return _fold_narrow(np.frombuffer(text.encode("ascii"), np.uint8), letters, keep_offsets)
    source = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.dtype("<u4"))
    return _fold_wide(source.astype(np.uint32, copy=False), letters, expansions, keep_offsets)


def _winnow(points: Points, cjk: int) -> tuple[Hashes, Points, bool]:
    return _winnow_mixed(points) if cjk else _winnow_letters(points, *_mixes())


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
def _tables() -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return per code point 0, its letter, or 2**31 | start << 6 | count of letters in the second array."""
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
    return letters, np.array(expansions, np.uint32)


def _entry(fold: list[int], start: int) -> int:
    if len(fold) > 1:
        return 1 << 31 | start << 6 | len(fold)
    return fold[0] if fold else 0


@njit(cache=True, nogil=True)
def _is_cjk(point: int) -> bool:
    if point < _CJK_FIRST:
        return False
    return (
        point <= 0xA4CF  # radicals, kana, bopomofo, ideographs, Yi
        or 0xF900 <= point <= 0xFAFF  # compatibility ideographs
        or 0x16FE0 <= point <= 0x1B2FF  # Tangut, Khitan, old kana, Nushu
        or 0x20000 <= point <= 0x3FFFF  # ideographic planes
    )


@njit(cache=True, nogil=True)
def _count_cjk(points: Points) -> int:
    count = 0
    for point in points:
        count += _is_cjk(point)
    return count


@njit(cache=True, nogil=True)
def _fold_narrow(source: NDArray[np.uint8], letters: Points, keep_offsets: bool) -> tuple[Points, Offsets, int]:
    points = np.empty(len(source), np.uint32)
    offsets = np.empty(len(source) if keep_offsets else 0, np.uint32)
    size = 0
    for at in range(len(source)):
        letter = letters[source[at]]
        points[size] = letter
        if keep_offsets:
            offsets[size] = at
        size += letter != 0
    return points[:size], offsets[:size], 0


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
            if letter >= _CJK_FIRST:
                cjk += _is_cjk(letter)
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
            cjk += _is_cjk(points[size])
            size += 1
    return points[:size], offsets[:size], cjk


_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, 5 modulo 8: B**m - 1 keeps at most 2 + log2(m) factors of two
_ROLL_OUT = np.uint64(pow(int(_BASE), GRAM - 1, 1 << 64))
_M1, _M2, _M3 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB), np.uint64(0xD6E8FEB86659FD93)
_S27, _S29, _S30, _S31, _S32 = (np.uint64(bits) for bits in (27, 29, 30, 31, 32))
_POWERS = np.array([pow(int(_BASE), power, 1 << 64) for power in range(GRAM + 1)], np.uint64)


@njit(cache=True, nogil=True, inline="always")
def _mix(point: int) -> np.uint64:
    """Spread one code point over 64 bits, so that no small sum of neighbours cancels."""
    x = (np.uint64(point) + _BASE) * _M1
    return (x ^ (x >> _S29)) * _M2


@njit(cache=True, nogil=True, inline="always")
def _order(rolled: np.uint64) -> np.uint64:
    """Return the rank of a gram among its neighbours (a bijection of its polynomial)."""
    x = rolled ^ (rolled >> _S32)
    return x * _M3


@njit(cache=True, nogil=True, inline="always")
def _seal(order: np.uint64) -> np.uint64:
    """Return the fingerprint of an order: bijective, and even where winnowing has left only small orders."""
    x = (order ^ (order >> _S30)) * _M1
    x = (x ^ (x >> _S27)) * _M2
    return x ^ (x >> _S31)


@njit(cache=True, nogil=True)
def _mixed_points(limit: int) -> Hashes:
    out = np.empty(limit, np.uint64)
    for point in range(limit):
        out[point] = _mix(point)
    return out


@cache
def _mixes() -> tuple[Hashes, Hashes]:
    """Return the mixes of the ASCII letters, and the same as they leave a gram."""
    mixes = _mixed_points(128)
    return mixes, mixes * _ROLL_OUT


@njit(cache=True, nogil=True)
def _rightmost_least(orders: Hashes, start: int, stop: int) -> int:
    least = orders[start]
    for at in range(start + 1, stop):
        least = min(least, orders[at])
    at = stop - 1
    while orders[at] != least:
        at -= 1
    return at


@njit(cache=True, nogil=True)
def _gather(orders: Hashes, starts: Points, chosen: NDArray[np.int64], weak: bool) -> tuple[Hashes, Points, bool]:
    hashes = np.empty(len(chosen), np.uint64)
    positions = np.empty(len(chosen), np.uint32)
    for at in range(len(chosen)):
        hashes[at] = _seal(orders[chosen[at]])
        positions[at] = starts[chosen[at]]
    return hashes, positions, weak


@njit(cache=True, nogil=True)
def _winnow_mixed(points: Points) -> tuple[Hashes, Points, bool]:
    """Winnow grams of any weights; on text without CJK this equals `_winnow_letters`."""
    orders, starts, weights = _grams_mixed(points)
    count = len(orders)
    chosen = np.empty(count, np.int64)
    size, left, weight, best, full = 0, 0, 0, -1, False
    for at in range(count):
        weight += weights[at]
        while weight - weights[left] >= _FULL:
            weight -= weights[left]
            left += 1
        if weight < _FULL:
            continue
        if best < left or not full:
            best = _rightmost_least(orders, left, at + 1)
        elif orders[at] < orders[best]:
            best = at
        else:
            continue
        full = True
        chosen[size] = best
        size += 1
    if count and not full:
        chosen[0], size = _rightmost_least(orders, 0, count), 1
    return _gather(orders, starts, chosen[:size], not full)


@njit(cache=True, nogil=True)
def _grams_mixed(points: Points) -> tuple[Hashes, Points, NDArray[np.uint8]]:
    """Return for each gram its order, where it begins, and the weight of its last character."""
    orders = np.empty(len(points), np.uint64)
    starts = np.empty(len(points), np.uint32)
    weights = np.empty(len(points), np.uint8)
    size = first = weight = 0
    rolled = np.uint64(0)
    for at in range(len(points)):
        step = _CJK if _is_cjk(points[at]) else _LETTER
        rolled = rolled * _BASE + _mix(points[at])
        weight += step
        lead = _CJK if _is_cjk(points[first]) else _LETTER
        while weight - lead >= _FULL:
            rolled -= _mix(points[first]) * _POWERS[at - first]
            weight -= lead
            first += 1
            lead = _CJK if _is_cjk(points[first]) else _LETTER
        if weight >= _FULL:
            orders[size], starts[size], weights[size] = _order(rolled), first, step
            size += 1
    return orders[:size], starts[:size], weights[:size]


@njit(cache=True, nogil=True)
def _rightmost_in_ring(ring: Hashes, newest: int) -> int:
    least = ring[0]
    for slot in range(1, _WINDOW):
        least = min(least, ring[slot])
    at = newest
    while ring[at & (_WINDOW - 1)] != least:
        at -= 1
    return at & (_WINDOW - 1)


@njit(cache=True, nogil=True)
def _winnow_letters(points: Points, mixes: Hashes, leaving: Hashes) -> tuple[Hashes, Points, bool]:
    """Winnow grams of exactly 32 letters; orders live in a ring that is one window long."""
    grams = max(0, len(points) - GRAM + 1)
    hashes = np.empty(grams // 12 + _WINDOW, np.uint64)  # two in 33 are expected
    positions = np.empty(len(hashes), np.uint32)
    ring = np.empty(_WINDOW, np.uint64)
    rolled = np.uint64(0)
    for at in range(min(GRAM - 1, len(points))):
        rolled = rolled * _BASE + _mix(points[at])
    best, least, size = -1, np.uint64(0), 0
    for at in range(grams):
        point, gone = points[at + GRAM - 1], points[at]
        rolled = rolled * _BASE + (mixes[point] if point < 128 else _mix(point))
        order = _order(rolled)
        rolled -= leaving[gone] if gone < 128 else _mix(gone) * _ROLL_OUT
        ring[at & (_WINDOW - 1)] = order
        if at < _WINDOW - 1 or (order >= least and at - best < _WINDOW):
            continue
        if at - best < _WINDOW:
            best = at
        else:
            slot = _rightmost_in_ring(ring, at)
            best = at - ((at - slot) & (_WINDOW - 1))
        least = ring[best & (_WINDOW - 1)]
        if size == len(hashes):
            hashes = np.concatenate((hashes, np.empty(size, np.uint64)))
            positions = np.concatenate((positions, np.empty(size, np.uint32)))
        hashes[size], positions[size] = _seal(least), best
        size += 1
    if 0 < grams < _WINDOW:
        best = _rightmost_least(ring, 0, grams)
        hashes[0], positions[0], size = _seal(ring[best]), best, 1
    return hashes[:size].copy(), positions[:size].copy(), grams < _WINDOW
