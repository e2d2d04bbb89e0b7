"""Sound is decoded whole or refused: to mono at 11,025 Hz, the same however it is cut into blocks."""

from __future__ import annotations

import struct
import sys

import numpy as np
import pytest

from placet.errors import BadMedia, MissingExtra, TooLarge
from placet.fingerprints import audio_decode
from placet.fingerprints.audio_decode import RATE, Limits, mix, read_sound, resample
from tests.fingerprints.sounds import file_of, song, wave


@pytest.mark.parametrize("kind", ["FLAC", "WAV", "AIFF"])
def test_what_is_stored_whole_comes_back_as_it_was(kind: str) -> None:
    samples = song(1, 3)

    sound = read_sound(file_of(samples, kind=kind))

    assert (sound.rate, sound.channels, sound.seconds) == (RATE, 1, 3.0)
    inner = slice(100, -100)  # the filter hears silence before and after
    assert np.corrcoef(sound.samples[inner], samples[inner])[0, 1] > 0.99


@pytest.mark.parametrize(
    ("kind", "subtype", "rate"), [("MP3", None, 44_100), ("OGG", "VORBIS", 44_100), ("OGG", "OPUS", 48_000)]
)
def test_what_is_stored_with_loss_keeps_its_length_and_its_shape(kind: str, subtype: str | None, rate: int) -> None:
    at = np.arange(2 * rate) / rate
    tone = (8_000 * np.sin(2 * np.pi * 440 * at)).astype(np.int16)

    sound = read_sound(file_of(tone, rate, kind, subtype))

    assert sound.seconds == pytest.approx(2, abs=0.1)
    spectrum = np.abs(np.fft.rfft(sound.samples[2_000:12_000].astype(float)))
    assert np.argmax(spectrum) * RATE / 10_000 == pytest.approx(440, abs=2)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000, 96_000])
def test_a_tone_keeps_its_pitch_and_its_loudness_at_every_rate(rate: int) -> None:
    tone = (10_000 * np.sin(2 * np.pi * 1_000 * np.arange(rate) / rate)).astype(np.int16)

    heard = resample(iter([tone]), rate)

    spectrum = np.abs(np.fft.rfft(heard[500:10_500] * np.hanning(10_000)))
    assert len(heard) == RATE
    assert np.argmax(spectrum) * RATE / 10_000 == pytest.approx(1_000, abs=2)
    assert np.abs(heard[500:-500].astype(int)).max() == pytest.approx(10_000, rel=0.02)


def test_what_lies_above_the_new_rate_is_silenced_and_not_folded_down() -> None:
    tone = (10_000 * np.sin(2 * np.pi * 9_000 * np.arange(44_100) / 44_100)).astype(np.int16)

    heard = resample(iter([tone]), 44_100)

    assert np.abs(heard[100:-100].astype(int)).max() < 20


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000, 384_000])
def test_blocks_make_no_difference(rate: int) -> None:
    samples = np.random.default_rng(rate).integers(-9_000, 9_000, 30_011).astype(np.int16)

    whole = resample(iter([samples]), rate)
    cut = resample(iter(np.split(samples, [1, 7, 8, 1_000, 1_001, 20_000])), rate)

    np.testing.assert_array_equal(whole, cut)


def test_eight_channels_are_one_sound() -> None:
    block = np.tile(np.arange(-8, 8, dtype=np.int16)[:, None], (1, 8))

    assert mix(block).tolist() == list(range(-8, 8))
    assert mix(block[:, :2]).tolist() == list(range(-8, 8))
    assert read_sound(file_of(np.tile(song(1, 1)[:, None], (1, 8)), kind="WAV")).channels == 8


@pytest.mark.parametrize("noise", [0, 100])
def test_channels_that_cancel_each_other_are_no_silence(noise: int) -> None:
    heard = song(1, 3).astype(np.int16)
    rest = np.random.default_rng(1).integers(-noise, noise + 1, len(heard)).astype(np.int16)

    with pytest.raises(BadMedia, match="channels cancel each other"):
        read_sound(file_of(np.stack([heard // 2, rest - heard // 2], axis=1)))


def test_numbers_beyond_full_scale_are_cut_and_what_is_no_number_is_refused() -> None:
    loud = np.full(RATE, 7.5, np.float32)
    loud[5_000] = np.nan

    with pytest.raises(BadMedia, match="no numbers"):
        read_sound(file_of(loud, kind="WAV", subtype="FLOAT"))

    loud[5_000] = 7.5
    assert read_sound(file_of(loud, kind="WAV", subtype="FLOAT")).samples[5_000] > 32_000


HOSTILE = {
    "nothing": (b"", BadMedia, "cannot be decoded"),
    "no samples": (file_of(np.empty(0, np.int16), kind="WAV"), BadMedia, "empty"),
    "one sample a second": (wave(rate=1), BadMedia, "declares 1 samples a second"),
    "a thousand million a second": (wave(rate=1_000_000_000), BadMedia, "samples a second"),
    "four hundred channels": (wave(channels=400, data=b"\0\0" * 4_000), TooLarge, "400 channels"),
    "ten hours in a header": (
        b"fLaC\0\0\0\x22"
        + struct.pack(">HH", 4096, 4096)
        + b"\0" * 6
        + (((11_025 << 44) | (15 << 36) | 11_025 * 36_000).to_bytes(8, "big"))
        + b"\0" * 16,
        BadMedia,
        "limit of 4 hours|cannot be decoded",
    ),
    "half a FLAC": (file_of(song(1, 3))[:20_000], BadMedia, "breaks off|cannot be decoded"),
    "half an Ogg": (file_of(song(1, 3), kind="OGG", subtype="VORBIS")[:300], BadMedia, "cannot be decoded|breaks off"),
    "letters after a name": (b"OggS" + b"hello" * 40, BadMedia, "cannot be decoded"),
    "a picture's RIFF": (b"RIFF\0\0\0\0WAVEfmt ", BadMedia, "cannot be decoded"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_sounds_are_refused_in_a_sentence(name: str) -> None:
    data, error, said = HOSTILE[name]

    with pytest.raises(error, match=said) as told:
        read_sound(data)

    assert str(told.value).startswith("This sound ")
    assert "BytesIO" not in str(told.value)


def test_a_wave_that_lies_about_its_length_is_what_is_there_or_refused() -> None:
    data = wave(declared=2_000_000_000, data=song(1, 2).tobytes())

    sound = read_sound(data)

    assert sound.seconds == pytest.approx(2, abs=0.01)


def test_a_limit_is_held_against_the_header_before_anything_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio_decode, "_whole", lambda *_: pytest.fail("decoded"))

    with pytest.raises(TooLarge):
        read_sound(file_of(song(1, 3)), limits=Limits(max_seconds=2))
    with pytest.raises(TooLarge, match="more than 9,000 samples"):
        read_sound(file_of(song(1, 3)), limits=Limits(max_values=9_000))


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "soundfile", None)

    with pytest.raises(MissingExtra, match=r"placet\[audio\]"):
        read_sound(file_of_nothing())
    assert not audio_decode.can_decode()


def file_of_nothing() -> bytes:
    return b"fLaC"
