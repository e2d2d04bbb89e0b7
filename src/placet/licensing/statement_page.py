"""A statement as a PDF, by typst, from our own template; the same statement gives the same bytes."""

from __future__ import annotations

import json
from importlib.resources import as_file, files

from placet.errors import MissingExtra
from placet.licensing.statement import Statement, show

__all__ = ["write_pdf"]


def write_pdf(statement: Statement) -> bytes:
    """The pages.  MissingExtra without typst, which is larger than all of Placet and so no part of the base install."""
    try:
        import typst
    except ImportError as error:
        raise MissingExtra("a PDF needs typst: pip install 'placet[documents]'") from error
    told = json.dumps(show(statement), ensure_ascii=False)
    with as_file(files("placet.licensing").joinpath("templates", "statement.typ")) as template:
        pages = typst.compile(template, format="pdf", sys_inputs={"statement": told}, timestamp=0)
    if not isinstance(pages, bytes):
        raise TypeError("typst gave no single PDF")
    return pages
