"""What counting costs a request: in this process's memory, and in a Redis where one is installed.

    PYTHONPATH=tests python bench/request_limits.py

A request with a token is counted twice, for the token and for its client, and told what is left of both.
"""

import os
import shutil
import statistics
import subprocess
import tempfile
import time

import django

REQUESTS, ROUNDS = 5_000, 7


def cost(rounds: int, requests: int) -> float:
    """Microseconds of processor time a request, the median of some rounds. Each request has a token of its own."""
    from django.test import RequestFactory

    from wattkeeper.common import limits
    from wattkeeper.common.limits import Limit

    found = []
    for _ in range(rounds):
        waiting = [RequestFactory().get("/") for _ in range(requests)]
        start = time.process_time()
        for number, request in enumerate(waiting):
            limits.spend(request, Limit.TOKEN, f"{number:064x}")
            limits.spend(request, Limit.CLIENT, f"EPE_{number % 100:09d}")
            ", ".join(standing.policy for standing in limits.standings(request))
            ", ".join(standing.state for standing in limits.standings(request))
        found.append((time.process_time() - start) / requests * 1e6)
    return statistics.median(found)


def main() -> None:
    from django.conf import settings
    from limits import parse

    settings.LIMITS = dict.fromkeys(settings.LIMITS, parse("1000000/second"))
    print(f"in memory: {cost(ROUNDS, REQUESTS):.1f} us a request")
    if (program := shutil.which("redis-server")) is None:
        print("in Redis: not measured (no redis-server found)")
        return
    with tempfile.TemporaryDirectory() as folder:
        socket = f"{folder}/socket"
        command = [program, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as redis:
            while not os.path.exists(socket):
                time.sleep(0.01)
            settings.SHARED_CACHE = f"redis+unix://{socket}"
            print(f"in Redis: {cost(3, 1_000):.0f} us a request")
            redis.terminate()


if __name__ == "__main__":
    os.environ.setdefault("WATTKEEPER_VAR", tempfile.mkdtemp())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wattkeeper.config.settings")
    django.setup()
    main()
