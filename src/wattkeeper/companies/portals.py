"""The templates of companies: each has one, made when it is first needed, under an address of its own."""

import secrets
from collections.abc import Iterator, Sequence

from django.db import transaction
from django.utils.text import slugify

from wattkeeper.common import audit, clock, ids
from wattkeeper.common.audit import Actor
from wattkeeper.companies import redirect_uris
from wattkeeper.companies.models import Company, Registration, Template

LONGEST = 60
LONGEST_NAME = 48
"""Characters of a company's name in its portal: some are left for what tells it from another of that name."""


class PortalError(ValueError):
    """A portal that a template cannot have; `message` says why, in English. Nothing was written."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def template_of(company: Company) -> Template:
    """The company's newest template that can be used, else its newest; of two that need the first at once, one
    waits."""
    found = Template.objects.filter(company=company).order_by("disabled", "-created", "-pk")
    if present := found.first():
        return present
    with transaction.atomic():
        named = Company.objects.select_for_update().get(pk=company.pk)
        return found.first() or Template.objects.create(company=company, portal=_free_portal(named.name))


def registration_at(company: Company, utility_code: str) -> Registration | None:
    """The company's own registration at a utility, with both; a public demo client where it has no other."""
    found = Registration.third_parties.filter(company=company, utility__code=utility_code)
    return found.select_related("company", "utility").order_by("is_public_demo", "pk").first()


def change(
    template: Template,
    *,
    portal: str | None = None,
    uris: Sequence[str] | None = None,
    disabled: bool | None = None,
    by: Actor = audit.OPERATOR,
) -> None:
    """Changes what is given. Raises PortalError, RedirectUriError."""
    if portal is not None:
        if slugify(portal) != portal or not 1 <= len(portal) <= LONGEST:
            raise PortalError(f"A portal has 1 to {LONGEST} small letters, digits, hyphens and underscores.")
        if Template.objects.filter(portal=portal).exclude(pk=template.pk).exists():
            raise PortalError(f"The portal {portal} belongs to another company.")
        template.portal = portal
    if uris is not None:
        template.redirect_uris = redirect_uris.check_all(uris)
    if disabled is not None:
        template.disabled = disabled
    template.updated = clock.now()
    with transaction.atomic():
        template.save(update_fields=["portal", "redirect_uris", "disabled", "updated"])
        told: dict[str, audit.Value] = {
            "template": template.uid,
            "portal": template.portal,
            "disabled": template.disabled,
            "digests": [ids.digest(uri) for uri in template.redirect_uris],
        }
        audit.record("template_changed", actor=by, data=told)


def _free_portal(name: str) -> str:
    return next(portal for portal in _portals(name) if not Template.objects.filter(portal=portal).exists())


def _portals(name: str) -> Iterator[str]:
    """What a company's portal may be called, the best first."""
    plain = slugify(name)[:LONGEST_NAME].strip("-_")
    if plain:
        yield plain
    while True:
        yield "-".join(filter(None, (plain or "company", secrets.token_hex(4))))
