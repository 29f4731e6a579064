"""The commands in the docs run as printed, with curl against a running server, once the capitals are replaced."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from lxml import etree
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from public_site import code_blocks, el_paso, read, run, shared_month
from wattkeeper.authorizations import tokens
from wattkeeper.authorizations.models import Authorization, AuthorizationCode, AuthorizationRequest, Token
from wattkeeper.authorizations.tokens import issue_api_token
from wattkeeper.common import clock, ids
from wattkeeper.companies.credentials import issue_client_secret
from wattkeeper.companies.models import Member
from wattkeeper.people.models import User
from wattkeeper.public import examples

NOTHING_TO_SAY = "{}"  # RFC 7009 section 2.2
pytestmark = [pytest.mark.server, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def replacements(live_server: LiveServer, settings: Settings) -> dict[str, str]:
    """What to put for the words in capitals: the secrets and ids of a customer who shared a month."""
    settings.BASE_URL = live_server.url
    registration = el_paso()
    member = Member.objects.create(company=registration.company, user=User.objects.create_user("dev@test.example"))
    grant = shared_month(registration)
    return {
        "API_TOKEN_HERE": issue_api_token(member, "docs"),
        "AUTHORIZATION_UID_HERE": str(grant.uid),
        "METER_UID_HERE": str(grant.meters.get().uid),
        "CLIENT_SECRET_HERE": issue_client_secret(registration),
        "CODE_HERE": code_of(grant),
        "ACCESS_TOKEN_HERE": tokens.issue(Token.Kind.ACCESS, registration, authorization=grant),
        "REFRESH_TOKEN_HERE": tokens.issue(Token.Kind.REFRESH, registration, authorization=grant),
    }


def code_of(grant: Authorization) -> str:
    code = ids.new_secret()
    end = clock.now() + timedelta(minutes=10)
    request = AuthorizationRequest.objects.create(
        registration=grant.registration,
        scope="FB=4_16_51",
        redirect_uri=grant.registration.redirect_uris[0],
        code_challenge=examples.CHALLENGE,
        code_challenge_method="S256",
        browser_digest=ids.digest("browser"),
        status=AuthorizationRequest.Status.GRANTED,
        authorization=grant,
        expires=end,
    )
    AuthorizationCode.objects.create(digest=ids.digest(code), request=request, authorization=grant, expires=end)
    return code


@pytest.mark.parametrize(
    ("address", "count"),
    [
        ("/docs/quick-start", 4),
        ("/docs/utilities/epe", 6),
        ("/docs/api", 6),
        ("/docs/greenbutton", 4),
        ("/docs/oauth", 7),
        ("/docs/receipts", 1),
    ],
)
def test_commands_run_as_printed(
    client: Client, replacements: dict[str, str], tmp_path: Path, address: str, count: int
) -> None:
    commands = [code for code in code_blocks(read(client, address)) if code.startswith("curl ")]
    assert len(commands) == count
    for number, command in enumerate(commands):
        folder = tmp_path / str(number)
        folder.mkdir()
        check_answer(run(filled_in(command, replacements), folder))


def filled_in(command: str, replacements: dict[str, str]) -> str:
    for word, value in replacements.items():
        command = command.replace(word, value)
    return command


def check_answer(answer: str) -> None:
    """It is JSON with an item in its list, or with what was asked for, or XML that ends."""
    if answer.startswith("{"):
        found = json.loads(answer)
        lists = [value for value in found.values() if isinstance(value, list)]
        named = [found.get(name) for name in ("access_token", "uid", "active", "request_uri")]
        assert any(lists) or any(named) or answer == NOTHING_TO_SAY, answer
    else:
        etree.fromstring(answer.encode())
