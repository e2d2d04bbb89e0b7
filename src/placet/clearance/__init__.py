"""Clearance: a dataset is read, matched with what was declared, and answered row by row."""
