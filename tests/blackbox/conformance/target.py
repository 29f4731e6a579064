"""What the pack is pointed at: a base URL, registrations and customers, from a JSON file or made for the own server."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

FILE = os.environ.get("WATTKEEPER_TARGET", "")
"""The target description; without one the pack starts a server of its own."""


@dataclass(frozen=True)
class Client:
    """A registration with its secrets in the clear."""

    client_id: str
    client_secret: str = ""
    redirect_uris: list[str] = field(default_factory=list)
    api_token: str = ""
    private_key: dict[str, Any] = field(default_factory=dict)
    """JWK of one that authenticates by `private_key_jwt`."""

    @property
    def redirect_uri(self) -> str:
        return self.redirect_uris[0]

    @property
    def basic(self) -> tuple[str, str] | None:
        return (self.client_id, self.client_secret) if self.client_secret else None


@dataclass(frozen=True)
class Target:
    """`customers` are the user names of test accounts, each reachable by `AdditionalScope=auth-test-<name>`."""

    base_url: str
    utility: str
    clients: dict[str, Client]
    customers: list[str]

    @classmethod
    def of(cls, described: dict[str, Any]) -> Self:
        clients = {name: Client(**client) for name, client in described["clients"].items()}
        return cls(described["base_url"].rstrip("/"), described["utility"], clients, described["customers"])

    @classmethod
    def read(cls, path: str) -> Self:
        return cls.of(json.loads(Path(path).read_text()))

    @property
    def issuer(self) -> str:
        return f"{self.base_url}/DataCustodian/{self.utility}"

    def secrets(self) -> set[str]:
        return {secret for c in self.clients.values() for secret in (c.client_secret, c.api_token) if secret}
