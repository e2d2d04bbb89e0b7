"""Clearance inside other people's pipelines: one small module for each, which needs only what that pipeline needs.

Each takes a `placet.Clearance`, or whatever decides as one does, and keeps the rows that may be used.
"""
