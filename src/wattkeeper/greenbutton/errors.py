"""Refusals: the one shape in which the Green Button API says no (the envelope both APIs share)."""

from django.conf import settings
from django.http import JsonResponse
from django.urls import reverse


class RefusedError(Exception):
    """A request that is not answered with data. `code` is for programs, `description` for people."""

    def __init__(self, status: int, code: str, description: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.code = code
        self.description = description
        self.headers = headers or {}

    def response(self) -> JsonResponse:
        docs = f"{settings.BASE_URL}{reverse('public:greenbutton')}#errors"
        body = {"error": self.code, "error_description": self.description, "url": docs}
        return JsonResponse(body, status=self.status, headers={"Cache-Control": "no-store", **self.headers})


def not_found() -> RefusedError:
    """The same answer whether a thing does not exist or may not be seen by the caller."""
    return RefusedError(404, "not_found", "There is no such resource, or this token may not see it.")


def invalid(name: str, description: str) -> RefusedError:
    return RefusedError(400, "invalid_param", f"{name} {description}")
