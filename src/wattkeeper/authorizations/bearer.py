"""Bearer tokens in a request (RFC 6750): how one is read from the header, and how both APIs say that they want one."""

import re

from django.conf import settings

BEARER = re.compile(r"bearer +([\x21-\x2b\x2d-\x7e]{1,512}) *", re.IGNORECASE)


class MalformedError(ValueError):
    """A header that means to carry a bearer token and does not carry just one (section 3.1: 400 `invalid_request`)."""


def token_in(header: str) -> str | None:
    """The token in an Authorization header; None where there is none, or a scheme that is not ours."""
    if header.partition(" ")[0].lower() != "bearer":
        return None
    if (found := BEARER.fullmatch(header)) is None:
        raise MalformedError("Send one token, as `Authorization: Bearer <token>`.")
    return found[1]


def challenge(resource: str, error: str = "") -> dict[str, str]:
    """The header of a refusal (section 3). It names the metadata of the resource, given by its path (RFC 9728 section
    5.1), and the error, unless no token was presented."""
    metadata = f"{settings.BASE_URL}/.well-known/oauth-protected-resource/{resource}"
    said = [f'realm="{settings.BASE_URL}/{resource}"', f'resource_metadata="{metadata}"']
    if error:
        said.append(f'error="{error}"')
    return {"WWW-Authenticate": f"Bearer {', '.join(said)}"}
