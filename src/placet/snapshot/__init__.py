"""The registry as files: build, open, look up."""
