"""However the readings lie, chart, CSV file and both APIs add up to the same, on the days the clock changes too."""

import csv
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any, ClassVar, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

import cast
from api.reader import call
from greenbutton import reader
from mydata.homes import RECEIVED, put
from wattkeeper.authorizations import own, windows
from wattkeeper.authorizations.models import Authorization, Meter
from wattkeeper.common import days
from wattkeeper.customers.models import Service
from wattkeeper.mydata import csv_file, measures, use
from wattkeeper.mydata.measures import Measure
from wattkeeper.mydata.periods import Kind, Period

CHANGES = (date(2025, 11, 2), date(2026, 3, 8))
LENGTHS = {900: 4, 1800: 2, 3600: 1}
Values = list[int | None]


class Given(NamedTuple):
    """A day: the length of its readings in seconds, what was delivered, what was received."""

    step: int
    delivered: Values
    received: Values


@st.composite
def _days(draw: st.DrawFn) -> dict[date, Given]:
    """Days about a change of the clock."""
    around = draw(st.sampled_from(CHANGES))
    found = {}
    for offset in draw(st.sets(st.integers(-2, 2), min_size=1)):
        day = around + timedelta(days=offset)
        zone = cast.epe().zone
        hours = (days.day_end(day, zone) - days.day_start(day, zone)) // 3600
        step = draw(st.sampled_from(sorted(LENGTHS)))
        values = st.lists(
            st.none() | st.integers(0, 5000), min_size=hours * LENGTHS[step], max_size=hours * LENGTHS[step]
        )
        found[day] = Given(step, draw(values), draw(values))
    return found


class SameSums(TestCase):
    service: ClassVar[Service]
    grant: ClassVar[Authorization]
    secret: ClassVar[str]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.service = cast.customer(since=date(2025, 11, 1))
        cls.grant = own.access(cast.owner(cls.service))
        cls.secret = own.issue_token(cls.grant, "tests", timedelta(days=1))

    @settings(max_examples=40)
    @given(given_days=_days())
    def test_all_ways_add_up_to_the_same(self, given_days: dict[date, Given]) -> None:
        for day, (step, delivered, received) in given_days.items():
            put(self.service, day, delivered, _of_length(cast.QUARTER_HOURS, step))
            put(self.service, day, received, _of_length(RECEIVED, step))
        inside = {day: what for day, what in given_days.items() if day >= date(2025, 11, 1)}
        wanted = (_kwh(day.delivered for day in inside.values()), _kwh(day.received for day in inside.values()))
        measure = self._measure()
        if measure is None:
            assert not any(wanted)
            return
        for kind in ("day", "month", "year"):
            assert self._shown(measure, kind, inside) == wanted, kind
        assert self._in_the_file(measure) == wanted
        assert self._in_json() == wanted
        assert self._in_xml() == wanted

    def _measure(self) -> Measure | None:
        opened = windows.unseen_windows(windows.in_force(Meter.objects.filter(authorization=self.grant)))
        return next(iter(measures.measures(opened)), None)

    def _shown(self, measure: Measure, kind: Kind, inside: Any) -> tuple[Decimal, Decimal]:
        periods = {Period.of(kind, day) for day in inside}
        found = [use.read(measure, period) for period in periods]
        for each in found:
            assert [bar.end for bar in each.bars[:-1]] == [bar.start for bar in each.bars[1:]]
        zero = Decimal(0)
        return sum((each.delivered or zero for each in found), zero), sum(
            (each.received or zero for each in found), zero
        )

    def _in_the_file(self, measure: Measure) -> tuple[Decimal, Decimal]:
        text = b"".join(csv_file.pieces([measure], 0, 2**34)).decode().removeprefix("\ufeff")
        lines = list(csv.DictReader(StringIO(text, newline="")))
        moments = [(line["From"], line["Offset from UTC"]) for line in lines]
        assert len(moments) == len(set(moments))
        return tuple(sum((Decimal(line[name] or 0) for line in lines), Decimal(0)) for name in ("Used", "Sent back"))  # type: ignore[return-value]

    def _in_json(self) -> tuple[Decimal, Decimal]:
        answer = call(self.secret, "/intervals", authorizations=self.grant.uid)
        points = [
            (point["type"], Decimal(str(point["value"])))
            for interval in answer["intervals"]
            for reading in interval["readings"]
            for point in reading["datapoints"]
        ]
        return tuple(sum((value for type_, value in points if type_ == name), Decimal(0)) for name in ("fwd", "rev"))  # type: ignore[return-value]

    def _in_xml(self) -> tuple[Decimal, Decimal]:
        document = reader.read(f"/Batch/Subscription/{self.grant.uid}", self.secret)
        sums = {"1": 0, "19": 0}
        direction = ""
        for entry in reader.entries(document):
            direction = next(iter(reader.values(entry, "ReadingType/flowDirection")), direction)
            for value in entry.iter(f"{reader.ESPI}value"):
                sums[direction] += int(value.text or 0)
        return Decimal(sums["1"]) / 1000, Decimal(sums["19"]) / 1000


def _kwh(columns: Iterable[Values]) -> Decimal:
    return Decimal(sum(value or 0 for column in columns for value in column)) / 1000


def _of_length(kind: Any, step: int) -> Any:
    return type(kind)(flow_direction=kind.flow_direction, uom=kind.uom, interval_length=step)
