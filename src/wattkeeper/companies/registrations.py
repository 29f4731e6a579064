"""Registering a third party's OAuth client at a utility, and changing what it may do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from wattkeeper.common import audit, ids
from wattkeeper.common.audit import Actor
from wattkeeper.companies import keys, redirect_uris
from wattkeeper.companies.credentials import issue_client_secret, rotate_client_secret
from wattkeeper.companies.models import Company, Member, Registration, ScopeOfUse
from wattkeeper.companies.telling import of_registration
from wattkeeper.people.models import User
from wattkeeper.utilities.models import Utility

Status, AuthMethod = Registration.Status, Registration.AuthMethod


class RegistrationError(ValueError):
    """Something that a registration cannot have; `message` says why, in English. Nothing was written."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Registered:
    """A new registration, and its secret in clear where it has one: shown here alone."""

    registration: Registration
    client_secret: str | None


def company_named(name: str) -> Company:
    """The company of this name, a new one if there is none. Raises RegistrationError for a name that is none."""
    longest = Company._meta.get_field("name").max_length or 0
    if not name.strip() or len(name) > longest or "\0" in name:
        raise RegistrationError(f"A company's name has 1 to {longest} characters.")
    others = Company.objects.exclude(registrations__is_own_access=True)
    return others.filter(name=name).first() or Company.objects.create(name=name)


def register(
    company: Company,
    utility: Utility,
    uris: Sequence[str],
    *,
    auth_method: str = AuthMethod.SECRET,
    jwks: str = "",
    status: str = Status.SANDBOX,
    by: Actor = audit.OPERATOR,
) -> Registered:
    """A company's client at a utility. `jwks`: a JSON text, of private_key_jwt alone.

    Raises RegistrationError; RedirectUriError and KeysError for what is wrong with those.
    """
    if (auth_method == AuthMethod.KEY) != bool(jwks):
        raise RegistrationError("private_key_jwt needs the client's public keys, and no other method takes any.")
    present = Registration.objects.filter(company=company, utility=utility, is_public_demo=False).first()
    if present is not None:
        raise RegistrationError(f"{company.name} is registered at {utility.code} already, as {present.client_id}.")
    with transaction.atomic():
        registration = Registration.objects.create(
            company=company,
            utility=utility,
            client_id=ids.new_client_id(utility.code),
            status=status,
            redirect_uris=redirect_uris.check_all(uris),
            token_endpoint_auth_method=auth_method,
            jwks=keys.check(jwks) if jwks else {},
        )
        of_registration(
            "registration_made", registration, by, company=company.uid, status=status, auth_method=auth_method
        )
        secret = issue_client_secret(registration, by) if auth_method == AuthMethod.SECRET else None
    return Registered(registration, secret)


def own_access(utility: Utility) -> Registration:
    """The utility's own registration, made when it is first needed; of two that need it at once, one waits."""
    own = Registration.objects.filter(utility=utility, is_own_access=True)
    if found := own.first():
        return found
    with transaction.atomic():
        Utility.objects.select_for_update().get(pk=utility.pk)
        return own.first() or Registration.objects.create(
            utility=utility,
            is_own_access=True,
            company=Company.objects.create(name=utility.name, website=utility.website),
            client_id=ids.new_client_id(utility.code),
            status=Status.LIVE,
        )


def set_status(registration: Registration, status: str) -> None:
    """For authorizations.standing alone, which ends the grants that a status cannot have, and tells the trail.

    Raises RegistrationError for a public demo client that would leave the sandbox.
    """
    if registration.is_public_demo and status != Status.SANDBOX:
        raise RegistrationError("A public demo client stays in the sandbox: everybody knows its secret.")
    registration.status = status
    registration.save(update_fields=["status"])


@transaction.atomic
def set_redirect_uris(registration: Registration, uris: Sequence[str], by: Actor = audit.OPERATOR) -> None:
    """In place of those it had. Raises RedirectUriError."""
    registration.redirect_uris = redirect_uris.check_all(uris)
    registration.save(update_fields=["redirect_uris"])
    of_registration(
        "redirect_uris_changed", registration, by, digests=[ids.digest(uri) for uri in registration.redirect_uris]
    )


@transaction.atomic
def set_requires_pkce(registration: Registration, required: bool, by: Actor = audit.OPERATOR) -> None:
    """The only way to excuse a client from PKCE, or to ask it again.

    Raises RegistrationError for a public client: without PKCE anybody who sees its code could redeem it.
    """
    if registration.is_public and not required:
        raise RegistrationError("A public client cannot do without PKCE (RFC 9700 section 2.1.1).")
    if registration.requires_pkce != required:
        of_registration("pkce_required" if required else "pkce_excused", registration, by)
    registration.requires_pkce = required
    registration.save(update_fields=["requires_pkce"])


@transaction.atomic
def set_keys(registration: Registration, jwks: str, by: Actor = audit.OPERATOR) -> None:
    """Raises RegistrationError for a client that signs nothing, and KeysError."""
    if registration.token_endpoint_auth_method != AuthMethod.KEY:
        raise RegistrationError("Only a client with private_key_jwt has keys.")
    registration.jwks = keys.check(jwks)
    registration.save(update_fields=["jwks"])
    of_registration("client_keys_changed", registration, by, digest=ids.digest(jwks))


@transaction.atomic
def set_purpose(registration: Registration, texts: dict[str, str], by: Actor = audit.OPERATOR) -> None:
    """What it does with the data, as customers read it where they decide: a text for each language named."""
    purpose, _ = ScopeOfUse.objects.get_or_create(registration=registration, slug="default")
    purpose.texts = purpose.texts | texts
    purpose.save(update_fields=["texts"])
    digests = [ids.digest(text) for text in texts.values()]
    of_registration("purpose_changed", registration, by, languages=texts.keys(), digests=digests)


def rotate_secret(registration: Registration, old_until: datetime, by: Actor = audit.OPERATOR) -> str:
    """A second secret; the present one works until `old_until`. Raises RegistrationError for a client without any."""
    if registration.token_endpoint_auth_method != AuthMethod.SECRET:
        raise RegistrationError("This client has no secret.")
    return rotate_client_secret(registration, old_until, by)


def add_member(company: Company, email: str) -> Member:
    """The member with this address; a new one has no password until it is set. Raises RegistrationError."""
    try:
        validate_email(email)
    except ValidationError:
        raise RegistrationError(f"{email!r} is not an e-mail address.") from None
    user = User.objects.filter(email__iexact=email).first() or User.objects.create_user(email)
    member, _ = Member.objects.get_or_create(company=company, user=user)
    return member
