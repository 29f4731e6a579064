"""Two homes, three customers' stays in them, four grants: put into any state, with what each may see told beforehand.

The oracle knows the rules in plain words and the readings as they were written, and asks no code of the platform.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

import cast
from wattkeeper.authorizations.models import Authorization, Meter
from wattkeeper.common import clock, days
from wattkeeper.companies.models import Registration
from wattkeeper.customers.billing import BillRecord, put_bill
from wattkeeper.customers.models import Bill, CustomerAccount, Occupancy, Service
from wattkeeper.readings.packing import Readings
from wattkeeper.readings.store import ReadingType, channel_for, put_days

ZONE = ZoneInfo("America/Denver")
STARTS = [date(2026, 3, 7), date(2026, 10, 31)]
"""Each the day before the clock changes."""
LENGTH = 3
WRITTEN = clock.epoch(datetime(2026, 11, 1, tzinfo=UTC))
QUARTERS = ReadingType(flow_direction=1, uom=72, interval_length=900)
HOURS = ReadingType(flow_direction=19, uom=73, interval_length=3600)
THERMS = ReadingType(flow_direction=1, uom=169, interval_length=86400, commodity=7)
REGISTER = ReadingType(flow_direction=1, uom=119, interval_length=0, commodity=7, accumulation=1)
Fate = Literal["in force", "revoked", "declined", "expired"]
OWNERS = ("heather", "heather", "oscar", "heather")
HOMES: tuple[tuple[int, ...], ...] = ((0, 1), (0,), (0, 1), (0, 1))
PARTIES = ("sunny", "sunny", "sunny", "rival")
"""Of each grant: who gave it, on which of the two services, to whom."""


@dataclass(frozen=True)
class Stay:
    """Somebody's occupancy: Heather's on her first or second account, or Oscar's."""

    who: Literal["first", "second", "oscar"]
    start: date
    end: date | None

    def has(self, owner: str, day: date) -> bool:
        return (self.who == "oscar") is (owner == "oscar") and self.start <= day and (not self.end or day < self.end)


@dataclass(frozen=True)
class Terms:
    """What one grant says; moments are epoch seconds."""

    shares: frozenset[str]
    history_start: int
    ongoing_end: int | None
    fate: Fate


@dataclass(frozen=True)
class State:
    """Stays in each of the services, terms of each of the grants."""

    stays: tuple[list[Stay], list[Stay]]
    terms: tuple[Terms, ...]
    is_suspended: bool


@dataclass(frozen=True)
class Stored:
    """One reading or bill as it was written, `updated` then. No other has its value (a bill's cost).

    `days` are the local days it touches, the first of them that in which it starts.
    """

    service: int
    channel: int
    start: int
    end: int
    value: int
    updated: int
    days: tuple[date, ...]


@dataclass(frozen=True)
class Token:
    """What is presented: a company's API token (`grant` None), or an access token with the kinds it opens."""

    party: str
    grant: int | None = None
    kinds: frozenset[str] = frozenset(("intervals", "bills", "account"))


@dataclass
class Scene:
    services: list[Service]
    parties: dict[str, cast.ThirdParty]
    accounts: dict[str, CustomerAccount]
    grants: list[Authorization]
    meters: dict[UUID, tuple[int, int]]
    """Grant and service of each meter."""
    state: State = field(init=False)
    readings: dict[int, Stored] = field(default_factory=dict)
    bills: dict[int, Stored] = field(default_factory=dict)
    """Both by value."""

    def put(self, state: State) -> None:
        """Puts rows into a state."""
        self.state = state
        for service, stays in zip(self.services, state.stays, strict=True):
            service.occupancies.all().delete()
            for stay in stays:
                account = self.accounts[stay.who]
                Occupancy.objects.create(account=account, service=service, start=stay.start, end=stay.end)
        for grant, terms in zip(self.grants, state.terms, strict=True):
            past = clock.now() - timedelta(minutes=1)
            Authorization.objects.filter(pk=grant.pk).update(
                history_start=clock.from_epoch(terms.history_start),
                ongoing_end=clock.from_epoch(terms.ongoing_end) if terms.ongoing_end is not None else None,
                **{f"shares_{kind}": kind in terms.shares for kind in ("intervals", "bills", "account")},
                **{"expires": past} if terms.fate == "expired" else {},
                **{terms.fate: past} if terms.fate in {"revoked", "declined"} else {},
            )
        if state.is_suspended:
            Registration.objects.filter(pk=self.parties["sunny"].registration.pk).update(status="suspended")

    def is_open(self, grant: int) -> bool:
        return self.state.terms[grant].fate == "in force" and not (
            self.state.is_suspended and PARTIES[grant] == "sunny"
        )

    def is_let_in(self, token: Token) -> bool:
        return token.grant is None or self.is_open(token.grant)

    def opened(self, token: Token) -> list[UUID]:
        """The meters that a token opens."""
        mine = [grant for grant, party in enumerate(PARTIES) if party == token.party and token.grant in {None, grant}]
        return [uid for uid, (grant, _) in self.meters.items() if grant in mine and self.is_open(grant)]

    def kinds(self, token: Token, meter: UUID) -> frozenset[str]:
        return self.state.terms[self.meters[meter][0]].shares & token.kinds

    def stays_of(self, owner: str, service: int) -> list[Stay]:
        return [stay for stay in self.state.stays[service] if (stay.who == "oscar") is (owner == "oscar")]

    def seen(self, token: Token, meter: UUID, kind: Literal["intervals", "bills"]) -> list[Stored]:
        """All that a token may see through a meter."""
        grant, service = self.meters[meter]
        if kind not in self.kinds(token, meter):
            return []
        terms, stays = self.state.terms[grant], self.state.stays[service]
        return [
            row
            for row in (self.readings if kind == "intervals" else self.bills).values()
            if row.service == service
            and row.start >= terms.history_start
            and (terms.ongoing_end is None or (row.start < terms.ongoing_end and row.end <= terms.ongoing_end))
            and all(any(stay.has(OWNERS[grant], day) for stay in stays) for day in row.days)
        ]


def build() -> Scene:
    """The rows that no state changes."""
    parties = {"sunny": cast.third_party(), "rival": cast.third_party("Rival")}
    services = [cast.customer(), cast.customer("Heather Second")]
    heather, oscar = cast.owner(services[0]), cast.owner(cast.customer("Oscar Other"))
    accounts = {
        "first": heather.accounts.get(),
        "second": CustomerAccount.objects.create(customer=heather, number="2", billing_name="Heather Again"),
        "oscar": oscar.accounts.get(),
    }
    owners = {"heather": heather, "oscar": oscar}
    Occupancy.objects.update(account=accounts["first"])
    grants, meters = [], {}
    for number, (owner, party, homes) in enumerate(zip(OWNERS, PARTIES, HOMES, strict=True)):
        grant = cast.authorize(parties[party], services[0], customer=owners[owner])
        meters[grant.meters.get().uid] = (number, 0)
        if 1 in homes:
            meters[Meter.objects.create(authorization=grant, service=services[1]).uid] = (number, 1)
        grants.append(grant)
    scene = Scene(services, parties, accounts, grants, meters)
    for service, reading_type in ((0, QUARTERS), (0, HOURS), (1, THERMS), (1, REGISTER)):
        _fill(scene, service, reading_type)
    for service in (0, 1):
        _bill(scene, service)
    return scene


def _fill(scene: Scene, service: int, reading_type: ReadingType) -> None:
    """Three days around each change of the clock; no value stands twice in the whole scene."""
    channel = channel_for(scene.services[service].pk, reading_type)
    for day in (first + timedelta(days=offset) for first in STARTS for offset in range(LENGTH)):
        low, high = days.day_start(day, ZONE), days.day_end(day, ZONE)
        at = _written(day, service)
        starts, lengths = _grid(low, high, reading_type.interval_length)
        base = 1000 * (len(scene.readings) + 1)
        values: list[int | None] = [base + slot for slot in range(len(starts))]
        readings = Readings(starts, reading_type.interval_length, values, lengths)
        put_days(channel, {day: readings}, clock.from_epoch(at))
        for start, length, value in zip(starts, lengths or [0] * len(starts), values, strict=True):
            end = start + (length if lengths else reading_type.interval_length)
            row = Stored(service, channel.pk, start, end, value or 0, at, _touched(start, end))
            scene.readings[row.value] = row


def _touched(start: int, end: int) -> tuple[date, ...]:
    first, last = days.local_day(start, ZONE), days.local_day(max(end - 1, start), ZONE)
    return tuple(days.days(first, last + timedelta(days=1)))


def _grid(low: int, high: int, step: int) -> tuple[Sequence[int], list[int] | None]:
    """Starts of a day's readings, and their lengths where they are not all `step`.

    A day's one reading is 24 hours long, on the days of 23 and 25 too. A register is read at moments, at midnight as
    well; it also has two readings of a length that overlap and reach into the next day.
    """
    if step == 0:
        return [low, low + 5, high - 7200, high - 3600], [0, 0, 9000, 600]
    return ([low], [step]) if step == 86400 else (range(low, high, step), None)


def _bill(scene: Scene, service: int) -> None:
    for first in STARTS:
        for offset, length in ((0, 2), (2, 1), (1, 2)):
            start = first + timedelta(days=offset)
            end, cost, at = start + timedelta(days=length), 100_000 * (len(scene.bills) + 1), _written(start, service)
            put_bill(scene.services[service].pk, BillRecord(start, end, cost, 1))
            Bill.objects.filter(service=scene.services[service], start=start, end=end).update(
                updated=clock.from_epoch(at)
            )
            low, high = days.day_start(start, ZONE), days.day_start(end, ZONE)
            scene.bills[cost] = Stored(service, 0, low, high, cost, at, _touched(low, high))


def _written(day: date, service: int) -> int:
    """When a day's rows were written: each day at another time."""
    return WRITTEN + 3600 * day.toordinal() % 700_000 + service


def moments() -> st.SearchStrategy[int]:
    """Around the days that have data, on the grid of readings and off it."""
    first = st.sampled_from([days.day_start(day, ZONE) for day in STARTS])
    slots = st.integers(-4, (LENGTH + 1) * 96).map(lambda slot: 900 * slot)
    midnights = st.integers(-1, LENGTH + 1).map(lambda day: 86400 * day)
    return st.builds(int.__add__, first, st.one_of(slots, midnights, st.integers(-90_000, (LENGTH + 1) * 86_400)))


@st.composite
def stays(draw: st.DrawFn) -> Stay:
    start = draw(st.sampled_from(STARTS)) + timedelta(days=draw(st.integers(-2, LENGTH)))
    length = draw(st.one_of(st.none(), st.integers(1, 3)))
    who: Literal["first", "second", "oscar"] = draw(st.sampled_from(["first", "first", "second", "oscar"]))
    return Stay(who, start, start + timedelta(days=length) if length is not None else None)


LONG_AGO = days.day_start(date(2024, 1, 1), ZONE)
SETTLED = Stay("first", date(2020, 1, 1), None)
ALL = ("intervals", "bills", "account")
shares = st.sampled_from([ALL, ALL, ("intervals", "bills"), ("intervals",), ("bills",), ("account",)]).map(frozenset)
terms = st.builds(
    Terms,
    shares,
    st.one_of(st.just(LONG_AGO), st.just(LONG_AGO), moments()),
    st.one_of(st.none(), st.none(), moments()),
    st.sampled_from(["in force"] * 12 + ["revoked", "declined", "expired"]),
)
settled = st.lists(stays(), max_size=2).map(lambda some: [*some, SETTLED])
came_back = st.builds(
    lambda first, away: [
        Stay("first", date(2020, 1, 1), first),
        Stay("oscar", first, first + timedelta(days=away)),
        Stay("second", first + timedelta(days=away), None),
    ],
    st.sampled_from(STARTS).map(lambda first: first + timedelta(days=1)),
    st.integers(1, 240),
)
homes = st.one_of(settled, came_back, st.lists(stays(), max_size=4))
states = st.builds(
    State,
    st.tuples(homes, homes),
    st.tuples(terms, terms, terms, terms),
    st.sampled_from([False] * 15 + [True]),
)


def tokens_of(grants: Sequence[int]) -> st.SearchStrategy[Token]:
    """Access tokens of these grants, narrowed or not, and API tokens of whom they were given to."""
    kinds = st.one_of(st.just(frozenset(ALL)), shares)
    return st.one_of(
        st.sampled_from([Token(PARTIES[grant]) for grant in grants]),
        st.builds(lambda grant, some: Token(PARTIES[grant], grant, some), st.sampled_from(grants), kinds),
    )


def spans(rows: Iterable[Stored]) -> list[tuple[int, int]]:
    """The time that rows cover, in as few pieces as can be."""
    whole: list[tuple[int, int]] = []
    for row in sorted(rows, key=lambda row: row.start):
        if whole and row.start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], row.end))
        else:
            whole.append((row.start, row.end))
    return whole
