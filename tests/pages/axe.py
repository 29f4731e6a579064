"""axe-core in the browser: what a machine can find of WCAG 2.2 AA, and of good practice."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

SOURCE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OF_LOOKS = ["color-contrast", "target-size", "link-in-text-block"]
"""What depends on width and colours alone."""
RUN = """async ([tags, rules]) => {
  const only = rules.length ? {type: 'rule', values: rules} : {type: 'tag', values: tags};
  const found = await axe.run(document, {
    runOnly: only, resultTypes: ['violations'], iframes: false,
    ...(rules.length ? {} : {rules: {'target-size': {enabled: true}}}),
  });
  return found.violations.flatMap(({id, nodes}) => nodes.map(({html}) => `${id}: ${html.slice(0, 160)}`));
}"""


def violations(page: Page) -> list[str]:
    """Of the page as it stands: wide and narrow, light and dark. Each says where it was seen."""
    page.evaluate(_source())
    found = []
    for width, scheme, rules in (
        (1280, "light", []),
        (1280, "dark", OF_LOOKS),
        (320, "light", OF_LOOKS),
        (320, "dark", []),
    ):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        seen: Any = page.evaluate(RUN, [TAGS, rules])
        found += [f"{width} {scheme} {violation}" for violation in seen]
    return found


@cache
def _source() -> str:
    return SOURCE.read_text()
