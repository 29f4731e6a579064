"""nginx as docs/operate/nginx.conf says, on free ports, with a certificate of its own, in front of a running server."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from serving import PATIENCE, free_port
from wattkeeper.common import clock

SHIPPED = Path(__file__).parent.parent / "docs" / "operate" / "nginx.conf"
NAME = "localhost"
WRAPPER = """
daemon off; worker_processes 2; pid {folder}/pid; error_log {folder}/error.log; user root;
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include {folder}/wattkeeper.conf;
}}
"""


@dataclass(frozen=True)
class Proxy:
    """A running nginx: where it speaks TLS and plain HTTP, and the folder with its logs and `certificate.pem`."""

    port: int
    plain_port: int
    folder: Path

    @property
    def url(self) -> str:
        return f"https://{NAME}:{self.port}"

    @property
    def certificate(self) -> str:
        return str(self.folder / "certificate.pem")


@contextmanager
def proxied(program: str, server_port: int, port: int, folder: Path) -> Iterator[Proxy]:
    """nginx on `port`, before the server on `server_port`, until the block ends."""
    proxy = Proxy(port, free_port(), folder)
    make_certificate(folder)
    (folder / "wattkeeper.conf").write_text(shipped(proxy, server_port))
    (folder / "nginx.conf").write_text(WRAPPER.format(folder=folder))
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with (folder / "stderr").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_for(proxy, process)
        yield proxy
    finally:
        process.terminate()
        process.wait(timeout=30)


def shipped(proxy: Proxy, server_port: int) -> str:
    """The shipped file with what it tells operators to change, changed; and other ports and folders."""
    text = SHIPPED.read_text()
    for theirs, ours in (
        ("https://greenbutton.example.com$request_uri", f"{proxy.url}$request_uri"),
        ("greenbutton.example.com", NAME),
        ("listen 443", f"listen 127.0.0.1:{proxy.port}"),
        ("listen 80", f"listen 127.0.0.1:{proxy.plain_port}"),
        ("127.0.0.1:8000", f"127.0.0.1:{server_port}"),
        ("/etc/ssl/greenbutton/fullchain.pem", proxy.certificate),
        ("/etc/ssl/greenbutton/privkey.pem", str(proxy.folder / "key.pem")),
        ("/var/log/nginx", str(proxy.folder)),
        ("Host $host;", "Host $host:$server_port;"),
    ):
        assert theirs in text, theirs
        text = text.replace(theirs, ours)
    return text


def make_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(clock.system_time() - timedelta(days=1))
        .not_valid_after(clock.system_time() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def wait_for(proxy: Proxy, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            requests.get(f"{proxy.url}/healthz", verify=proxy.certificate, timeout=10)
        except requests.RequestException:  # a busy machine takes its time
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"nginx did not start:\n{(proxy.folder / 'stderr').read_text()}")
