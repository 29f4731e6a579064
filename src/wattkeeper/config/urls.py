"""Which room answers which address (design: URL map)."""

from django.urls import URLPattern, URLResolver, include, path

from wattkeeper.config import health

ROOMS = ("oauth", "api", "greenbutton", "consent", "mydata", "public", "sandbox")

handler500 = "wattkeeper.config.broken.answer"

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    *(path("", include(f"wattkeeper.{room}.urls")) for room in ROOMS),
]
