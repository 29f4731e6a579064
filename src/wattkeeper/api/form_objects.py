"""Templates and forms: whose they are, from rows to objects, and from what a caller wants to the columns of a form."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet
from django.urls import reverse

from wattkeeper.api import finding, form_schemas, stamps
from wattkeeper.api.errors import ApiError, invalid, not_found
from wattkeeper.api.form_schemas import FormWanted
from wattkeeper.api.params import exactly
from wattkeeper.authorizations import scope_object
from wattkeeper.authorizations.access import Caller, TokenClass
from wattkeeper.authorizations.models import Authorization
from wattkeeper.authorizations.scope import ScopeError
from wattkeeper.common import clock
from wattkeeper.common.audit import Actor, Kind
from wattkeeper.companies import portals
from wattkeeper.companies.models import Form, Member, Registration, Template


def company_owner(caller: Caller) -> Member | None:
    """The first owner of the caller's company, which has its template from here on. ApiError 403 where a token opens
    less than what is the company's."""
    if caller.token_class is not TokenClass.API:
        raise ApiError(403, "insufficient_scope", "Templates and forms are your company's: use an API token.")
    portals.template_of(caller.company)
    return finding.owner(caller)


def actor(caller: Caller) -> Actor:
    return Actor(Kind.MEMBER, caller.user_uid)


def forms(caller: Caller) -> QuerySet[Form]:
    """The forms of the caller's company, with what their objects say."""
    mine = Form.objects.filter(company=caller.company)
    return mine.select_related("company", "template", "utility", "creator__user")


def form(caller: Caller, uid: str) -> Form:
    """One of them; ApiError 404 where there is none or it is another company's."""
    company_owner(caller)
    found = forms(caller).filter(uid__in=exactly(uid)).first()
    if found is None:
        raise not_found("There is no such form.")
    return found


def template(row: Template, owner: Member | None) -> form_schemas.Template:
    return form_schemas.Template(
        uid=str(row.uid),
        created=stamps.utc(row.created),
        updated=stamps.utc(row.updated),
        user_email=owner.user.email if owner is not None else None,
        user_uid=str(owner.user.uid) if owner is not None else None,
        disabled=row.disabled,
        portal=row.portal,
        base_url=_base_url(row),
        redirect_uris=row.redirect_uris,
        company_logo=None,
        company_name=row.company.name,
        company_email=row.company.email,
    )


def written(row: Form) -> form_schemas.Form:
    creator = row.creator
    return form_schemas.Form(
        uid=str(row.uid),
        created=stamps.utc(row.created),
        updated=stamps.utc(row.updated),
        template_uid=str(row.template.uid),
        authorization_uid=str(row.authorization_uid) if row.authorization_uid is not None else None,
        is_archived=row.is_archived,
        disabled=row.disabled,
        user_email=creator.user.email if creator is not None else None,
        user_uid=str(creator.user.uid) if creator is not None else None,
        url=f"{_base_url(row.template)}?f={row.uid}",
        customer_email=row.customer_email,
        utility=row.utility.code if row.utility is not None else None,
        scope=form_schemas.FormScope(**row.scope),
    )


def columns(caller: Caller, wanted: FormWanted, present: Form | None = None) -> dict[str, Any]:
    """The columns of a form that are wanted, whole for a new one. ApiError 400 names what is wrong.

    What stands in no one key, that utility, authorization and scope fit together, is judged of the form as it would be.
    """
    given = wanted.model_fields_set if present is not None else set(type(wanted).model_fields)
    values: dict[str, Any] = {name: getattr(wanted, name) for name in given & {"is_archived", "disabled"}}
    if "template_uid" in given:
        values["template"] = _template(caller, wanted.template_uid)
    if "customer_email" in given:
        values["customer_email"] = _email(wanted.customer_email or "")
    if not given & {"authorization_uid", "utility", "scope"}:
        return values
    grant, code, scope = _wanted(wanted, given, present)
    renewed = _renewed(caller, grant)
    registration = renewed.registration if renewed is not None else _registration(caller, code)
    if code and registration is not None and registration.utility.code != code:
        raise invalid("utility", "is not the utility of the authorization that the form is to renew")
    _check_scope(scope, registration)
    values["authorization_uid"] = renewed.uid if renewed is not None else None
    values["utility"] = registration.utility if registration is not None and code else None
    values["scope"] = scope
    return values


def _wanted(wanted: FormWanted, given: set[str], present: Form | None) -> tuple[str, str, dict[str, Any]]:
    """The three keys that hang together, from what is wanted and what the form has."""
    grant, code, scope = "", "", {}
    if present is not None:
        grant = str(present.authorization_uid or "")
        code, scope = present.utility.code if present.utility is not None else "", present.scope
    if "authorization_uid" in given:
        grant = wanted.authorization_uid or ""
    if "utility" in given:
        code = wanted.utility or ""
    if "scope" in given:
        scope = wanted.scope.model_dump(exclude_unset=True) if wanted.scope is not None else {}
    return grant, code, scope


def _template(caller: Caller, uid: str | None) -> Template:
    if not uid:
        return portals.template_of(caller.company)
    found = Template.objects.filter(company=caller.company, uid__in=exactly(uid)).first()
    if found is None:
        raise invalid("template_uid", "names no template of yours")
    return found


def _email(text: str) -> str:
    try:
        if text:
            validate_email(text)
    except ValidationError:
        raise invalid("customer_email", "is not an email address") from None
    return text


def _renewed(caller: Caller, uid: str) -> Authorization | None:
    if not uid:
        return None
    mine = caller.authorizations().filter(uid__in=exactly(uid)).select_related("registration__utility")
    grant = mine.first()
    if grant is None:
        raise invalid("authorization_uid", "names no authorization of yours")
    if grant.revoked is not None or grant.declined is not None:
        raise invalid("authorization_uid", "names one that was revoked or declined; make a form without it")
    return grant


def _registration(caller: Caller, code: str) -> Registration | None:
    """Where a utility is named: a utility of nobody's is one at which the company is not registered."""
    found = portals.registration_at(caller.company, code) if code else None
    if code and found is None:
        raise invalid("utility", "names no utility at which your company is registered")
    return found


def _check_scope(scope: dict[str, Any], registration: Registration | None) -> None:
    try:
        if registration is None:
            scope_object.read(scope)
        else:
            scope_object.asked(scope, registration, clock.now())
    except ScopeError as error:
        raise invalid("scope", f"cannot be asked for: {error.message.rstrip('.')}") from None


def _base_url(row: Template) -> str:
    return settings.BASE_URL + reverse("consent:door", args=[row.portal])
