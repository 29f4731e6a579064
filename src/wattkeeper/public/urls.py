"""The addresses anybody may open."""

from django.urls import path
from django.views.i18n import set_language

from wattkeeper.public import docs, views

app_name = "public"

urlpatterns = [
    path("", views.home, name="home"),
    path("directory", views.directory, name="directory"),
    path("register/<slug:slug>", views.register, name="register"),
    path("docs", docs.index, name="docs"),
    path("docs/quick-start", docs.quick_start, name="quick_start"),
    path("docs/oauth", docs.oauth, name="oauth"),
    path("docs/api", docs.api, name="api"),
    path("docs/greenbutton", docs.greenbutton, name="greenbutton"),
    path("docs/utilities/<slug:slug>", docs.utility, name="utility"),
    path("DataCustodian/thirdparty-demo", views.thirdparty_demo, name="thirdparty_demo"),
    path("robots.txt", views.robots, name="robots"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("i18n/setlang", set_language, name="set_language"),
]
