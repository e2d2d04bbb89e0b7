"""What happens to a sound on its way into a dataset, each as a function from samples to a file's bytes.

Samples are float32[n, channels] at any rate. `EDITS` names them; `synthesise` makes seeded tracks that nobody owns.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["EDITS", "Clip", "Edit", "encode", "excerpt", "mono", "speak_over", "stretch", "synthesise"]

Samples = npt.NDArray[np.float32]


_KINDS = {
    "FLAC": ("PCM_16", "FLAC"),
    "MP3": ("MPEG_LAYER_III", "MP3"),
    "OPUS": ("OPUS", "OGG"),
    "VORBIS": ("VORBIS", "OGG"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """Samples with their rate."""

    samples: Samples
    rate: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate

    def with_samples(self, samples: Samples) -> Clip:
        return Clip(np.ascontiguousarray(samples, np.float32), self.rate)


def encode(clip: Clip, kind: str = "FLAC", *, level: float = 0.5) -> bytes:
    """The clip as FLAC, MP3, OPUS or VORBIS, by libsndfile's own encoders; `level` 0 is best, 1 smallest."""
    import soundfile

    out, samples, rate = io.BytesIO(), np.clip(clip.samples, -1, 1), clip.rate
    if kind == "OPUS":
        samples, rate = at_rate(clip, 48_000).samples, 48_000
    subtype, container = _KINDS[kind]
    settings = {} if kind == "FLAC" else {"compression_level": level, "bitrate_mode": "CONSTANT"}
    settings = settings if kind == "MP3" else {k: v for k, v in settings.items() if k != "bitrate_mode"}
    with soundfile.SoundFile(out, "w", rate, samples.shape[1], subtype, format=container, **settings) as file:
        for start in range(0, len(samples), rate):  # its Vorbis encoder does not survive a minute at once
            file.write(samples[start : start + rate])
    return out.getvalue()


def at_rate(clip: Clip, rate: int) -> Clip:
    """The clip at another rate, by straight lines between samples: good enough to be an edit."""
    places = np.arange(int(len(clip.samples) * rate / clip.rate)) * (clip.rate / rate)
    known = np.arange(len(clip.samples))
    columns = [np.interp(places, known, column) for column in clip.samples.T]
    return Clip(np.stack(columns, axis=1).astype(np.float32), rate)


def mono(clip: Clip) -> Clip:
    return clip.with_samples(clip.samples.mean(axis=1, keepdims=True))


def excerpt(clip: Clip, start: float, seconds: float) -> Clip:
    first = int(start * clip.rate)
    return clip.with_samples(clip.samples[first : first + int(seconds * clip.rate)])


def louder(clip: Clip, decibels: float) -> Clip:
    """Gain, cut at full scale."""
    return clip.with_samples(np.clip(clip.samples * np.float32(10 ** (decibels / 20)), -1, 1))


def hiss(clip: Clip, decibels: float, seed: int = 1) -> Clip:
    """White noise that many decibels below the clip."""
    power = float(np.sqrt((clip.samples**2).mean())) * 10 ** (-decibels / 20)
    noise = np.random.default_rng(seed).normal(0, power, clip.samples.shape)
    return clip.with_samples(clip.samples + noise.astype(np.float32))


def speak_over(clip: Clip, voice: Clip, decibels: float) -> Clip:
    """A voice over the clip, `decibels` louder than it, said again and again to its end."""
    said = mono(at_rate(voice, clip.rate) if voice.rate != clip.rate else voice).samples[:, 0]
    said = np.resize(said, len(clip.samples))
    scale = np.sqrt((clip.samples**2).mean() / max(1e-12, (said**2).mean())) * 10 ** (decibels / 20)
    mixed = clip.samples + (said * scale)[:, None]
    return clip.with_samples(mixed / max(1.0, float(np.abs(mixed).max())))


def speed(clip: Clip, factor: float) -> Clip:
    """Faster and higher, as a record does it."""
    return Clip(at_rate(clip, round(clip.rate / factor)).samples, clip.rate)


def stretch(clip: Clip, tempo: float) -> Clip:
    """Another tempo at the same pitch: windows laid where they fit best (WSOLA, Verhelst and Roelands 1993)."""
    size, hop, slack = 2048, 1024, 512
    window = np.hanning(size + 1)[:-1].astype(np.float32)[:, None]
    source = np.pad(clip.samples, ((slack, size + 2 * slack + hop), (0, 0)))
    heard = source.mean(axis=1)
    steps = int(len(clip.samples) / tempo / hop)
    out = np.zeros((steps * hop + size, clip.samples.shape[1]), np.float32)
    place = slack
    for step in range(steps):
        ideal = slack + int(step * hop * tempo)
        if step:
            wanted, near = heard[place + hop : place + hop + size], heard[ideal - slack : ideal + slack + size]
            place = ideal - slack + int(np.argmax(_correlate(near, wanted)))
        out[step * hop : step * hop + size] += source[place : place + size] * window
    return clip.with_samples(out[: steps * hop])


def _correlate(near: npt.NDArray[np.float32], wanted: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    length = 1 << (len(near) + len(wanted)).bit_length()
    spectrum = np.fft.rfft(near, length) * np.conj(np.fft.rfft(wanted, length))
    found: npt.NDArray[np.float32] = np.fft.irfft(spectrum, length)[: len(near) - len(wanted)]
    return found


def after_silence(clip: Clip, seconds: float) -> Clip:
    quiet = np.zeros((int(seconds * clip.rate), clip.samples.shape[1]), np.float32)
    return clip.with_samples(np.concatenate((quiet, clip.samples)))


def _five(clip: Clip) -> Clip:
    """Five seconds out of the middle, at no round place."""
    return excerpt(clip, max(0.0, clip.seconds / 2 - 2.617), 5)


Edit = Callable[[Clip, Clip], bytes]  # the clip and a voice

EDITS: dict[str, Edit] = {
    "MP3, small": lambda clip, _: encode(clip, "MP3", level=0.75),
    "Opus, small": lambda clip, _: encode(clip, "OPUS", level=0.9),
    "Vorbis": lambda clip, _: encode(clip, "VORBIS", level=0.5),
    "mono": lambda clip, _: encode(mono(clip)),
    "12 dB quieter": lambda clip, _: encode(louder(clip, -12)),
    "6 dB louder, cut": lambda clip, _: encode(louder(clip, 6)),
    "noise at 15 dB": lambda clip, _: encode(hiss(clip, 15)),
    "after 3.3 s of silence": lambda clip, _: encode(after_silence(clip, 3.3)),
    "5 s excerpt": lambda clip, _: encode(_five(clip)),
    "5 s excerpt, MP3": lambda clip, _: encode(_five(clip), "MP3", level=0.75),
    "voice as loud": lambda clip, voice: encode(speak_over(clip, voice, 0)),
    "voice 6 dB louder": lambda clip, voice: encode(speak_over(clip, voice, 6)),
    "5 s under a voice": lambda clip, voice: encode(speak_over(_five(clip), voice, 0)),
    "tempo +5 %": lambda clip, _: encode(stretch(clip, 1.05)),
    "tempo -5 %": lambda clip, _: encode(stretch(clip, 0.95)),
    "speed +5 %": lambda clip, _: encode(speed(clip, 1.05)),
    "speed -5 %": lambda clip, _: encode(speed(clip, 0.95)),
}

_SCALE = (0, 2, 4, 5, 7, 9, 11)


def synthesise(seed: int, seconds: float = 40.0, rate: int = 22_050) -> Clip:
    """A seeded track in stereo: chords, a tune and a beat, with bars that come again as songs do."""
    rng = np.random.default_rng([20, seed])
    beat = 60 / rng.uniform(80, 150)
    root = rng.uniform(110, 220)
    bars = [_bar(rng, beat, root, rate) for _ in range(4)]
    order = rng.integers(0, 4, int(seconds / (4 * beat)) + 1)
    track = np.concatenate([bars[number] * np.float32(rng.uniform(0.8, 1)) for number in order])
    tune = _tune(rng, len(track), beat, root * 2, rate)
    left, right = track + 0.5 * tune, track + 0.3 * tune
    both = np.stack((left, right), axis=1)[: int(seconds * rate)]
    return Clip((0.7 * both / np.abs(both).max()).astype(np.float32), rate)


def _bar(rng: np.random.Generator, beat: float, root: float, rate: int) -> Samples:
    length = int(4 * beat * rate)
    out = np.zeros(length + rate, np.float32)
    degree = int(rng.integers(0, 7))
    for step in (0, 2, 4):
        note = root * 2 ** (_SCALE[(degree + step) % 7] / 12)
        _add(out, 0, _note(note, 4 * beat, rate, rng.uniform(0.5, 1.5)))
    for number in range(8):
        if rng.random() < 0.7:
            hit = rng.normal(0, 0.3, int(0.08 * rate)) * np.exp(-np.linspace(0, 8, int(0.08 * rate)))
            _add(out, int(number * beat / 2 * rate), hit.astype(np.float32))
    return out[:length]


def _tune(rng: np.random.Generator, length: int, beat: float, root: float, rate: int) -> Samples:
    out, at = np.zeros(length + 4 * rate, np.float32), 0.0
    while at * rate < length:
        held = beat * float(rng.choice([0.5, 0.5, 1, 1.5]))
        note = root * 2 ** (_SCALE[int(rng.integers(0, 7))] / 12 + int(rng.integers(0, 2)))
        _add(out, int(at * rate), _note(note, held, rate, 3))
        at += held
    return out[:length]


def _note(pitch: float, seconds: float, rate: int, decay: float) -> Samples:
    at = np.arange(int(seconds * rate)) / rate
    partials = sum(np.sin(2 * np.pi * pitch * n * at) / n for n in range(1, 7))
    return (0.2 * partials * np.exp(-decay * at) * np.minimum(1, at * 200)).astype(np.float32)


def _add(out: Samples, start: int, sound: Samples) -> None:
    room = out[start : start + len(sound)]
    room += sound[: len(room)]
