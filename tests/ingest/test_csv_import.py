"""CSV files with a map of their columns: exact numbers, local times, and clear words where either is in doubt."""

from pathlib import Path

import pytest

from ingest.feeds import MIDNIGHT, Run, is_untouched, only_channel, run, service_of, stored, stored_days
from wattkeeper.customers.models import Service
from wattkeeper.readings.models import Channel, SupersededDay

pytestmark = pytest.mark.django_db

HOURLY = """
interval = 3600
[start]
column = "Start"
[[values]]
column = "kWh"
unit = "kWh"
"""
HOUR = 3600
NOVEMBER_3 = 1_730_613_600  # 2024-11-03 00:00 in El Paso; the clocks go back at 2:00


def imported(
    tmp_path: Path, service: Service, table: str | bytes, mapping: str = HOURLY, *options: str
) -> Run:  # fmt: skip
    (tmp_path / "map.toml").write_text(mapping)
    path = tmp_path / "file.csv"
    path.write_bytes(table if isinstance(table, bytes) else table.encode())
    return run("csv", path, service, "--map", str(tmp_path / "map.toml"), *options)


def test_hours_in_the_utilitys_zone(tmp_path: Path) -> None:
    service = service_of()
    result = imported(tmp_path, service, "Start,kWh\n2024-06-01T00:00,1.25\n2024-06-01T01:00,0.007\n")
    assert (result.code, result.count("readings")) == (0, 2)
    assert stored(service) == [(MIDNIGHT, HOUR, 1250), (MIDNIGHT + HOUR, HOUR, 7)]
    channel = only_channel(service)
    assert (channel.uom, channel.multiplier, channel.flow_direction, channel.interval_length) == (72, 0, 1, HOUR)


def test_numbers_no_float_can_hold(tmp_path: Path) -> None:
    service = service_of()
    numbers = ("70368744177.327", "0.1", ".5", "-5.", "1e-3")
    rows = [f"2024-06-01T0{hour}:00,{number}" for hour, number in enumerate(numbers)]
    imported(tmp_path, service, "\n".join(["Start,kWh", *rows]))
    assert [value for _, _, value in stored(service)] == [70_368_744_177_327, 100, 500, -5000, 1]


def test_everything_a_map_can_say(tmp_path: Path) -> None:
    mapping = """
        time_zone = "America/New_York"
        decimal = ","
        delimiter = ";"
        encoding = "cp1252"
        skip_lines = 2
        interval = 900
        [start]
        columns = ["Día", "Hora"]
        format = "%d/%m/%Y %H:%M"
        [duration]
        column = "Minutos"
        unit = "minutes"
        [[values]]
        column = "Consumo"
        unit = "kWh"
        decimals = 2
        [[values]]
        column = "Excedente"
        unit = "kWh"
        flow = "received"
        decimals = 2
        [quality]
        column = "Tipo"
        codes = { Real = 17, Estimada = 8 }
    """
    table = "Informe\nde consumo\nDía;Hora;Minutos;Consumo;Excedente;Tipo\n"
    table += "01/06/2024;02:00;15;1,25;;Real\n01/06/2024;02:15;15;0,5;0,25;Estimada\n"
    service = service_of()
    assert imported(tmp_path, service, table.encode("cp1252"), mapping).code == 0
    two = MIDNIGHT  # two hours before El Paso
    assert stored(service) == [(two, 900, 125), (two + 900, 900, 50), (two + 900, 900, 25)]
    assert stored_days(service)[0].marks == {"quality": [17, 8]}
    assert list(Channel.objects.values_list("flow_direction", "multiplier")) == [(1, 1), (19, 1)]


def test_an_end_instead_of_a_length(tmp_path: Path) -> None:
    mapping = HOURLY.replace("Start", "From") + '[end]\ncolumn = "To"\n'
    service = service_of()
    table = "From,To,kWh\n2024-06-01T00:00,2024-06-01T01:00,1\n2024-06-02,2024-07-02,2\n"
    assert imported(tmp_path, service, table, mapping).code == 0
    assert [(long, value) for _, long, value in stored(service)] == [(HOUR, 1000), (30 * 86_400, 2000)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks(encoding: str, tmp_path: Path) -> None:
    service = service_of()
    assert imported(tmp_path, service, "Start,kWh\n2024-06-01T00:00,1\n".encode(encoding)).code == 0
    assert len(stored(service)) == 1


def test_an_empty_value_is_a_gap(tmp_path: Path) -> None:
    service = service_of()
    rows = [f"2024-06-01T0{hour}:00,{value}" for hour, value in enumerate(("1", "", "3"))]
    assert imported(tmp_path, service, "\n".join(["Start,kWh", *rows, "", ","])).code == 0
    assert stored_days(service)[0].values == [1000, None, 3000]


NIGHT = [f"2024-11-03T{text},{number}" for number, text in enumerate(("00:00", "01:00", "01:00", "02:00"))]


def test_an_hour_that_comes_twice_is_refused_unless_the_map_settles_it(tmp_path: Path) -> None:
    service = service_of()
    result = imported(tmp_path, service, "\n".join(["Start,kWh", *NIGHT]))
    assert (result.code, is_untouched(service)) == (2, True)
    assert "line 3: refused: start is a local time that comes twice" in result.err


def test_an_hour_that_comes_twice_in_the_order_of_the_rows(tmp_path: Path) -> None:
    service = service_of()
    result = imported(tmp_path, service, "\n".join(["Start,kWh", *NIGHT]), 'repeated_hour = "in order"\n' + HOURLY)
    assert result.code == 0
    assert stored(service) == [(NOVEMBER_3 + HOUR * hour, HOUR, 1000 * hour) for hour in range(4)]


def test_an_hour_that_does_not_exist(tmp_path: Path) -> None:
    result = imported(tmp_path, service_of(), "Start,kWh\n2024-03-10T02:30,1\n")
    assert (result.code, "a local time that does not exist" in result.err) == (2, True)


def test_offsets_settle_every_hour(tmp_path: Path) -> None:
    service = service_of()
    rows = "2024-11-03T01:00-06:00,1\n2024-11-03T01:00-07:00,2\n"
    assert imported(tmp_path, service, "Start,kWh\n" + rows).code == 0
    assert [start for start, _, _ in stored(service)] == [NOVEMBER_3 + HOUR, NOVEMBER_3 + 2 * HOUR]


def test_a_second_import_changes_nothing_and_a_changed_value_makes_a_revision(tmp_path: Path) -> None:
    service = service_of()
    days = [f"2024-06-0{day}T{hour:02}:00,1" for day in (1, 2) for hour in range(24)]
    table = "\n".join(["Start,kWh", *days])
    imported(tmp_path, service, table)
    assert "0 new, 0 changed, 2 as before" in imported(tmp_path, service, table).out
    changed = imported(tmp_path, service, table.replace("2024-06-02T05:00,1", "2024-06-02T05:00,9"))
    assert "days 0 new, 1 changed, 1 as before" in changed.out
    assert [f"{day}" for day in SupersededDay.objects.values_list("day", flat=True)] == ["2024-06-02"]
    assert (MIDNIGHT + 29 * HOUR, HOUR, 9000) in stored(service)


ROWS = {
    "NaN": ("2024-06-01T00:00,NaN", "kWh is not a number"),
    "infinity": ("2024-06-01T00:00,inf", "kWh is not a number"),
    "words": ("2024-06-01T00:00,none", "kWh is not a number"),
    "nothing but a sign": ("2024-06-01T00:00,.", "kWh is not a number"),
    "thousands": ('2024-06-01T00:00,"1,000.5"', "kWh is not a number"),
    "another sign": ('2024-06-01T00:00,"1,5"', "kWh is not a number"),
    "unquoted sign": ("2024-06-01T00:00,1,5", "3 fields where the header has 2"),
    "more decimals": ("2024-06-01T00:00,0.0001", "more than the 3 decimals the map keeps"),
    "huge": ("2024-06-01T00:00,9e99", "kWh is out of range"),
    "long": ("2024-06-01T00:00," + "9" * 90, "kWh is not a number"),
    "no time": (",5", "is not a time of the form iso"),
    "another form": ("06/01/2024 0:00,5", "is not a time of the form iso"),
    "year 9999": ("9999-12-31T23:59,5", "the year 9999 is out of range"),
    "future": ("2999-01-01T00:00,5", "start is in the future"),
    "past": ("1970-01-01T00:00,5", "start is too early"),
    "repeated": ("2024-06-01T00:00,5\n2024-06-01T00:00,5", "already a reading for this start, on line 2 with the same"),
    "contradicted": ("2024-06-01T00:00,5\n2024-06-01T00:00,6", "on line 2 with another value"),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_row_that_cannot_be_trusted_stops_its_file(name: str, tmp_path: Path) -> None:
    row, reason = ROWS[name]
    service = service_of()
    result = imported(tmp_path, service, f"Start,kWh\n{row}\n2024-06-01T09:00,1\n")
    assert (result.code, is_untouched(service)) == (2, True)
    line = 2 + row.count("\n")
    assert f"line {line}: refused: " in result.err
    assert reason in result.err


FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "the file is empty"),
    "blank": (b"\n", "no column “Start”"),
    "binary": (bytes(range(256)), "this is not a text file"),
    "workbook": (b"PK\x03\x04", "save the sheet as CSV"),
    "other columns": (b"Begin,kWh\n", "no column “Start” in this file; it has: “Begin”, “kWh”"),
    "twice": (b"Start,kWh,kWh\n", "more than one column “kWh”"),
    "another encoding": (b"Start,kWh\n\xff\xe9,5\n", "line 2: the text is not utf-8"),
    "another encoding later": (b"Start,kWh\n" + b",\n" * 9000 + b"\xe9", "line 9002: the text is not utf-8"),
    "endless line": (b"Start,kWh\n" + b"5" * 200_000, "a line is longer than 64 KiB"),
    "open quote": (b'Start,kWh\n"2024-06-01T00:00,5\n', "this is not CSV as the map describes it"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_read_changes_nothing(name: str, tmp_path: Path) -> None:
    table, reason = FILES[name]
    service = service_of()
    result = imported(tmp_path, service, table)
    assert (result.code, is_untouched(service)) == (2, True)
    assert reason in result.err


MAPS = {
    "not TOML": ("interval = ", "is not TOML"),
    "no start": ("interval = 900", "start is missing"),
    "no values": ('interval = 900\n[start]\ncolumn = "a"', "values is missing"),
    "no interval": (HOURLY.replace("interval = 3600", ""), "interval is missing"),
    "wrong interval": (HOURLY.replace("3600", "0"), "interval must be from 1"),
    "true is not a number": (HOURLY.replace("3600", "true"), "interval must be a whole number"),
    "unknown zone": ('time_zone = "America/El_Paso"' + HOURLY, "time_zone 'America/El_Paso' is not known"),
    "path as zone": ('time_zone = "../../etc/passwd"' + HOURLY, "is not known"),
    "unknown unit": (HOURLY.replace('unit = "kWh"', 'unit = "kwatt"'), "unit must be one of"),
    "unknown key": ("zone = 5" + HOURLY, "unknown key: zone"),
    "misspelt key": (HOURLY + "decimal = 2", "unknown key in [values]: decimal"),
    "unknown encoding": ('encoding = "klingon"' + HOURLY, "encoding 'klingon' is not known"),
    "end and duration": (HOURLY + '[end]\ncolumn = "e"\n[duration]\ncolumn = "d"', "both [end] and [duration]"),
    "one thing twice": (HOURLY + '[[values]]\ncolumn = "b"\nunit = "kWh"', "two [[values]] of the map are the same"),
}


@pytest.mark.parametrize("name", MAPS)
def test_a_map_that_cannot_be_used(name: str, tmp_path: Path) -> None:
    mapping, reason = MAPS[name]
    service = service_of()
    result = imported(tmp_path, service, "Start,kWh\n2024-06-01T00:00,1\n", mapping)
    assert (result.code, is_untouched(service)) == (2, True)
    assert reason in result.err


def test_lines_are_counted_from_the_first_of_the_file(tmp_path: Path) -> None:
    result = imported(tmp_path, service_of(), 'A\nB\nStart,kWh\n"2024', "skip_lines = 2\n" + HOURLY)
    assert (result.code, "line 4: this is not CSV" in result.err) == (2, True)


def test_a_map_that_is_not_there(tmp_path: Path) -> None:
    result = run("csv", tmp_path / "file.csv", service_of(), "--map", str(tmp_path / "nothing.toml"))
    assert (result.code, "can't be read: No such file" in result.err) == (2, True)
