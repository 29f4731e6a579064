"""The addresses anybody may open."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path
from django.views.decorators.http import require_safe
from django.views.i18n import set_language

from wattkeeper.common.pages import branded
from wattkeeper.public import docs, receipts, reference, site, views

app_name = "public"


def both(name: str, view: Callable[..., Any], url_name: str = "") -> list[URLPattern]:
    """A page of a utility, where it is at hand and under the utility's own part of addresses."""
    routes = [name, f"utilities/<slug:slug>/{name}".rstrip("/")]
    return [path(route, require_safe(view), name=url_name or name.replace("-", "_")) for route in routes]


urlpatterns = [
    *both("", views.home, "home"),
    *both("how-it-works", site.how_it_works),
    *both("directory", site.directory),
    *both("help", site.help_),
    *both("contact", site.contact),
    *both("terms", site.terms),
    *both("privacy", site.privacy),
    path("utilities/<slug:slug>/terms/<int:version>", require_safe(site.terms), name="terms"),
    path("utilities/<slug:slug>/privacy/<int:version>", require_safe(site.privacy), name="privacy"),
    path("utilities/<slug:slug>/logo/<str:name>", require_safe(site.logo), name="logo"),
    path("register/<slug:slug>", require_safe(views.register), name="register"),
    path("docs", require_safe(docs.index), name="docs"),
    path("docs/quick-start", require_safe(docs.quick_start), name="quick_start"),
    path("docs/oauth", require_safe(docs.oauth), name="oauth"),
    path("docs/api", require_safe(docs.api), name="api"),
    path("docs/api/errors", require_safe(reference.errors), name="api_errors"),
    path("docs/api/postman.json", require_safe(reference.postman_collection), name="postman"),
    path("docs/api/<slug:group>", require_safe(reference.group), name="api_group"),
    path("llms.txt", require_safe(reference.llms_txt), name="llms_txt"),
    path("docs/greenbutton", require_safe(docs.greenbutton), name="greenbutton"),
    path("docs/receipts", require_safe(receipts.page), name="receipts"),
    path("docs/utilities/<slug:slug>", require_safe(docs.utility), name="utility"),
    path("DataCustodian/thirdparty-demo", require_safe(views.thirdparty_demo), name="thirdparty_demo"),
    path(".well-known/consent-receipt-keys", require_safe(receipts.keys), name="receipt_keys"),
    path("robots.txt", branded(require_safe(views.robots)), name="robots"),
    path("favicon.ico", branded(require_safe(views.favicon)), name="favicon"),
    path("i18n/setlang", branded(set_language), name="set_language"),
]
