"""Rows 71 and 97 by schemathesis, which reads the API document and makes up what nobody here thought of.

Two third parties, each with an object that the other must not get. Seeded, and bounded in number.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from blackbox.conformance.flow import Flow
from blackbox.conformance.rows import row
from blackbox.conformance.target import Client

EXAMPLES = os.environ.get("WATTKEEPER_SCHEMATHESIS_EXAMPLES", "10")
"""Cases for each operation in each phase."""
CHECKS = {
    71: ("ignored_auth", "object_level_authorization", "use_after_free"),
    97: (
        "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
        "response_headers_conformance", "negative_data_rejection", "unsupported_method", "allow_header_conformance",
    ),
}  # fmt: skip


def schemathesis(flow: Flow, sunny: Client, rival: Client, folder: Path, checks: tuple[str, ...]) -> str:
    """What it prints. AssertionError where it found something."""
    auth = [
        {"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {client.api_token}"}]}
        for name, client in (("sunny", sunny), ("rival", rival))
    ]
    (folder / "auth.json").write_text(json.dumps({"auth": auth}))
    (folder / "schemathesis.toml").write_text('[auth.wfc]\npath = "auth.json"\npeers = ["sunny", "rival"]\n')
    words = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{flow.base}/api/v2/openapi.json",
        "--checks", ",".join(checks), "--max-examples", EXAMPLES, "--seed", "2026", "--warnings", "off", "--no-color",
        "--generation-database", "none",
    ]  # fmt: skip
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert "will not run" not in done.stdout
    return done.stdout


@row(71, "OWASP API1:2023")
def test_row_71_schemathesis_gets_nobody_else_s_object(
    flow: Flow, sunny: Client, rival: Client, tmp_path: Path
) -> None:
    """Broken: `finding.authorization` starting from all authorizations."""
    for client in (sunny, rival):
        flow.tokens(client)
    said = schemathesis(flow, sunny, rival, tmp_path, CHECKS[71])
    assert cases(said) > 100


@row(97, "OWASP ASVS 5.1")
def test_row_97_schemathesis_breaks_nothing(flow: Flow, sunny: Client, rival: Client, tmp_path: Path) -> None:
    """Broken: a NUL in a parameter handed to PostgreSQL; an answer that its schema does not have; 401 without
    its challenge; an operation left out."""
    flow.tokens(sunny)
    said = schemathesis(flow, sunny, rival, tmp_path, CHECKS[97])
    assert cases(said) > 100
    assert f"Tested: {operations(flow)}\n" in said, said[-2000:]


def operations(flow: Flow) -> int:
    """How many the API document has."""
    paths = flow.session.get(f"{flow.base}/api/v2/openapi.json", timeout=30).json()["paths"]
    return sum(map(len, paths.values()))


def cases(said: str) -> int:
    """How many it made."""
    found = re.search(r"(\d+) (?:test cases )?generated", said.replace(",", ""))
    assert found is not None, said[-2000:]
    return int(found[1])
