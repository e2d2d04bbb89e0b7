"""Settings for every test: laws are about truth, never about the time that one example takes."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("placet", deadline=None)
settings.load_profile("placet")
