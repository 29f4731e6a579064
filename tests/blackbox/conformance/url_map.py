"""Run by itself, in a process of its own: prints every address pattern of the product as a JSON list."""

import json
import re
import sys
from collections.abc import Iterator

import django
from django.urls import URLPattern, URLResolver, get_resolver


def patterns(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for found in resolver.url_patterns:
        if isinstance(found, URLResolver):
            yield from patterns(found, before + str(found.pattern))
        elif isinstance(found, URLPattern):
            yield before + plain(str(found.pattern))


def plain(pattern: str) -> str:
    """A regular expression as a path pattern is written, without the slash that may stand at the end."""
    named = re.sub(r"\(\?P<(\w+)>[^()]*\)", r"<\1>", pattern.removeprefix("^").removesuffix("$").replace("\\.", "."))
    return named.removesuffix("/?").removesuffix("/")


if __name__ == "__main__":
    django.setup()
    json.dump(sorted(set(patterns(get_resolver()))), sys.stdout)
