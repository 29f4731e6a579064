"""The ways in which real files differ from the book, and from each other."""

from pathlib import Path

import pytest

from ingest.feeds import (
    ESPI,
    FEED,
    METER,
    MIDNIGHT,
    POINT,
    QUARTER_HOURS,
    TYPE,
    block,
    entry,
    feed,
    imported,
    meter_reading,
    only_channel,
    reading,
    reading_type,
    service_of,
    stored,
    stored_days,
    summary,
    usage_point,
)

pytestmark = pytest.mark.django_db

TWO = [(MIDNIGHT, 900, 5), (MIDNIGHT + 900, 900, 7)]
READINGS = (reading(5), reading(7, MIDNIGHT + 900))


def test_an_ordinary_file(tmp_path: Path) -> None:
    service = service_of()
    assert imported(feed(*READINGS), tmp_path, service).code == 0
    assert stored(service) == TWO


def test_any_prefixes(tmp_path: Path) -> None:
    text = feed(*READINGS).replace("</", "<?/").replace("<", "<a:").replace("<a:?/", "</a:")
    for name in ("UsagePoint", "ServiceCategory", "MeterReading", "ReadingType", "IntervalBlock", "IntervalReading"):
        text = text.replace(f"a:{name}", f"b:{name}")
    for name in ("timePeriod", "duration", "start", "value", "commodity", "flowDirection", "intervalLength", "kind"):
        text = text.replace(f"a:{name}", f"b:{name}")
    text = text.replace("a:powerOfTenMultiplier", "b:powerOfTenMultiplier").replace("a:uom", "b:uom")
    text = text.replace(ESPI, 'xmlns:b="http://naesb.org/espi"').replace("xmlns=", "xmlns:a=")
    service = service_of()
    assert imported(text, tmp_path, service).code == 0
    assert stored(service) == TWO


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_encodings_of_xml(encoding: str, tmp_path: Path) -> None:
    service = service_of()
    assert imported(feed(*READINGS).encode(encoding), tmp_path, service).code == 0
    assert stored(service) == TWO


def test_entries_in_any_order_and_content_before_links(tmp_path: Path) -> None:
    turned = block(*READINGS).replace("<content>", "<keep>").replace("</content>", "</keep>")
    links, content = turned.removeprefix("<entry>").removesuffix("</entry>").split("<keep>")
    turned = f"<entry><content>{content.removesuffix('</keep>')}</content>{links}</entry>"
    service = service_of()
    assert imported(FEED.format(turned + reading_type() + meter_reading() + usage_point()), tmp_path, service).code == 0
    assert stored(service) == TWO


@pytest.mark.parametrize("base", ["/espi/1_1/resource/", "", "http://localhost:8080/DataCustodian/espi/1_1/resource/"])
def test_relative_and_absolute_links_are_one(base: str, tmp_path: Path) -> None:
    relative = block(*READINGS).replace("https://utility.example/espi/1_1/resource/", base)
    text = FEED.format(usage_point() + meter_reading() + reading_type() + relative)
    service = service_of()
    assert imported(text, tmp_path, service).code == 0
    assert stored(service) == TWO


def test_a_file_without_links(tmp_path: Path) -> None:
    content = f"<IntervalBlock {ESPI}>{''.join(READINGS)}</IntervalBlock>"
    text = FEED.format(entry(content) + entry(f"<ReadingType {ESPI}>{QUARTER_HOURS}</ReadingType>"))
    service = service_of()
    assert imported(text, tmp_path, service).code == 0
    assert stored(service) == TWO


def test_a_link_to_a_reading_type_that_is_not_there_is_not_guessed_away(tmp_path: Path) -> None:
    other = TYPE.replace("/1", "/2")
    text = FEED.format(usage_point() + meter_reading() + reading_type(own=other) + block(*READINGS))
    result = imported(text, tmp_path, service_of())
    assert (result.code, "no ReadingType in the file" in result.err) == (2, True)


def test_readings_of_a_meter_reading_that_is_not_there_are_not_given_to_another(tmp_path: Path) -> None:
    other = block(*READINGS, meter=f"{POINT}/MeterReading/2")
    no_type = meter_reading(type_="")
    result = imported(FEED.format(usage_point() + no_type + reading_type() + other), tmp_path, service_of())
    assert (result.code, "no ReadingType in the file" in result.err) == (2, True)


def test_several_resources_in_one_content(tmp_path: Path) -> None:
    first, second = (f"<IntervalBlock {ESPI}>{one}</IntervalBlock>" for one in READINGS)
    both = entry(first + second, f"{METER}/IntervalBlock/1", f"{METER}/IntervalBlock")
    service = service_of()
    assert imported(feed(more=both), tmp_path, service).code == 0
    assert stored(service) == TWO


def test_readings_without_a_period_follow_from_the_block(tmp_path: Path) -> None:
    interval = f"<interval><duration>1800</duration><start>{MIDNIGHT}</start></interval>"
    values = "".join(f"<IntervalReading><value>{value}</value></IntervalReading>" for value in (5, 7))
    service = service_of()
    assert imported(feed(interval + values), tmp_path, service).code == 0
    assert stored(service) == TWO


def test_readings_that_no_period_can_be_told_for_are_refused(tmp_path: Path) -> None:
    result = imported(feed("<IntervalReading><value>5</value></IntervalReading>"), tmp_path, service_of())
    assert (result.code, "without a timePeriod" in result.err) == (2, True)


def test_marks_of_a_reading(tmp_path: Path) -> None:
    marks = "<consumptionTier>2</consumptionTier><tou>3</tou><cpp>1</cpp><cost>-12</cost>"
    marks += "<ReadingQuality><quality>17</quality></ReadingQuality>"
    service = service_of()
    imported(feed(reading(5, more=marks)), tmp_path, service)
    assert stored_days(service)[0].marks == {"tier": [2], "tou": [3], "cpp": [1], "cost": [-12], "quality": [17]}


@pytest.mark.parametrize("spelling", ["ServiceDeliveryPoint", "serviceDeliveryPoint"])
def test_elements_that_are_not_needed_do_not_disturb(spelling: str, tmp_path: Path) -> None:
    more = f"<{spelling}><name>Pole 7</name></{spelling}></UsagePoint>"
    service = service_of()
    assert imported(feed(*READINGS).replace("</UsagePoint>", more), tmp_path, service).code == 0


def test_meter_readings_of_one_type_are_one_stream(tmp_path: Path) -> None:
    second = f"{POINT}/MeterReading/2"
    more = meter_reading(second) + block(READINGS[1], meter=second)
    service = service_of()
    assert imported(feed(READINGS[0], more=more), tmp_path, service).code == 0
    assert only_channel(service)
    assert stored(service) == TWO


@pytest.mark.parametrize("name", ["UsageSummary", "ElectricPowerUsageSummary"])
def test_both_names_of_the_summary(name: str, tmp_path: Path) -> None:
    fields = f"<billingPeriod><duration>2592000</duration><start>{MIDNIGHT}</start></billingPeriod>"
    fields += "<billLastPeriod>9150000</billLastPeriod><costAdditionalLastPeriod>150000</costAdditionalLastPeriod>"
    text = feed(more=summary(fields).replace("UsageSummary ", f"{name} ").replace("</UsageSummary", f"</{name}"))
    service = service_of()
    assert imported(text, tmp_path, service).code == 0
    bill = service.bills.get()
    assert (f"{bill.start}", f"{bill.end}", bill.total_cost) == ("2024-06-01", "2024-07-01", 9_150_000)
    assert bill.details["line_items"][0]["cost"] == 150_000


def test_a_bill_in_the_currency_of_its_utility(tmp_path: Path) -> None:
    service = service_of()
    service.world.utility.currency = "GBP"
    service.world.utility.save()
    fields = f"<billingPeriod><duration>2592000</duration><start>{MIDNIGHT}</start></billingPeriod>"
    fields += "<billLastPeriod>9150000</billLastPeriod><currency>826</currency>"
    assert imported(feed(more=summary(fields)), tmp_path, service).code == 0
