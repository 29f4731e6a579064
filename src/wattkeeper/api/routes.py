"""The endpoints of JSON API v2 (utilityapi-json-api: section 2), and its OpenAPI document."""

from collections.abc import Sequence

from django.conf import settings
from django.http import StreamingHttpResponse
from ninja import NinjaAPI, Query

from wattkeeper.api import (
    accounting_routes,
    collection_routes,
    errors,
    event_routes,
    file_routes,
    finding,
    form_routes,
    objects,
    schemas,
    shapes,
    streams,
    template_routes,
    utilities,
)
from wattkeeper.api.auth import WAYS
from wattkeeper.api.operations import ApiRequest, answers
from wattkeeper.api.pages import cut, newest_first
from wattkeeper.api.params import (
    PAGE,
    AuthorizationChange,
    AuthorizationFilters,
    DataFilters,
    Inclusion,
    MeterBlocks,
    MeterChange,
    MeterFilters,
)
from wattkeeper.api.reading import StrictParser
from wattkeeper.authorizations import deletion, lifecycle, reads, windows
from wattkeeper.authorizations.access import Caller
from wattkeeper.authorizations.models import Authorization
from wattkeeper.authorizations.windows import Window
from wattkeeper.common import clock
from wattkeeper.companies.models import Member

ROOT = "/api/v2"


api = NinjaAPI(
    title="Wattkeeper JSON API",
    version="2",
    description="Authorizations, meters, bills and intervals that customers share with your company.",
    auth=WAYS,
    openapi_url=None,
    docs_url=None,
    parser=StrictParser(),
)
errors.install(api)
api.add_router("/meters", collection_routes.router)
api.add_router("/accounting", accounting_routes.router)
api.add_router("/files", file_routes.router)
api.add_router("", utilities.router)
api.add_router("/events", event_routes.router)
api.add_router("/templates", template_routes.router)
api.add_router("/forms", form_routes.router)


@api.get("/authorizations", response=answers(schemas.AuthorizationListing), operation_id="list_authorizations",
         exclude_unset=True)  # fmt: skip
def list_authorizations(request: ApiRequest, filters: Query[AuthorizationFilters]) -> schemas.AuthorizationListing:
    """Authorizations, newest first. Filters combine with AND."""
    caller = request.auth
    member = finding.owner(caller)
    rows = list(newest_first(finding.authorizations(caller, filters, member), caller.authorizations(), filters))
    page, following = cut(request, rows, filters)
    nested: dict[int, schemas.MeterListing] = {}
    if filters.includes_meters:
        nested = _nested(caller, page, member, page)
    else:
        reads.record_grants(finding.look(caller, "authorizations"), page)
    return schemas.AuthorizationListing(
        authorizations=[objects.authorization(grant, member, nested.get(grant.pk)) for grant in page],
        next=following,
    )


@api.get("/authorizations/{uid}", response=answers(schemas.Authorization, 404), operation_id="get_authorization",
         exclude_unset=True)  # fmt: skip
def get_authorization(request: ApiRequest, uid: str, inclusion: Query[Inclusion]) -> schemas.Authorization:
    """One authorization, also after it was declined, revoked or has expired."""
    caller = request.auth
    grant, member = finding.authorization(caller, uid), finding.owner(caller)
    nested = _nested(caller, [grant], member) if inclusion.includes_meters else {}
    return objects.authorization(grant, member, nested.get(grant.pk))


@api.patch("/authorizations/{uid}", response=answers(schemas.Authorization, 404), operation_id="modify_authorization",
           exclude_unset=True)  # fmt: skip
def modify_authorization(request: ApiRequest, uid: str, change: AuthorizationChange) -> schemas.Authorization:
    """Archives an authorization or names it. Archiving only hides: data goes on being shared."""
    grant = finding.authorization(request.auth, uid)
    if wanted := change.model_dump(exclude_unset=True):
        for name, value in wanted.items():
            setattr(grant, name, value)
        grant.updated = clock.now(grant.world)
        grant.save(update_fields=[*wanted, "updated"])
    return objects.authorization(grant, finding.owner(request.auth))


@api.delete("/authorizations/{uid}", response=answers(schemas.Success, 404), operation_id="delete_authorization")
def delete_authorization(request: ApiRequest, uid: str) -> schemas.Success:
    """Deletes the authorization of a test customer, with its meters and tokens. A real customer's can be revoked."""
    grant = finding.authorization(request.auth, uid)
    try:
        is_deleted = deletion.delete(finding.look(request.auth, "authorizations"), grant)
    except deletion.NotTestDataError:
        raise errors.ApiError(403, "forbidden", "This is no test data: revoke it, its record stays.") from None
    if not is_deleted:
        raise errors.not_found(finding.NO_AUTHORIZATION)
    return schemas.Success()


@api.post("/authorizations/{uid}/revoke", response=answers(schemas.Authorization, 404),
          operation_id="revoke_authorization", exclude_unset=True)  # fmt: skip
def revoke_authorization(request: ApiRequest, uid: str) -> schemas.Authorization:
    """Ends an authorization for good; its record stays. A second time changes nothing."""
    grant = finding.authorization(request.auth, uid)
    lifecycle.revoke(grant, by="company")
    return objects.authorization(grant, finding.owner(request.auth))


@api.get("/meters", response=answers(schemas.MeterListing), operation_id="list_meters")
def list_meters(request: ApiRequest, filters: Query[MeterFilters]) -> schemas.MeterListing:
    """Meters of the authorizations in force, newest first. Filters combine with AND."""
    caller = request.auth
    member = finding.owner(caller)
    found = windows.in_force(newest_first(finding.meters(caller, filters, member), caller.meters(), filters))
    page, following = cut(request, found, filters)
    opened = windows.open_windows(finding.look(caller, "meters", "account"), page)
    return schemas.MeterListing(meters=objects.meters(opened, member), next=following)


@api.get("/meters/{uid}", response=answers(schemas.Meter, 404), operation_id="get_meter")
def get_meter(request: ApiRequest, uid: str, blocks: Query[MeterBlocks]) -> schemas.Meter:
    """One meter of an authorization in force."""
    return objects.meters([finding.meter(request.auth, uid)], finding.owner(request.auth))[0]


@api.patch("/meters/{uid}", response=answers(schemas.Meter, 404), operation_id="modify_meter")
def modify_meter(request: ApiRequest, uid: str, change: MeterChange) -> schemas.Meter:
    """Archives a meter. Archiving only hides: data goes on being shared."""
    window = finding.meter(request.auth, uid)
    if "is_archived" in change.model_fields_set:
        window.meter.is_archived = change.is_archived
        window.meter.save(update_fields=["is_archived"])
    return objects.meters([window], finding.owner(request.auth))[0]


@api.get("/bills", response=answers(schemas.BillListing, 404), operation_id="list_bills")
def list_bills(request: ApiRequest, filters: Query[DataFilters]) -> StreamingHttpResponse:
    """Bills of the authorizations or meters named, by date."""
    return streams.bill_listing(request, request.auth, filters)


@api.get("/intervals", response=answers(schemas.IntervalListing, 404, 406), operation_id="list_intervals",
         openapi_extra=shapes.OTHERS)  # fmt: skip
def list_intervals(request: ApiRequest, filters: Query[DataFilters]) -> StreamingHttpResponse:
    """Intervals of the authorizations or meters named, by date: one for each meter and local day, so that `limit`
    counts days. A reading that is missing is left out. `Accept` chooses another shape:
    columns, or a Parquet file."""
    return streams.interval_listing(request, request.auth, filters)


def _nested(
    caller: Caller, page: list[Authorization], member: Member | None, untold: Sequence[Authorization] = ()
) -> dict[int, schemas.MeterListing]:
    """The meters of these authorizations, a listing for each by primary key; the trail is told of the look, and of that
    at the authorizations it does not know of yet. Five statements."""
    rows = caller.meters().filter(authorization__in=page).order_by("-created", "-pk")
    by_grant: dict[int, list[Window]] = {grant.pk: [] for grant in page}
    look = finding.look(caller, "authorizations", "account")
    for window in windows.open_windows(look, windows.in_force(rows), untold):
        by_grant[window.meter.authorization_id].append(window)
    shown = [window for opened in by_grant.values() for window in opened[:PAGE]]
    written = {meter.uid: meter for meter in objects.meters(shown, member)}
    return {
        grant.pk: schemas.MeterListing(
            meters=[written[str(window.meter.uid)] for window in by_grant[grant.pk][:PAGE]],
            next=_further_meters(grant, by_grant[grant.pk]),
        )
        for grant in page
    }


def _further_meters(grant: Authorization, opened: list[Window]) -> str | None:
    if len(opened) <= PAGE:
        return None
    return f"{settings.BASE_URL}{ROOT}/meters?authorizations={grant.uid}&after={opened[PAGE - 1].meter.uid}"
