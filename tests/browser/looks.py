"""What every page must hold in a browser: names, headings, targets, no sideways scrolling (WCAG 2.2 AA, by hand)."""

from playwright.sync_api import Locator, Page

FAULTS = """() => {
  const faults = [];
  const all = (selector) => [...document.querySelectorAll(selector)].filter((found) => found.checkVisibility());
  const name = (found) => (found.getAttribute('aria-label') || found.textContent).trim();
  const says = (found) => found.outerHTML.slice(0, 120);
  const root = document.documentElement;
  if (!root.lang) faults.push('no language');
  if (!document.title.trim()) faults.push('no title');
  if (root.scrollWidth > root.clientWidth) faults.push(`scrolls sideways: ${root.scrollWidth} in ${root.clientWidth}`);
  if (all('h1').length !== 1) faults.push(`${all('h1').length} first headings`);
  if (all('main').length !== 1) faults.push('not one main part');
  const levels = all('main h1, main h2, main h3').map((found) => +found.tagName[1]);
  levels.slice(levels.indexOf(1)).reduce((last, level) => {
    if (level > last + 1) faults.push(`a heading of level ${level} after ${last}`);
    return level;
  }, 0);
  const ids = all('[id]').map((found) => found.id);
  ids.filter((id, at) => ids.indexOf(id) !== at).forEach((id) => faults.push(`id ${id} twice`));
  for (const attribute of ['aria-describedby', 'aria-labelledby'])
    for (const found of all(`[${attribute}]`))
      for (const id of found.getAttribute(attribute).split(' '))
        if (!document.getElementById(id)) faults.push(`${id} is named but not there`);
  for (const field of all('input:not([type=hidden]), select, textarea'))
    if (![...field.labels].some(name) && !field.ariaLabel) faults.push(`no label: ${says(field)}`);
  for (const found of all('a, button, summary')) if (!name(found)) faults.push(`no name: ${says(found)}`);
  for (const found of all('img:not([alt]), svg:not([aria-hidden], [aria-label])'))
    faults.push(`no text: ${says(found)}`);
  for (const field of all('fieldset')) if (!field.querySelector('legend')) faults.push(`no legend: ${says(field)}`);
  const least = document.body.classList.contains('customer') ? 44 : 24;
  const targets = 'button, .button, summary, label.choice, input:not([type=hidden], [type=checkbox], [type=radio])';
  for (const found of all(targets))
    if (found.getBoundingClientRect().height < least - 0.1) faults.push(`a small target: ${says(found)}`);
  return faults;
}"""


def follow(page: Page, way: Locator) -> None:
    """Clicks what leads to another page and waits until that is there: until then the old one would be looked at."""
    with page.expect_navigation():
        way.click()


def faults(page: Page) -> list[str]:
    found: list[str] = page.evaluate(FAULTS)
    return found
