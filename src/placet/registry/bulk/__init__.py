"""Lists of works as societies, labels and publishers keep them: one module a format, `formats.FORMATS` lists them.

To add a format, write one reader of `raw.Row` and one line in FORMATS.
"""
