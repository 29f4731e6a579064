"""Settings are read from the environment and refused in words an operator can act on."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from wattkeeper.config import env


def test_a_value_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "url").write_text("https://gb.example\n")
    monkeypatch.setenv("WATTKEEPER_BASE_URL_FILE", str(tmp_path / "url"))
    assert env.base_url("BASE_URL", "http://localhost").strip() == "https://gb.example"


@pytest.mark.parametrize(("value", "meant"), [("on", True), ("TRUE", True), ("0", False), ("no", False)])
def test_a_flag_is_read_liberally(value: str, meant: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATTKEEPER_BEHIND_PROXY", value)
    assert env.flag("BEHIND_PROXY", default=not meant) is meant


def test_a_flag_that_is_neither_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATTKEEPER_BEHIND_PROXY", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="WATTKEEPER_BEHIND_PROXY is 'perhaps'; it takes true or false"):
        env.flag("BEHIND_PROXY", default=False)


def test_the_secret_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    first = env.kept_secret("SECRET_KEY", tmp_path / "var")
    assert env.kept_secret("SECRET_KEY", tmp_path / "var") == first
    assert len(first) >= 50
    assert stat.S_IMODE((tmp_path / "var" / "secret_key").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "value"), [("BASE_URL", "gb.example"), ("DATABASE_URL", "mysql://db"), ("BEHIND_PROXY", "?")]
)
def test_a_wrong_setting_stops_the_start_with_one_line(name: str, value: str, tmp_path: Path) -> None:
    variables = os.environ | {"WATTKEEPER_VAR": str(tmp_path), f"WATTKEEPER_{name}": value}
    done = subprocess.run(
        [sys.executable, "-m", "wattkeeper", "check"], env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"wattkeeper: a setting is wrong: WATTKEEPER_{name}")
    assert "Traceback" not in done.stderr
