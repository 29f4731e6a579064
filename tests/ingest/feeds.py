"""Green Button files as tests need them, running the import, and reading back what it stored."""

import io
import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

import cast
from wattkeeper.customers.models import Service
from wattkeeper.readings.models import Channel, DayBlock
from wattkeeper.readings.packing import Readings, unpack

SAMPLES = Path(__file__).parents[3] / "shared" / "espi" / "samples"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the ESPI samples (../shared/espi) are not here")

FEED = '<feed xmlns="http://www.w3.org/2005/Atom">{}</feed>'
ESPI = 'xmlns="http://naesb.org/espi"'
MIDNIGHT = 1_717_221_600  # 2024-06-01 in El Paso
POINT = "https://utility.example/espi/1_1/resource/Subscription/7/UsagePoint/1"
METER = f"{POINT}/MeterReading/1"
TYPE = "https://utility.example/espi/1_1/resource/ReadingType/1"
QUARTER_HOURS = (
    "<commodity>1</commodity><flowDirection>1</flowDirection><intervalLength>900</intervalLength><kind>12</kind>"
    "<powerOfTenMultiplier>0</powerOfTenMultiplier><uom>72</uom>"
)


def entry(content: str, own: str = "", up: str = "", *related: str) -> str:
    links = [("self", own), ("up", up), *(("related", href) for href in related)]
    written = "".join(f'<link rel="{rel}" href="{href}"/>' for rel, href in links if href)
    return f"<entry>{written}<content>{content}</content></entry>"


def usage_point(own: str = POINT, kind: int = 0) -> str:
    category = f"<ServiceCategory><kind>{kind}</kind></ServiceCategory>"
    return entry(f"<UsagePoint {ESPI}>{category}</UsagePoint>", own, own.rpartition("/")[0], f"{own}/MeterReading")


def meter_reading(own: str = METER, type_: str = TYPE) -> str:
    return entry(f"<MeterReading {ESPI}/>", own, own.rpartition("/")[0], f"{own}/IntervalBlock", type_)


def reading_type(fields: str = QUARTER_HOURS, own: str = TYPE) -> str:
    return entry(f"<ReadingType {ESPI}>{fields}</ReadingType>", own, own.rpartition("/")[0])


def reading(value: object, start: object = MIDNIGHT, duration: object = 900, more: str = "") -> str:
    period = f"<timePeriod><duration>{duration}</duration><start>{start}</start></timePeriod>"
    return f"<IntervalReading>{period}<value>{value}</value>{more}</IntervalReading>"


def block(*readings: str, meter: str = METER) -> str:
    content = f"<IntervalBlock {ESPI}>{''.join(readings)}</IntervalBlock>"
    return entry(content, f"{meter}/IntervalBlock/1", f"{meter}/IntervalBlock")


def summary(fields: str, point: str = POINT) -> str:
    return entry(f"<UsageSummary {ESPI}>{fields}</UsageSummary>", f"{point}/UsageSummary/1", f"{point}/UsageSummary")


def feed(*readings: str, more: str = "") -> str:
    """A whole file: one usage point, one stream of quarter hours with these readings."""
    return FEED.format(usage_point() + meter_reading() + reading_type() + (block(*readings) if readings else "") + more)


@dataclass
class Run:
    """How an import went."""

    code: int
    out: str
    err: str

    def count(self, pattern: str) -> int:
        """The number before a word of the closing line, e.g. `readings`, or after it, e.g. `refused`."""
        found = re.search(rf"(\d+) {pattern}|{pattern} (\d+)", self.out)
        assert found, (pattern, self.out, self.err)
        return int(found[1] or found[2])


def run(kind: str, path: Path, service: Service, *options: str) -> Run:
    """`wattkeeper import`, in this process."""
    out, err = io.StringIO(), io.StringIO()
    arguments = ["import", kind, os.fspath(path), "--service", service.identifier, *options]
    try:
        call_command(*arguments, stdout=out, stderr=err)
    except CommandError as error:
        return Run(error.returncode, out.getvalue(), f"{err.getvalue()}{error}")
    except SystemExit as end:
        return Run(int(str(end.code)), out.getvalue(), err.getvalue())
    return Run(0, out.getvalue(), err.getvalue())


def imported(text: str | bytes, tmp_path: Path, service: Service, *options: str) -> Run:
    """Imports a Green Button file with this text."""
    path = tmp_path / "file.xml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return run("greenbutton", path, service, *options)


def service_of(kind: int = 0, identifier: str = "S1") -> Service:
    return Service.objects.create(world=cast.sandbox(), identifier=identifier, kind=kind)


def stored_days(service: Service) -> list[Readings]:
    return [unpack(day.packed) for day in DayBlock.objects.filter(service=service).order_by("channel", "day")]


def stored(service: Service) -> list[tuple[int, int, int]]:
    """(start, duration, value) of every reading the service has, in order."""
    return [(start, long, value) for day in stored_days(service) for start, long, value in day if value is not None]


def only_channel(service: Service) -> Channel:
    return Channel.objects.get(service=service)


def is_untouched(service: Service) -> bool:
    return not service.bills.exists() and not service.channels.exists() and not stored_days(service)
