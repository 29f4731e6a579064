"""The Postman collection works in Postman's own runner, once one variable is set."""

import json
import subprocess
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from nodejs import need_parts, node
from public_site import company_with_a_home, read
from wattkeeper.api import calls

NEWMAN = Path(__file__).parent.parent / "postman/node_modules/newman/bin/newman.js"
pytestmark = [pytest.mark.server, pytest.mark.django_db(transaction=True)]


def test_every_request_of_the_collection_succeeds(
    client: Client, live_server: LiveServer, settings: Settings, tmp_path: Path
) -> None:
    """Broken: the script that keeps the uid of a meter; the folder of what ends put first."""
    need_parts("the Postman collection, by newman")
    settings.BASE_URL = live_server.url
    token = company_with_a_home()
    file = tmp_path / "collection.json"
    file.write_text(read(client, "/docs/api/postman.json"))
    report = tmp_path / "report.json"
    words = ["run", file, "--env-var", f"api_token={token}", "--reporters", "json", "--reporter-json-export", report]
    done = subprocess.run(
        [node(), *map(str, [NEWMAN, *words])], capture_output=True, text=True, check=False, timeout=120, cwd=tmp_path
    )
    assert report.exists(), done.stdout + done.stderr
    run = json.loads(report.read_text())["run"]
    assert [one["error"] for one in run["failures"]] == []
    assert [one["response"]["code"] for one in run["executions"]] == [200] * len(calls.CALLS)
    assert run["stats"]["assertions"]["total"] >= len(calls.CALLS)
    assert done.returncode == 0


def test_one_variable_is_empty(client: Client) -> None:
    """What a developer sets; the others are filled by the requests."""
    made = json.loads(read(client, "/docs/api/postman.json"))
    values = {one["key"]: one["value"] for one in made["variable"]}
    assert values["api_token"] == ""
    assert values["base_url"]
    kept = {name for call in calls.CALLS.values() for name in call.keeps}
    assert values.keys() == {"api_token", "base_url"} | kept
