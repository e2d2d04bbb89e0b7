"""What it costs to ask a picture what it says of itself, beside decoding it.

    python bench/embedded.py

Photographs of noise that falls off with scale are made here and written as JPEG, plain and with what a file may say;
decoding is by simplejpeg, as clearance does it.  Times are of processor time, the least of the rounds.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable

import numpy as np
import simplejpeg
from PIL import Image

from placet.clearance.embedded import documents
from placet.core.stance import Stance
from placet.core.use import Use
from placet.desk.embedding import embed, wish_of
from placet.signing.certificate import self_signed, signer_of
from placet.signing.keys import Role, generate

GOAL = 0.03
SIZES = (256, 384, 512, 1024)
BEGIN = 1_735_689_600


def main() -> int:
    key = generate(bytes(32), Role.EMBED, "bench")
    signer = signer_of(key, self_signed(key, BEGIN))
    wish = wish_of([Use.TRAIN], Stance.RESERVE)
    print(f"{'picture':>12} {'bytes':>9} {'decode':>10} {'plain':>10} {'share':>8} {'spoken':>10}")
    for size in SIZES:
        plain = photograph(size)
        spoken = embed(plain, "a.jpg", wish, signer, BEGIN).data
        decode = least(lambda data=plain: simplejpeg.decode_jpeg(data), 40)
        silent = least(lambda data=plain: documents(data, "a.jpg", 0), 1000)
        heard = least(lambda data=spoken: documents(data, "a.jpg", 0), 40)
        times = f"{decode * 1e6:>8.0f}us {silent * 1e6:>8.1f}us {silent / decode:>8.2%} {heard * 1e6:>8.0f}us"
        print(f"{size:>6}x{size:<5} {len(plain):>9,} {times}")
    print(f"Goal: a file that says nothing costs less than {GOAL:.0%} of its decoding.")
    return 0


def photograph(size: int) -> bytes:
    """A picture whose detail falls off with scale."""
    random = np.random.default_rng(size)
    total = np.full((size, size, 3), 128.0)
    step = 4
    while step <= size:
        noise = random.normal(0, 60 / step**0.5, (step, step, 3)).clip(-128, 127) + 128
        layer = Image.fromarray(noise.astype(np.uint8)).resize((size, size), Image.Resampling.BICUBIC)
        total += np.asarray(layer, float) - 128
        step *= 2
    with io.BytesIO() as file:
        Image.fromarray(total.clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=85)
        return file.getvalue()


def least(call: Callable[[], object], times: int, rounds: int = 7) -> float:
    """Seconds of processor time for one call."""
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(times):
            call()
        best = min(best, (time.process_time() - start) / times)
    return best


if __name__ == "__main__":
    sys.exit(main())
