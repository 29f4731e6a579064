"""Rows 8, 76, 77, 86 and 87 as clients that others wrote see them, unmodified: openid-client, oauth4webapi and
requests-oauthlib. Ours could be wrong on both sides at once."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from requests_oauthlib import OAuth2Session

from blackbox.conformance.flow import Flow
from blackbox.conformance.rows import row
from blackbox.conformance.target import Client, Target
from blackbox.walker import SHARE
from nodejs import need_parts, node

SCRIPTS = Path(__file__).parents[2] / "clients"
Told = dict[str, Any]


class Spoken:
    """A script that is told and tells in lines of JSON."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self) -> Told:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.stderr and self.process.stderr.read()
        return dict(json.loads(line))


@dataclass(frozen=True)
class Scripts:
    """Those in tests/clients, to run with Node's program."""

    node: str

    @contextmanager
    def run(self, name: str, told: Told) -> Iterator[Spoken]:
        words, pipe = [self.node, name], subprocess.PIPE
        with subprocess.Popen(words, cwd=SCRIPTS, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
            spoken = Spoken(process)
            spoken.say(json.dumps(told))
            yield spoken
            process.kill()


@pytest.fixture(scope="session")
def scripts() -> Scripts:
    need_parts("with npm's clients")
    return Scripts(node())


def question(flow: Flow, client: Client, **more: Any) -> Told:
    return {
        "issuer": flow.target.issuer,
        "client_id": client.client_id,
        "client_secret": client.client_secret,
        "redirect_uri": client.redirect_uri,
        "scope": f"FB=4_16;AdditionalScope=auth-test-{flow.target.customers[0]}",
        "resource": f"{flow.base}/api/v2/authorizations",
        **more,
    }


def goes_through(flow: Flow, spoken: Spoken) -> Told:
    """The customer shares; what the client says at the end."""
    walker = flow.browser().open(spoken.hear()["open"]).press(SHARE)
    spoken.say(walker.left_for)
    return spoken.hear()


@row(76, "RFC 8414 3; RFC 9207 2.4; RFC 7636 4; RFC 7009 2; RFC 7662 2")
@pytest.mark.parametrize("pushes", [False, True], ids=["asked", "pushed"])
def test_row_76_openid_client_does_the_whole_flow(flow: Flow, sunny: Client, scripts: Scripts, pushes: bool) -> None:
    """Broken: the path-inserted metadata taken away: discovery fails, as it does with DOT 3.4.1."""
    with scripts.run("openid-client.mjs", question(flow, sunny, pushes=pushes)) as spoken:
        told = goes_through(flow, spoken)
    assert told["scope"].startswith("FB=")
    assert {name: told[name] for name in ("resource", "active", "rotated", "revoked", "own")} == {
        "resource": 200, "active": True, "rotated": True, "revoked": True, "own": "bearer",
    }  # fmt: skip


@row(8, "RFC 9207 2.4; RFC 9700 4.4")
@pytest.mark.parametrize(("part", "by"), [("iss", "another"), ("iss", None), ("state", "another")])
def test_row_08_openid_client_refuses_an_answer_that_was_changed(
    flow: Flow, sunny: Client, scripts: Scripts, part: str, by: str | None
) -> None:
    """Broken: `authorization_response_iss_parameter_supported` left out of the metadata: a missing iss goes through."""
    with scripts.run("openid-client.mjs", question(flow, sunny)) as spoken:
        came = flow.came(flow.browser().open(spoken.hear()["open"]).press(SHARE))
        changed = {name: value for name, value in came.pairs if name != part} | ({part: by} if by else {})
        spoken.say(requests_url(came.address, changed))
        told = spoken.hear()
    assert told["refused"]


def requests_url(address: str, query: dict[str, str]) -> str:
    return f"{address}?{urlencode(query)}"


@row(86, "RFC 7523 2.2; RFC 9126 2; RFC 8414 3")
def test_row_86_oauth4webapi_signs_pushes_and_redeems(flow: Flow, target: Target, scripts: Scripts) -> None:
    """Broken: the audience taken to be the token endpoint, which this client does not name."""
    keyed = target.clients["keyed"]
    asked = question(flow, keyed, private_key=keyed.private_key)
    with scripts.run("oauth4webapi.mjs", asked) as spoken:
        told = goes_through(flow, spoken)
    assert (told["resource"], told["rotated"]) == (200, True)


@row(48, "RFC 6749 4.1, 5.1, 6")
def test_row_48_requests_oauthlib_does_the_whole_flow(
    flow: Flow, sunny: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken: `token_type` left out of the answer."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("OAUTHLIB_RELAX_TOKEN_SCOPE", "1")
    asked = question(flow, sunny)
    session = OAuth2Session(sunny.client_id, redirect_uri=sunny.redirect_uri, scope=asked["scope"], pkce="S256")
    address, _ = session.authorization_url(f"{flow.oauth}/authorize")
    came = flow.browser().open(address).press(SHARE).left_for
    first = session.fetch_token(f"{flow.oauth}/token", authorization_response=came, client_secret=sunny.client_secret)
    assert session.get(asked["resource"], timeout=30).status_code == 200
    second = session.refresh_token(f"{flow.oauth}/token", auth=sunny.basic)
    assert second["access_token"] != first["access_token"]
    assert session.get(asked["resource"], timeout=30).status_code == 200
