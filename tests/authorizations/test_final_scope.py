"""The final scope says what was granted and what is really there."""

from dataclasses import replace
from datetime import date

import pytest

import cast
from wattkeeper.authorizations.final_scope import final_scope
from wattkeeper.authorizations.scope import parse
from wattkeeper.customers.models import Service
from wattkeeper.readings.power_quality import Measures, put_power_quality
from wattkeeper.readings.store import ReadingType, channel_for

pytestmark = pytest.mark.django_db
REVERSE = replace(cast.QUARTER_HOURS, flow_direction=19)
HOURLY_DEMAND = replace(cast.QUARTER_HOURS, uom=38, kind=37, accumulation=12, interval_length=3600)


def final(service: Service, asked: str = "FB=4_16_51", party: cast.ThirdParty | None = None, **shares: bool) -> str:
    classes = {"shares_intervals": True, "shares_bills": True, "shares_account": True} | shares
    registration = (party or cast.third_party()).registration
    found = final_scope(registration, parse(asked), history_length=34128000, service_ids=[service.pk], **classes)
    assert parse(str(found)) == found
    return str(found)


@pytest.fixture
def home(db: None) -> Service:
    service = cast.customer()
    cast.fill(service, date(2026, 3, 1), date(2026, 3, 2))
    return service


def test_everything_of_a_plain_home(home: Service) -> None:
    assert final(home) == (
        "FB=1_3_4_5_13_15_16_31_37_51;IntervalDuration=900;BlockDuration=daily;HistoryLength=34128000;"
        "AccountCollection=1"
    )


def test_what_was_not_granted_is_not_there(home: Service) -> None:
    assert final(home, shares_intervals=False) == (
        "FB=1_3_13_15_16_31_37_51;HistoryLength=34128000;AccountCollection=1"
    )
    assert "_15_16" not in final(home, party=cast.third_party("Rival"), shares_bills=False)


def test_blocks_tell_the_kinds_of_readings_that_the_utility_serves(home: Service) -> None:
    channel_for(home.pk, REVERSE)
    channel_for(home.pk, HOURLY_DEMAND)
    party = cast.third_party()
    party.registration.utility.function_blocks = [1, 4, 5, 8]
    assert final(home, party=party).startswith("FB=1_4_5_8;IntervalDuration=900_3600;")


def test_power_quality_is_told_where_it_is_measured_and_shared(home: Service) -> None:
    party = cast.third_party()
    party.registration.utility.function_blocks = [4, 16, 17]
    assert final(home, party=party).startswith("FB=4_16;")
    put_power_quality(home.pk, date(2026, 3, 1), date(2026, 4, 1), Measures(long_interruptions=1))
    assert final(home, party=party).startswith("FB=4_16_17;")
    assert final(home, party=party, shares_intervals=False).startswith("FB=16;")


def test_notices_of_customer_data_go_with_notices_and_customer_data(home: Service) -> None:
    party = cast.third_party()
    party.registration.utility.function_blocks = [4, 39, 51, 69]
    party.registration.notify_uri = "https://sunny.example/notify"
    assert final(home, "FB=4_39_51", party=party).startswith("FB=4_39_51_69;")
    assert final(home, "FB=4_39_51", party=party, shares_account=False).startswith("FB=4_39;")
    assert final(home, "FB=4_51", party=party).startswith("FB=4_51;")


@pytest.mark.parametrize(
    ("block", "streams"),
    [
        (6, [HOURLY_DEMAND, replace(HOURLY_DEMAND, uom=61, kind=12), replace(HOURLY_DEMAND, uom=63, kind=12)]),
        (7, [replace(cast.QUARTER_HOURS, flow_direction=4)]),
        (8, [REVERSE]),
        (9, [replace(cast.QUARTER_HOURS, accumulation=1)]),
        (10, [replace(cast.QUARTER_HOURS, commodity=7, uom=169)]),
        (10, [replace(cast.QUARTER_HOURS, commodity=7, uom=119, kind=58)]),
        (11, [replace(cast.QUARTER_HOURS, commodity=9, uom=128, kind=58)]),
        (29, [replace(cast.QUARTER_HOURS, commodity=0, uom=6, kind=46)]),
    ],
)
def test_a_block_is_named_once_all_it_demands_is_there(home: Service, block: int, streams: list[ReadingType]) -> None:
    party = cast.third_party()
    party.registration.utility.function_blocks = [1, block]
    for stream in streams:
        assert not final(home, party=party).startswith(f"FB=1_{block};")
        channel_for(home.pk, stream)
    assert final(home, party=party).startswith(f"FB=1_{block};")


def test_push_is_on_where_it_was_asked_for_and_there_is_an_address(home: Service) -> None:
    party = cast.third_party()
    assert "_39" not in final(home, "FB=4_39", party)
    party.registration.notify_uri = "https://sunny.example/notify"
    assert "SubscriptionFrequency" not in final(home, "FB=4", party)
    assert "_37_39_51;" in final(home, "FB=4_39", party)
    assert "SubscriptionFrequency=billingPeriod;" in final(home, "FB=4_39", party)
    assert "SubscriptionFrequency=7;" in final(home, "FB=4_39;SubscriptionFrequency=7", party)


def test_it_never_passes_256_characters(home: Service) -> None:
    party = cast.third_party()
    party.registration.utility.function_blocks = list(range(1, 80))
    party.registration.notify_uri = "https://sunny.example/notify"
    for length in (300, 600, 1200, 1800, 3600, 7200):
        channel_for(home.pk, replace(HOURLY_DEMAND, interval_length=length))
    found = final(home, "FB=4_16_39_51", party)
    assert 180 < len(found) <= 256
    assert "AccountCollection=1" in found
