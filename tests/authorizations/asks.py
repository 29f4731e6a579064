"""Requests for data, of any kind, to either API, mostly for what there is and now and then for what there is not."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

from hypothesis import strategies as st

from authorizations import scene
from authorizations.scene import ZONE, Stored, Token
from wattkeeper.common import days

Kind = Literal["intervals", "bills"]
Path = Literal["batch", "batch-points", "batch-point", "blocks", "summaries", "readings"]
NOBODY = 99
ALL = range(4)
METERS = {0: [0, 1], 1: [2], 2: [3, 4], 3: [5, 6]}
"""Numbers of the meters of each grant."""


@dataclass(frozen=True)
class JsonAsk:
    """A request for `/bills` or `/intervals`; meters and authorizations by their numbers in the scene."""

    token: Token
    kind: Kind
    meters: list[int] | None
    grants: list[int] | None
    start: int | date | None
    end: int | date | None
    latest_first: bool
    limit: int | None

    def wants(self, row: Stored) -> bool:
        low, high = (days.day_start(end, ZONE) if isinstance(end, date) else end for end in (self.start, self.end))
        return (low is None or row.start >= low) and (high is None or (row.start < high and row.end <= high))


@dataclass(frozen=True)
class EspiAsk:
    """A request for a feed: which one, of which authorization and meter; bounds are [low, high)."""

    token: Token
    path: Path
    grant: int
    meter: int
    stream: int
    published: tuple[int | None, int | None]
    updated: tuple[int | None, int | None]
    page: int | None
    packed: bool

    def wants(self, published: int, updated: int) -> bool:
        return all(
            (low is None or value >= low) and (high is None or value < high)
            for value, (low, high) in ((published, self.published), (updated, self.updated))
        )


def bounds(low: st.SearchStrategy[Any], high: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, Any]]:
    """Mostly none; a low one is never above a high one."""
    pairs = st.tuples(st.one_of(st.none(), low), st.one_of(st.none(), high))
    in_order = pairs.map(lambda pair: pair if None in pair else (min(pair), max(pair)))
    return st.one_of(st.just((None, None)), in_order)


@st.composite
def json_asks(draw: st.DrawFn) -> JsonAsk:
    picks = st.lists(st.sampled_from([*range(7), NOBODY]), min_size=1, max_size=4)
    everything: list[tuple[list[int] | None, list[int] | None]] = [
        (None, [*ALL]),
        ([*range(7)], None),
        ([6, 0], [0, 3]),
    ]
    some = st.tuples(picks, st.one_of(st.none(), picks))
    meters, grants = draw(st.one_of(st.sampled_from(everything), st.sampled_from(everything), some))
    moments = st.one_of(st.none(), st.none(), scene.moments())
    start = draw(st.one_of(moments, st.dates(date(2026, 3, 5), date(2026, 3, 12))))
    end = draw(st.one_of(moments, st.dates(date(2026, 10, 29), date(2026, 11, 5))))
    kind: Kind = draw(st.sampled_from(["intervals", "bills"]))
    limit = draw(st.sampled_from([None, None, 1, 2, 5]))
    return JsonAsk(draw(scene.tokens_of(ALL)), kind, meters, grants, start, end, draw(st.booleans()), limit)


@st.composite
def espi_asks(draw: st.DrawFn) -> EspiAsk:
    grant = draw(st.sampled_from([*ALL, *ALL, NOBODY]))
    meter = draw(st.sampled_from(METERS.get(grant, []) * 6 + [0, NOBODY]))
    own = scene.tokens_of([grant if grant in ALL else 0])
    token = draw(st.one_of(own, own, scene.tokens_of(ALL)))
    path: Path = draw(st.sampled_from(["batch", *get_args(Path)]))
    published = draw(bounds(scene.moments(), scene.moments()))
    updated = draw(bounds(written, written))
    page = draw(st.sampled_from([None, None, 1, 3, 8]))
    return EspiAsk(token, path, grant, meter, draw(st.integers(0, 1)), published, updated, page, draw(st.booleans()))


written = st.integers(-1, 9).map(lambda number: scene.WRITTEN + number * 80_000)
