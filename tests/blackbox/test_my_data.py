"""My data against the running demo: signed in at the utility, the calls of the page pasted as they stand there."""

import csv
import json
import re
import subprocess
from io import StringIO
from pathlib import Path

import pytest
import requests
from lxml import etree

from blackbox.conftest import Demo
from blackbox.walker import Walker

pytestmark = pytest.mark.server
TO_THE_SIGN_IN = "Go to the sign-in of El Paso Electric"
ESPI = "{http://naesb.org/espi}"


def live_customer(demo: Demo, name: str) -> Walker:
    """A browser that opens /my-data, signs in at the utility and comes back to where it wanted to go."""
    platform, provider = Walker(demo.base), Walker(demo.keys["provider_url"])
    platform.open("/my-data")
    link = platform.page.xpath(f"//a[normalize-space()='{TO_THE_SIGN_IN}']/@href")[0]
    provider.open(platform.open(link).left_for)
    seen = platform.open(provider.press(f"Sign in as {name}").left_for)
    assert seen.response.url == f"{demo.base}/my-data"
    return seen


def program(seen: Walker) -> tuple[str, list[str]]:
    """A new token, and the calls that the page shows."""
    seen.open("/my-data/programs").press("Make a token", name="a test")
    token, *calls = seen.page.xpath("//figure[@class='code']//code/text()")
    return str(token), [str(call) for call in calls]


def test_the_calls_of_the_page_work_when_they_are_pasted(demo: Demo, tmp_path: Path) -> None:
    seen = live_customer(demo, "Maria Lucero")
    assert "Sandbox" not in seen.text
    _, (as_json, as_xml) = program(seen)
    said = subprocess.run(["bash", "-c", as_json], cwd=tmp_path, capture_output=True, check=True)
    assert len(json.loads(said.stdout)["intervals"]) == 7
    subprocess.run(["bash", "-c", as_xml], cwd=tmp_path, capture_output=True, check=True)
    feed = etree.parse(tmp_path / "my-data.xml").getroot()
    assert len(list(feed.iter(f"{ESPI}IntervalReading"))) > 15_000


def test_neither_another_customer_nor_a_company_gets_at_it(demo: Demo) -> None:
    _, calls = program(live_customer(demo, "Maria Lucero"))
    theirs, _ = program(Walker(demo.base).open("/my-data").press("Sign in as test_residential"))
    addresses = [re.search("http[^']*", call) for call in calls]
    for token in (theirs, demo.keys["api_token"]):
        for address in addresses:
            assert address is not None
            answer = requests.get(address[0], headers={"Authorization": f"Bearer {token}"}, timeout=30)
            assert answer.status_code == 404
    mine = requests.get(f"{demo.base}/api/v2/meters", headers={"Authorization": f"Bearer {theirs}"}, timeout=30).json()
    assert len(mine["meters"]) == 1


def test_a_table_of_two_years_adds_up_to_the_chart(demo: Demo) -> None:
    seen = Walker(demo.base).open("/my-data").press("Sign in as test_residential")
    seen.open("/my-data", period="2025")
    shown = seen.page.xpath("//tfoot/tr/td/text()")[0]
    form = seen.open("/my-data/download").page.xpath("//main//form[@method='get']")[0]
    low = form.xpath("//input[@name='first']/@min")[0]
    fields = dict(form.form_values()) | {"file": "csv", "first": max(low, "2025-01-01"), "last": "2025-12-31"}
    answer = seen.session.get(f"{demo.base}/my-data/download", params=fields, timeout=60)
    assert answer.headers["Content-Encoding"] == "gzip"
    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert len(rows) == 365 * 96
    assert f"{sum(float(row['Used'] or 0) for row in rows):,.1f}" == shown
