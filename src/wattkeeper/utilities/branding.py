"""A tenant's one accent colour, changed in lightness until it can be read (WCAG 2.2, success criterion 1.4.3)."""

import colorsys
import re

CONTRAST = 4.5
LIGHT_PAPER, LIGHT_RAISED = "#fcfcfa", "#f2f4f1"
DARK_PAPER, DARK_RAISED = "#121719", "#1b2225"
WHITE, NEAR_BLACK = "#ffffff", "#0c1416"
DEFAULT_ACCENT = "#0b5d66"

STEP = 0.01


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` as WCAG defines it, 0 to 1."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def accent_for_light(accent: str) -> str:
    """The accent, darkened until text in it passes on the light paper, the raised surface and under white."""
    return _shifted(accent, -STEP, (LIGHT_PAPER, LIGHT_RAISED, WHITE))


def accent_for_dark(accent: str) -> str:
    """The accent, lightened until text in it passes on the dark paper, the raised surface and under near-black."""
    return _shifted(accent, STEP, (DARK_PAPER, DARK_RAISED, NEAR_BLACK))


def style(accent: str) -> str:
    """The tokens of a tenant's accent as CSS. A value that is no colour gives the platform's own accent."""
    if not re.fullmatch("#[0-9a-fA-F]{6}", accent):
        accent = DEFAULT_ACCENT
    return (
        f":root{{--accent:{accent_for_light(accent)};--on-accent:{WHITE}}}"
        f"@media(prefers-color-scheme:dark){{:root{{--accent:{accent_for_dark(accent)};--on-accent:{NEAR_BLACK}}}}}"
    )


def _shifted(colour: str, step: float, surfaces: tuple[str, ...]) -> str:
    hue, lightness, saturation = colorsys.rgb_to_hls(*_parts(colour))
    while any(contrast(colour, surface) < CONTRAST for surface in surfaces):
        lightness = min(max(lightness + step, 0.0), 1.0)
        colour = "#" + "".join(f"{round(part * 255):02x}" for part in colorsys.hls_to_rgb(hue, lightness, saturation))
    return colour


def _parts(colour: str) -> tuple[float, float, float]:
    return int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255
