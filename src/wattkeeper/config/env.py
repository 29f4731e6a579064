"""Settings come from the environment: WATTKEEPER_NAME, or WATTKEEPER_NAME_FILE naming a file that holds the value."""

import secrets
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

PREFIX = "WATTKEEPER_"

_environment = environ.FileAwareEnv()


def text(name: str, default: str = "") -> str:
    return str(_environment.str(PREFIX + name, default=default))


def flag(name: str, default: bool) -> bool:
    value = text(name, "true" if default else "false").strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{PREFIX}{name} is {value!r}; it takes true or false")


def whole(name: str, default: int, low: int, high: int) -> int:
    value = text(name, str(default)).strip()
    if not value.isdecimal() or not low <= int(value) <= high:
        raise ImproperlyConfigured(f"{PREFIX}{name} is {value!r}; it takes a whole number from {low} to {high}")
    return int(value)


def names(name: str, default: str) -> list[str]:
    """A comma-separated list."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


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
    """The setting, or else a random value made once and kept in the state folder, readable by its owner alone."""
    if value := text(name):
        return value
    path = folder / name.lower()
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()
