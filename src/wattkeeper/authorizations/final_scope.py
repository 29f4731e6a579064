"""The final scope: what was granted, in the words of ESPI, from what the services really have."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from wattkeeper.authorizations.scope import (
    ACCOUNT,
    BILLS,
    DATA_BLOCKS,
    INTERVALS,
    LONGEST_FINAL,
    PUSH,
    Scope,
    ScopeError,
)
from wattkeeper.companies.models import Registration
from wattkeeper.readings.models import Channel, PowerQuality
from wattkeeper.utilities.models import Utility

INFRASTRUCTURE = {1, 3, 13, 18, 19, 31, 35, 37}
BILL_BLOCKS = {15, BILLS}
ACCOUNT_BLOCKS = {ACCOUNT, *range(53, 63), 64, 65, 67}
POWER_QUALITY, BULK, ACCOUNT_PUSH = 17, 35, 69
DEFAULT_FREQUENCY = "billingPeriod"

Fits = Callable[[Channel], bool]


def _demand(uom: int, kind: int) -> Fits:
    return lambda channel: (channel.uom, channel.kind, channel.accumulation) == (uom, kind, 12)


def _amount(commodity: int, *units: tuple[int, int]) -> Fits:
    """An amount in each interval, in one of these pairs of MeasurementKind and UnitSymbolKind."""
    return lambda channel: (
        (channel.commodity, channel.accumulation) == (commodity, 4) and (channel.kind, channel.uom) in units
    )


INTERVAL_BLOCKS: dict[int, tuple[Fits, ...]] = {
    5: (_amount(1, (12, 72)),),
    6: (_demand(38, 37), _demand(61, 12), _demand(63, 12)),
    7: (lambda channel: channel.uom == 72 and channel.flow_direction == 4,),
    8: (lambda channel: channel.uom == 72 and channel.flow_direction == 19,),
    9: (lambda channel: channel.uom == 72 and channel.accumulation == 1,),
    10: (_amount(7, (12, 31), (12, 132), (12, 169), (58, 42), (58, 119)),),
    11: (_amount(9, (58, 128), (58, 119), (58, 42)),),
    29: (lambda channel: channel.kind == 46 and channel.uom == 6,),
}
"""Blocks that say what kinds of readings there are, and each kind that they demand: GBA's data tests D071 to D147."""
UNDER = {
    INTERVALS: {INTERVALS, POWER_QUALITY, *INTERVAL_BLOCKS},
    BILLS: BILL_BLOCKS,
    ACCOUNT: {*ACCOUNT_BLOCKS, ACCOUNT_PUSH},
}


def final_scope(
    registration: Registration,
    asked: Scope,
    *,
    shares_intervals: bool,
    shares_bills: bool,
    shares_account: bool,
    history_length: int,
    service_ids: Iterable[int],
) -> Scope:
    """The granted classes, what stands under them, and the informational parameters; at most 256 characters.

    `history_length` in seconds. Blocks are only ever those the utility serves. The preferred end date and
    AdditionalScope are questions, not answers, and are left out.
    """
    services = list(service_ids)
    channels = list(Channel.objects.filter(service__in=services)) if shares_intervals else []
    blocks = set(INFRASTRUCTURE)
    if shares_intervals:
        blocks |= {INTERVALS} | {block for block, kinds in INTERVAL_BLOCKS.items() if _are_there(kinds, channels)}
        if PowerQuality.objects.filter(service__in=services).exists():
            blocks.add(POWER_QUALITY)
    if shares_bills:
        blocks |= BILL_BLOCKS
    if shares_account:
        blocks |= ACCOUNT_BLOCKS
    if PUSH in asked.blocks and registration.notify_uri:
        blocks |= {PUSH, ACCOUNT_PUSH} if shares_account else {PUSH}
    blocks &= set(registration.utility.function_blocks)
    return _fitting(
        Scope(
            tuple(sorted(blocks)),
            history_length=history_length,
            frequency=(asked.frequency or DEFAULT_FREQUENCY) if PUSH in blocks else None,
            interval_durations=tuple(sorted({found.interval_length for found in channels if found.interval_length})),
            block_duration="daily" if channels else None,
            account_collection=len(services),
            bulk_id=str(registration.uid) if BULK in blocks else None,
        )
    )


def narrowed(granted: Scope, wanted: Scope) -> Scope:
    """The part of a granted scope that a client wants for one access token (RFC 6749 section 6).

    It names function blocks alone, at least one of data; whatever else it says must be as granted. A kind of data
    that it leaves out goes with all that stands under it. Raises ScopeError for anything more than was granted.
    """
    if not set(wanted.blocks) <= set(granted.blocks):
        raise ScopeError("The scope names function blocks that were not granted.")
    if replace(wanted, blocks=()) not in {Scope(()), replace(granted, blocks=())}:
        raise ScopeError("Beside FB, a narrower scope can only repeat what was granted.")
    if not DATA_BLOCKS & set(wanted.blocks):
        raise ScopeError("The scope names no kind of data; ask for 4 (intervals), 16 (bills) or 51 (account details).")
    blocks, kept = set(granted.blocks), granted
    for data, under in UNDER.items():
        if data not in wanted.blocks:
            blocks -= under
    if INTERVALS not in blocks:
        kept = replace(kept, interval_durations=(), block_duration=None)
    return replace(kept, blocks=tuple(sorted(blocks)))


def client_scope(utility: Utility) -> str:
    """The scope of a client token, which opens no customer's data: what stands under every grant here."""
    return str(Scope(tuple(sorted(INFRASTRUCTURE & set(utility.function_blocks)))))


def _are_there(kinds: Iterable[Fits], channels: list[Channel]) -> bool:
    return all(any(map(fits, channels)) for fits in kinds)


def _fitting(scope: Scope) -> Scope:
    """Without what is only information, least telling first, as far as ESPI's String256 demands it."""
    for left_out in ({}, {"block_duration": None}, {"interval_durations": ()}, {"bulk_id": None}):
        scope = replace(scope, **left_out)
        if len(str(scope)) <= LONGEST_FINAL:
            break
    return scope
