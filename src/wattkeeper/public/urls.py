"""The addresses anybody may open."""

from django.urls import path
from django.views.decorators.http import require_safe
from django.views.i18n import set_language

from wattkeeper.public import docs, receipts, views

app_name = "public"

urlpatterns = [
    path("", require_safe(views.home), name="home"),
    path("directory", require_safe(views.directory), name="directory"),
    path("register/<slug:slug>", require_safe(views.register), name="register"),
    path("docs", require_safe(docs.index), name="docs"),
    path("docs/quick-start", require_safe(docs.quick_start), name="quick_start"),
    path("docs/oauth", require_safe(docs.oauth), name="oauth"),
    path("docs/api", require_safe(docs.api), name="api"),
    path("docs/greenbutton", require_safe(docs.greenbutton), name="greenbutton"),
    path("docs/receipts", require_safe(receipts.page), name="receipts"),
    path("docs/utilities/<slug:slug>", require_safe(docs.utility), name="utility"),
    path("DataCustodian/thirdparty-demo", require_safe(views.thirdparty_demo), name="thirdparty_demo"),
    path(".well-known/consent-receipt-keys", require_safe(receipts.keys), name="receipt_keys"),
    path("robots.txt", require_safe(views.robots), name="robots"),
    path("favicon.ico", require_safe(views.favicon), name="favicon"),
    path("i18n/setlang", set_language, name="set_language"),
]
