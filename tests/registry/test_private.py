"""A title that its maker does not show never reaches the log's public folder."""

from __future__ import annotations

import json

from placet.app import Home
from placet.cli import main


def test_the_name_of_a_file_stays_out_of_the_public_folder_unless_its_maker_shows_it(tmp_path):
    (tmp_path / "secret-sketch.txt").write_text("A few words that nobody has read yet.")
    receipts = tmp_path / "receipts"

    code = main(
        ["reserve", str(tmp_path / "secret-sketch.txt"), "--home", str(tmp_path / "h"), "--receipts", str(receipts)]
    )

    public = b"".join(path.read_bytes() for path in (tmp_path / "h" / "log").rglob("*") if path.is_file())
    assert code == 0
    assert b"secret-sketch" not in public
    assert b"secret-sketch" not in b"".join(entry for entry in Home(tmp_path / "h").log.entries.read(0, 9))
    (opened,) = json.loads((receipts / "openings.json").read_text()).values()
    assert opened["value"] == "secret-sketch.txt"
