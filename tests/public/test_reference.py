"""The reference pages tell of everything in the API document, and their snippets run as printed."""

import ast
import html
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

import cast
from nodejs import node
from public_site import company_with_a_home, el_paso, read, run
from wattkeeper.api import calls, document
from wattkeeper.api.problems import KINDS

Run = Callable[[str, Path], Any]


def by_curl(code: str, folder: Path) -> Any:
    return said(json.loads, run(code, folder))


def by_python(code: str, folder: Path) -> Any:
    return said(ast.literal_eval, printed([sys.executable, "-c", code], folder))


def by_node(code: str, folder: Path) -> Any:
    (folder / "snippet.mjs").write_text(code)
    return said(json.loads, printed([node(), "snippet.mjs"], folder))


def said(read: Callable[[str], Any], text: str) -> Any:
    """The answer; nothing, where it is no JSON and went into a file."""
    return read(text) if text.startswith("{") else None


def printed(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def token(live_server: LiveServer, settings: Settings) -> str:
    """The API token of a company with which the customer of a home shares it."""
    settings.BASE_URL = live_server.url
    return company_with_a_home()


@pytest.mark.server
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("language", "run_it"), [("curl", by_curl), ("Python", by_python), ("JavaScript", by_node)])
def test_snippets_run_as_printed(client: Client, token: str, tmp_path: Path, language: str, run_it: Run) -> None:
    """Broken: a quote of Python's in JavaScript; a header left out; `-X` left out of curl."""
    shown = snippets(client, language)
    values: calls.Values = {}
    for name, call in calls.in_order():
        code = shown[name].replace("API_TOKEN_HERE", token)
        for variable, value in values.items():
            code = code.replace(f"{variable.upper()}_HERE", value)
        folder = tmp_path / name
        folder.mkdir()
        if call.output:
            run_it(code, folder)
            assert (folder / call.output).stat().st_size > 0
        else:
            answer = run_it(code, folder)
            assert "error" not in answer
            values |= calls.kept(call, answer)


def snippets(client: Client, language: str) -> dict[str, str]:
    """What the pages show in a language, by operation."""
    found = {}
    for group in calls.GROUPS:
        page = read(client, f"/docs/api/{group}")
        for section in page.split('<section lang="en">')[1:]:
            name = re.search(r'<h2 id="(\w+)">', section)
            code = re.search(
                rf"<figcaption>[^<]* – {language}</figcaption>\s*<pre[^>]*><code>(.*?)</code>", section, re.S
            )
            assert name
            assert code
            found[name[1]] = html.unescape(code[1])
    return found


@pytest.mark.django_db
def test_every_operation_parameter_and_error_has_its_place(client: Client) -> None:
    """Broken: the fields of a body left out."""
    el_paso()
    for place in document.places().values():
        page = read(client, f"/docs/api/{place.page}")
        assert f'id="{place.operation}"' in page
        for parameter in place.parameters:
            assert page.count(f'id="{place.operation}-{parameter}"') == 1
    errors = read(client, "/docs/api/errors")
    assert all(f'id="{kind}"' in errors for kind in KINDS)


@pytest.mark.django_db
def test_a_page_has_no_id_twice_and_no_link_into_nothing(client: Client) -> None:
    el_paso()
    for name in [*calls.GROUPS, "errors"]:
        page = read(client, f"/docs/api/{name}")
        ids = re.findall(r' id="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


@pytest.mark.django_db
def test_defaults_and_limits_are_told(client: Client) -> None:
    el_paso()
    page = read(client, "/docs/api/bills")
    for told in ("Default: 1000.", "At least 1.", "“latest_first”", "Default: latest_first."):
        assert told in page
    assert "At most 120 characters." in read(client, "/docs/api/authorizations")


@pytest.mark.django_db
def test_a_group_that_is_none_is_not_found(client: Client) -> None:
    assert client.get("/docs/api/nothing").status_code == 404


@pytest.mark.django_db
def test_llms_txt_has_the_shape_of_llmstxt_org_and_follows_the_rows(client: Client) -> None:
    """Broken: links without the base address; Spanish for a Spanish reader."""
    el_paso()
    said = read(client, "/llms.txt", "es")
    lines = said.splitlines()
    assert lines[0].startswith("# ")
    assert [line for line in lines if line.startswith("> ")]
    linked = [line for line in lines if line.startswith("- ")]
    assert all(re.fullmatch(r"- \[[^\]]+\]\(http://localhost:8000/[^)]*\): .+", line) for line in linked)
    for address in re.findall(r"\(http://localhost:8000(/[^)]*)\)", said):
        assert client.get(address).status_code == 200, address
    assert "First data in 5 minutes" in said
    assert "Rio Power" not in said
    cast.elsewhere()
    assert "[Rio Power](http://localhost:8000/api/v2/utilities/rio)" in read(client, "/llms.txt")
