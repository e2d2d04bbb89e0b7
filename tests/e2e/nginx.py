"""A real nginx on loopback, in a folder of its own, speaking https with a certificate that is made for it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from placet.fetch.guard import Guard
from placet.fetch.visit import USER_AGENT, Visitor
from placet.fetch.wire import Wire
from placet.signals.observation import Exchange
from tests.fetch.site import NOW
from tests.fetch.test_wire import a_certificate

__all__ = ["HOST", "Server", "free_port", "serving"]

HOST = "maker.example"
_CONF = """
daemon off;
pid {home}/pid;
error_log {home}/error.log;
{user}
events {{}}
http {{
    types {{ text/html html; image/png png; text/plain txt; }}
    default_type application/octet-stream;
    access_log off;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    include {confs}/placet-http.conf;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {home}/cert.pem;
        ssl_certificate_key {home}/key.pem;
        root {root};
        include {confs}/placet-server.conf;
        location / {{ try_files $uri /app.html; }}
        location ~ /\\. {{ deny all; }}
    }}
}}
"""


@dataclass(frozen=True)
class Server:
    """Its site, what a visitor believes, and where it would complain."""

    site: str
    tls: ssl.SSLContext
    log: Path

    def visitor(self) -> Visitor:
        guard = Guard(loopback=True, resolve=lambda _host, _port: ["127.0.0.1"])
        wire = Wire(guard, lambda: NOW, time.monotonic, USER_AGENT, tls=self.tls)
        return Visitor(wire, time.monotonic, time.sleep, pause=0)

    def ask(self, target: str) -> Exchange:
        with self.visitor() as visitor:
            return visitor.wire.get(self.site + target, lambda _status, _headers: 1 << 20)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def serving(home: Path, port: int, confs: Path, root: Path) -> Iterator[Server]:
    """Until the block ends; the program is the one that `dev.py` installs."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.fail("there is no nginx: `python3 dev.py test` installs it, or names it")
    home.mkdir()
    _, client = a_certificate(home, HOST)
    user = "user root;" if os.geteuid() == 0 else ""
    conf = home / "nginx.conf"
    conf.write_text(_CONF.format(home=home, user=user, confs=confs, port=port, root=root))
    command = [program, "-p", home, "-c", conf, "-e", home / "error.log"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            _wait(process, port)
            yield Server(f"https://{HOST}:{port}", client, home / "error.log")
        finally:
            process.terminate()


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(100):
        if process.poll() is not None:
            pytest.fail(f"nginx did not start: {process.communicate()[0].decode()}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    pytest.fail("nginx did not answer")
