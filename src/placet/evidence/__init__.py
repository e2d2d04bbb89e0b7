"""The bundle: everything that shows one thing, in one folder that checks itself."""
