"""The verbs that need several rooms at once: publish a snapshot, clear a dataset, verify a file.

Each takes a `placet.app.Home` for clock, keys and stores, and returns values; printing is the CLI's.
"""
