"""The command as an operator runs it, in a process of its own: exit codes, messages, memory."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ingest.feeds import FEED, MIDNIGHT, feed, meter_reading, reading, reading_type, summary, usage_point
from ingest.feeds import block as one_block

MAIN = "from wattkeeper.config.cli import main; main()"
KILLED_AT_THE_BILL = f"""
import os, signal
import django; django.setup()
from wattkeeper.ingest import importing
importing.put_bill = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
{MAIN}
"""
SET_UP = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
import cast
from wattkeeper.customers.models import Service
for world in (cast.sandbox(), cast.live()):
    Service.objects.create(world=world, identifier="BOTH")
for identifier in ("S1", "S3"):
    Service.objects.create(world=cast.sandbox(), identifier=identifier)
"""
MEGABYTE = 1024  # in the units of ru_maxrss


@dataclass
class Ended:
    code: int
    out: str
    err: str
    memory: int


@dataclass
class Home:
    """A directory with a database in it, and the `wattkeeper import` command on it."""

    path: Path

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "PYTHONPATH": os.pathsep.join(sys.path),
            "WATTKEEPER_VAR": str(self.path),
            "WATTKEEPER_DATABASE_URL": f"sqlite:///{self.path / 'db.sqlite3'}",
            "DJANGO_SETTINGS_MODULE": "wattkeeper.config.settings",
        }

    def run(self, *arguments: str, program: str = MAIN) -> Ended:
        """Runs it and says how it ended, and how many KiB of memory it had at most."""
        out, err = self.path / "out", self.path / "err"
        with out.open("w") as stdout, err.open("w") as stderr:
            command = [sys.executable, "-c", program, "import", *arguments]
            process = subprocess.Popen(command, env=self.environment, stdout=stdout, stderr=stderr)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        return Ended(process.returncode, out.read_text(), err.read_text(), usage.ru_maxrss)

    def file(self, text: str) -> str:
        path = self.path / "file.xml"
        path.write_text(text)
        return str(path)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("home"))
    subprocess.run([sys.executable, "-c", SET_UP], env=home.environment, check=True)
    return home


def green(home: Home, file: str, *options: str, service: str = "S1") -> Ended:
    return home.run("greenbutton", file, "--service", service, *options)


def test_all_imported(home: Home) -> None:
    ended = green(home, home.file(feed(reading(5))))
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        "Service S1: 1 readings; days 1 new, 0 changed, 0 as before; bills 0 new, 0 changed, 0 as before; "
        "records refused 0, not kept 0.\n"
    )


def test_imported_in_part(home: Home) -> None:
    ended = green(home, home.file(feed(reading("x"), reading(7, MIDNIGHT + 900))), "--skip-refused")
    assert ended.code == 1
    assert ended.err == "line 1: refused: value is not a whole number: “x”\n"
    assert "records refused 1" in ended.out


def test_refused(home: Home) -> None:
    ended = green(home, home.file(feed(reading("x"), reading(7, MIDNIGHT + 900))))
    assert (ended.code, ended.out) == (2, "")
    assert "Traceback" not in ended.err
    assert "nothing was imported: not all of its records can be imported." in ended.err
    assert "--skip-refused" in ended.err


def test_csv(home: Home) -> None:
    (home.path / "map.toml").write_text('interval=3600\n[start]\ncolumn="t"\n[[values]]\ncolumn="v"\nunit="kWh"\n')
    table = home.file("t,v\n2024-06-01T00:00,1.5\n")
    ended = home.run("csv", table, "--map", str(home.path / "map.toml"), "--service", "S1")
    assert (ended.code, ended.err) == (0, "")


def test_a_process_killed_half_way_leaves_nothing(home: Home) -> None:
    period = f"<billingPeriod><duration>2592000</duration><start>{MIDNIGHT}</start></billingPeriod>"
    file = home.file(feed(reading(5), more=summary(f"{period}<billLastPeriod>5</billLastPeriod>")))
    killed = home.run("greenbutton", file, "--service", "S3", program=KILLED_AT_THE_BILL)
    assert (killed.code, killed.out) == (-signal.SIGKILL, "")
    assert "days 1 new, 0 changed, 0 as before; bills 1 new" in green(home, file, service="S3").out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["greenbutton", "file.xml"], "--service"),
        (["csv", "file.csv", "--service", "S1"], "--map"),
        (["parquet", "file.parquet"], "invalid choice: 'parquet'"),
        (["greenbutton", "file.xml", "--service", "S2"], "There is no service S2 here."),
        (["greenbutton", "file.xml", "--service", "BOTH"], "say which with --utility and --world"),
        (["greenbutton", "file.xml", "--service", "BOTH", "--utility", "XYZ"], "There is no service BOTH here."),
        (["greenbutton", "file.xml", "--service", "S1"], "the file can't be read: No such file"),
    ],
)
def test_a_wrong_call(home: Home, arguments: list[str], reason: str) -> None:
    ended = home.run(*arguments)
    assert (ended.code, reason in ended.err, "Traceback" in ended.err) == (2, True, False)


def test_a_database_that_is_not_there_yet(tmp_path: Path) -> None:
    ended = green(Home(tmp_path), "file.xml")
    assert (ended.code, "run wattkeeper migrate" in ended.err, "Traceback" in ended.err) == (2, True, False)


def test_worlds_are_told_apart(home: Home) -> None:
    file = home.file(feed(reading(5)))
    assert green(home, file, "--world", "live", service="BOTH").out.count("1 new") == 1
    assert green(home, file, "--world", "sandbox", "--utility", "epe", service="BOTH").out.count("1 new") == 1


def test_a_bar_on_a_terminal_only(home: Home) -> None:
    file = home.file(feed(reading(5)))
    mine, theirs = pty.openpty()
    command = [sys.executable, "-c", MAIN, "import", "greenbutton", file, "--service", "S1"]
    subprocess.run(command, env=home.environment | {"TERM": "xterm"}, check=True, capture_output=False,
                   stdout=subprocess.DEVNULL, stderr=theirs)  # fmt: skip
    os.close(theirs)
    assert b"file.xml" in os.read(mine, 4096)
    os.close(mine)


def many_readings(count: int) -> Iterator[str]:
    yield FEED.partition("{}")[0] + usage_point() + meter_reading()
    start, end = one_block("@").split("@")
    yield start
    yield from (reading(number, MIDNIGHT - 900 * number) + "\n" for number in range(count))
    yield end + reading_type() + "</feed>"


def nested(size: int) -> Iterator[str]:
    yield "<feed xmlns='http://www.w3.org/2005/Atom'>"
    yield from ("<a>" * (1 << 18) for _ in range(size // (3 << 18)))


def long_text(size: int) -> Iterator[str]:
    yield "<feed xmlns='http://www.w3.org/2005/Atom'><title>"
    yield from ("x" * (1 << 20) for _ in range(size >> 20))


def one_long_tag(size: int) -> Iterator[str]:
    yield "<feed xmlns='http://www.w3.org/2005/Atom' "
    yield from (f"a{number}='{'x' * (1 << 20)}' " for number in range(size >> 20))


def elements_in_vain(size: int) -> Iterator[str]:
    """A tenth of the size: as a tree it would still take more than is allowed."""
    yield "<feed xmlns='http://www.w3.org/2005/Atom'>"
    yield from ("<author><name>x</name></author>" * 1000 for _ in range(size // 310_000))


def links_of_one_entry(size: int) -> Iterator[str]:
    yield "<feed xmlns='http://www.w3.org/2005/Atom'><entry>"
    yield from (f"<link rel='up' href='{'x' * 1000}'/>" * 100 for _ in range(size // 102_000))


def ever_new(thing: str) -> Callable[[int], Iterator[str]]:
    """A feed of one thing over and over, with a new number each time."""

    def feed_of(size: int) -> Iterator[str]:
        yield "<feed xmlns='http://www.w3.org/2005/Atom'>"
        yield from (thing.replace("@", str(number)) for number in range(size // (16 * len(thing))))

    return feed_of


ATTACKS: dict[str, Callable[[int], Iterator[str]]] = {
    "nested": nested,
    "long text": long_text,
    "one long tag": one_long_tag,
    "elements in vain": elements_in_vain,
    "links of one entry": links_of_one_entry,
    "ever new elements": ever_new("<e@/>"),
    "ever new attributes": ever_new("<a a@=''/>"),
    "ever new namespaces": ever_new("<a xmlns:n@='urn:@'/>"),
    "ever new instructions": ever_new("<?i@?><a/>"),
}


def spilled(home: Home, parts: Iterator[str]) -> str:
    path = home.path / "large.xml"
    with path.open("w") as file:
        file.writelines(parts)
    return str(path)


def test_memory_does_not_grow_with_the_file(home: Home) -> None:
    small = green(home, spilled(home, many_readings(500)))
    large = green(home, spilled(home, many_readings(50_000)))
    assert (small.code, large.code) == (0, 0)
    assert large.out.startswith("Service S1: 50000 readings; days ")
    assert large.memory - small.memory < 16 * MEGABYTE


@pytest.mark.parametrize("name", ATTACKS)
def test_memory_is_bounded_whatever_the_file(home: Home, name: str) -> None:
    usual = green(home, home.file(feed(reading(5)))).memory
    ended = green(home, spilled(home, ATTACKS[name](100 << 20)))
    assert (ended.code, "Traceback" in ended.err) == (2, False)
    assert "nothing was imported" in ended.err
    assert ended.memory - usual < 24 * MEGABYTE
