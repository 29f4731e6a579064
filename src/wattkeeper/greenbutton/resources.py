"""What each address of the Green Button API answers with.

A handler is given who asks and for what; it returns a feed or an entry, or raises `not_found`. Customer data comes
through `authorizations.windows` alone.
"""

from collections.abc import Iterator, Sequence
from uuid import UUID

from wattkeeper.authorizations import lifecycle, reads, windows
from wattkeeper.authorizations.access import TokenClass
from wattkeeper.authorizations.models import Meter
from wattkeeper.customers.models import Bill
from wattkeeper.greenbutton import intervals, power, registry, summaries
from wattkeeper.greenbutton.asking import Ask, Feed
from wattkeeper.greenbutton.errors import not_found
from wattkeeper.greenbutton.parameters import Query
from wattkeeper.greenbutton.points import Point, Stream, time_uid, type_uid
from wattkeeper.readings.models import PowerQuality


def application_information(ask: Ask, uid: UUID) -> bytes:
    found = ask.caller.registrations().filter(uid=uid).select_related("company", "utility").first()
    if found is None:
        raise not_found()
    is_own_token = ask.caller.token_class is TokenClass.REGISTRATION
    return registry.application_information(found, ask.bearer if is_own_token else None)


def authorizations(ask: Ask) -> Feed:
    """A live registration's test data is not listed here; by its id it is found."""
    reads.record_list(ask.look)
    grants = ask.caller.listed_authorizations().select_related("world").order_by("created", "pk")
    admitted = (grant for grant in grants.iterator(200) if registry.is_asked_for(grant, ask.query))
    return Feed("Authorization", map(registry.authorization, admitted))


def authorization(ask: Ask, uid: UUID) -> bytes:
    mine = ask.caller.authorizations().select_related("registration", "world__utility")
    grant = mine.filter(uid=uid).first()
    if grant is not None:
        reads.record_grants(ask.look, [grant])
        return registry.authorization(grant)
    if ask.caller.registration is not None and ask.caller.registration.uid == uid:
        return registry.client_authorization(ask.caller.registration)
    raise not_found()


def end_authorization(ask: Ask, uid: UUID) -> bytes:
    """The third party gives an authorization back: it is revoked, as if the customer had stopped it. Twice is once."""
    mine = ask.caller.authorizations().select_related("registration__utility", "world__utility", "customer")
    grant = mine.filter(uid=uid).first()
    if grant is None:
        raise not_found()
    lifecycle.revoke(grant, by="company")
    return registry.authorization(grant)


def batch(ask: Ask, subscription: UUID) -> Feed:
    return Feed("Subscription", everything(_points(ask, subscription), ask.query))


def batch_usage_points(ask: Ask, subscription: UUID) -> Feed:
    return Feed("UsagePoint", everything(_points(ask, subscription), ask.query))


def batch_usage_point(ask: Ask, subscription: UUID, meter: UUID) -> Feed:
    return Feed("UsagePoint", everything([_point(ask, subscription, meter)], ask.query))


def usage_points(ask: Ask, subscription: UUID) -> Feed:
    return Feed("UsagePoint", [point.usage_point() for point in _points(ask, subscription)])


def usage_point(ask: Ask, subscription: UUID, meter: UUID) -> bytes:
    return _point(ask, subscription, meter).usage_point()


def meter_readings(ask: Ask, subscription: UUID, meter: UUID) -> Feed:
    streams = _streams([_point(ask, subscription, meter)])
    return Feed("MeterReading", [stream.meter_reading() for stream in streams])


def meter_reading(ask: Ask, subscription: UUID, meter: UUID, reading: UUID) -> bytes:
    return _stream(ask, subscription, meter, reading).meter_reading()


def interval_blocks(ask: Ask, subscription: UUID, meter: UUID, reading: UUID) -> Feed:
    return Feed("IntervalBlock", intervals.blocks(_stream(ask, subscription, meter, reading), ask.query))


def interval_block(ask: Ask, subscription: UUID, meter: UUID, reading: UUID, block: UUID) -> bytes:
    found = intervals.block(_stream(ask, subscription, meter, reading), block)
    if found is None:
        raise not_found()
    return found


def usage_summaries(ask: Ask, subscription: UUID, meter: UUID) -> Feed:
    point = _point(ask, subscription, meter)
    return Feed("UsageSummary", summaries.summaries(point, _bills(point), ask.query))


def usage_summary(ask: Ask, subscription: UUID, meter: UUID, summary: UUID) -> bytes:
    point = _point(ask, subscription, meter)
    for bill in _bills(point):
        if summaries.summary_uid(point, bill) == summary:
            return summaries.summary(point, bill)
    raise not_found()


def power_quality_summaries(ask: Ask, subscription: UUID, meter: UUID) -> Feed:
    point = _point(ask, subscription, meter)
    return Feed("ElectricPowerQualitySummary", power.summaries(point, _measured(point), ask.query))


def power_quality_summary(ask: Ask, subscription: UUID, meter: UUID, quality: UUID) -> bytes:
    point = _point(ask, subscription, meter)
    for row in _measured(point):
        if power.summary_uid(point, row) == quality:
            return power.summary(point, row)
    raise not_found()


def reading_types(ask: Ask) -> Feed:
    return Feed("ReadingType", (stream.reading_type() for stream in _streams(_listed_points(ask))))


def reading_type(ask: Ask, uid: UUID) -> bytes:
    pairs = windows.channel_keys(windows.in_force(ask.caller.meters()))
    asked_for = [meter for meter, channel in pairs if type_uid(meter.uid, channel) == uid]
    for stream in _candidates(_opened(ask, asked_for)):
        if stream.type_uid == uid and intervals.has_blocks(stream):
            return stream.reading_type()
    raise not_found()


def local_times(ask: Ask) -> Feed:
    return Feed("LocalTimeParameters", (point.local_time() for point in _listed_points(ask)))


def local_time(ask: Ask, uid: UUID) -> bytes:
    asked_for = [meter for meter in windows.in_force(ask.caller.meters()) if time_uid(meter.uid) == uid]
    for point in _opened(ask, asked_for):
        return point.local_time()
    raise not_found()


def everything(points: list[Point], query: Query) -> Iterator[bytes]:
    """All there is of these points, in the order readers count on: what describes comes before what it describes.

    Raises GrantEndedError where the grant ends meanwhile.
    """
    opened = [point.window for point in points]
    channels, bills, measured = windows.channels(opened), windows.bills(opened), windows.power_quality(opened)
    for point in points:
        yield point.usage_point()
        yield point.local_time()
        for channel in channels.get(point.window.meter.pk, ()):
            stream = Stream(point, channel)
            blocks = intervals.blocks(stream, query)
            first = next(blocks, None)
            if first is not None:
                yield stream.meter_reading()
                yield stream.reading_type()
                yield first
                yield from blocks
        if billed := bills.get(point.window.meter.pk):
            windows.watch(point.window)()
            yield from summaries.summaries(point, billed, query)
        if of_power := measured.get(point.window.meter.pk):
            windows.watch(point.window)()
            yield from power.summaries(point, of_power, query)


def _points(ask: Ask, subscription: UUID, meter: UUID | None = None) -> list[Point]:
    meters = ask.caller.meters().filter(authorization__uid=subscription).order_by("pk")
    if meter is not None:
        meters = meters.filter(uid=meter)
    found = _opened(ask, windows.in_force(meters))
    if not found:
        raise not_found()
    return found


def _point(ask: Ask, subscription: UUID, meter: UUID) -> Point:
    return _points(ask, subscription, meter)[0]


def _listed_points(ask: Ask) -> list[Point]:
    """Those of every authorization in force, without a live registration's test data."""
    return _opened(ask, windows.in_force(ask.caller.listed_meters().order_by("pk")))


def _opened(ask: Ask, meters: Sequence[Meter]) -> list[Point]:
    return [Point(window) for window in windows.open_windows(ask.look, meters)]


def _candidates(points: list[Point]) -> Iterator[Stream]:
    channels = windows.channels([point.window for point in points])
    return (Stream(point, channel) for point in points for channel in channels.get(point.window.meter.pk, ()))


def _streams(points: list[Point]) -> Iterator[Stream]:
    return filter(intervals.has_blocks, _candidates(points))


def _stream(ask: Ask, subscription: UUID, meter: UUID, reading: UUID) -> Stream:
    for stream in _candidates([_point(ask, subscription, meter)]):
        if stream.uid == reading and intervals.has_blocks(stream):
            return stream
    raise not_found()


def _bills(point: Point) -> list[Bill]:
    return windows.bills([point.window]).get(point.window.meter.pk, [])


def _measured(point: Point) -> list[PowerQuality]:
    return windows.power_quality([point.window]).get(point.window.meter.pk, [])
