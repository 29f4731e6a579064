"""A newcomer shares, finds the mail, and checks the signed receipt in it with one command on an empty machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from blackbox.conftest import Demo
from blackbox.walker import SHARE, Walker

pytestmark = pytest.mark.server


def test_the_receipt_in_the_mailbox_is_genuine(demo: Demo, tmp_path: Path) -> None:
    client = demo.keys["client"]["client_id"]
    scope = "FB=4_16;AdditionalScope=auth-test-test_commercial"
    walker = Walker(demo.base).open(
        "/DataCustodian/epe/oauth/authorize", response_type="code", client_id=client, scope=scope
    )
    walker.press(SHARE, email="newcomer@example.com")
    assert "You are sharing with Test Company" in walker.text
    inbox = walker.open("/demo/mail")
    assert "To newcomer@example.com" in inbox.text
    inbox.open(inbox.page.xpath("//h2/a/@href")[0])
    receipt = requests.get(f"{demo.base}{inbox.page.xpath('//dl//a/@href')[0]}", timeout=30)
    (tmp_path / "receipt.json").write_bytes(receipt.content)
    keys = requests.get(f"{demo.base}/.well-known/consent-receipt-keys", timeout=30)
    (tmp_path / "keys.json").write_bytes(keys.content)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WATTKEEPER_")}
    command = [sys.executable, "-m", "wattkeeper", "receipt", "verify", "receipt.json", "--keys", "keys.json"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Company    Test Company" in done.stdout
