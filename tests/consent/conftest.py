"""A page in Spanish leaves its language to nobody."""

from collections.abc import Iterator

import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Django keeps a request's language in the thread after it; here it ends with the test."""
    with translation.override("en"):
        yield
