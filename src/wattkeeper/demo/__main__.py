"""`python -m wattkeeper.demo --port 8001`: serves the demo third-party website until it is stopped."""

import argparse
import os

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels


def main() -> None:
    parser = argparse.ArgumentParser(prog="wattkeeper.demo", description="The demo third-party website.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8001, help="port to listen on (8001)")
    options = parser.parse_args()
    os.environ.setdefault("WATTKEEPER_DEMO_URL", f"http://localhost:{options.port}")
    Granian(
        "wattkeeper.demo.wsgi:application",
        address=options.host,
        port=options.port,
        interface=Interfaces.WSGI,
        blocking_threads=4,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main()
