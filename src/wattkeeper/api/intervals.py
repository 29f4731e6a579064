"""The Interval object, written as text: one Meter's readings of one local day.

A page can hold a million datapoints, so nothing is built as objects: each day is put together from strings and sent.
"""

import json
from collections.abc import Hashable, Iterable, Iterator
from itertools import repeat
from typing import TypeVar

from wattkeeper.api import exports, objects, stamps, units
from wattkeeper.authorizations.contents import FilledSlot, Slot
from wattkeeper.common import clock
from wattkeeper.readings.models import Channel
from wattkeeper.readings.packing import Readings

ENERGY = 72  # ESPI UnitSymbolKind Wh
SIGNS = {"fwd": 1, "rev": -1}

Span = tuple[int, int]
Column = dict[Span, int]
Part = tuple[Channel, Readings]
Key = TypeVar("Key", bound=Hashable)


def uid(slot: Slot) -> str:
    """`<meter uid>-<local day>`: the same for ever, and enough to go on after it."""
    return f"{slot.window.meter.uid}-{slot.day.isoformat()}"


def written(filled: FilledSlot) -> str:
    """One Interval object as JSON."""
    slot = filled.slot
    grant = slot.window.meter.authorization
    updated = stamps.utc(clock.from_epoch(filled.updated))
    whole = objects.base(slot.window)
    head = {
        "uid": uid(slot),
        "meter_uid": str(slot.window.meter.uid),
        "authorization_uid": str(grant.uid),
        "created": updated,
        "updated": updated,
        "notes": [],
        "utility": grant.world.utility.code,
        "blocks": ["base", "sources", "readings"],
        "base": {
            "service_identifier": whole.service_identifier,
            "service_tariff": whole.service_tariff,
            "service_address": whole.service_address,
            "meter_numbers": whole.meter_numbers,
            "qualities": qualities(filled.parts),
        },
        "sources": [exports.green_button_source(slot).model_dump()],
    }
    readings = _even_readings(filled) if _is_even(filled.parts) else _readings(filled)
    return f'{json.dumps(head)[:-1]}, "readings": [{", ".join(readings)}]}}'


def _is_even(parts: list[Part]) -> bool:
    """Whether all channels measured the same even intervals, none missing: so it is on nearly every day."""
    first = parts[0][1]
    return all(
        readings.durations is None
        and (readings.step, readings.starts) == (first.step, first.starts)
        and None not in readings.values
        for _, readings in parts
    )


def _even_readings(filled: FilledSlot) -> list[str]:
    """What `_readings` writes, for an even day: a third of the work."""
    readings = filled.parts[0][1]
    moments = [*readings.starts, readings.end(-1)]
    stamp = stamps.LocalStamps(filled.slot.window.zone, moments[0], moments[-1])
    texts = [stamp(moment) for moment in moments]
    columns = [(channel, [value for value in part.values if value is not None]) for channel, part in filled.parts]
    net = energy([(channel, dict(enumerate(values))) for channel, values in columns])
    points, texts_of_values = [], []
    for channel, values in columns:
        opening, exponent = _opening(channel)
        points.append(f"{opening.replace('%', '%%')}%s}}")
        texts_of_values.append([units.decimal(value, exponent) for value in values])
    row = f'{{"start": "%s", "end": "%s", "kwh": %s, "datapoints": [{", ".join(points)}]}}'
    energies = [net.get(index, "null") for index in range(len(readings.values))]
    return [row % fields for fields in zip(texts[:-1], texts[1:], energies, *texts_of_values, strict=True)][::-1]


def _readings(filled: FilledSlot) -> Iterator[str]:
    """Each reading of a day, latest first: channels that measured the same interval stand together."""
    columns = [(channel, measured(readings)) for channel, readings in filled.parts]
    spans = sorted({span for _, column in columns for span in column}, reverse=True)
    if not spans:
        return
    datapoints = [_datapoints(channel, column) for channel, column in columns]
    net = energy(columns)
    moments = {moment for span in spans for moment in span}
    stamp = stamps.LocalStamps(filled.slot.window.zone, min(moments), max(moments))
    texts = {moment: stamp(moment) for moment in moments}
    for span in spans:
        points = ", ".join([column[span] for column in datapoints if span in column])
        yield (
            f'{{"start": "{texts[span[0]]}", "end": "{texts[span[1]]}", "kwh": {net.get(span, "null")}, '
            f'"datapoints": [{points}]}}'
        )


def _opening(channel: Channel) -> tuple[str, int]:
    """A datapoint of the channel up to its value, and the power of ten of that."""
    unit, exponent = units.unit(channel.uom, channel.multiplier)
    return json.dumps({"type": units.datapoint_type(channel), "unit": unit})[:-1] + ', "value": ', exponent


def _datapoints(channel: Channel, column: Column) -> dict[Span, str]:
    opening, exponent = _opening(channel)
    return {span: f"{opening}{units.decimal(value, exponent)}}}" for span, value in column.items()}


def energy(columns: list[tuple[Channel, dict[Key, int]]]) -> dict[Key, str]:
    """Net kWh by interval, as text: the net channel's where there is one, else delivered less received.

    An interval that lacks one of the two is left out: its net is not known.
    """
    kinds: dict[str, tuple[Channel, dict[Key, int]]] = {}
    for channel, column in columns:
        if channel.uom == ENERGY:
            kind = units.datapoint_type(channel)
            first, so_far = kinds.setdefault(kind, (channel, {}))
            if first.pk == channel.pk:
                so_far.update(column)
    signs = {"net": 1} if "net" in kinds else {kind: sign for kind, sign in SIGNS.items() if kind in kinds}
    if not signs:
        return {}
    lowest = min(kinds[kind][0].multiplier for kind in signs)
    terms = []
    for kind, sign in signs.items():
        channel, column = kinds[kind]
        scale = sign * 10 ** (channel.multiplier - lowest)
        terms.append({span: scale * value for span, value in column.items()})
    known = set(terms[0]).intersection(*terms[1:])
    return {span: units.decimal(sum([term[span] for term in terms]), lowest - 3) for span in known}


def measured(readings: Readings) -> Column:
    """The value of every reading that is there, by its start and end."""
    lengths = readings.durations if readings.durations is not None else repeat(readings.step, len(readings.values))
    return {
        (start, start + length): value
        for start, length, value in zip(readings.starts, lengths, readings.values, strict=True)
        if value is not None
    }


def qualities(parts: Iterable[Part]) -> list[str]:
    """The words for the qualities of a day's readings."""
    codes = {
        channel.default_quality if mark is None else mark
        for channel, readings in parts
        for mark in set(readings.marks.get("quality", [None]))
    }
    return [units.quality(code) for code in sorted(codes)]
