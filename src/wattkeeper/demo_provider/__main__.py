"""`python -m wattkeeper.demo_provider --port 8002`: serves the demo sign-in until it is stopped."""

import argparse
import os

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels


def main() -> None:
    parser = argparse.ArgumentParser(prog="wattkeeper.demo_provider", description="The demo sign-in of a utility.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8002, help="port to listen on (8002)")
    options = parser.parse_args()
    os.environ.setdefault("WATTKEEPER_DEMO_PROVIDER_URL", f"http://localhost:{options.port}")
    Granian(
        "wattkeeper.demo_provider.wsgi:application",
        address=options.host,
        port=options.port,
        interface=Interfaces.WSGI,
        workers=1,  # codes and tokens live in its memory
        blocking_threads=4,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main()
