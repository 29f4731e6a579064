"""The limits hold for the deployment: counted over two real server processes, without a shared cache and with one."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from serving import Server, Site, served

pytestmark = pytest.mark.server
ROOMY = {"LIMIT_TOKEN": "100000/second"}


def burst(server: Server, site: Site, number: int) -> list[requests.Response]:
    """Many requests at once, each on a connection of its own, so that both processes get some."""

    def call(_: int) -> requests.Response:
        headers = {"Authorization": f"Bearer {site.keys.api_token}", "Connection": "close"}
        return requests.get(f"{server.url}/api/v2/authorizations", headers=headers, timeout=30)

    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(call, range(number)))


def remaining(answers: list[requests.Response]) -> list[int]:
    """What the answered requests were told is left of their client's limit, most first."""
    told = [re.search('"client";r=([0-9]+)', answer.headers["RateLimit"]) for answer in answers if answer.ok]
    return sorted((int(found[1]) for found in told if found), reverse=True)


def test_without_a_shared_cache_the_parts_add_up_to_the_limit(site: Site) -> None:
    with served(site, "--workers", "2", LIMIT_CLIENT="21/hour", **ROOMY) as server:
        answers = burst(server, site, 200)
    assert {answer.status_code for answer in answers} == {200, 429}
    assert remaining(answers) == sorted([*range(10), *range(10)], reverse=True)


def test_with_a_shared_cache_the_limit_holds_exactly(site: Site, redis: tuple[str, object]) -> None:
    with served(site, "--workers", "2", LIMIT_CLIENT="21/hour", SHARED_CACHE=redis[0], **ROOMY) as server:
        answers = burst(server, site, 200)
    assert {answer.status_code for answer in answers} == {200, 429}
    assert sum(answer.ok for answer in answers) == 21
    assert min(remaining(answers)) == 0


def test_when_the_shared_cache_dies_requests_are_still_answered_and_counted(
    site: Site, redis: tuple[str, subprocess.Popen[bytes]]
) -> None:
    address, process = redis
    with served(site, "--workers", "2", LIMIT_CLIENT="21/hour", SHARED_CACHE=address, **ROOMY) as server:
        assert all(answer.ok for answer in burst(server, site, 5))
        process.kill()
        process.wait()
        answers = burst(server, site, 200)
        assert {answer.status_code for answer in answers} == {200, 429}
        assert 10 <= sum(answer.ok for answer in answers) <= 20
        assert "each process counts for itself" in server.log.read_text()


def test_more_processes_than_a_limit_can_be_shared_out_among_are_refused(site: Site) -> None:
    command = [sys.executable, "-m", "wattkeeper", "serve", "--workers", "6"]
    environment = site.environment(LIMIT_CLIENT="5/second")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "WATTKEEPER_LIMIT_CLIENT is 5, too small to share out among 6 processes" in done.stderr
