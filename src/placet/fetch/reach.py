"""Whether anything listens at an address that the user named, before something is started that would wait for it."""

from __future__ import annotations

import socket
from contextlib import closing

__all__ = ["is_reachable"]


def is_reachable(host: str, port: int, seconds: float = 5.0) -> bool:
    """Whether a connection (TCP) is taken there within this time; nothing is sent."""
    try:
        with closing(socket.create_connection((host, port), seconds)):
            return True
    except OSError:
        return False
