from django.urls import path
from django.views.i18n import set_language

from wattkeeper.demo_provider import views

urlpatterns = [
    path("", views.start, name="start"),
    path("sign-out", views.sign_out, name="sign_out"),
    path("language", set_language, name="language"),
    path("readyz", views.ready, name="ready"),
    path(".well-known/openid-configuration", views.discovery, name="discovery"),
    path("jwks", views.jwks, name="jwks"),
    path("authorize", views.authorize, name="authorize"),
    path("token", views.token, name="token"),
    path("userinfo", views.userinfo, name="userinfo"),
]
handler400 = "wattkeeper.demo_provider.views.bad_request"
handler404 = "wattkeeper.demo_provider.views.not_found"
