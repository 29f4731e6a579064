"""A Green Button batch of one home: 13 months of 15-minute readings with their bills (measure: 200 MB/s, 50 ms).
And one of 25 meters (measure: 100 MB/s, 40 MB of memory; gzip four times as fast as zlib's level 6 could be).

    make bench, or: python bench/espi_batch.py [months]

Builds a database of its own with simulated homes, then measures, in one run: the application alone (in this process,
one core), the real server over loopback, and nginx sending the same bytes as a static file, where nginx is found.
Figures are medians; the application's are of processor time too, which a busy machine disturbs less.
"""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from pathlib import Path

import django

RUNS = 15
METERS = 25
PORTS = {"granian": 8171, "nginx": 8172}
MB = 1_000_000
NGINX = """daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{}}
http {{
    access_log off; sendfile on; default_type application/atom+xml;
    client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    server {{ listen 127.0.0.1:{port}; location / {{ root {folder}; }} }}
}}
"""


@dataclass(frozen=True)
class Download:
    """Bytes of the body, seconds to its first byte and to its last, seconds of processor time of this thread."""

    size: int
    first: float
    total: float
    cpu: float = 0.0


@dataclass(frozen=True)
class Subject:
    """What is asked for: the path of the batch and the token that opens it."""

    path: str
    token: str


def main(months: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["WATTKEEPER_VAR"] = name
        os.environ |= dict.fromkeys(("WATTKEEPER_LIMIT_CLIENT", "WATTKEEPER_LIMIT_TOKEN"), "100000/second")
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wattkeeper.config.settings")
        django.setup()
        subject = build(months)
        import_module("wattkeeper.config.urls")  # which is loaded once
        growth = memory_growth(subject)
        body = b"".join(application(subject))
        print(
            f"body                              {len(body) / MB:8.2f} MB, {body.count(b'<IntervalReading>'):,} readings"
        )
        print(f"memory grown by the first request {growth / MB:8.2f} MB   (measure: under 20)")
        report("application, identity", repeat(lambda: timed(application(subject))))
        report("application, gzip", repeat(lambda: timed(application(subject, "gzip"))), len(body))
        large(months)
        with granian():
            ours = report("granian, identity", repeat(lambda: fetch(PORTS["granian"], subject)))
        (folder / "batch.xml").write_bytes(body)
        if shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"):
            with nginx(folder):
                static = report("nginx, static file", repeat(lambda: fetch(PORTS["nginx"], Subject("/batch.xml", ""))))
            print(f"granian to nginx                  {ours / static:8.2f}")
        else:
            print("nginx was not found: no ratio")


def large(months: int) -> None:
    """The figures of an authorization of many meters. It is too large to be kept, so each run packs it anew."""
    subject = share(months, METERS)
    growth = memory_growth(subject)
    plain, packed = timed(application(subject)), timed(application(subject, "gzip"))
    compressor, began = zlib.compressobj(6, zlib.DEFLATED, 31), 0.0
    for chunk in application(subject):
        started = time.thread_time()
        compressor.compress(chunk)
        began += time.thread_time() - started
    size, packing = plain.size, packed.cpu - plain.cpu
    print(f"{METERS} meters                         {size / MB:8.2f} MB, memory grown {growth / MB:.2f} MB")
    print(f"identity, processor               {size / plain.cpu / MB:8.0f} MB/s")
    print(f"gzip, processor                   {size / packed.cpu / MB:8.0f} MB/s, {packed.size / MB:.2f} MB sent")
    print(f"zlib's level 6 alone              {size / began / MB:8.0f} MB/s, takes {began / packing:.1f} times as long")


def build(months: int) -> Subject:
    """A simulated home of so many months, shared with a third party."""
    from django.core.management import call_command

    from wattkeeper.sandbox.epe import seed_epe

    call_command("migrate", verbosity=0)
    seed_epe()
    return share(months, 1)


def share(months: int, meters: int) -> Subject:
    """So many homes of one customer, shared with a third party."""
    import cast
    from wattkeeper.customers.models import CustomerAccount, Occupancy, Service
    from wattkeeper.sandbox.homes import ensure_home
    from wattkeeper.sandbox.loads import Kind

    customers = [
        ensure_home(cast.sandbox(), f"bench {meters} {number}", Kind.RESIDENTIAL, months)[0] for number in range(meters)
    ]
    homes = list(Service.objects.filter(occupancies__account__customer__in=customers).distinct())
    account = CustomerAccount.objects.get(customer=customers[0])
    Occupancy.objects.filter(service__in=homes).update(account=account)
    grant = cast.authorize(cast.third_party(f"Bench {meters}"), *homes)
    return Subject(f"/DataCustodian/espi/1_1/resource/Batch/Subscription/{grant.uid}", cast.access_token(grant))


def application(subject: Subject, coding: str = "identity") -> Iterator[bytes]:
    """The body as the WSGI application hands it to the server."""
    from wattkeeper.config.wsgi import application as wsgi

    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": subject.path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "wsgi.input": BytesIO(),
        "HTTP_HOST": "localhost",
        "HTTP_AUTHORIZATION": f"Bearer {subject.token}",
        "HTTP_ACCEPT_ENCODING": coding,
    }
    response = wsgi(environ, start_response)
    try:
        yield from response
    finally:
        response.close()


def start_response(status: str, headers: object, exc_info: object = None) -> Callable[[bytes], object]:
    assert status.startswith("200"), status
    return lambda written: None


def timed(body: Iterator[bytes]) -> Download:
    began, cpu_began = time.perf_counter(), time.thread_time()
    size = len(next(body))
    first = time.perf_counter() - began
    size += sum(len(chunk) for chunk in body)
    return Download(size, first, time.perf_counter() - began, time.thread_time() - cpu_began)


def memory_growth(subject: Subject) -> int:
    """Most bytes resident while a body is rendered, above what was resident before."""
    before = resident()
    return max(resident() for _ in application(subject)) - before


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def repeat(run: Callable[[], Download]) -> list[Download]:
    run()
    return [run() for _ in range(RUNS)]


def report(name: str, downloads: list[Download], size: int | None = None) -> float:
    """Prints the medians; returns bytes a second, of the body before compression if its size is given."""
    size = size or downloads[0].size
    first = statistics.median(download.first for download in downloads)
    total = statistics.median(download.total for download in downloads)
    cpu = statistics.median(download.cpu for download in downloads)
    line = f"{name:25} {size / total / MB:6.0f} MB/s, first byte {first * 1000:5.1f} ms, last {total * 1000:6.1f} ms"
    if cpu:
        line += f", processor {cpu * 1000:5.1f} ms = {size / cpu / MB:.0f} MB/s"
    if downloads[0].size < size:
        line += f", {downloads[0].size / MB:.2f} MB sent"
    print(line)
    return size / total


def fetch(port: int, subject: Subject) -> Download:
    """One request over a new connection, read as fast as a socket gives it."""
    request = (
        f"GET {subject.path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {subject.token}\r\n"
        "Accept-Encoding: identity\r\nConnection: close\r\n\r\n"
    )
    buffer = bytearray(1 << 20)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        began = time.perf_counter()
        connection.sendall(request.encode())
        size = connection.recv_into(buffer)
        first = time.perf_counter() - began
        assert buffer.startswith(b"HTTP/1.1 200"), bytes(buffer[:200])
        while received := connection.recv_into(buffer):
            size += received
        return Download(size, first, time.perf_counter() - began)


@contextmanager
def granian() -> Iterator[None]:
    command = [sys.executable, "-m", "wattkeeper", "serve", "--port", str(PORTS["granian"])]
    with serving(command, PORTS["granian"]):
        yield


@contextmanager
def nginx(folder: Path) -> Iterator[None]:
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=PORTS["nginx"]))
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"
    with serving([program, "-e", f"{folder}/error.log", "-c", str(config)], PORTS["nginx"]):
        yield


@contextmanager
def serving(command: list[str], port: int) -> Iterator[None]:
    """The server of a command, ended with the block, once it takes connections."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 13)
