"""Asking for collections and monitoring (utilityapi-json-api: sections 6.5 and 6.6)."""

from collections.abc import Iterable

from ninja import Router

from wattkeeper.api import finding, params, schemas
from wattkeeper.api.errors import ApiError, invalid
from wattkeeper.api.operations import ApiRequest, answers
from wattkeeper.authorizations import collecting
from wattkeeper.authorizations.models import Meter

router = Router()


@router.post("/historical-collection", response=answers(schemas.Collection, 404), operation_id="collect_history")
def collect_history(request: ApiRequest, asked: params.Collection) -> schemas.Collection:
    """Collects bills and intervals. Here they lie ready: the collection has ended when this answers."""
    asked.check()
    wanted = finding.wanted_meters(request.auth, asked.meters)
    taken = collecting.collect(finding.look(request.auth, "collections"), wanted)
    return schemas.Collection(meters=_in_force(asked, taken), collection_duration=asked.collection_duration)


@router.post(
    "/ongoing-monitoring", response=answers(schemas.Monitoring, 404), operation_id="monitor", exclude_unset=True
)
def monitor(request: ApiRequest, asked: params.Monitoring) -> schemas.Monitoring:
    """Sets how often you want to be told of new data; `off` pauses the events and changes nothing that you may read."""
    asked.check()
    wanted = finding.wanted_meters(request.auth, asked.meters)
    look = finding.look(request.auth, "monitoring")
    try:
        taken = collecting.monitor(look, wanted, asked.frequency, asked.fixed_refresh_day)
    except collecting.AlreadyMonitoredError:
        raise invalid(
            "fixed_refresh_day", "is for meters that are not monitored: set the frequency off first"
        ) from None
    answer = schemas.Monitoring(success=True, meters=_in_force(asked, taken), frequency=asked.frequency)
    if asked.frequency == "monthly":
        answer.fixed_refresh_day = asked.fixed_refresh_day
    return answer


def _in_force(asked: params.MeterList, taken: Iterable[Meter]) -> list[str]:
    """The uids of the meters taken, in the order asked for; ApiError where all are of ended authorizations."""
    uids = {str(meter.uid) for meter in taken}
    named = [uid for uid in dict.fromkeys(map(str.lower, asked.meters)) if uid in uids]
    if not named:
        raise ApiError(
            400, "expired_or_revoked", "The authorizations of these meters have expired, or were revoked or declined."
        )
    return named
