"""Addresses of the authorization server. Each answers with and without a slash at the end."""

from django.urls import URLPattern, path, re_path

from wattkeeper.oauth import views
from wattkeeper.oauth.rfc9728_resource_metadata import RESOURCES

app_name = "oauth"

ISSUER = r"DataCustodian/(?P<slug>[A-Za-z0-9_-]+)"
ENDPOINTS = {
    "authorize": views.authorize,
    "token": views.token,
    "revoke": views.revoke,
    "introspect": views.introspect,
    "par": views.push,
}

urlpatterns: list[URLPattern] = [
    *(re_path(rf"^{ISSUER}/oauth/{name}/?$", view, name=name) for name, view in ENDPOINTS.items()),
    re_path(rf"^\.well-known/oauth-authorization-server/{ISSUER}$", views.metadata, name="metadata"),
    re_path(rf"^{ISSUER}/\.well-known/oauth-authorization-server$", views.metadata, name="metadata-suffixed"),
    *(
        path(f".well-known/oauth-protected-resource/{resource}", views.resource_metadata, {"path": resource})
        for resource in RESOURCES
    ),
    path("oauth/continue/<uuid:uid>", views.resume, name="continue"),
]
