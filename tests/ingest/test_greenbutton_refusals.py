"""Files that are broken, hostile or not what they say: refused with a reason, nothing changed."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.feeds import (
    FEED,
    MIDNIGHT,
    QUARTER_HOURS,
    feed,
    imported,
    is_untouched,
    reading,
    run,
    service_of,
    stored,
    summary,
)
from wattkeeper.ingest import importing

pytestmark = pytest.mark.django_db

GOOD = reading(5)
BOMB = "<!DOCTYPE lolz [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {name} '{f'&{before};' * 10}'>" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)  # fmt: skip
PERIOD = f"<billingPeriod><duration>2592000</duration><start>{MIDNIGHT}</start></billingPeriod>"

FILES: dict[str, tuple[str | bytes, str]] = {
    "empty": (b"", "the file is empty"),
    "blank": (b"   \n", "this is not an XML file"),
    "text": (b"start,kwh\n2024-01-01,5\n", "this is not an XML file"),
    "json": (json.dumps({"readings": [1]}), "this is not an XML file"),
    "binary": (bytes(range(256)) * 50, "this is not an XML file"),
    "gzip": (gzip.compress(feed(GOOD).encode()), "a gzip file: unpack it first"),
    "zip": (b"PK\x03\x04rest", "a zip file"),
    "pdf": (b"%PDF-1.7", "a PDF"),
    "html": ("<html><body>Sign in</body></html>", "this is not a Green Button file: it starts with “html”"),
    "another namespace": (feed(GOOD).replace("2005/Atom", "2005/Atomic"), "this is not a Green Button file"),
    "another ESPI": (feed(GOOD).replace("naesb.org/espi", "naesb.org/other"), "there are no readings and no bills"),
    "no entries": (FEED.format(""), "there are no readings and no bills"),
    "cut off": (feed(GOOD, "\n" + GOOD)[:-90], "line 2: the file is cut off: it ends before “start”"),
    "not closed": (feed(GOOD).replace("</value>", "</valu>"), "not well-formed XML"),
    "two roots": (feed(GOOD) + feed(GOOD), "not well-formed XML"),
    "control character": (feed(GOOD).replace("5<", "\x015<"), "not well-formed XML"),
    "undefined entity": (feed(reading("&amount;")), "not well-formed XML"),
    "doctype": ("<!DOCTYPE feed>" + feed(GOOD), "has a DOCTYPE"),
    "doctype in UTF-16": (("<!DOCTYPE feed>" + feed(GOOD)).encode("utf-16"), "has a DOCTYPE"),
    "outer doctype": ('<!DOCTYPE feed SYSTEM "http://127.0.0.1:9/x.dtd">' + feed(GOOD), "has a DOCTYPE"),
    "entity bomb": (BOMB + "]>" + feed(reading("&i;")), "has a DOCTYPE"),
    "deep": (FEED.format("<a>" * 100 + "</a>" * 100), "nested deeper than 32"),
    "deep without end": ("<feed xmlns='http://www.w3.org/2005/Atom'>" + "<a>" * 9999, "nested deeper than 32"),
    "long text": (feed(reading("5" * 70_000)), "longer than 64 KiB"),
    "long comment": (
        feed(GOOD, more=f"\n<id/><!--{'x' * (3 << 20)}-->"),
        "line 2: an element or comment is longer than",
    ),
    "too many links": (FEED.format(f"<entry>{'<link/>' * 1001}</entry>"), "one entry has more than 1000 links"),
    "links outside of entries": (FEED.format("<link/>" * 1001), "more than 1000 links"),
    "too many children": (feed(reading(5, more="<x/>" * 6000)), "more than 5000 elements"),
}

RECORDS = {
    "NaN": (reading("NaN"), "value is not a whole number: “NaN”"),
    "decimals": (reading("1.5"), "value is not a whole number: “1.5”"),
    "hexadecimal": (reading("0x10"), "value is not a whole number"),
    "other digits": (reading("٣"), "value is not a whole number"),
    "too large": (reading(2**47), "value is out of range"),
    "huge": (reading("9" * 400), "value is not a whole number"),
    "very negative": (reading(-(2**47) - 1), "value is out of range"),
    "no value": (reading(""), "a reading without a value"),
    "year 9999": (reading(5, 253_370_764_800), "start is in the future"),
    "before meters": (reading(5, 0), "start is too early"),
    "negative start": (reading(5, -900), "start is too early"),
    "negative duration": (reading(5, MIDNIGHT, -900), "duration is out of range"),
    "endless duration": (reading(5, MIDNIGHT, 2**40), "duration is out of range"),
    "no duration": (reading(5, MIDNIGHT, ""), "timePeriod has no duration"),
    "cost": (reading(5, more="<cost>lots</cost>"), "cost is not a whole number"),
    "quality": (
        reading(5, more="<ReadingQuality><quality>-1</quality></ReadingQuality>"), "quality is out of range",
    ),
    "escape codes": (reading("\u009b31m5"), "value is not a whole number: “?31m5”"),
    "repeated": (GOOD + GOOD, "there is already a reading for this start, on line 1 with the same value"),
    "contradicted": (GOOD + reading(6), "there is already a reading for this start, on line 1 with another value"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_read_changes_nothing(name: str, tmp_path: Path) -> None:
    text, reason = FILES[name]
    service = service_of()
    result = imported(text, tmp_path, service)
    assert result.code == 2
    assert reason in result.err
    assert "nothing was imported" in result.err
    assert is_untouched(service)


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_that_cannot_be_trusted_stops_its_file(name: str, tmp_path: Path) -> None:
    bad, reason = RECORDS[name]
    service = service_of()
    result = imported(feed(bad, reading(7, MIDNIGHT + 900)), tmp_path, service)
    assert result.code == 2
    assert f"line 1: refused: {reason}" in result.err
    assert is_untouched(service)


def test_the_rest_is_imported_if_that_is_asked_for(tmp_path: Path) -> None:
    service = service_of()
    result = imported(feed(reading("NaN"), reading(7, MIDNIGHT + 900)), tmp_path, service, "--skip-refused")
    assert (result.code, result.count("readings"), result.count("refused")) == (1, 1, 1)
    assert stored(service) == [(MIDNIGHT + 900, 900, 7)]


def test_of_contradicting_readings_the_first_is_kept(tmp_path: Path) -> None:
    service = service_of()
    imported(feed(GOOD + reading(6)), tmp_path, service, "--skip-refused")
    assert stored(service) == [(MIDNIGHT, 900, 5)]


def test_a_file_with_nothing_but_refused_records_is_refused(tmp_path: Path) -> None:
    service = service_of()
    assert imported(feed(reading("NaN")), tmp_path, service, "--skip-refused").code == 2
    assert is_untouched(service)


def test_no_file_of_the_machine_is_read_into_the_data(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("42")
    text = f'<!DOCTYPE feed [<!ENTITY x SYSTEM "{secret.as_uri()}">]>' + feed(reading("&x;"))
    service = service_of()
    assert (imported(text, tmp_path, service).code, is_untouched(service)) == (2, True)


def test_every_refused_record_is_listed_with_its_line(tmp_path: Path) -> None:
    lines = [reading("bad", MIDNIGHT + 900 * number) if number % 2 else GOOD for number in range(6)]
    result = imported(feed("\n".join(lines)), tmp_path, service_of())
    assert [line.split(": ")[0] for line in result.err.splitlines() if "value is not" in line] == [
        "line 2", "line 4", "line 6",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (f"{PERIOD}<billLastPeriod>12.50</billLastPeriod>", "billLastPeriod is not a whole number"),
        (f"{PERIOD}<billLastPeriod>5</billLastPeriod><currency>978</currency>", "the bill is in currency 978"),
        (f"{PERIOD.replace('2592000', '60')}<billLastPeriod>5</billLastPeriod>", "shorter than a day"),
        (f"{PERIOD.replace('2592000', '-5')}<billLastPeriod>5</billLastPeriod>", "duration is out of range"),
    ],
)
def test_bills_that_cannot_be_trusted(fields: str, reason: str, tmp_path: Path) -> None:
    service = service_of()
    result = imported(feed(GOOD, more=summary(fields)), tmp_path, service)
    assert (result.code, reason in result.err, is_untouched(service)) == (2, True, True)


def test_two_bills_for_one_period(tmp_path: Path) -> None:
    bills = [summary(f"{PERIOD}<billLastPeriod>{amount}</billLastPeriod>") for amount in (5, 6)]
    result = imported(feed(more="\n".join(bills)), tmp_path, service_of())
    assert (result.code, "line 2: refused: there is already a bill for this period, on line 1" in result.err) == (
        2,
        True,
    )


def test_a_reading_type_without_a_unit(tmp_path: Path) -> None:
    result = imported(feed(GOOD).replace("<uom>72</uom>", ""), tmp_path, service_of())
    assert (result.code, "the ReadingType has no uom" in result.err) == (2, True)


def test_more_readings_than_a_day_can_hold(tmp_path: Path) -> None:
    every_second = QUARTER_HOURS.replace("900", "1")
    text = feed(reading(5, duration=1), reading(5, MIDNIGHT + 80_000, 1)).replace(QUARTER_HOURS, every_second)
    service = service_of()
    result = imported(text, tmp_path, service)
    assert (result.code, "more readings than a day can hold" in result.err, is_untouched(service)) == (2, True, True)


def test_a_failure_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(importing, "put_bill", fails)
    service = service_of()
    text = feed(GOOD, more=summary(f"{PERIOD}<billLastPeriod>5</billLastPeriod>"))
    with pytest.raises(RuntimeError, match="disk is full"):
        imported(text, tmp_path, service)
    assert is_untouched(service)


def test_what_is_the_future_is_asked_of_the_world(tmp_path: Path, set_clock: Callable[[datetime], None]) -> None:
    set_clock(datetime.fromtimestamp(MIDNIGHT - 2 * 86_400, UTC))
    result = imported(feed(GOOD), tmp_path, service_of())
    assert (result.code, "start is in the future" in result.err) == (2, True)


@pytest.mark.parametrize("path", ["/dev/zero", "/nowhere/file.xml", "/"])
def test_what_is_not_a_file(path: str) -> None:
    result = run("greenbutton", Path(path), service_of())
    assert (result.code, "nothing was imported" in result.err) == (2, True)
