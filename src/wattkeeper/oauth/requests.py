"""Django's requests as Authlib's core reads them: the query for authorize, the form body for token."""

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error, OAuth2Payload, OAuth2Request
from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParserError

from wattkeeper.authorizations.scope import Scope

LARGEST_BODY = 64 * 1024


class BodyTooLargeError(OAuth2Error):
    error = "invalid_request"
    status_code = 413


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
    """A request to one of the two endpoints: GET carries its parameters in the query, POST in the body alone."""

    payload: Payload
    asked: Scope
    """Of a valid authorization request: what is asked for."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request.method or "", settings.BASE_URL + request.path, headers=request.headers)
        self.http = request
        self.payload = Payload(request.GET if request.method == "GET" else _form(request))

    @property
    def form(self) -> dict[str, str]:
        return self.payload.data


def _form(request: HttpRequest) -> QueryDict:
    """The body, urlencoded or multipart. Raises OAuth2Error for one that is too large or cannot be read."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        raise BodyTooLargeError(f"The body is larger than {LARGEST_BODY} bytes.")
    try:
        return request.POST
    except (BadRequest, SuspiciousOperation, MultiPartParserError):
        raise InvalidRequestError("The body cannot be read as form data.") from None
