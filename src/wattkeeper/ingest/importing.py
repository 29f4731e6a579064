"""Writing a batch to a service: everything in one transaction, or nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from django.db import transaction

from wattkeeper.common import audit, clock, days
from wattkeeper.customers.billing import CURRENCIES, BillRecord, put_bill
from wattkeeper.customers.models import Service
from wattkeeper.ingest.batch import Batch, Terms
from wattkeeper.ingest.bills import bill_record
from wattkeeper.ingest.news import News, tell
from wattkeeper.ingest.records import FileError, RecordError
from wattkeeper.ingest.staging import Staging
from wattkeeper.readings.store import Counts, Reading, channel_for, put_readings

WRITTEN_AT_ONCE = 5000  # readings, rounded up to whole days
MOST_IN_A_DAY = 2**16 - 1  # what a packed day can count


@dataclass
class Outcome:
    """What an import did: readings read, what became of the days and bills they make up, and what is new in them."""

    readings: int = 0
    days: Counts = field(default_factory=Counts)
    bills: Counts = field(default_factory=Counts)
    news: News = field(default_factory=News)


def terms_for(service: Service) -> Terms:
    """Nothing may start later than tomorrow, which leaves room for clocks that differ."""
    utility = service.world.utility
    latest = clock.epoch(clock.now(service.world) + timedelta(days=1))
    return Terms(latest, CURRENCIES.get(utility.currency, 0), service.commodity)


def store(service: Service, batch: Batch, staging: Staging, terms: Terms, skip_refused: bool) -> Outcome:
    """Writes what the file holds. FileError, and nothing written, if a record is refused and is not to be skipped."""
    if batch.service_kind not in {None, service.kind}:
        raise FileError(
            f"the file is about {_kind_name(batch.service_kind)}, service {service.identifier} is "
            f"{_kind_name(service.kind)}"
        )
    for stream, reading_type in batch.streams.items():
        staging.settle(stream, reading_type.interval_length, terms.latest)
    bills = _bills(service, batch, staging, terms)
    if staging.count(refused=True) and not skip_refused:
        raise FileError("not all of its records can be imported")
    outcome, at = Outcome(), clock.now(service.world)
    with transaction.atomic():
        Service.objects.select_for_update().get(pk=service.pk)  # two imports for one service take turns
        for stream in batch.streams:
            _put_stream(service, batch, staging, stream, outcome, at=at)
        for bill in bills:
            became = put_bill(service.pk, bill, at)
            outcome.bills += Counts(**{became: 1})
            if became != "same":
                outcome.news.bills.append((bill.start, bill.end))
        tell(service, outcome.news)
        _record(service, outcome)
    if not outcome.readings and not bills:
        raise FileError("there are no readings and no bills in it that can be imported")
    return outcome


def _record(service: Service, outcome: Outcome) -> None:
    """How many days and bills came of it, for the audit trail; what is in them is nobody's business there."""
    data: dict[str, audit.Value] = {
        "service": service.uid,
        "days": outcome.days.added,
        "days_changed": outcome.days.changed,
        "bills": outcome.bills.added,
        "bills_changed": outcome.bills.changed,
    }
    audit.record("data_imported", actor=audit.OPERATOR, utility_code=service.world.utility.code, data=data)


def _bills(service: Service, batch: Batch, staging: Staging, terms: Terms) -> list[BillRecord]:
    found: dict[tuple[object, object], tuple[int, BillRecord]] = {}
    for summary in batch.summaries:
        try:
            bill = bill_record(summary, service.world.utility.zone, terms.currency)
        except RecordError as refusal:
            staging.refuse(summary.line, str(refusal))
            continue
        first, _ = found.setdefault((bill.start, bill.end), (summary.line, bill))
        if first != summary.line:
            staging.refuse(summary.line, f"there is already a bill for this period, on line {first}")
    return [bill for _, bill in found.values()]


def _put_stream(
    service: Service, batch: Batch, staging: Staging, stream: int, outcome: Outcome, *, at: datetime
) -> None:
    zone, channel = service.world.utility.zone, None
    for part in _parts(service, staging, stream, batch.streams[stream].interval_length):
        channel = channel or channel_for(service.pk, batch.streams[stream], at)
        became = put_readings(channel, zone, part, at)
        outcome.days += became
        outcome.readings += len(part)
        if became.added or became.changed:
            outcome.news.readings.append((part[0].start, part[-1].start + part[-1].duration))


def _parts(service: Service, staging: Staging, stream: int, step: int) -> Iterator[list[Reading]]:
    """A stream cut between days, so that no day is written twice."""
    zone = service.world.utility.zone
    part: list[Reading] = []
    for day, readings in groupby(staging.readings(stream), lambda reading: days.local_day(reading.start, zone)):
        found = list(readings)
        slots = (found[-1].start - found[0].start) // step if step else len(found)
        if max(slots, len(found)) > MOST_IN_A_DAY:
            raise FileError(f"{day} has more readings than a day can hold ({MOST_IN_A_DAY})")
        part += found
        if len(part) >= WRITTEN_AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def _kind_name(kind: int | None) -> str:
    names = dict(Service.Kind.choices)
    return str(names[kind]).lower() if kind in names else f"a service of kind {kind}"
