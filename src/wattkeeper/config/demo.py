"""`wattkeeper demo`: the whole platform on one machine, for a newcomer. Supervises processes; knows no domain.

Everything it makes lies under var/demo. It ends what it started when it is told to stop, or when one part fails.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

PATIENCE = 60


class Trouble(Exception):
    """Said to the reader in one line."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="wattkeeper demo", description="Run the demo until Ctrl-C.")
    parser.add_argument("--port", type=int, default=8000, help="the platform's; its companions have the next two")
    parser.add_argument("--var", type=Path, default=Path("var/demo"), help="where its data is kept")
    options = parser.parse_args(arguments)
    for word in (signal.SIGTERM, signal.SIGINT):  # a shell starts background jobs with SIGINT ignored
        signal.signal(word, signal.default_int_handler)
    try:
        return run(options.port, options.var.resolve())
    except Trouble as trouble:
        print(f"wattkeeper demo: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def run(port: int, var: Path) -> int:
    if not 1 <= port < 65534:
        raise Trouble(f"{port} is not a port; try: make demo PORT=8000")
    for wanted in (port, port + 1, port + 2):
        refuse_taken(wanted)
    var.mkdir(parents=True, exist_ok=True)
    environment = settings(port, var)
    say("Preparing the data under", os.path.relpath(var), "...")
    command(environment, "migrate", "--verbosity", "0")
    provider = environment["WATTKEEPER_DEMO_PROVIDER_URL"]
    command(environment, "demo_seed", "--file", str(var / "demo.json"), "--provider", provider)
    demo = json.loads((var / "demo.json").read_text())
    parts = [
        start(environment, "-m", "wattkeeper", "work"),
        start(environment, "-m", "wattkeeper.demo", "--port", str(port + 1)),
        start(environment, "-m", "wattkeeper.demo_provider", "--port", str(port + 2)),
    ]
    try:
        wait_until_ready(f"{demo['thirdparty_url']}/readyz", parts)
        wait_until_ready(f"{demo['provider_url']}/readyz", parts)
        parts.append(start(environment, "-m", "wattkeeper", "serve", "--port", str(port)))
        wait_until_ready(f"{demo['base_url']}/readyz", parts)
        welcome(demo, var)
        return watch(parts)
    finally:
        stop(parts)


def settings(port: int, var: Path) -> dict[str, str]:
    """What the parts are started with. An operator's own WATTKEEPER_* settings do not reach the demo."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("WATTKEEPER_")}
    return inherited | {
        "WATTKEEPER_VAR": str(var),
        "WATTKEEPER_BASE_URL": f"http://localhost:{port}",
        "WATTKEEPER_DEMO": "true",
        "WATTKEEPER_DEMO_THIRDPARTY_URL": f"http://localhost:{port + 1}",
        "WATTKEEPER_OUTBOUND_PRIVATE": f"localhost:{port + 1},localhost:{port + 2}",
        "WATTKEEPER_LOG_LEVEL": "WARNING",
        "WATTKEEPER_DEMO_PLATFORM_URL": f"http://localhost:{port}",
        "WATTKEEPER_DEMO_URL": f"http://localhost:{port + 1}",
        "WATTKEEPER_DEMO_CLIENTS": str(var / "clients.json"),
        "WATTKEEPER_DEMO_VAR": str(var / "thirdparty"),
        "WATTKEEPER_DEMO_PROVIDER_URL": f"http://localhost:{port + 2}",
        "WATTKEEPER_DEMO_PROVIDER_FILE": str(var / "provider.json"),
        "WATTKEEPER_DEMO_PROVIDER_VAR": str(var / "provider"),
    }


def refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Trouble(f"port {port} is in use by another program; try: make demo PORT={port + 100}") from error


def command(environment: dict[str, str], *words: str) -> None:
    done = subprocess.run([sys.executable, "-m", "wattkeeper", *words], env=environment, check=False)  # noqa: S603
    if done.returncode:
        raise Trouble(f"`wattkeeper {words[0]}` failed; `make demo-reset` starts from nothing")


def start(environment: dict[str, str], *words: str) -> subprocess.Popen[bytes]:
    """A part in a process group of its own, so that Ctrl-C reaches the supervisor alone."""
    return subprocess.Popen([sys.executable, *words], env=environment, start_new_session=True)  # noqa: S603


def wait_until_ready(url: str, parts: list[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if any(part.poll() is not None for part in parts):
            raise Trouble("a part stopped while starting; its message stands above")
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own http address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise Trouble(f"{url} did not answer within {PATIENCE} seconds")


def watch(parts: list[subprocess.Popen[bytes]]) -> int:
    try:
        while all(part.poll() is None for part in parts):
            time.sleep(0.5)
    except KeyboardInterrupt:
        say("\nStopping ...")
        raise
    raise Trouble("a part stopped; its message stands above")


def stop(parts: list[subprocess.Popen[bytes]]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for part in parts:
        if part.poll() is None:
            part.terminate()
    for part in parts:
        try:
            part.wait(timeout=10)
        except subprocess.TimeoutExpired:
            part.kill()
            part.wait()


def say(*words: str) -> None:
    print(*words, flush=True)


def welcome(demo: dict[str, Any], var: Path) -> None:
    base, third = demo["base_url"], demo["thirdparty_url"]
    accounts, online = (", ".join(demo[name]) for name in ("test_accounts", "online_accounts"))
    say(f"""
Wattkeeper is running. Ctrl-C stops it; its data stays for the next time.

  The platform            {base}
  The utility's docs      {base}/docs/utilities/epe
  A demo third party      {third}
  Mails to customers      {base}/demo/mail
  The utility's sign-in   {demo["provider_url"]}
  Test accounts           {accounts}  (password = user name)
  Online accounts         {online}  (password = user name)
  Keys and passwords      {os.path.relpath(var)}/demo.json

Click first: {third}/?client_id=EPE_ccccccccc
  choose "Go to the utility", sign in as test_residential, share, and look at what the third party sees.
As a real customer, with a company that is live: {third}/?client_id={demo["live_client"]["client_id"]}
  choose "Go to the utility", then the sign-in of El Paso Electric, and be maria or daniel.
Then read it yourself:
  curl -H "Authorization: Bearer {demo["api_token"]}" \\
    "{base}/api/v2/authorizations?include=meters"
""")
