"""Django's requests as Authlib's core reads them: the query for authorize, the form body for every other endpoint.

What is too long is refused by its length alone, before anything of it is read.
"""

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error, OAuth2Payload, OAuth2Request
from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParserError

from wattkeeper.authorizations.scope import Scope

LARGEST_BODY = 64 * 1024
LONGEST_QUERY = 8 * 1024
LONGEST_COOKIES = 16 * 1024
SECRETS = frozenset({"client_secret", "client_assertion", "code", "refresh_token", "token", "code_verifier"})


class TooLargeError(OAuth2Error):
    error = "invalid_request"
    status_code = 413


class TooLongError(OAuth2Error):
    error = "invalid_request"
    status_code = 414


class Payload(OAuth2Payload):
    """Parameters; one sent without a value counts as not sent (RFC 6749 section 3.1)."""

    def __init__(self, parameters: QueryDict) -> None:
        self._values = {name: [str(value) for value in values] for name, values in parameters.lists()}

    @property
    def data(self) -> dict[str, str]:
        return {name: values[-1] for name, values in self._values.items() if values[-1]}

    @property
    def datalist(self) -> dict[str, list[str]]:
        return self._values


class Request(OAuth2Request):
    """A request to an endpoint: GET carries its parameters in the query, POST in the body alone.

    Raises OAuth2Error for one that is too long, cannot be read, or has a parameter twice (RFC 6749 section 3.1).
    """

    payload: Payload
    asked: Scope
    """Of a valid authorization request: what is asked for."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request.method or "", settings.BASE_URL + request.path, headers=request.headers)
        self.http = request
        _check_lengths(request)
        try:
            self.payload = Payload(request.GET if request.method == "GET" else _form(request))
        except (BadRequest, SuspiciousOperation, MultiPartParserError):
            raise InvalidRequestError("The request cannot be read as form data.") from None
        if any(len(values) > 1 for values in self.payload.datalist.values()):
            raise InvalidRequestError("A parameter stands twice in the request.")

    @property
    def form(self) -> dict[str, str]:
        return self.payload.data


def _check_lengths(request: HttpRequest) -> None:
    if len(request.META.get("QUERY_STRING", "")) > LONGEST_QUERY:
        raise TooLongError(f"The query is longer than {LONGEST_QUERY} bytes.")
    if len(request.META.get("HTTP_COOKIE", "")) > LONGEST_COOKIES:
        raise InvalidRequestError(f"The cookies are longer than {LONGEST_COOKIES} bytes.")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > LARGEST_BODY:
        raise TooLargeError(f"The body is larger than {LARGEST_BODY} bytes.")


def _form(request: HttpRequest) -> QueryDict:
    """The body, urlencoded or multipart. A secret in the address is refused, as the address stands in logs
    (RFC 6749 section 2.3.1); other parameters there are not read."""
    if SECRETS & request.GET.keys():
        raise InvalidRequestError("Secrets belong in the body or in the Authorization header, not in the address.")
    return request.POST
