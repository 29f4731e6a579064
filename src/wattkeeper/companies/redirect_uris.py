"""Where a client may have the browser sent back to: what can be registered, what a registered address matches, and the
answer it takes along."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qs, quote, urlencode, urlsplit

LONGEST = 2000
MOST = 20
OUR_PARAMETERS = frozenset({"code", "state", "iss", "error", "error_description", "error_uri", "response", "referral"})
URI_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()+,;=%]+")
HOST = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*")
LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::[1-9][0-9]{0,4})?((?:[/?][^#]*)?)")
"""RFC 8252 section 7.3: the address literals, never a name. Groups: what stands before the port, and after it."""


class RedirectUriError(ValueError):
    """An address that cannot be registered; `message` says why, to a developer, in English."""

    def __init__(self, uri: str, problem: str) -> None:
        self.message = f"The redirect URI {uri[:200]!r} {problem}."
        super().__init__(self.message)


def check_all(uris: Iterable[str]) -> list[str]:
    """The addresses, each once, in their order. Raises RedirectUriError for the first that cannot be registered."""
    found = list(dict.fromkeys(uris))
    for uri in found:
        check(uri)
    if len(found) > MOST:
        raise RedirectUriError(found[MOST], f"is one too many: a registration has at most {MOST}")
    return found


def check(uri: str) -> None:
    """Raises RedirectUriError unless it is absolute and https, or http to this same machine (RFC 6749 section 3.1.2,
    RFC 9700 section 2.1, RFC 8252 section 7.3)."""
    if len(uri) > LONGEST:
        raise RedirectUriError(uri, f"is longer than {LONGEST} characters")
    if not URI_CHARACTERS.fullmatch(uri):
        raise RedirectUriError(uri, "holds a fragment, a wildcard, or a character that an address cannot have")
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        raise RedirectUriError(uri, "is not an address") from None
    if not uri.startswith(("https://", "http://")):
        raise RedirectUriError(uri, "must begin with https:// (or http:// to this same machine)")
    if "@" in parts.netloc:
        raise RedirectUriError(uri, "holds a user name or password")
    if port == 0 or parts.netloc.endswith(":"):
        raise RedirectUriError(uri, "has a port that no server has")
    if not LOOPBACK.fullmatch(uri):
        _check_host(uri, parts.netloc.partition(":")[0], parts.scheme)
    if taken := OUR_PARAMETERS & parse_qs(parts.query, keep_blank_values=True).keys():
        raise RedirectUriError(uri, f"has the parameter {min(taken)!r}, which the answer sets")


def _check_host(uri: str, host: str, scheme: str) -> None:
    """`localhost` may do without TLS as well, for trying things out; its port is as fixed as any other's."""
    if not HOST.fullmatch(host):
        raise RedirectUriError(uri, "needs a host name in lower case")
    if scheme == "http" and host != "localhost":
        raise RedirectUriError(uri, "must begin with https:// (or http:// to this same machine)")


def is_registered(offered: str, registered: Iterable[str]) -> bool:
    """Compared as strings, character by character (RFC 9700 section 2.1); of a loopback address all but the port,
    which an app on the customer's machine gets from its system at each start (RFC 8252 section 7.3)."""
    if offered in registered:
        return True
    wanted = LOOPBACK.fullmatch(offered)
    known = map(LOOPBACK.fullmatch, registered) if wanted else ()
    return any(found is not None and wanted is not None and found.groups() == wanted.groups() for found in known)


def answered(uri: str, answer: Mapping[str, str]) -> str:
    """The address with an answer appended to what it has in its query (RFC 6749 section 4.1.2)."""
    separator = "&" if "?" in uri else "?"
    return f"{uri}{separator}{urlencode(answer, quote_via=quote, safe='')}"
