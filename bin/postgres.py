"""A PostgreSQL server for the tests: `find`, `start FOLDER` (prints its URL), `stop FOLDER`.

It listens on a socket in its folder alone, keeps nothing, and never runs as root (which PostgreSQL refuses).
"""

import glob
import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path


def programs() -> Path | None:
    on_path = shutil.which("initdb")
    found = [on_path] if on_path else sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), reverse=True)
    return Path(found[0]).parent if found else None


def as_owner(*words: str) -> list[str]:
    return ["runuser", "-u", "postgres", "--", *words] if os.geteuid() == 0 else list(words)


def run(words: list[str]) -> None:
    subprocess.run(words, stdout=subprocess.DEVNULL, check=True, cwd="/")


def start(folder: Path, where: Path) -> str:
    folder.mkdir(parents=True)
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        for parent in folder.parents:
            if parent.owner() == "root" and parent.stat().st_mode & 0o001 == 0:
                parent.chmod(parent.stat().st_mode | 0o011)
    data = str(folder / "data")
    run(as_owner(str(where / "initdb"), "-D", data, "-A", "trust", "-E", "UTF8", "--no-sync"))
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c max_connections=200"
    log = str(folder / "log")
    run(as_owner(str(where / "pg_ctl"), "-D", data, "-l", log, "-o", options, "-w", "start"))
    return f"postgresql://{user}@/postgres?host={folder}"


def main() -> int:
    where = programs()
    if where is None or sys.argv[1] == "find":
        return 0 if where else 1
    folder = Path(sys.argv[2])
    if sys.argv[1] == "start":
        print(start(folder, where))
    else:
        stop = as_owner(str(where / "pg_ctl"), "-D", str(folder / "data"), "-m", "immediate", "stop")
        subprocess.run(stop, stdout=subprocess.DEVNULL, check=False, cwd="/")
    return 0


sys.exit(main())
