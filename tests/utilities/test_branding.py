"""A tenant's accent can be read, whatever colour it is."""

from django.contrib.staticfiles import finders
from hypothesis import given
from hypothesis import strategies as st

from wattkeeper.utilities import branding

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_contrast_of_black_and_white_is_21() -> None:
    assert round(branding.contrast("#000000", "#ffffff"), 2) == 21


def test_a_known_pair_has_the_published_contrast() -> None:
    assert round(branding.contrast("#767676", "#ffffff"), 2) == 4.54


def test_an_accent_that_passes_stays_as_it_is() -> None:
    assert branding.accent_for_light("#1f5f8b") == "#1f5f8b"


@given(colours)
def test_any_accent_passes_on_every_surface(colour: str) -> None:
    light, dark = branding.accent_for_light(colour), branding.accent_for_dark(colour)
    for surface in (branding.LIGHT_PAPER, branding.LIGHT_RAISED, branding.WHITE):
        assert branding.contrast(light, surface) >= 4.5
    for surface in (branding.DARK_PAPER, branding.DARK_RAISED, branding.NEAR_BLACK):
        assert branding.contrast(dark, surface) >= 4.5


def test_the_surfaces_are_those_of_the_stylesheet() -> None:
    path = finders.find("wattkeeper.css")
    assert path is not None
    with open(path) as file:
        light, dark = file.read().split("@media (prefers-color-scheme: dark)")[:2]
    assert f"--paper: {branding.LIGHT_PAPER};" in light
    assert f"--raised: {branding.LIGHT_RAISED};" in light
    assert f"--paper: {branding.DARK_PAPER};" in dark
    assert f"--raised: {branding.DARK_RAISED};" in dark


def test_a_value_that_is_no_colour_never_reaches_the_page() -> None:
    assert branding.style("red}</style><script>") == branding.style(branding.DEFAULT_ACCENT)
