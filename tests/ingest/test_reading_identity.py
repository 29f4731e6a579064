"""Whatever is written to a file comes back from reading it: properties, over generated files."""

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as some

from ingest.feeds import FEED, MIDNIGHT, block, meter_reading, reading, reading_type, usage_point
from wattkeeper.ingest import greenbutton
from wattkeeper.ingest.batch import Terms
from wattkeeper.ingest.csv_files import local_moments, scaled
from wattkeeper.ingest.csv_map import UNITS, CsvMap, TimeColumns, ValueColumn
from wattkeeper.ingest.records import EARLIEST, INT48
from wattkeeper.ingest.staging import Staging
from wattkeeper.readings.store import Reading

TERMS = Terms(latest=2_000_000_000, currency=840, commodity=1)
ELEMENTS = {"cost": "cost", "tou": "tou", "tier": "consumptionTier", "cpp": "cpp"}
ZONES = ["America/Denver", "America/St_Johns", "Australia/Lord_Howe", "UTC"]

int48 = some.integers(-INT48, INT48 - 1)
int16 = some.integers(-(2**15) + 1, 2**15 - 1)
marks = some.fixed_dictionaries(
    {}, optional={"cost": int48, "tou": int16, "tier": int16, "cpp": int16, "quality": some.integers(0, 20)}
)
readings = some.builds(Reading, some.integers(EARLIEST, TERMS.latest), some.integers(0, 9_000_000), int48, marks)
files = some.lists(readings, min_size=1, max_size=20, unique_by=lambda one: one.start)


class Dribble(io.BytesIO):
    """Gives at most so many bytes at a time."""

    def __init__(self, content: bytes, most: int) -> None:
        super().__init__(content)
        self._most = most

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self._most)


def written(one: Reading) -> str:
    more = "".join(
        f"<{ELEMENTS[name]}>{mark}</{ELEMENTS[name]}>" for name, mark in one.marks.items() if name in ELEMENTS
    )
    if "quality" in one.marks:
        more += f"<ReadingQuality><quality>{one.marks['quality']}</quality></ReadingQuality>"
    return reading(one.value, one.start, one.duration, more)


@given(files, some.integers(1, 5), some.permutations(range(8)), some.integers(1, 4000))
def test_readings_survive_any_cut_into_blocks_order_of_entries_and_reads(
    wanted: list[Reading], size: int, order: list[int], most: int
) -> None:
    blocks = [block(*map(written, wanted[at : at + size])) for at in range(0, len(wanted), size)]
    entries = [usage_point(), meter_reading(), reading_type(), *blocks]
    mixed = [entries[at] for at in order if at < len(entries)] + entries[8:]
    with Staging() as staging:
        text = FEED.format("\n".join(mixed)).encode()
        batch = greenbutton.read(Dribble(text, most), staging, TERMS, lambda _: None).batch(None)
        (stream,) = batch.streams
        staging.settle(stream, batch.streams[stream].interval_length, TERMS.latest)
        assert list(staging.readings(stream)) == sorted(wanted, key=lambda one: one.start)
        assert staging.count(refused=True) == 0


@given(int48, some.integers(0, 6), some.sampled_from(".,"))
def test_decimals_become_the_integer_they_are(number: int, decimals: int, sign: str) -> None:
    text = f"{Decimal(number).scaleb(-decimals):f}".replace(".", sign)
    assert scaled(text, decimals, sign, "kWh") == number


@given(some.integers(EARLIEST // 60, TERMS.latest // 60), some.sampled_from(ZONES))
def test_a_local_time_means_the_moment_it_was_made_of(minute: int, zone: str) -> None:
    moment = datetime.fromtimestamp(minute * 60, UTC).astimezone(ZoneInfo(zone))
    found = local_moments(moment.replace(tzinfo=None), a_map(zone))
    assert minute * 60 in found
    assert len(found) == (2 if is_repeated(moment) else 1)


def is_repeated(moment: datetime) -> bool:
    return moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset()


def a_map(zone: str) -> CsvMap:
    column = ValueColumn("kWh", UNITS["kWh"], 1, 3)
    return CsvMap(TimeColumns(("Start",), "iso"), (column,), 3600, ZoneInfo(zone))


def test_times_that_no_clock_showed_mean_nothing() -> None:
    gap = datetime(2024, 3, 10, 2, 30)  # noqa: DTZ001 - a local time is what is tested
    assert local_moments(gap, a_map("America/Denver")) == []
    assert local_moments(gap - timedelta(hours=1), a_map("America/Denver")) == [1_710_059_400]
    assert local_moments(datetime(2024, 6, 1), a_map("America/Denver")) == [MIDNIGHT]  # noqa: DTZ001
