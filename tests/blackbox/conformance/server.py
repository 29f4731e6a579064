"""The pack's own server: `wattkeeper serve` with two processes over a fresh database, made by its command line alone.

Other processes can look at the same database: one behind a proxy that speaks TLS, one whose clock is ahead.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import requests
from joserfc.jwk import ECKey

from blackbox.conformance.database import Database, connect
from blackbox.conformance.flow import ISSUED
from blackbox.conformance.target import Client, Target

PATIENCE = 60
LIMITS = (
    "WATTKEEPER_LIMIT_CLIENT",
    "WATTKEEPER_LIMIT_TOKEN",
    "WATTKEEPER_LIMIT_ADDRESS",
    "WATTKEEPER_LIMIT_SIGN_INS",
    "WATTKEEPER_LIMIT_WRONG_CLIENTS",
    "WATTKEEPER_LIMIT_WRONG_TOKENS",
    "WATTKEEPER_LIMIT_SIGN_INS_TO_ACCOUNT",
)
"""Out of the way of tests that ask for other things; what they are about has a process with the limits as they are."""
THREADS = "8"
FAKETIME = Path("/usr/lib") / f"{os.uname().machine}-linux-gnu" / "faketime" / "libfaketimeMT.so.1"


@dataclass
class Process:
    """One running `wattkeeper serve`."""

    base: str
    words: list[str]
    environment: dict[str, str]
    log: Path
    popen: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                self.words, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.popen.poll() is None:
            try:
                if requests.get(f"{self.base}/healthz", headers=FORWARDED, timeout=5).status_code == 200:
                    return
            except requests.ConnectionError:
                time.sleep(0.1)
        self.stop()
        raise AssertionError(f"the server did not start:\n{self.log.read_text()}")

    def stop(self) -> None:
        if self.popen is not None and self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill()

    def workers(self) -> list[int]:
        """The processes that answer requests: children of the one that was started."""
        assert self.popen is not None
        pid = self.popen.pid
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split() if is_worker(child)
        ]

    def oldest_worker(self) -> int:
        """The one to kill next: granian takes a worker that dies young for a program that cannot run, and gives up."""
        return min(self.workers(), key=began)

    def kill(self) -> None:
        """`kill -9` for all of it, as when the machine loses power."""
        assert self.popen is not None
        workers = self.workers()
        self.popen.kill()
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        self.popen.wait()


FORWARDED = {"X-Forwarded-Proto": "https"}
"""What the one behind a proxy needs to hear, and the others must not listen to."""


def is_worker(pid: str) -> bool:
    """Neither the helper that Python starts beside spawned processes, nor one that is dead already."""
    command = Path(f"/proc/{pid}/cmdline").read_bytes()
    return bool(command) and b"resource_tracker" not in command


@dataclass
class Own:
    """The server with its state folder and its database. `base` is where its two processes answer."""

    folder: Path
    database: Database
    environment: dict[str, str]
    main: Process
    processes: list[Process] = field(default_factory=list)
    excuses: set[str] = field(default_factory=set)

    @property
    def base(self) -> str:
        return self.main.base

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """`wattkeeper ...`, however it ends; never with a stack trace."""
        command = [sys.executable, "-m", "wattkeeper", *words]
        done = subprocess.run(
            command, env=self.environment | environment, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def command(self, *words: str) -> str:
        """What `wattkeeper ...` prints; AssertionError where it fails."""
        done = self.run(*words)
        assert done.returncode == 0, f"wattkeeper {' '.join(words)}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def beside(self, name: str, base: str = "", **environment: str) -> Process:
        """A further process of one worker over the same database, started."""
        process = serve(self.environment | environment, self.folder / f"{name}.log", base=base, workers=1)
        process.start()
        self.processes.append(process)
        return process

    def registration(self, *words: str) -> Any:
        """What `wattkeeper registration ...` answers."""
        return json.loads(self.command("registration", *words, "--json"))

    def register(self, company: str, *uris: str, member: bool = False, **options: str) -> Client:
        """A new registration of a company: `--auth-method`, `--status`, `--jwks` as keywords."""
        words = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
        words += [f"--redirect-uri={uri}" for uri in uris]
        words += [f"--member=dev@{company.lower()}.example"] if member else []
        made = self.registration("add", f"--company={company}", *words)
        if secret := made.get("client_secret", ""):
            ISSUED.add(secret)
        token = self.registration("token", made["client_id"])["api_token"] if member else ""
        return Client(made["client_id"], secret, list(uris), token)

    @contextmanager
    def status(self, client: Client, status: str, back_to: str = "sandbox") -> Iterator[None]:
        """The registration in another status meanwhile."""
        self.registration("set", client.client_id, f"--status={status}")
        yield
        self.registration("set", client.client_id, f"--status={back_to}")

    def wait_for_workers(self, many: int) -> None:
        """Until that many answer again, after some were killed."""
        deadline = time.monotonic() + PATIENCE
        while len(self.main.workers()) < many and time.monotonic() < deadline:
            time.sleep(0.1)

    @contextmanager
    def excused(self, *words: str) -> Iterator[None]:
        """What the server complains of in these words while a test breaks something on purpose."""
        yield
        self.excuses.update(words)

    def complaints(self) -> list[str]:
        """Lines of its logs at the level ERROR or above, but for those that were provoked."""
        found = re.findall(r"^\S+ \S+ (?:ERROR|CRITICAL) .*", self.logs(), re.MULTILINE)
        return [line for line in found if not any(word in line for word in self.excuses)]

    def logs(self) -> str:
        """Everything that any of the processes wrote."""
        return "\n".join(path.read_text(errors="replace") for path in self.folder.glob("*.log"))

    @contextmanager
    def cpu(self) -> Iterator["Spent"]:
        """Seconds of CPU that the two processes spend meanwhile, to a hundredth."""
        spent, before = Spent(), sum(map(cpu_of, self.main.workers()))
        yield spent
        spent.seconds = sum(map(cpu_of, self.main.workers())) - before

    def stop(self) -> None:
        for process in (self.main, *self.processes):
            process.stop()
        self.database.drop()


@dataclass
class Spent:
    seconds: float = 0.0


def cpu_of(pid: int) -> float:
    """User and system time of a process (proc(5), fields 14 and 15)."""
    fields = stat_of(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def began(pid: int) -> int:
    """When a process began, in ticks since the machine did (proc(5), field 22)."""
    return int(stat_of(pid)[19])


def stat_of(pid: int) -> list[str]:
    """The fields of proc(5) after the name, from the third on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(environment: dict[str, str], log: Path, *, base: str = "", workers: int = 2) -> Process:
    port = free_port()
    listening = f"http://127.0.0.1:{port}"
    words = [sys.executable, "-m", "wattkeeper", "serve", "--port", str(port)]
    words += ["--workers", str(workers), "--threads", THREADS if workers > 1 else "4"]
    return Process(listening, words, environment | {"WATTKEEPER_BASE_URL": base or listening}, log)


def start(folder: Path, log_level: str = "DEBUG") -> Own:
    """Migrated, seeded, serving; without registrations of its own yet."""
    database = connect(folder, os.environ.get("WATTKEEPER_DATABASE_URL", ""))
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("WATTKEEPER_", "DJANGO_"))}
    environment = inherited | {
        "WATTKEEPER_VAR": str(folder / "var"),
        "WATTKEEPER_DATABASE_URL": database.url,
        "WATTKEEPER_LOG_LEVEL": log_level,
        **dict.fromkeys(LIMITS, "100000/second"),
    }
    main = serve(environment, folder / "main.log")
    own = Own(folder, database, main.environment, main)
    own.command("migrate", "--verbosity", "0")
    own.command("sandbox", "epe")
    main.start()
    return own


class Later:
    """A process over the same database whose clock can be put ahead (libfaketime)."""

    def __init__(self, own: Own, name: str = "later", **environment: str) -> None:
        self.stamp = own.folder / f"clock of {name}"
        self.set(0)
        self.process = own.beside(
            name,
            LD_PRELOAD=str(FAKETIME),
            FAKETIME_TIMESTAMP_FILE=str(self.stamp),
            FAKETIME_NO_CACHE="1",
            FAKETIME_DONT_FAKE_MONOTONIC="1",
            **environment,
        )

    def set(self, seconds: float) -> None:
        self.say(f"{seconds:+}")

    def say(self, words: str) -> None:
        """What the time is, as libfaketime reads it."""
        part = self.stamp.with_suffix(".part")
        part.write_text(words)
        part.replace(self.stamp)

    @contextmanager
    def by(self, seconds: float) -> Iterator[str]:
        """The address of the process that lives so many seconds later than we."""
        self.set(seconds)
        yield self.process.base
        self.set(0)


class Registering(dict[str, Client]):
    """The clients of a target, each registered when it is first asked for: a command takes a second."""

    def __init__(self, own: Own) -> None:
        super().__init__()
        self.own = own

    def __missing__(self, name: str) -> Client:
        self[name] = getattr(self, f"_{name}")()
        return self[name]

    def _sunny(self) -> Client:
        return self.own.register("Sunny", "https://sunny.example/callback", member=True)

    def _rival(self) -> Client:
        uris = ["https://rival.example/callback?tenant=1", "https://rival.example/other"]
        return self.own.register("Rival", *uris, member=True)

    def _plain(self) -> Client:
        made = self.own.register("Plain", "https://plain.example/callback")
        self.own.registration("set", made.client_id, "--requires-pkce=off")
        return made

    def _native(self) -> Client:
        uris = ["http://127.0.0.1/callback", "http://[::1]:7777/callback"]
        return self.own.register("Native", *uris, auth_method="none")

    def _keyed(self) -> Client:
        key = ECKey.generate_key("P-256", {"kid": "1"})
        jwks = self.own.folder / "jwks.json"
        jwks.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
        uri = "https://keyed.example/callback"
        made = self.own.register("Keyed", uri, auth_method="private_key_jwt", jwks=str(jwks))
        return replace(made, private_key=key.as_dict(private=True))

    def _suspended(self) -> Client:
        return self.own.register("Suspended", "https://suspended.example/callback", member=True, status="suspended")

    def _live(self) -> Client:
        return self.own.register("Live", "https://live.example/callback", member=True, status="live")


def described(own: Own) -> Target:
    return Target(own.base, "epe", Registering(own), ["test_residential", "test_commercial"])
