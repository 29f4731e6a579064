"""The stylesheet's colours can be read, in light and in dark (WCAG 2.2: text 4.5:1, edges and icons 3:1)."""

import re

import pytest
from django.contrib.staticfiles import finders

from wattkeeper.utilities.branding import contrast

TEXTS = ("ink", "muted", "accent", "good", "warn", "bad", "info")


def schemes() -> dict[str, dict[str, str]]:
    path = finders.find("wattkeeper.css")
    assert path is not None
    with open(path) as file:
        light, dark = file.read().split("@media (prefers-color-scheme: dark)")[:2]
    first = tokens(light)
    return {"light": first, "dark": first | tokens(dark[: dark.index("}")])}


def tokens(text: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", text))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_on_every_surface(scheme: str) -> None:
    colour = schemes()[scheme]
    for surface in ("paper", "raised"):
        for name in TEXTS:
            assert contrast(colour[name], colour[surface]) >= 4.5, (name, surface)
    assert contrast(colour["on-accent"], colour["accent"]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_edges_and_focus_can_be_seen(scheme: str) -> None:
    colour = schemes()[scheme]
    for surface in ("paper", "raised"):
        assert contrast(colour["edge"], colour[surface]) >= 3
        assert contrast(colour["focus-ink"], colour[surface]) >= 3


def test_the_sandbox_band_can_be_read() -> None:
    colour = schemes()["light"]
    assert min(contrast(colour["stripe-ink"], colour[stripe]) for stripe in ("stripe-a", "stripe-b")) >= 4.5
