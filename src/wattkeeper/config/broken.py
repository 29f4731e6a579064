"""What is answered when code of ours fails: a page, or JSON to programs, with a case number that the log has too."""

import sys

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse

from wattkeeper.common import cases
from wattkeeper.config import gate


def answer(request: HttpRequest) -> HttpResponse:
    """The handler of status 500; Django logs the failure after it. The page needs no database: that may have failed."""
    case = cases.note(sys.exc_info()[1])
    if not gate.is_for_programs(request):
        return HttpResponse(render_to_string("500.html", {"case": case}), status=500)
    described = f"Something went wrong on our side. It has been recorded under the case number {case}."
    docs = settings.BASE_URL + reverse("public:docs")
    return JsonResponse({"error": "server_error", "error_description": described, "url": docs}, status=500)
