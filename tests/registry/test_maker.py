"""What a maker may count on: her titles stay hers, and she can take back whatever she named."""

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


def test_an_address_is_withdrawn_by_the_name_it_was_reserved_by(tmp_path, capsys):
    home = ["--home", str(tmp_path / "h")]
    main(["reserve", "isbn:978-0-306-40615-7", "https://ana.example/a.jpg", *home])

    code = main(["withdraw", "isbn:0306406152", *home])

    assert code == 0
    assert "Taken back: no AI use" in capsys.readouterr().out
    capsys.readouterr()
    main(["lookup", "isbn:0306406152", *home])
    assert "reserved" not in capsys.readouterr().out
    main(["lookup", "https://ana.example/a.jpg", *home])
    assert "reserved" in capsys.readouterr().out
