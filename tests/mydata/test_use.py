"""The chart of a customer's use, its table and its sentences: what they say, of whom, and at what price."""

from datetime import date

import pytest
from pytest_django import DjangoAssertNumQueries

import cast
from consent.visitor import Visitor, home, published_account
from mydata.homes import GAS, RECEIVED, move, put, rows, second_meter, signed_in, total
from wattkeeper.authorizations import own
from wattkeeper.common.models import AuditEntry
from wattkeeper.readings.store import ReadingType

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 9)


def test_signing_in_on_the_way_leads_to_the_newest_month() -> None:
    home()
    seen = Visitor(secret="").open("/my-data").press("Sign in as test_residential")
    assert seen.path == "/my-data"
    # 8 March has 92 quarter hours, 9 March 96, numbered from 1.
    assert "March 2026 8.9 kWh used. The highest day was Monday, March 9, 2026: 4.7 kWh." in seen.text
    assert rows(seen) == [["Sun, Mar 8", "4.3"], ["Mon, Mar 9", "4.7"]]
    assert total(seen) == ["8.9"]


def test_what_you_share_and_my_data_lead_to_each_other() -> None:
    home()
    seen = signed_in(page="/my-authorizations")
    assert "/my-data" in seen.page.xpath("//main//a/@href")
    assert "/my-authorizations" in seen.open("/my-data").page.xpath("//main//a/@href")


@pytest.mark.parametrize(
    ("day", "count", "said"),
    [
        (date(2026, 3, 8), 92, "it has 23 hours"),
        (date(2025, 11, 2), 100, "it has 25 hours"),
        (date(2026, 3, 9), 96, "kWh used"),
    ],
)
def test_a_day_has_as_many_bars_as_it_has_quarter_hours(day: date, count: int, said: str) -> None:
    service = home()
    cast.fill(service, day, date.fromordinal(day.toordinal() + 1))
    seen = signed_in(page=f"/my-data?period={day}")
    shown = rows(seen)
    assert len(shown) == len(seen.page.xpath("//*[local-name()='g']/*[local-name()='title']")) == count
    assert len({label for label, _ in shown}) == count
    assert total(seen) == [f"{count * (count + 1) / 2000:.3f}"]
    assert said in seen.text


def test_a_gap_is_a_gap_and_an_estimate_is_marked() -> None:
    service = home()
    put(service, DAY, [None, None, *[250] * 94], quality=[0, 0, 8, *[0] * 93])
    day = signed_in(page=f"/my-data?period={DAY}")
    assert rows(day)[:4] == [
        ["12:00 AM MDT no reading", ""],
        ["12:15 AM MDT no reading", ""],
        ["12:30 AM MDT estimated", "0.250"],
        ["12:45 AM MDT", "0.250"],
    ]
    assert len(day.page.find_class("gap")) == 2
    assert len(day.page.xpath("//*[@fill='url(#estimated)']")) == 1
    month = day.open("/my-data?period=2026-03")
    assert rows(month)[1] == ["Mon, Mar 9 partly estimated some readings are missing", "23.5"]
    assert "Hatched: estimated" in month.text
    assert "Grey behind: readings are missing." in month.text


def test_a_whole_day_that_is_missing_between_others_says_so() -> None:
    service = home()
    put(service, date(2026, 3, 6), [100] * 96)
    assert rows(signed_in())[1] == ["Sat, Mar 7 no reading", ""]


def test_what_was_sent_back_stands_apart_from_what_was_used() -> None:
    service = home()
    put(service, DAY, [0, 500] * 48)
    put(service, DAY, [750, 0] * 48, RECEIVED)
    seen = signed_in(page=f"/my-data?period={DAY}")
    assert "24.000 kWh used. 36.000 kWh sent back." in seen.text
    assert total(seen) == ["24.000", "36.000"]
    assert rows(seen)[0] == ["12:00 AM MDT", "0.000", "0.750"]
    assert len(seen.page.find_class("sent")) == 48


def test_where_the_meter_gives_the_net_alone_it_is_called_net() -> None:
    service = cast.customer("Nina Netter")
    published_account(service, "test_net")
    put(service, DAY, [-500, 750] * 48, ReadingType(flow_direction=4, uom=72, interval_length=900))
    seen = signed_in("test_net", page=f"/my-data?period={DAY}")
    assert "12.000 kWh net: what you used less what you sent back." in seen.text
    assert rows(seen)[0] == ["12:00 AM MDT", "-0.500"]
    scale = seen.page.xpath("//*[local-name()='svg']//*[local-name()='text'][@x='44']/text()")
    assert {text.strip() for text in scale} >= {"-0.5", "0.5"}


def test_the_same_use_in_two_lengths_counts_once() -> None:
    service = home()
    put(service, DAY, [24_000], ReadingType(flow_direction=1, uom=72, interval_length=86400))
    put(service, date(2026, 3, 7), [24_000], ReadingType(flow_direction=1, uom=72, interval_length=86400))
    seen = signed_in()
    assert rows(seen) == [["Sat, Mar 7", "24.0"], ["Sun, Mar 8", "4.3"], ["Mon, Mar 9", "4.7"]]
    assert rows(seen.open("/my-data?period=2026-03-07")) == [["12:00 AM MST", "24.000"]]


def test_averages_and_powers_are_no_use() -> None:
    service = home()
    put(service, DAY, [9_000] * 96, ReadingType(flow_direction=1, uom=38, interval_length=900, accumulation=12))
    put(service, DAY, [9_000] * 96, ReadingType(flow_direction=1, uom=72, interval_length=900, data_qualifier=8))
    assert total(signed_in()) == ["8.9"]


def test_each_meter_is_chosen_by_name_and_counted_in_its_unit() -> None:
    service = home()
    gas = second_meter(cast.owner(service))
    put(gas, DAY, [500] * 24, GAS)
    seen = signed_in()
    options = {option.text_content().split(",")[0]: option.get("value") for option in seen.page.iter("option")}
    assert list(options) == ["Electricity", "Gas"]
    assert "12.0 therm used." in seen.open(f"/my-data?meter={options['Gas']}").text
    assert seen.page.xpath("//option[@selected]/@value") == [options["Gas"]]


def test_the_year_has_its_months_and_leads_to_them() -> None:
    service = home()
    cast.fill(service, date(2025, 12, 30), date(2026, 1, 2))
    seen = signed_in(page="/my-data?period=2026")
    assert [label for label, *_ in rows(seen)] == [
        "Jan 2026 some readings are missing",
        "Feb 2026 no reading",
        "Mar 2026 some readings are missing",
    ]
    meter = own.access(cast.owner(service)).meters.get().uid
    assert f"?meter={meter}&period=2026-01" in seen.page.xpath("//main//td/../th/a/@href")
    assert seen.page.xpath("//a[@rel='prev']/@href") == [f"?meter={meter}&period=2025"]
    assert not seen.page.xpath("//a[@rel='next']")


def test_spanish_pages_are_spanish() -> None:
    home()
    seen = signed_in(language="es")
    assert "Marzo de 2026 Consumió 8.9 kWh. El día de mayor consumo fue el lunes, 9 de marzo de 2026" in seen.text
    assert rows(seen)[0] == ["Dom, 8 de mar", "4.3"]


@pytest.mark.parametrize(
    "query",
    ["period=2026-02-30", "period=20260308", "period=0001", "period=2026-13", "meter=", "meter=x", "period=２０２６"],
)
def test_nonsense_is_told_so(query: str) -> None:
    home()
    seen = signed_in()
    expected = 200 if query == "meter=" else 404
    assert seen.open(f"/my-data?{query}").response.status_code == expected


def test_a_time_without_readings_says_so_and_leads_back() -> None:
    home()
    seen = signed_in(page="/my-data?period=2019-05")
    assert "There are no readings in this time." in seen.text
    assert not rows(seen)
    assert seen.page.xpath("//a[@rel='next']")


def test_the_new_tenant_sees_nothing_of_the_old_one_nor_the_other_way_round() -> None:
    service = home()
    newcomer = move(service, date(2026, 3, 9))
    published_account(None, "test_newcomer").__class__.objects.filter(username="test_newcomer").update(
        customer=newcomer
    )
    assert rows(signed_in("test_newcomer")) == [["Mon, Mar 9", "4.7"]]
    assert rows(signed_in()) == [["Sun, Mar 8", "4.3"]]
    assert "There are no readings in this time." in signed_in(page="/my-data?period=2026-03-09").text


def test_another_customer_s_meter_is_not_here() -> None:
    other = home("Oscar Other", "test_other")
    home()
    theirs = own.access(cast.owner(other)).meters.get().uid
    seen = signed_in()
    for page in ("/my-data", "/my-data/bills"):
        assert seen.open(f"{page}?meter={theirs}").response.status_code == 404
        assert "We cannot show this here" in seen.text


def test_a_meter_as_a_company_sees_it_is_not_the_customer_s_own() -> None:
    grant = cast.authorize(cast.third_party(), home())
    assert signed_in().open(f"/my-data?meter={grant.meters.get().uid}").response.status_code == 404


def test_a_customer_without_meters_and_one_without_readings_are_told_what_is_next() -> None:
    service = cast.customer("Bea Bare")
    published_account(service, "test_bare")
    assert "There are no readings yet" in signed_in("test_bare").text
    service.occupancies.all().delete()
    own.access(service.meters.get().authorization.customer)
    service.meters.all().delete()
    assert "There is no meter of yours here yet" in signed_in("test_bare").text


def test_the_trail_is_told_that_the_customer_looked_and_at_what() -> None:
    service = home()
    signed_in(page="/my-data?period=2026-03-09")
    row = AuditEntry.objects.filter(action="data_read").latest("pk")
    assert (row.actor_kind, row.actor) == ("customer", str(cast.owner(service).uid))
    assert '"api":"page","what":"use"' in row.data
    assert '"shows":["intervals"]' in row.data


@pytest.mark.parametrize(("period", "queries"), [("2026-03-09", 10), ("2026-03", 10), ("2025", 20)])
def test_a_page_needs_few_queries_however_much_there_is(
    period: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    service = home()
    cast.fill(service, date(2024, 2, 1), date(2026, 3, 10))
    seen = signed_in()
    with django_assert_num_queries(queries):
        seen.client.get(f"/my-data?period={period}")
