"""Forms: links for customers, made ahead (utilityapi-json-api: sections 2, 4.2 and 11)."""

from ninja import Query, Router

from wattkeeper.api import form_objects
from wattkeeper.api.errors import ApiError, invalid
from wattkeeper.api.form_schemas import (
    Form,
    FormChange,
    FormFilters,
    FormListing,
    FormWanted,
    Submission,
    TestSubmit,
)
from wattkeeper.api.operations import ApiRequest, answers
from wattkeeper.api.pages import cut, newest_first
from wattkeeper.api.params import uuids
from wattkeeper.api.schemas import Success
from wattkeeper.authorizations import rehearsal
from wattkeeper.authorizations.doors import Closed, DoorClosed
from wattkeeper.companies import links, models

NOTHING_SAID = FormWanted()

router = Router(tags=["forms"])


@router.get("", response=answers(FormListing), operation_id="list_forms", summary="List forms", exclude_unset=True)
def list_forms(request: ApiRequest, filters: Query[FormFilters]) -> FormListing:
    """Your company's forms, newest first. Filters combine with AND."""
    form_objects.company_owner(request.auth)
    mine = form_objects.forms(request.auth)
    rows = mine
    if filters.uids is not None:
        rows = rows.filter(uid__in=uuids(filters.uids))
    if filters.users is not None:
        rows = rows.filter(creator__user__uid__in=uuids(filters.users))
    if filters.templates is not None:
        rows = rows.filter(template__uid__in=uuids(filters.templates))
    if filters.is_archived is not None:
        rows = rows.filter(is_archived=filters.is_archived)
    page, following = cut(request, list(newest_first(rows, mine, filters)), filters)
    return FormListing(forms=[form_objects.written(row) for row in page], next=following)


@router.post("", response=answers(Form), operation_id="create_form", summary="Create a form", exclude_unset=True)
def create_form(request: ApiRequest, wanted: FormWanted = NOTHING_SAID) -> Form:
    """Makes a link to send to a customer. Without a body it asks for what your registration asks for by default, at
    the utility the customer chooses."""
    form_objects.company_owner(request.auth)
    caller = request.auth
    columns = form_objects.columns(caller, wanted)
    row = models.Form(company=columns["template"].company, creator=caller.member, **columns)
    links.create(row, form_objects.actor(caller))
    return form_objects.written(row)


@router.get("/{uid}", response=answers(Form, 404), operation_id="get_form", summary="Get a form", exclude_unset=True)
def get_form(request: ApiRequest, uid: str) -> Form:
    """One form of your company."""
    return form_objects.written(form_objects.form(request.auth, uid))


@router.patch(
    "/{uid}", response=answers(Form, 404), operation_id="modify_form", summary="Change a form", exclude_unset=True
)
def modify_form(request: ApiRequest, uid: str, change: FormChange) -> Form:
    """Changes what a form is prefilled with, disables or archives it. The link stays the same: it asks for the new
    things from now on. Archiving only hides."""
    row = form_objects.form(request.auth, uid)
    if columns := form_objects.columns(request.auth, change, row):
        links.change(row, columns, form_objects.actor(request.auth))
    return form_objects.written(row)


@router.delete("/{uid}", response=answers(Success, 404), operation_id="delete_form", summary="Delete a form")
def delete_form(request: ApiRequest, uid: str) -> Success:
    """Deletes a form: its link leads nowhere from now on. What customers granted by it stays as it is."""
    links.delete(form_objects.form(request.auth, uid), form_objects.actor(request.auth))
    return Success()


@router.post(
    "/{uid}/test-submit",
    response=answers(Submission, 404),
    operation_id="test_submit_form",
    summary="Submit a form as a test customer",
)
def test_submit_form(request: ApiRequest, uid: str, submit: TestSubmit) -> Submission:
    """Plays a customer who opens the form's link, signs in as a test account of the utility's sandbox and shares what
    is asked for. A scenario whose sign-in fails gives the error that it plays, and no authorization comes of it."""
    row = form_objects.form(request.auth, uid)
    try:
        return Submission(
            referral=rehearsal.submit(row, submit.utility, submit.scenario, form_objects.actor(request.auth))
        )
    except rehearsal.UnknownScenario as unknown:
        raise invalid("scenario", f"is one of {', '.join(unknown.known) or 'none: there is no test account'}") from None
    except rehearsal.NobodyFound:
        raise ApiError(
            400, "access_invalid", "This scenario plays a sign-in that finds no customer; there is no authorization."
        ) from None
    except rehearsal.NotSubmitted as refused:
        raise ApiError(400, "invalid_request", f"The customer could not share this: {refused}.") from None
    except DoorClosed as closed:
        if closed.reason == Closed.NOT_REGISTERED:
            raise invalid("utility", "names no utility at which this form can be answered") from None
        kind = closed.reason.value if closed.reason in {Closed.MAY_NOT_ASK, Closed.SCOPE} else "invalid_request"
        raise ApiError(400, kind, closed.description) from None
