from django.urls import path
from django.views.i18n import set_language

from wattkeeper.demo import views

urlpatterns = [
    path("", views.start, name="start"),
    path("callback", views.callback, name="callback"),
    path("data", views.data, name="data"),
    path("refresh", views.refresh, name="refresh"),
    path("forget", views.forget, name="forget"),
    path("language", set_language, name="language"),
    path("readyz", views.ready, name="ready"),
]
handler400 = "wattkeeper.demo.views.bad_request"
handler404 = "wattkeeper.demo.views.not_found"
handler500 = "wattkeeper.demo.views.fault"
