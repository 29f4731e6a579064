"""The plain part of a mail, from its HTML part: so the two never say different things."""

import textwrap
from collections.abc import Iterator

import lxml.html

WIDTH = 72


def plain(html: str) -> str:
    """Headings, paragraphs, lists and facts as text of 72 columns; a link is followed by its address."""
    body = lxml.html.document_fromstring(html).find("body")
    return "\n\n".join(_blocks(body)) + "\n"


def words(element: lxml.html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def _blocks(element: lxml.html.HtmlElement) -> Iterator[str]:
    for child in element:
        if child.tag in {"ul", "ol"}:
            yield "\n".join(_wrapped(_said(item), "- ", "  ") for item in child)
        elif child.tag == "dl":
            yield "\n".join(_wrapped(f"{words(fact[0])}: {_said(fact[1])}", "", "  ") for fact in child)
        elif child.tag == "h1":
            yield _wrapped(words(child)) + "\n" + "=" * min(len(words(child)), WIDTH)
        elif child.tag == "p":
            yield _said(child) if child.find("a[@class='button']") is not None else _wrapped(_said(child))
        else:
            yield from _blocks(child)


def _said(element: lxml.html.HtmlElement) -> str:
    """The text of an element; <br> and items of a list inside it become commas, a button its address on a line."""
    parts = [element.text or ""]
    for child in element:
        address = child.get("href", "")
        if child.tag == "br":
            parts.append(", ")
        elif child.get("class") == "button":
            return f"{words(child)}:\n{address}"
        elif child.tag == "ul":
            parts.append("; ".join(words(item) for item in child))
        elif child.tag == "a" and address.startswith("http") and address != words(child):
            parts.append(f"{words(child)} ({address})")
        else:
            parts.append(words(child))
        parts.append(child.tail or "")
    return " ".join("".join(parts).split()).replace(" ,", ",")


def _wrapped(text: str, first: str = "", later: str = "") -> str:
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=later,
        break_long_words=False,
        break_on_hyphens=False,
    )
