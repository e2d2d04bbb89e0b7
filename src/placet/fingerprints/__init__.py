"""What a work looks like to a machine: one module per medium, decode, compute, compare.

Importing this package loads nothing; take the module you need (`placet.fingerprints.image_plh`).
"""

from __future__ import annotations

__all__ = ["decode", "digests", "image_pdq", "image_plh", "iscc", "prints", "text_winnow"]
