"""The demo's mailbox: where a newcomer sees the mails; anywhere else it is not there."""

import json
from uuid import uuid4

import lxml.html
import pytest
from django.test import Client
from pytest_django import Settings

import cast
from wattkeeper.delivery import receipt_mails
from wattkeeper.delivery.models import Mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def mail(settings: Settings) -> Mail:
    settings.IS_DEMO = True
    cast.share(cast.third_party("Sunny <b>Roofs</b>"), cast.customer())
    receipt_mails.queue_due()
    return Mail.objects.get()


def read(client: Client, address: str) -> lxml.html.HtmlElement:
    answer = client.get(address)
    assert answer.status_code == 200
    return lxml.html.document_fromstring(answer.content.decode())


def test_every_mail_is_in_it(client: Client, mail: Mail) -> None:
    page = read(client, "/demo/mail")
    assert page.xpath("//main//h2/a/text()") == ["Sandbox: You share your energy data with Sunny <b>Roofs</b>"]
    assert "To heather@example.com" in page.find(".//main").text_content()
    assert page.xpath("//main//h2/a/@href") == [f"/demo/mail/{mail.uid}"]


def test_a_mail_is_shown_with_its_body_its_text_and_its_receipt(client: Client, mail: Mail) -> None:
    page = read(client, f"/demo/mail/{mail.uid}")
    assert "You said yes on" in page.find(".//pre").text_content()
    body = read(client, page.find(".//iframe").get("src"))
    assert "Sunny <b>Roofs</b>" in body.find(".//h1").text_content()
    assert not body.xpath("//main//b")
    assert body.xpath("//base/@target") == ["_top"]
    receipt = client.get(page.xpath("//main//dl//a/@href")[0])
    assert json.loads(receipt.content)["content"]["green_button"]["test_data"] is True


def test_the_frame_holds_a_mail_and_runs_nothing(client: Client, mail: Mail) -> None:
    answer = client.get(f"/demo/mail/{mail.uid}/body")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'self'" in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-src 'self'" in client.get(f"/demo/mail/{mail.uid}")["Content-Security-Policy"]
    assert client.get("/demo/mail")["X-Frame-Options"] == "DENY"


def test_an_empty_one_says_how_a_mail_comes(client: Client, settings: Settings) -> None:
    settings.IS_DEMO = True
    assert "No mail yet" in read(client, "/demo/mail").find(".//main").text_content()


def test_where_no_demo_runs_it_is_not_there(client: Client, mail: Mail, settings: Settings) -> None:
    settings.IS_DEMO = False
    for path in ("", f"/{mail.uid}", f"/{mail.uid}/body", f"/{mail.uid}/x.json"):
        assert client.get(f"/demo/mail{path}").status_code == 404


def test_what_is_not_in_it_is_not_found(client: Client, mail: Mail) -> None:
    for path in (uuid4(), f"{uuid4()}/body", f"{mail.uid}/other.json"):
        assert client.get(f"/demo/mail/{path}").status_code == 404
