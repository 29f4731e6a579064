"""Settings come from the environment: WATTKEEPER_NAME, or WATTKEEPER_NAME_FILE naming a file that holds the value."""

import contextlib
import os
import re
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from limits import RateLimitItem, parse

from wattkeeper.common.mail_server import MailServer
from wattkeeper.common.signing import KeyStore, Unsound

PREFIX = "WATTKEEPER_"
SHORTEST_SECRET, FEWEST_CHARACTERS = 50, 12
SAMPLE = re.compile("insecure|change.?me|example|sample|replace|secret.?key|default|password", re.IGNORECASE)
MAKE_ONE = "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"

_environment = environ.FileAwareEnv()


def text(name: str, default: str = "") -> str:
    """Without the newline at the end of a file, which would otherwise stand in addresses."""
    return str(_environment.str(PREFIX + name, default=default)).strip()


def flag(name: str, default: bool) -> bool:
    value = text(name, "true" if default else "false").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{PREFIX}{name} is {value!r}; it takes true or false")


def whole(name: str, default: int, low: int, high: int) -> int:
    value = text(name, str(default))
    if not value.isdecimal() or not low <= int(value) <= high:
        raise ImproperlyConfigured(f"{PREFIX}{name} is {value!r}; it takes a whole number from {low} to {high}")
    return int(value)


def proxies(name: str) -> int:
    """How many proxies of ours a request passes: a number, or true for one."""
    value = text(name, "false").lower()
    return whole(name, 0, 0, 10) if value.isdecimal() else int(flag(name, default=False))


def limit(name: str, default: str) -> RateLimitItem:
    """So many in a time: `50/second`, `10/5 minutes`."""
    value = text(name, default)
    try:
        found = parse(value)
    except ValueError:
        found = None
    if found is None or found.amount < 1 or found.multiples < 1:
        raise ImproperlyConfigured(f"{PREFIX}{name} is {value!r}; it takes a limit such as 50/second or 10/5 minutes")
    return found


def shared_cache(name: str) -> str:
    value = text(name)
    if value and not value.startswith(("redis://", "rediss://", "redis+unix://")):
        raise ImproperlyConfigured(f"{PREFIX}{name} takes the address of a Redis, such as redis://cache.example:6379/0")
    return value


def names(name: str, default: str) -> list[str]:
    """A comma-separated list."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def host_ports(name: str, default: str) -> frozenset[str]:
    """A comma-separated list of hosts, each with its port: as `host:port`, an IPv6 address without its brackets."""
    found = set()
    for entry in names(name, default):
        host, _, port = entry.lower().rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536 or re.search(r"[/@\s]", host):
            raise ImproperlyConfigured(
                f"{PREFIX}{name} has {entry!r}; it takes hosts with their ports, such as login.example.com:443"
            )
        found.add(f"{host.strip('[]')}:{port}")
    return frozenset(found)


def tenant_hosts(name: str) -> dict[str, str]:
    """Host name -> the part of addresses (slug) of the utility whose pages are there."""
    found = {}
    for entry in names(name, ""):
        host, _, slug = entry.lower().partition("=")
        if not re.fullmatch(r"[a-z0-9.-]+", host) or not re.fullmatch(r"[a-z0-9_-]+", slug):
            raise ImproperlyConfigured(
                f"{PREFIX}{name} has {entry!r}; it takes host names with the utility they show, such as"
                " greenbutton.rio.example=rio"
            )
        found[host] = slug
    return found


def base_url(name: str, default: str) -> str:
    value = text(name, default).rstrip("/")
    if not value.startswith(("http://", "https://")):
        raise ImproperlyConfigured(f"{PREFIX}{name} is {value!r}; it takes an address such as https://gb.example.com")
    return value


def database(name: str, default: str) -> dict[str, object]:
    url = text(name, default)
    if not url.startswith(("sqlite:///", "postgres://", "postgresql://")):
        raise ImproperlyConfigured(
            f"{PREFIX}{name} takes sqlite:///path/to/file or postgresql://user:password@host:5432/name"
        )
    return dict(_environment.db_url_config(url))


def kept_secret(name: str, folder: Path) -> str:
    """The setting, or else a random value made once and kept in the state folder, readable by its owner alone.

    A value that somebody made up, or copied from a page, is refused: whoever knows it can sign in as anybody.
    """
    if value := text(name):
        if len(value) < SHORTEST_SECRET or len(set(value)) < FEWEST_CHARACTERS or SAMPLE.search(value):
            raise ImproperlyConfigured(f"{PREFIX}{name} is not a secret; make one with `{MAKE_ONE}`")
        return value
    path = folder / name.lower()
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = folder / f".{secrets.token_hex(8)}"
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):  # of several processes that start at once, one makes it
            os.link(made, path)
        made.unlink()
    return path.read_text()


def key_store(name: str, default: Path, *, may_be_new: bool = False) -> KeyStore:
    """Signing keys: in the file that NAME_FILE names, else in the setting itself, else in a file of our own.

    A file that is named has to be there, unless it is about to be made: a wrong name would silently mean other keys.
    """
    path, value = os.environ.get(f"{PREFIX}{name}_FILE"), os.environ.get(f"{PREFIX}{name}", "")
    store = KeyStore(text=value) if value and not path else KeyStore(Path(path) if path else default)
    if path and not may_be_new and not Path(path).is_file():
        raise ImproperlyConfigured(f"{PREFIX}{name}_FILE: there is no {path}; `wattkeeper receipt rotate-key` makes it")
    try:
        if store.path is None or store.path.exists():
            store.ring()
    except (Unsound, OSError) as error:
        raise ImproperlyConfigured(f"{PREFIX}{name} cannot be used: {error}") from error
    return store


MAIL_SCHEMES = {"smtp": (25, "none"), "smtp+tls": (587, "starttls"), "smtps": (465, "tls")}


def mail_server(name: str) -> MailServer | None:
    """From smtp://, smtp+tls:// or smtps://user:password@host:port; None where there is no such setting."""
    if not (value := text(name).strip()):
        return None
    takes = f"{PREFIX}{name} takes smtps://user:password@host:465, smtp+tls://user:password@host:587 or smtp://host:25"
    try:
        url = urlsplit(value)
        port, security = MAIL_SCHEMES[url.scheme]
        port = url.port or port
    except (ValueError, KeyError):
        raise ImproperlyConfigured(takes) from None  # what was given may hold a password
    if not url.hostname or url.path.strip("/") or url.query or url.fragment:
        raise ImproperlyConfigured(takes)
    return MailServer(url.hostname, port, unquote(url.username or ""), unquote(url.password or ""), security)


def email(name: str, default: str) -> str:
    value = text(name, default).strip()
    try:
        if value:
            validate_email(value)
    except ValidationError:
        raise ImproperlyConfigured(
            f"{PREFIX}{name} is {value!r}; it takes an address such as no-reply@example.com"
        ) from None
    return value
