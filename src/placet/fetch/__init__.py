"""Outgoing HTTP: polite, cached, size-capped, and guarded against being sent where it must not go.

`visit.Visitor` asks what an address's owner says about it; `wire.Wire` sends one request; `guard.Guard` says where to.
"""
