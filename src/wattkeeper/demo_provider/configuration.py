"""What the provider is told at start: environment variables, and one JSON file of its clients and people."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True)
class Client:
    """A relying party."""

    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...]
    name: str


@dataclass(frozen=True)
class Person:
    """Somebody with an online account. `customers` are the numbers the utility knows them by: none, one, several."""

    username: str
    password: str
    subject: str
    name: str
    customers: tuple[str, ...]
    descriptions: Mapping[str, str]


@dataclass(frozen=True)
class Configuration:
    """`issuer` without a slash at the end; `var` is a folder only this provider reads."""

    issuer: str
    var: Path
    clients: tuple[Client, ...]
    people: tuple[Person, ...]

    @property
    def is_https(self) -> bool:
        return self.issuer.startswith("https://")

    def client(self, client_id: str) -> Client | None:
        return next((client for client in self.clients if client.client_id == client_id), None)

    def person(self, username: str) -> Person | None:
        return next((person for person in self.people if person.username == username), None)


def from_environment(environment: Mapping[str, str]) -> Configuration:
    """Reads WATTKEEPER_DEMO_PROVIDER_URL, _VAR and _FILE; raises ImproperlyConfigured in plain words."""
    issuer = environment.get("WATTKEEPER_DEMO_PROVIDER_URL", "http://localhost:8002").rstrip("/")
    parts = urlsplit(issuer)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ImproperlyConfigured(f"WATTKEEPER_DEMO_PROVIDER_URL: give an address, not {issuer!r}")
    path = environment.get("WATTKEEPER_DEMO_PROVIDER_FILE", "")
    told = _read(Path(path)) if path else {"clients": (), "people": ()}
    return Configuration(
        issuer, Path(environment.get("WATTKEEPER_DEMO_PROVIDER_VAR", "var/demo-provider")).resolve(), **told
    )


def _read(path: Path) -> dict[str, Any]:
    """An object with `clients` and `people`, lists of objects with the fields of Client and Person."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return {
            "clients": tuple(Client(**row | {"redirect_uris": tuple(row["redirect_uris"])}) for row in told["clients"]),
            "people": tuple(Person(**row | {"customers": tuple(row["customers"])}) for row in told["people"]),
        }
    except OSError as problem:
        raise ImproperlyConfigured(
            f"WATTKEEPER_DEMO_PROVIDER_FILE: cannot read {path}: {problem.strerror}"
        ) from problem
    except (ValueError, KeyError, TypeError) as problem:
        raise ImproperlyConfigured(
            f"WATTKEEPER_DEMO_PROVIDER_FILE: {path} does not hold clients and people as it should ({problem})"
        ) from problem


CONFIG = from_environment(os.environ)
