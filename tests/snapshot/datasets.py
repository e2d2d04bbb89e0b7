"""One crowd of rows in each of the formats that are cleared, with what each row truly is."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["contents", "write_folder", "write_jsonl", "write_parquet", "write_tar"]


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def write_tar(path: Path, files: Mapping[str, bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as shard:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            shard.addfile(member, io.BytesIO(data))


def write_parquet(path: Path, files: Mapping[str, bytes], group: int = 1000) -> None:
    """As Hugging Face datasets writes an image column."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"image": {"bytes": data, "path": name}} for name, data in files.items()]
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=group)


def write_jsonl(path: Path, texts: Mapping[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps({"id": name, "text": text}) + "\n" for name, text in texts.items()))


def contents(out: Path) -> dict[str, bytes]:
    """Everything a run left behind but for what tells the time: certificate and report."""
    timed = {"clearance.json", "report.html"}
    files = (path for path in sorted(out.rglob("*")) if path.is_file() and path.name not in timed)
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}
