"""What the demo website is told at start: environment variables and one JSON file of clients."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True)
class Client:
    """An OAuth client of ours at one utility."""

    client_id: str
    client_secret: str
    utility: str  # as it stands in the authorize URL: /DataCustodian/{utility}/oauth/authorize
    name: str


@dataclass(frozen=True)
class Configuration:
    """Addresses without a slash at the end; `var` is a folder only this website reads."""

    platform_url: str
    own_url: str
    var: Path
    clients: tuple[Client, ...]

    @property
    def redirect_uri(self) -> str:
        return f"{self.own_url}/callback"

    @property
    def is_https(self) -> bool:
        return self.own_url.startswith("https://")

    def client(self, client_id: str) -> Client | None:
        return next((client for client in self.clients if client.client_id == client_id), None)


def from_environment(environment: Mapping[str, str]) -> Configuration:
    """Reads WATTKEEPER_DEMO_PLATFORM_URL, _URL, _VAR and _CLIENTS; raises ImproperlyConfigured in plain words."""
    path = environment.get("WATTKEEPER_DEMO_CLIENTS", "")
    return Configuration(
        platform_url=_address(environment, "WATTKEEPER_DEMO_PLATFORM_URL", "http://localhost:8000"),
        own_url=_address(environment, "WATTKEEPER_DEMO_URL", "http://localhost:8001"),
        var=Path(environment.get("WATTKEEPER_DEMO_VAR", "var/demo-thirdparty")).resolve(),
        clients=read_clients(Path(path)) if path else (),
    )


def read_clients(path: Path) -> tuple[Client, ...]:
    """A JSON list of objects with `client_id`, `client_secret`, `utility` (slug) and `name`."""
    try:
        return tuple(
            Client(row["client_id"], row["client_secret"], row["utility"], row["name"])
            for row in json.loads(path.read_text(encoding="utf-8"))
        )
    except OSError as problem:
        raise ImproperlyConfigured(f"WATTKEEPER_DEMO_CLIENTS: cannot read {path}: {problem.strerror}") from problem
    except (ValueError, KeyError, TypeError) as problem:
        raise ImproperlyConfigured(
            f"WATTKEEPER_DEMO_CLIENTS: {path} must be a JSON list of objects with client_id, client_secret, "
            f"utility and name ({problem})"
        ) from problem


def _address(environment: Mapping[str, str], name: str, default: str) -> str:
    address = environment.get(name, default).rstrip("/")
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ImproperlyConfigured(f"{name}: give an address like {default}, not {address!r}")
    return address


CONFIG = from_environment(os.environ)
