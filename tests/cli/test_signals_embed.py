"""A wish inside the files themselves: read back by the reference library, with every pixel and sample as it was."""

from __future__ import annotations

import io
import json
import stat
import wave
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from placet.clearance.embedded import documents
from placet.fingerprints.containers import Kind, blocks, id3, replace_xmp
from placet.signals import xmp
from placet.signals.codec import Asked
from placet.signals.resolve import hear, resolve
from tests.cli.stage import everything
from tests.gallery.certificates import issued, signed, signer, state_in
from tests.gallery.containers import WHOLE, packet

DC = "http://purl.org/dc/elements/1.1/"
PLUS = "http://ns.useplus.org/ldf/xmp/1.0/"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    here = tmp_path / "files"
    here.mkdir()
    return here


def put(folder: Path, name: str, data: bytes | None = None) -> Path:
    path = folder / name
    path.write_bytes(WHOLE[name]() if data is None else data)
    return path


def said_in(data: bytes) -> dict[str, str]:
    found, problems = documents(data, "x", 0)
    resolved = resolve(hear(found), Asked(url="x"))
    assert (problems, resolved.problems) == ((), ())
    said: dict[str, int] = {}
    for each in resolved.speaking:
        for leaf in each.use.leaves:
            said[leaf.value] = max(said.get(leaf.value, 0), each.stance or 0)
    return {leaf: {1: "allow", 2: "license", 3: "reserve"}[stance] for leaf, stance in said.items()}


def state_of(data: bytes, anchor: bytes = b"") -> str:
    """What the reference library says of the file as it is."""
    return state_in(data, anchor.decode())


def decoded(name: str, data: bytes) -> bytes:
    """What a viewer or player makes of it; of MP3 the frames, which are copied or not."""
    if name.endswith(".wav"):
        with wave.open(io.BytesIO(data)) as file:
            return file.readframes(file.getnframes())
    if name.endswith(".mp3"):
        return data[id3.after_tags(memoryview(data)) :]
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture).tobytes()


@pytest.mark.parametrize("name", ["plain.jpg", "plain.png", "plain.wav", "plain.mp3", "plain.webp", "plain.tiff"])
def test_what_is_embedded_is_valid_and_touches_no_pixel_or_sample(stage, folder, name):
    original = put(folder, name)

    said = stage("signals", "embed", original, "--out", folder / "out", "--author", "Ana")

    copy = (folder / "out" / name).read_bytes()
    certificate = (stage.home / "keys" / "embed.crt").read_bytes()
    assert said.code == 0
    assert (state_of(copy), state_of(copy, certificate)) == ("Valid", "Trusted")
    assert decoded(name, copy) == decoded(name, WHOLE[name]())
    assert {"mine", "train.generative", "input.retrieve"} <= set(said_in(copy))
    assert said_in(copy)["train.generative"] == "reserve"
    assert said_in(copy)["search"] == "allow"
    assert original.read_bytes() == WHOLE[name]()


def test_the_trust_is_told_in_plain_words(stage, folder):
    said = stage("signals", "embed", put(folder, "plain.png"), "--out", folder / "out", "--author", "Ana")

    assert "signed by a certificate you made yourself (Ana)" in said.out
    assert "nobody changed the file since, not who you are" in said.out
    assert "output.style, output.likeness, dataset" in said.out


def test_the_certificate_is_made_once_and_its_key_is_for_its_owner_only(stage, folder):
    for name in ("plain.png", "plain.jpg"):
        stage("signals", "embed", put(folder, name), "--out", folder / "out")

    copies = [(folder / "out" / name).read_bytes() for name in ("plain.png", "plain.jpg")]
    certificate = (stage.home / "keys" / "embed.crt").read_bytes()
    assert [state_of(copy, certificate) for copy in copies] == ["Trusted", "Trusted"]
    assert stat.S_IMODE((stage.home / "keys" / "embed.pem").stat().st_mode) == 0o600
    assert not (stage.home / "placet.db").exists()


def test_originals_stay_unless_asked(stage, folder):
    path = put(folder, "plain.jpg")
    path.chmod(0o640)

    refused = stage("signals", "embed", path)
    done = stage("signals", "embed", path, "--in-place")

    assert refused.code == 64
    assert "--in-place" in refused.err
    assert done.code == 0
    assert said_in(path.read_bytes())["mine"] == "reserve"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_copy_is_never_written_over(stage, folder):
    path = put(folder, "plain.jpg")
    stage("signals", "embed", path, "--out", folder / "out")
    before = everything(folder)

    said = stage("signals", "embed", path, "--out", folder / "out", "--stance", "allow")

    assert said.code == 1
    assert "is there already" in said.err
    assert everything(folder) == before


def test_bad_files_are_a_sentence_each_and_the_rest_goes_on(stage, folder):
    put(folder, "plain.png")
    put(folder, "cut.png", WHOLE["plain.png"]()[:200])
    put(folder, "tale.txt", b"Once upon a time.")
    put(folder, "said.ogg")

    said = stage("signals", "embed", folder, "--in-place")

    assert said.code == 2
    assert said.err.count("Left as it is") == 3
    assert "no place for XMP or a C2PA manifest" in said.err
    assert said_in((folder / "plain.png").read_bytes())["mine"] == "reserve"
    assert (folder / "tale.txt").read_bytes() == b"Once upon a time."


def test_a_kind_of_file_without_xmp_is_still_signed(stage, folder):
    said = stage("signals", "embed", put(folder, "plain.flac"), "--in-place")

    assert said.code == 0
    assert "no XMP: this kind of file has no place for it." in said.out
    assert state_of((folder / "plain.flac").read_bytes()) == "Valid"


def test_a_licence_names_its_terms_in_both_forms(stage, folder):
    terms = "https://ana.example/terms"
    path = put(folder, "plain.jpg")

    stage("signals", "embed", path, "--in-place", "--stance", "license", "--terms", terms)

    heard = hear(documents(path.read_bytes(), "x", 0)[0]).declarations
    assert {d.source.standard for d in heard if d.terms and terms in d.terms} == {"iptc", "c2pa"}
    assert said_in(path.read_bytes())["train.generative"] == "license"


def test_what_stood_in_the_packet_stays(stage, folder):
    titled = xmp.write({(DC, "title"): "Ünder", (PLUS, "DataMining"): "http://ns.useplus.org/ldf/vocab/DMI-ALLOWED"},
                       {DC: "dc", PLUS: "plus"}, arrays={(DC, "title"): "Alt"})  # fmt: skip
    path = put(folder, "a.jpg", replace_xmp(WHOLE["plain.jpg"](), titled))

    stage("signals", "embed", path, "--in-place", "--author", "Ana")

    (held,) = [block.data for block in blocks(path.read_bytes()) if block.kind is Kind.XMP]
    (after,) = xmp.packets(held, "x")
    assert after.values(DC, "title") == ("Ünder",)
    assert after.values(DC, "creator") == ("Ana",)
    assert len(after.values(PLUS, "DataMining")) == 1
    assert said_in(path.read_bytes())["mine"] == "reserve"


def test_a_pdf_says_it_in_tdmrep_too(stage, folder):
    path = put(folder, "plain.pdf")

    stage("signals", "embed", path, "--in-place", "--use", "mine,train,dataset")

    assert said_in(path.read_bytes())["dataset"] == "reserve"
    assert state_of(path.read_bytes()) == "Valid"


def test_a_book_says_it_in_its_package_document(stage, folder):
    path = put(folder, "plain.epub")

    said = stage("signals", "embed", path, "--in-place", "--stance", "license", "--terms", "https://ana.example/books")

    assert said.code == 0
    assert "a TDMRep reservation" in said.out
    assert "no C2PA manifest could be put into this file" in said.out
    assert said_in(path.read_bytes()) == dict.fromkeys(
        ("mine", "train.generative", "train.generative.finetune", "train.other", "dataset"), "license"
    )


def test_a_mind_may_be_changed(stage, folder):
    path = put(folder, "plain.png")
    stage("signals", "embed", path, "--in-place")

    said = stage("signals", "embed", path, "--in-place", "--stance", "allow")

    assert said.code == 0
    assert set(said_in(path.read_bytes()).values()) == {"allow"}


def test_what_another_signer_refused_still_holds_and_is_told(stage, folder):
    path = put(folder, "plain.png", signed(WHOLE["plain.png"](), by="Eve"))

    said = stage("signals", "embed", path, "--in-place", "--stance", "allow")

    assert "is stricter on train.generative, and still holds" in " ".join(said.out.split())
    assert said_in(path.read_bytes())["train.generative"] == "reserve"


def test_several_packets_are_left_as_they_are(stage, folder):
    said = stage("signals", "embed", put(folder, "extended.jpg"), "--in-place")

    assert said.code == 0
    assert "several XMP packets" in said.out


def test_a_certificate_that_was_given_is_used(stage, folder):
    chain, key, root = issued("Society of Makers")
    (folder / "chain.pem").write_bytes(chain)
    (folder / "key.pem").write_bytes(key)
    path = put(folder, "plain.png")

    said = stage(
        "signals", "embed", path, "--in-place", "--certificate", folder / "chain.pem", "--key", folder / "key.pem"
    )

    assert said.code == 0
    assert "the certificate of Society of Makers" in said.out
    assert [state_of(path.read_bytes(), anchor) for anchor in (b"", root)] == ["Valid", "Trusted"]
    assert not (stage.home / "keys").exists()


def test_a_key_of_another_certificate_is_refused(stage, folder):
    chain, _, _ = issued("Society of Makers")
    (folder / "chain.pem").write_bytes(chain)
    (folder / "key.pem").write_bytes(signer("Eve").key)

    said = stage("signals", "embed", put(folder, "plain.png"), "--in-place", "--certificate", folder / "chain.pem",
                 "--key", folder / "key.pem")  # fmt: skip

    assert said.code == 1
    assert "does not belong to the first certificate" in said.err


def test_a_dry_run_writes_nothing(stage, folder):
    path = put(folder, "plain.png")

    said = stage("signals", "embed", path, "--out", folder / "out", "--dry-run")

    assert said.code == 0
    assert said.out.startswith("would write")
    assert not stage.home.exists()
    assert set(everything(folder)) == {"plain.png"}


def test_json_says_what_was_heard_in_each_file(stage, folder):
    put(folder, "plain.png")
    put(folder, "tale.txt", b"Once upon a time.")

    said = stage("signals", "embed", folder, "--out", folder / "out", "--json")

    first, second = map(json.loads, said.out.splitlines())
    assert (said.code, first["forms"], first["said"]["mine"]) == (2, ["XMP", "C2PA"], "reserve")
    assert first["unsaid"] == ["output.style", "output.likeness", "dataset"]
    assert "no place" in second["error"]


def test_many_files_are_told_by_kind(stage, folder):
    for number in range(18):
        put(folder, f"{number}.png", WHOLE["plain.png"]())
        put(folder, f"{number}.txt", b"Once upon a time.")
    for number in range(4):
        put(folder, f"{number}.flac", WHOLE["plain.flac"]())
    put(folder, "more.txt", b"Twice upon a time.")
    put(folder, "most.txt", b"Thrice upon a time.")
    put(folder, "last.txt", b"And then no more.")

    said = stage("signals", "embed", folder, "--in-place")

    assert said.code == 2
    assert "18 files: XMP and a signed C2PA manifest" in said.out
    assert "4 files: a signed C2PA manifest" in said.out
    assert said.err.count("Left as it is") == 5
    assert "and 16 more" in said.err


def test_the_policy_of_the_site_is_taken(stage, folder):
    policy = folder / "policy.toml"
    policy.write_text('site = "https://ana.example"\n\n[[rule]]\nuse = "train.generative"\nstance = "reserve"\n')
    path = put(folder, "plain.png")

    said = stage("signals", "embed", path, "--in-place", "--policy", policy)

    assert said.code == 0
    assert said_in(path.read_bytes()) == {"train.generative": "reserve", "train.generative.finetune": "reserve"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--terms", "call me"], "no address"),
        (["--certificate", "a.pem"], "belong together"),
        (["--use", "painting"], "no use called"),
        (["--policy", "none.toml"], "no policy"),
        (["--policy", "none.toml", "--stance", "allow"], "leave --use and --stance out"),
    ],
)
def test_words_that_cannot_be_followed_are_one_sentence(stage, folder, words, sentence):
    said = stage("signals", "embed", put(folder, "plain.png"), "--in-place", *words)

    assert said.code in (1, 64)
    assert sentence in said.err
    assert (folder / "plain.png").read_bytes() == WHOLE["plain.png"]()


def test_the_packet_of_the_gallery_is_one_that_embed_can_change(stage, folder):
    path = put(folder, "a.jpg", replace_xmp(WHOLE["plain.jpg"](), packet("DMI-PROHIBITED", padding=2000)))

    stage("signals", "embed", path, "--in-place", "--stance", "allow")

    assert said_in(path.read_bytes())["search"] == "allow"
