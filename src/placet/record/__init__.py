"""The public record: tree, tiles, notes, checkpoints, receipts, trust policies and log entries. Pure.

The formats are those of C2SP (c2sp.org), so that any log client, witness or mirror can read ours.
"""

from __future__ import annotations
