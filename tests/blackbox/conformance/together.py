"""Many requests at one moment, on connections of their own: kept ones that are warm already, or fresh ones."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import requests

from blackbox.conformance.flow import Flow

ROUNDS = int(os.environ.get("WATTKEEPER_RACE_ROUNDS", "2"))
"""How often each race is run: few by default, 200 for the measure in bench/."""
SIZES = (2, 8, 32)
Call = Callable[[Flow], requests.Response]


def together(flow: Flow, call: Call, many: int, *, kept: bool) -> list[requests.Response]:
    """The answers to `many` calls begun together, each with a client of its own."""
    gate = threading.Barrier(many)

    def run() -> requests.Response:
        own = flow.at(flow.base)
        if kept:
            own.once("GET", f"{flow.base}/healthz")
        gate.wait()
        return call(own)

    with ThreadPoolExecutor(many) as pool:
        return [future.result() for future in [pool.submit(run) for _ in range(many)]]


def refusals(answers: list[requests.Response]) -> set[tuple[int, str]]:
    return {(answer.status_code, answer.json()["error"]) for answer in answers if answer.status_code != 200}
