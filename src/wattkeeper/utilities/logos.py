"""A tenant's logo: a small picture, served from here under a name that changes with it."""

import hashlib

from django.db import transaction

from wattkeeper.utilities.models import Logo, Utility

LARGEST = 16 * 1024
"""Bytes. It is on every page, and a page has 60 KB in all."""
BEGINNINGS = {
    b"\x89PNG\r\n\x1a\n": ("image/png", "png"),
    b"RIFF": ("image/webp", "webp"),
    b"<svg": ("image/svg+xml", "svg"),
    b"<?xml": ("image/svg+xml", "svg"),
}


class LogoError(Exception):
    """Why a picture cannot be the logo."""


def put(utility: Utility, content: bytes) -> None:
    """Takes the picture for the logo, in place of any before. Raises LogoError."""
    if len(content) > LARGEST:
        raise LogoError(f"the picture has {len(content)} bytes; a logo has at most {LARGEST}")
    found = next((found for begins, found in BEGINNINGS.items() if content.startswith(begins)), None)
    if found is None:
        raise LogoError("the picture is neither SVG, PNG nor WebP")
    content_type, ending = found
    with transaction.atomic():
        Logo.objects.update_or_create(utility=utility, defaults={"content": content, "content_type": content_type})
        _name(utility, f"{hashlib.sha256(content).hexdigest()[:16]}.{ending}")


def remove(utility: Utility) -> None:
    with transaction.atomic():
        Logo.objects.filter(utility=utility).delete()
        _name(utility, "")


def find(slug: str, name: str) -> Logo | None:
    """The logo, if that is its name now."""
    return Logo.objects.filter(utility__slug=slug, utility__logo_name=name).first() if name else None


def _name(utility: Utility, name: str) -> None:
    utility.logo_name = name
    utility.save(update_fields=["logo_name"])
