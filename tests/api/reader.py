"""How the tests of the JSON API call it."""

import csv
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http.response import HttpResponseBase
from django.test import Client

from cast import ThirdParty, bearer
from wattkeeper.authorizations.models import Authorization, Meter
from wattkeeper.customers.models import Service

ROOT = "/api/v2"
BASE = "http://localhost:8000"
TODAY = date(2026, 11, 24)


@dataclass
class Shared:
    """One grant: who reads, what of."""

    party: ThirdParty
    service: Service
    grant: Authorization

    @property
    def token(self) -> str:
        return self.party.api_token

    @property
    def meter(self) -> Meter:
        return self.grant.meters.get()


def ask(token: str | None, path: str, method: str = "GET", **parameters: Any) -> HttpResponseBase:
    """The response to a request, whatever it is."""
    query = {name: str(value) for name, value in parameters.items()}
    headers = bearer(token) if token is not None else {}
    client = Client(raise_request_exception=False)
    response: HttpResponseBase = client.generic(method, ROOT + path, headers=headers, query_params=query)
    return response


def send(token: str, path: str, method: str, change: object) -> HttpResponseBase:
    """The response to a request with a JSON body."""
    client = Client(raise_request_exception=False)
    content = change if isinstance(change, str) else json.dumps(change)
    response: HttpResponseBase = client.generic(
        method, ROOT + path, content, content_type="application/json", headers=bearer(token)
    )
    return response


def call(token: str, path: str, **parameters: Any) -> Any:
    """The body of a GET that must answer 200."""
    response = ask(token, path, **parameters)
    assert response.status_code == 200, text(response)
    return body(response)


def content(response: Any) -> bytes:
    whole: bytes = response.getvalue() if response.streaming else response.content
    return whole


def text(response: Any) -> str:
    """Of a file that holds none, whatever its bytes are as letters."""
    return content(response).decode(errors="replace")


def file(token: str, path: str, **parameters: Any) -> bytes:
    """What is in a file, which must be there."""
    response = ask(token, f"/files/{path}", **parameters)
    assert response.status_code == 200, text(response)
    return content(response)


def table(token: str, path: str, **parameters: Any) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    return list(csv.DictReader(file(token, path, **parameters).decode().splitlines()))


def follow(token: str, link: str) -> HttpResponseBase:
    """The response to a link as it stands in an answer."""
    assert link.startswith(BASE + ROOT)
    response: HttpResponseBase = Client().get(link.removeprefix(BASE), headers=bearer(token))
    return response


def body(response: HttpResponseBase) -> Any:
    return json.loads(text(response))


def every_page(token: str, path: str, name: str, **parameters: Any) -> list[list[Any]]:
    """The pages of a list, each followed to by the link of the one before."""
    page = call(token, path, **parameters)
    pages = [page[name]]
    while page["next"] is not None:
        assert page["next"].startswith(BASE + ROOT)
        response = Client().get(page["next"].removeprefix(BASE), headers=bearer(token))
        assert response.status_code == 200, text(response)
        page = body(response)
        pages.append(page[name])
        assert len(pages) < 200, "the list does not end"
    return pages
