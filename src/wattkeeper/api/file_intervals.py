"""The CSV file of readings: a row for each interval of each meter, in time order, written a day at a time."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from wattkeeper.api import exports, intervals, objects, stamps, units
from wattkeeper.api.file_tables import WHOSE, line
from wattkeeper.authorizations import contents
from wattkeeper.authorizations.contents import Channels, FilledSlot
from wattkeeper.authorizations.windows import Window
from wattkeeper.common import clock
from wattkeeper.readings.models import Channel

INTERVALS = (
    *(name for name in WHOSE if name != "utility_billing_account"), "interval_start", "interval_end", "interval_kWh",
    "net_kWh", "source", "updated", "interval_timezone", "authorization_uid",
)  # fmt: skip
"""`net_kWh` is the JSON API's `kwh`; `interval_kWh` what was delivered, or the net where the meter tells that alone."""


def rows(opened: Sequence[Window], channels: Channels) -> Iterator[bytes]:
    """The header, then a piece for each meter and day. After INTERVALS there is a column for each kind of datapoint
    that one of the meters has, such as `datapoint_fwd_kwh`. Raises GrantEndedError."""
    names = {channel.pk: name for found in channels.values() for channel, name in named(found)}
    columns = list(dict.fromkeys(names.values()))
    yield line((*INTERVALS, *columns))
    slots = chain.from_iterable(contents.slots([window], channels, newest_first=False) for window in opened)
    for filled in contents.fill(slots, channels):
        yield _day(filled, columns, names)


def named(channels: Sequence[Channel]) -> Iterator[tuple[Channel, str]]:
    """The channels of a meter with the names of their columns; a second one of a kind is `datapoint_fwd_kwh_2`."""
    seen: Counter[str] = Counter()
    for channel in channels:
        unit, _ = units.unit(channel.uom, channel.multiplier)
        kind = units.datapoint_type(channel)
        name = f"datapoint_{kind}_{unit}" if unit is not None else f"datapoint_{kind}"
        seen[name] += 1
        yield channel, name if seen[name] == 1 else f"{name}_{seen[name]}"


def _day(filled: FilledSlot, columns: Sequence[str], names: Mapping[int, str]) -> bytes:
    parts = [(channel, intervals.measured(readings)) for channel, readings in filled.parts]
    net = intervals.energy(parts)
    delivered = intervals.energy([part for part in parts if units.datapoint_type(part[0]) != "rev"])
    by_column = {
        names[channel.pk]: (units.unit(channel.uom, channel.multiplier)[1], column) for channel, column in parts
    }
    spans = sorted({span for _, column in parts for span in column})
    window = filled.slot.window
    stamp = stamps.LocalStamps(window.zone, spans[0][0], spans[-1][1])
    before, after = _around(filled)
    written = []
    for span in spans:
        numbers = [
            units.decimal(column[span], exponent) if span in column else ""
            for exponent, column in (by_column.get(name, (0, {})) for name in columns)
        ]
        own = f"{stamp(span[0])},{stamp(span[1])},{delivered.get(span, '')},{net.get(span, '')}"
        written.append(",".join([before, own, after, *numbers]) + "\r\n")
    return "".join(written).encode()


def _around(filled: FilledSlot) -> tuple[str, str]:
    """The cells before and behind those of an interval, which all of a day share."""
    window = filled.slot.window
    grant, base = window.meter.authorization, objects.base(window)
    before = (
        str(window.meter.uid), grant.world.utility.code, base.service_identifier, base.service_address,
        ", ".join(base.meter_numbers), base.service_tariff,
    )  # fmt: skip
    updated = stamps.utc(clock.from_epoch(filled.updated))
    after = exports.GREEN_BUTTON, updated, grant.world.utility.zone_name, str(grant.uid)
    first, second = (line(values).decode().removesuffix("\r\n") for values in (before, after))
    return first, second
