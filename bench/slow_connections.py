"""Requests that never end, and what everybody else notices: on the server alone, and behind the shipped nginx.

    PYTHONPATH=tests python bench/slow_connections.py

200 connections from one address send half of their headers, or half of a body, and wait. Meanwhile somebody else
opens a page, again and again, on connections of their own.
"""

import shutil
import socket
import ssl
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import requests

import proxying
import serving

SLOW, REQUESTS, PATIENCE = 200, 100, 5
ATTACKER = "127.0.0.2"
HEADERS = "GET / HTTP/1.1\r\nHost: localhost\r\n"
BODY = (
    "POST /DataCustodian/epe/oauth/token HTTP/1.1\r\nHost: localhost\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 50\r\n\r\ngrant_type="
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        here.chmod(0o755)
        site = serving.make_site(here / "site")
        with serving.served(site, "--threads", "32") as server:
            print("-- wattkeeper serve, 32 threads, nothing in front")
            table("127.0.0.1", server.port, "")
        nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin")
        if nginx is None:
            print("-- behind nginx: not measured (no nginx found)")
            return
        port, conf = serving.free_port(), here / "nginx"
        conf.mkdir()
        settings = {"BASE_URL": f"https://localhost:{port}", "BEHIND_PROXY": "1"}
        with (
            serving.served(site, "--threads", "32", **settings) as server,
            proxying.proxied(nginx, server.port, port, conf) as proxy,
        ):
            print("-- the same behind docs/operate/nginx.conf, over TLS")
            table("localhost", port, proxy.certificate)


def table(host: str, port: int, certificate: str) -> None:
    for name, half in (("nobody slow", ""), ("slow headers", HEADERS), ("slow bodies", BODY)):
        with ExitStack() as stack:
            for _ in range(SLOW if half else 0):
                stack.enter_context(connect(port, certificate)).sendall(half.encode())
            print(f"{name:<14} {noticed(host, port, certificate)}")


def connect(port: int, certificate: str) -> socket.socket:
    plain = socket.create_connection(("127.0.0.1", port), PATIENCE, source_address=(ATTACKER, 0))
    if not certificate:
        return plain
    return ssl.create_default_context(cafile=certificate).wrap_socket(plain, server_hostname="localhost")


def noticed(host: str, port: int, certificate: str) -> str:
    address = f"{'https' if certificate else 'http'}://{host}:{port}/docs"
    taken, lost = [], 0
    for _ in range(REQUESTS):
        start = time.perf_counter()
        try:
            requests.get(address, verify=certificate or None, timeout=PATIENCE)
            taken.append((time.perf_counter() - start) * 1000)
        except requests.RequestException:
            lost += 1
            if lost == 3:
                return f"no answer within {PATIENCE} s"
    return f"p50 {statistics.median(taken):.0f} ms, p99 {statistics.quantiles(taken, n=100)[98]:.0f} ms, {lost} lost"


if __name__ == "__main__":
    main()
