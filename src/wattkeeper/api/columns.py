"""Intervals as columnar JSON: the values of a channel's day as one list, a tenth of the bytes of single readings."""

import json
from collections.abc import Iterable, Iterator

from wattkeeper.api import intervals, stamps, units
from wattkeeper.authorizations.contents import FilledSlot
from wattkeeper.authorizations.windows import Window
from wattkeeper.common import clock
from wattkeeper.readings.models import Channel
from wattkeeper.readings.packing import Readings


def meters(opened: Iterable[Window]) -> dict[str, dict[str, str]]:
    """What holds for every day of a meter, by its uid."""
    return {
        str(window.meter.uid): {
            "authorization_uid": str(window.meter.authorization.uid),
            "utility": window.meter.authorization.world.utility.code,
            "time_zone": window.zone.key,
            "service_identifier": window.service.identifier,
        }
        for window in opened
    }


def written(filled: FilledSlot) -> str:
    """One day of a meter as JSON."""
    slot = filled.slot
    head = {
        "uid": intervals.uid(slot),
        "meter_uid": str(slot.window.meter.uid),
        "updated": stamps.utc(clock.from_epoch(filled.updated)),
        "qualities": intervals.qualities(filled.parts),
    }
    series = ", ".join(_series(filled, channel, readings) for channel, readings in filled.parts)
    return f'{json.dumps(head)[:-1]}, "series": [{series}]}}'


def _series(filled: FilledSlot, channel: Channel, readings: Readings) -> str:
    """One channel's values in time order, null where one is missing; `starts` and `ends` only where they do not follow
    one another evenly."""
    unit, exponent = units.unit(channel.uom, channel.multiplier)
    zone = filled.slot.window.zone
    head: dict[str, object] = {"type": units.datapoint_type(channel), "unit": unit}
    if isinstance(readings.starts, range) and readings.durations is None:
        head |= {"start": stamps.local(readings.starts[0], zone), "step": readings.step}
    else:
        ends = (readings.end(index) for index in range(len(readings.values)))
        head |= {"starts": list(_local(readings.starts, filled)), "ends": list(_local(ends, filled))}
    values = ",".join(["null" if value is None else units.decimal(value, exponent) for value in readings.values])
    return f'{json.dumps(head)[:-1]}, "values": [{values}]}}'


def _local(moments: Iterable[int], filled: FilledSlot) -> Iterator[str]:
    return (stamps.local(moment, filled.slot.window.zone) for moment in moments)
