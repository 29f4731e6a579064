"""Settings are read from the environment and refused in words an operator can act on."""

import os
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from pytest_django import Settings

from wattkeeper.common.mail_server import MailServer
from wattkeeper.config import env
from wattkeeper.people.models import User


def test_a_value_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "url").write_text("https://gb.example\n")
    monkeypatch.setenv("WATTKEEPER_BASE_URL_FILE", str(tmp_path / "url"))
    assert env.base_url("BASE_URL", "http://localhost") == "https://gb.example"


@pytest.mark.parametrize(("value", "meant"), [("on", True), ("TRUE", True), ("0", False), ("no", False)])
def test_a_flag_is_read_liberally(value: str, meant: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATTKEEPER_BEHIND_PROXY", value)
    assert env.flag("BEHIND_PROXY", default=not meant) is meant


def test_a_flag_that_is_neither_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATTKEEPER_BEHIND_PROXY", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="WATTKEEPER_BEHIND_PROXY is 'perhaps'; it takes true or false"):
        env.flag("BEHIND_PROXY", default=False)


def test_hosts_are_read_with_their_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATTKEEPER_OUTBOUND_PRIVATE", "Login.Example.com:443, [::1]:8443")
    assert env.host_ports("OUTBOUND_PRIVATE", "") == {"login.example.com:443", "::1:8443"}


@pytest.mark.parametrize("value", ["login.example.com", "login:", ":443", "login:0", "https://login:443", "a b:443"])
def test_a_host_without_a_port_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATTKEEPER_OUTBOUND_PRIVATE", value)
    with pytest.raises(ImproperlyConfigured, match="it takes hosts with their ports"):
        env.host_ports("OUTBOUND_PRIVATE", "")


def test_the_secret_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    first = env.kept_secret("SECRET_KEY", tmp_path / "var")
    assert env.kept_secret("SECRET_KEY", tmp_path / "var") == first
    assert len(first) >= 50
    assert stat.S_IMODE((tmp_path / "var" / "secret_key").stat().st_mode) == 0o600


def test_processes_that_start_at_once_agree_on_the_secret_key(tmp_path: Path) -> None:
    for attempt in range(20):
        gate = threading.Barrier(4)

        def start(folder: Path, gate: threading.Barrier = gate) -> str:
            gate.wait()
            return env.kept_secret("SECRET_KEY", folder)

        with ThreadPoolExecutor(4) as pool:
            keys = set(pool.map(start, [tmp_path / str(attempt)] * 4))
        assert len(keys) == 1
        assert len(keys.pop()) >= 50
    assert [path.name for path in (tmp_path / "0").iterdir()] == ["secret_key"]


@pytest.mark.parametrize(
    "value",
    [
        "hush",
        "a" * 64,
        "abcdefgh" * 8,
        "django-insecure-8x!k2v0p^7n3q9w5z1m6c4b8t2r0y7u5i3o1a9s6d4f2g",
        "changeme-changeme-changeme-changeme-changeme-0123456789",
        "your-secret-key-goes-here-0123456789-0123456789-abcdefg",
        "This is the password of our server and nobody knows it, 1234",
    ],
)
def test_a_secret_key_that_is_none_stops_the_start(value: str, tmp_path: Path) -> None:
    done = start_with(tmp_path, "SECRET_KEY", value)
    assert done.returncode == 1
    assert done.stderr.startswith(
        "wattkeeper: a setting is wrong: WATTKEEPER_SECRET_KEY is not a secret; make one with"
    )
    assert value not in done.stderr


def test_a_secret_key_made_as_it_says_is_taken(tmp_path: Path) -> None:
    command = env.MAKE_ONE.removeprefix("python3 -c '").removesuffix("'")
    made = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    assert start_with(tmp_path, "SECRET_KEY", made.stdout).returncode == 0


@pytest.mark.parametrize(("value", "meant"), [("false", 0), ("true", 1), ("0", 0), ("2", 2), ("on", 1)])
def test_proxies_are_counted(value: str, meant: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATTKEEPER_BEHIND_PROXY", value)
    assert env.proxies("BEHIND_PROXY") == meant


@pytest.mark.parametrize(
    ("value", "meant"), [("50/second", (50, 1)), ("10 / 5 minutes", (10, 300)), ("7/hour", (7, 3600))]
)
def test_a_limit_is_so_many_in_a_time(value: str, meant: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATTKEEPER_LIMIT_CLIENT", value)
    found = env.limit("LIMIT_CLIENT", "1/second")
    assert (found.amount, found.get_expiry()) == meant


@pytest.mark.django_db
def test_a_new_installation_has_no_account_no_admin_and_no_debugging(settings: Settings) -> None:
    assert not User.objects.exists()
    assert settings.DEBUG is False
    assert "django.contrib.admin" not in settings.INSTALLED_APPS
    for path in ("/admin", "/admin/", "/__debug__/"):
        assert Client().get(path).status_code == 404


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BASE_URL", "gb.example"),
        ("DATABASE_URL", "mysql://db"),
        ("BEHIND_PROXY", "?"),
        ("BEHIND_PROXY", "-1"),
        ("LIMIT_TOKEN", "0/second"),
        ("LIMIT_TOKEN", "many"),
        ("SHARED_CACHE", "memcached://cache"),
        ("SERVER_PROCESSES", "0"),
        ("MAIL_URL", "https://mail.example"),
        ("MAIL_URL", "smtp://"),
        ("MAIL_URL", "smtps://house:secret@mail.example:many"),
        ("MAIL_URL", "smtps://house:secret@mail.example/inbox"),
        ("MAIL_URL", "smtps://house:secret@mail.example"),
        ("MAIL_FROM", "El Paso <a@b.example>"),
        ("MAIL_TIMEOUT", "31"),
        ("RECEIPT_KEYS", "{}"),
        ("RECEIPT_KEYS_FILE", "/no/such/folder/keys.json/x"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line(name: str, value: str, tmp_path: Path) -> None:
    done = start_with(tmp_path, name, value)
    assert done.returncode == 1
    assert done.stderr.startswith(f"wattkeeper: a setting is wrong: WATTKEEPER_{name}")
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr


def start_with(var: Path, name: str, value: str) -> subprocess.CompletedProcess[str]:
    variables = os.environ | {"WATTKEEPER_VAR": str(var), f"WATTKEEPER_{name}": value}
    command = [sys.executable, "-m", "wattkeeper", "check"]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


def test_a_demo_is_on_this_machine_alone(tmp_path: Path) -> None:
    variables = {
        "WATTKEEPER_VAR": str(tmp_path),
        "WATTKEEPER_DEMO": "true",
        "WATTKEEPER_BASE_URL": "https://gb.example",
    }
    command = [sys.executable, "-m", "wattkeeper", "check"]
    done = subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "it belongs on localhost only" in done.stderr


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://127.0.0.1", ("127.0.0.1", 25, "", "", "none")),
        ("smtp+tls://house@mail.example", ("mail.example", 587, "house", "", "starttls")),
        ("smtps://ho%40use:p%3A%2F%20%C3%B1@[::1]:10465/", ("::1", 10465, "ho@use", "p:/ ñ", "tls")),
    ],
)
def test_a_mail_server_is_one_address(
    url: str, expected: tuple[str, int, str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATTKEEPER_MAIL_URL", url + "\n")
    assert env.mail_server("MAIL_URL") == MailServer(*expected)


def test_without_one_there_is_none() -> None:
    assert env.mail_server("MAIL_URL") is None
