"""The demo's material: three makers, their pieces, and a crawler's loot, the same on every machine."""
