"""Dates and moments as others write them in ISO 8601."""

import re
from datetime import date, datetime

DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# A plus sign that was not percent-encoded arrives as a space.
MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(Z|[+\- ]\d{2}:\d{2})", re.ASCII)


def read(text: str) -> date | datetime | None:
    """A date, or a moment with its offset; None if it is neither (a time without an offset is neither)."""
    try:
        if DATE.fullmatch(text):
            return date.fromisoformat(text)
        if found := MOMENT.fullmatch(text):
            return datetime.fromisoformat(found[1] + found[2].replace(" ", "+").replace("Z", "+00:00"))
    except ValueError:
        return None
    return None
