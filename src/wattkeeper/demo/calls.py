"""Writes down every HTTP call this website makes, so that a developer can read what was said. Secrets are masked here,
before anything is kept."""

import json
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from requests import PreparedRequest, RequestException, Response
from requests.adapters import HTTPAdapter

SHOWN_BYTES = 4000
MASK = "••••••"
SHORTENED = "access_token|refresh_token|code|code_verifier"


@dataclass
class Call:
    """One request and its answer. `body` is the answer's beginning, `size` all of its bytes; times in milliseconds."""

    method: str
    url: str
    request_headers: list[tuple[str, str]]
    request_body: str
    status: int = 0
    reason: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str = ""
    size: int = 0
    first_byte: float = 0
    total: float = 0
    failure: str = ""

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def readable(self) -> str:
        """The body; JSON that is whole, in lines."""
        try:
            return json.dumps(json.loads(self.body), indent=2, ensure_ascii=False)
        except ValueError:
            return self.body

    @property
    def is_cut(self) -> bool:
        return self.size > SHOWN_BYTES


class Recorder(HTTPAdapter):
    """A requests transport that notes what passes through it in `calls`, in order."""

    def __init__(self) -> None:
        super().__init__(max_retries=0)
        self.calls: list[Call] = []

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        call = Call(
            request.method or "",
            request.url or "",
            _masked_headers(request.headers),
            mask(_as_text(request.body)),
        )
        self.calls.append(call)
        started = perf_counter()
        try:
            response = super().send(request, *args, **options)
        except RequestException as problem:
            call.failure, call.total = type(problem).__name__, _since(started)
            raise
        call.status, call.reason = response.status_code, response.reason or ""
        call.headers = _masked_headers(response.headers)
        call.first_byte = call.total = _since(started)
        response.raw = _Tee(response.raw, call, started)
        return response


class _Tee:
    """Stands where the raw body stands; what is read through it is counted, and its beginning kept."""

    def __init__(self, raw: Any, call: Call, started: float) -> None:
        self._raw, self._call, self._started = raw, call, started
        self._shown = b""

    def stream(self, amount: int, decode_content: bool | None = None) -> Iterator[bytes]:
        for chunk in self._raw.stream(amount, decode_content=decode_content):
            self._call.size += len(chunk)
            if len(self._shown) < SHOWN_BYTES:
                self._shown += chunk[: SHOWN_BYTES - len(self._shown)]
                self._call.body = mask(self._shown.decode("utf-8", "replace"))
            self._call.total = _since(self._started)
            yield chunk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)


def shortened(secret: str) -> str:
    """Enough of a token to tell two apart."""
    return f"{secret[:6]}…" if len(secret) > 12 else MASK


def mask(text: str) -> str:
    """Tokens, codes and their verifiers in a JSON or form body, shortened; a client secret not at all."""
    text = re.sub(r'("client_secret"\s*:\s*")[^"]*', rf"\g<1>{MASK}", text)
    text = re.sub(r"(\bclient_secret=)[^&\s]*", rf"\g<1>{MASK}", text)
    return re.sub(
        rf'("(?:{SHORTENED})"\s*:\s*"|\b(?:{SHORTENED})=)([^"&\s]+)',
        lambda found: found[1] + shortened(found[2]),
        text,
    )


def _masked_headers(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(name, _masked_header(name, _as_text(value))) for name, value in headers.items()]


def _masked_header(name: str, value: str) -> str:
    if name.lower() in {"set-cookie", "cookie"}:
        return MASK
    if name.lower() != "authorization":
        return value
    scheme, _, credentials = value.partition(" ")
    if scheme.lower() == "basic":
        client_id = b64decode(credentials).decode("utf-8", "replace").partition(":")[0]
        return f"Basic base64({client_id}:{MASK})"
    return f"{scheme} {shortened(credentials)}"


def _as_text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")


def _since(started: float) -> float:
    return (perf_counter() - started) * 1000
