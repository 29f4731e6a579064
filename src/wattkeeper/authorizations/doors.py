"""The doors of a company's template and forms: from a link to a stored request, by the very rules of the OAuth door.

A link says nothing of a customer, nor whether there is one: what it leads to is known once somebody has signed in.
"""

import enum
from dataclasses import dataclass
from uuid import UUID

from wattkeeper.authorizations import lifecycle, scope_object
from wattkeeper.authorizations.models import Authorization, AuthorizationRequest
from wattkeeper.authorizations.scope import ScopeError
from wattkeeper.common import clock
from wattkeeper.companies.models import Company, Form, Registration, Template
from wattkeeper.companies.portals import registration_at
from wattkeeper.companies.redirect_uris import is_registered
from wattkeeper.utilities.models import Utility


class Closed(enum.Enum):
    """Why a link leads nowhere. The last two are errors of OAuth's, which the company can be told."""

    MALFORMED = "malformed"
    UNKNOWN = "unknown"
    DISABLED = "disabled"
    OVER = "over"
    NOT_REGISTERED = "not_registered"
    REDIRECT = "redirect"
    MAY_NOT_ASK = "unauthorized_client"
    SCOPE = "invalid_scope"


class DoorClosed(Exception):
    """A link that leads nowhere: the reason, and a sentence for the company's developer, in English."""

    def __init__(self, reason: Closed, description: str) -> None:
        super().__init__(description)
        self.reason = reason
        self.description = description


@dataclass(frozen=True)
class Door:
    """A company's template, or a form on it."""

    template: Template
    form: Form | None = None

    @property
    def company(self) -> Company:
        return self.template.company

    def renewed(self) -> Authorization | None:
        """The authorization that the form is to renew. Raises DoorClosed where that can no longer be."""
        if self.form is None or self.form.authorization_uid is None:
            return None
        grant = (
            Authorization.objects.filter(uid=self.form.authorization_uid, registration__company=self.company)
            .select_related("registration__company", "registration__utility")
            .first()
        )
        if grant is None or grant.revoked is not None or grant.declined is not None:
            raise DoorClosed(Closed.OVER, "The authorization of this form was revoked; make a form without it.")
        return grant

    def utilities(self) -> list[Utility]:
        """Where the company is registered and may ask, by name."""
        found = Registration.third_parties.filter(company=self.company).select_related("utility")
        return sorted({one.utility for one in found if one.may_request}, key=lambda utility: utility.name)

    def registration(self, code: str) -> Registration:
        """The company's at a utility; of a form that renews, the one that holds the authorization. Raises
        DoorClosed."""
        renewed = self.renewed()
        if renewed is not None and renewed.registration.utility.code == code:
            return renewed.registration
        found = registration_at(self.company, code) if renewed is None else None
        if found is None:
            raise DoorClosed(Closed.NOT_REGISTERED, "The company is not registered at this utility.")
        return found

    def redirect_uri(self, offered: str) -> str:
        """Where the customer goes afterwards: as offered, else the template's first. Raises DoorClosed."""
        allowed: list[str] = self.template.redirect_uris
        if offered and not is_registered(offered, allowed):
            raise DoorClosed(Closed.REDIRECT, "The redirect_uri is not one of the template's redirect_uris.")
        return offered or next(iter(allowed), "")


def find(portal: str, form: UUID | None) -> Door:
    """The door of a link, open or not. Raises DoorClosed: a form of another company's is a form of nobody's."""
    template = Template.objects.filter(portal=portal).select_related("company").first()
    if template is None:
        raise DoorClosed(Closed.UNKNOWN, "There is no such portal.")
    found = None
    if form is not None:
        found = template.forms.filter(uid=form).select_related("utility").first()
        if found is None:
            raise DoorClosed(Closed.UNKNOWN, "There is no such form here.")
    return Door(template, found)


def check_open(door: Door) -> None:
    """Raises DoorClosed where it is disabled."""
    if door.template.disabled:
        raise DoorClosed(Closed.DISABLED, "The template is disabled.")
    if door.form is not None and door.form.disabled:
        raise DoorClosed(Closed.DISABLED, "The form is disabled.")


def open_request(
    door: Door,
    registration: Registration,
    *,
    browser: str,
    redirect_uri: str = "",
    state: str = "",
    email: str = "",
) -> AuthorizationRequest:
    """Stores a request for what the form, or the registration's default, asks for. Raises DoorClosed."""
    check_open(door)
    form, renews = door.form, door.renewed()
    if not registration.may_request:
        raise DoorClosed(Closed.MAY_NOT_ASK, "The registration may not ask for data at present.")
    try:
        scope = scope_object.asked(form.scope if form is not None else {}, registration, clock.now())
    except ScopeError as error:
        raise DoorClosed(Closed.SCOPE, error.message) from None
    kind = AuthorizationRequest.Door.TEMPLATE if form is None else AuthorizationRequest.Door.FORM
    link = lifecycle.Link(door.template.uid, form.uid if form is not None else None, email, renews)
    return lifecycle.open_request(
        registration, door=kind, scope=scope, redirect_uri=redirect_uri, state=state, browser=browser, link=link
    )
