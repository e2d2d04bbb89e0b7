"""The command line, called in this process and from outside."""
