"""Keys, signatures, signed notes, envelopes, and the policies that say whom to believe."""

from __future__ import annotations
