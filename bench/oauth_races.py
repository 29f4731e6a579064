"""Races and kills at the size that the pack of black-box tests leaves out: does anything double, or get lost?

    make bench, or: PYTHONPATH=tests python bench/oauth_races.py

200 rounds of 32 redemptions of one code at once over two server processes, and 2,000 exchanges while one worker after
the other is killed (`kill -9`). These are rows 31 and 32 of docs/develop/conformance.md, run longer: they fail on the
first code that gives two families of tokens, none, a 5xx, or a token that was given and does not work. On SQLite, or
on PostgreSQL where WATTKEEPER_DATABASE_URL names a server.
"""

import os
import subprocess
import sys
import time

PACK = "tests/blackbox/conformance/test_codes.py"
RACES = {
    "200 rounds of 32 redemptions at once": ("test_row_31_of_many_redemptions_at_once_one_wins", "32", 200),
    "2,004 exchanges under kill -9": ("test_row_32_killed_workers_neither_double_nor_lose_what_was_answered", "", 167),
}


def main() -> int:
    failed = 0
    for name, (test, size, rounds) in RACES.items():
        started = time.perf_counter()
        command = [sys.executable, "-m", "pytest", "-n", "0", "-q", PACK, "-k", f"{test} and {size}" if size else test]
        done = subprocess.run(command, env=os.environ | {"WATTKEEPER_RACE_ROUNDS": str(rounds)}, check=False)
        result = "none doubled, none lost, no 5xx" if done.returncode == 0 else "FAILED, see above"
        print(f"{name:<38} {result} ({time.perf_counter() - started:.0f} s)", flush=True)
        failed += done.returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
