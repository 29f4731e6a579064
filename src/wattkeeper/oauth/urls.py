"""Addresses of the authorization server. Each answers with and without a slash at the end."""

from django.urls import path, re_path

from wattkeeper.oauth import views

app_name = "oauth"

urlpatterns = [
    re_path(r"^DataCustodian/(?P<slug>[A-Za-z0-9_-]+)/oauth/authorize/?$", views.authorize, name="authorize"),
    re_path(r"^DataCustodian/(?P<slug>[A-Za-z0-9_-]+)/oauth/token/?$", views.token, name="token"),
    path("oauth/continue/<uuid:uid>", views.resume, name="continue"),
]
