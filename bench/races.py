"""200 rounds of 2, 8 and 32 redemptions and refreshes at once over two processes, and kill -9 of both under load.

    make bench, or: python bench/races.py

One winner in each round, nothing doubled, no 5xx: a round that gives anything else fails. On SQLite, and on PostgreSQL
where one is found. 10,000 tokens are looked at for chance besides.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS = "200"
ROWS = "row_31 or row_32 or row_49_what_is_issued or row_56"
ROOT = Path(__file__).parent.parent


def main() -> None:
    run("SQLite")
    with tempfile.TemporaryDirectory() as folder:
        cluster = f"{folder}/postgres"
        started = postgres("start", cluster)
        if started.returncode:
            print("-- PostgreSQL: not found")
            return
        try:
            run("PostgreSQL", WATTKEEPER_DATABASE_URL=started.stdout.strip())
        finally:
            postgres("stop", cluster)


def run(database: str, **environment: str) -> None:
    print(f"-- {database}, {ROUNDS} rounds", flush=True)
    settings = {"WATTKEEPER_RACE_ROUNDS": ROUNDS, "WATTKEEPER_TOKENS": "10000"} | environment
    words = ["pytest", "-n", "0", "-v", "tests/blackbox/conformance", "-k", ROWS, "--durations=0", "--durations-min=1"]
    subprocess.run(words, cwd=ROOT, env=os.environ | settings, check=False)


def postgres(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / "bin/postgres.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    main()
