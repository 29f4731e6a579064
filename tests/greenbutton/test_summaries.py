"""Bills as usage summaries: the same money and the same consumption, to the last digit."""

from datetime import date

import pytest
from lxml import etree

from greenbutton import reader
from greenbutton.reader import Home, entries, numbers, values
from wattkeeper.customers.billing import BillRecord, put_bill

pytestmark = pytest.mark.django_db
ITEM = "UsageSummary/costAdditionalDetailLastPeriod"


@pytest.fixture
def home() -> Home:
    return reader.home()


def summaries(home: Home) -> list[etree._Element]:
    return entries(reader.read(home.path("/UsageSummary"), home.token))


def test_in_time_order_with_their_periods_in_local_days(home: Home) -> None:
    starts = [numbers(summary, "UsageSummary/billingPeriod/start")[0] for summary in summaries(home)]
    durations = [numbers(summary, "UsageSummary/billingPeriod/duration")[0] for summary in summaries(home)]
    assert starts == [1772175600, 1773554400]
    assert starts[0] + durations[0] == starts[1]
    assert durations == [16 * 86400 - 3600, 18 * 86400]


def test_totals_and_line_items_add_up(home: Home) -> None:
    for summary in summaries(home):
        assert numbers(summary, "UsageSummary/billLastPeriod") == [5_000_000]
        assert sum(numbers(summary, f"{ITEM}/amount")) == 5_000_000
        assert numbers(summary, "UsageSummary/overallConsumptionLastPeriod/value") == [700_000]
        assert numbers(summary, "UsageSummary/overallConsumptionLastPeriod/uom") == [72]


def test_a_line_item_says_what_how_much_and_at_what_price(home: Home) -> None:
    summary = summaries(home)[0]
    assert values(summary, f"{ITEM}/note") == ["Customer charge", "Energy charge <summer & winter>"]
    assert numbers(summary, f"{ITEM}/itemKind") == [4, 3]
    assert numbers(summary, f"{ITEM}/measurement/value") == [700_000]
    assert numbers(summary, f"{ITEM}/unitCost") == [10_000]


def test_the_rest_of_what_a_bill_says(home: Home) -> None:
    summary = summaries(home)[0]
    assert values(summary, "UsageSummary/tariffProfile") == ["Residential"]
    assert numbers(summary, "UsageSummary/peakDemand/value") == [4_200]
    assert numbers(summary, "UsageSummary/commodity") == [1]
    assert numbers(summary, "UsageSummary/currency") == [840]


def test_a_bill_with_little_on_it_is_a_valid_summary(home: Home) -> None:
    put_bill(home.service.pk, BillRecord(date(2026, 4, 2), date(2026, 5, 1), -1_250_000, None))
    bare = summaries(home)[-1]
    assert numbers(bare, "UsageSummary/billLastPeriod") == [-1_250_000]
    assert values(bare, "UsageSummary/overallConsumptionLastPeriod/value") == []
    assert values(bare, "UsageSummary/tariffProfile") == []


def test_a_corrected_bill_keeps_its_id(home: Home) -> None:
    before = list(reader.ids(reader.read(home.path("/UsageSummary"), home.token)))
    put_bill(home.service.pk, BillRecord(date(2026, 2, 27), date(2026, 3, 15), 4_000_000, 700_000))
    after = reader.read(home.path("/UsageSummary"), home.token)
    assert list(reader.ids(after)) == before
    assert numbers(entries(after)[0], "UsageSummary/billLastPeriod") == [4_000_000]
