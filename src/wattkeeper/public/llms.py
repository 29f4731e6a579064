"""`/llms.txt`: these docs for language models, in the form of llmstxt.org: a title, a summary, lists of links."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from wattkeeper.api import document
from wattkeeper.api.calls import GROUPS
from wattkeeper.public import docs
from wattkeeper.utilities.models import Utility

SUMMARY = (
    "A Green Button Connect My Data platform: customers of a utility share meter readings, bills and account details "
    "with third parties they choose. OAuth 2.0 for consent, then a JSON API and the Green Button (ESPI) API."
)
RULES = (
    "Send `Authorization: Bearer <token>`. Errors are JSON with `error`, `error_description` and `url`, which leads to "
    "the parameter or kind of error in the reference. Beyond a limit the answer is 429 with `Retry-After`. "
    "Lists have at most 1000 items; `next` is the address of the following page. Test accounts are published in each "
    "utility's capabilities, so everything can be tried without a real customer."
)


def text(made: dict[str, Any]) -> str:
    """In English, whatever the language of whoever asks."""
    with translation.override("en"):
        pages = [_link(title, reverse(name), line) for _, name, title, line in docs.contents()]
    utilities = [
        _link(one.name, f"/api/v2/utilities/{one.slug}", f"what {one.code} offers: data, scopes, limits, test accounts")
        for one in Utility.objects.order_by("name")
    ]
    groups = [
        _link(group.title, reverse("public:api_group", args=[tag]), f"{group.description} {_calls(made, tag)}")
        for tag, group in GROUPS.items()
    ]
    errors = _link("Errors", reverse("public:api_errors"), "Every kind of error, what it means and what to do.")
    files = [
        _link("OpenAPI 3.1", "/api/v2/openapi.json", "The whole JSON API for programs, with examples."),
        _link("Postman collection", reverse("public:postman"), "Import it and set `api_token`."),
    ]
    parts = ["# Wattkeeper", f"> {SUMMARY}", RULES]
    for title, links in (
        ("Utilities", utilities), ("Docs", pages), ("JSON API reference", [*groups, errors]), ("Optional", files),
    ):  # fmt: skip
        if links:
            parts.append(f"## {title}\n\n" + "\n".join(links))
    return "\n\n".join(parts) + "\n"


def _calls(made: dict[str, Any], tag: str) -> str:
    calls = [f"{method.upper()} {path}" for path, method, one in document.operations(made) if tag in one["tags"]]
    return ", ".join(f"`{call}`" for call in calls)


def _link(title: str, address: str, line: str) -> str:
    return f"- [{title}]({settings.BASE_URL}{address}): {line}"
