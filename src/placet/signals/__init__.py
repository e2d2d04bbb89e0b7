"""The ways the world already says yes and no: one pure module per standard, listed in `CODECS`.

To add a standard: one module with `read`, `write` and `select`, one line in `codecs.py`, three or more vectors.
"""
