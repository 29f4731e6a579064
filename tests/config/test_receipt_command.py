"""`wattkeeper receipt`, as a customer runs it years later: no settings, no database, no server, a folder of its own."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from wattkeeper.authorizations import receipt_file
from wattkeeper.common.signing import KeyRing

SAID = {
    "schema_version": "wattkeeper-27560-1",
    "receipt_id": "6a0c0a60-0000-4000-8000-000000000001",
    "content": {
        "record_id": "6a0c0a60-0000-4000-8000-000000000002",
        "pii_processing": {
            "purposes": [{"pii_information": [{"pii_attribute_id": "bills"}], "recipient_third_parties": ["EPE_sunny"]}]
        },
        "party_identification": [
            {"party_id": "EPE", "party_name": "El Paso Electric"},
            {"party_id": "EPE_sunny", "party_name": "Sunny"},
        ],
        "event": [{"event_state": "consent given", "event_time": "2026-03-10T18:00:00Z"}],
        "green_button": {"utility": "EPE", "until": None},
    },
}
RING = KeyRing.new()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "receipt.json").write_text(receipt_file.written(SAID, RING))
    (tmp_path / "keys.json").write_text(json.dumps(RING.rotated().rotated().published()))
    (tmp_path / "others.json").write_text(json.dumps(KeyRing.new().published()))
    return tmp_path


def run(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WATTKEEPER_")}
    environment |= {"WATTKEEPER_DATABASE_URL": "postgresql://nobody:nothing@127.0.0.1:1/none"} | settings
    command = [sys.executable, "-m", "wattkeeper", "receipt", *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_a_genuine_receipt_after_two_rotations(folder: Path) -> None:
    done = run(folder, "verify", "receipt.json", "--keys", "keys.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == (
        "receipt.json: GENUINE. It says what was signed, with one of the signer's keys."
    )
    for line in (
        f"Key        {RING.published()['keys'][0]['kid']}", "Company    Sunny", "Utility    El Paso Electric",
        "Shared     bills", "Until      withdrawn", "Last event consent given, 2026-03-10T18:00:00Z",
    ):  # fmt: skip
        assert f"  {line}" in done.stdout.splitlines()
    assert sorted(path.name for path in folder.iterdir()) == ["keys.json", "others.json", "receipt.json"]


def test_a_changed_receipt_and_where(folder: Path) -> None:
    text = (folder / "receipt.json").read_text()
    (folder / "receipt.json").write_text(text.replace('"Sunny"', '"Moony"'))
    done = run(folder, "verify", "receipt.json", "--keys", "keys.json")
    assert done.returncode == 1
    assert "NOT GENUINE" in done.stdout
    assert 'content.party_identification[1].party_name was changed to "Moony"; signed is "Sunny"' in done.stdout
    assert "Company" not in done.stdout


def test_somebody_elses_key(folder: Path) -> None:
    done = run(folder, "verify", "receipt.json", "--keys", "others.json")
    assert done.returncode == 1
    assert "is not one of the keys given" in done.stdout


def test_without_keys_it_does_not_claim_to_know_the_signer(folder: Path) -> None:
    done = run(folder, "verify", "receipt.json")
    assert done.returncode == 2
    assert "whose key signed it was not checked" in done.stdout
    assert "GENUINE" not in done.stdout


def test_on_the_platform_itself_its_own_keys_are_taken(folder: Path) -> None:
    (folder / "var").mkdir()
    (folder / "var" / "receipt_keys.json").write_text(RING.kept())
    assert run(folder, "verify", "receipt.json").returncode == 0
    assert run(folder, "rotate-key").returncode == 0
    assert run(folder, "verify", "receipt.json").returncode == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["verify", "none.json"], "No such file"),
        (["verify", "receipt.json", "--keys", "receipt.json"], "receipt.json holds no keys"),
        (["verify", "receipt.json", "--keys", "none.json"], "No such file"),
        (["verify", "picture"], "picture is not text"),
    ],
)
def test_what_cannot_be_read_is_one_line(folder: Path, words: list[str], said: str) -> None:
    (folder / "picture").write_bytes(b"\xff\xd8\xff")
    done = run(folder, *words)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("wattkeeper receipt: ")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_rotating_makes_a_new_key_and_keeps_the_old_ones_public_half(folder: Path) -> None:
    run(folder, "rotate-key")
    done = run(folder, "rotate-key")
    assert done.returncode == 0
    assert "1 earlier public keys are kept" in done.stdout
    keys = json.loads(run(folder, "keys").stdout)["keys"]
    assert len(keys) == 2
    assert keys[0]["kid"] in done.stdout
    assert all("d" not in key for key in keys)
    kept = json.loads((folder / "var" / "receipt_keys.json").read_text())["keys"]
    assert ["d" in key for key in kept] == [True, False]


def test_keys_that_stand_in_the_setting_are_not_rotated_here(folder: Path) -> None:
    done = run(folder, "rotate-key", WATTKEEPER_RECEIPT_KEYS=RING.kept())
    assert done.returncode == 1
    assert "in the setting itself" in done.stderr
    assert run(folder, "verify", "receipt.json", WATTKEEPER_RECEIPT_KEYS=RING.kept()).returncode == 0


def test_keys_may_stand_in_a_file_that_the_setting_names(folder: Path) -> None:
    (folder / "shared.json").write_text(RING.kept())
    named = {"WATTKEEPER_RECEIPT_KEYS_FILE": str(folder / "shared.json")}
    assert run(folder, "rotate-key", **named).returncode == 0
    assert run(folder, "verify", "receipt.json", **named).returncode == 0
    assert not (folder / "var").exists()


def test_nothing_of_it_needs_the_network(folder: Path) -> None:
    """The database in the settings is one that nobody could reach; nor is there anything else to reach."""
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        done = run(folder, "verify", "receipt.json", "--keys", "keys.json", http_proxy=address, https_proxy=address)
        assert done.returncode == 0
        proxy.setblocking(False)
        with pytest.raises(BlockingIOError):
            proxy.accept()
