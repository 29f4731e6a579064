"""Which words on a page are not in the page's language."""

import re
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from django.conf import settings
from playwright.sync_api import Page

CATALOGUE = Path(settings.PACKAGE) / "locale/es/LC_MESSAGES/django.po"
TYPICAL = {
    "en": "the of and to your you is with for from not this that are it its can what when who",
    "es": "el la los las del que su sus con para por una un usted se es en al lo cuando quien",
}
TEXTS = """() => {
  const own = document.documentElement.lang;
  const texts = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const around = node.parentElement;
    if (around.closest('code, pre, script, style, noscript')) continue;
    if (around.closest('[lang]').lang === own) texts.push(node.textContent);
  }
  for (const found of document.querySelectorAll('[aria-label], [alt], [placeholder], [data-label]'))
    if (found.closest('[lang]').lang === own)
      texts.push(...['aria-label', 'alt', 'placeholder', 'data-label'].map((name) => found.getAttribute(name) || ''));
  return texts.map((text) => text.replace(/\\s+/g, ' ').trim()).filter(Boolean);
}"""


def strangers(page: Page, language: str) -> list[str]:
    """Texts in the other language: by the catalogue, or by more than one word that only that language has."""
    other = {"en": "es", "es": "en"}[language]
    texts: list[str] = page.evaluate(TEXTS)
    return sorted({text for text in texts if text in _only_in(other) or _reads_like(other, language, text)})


def _reads_like(other: str, language: str, text: str) -> bool:
    words = re.findall(r"\w+", text.replace("El Paso", "").lower())
    theirs, ours = (sum(word in TYPICAL[one].split() for word in words) for one in (other, language))
    return theirs > 1 and theirs > ours


@cache
def _only_in(language: str) -> frozenset[str]:
    """Whole texts that stand in the catalogue in one language alone."""
    with CATALOGUE.open("rb") as file:
        pairs = [(str(message.id), str(message.string)) for message in read_po(file, "es") if message.id]
    english, spanish = ({pair[side] for pair in pairs} for side in (0, 1))
    return frozenset(english - spanish if language == "en" else spanish - english)
