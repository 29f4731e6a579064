"""What may stand in the name of a file, on every system and in a header field."""

import re


def part(text: str) -> str:
    """A part of a name: what could divide it, or end it, becomes a hyphen: `PG&E` is `PG-E`."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", text).strip(".-") or "unnamed"
