"""Row 95: nothing that opens anything, and nothing of a person, is ever written to a log, however talkative it is."""

import logging
import re
import sqlite3
import sys
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from django.db import IntegrityError, transaction

import serving
from blackbox.walker import Walker
from wattkeeper.config.logs import DiscreetFormatter
from wattkeeper.people.models import User

TYPED = "a-password-typed-by-mistake"
STATE = "state-of-sunny"
VERIFIER = "verifier-of-sunny-and-of-nobody-else-0123456789"
EMAIL = "heather@example.com"


class Story:
    """Everything that happens between a third party, a customer and the platform, and the secrets in it."""

    def __init__(self, server: serving.Server, keys: serving.Keys) -> None:
        self.server, self.keys = server, keys
        self.secrets = {
            keys.client_secret,
            keys.api_token,
            keys.access_token,
            keys.account_number,
            keys.email,
            TYPED,
            STATE,
            VERIFIER,
        }

    def post(self, secret: str, **fields: str) -> Any:
        """A call of the token endpoint."""
        address = f"{self.server.url}/DataCustodian/epe/oauth/token"
        return requests.post(address, data=fields, auth=(self.keys.client_id, secret), timeout=30)

    def get(self, path: str, token: str = "", **query: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.get(self.server.url + path, params=query, headers=headers, timeout=30)

    def share(self) -> str:
        """The customer's walk, with a mistyped password; the code at its end."""
        walker = Walker(self.server.url)
        walker.open(
            "/DataCustodian/epe/oauth/authorize", response_type="code", client_id=self.keys.client_id,
            redirect_uri=self.keys.redirect_uri, scope="FB=4_16_51", state=STATE,
            code_challenge=create_s256_code_challenge(VERIFIER), code_challenge_method="S256",
        )  # fmt: skip
        walker.press("Sign in", username="test_residential", password=TYPED)
        walker.press("Sign in as test_residential").press("share", email=self.keys.email)
        self.secrets |= {str(cookie.value) for cookie in walker.session.cookies}
        code = parse_qs(urlsplit(walker.left_for).query)["code"][0]
        self.secrets.add(code)
        return code

    def redeem(self, code: str) -> dict[str, Any]:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.keys.redirect_uri,
            "code_verifier": VERIFIER,
        }
        self.post(TYPED, **fields)
        own = self.post(self.keys.client_secret, grant_type="client_credentials").json()
        self.secrets.add(own["access_token"])
        pair: dict[str, Any] = self.post(self.keys.client_secret, **fields).json()
        refreshed = self.post(self.keys.client_secret, grant_type="refresh_token", refresh_token=pair["refresh_token"])
        self.secrets |= {
            str(body[name]) for body in (pair, refreshed.json()) for name in ("access_token", "refresh_token")
        }
        return {**refreshed.json(), "first": pair["access_token"]}

    def read(self, pair: dict[str, Any]) -> None:
        """With every token, the right way and wrong ways."""
        for token in (pair["access_token"], self.keys.api_token, pair["first"], "9" * 64):
            for path in (
                "/api/v2/authorizations",
                "/DataCustodian/espi/1_1/resource/ReadServiceStatus",
                "/api/v2/nothing",
            ):
                self.get(path, token)
                self.get(path, access_token=token)
        self.get(urlsplit(pair["resourceURI"]).path, pair["access_token"])
        self.get(f"/authorizations/{self.keys.grant}/receipt", email=self.keys.email)
        requests.get(self.server.url, headers={"Host": self.keys.email}, timeout=30)
        self.post(self.keys.client_secret, grant_type="password", username=self.keys.email, password=TYPED)


@pytest.fixture
def own_site(tmp_path: Path) -> serving.Site:
    return serving.make_site(tmp_path / "site")


@pytest.fixture
def told(own_site: serving.Site) -> tuple[Story, str]:
    """The story, and all that was logged of it: at DEBUG, with an access log, and a failure at the end."""
    with serving.served(own_site, "--access-log", LOG_LEVEL="DEBUG", LIMIT_WRONG_TOKENS="9/hour") as server:
        story = Story(server, own_site.keys)
        pair = story.redeem(story.share())
        story.read(pair)
        with sqlite3.connect(own_site.var / "wattkeeper.sqlite3") as database:
            database.execute("ALTER TABLE authorizations_token RENAME TO gone")
            database.execute("ALTER TABLE customers_testaccount RENAME TO gone_too")
        database.close()
        story.read(pair)
        failed = [story.get("/api/v2/authorizations", story.keys.api_token), story.get("/docs/utilities/epe")]
    assert [answer.status_code for answer in failed] == [500, 500]
    log, case = server.log.read_text(), re.compile("[0-9a-f]{8}-[0-9a-f-]{27}")
    assert all(f"Case number: {case.findall(answer.text)[0]}" in log for answer in failed)
    assert not [answer.text for answer in failed if "Traceback" in answer.text or "no such table" in answer.text]
    return story, server.log.read_text()


@pytest.mark.server
def test_nothing_that_opens_anything_is_logged(told: tuple[Story, str]) -> None:
    story, log = told
    assert {
        words for words in ("Traceback", "no such table", "GET /api/v2/authorizations", " 401 ") if words not in log
    } == set()
    assert len(story.secrets) > 12
    leaked = [line for line in log.splitlines() if any(secret in line for secret in story.secrets)]
    assert leaked == []
    assert "?" not in "".join(line for line in log.splitlines() if '"GET ' in line or '"POST ' in line)


@pytest.mark.django_db
def test_a_row_that_the_database_refuses_is_not_quoted() -> None:
    User.objects.create_user(EMAIL)
    output = StringIO()
    handler = logging.StreamHandler(output)
    handler.setFormatter(DiscreetFormatter())
    record = logging.LogRecord("test", logging.ERROR, __file__, 1, "failed", None, None)
    try:
        with transaction.atomic():
            User.objects.create_user(EMAIL)
    except IntegrityError:
        record.exc_info = sys.exc_info()
    handler.handle(record)
    assert "IntegrityError" in output.getvalue()
    assert EMAIL not in output.getvalue()
